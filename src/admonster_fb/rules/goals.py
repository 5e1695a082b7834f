"""Whether objective, destination, goal, billing, promoted object and attribution go together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from admonster_fb.enums import Objective
from admonster_fb.rules.core import Problem, Rule, Subject
from admonster_fb.rules.goal_matrix import DOUBTFUL_BILLING, EXTRA_BILLING, MatrixRow, Thing, rows
from admonster_fb.rules.values import listed, mapping, text, whole
from admonster_fb.rules.values import rows as objects

_INSTEAD: dict[str, frozenset[str]] = {
    "page_id": frozenset({"place_page_set_id"}),
    "pixel_id": frozenset({"custom_conversion_id", "omnichannel_object", "product_set_id"}),
    "custom_event_type": frozenset(
        {"custom_conversion_id", "custom_event_str", "pixel_rule", "omnichannel_object", "product_set_id"}
    ),
}
"""Keys of a promoted object that say as much as another one."""
_MARKS: dict[Thing, frozenset[str]] = {
    "site": frozenset({"pixel_id", "custom_conversion_id"}),
    "app": frozenset({"application_id", "object_store_url"}),
    "catalog": frozenset({"product_set_id"}),
    "other": frozenset(),
}
"""Keys that tell which of several rows is meant."""
_WITHOUT_EVENT = frozenset({"LANDING_PAGE_VIEWS", "LINK_CLICKS", "REACH", "IMPRESSIONS"})
"""Goals for which a pixel or an event is listed but other programs send none."""


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


def _destination(subject: Subject) -> str | None:
    """Return where the ads lead; Meta reads UNDEFINED where nothing was given."""
    given = subject.text("destination_type")
    return None if given == "UNDEFINED" else given


def _candidates(subject: Subject) -> tuple[MatrixRow, ...]:
    """Return the rows that the parameters may mean."""
    objective = subject.objective
    if objective is None or objective not in _OBJECTIVES:
        return ()
    if subject.update and "destination_type" not in subject.params:
        found = _OBJECTIVES[objective]
    else:
        found = _PAIRS.get((objective, _destination(subject)), _OBJECTIVES[objective])
    if len(found) > 1 and (promoted := subject.promoted):
        found = tuple(row for row in found if not _MARKS[row.thing].isdisjoint(promoted)) or found
    return found


def _where(subject: Subject) -> str:
    return f"{subject.objective} with destination_type {_destination(subject) or 'left out'}"


def _destination_objective(subject: Subject) -> Iterator[Problem]:
    objective, destination = subject.objective, _destination(subject)
    if objective not in _OBJECTIVES or destination not in _DESTINATIONS or (objective, destination) in _PAIRS:
        return
    sure = dict.fromkeys(row.destination or "(left out)" for row in _OBJECTIVES[str(objective)] if not row.doubtful)
    message = f"{destination} does not go with {objective}; allowed: {', '.join(sure)}"
    yield Problem("destination_type", message, destination, f"Choose one of {', '.join(sure)}.")


def _destination_doubtful(subject: Subject) -> Iterator[Problem]:
    objective, destination = subject.objective, _destination(subject)
    if destination is None or objective not in _OBJECTIVES:
        return
    found = _PAIRS.get((str(objective), destination))
    if found is None and destination not in _DESTINATIONS:
        yield Problem("destination_type", f"{destination} is in no table of Meta's for {objective}", destination)
    elif found and found[0].doubtful:
        yield Problem("destination_type", f"{destination} with {objective}: {found[0].note}", destination)


def _destination_ended(subject: Subject) -> Iterator[Problem]:
    found = _PAIRS.get((str(subject.objective), _destination(subject)), ())
    if found and found[0].ended:
        destination = found[0].destination
        yield Problem("destination_type", f"new ad sets with {destination} are refused since v24", destination)


def _goal_objective(subject: Subject) -> Iterator[Problem]:
    goal = subject.text("optimization_goal")
    candidates = _candidates(subject)
    if goal is None or goal not in _GOALS or any(goal in row.goals for row in candidates) or not candidates:
        return
    allowed = ", ".join(dict.fromkeys(name for row in candidates for name in row.goals))
    elsewhere = [row for row in _OBJECTIVES[str(subject.objective)] if goal in row.goals and not row.doubtful]
    other = ", ".join(dict.fromkeys(row.destination or "left out" for row in elsewhere))
    fix = f"Choose one of {allowed}" + (f", or for {goal} a destination_type: {other}." if other else ".")
    yield Problem("optimization_goal", f"{goal} does not go with {_where(subject)}; allowed: {allowed}", goal, fix)


def _goal_unknown(subject: Subject) -> Iterator[Problem]:
    goal = subject.text("optimization_goal")
    if goal is not None and goal not in _GOALS:
        yield Problem("optimization_goal", f"{goal} is in no table of Meta's that is known here", goal)


def _goal_impressions(subject: Subject) -> Iterator[Problem]:
    if subject.text("optimization_goal") == "IMPRESSIONS":
        message = "Meta has merged IMPRESSIONS into REACH and has answered that it is no longer available"
        yield Problem("optimization_goal", message, "IMPRESSIONS")


def _billing_goal(subject: Subject) -> Iterator[Problem]:
    goal, billing = subject.text("optimization_goal"), subject.text("billing_event")
    if goal is None or billing is None or billing == "IMPRESSIONS" or goal not in _GOALS:
        return
    if billing not in EXTRA_BILLING.get(goal, ()) and (goal, billing) not in DOUBTFUL_BILLING:
        allowed = listed(("IMPRESSIONS", *EXTRA_BILLING.get(goal, ())))
        yield Problem("billing_event", f"{billing} does not go with the goal {goal}; allowed: {allowed}", billing)


def _billing_doubtful(subject: Subject) -> Iterator[Problem]:
    pair = subject.text("optimization_goal"), subject.text("billing_event")
    if pair in DOUBTFUL_BILLING:
        yield Problem("billing_event", f"Meta's pages disagree on paying for {pair[1]}", pair[1])


def _billing_reserved(subject: Subject) -> Iterator[Problem]:
    billing, buying = subject.text("billing_event"), text(mapping(subject.campaign).get("buying_type"))
    if buying in ("RESERVED", "FIXED_CPM") and billing not in (None, "IMPRESSIONS"):
        yield Problem("billing_event", f"{billing} with buying_type {buying}; allowed: IMPRESSIONS", billing)


def _missing(row: MatrixRow, promoted: Mapping[str, object]) -> list[str]:
    nothing: frozenset[str] = frozenset()
    return [
        key
        for key in row.promoted_object
        if promoted.get(key) in (None, "") and _INSTEAD.get(key, nothing).isdisjoint(promoted)
    ]


def _promoted(subject: Subject) -> tuple[MatrixRow, list[str]] | None:
    """Return the row that needs least more of the promoted object, and what; None if one needs nothing."""
    goal = subject.text("optimization_goal")
    found = [(row, _missing(row, subject.promoted)) for row in _candidates(subject) if goal in row.goals]
    if not found or not all(missing for _, missing in found):
        return None
    return min(found, key=lambda each: len(each[1]))


def _is_firm(row: MatrixRow, goal: str | None, key: str) -> bool:
    """Tell whether sources agree that Meta refuses to go without."""
    event = key in ("pixel_id", "custom_event_type") and row.thing in ("site", "app")
    return row.destination != "INSTAGRAM_PROFILE" and not (event and goal in _WITHOUT_EVENT)


def _promoted_problems(subject: Subject, *, firm: bool) -> Iterator[Problem]:
    if (found := _promoted(subject)) is None:
        return
    row, missing = found
    goal, needed = subject.text("optimization_goal"), listed(row.promoted_object)
    for key in missing:
        if _is_firm(row, goal, key) is firm:
            message = f"{goal} under {_where(subject)} needs {key} in promoted_object, which is to have {needed}"
            yield Problem(f"promoted_object.{key}", message, fix=f"Give promoted_object {needed}.")


def _promoted_object(subject: Subject) -> Iterable[Problem]:
    return _promoted_problems(subject, firm=True)


def _promoted_advised(subject: Subject) -> Iterable[Problem]:
    return _promoted_problems(subject, firm=False)


def _promoted_pairs(subject: Subject) -> Iterator[Problem]:
    promoted = subject.promoted
    if not promoted:
        return
    told = {"custom_event_type"} | _INSTEAD["custom_event_type"]
    if "pixel_id" in promoted and told.isdisjoint(promoted):
        yield Problem("promoted_object.custom_event_type", "pixel_id stands without custom_event_type")
    if "object_store_url" in promoted and "application_id" not in promoted:
        yield Problem("promoted_object.application_id", "object_store_url stands without application_id")


def _catalog_campaign(subject: Subject) -> Iterator[Problem]:
    campaign = mapping(subject.campaign)
    if "product_set_id" not in subject.promoted or "promoted_object" not in campaign:
        return
    if "product_catalog_id" not in mapping(campaign["promoted_object"]):
        message = "the campaign has no promoted_object.product_catalog_id, which goes with product_set_id"
        yield Problem("promoted_object.product_set_id", message, subject.promoted["product_set_id"])


_EVENTS = {"CLICK_THROUGH": "click", "VIEW_THROUGH": "view", "ENGAGED_VIDEO_VIEW": "ev"}
_ORDER = ("click", "ev", "view")
_TOLD = frozenset(
    {"OFFSITE_CONVERSIONS", "APP_INSTALLS", "LINK_CLICKS", "REACH", "IMPRESSIONS", "POST_ENGAGEMENT", "PAGE_LIKES"}
    | {"EVENT_RESPONSES", "LEAD_GENERATION", "LANDING_PAGE_VIEWS", "THRUPLAY", "AD_RECALL_LIFT"}
)
"""Goals that are as old as Meta's table of attribution."""


def _attribution(subject: Subject) -> str | None:
    """Return the windows as "7d_click+1d_view"; None if there are none or they cannot be read."""
    if "attribution_spec" not in subject.params:
        return None
    spec = [*objects(subject.params["attribution_spec"])]
    found = {_EVENTS.get(text(each.get("event_type")) or ""): whole(each.get("window_days")) for _, each in spec}
    if not spec or None in found or None in found.values() or len(found) != len(spec):
        return None
    return "+".join(f"{found[event]}d_{event}" for event in _ORDER if event in found)


def _allowed_windows(subject: Subject) -> tuple[str, ...]:
    goal = subject.text("optimization_goal")
    found = [row.attribution[goal] for row in _candidates(subject) if goal is not None and goal in row.goals]
    return max(found, key=len, default=())


def _attribution_window(subject: Subject) -> Iterator[Problem]:
    for place, each in objects(subject.params.get("attribution_spec", ())):
        event, days = text(each.get("event_type")), whole(each.get("window_days"))
        allowed = (1, 7) if event == "CLICK_THROUGH" else (1,)
        if event in _EVENTS and days is not None and days not in allowed:
            message = f"{event} has {days} days; allowed: {' or '.join(map(str, allowed))}"
            yield Problem(f"attribution_spec.{place}.window_days", message, days)


def _attribution_goal(subject: Subject, *, told: bool) -> Iterator[Problem]:
    windows = _attribution(subject)
    if windows is None:
        return
    goal, allowed = subject.text("optimization_goal"), _allowed_windows(subject)
    without = windows.replace("+1d_ev", "")
    sure = goal in _TOLD and without not in allowed  # engaged views are younger than Meta's table
    if allowed and windows not in allowed and sure is told:
        message = f"{windows} with the goal {goal}; allowed: {', '.join(allowed)}"
        yield Problem("attribution_spec", message, subject.params["attribution_spec"])


def _attribution_refused(subject: Subject) -> Iterable[Problem]:
    return _attribution_goal(subject, told=True)


def _attribution_doubtful(subject: Subject) -> Iterable[Problem]:
    return _attribution_goal(subject, told=False)


_GOAL_FIX = "Choose a goal of the objective."
RULES: tuple[Rule, ...] = (
    Rule(
        "destination-objective",
        *("adset", "error", 100, None, "api_facts 2.1"),
        "Choose a destination_type of the objective, or leave it out.",
        _destination_objective,
    ),
    Rule(
        "destination-doubtful",
        *("adset", "warning", 100, 2446509, "api_facts 2.1"),
        "Leave destination_type out if Meta refuses it.",
        _destination_doubtful,
    ),
    Rule(
        "destination-ended",
        *("adset", "error", 100, None, "api_facts 2.1"),
        "Use ON_AD or LEAD_FROM_IG_DIRECT.",
        _destination_ended,
        create_only=True,
    ),
    Rule("goal-objective", "adset", "error", 100, 2490408, "api_facts 2.1", _GOAL_FIX, _goal_objective),
    Rule("goal-unknown", "adset", "warning", None, None, "api_facts 2.1", "Make sure that Meta has it.", _goal_unknown),
    Rule("goal-impressions", "adset", "warning", 100, 3858327, "api_facts 2.1", "Use REACH.", _goal_impressions),
    Rule("billing-goal", "adset", "error", 100, None, "api_facts 2.2", "Use IMPRESSIONS.", _billing_goal),
    Rule("billing-doubtful", "adset", "warning", 100, None, "api_facts 2.2", "Use IMPRESSIONS.", _billing_doubtful),
    Rule("billing-reserved", "adset", "error", 100, None, "api_facts 2.2", "Use IMPRESSIONS.", _billing_reserved),
    Rule(
        "promoted-object",
        *("adset", "error", 100, None, "api_facts 2.1"),
        "Give promoted_object what the goal needs.",
        _promoted_object,
        create_only=True,
    ),
    Rule(
        "promoted-object-advised",
        *("adset", "warning", 100, None, "api_facts 2.1"),
        "Give promoted_object what is listed for the goal.",
        _promoted_advised,
        create_only=True,
    ),
    Rule(
        "promoted-object-pairs",
        *("adset", "error", 100, None, "Meta: ad-promoted-object"),
        "Give both of a pair: pixel_id and custom_event_type, application_id and object_store_url.",
        _promoted_pairs,
    ),
    Rule(
        "catalog-campaign",
        *("adset", "warning", 100, None, "api_facts 2.1"),
        "Give the campaign promoted_object={product_catalog_id}.",
        _catalog_campaign,
    ),
    Rule(
        "attribution-window",
        *("adset", "error", 100, None, "api_facts 2.3"),
        "Use 1 or 7 days after a click, 1 day after a view.",
        _attribution_window,
    ),
    Rule(
        "attribution-goal",
        *("adset", "error", 100, None, "api_facts 2.3"),
        "Choose windows of the goal, or leave attribution_spec out.",
        _attribution_refused,
    ),
    Rule(
        "attribution-doubtful",
        *("adset", "warning", 100, None, "api_facts 2.3"),
        "Meta's table is older than the goal or the window: leave attribution_spec out if it is refused.",
        _attribution_doubtful,
    ),
)
