"""Rules of targeting: ages, details, audiences, devices, Advantage+ audience, EU disclosure.

Source: `docs/meta-rules.md#targeting`, `#advantage-audience`, `#regional-rules`.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from functools import partial
from typing import Any

from admonster_fb.models.targeting import builder
from admonster_fb.money import whole
from admonster_fb.rules.categories import ADULT, DSA, EEA, EU_GROUPS
from admonster_fb.rules.core import PLACES, ParameterView, Problem, required, rule
from admonster_fb.rules.values import items, listed, mapping, rows, text, texts

DETAILS = (*builder.DETAILS, *builder.NUMBERS, "flexible_spec")
"""Detailed targeting: all except age, gender, location and language."""
HIGHEST_AGE_MIN, LOWEST_AGE_MIN, AGE_MAX = 25, 18, 65  # bounds of ages with Advantage+ audience
_WIDEST = {"age_min": LOWEST_AGE_MIN, "age_max": AGE_MAX}
_NARROWING = (*DETAILS, "custom_audiences")
_NOT_FOR_YOUTH = (*DETAILS, "genders", "custom_audiences")
_COUNTS = {
    "locales": 90,
    "custom_audiences": 500,
    "excluded_custom_audiences": 500,
    **dict.fromkeys(("work_employers", "work_positions", "education_schools", "education_majors"), 200),
}
_NUMBERS: dict[str, tuple[Container[int], str]] = {
    "genders": (range(1, 3), "1 (men), 2 (women)"),
    "education_statuses": (range(1, 14), "1 to 13"),
    "college_years": (range(1980, 10_000), "1980 and later"),
    "relationship_statuses": ((1, 2, 3, 4, 6), "1, 2, 3, 4, 6"),
}
_REACHING = ("geo_locations", "custom_audiences", "product_audience_specs", "dynamic_audience_ids")
_REACHING_TOO = ("product_audience_specs", "dynamic_audience_ids", "place_page_set_ids")
_REMOVED = ("connections", "excluded_connections", "friends_of_connections")
MAX_GROUPS, MAX_IN_GROUP = 25, 1000
_OS = re.compile(r"(iOS|Android)(_ver_.+)?")
_APPLE = re.compile(r"iphone|ipad|ipod", re.IGNORECASE)
_SAFETY = frozenset(
    f"{where}_{level}" for where in ("FACEBOOK", "AN", "FEED") for level in ("RELAXED", "STANDARD", "STRICT")
)


def has_place(geo: Mapping[str, Any]) -> bool:
    """Return whether locations name any place."""
    return any(geo.get(kind) for kind in ("countries", "country_groups", *PLACES))


@rule("location-required", "adset", "D Basic targeting", subcode=1885364)
def _location(view: ParameterView) -> Iterator[Problem]:
    """Give geo_locations, for example {"countries": ["US"]}, or a custom audience."""
    targeting = view.params.get("targeting")
    if isinstance(targeting, Mapping) and not has_place(view.geo) and not targeting.get("custom_audiences"):
        message = "a country or another place is missing, and there is no custom audience"
        enough = any(targeting.get(name) for name in _REACHING_TOO)
        sources = "D Basic targeting; not D Flexible targeting" if enough else None
        yield Problem("targeting.geo_locations", message, sources=sources)


@rule("ages", "adset", "D Basic targeting")
def _ages(view: ParameterView) -> Iterator[Problem]:
    """Give ages from 13 to 65."""
    low, high = whole(view.targeting.get("age_min")), whole(view.targeting.get("age_max"))
    if low is not None and not 13 <= low <= 65:
        yield Problem("targeting.age_min", f"{low}; allowed: 13 to 65", low)
    if high is not None and not 13 <= high <= 65:
        yield Problem("targeting.age_max", f"{high}; allowed: up to 65, which means 65 and over", high)
    if low is not None and high is not None and low > high:
        yield Problem("targeting.age_max", f"{high} is less than age_min, {low}", high)


@rule("age-range", "adset", "M the examples in Advantage audience")
def _age_range(view: ParameterView) -> Iterator[Problem]:
    """Give [from, to], such as [25, 45]."""
    if "age_range" not in view.targeting:
        return
    numbers = [whole(age) for age in items(view.targeting["age_range"])]
    ages = [age for age in numbers if age is not None]
    if len(ages) == len(numbers) and (len(ages) != 2 or not 13 <= ages[0] <= ages[1] <= 65):
        message = "not two ages, the lower first, from 13 to 65"
        yield Problem("targeting.age_range", message, view.targeting["age_range"])


@rule("youth", "adset", "D Error reference", subcode=1870165)
def _youth(view: ParameterView) -> Iterator[Problem]:
    """Raise age_min, or leave this out."""
    age = whole(view.targeting.get("age_min"))
    adult = max([18, *(ADULT[country] for country in ADULT.keys() & view.countries)])
    if age is None or age >= adult:
        return
    for name in _NOT_FOR_YOUTH:
        if view.targeting.get(name):
            message = f"with age_min {age} only age and place can be targeted (adults: {adult})"
            sources = "D Error reference, 3858064; not D Error reference, 1870165" if name == "genders" else None
            yield Problem(f"targeting.{name}", message, view.targeting[name], None, sources)
    if zips := view.geo.get("zips"):
        message = "Meta may not count zips as a place here"
        yield Problem("targeting.geo_locations.zips", message, zips, None, "F missing-checks")


@rule("youth-europe", "adset", "D Basic targeting", subcode=3858064)
def _youth_europe(view: ParameterView) -> Iterator[Problem]:
    """Set age_min to 18 or more."""
    age = whole(view.targeting.get("age_min"))
    found = sorted(view.countries & (EEA | {"CH"})) or sorted(EU_GROUPS & {*texts(view.geo.get("country_groups"))})
    if found and age is not None and age < 18:
        yield Problem("targeting.age_min", f"{age}; no ads are shown to people under 18 in {', '.join(found)}", age)


@rule("targeting-numbers", "adset", "D Basic targeting; D Advanced targeting")
def _numbers(view: ParameterView) -> Iterator[Problem]:
    """Use the numbers allowed."""
    for name, (allowed, description) in _NUMBERS.items():
        if name in view.targeting:
            for item in items(view.targeting[name]):
                if (value := whole(item)) is not None and value not in allowed:
                    yield Problem(f"targeting.{name}", f"{value}; allowed: {description}", value)


_FEWER_LOCALES, _DISAGREE = 50, "D Basic targeting; not D Targeting restrictions"


@rule("targeting-counts", "adset", "D Targeting restrictions; D Basic targeting")
def _counts(view: ParameterView) -> Iterator[Problem]:
    """Shorten the list."""
    for name, most in _COUNTS.items():
        if name in view.targeting and (count := len(items(view.targeting[name]))) > most:
            yield Problem(f"targeting.{name}", f"{count} entries; allowed: {most}", count)
        elif name == "locales" and name in view.targeting and count > _FEWER_LOCALES:
            message = f"{count} entries; Meta's pages allow {_FEWER_LOCALES} or {most}"
            yield Problem("targeting.locales", message, count, None, _DISAGREE)


@rule("flexible-limits", "adset", "D Flexible targeting")
def _flexible(view: ParameterView) -> Iterator[Problem]:
    """Make fewer or smaller groups."""
    if not (groups := items(view.targeting.get("flexible_spec"))):
        return
    if len(groups) > MAX_GROUPS:
        yield Problem("targeting.flexible_spec", f"{len(groups)} groups; allowed: {MAX_GROUPS}", len(groups))
    for place, group in rows(groups):
        count = sum(len(items(entries)) for entries in group.values())
        if count > MAX_IN_GROUP:
            message = f"{count} entries in a group; allowed: {MAX_IN_GROUP}"
            yield Problem(f"targeting.flexible_spec.{place}", message, count)


@rule("flexible-alone", "adset", "D Flexible targeting")
def _flexible_alone(view: ParameterView) -> Iterator[Problem]:
    """Add geo_locations."""
    if view.targeting.get("flexible_spec") and not any(view.targeting.get(name) for name in _REACHING):
        yield Problem("targeting.flexible_spec", f"it needs one of {', '.join(_REACHING)}")


@rule("exclusions", "adset", "D v22 changelog", subcode=2446394)
def _exclusions(view: ParameterView) -> Iterator[Problem]:
    """Exclude audiences (excluded_custom_audiences) or places instead."""
    if value := view.targeting.get("exclusions"):
        yield Problem("targeting.exclusions", "details can no longer be excluded", value)


@rule("connections", "adset", "D Error reference", subcode=1870088)
def _connections(view: ParameterView) -> Iterator[Problem]:
    """Use a custom audience of the Page or app instead."""
    for name in _REMOVED:
        if view.targeting.get(name):
            yield Problem(f"targeting.{name}", f"{name} is no longer available", view.targeting[name])


@rule("audience-twice", "adset", "F targeting", code=None)
def _audience_twice(view: ParameterView) -> Iterator[Problem]:
    """Name it once."""
    if "excluded_custom_audiences" not in view.targeting:
        return
    included = {str(row.get("id")) for _, row in rows(view.targeting.get("custom_audiences"))}
    for place, row in rows(view.targeting["excluded_custom_audiences"]):
        if str(row.get("id")) in included:
            message = f"the audience {row.get('id')} is both included and excluded"
            yield Problem(f"targeting.excluded_custom_audiences.{place}", message, row.get("id"))


def _systems(view: ParameterView) -> tuple[set[str], set[str]]:
    """Return the platforms of `user_os`, and those with a version."""
    found = [match for name in texts(view.targeting.get("user_os")) if (match := _OS.fullmatch(name))]
    return {match[1] for match in found}, {match[1] for match in found if match[2]}


@rule("user-os", "adset", "D Advanced targeting")
def _os(view: ParameterView) -> Iterator[Problem]:
    """Make an ad set for each system."""
    if "user_os" not in view.targeting:
        return
    platforms, versioned = _systems(view)
    if versioned and len(platforms) > 1:
        systems = listed(texts(view.targeting["user_os"]))
        message = f"{systems}: a version of one system cannot be combined with the other system"
        yield Problem("targeting.user_os", message, view.targeting["user_os"])


@rule("user-device", "adset", "D Advanced targeting; not M the system is guessed")
def _device(view: ParameterView) -> Iterator[Problem]:
    """Make user_device and user_os agree."""
    platforms, _ = _systems(view)
    for device in texts(view.targeting.get("user_device")):
        system = "iOS" if _APPLE.search(device) else "Android" if device.lower().startswith("android") else None
        if platforms and system and system not in platforms:
            yield Problem("targeting.user_device", f"{device} does not run {listed(platforms)}", device)


def _known_texts(name: str, known: Container[str], shown: str, view: ParameterView) -> Iterator[Problem]:
    for value in texts(view.targeting.get(name)):
        if value not in known:
            yield Problem(f"targeting.{name}", f"{value}; known: {shown}", value)


_LEVELS = "FACEBOOK_, AN_ or FEED_ with RELAXED, STANDARD or STRICT"
rule("wireless-carrier", "adset", "F targeting", fix='Use ["Wifi"].', code=None)(
    partial(_known_texts, "wireless_carrier", ("Wifi",), "Wifi")
)
rule("brand-safety", "adset", "F targeting", fix="Use one of the known levels.", code=None)(
    partial(_known_texts, "brand_safety_content_filter_levels", _SAFETY, _LEVELS)
)


@rule("targeting-ids", "adset", "D Advanced targeting", subcode=1487079)
def _ids(view: ParameterView) -> Iterator[Problem]:
    """Look the id up with search_interests."""
    for name in builder.DETAILS:
        if name in view.targeting:
            for place, row in rows(view.targeting[name]):
                if text(row.get("id")) is None and whole(row.get("id")) is None:
                    yield Problem(f"targeting.{name}.{place}.id", "the id is missing", mapping(row).get("name"))


_fix = 'Give targeting, at least {"geo_locations": {"countries": […]}}.'
rule("targeting-required", "adset", "D Ad set reference", fix=_fix, create_only=True)(required("targeting"))


def _dsa(name: str, view: ParameterView) -> Iterator[Problem]:
    reached = sorted(view.countries & DSA) or sorted(EU_GROUPS & {*texts(view.geo.get("country_groups"))})
    defaults = {name, f"default_{name}"} & view.context.dsa_defaults
    if reached and not defaults and view.text(name) is None:
        message = f"{name} is missing, and the account has no default; ads reach {', '.join(reached)}"
        yield Problem(name, message)


_fix = "Give dsa_beneficiary and dsa_payor, or set the account's defaults; neither is taken from the other."
for _name, _subcode in (("dsa_beneficiary", 3858081), ("dsa_payor", 3858079)):
    _slug, _test = _name.replace("_", "-"), partial(_dsa, _name)
    rule(_slug, "adset", "D Ad set reference", subcode=_subcode, fix=_fix, create_only=True)(_test)


# Advantage+ audience: `targeting_automation`.


def _automation(view: ParameterView) -> Mapping[str, Any]:
    return mapping(view.targeting.get("targeting_automation"))


def _restricted(view: ParameterView) -> list[str]:
    """Return the fields that narrow the audience beyond place and language and are not only suggestions."""
    targeting, relaxed = view.targeting, mapping(_automation(view).get("individual_setting"))
    found = [name for name in _NARROWING if targeting.get(name)]
    if relaxed.get("age") != 1:
        found += [name for name, widest in _WIDEST.items() if whole(targeting.get(name)) not in (None, widest)]
    if relaxed.get("gender") != 1 and len({whole(gender) for gender in items(targeting.get("genders"))} & {1, 2}) == 1:
        found.append("genders")
    return found


@rule("advantage-explicit", "adset", "R 100/1870227; D Advantage audience", subcode=1870227, create_only=True)
def _explicit(view: ParameterView) -> Iterator[Problem]:
    """Give targeting_automation={"advantage_audience": 0} to keep these limits, 1 to let Meta go beyond them."""
    targeting = view.targeting
    if targeting.get("targeting_relaxation_types") or targeting.get("targeting_optimization") == "expansion_all":
        return  # the older way to relax them
    if _automation(view).get("advantage_audience") is None and (narrowed := _restricted(view)):
        message = f"it is required, because {', '.join(narrowed)} narrow the audience"
        yield Problem("targeting.targeting_automation.advantage_audience", message)


@rule("advantage-value", "adset", "D Advantage audience")
def _advantage_value(view: ParameterView) -> Iterator[Problem]:
    """Use 0 or 1."""
    automation = _automation(view)
    value = whole(automation.get("advantage_audience"))
    if value not in (None, 0, 1):
        yield Problem("targeting.targeting_automation.advantage_audience", f"{value}; allowed: 0, 1", value)
    for name, setting in mapping(automation.get("individual_setting")).items():
        if (value := whole(setting)) not in (None, 0, 1):
            yield Problem(f"targeting.targeting_automation.individual_setting.{name}", f"{value}; allowed: 0, 1", value)


def _is_advantage_on(view: ParameterView) -> bool:
    value = _automation(view).get("advantage_audience")
    return value is True or whole(value) == 1


@rule("advantage-age-min", "adset", "R 100/1870188; D Advantage audience", subcode=1870188)
def _age_min(view: ParameterView) -> Iterator[Problem]:
    """Send the ages as age_range, a suggestion, or set advantage_audience to 0."""
    age = whole(view.targeting.get("age_min"))
    if age is not None and not LOWEST_AGE_MIN <= age <= HIGHEST_AGE_MIN and _is_advantage_on(view):
        message = f"{age}; with Advantage+ audience: {LOWEST_AGE_MIN} to {HIGHEST_AGE_MIN}"
        yield Problem("targeting.age_min", message, age)


@rule("advantage-age-max", "adset", "D Advantage audience", subcode=1870189)
def _age_max(view: ParameterView) -> Iterator[Problem]:
    """Send the ages as age_range, a suggestion, or set advantage_audience to 0."""
    age = whole(view.targeting.get("age_max"))
    if age is not None and age != AGE_MAX and _is_advantage_on(view):
        yield Problem("targeting.age_max", f"{age}; with Advantage+ audience: {AGE_MAX}", age)
