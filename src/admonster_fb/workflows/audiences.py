"""Audiences from plain words: customer lists, what people did, and people like them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from admonster_fb.errors import MISSING, FacebookAdsError, ParameterError, Violation
from admonster_fb.models.audiences.custom import CustomAudience, CustomerFileSource, LookalikeSpec
from admonster_fb.models.audiences.rule_builder import ENGAGED, AudienceRule, RuleLike
from admonster_fb.operation import op
from admonster_fb.rules import audiences

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

Subtype = Literal["CUSTOM", "WEBSITE", "APP", "ENGAGEMENT", "VIDEO"]
SOURCES = {
    "pixel_id": ("pixel", 30),
    "app_id": ("app", 30),
    "page_id": ("page", 365),
    "instagram_id": ("ig_business", 365),
    "lead_form_id": ("lead", 90),
}
"""The kind of source that each argument names, and for how many days its events count unless `retention_days` says."""
_SENT_BESIDE = frozenset({"pixel_id", "app_id"})
"""Of these Meta also takes `retention_days` itself."""
_RATIO = Field(gt=0, le=0.2, description="0.01 to 0.20: 0.01 is the 1 % of a country most alike")


@op(
    "create_custom_audience",
    group="audience",
    access="write",
    effect="create",
    changes="customaudiences",
    past="created",
    cost="nothing; an account has 500 customer lists at most, and 10,000 audiences of websites",
    aliases={"form_id": "lead_form_id", "url": "url_contains", "days": "retention_days", "video_id": "video_ids"},
    then=("add_users_to_audience", "get_audience", "create_lookalike_audience"),
)
def create_custom_audience(
    fb: FacebookAds,
    ad_account_id: str,
    *,
    name: str,
    subtype: Annotated[Subtype, Field(description="told by the other arguments unless given")] | None = None,
    customer_file_source: Annotated[CustomerFileSource, Field(description="of a customer list")] | None = None,
    rule: RuleLike | None = None,
    retention_days: Annotated[int, Field(ge=1, le=730, description="within how many days they did it")] | None = None,
    pixel_id: str | None = None,
    app_id: str | None = None,
    page_id: str | None = None,
    instagram_id: Annotated[str, Field(description="of the business profile")] | None = None,
    lead_form_id: str | None = None,
    video_ids: list[str] | None = None,
    event: Annotated[str, Field(description="Purchase, page_messaged, …; all visitors or engaged unless given")]
    | None = None,
    url_contains: Annotated[list[str], Field(description="of a website: any of these texts in the URL")] | None = None,
    description: str | None = None,
    prefill: Annotated[bool, Field(description="also who did it before now: true unless given")] | None = None,
    is_value_based: Annotated[bool, Field(description="a list that says what each customer is worth")] | None = None,
) -> CustomAudience:
    """Create an audience: an empty customer list, or people who did something, without writing a rule.

    A list needs customer_file_source (USER_PROVIDED_ONLY for the advertiser's own). Otherwise name one source: pixel_id
    (visitors, by event or url_contains, up to 180 days), app_id, page_id or instagram_id (up to 730), lead_form_id
    (90), video_ids; or give a `rule` as Meta has it. Meta: guides/audience-rules.

    >>> shoes = create_custom_audience(fb, "act_1", name="Shoes", pixel_id=pixel_id, url_contains=["/shoes"])
    >>> shoes.rule["inclusions"]["rules"][0]["retention_seconds"]
    2592000
    """
    ids = {"pixel_id": pixel_id, "app_id": app_id, "page_id": page_id, "instagram_id": instagram_id}
    sources = {key: each for key, each in {**ids, "lead_form_id": lead_form_id}.items() if each is not None}
    said: dict[str, Any] = {"name": name, "description": description, "prefill": prefill}
    said |= {"is_value_based": is_value_based, "customer_file_source": customer_file_source}
    _one_way(subtype, rule, sources, video_ids, event, url_contains)
    if rule is not None:
        said |= {"rule": rule, "retention_days": retention_days, "pixel_id": sources.get("pixel_id")}
    elif video_ids is not None:
        watched = event or "video_watched"
        said |= {"rule": AudienceRule.videos(*video_ids, watched=watched), "retention_days": retention_days}
    elif sources:
        [(key, each)] = sources.items()
        days = retention_days or SOURCES[key][1]
        built = _rule(key, each, event, url_contains or (), days)
        said |= {"rule": built, **({"retention_days": days} if key in _SENT_BESIDE else {})}
    else:
        said |= {"subtype": "CUSTOM", "retention_days": retention_days}
    given: Any = {key: each for key, each in said.items() if each is not None}
    return fb.customaudiences.create(ad_account_id, **given)


def _one_way(
    subtype: str | None,
    rule: object,
    sources: dict[str, str],
    video_ids: object,
    event: object,
    urls: object,
) -> None:
    """Refuse arguments of which one audience cannot be made."""
    wrong: list[Violation] = []
    named = [*sources, *(["video_ids"] if video_ids is not None else [])]
    beside = [each for each in named if each != "pixel_id"] if rule is not None else []
    if beside or (rule is None and len(named) > 1):
        wrong.append(Violation(named[0], named, "one source, or a rule that names all"))
    if rule is not None and (event is not None or urls is not None):
        wrong.append(Violation("rule", "(a rule)", "a rule, or event and url_contains"))
    if urls is not None and rule is None and "pixel_id" not in sources:
        wrong.append(Violation("url_contains", urls, "with pixel_id only"))
    if subtype == "CUSTOM" and (named or rule is not None):
        wrong.append(Violation("subtype", subtype, "no CUSTOM with a source or a rule: it is a customer list"))
    if subtype not in (None, "CUSTOM") and not named and rule is None:
        wrong.append(Violation("rule", MISSING, f"a source such as pixel_id, or a rule, for {subtype}"))
    if wrong:
        raise ParameterError(wrong)


def _rule(key: str, source: str, event: str | None, urls: Sequence[str], days: int) -> AudienceRule:
    kind, _days = SOURCES[key]
    begun = AudienceRule.source(kind, source)
    if event:
        begun = begun.event(event, days=days)
    elif kind in ENGAGED:
        begun = begun.engaged(days=days)
    elif key == "app_id":
        begun = begun.event("fb_mobile_activate_app", days=days)
    else:
        begun = begun.visitors(days=days)
    return begun.url_contains(*urls) if urls else begun


_SEEDS = {"seed_audience_id": "origin_audience_id", "audience_id": "origin_audience_id", "origin_ids": "campaign_ids"}
_COUNTRIES = Field(description="where to look for people, ISO codes: US")


@op(
    "create_lookalike_audience",
    group="audience",
    access="write",
    effect="create",
    changes="customaudiences",
    past="created",
    cost="nothing; an account has 500 lookalikes at most",
    aliases={**_SEEDS, "countries": "target_countries"},
    then=("get_audience",),
)
def create_lookalike_audience(
    fb: FacebookAds,
    ad_account_id: str,
    *,
    name: str,
    origin_audience_id: Annotated[str, Field(description="whom they shall be like; 100 people at least")] | None = None,
    campaign_ids: Annotated[list[str], Field(description="or who converted on these campaigns, ad sets")] | None = None,
    page_id: Annotated[str, Field(description="or who likes this Page")] | None = None,
    target_countries: Annotated[list[str], _COUNTRIES] | None = None,
    country: Annotated[str, _COUNTRIES] | None = None,
    ratio: Annotated[float, _RATIO] = 0.01,
    starting_ratio: Annotated[float, Field(ge=0, le=0.2, description="leave out those more alike")] | None = None,
    allow_international_seeds: bool | None = None,
) -> CustomAudience:
    """Create a lookalike: people of some countries who are most like an audience, or like who converted.

    From one of origin_audience_id, campaign_ids and page_id. From a list that says what customers are worth
    (is_value_based) Meta finds people like those worth most. It fills within hours. Meta: guides/lookalike-audiences.

    >>> create_lookalike_audience(fb, "act_1", name="Like buyers", origin_audience_id=seed_audience_id,
    ...     target_countries=["US"], ratio=0.03).subtype
    'LOOKALIKE'
    """
    spec = _likeness(_countries(target_countries, country), campaign_ids, page_id)
    spec["ratio"] = ratio
    if starting_ratio is not None:
        spec["starting_ratio"] = starting_ratio
    if allow_international_seeds is not None:
        spec["allow_international_seeds"] = allow_international_seeds
    return _made(fb, ad_account_id, name, origin_audience_id, spec)


@dataclass(frozen=True, slots=True)
class Tier:
    """One of several lookalikes: from `starting_ratio` to `ratio`; `error` is why it was not made."""

    starting_ratio: float
    ratio: float
    audience: CustomAudience | None = None
    error: FacebookAdsError | None = None


@op(
    "create_lookalike_tiers",
    group="audience",
    access="write",
    effect="create",
    changes="customaudiences",
    past="created",
    call_per_object=True,
    cost="nothing; an account has 500 lookalikes at most",
    aliases={**_SEEDS, "countries": "target_countries"},
    then=("list_audiences",),
)
def create_lookalike_tiers(
    fb: FacebookAds,
    ad_account_id: str,
    *,
    name: str,
    tiers: Annotated[list[float], Field(description="where each ends: [0.01, 0.03, 0.05] is 0-1 %, 1-3 %, 3-5 %")],
    origin_audience_id: str | None = None,
    campaign_ids: list[str] | None = None,
    page_id: str | None = None,
    target_countries: Annotated[list[str], _COUNTRIES] | None = None,
    country: Annotated[str, _COUNTRIES] | None = None,
) -> list[Tier]:
    """Create lookalikes that do not overlap, the most alike first: each begins where the one before ends.

    >>> made = create_lookalike_tiers(fb, "act_1", name="Like them", tiers=[0.01, 0.02], country="US",
    ...     origin_audience_id=seed_audience_id)
    >>> [tier.audience.name for tier in made]
    ['Like them 0-1%', 'Like them 1-2%']
    """
    spec = _likeness(_countries(target_countries, country), campaign_ids, page_id)
    specs = [*_tiers(spec, tiers)]
    seed = _seed(origin_audience_id)
    params: list[dict[str, Any]] = [{"name": name, "subtype": "LOOKALIKE", "lookalike_spec": each} for each in specs]
    wrong = [] if specs else [Violation("tiers", tiers, "where each ends, such as [0.01, 0.03, 0.05]")]
    if wrong := wrong + [found for each in params for found in audiences.violations({**each, **seed})]:
        raise ParameterError({str(each): each for each in wrong}.values())
    made: list[Tier] = []
    for each in specs:
        start, end = each.get("starting_ratio", 0.0), each["ratio"]
        try:
            named = f"{name} {_percent(start)}-{_percent(end)}%"
            made.append(Tier(start, end, _made(fb, ad_account_id, named, origin_audience_id, each)))
        except FacebookAdsError as error:
            if not made:
                raise
            made.append(Tier(start, end, error=error))
    return made


def _tiers(spec: LookalikeSpec, ends: Sequence[float]) -> Iterator[LookalikeSpec]:
    start = 0.0
    for end in ends:
        each: LookalikeSpec = {**spec, "ratio": end}
        if start:
            each["starting_ratio"] = start
        yield each
        start = end


def _percent(ratio: float) -> str:
    return f"{ratio * 100:.10g}"


def _countries(several: Sequence[str] | None, one: str | None) -> list[str]:
    if (several is None) == (one is None):
        given = MISSING if one is None else "both"
        raise ParameterError([Violation("target_countries", given, 'countries such as ["US"], once')])
    found = [each.upper() for each in ([one] if one is not None else several or ())]
    if wrong := [each for each in found if not (len(each) == 2 and each.isascii() and each.isalpha())] or not found:
        raise ParameterError([Violation("target_countries", wrong, 'ISO codes of two letters such as ["US", "CA"]')])
    return found


def _likeness(countries: list[str], campaign_ids: list[str] | None, page_id: str | None) -> LookalikeSpec:
    spec: LookalikeSpec = (
        {"country": countries[0]}
        if len(countries) == 1
        else {"location_spec": {"geo_locations": {"countries": countries}}}
    )
    if campaign_ids is not None:
        return {**spec, "origin_ids": campaign_ids, "conversion_type": "campaign_conversions"}
    return spec if page_id is None else {**spec, "page_id": page_id, "conversion_type": "page_like"}


def _made(
    fb: FacebookAds, ad_account_id: str, name: str, origin_audience_id: str | None, spec: LookalikeSpec
) -> CustomAudience:
    seed: Any = _seed(origin_audience_id)
    return fb.customaudiences.create(ad_account_id, name=name, subtype="LOOKALIKE", lookalike_spec=spec, **seed)


def _seed(origin_audience_id: str | None) -> dict[str, str]:
    return {} if origin_audience_id is None else {"origin_audience_id": origin_audience_id}
