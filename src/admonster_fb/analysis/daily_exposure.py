"""The maximum daily spend of an account by its budgets: what would deliver, and how a write changes that.

A campaign delivers if it is ACTIVE and has an ad set that is ACTIVE, has not ended and has an ACTIVE ad
(`docs/meta-rules.md#status`). An ad in review or disapproved counts, and so does an ad set that starts later: both may
deliver without another write. A campaign budget counts once; otherwise each ad set's budget counts. Of a lifetime
budget everything that remains counts: no source says how Meta spreads it over the days. A budget schedule counts until
it has ended. A campaign's spend cap limits it; the account's does not, since it may be lifted at any time.

Meta may spend 75 % more than a daily budget on a single day, never more than 7 times the budget in a week
(`docs/meta-rules.md#budgets-and-bids`). These sums do not include it.

How a field affects spend is declared at the field (`models/_facts.py`); at the end its values are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from admonster_fb.models._facts import Spend
from admonster_fb.models._node import parse_time, zone_of
from admonster_fb.models.campaign import BUDGETS, NO_SPEND_CAP
from admonster_fb.models.change import Change
from admonster_fb.money import whole
from admonster_fb.objects import DELIVERS, facts_of, stops_delivery

if TYPE_CHECKING:
    from admonster_fb.models.adaccount import AdAccount

Fields = Mapping[str, Any]
Nodes = Mapping[str, Mapping[str, Fields]]
"""Fields by edge (`campaigns`, `adsets`, `ads`, `budget_schedules`) and ID, as in JSON; amounts are in minor units."""

EDGES = (*DELIVERS, "budget_schedules")
OVERSPEND = Decimal("1.75")
"""Maximum spend of a day as a multiple of its daily budget: `docs/meta-rules.md#budgets-and-bids`."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Campaigns, ad sets, ads and budget schedules at one time; `zone` is the time zone of times without one."""

    nodes: Nodes
    now: datetime
    zone: str = "UTC"

    def edge(self, name: str) -> Mapping[str, Fields]:
        """Return the objects of one edge by ID."""
        return self.nodes.get(name, {})


def max_daily_delivery(snapshot: Snapshot) -> int:
    """Return the maximum daily spend, in minor units."""
    return sum(max_by_campaign(snapshot).values())


def max_by_campaign(snapshot: Snapshot) -> dict[str, int]:
    """Return the maximum daily spend by campaign, in minor units; campaigns that deliver nothing are left out."""
    found: dict[str, int] = {}
    for campaign_id, adset_ids in delivering(snapshot).items():
        campaign = snapshot.edge("campaigns")[campaign_id]
        holders = [campaign_id] if holds_budget(campaign) else adset_ids
        total = sum(max_daily_spend(snapshot, holder) for holder in holders)
        found[campaign_id] = min(total, spend_cap_of(campaign.get("spend_cap")) or total)
    return found


def delivering(snapshot: Snapshot) -> dict[str, list[str]]:
    """Return the campaigns that would deliver, each with its delivering ad sets."""
    advertised = {str(ad.get("adset_id")) for ad in snapshot.edge("ads").values() if _active(ad)}
    found: dict[str, list[str]] = {}
    for adset_id, adset in snapshot.edge("adsets").items():
        campaign_id = str(adset.get("campaign_id"))
        active = _active(adset) and _active(snapshot.edge("campaigns").get(campaign_id, {}))
        if active and adset_id in advertised and not has_ended(snapshot, adset.get("end_time")):
            found.setdefault(campaign_id, []).append(adset_id)
    return found


def _active(node: Fields) -> bool:
    return node.get("status") == "ACTIVE"


def holds_budget(node: Fields) -> bool:
    """Return whether a campaign or ad set has a budget."""
    return any(node.get(name) for name in BUDGETS)


def max_daily_spend(snapshot: Snapshot, holder_id: str) -> int:
    """Return the maximum daily spend of one campaign's or ad set's budget, in minor units, with its schedules."""
    node = snapshot.edge("campaigns").get(holder_id) or snapshot.edge("adsets").get(holder_id) or {}
    lifetime, daily = int(node.get("lifetime_budget") or 0), int(node.get("daily_budget") or 0)
    if daily:
        total = daily
        for schedule in _schedules(snapshot, holder_id):  # an amount, or the budget times (factor - 1)
            value = int(schedule.get("budget_value") or 0)
            total += max(0, daily * (value - 1)) if schedule.get("budget_value_type") == "MULTIPLIER" else value
        return max(total, lifetime)  # Meta allows one of them: with both, which of them holds is not known
    remaining = node.get("budget_remaining")
    return lifetime if remaining is None else max(0, min(int(remaining), lifetime))


def total_until_end(snapshot: Snapshot) -> tuple[int, datetime] | None:
    """Return about what will be spent until the last ad set ends, in minor units; `None` if one has no end.

    >>> nodes = {"campaigns": {"1": {"status": "ACTIVE"}}, "ads": {"3": {"status": "ACTIVE", "adset_id": "2"}},
    ...     "adsets": {"2": {"status": "ACTIVE", "campaign_id": "1", "daily_budget": 1000, "end_time": "2026-11-06"}}}
    >>> total_until_end(Snapshot(nodes, datetime(2026, 11, 1, 9, tzinfo=UTC)))[0]
    5000
    """
    total, last = 0, snapshot.now
    for campaign_id, adset_ids in delivering(snapshot).items():
        campaign, adsets = snapshot.edge("campaigns")[campaign_id], snapshot.edge("adsets")
        shared = holds_budget(campaign)
        spend = 0
        for holder, ids in [(campaign_id, adset_ids)] if shared else [(each, [each]) for each in adset_ids]:
            ends = [parse_time(adsets[each].get("end_time"), snapshot.zone) for each in ids]
            known = [end for end in ends if end]
            if len(known) < len(ends) or any(_schedules(snapshot, holder)):
                return None
            starts = [parse_time(adsets[each].get("start_time"), snapshot.zone) or snapshot.now for each in ids]
            begin, end = max(min(starts), snapshot.now), max(known) - timedelta(microseconds=1)
            first, final = (each.astimezone(zone_of(snapshot.zone)).date() for each in (begin, end))
            days = (final - first).days + 1 if (campaign if shared else adsets[holder]).get("daily_budget") else 1
            spend += max_daily_spend(snapshot, holder) * max(1, days)
            last = max(last, *known)
        total += min(spend, spend_cap_of(campaign.get("spend_cap")) or spend)
    return (total, last.astimezone(zone_of(snapshot.zone))) if total else None


def _schedules(snapshot: Snapshot, holder_id: str) -> Iterator[Fields]:
    for schedule in snapshot.edge("budget_schedules").values():
        once = schedule.get("recurrence_type") in (None, "ONE_TIME")
        if schedule.get("ad_object_id") == holder_id and not (once and has_ended(snapshot, schedule.get("time_end"))):
            yield schedule


def spend_cap_of(value: Any) -> int | None:
    """Return a spend cap in minor units, `None` if there is none."""
    cap = whole(value) or 0
    return cap if 0 < cap < NO_SPEND_CAP else None


def spending_limit(account: AdAccount) -> tuple[int, int] | None:
    """Return an account's spending limit and what counts towards it, in minor units; `None` without a limit."""
    cap, spent = spend_cap_of(account.spend_cap), whole(account.amount_spent or 0)
    return None if cap is None or spent is None else (cap, spent)


def has_ended(snapshot: Snapshot, value: Any) -> bool:
    """Return whether a time has passed; an absent time never has."""
    end = parse_time(value, snapshot.zone)
    return end is not None and end <= snapshot.now


def apply_changes(snapshot: Snapshot, changes: Iterable[Change]) -> Snapshot:
    """Return the snapshot after the changes."""
    nodes = {edge: dict(snapshot.edge(edge)) for edge in EDGES}
    for number, change in enumerate(changes):
        if change.node not in nodes:
            continue
        node_id = change.id or f"new {number}"
        own, new = nodes[change.node], change.after
        if not new:
            own.pop(node_id, None)
            continue
        old = own.get(node_id, {})
        node = own[node_id] = {**old, **new}
        changed = [name for name in BUDGETS if new.get(name)]
        if len(changed) == 1:  # a daily budget replaces a lifetime budget and vice versa
            node[next(name for name in BUDGETS if name not in changed)] = 0
        if "lifetime_budget" in changed and old.get("budget_remaining") is not None:
            spent = int(old["lifetime_budget"]) - int(old["budget_remaining"]) if old.get("lifetime_budget") else 0
            node["budget_remaining"] = int(new["lifetime_budget"]) - max(0, spent)
    return replace(snapshot, nodes=nodes)


NEUTRAL = frozenset({"name"})
"""Fields that have no effect on delivery and may accompany a stop."""
_NO_END = datetime.max.replace(tzinfo=UTC)
_NO_BID_CAP = "LOWEST_COST_WITHOUT_CAP"
_BID_CAPS = frozenset({"COST_CAP", "LOWEST_COST_WITH_BID_CAP", "LOWEST_COST_WITH_MIN_ROAS"})

Comparison = Callable[[Any, Any], int]
"""Compares a field before and after: more than 0 allows more spend, less than 0 less, 0 neither."""


def _compare_amounts(before: Any, after: Any) -> int:
    return int(after or 0) - int(before or 0)


def _compare_limits(before: Any, after: Any) -> int:
    """Compare limits; without a limit there is no maximum."""
    old, new = spend_cap_of(before), spend_cap_of(after)
    return (old is not None) if new is None else -1 if old is None else new - old


def _compare_ends(before: Any, after: Any) -> int:
    old, new = parse_time(before) or _NO_END, parse_time(after) or _NO_END
    return (new > old) - (new < old)


def _compare_starts(before: Any, after: Any) -> int:
    old, new = parse_time(before), parse_time(after)
    return 0 if old is None or new is None else (old > new) - (old < new)


def _compare_roas_floors(before: Any, after: Any) -> int:
    old, new = ({**(value or {})} for value in (before, after))
    floors = [int(spec.pop("roas_average_floor", None) or 0) for spec in (old, new)]
    return floors[0] - floors[1] if old == new else 1


def _compare_hours(before: Any, after: Any) -> int:
    old, new = _hours(before), _hours(after)
    return 1 if new - old else -1 if old - new else 0


def _hours(schedule: Any) -> set[tuple[Any, ...]]:
    """Return the hours of a week in which an ad set delivers, by the time zone that they are meant in."""
    week = [(day, hour) for day in range(7) for hour in range(24)]
    zones = {str(part.get("timezone_type") or "ADVERTISER").upper() for part in schedule or ()}
    found = set()
    for part in schedule or [{}]:
        begin, end, days = part.get("start_minute", 0), part.get("end_minute", 1440), part.get("days", range(7))
        hours = [(day, hour) for day, hour in week if day in days and begin < (hour + 1) * 60 and hour * 60 < end]
        found |= {(zone, *hour) for zone in zones or ("ADVERTISER", "USER") for hour in hours}
    return found


COMPARISONS: dict[Spend | None, Comparison] = {
    "status": lambda before, after: 1 if after == "ACTIVE" else -1 if (before, after) == ("ACTIVE", "PAUSED") else 0,
    "budget": _compare_amounts,
    "minimum": _compare_amounts,
    "limit": _compare_limits,
    "bid_strategy": lambda before, after: -1 if before == _NO_BID_CAP and after in _BID_CAPS else 1,
    "roas_floor": _compare_roas_floors,
    "start": _compare_starts,
    "end": _compare_ends,
    "hours": _compare_hours,
    "pacing": lambda _before, after: 0 if after == ["day_parting"] else 1,
    "limit_action": lambda _before, after: int(after in ("reset", "delete")),
    "switch": lambda _before, after: 1 if after else -1,
    "any": lambda _before, _after: 1,
    "none": lambda _before, _after: 0,
}
"""How to compare each kind of field that affects spend."""


def can_only_lower(change: Change) -> bool:
    """Return whether an update can only lower spend, by the values in `before`. A field that is missing is unknown."""
    effects = [_effect(change, name, value) for name, value in change.after.items() if name not in NEUTRAL]
    return bool(effects) and max(effects) <= 0 and min(effects) < 0


def _effect(change: Change, name: str, value: Any) -> int:
    """Return more than 0 for a field that may allow more spend, or whose effect is not known."""
    if stops_delivery(change.node, {name: value}):
        return -1
    fact = facts_of(change.node).get(name)
    if fact is None or fact.spend not in COMPARISONS or name not in change.before:
        return 1
    before = change.before[name]
    try:
        return 0 if is_same(before, value) else COMPARISONS[fact.spend](before, value) or 1
    except (TypeError, ValueError):
        return 1


def is_same(before: Any, after: Any) -> bool:
    """Return whether two values of a field are equal; 0 is the same as no value."""
    return before == after or (before in (None, 0) and after in (None, 0))
