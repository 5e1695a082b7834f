"""Reach estimates of targeting specs, computed from the catalogue: the same for the same spec.

Narrowing never raises an estimate, and another country never lowers one. The size of the ranges and their rounding
are those of recorded answers (live/reach_delivery_estimate); the numbers themselves are the sandbox's own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from math import prod
from typing import Any

from admonster_fb.sandbox.catalog.nodes import LOCALE_HOMES, OPTION_KINDS, PLACES, SPREAD, SYSTEMS, Place
from admonster_fb.sandbox.convert import listed, mapping, objects, whole
from admonster_fb.sandbox.validation import options, places

FLOOR = 1_000
UNKNOWN = -1
WORLD = sum(place.people for place in PLACES["country"].values())
# From which number on: what bounds are rounded to.
STEPS = ((1_000_000, 100_000), (0, 100))
# Of a thousand adults, those of each age from 13 on; the last are 65 and older.
AGE_WEIGHTS = (*[6] * 5, *[30] * 7, *[28] * 10, *[22] * 10, *[16] * 10, *[11] * 10, 45)
YOUNGEST, OLDEST = 13, 65
GENDERS = {1: 0.54, 2: 0.46}
PLATFORMS = {
    "facebook": 0.8, "instagram": 0.6, "messenger": 0.3, "audience_network": 0.25, "threads": 0.12, "whatsapp": 0.3,
}  # fmt: skip
DEVICES = {"mobile": 0.96, "desktop": 0.3, "connected_tv": 0.05}
# Each of the numbers in a spec (relationship, education, year of college), a version of a system, a wireless carrier.
NUMBER, VERSION, WIFI = 0.12, 0.6, 0.85
# Readers of a language: where most people read it, and elsewhere.
AT_HOME, ABROAD = 0.9, 0.02
# People in a square kilometre around a location without a key.
DENSITY = 150
# The country of an address without one.
UNNAMED = "US"
# How much a kilometre of radius adds to a city.
WIDENING = 0.05


def bounds(targeting: dict[str, Any]) -> tuple[int, int]:
    """Return the lower and the upper bound of the people that a spec reaches, -1 where Meta does not return one.

    It does not of custom audiences: the sandbox gives them no size.
    """
    if targeting.get("custom_audiences"):
        return UNKNOWN, UNKNOWN
    lower = people(targeting)
    return _rounded(lower), _rounded(lower / SPREAD)


def people(targeting: dict[str, Any]) -> float:
    """Return the people that a spec reaches, not rounded."""
    included, excluded = places.geo_of(targeting), mapping(targeting.get("excluded_geo_locations"))
    gone = _named(excluded)
    here = _located(included, lambda place: not place.whole & gone)
    included_places = _named(included)
    away = _located(excluded, lambda place: bool((place.whole | _members(place)) & included_places))
    readers = [
        dict.fromkeys(LOCALE_HOMES.get(whole(number) or 0, ()), AT_HOME) for number in listed(targeting.get("locales"))
    ]
    total = 0.0
    for country, count in here.items():
        share = _either(reader.get(country, ABROAD) for reader in readers) if readers else 1.0
        total += max(0.0, count - away.get(country, 0.0)) * share
    return total * _ages(targeting) * _detailed(targeting) * _technical(targeting)


def _located(locations: dict[str, Any], counts: Callable[[Place], bool]) -> dict[str, float]:
    """Return the people in the places that count, by country: never more than the country has."""
    found: dict[str, float] = defaultdict(float)
    radii = {str(item.get("key")): places.kilometers(item) for item in objects(locations.get("cities"))}
    for place in places.places_of(locations):
        if counts(place):
            for country, count in _spread(place, radii.get(place.key, 0.0)):
                found[country] += count
    for item in objects(locations.get("custom_locations")):
        country = places.country_of(item)
        area = PLACES["country"].get(country) or PLACES["country"][UNNAMED]
        if counts(area):
            found[area.key] += DENSITY * max(places.kilometers(item), 1.0) ** 2 * 3.14
    return {country: min(count, PLACES["country"][country].people) for country, count in found.items()}


def _spread(place: Place, radius: float) -> list[tuple[str, float]]:
    if place.kind == "country_group":
        return [(code, PLACES["country"][code].people) for code in sorted(place.members)]
    return [(place.country, place.people * (1 + WIDENING * radius))]


def _named(locations: dict[str, Any]) -> set[tuple[str, str]]:
    return {member for place in places.places_of(locations) for member in ((place.kind, place.key), *_members(place))}


def _members(place: Place) -> set[tuple[str, str]]:
    return {("country", code) for code in place.members}


def _ages(targeting: dict[str, Any]) -> float:
    youngest = whole(targeting.get("age_min")) or 18
    oldest = whole(targeting.get("age_max")) or OLDEST
    weights = AGE_WEIGHTS[max(youngest - YOUNGEST, 0) : oldest - YOUNGEST + 1]
    share = min(1.0, sum(weights) / sum(AGE_WEIGHTS[18 - YOUNGEST :]))
    genders = {whole(gender) for gender in listed(targeting.get("genders"))}
    return share * (sum(GENDERS.get(gender or 0, 0.0) for gender in genders) if genders else 1.0)


def _detailed(targeting: dict[str, Any]) -> float:
    """Return the share that matches: at the top each kind must match, in a flexible group any entry of any kind."""
    share = prod(_either(_shares(targeting, name)) for name in options.DETAILED if targeting.get(name))
    groups = options.groups_of(targeting)[1:]
    return share * prod(
        _either(item for name in options.DETAILED for item in _shares(group, name))
        for group in groups
        if any(group.get(name) for name in options.DETAILED)
    )


def _shares(group: dict[str, Any], name: str) -> list[float]:
    if name in options.NUMBERS:
        return [NUMBER] * len(set(map(str, listed(group.get(name)))))
    known = OPTION_KINDS[name]
    ids = dict.fromkeys(options.option_ids(group, name))
    return [min(known[object_id].people / WORLD, 1.0) for object_id in ids if object_id in known]


def _technical(targeting: dict[str, Any]) -> float:
    share = 1.0
    for name, table in (("publisher_platforms", PLATFORMS), ("device_platforms", DEVICES)):
        if chosen := {str(item) for item in listed(targeting.get(name))}:
            share *= _either(table.get(item, 0.0) for item in sorted(chosen))
    if systems := {str(item) for item in listed(targeting.get("user_os"))}:
        named = (name.partition("_") for name in sorted(systems))
        total = sum(SYSTEMS.values())
        share *= _either(SYSTEMS.get(name, 0) / total * (VERSION if version else 1) for name, _, version in named)
    if targeting.get("wireless_carrier"):
        share *= WIFI
    return share


def _either(shares: Iterable[float]) -> float:
    """Return the share of people in at least one of the shares, as if they were independent."""
    return 1.0 - prod(1.0 - share for share in shares)


def _rounded(count: float) -> int:
    step = next(step for least, step in STEPS if count >= least)
    return max(FLOOR, int(count / step + 0.5) * step)
