"""Audiences from plain arguments: customer lists, people by what they did, and lookalikes."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from admonster_fb.client import FacebookAds
from admonster_fb.errors import MISSING, FacebookAdsError, InvalidParameterError, ParameterError, Violation, refused
from admonster_fb.models._params import Extra, Open, given
from admonster_fb.models.audiences.custom import CustomAudience, CustomerFileSource, LookalikeSpec
from admonster_fb.models.audiences.rule_builder import ENGAGED, AudienceRule, RuleLike
from admonster_fb.operation import ops_of
from admonster_fb.rules import audiences

op = ops_of("audience", "customaudiences")
Subtype = Literal["CUSTOM", "WEBSITE", "APP", "ENGAGEMENT", "VIDEO"]
SOURCES = {
    "pixel_id": ("pixel", 30),
    "app_id": ("app", 30),
    "page_id": ("page", 365),
    "instagram_id": ("ig_business", 365),
    "lead_form_id": ("lead", 90),
}
"""The event source type of each argument, and its default `retention_days`."""
_WITH_RETENTION = frozenset({"pixel_id", "app_id"})
"""Sources for which Meta also takes `retention_days` outside the rule."""
_DAYS = Field(ge=1, le=730, description="number of days for which an action counts")
_EVENT = Field(description="Purchase, page_messaged, … Default: all visitors, or all engaged people")
_URL_PARTS = Field(description="texts, one of which the website's URL contains")
_RATIO = Field(gt=0, le=0.2, description="0.01 to 0.20: 0.01 is the most similar 1 % of a country")


@op(
    "create_custom_audience",
    effect="create",
    cost="nothing; an account has 500 customer lists at most, and 10,000 audiences of websites",
    aliases={"form_id": "lead_form_id", "url": "url_contains", "days": "retention_days", "video_id": "video_ids"},
    then=("add_users_to_audience", "get_audience", "create_lookalike_audience"),
    judge=lambda _, params: refused(_check_arguments, params, {key: params[key] for key in SOURCES if key in params}),
)
def create_custom_audience(
    fb: FacebookAds,
    ad_account_id: str,
    *,
    name: str,
    subtype: Annotated[Subtype, Field(description="Default: derived from the other arguments")] | None = None,
    customer_file_source: Annotated[CustomerFileSource, Open(), Field(description="of a customer list")] | None = None,
    rule: RuleLike | None = None,
    retention_days: Annotated[int, _DAYS] | None = None,
    pixel_id: str | None = None,
    app_id: str | None = None,
    page_id: str | None = None,
    instagram_id: Annotated[str, Field(description="of the business profile")] | None = None,
    lead_form_id: str | None = None,
    video_ids: list[str] | None = None,
    event: Annotated[str, _EVENT] | None = None,
    url_contains: Annotated[list[str], _URL_PARTS] | None = None,
    description: str | None = None,
    prefill: Annotated[bool, Field(description="include people who did it in the past. Default: true")] | None = None,
    is_value_based: Annotated[bool, Field(description="a list with the value of each customer")] | None = None,
    extra: Extra | None = None,
) -> CustomAudience:
    """Create a custom audience. It is an empty customer list, or people who did something: no rule to write.

    A customer list needs customer_file_source (USER_PROVIDED_ONLY for the advertiser's own data). Other audiences need
    one source: pixel_id (visitors, by event or url_contains, up to 180 days), app_id, page_id or instagram_id (up to
    730), lead_form_id (90), video_ids; or a `rule` in Meta's format. See guides/audience-rules at Meta.

    >>> shoes = create_custom_audience(fb, "act_1", name="Shoes", pixel_id=pixel_id, url_contains=["/shoes"],
    ...     retention_days=30)
    >>> shoes.rule["inclusions"]["rules"][0]["retention_seconds"]
    2592000
    """
    ids = given(pixel_id=pixel_id, app_id=app_id, page_id=page_id, instagram_id=instagram_id)
    sources = {**ids, **given(lead_form_id=lead_form_id)}
    params: dict[str, Any] = {"name": name, "description": description, "prefill": prefill}
    params |= {"is_value_based": is_value_based, "customer_file_source": customer_file_source, "extra": extra}
    rest = {"subtype": subtype, "rule": rule, "video_ids": video_ids, "event": event, "url_contains": url_contains}
    _check_arguments(rest, sources)
    if rule is not None:
        params |= {"rule": rule, "retention_days": retention_days, "pixel_id": sources.get("pixel_id")}
    elif video_ids is not None:
        watched = event or "video_watched"
        params |= {"rule": AudienceRule.videos(*video_ids, watched=watched), "retention_days": retention_days}
    elif sources:
        [(name_of_source, source_id)] = sources.items()
        days = retention_days or SOURCES[name_of_source][1]
        params["rule"] = _rule(name_of_source, source_id, event, url_contains or (), days)
        params |= {"retention_days": days} if name_of_source in _WITH_RETENTION else {}
    else:
        params |= {"subtype": "CUSTOM", "retention_days": retention_days}
    return fb.customaudiences.create(ad_account_id, **given(**params))


def _check_arguments(params: Mapping[str, Any], sources: Mapping[str, str]) -> None:
    names = ("subtype", "rule", "video_ids", "event", "url_contains")
    subtype, rule, video_ids, event, urls = map(params.get, names)
    violations: list[Violation] = []
    named = [*sources, *(["video_ids"] if video_ids is not None else [])]
    extra = [name for name in named if name != "pixel_id"] if rule is not None else []
    if extra or (rule is None and len(named) > 1):
        violations.append(Violation(named[0], named, "one source, or a rule with all sources"))
    if rule is not None and (event is not None or urls is not None):
        violations.append(Violation("rule", "(a rule)", "a rule, or event and url_contains"))
    if urls is not None and rule is None and "pixel_id" not in sources:
        violations.append(Violation("url_contains", urls, "no value without pixel_id"))
    if subtype == "CUSTOM" and (named or rule is not None):
        allowed = "another subtype, or none: CUSTOM is a customer list without source and rule"
        violations.append(Violation("subtype", subtype, allowed))
    if subtype not in (None, "CUSTOM") and not named and rule is None:
        violations.append(Violation("rule", MISSING, f"a source such as pixel_id, or a rule, for {subtype}"))
    if violations:
        raise ParameterError(violations)


def _rule(key: str, source: str, event: str | None, urls: Sequence[str], days: int) -> AudienceRule:
    kind, _ = SOURCES[key]
    rule = AudienceRule.source(kind, source)
    if event:
        rule = rule.event(event, days=days)
    elif kind in ENGAGED:
        rule = rule.engaged(days=days)
    elif key == "app_id":
        rule = rule.event("fb_mobile_activate_app", days=days)
    else:
        rule = rule.visitors(days=days)
    return rule.url_contains(*urls) if urls else rule


_SEEDS = {"seed_audience_id": "origin_audience_id", "audience_id": "origin_audience_id", "origin_ids": "campaign_ids"}
_lookalikes = functools.partial(
    op,
    effect="create",
    cost="nothing; an account has 500 lookalikes at most",
    aliases={**_SEEDS, "countries": "target_countries"},
    judge=lambda _, params: refused(_countries, params.get("target_countries"), params.get("country")),
)
_STARTING_RATIO = Field(ge=0, le=0.2, description="excludes the more similar people up to this ratio")
_CONVERTED = Field(description="or: people who converted on these campaigns or ad sets")
_TIERS = Field(description="the upper ratio of each: [0.01, 0.03, 0.05] is 0-1 %, 1-3 %, 3-5 %")
_COUNTRIES = Field(description="countries of the lookalike, ISO codes: US")


@_lookalikes("create_lookalike_audience", then=("get_audience",))
def create_lookalike_audience(
    fb: FacebookAds,
    ad_account_id: str,
    *,
    name: str,
    origin_audience_id: Annotated[str, Field(description="the source audience, at least 100 people")] | None = None,
    campaign_ids: Annotated[list[str], _CONVERTED] | None = None,
    page_id: Annotated[str, Field(description="or: people who like this Page")] | None = None,
    target_countries: Annotated[list[str], _COUNTRIES] | None = None,
    country: Annotated[str, _COUNTRIES] | None = None,
    ratio: Annotated[float, _RATIO] = 0.01,
    starting_ratio: Annotated[float, _STARTING_RATIO] | None = None,
    allow_international_seeds: bool | None = None,
) -> CustomAudience:
    """Create a lookalike of an audience. Or of people who converted: those who are most similar.

    Pass one of origin_audience_id, campaign_ids and page_id. From a list with customer values (is_value_based) Meta
    finds people similar to the most valuable. It fills within hours. See guides/lookalike-audiences at Meta.

    >>> create_lookalike_audience(fb, "act_1", name="Like buyers", origin_audience_id=seed_audience_id,
    ...     target_countries=["US"], ratio=0.03).subtype
    'LOOKALIKE'
    """
    spec = _lookalike_spec(_countries(target_countries, country), campaign_ids, page_id)
    spec |= given(ratio=ratio, starting_ratio=starting_ratio, allow_international_seeds=allow_international_seeds)
    return _create_lookalike(fb, ad_account_id, name, origin_audience_id, spec)


@dataclass(frozen=True, slots=True)
class Tier:
    """One of several lookalikes, from `starting_ratio` to `ratio`; `error` if it was not created."""

    starting_ratio: float
    ratio: float
    audience: CustomAudience | None = None
    error: FacebookAdsError | None = None


@_lookalikes("create_lookalike_tiers", call_per_object=True, then=("list_audiences",))
def create_lookalike_tiers(
    fb: FacebookAds,
    ad_account_id: str,
    *,
    name: str,
    tiers: Annotated[list[float], _TIERS],
    origin_audience_id: str | None = None,
    campaign_ids: list[str] | None = None,
    page_id: str | None = None,
    target_countries: Annotated[list[str], _COUNTRIES] | None = None,
    country: Annotated[str, _COUNTRIES] | None = None,
) -> list[Tier]:
    """Create lookalikes that do not overlap. Most similar first: each begins where the previous one ends.

    >>> created = create_lookalike_tiers(fb, "act_1", name="Like them", tiers=[0.01, 0.02], country="US",
    ...     origin_audience_id=seed_audience_id)
    >>> [tier.audience.name for tier in created]
    ['Like them 0-1%', 'Like them 1-2%']
    """
    spec = _lookalike_spec(_countries(target_countries, country), campaign_ids, page_id)
    pairs = zip([0.0, *tiers], tiers, strict=False)
    specs: list[LookalikeSpec] = [{**spec, "ratio": end, **given(starting_ratio=start or None)} for start, end in pairs]
    params = {"name": name, "subtype": "LOOKALIKE", **given(origin_audience_id=origin_audience_id)}
    violations = [] if specs else [Violation("tiers", tiers, "the upper ratio of each, such as [0.01, 0.03, 0.05]")]
    violations += [found for tier in specs for found in audiences.violations({**params, "lookalike_spec": tier})]
    if violations:
        raise ParameterError({str(violation): violation for violation in violations}.values())
    created: list[Tier] = []
    for tier in specs:
        start, end = tier.get("starting_ratio", 0.0), tier["ratio"]
        tier_name = f"{name} {start * 100:.10g}-{end * 100:.10g}%"
        try:
            created.append(Tier(start, end, _create_lookalike(fb, ad_account_id, tier_name, origin_audience_id, tier)))
        except FacebookAdsError as error:
            if not created:
                raise
            created.append(Tier(start, end, error=error))
    return created


def _countries(several: Sequence[str] | None, one: str | None) -> list[str]:
    if (several is None) == (one is None):
        value = MISSING if one is None else "both"
        raise ParameterError([Violation("target_countries", value, 'countries such as ["US"], or country, once')])
    codes = [code.upper() for code in ([one] if one is not None else several or ())]
    if invalid := [code for code in codes if not (len(code) == 2 and code.isascii() and code.isalpha())] or not codes:
        raise ParameterError([Violation("target_countries", invalid, 'ISO codes of two letters such as ["US", "CA"]')])
    return codes


def _lookalike_spec(countries: list[str], campaign_ids: list[str] | None, page_id: str | None) -> LookalikeSpec:
    spec: LookalikeSpec = {"country": countries[0]}
    if len(countries) > 1:
        spec = {"location_spec": {"geo_locations": {"countries": countries}}}
    if campaign_ids is not None:
        return {**spec, "origin_ids": campaign_ids, "conversion_type": "campaign_conversions"}
    return spec if page_id is None else {**spec, "page_id": page_id, "conversion_type": "page_like"}


def _create_lookalike(
    fb: FacebookAds, ad_account_id: str, name: str, origin_audience_id: str | None, spec: LookalikeSpec
) -> CustomAudience:
    seed = given(origin_audience_id=origin_audience_id)
    try:
        return fb.customaudiences.create(ad_account_id, name=name, subtype="LOOKALIKE", lookalike_spec=spec, **seed)
    except InvalidParameterError as error:
        with suppress(FacebookAdsError):
            source = fb.customaudiences.get(origin_audience_id, fields=["time_created"]) if origin_audience_id else None
            created = source.time_created if source else None
            if isinstance(created, datetime) and fb.now() - created < timedelta(days=1):
                wait = "Wait some hours until get_audience shows its size, then call again."
                error.advice = f"Audience {origin_audience_id} is new. {wait}"
        raise
