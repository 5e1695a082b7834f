"""Detailed targeting of a spec: interests and the like, languages, devices (`docs/meta-rules.md`, Targeting)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from admonster_fb.sandbox import need
from admonster_fb.sandbox.catalog.nodes import DEMOGRAPHICS, LOCALE_NAMES, OPTION_KINDS, PAGES
from admonster_fb.sandbox.convert import listed, objects, whole
from admonster_fb.sandbox.errors import bad_param, invalid_spec, not_list, refuse

# Named by id, and checked against the catalogue.
BY_ID = ("interests", "behaviors", *DEMOGRAPHICS, *PAGES)
NUMBERS: dict[str, range | frozenset[int]] = {
    "relationship_statuses": frozenset({1, 2, 3, 4, 6}),
    "education_statuses": range(1, 14),
    "college_years": range(1980, 2101),
}
DETAILED = (*BY_ID, *NUMBERS)
LONGEST_GROUP = 1_000
# Meta has more languages than the catalogue, with low numbers too.
MORE_LOCALES = range(1, 100)
_LEVELS = ("RELAXED", "STANDARD", "STRICT")
# Lists of names: the allowed values.
WORDS = {
    "brand_safety_content_filter_levels": tuple(
        f"{surface}_{level}" for surface in ("AN", "FACEBOOK", "FEED") for level in _LEVELS
    ),
    "wireless_carrier": ("Wifi",),
}
_SYSTEM = re.compile(r"(iOS|Android)(_ver_\d+(\.\d+)*_(and_above|to_\d+(\.\d+)*))?")


def groups_of(targeting: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the parts of a spec with detailed targeting: its top level and each flexible group."""
    return [targeting, *objects(targeting.get("flexible_spec"))]


def option_ids(group: dict[str, Any], kind: str) -> list[str]:
    """Return the ids of one kind in a group."""
    return [str(item.get("id", "") if isinstance(item, dict) else item) for item in listed(group.get(kind))]


def check_options(targeting: dict[str, Any]) -> None:
    """Refuse ids that do not exist or are retired, values out of range, and excluded interests."""
    for group in targeting.get("flexible_spec") or ():
        _check_group(group)
    excluded = targeting.get("exclusions")
    if isinstance(excluded, dict) and any(excluded.get(kind) for kind in DETAILED):
        raise refuse(2446394, "targeting")
    for group in groups_of(targeting):
        for kind in BY_ID:
            for option_id in option_ids(group, kind):
                _check_option(kind, option_id)
        for name, allowed in NUMBERS.items():
            _check_numbers(name, group, allowed)
    for number in targeting.get("locales") or ():
        if whole(number) not in LOCALE_NAMES and whole(number) not in MORE_LOCALES:
            raise invalid_spec(f"The locale {number} does not exist.")
    _check_words(targeting)
    _check_systems(targeting)


def _check_group(group: Any) -> None:
    need.fields("targeting[flexible_spec][0]", group)
    for name in DETAILED:
        if name in group and not isinstance(group[name], list):
            raise not_list(f"targeting[flexible_spec][0][{name}]")
    if sum(len(listed(group.get(name))) for name in DETAILED) > LONGEST_GROUP:
        raise bad_param(f"param targeting[flexible_spec][0] must have at most {LONGEST_GROUP} elements.")


def _check_option(kind: str, option_id: str) -> None:
    option = OPTION_KINDS[kind].get(option_id)
    if option is None:
        text = kind.replace("_", " ").capitalize()
        raise refuse(1487079, "targeting", msg=f"{text} with ID {option_id} is invalid.")
    if not option.is_usable:
        raise refuse(1487694, "targeting", msg=f"{option.name} ({option_id}) is no longer available for targeting.")


def _check_numbers(name: str, group: dict[str, Any], allowed: range | frozenset[int]) -> None:
    for position, item in enumerate(listed(group.get(name))):
        if whole(item) not in allowed:
            text = f"between {allowed[0]} and {allowed[-1]}" if isinstance(allowed, range) else _braces(allowed)
            raise bad_param(f"Param targeting[{name}][{position}] must be {text}")


def _check_words(targeting: dict[str, Any]) -> None:
    for name, text in WORDS.items():
        for position, item in enumerate(listed(targeting.get(name))):
            need.one_of(f"targeting[{name}][{position}]", item, text)


def _check_systems(targeting: dict[str, Any]) -> None:
    """Refuse unknown operating systems, and combinations with each other."""
    systems = [str(item) for item in listed(targeting.get("user_os"))]
    for system in systems:
        if not _SYSTEM.fullmatch(system):
            raise invalid_spec(f"{system} is not an operating system.")
    platforms = {system.partition("_")[0] for system in systems}
    if len(platforms) > 1 and any("_ver_" in system for system in systems):
        raise invalid_spec("A version of one operating system can't be combined with another operating system.")


def _braces(values: Iterable[int]) -> str:
    return f"one of {{{', '.join(map(str, sorted(values)))}}}"
