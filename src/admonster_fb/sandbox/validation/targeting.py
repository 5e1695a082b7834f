"""Targeting of ad sets: locations, ages, the Advantage+ flag, legal rules (`docs/meta-rules.md`, Targeting)."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox import need
from admonster_fb.sandbox.catalog.nodes import OPTION_BY_ID, PAGES
from admonster_fb.sandbox.convert import listed, mapping, whole
from admonster_fb.sandbox.errors import bad_param, invalid, refuse
from admonster_fb.sandbox.validation import options, places
from admonster_fb.sandbox.validation.case import Case

LIMITS = {
    # One page says 50, another 90.
    "locales": 90,
    "flexible_spec": 25,
    "custom_audiences": 500,
    "excluded_custom_audiences": 500,
    **dict.fromkeys(PAGES, 200),
}
GENDERS = frozenset({1, 2})
AGES = range(13, 66)
ADULT, OLDEST = 18, 65
# The highest minimum age that an Advantage+ audience takes as a control.
ADVANTAGE_AGE = 25
# They reach somebody without a country.
REACHING = ("custom_audiences", "product_audience_specs", "dynamic_audience_ids", "place_page_set_ids")
# What narrows an audience by interests and the like; forbidden for minors.
DETAILED = (*options.DETAILED, "flexible_spec")
# Other lists, without a documented limit.
OTHER_LISTS = ("genders", "user_os", "user_device", "excluded_user_device", "wireless_carrier")
SETTINGS = ("age", "gender", "geo", "device")
CONNECTIONS = ("connections", "excluded_connections", "friends_of_connections")
# Housing, employment, finance: audiences may not be narrowed by what describes people.
SPECIAL = frozenset({"HOUSING", "EMPLOYMENT", "FINANCIAL_PRODUCTS_SERVICES", "CREDIT"})
SPECIAL_PLACES = ("zips", "subcities", "neighborhoods", "electoral_districts", "small_geo_areas", "metro_areas")
# In Europe, ads for these may choose ages.
CREDIT = frozenset({"FINANCIAL_PRODUCTS_SERVICES", "CREDIT"})
TRANSPARENCY = (("dsa_payor", 3858079), ("dsa_beneficiary", 3858081))


def check_audience(case: Case) -> None:
    """Refuse targeting without a place, malformed lists, unknown ids, ages that cannot be, and narrowed minors."""
    check_spec(case.mapping("targeting"))


def check_spec(targeting: dict[str, Any]) -> None:
    """Refuse a spec that is invalid on its own, wherever it is sent."""
    _check_shape(targeting)
    places.check_geo(targeting)
    if not any(places.geo_of(targeting).get(kind) for kind in places.LISTS) and not any(
        targeting.get(name) for name in REACHING
    ):
        raise refuse(1885364, "targeting")
    if any(targeting.get(name) for name in CONNECTIONS):
        raise refuse(1870088, "targeting")
    _check_ages(targeting)
    _check_settings(targeting)
    _check_minors(targeting)
    options.check_options(targeting)


def check_advantage_flag(case: Case) -> None:
    """Refuse a narrowed audience without the Advantage+ flag."""
    targeting = case.mapping("targeting")
    flag = _advantage(targeting)
    # Targeting relaxed in the older way needs no flag (advantage_audience.json).
    relaxed = targeting.get("targeting_relaxation_types") and targeting.get("targeting_optimization") == "expansion_all"
    if flag is None and not relaxed and _is_narrowed(targeting):
        raise refuse(1870227, "targeting")
    if flag not in (None, 0, 1):
        raise bad_param("Param targeting[targeting_automation][advantage_audience] must be one of {0, 1}")


def check_advantage_ages(case: Case) -> None:
    """Refuse ages as controls that an Advantage+ audience only takes as suggestions."""
    targeting = case.mapping("targeting")
    flag = _advantage(targeting)
    if flag != 1:
        return
    youngest, oldest = _age(targeting, "age_min"), _age(targeting, "age_max")
    if youngest is not None and youngest > ADVANTAGE_AGE:
        raise refuse(1870188, "targeting")
    if (youngest is not None and youngest < ADULT) or (oldest is not None and oldest != OLDEST):
        raise refuse(1870189, "targeting")


def check_special_category(case: Case) -> None:
    """Refuse what campaigns for housing, jobs and credit may not narrow."""
    campaign = case.parent("campaign_id", "Campaign")
    categories = set(campaign.data.get("special_ad_categories") or ()) - {"NONE"} if campaign else set()
    destination = str(case.value("destination_type"))
    if categories and (destination.startswith("MESSAGING_") or destination == "INSTAGRAM_PROFILE"):
        text = "Campaigns with a special ad category can't use this destination."
        raise invalid("destination_type", "Destination Not Available", text)
    if not SPECIAL & categories:
        return
    targeting = case.mapping("targeting")
    located = places.geo_of(targeting)
    if (
        not _has_ages_of(categories & SPECIAL, targeting)
        or set(listed(targeting.get("genders"))) not in (set(), GENDERS)
        or targeting.get("excluded_geo_locations")
        or any(located.get(kind) for kind in SPECIAL_PLACES)
        or not places.is_wide_enough(targeting)
        or _is_personal(targeting)
        or any(_is_lookalike(case, audience) for audience in listed(targeting.get("custom_audiences")))
    ):
        raise refuse(2909034, "targeting")


def _has_ages_of(categories: set[str], targeting: dict[str, Any]) -> bool:
    """Return whether ages are all, or may be chosen: for credit in Europe, and where places are mixed (open)."""
    if categories <= CREDIT and places.countries_of(targeting) & places.EUROPE:
        return True
    return ((_age(targeting, "age_min") or ADULT), (_age(targeting, "age_max") or OLDEST)) == (ADULT, OLDEST)


def _is_personal(targeting: dict[str, Any]) -> bool:
    """Return whether an audience is narrowed by what people are or do, rather than by what they like."""
    groups = options.groups_of(targeting)
    if any(group.get(kind) for group in groups for kind in options.DETAILED if kind != "interests"):
        return True
    found = (OPTION_BY_ID.get(name) for group in groups for name in options.option_ids(group, "interests"))
    return any(option and option.is_personal for option in found)


def _is_lookalike(case: Case, audience: Any) -> bool:
    node = case.store.get(str(audience.get("id"))) if isinstance(audience, dict) else None
    return node is not None and node.data.get("subtype") == "LOOKALIKE"


def check_transparency(case: Case) -> None:
    """Refuse ads for the European Union without beneficiary and payer."""
    if not places.touches_union(case.mapping("targeting")):
        return
    for name, subcode in TRANSPARENCY:
        # Each is filled from its own default, never from the other.
        if not case.value(name) and not case.account.data.get(f"default_{name}"):
            raise refuse(subcode, name)


def _check_shape(targeting: dict[str, Any]) -> None:
    for name in (*LIMITS, *DETAILED, *OTHER_LISTS):
        value = targeting.get(name)
        if value is None:
            continue
        need.items(f"targeting[{name}]", value)
        if len(value) > LIMITS.get(name, len(value)):
            raise bad_param(f"param targeting[{name}] must have at most {LIMITS[name]} elements.")
    if {whole(gender) for gender in targeting.get("genders") or ()} - GENDERS:
        raise bad_param("Param targeting[genders] must be one of {1, 2}")


def _check_ages(targeting: dict[str, Any]) -> None:
    for name in ("age_min", "age_max"):
        if targeting.get(name) is not None and whole(targeting[name]) is None:
            raise bad_param(f"Param targeting[{name}] must be an integer")
        if (age := _age(targeting, name)) is not None and age not in AGES:
            raise bad_param(f"Param targeting[{name}] must be between {AGES[0]} and {AGES[-1]}")
    if (_age(targeting, "age_min") or ADULT) > (_age(targeting, "age_max") or OLDEST):
        raise bad_param("Param targeting[age_min] must not be greater than targeting[age_max]")


def _check_settings(targeting: dict[str, Any]) -> None:
    settings = mapping(mapping(targeting.get("targeting_automation")).get("individual_setting"))
    for name in SETTINGS:
        if whole(settings.get(name, 0)) not in (0, 1):
            where = f"targeting[targeting_automation][individual_setting][{name}]"
            raise bad_param(f"Param {where} must be one of {{0, 1}}")


def _check_minors(targeting: dict[str, Any]) -> None:
    youngest = _age(targeting, "age_min")
    if youngest is None:
        return
    countries = places.countries_of(targeting)
    adult = max((places.ADULT_AT.get(country, ADULT) for country in countries), default=ADULT)
    if youngest >= adult:
        return
    # Meta's texts disagree on genders.
    narrowed = any(targeting.get(name) for name in (*DETAILED, "custom_audiences"))
    if narrowed or (youngest < ADULT and countries & places.NO_MINORS):
        raise refuse(1870165, "targeting")


def _is_narrowed(targeting: dict[str, Any]) -> bool:
    """Return whether an audience is anything but places and adults: only the plain setup has Advantage+ by default."""
    return (
        (_age(targeting, "age_min") or ADULT) != ADULT
        or (_age(targeting, "age_max") or OLDEST) != OLDEST
        or any(targeting.get(name) for name in (*DETAILED, "genders", "custom_audiences"))
    )


def _advantage(targeting: dict[str, Any]) -> Any:
    flag = mapping(targeting.get("targeting_automation")).get("advantage_audience")
    if isinstance(flag, bool):
        return int(flag)
    return flag if flag is None or whole(flag) is None else whole(flag)


def _age(targeting: dict[str, Any], name: str) -> int | None:
    return whole(targeting.get(name))
