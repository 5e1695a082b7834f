"""Rules of objective, destination, goal, billing event, promoted object and attribution of an ad set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from admonster_fb.enums import Objective
from admonster_fb.rules.core import ParameterView, Problem, rule
from admonster_fb.rules.goal_matrix import DOUBTFUL_BILLING, EXTRA_BILLING, MatrixRow, Thing, rows
from admonster_fb.rules.values import listed, mapping, text, whole
from admonster_fb.rules.values import rows as objects

_REPLACED_BY: dict[str, frozenset[str]] = {
    "page_id": frozenset({"place_page_set_id"}),
    "pixel_id": frozenset({"custom_conversion_id", "omnichannel_object", "product_set_id"}),
    "custom_event_type": frozenset(
        {"custom_conversion_id", "custom_event_str", "pixel_rule", "omnichannel_object", "product_set_id"}
    ),
}
"""Keys of a promoted object that replace another one."""
_MARKS: dict[Thing, frozenset[str]] = {
    "site": frozenset({"pixel_id", "custom_conversion_id"}),
    "app": frozenset({"application_id", "object_store_url"}),
    "catalog": frozenset({"product_set_id"}),
    "other": frozenset(),
}
"""Keys that identify one of several rows."""
_WITHOUT_EVENT = frozenset({"LANDING_PAGE_VIEWS", "LINK_CLICKS", "REACH", "IMPRESSIONS"})
"""Goals that are listed with a pixel or an event, although other programs send none."""


def _by_objective() -> dict[str, tuple[MatrixRow, ...]]:
    return {name: tuple(row for row in rows() if row.objective == name) for name in get_args(Objective)}


def _by_pair() -> dict[tuple[str, str | None], tuple[MatrixRow, ...]]:
    found: dict[tuple[str, str | None], tuple[MatrixRow, ...]] = {}
    for row in rows():
        found[row.objective, row.destination] = (*found.get((row.objective, row.destination), ()), row)
    return found


_OBJECTIVES = _by_objective()
_PAIRS = _by_pair()
_GOALS = frozenset(goal for row in rows() for goal in row.goals)
_DESTINATIONS = frozenset(row.destination for row in rows() if not row.doubtful)


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
        found = _PAIRS.get((objective, _destination(view)), _OBJECTIVES[objective])
    if len(found) > 1 and (promoted := view.promoted):
        found = tuple(row for row in found if not _MARKS[row.thing].isdisjoint(promoted)) or found
    return found


def _where(view: ParameterView) -> str:
    return f"{view.objective} with destination_type {_destination(view) or 'left out'}"


@rule("destination-objective", "adset", "D Destination type; not D Click to WhatsApp")
def _destination_objective(view: ParameterView) -> Iterator[Problem]:
    """Choose a destination_type of the objective, or leave it out."""
    objective, destination = view.objective, _destination(view)
    if objective not in _OBJECTIVES or destination not in _DESTINATIONS or (objective, destination) in _PAIRS:
        return
    sure = dict.fromkeys(row.destination or "(left out)" for row in _OBJECTIVES[str(objective)] if not row.doubtful)
    message = f"{destination} does not go with {objective}; allowed: {', '.join(sure)}"
    yield Problem("destination_type", message, destination, f"Choose one of {', '.join(sure)}.")


@rule("destination-doubtful", "adset", "F goal-matrix", severity="warning", subcode=2446509)
def _destination_doubtful(view: ParameterView) -> Iterator[Problem]:
    """Leave destination_type out if Meta refuses it."""
    objective, destination = view.objective, _destination(view)
    if destination is None or objective not in _OBJECTIVES:
        return
    found = _PAIRS.get((str(objective), destination))
    if found is None and destination not in _DESTINATIONS:
        yield Problem("destination_type", f"{destination} is in none of Meta's tables for {objective}", destination)
    elif found and found[0].doubtful:
        yield Problem("destination_type", f"{destination} with {objective}: {found[0].note}", destination)


@rule("destination-ended", "adset", "D v24 changelog; not D Destination type", create_only=True)
def _destination_ended(view: ParameterView) -> Iterator[Problem]:
    """Use ON_AD or LEAD_FROM_IG_DIRECT."""
    found = _PAIRS.get((str(view.objective), _destination(view)), ())
    if found and found[0].ended:
        destination = found[0].destination
        yield Problem("destination_type", f"new ad sets with {destination} are refused since v24", destination)


@rule("goal-objective", "adset", "R 100/2490408; D Bidding overview; not D Click to WhatsApp", subcode=2490408)
def _goal_objective(view: ParameterView) -> Iterator[Problem]:
    """Choose a goal of the objective."""
    goal = view.text("optimization_goal")
    candidates = _candidates(view)
    if goal is None or goal not in _GOALS or any(goal in row.goals for row in candidates) or not candidates:
        return
    allowed = ", ".join(dict.fromkeys(name for row in candidates for name in row.goals))
    elsewhere = [row for row in _OBJECTIVES[str(view.objective)] if goal in row.goals and not row.doubtful]
    other = ", ".join(dict.fromkeys(row.destination or "left out" for row in elsewhere))
    fix = f"Choose one of {allowed}" + (f", or for {goal} a destination_type: {other}." if other else ".")
    yield Problem("optimization_goal", f"{goal} does not go with {_where(view)}; allowed: {allowed}", goal, fix)


@rule("goal-unknown", "adset", "F goal-matrix", severity="warning", code=None)
def _goal_unknown(view: ParameterView) -> Iterator[Problem]:
    """Make sure that Meta has it."""
    goal = view.text("optimization_goal")
    if goal is not None and goal not in _GOALS:
        yield Problem("optimization_goal", f"{goal} is in none of Meta's known tables", goal)


@rule("goal-impressions", "adset", "F goal-matrix", severity="warning", subcode=3858327)
def _goal_impressions(view: ParameterView) -> Iterator[Problem]:
    """Use REACH."""
    if view.text("optimization_goal") == "IMPRESSIONS":
        message = "Meta has merged IMPRESSIONS into REACH, and has answered that it is no longer available"
        yield Problem("optimization_goal", message, "IMPRESSIONS")


@rule("billing-goal", "adset", "D Billing events")
def _billing_goal(view: ParameterView) -> Iterator[Problem]:
    """Use IMPRESSIONS."""
    goal, billing = view.text("optimization_goal"), view.text("billing_event")
    if goal is None or billing is None or billing == "IMPRESSIONS" or goal not in _GOALS:
        return
    if billing not in EXTRA_BILLING.get(goal, ()) and (goal, billing) not in DOUBTFUL_BILLING:
        allowed = listed(("IMPRESSIONS", *EXTRA_BILLING.get(goal, ())))
        yield Problem("billing_event", f"{billing} does not go with the goal {goal}; allowed: {allowed}", billing)


@rule("billing-doubtful", "adset", "F billing-events", severity="warning")
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


def _missing(row: MatrixRow, promoted: Mapping[str, object]) -> list[str]:
    nothing: frozenset[str] = frozenset()
    return [
        key
        for key in row.promoted_object
        if promoted.get(key) in (None, "") and _REPLACED_BY.get(key, nothing).isdisjoint(promoted)
    ]


def _promoted(view: ParameterView) -> tuple[MatrixRow, list[str]] | None:
    """Return the row that misses the fewest keys of the promoted object, and the keys; None if a row misses none."""
    goal = view.text("optimization_goal")
    found = [(row, _missing(row, view.promoted)) for row in _candidates(view) if goal in row.goals]
    if not found or not all(missing for _, missing in found):
        return None
    return min(found, key=lambda candidate: len(candidate[1]))


def _is_firm(row: MatrixRow, goal: str | None, key: str) -> bool:
    """Return whether sources agree that Meta requires the key."""
    event = key in ("pixel_id", "custom_event_type") and row.thing in ("site", "app")
    return row.destination != "INSTAGRAM_PROFILE" and not (event and goal in _WITHOUT_EVENT)


def _promoted_problems(view: ParameterView, *, firm: bool) -> Iterator[Problem]:
    if (found := _promoted(view)) is None:
        return
    row, missing = found
    goal, needed = view.text("optimization_goal"), listed(row.promoted_object)
    for key in missing:
        if _is_firm(row, goal, key) is firm:
            message = f"{goal} under {_where(view)} needs {key} in promoted_object, which must have {needed}"
            yield Problem(f"promoted_object.{key}", message, fix=f"Give promoted_object {needed}.")


@rule("promoted-object", "adset", "D Promoted object; not D Click to WhatsApp", create_only=True)
def _promoted_object(view: ParameterView) -> Iterable[Problem]:
    """Give promoted_object what the goal needs."""
    return _promoted_problems(view, firm=True)


@rule("promoted-object-advised", "adset", "F goal-matrix", severity="warning", create_only=True)
def _promoted_advised(view: ParameterView) -> Iterable[Problem]:
    """Give promoted_object what is listed for the goal."""
    return _promoted_problems(view, firm=False)


@rule("promoted-object-pairs", "adset", "D Promoted object; not D Ad set reference")
def _promoted_pairs(view: ParameterView) -> Iterator[Problem]:
    """Give both of a pair: pixel_id and custom_event_type, application_id and object_store_url."""
    promoted = view.promoted
    if not promoted:
        return
    events = {"custom_event_type"} | _REPLACED_BY["custom_event_type"]
    if "pixel_id" in promoted and events.isdisjoint(promoted):
        yield Problem("promoted_object.custom_event_type", "custom_event_type is required with pixel_id")
    if "object_store_url" in promoted and "application_id" not in promoted:
        yield Problem("promoted_object.application_id", "application_id is required with object_store_url")


@rule("catalog-campaign", "adset", "F goal-matrix", severity="warning")
def _catalog_campaign(view: ParameterView) -> Iterator[Problem]:
    """Give the campaign promoted_object={product_catalog_id}."""
    campaign = mapping(view.campaign)
    if "product_set_id" not in view.promoted or "promoted_object" not in campaign:
        return
    if "product_catalog_id" not in mapping(campaign["promoted_object"]):
        message = "the campaign has no promoted_object.product_catalog_id, which product_set_id needs"
        yield Problem("promoted_object.product_set_id", message, view.promoted["product_set_id"])


_EVENTS = {"CLICK_THROUGH": "click", "VIEW_THROUGH": "view", "ENGAGED_VIDEO_VIEW": "ev"}
_ORDER = ("click", "ev", "view")
_DOCUMENTED = frozenset(
    {"OFFSITE_CONVERSIONS", "APP_INSTALLS", "LINK_CLICKS", "REACH", "IMPRESSIONS", "POST_ENGAGEMENT", "PAGE_LIKES"}
    | {"EVENT_RESPONSES", "LEAD_GENERATION", "LANDING_PAGE_VIEWS", "THRUPLAY", "AD_RECALL_LIFT"}
)
"""Goals that are in Meta's table of attribution windows, which is older than the others."""


def _attribution(view: ParameterView) -> str | None:
    """Return the windows as "7d_click+1d_view"; None if there are none or they are not valid."""
    if "attribution_spec" not in view.params:
        return None
    spec = [*objects(view.params["attribution_spec"])]
    found = {_EVENTS.get(text(row.get("event_type")) or ""): whole(row.get("window_days")) for _, row in spec}
    if not spec or None in found or None in found.values() or len(found) != len(spec):
        return None
    return "+".join(f"{found[event]}d_{event}" for event in _ORDER if event in found)


def _allowed_windows(view: ParameterView) -> tuple[str, ...]:
    goal = view.text("optimization_goal")
    found = [row.attribution[goal] for row in _candidates(view) if goal is not None and goal in row.goals]
    return max(found, key=len, default=())


@rule("attribution-window", "adset", "D Ad set reference")
def _attribution_window(view: ParameterView) -> Iterator[Problem]:
    """Use 1 or 7 days after a click, 1 day after a view."""
    for place, row in objects(view.params.get("attribution_spec", ())):
        event, days = text(row.get("event_type")), whole(row.get("window_days"))
        allowed = (1, 7) if event == "CLICK_THROUGH" else (1,)
        if event in _EVENTS and days is not None and days not in allowed:
            message = f"{event} has {days} days; allowed: {' or '.join(map(str, allowed))}"
            yield Problem(f"attribution_spec.{place}.window_days", message, days)


def _attribution_goal(view: ParameterView, *, documented: bool) -> Iterator[Problem]:
    windows = _attribution(view)
    if windows is None:
        return
    goal, allowed = view.text("optimization_goal"), _allowed_windows(view)
    without = windows.replace("+1d_ev", "")
    sure = goal in _DOCUMENTED and without not in allowed  # engaged views are newer than Meta's table
    if allowed and windows not in allowed and sure is documented:
        message = f"{windows} with the goal {goal}; allowed: {', '.join(allowed)}"
        yield Problem("attribution_spec", message, view.params["attribution_spec"])


@rule("attribution-goal", "adset", "D Ad set reference")
def _attribution_refused(view: ParameterView) -> Iterable[Problem]:
    """Choose windows of the goal, or leave attribution_spec out."""
    return _attribution_goal(view, documented=True)


@rule("attribution-doubtful", "adset", "F attribution-windows", severity="warning")
def _attribution_doubtful(view: ParameterView) -> Iterable[Problem]:
    """Meta's table is older than the goal or the window: leave attribution_spec out if it is refused."""
    return _attribution_goal(view, documented=False)


_GOAL_FIX = "Choose a goal of the objective."
