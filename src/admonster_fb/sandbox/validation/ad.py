"""Rules of ads (`docs/meta-rules.md`, Ads)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from admonster_fb.sandbox import need, times
from admonster_fb.sandbox.convert import listed, truth
from admonster_fb.sandbox.errors import invalid, refuse, required
from admonster_fb.sandbox.validation import case as common
from admonster_fb.sandbox.validation import creative
from admonster_fb.sandbox.validation.case import Case

_DOMAIN = re.compile(r"(?:[a-z0-9-]+\.)+[a-z0-9-]{2,}")
APP_STORES = frozenset({"apps.apple.com", "itunes.apple.com", "play.google.com"})
# Objective: the subcode seen for an app store's address under it. Others answer with the general one.
STORE_LINK = {"OUTCOME_TRAFFIC": 1487810}
OTHER_STORE_LINK = 1815430


def _check_adset(case: Case) -> None:
    adset = case.existing(need.value("adset_id", case.value("adset_id")), "AdSet")
    if adset.data.get("status") == "DELETED":
        raise refuse(1487056, "adset_id")
    if campaign := case.store.get(str(adset.data.get("campaign_id"))):
        common.check_campaign_alive(campaign)
    end = adset.data.get("end_time")
    if end and times.parse(end, case.zone_name) <= case.store.clock():
        raise refuse(1487007, "adset_id")


def _check_creative(case: Case) -> None:
    spec = case.params.get("creative")
    if not spec:
        if case.node is None:
            raise required("creative")
        return
    need.fields("creative", spec)
    named = spec.get("creative_id") or spec.get("id")
    content = case.existing(named, "AdCreative").data if named else spec
    if not named:
        for rule in creative.CREATE:
            rule(Case(spec, case.store, case.account))
    _check_dynamic(case, content)
    _check_store_link(case, content)


def _check_dynamic(case: Case, content: dict[str, Any]) -> None:
    """Dynamic creatives belong in dynamic ad sets, and nothing else does."""
    dynamic = truth(case.existing(case.value("adset_id"), "AdSet").data.get("is_dynamic_creative"))
    if _is_dynamic(content) and not dynamic:
        raise refuse(1885998, "creative")
    if dynamic and not content.get("asset_feed_spec"):
        text = "An ad set for dynamic creative only takes dynamic creative ads."
        raise invalid("creative", "Dynamic Creative", text)


def _is_dynamic(content: dict[str, Any]) -> bool:
    """Return whether a feed lets Meta choose: only several images, videos or texts do, without rules or a format."""
    feed = content.get("asset_feed_spec")
    if not isinstance(feed, dict) or feed.get("asset_customization_rules"):
        return False
    if feed.get("optimization_type", "REGULAR") != "REGULAR" or "AUTOMATIC_FORMAT" in listed(feed.get("ad_formats")):
        return False
    return any(len(listed(feed.get(name))) > 1 for name in creative.ASSETS)


def _check_store_link(case: Case, content: dict[str, Any]) -> None:
    link = str(creative.data_of(content, "link_data").get("link") or "")
    if urlsplit(link).hostname not in APP_STORES:
        return
    adset = case.existing(case.value("adset_id"), "AdSet")
    campaign = case.store.get(str(adset.data.get("campaign_id")))
    objective = str(campaign.data.get("objective")) if campaign else ""
    if objective == "OUTCOME_APP_PROMOTION" or (adset.data.get("promoted_object") or {}).get("application_id"):
        return
    raise refuse(STORE_LINK.get(objective, OTHER_STORE_LINK), "creative")


def _check_domain(case: Case) -> None:
    """Refuse what is no domain that one can register: an address, or a host under it."""
    domain = str(case.params.get("conversion_domain") or "").lower()
    if domain and (not _DOMAIN.fullmatch(domain) or domain.startswith("www.")):
        text = "The conversion domain must be a registrable domain such as example.com, without protocol or path."
        raise invalid("conversion_domain", "Invalid Conversion Domain", text)


def _check_hours(case: Case) -> None:
    start, end = (
        times.parse(case.params[name], case.zone_name, name) if case.params.get(name) else None
        for name in ("ad_schedule_start_time", "ad_schedule_end_time")
    )
    if start and end and end <= start:
        text = "The end of the ad's schedule must be later than its start."
        raise invalid("ad_schedule_end_time", "End Time Too Early", text)


_OWN = (_check_domain, _check_hours)
CREATE: tuple[Callable[[Case], None], ...] = (
    common.check_name(),
    _check_adset,
    common.check_new_status,
    _check_creative,
    *_OWN,
)
UPDATE: tuple[Callable[[Case], None], ...] = (
    common.check_transition,
    common.check_name(),
    common.check_fixed("adset_id", "an ad"),
    _check_creative,
    *_OWN,
)
