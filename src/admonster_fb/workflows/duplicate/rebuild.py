"""A campaign that exists read as a launch of another: in another account, or with another budget, audience, link."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, with_config
from typing_extensions import TypedDict

from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models._facts import Fact
from admonster_fb.models._params import STRICT, MinorUnits
from admonster_fb.models.ad import Ad
from admonster_fb.models.adcreative import AdCreative, LinkData
from admonster_fb.models.adset import AdSet, AdSetCreate
from admonster_fb.models.campaign import BUDGETS, Campaign
from admonster_fb.models.targeting.builder import Targeting, TargetingLike
from admonster_fb.services._base import account_id

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

Spec = dict[str, Any]


@with_config(STRICT)
class Overrides(TypedDict, total=False):
    """What a copy of a campaign has otherwise than its source."""

    to_account_id: Annotated[str, Field(description="into this ad account; the same one unless given")]
    daily_budget: Annotated[
        MinorUnits, Fact(spend="budget"), Field(description="of the campaign, or of its only ad set")
    ]
    lifetime_budget: Annotated[
        MinorUnits, Fact(spend="budget"), Field(description="of the campaign, or of its only ad set")
    ]
    targeting: Annotated[TargetingLike, Field(description="of every ad set, as a whole")]
    countries: Annotated[list[str], Field(min_length=1, description="instead of all places of every ad set: US")]
    pixel_id: Annotated[str, Field(description="where ad sets have one")]
    link: Annotated[str, Field(description="where a click on any ad leads")]
    url_tags: Annotated[str, Field(description="of every ad: utm_source=facebook&…")]


@dataclass(frozen=True, slots=True)
class Recast:
    """A copy as a launch: `spec`, to be made in `account`; `sources` has what each place is a copy of.

    `images` are of the source's account and have to be in the copy's first.
    """

    account: str
    source_account: str
    spec: Spec
    sources: Mapping[str, str] = field(default_factory=dict)
    images: tuple[str, ...] = ()


def recast(fb: FacebookAds, campaign_id: str, new_name: str | None, overrides: Overrides, *, deep: bool) -> Recast:
    """Read a campaign, and all in it unless not `deep`, and return it as a launch with these overrides.

    Raises `ParameterError` for what cannot be had otherwise, before anything is made.

    >>> recast(fb, campaign_id, "Autumn 2", {"countries": ["CA"]}, deep=True).spec["campaign"]["name"]
    'Autumn 2'
    """
    source = fb.campaigns.get(campaign_id)
    own = f"act_{source.account_id}"
    target = account_id(overrides["to_account_id"], "to_account_id") if "to_account_id" in overrides else own
    adsets = _adsets(fb, campaign_id) if deep else []
    ads = [*fb.ads.iter(campaign_id, fields=_AD, limit=200)][::-1] if deep else []
    campaign = _campaign(source, new_name, fb.now())
    branches = {adset.id: _adset(adset, overrides, fb.now()) for adset in adsets}
    _budgeted(campaign, [*branches.values()], overrides)
    wrong = [*_of_no_use(overrides, [*branches.values()])]
    anew = bool({"link", "url_tags"} & overrides.keys()) or target != own
    looks = _creatives(fb, ads) if anew else {}
    sources = {"campaign": campaign_id}
    for number, adset in enumerate(adsets):
        sources[f"adsets.{number}"] = adset.id
        inner = [ad for ad in ads if ad.adset_id == adset.id]
        sources |= {f"adsets.{number}.ads.{index}": ad.id for index, ad in enumerate(inner)}
        branches[adset.id]["ads"] = _named_apart([_ad(ad, looks, overrides, wrong) for ad in inner])
    if wrong:
        raise ParameterError(wrong)
    spec = {"campaign": campaign, "adsets": _named_apart(branches.values())}
    images = tuple(sorted({*_hashes(spec)})) if target != own else ()
    return Recast(target, own, spec, sources, images)


_AD = ["id", "name", "adset_id", "creative", "conversion_domain"]
_OF_CAMPAIGN = (
    *("objective", "buying_type", "special_ad_categories", "special_ad_category_country", "promoted_object"),
    *("spend_cap", *BUDGETS),
)
_TIMES = frozenset({"start_time", "end_time"})
_UNDER_CAMPAIGN_BUDGET = frozenset({"bid_strategy", "pacing_type"})
"""What an ad set reads from its campaign where that has the budget."""


def _adsets(fb: FacebookAds, campaign_id: str) -> list[AdSet]:
    fields = (*AdSet.fields(), *sorted(AdSet.NOT_ASKED))
    return [*fb.adsets.iter(campaign_id, fields=fields, limit=200)][::-1]


def _campaign(source: Campaign, new_name: str | None, now: datetime) -> Spec:
    kept = {name: getattr(source, name) for name in _OF_CAMPAIGN}
    made = {name: value for name, value in kept.items() if value or name == "special_ad_categories"}
    made["special_ad_categories"] = made["special_ad_categories"] or []
    if any(made.get(name) for name in BUDGETS):
        made |= {"bid_strategy": source.bid_strategy} if source.bid_strategy else {}
        if source.stop_time is not None:
            made["stop_time"] = _ending(source.start_time, source.stop_time, now)
    elif source.is_adset_budget_sharing_enabled is not None:
        made["is_adset_budget_sharing_enabled"] = source.is_adset_budget_sharing_enabled
    return {"name": new_name or f"{source.name} - Copy", **made}


def as_created(source: AdSet, now: datetime) -> Spec:
    """Return an ad set that was read as the parameters of a new one; what is over begins now, for as long.

    >>> as_created(fb.adsets.get(adset_id), fb.now())["optimization_goal"]
    'LINK_CLICKS'
    """
    names = AdSetCreate.__annotations__.keys() & source.model_fields_set - {"status", "name"}
    kept = {name: value for name in sorted(names) if (value := getattr(source, name)) not in (None, [], {})}
    if not any(kept.get(name) for name in BUDGETS):
        kept = {name: value for name, value in kept.items() if name not in _UNDER_CAMPAIGN_BUDGET}
    kept = {name: value for name, value in kept.items() if value or name not in BUDGETS}
    if kept.get("destination_type") == "UNDEFINED":
        del kept["destination_type"]
    if source.targeting is not None:
        kept["targeting"] = Targeting.of(source.targeting).spec()
    return {name: value for name, value in kept.items() if name not in _TIMES} | _times(source, now)


def _times(source: AdSet, now: datetime) -> Spec:
    """Return when the copy runs: as its source if that is still to come, else from now on for as long.

    Without a `start_time` it begins at once.
    """
    start, end = source.start_time, source.end_time
    begins = {"start_time": start} if start and start > now else {}
    return {**begins, **({"end_time": _ending(start, end, now)} if end is not None else {})}


def _ending(start: datetime | None, end: datetime, now: datetime) -> datetime:
    return end if end > now else now + (end - (start or end))


def _adset(source: AdSet, overrides: Overrides, now: datetime) -> Spec:
    made = {"name": source.name, **as_created(source, now)}
    del made["campaign_id"]
    if "targeting" in overrides:
        made["targeting"] = overrides["targeting"]
    if "countries" in overrides:
        places = {"countries": overrides["countries"]}
        rest = {name: value for name, value in made["targeting"].items() if name != "excluded_geo_locations"}
        made["targeting"] = {**rest, "geo_locations": places}
    if "pixel_id" in overrides and "pixel_id" in (made.get("promoted_object") or {}):
        made["promoted_object"] = {**made["promoted_object"], "pixel_id": overrides["pixel_id"]}
    return made


def _of_no_use(overrides: Overrides, adsets: list[Spec]) -> Iterator[Violation]:
    """Yield what is given for ad sets or pixels that are not there: nothing said is passed over."""
    lacking = {"pixel_id": not any("pixel_id" in (each.get("promoted_object") or {}) for each in adsets)}
    lacking |= dict.fromkeys(("targeting", "countries", "link", "url_tags"), not adsets)
    for name, value in overrides.items():
        if lacking.get(name):
            yield Violation(
                name, value, "nothing: no ad set that is copied has one" if adsets else "nothing without ad sets"
            )


def _budgeted(campaign: Spec, adsets: list[Spec], overrides: Overrides) -> None:
    """Give the one holder of a budget another; of several ad sets nobody could say which is meant."""
    given = {name: overrides[name] for name in BUDGETS if name in overrides}  # type: ignore[literal-required]
    if not given:
        return
    holders = [campaign] if any(campaign.get(name) for name in BUDGETS) else adsets
    if len(holders) != 1:
        told = f"nothing: {len(holders)} ad sets have budgets; copy it, then scale_campaign or update_adset"
        raise ParameterError([Violation(name, value, told) for name, value in given.items()])
    for name in BUDGETS:
        holders[0].pop(name, None)
    holders[0].update(given)


def _creatives(fb: FacebookAds, ads: Iterable[Ad]) -> dict[str, AdCreative]:
    fields = (*AdCreative.fields(), *sorted(AdCreative.NOT_ASKED))
    with fb.batch() as batch:
        items = {ad.id: batch.add(fb.adcreatives.get, _creative_id(ad), fields=fields) for ad in ads}
    return {ad_id: item.result() for ad_id, item in items.items()}


def _creative_id(ad: Ad) -> str:
    return str(getattr(ad.creative, "id", ""))


def _ad(ad: Ad, looks: Mapping[str, AdCreative], overrides: Overrides, wrong: list[Violation]) -> Spec:
    domain = {"conversion_domain": ad.conversion_domain} if getattr(ad, "conversion_domain", None) else {}
    if ad.id not in looks:
        return {"name": ad.name, "creative": {"creative_id": _creative_id(ad)}, **domain}
    parts = _parts(looks[ad.id])
    if "url_tags" in overrides:
        parts["url_tags"] = overrides["url_tags"]
    if "link" in overrides and not _relink(parts, overrides["link"]):
        told = f"nothing: ad {ad.id} shows an existing post, whose link is fixed"
        wrong.append(Violation("link", overrides["link"], told))
    return {"name": ad.name, "creative": parts, **domain}


def _parts(creative: AdCreative) -> Spec:
    """Return a creative that was read as the parts of a new one."""
    story: Spec = copy.deepcopy(creative.object_story_spec or {})
    if "link_data" in story:
        story["link_data"] = {k: v for k, v in story["link_data"].items() if k in LinkData.__annotations__}
    speaker: Spec = {name: story[name] for name in ("page_id", "instagram_user_id") if name in story}
    features = ((creative.degrees_of_freedom_spec or {}).get("creative_features_spec") or {}).items()
    enrolled = {name: each["enroll_status"] for name, each in features if each.get("enroll_status")}
    extras = {"url_tags": creative.url_tags, "creative_features": enrolled}
    kept = {name: value for name, value in extras.items() if value}
    if creative.asset_feed_spec:
        return {**speaker, "asset_feed_spec": copy.deepcopy(creative.asset_feed_spec), **kept}
    if story:
        return {"object_story_spec": story, **kept}
    return {"object_story_id": creative.object_story_id or creative.effective_object_story_id, **kept}


def _relink(parts: Spec, link: str) -> bool:
    """Lead every click elsewhere; tell whether that can be done."""
    for each in parts.get("asset_feed_spec", {}).get("link_urls", ()):
        each["website_url"] = link
    posts = [*_posts(parts.get("object_story_spec", {}))]
    for post in posts:
        if "link" in post:
            post["link"] = link
        if value := (post.get("call_to_action") or {}).get("value"):
            value |= {"link": link} if "link" in value or "link" not in post else {}
    return bool(posts) or "asset_feed_spec" in parts


def _posts(story: Mapping[str, Any]) -> Iterator[Spec]:
    for name in ("link_data", "video_data", "template_data"):
        if name in story:
            yield story[name]
            yield from story[name].get("child_attachments", ())


def _named_apart(nodes: Iterable[Spec]) -> list[Spec]:
    """Return nodes no two of which have one name: after a lost answer they are looked for by it."""
    seen: Counter[str] = Counter()
    made = []
    for node in nodes:
        seen[node["name"]] += 1
        number = seen[node["name"]]
        made.append({**node, "name": f"{node['name']} ({number})"} if number > 1 else node)
    return made


def _hashes(value: Any) -> Iterator[str]:
    """Yield the hash of every image that a launch refers to."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        if name in ("image_hash", "hash") and isinstance(inner, str):
            yield inner
        else:
            yield from _hashes(inner)
