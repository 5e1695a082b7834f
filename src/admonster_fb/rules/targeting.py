"""Who an ad set is shown to: ages, details, audiences, devices. `api_facts.md` section 3."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from admonster_fb.rules._countries import ADULT, EEA, EU_GROUPS
from admonster_fb.rules.core import PLACES, Problem, Rule, Subject, required
from admonster_fb.rules.values import items, listed, mapping, rows, text, texts, whole

_ID_LISTS = (
    *("interests", "behaviors", "life_events", "industries", "income", "family_statuses", "work_employers"),
    *("work_positions", "education_schools", "education_majors"),
)
DETAILS = (*_ID_LISTS, "education_statuses", "college_years", "relationship_statuses", "flexible_spec")
"""What describes people beyond age, gender, place and language."""
_NOT_FOR_YOUTH = (*DETAILS, "genders", "custom_audiences")
_COUNTS = {
    "locales": 50,
    "custom_audiences": 500,
    "excluded_custom_audiences": 500,
    **dict.fromkeys(("work_employers", "work_positions", "education_schools", "education_majors"), 200),
}
_NUMBERS: dict[str, tuple[range, str]] = {
    "genders": (range(1, 3), "1 (men), 2 (women)"),
    "education_statuses": (range(1, 14), "1 to 13"),
    "college_years": (range(1980, 10_000), "1980 and later"),
}
_RELATIONSHIPS = (1, 2, 3, 4, 6)
_REACHING = ("geo_locations", "custom_audiences", "product_audience_specs", "dynamic_audience_ids")
_GONE = ("connections", "excluded_connections", "friends_of_connections")
MOST_GROUPS, MOST_IN_GROUP = 25, 1000
_OS = re.compile(r"(iOS|Android)(_ver_.+)?")
_APPLE = re.compile(r"iphone|ipad|ipod", re.IGNORECASE)
_SAFETY = frozenset(
    f"{where}_{level}" for where in ("FACEBOOK", "AN", "FEED") for level in ("RELAXED", "STANDARD", "STRICT")
)


def has_place(geo: Mapping[str, Any]) -> bool:
    """Tell whether locations name any place.

    >>> has_place({"countries": ["US"]}), has_place({"location_types": ["home"]})
    (True, False)
    """
    return any(geo.get(kind) for kind in ("countries", "country_groups", *PLACES))


def _location(subject: Subject) -> Iterator[Problem]:
    targeting = subject.params.get("targeting")
    if isinstance(targeting, Mapping) and not has_place(subject.geo) and not targeting.get("custom_audiences"):
        yield Problem("targeting.geo_locations", "a country or other place is missing, and no custom audience is named")


def _ages(subject: Subject) -> Iterator[Problem]:
    low, high = whole(subject.targeting.get("age_min")), whole(subject.targeting.get("age_max"))
    if low is not None and not 13 <= low <= 65:
        yield Problem("targeting.age_min", f"{low}; allowed: 13 to 65", low)
    if high is not None and not 13 <= high <= 65:
        yield Problem("targeting.age_max", f"{high}; allowed: up to 65, which means 65 and over", high)
    if low is not None and high is not None and low > high:
        yield Problem("targeting.age_max", f"{high} is less than age_min, {low}", high)


def _age_range(subject: Subject) -> Iterator[Problem]:
    if "age_range" not in subject.targeting:
        return
    given = [whole(age) for age in items(subject.targeting["age_range"])]
    ages = [age for age in given if age is not None]
    if len(ages) == len(given) and (len(ages) != 2 or not 13 <= ages[0] <= ages[1] <= 65):
        message = "not two ages, the lower first, from 13 to 65"
        yield Problem("targeting.age_range", message, subject.targeting["age_range"])


def _youngest(subject: Subject) -> int:
    return max((ADULT.get(country, 18) for country in subject.countries), default=18)


def _youth(subject: Subject) -> Iterator[Problem]:
    age = whole(subject.targeting.get("age_min"))
    if age is None or (age >= 18 and ADULT.keys().isdisjoint(subject.countries)) or age >= _youngest(subject):
        return
    for name in _NOT_FOR_YOUTH:
        if subject.targeting.get(name):
            message = f"with age_min {age} people are chosen by age and place only (grown up: {_youngest(subject)})"
            yield Problem(f"targeting.{name}", message, subject.targeting[name])


def _youth_europe(subject: Subject) -> Iterator[Problem]:
    age = whole(subject.targeting.get("age_min"))
    if age is None or age >= 18:
        return
    found = sorted(subject.countries & (EEA | {"CH"})) or sorted(
        EU_GROUPS & {*texts(subject.geo.get("country_groups"))}
    )
    if found:
        yield Problem("targeting.age_min", f"{age}; nobody under 18 is shown ads in {', '.join(found)}", age)


def _numbers(subject: Subject) -> Iterator[Problem]:
    for name, (allowed, told) in _NUMBERS.items():
        if name in subject.targeting:
            for each in items(subject.targeting[name]):
                if (given := whole(each)) is not None and given not in allowed:
                    yield Problem(f"targeting.{name}", f"{given}; allowed: {told}", given)
    for each in items(subject.targeting.get("relationship_statuses")):
        if (given := whole(each)) is not None and given not in _RELATIONSHIPS:
            yield Problem("targeting.relationship_statuses", f"{given}; allowed: {listed(_RELATIONSHIPS)}", given)


def _counts(subject: Subject) -> Iterator[Problem]:
    for name, most in _COUNTS.items():
        if name in subject.targeting and (count := len(items(subject.targeting[name]))) > most:
            yield Problem(f"targeting.{name}", f"{count} entries; allowed: {most}", count)


def _flexible(subject: Subject) -> Iterator[Problem]:
    if not (groups := items(subject.targeting.get("flexible_spec"))):
        return
    if len(groups) > MOST_GROUPS:
        yield Problem("targeting.flexible_spec", f"{len(groups)} groups; allowed: {MOST_GROUPS}", len(groups))
    for place, group in rows(groups):
        count = sum(len(items(entries)) for entries in group.values())
        if count > MOST_IN_GROUP:
            message = f"{count} entries in a group; allowed: {MOST_IN_GROUP}"
            yield Problem(f"targeting.flexible_spec.{place}", message, count)


def _flexible_alone(subject: Subject) -> Iterator[Problem]:
    if subject.targeting.get("flexible_spec") and not any(subject.targeting.get(name) for name in _REACHING):
        yield Problem("targeting.flexible_spec", f"it stands without any of {', '.join(_REACHING)}")


def _exclusions(subject: Subject) -> Iterator[Problem]:
    if given := subject.targeting.get("exclusions"):
        yield Problem("targeting.exclusions", "details can no longer be excluded", given)


def _connections(subject: Subject) -> Iterator[Problem]:
    for name in _GONE:
        if subject.targeting.get(name):
            yield Problem(f"targeting.{name}", f"{name} is gone", subject.targeting[name])


def _audience_twice(subject: Subject) -> Iterator[Problem]:
    if "excluded_custom_audiences" not in subject.targeting:
        return
    wanted = {str(row.get("id")) for _, row in rows(subject.targeting.get("custom_audiences"))}
    for place, row in rows(subject.targeting["excluded_custom_audiences"]):
        if str(row.get("id")) in wanted:
            message = f"the audience {row.get('id')} is both asked for and excluded"
            yield Problem(f"targeting.excluded_custom_audiences.{place}", message, row.get("id"))


def _systems(subject: Subject) -> tuple[set[str], set[str]]:
    """Return the platforms of `user_os`, and those with a version."""
    found = [match for each in texts(subject.targeting.get("user_os")) if (match := _OS.fullmatch(each))]
    return {match[1] for match in found}, {match[1] for match in found if match[2]}


def _os(subject: Subject) -> Iterator[Problem]:
    if "user_os" not in subject.targeting:
        return
    platforms, versioned = _systems(subject)
    if versioned and len(platforms) > 1:
        message = f"{listed(texts(subject.targeting['user_os']))}: a version of one system stands with the other system"
        yield Problem("targeting.user_os", message, subject.targeting["user_os"])


def _device(subject: Subject) -> Iterator[Problem]:
    if not (devices := texts(subject.targeting.get("user_device"))):
        return
    platforms, _ = _systems(subject)
    for device in devices:
        system = "iOS" if _APPLE.search(device) else "Android" if device.lower().startswith("android") else None
        if platforms and system and system not in platforms:
            yield Problem("targeting.user_device", f"{device} does not run {listed(platforms)}", device)


def _carrier(subject: Subject) -> Iterator[Problem]:
    for given in texts(subject.targeting.get("wireless_carrier")):
        if given != "Wifi":
            yield Problem("targeting.wireless_carrier", f"{given}; known: Wifi", given)


def _safety(subject: Subject) -> Iterator[Problem]:
    for given in texts(subject.targeting.get("brand_safety_content_filter_levels")):
        if given not in _SAFETY:
            message = f"{given}; known: FACEBOOK_, AN_ or FEED_ with RELAXED, STANDARD or STRICT"
            yield Problem("targeting.brand_safety_content_filter_levels", message, given)


def _ids(subject: Subject) -> Iterator[Problem]:
    for name in _ID_LISTS:
        if name in subject.targeting:
            for place, row in rows(subject.targeting[name]):
                if text(row.get("id")) is None and whole(row.get("id")) is None:
                    yield Problem(f"targeting.{name}.{place}.id", "the id is missing", mapping(row).get("name"))


_ABOUT = "api_facts 3"
RULES: tuple[Rule, ...] = (
    Rule(
        "targeting-required",
        *("adset", "error", 100, None, "api_facts 1.2"),
        'Give targeting, at least {"geo_locations": {"countries": […]}}.',
        required("targeting"),
        create_only=True,
    ),
    Rule(
        "location-required",
        *("adset", "error", 100, 1885364, "api_facts 1.2"),
        'Give geo_locations, for example {"countries": ["US"]}, or a custom audience.',
        _location,
    ),
    Rule("ages", "adset", "error", 100, None, _ABOUT, "Give ages from 13 to 65.", _ages),
    Rule("age-range", "adset", "error", 100, None, _ABOUT, "Give [from, to], such as [25, 45].", _age_range),
    Rule("youth", "adset", "error", 100, 1870165, _ABOUT, "Raise age_min, or leave this out.", _youth),
    Rule("youth-europe", "adset", "error", 100, 3858064, _ABOUT, "Set age_min to 18 or more.", _youth_europe),
    Rule("targeting-numbers", "adset", "error", 100, None, _ABOUT, "Use the numbers allowed.", _numbers),
    Rule("targeting-counts", "adset", "error", 100, None, _ABOUT, "Shorten the list.", _counts),
    Rule("targeting-ids", "adset", "error", 100, 1487079, _ABOUT, "Look the id up with search_interests.", _ids),
    Rule("flexible-limits", "adset", "error", 100, None, _ABOUT, "Make fewer or smaller groups.", _flexible),
    Rule("flexible-alone", "adset", "error", 100, None, _ABOUT, "Add geo_locations.", _flexible_alone),
    Rule(
        "exclusions",
        *("adset", "error", 100, 2446394, _ABOUT),
        "Exclude audiences (excluded_custom_audiences) or places instead.",
        _exclusions,
    ),
    Rule(
        "connections",
        *("adset", "error", 100, 1870088, _ABOUT),
        "Use a custom audience of the Page or app instead.",
        _connections,
    ),
    Rule("audience-twice", "adset", "warning", None, None, _ABOUT, "Name it once.", _audience_twice),
    Rule("user-os", "adset", "error", 100, None, _ABOUT, "Make an ad set for each system.", _os),
    Rule("user-device", "adset", "error", 100, None, _ABOUT, "Make user_device and user_os agree.", _device),
    Rule("wireless-carrier", "adset", "warning", None, None, _ABOUT, 'Use ["Wifi"].', _carrier),
    Rule("brand-safety", "adset", "warning", None, None, _ABOUT, "Use one of the known levels.", _safety),
)
