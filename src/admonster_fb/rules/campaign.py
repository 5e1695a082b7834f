"""Rules of campaigns. Source: `docs/meta-rules.md#campaigns`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import get_args

from admonster_fb.enums import BuyingType, ConfiguredStatus, Objective, SpecialAdCategory, Status
from admonster_fb.models._params import near
from admonster_fb.models.campaign import ENDED_PROMOTIONS, NO_SPEND_CAP
from admonster_fb.rules.core import ParameterView, Problem, max_length, one_of, required, rule, unknown_value
from admonster_fb.rules.values import mapping, text, texts

_OBJECTIVES = get_args(Objective)
RENAMED = {
    **dict.fromkeys(("BRAND_AWARENESS", "REACH", "STORE_VISITS"), "OUTCOME_AWARENESS"),
    **dict.fromkeys(("LINK_CLICKS",), "OUTCOME_TRAFFIC"),
    **dict.fromkeys(("POST_ENGAGEMENT", "PAGE_LIKES", "EVENT_RESPONSES", "MESSAGES"), "OUTCOME_ENGAGEMENT"),
    "VIDEO_VIEWS": "OUTCOME_ENGAGEMENT or OUTCOME_AWARENESS",
    "LEAD_GENERATION": "OUTCOME_LEADS",
    "CONVERSIONS": "OUTCOME_SALES, OUTCOME_LEADS or OUTCOME_ENGAGEMENT",
    "PRODUCT_CATALOG_SALES": "OUTCOME_SALES",
    "APP_INSTALLS": "OUTCOME_APP_PROMOTION",
}
"""The current name of objectives from before 2022. Source: `docs/meta-rules.md#goals-by-objective`."""
MAX_ADSETS = 200
_BUYING_TYPES, _CATEGORIES = get_args(BuyingType), get_args(SpecialAdCategory)
FIXED_FROM = 70  # with more ad sets the bid strategy of a campaign budget cannot change
CAPPED = frozenset({"LOWEST_COST_WITH_BID_CAP", "COST_CAP"})


@rule("buying-type", "campaign", "F campaigns", code=None)
def _buying_type(view: ParameterView) -> Iterable[Problem]:
    """Make sure that Meta has it."""
    return unknown_value("buying_type", view.params.get("buying_type"), _BUYING_TYPES, "buying type")


@rule("category-unknown", "campaign", "F special-ad-categories", code=None)
def _category(view: ParameterView) -> Iterator[Problem]:
    """Make sure that Meta has it."""
    for number, value in enumerate(texts(view.params.get("special_ad_categories"))):
        yield from unknown_value(f"special_ad_categories.{number}", value, _CATEGORIES, "special ad category")


@rule("campaign-objective", "campaign", "D v21 changelog")
def _objective(view: ParameterView) -> Iterator[Problem]:
    """Use an OUTCOME_ objective."""
    value = view.text("objective")
    if value is None or value in _OBJECTIVES:
        return
    now, nearest = RENAMED.get(value), near(value, _OBJECTIVES)
    if now is None and nearest is None and value.startswith("OUTCOME_"):
        yield Problem("objective", f"{value} is in none of Meta's known tables", value, None, "F goals-by-objective")
        return
    known = nearest or ", ".join(_OBJECTIVES)
    fix = f"{value} is now {now}." if now else f"Use {known}." if nearest else f"Use one of {known}."
    yield Problem("objective", f"{value} is refused; allowed: {', '.join(_OBJECTIVES)}", value, fix)


@rule("smart-promotion", "campaign", "D v24 changelog; D v25 changelog")
def _smart_promotion(view: ParameterView) -> Iterator[Problem]:
    """Leave smart_promotion_type out: a campaign budget, all placements and Advantage+ audience give the same."""
    value = view.params.get("smart_promotion_type")
    if value in ENDED_PROMOTIONS:
        yield Problem("smart_promotion_type", f"{value} can no longer be created, copied or changed", value)
    elif value:
        message = f"Meta documents no campaign that is created with {value}"
        yield Problem("smart_promotion_type", message, value, None, "D v24 changelog; not D Advantage+ campaigns")


@rule("sharing-flag", "campaign", "R 100/4834011; D v24 changelog", subcode=4834011, create_only=True)
def _sharing_flag(view: ParameterView) -> Iterator[Problem]:
    """Set is_adset_budget_sharing_enabled: false keeps the budgets of ad sets separate."""
    if not view.budgets and view.params.get("is_adset_budget_sharing_enabled") is None:
        message = "without a campaign budget Meta requires to know whether ad sets share their budgets"
        yield Problem("is_adset_budget_sharing_enabled", message)


def _sharing(view: ParameterView) -> bool:
    return view.params.get("is_adset_budget_sharing_enabled") is True


@rule("sharing-budget", "campaign", "D Ad set budget sharing", subcode=4834002)
def _sharing_budget(view: ParameterView) -> Iterator[Problem]:
    """Leave out the campaign budget, or the sharing."""
    if _sharing(view) and (budgets := view.budgets):
        message = f"ad sets share their budgets only without a campaign budget; {', '.join(budgets)} is given"
        yield Problem("is_adset_budget_sharing_enabled", message, True)


@rule("sharing-strategy", "campaign", "D Ad set budget sharing; not D its example", subcode=4834005, create_only=True)
def _sharing_strategy(view: ParameterView) -> Iterator[Problem]:
    """Give bid_strategy."""
    if _sharing(view) and view.text("bid_strategy") is None:
        yield Problem("bid_strategy", "sharing budgets between ad sets needs one bid strategy")


@rule("sharing-frozen", "campaign", "D Ad set budget sharing", subcode=4834006)
def _sharing_frozen(view: ParameterView) -> Iterator[Problem]:
    """Turn sharing off first (is_adset_budget_sharing_enabled=false)."""
    before = mapping(view.campaign)
    value, now = view.text("bid_strategy"), before.get("bid_strategy")
    if view.update and before.get("is_adset_budget_sharing_enabled") is True and value and value != now:
        yield Problem("bid_strategy", f"{value} cannot replace {now} while ad sets share their budgets", value)


@rule("sharing-switched-on", "campaign", "F campaigns", subcode=3858418)
def _sharing_switched_on(view: ParameterView) -> Iterator[Problem]:
    """If Meta refuses, make a new campaign with it."""
    already = mapping(view.campaign).get("is_adset_budget_sharing_enabled") is True
    if view.update and _sharing(view) and not already:
        message = "Meta's page says both that a running campaign can start to share budgets and that it cannot"
        yield Problem("is_adset_budget_sharing_enabled", message, True)


@rule("sharing-uniform", "campaign", "D Ad set budget sharing", subcode=4834009)
def _sharing_uniform(view: ParameterView) -> Iterator[Problem]:
    """Give all ad sets the same bid_strategy."""
    strategies = {found for child in view.children if (found := text(child.get("bid_strategy")))}
    if len(strategies) > 1 and _sharing(view):
        message = f"ad sets that share budgets have one bid strategy; they have {', '.join(sorted(strategies))}"
        yield Problem("is_adset_budget_sharing_enabled", message, True)


@rule("campaign-strategy", "campaign", "F campaigns", create_only=True)
def _strategy_without_budget(view: ParameterView) -> Iterator[Problem]:
    """Give bid_strategy to the ad sets instead."""
    value = view.text("bid_strategy")
    if value and not view.budgets and not _sharing(view):
        yield Problem("bid_strategy", f"{value} without a campaign budget: each ad set has its own", value)


@rule("campaign-strategy-default", "campaign", "F campaigns", subcode=1815857, create_only=True)
def _strategy_default(view: ParameterView) -> Iterator[Problem]:
    """Give bid_strategy, LOWEST_COST_WITHOUT_CAP if no bid is meant."""
    if view.budgets and view.text("bid_strategy") is None:
        message = "with a campaign budget Meta's own default is LOWEST_COST_WITH_BID_CAP, so every ad set needs a bid"
        yield Problem("bid_strategy", message)


@rule("min-roas-for-good", "campaign", "D Campaign reference; not D Bid strategy")
def _strategy_for_good(view: ParameterView) -> Iterator[Problem]:
    """Make a new campaign with the other strategy."""
    value, now = view.text("bid_strategy"), mapping(view.campaign).get("bid_strategy")
    if view.update and now == "LOWEST_COST_WITH_MIN_ROAS" and value not in (None, now):
        yield Problem("bid_strategy", f"a campaign with {now} cannot change it; given {value}", value)


@rule("strategy-bids", "campaign", "F campaigns", subcode=2490487)
def _strategy_bids(view: ParameterView) -> Iterator[Problem]:
    """Give adset_bid_amounts={adset_id: bid_amount} with the strategy."""
    value = view.text("bid_strategy")
    if view.update and value in CAPPED and not mapping(view.params.get("adset_bid_amounts")):
        yield Problem("adset_bid_amounts", f"{value} requires a bid for every ad set")


@rule("strategy-fixed", "campaign", "F campaigns", code=None)
def _strategy_fixed(view: ParameterView) -> Iterator[Problem]:
    """Make sure of the bid strategy, or make several campaigns."""
    if len(view.children) > FIXED_FROM and view.budgets:
        message = f"{len(view.children)} ad sets under a campaign budget: above {FIXED_FROM} the bid strategy is fixed"
        yield Problem("daily_budget" if "daily_budget" in view.params else "lifetime_budget", message)


@rule("adset-count", "campaign", "D Campaign reference")
def _adsets(view: ParameterView) -> Iterator[Problem]:
    """Make several campaigns."""
    if len(view.children) > MAX_ADSETS:
        yield Problem("adsets", f"{len(view.children)} ad sets; allowed: {MAX_ADSETS}", len(view.children))


@rule("spend-cap-least", "campaign", "D Campaign reference", subcode=2446307)
def _spend_cap_least(view: ParameterView) -> Iterator[Problem]:
    """Raise spend_cap."""
    cap, least = view.amount("spend_cap"), view.context.min_campaign_spend_cap
    if cap is not None and least is not None and cap < least:
        yield Problem("spend_cap", f"{cap} minor units; the account's minimum is {least}", view.params["spend_cap"])


@rule("spend-cap-low", "campaign", "F campaigns", subcode=2446307)
def _spend_cap_low(view: ParameterView) -> Iterator[Problem]:
    """Raise spend_cap."""
    cap, context = view.amount("spend_cap"), view.context
    if cap is not None and context.min_campaign_spend_cap is None and context.currency == "USD" and cap < 10_000:
        yield Problem("spend_cap", f"{cap} cents; Meta asks for about 100 USD", view.params["spend_cap"])


@rule("spend-cap-reserved", "campaign", "D Campaign reference")
def _spend_cap_reserved(view: ParameterView) -> Iterator[Problem]:
    """Leave spend_cap out."""
    buying = view.text("buying_type") or mapping(view.campaign).get("buying_type")
    cap = view.amount("spend_cap")
    if buying == "RESERVED" and cap is not None and cap != NO_SPEND_CAP:
        yield Problem("spend_cap", "a reserved campaign cannot have a spend cap", view.params["spend_cap"])


@rule("campaign-times", "campaign", "F campaigns", code=None)
def _times(view: ParameterView) -> Iterator[Problem]:
    """Set start and end on the ad sets instead."""
    for name in ("start_time", "stop_time"):
        if view.params.get(name):
            message = f"{name} of a campaign follows from its ad sets, as Meta documents"
            yield Problem(name, message, view.params[name])


_fix = "Give name, objective and special_ad_categories ([] if none applies)."
rule("campaign-required", "campaign", "D Campaign reference", fix=_fix, create_only=True)(
    required("name", "objective", "special_ad_categories")
)


# Name and status, of all three objects.

for _kind, _name, _status, _page, _subcode in (
    ("campaign", "F ad-sets", "R 100/1487564; D Campaign reference", "D Campaign reference", 1487564),
    ("adset", "D Ad set reference", "D Ad set reference", "D Ad set reference", None),
    ("ad", "F ad-sets", "D Ad reference", "D Ad reference", None),
):
    _new, _known = one_of("status", get_args(Status)), one_of("status", get_args(ConfiguredStatus))
    _fix, _fix_known = "Create it ACTIVE or PAUSED.", "Use ACTIVE, PAUSED, ARCHIVED or DELETED."
    rule(f"{_kind}-name", _kind, _name, fix="Shorten it.")(max_length("name", 400))
    rule(f"{_kind}-status", _kind, _status, fix=_fix, subcode=_subcode, create_only=True)(_new)
    rule(f"{_kind}-status-known", _kind, f"{_page}; S enum", fix=_fix_known)(_known)


# `execution_options`: how a write is carried out, for all objects.


@rule("recommendations-alone", "campaign adset creative ad", "D Campaign reference; D Ad set reference; D Ad reference")
def _recommendations_alone(view: ParameterView) -> Iterator[Problem]:
    """Add validate_only."""
    value = texts(view.params.get("execution_options"))
    if value and set(value) == {"include_recommendations"}:
        yield Problem("execution_options", "include_recommendations cannot be used alone", value)


@rule("review-of-ads", "campaign adset creative", "D Ad reference")
def _review_of_ads(view: ParameterView) -> Iterator[Problem]:
    """Leave it out."""
    value = texts(view.params.get("execution_options"))
    if "synchronous_ad_review" in value:
        yield Problem("execution_options", "synchronous_ad_review is for ads only", value)


@rule("ad-review", "ad", "D Ad reference")
def _unasked_review(view: ParameterView) -> Iterator[Problem]:
    """Add validate_only."""
    value = texts(view.params.get("execution_options"))
    if "synchronous_ad_review" in value and "validate_only" not in value:
        yield Problem("execution_options", "synchronous_ad_review needs validate_only", value)
