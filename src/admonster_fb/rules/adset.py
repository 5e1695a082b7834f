"""Rules of ad sets. Source: `docs/meta-rules.md#ad-sets`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from admonster_fb.rules.campaign import RENAMED
from admonster_fb.rules.core import ParameterView, Problem, required, rule

MAX_ADS = 50


@rule("adset-campaign", "adset", "D Ad set reference", create_only=True)
def _parent(view: ParameterView) -> Iterator[Problem]:
    """Give campaign_id."""
    if view.campaign is None and not (view.params.get("campaign_id") or view.params.get("campaign_spec")):
        yield Problem("campaign_id", "neither campaign_id nor campaign_spec is given")


@rule("adset-campaigns", "adset", "M from memory")
def _parents(view: ParameterView) -> Iterator[Problem]:
    """Leave one out."""
    if view.params.get("campaign_id") and view.params.get("campaign_spec"):
        yield Problem("campaign_spec", "campaign_id is given too; only one of the two is allowed")


@rule("adset-objective", "adset", "D v21 changelog", create_only=True)
def _older(view: ParameterView) -> Iterator[Problem]:
    """Make a campaign with an OUTCOME_ objective: older ones take no new ad sets since v21."""
    if (objective := view.objective) in RENAMED:
        message = f"the campaign has the older objective {objective}"
        yield Problem("campaign_id", message, view.params.get("campaign_id"))


@rule("ad-count", "adset", "D Ad set reference")
def _ads(view: ParameterView) -> Iterator[Problem]:
    """Make several ad sets."""
    if len(view.children) > MAX_ADS:
        yield Problem("ads", f"{len(view.children)} ads; allowed: {MAX_ADS}", len(view.children))


@rule("dynamic-one-ad", "adset", "D Dynamic creative")
def _one_dynamic_ad(view: ParameterView) -> Iterator[Problem]:
    """Keep one ad."""
    if view.params.get("is_dynamic_creative") is True and len(view.children) > 1:
        message = f"{len(view.children)} ads; a dynamic creative ad set holds one"
        yield Problem("ads", message, len(view.children))


_CHANGEABLE = frozenset(
    {"application_id", "object_store_url", "object_store_urls", "product_catalog_id", "pixel_id"}
    | {"custom_event_type", "custom_event_str", "custom_conversion_id", "pixel_rule"}
)
"""Keys of a promoted object that can be added or, under OFFSITE_CONVERSIONS, changed."""


def _fixed(name: str, view: ParameterView) -> Iterator[Problem]:
    """Yield a problem with a change of what an existing ad set was made with."""
    value = view.params.get(name)
    if view.update and value and not (isinstance(value, Mapping) and value.keys() <= _CHANGEABLE):
        yield Problem(name, f"Meta refuses to change {name} of an existing ad set", value)


_FIXED = {"attribution_spec": 1504040, "promoted_object": 1885090, "frequency_control_specs": 1815198}
for _name, _subcode in _FIXED.items():
    _slug, _fix = f"fixed-{_name.replace('_', '-')}", f"Copy it: duplicate_adset takes {_name}."
    rule(_slug, "adset", f"X 100/{_subcode}", subcode=_subcode, fix=_fix)(partial(_fixed, _name))

_NEEDED = required("name", "billing_event")


@rule("adset-required", "adset", "D Ad set reference; D Billing events", create_only=True)
def _required(view: ParameterView) -> Iterator[Problem]:
    """Give name, optimization_goal and billing_event."""
    yield from _NEEDED(view)
    if view.params.get("optimization_goal") in (None, ""):
        message = "optimization_goal is missing: Meta takes the default of the objective"
        yield Problem("optimization_goal", message, sources="D Ad set reference; not D Bidding overview")
