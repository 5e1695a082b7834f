"""A targeting spec as text, as the edges `targetingsentencelines` return it (live/targeting_search)."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox.catalog.nodes import LOCALE_NAMES, OPTION_KINDS
from admonster_fb.sandbox.convert import listed, mapping, objects, whole
from admonster_fb.sandbox.validation import options, places
from admonster_fb.sandbox.validation.placements import OF_PLATFORM

Line = dict[str, Any]
GENDERS = {1: "Male", 2: "Female"}
PLATFORM_NAMES = {
    "facebook": "Facebook",
    "instagram": "Instagram",
    "threads": "Threads",
    "messenger": "Messenger",
    "audience_network": "Audience Network",
    "whatsapp": "WhatsApp",
}
AUTOMATIC = "Advantage+ placements"


def lines(targeting: dict[str, Any], *, ages: bool = True, placements: bool = True) -> list[Line]:
    """Return the lines of a spec; empty ones are left out."""
    parts: list[tuple[str, list[str], bool]] = [
        ("Location:", _places(places.geo_of(targeting)), True),
        ("Excluded Location:", _places(mapping(targeting.get("excluded_geo_locations"))), True),
        ("Age:", [_ages(targeting)], ages),
        (
            "Gender:",
            [GENDERS.get(whole(gender) or 0, str(gender)) for gender in listed(targeting.get("genders"))],
            True,
        ),
        (
            "Language:",
            [LOCALE_NAMES.get(whole(locale) or 0, str(locale)) for locale in listed(targeting.get("locales"))],
            True,
        ),
        ("Custom Audience:", _audiences(targeting, "custom_audiences"), True),
        ("Excluded Custom Audience:", _audiences(targeting, "excluded_custom_audiences"), True),
        *_matches(targeting),
        ("Placements:", [_placements(targeting)], placements),
    ]
    return [
        {"content": content, "children": children} for content, children, is_shown in parts if children and is_shown
    ]


def _places(locations: dict[str, Any]) -> list[str]:
    cities = {str(item.get("key")): item for item in objects(locations.get("cities"))}
    named = [_with_radius(place.name, cities.get(place.key, {})) for place in places.places_of(locations)]
    custom = objects(locations.get("custom_locations"))
    return [*named, *(_with_radius(_custom(item), item) for item in custom)]


def _custom(location: dict[str, Any]) -> str:
    found = location.get("name") or location.get("address_string")
    return str(found or f"({location.get('latitude')}, {location.get('longitude')})")


def _with_radius(name: str, location: dict[str, Any]) -> str:
    radius = location.get("radius")
    unit = "km" if location.get("distance_unit") == "kilometer" else "mi"
    return f"{name} (+{radius} {unit})" if radius else name


def _ages(targeting: dict[str, Any]) -> str:
    oldest = whole(targeting.get("age_max")) or 65
    return f"{whole(targeting.get('age_min')) or 18} - {oldest}{'+' if oldest == 65 else ''}"


def _audiences(targeting: dict[str, Any], name: str) -> list[str]:
    found = objects(targeting.get(name))
    return [str(item.get("name") or item.get("id")) for item in found]


def _matches(targeting: dict[str, Any]) -> list[tuple[str, list[str], bool]]:
    """Return a line for what describes people: one for the top of the spec, one for each flexible group."""
    groups = [found for group in options.groups_of(targeting) if (found := _described(group))]
    contents = ["People Who Match:", *["And Must Also Match:"] * len(groups)]
    return [(content, found, True) for content, found in zip(contents, groups, strict=False)]


def _described(group: dict[str, Any]) -> list[str]:
    found = []
    for name in options.DETAILED:
        if entries := [_option(name, object_id) for object_id in options.option_ids(group, name)]:
            found.append(f"{name.replace('_', ' ').capitalize()}: {_either(entries)}")
    return found


def _option(kind: str, option_id: str) -> str:
    option = OPTION_KINDS.get(kind, {}).get(option_id)
    return option.name if option else option_id


def _placements(targeting: dict[str, Any]) -> str:
    platforms = [str(item) for item in listed(targeting.get("publisher_platforms"))]
    named = [key for key in OF_PLATFORM.values() if targeting.get(key)]
    if not platforms and not named:
        return AUTOMATIC
    text = []
    for platform, key in OF_PLATFORM.items():
        positions = [str(item).replace("_", " ") for item in listed(targeting.get(key))]
        if positions:
            text.append(f"{PLATFORM_NAMES[platform]} ({', '.join(positions)})")
        elif platform in platforms:
            text.append(PLATFORM_NAMES[platform])
    return _either(text)


def _either(text: list[str]) -> str:
    """Return texts as a list of alternatives: "a, b or c"."""
    return " or ".join([", ".join(text[:-1]), text[-1]] if len(text) > 1 else text)
