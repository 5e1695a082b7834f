"""Rules of special ad categories, and countries by law. Source: `docs/meta-rules.md#special-ad-categories`.

HEC-F: housing, employment, credit and finance. Countries are ISO 3166-1 alpha-2 codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, get_args

from admonster_fb.enums import SpecialAdCategory
from admonster_fb.models.campaign import NEW_CATEGORY
from admonster_fb.money import whole
from admonster_fb.rules.core import ParameterView, Problem, country_of, rule
from admonster_fb.rules.values import items, mapping, number, rows, text, texts

_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
_TERRITORIES = "AX GF GP MF MQ RE YT"
_REST_OF_EUROPE = "AD AL BA BY CH FO GB GG GI IM JE MC MD ME MK RS RU SM UA VA XK"
_REST = """
    AE AF AG AI AM AO AQ AR AS AU AW AZ BB BD BF BH BI BJ BL BM BN BO BQ BR BS BT BV BW BZ CA CC CD CF CG CI CK CL CM
    CN CO CR CU CV CW CX DJ DM DO DZ EC EG EH ER ET FJ FK FM GA GD GE GH GL GM GN GQ GS GT GU GW GY HK HM HN HT ID IL IN
    IO IQ IR JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LK LR LS LY MA MG MH ML MM MN MO MP MR MS MU MV MW MX MY
    MZ NA NC NE NF NG NI NP NR NU NZ OM PA PE PF PG PH PK PM PN PR PS PW PY QA RW SA SB SC SD SG SH SJ SL SN SO SR SS ST
    SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UG UM US UY UZ VC VE VG VI VN VU WF WS YE ZA ZM ZW
"""

EU = frozenset(_EU.split())
EEA = EU | {"IS", "LI", "NO"}
DSA = EEA | frozenset(_TERRITORIES.split())
"""Where ads need beneficiary and payor: the EU with the territories under its law, and the EEA."""
EUROPE = DSA | frozenset(_REST_OF_EUROPE.split())
ISO = EUROPE | frozenset(_REST.split())  # all countries, and XK, which Meta uses for Kosovo

EU_GROUPS = frozenset(
    {"android_app_store", "android_free_store", "worldwide", "europe", "eea", "euro_area", "itunes_app_store"}
)
"""Country groups that contain countries of the EU."""

ADULT = {"TH": 20, "ID": 21}  # the age of adults where it is not 18. Source: `docs/meta-rules.md#targeting-limits`.

INSTEAD = {"UK": "GB", "EN": "GB", "EL": "GR", "USA": "US", "GER": "DE"}  # common wrong codes, and the right ones

KNOWN = frozenset(get_args(SpecialAdCategory))
HEC_F = frozenset({"HOUSING", "EMPLOYMENT", "FINANCIAL_PRODUCTS_SERVICES", "CREDIT"})
_CREDIT = frozenset({"FINANCIAL_PRODUCTS_SERVICES", "CREDIT"})  # categories that may choose ages in Europe
POLITICS = "ISSUES_ELECTIONS_POLITICS"
_TOO_SMALL = (
    *("zips", "subcities", "neighborhoods", "subneighborhoods", "electoral_districts", "electoral_district"),
    *("small_geo_areas", "metro_areas"),
)
KM_PER_MILE = 1.609344
_LEAST_KM, _LEAST_KM_EUROPE, _LEAST_MILES = 25.0, 15.0, 15.0
_DEMOGRAPHICS = (
    *("behaviors", "life_events", "industries", "income", "family_statuses", "work_employers", "work_positions"),
    *("education_schools", "education_majors", "education_statuses", "college_years", "relationship_statuses"),
)


def _categories(view: ParameterView) -> list[str]:
    return texts(view.params.get("special_ad_categories"))


@rule("category-known", "campaign", "D Special ad category; S enum")
def _known(view: ParameterView) -> Iterator[Problem]:
    """Use [] if none applies."""
    for value in _categories(view):
        if value not in KNOWN and not re.fullmatch(NEW_CATEGORY, value):  # a new one: `category-unknown` warns
            known = ", ".join(sorted(KNOWN - {"CREDIT"}))
            yield Problem("special_ad_categories", f"{value} is not one of {known}", value)


@rule("category-superseded", "campaign", "F special-ad-categories")
def _superseded(view: ParameterView) -> Iterator[Problem]:
    """Use FINANCIAL_PRODUCTS_SERVICES."""
    if "CREDIT" in _categories(view):
        yield Problem("special_ad_categories", "CREDIT was superseded in January 2025", "CREDIT")


@rule("category-none", "campaign", "F special-ad-categories")
def _none_with_others(view: ParameterView) -> Iterator[Problem]:
    """Leave NONE out."""
    value = _categories(view)
    if "NONE" in value and len(value) > 1:
        yield Problem("special_ad_categories", f"NONE is combined with {', '.join(sorted({*value} - {'NONE'}))}", value)


def _countries(view: ParameterView) -> list[str]:
    return texts(view.params.get("special_ad_category_country"))


def _country(names: frozenset[str], why: str, view: ParameterView) -> Iterator[Problem]:
    needing = [name for name in _categories(view) if name in names]
    if needing and not _countries(view):
        yield Problem("special_ad_category_country", f"{', '.join(needing)} {why}")


for _slug, _sources, _names, _why in (
    ("", "D Campaign reference", KNOWN - HEC_F - {"NONE"}, "needs the countries that it is for"),
    ("-default", "F special-ad-categories", HEC_F, "without countries: Meta uses the country of the tax address"),
):
    _test, _fix = partial(_country, _names, _why), "Give special_ad_category_country."
    rule(f"category-country{_slug}", "campaign", _sources, fix=_fix, create_only=True)(_test)


@rule("category-country-code", "campaign", "M from memory")
def _country_code(view: ParameterView) -> Iterator[Problem]:
    """Use two capital letters."""
    for value in _countries(view):
        if value not in ISO:
            sure = value.upper() in ISO or value.upper() in INSTEAD or len(value) != 2 or not value.isupper()
            message = f"{value} is not an ISO code of a country"
            sources = "D Campaign reference" if sure else None
            yield Problem("special_ad_category_country", message, value, None, sources)


@rule("politics-eu", "campaign", "D v24 changelog")
def _politics_eu(view: ParameterView) -> Iterator[Problem]:
    """Leave EU countries out."""
    banned = [code for code in _countries(view) if code in EU]
    if POLITICS in _categories(view) and banned:
        message = f"political ads do not run in the EU since October 2025: {', '.join(banned)}"
        yield Problem("special_ad_category_country", message, banned)


@rule("politics-eu-places", "adset", "D v24 changelog")
def _politics_places(view: ParameterView) -> Iterator[Problem]:
    """Leave EU countries out."""
    groups = EU_GROUPS & {*texts(view.geo.get("country_groups"))}
    banned = sorted(view.countries & EU) or sorted(groups)
    if banned and POLITICS in view.categories:
        message = f"political ads do not run in the EU since October 2025: {', '.join(banned)}"
        yield Problem("targeting.geo_locations", message, banned)


def _hec_f(view: ParameterView) -> str | None:
    """Return the category of the campaign that restricts targeting."""
    return min(view.categories & HEC_F, default=None)


@rule("hecf-ages", "adset", "D Special ad category", subcode=2909034)
def _ages(view: ParameterView) -> Iterator[Problem]:
    """Leave ages out."""
    if (category := _hec_f(view)) is None:
        return
    sources = None
    if view.categories <= _CREDIT and (countries := view.countries):
        if countries <= EUROPE:
            return
        sources = None if countries.isdisjoint(EUROPE) else "D Special ad category; not D Special ad category, Europe"
    for name, only in (("age_min", 18), ("age_max", 65)):
        if (age := whole(view.targeting.get(name))) not in (None, only):
            message = f"{age}; {category} must include all ages from 18 to 65+"
            yield Problem(f"targeting.{name}", message, age, None, sources)


@rule("hecf-genders", "adset", "D Special ad category", subcode=2909034)
def _genders(view: ParameterView) -> Iterator[Problem]:
    """Leave genders out."""
    value = {whole(each) for each in items(view.targeting.get("genders"))}
    if len(value & {1, 2}) == 1 and (category := _hec_f(view)):
        yield Problem("targeting.genders", f"{category} must include all genders", view.targeting["genders"])


@rule("hecf-places", "adset", "D Special ad category", subcode=2909034)
def _too_small(view: ParameterView) -> Iterator[Problem]:
    """Leave it out, or widen it."""
    category = _hec_f(view)
    for kind in _TOO_SMALL if category else ():
        if view.geo.get(kind):
            message = f"{category} cannot target places as small as {kind}"
            yield Problem(f"targeting.geo_locations.{kind}", message, view.geo[kind])


@rule("hecf-exclusion", "adset", "D Special ad category", subcode=2909034)
def _no_exclusion(view: ParameterView) -> Iterator[Problem]:
    """Leave it out."""
    if view.excluded_geo and (category := _hec_f(view)):
        yield Problem("targeting.excluded_geo_locations", f"{category} cannot exclude places", view.excluded_geo)


def _least_km(row: Mapping[str, Any], view: ParameterView) -> float:
    """Return the minimum radius around a place; the smaller one if its country is not known."""
    home = texts(mapping(view.campaign).get("special_ad_category_country"))
    country = country_of(row) or (home[0] if len(home) == 1 else None)
    if country is None or country in EUROPE:
        return _LEAST_KM_EUROPE
    return _LEAST_KM if text(row.get("distance_unit")) == "kilometer" else _LEAST_MILES * KM_PER_MILE


@rule("hecf-radius", "adset", "D Special ad category", subcode=2909034)
def _radius(view: ParameterView) -> Iterator[Problem]:
    """Widen the radius."""
    category = _hec_f(view)
    for kind in ("cities", "custom_locations", "places") if category else ():
        for place, row in rows(view.geo.get(kind)):
            radius, unit = number(row.get("radius")), text(row.get("distance_unit")) or "mile"
            least = _least_km(row, view)
            if radius is not None and radius * (1 if unit == "kilometer" else KM_PER_MILE) < least - 1e-6:
                message = f"{radius:g} {unit}; {category} needs 15 miles or 25 km around a place (15 km in Europe)"
                yield Problem(f"targeting.geo_locations.{kind}.{place}.radius", message, row["radius"])


@rule("hecf-lookalikes", "adset", "D Special ad category", subcode=2909034)
def _lookalikes(view: ParameterView) -> Iterator[Problem]:
    """Use other audiences."""
    category = _hec_f(view)
    for place, row in rows(view.targeting.get("custom_audiences") if category else ()):
        if text(row.get("subtype")) == "LOOKALIKE":
            message = f"{category} cannot use lookalikes"
            yield Problem(f"targeting.custom_audiences.{place}", message, row.get("id"))


def _details(names: tuple[str, ...], why: str, view: ParameterView) -> Iterator[Problem]:
    """Yield a problem with each list of detailed targeting, in `flexible_spec` too."""
    category, groups = _hec_f(view), rows(view.targeting.get("flexible_spec"))
    holders = ("", view.targeting), *((f"flexible_spec.{place}.", group) for place, group in groups)
    for path, holder in holders if category else ():
        for name in names:
            if entries := holder.get(name):
                yield Problem(f"targeting.{path}{name}", f"{category} {why} {name}", entries)


rule("hecf-demographics", "adset", "D Special ad category", subcode=2909034, fix="Leave them out.")(
    partial(_details, _DEMOGRAPHICS, "cannot target")
)
rule("hecf-details", "adset", "F special-ad-categories", subcode=2909034, fix="Check them with validate_targeting.")(
    partial(_details, ("interests",), "allows few of the")
)


@rule("category-destination", "adset", "D Click to multidestination; D Instagram profile visit")
def _destination(view: ParameterView) -> Iterator[Problem]:
    """Use another destination_type, such as MESSENGER or WHATSAPP alone."""
    value = view.text("destination_type") or ""
    if view.categories and (value.startswith("MESSAGING_") or value == "INSTAGRAM_PROFILE"):
        message = f"{value} is not for the special ad category {', '.join(sorted(view.categories))}"
        yield Problem("destination_type", message, value)


@rule("hecf-terms", "adset", "F special-ad-categories")
def _terms(view: ParameterView) -> Iterator[Problem]:
    """Set is_sac_cfca_terms_certified to true if the audience is a customer list."""
    certified = view.params.get("is_sac_cfca_terms_certified") is True
    if not certified and view.targeting.get("custom_audiences") and (category := _hec_f(view)):
        message = f"{category} with customer lists needs the terms certified"
        yield Problem("is_sac_cfca_terms_certified", message)
