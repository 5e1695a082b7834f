"""Locations of a targeting spec, read: which places of the catalogue they are, and in which countries."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any

from admonster_fb.sandbox.catalog.nodes import PLACES, Place, nearest
from admonster_fb.sandbox.convert import listed, mapping


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


# List of a spec: kind of its places. Countries and groups are named by their bare keys, all others by objects.
KINDS = {
    "countries": "country",
    "country_groups": "country_group",
    "regions": "region",
    "cities": "city",
    "zips": "zip",
    "places": "place",
    "geo_markets": "geo_market",
    "electoral_districts": "electoral_district",
    "subcities": "subcity",
    "neighborhoods": "neighborhood",
    "small_geo_areas": "small_geo_area",
    "medium_geo_areas": "medium_geo_area",
    "large_geo_areas": "large_geo_area",
    "metro_areas": "metro_area",
}
BARE = frozenset({"countries", "country_groups"})
LISTS = (*KINDS, "custom_locations", "location_cluster_ids")
# A mile.
KILOMETERS = 1.609344
# The European Union and the territories that belong to it.
EU = _codes("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK AX BL GF GP MF MQ RE YT")
EU_GROUPS = _codes("worldwide europe eea euro_area european_union android_app_store android_free_store")
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


def has_place(targeting: dict[str, Any]) -> bool:
    """Return whether any place is included."""
    geo = geo_of(targeting)
    return any(geo.get(kind) for kind in LISTS)


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
