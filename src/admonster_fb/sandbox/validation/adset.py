"""Rules of ad sets (`docs/meta-rules.md`, Ad sets)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from admonster_fb.sandbox import need, times
from admonster_fb.sandbox.convert import listed, truth, whole
from admonster_fb.sandbox.errors import invalid, not_one_of, refuse
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.validation import budgets, goals, options, targeting
from admonster_fb.sandbox.validation import case as common
from admonster_fb.sandbox.validation.case import Case, budget_of

DAY, HOUR, DAYS = 24 * 60, 60, range(7)
TIMEZONE_TYPES = ("ADVERTISER", "USER")


def check_hours(case: Case) -> None:
    """Refuse hours that are none: not whole, not in order, or on days that no week has."""
    for position, item in enumerate(listed(case.params.get("adset_schedule"))):
        row = item if isinstance(item, dict) else {}
        start, end = whole(row.get("start_minute")), whole(row.get("end_minute"))
        if start is None or end is None or start % HOUR or end % HOUR or not 0 <= start < end <= DAY:
            raise _refused("Hours begin and end on the hour, the end after the start, within one day.")
        days = row.get("days")
        if not isinstance(days, list) or not days or any(whole(day) not in DAYS for day in days):
            raise _refused("Days are numbers from 0, Sunday, to 6, Saturday.")
        if str(row.get("timezone_type") or TIMEZONE_TYPES[0]).upper() not in TIMEZONE_TYPES:
            raise not_one_of(f"adset_schedule[{position}][timezone_type]", TIMEZONE_TYPES)


def _refused(text: str) -> Exception:
    return invalid("adset_schedule", "Invalid Ad Set Schedule", text)


LONGEST_NAME = 400
SPEND_LIMITS = ("min_spend_target", "spend_cap")


def _check_campaign(case: Case) -> None:
    need.value("campaign_id", case.value("campaign_id"))
    common.check_campaign_alive(_campaign(case))


def _campaign(case: Case) -> Node:
    return case.existing(case.value("campaign_id"), "Campaign")


def _check_level(case: Case) -> None:
    """Budgets live on one level: the campaign's or its ad sets'."""
    sent = case.budgets_sent()
    if budget_of(_campaign(case)):
        if sent:
            raise refuse(1885621, sent[0])
        return
    if not sent and case.node is None and not case.sent("rf_prediction_id"):
        text = "The ad set needs a daily budget or a lifetime budget, because its campaign has none."
        raise invalid("daily_budget", "Budget Missing", text)


def _check_sharing(case: Case) -> None:
    campaign = _campaign(case)
    if not truth(campaign.data.get("is_adset_budget_sharing_enabled")):
        return
    strategy = case.params.get("bid_strategy")
    if case.sent("lifetime_budget") or (strategy and strategy != campaign.data.get("bid_strategy")):
        raise refuse(4834009, "lifetime_budget" if case.sent("lifetime_budget") else "bid_strategy")


def _check_spend_limits(case: Case) -> None:
    """A share of the campaign's budget can only be set where the campaign has one of that type."""
    held = budget_of(_campaign(case))
    for period in ("daily", "lifetime"):
        for limit in SPEND_LIMITS:
            if case.sent(f"{period}_{limit}") and held != f"{period}_budget":
                text = f"This limit needs a campaign with a {period} budget."
                raise invalid(f"{period}_{limit}", "Spend Limit", text)


def _check_schedule(case: Case) -> None:
    end = _moment(case, "end_time")
    start = _moment(case, "start_time")
    lifetime = case.sent("lifetime_budget") or (case.node is not None and budget_of(case.node) == "lifetime_budget")
    if lifetime and end is None and not case.sent("daily_budget"):
        raise invalid("end_time", "End Time Missing", "An ad set with a lifetime budget needs an end time.")
    if end is None:
        return
    now = case.store.clock()
    if case.sent("end_time") and end <= now:
        raise refuse(1487033, "end_time")
    if not (case.sent("end_time") or case.sent("start_time")):
        return
    _check_length(case, end - max(start or now, now), is_after=start is None or end > start)


def _check_length(case: Case, length: timedelta, *, is_after: bool) -> None:
    if not is_after:
        raise invalid("end_time", "End Time Too Early", "The end time must be later than the start time.")
    if case.sent("daily_budget") and length < timedelta(days=1):
        text = "An ad set with a daily budget must run for at least 24 hours."
        raise invalid("end_time", "Schedule Too Short", text)


def _moment(case: Case, name: str) -> datetime | None:
    """Return a moment; end_time=0 means no end."""
    value = case.value(name)
    return None if value in (None, "", 0, "0") else times.parse(value, case.zone_name, name)


def if_sent(rule: Callable[[Case], None], *names: str) -> Callable[[Case], None]:
    """Return the rule for updates: it looks only at calls that touch these fields, at all without names."""

    def when_touched(case: Case) -> None:
        if any(case.sent(name) for name in names):
            rule(case)

    return when_touched if names else rule


_GOAL_FIELDS = ("optimization_goal", "destination_type", "promoted_object")
_BID_FIELDS = ("bid_strategy", "bid_amount", "bid_constraints")
_NAME = common.check_name(LONGEST_NAME)
# The rules in their order, and the fields that make each look at an update: without any it always does, None is never.
_SHARED: tuple[tuple[Callable[[Case], None], tuple[str, ...] | None], ...] = (
    *((rule, ()) for rule in (budgets.check_amounts, _check_level, _check_sharing, _check_spend_limits)),
    (_check_schedule, ("end_time", "start_time", "lifetime_budget")),
    (goals.check_goal, _GOAL_FIELDS),
    (goals.check_billing, ("billing_event", "optimization_goal")),
    (goals.check_promoted_object, _GOAL_FIELDS),
    (goals.check_bid, _BID_FIELDS),
    *((rule, ()) for rule in (goals.check_attribution, goals.check_frequency_control, check_hours)),
    (targeting.check_audience, ("targeting",)),
    (targeting.check_advantage_flag, None),
    (targeting.check_advantage_ages, ("targeting",)),
    (targeting.check_special_category, ("targeting",)),
    (options.check_placements, ("targeting",)),
    (targeting.check_transparency, ("targeting", "dsa_beneficiary", "dsa_payor")),
)
_NEW, _FIXED = (_check_campaign, common.check_new_status), common.check_fixed("campaign_id", "an ad set")
_LAST = (budgets.check_lowering, budgets.check_frequency)
CREATE = (_NAME, *_NEW, *(rule for rule, _ in _SHARED))
_TOUCHED = (if_sent(rule, *names) for rule, names in _SHARED if names is not None)
UPDATE = (common.check_transition, _NAME, _FIXED, *_TOUCHED, *_LAST)
