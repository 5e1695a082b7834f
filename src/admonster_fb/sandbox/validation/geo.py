"""Locations of a targeting spec: shape, limits, overlaps, and the countries they touch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from admonster_fb.sandbox.validation.case import listed
from admonster_fb.sandbox.validation.refusals import not_list, plain, refuse


def _codes(words: str) -> frozenset[str]:
    return frozenset(words.split())


PLACES = (
    "countries", "country_groups", "regions", "cities", "zips", "places", "custom_locations", "geo_markets",
    "electoral_districts", "subcities", "neighborhoods", "small_geo_areas", "medium_geo_areas", "large_geo_areas",
    "metro_areas", "location_cluster_ids",
)  # fmt: skip
LIMITS = {
    "regions": 200,
    "cities": 250,
    "zips": 50_000,
    "places": 200,
    "custom_locations": 200,
    "geo_markets": 2_500,
}
# Kind of place: unit → smallest and largest radius. A city without a radius is the city itself.
RADII = {
    "cities": {"mile": (10.0, 50.0), "kilometer": (17.0, 80.0)},
    "custom_locations": {"mile": (0.63, 50.0), "kilometer": (1.0, 80.0)},
}
LOCATION_TYPES = frozenset({"home", "recent"})
# The European Union and the territories that belong to it.
EU = _codes("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK AX BL GF GP MF MQ RE YT")
EU_GROUPS = frozenset({"worldwide", "europe", "eea", "euro_area", "european_union"})
# Where adults begin later than at 18.
ADULT_AT = {"TH": 20, "ID": 21}
# No minors at all: the union, the rest of its economic area, and Switzerland.
NO_MINORS = EU | frozenset({"CH", "IS", "LI", "NO"})


def geo_of(targeting: dict[str, Any]) -> dict[str, Any]:
    """Return the included locations."""
    geo = targeting.get("geo_locations")
    return geo if isinstance(geo, dict) else {}


def has_place(targeting: dict[str, Any]) -> bool:
    """Tell whether any place is included."""
    geo = geo_of(targeting)
    return any(geo.get(kind) for kind in PLACES)


def countries_of(targeting: dict[str, Any]) -> set[str]:
    """Return the countries that the included places name."""
    geo = geo_of(targeting)
    named = {str(each).upper() for each in listed(geo.get("countries"))}
    return named | {country for kind in PLACES for country in _named_by(listed(geo.get(kind)))}


def touches_union(targeting: dict[str, Any]) -> bool:
    """Tell whether ads may be shown in the European Union."""
    groups = {str(each).lower() for each in listed(geo_of(targeting).get("country_groups"))}
    return bool(countries_of(targeting) & EU or groups & EU_GROUPS)


def check_geo(targeting: dict[str, Any]) -> None:
    """Refuse locations in the wrong shape, too many of them, wrong radiuses and overlaps."""
    for side in ("geo_locations", "excluded_geo_locations"):
        geo = targeting.get(side)
        if geo is None:
            continue
        if not isinstance(geo, dict):
            raise not_list(f"targeting[{side}]")
        _check_lists(side, geo)
        _check_radii(side, geo)
    types = geo_of(targeting).get("location_types")
    if types is not None and set(listed(types)) != LOCATION_TYPES:
        raise refuse(1870199, "targeting")
    _check_overlap(geo_of(targeting))


def _check_lists(side: str, geo: dict[str, Any]) -> None:
    for kind in PLACES:
        if kind in geo and not isinstance(geo[kind], list):
            raise not_list(f"targeting[{side}][{kind}]")
        if len(geo.get(kind) or ()) > LIMITS.get(kind, 50_000):
            raise plain(f"param targeting[{side}][{kind}] must have at most {LIMITS[kind]} elements.")


def _check_radii(side: str, geo: dict[str, Any]) -> None:
    for kind, units in RADII.items():
        for place in listed(geo.get(kind)):
            radius = place.get("radius") if isinstance(place, dict) else None
            if radius in (None, 0, "0"):
                continue
            lowest, highest = units.get(str(place.get("distance_unit", "mile")), units["mile"])
            if not lowest <= _number(radius) <= highest:
                raise plain(f"Param targeting[{side}][{kind}][radius] must be between {lowest:g} and {highest:g}")


def _check_overlap(geo: dict[str, Any]) -> None:
    whole = {str(each).upper() for each in listed(geo.get("countries"))}
    parts = {country for kind in PLACES for country in _named_by(listed(geo.get(kind)))}
    if whole & parts:
        raise refuse(1487756, "targeting")


def _named_by(places: list[Any]) -> Iterator[str]:
    """Yield the countries that places name: in a field, or before the colon of a zip's key."""
    for place in places:
        if isinstance(place, dict):
            country = place.get("country") or place.get("country_code")
            prefix, colon, _ = str(place.get("key", "")).partition(":")
            if country or (colon and len(prefix) == 2):
                yield str(country or prefix).upper()


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return -1.0
