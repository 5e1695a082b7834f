"""`GET /search?type=…`: targeting options by name (`docs/meta-rules.md`, Targeting search and estimates)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from admonster_fb.sandbox.auth import READ_ADS
from admonster_fb.sandbox.catalog.nodes import (
    DEMOGRAPHICS,
    DEVICES,
    LOCALE_NAMES,
    OPTION_BY_ID,
    OPTION_KINDS,
    SPREAD,
    SYSTEMS,
    Option,
)
from admonster_fb.sandbox.errors import NotModelled, missing_object, not_one_of, required
from admonster_fb.sandbox.search import places as search_places
from admonster_fb.sandbox.search.places import limit, list_param, matches, query
from admonster_fb.sandbox.world import Call

PATH = "search"
# Classes of adTargetingCategory: the kinds of options in them. Devices and systems have tables of their own.
CLASSES = {
    "interests": ("interests",),
    "behaviors": ("behaviors",),
    "demographics": DEMOGRAPHICS,
    **{kind: (kind,) for kind in DEMOGRAPHICS},
}
GEAR = ("user_device", "user_os")
# Types and classes that Meta has, or had, and the sandbox does not.
OTHER_TYPES = frozenset(
    {"adcountry", "adkeyword", "adzipcode", "application", "event", "group", "page", "place", "user"}
)
OTHER_CLASSES = frozenset(
    {"ethnic_affinity", "generation", "home_ownership", "home_type", "home_value", "household_composition", "markets"}
    | {"moms", "net_worth", "office_type", "politics"}
)


def answer(call: Call) -> dict[str, Any]:
    """Return a search; only what has a name in the catalogue is found."""
    if call.method != "GET":
        raise missing_object(call.method, PATH)
    call.token.check_scope(READ_ADS)
    requested = str(call.params.get("type") or "")
    if not requested:
        raise required("type")
    kind = requested.lower()
    if kind in OTHER_TYPES:
        raise NotModelled(call.method, PATH, f"type={requested}")
    if kind not in TYPES:
        raise not_one_of("type", TYPES)
    return {"data": TYPES[kind](call)}


def found(text: str, options: Iterable[Option]) -> list[Option]:
    """Return the options of that name that new ad sets may use, the biggest first."""
    matching = (option for option in options if option.is_usable and matches(text, option.name))
    return sorted(matching, key=lambda option: -option.people)


def size(people: int) -> dict[str, int]:
    """Return the bounds of an audience."""
    return {"audience_size_lower_bound": people, "audience_size_upper_bound": int(people / SPREAD)}


def _interest(option: Option) -> dict[str, Any]:
    row = {"id": option.id, "name": option.name, **size(option.people), "path": list(option.path)}
    return {**row, "description": None, "topic": option.path[1]}


def _interests(call: Call) -> list[dict[str, Any]]:
    rows = found(query(call), OPTION_KINDS["interests"].values())
    return [_interest(option) for option in rows[: limit(call)]]


def _suggestions(call: Call) -> list[dict[str, Any]]:
    names = {str(item) for item in list_param(call, "interest_list")}
    if not names:
        raise required("interest_list")
    interests = [option for option in OPTION_KINDS["interests"].values() if option.is_usable]
    topics = {option.path[1] for option in interests if option.name in names}
    near = [option for option in interests if option.path[1] in topics and option.name not in names]
    return [_interest(option) for option in sorted(near, key=lambda option: -option.people)[: limit(call)]]


def _validity(call: Call) -> list[dict[str, Any]]:
    """Return whether interests exist; names must match exactly."""
    names, ids = list_param(call, "interest_list"), list_param(call, "interest_fbid_list")
    if not names and not ids:
        raise required("interest_list")
    interests = OPTION_KINDS["interests"]
    by_name = {option.name: option for option in interests.values()}
    requested = [("name", str(name), by_name.get(str(name))) for name in names]
    requested += [("id", str(object_id), interests.get(str(object_id))) for object_id in ids]
    return [
        {**_interest(option), "valid": True} if option and option.is_usable else {key: value, "valid": False}
        for key, value, option in requested
    ]


def _category(call: Call) -> list[dict[str, Any]]:
    requested = str(call.params.get("class") or "")
    if not requested:
        raise required("class")
    if requested in OTHER_CLASSES:
        raise NotModelled(call.method, PATH, f"class={requested}")
    if requested in GEAR:
        return _gear(requested)[: limit(call, None)]
    if requested not in CLASSES:
        raise not_one_of("class", (*CLASSES, *GEAR))
    options = [option for kind in CLASSES[requested] for option in OPTION_KINDS[kind].values() if option.is_usable]
    rows = [
        {"id": option.id, "name": option.name, "type": option.kind, "path": list(option.path), **size(option.people)}
        for option in options
    ]
    return rows[: limit(call, None)]


def _gear(kind: str) -> list[dict[str, Any]]:
    devices = [(name, platform, millions) for platform, models in DEVICES.items() for name, millions in models]
    systems = [(name, name, millions) for name, millions in SYSTEMS.items()]
    return [
        {"name": name, "description": name, "platform": platform, "type": kind, **size(millions * 1_000_000)}
        for name, platform, millions in (devices if kind == "user_device" else systems)
    ]


def _locales(call: Call) -> list[dict[str, Any]]:
    text = query(call, needed=False)
    rows = [{"key": number, "name": name} for number, name in LOCALE_NAMES.items() if matches(text, name)]
    return rows[: limit(call)]


def _named(kind: str) -> Callable[[Call], list[dict[str, Any]]]:
    """Return the search of schools, majors, employers or positions."""

    def search(call: Call) -> list[dict[str, Any]]:
        options = found(query(call), OPTION_KINDS[kind].values())[: limit(call)]
        rows = [{"id": option.id, "name": option.name, "coverage": option.people} for option in options]
        if kind != "education_schools":
            return rows
        return [{**row, "subtext": option.path[1]} for row, option in zip(rows, options, strict=True)]

    return search


def _statuses(call: Call) -> list[dict[str, Any]]:
    ids = [str(item) for item in list_param(call, "targeting_option_list")]
    if not ids:
        raise required("targeting_option_list")
    return [_status(object_id) for object_id in ids]


def _status(option_id: str) -> dict[str, Any]:
    option = OPTION_BY_ID.get(option_id)
    row: dict[str, Any] = {"id": option_id, "current_status": option.status if option else "UNKNOWN"}
    plan = [{"key": moment, "value": status} for moment, status in option.plan] if option else []
    return {**row, "future_plan": plan} if plan else row


# In lower case: Meta's documentation and its SDK do not agree on the case of adTargetingCategory.
TYPES: dict[str, Callable[[Call], Any]] = {
    "adeducationmajor": _named("education_majors"),
    "adeducationschool": _named("education_schools"),
    "adgeolocation": search_places.locations,
    "adgeolocationmeta": search_places.metadata,
    "adinterest": _interests,
    "adinterestsuggestion": _suggestions,
    "adinterestvalid": _validity,
    "adlocale": _locales,
    "adradiussuggestion": search_places.radius,
    "adtargetingcategory": _category,
    "adworkemployer": _named("work_employers"),
    "adworkposition": _named("work_positions"),
    "targetingoptionstatus": _statuses,
}
