"""Rules of locations: countries, places, radii, counts. Source: `docs/meta-rules.md#geo-limits`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from admonster_fb.rules.categories import INSTEAD, ISO
from admonster_fb.rules.core import PLACES, ParameterView, Problem, country_of, rule
from admonster_fb.rules.values import items, number, rows, text, texts

_COUNTS = {
    **dict.fromkeys(("regions", "places", "custom_locations"), 200),
    "cities": 250,
    "zips": 50_000,
    "geo_markets": 2_500,
}
_FEWER = {"geo_markets": 210}
_DISAGREE = "D Basic targeting; not D Targeting restrictions"
"""Meta's pages disagree on 211 to 2,500 markets, and on whether more zips are refused or become one place."""
_RADII = {
    "cities": {"mile": (10.0, 50.0), "kilometer": (17.0, 80.0)},
    "custom_locations": {"mile": (0.63, 50.0), "kilometer": (1.0, 80.0)},
}
_TYPES = (["home", "recent"], ["recent", "home"])
_WITH_KEY = frozenset(PLACES) - {"custom_locations"}
_CODE = re.compile(r"[A-Z]{2}")
_ZIP = re.compile(r"[A-Z]{2}:.+")


def _geos(view: ParameterView) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the included and the excluded locations, each with its path."""
    if view.geo:
        yield "targeting.geo_locations", view.geo
    if view.excluded_geo:
        yield "targeting.excluded_geo_locations", view.excluded_geo


def _rows(view: ParameterView, *kinds: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the places of some kinds, included or excluded, each with its path."""
    for path, geo in _geos(view):
        for kind in kinds:
            if kind in geo:
                yield from ((f"{path}.{kind}.{place}", row) for place, row in rows(geo[kind]))


def unknown_country(path: str, code: str) -> Problem:
    """Return what is wrong with a code that is not in the list of countries."""
    right = INSTEAD.get(code.upper(), code.upper() if code.upper() in ISO else None)
    sure = right or not _CODE.fullmatch(code)
    fix = f"Write {right}." if right else None
    return Problem(path, f"{code} is not an ISO code of a country", code, fix, "D Basic targeting" if sure else None)


@rule("country-code", "adset", "D Basic targeting; not M Meta has codes of its own")
def _countries(view: ParameterView) -> Iterator[Problem]:
    """Use two capital letters, such as "GB"."""
    for path, geo in _geos(view):
        for place, code in enumerate(items(geo.get("countries"))):
            if isinstance(code, str) and code not in ISO:
                yield unknown_country(f"{path}.countries.{place}", code)


@rule("geo-counts", "adset", "D Basic targeting; D Targeting restrictions")
def _counts(view: ParameterView) -> Iterator[Problem]:
    """Name fewer places, or larger ones."""
    for path, geo in _geos(view):
        for kind in _COUNTS.keys() & geo.keys():
            count, most = len(items(geo[kind])), _COUNTS[kind]
            fewer = _FEWER.get(kind, most)
            if count > fewer:
                sources = _DISAGREE if kind == "zips" or count <= most else None
                yield Problem(f"{path}.{kind}", f"{count} places; allowed: {fewer}", count, None, sources)


@rule("geo-radius", "adset", "D Basic targeting")
def _radii(view: ParameterView) -> Iterator[Problem]:
    """Choose a radius in these bounds."""
    for kind, bounds in _RADII.items():
        for path, row in _rows(view, kind):
            unit, radius = text(row.get("distance_unit")) or "mile", number(row.get("radius"))
            low, high = bounds.get(unit, (0.0, 1e18))
            if radius is not None and not low <= radius <= high:
                yield Problem(f"{path}.radius", f"{radius:g} {unit}; allowed: {low:g} to {high:g}", row["radius"])


@rule("distance-unit", "adset", "D Basic targeting")
def _units(view: ParameterView) -> Iterator[Problem]:
    """Use mile or kilometer."""
    for path, row in _rows(view, *_RADII):
        if (unit := text(row.get("distance_unit"))) and unit not in ("mile", "kilometer"):
            yield Problem(f"{path}.distance_unit", f"{unit}; allowed: mile, kilometer", unit)


@rule("geo-key", "adset", "D Basic targeting")
def _keys(view: ParameterView) -> Iterator[Problem]:
    """Look the key up with search_locations."""
    for path, row in _rows(view, *_WITH_KEY):
        if row.get("key") in (None, ""):
            yield Problem(f"{path}.key", "the key is missing; a name alone does not identify a place")


@rule("custom-location", "adset", "D Basic targeting")
def _custom(view: ParameterView) -> Iterator[Problem]:
    """Give latitude and longitude, or address_string."""
    for path, row in _rows(view, "custom_locations"):
        both = row.get("latitude") is not None and row.get("longitude") is not None
        if not (both or row.get("address_string") or row.get("custom_type") or row.get("primary_city_id")):
            yield Problem(path, "latitude and longitude, or address_string, are missing")
        for name, most in (("latitude", 90), ("longitude", 180)):
            degrees = number(row.get(name))
            if degrees is not None and abs(degrees) > most:
                yield Problem(f"{path}.{name}", f"{degrees:g}; allowed: -{most} to {most}", row[name])


@rule("zip-key", "adset", "M the example in Basic targeting")
def _zips(view: ParameterView) -> Iterator[Problem]:
    """Write it like "US:94304"."""
    for path, row in _rows(view, "zips"):
        key = text(row.get("key"))
        if key is not None and not _ZIP.fullmatch(key):
            yield Problem(f"{path}.key", f"{key} does not begin with its country code", key)


@rule("geo-market", "adset", "D Basic targeting; not X public reports")
def _markets(view: ParameterView) -> Iterator[Problem]:
    """Use keys like "COMSCORE_MARKET:501"."""
    for path, row in _rows(view, "geo_markets"):
        key = text(row.get("key"))
        if key is not None and key.startswith("DMA:"):
            yield Problem(f"{path}.key", f"{key}: DMAs were replaced by Comscore markets", key)


@rule("location-types", "adset", "D Error reference", subcode=1870199)
def _types(view: ParameterView) -> Iterator[Problem]:
    """Leave location_types out."""
    value = view.geo.get("location_types")
    if value and [*items(value)] not in _TYPES:
        message = f"{', '.join(texts(value)) or value}; allowed: home and recent together"
        yield Problem("targeting.geo_locations.location_types", message, value)


@rule("excluded-recent", "adset", "D Basic targeting", subcode=1870199)
def _excluded_types(view: ParameterView) -> Iterator[Problem]:
    """Leave recent out."""
    value = view.excluded_geo.get("location_types")
    if "recent" in texts(value):
        yield Problem("targeting.excluded_geo_locations.location_types", "recent cannot be excluded", value)


@rule("geo-overlap", "adset", "F error-numbers", subcode=1487756)
def _overlaps(view: ParameterView) -> Iterator[Problem]:
    """Keep one of the two."""
    whole = frozenset(code.upper() for code in texts(view.geo.get("countries")))
    for kind in PLACES if whole else ():
        if kind in view.geo:
            for place, row in rows(view.geo[kind]):
                if (country := country_of(row)) in whole:
                    message = f"this place is in {country}, which is included as a whole"
                    yield Problem(f"targeting.geo_locations.{kind}.{place}", message, row.get("key"))
