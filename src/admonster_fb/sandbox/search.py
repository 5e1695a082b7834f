"""`GET /search?type=…`: targeting options and locations (`docs/meta-rules.md`, Targeting search and estimates)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from math import ceil
from typing import Any

from admonster_fb.sandbox import need
from admonster_fb.sandbox.auth import READ_ADS
from admonster_fb.sandbox.catalog import nodes as catalog
from admonster_fb.sandbox.catalog.nodes import PLACES, Option, Place
from admonster_fb.sandbox.convert import truth
from admonster_fb.sandbox.errors import NotModelled, bad_param, missing_object, not_one_of, required
from admonster_fb.sandbox.validation.places import KILOMETERS, KINDS, RADII, point_of
from admonster_fb.sandbox.world import Call

LIMIT = 8


def query(call: Call, *, needed: bool = True) -> str:
    """Return the text to search for, as it came: names may look like JSON."""
    text = str(call.raw.get("q") or "").strip()
    if needed and not text:
        raise required("q")
    return text


def limit(call: Call, usual: int | None = LIMIT) -> int | None:
    """Return the requested number of rows, None for all of them."""
    value = call.params.get("limit")
    if value in (None, ""):
        return usual
    if not str(value).isdecimal() or int(value) == 0:
        raise bad_param("Param limit must be an integer greater than 0")
    return int(value)


def matches(text: str, name: str) -> bool:
    """Return whether a word of a name begins with a text; without spaces between words, whether it is in the name."""
    folded, found = catalog.fold(text), catalog.fold(name)
    return folded in found if not folded.isascii() else bool(re.search(rf"(?<!\w){re.escape(folded)}", found))


def list_param(call: Call, name: str) -> list[Any]:
    """Return a list parameter, empty when it is not sent."""
    value = call.params.get(name)
    if value in (None, ""):
        return []
    return need.items(name, value)


# Kinds of places inside which there are others.
DIVISIBLE = frozenset({"country", "region", "city", "zip", "geo_market"})


def locations(call: Call) -> list[dict[str, Any]]:
    """Return the places of a name, the one exactly so called first, then the biggest."""
    text = query(call, needed=False)
    kinds = [str(item) for item in list_param(call, "location_types")] or list(PLACES)
    for position, kind in enumerate(kinds):
        need.one_of(f"location_types[{position}]", kind, PLACES)
    country, region = str(call.params.get("country_code") or "").upper(), str(call.params.get("region_id") or "")
    by_code = truth(call.params.get("match_country_code"))
    places = [
        place
        for kind in kinds
        for place in PLACES[kind].values()
        if (matches(text, place.name) or (by_code and kind == "country" and text.upper() == place.key))
        and country in ("", place.country)
        and region in ("", place.region)
    ]
    places.sort(key=lambda place: (catalog.fold(place.name) != catalog.fold(text), -place.people))
    return [_place(place) for place in places[: limit(call)]]


def _place(place: Place) -> dict[str, Any]:
    row: dict[str, Any] = {"key": place.key, "name": place.name, "type": place.kind}
    if place.kind == "country_group":
        row["country_codes"] = sorted(place.members)
    elif place.country:
        row["country_code"] = place.country
    if place.kind != "country" and place.country:
        row["country_name"] = PLACES["country"][place.country].name
    if place.region and place.kind != "region":
        # A number, though keys are text, as in recorded answers.
        row |= {"region": PLACES["region"][place.region].name, "region_id": int(place.region)}
    if place.city and place.kind != "city":
        row |= {"primary_city": PLACES["city"][place.city].name, "primary_city_id": int(place.city)}
    return row | _supports(place)


def _supports(place: Place) -> dict[str, bool]:
    """Tell what can be targeted inside: of a country, what the catalogue has of it."""
    if place.kind != "country":
        inside = place.kind in DIVISIBLE
        return {"supports_region": inside, "supports_city": inside}
    here = ("country", place.key)
    return {
        f"supports_{kind}": any(here in item.within for item in PLACES[kind].values()) for kind in ("region", "city")
    }


def metadata(call: Call) -> dict[str, dict[str, Any]]:
    """Return an object by kind and key. Kinds that were not requested and unknown keys are left out."""
    answer: dict[str, dict[str, Any]] = {}
    for name, kind in KINDS.items():
        if name in call.params:
            known = (PLACES[kind].get(str(key)) for key in list_param(call, name))
            answer[name] = {place.key: _place(place) for place in known if place}
    return answer


def radius(call: Call) -> list[dict[str, Any]]:
    """Suggest the radius that takes in the nearest city, within the bounds of a custom location."""
    for name in ("latitude", "longitude"):
        need.something(name, call.params.get(name))
    point = point_of(call.params)
    if point is None:
        raise bad_param("Param latitude and longitude must be a point on the globe")
    unit, units = str(call.params.get("distance_unit") or "mile"), RADII["custom_locations"]
    need.one_of("distance_unit", unit, units)
    distance = catalog.nearest(*point)[1] / (KILOMETERS if unit == "mile" else 1.0)
    return [{"suggested_radius": max(1, min(int(units[unit][1]), ceil(distance))), "distance_unit": unit}]


PATH = "search"
# Classes of adTargetingCategory: the kinds of options in them. Devices and systems have tables of their own.
CLASSES = {
    "interests": ("interests",),
    "behaviors": ("behaviors",),
    "demographics": catalog.DEMOGRAPHICS,
    **{kind: (kind,) for kind in catalog.DEMOGRAPHICS},
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
    requested = need.value("type", str(call.params.get("type") or ""))
    kind = requested.lower()
    if kind in OTHER_TYPES:
        raise NotModelled(call.method, PATH, f"type={requested}")
    need.one_of("type", kind, TYPES)
    return {"data": TYPES[kind](call)}


def found_options(text: str, options: Iterable[Option]) -> list[Option]:
    """Return the options of that name that new ad sets may use, the biggest first."""
    matching = (option for option in options if option.is_usable and matches(text, option.name))
    return sorted(matching, key=lambda option: -option.people)


def size(people: int) -> dict[str, int]:
    """Return the bounds of an audience."""
    return {"audience_size_lower_bound": people, "audience_size_upper_bound": int(people / catalog.SPREAD)}


def _interest(option: Option) -> dict[str, Any]:
    row = {"id": option.id, "name": option.name, **size(option.people), "path": list(option.path)}
    return {**row, "description": None, "topic": option.path[1]}


def _interests(call: Call) -> list[dict[str, Any]]:
    rows = found_options(query(call), catalog.OPTION_KINDS["interests"].values())
    return [_interest(option) for option in rows[: limit(call)]]


def _suggestions(call: Call) -> list[dict[str, Any]]:
    names = need.value("interest_list", {str(item) for item in list_param(call, "interest_list")})
    interests = [option for option in catalog.OPTION_KINDS["interests"].values() if option.is_usable]
    topics = {option.path[1] for option in interests if option.name in names}
    near = [option for option in interests if option.path[1] in topics and option.name not in names]
    return [_interest(option) for option in sorted(near, key=lambda option: -option.people)[: limit(call)]]


def _validity(call: Call) -> list[dict[str, Any]]:
    """Return whether interests exist; names must match exactly."""
    names, ids = list_param(call, "interest_list"), list_param(call, "interest_fbid_list")
    if not names and not ids:
        raise required("interest_list")
    interests = catalog.OPTION_KINDS["interests"]
    by_name = {option.name: option for option in interests.values()}
    requested = [("name", str(name), by_name.get(str(name))) for name in names]
    requested += [("id", str(object_id), interests.get(str(object_id))) for object_id in ids]
    return [
        {**_interest(option), "valid": True} if option and option.is_usable else {key: value, "valid": False}
        for key, value, option in requested
    ]


def _category(call: Call) -> list[dict[str, Any]]:
    requested = need.value("class", str(call.params.get("class") or ""))
    if requested in OTHER_CLASSES:
        raise NotModelled(call.method, PATH, f"class={requested}")
    if requested in GEAR:
        return _gear(requested)[: limit(call, None)]
    if requested not in CLASSES:
        raise not_one_of("class", (*CLASSES, *GEAR))
    options = [each for kind in CLASSES[requested] for each in catalog.OPTION_KINDS[kind].values() if each.is_usable]
    rows = [
        {"id": option.id, "name": option.name, "type": option.kind, "path": list(option.path), **size(option.people)}
        for option in options
    ]
    return rows[: limit(call, None)]


def _gear(kind: str) -> list[dict[str, Any]]:
    devices = [(name, platform, millions) for platform, models in catalog.DEVICES.items() for name, millions in models]
    systems = [(name, name, millions) for name, millions in catalog.SYSTEMS.items()]
    return [
        {"name": name, "description": name, "platform": platform, "type": kind, **size(millions * 1_000_000)}
        for name, platform, millions in (devices if kind == "user_device" else systems)
    ]


def _locales(call: Call) -> list[dict[str, Any]]:
    text = query(call, needed=False)
    rows = [{"key": number, "name": name} for number, name in catalog.LOCALE_NAMES.items() if matches(text, name)]
    return rows[: limit(call)]


def _named(kind: str) -> Callable[[Call], list[dict[str, Any]]]:
    def search(call: Call) -> list[dict[str, Any]]:
        options = found_options(query(call), catalog.OPTION_KINDS[kind].values())[: limit(call)]
        rows = [{"id": option.id, "name": option.name, "coverage": option.people} for option in options]
        if kind != "education_schools":
            return rows
        return [{**row, "subtext": option.path[1]} for row, option in zip(rows, options, strict=True)]

    return search


def _statuses(call: Call) -> list[dict[str, Any]]:
    ids = need.value("targeting_option_list", [str(item) for item in list_param(call, "targeting_option_list")])
    rows = []
    for option_id in ids:
        option = catalog.OPTION_BY_ID.get(option_id)
        plan = [{"key": moment, "value": status} for moment, status in option.plan] if option else []
        row = {"id": option_id, "current_status": option.status if option else "UNKNOWN"}
        rows.append({**row, **({"future_plan": plan} if plan else {})})
    return rows


# In lower case: Meta's documentation and its SDK do not agree on the case of adTargetingCategory.
TYPES: dict[str, Callable[[Call], Any]] = {
    "adeducationmajor": _named("education_majors"),
    "adeducationschool": _named("education_schools"),
    "adgeolocation": locations,
    "adgeolocationmeta": metadata,
    "adinterest": _interests,
    "adinterestsuggestion": _suggestions,
    "adinterestvalid": _validity,
    "adlocale": _locales,
    "adradiussuggestion": radius,
    "adtargetingcategory": _category,
    "adworkemployer": _named("work_employers"),
    "adworkposition": _named("work_positions"),
    "targetingoptionstatus": _statuses,
}
