"""Campaigns. `api_facts.md` section 1.1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from admonster_fb.enums import ConfiguredStatus, Objective, Status
from admonster_fb.models.campaign import NO_SPEND_CAP
from admonster_fb.rules.core import Problem, Rule, Subject, longest, one_of, required
from admonster_fb.rules.values import mapping, text

_OBJECTIVES = get_args(Objective)
NOW_CALLED = {
    **dict.fromkeys(("BRAND_AWARENESS", "REACH", "STORE_VISITS"), "OUTCOME_AWARENESS"),
    **dict.fromkeys(("LINK_CLICKS",), "OUTCOME_TRAFFIC"),
    **dict.fromkeys(("POST_ENGAGEMENT", "PAGE_LIKES", "EVENT_RESPONSES", "MESSAGES"), "OUTCOME_ENGAGEMENT"),
    "VIDEO_VIEWS": "OUTCOME_ENGAGEMENT or OUTCOME_AWARENESS",
    "LEAD_GENERATION": "OUTCOME_LEADS",
    "CONVERSIONS": "OUTCOME_SALES, OUTCOME_LEADS or OUTCOME_ENGAGEMENT",
    "PRODUCT_CATALOG_SALES": "OUTCOME_SALES",
    "APP_INSTALLS": "OUTCOME_APP_PROMOTION",
}
"""Objectives as they were called before 2022, and now. `api_facts.md` section 2."""
MOST_ADSETS = 200
FIXED_FROM = 70
"""With more ad sets the bid strategy of a campaign budget stays as it is."""
CAPPED = frozenset({"LOWEST_COST_WITH_BID_CAP", "COST_CAP"})


def _objective(subject: Subject) -> Iterator[Problem]:
    given = subject.text("objective")
    if given is None or given in _OBJECTIVES:
        return
    now = NOW_CALLED.get(given)
    fix = f"{given} is now {now}." if now else f"Use one of {', '.join(_OBJECTIVES)}."
    yield Problem("objective", f"{given} is refused; allowed: {', '.join(_OBJECTIVES)}", given, fix)


def _smart_promotion(subject: Subject) -> Iterator[Problem]:
    if given := subject.params.get("smart_promotion_type"):
        yield Problem("smart_promotion_type", f"{given} can no longer be created, copied or changed", given)


def _sharing_flag(subject: Subject) -> Iterator[Problem]:
    if not subject.budgets and subject.params.get("is_adset_budget_sharing_enabled") is None:
        message = "without a campaign budget Meta must be told whether ad sets share theirs"
        yield Problem("is_adset_budget_sharing_enabled", message)


def _sharing(subject: Subject) -> bool:
    return subject.params.get("is_adset_budget_sharing_enabled") is True


def _sharing_budget(subject: Subject) -> Iterator[Problem]:
    if _sharing(subject) and (budgets := subject.budgets):
        message = f"ad sets share their budgets only without a campaign budget; {', '.join(budgets)} is given"
        yield Problem("is_adset_budget_sharing_enabled", message, True)


def _sharing_strategy(subject: Subject) -> Iterator[Problem]:
    if _sharing(subject) and subject.text("bid_strategy") is None:
        yield Problem("bid_strategy", "sharing budgets between ad sets needs one bid strategy")


def _sharing_frozen(subject: Subject) -> Iterator[Problem]:
    before = mapping(subject.campaign)
    given, now = subject.text("bid_strategy"), before.get("bid_strategy")
    if subject.update and before.get("is_adset_budget_sharing_enabled") is True and given and given != now:
        yield Problem("bid_strategy", f"{given} cannot replace {now} while ad sets share their budgets", given)


def _sharing_switched_on(subject: Subject) -> Iterator[Problem]:
    already = mapping(subject.campaign).get("is_adset_budget_sharing_enabled") is True
    if subject.update and _sharing(subject) and not already:
        message = "Meta's page says both that a running campaign can start sharing budgets and that it cannot"
        yield Problem("is_adset_budget_sharing_enabled", message, True)


def _sharing_uniform(subject: Subject) -> Iterator[Problem]:
    if not _sharing(subject):
        return
    strategies = {found for child in subject.children if (found := text(child.get("bid_strategy")))}
    if len(strategies) > 1:
        message = f"ad sets that share budgets have one bid strategy; they have {', '.join(sorted(strategies))}"
        yield Problem("is_adset_budget_sharing_enabled", message, True)


def _strategy_without_budget(subject: Subject) -> Iterator[Problem]:
    given = subject.text("bid_strategy")
    if given and not subject.budgets and not _sharing(subject):
        yield Problem("bid_strategy", f"{given} without a campaign budget: the ad sets choose theirs", given)


def _strategy_default(subject: Subject) -> Iterator[Problem]:
    if subject.budgets and subject.text("bid_strategy") is None:
        message = "with a campaign budget Meta's own default is LOWEST_COST_WITH_BID_CAP, so every ad set needs a bid"
        yield Problem("bid_strategy", message)


def _strategy_for_good(subject: Subject) -> Iterator[Problem]:
    given, now = subject.text("bid_strategy"), mapping(subject.campaign).get("bid_strategy")
    if subject.update and now == "LOWEST_COST_WITH_MIN_ROAS" and given not in (None, now):
        yield Problem("bid_strategy", f"a campaign with {now} keeps it; given {given}", given)


def _strategy_bids(subject: Subject) -> Iterator[Problem]:
    given = subject.text("bid_strategy")
    if subject.update and given in CAPPED and not mapping(subject.params.get("adset_bid_amounts")):
        yield Problem("adset_bid_amounts", f"{given} asks every ad set for a bid")


def _strategy_fixed(subject: Subject) -> Iterator[Problem]:
    if len(subject.children) > FIXED_FROM and subject.budgets:
        message = (
            f"{len(subject.children)} ad sets under a campaign budget: above {FIXED_FROM} the bid strategy is fixed"
        )
        yield Problem("daily_budget" if "daily_budget" in subject.params else "lifetime_budget", message)


def _adsets(subject: Subject) -> Iterator[Problem]:
    if len(subject.children) > MOST_ADSETS:
        yield Problem("adsets", f"{len(subject.children)} ad sets; allowed: {MOST_ADSETS}", len(subject.children))


def _spend_cap_least(subject: Subject) -> Iterator[Problem]:
    cap, least = subject.amount("spend_cap"), subject.context.min_campaign_spend_cap
    if cap is not None and least is not None and cap < least:
        yield Problem("spend_cap", f"{cap} minor units; the account's least is {least}", subject.params["spend_cap"])


def _spend_cap_low(subject: Subject) -> Iterator[Problem]:
    cap, context = subject.amount("spend_cap"), subject.context
    if cap is not None and context.min_campaign_spend_cap is None and context.currency == "USD" and cap < 10_000:
        yield Problem("spend_cap", f"{cap} cents; Meta asks for about 100 USD", subject.params["spend_cap"])


def _spend_cap_reserved(subject: Subject) -> Iterator[Problem]:
    buying = subject.text("buying_type") or mapping(subject.campaign).get("buying_type")
    cap = subject.amount("spend_cap")
    if buying == "RESERVED" and cap is not None and cap != NO_SPEND_CAP:
        yield Problem("spend_cap", "a reservation has no spend cap", subject.params["spend_cap"])


def _times(subject: Subject) -> Iterator[Problem]:
    for name in ("start_time", "stop_time"):
        if subject.params.get(name):
            message = f"{name} of a campaign is documented as following from its ad sets"
            yield Problem(name, message, subject.params[name])


_ABOUT = "api_facts 1.1"
_FLAG = "Say is_adset_budget_sharing_enabled: false keeps each ad set's budget its own."
RULES: tuple[Rule, ...] = (
    Rule(
        "campaign-required",
        *("campaign", "error", 100, None, _ABOUT),
        "Give name, objective and special_ad_categories ([] if none applies).",
        required("name", "objective", "special_ad_categories"),
        create_only=True,
    ),
    Rule("campaign-name", "campaign", "warning", 100, None, "api_facts 1.2", "Shorten it.", longest("name", 400)),
    Rule("campaign-objective", "campaign", "error", 100, None, "api_facts 2", "Use an OUTCOME_ objective.", _objective),
    Rule(
        "campaign-status",
        *("campaign", "error", 100, 1487564, _ABOUT),
        "Create it ACTIVE or PAUSED.",
        one_of("status", get_args(Status)),
        create_only=True,
    ),
    Rule(
        "campaign-status-known",
        *("campaign", "error", 100, None, "api_facts 1.5"),
        "Use ACTIVE, PAUSED, ARCHIVED or DELETED.",
        one_of("status", get_args(ConfiguredStatus)),
    ),
    Rule(
        "smart-promotion",
        *("campaign", "error", 100, None, _ABOUT),
        "Leave smart_promotion_type out: a campaign budget, all placements and Advantage+ audience give the same.",
        _smart_promotion,
    ),
    Rule("sharing-flag", "campaign", "error", 100, 4834011, _ABOUT, _FLAG, _sharing_flag, create_only=True),
    Rule(
        "sharing-budget",
        *("campaign", "error", 100, 4834002, _ABOUT),
        "Leave out the campaign budget, or the sharing.",
        _sharing_budget,
    ),
    Rule(
        "sharing-strategy",
        *("campaign", "error", 100, 4834005, _ABOUT),
        "Give bid_strategy.",
        _sharing_strategy,
        create_only=True,
    ),
    Rule(
        "sharing-frozen",
        *("campaign", "error", 100, 4834006, _ABOUT),
        "Turn sharing off first (is_adset_budget_sharing_enabled=false).",
        _sharing_frozen,
    ),
    Rule(
        "sharing-switched-on",
        *("campaign", "warning", 100, 3858418, _ABOUT),
        "If Meta refuses, make a new campaign with it.",
        _sharing_switched_on,
    ),
    Rule(
        "sharing-uniform",
        *("campaign", "error", 100, 4834009, _ABOUT),
        "Give all ad sets the same bid_strategy.",
        _sharing_uniform,
    ),
    Rule(
        "campaign-strategy",
        *("campaign", "warning", 100, None, _ABOUT),
        "Give bid_strategy to the ad sets instead.",
        _strategy_without_budget,
        create_only=True,
    ),
    Rule(
        "campaign-strategy-default",
        *("campaign", "warning", 100, 1815857, _ABOUT),
        "Give bid_strategy, LOWEST_COST_WITHOUT_CAP if no bid is meant.",
        _strategy_default,
        create_only=True,
    ),
    Rule(
        "min-roas-for-good",
        *("campaign", "error", 100, None, _ABOUT),
        "Make a new campaign with the other strategy.",
        _strategy_for_good,
    ),
    Rule(
        "strategy-bids",
        *("campaign", "warning", 100, 2490487, _ABOUT),
        "Give adset_bid_amounts={adset_id: bid_amount} with the strategy.",
        _strategy_bids,
    ),
    Rule(
        "strategy-fixed",
        *("campaign", "warning", None, None, _ABOUT),
        "Be sure of the bid strategy, or make several campaigns.",
        _strategy_fixed,
    ),
    Rule("adset-count", "campaign", "error", 100, None, _ABOUT, "Make several campaigns.", _adsets),
    Rule("spend-cap-least", "campaign", "error", 100, 2446307, _ABOUT, "Raise spend_cap.", _spend_cap_least),
    Rule("spend-cap-low", "campaign", "warning", 100, 2446307, _ABOUT, "Raise spend_cap.", _spend_cap_low),
    Rule("spend-cap-reserved", "campaign", "error", 100, None, _ABOUT, "Leave spend_cap out.", _spend_cap_reserved),
    Rule(
        "campaign-times", "campaign", "warning", None, None, _ABOUT, "Set start and end on the ad sets instead.", _times
    ),
)
