"""Locations of a targeting spec: shape, limits, keys, overlaps, and the countries they touch."""

from __future__ import annotations

import re
from typing import Any

from admonster_fb.sandbox.catalog.nodes import PLACES
from admonster_fb.sandbox.convert import listed, objects
from admonster_fb.sandbox.errors import bad_param, invalid_spec, not_list, not_one_of, refuse
from admonster_fb.sandbox.validation.places import (
    EUROPE,
    KILOMETERS,
    KINDS,
    LISTS,
    country_of,
    geo_of,
    key_of,
    number,
    places_of,
    point_of,
)

LIMITS = {"regions": 200, "cities": 250, "zips": 50_000, "places": 200, "custom_locations": 200, "geo_markets": 2_500}
# Kind of place: unit → smallest and largest radius. A city without a radius is the city itself.
RADII = {
    "cities": {"mile": (10.0, 50.0), "kilometer": (17.0, 80.0)},
    "custom_locations": {"mile": (0.63, 50.0), "kilometer": (1.0, 80.0)},
}
# The smallest radiuses in ads for housing, jobs and credit.
WIDE = {"mile": 15.0, "kilometer": 25.0}
EUROPEAN_KILOMETERS = 15.0
LOCATION_TYPES = frozenset({"home", "recent"})


def check_geo(targeting: dict[str, Any]) -> None:
    """Refuse locations in the wrong shape, too many of them, unknown ones, wrong radiuses and overlaps."""
    for side in ("geo_locations", "excluded_geo_locations"):
        geo = targeting.get(side)
        if geo is None:
            continue
        if not isinstance(geo, dict):
            raise not_list(f"targeting[{side}]")
        _check_lists(side, geo)
        _check_keys(geo)
        _check_radii(side, geo)
    _check_location_types(targeting)
    _check_lone_radius(targeting)
    _check_overlap(geo_of(targeting))


def is_wide_enough(targeting: dict[str, Any]) -> bool:
    """Return whether radiuses are as wide as ads for housing, jobs and credit need them."""
    geo = geo_of(targeting)
    return all(_is_wide(name, item) for name in RADII for item in objects(geo.get(name)))


def _is_wide(name: str, location: dict[str, Any]) -> bool:
    place = PLACES["city"].get(key_of(name, location))
    country = place.country if place else country_of(location)
    radius, in_miles = number(location.get("radius")), location.get("distance_unit", "mile") == "mile"
    narrowest = EUROPEAN_KILOMETERS if country in EUROPE else WIDE["mile" if in_miles else "kilometer"]
    if in_miles and country in EUROPE:
        narrowest /= KILOMETERS
    return not radius or radius >= narrowest


def _check_lists(side: str, geo: dict[str, Any]) -> None:
    for name in LISTS:
        if name in geo and not isinstance(geo[name], list):
            raise not_list(f"targeting[{side}][{name}]")
        if len(geo.get(name) or ()) > LIMITS.get(name, 50_000):
            raise bad_param(f"param targeting[{side}][{name}] must have at most {LIMITS[name]} elements.")


def _check_keys(geo: dict[str, Any]) -> None:
    for name, kind in KINDS.items():
        for item in geo.get(name) or ():
            if key_of(name, item) not in PLACES[kind] and not _is_code(name, item):
                key = key_of(name, item) or str(item)
                raise invalid_spec(f"The {kind.replace('_', ' ')} with key {key} does not exist.")
            if isinstance(item, dict) and item.get("radius") and name not in RADII:
                raise refuse(1487079, "targeting", msg="Radius targeting is only allowed on cities.")
    for location in geo.get("custom_locations") or ():
        if not isinstance(location, dict) or not (
            point_of(location) or location.get("address_string") or location.get("custom_type") == "multi_city"
        ):
            raise invalid_spec("A custom location needs latitude and longitude, or an address.")


def _is_code(name: str, item: Any) -> bool:
    """Return whether it may be a country: Meta has codes of its own, which no list follows. GB is not UK."""
    return name == "countries" and bool(re.fullmatch("[A-Z]{2}", str(item))) and item != "UK"


def _check_radii(side: str, geo: dict[str, Any]) -> None:
    for name, units in RADII.items():
        for item in listed(geo.get(name)):
            radius = item.get("radius") if isinstance(item, dict) else None
            if radius in (None, 0, "0"):
                continue
            unit = str(item.get("distance_unit", "mile"))
            if unit not in units:
                raise not_one_of(f"targeting[{side}][{name}][distance_unit]", units)
            lowest, highest = units[unit]
            if not lowest <= (number(radius) or -1) <= highest:
                raise bad_param(f"Param targeting[{side}][{name}][radius] must be between {lowest:g} and {highest:g}")


def _check_location_types(targeting: dict[str, Any]) -> None:
    types = geo_of(targeting).get("location_types")
    if types is not None and set(listed(types)) != LOCATION_TYPES:
        raise refuse(1870199, "targeting")
    excluded = targeting.get("excluded_geo_locations") or {}
    if "recent" in listed(excluded.get("location_types")):
        raise invalid_spec("Excluded locations can't be of the type recent.")


def _check_lone_radius(targeting: dict[str, Any]) -> None:
    """Refuse a radius with several locations: it is ambiguous."""
    geo = geo_of(targeting)
    if targeting.get("radius") and sum(len(geo.get(name) or ()) for name in LISTS) > 1:
        raise refuse(1815946, "targeting")


def _check_overlap(geo: dict[str, Any]) -> None:
    found = list(places_of(geo))
    named = {(place.kind, place.key) for place in found}
    custom = {("country", country_of(location)) for location in listed(geo.get("custom_locations"))}
    if custom & named or any(place.within & named for place in found):
        raise refuse(1487756, "targeting")
