"""Where people are: countries, places, radii, counts. `api_facts.md` section 3, Geo."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from admonster_fb.rules._countries import INSTEAD, ISO
from admonster_fb.rules.core import PLACES, Problem, Rule, Subject, country_of
from admonster_fb.rules.values import items, number, rows, text, texts

_COUNTS = {
    **dict.fromkeys(("regions", "places", "custom_locations"), 200),
    "cities": 250,
    "zips": 50_000,
    "geo_markets": 2_500,
}
_RADII = {
    "cities": {"mile": (10.0, 50.0), "kilometer": (17.0, 80.0)},
    "custom_locations": {"mile": (0.63, 50.0), "kilometer": (1.0, 80.0)},
}
_TYPES = (["home", "recent"], ["recent", "home"])
_WITH_KEY = frozenset(PLACES) - {"custom_locations"}
_ZIP = re.compile(r"[A-Z]{2}:.+")


def _geos(subject: Subject) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield both specs of locations that there are, each with its path."""
    if subject.geo:
        yield "targeting.geo_locations", subject.geo
    if subject.excluded_geo:
        yield "targeting.excluded_geo_locations", subject.excluded_geo


def _countries(subject: Subject) -> Iterator[Problem]:
    for path, geo in _geos(subject):
        for place, code in enumerate(items(geo.get("countries"))):
            if isinstance(code, str) and code not in ISO:
                right = INSTEAD.get(code.upper(), code.upper() if code.upper() in ISO else None)
                fix = f"Write {right}." if right else None
                yield Problem(f"{path}.countries.{place}", f"{code} is no ISO code of a country", code, fix)


def _counts(subject: Subject) -> Iterator[Problem]:
    for path, geo in _geos(subject):
        for kind in _COUNTS.keys() & geo.keys():
            count = len(items(geo[kind]))
            if count > _COUNTS[kind]:
                yield Problem(f"{path}.{kind}", f"{count} places; allowed: {_COUNTS[kind]}", count)


def _radii(subject: Subject) -> Iterator[Problem]:
    for path, geo in _geos(subject):
        for kind in _RADII.keys() & geo.keys():
            for place, row in rows(geo[kind]):
                unit, radius = text(row.get("distance_unit")) or "mile", number(row.get("radius"))
                low, high = _RADII[kind].get(unit, (0.0, 1e18))
                if radius is not None and not low <= radius <= high:
                    message = f"{radius:g} {unit}; allowed: {low:g} to {high:g}"
                    yield Problem(f"{path}.{kind}.{place}.radius", message, row["radius"])


def _units(subject: Subject) -> Iterator[Problem]:
    for path, geo in _geos(subject):
        for kind in _RADII.keys() & geo.keys():
            for place, row in rows(geo[kind]):
                if (unit := text(row.get("distance_unit"))) and unit not in ("mile", "kilometer"):
                    yield Problem(f"{path}.{kind}.{place}.distance_unit", f"{unit}; allowed: mile, kilometer", unit)


def _keys(subject: Subject) -> Iterator[Problem]:
    for path, geo in _geos(subject):
        for kind in _WITH_KEY & geo.keys():
            for place, row in rows(geo[kind]):
                if row.get("key") in (None, ""):
                    yield Problem(f"{path}.{kind}.{place}.key", "the key is missing; a name alone is no place")


def _custom(subject: Subject) -> Iterator[Problem]:
    for path, geo in _geos(subject):
        for place, row in rows(geo.get("custom_locations")):
            here = f"{path}.custom_locations.{place}"
            both = row.get("latitude") is not None and row.get("longitude") is not None
            if not (both or row.get("address_string") or row.get("custom_type") or row.get("primary_city_id")):
                yield Problem(here, "neither latitude and longitude nor address_string is given")
            for name, most in (("latitude", 90), ("longitude", 180)):
                degrees = number(row.get(name))
                if degrees is not None and abs(degrees) > most:
                    yield Problem(f"{here}.{name}", f"{degrees:g}; allowed: -{most} to {most}", row[name])


def _zips(subject: Subject) -> Iterator[Problem]:
    for path, geo in _geos(subject):
        for place, row in rows(geo.get("zips")):
            key = text(row.get("key"))
            if key is not None and not _ZIP.fullmatch(key):
                yield Problem(f"{path}.zips.{place}.key", f"{key} does not begin with its country", key)


def _markets(subject: Subject) -> Iterator[Problem]:
    for path, geo in _geos(subject):
        for place, row in rows(geo.get("geo_markets")):
            key = text(row.get("key"))
            if key is not None and key.startswith("DMA:"):
                yield Problem(f"{path}.geo_markets.{place}.key", f"{key}: DMAs were replaced by Comscore markets", key)


def _types(subject: Subject) -> Iterator[Problem]:
    given = subject.geo.get("location_types")
    if given and [*items(given)] not in _TYPES:
        message = f"{', '.join(texts(given)) or given}; allowed: home and recent together"
        yield Problem("targeting.geo_locations.location_types", message, given)


def _excluded_types(subject: Subject) -> Iterator[Problem]:
    given = subject.excluded_geo.get("location_types")
    if "recent" in texts(given):
        yield Problem("targeting.excluded_geo_locations.location_types", "recent cannot be excluded", given)


def _overlaps(subject: Subject) -> Iterator[Problem]:
    whole = frozenset(code.upper() for code in texts(subject.geo.get("countries")))
    for kind in PLACES if whole else ():
        if kind in subject.geo:
            for place, row in rows(subject.geo[kind]):
                if (country := country_of(row)) in whole:
                    message = f"this place lies in {country}, which is given as a whole"
                    yield Problem(f"targeting.geo_locations.{kind}.{place}", message, row.get("key"))


_ABOUT = "api_facts 3"
RULES: tuple[Rule, ...] = (
    Rule("country-code", "adset", "error", 100, None, _ABOUT, 'Use two capital letters, such as "GB".', _countries),
    Rule("geo-counts", "adset", "error", 100, None, _ABOUT, "Name fewer places, or larger ones.", _counts),
    Rule("geo-radius", "adset", "error", 100, None, _ABOUT, "Choose a radius in these bounds.", _radii),
    Rule("distance-unit", "adset", "error", 100, None, _ABOUT, "Use mile or kilometer.", _units),
    Rule("geo-key", "adset", "error", 100, None, _ABOUT, "Look the key up with search_locations.", _keys),
    Rule(
        "custom-location",
        *("adset", "error", 100, None, _ABOUT),
        "Give latitude and longitude, or address_string.",
        _custom,
    ),
    Rule("zip-key", "adset", "error", 100, None, _ABOUT, 'Write it like "US:94304".', _zips),
    Rule("geo-market", "adset", "error", 100, None, _ABOUT, 'Use keys like "COMSCORE_MARKET:501".', _markets),
    Rule("location-types", "adset", "error", 100, 1870199, _ABOUT, "Leave location_types out.", _types),
    Rule("excluded-recent", "adset", "error", 100, 1870199, _ABOUT, "Leave recent out.", _excluded_types),
    Rule("geo-overlap", "adset", "warning", 100, 1487756, "api_facts 6", "Keep one of the two.", _overlaps),
)
