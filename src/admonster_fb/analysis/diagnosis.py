"""Why ads do not deliver, computed from what Meta returned of them. Pure functions; `causes.json` has the causes.

The unit is the ad, or a campaign or ad set that holds none, with all that is above it. Each object's own problems are
found first. A problem counts for every unit below its object. First comes what stops all of them, then what stops
some, then what limits delivery; causes of one kind stand in the order of a diagnosis.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from importlib import resources
from typing import Any, Literal

from pydantic import TypeAdapter

from admonster_fb.analysis.anomalies import fatigue
from admonster_fb.analysis.daily_exposure import spend_cap_of, spending_limit
from admonster_fb.analysis.figures import grouped
from admonster_fb.models._node import Node, objects_in, zone_of
from admonster_fb.models.ad import Ad
from admonster_fb.models.adaccount import Activity, AdAccount
from admonster_fb.models.adset import AdSet
from admonster_fb.models.adspixel import AdsPixel
from admonster_fb.models.audiences.custom import CustomAudience
from admonster_fb.models.campaign import BUDGETS, Campaign
from admonster_fb.models.insights.row import EVENT_ACTIONS, InsightsRow
from admonster_fb.models.targeting.options import DeliveryEstimate
from admonster_fb.money import whole
from admonster_fb.objects import GONE, OBJECTS

DAY = timedelta(days=1)
SILENT = timedelta(days=7)
"""After this time without an event a pixel is silent."""
SMALL = 1_000
"""People a month: Meta returns no smaller number."""
MAX_AT_ONCE = 50
"""The most objects that one cure names."""
ADSET_LIMITS = ("daily_spend_cap", "lifetime_spend_cap")
ADSET_MINIMUMS = ("daily_min_spend_target", "lifetime_min_spend_target")
"""What ad sets may, and should, spend of a campaign budget: a pair for each of `BUDGETS`."""
CAPPED = ("LOWEST_COST_WITH_BID_CAP", "COST_CAP", "LOWEST_COST_WITH_MIN_ROAS")
_STATUS_CAUSES = {name: name.lower() for name in ("IN_PROCESS", "PENDING_BILLING_INFO")}
_STATUS_CAUSES |= dict.fromkeys(("PENDING_REVIEW", "PREAPPROVED"), "in_review")
_OTHER = ("ACTIVE", "PAUSED", *GONE, "WITH_ISSUES", "CAMPAIGN_PAUSED", "ADSET_PAUSED", "DISAPPROVED")
KNOWN = frozenset({*_STATUS_CAUSES, *_OTHER})
_CREATIVE_CAUSES = {name: f"creative_{name.lower()}" for name in ("DELETED", "WITH_ISSUES", "IN_PROCESS")}
_CREATIVE_CAUSES["IN-PROCESS"] = "creative_in_process"
_PREPAID = 20
"""The type of funding of a stored balance."""


Effect = Literal["stops", "may stop", "limits"]
STAGES = (
    *("account", "payment", "campaign", "ad set", "ad", "schedule", "budget", "audience", "learning", "bid"),
    *("creative", "review", "issues", "placement", "pixel", "delivery"),
)
"""The order of a diagnosis."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause: where it is looked for, what it does, what it means and how to cure it."""

    code: str
    stage: str
    effect: Effect
    meaning: str
    cure: str
    events: tuple[str, ...] = ()
    """Parts of the `event_type` of the changes in the account that tell when it began."""
    issues: tuple[int, ...] = ()
    """The `error_code` of `issues_info` that means it. Any other one is shown as an `issue`."""
    checks: tuple[str, ...] = ()
    """The `check_name` of `failed_delivery_checks` that means it. Any other one is a `failed_check`."""
    account_status: tuple[int, ...] = ()
    op: str = ""
    """The op that cures it: a whole name, or `update` or `duplicate` of the object that has the problem."""
    args: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    choose: tuple[str, ...] = ()
    """Arguments whose values a person chooses; `{field}` is the field that shows the problem."""


_ROWS = TypeAdapter(list[Cause]).validate_json(resources.files(__package__).joinpath("causes.json").read_bytes())
CAUSES: Mapping[str, Cause] = {cause.code: cause for cause in _ROWS}
ISSUES: Mapping[int, str] = {code: cause.code for cause in CAUSES.values() for code in cause.issues}
CHECKS: Mapping[str, str] = {name: cause.code for cause in CAUSES.values() for name in cause.checks}
ACCOUNT_STATUSES: Mapping[int, str] = {code: cause.code for cause in CAUSES.values() for code in cause.account_status}
"""The cause of each `account_status` but 1, ACTIVE."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A cause with the objects that have it, its evidence, and the call that cures it."""

    cause: Cause
    node: str
    """Edge of the object: adaccounts, campaigns, adsets, ads, adspixels."""
    id: str
    name: str
    field: str
    value: Any = None
    related: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    text: str = ""
    """Meta's own words, in the language of the token's owner."""
    time: datetime | None = None
    """Since when, as far as Meta says."""
    changed: datetime | None = None
    """The last change of the object, where `time` is not known."""
    actor: str = ""
    """Who made the change that began it."""
    op: str = ""
    """An op that cures it; a plan, as every write that can spend."""
    args: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    choose: tuple[str, ...] = ()
    more: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Names of other objects with the same cause, by ID."""
    affects: int = 0
    """How many ads of those looked at it affects."""

    @property
    def stage(self) -> int:
        """The place of the cause in the order of a diagnosis."""
        return STAGES.index(self.cause.stage)


@dataclass(frozen=True)
class DeliveryState:
    """What was read of an account, or of a part of it. What is missing is not judged."""

    now: datetime
    account: AdAccount
    campaigns: Sequence[Campaign] = ()
    adsets: Sequence[AdSet] = ()
    ads: Sequence[Ad] = ()
    impressions: Mapping[str, int] | None = None
    """Impressions of today and yesterday, by ad; `None` if they could not be read."""
    whole: bool = True
    earlier: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """Impressions of the last 7 days, by ad."""
    weeks: Sequence[InsightsRow] = ()
    """Two rows of an ad, a week each."""
    spent: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """Spend of campaigns and ad sets with a spending limit, in minor units; of today if the limit is one per day."""
    siblings: Sequence[AdSet] = ()
    """Other ad sets of the campaign, where `adsets` does not hold them."""
    activities: Sequence[Activity] = ()
    estimates: Mapping[str, DeliveryEstimate] = dataclasses.field(default_factory=dict)
    """By ad set; read only of ad sets that deliver nothing without a reason."""
    audiences: Mapping[str, Sequence[CustomAudience]] = dataclasses.field(default_factory=dict)
    placements: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    pixels: Mapping[str, AdsPixel] = dataclasses.field(default_factory=dict)
    events: Mapping[str, frozenset[str]] = dataclasses.field(default_factory=dict)
    """Names of the events of the last 7 days, by pixel."""

    @property
    def zone(self) -> Any:
        """The account's time zone."""
        return zone_of(self.account.timezone_name)

    @functools.cached_property
    def campaign(self) -> Mapping[str | None, Campaign]:
        """The campaigns by ID."""
        return {node.id: node for node in self.campaigns}

    @functools.cached_property
    def filled(self) -> frozenset[str | None]:
        """IDs of campaigns and ad sets that hold something."""
        return frozenset([*(node.campaign_id for node in self.adsets), *(node.adset_id for node in self.ads)])

    @functools.cached_property
    def own(self) -> Sequence[Problem]:
        """The problems of the objects themselves."""
        return [*_all(self)]


@dataclass(frozen=True, slots=True)
class Unit:
    """An ad with all that is above it; without `ad`, an ad set or a campaign that holds none."""

    campaign: Campaign | None = None
    adset: AdSet | None = None
    ad: Ad | None = None

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The objects from the top down."""
        return tuple(node for node in (self.campaign, self.adset, self.ad) if node is not None)

    @property
    def ids(self) -> tuple[str, ...]:
        """Their IDs."""
        return tuple(str(getattr(node, "id", "")) for node in self.nodes)


def units(state: DeliveryState, below: str = "") -> list[Unit]:
    """Return the units that should deliver. `below` is the ID of the object that the question is about.

    Those whose own objects are ACTIVE (below that object), and those that delivered in the last 7 days. If there are
    none, all.
    """
    campaigns = state.campaign
    adsets = {node.id: node for node in state.adsets}
    found = [Unit(campaigns.get(ad.campaign_id), adsets.get(ad.adset_id or ""), ad) for ad in state.ads]
    used = {identifier for unit in found for identifier in unit.ids}
    found += [Unit(campaigns.get(each.campaign_id), each) for each in state.adsets if each.id not in used]
    used |= {identifier for unit in found for identifier in unit.ids}
    found += [Unit(each) for each in state.campaigns if each.id not in used]
    chosen = []
    for unit in found:
        own = unit.nodes[unit.ids.index(below) + 1 :] if below in unit.ids else unit.nodes
        is_on = all(getattr(node, "status", None) in ("ACTIVE", None) for node in own)
        if is_on or state.earlier.get(unit.ad.id if unit.ad else ""):
            chosen.append(unit)
    return chosen or found


def suspects(state: DeliveryState, among: Iterable[Unit]) -> list[Unit]:
    """Return the units that deliver nothing without a cause that stops them."""
    stopped = {problem.id for problem in state.own if problem.cause.effect == "stops"}
    shown = state.impressions
    quiet = [unit for unit in among if unit.ad and shown is not None and not shown.get(unit.ad.id)]
    return [unit for unit in quiet if stopped.isdisjoint((*unit.ids, state.account.id))]


def problems(state: DeliveryState, among: Sequence[Unit]) -> list[Problem]:
    """Return the causes for which units do not deliver, or deliver less, the first one first."""
    quiet = suspects(state, among)
    found = [*state.own, *(problem for unit in quiet for problem in _quiet(state, unit))]
    found = [*{(problem.cause.code, problem.id, str(problem.value)): problem for problem in found}.values()]
    explained = {problem.id for problem in found}
    if state.account.id not in explained:
        for ad in (unit.ad for unit in quiet if unit.ad and explained.isdisjoint(unit.ids)):
            if ad.created_time is not None and state.now - ad.created_time < DAY:
                found.append(_problem("new_ad", "ads", ad, "created_time", time=ad.created_time))
            else:
                found.append(_problem("no_reason", "ads", ad, "impressions", 0))
    below: dict[str, set[int]] = {state.account.id: {*range(len(among))}}
    for number, unit in enumerate(among):
        for node_id in unit.ids:
            below.setdefault(node_id, set()).add(number)
    merged = _merged([_dated(state, problem) for problem in found if below.get(problem.id)], below)
    # What stops all, what may stop all, what stops some, what may stop some, what limits.
    order = {"stops": (0, 2), "may stop": (1, 3), "limits": (4, 4)}
    return sorted(merged, key=lambda each: (order[each.cause.effect][each.affects < len(among)], each.stage))


def _merged(found: Iterable[Problem], below: Mapping[str, set[int]]) -> Iterator[Problem]:
    """Join the problems of one cause and one reason: they have one cure."""
    for group in grouped(found, lambda problem: (problem.cause.code, problem.text)).values():
        group.sort(key=lambda each: (not each.actor, -each.time.timestamp() if each.time else 0))  # the newest first
        affected = set().union(*(below[problem.id] for problem in group))
        others = {each.id: each.name for each in group[1:]}
        first = replace(group[0], more=others, affects=len(affected))
        key = f"{first.op.removeprefix('update_')}_id"
        ids = [*dict.fromkeys(each.args[key] for each in group if each.op == first.op and key in each.args)]
        if len(ids) > 1 and not first.choose:  # one change of the same values cures all
            same = {name: value for name, value in first.args.items() if name != key}
            first = replace(first, op=f"bulk_{first.op}s", args={f"{key}s": ids[:MAX_AT_ONCE], **same})
        yield first


def _dated(state: DeliveryState, problem: Problem) -> Problem:
    """Add the time and the person of the change that began it."""
    bare = problem.id.removeprefix("act_")
    for change in state.activities:
        kind = change.event_type or ""
        own = change.object_id == bare or (problem.node == "adaccounts" and change.object_id is None)
        if own and any(part in kind for part in problem.cause.events):
            return replace(problem, time=change.event_time, actor=change.actor_name or "")
    return problem


def _problem(code: str, edge: str, node: Any, field: str, value: Any = None, **more: Any) -> Problem:
    value = getattr(node, field, None) if value is None else value
    cause = CAUSES[code]
    if cause.op and "op" not in more:
        name = OBJECTS[edge].id_argument
        op = f"{cause.op}_{name.removesuffix('_id')}" if cause.op in ("update", "duplicate") else cause.op
        choose = tuple(each.format(field=field) for each in cause.choose)
        more = {"op": op, "args": {name: node.id, **cause.args}, "choose": choose, **more}
    return Problem(cause, edge, str(node.id), str(getattr(node, "name", None) or ""), field, value, **more)


def _all(state: DeliveryState) -> Iterator[Problem]:
    yield from _account(state)
    for campaign in state.campaigns:
        yield from _own_status("campaigns", "campaign", campaign)
        if state.whole and campaign.id not in state.filled:
            yield _problem("campaign_empty", "campaigns", campaign, "adsets", 0)
        yield from _times(state, "campaigns", campaign, "start_time", "stop_time")
        yield from _budget("campaigns", campaign)
        yield from _limits(state, "campaign", campaign, "spend_cap")
    for adset in state.adsets:
        yield from _adset(state, adset)
    for ad in state.ads:
        yield from _ad(state, ad)
    for adset in state.adsets:
        yield from _pixel(state, adset)
    for tired in fatigue(state.weeks):
        for ad in (each for each in state.ads if each.id == tired.object_id):
            yield _problem("creative_fatigue", "ads", ad, "frequency", str(tired.frequency.after), text=str(tired))


def _account(state: DeliveryState) -> Iterator[Problem]:
    account, kind = state.account, "adaccounts"
    status = account.account_status
    if status is not None and status != 1:
        code = ACCOUNT_STATUSES.get(status, "account_unknown_status")
        has_reason = code == "account_disabled" and account.disable_reason
        yield _problem(code, kind, account, "disable_reason" if has_reason else "account_status")
    elif state.impressions is not None and not sum(state.impressions.values()):
        details = account.funding_source_details or {}
        expired = getattr(account, "expired_funding_source_details", None)
        shown = str(details.get("display_string") or "")
        if not getattr(account, "funding_source", None) and not details:
            field, value = ("expired_funding_source_details", expired) if expired else ("funding_source", "none")
            if isinstance(expired, Mapping):
                value = expired.get("display_string") or expired
            yield _problem("no_payment_method", kind, account, field, value)
        elif getattr(account, "is_prepay_account", None) or details.get("type") == _PREPAID:
            digits = re.findall(r"\d", shown)
            if digits and not any(map(int, digits)):
                yield _problem("prepaid_balance_empty", kind, account, "funding_source_details", shown)
    limit = spending_limit(account)
    if limit and limit[1] >= limit[0]:
        yield _problem("account_spend_limit", kind, account, "spend_cap", related={"amount_spent": limit[1]})
    yield from _checks(kind, account, "issue_warning")  # which ads it is about, Meta seldom says


def _checks(kind: str, node: Any, code: str = "") -> Iterator[Problem]:
    for check in objects_in(getattr(node, "failed_delivery_checks", None)):
        name, text = str(check.get("check_name")), _joined(str(check.get(k) or "") for k in ("summary", "description"))
        found = code or CHECKS.get(name, "failed_check")
        yield _problem(found, kind, node, "failed_delivery_checks", name, text=text)


def _joined(words: Iterable[str]) -> str:
    return ": ".join(dict.fromkeys(word.strip() for word in words if word.strip()))


def _own_status(kind: str, noun: str, node: Any) -> Iterator[Problem]:
    """Yield that an object is paused, archived or in an unknown state, and its issues."""
    status, effective = node.status, node.effective_status
    if status == "PAUSED":
        yield _problem(f"{noun}_paused", kind, node, "status", changed=_changed(node))
    elif status in GONE:
        yield _problem(f"{noun}_archived", kind, node, "status", changed=_changed(node))
    issues = [*_issues(kind, node), *_checks(kind, node)]
    yield from issues
    feedback = getattr(node, "ad_review_feedback", None)
    if effective == "WITH_ISSUES" and not (issues or feedback):
        yield _problem("issue_without_reason", kind, node, "effective_status")
    elif effective == "DISAPPROVED" and kind == "ads":
        texts = [*_feedback(feedback)]
        field, value = ("ad_review_feedback", [str(key) for key, _ in texts]) if texts else ("effective_status", None)
        yield _problem("ad_rejected", kind, node, field, value, text=_texts(texts), changed=_changed(node))
    elif effective in _STATUS_CAUSES or (effective is not None and effective not in KNOWN):
        code = _STATUS_CAUSES.get(effective, "unknown_status")
        yield _problem(code, kind, node, "effective_status", changed=_changed(node))


def _changed(node: Any) -> datetime | None:
    """Return the last change of an object; none if it was never changed since it was made."""
    time: datetime | None = node.updated_time
    return None if time == node.created_time else time


def _feedback(feedback: Any) -> Iterator[tuple[Any, Any]]:
    """Yield keys and texts of review feedback: keys are policy codes or translated phrases."""
    for name, value in (feedback or {}).items():
        yield from _feedback(value) if isinstance(value, Mapping) else [(name, value)]


def _texts(feedback: Iterable[tuple[Any, Any]]) -> str:
    return _joined(f"{name}: {value}" for name, value in feedback)


def _issues(kind: str, node: Any) -> Iterator[Problem]:
    for issue in objects_in(node.issues_info):
        code = str(issue.get("error_code") or "")
        text = _joined(str(issue.get(name) or "") for name in ("error_summary", "error_message"))
        known = ISSUES.get(int(code)) if code.isdecimal() else None
        soft = issue.get("error_type") == "SOFT_ERROR"
        name = "issue_warning" if soft else known or "issue"
        rejected = node.effective_status == "DISAPPROVED" and kind == "ads"
        if known or soft or not rejected:  # a rejected ad says it as an issue too
            yield _problem(name, kind, node, "issues_info", code or "no code", text=text)


def _adset(state: DeliveryState, adset: AdSet) -> Iterator[Problem]:
    yield from _own_status("adsets", "adset", adset)
    if state.whole and adset.id not in state.filled:
        yield _problem("adset_empty", "adsets", adset, "ads", 0)
    yield from _times(state, "adsets", adset, "start_time", "end_time")
    if adset.adset_schedule and not _within_hours(adset.adset_schedule, state.now, state.zone):
        yield _problem("outside_hours", "adsets", adset, "adset_schedule")
    yield from _budget("adsets", adset)
    yield from _limits(state, "adset", adset, *ADSET_LIMITS)
    campaign = state.campaign.get(adset.campaign_id)
    if campaign is not None and not any(getattr(node, name) for node in (campaign, adset) for name in BUDGETS):
        yield _problem("no_budget", "adsets", adset, "daily_budget", 0)
    learning = adset.learning_stage_info or {}
    if code := {"LEARNING": "learning", "FAIL": "learning_limited"}.get(str(learning.get("status"))):
        edited = str(learning.get("last_sig_edit_ts"))
        time = datetime.fromtimestamp(int(edited), UTC) if edited.isdecimal() else None
        shown = {name: learning[name] for name in ("status", "conversions") if name in learning}
        yield _problem(code, "adsets", adset, "learning_stage_info", shown, time=time)
    if text := getattr(adset, "review_feedback", None):
        yield _problem("adset_review_feedback", "adsets", adset, "review_feedback", text=str(text))


def _times(state: DeliveryState, kind: str, node: Any, start: str, end: str) -> Iterator[Problem]:
    begins, ends = getattr(node, start, None), getattr(node, end, None)
    if begins and begins > state.now:
        yield _problem("not_started", kind, node, start, time=begins)
    if ends and ends <= state.now:
        yield _problem("ended", kind, node, end, time=ends)


def _within_hours(rows: Iterable[Mapping[str, Any]], now: datetime, zone: Any) -> bool:
    """Return whether a schedule has delivery now: in the account's time zone, or that of anybody who sees the ads."""
    anywhere = [timezone(timedelta(hours=hours)) for hours in range(-11, 15)]
    for row in rows:
        begin, end = (int(row.get(f"{name}_minute") or 0) for name in ("start", "end"))
        for place in anywhere if row.get("timezone_type") == "USER" else [zone]:
            local = now.astimezone(place)
            today = str(local.isoweekday() % 7) in map(str, row.get("days") or ())
            if today and begin <= local.hour * 60 + local.minute < end:
                return True
    return False


def _budget(kind: str, node: Any) -> Iterator[Problem]:
    daily, lifetime = node.daily_budget or 0, node.lifetime_budget or 0
    if node.budget_remaining == 0 and (daily or lifetime):
        yield _problem("lifetime_budget_spent" if lifetime else "daily_budget_spent", kind, node, "budget_remaining", 0)


def _limits(state: DeliveryState, noun: str, node: Any, *names: str) -> Iterator[Problem]:
    for name in names:
        cap = spend_cap_of(getattr(node, name))
        spent = state.spent.get(node.id, 0)
        if cap and spent >= cap:
            yield _problem(f"{noun}_spend_cap", f"{noun}s", node, name, related={"amount_spent": spent})


def _reserved(state: DeliveryState, campaign: Campaign, adset: AdSet) -> Iterator[Problem]:
    """Yield that the minimum spends of other active ad sets take the whole campaign budget."""
    others = {each.id: each for each in (*state.adsets, *state.siblings) if each.campaign_id == campaign.id}
    active = [each for each in others.values() if each.id != adset.id and each.status == "ACTIVE"]
    for budget, minimum in zip(BUDGETS, ADSET_MINIMUMS, strict=True):
        amount, taken = whole(getattr(campaign, budget)), sum(whole(getattr(each, minimum)) or 0 for each in active)
        if amount and taken >= amount:
            args = {"campaign_id": campaign.id}
            more: Any = {"op": "update_campaign", "args": args, "choose": (budget,)}
            yield _problem("budget_reserved", "adsets", adset, minimum, taken, **more)


def _ad(state: DeliveryState, ad: Ad) -> Iterator[Problem]:
    yield from _own_status("ads", "ad", ad)
    yield from _times(state, "ads", ad, "ad_schedule_start_time", "ad_schedule_end_time")
    creative = str(getattr(ad.creative, "status", None) or "")
    if creative in _CREATIVE_CAUSES:
        yield _problem(_CREATIVE_CAUSES[creative], "ads", ad, "creative.status", creative)
    places = (ad.ad_review_feedback or {}).get("placement_specific") if ad.ad_review_feedback else None
    if isinstance(places, Mapping) and places and ad.effective_status != "DISAPPROVED":
        used = {*state.placements.get(ad.adset_id or "", ())}
        code = "rejected_on_all_placements" if used and used <= {*places} else "rejected_on_placements"
        yield _problem(code, "ads", ad, "ad_review_feedback", [*places], text=_texts(_feedback(places)))


def _pixel(state: DeliveryState, adset: AdSet) -> Iterator[Problem]:
    promoted = adset.promoted_object or {}
    pixel = state.pixels.get(str(promoted.get("pixel_id") or ""))
    if pixel is None:
        return
    fired, events = pixel.last_fired_time, state.events.get(pixel.id)
    if pixel.is_unavailable:
        yield _problem("pixel_unavailable", "adsets", adset, f"pixel {pixel.id}: is_unavailable", value=True)
    elif fired is None or state.now - fired > SILENT:
        shown = f"pixel {pixel.id}: last_fired_time"
        yield _problem("pixel_silent", "adsets", adset, shown, fired or "never", time=fired)
    elif events is not None:
        event = str(promoted.get("custom_event_type"))
        name = EVENT_ACTIONS.get(event, "").replace("_", "")
        if name and name not in {each.replace("_", "").lower() for each in events}:
            yield _problem("pixel_event_missing", "adsets", adset, f"pixel {pixel.id}: {event} in 7 days", 0)


def _quiet(state: DeliveryState, unit: Unit) -> Iterator[Problem]:
    """Yield what explains that a unit delivers nothing though everything is active."""
    adset, campaign = unit.adset, unit.campaign
    if adset is None or unit.ad is None:
        return
    estimate = state.estimates.get(adset.id)
    upper = estimate.estimate_mau_upper_bound if estimate and estimate.estimate_ready is not False else None
    if upper is not None and upper <= SMALL:
        yield _problem("audience_too_small", "adsets", adset, "estimate_mau_upper_bound", upper)
    for audience in state.audiences.get(adset.id, ()):
        status = audience.delivery_status or {}
        if status.get("code") not in (None, 200):
            words = f"{audience.name}: {status.get('description') or ''}"
            yield _problem("audience_not_ready", "adsets", adset, "delivery_status", status.get("code"), text=words)
    if campaign is not None:
        yield from _reserved(state, campaign, adset)
    strategy = adset.bid_strategy or (campaign.bid_strategy if campaign else None)
    limit = adset.bid_amount or adset.bid_constraints
    if strategy in CAPPED and limit:
        own = any(getattr(adset, name) for name in BUDGETS)
        node: Any = adset if own or campaign is None else campaign
        args = {f"{'adset' if own else 'campaign'}_id": node.id, "bid_strategy": "LOWEST_COST_WITHOUT_CAP"}
        name = "bid_amount" if adset.bid_amount else "bid_constraints"
        yield _problem("bid_too_low", "adsets", adset, name, op=f"update_{'adset' if own else 'campaign'}", args=args)
