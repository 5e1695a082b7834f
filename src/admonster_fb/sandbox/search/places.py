"""`GET /search` for locations: by name, by key, and around a point."""

from __future__ import annotations

import re
from math import ceil
from typing import Any

from admonster_fb.sandbox.catalog.nodes import PLACES, Place, fold, nearest
from admonster_fb.sandbox.convert import truth
from admonster_fb.sandbox.errors import GraphError, not_list, not_one_of, required
from admonster_fb.sandbox.validation.geo import RADII
from admonster_fb.sandbox.validation.places import KILOMETERS, KINDS, point_of
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
        raise GraphError(100, message="(#100) Param limit must be an integer greater than 0")
    return int(value)


def matches(text: str, name: str) -> bool:
    """Return whether a word of a name begins with a text; without spaces between words, whether it is in the name."""
    folded, found = fold(text), fold(name)
    return folded in found if not folded.isascii() else bool(re.search(rf"(?<!\w){re.escape(folded)}", found))


def list_param(call: Call, name: str) -> list[Any]:
    """Return a list parameter, empty when it is not sent."""
    value = call.params.get(name)
    if value in (None, ""):
        return []
    if not isinstance(value, list):
        raise not_list(name)
    return value


# Kinds of places inside which there are others.
DIVISIBLE = frozenset({"country", "region", "city", "zip", "geo_market"})


def locations(call: Call) -> list[dict[str, Any]]:
    """Return the places of a name, the one exactly so called first, then the biggest."""
    text = query(call, needed=False)
    kinds = [str(item) for item in list_param(call, "location_types")] or list(PLACES)
    for position, kind in enumerate(kinds):
        if kind not in PLACES:
            raise not_one_of(f"location_types[{position}]", PLACES)
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
    places.sort(key=lambda place: (fold(place.name) != fold(text), -place.people))
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
        # A number, though keys are text (live/README.md).
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
        if call.params.get(name) in (None, ""):
            raise required(name)
    point = point_of(call.params)
    if point is None:
        raise GraphError(100, message="(#100) Param latitude and longitude must be a point on the globe")
    unit, units = str(call.params.get("distance_unit") or "mile"), RADII["custom_locations"]
    if unit not in units:
        raise not_one_of("distance_unit", units)
    distance = nearest(*point)[1] / (KILOMETERS if unit == "mile" else 1.0)
    return [{"suggested_radius": max(1, min(int(units[unit][1]), ceil(distance))), "distance_unit": unit}]
