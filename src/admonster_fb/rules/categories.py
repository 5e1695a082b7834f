"""Special ad categories, and what they leave of targeting. `api_facts.md` sections 1.1 and 3 (HEC-F)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from admonster_fb.enums import SpecialAdCategory
from admonster_fb.rules._countries import EU, EU_GROUPS, EUROPE, ISO
from admonster_fb.rules.core import Problem, Rule, Subject, country_of
from admonster_fb.rules.values import items, mapping, number, rows, text, texts, whole

KNOWN = frozenset(get_args(SpecialAdCategory))
HEC_F = frozenset({"HOUSING", "EMPLOYMENT", "FINANCIAL_PRODUCTS_SERVICES", "CREDIT"})
POLITICS = "ISSUES_ELECTIONS_POLITICS"
_TOO_SMALL = ("zips", "subcities", "neighborhoods", "subneighborhoods", "electoral_districts", "electoral_district")
KM_PER_MILE = 1.609344
_LEAST_KM, _LEAST_KM_EUROPE, _LEAST_MILES = 25.0, 15.0, 15.0
_DETAILS = ("interests", "behaviors", "flexible_spec")


def _given(subject: Subject) -> list[str]:
    return texts(subject.params.get("special_ad_categories"))


def _known(subject: Subject) -> Iterator[Problem]:
    for given in _given(subject):
        if given not in KNOWN:
            yield Problem("special_ad_categories", f"{given}; allowed: {', '.join(sorted(KNOWN - {'CREDIT'}))}", given)


def _superseded(subject: Subject) -> Iterator[Problem]:
    if "CREDIT" in _given(subject):
        yield Problem("special_ad_categories", "CREDIT was superseded in January 2025", "CREDIT")


def _none_beside(subject: Subject) -> Iterator[Problem]:
    given = _given(subject)
    if "NONE" in given and len(given) > 1:
        yield Problem("special_ad_categories", f"NONE stands beside {', '.join(sorted({*given} - {'NONE'}))}", given)


def _countries(subject: Subject) -> list[str]:
    return texts(subject.params.get("special_ad_category_country"))


def _country_required(subject: Subject) -> Iterator[Problem]:
    needing = [name for name in _given(subject) if name in KNOWN - HEC_F - {"NONE"}]
    if needing and not _countries(subject):
        yield Problem("special_ad_category_country", f"{', '.join(needing)} needs the countries it is for")


def _country_default(subject: Subject) -> Iterator[Problem]:
    needing = [name for name in _given(subject) if name in HEC_F]
    if needing and not _countries(subject):
        message = f"{', '.join(needing)} without countries: Meta takes the country of the tax address"
        yield Problem("special_ad_category_country", message)


def _country_code(subject: Subject) -> Iterator[Problem]:
    for given in _countries(subject):
        if given not in ISO:
            yield Problem("special_ad_category_country", f"{given} is no ISO code of a country", given)


def _politics_eu(subject: Subject) -> Iterator[Problem]:
    banned = [code for code in _countries(subject) if code in EU]
    if POLITICS in _given(subject) and banned:
        message = f"political ads are not run in the EU since October 2025: {', '.join(banned)}"
        yield Problem("special_ad_category_country", message, banned)


def _politics_places(subject: Subject) -> Iterator[Problem]:
    if POLITICS not in subject.categories:
        return
    groups = EU_GROUPS & {*texts(subject.geo.get("country_groups"))}
    if banned := sorted(subject.countries & EU) or sorted(groups):
        message = f"political ads are not run in the EU since October 2025: {', '.join(banned)}"
        yield Problem("targeting.geo_locations", message, banned)


def _hec_f(subject: Subject) -> str | None:
    """Return the category of the campaign that narrows targeting."""
    found = subject.categories & HEC_F
    return min(found) if found else None


def _ages(subject: Subject) -> Iterator[Problem]:
    if (category := _hec_f(subject)) is None:
        return
    for name, only in (("age_min", 18), ("age_max", 65)):
        if (age := whole(subject.targeting.get(name))) not in (None, only):
            yield Problem(f"targeting.{name}", f"{age}; {category} is for all from 18 to 65 and over", age)


def _genders(subject: Subject) -> Iterator[Problem]:
    given = {whole(each) for each in items(subject.targeting.get("genders"))}
    if len(given & {1, 2}) == 1 and (category := _hec_f(subject)):
        yield Problem("targeting.genders", f"{category} is for all genders", subject.targeting["genders"])


def _too_small(subject: Subject) -> Iterator[Problem]:
    if (category := _hec_f(subject)) is None:
        return
    for kind in _TOO_SMALL:
        if subject.geo.get(kind):
            message = f"{category} may not choose places as small as {kind}"
            yield Problem(f"targeting.geo_locations.{kind}", message, subject.geo[kind])


def _no_exclusion(subject: Subject) -> Iterator[Problem]:
    if subject.excluded_geo and (category := _hec_f(subject)):
        yield Problem("targeting.excluded_geo_locations", f"{category} may not exclude places", subject.excluded_geo)


def _least_km(row: Mapping[str, Any], subject: Subject) -> float:
    """Return the least radius at a place; where nobody says in which country it lies, the smaller one."""
    home = texts(mapping(subject.campaign).get("special_ad_category_country"))
    country = country_of(row) or (home[0] if len(home) == 1 else None)
    if country is None or country in EUROPE:
        return _LEAST_KM_EUROPE
    return _LEAST_KM if text(row.get("distance_unit")) == "kilometer" else _LEAST_MILES * KM_PER_MILE


def _radius(subject: Subject) -> Iterator[Problem]:
    if (category := _hec_f(subject)) is None:
        return
    for kind in ("cities", "custom_locations", "places"):
        for place, row in rows(subject.geo.get(kind)):
            radius, unit = number(row.get("radius")), text(row.get("distance_unit")) or "mile"
            least = _least_km(row, subject)
            if radius is not None and radius * (1 if unit == "kilometer" else KM_PER_MILE) < least - 1e-6:
                message = f"{radius:g} {unit}; {category} needs 15 miles or 25 km around a place (15 km in Europe)"
                yield Problem(f"targeting.geo_locations.{kind}.{place}.radius", message, row["radius"])


def _lookalikes(subject: Subject) -> Iterator[Problem]:
    if (category := _hec_f(subject)) is None:
        return
    for place, row in rows(subject.targeting.get("custom_audiences")):
        if text(row.get("subtype")) == "LOOKALIKE":
            message = f"{category} may not use lookalikes"
            yield Problem(f"targeting.custom_audiences.{place}", message, row.get("id"))


def _details(subject: Subject) -> Iterator[Problem]:
    if (category := _hec_f(subject)) is None:
        return
    for name in _DETAILS:
        if subject.targeting.get(name):
            yield Problem(f"targeting.{name}", f"{category} has few of the {name}", subject.targeting[name])


def _terms(subject: Subject) -> Iterator[Problem]:
    certified = subject.params.get("is_sac_cfca_terms_certified") is True
    if not certified and subject.targeting.get("custom_audiences") and (category := _hec_f(subject)):
        message = f"{category} with customer lists needs the terms certified"
        yield Problem("is_sac_cfca_terms_certified", message)


_ABOUT, _HEC = "api_facts 1.1", "api_facts 3"
_BAN = "Leave EU countries out."
_OF_CATEGORY = "Leave it out, or widen it."
RULES: tuple[Rule, ...] = (
    Rule("category-known", "campaign", "error", 100, None, _ABOUT, "Use [] if none applies.", _known),
    Rule(
        "category-superseded", "campaign", "warning", 100, None, _ABOUT, "Use FINANCIAL_PRODUCTS_SERVICES.", _superseded
    ),
    Rule("category-none", "campaign", "warning", 100, None, _ABOUT, "Leave NONE out.", _none_beside),
    Rule(
        "category-country",
        *("campaign", "error", 100, None, _ABOUT),
        "Give special_ad_category_country.",
        _country_required,
        create_only=True,
    ),
    Rule(
        "category-country-default",
        *("campaign", "warning", 100, None, _ABOUT),
        "Give special_ad_category_country.",
        _country_default,
        create_only=True,
    ),
    Rule("category-country-code", "campaign", "error", 100, None, _ABOUT, "Use two capital letters.", _country_code),
    Rule("politics-eu", "campaign", "error", 100, None, _ABOUT, _BAN, _politics_eu),
    Rule("politics-eu-places", "adset", "error", 100, None, _ABOUT, _BAN, _politics_places),
    Rule("hecf-ages", "adset", "error", 100, 2909034, _HEC, "Leave ages out.", _ages),
    Rule("hecf-genders", "adset", "error", 100, 2909034, _HEC, "Leave genders out.", _genders),
    Rule("hecf-places", "adset", "error", 100, 2909034, _HEC, _OF_CATEGORY, _too_small),
    Rule("hecf-exclusion", "adset", "error", 100, 2909034, _HEC, "Leave it out.", _no_exclusion),
    Rule("hecf-radius", "adset", "error", 100, 2909034, _HEC, "Widen the radius.", _radius),
    Rule("hecf-lookalikes", "adset", "error", 100, 2909034, _HEC, "Use other audiences.", _lookalikes),
    Rule("hecf-details", "adset", "warning", 100, 2909034, _HEC, "Check them with validate_targeting.", _details),
    Rule(
        "hecf-terms",
        *("adset", "warning", 100, None, "api_facts 1.2"),
        "Set is_sac_cfca_terms_certified to true if the audience is a customer list.",
        _terms,
    ),
)
