"""Locations of a targeting spec: the places of the catalogue, their countries, and what is refused of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import isfinite
from typing import Any

from admonster_fb.sandbox import need
from admonster_fb.sandbox.catalog.nodes import PLACES, Place, nearest
from admonster_fb.sandbox.convert import listed, mapping, objects
from admonster_fb.sandbox.errors import bad_param, invalid_spec, not_list, refuse
from admonster_fb.sandbox.spec import word_set

# List of a spec: kind of its places. Countries and groups are named by their bare keys, all others by objects.
KINDS = {
    "countries": "country", "country_groups": "country_group", "regions": "region", "cities": "city", "zips": "zip",
    "places": "place", "geo_markets": "geo_market", "electoral_districts": "electoral_district",
    "subcities": "subcity", "neighborhoods": "neighborhood", "small_geo_areas": "small_geo_area",
    "medium_geo_areas": "medium_geo_area", "large_geo_areas": "large_geo_area", "metro_areas": "metro_area",
}  # fmt: skip
BARE = frozenset({"countries", "country_groups"})
LISTS = (*KINDS, "custom_locations", "location_cluster_ids", "political_districts", "subneighborhoods")
# A mile.
KILOMETERS = 1.609344
# The European Union and the territories that belong to it.
EU = word_set(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK AX BL GF GP MF MQ RE YT"
)
EU_GROUPS = word_set("worldwide europe eea euro_area european_union android_app_store android_free_store")
EUROPE = PLACES["country_group"]["europe"].members
# Where adults begin later than at 18.
ADULT_AT = {"TH": 20, "ID": 21}
# No minors at all: the union, the rest of its economic area, and Switzerland.
# Beneficiary and payer are required here too ("EU and associated"): the rest of the European Economic Area.
ASSOCIATED = frozenset({"IS", "LI", "NO"})
NO_MINORS = EU | frozenset({"CH", "IS", "LI", "NO"})


def geo_of(targeting: dict[str, Any]) -> dict[str, Any]:
    """Return the included locations."""
    return mapping(targeting.get("geo_locations"))


def places_of(geo: dict[str, Any]) -> Iterator[Place]:
    """Yield the places that locations name by a key of the catalogue."""
    for name, kind in KINDS.items():
        for item in listed(geo.get(name)):
            if place := PLACES[kind].get(key_of(name, item)):
                yield place


def countries_of(targeting: dict[str, Any]) -> set[str]:
    """Return the countries that the included places are in."""
    geo = geo_of(targeting)
    named = {place.country for place in places_of(geo) if place.country}
    return named | {country_of(location) for location in listed(geo.get("custom_locations"))} - {""}


def country_of(location: Any) -> str:
    """Return the country of a custom location: the one it names, else that of the city nearest to it."""
    if not isinstance(location, dict):
        return ""
    if named := location.get("country") or location.get("country_code"):
        return str(named).upper()
    point = point_of(location)
    return nearest(*point)[0].country if point else ""


def point_of(location: dict[str, Any]) -> tuple[float, float] | None:
    """Return latitude and longitude of a custom location."""
    latitude, longitude = (number(location.get(name)) for name in ("latitude", "longitude"))
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return latitude, longitude


def touches_union(targeting: dict[str, Any]) -> bool:
    """Return whether ads may be shown in the European Union."""
    groups = {str(group).lower() for group in listed(geo_of(targeting).get("country_groups"))}
    return bool(countries_of(targeting) & (EU | ASSOCIATED) or groups & EU_GROUPS)


def kilometers(location: dict[str, Any]) -> float:
    """Return the radius around a location in kilometres, 0 for none."""
    radius = number(location.get("radius")) or 0.0
    return radius if location.get("distance_unit") == "kilometer" else radius * KILOMETERS


def key_of(name: str, item: Any) -> str:
    """Return the key of an entry of the list `name`, empty when it has none."""
    if name in BARE:
        return str(item).upper() if name == "countries" else str(item).lower()
    return str(item.get("key", "")) if isinstance(item, dict) else ""


def number(value: Any) -> float | None:
    """Return a finite number sent as number or text."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if isfinite(found) and not isinstance(value, bool) else None


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
        need.fields(f"targeting[{side}]", geo)
        _check_lists(side, geo)
        _check_keys(geo)
        _check_radii(side, geo)
    _check_location_types(targeting)
    geo = geo_of(targeting)
    # A radius with several locations is ambiguous.
    if targeting.get("radius") and sum(len(geo.get(name) or ()) for name in LISTS) > 1:
        raise refuse(1815946, "targeting")
    _check_overlap(geo)


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
            need.one_of(f"targeting[{side}][{name}][distance_unit]", unit, units)
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


def _check_overlap(geo: dict[str, Any]) -> None:
    found = list(places_of(geo))
    named = {(place.kind, place.key) for place in found}
    custom = {("country", country_of(location)) for location in listed(geo.get("custom_locations"))}
    if custom & named or any(place.within & named for place in found):
        raise refuse(1487756, "targeting")
