"""Why ads do not deliver: reads an account or a part of it, and names the causes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import islice
from typing import Any, TypeVar

from admonster_fb.analysis.diagnosis import (
    ADSET_LIMITS,
    ADSET_MINIMUMS,
    DAY,
    KNOWN,
    SILENT,
    DeliveryState,
    Problem,
    Unit,
    problems,
    suspects,
    units,
)
from admonster_fb.client import FacebookAds
from admonster_fb.errors import APIError, InvalidParameterError, PermissionDeniedError
from admonster_fb.models.ad import Ad
from admonster_fb.models.adaccount import EXPIRED, FUNDING, AdAccount
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import BUDGETS, Campaign
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.money import MoneyError, offset_of
from admonster_fb.operation import op
from admonster_fb.workflows.insights import ALIASES

T = TypeVar("T")
MAX_OBJECTS = 5_000
ODD_SILENCE = 20
"""Impressions that an ad would have had today by its week. With none instead of them it has stopped."""
MAX_LOOKED_AT = 10
"""The most ad sets whose audience is looked at, and the most pixels."""
_COMMON = ("id", "name", "status", "effective_status", "issues_info", "created_time", "updated_time")
_ACCOUNT = (
    *("id", "name", "currency", "timezone_name", "account_status", "disable_reason", "balance", "spend_cap"),
    *("amount_spent", "user_tasks", "funding_source", "failed_delivery_checks"),
)
_PAYMENT = ("is_prepay_account", EXPIRED, FUNDING)
"""Fields that need the task MANAGE or ADVERTISE."""
_CAMPAIGN = (
    *(*_COMMON, "account_id", *BUDGETS, "budget_remaining"),
    *("spend_cap", "bid_strategy", "start_time", "stop_time"),
)
_ADSET = (
    *(*_COMMON, "account_id", "campaign_id", *BUDGETS, "budget_remaining", "bid_strategy", "bid_amount"),
    *("bid_constraints", "start_time", "end_time", "adset_schedule", "promoted_object", "learning_stage_info"),
    *("review_feedback", *ADSET_LIMITS, *ADSET_MINIMUMS),
)
_AD = (
    *(*_COMMON, "account_id", "campaign_id", "adset_id", "ad_review_feedback", "failed_delivery_checks"),
    *("creative{id,name,status}", "ad_schedule_start_time", "ad_schedule_end_time"),
)
_CREATIVE = ("id", "name", "title", "body", "object_story_spec", "asset_feed_spec")
_ANY_STATUS = {"field": "ad.effective_status", "operator": "IN", "value": sorted(KNOWN)}
"""Insights leave out what is archived or deleted, unless a filter names it."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why an account, a campaign, an ad set or an ad does not deliver: causes, the first one first."""

    node: str
    """Edge of the object: adaccounts, campaigns, adsets or ads."""
    id: str
    name: str
    ads: int
    """How many ads should deliver: those that are on below the object, and those that did in the last 7 days."""
    delivering: int | None
    """How many of them had impressions today, or yesterday where today may be empty. `None` if Meta did not say."""
    problems: list[Problem]
    notes: list[str]
    """What could not be read."""
    off: int = 0
    """How many other ads there are in it: PAUSED, or what they are in, and without impressions in the last 7 days."""
    creatives: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What rejected ads show, by ad ID: parts of their creatives."""


@op("diagnose", group="account", access="read", aliases=ALIASES, then=("list_recommendations", "list_activities"))
def diagnose(fb: FacebookAds, object_id: str) -> Diagnosis:
    """Explain why ads do not deliver. Of an account, a campaign, an ad set or an ad: causes, evidence and cures.

    Looked for in this order: account, payment, campaign, ad set, ad, schedule, budget, audience, learning, bid,
    creative, review, issues, placement, pixel. What stops everything comes first. Where an op can cure a cause, its
    call is shown; it returns a plan if it can spend. Takes 8 to 12 requests. Nothing is changed.

    >>> diagnose(fb, "act_1").delivering > 0
    True
    """
    reader = _Reader(fb)
    node, state = reader.state(object_id)
    state = reader.with_figures(state, object_id)
    among = units(state, getattr(node, "id", ""))
    state = reader.with_details(state, suspects(state, among), among)
    found = problems(state, among)
    shown = state.impressions
    delivering = None if shown is None else sum(1 for unit in among if unit.ad and shown.get(unit.ad.id))
    edge = {AdAccount: "adaccounts", Campaign: "campaigns", AdSet: "adsets", Ad: "ads"}[type(node)]
    off = len(state.ads) - sum(1 for unit in among if unit.ad)
    return Diagnosis(edge, node.id, node.name or "", len(among), delivering, found, reader.notes, off, reader.creatives)


class _Reader:
    """Reads what a diagnosis needs; what Meta does not let the token read becomes a note."""

    def __init__(self, fb: FacebookAds) -> None:
        self.fb = fb
        self.notes: list[str] = []
        self.creatives: dict[str, Mapping[str, Any]] = {}

    def state(self, object_id: str) -> tuple[Any, DeliveryState]:
        """Return the object, and the account with everything below or above the object."""
        fb, now = self.fb, self.fb.now()
        if object_id.startswith("act_"):
            account = self._account(object_id)
            campaigns = fb.campaigns.list(object_id, fields=_CAMPAIGN, limit=500)
            adsets = [*islice(fb.adsets.iter(object_id, fields=_ADSET, limit=500), MAX_OBJECTS)]
            ads = [*islice(fb.ads.iter(object_id, fields=_AD, limit=500), MAX_OBJECTS)]
            whole = max(len(adsets), len(ads)) < MAX_OBJECTS
            if not whole:
                self.notes.append(f"only {MAX_OBJECTS:,} ad sets and ads were read: ask about one campaign")
            return account, DeliveryState(now, account, campaigns, adsets, ads, whole=whole)
        node: Any = None
        tries: Any = ((fb.ads, _AD), (fb.adsets, _ADSET), (fb.campaigns, _CAMPAIGN))
        for service, names in tries:  # a field that only the lower ones have tells them apart
            try:
                node = service.get(object_id, fields=names)
                break
            except InvalidParameterError:
                if service is fb.campaigns:
                    raise
        account = self._account(f"act_{node.account_id}")
        if isinstance(node, Campaign):
            campaign, adsets = node, fb.adsets.list(object_id, fields=_ADSET, limit=500)
        else:
            campaign = fb.campaigns.get(node.campaign_id, fields=_CAMPAIGN)
            adsets = [node if isinstance(node, AdSet) else fb.adsets.get(node.adset_id, fields=_ADSET)]
        ads = [node] if isinstance(node, Ad) else fb.ads.list(object_id, fields=_AD, limit=500)
        return node, DeliveryState(now, account, [campaign], adsets, ads)

    def _account(self, account_id: str) -> AdAccount:
        try:
            return self.fb.adaccounts.get(account_id, fields=[*_ACCOUNT, *_PAYMENT])
        except (PermissionDeniedError, InvalidParameterError):
            self.notes.append("the way of payment: it takes the task MANAGE")
            return self.fb.adaccounts.get(account_id, fields=_ACCOUNT)

    def optional(self, what: str, read: Callable[[], T], default: T) -> T:
        """Return what `read` returns; if Meta refuses, the default with a note."""
        try:
            return read()
        except (APIError, MoneyError) as error:
            self.notes.append(f"{what}: {getattr(error, 'message', error)}")
            return default

    def with_figures(self, state: DeliveryState, object_id: str) -> DeliveryState:
        """Add impressions, the weeks of each ad, the changes of 14 days, and the spend of what has a limit."""
        today, insights = self.fb.today(state.account.id), self.fb.insights
        query: Any = {"level": "ad", "limit": 500, "fields": ["ad_id", "ad_name", "impressions"]}
        weekly: Any = {**query, "filtering": [_ANY_STATUS], "time_increment": 7}
        weekly["fields"] = [*query["fields"], "adset_id", "campaign_id", "clicks", "reach", "frequency"]
        weekly["time_range"] = {"since": str(today - 13 * DAY), "until": str(today)}
        query |= {"time_range": {"since": str(today - DAY), "until": str(today)}, "time_increment": 1}
        rows = self.optional("impressions", lambda: insights.list(object_id, **query), None)
        past = self.optional("the last 14 days", lambda: insights.list(object_id, **weekly), list[InsightsRow]())
        last = [row for row in past if (row.date_start or "") >= str(today - 6 * DAY)]
        since = state.now - timedelta(days=14)
        edge = self.fb.adaccounts.activities(state.account.id, since=since, limit=500)
        return replace(
            self._with_gone(state, last),
            impressions=None if rows is None else _recent(rows, _by_ad(last), state),
            earlier=_by_ad(last),
            weeks=past,
            activities=self.optional("changes in the account", lambda: [*islice(edge, 500)], []),
            spent=self.optional("spend of what has a limit", lambda: self._spent(state, today), {}),
        )

    def _with_gone(self, state: DeliveryState, past: Sequence[InsightsRow]) -> DeliveryState:
        """Add what delivered in the last 7 days and is no longer listed: it is archived or deleted."""
        fb, found = self.fb, dict[str, Any]()
        parts: Any = {"campaigns": (fb.campaigns, _CAMPAIGN), "adsets": (fb.adsets, _ADSET), "ads": (fb.ads, _AD)}
        with fb.batch() as batch:
            for edge, (service, names) in parts.items():
                known = {node.id for node in getattr(state, edge)}
                rows = dict.fromkeys(str(getattr(row, f"{edge[:-1]}_id")) for row in past)
                gone = [each for each in rows if each.isdecimal() and each not in known][:MAX_LOOKED_AT]
                found[edge] = [batch.add(service.get, each, fields=names) for each in gone]
        nodes: Any = {edge: [item.result() for item in items if not item.error] for edge, items in found.items()}
        nodes = {edge: [*getattr(state, edge), *more] for edge, more in nodes.items()}
        return replace(state, **nodes)

    def _spent(self, state: DeliveryState, today: date) -> Mapping[str, int]:
        """Return what campaigns and ad sets with a spending limit spent, in all or today."""
        whole, day = {"date_preset": "maximum"}, {"time_range": {"since": str(today), "until": str(today)}}
        capped: Any = (
            ("campaign", [node.id for node in state.campaigns if node.spend_cap], whole),
            ("adset", [node.id for node in state.adsets if node.lifetime_spend_cap], whole),
            ("adset", [node.id for node in state.adsets if node.daily_spend_cap], day),
        )
        offset, spent = offset_of(state.account.currency or "USD"), dict[str, int]()
        for level, ids, period in capped:
            filtering = [{"field": f"{level}.id", "operator": "IN", "value": ids}]
            query: Any = {"level": level, "filtering": filtering, "limit": 500, **period}
            fields: Any = [f"{level}_id", "spend"]
            rows = self.fb.insights.list(state.account.id, fields=fields, **query) if ids else []
            spent |= {str(getattr(row, f"{level}_id")): int((row.spend or 0) * offset) for row in rows}
        return spent

    def _siblings(self, state: DeliveryState, among: Sequence[Unit]) -> list[AdSet]:
        """Return the ad sets that share a campaign budget with the one of the question."""
        campaign = among[0].campaign if len(state.adsets) == 1 and among else None
        if campaign is None or not any(getattr(campaign, name) for name in BUDGETS):
            return []
        fields = ("id", "campaign_id", "status", *ADSET_MINIMUMS)
        return self.fb.adsets.list(campaign.id, fields=fields, limit=500)

    def with_details(self, state: DeliveryState, quiet: Sequence[Unit], among: Sequence[Unit]) -> DeliveryState:
        """Add audiences of ad sets that deliver nothing without a reason, placements, and pixels."""
        looked = [*dict.fromkeys(unit.adset.id for unit in quiet if unit.adset)][:MAX_LOOKED_AT]
        ads = [unit.ad for unit in among if unit.ad]
        refused = [ad for ad in ads if ad.ad_review_feedback or ad.effective_status == "DISAPPROVED"]
        rejected = [ad.adset_id for ad in refused if ad.adset_id and ad.ad_review_feedback][:MAX_LOOKED_AT]
        shown = {ad.id: str(ad.creative.id) for ad in refused[:MAX_LOOKED_AT] if ad.creative}
        fb, adsets = self.fb, dict.fromkeys([*looked, *rejected])
        with fb.batch() as batch:
            estimates = {each: batch.add(fb.targeting.delivery_estimate, each) for each in looked}
            targetings = {each: batch.add(fb.adsets.get, each, fields=["id", "targeting"]) for each in adsets}
            creatives = {ad: batch.add(fb.adcreatives.get, shown[ad], fields=_CREATIVE) for ad in shown}
        self.creatives = {each: item.result().model_dump() for each, item in creatives.items() if not item.error}
        specs = {each: dict(item.result().targeting or {}) for each, item in targetings.items() if not item.error}
        pixels = {str((unit.adset.promoted_object or {}).get("pixel_id") or "") for unit in among if unit.adset}
        nothing: tuple[dict[str, Any], dict[str, frozenset[str]]] = ({}, {})
        read = self.optional("pixels", lambda: self._pixels(sorted(pixels - {""})[:MAX_LOOKED_AT]), nothing)
        return replace(
            state,
            estimates={each: item.result() for each, item in estimates.items() if not item.error},
            placements={each: spec.get("publisher_platforms") or () for each, spec in specs.items()},
            audiences=self._audiences({each: specs[each] for each in looked if each in specs}),
            siblings=self.optional("other ad sets", lambda: self._siblings(state, quiet), []),
            pixels=read[0],
            events=read[1],
        )

    def _audiences(self, specs: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Any]]:
        named = {each: [row.get("id") for row in spec.get("custom_audiences") or ()] for each, spec in specs.items()}
        fields, get = ["id", "name", "delivery_status", "operation_status"], self.fb.customaudiences.get
        audiences = dict.fromkeys(str(each) for ids in named.values() for each in ids if each)
        with self.fb.batch() as batch:
            items = {audience: batch.add(get, audience, fields=fields) for audience in audiences}
        good = {audience: item.result() for audience, item in items.items() if not item.error}
        return {adset: [good[str(each)] for each in ids if str(each) in good] for adset, ids in named.items()}

    def _pixels(self, ids: Iterable[str]) -> tuple[dict[str, Any], dict[str, frozenset[str]]]:
        pixels, events = {}, {}
        for each in ids:
            pixels[each] = self.fb.adspixels.get(each, fields=["id", "name", "last_fired_time", "is_unavailable"])
            hours = self.fb.adspixels.stats(each, aggregation="event", start_time=self.fb.now() - SILENT, limit=1000)
            rows = [row for hour in hours for row in hour.data or ()]
            events[each] = frozenset(str(row.get("value") or row.get("event")) for row in rows)
        return pixels, events


def _recent(rows: Sequence[InsightsRow], week: Mapping[str, int], state: DeliveryState) -> Counter[str]:
    """Return impressions of two days by ad; none for an ad that had none today where the week before makes that odd."""
    now = state.now.astimezone(state.zone)
    today = _by_ad(row for row in rows if row.date_start == str(now.date()))
    share, found = (now.hour + now.minute / 60) / 24 / 7, _by_ad(rows)
    return Counter({ad: found[ad] for ad in found if today[ad] or week.get(ad, 0) * share < ODD_SILENCE})


def _by_ad(rows: Iterable[Any]) -> Counter[str]:
    found = Counter[str]()
    for row in rows:
        found[row.ad_id or ""] += row.impressions or 0
    return found
