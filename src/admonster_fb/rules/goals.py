"""Rules of objective, destination, goal, billing event, promoted object and attribution of an ad set."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import get_args

from admonster_fb import facts
from admonster_fb.enums import BillingEvent, DestinationType, Objective, OptimizationGoal
from admonster_fb.models._params import near
from admonster_fb.money import whole
from admonster_fb.rules.core import MISSPELT, ParameterView, Problem, rule
from admonster_fb.rules.goal_matrix import (
    DOUBTFUL_BILLING,
    EXTRA_BILLING,
    FREQUENCY_GOALS,
    GOALS_OF,
    MARKS,
    MatrixRow,
    is_app_sale,
    rows,
)
from admonster_fb.rules.values import listed, mapping, text
from admonster_fb.rules.values import rows as objects

_EVENT_SOURCES = frozenset(
    {"custom_conversion_id", "omnichannel_object", "product_set_id", "event_id", "offline_conversion_data_set_id"}
    | {"conversion_goal_id", "offsite_conversion_event_id", "mcme_conversion_id"}
)
_REPLACED_BY: dict[str, frozenset[str]] = {
    "page_id": frozenset({"place_page_set_id"}),
    "pixel_id": _EVENT_SOURCES,
    "custom_event_type": _EVENT_SOURCES | {"custom_event_str", "pixel_rule"},
}
"""Keys of a promoted object that replace another one."""
_APP_GOALS = frozenset({"APP_INSTALLS", "APP_INSTALLS_AND_OFFSITE_CONVERSIONS"})
_CHATS = frozenset({"WHATSAPP", "INSTAGRAM_DIRECT"})
FORM_GOALS = frozenset({"LEAD_GENERATION", "QUALITY_LEAD"})
"""Goals of ad sets that collect leads in a form."""


_OBJECTIVES = {name: tuple(row for row in rows() if row.objective == name) for name in get_args(Objective)}
_PAIRS: dict[tuple[str, str | None], tuple[MatrixRow, ...]] = {}
for _row in rows():
    _PAIRS[_row.objective, _row.destination] = (*_PAIRS.get((_row.objective, _row.destination), ()), _row)
_GOALS = frozenset(goal for goals in GOALS_OF.values() for goal in goals)
_KNOWN_GOALS = _GOALS | frozenset(get_args(OptimizationGoal))
_DESTINATIONS = frozenset(get_args(DestinationType))
_ENDED = "LEAD_FROM_MESSENGER"


def _destination(view: ParameterView) -> str | None:
    """Return where the ads lead; Meta reads UNDEFINED where nothing was value."""
    value = view.text("destination_type")
    return None if value == "UNDEFINED" else value


def _candidates(view: ParameterView) -> tuple[MatrixRow, ...]:
    """Return the rows that match the parameters."""
    objective = view.objective
    if objective is None or objective not in _OBJECTIVES:
        return ()
    if view.update and "destination_type" not in view.params:
        found = _OBJECTIVES[objective]
    else:
        found = _PAIRS.get((objective, _destination(view)), ())
    if len(found) > 1 and (promoted := view.promoted):
        found = tuple(row for row in found if not MARKS[row.thing].isdisjoint(promoted)) or found
    return found


def _where(view: ParameterView) -> str:
    return f"{view.objective} with destination_type {_destination(view) or 'left out'}"


@rule("destination-objective", "adset", "R 100/1815715")
def _destination_objective(view: ParameterView) -> Iterator[Problem]:
    """Leave destination_type out, choose ON_POST, ON_VIDEO or ON_PAGE, or use OUTCOME_LEADS for instant forms."""
    if view.objective == "OUTCOME_ENGAGEMENT" and _destination(view) == "ON_AD":
        yield Problem("destination_type", "ON_AD (instant forms) does not go with OUTCOME_ENGAGEMENT", "ON_AD")


@rule("destination-doubtful", "adset", "F goal-matrix", subcode=2446509)
def _destination_doubtful(view: ParameterView) -> Iterator[Problem]:
    """Leave destination_type out if Meta refuses it."""
    objective, destination = view.objective, _destination(view)
    if destination is None or (objective, destination) in _PAIRS:
        return
    if destination not in _DESTINATIONS:
        if nearest := near(destination, _DESTINATIONS):
            message = f"{destination} is not a destination; the nearest is {nearest}"
            yield Problem("destination_type", message, destination, f"Write {nearest}.", MISSPELT)
        else:
            yield Problem("destination_type", f"{destination} is in none of Meta's known tables", destination)
    elif objective in _OBJECTIVES:
        yield Problem("destination_type", f"{destination} is in none of Meta's tables for {objective}", destination)


@rule("destination-ended", "adset", "D v24 changelog; not D Destination type", create_only=True)
def _destination_ended(view: ParameterView) -> Iterator[Problem]:
    """Use MESSENGER with the goal LEAD_GENERATION."""
    if _destination(view) == _ENDED:
        fix = None if "LEAD_GENERATION" in GOALS_OF.get(view.objective or "", ()) else "Use MESSENGER."
        yield Problem("destination_type", "creating leads in Messenger ended with v24", _ENDED, fix)


def _offered(view: ParameterView) -> list[str]:
    """Return the goals that fit the destination, or the objective if no row has it; narrowed by frequency caps."""
    fitting = [goal for row in _candidates(view) for goal in row.goals] or GOALS_OF[str(view.objective)]
    refused = {"IMPRESSIONS", "VALUE"} if _is_app_sale(view) else {"IMPRESSIONS"}
    goals = [goal for goal in dict.fromkeys(fitting) if goal not in refused]
    capped = view.params.get("frequency_control_specs")
    return [goal for goal in goals if goal in FREQUENCY_GOALS and capped] or goals


def _choose(view: ParameterView) -> str:
    """Return the advice to choose a goal that fits, and what does not go with it: a ROAS floor or frequency caps."""
    goals = _offered(view)
    of_campaign = view.campaign_budgets and mapping(view.campaign).get("bid_strategy") == "LOWEST_COST_WITH_MIN_ROAS"
    floor = view.params.get("bid_constraints") or view.text("bid_strategy") == "LOWEST_COST_WITH_MIN_ROAS"
    out = ["bid_strategy", "bid_constraints"] if floor else []
    capped = view.params.get("frequency_control_specs") and FREQUENCY_GOALS.isdisjoint(goals)
    out += ["frequency_control_specs"] if capped else []
    also = f" Then leave {' and '.join(out)} out." if out else ""
    also += " Then give the campaign another bid_strategy." if of_campaign else ""
    return f"hoose one of {', '.join(goals)}.{also}"


def _is_app_sale(view: ParameterView) -> bool:
    return is_app_sale(view.objective, _destination(view), view.promoted)


@rule("goal-objective", "adset", "R 100/2490408; D Bidding overview", subcode=2490408)
def _goal_objective(view: ParameterView) -> Iterator[Problem]:
    """Choose a goal of the objective."""
    goal, objective = view.text("optimization_goal"), view.objective
    if goal is None or goal not in _GOALS or objective not in GOALS_OF:
        return
    of_app = goal == "VALUE" and _is_app_sale(view)
    if goal in GOALS_OF[objective] and not of_app:
        return
    allowed = ", ".join(_offered(view))
    where = f"an app under {objective}" if of_app else str(objective)
    message = f"{goal} does not go with {where}; allowed: {allowed}"
    yield Problem("optimization_goal", message, goal, f"C{_choose(view)}")


_DOUBTED = {
    (row.objective, destination, goal)
    for row in facts.rows("goal_matrix")
    for destination in row.destinations
    for goal in row.doubtful_goals
}


@rule("goal-destination", "adset", "F goal-matrix", subcode=2490408)
def _goal_destination(view: ParameterView) -> Iterator[Problem]:
    """Choose a goal that Meta lists for the destination."""
    goal, candidates = view.text("optimization_goal"), _candidates(view)
    if not candidates or any(goal in row.goals for row in candidates) or goal not in GOALS_OF[candidates[0].objective]:
        return
    doubted = (view.objective, _destination(view), goal) in _DOUBTED
    known = "only other programs use" if doubted else "Meta's tables do not list"
    fix = f"If Meta refuses it, c{_choose(view)}"
    yield Problem("optimization_goal", f"{known} {goal} for {_where(view)}", goal, fix)


@rule("goal-unknown", "adset", "F goal-matrix", code=None)
def _goal_unknown(view: ParameterView) -> Iterator[Problem]:
    """Make sure that Meta has it."""
    goal = view.text("optimization_goal")
    if goal is None or goal in _GOALS:
        return
    if goal not in _KNOWN_GOALS and (nearest := near(goal, _KNOWN_GOALS)):
        if nearest in GOALS_OF.get(view.objective or "", (nearest,)):
            why, fix = f"the nearest is {nearest}", f"Write {nearest}."
        else:
            why = f"{nearest} is one, but not of {view.objective}"
            fix = f"C{_choose(view)}"
        yield Problem("optimization_goal", f"{goal} is not a goal; {why}", goal, fix, MISSPELT)
    else:
        yield Problem("optimization_goal", f"{goal} is in none of Meta's known tables", goal)


@rule("goal-impressions", "adset", "F goal-matrix", subcode=3858327)
def _goal_impressions(view: ParameterView) -> Iterator[Problem]:
    """Use REACH."""
    if view.text("optimization_goal") == "IMPRESSIONS":
        message = "Meta has merged IMPRESSIONS into REACH, and has answered that it is no longer available"
        yield Problem("optimization_goal", message, "IMPRESSIONS")


_BILLING_EVENTS = frozenset(get_args(BillingEvent))
_BILLING_TABLE = frozenset(row.goal for row in facts.rows("billing_events"))


@rule("billing-goal", "adset", "D Billing events")
def _billing_goal(view: ParameterView) -> Iterator[Problem]:
    """Use IMPRESSIONS."""
    goal, billing = view.text("optimization_goal"), view.text("billing_event")
    if billing is None or billing == "IMPRESSIONS":
        return
    if billing not in _BILLING_TABLE:
        nearest = None if billing in _BILLING_EVENTS else near(billing, _BILLING_EVENTS)
        why = f"is not a billing event; the nearest is {nearest}" if nearest else "is not in Meta's table"
        yield Problem("billing_event", f"{billing} {why}", billing, None, MISSPELT if nearest else "F billing-events")
    elif goal in _GOALS and billing not in EXTRA_BILLING.get(goal, ()) and (goal, billing) not in DOUBTFUL_BILLING:
        allowed = listed(("IMPRESSIONS", *EXTRA_BILLING.get(goal, ())))
        yield Problem("billing_event", f"{billing} does not go with the goal {goal}; allowed: {allowed}", billing)


@rule("billing-doubtful", "adset", "F billing-events")
def _billing_doubtful(view: ParameterView) -> Iterator[Problem]:
    """Use IMPRESSIONS."""
    pair = view.text("optimization_goal"), view.text("billing_event")
    if pair in DOUBTFUL_BILLING:
        yield Problem("billing_event", f"Meta's pages disagree on {pair[1]} as a billing event", pair[1])


@rule("billing-reserved", "adset", "D Billing events")
def _billing_reserved(view: ParameterView) -> Iterator[Problem]:
    """Use IMPRESSIONS."""
    billing, buying = view.text("billing_event"), text(mapping(view.campaign).get("buying_type"))
    if buying in ("RESERVED", "FIXED_CPM") and billing not in (None, "IMPRESSIONS"):
        yield Problem("billing_event", f"{billing} with buying_type {buying}; allowed: IMPRESSIONS", billing)


def _promoted(view: ParameterView) -> tuple[tuple[str, ...], list[str]] | None:
    """Return the set of keys that the promoted object comes closest to, and those missing; None if none is."""
    goal, promoted = view.text("optimization_goal"), view.promoted
    sets = [
        keys for row in _candidates(view) if goal in row.goals for keys in (row.promoted_object, *row.promoted_instead)
    ]
    absent = {key for keys in sets for key in keys if promoted.get(key) in (None, "")}
    absent = {key for key in absent if promoted.keys().isdisjoint(_REPLACED_BY.get(key, ()))}
    found = [(keys, [key for key in keys if key in absent]) for keys in sets]
    if not found or not all(missing for _, missing in found):
        return None
    begun = [candidate for candidate in found if not promoted.keys().isdisjoint(candidate[0])]
    return min(begun, key=lambda candidate: len(candidate[1])) if begun else found[0]


def _is_firm(view: ParameterView, key: str) -> bool:
    """Return whether sources agree that Meta requires the key."""
    goal, destination = view.text("optimization_goal"), _destination(view) or ""
    if key == "application_id":
        return goal in _APP_GOALS or view.objective == "OUTCOME_APP_PROMOTION"
    if key != "page_id" or destination == "":
        return False
    chat = destination in _CHATS or destination.startswith("MESSAGING_")
    lead = destination == "ON_AD" or goal in FORM_GOALS
    needs_page = destination == "MESSENGER" and view.objective not in ("OUTCOME_TRAFFIC", "OUTCOME_AWARENESS")
    return chat or lead or needs_page


def _promoted_problems(view: ParameterView, *, firm: bool) -> Iterator[Problem]:
    keys, missing = _promoted(view) or ((), [])
    goal, needed = view.text("optimization_goal"), listed(keys)
    for key in missing:
        if _is_firm(view, key) is firm:
            message = f"{goal} under {_where(view)} needs {key} in promoted_object, which must have {needed}"
            yield Problem(f"promoted_object.{key}", message, fix=f"Give promoted_object {needed}.")


for _slug, _firm, _sources, _fix in (
    ("", True, "D Promoted object; D Click to WhatsApp", "Give promoted_object what the goal needs."),
    ("-advised", False, "F goal-matrix", "Give promoted_object what is listed for the goal."),
):
    _test = partial(_promoted_problems, firm=_firm)
    rule(f"promoted-object{_slug}", "adset", _sources, fix=_fix, create_only=True)(_test)


@rule("promoted-object-pairs", "adset", "D Promoted object")
def _promoted_pairs(view: ParameterView) -> Iterator[Problem]:
    """Give application_id with object_store_url."""
    promoted = view.promoted
    if "object_store_url" in promoted and "application_id" not in promoted:
        yield Problem("promoted_object.application_id", "application_id is required with object_store_url")


@rule("catalog-campaign", "adset", "F goal-matrix")
def _catalog_campaign(view: ParameterView) -> Iterator[Problem]:
    """Give the campaign promoted_object={product_catalog_id}."""
    campaign = mapping(view.campaign)
    with_catalog = "product_catalog_id" in mapping(campaign.get("promoted_object"))
    if "product_set_id" in view.promoted and "promoted_object" in campaign and not with_catalog:
        message = "the campaign has no promoted_object.product_catalog_id, which product_set_id needs"
        yield Problem("promoted_object.product_set_id", message, view.promoted["product_set_id"])


_EVENTS = {"CLICK_THROUGH": "click", "VIEW_THROUGH": "view", "ENGAGED_VIDEO_VIEW": "ev"}
_ORDER = ("click", "ev", "view")
_DOCUMENTED = frozenset(
    {"OFFSITE_CONVERSIONS", "APP_INSTALLS", "LINK_CLICKS", "REACH", "IMPRESSIONS", "POST_ENGAGEMENT", "PAGE_LIKES"}
    | {"EVENT_RESPONSES", "LANDING_PAGE_VIEWS", "THRUPLAY", "AD_RECALL_LIFT"}
)
"""Goals that are in Meta's table of attribution windows, which is older than the others."""


def _attribution(view: ParameterView) -> str | None:
    """Return the windows as "7d_click+1d_view"; None if there are none or they are not valid."""
    if "attribution_spec" not in view.params:
        return None
    spec = [*objects(view.params["attribution_spec"])]
    found = {_EVENTS.get(text(row.get("event_type")) or ""): whole(row.get("window_days")) for _, row in spec}
    if not spec or None in found or None in found.values() or len(found) != len(spec) or not any(found.values()):
        return None
    return "+".join(f"{found[event]}d_{event}" for event in _ORDER if found.get(event))


@rule("attribution-window", "adset", "D Ad set reference")
def _attribution_window(view: ParameterView) -> Iterator[Problem]:
    """Use 1 or 7 days after a click, 1 day after a view."""
    for place, row in objects(view.params.get("attribution_spec", ())):
        event, days = text(row.get("event_type")), whole(row.get("window_days"))
        allowed = (1, 7) if event == "CLICK_THROUGH" else (1,)
        if event in _EVENTS and days is not None and days not in allowed:
            message = f"{event} has {days} days; allowed: {' or '.join(map(str, allowed))}"
            sources = "F attribution-windows" if days == 0 else None  # Meta writes "no window" so
            yield Problem(f"attribution_spec.{place}.window_days", message, days, None, sources)


def _attribution_goal(view: ParameterView, *, documented: bool) -> Iterator[Problem]:
    windows = _attribution(view) or ""
    goal = view.text("optimization_goal") or ""
    allowed = max((row.attribution[goal] for row in _candidates(view) if goal in row.goals), key=len, default=())
    without = windows.replace("+1d_ev", "")
    sure = goal in _DOCUMENTED and without not in allowed  # engaged views are newer than Meta's table
    if windows and allowed and windows not in allowed and sure is documented:
        message = f"{windows} with the goal {goal}; allowed: {', '.join(allowed)}"
        yield Problem("attribution_spec", message, view.params["attribution_spec"])


_fix = "Choose windows of the goal, or leave attribution_spec out."
rule("attribution-goal", "adset", "D Ad set reference", fix=_fix)(partial(_attribution_goal, documented=True))
_fix = "Meta's table is older than the goal or the window: leave attribution_spec out if it is refused."
rule("attribution-doubtful", "adset", "F attribution-windows", fix=_fix)(partial(_attribution_goal, documented=False))
