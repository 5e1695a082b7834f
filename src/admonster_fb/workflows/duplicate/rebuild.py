"""An existing campaign rebuilt as a launch, in another account or with another budget, and what a copied ad shows."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from admonster_fb.client import FacebookAds
from admonster_fb.enums import CallToActionType
from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models._facts import Fact
from admonster_fb.models._node import Node
from admonster_fb.models._params import KnownKeys, MinorUnits, Params
from admonster_fb.models.ad import Ad
from admonster_fb.models.adcreative import AdCreative, LinkData, ObjectStorySpec
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import BUDGETS, Campaign
from admonster_fb.models.targeting.builder import Targeting, TargetingLike
from admonster_fb.services._base import account_id
from admonster_fb.workflows.creative import EXTRAS
from admonster_fb.workflows.duplicate import fields
from admonster_fb.workflows.duplicate.fields import COPY_FIELDS, losses, lost_field

Spec = dict[str, Any]


_OF_ITS_HOLDER = Field(description="of the campaign, or of its only ad set")


class Overrides(fields.NewAmounts, total=False):
    """The parameters of a copied campaign that differ from its source."""

    to_account_id: Annotated[str, Field(description="copy into this ad account. Default: the same")]
    daily_budget: Annotated[MinorUnits, Fact(spend="budget"), _OF_ITS_HOLDER]
    lifetime_budget: Annotated[MinorUnits, Fact(spend="budget"), _OF_ITS_HOLDER]
    targeting: Annotated[TargetingLike, Field(description="of every ad set; replaces it")]
    countries: Annotated[list[str], Field(min_length=1, description="replaces all locations of every ad set: US")]
    pixel_id: Annotated[str, Field(description="of every ad set that has a pixel")]
    link: Annotated[str, Field(description="URL that a click on any ad opens")]
    url_tags: Annotated[str, Field(description="of every ad: utm_source=facebook&…")]


_LOSSES = Field(description="fields of the source that a copy may lose, as its refusal names them")
AllowLoss = Annotated[list[str], _LOSSES]


class CreativeChanges(Params, total=False):
    """What differs in a copied ad: parts as `create_creative` has them, or Meta's own top-level parameters."""

    link: str
    message: Annotated[str, Field(description="primary text")]
    headline: str
    description: str
    call_to_action_type: CallToActionType | str
    image_hash: str
    image_url: str
    url_tags: str
    threads_user_id: str
    object_story_spec: ObjectStorySpec
    asset_feed_spec: Annotated[Spec, KnownKeys("AdAssetFeedSpec")]


_TEXTS = {"message": "message", "headline": "name", "description": "description"}
_PLACES: Mapping[str, Mapping[str, str]] = {
    "link_data": {**_TEXTS, "image_hash": "image_hash", "image_url": "picture"},
    "video_data": {
        "message": "message",
        "headline": "title",
        "description": "link_description",
        "image_hash": "image_hash",
        "image_url": "image_url",
    },
    "template_data": _TEXTS,
    "photo_data": {"message": "caption", "image_hash": "image_hash", "image_url": "url"},
    "text_data": {"message": "message"},
}
"""Where each kind of post has the plain parts."""
_PLAIN = ("link", "message", "headline", "description", "call_to_action_type", "image_hash", "image_url")
_WITH_BUTTON = ("link_data", "video_data", "template_data")
_PICTURES = ("image_hash", "picture", "image_url", "url", "image_crops")
"""One picture replaces the other, and its crops."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A copy as a launch: `spec`, to be launched in `account`; `sources` maps its places to the IDs of their sources.

    `images` are hashes in `source_account`; the images must be copied to `account` first.
    """

    account: str
    source_account: str
    spec: Spec
    sources: Mapping[str, str] = field(default_factory=dict)
    images: tuple[str, ...] = ()


def rebuild(
    fb: FacebookAds,
    campaign_id: str,
    new_name: str | None,
    overrides: Overrides,
    *,
    deep: bool,
    allow_loss: Collection[str] = (),
) -> Rebuilt:
    """Read a campaign, with its ad sets and ads if `deep`, and return it as a launch with these overrides.

    Nothing is created. Raises `ParameterError` for overrides that cannot be applied, and for fields of the source that
    a copy cannot carry, unless `allow_loss` names them.
    """
    source = fb.campaigns.get(campaign_id, fields=_all_fields("campaigns"))
    source_account = f"act_{source.account_id}"
    target = account_id(overrides["to_account_id"], "to_account_id") if "to_account_id" in overrides else source_account
    adsets = [*fb.adsets.iter(campaign_id, fields=_all_fields("adsets"), limit=200)][::-1] if deep else []
    ads = [*fb.ads.iter(campaign_id, fields=_all_fields("ads"), limit=200)][::-1] if deep else []
    campaign = _campaign_params(source, new_name, fb.now())
    adset_params = {adset.id: _adset_params(adset, overrides, fb.now()) for adset in adsets}
    written, nodes = [*adset_params.values()], {campaign_id: campaign, **adset_params}
    _override_budget(campaign, written, overrides)
    violations = [*_unused_overrides(overrides, written)]
    violations += fields.replace_amounts(nodes, {name: value for name, value in overrides.items() if name == "amounts"})
    ids = {"campaigns": [campaign_id], "adsets": [*adset_params], "ads": [ad.id for ad in ads]}
    violations += [*losses(fb, ids, allow_loss), *fields.schedule_losses(fb, map(dict, [source, *adsets]), allow_loss)]
    if target != source_account:
        violations += fields.check_currencies(fb, nodes, overrides, (source_account, target))
    new_creatives = bool({"link", "url_tags"} & overrides.keys()) or target != source_account
    creatives = _creatives_of(fb, ads) if new_creatives else {}
    new_ids = {str(creative.id): creative for creative in creatives.values()}
    violations += [*losses(fb, {"adcreatives": new_ids}, allow_loss), *lost_content(new_ids, allow_loss)]
    sources = {"campaign": campaign_id}
    for number, adset in enumerate(adsets):
        sources[f"adsets.{number}"] = adset.id
        own_ads = [ad for ad in ads if ad.adset_id == adset.id]
        sources |= {f"adsets.{number}.ads.{index}": ad.id for index, ad in enumerate(own_ads)}
        adset_params[adset.id]["ads"] = _deduped(_ad_params(ad, creatives, overrides, violations) for ad in own_ads)
    if violations:
        raise ParameterError(violations)
    spec = {"campaign": campaign, "adsets": _deduped(adset_params.values())}
    images = tuple(sorted({*image_hashes(spec)})) if target != source_account else ()
    return Rebuilt(target, source_account, spec, sources, images)


def _creatives_of(fb: FacebookAds, ads: Iterable[Ad]) -> dict[str, AdCreative]:
    """Return what each ad shows, by the ad's ID."""
    names = _all_fields("adcreatives")
    with fb.batch() as batch:
        reads = {ad.id: batch.add(fb.adcreatives.get, _creative_id(ad), fields=names) for ad in ads}
    return {ad_id: item.result() for ad_id, item in reads.items()}


_TRACKERS = frozenset({"fb_pixel", "application", "dataset", "conversion_id"})
"""What a tracking spec names if it does not follow from the ad's own post."""
_TIMES = frozenset({"start_time", "end_time", "stop_time"})
_UNDER_CAMPAIGN_BUDGET = frozenset({"bid_strategy", "pacing_type"})
"""Fields that Meta returns for an ad set although they are its campaign's, if the campaign has the budget."""


def _all_fields(edge: str) -> list[str]:
    """Return the fields of a source that a copy carries, and those that say what it is."""
    model = COPY_FIELDS[edge].model
    schedule = ["is_budget_schedule_enabled"] if edge in ("campaigns", "adsets") else []
    names = dict.fromkeys([*model.fields(), *sorted(model.NOT_REQUESTED), *schedule])
    return [name for name in names if edge != "ads" or name.partition("{")[0] in _OF_ADS]


_OF_ADS = COPY_FIELDS["ads"].carried | {"id", "name", "adset_id"}


def _carried(edge: str, source: Node) -> Spec:
    """Return the fields of a source that a copy carries; ad labels by their names, which any account can have."""
    values = {name: getattr(source, name) for name in sorted(COPY_FIELDS[edge].carried & source.model_fields_set)}
    if values.get("adlabels"):
        values["adlabels"] = [{"name": row["name"]} for row in values["adlabels"] if row.get("name")]
    return {name: value for name, value in values.items() if value not in (None, [], {}, "")}


def _campaign_params(source: Campaign, new_name: str | None, now: datetime) -> Spec:
    values = {name: value for name, value in _carried("campaigns", source).items() if name not in _TIMES}
    params = {name: value for name, value in values.items() if value or name == "is_adset_budget_sharing_enabled"}
    params["special_ad_categories"] = source.special_ad_categories or []
    if any(params.get(name) for name in BUDGETS):
        params.pop("is_adset_budget_sharing_enabled", None)
        if source.start_time is not None and source.start_time > now:
            params["start_time"] = source.start_time
        if source.stop_time is not None:
            params["stop_time"] = _end_time(source.start_time, source.stop_time, now)
    else:
        params = {name: value for name, value in params.items() if name not in _UNDER_CAMPAIGN_BUDGET}
    return {"name": new_name or f"{source.name} - Copy", **params}


def to_create_params(source: AdSet, now: datetime) -> Spec:
    """Return the parameters that create an ad set like this one. A past schedule starts now, as long as before."""
    params = {**_carried("adsets", source), "campaign_id": source.campaign_id}
    if not any(params.get(name) for name in BUDGETS):
        params = {name: value for name, value in params.items() if name not in _UNDER_CAMPAIGN_BUDGET}
    params = {name: value for name, value in params.items() if value or name not in BUDGETS}
    if params.get("destination_type") == "UNDEFINED":
        del params["destination_type"]
    if source.targeting is not None:
        params["targeting"] = Targeting.of(source.targeting).spec()
    params = {name: value for name, value in params.items() if name not in _TIMES}
    start, end = source.start_time, source.end_time
    if start and start > now:  # otherwise it starts at once
        params["start_time"] = start
    return params if end is None else {**params, "end_time": _end_time(start, end, now)}


def _end_time(start: datetime | None, end: datetime, now: datetime) -> datetime:
    return end if end > now else now + (end - (start or end))


def _adset_params(source: AdSet, overrides: Overrides, now: datetime) -> Spec:
    params = {"name": source.name, **to_create_params(source, now)}
    del params["campaign_id"]
    if "targeting" in overrides:
        params["targeting"] = overrides["targeting"]
    if "countries" in overrides:
        params["targeting"] = in_countries(params["targeting"], overrides["countries"])
    if "pixel_id" in overrides and "pixel_id" in (params.get("promoted_object") or {}):
        params["promoted_object"] = {**params["promoted_object"], "pixel_id": overrides["pixel_id"]}
    return params


def in_countries(targeting: Any, countries: list[str]) -> Any:
    """Return targeting with these countries in place of all its locations, excluded ones too."""
    rest = {name: value for name, value in Targeting.of(targeting).spec().items() if name != "excluded_geo_locations"}
    return {**rest, "geo_locations": {"countries": countries}}


PARTS = ("countries", "age_min", "age_max")


def with_parts(targeting: Any, parts: Mapping[str, Any]) -> Any:
    """Return targeting with its countries or ages replaced."""
    spec = in_countries(targeting, parts["countries"]) if "countries" in parts else Targeting.of(targeting).spec()
    return {**spec, **{name: value for name, value in parts.items() if name != "countries"}}


def _unused_overrides(overrides: Overrides, adsets: list[Spec]) -> Iterator[Violation]:
    """Yield overrides that would change nothing, since no ad set or pixel is copied."""
    unused = {"pixel_id": not any("pixel_id" in (adset.get("promoted_object") or {}) for adset in adsets)}
    unused |= dict.fromkeys(("targeting", "countries", "link", "url_tags"), not adsets)
    for name, value in overrides.items():
        if unused.get(name):
            allowed = "no value: no copied ad set has one" if adsets else "no value: no ad sets are copied"
            yield Violation(name, value, allowed)


def _override_budget(campaign: Spec, adsets: list[Spec], overrides: Overrides) -> None:
    """Replace the budget of its only holder. With several ad sets it would be ambiguous."""
    budgets = {name: overrides[name] for name in BUDGETS if name in overrides}  # type: ignore[literal-required]
    if not budgets:
        return
    holders = [campaign] if any(campaign.get(name) for name in BUDGETS) else adsets
    if len(holders) != 1:
        then = "Copy the campaign, then scale_campaign or update_adset"
        allowed = f"no value: {len(holders)} ad sets have budgets. {then}"
        raise ParameterError([Violation(name, value, allowed) for name, value in budgets.items()])
    for name in BUDGETS:
        holders[0].pop(name, None)
    holders[0].update(budgets)


def _creative_id(ad: Ad) -> str:
    return str(getattr(ad.creative, "id", ""))


def _ad_params(ad: Ad, creatives: Mapping[str, AdCreative], overrides: Overrides, violations: list[Violation]) -> Spec:
    values = {"name": ad.name, **_carried("ads", ad), "creative": {"creative_id": _creative_id(ad)}}
    specs = [dict(spec) for spec in values.pop("tracking_specs", ()) if _TRACKERS & spec.keys()]
    for spec in specs:
        if "fb_pixel" in spec and "pixel_id" in overrides:
            spec["fb_pixel"] = [overrides["pixel_id"]]
    if specs:  # what is tracked of its own post, Meta adds to the copy
        values["tracking_specs"] = specs
    if ad.id not in creatives:
        return values
    parts = creative_parts(creatives[ad.id])
    if "url_tags" in overrides:
        parts["url_tags"] = overrides["url_tags"]
    if "link" in overrides and not replace_links(parts, overrides["link"]):
        allowed = f"no value: ad {ad.id} shows an existing post, whose link is fixed"
        violations.append(Violation("link", overrides["link"], allowed))
    return {**values, "creative": parts}


def lost_content(creatives: Mapping[str, AdCreative], allow_loss: Collection[str]) -> Iterator[Violation]:
    """Yield the content of creatives that cannot be created anew."""
    for creative_id, creative in creatives.items():
        link_data = (creative.object_story_spec or {}).get("link_data") or {}
        for name in sorted(link_data.keys() - LinkData.__annotations__.keys() - {*allow_loss}):
            yield lost_field("adcreatives", creative_id, name, link_data[name])
        known = (creative.asset_feed_spec, creative.object_story_spec, creative.object_story_id)
        if not any((*known, creative.effective_object_story_id, creative.source_instagram_media_id)):
            allowed = "a creative with a post; this has none to copy"
            yield Violation(f"adcreatives.{creative_id}", creative.name, allowed)


_EXTRAS = frozenset({"url_tags", "product_set_id", *EXTRAS})


def creative_parts(creative: AdCreative) -> Spec:
    """Return the parts that create a creative like this one."""
    story: Spec = copy.deepcopy(creative.object_story_spec or {})
    if "link_data" in story:
        story["link_data"] = {k: v for k, v in story["link_data"].items() if k in LinkData.__annotations__}
    publisher: Spec = {name: story[name] for name in ("page_id", "instagram_user_id") if name in story}
    features = ((creative.degrees_of_freedom_spec or {}).get("creative_features_spec") or {}).items()
    enrolled = {name: choice["enroll_status"] for name, choice in features if choice.get("enroll_status")}
    optional = {name: value for name, value in _carried("adcreatives", creative).items() if name in _EXTRAS}
    extras = {**optional, **({"creative_features": enrolled} if enrolled else {})}
    if creative.asset_feed_spec:
        return {**publisher, "asset_feed_spec": copy.deepcopy(creative.asset_feed_spec), **extras}
    if story:
        return {"object_story_spec": story, **extras}
    if creative.source_instagram_media_id:
        user = {"instagram_user_id": creative.instagram_user_id, "page_id": creative.object_id}
        button = creative.call_to_action or {}
        opens = {"call_to_action_type": button.get("type"), "link": (button.get("value") or {}).get("link")}
        user |= {name: value for name, value in opens.items() if value}
        return {"source_instagram_media_id": creative.source_instagram_media_id, **user, **extras}
    return {"object_story_id": creative.object_story_id or creative.effective_object_story_id, **extras}


def replace_links(parts: Spec, link: str) -> bool:
    """Replace every link of a creative; return whether it has links that can be replaced."""
    for url in parts.get("asset_feed_spec", {}).get("link_urls", ()):
        url["website_url"] = link
    story = parts.get("object_story_spec", {})
    posts = [story[name] for name in ("link_data", "video_data", "template_data") if name in story]
    posts += [card for post in posts for card in post.get("child_attachments", ())]
    for post in posts:
        if "link" in post:
            post["link"] = link
        if value := (post.get("call_to_action") or {}).get("value"):
            value |= {"link": link} if "link" in value or "link" not in post else {}
    return bool(posts) or "asset_feed_spec" in parts


def _deduped(nodes: Iterable[Spec]) -> list[Spec]:
    """Return nodes with a number after a name that occurs again: after a lost response, names identify objects."""
    seen: Counter[str] = Counter()
    unique = []
    for node in nodes:
        seen[node["name"]] += 1
        number = seen[node["name"]]
        unique.append({**node, "name": f"{node['name']} ({number})"} if number > 1 else node)
    return unique


def map_hashes(value: Any, change: Callable[[str], Any]) -> Any:
    """Return a creative or a launch with what `change` returns for the hash of each image."""
    if isinstance(value, list):
        return [map_hashes(item, change) for item in value]
    if not isinstance(value, Mapping):
        return value
    hashes = {name for name in ("image_hash", "hash") if isinstance(value.get(name), str)}
    return {name: change(inner) if name in hashes else map_hashes(inner, change) for name, inner in value.items()}


def image_hashes(value: Any) -> list[str]:
    """Return the hash of every image in a creative or a launch."""
    found: list[str] = []
    map_hashes(value, found.append)
    return found


def changed_creative(fb: FacebookAds, ad_id: str, changes: Mapping[str, Any]) -> Spec:
    """Return Meta's `creative_parameters` of a copy: plain parts are laid over the post that the source shows.

    Raises `ParameterError` with the parts for which the source has no place, such as the text of an existing post.
    """
    rest = {name: value for name, value in changes.items() if name not in _PLAIN}
    plain = {name: changes[name] for name in _PLAIN if name in changes}
    if not plain:
        return rest
    if own := next((name for name in ("object_story_spec", "asset_feed_spec") if name in rest), ""):
        allowed = f"within {own}, which has everything"
        raise ParameterError([_refused(name, value, allowed) for name, value in plain.items()])
    shown = _creative_id(fb.ads.get(ad_id, fields=["id", "creative"]))
    creative = fb.adcreatives.get(shown, fields=_all_fields("adcreatives"))
    parts = creative_parts(creative)
    if wrong := [*lost_content({creative.id: creative}, ()), *_overlay(parts, plain)]:
        raise ParameterError(wrong)
    return {**rest, **{name: parts[name] for name in ("object_story_spec", "asset_feed_spec") if name in parts}}


def _overlay(parts: Spec, plain: Mapping[str, Any]) -> Iterator[Violation]:
    """Lay plain parts over a creative's; yield those for which it has no place."""
    story = parts.get("object_story_spec", {}) if "asset_feed_spec" not in parts else {}
    kind = next((kind for kind in _PLACES if kind in story), "")
    post = story.get(kind, {})
    cards = "child_attachments" in post
    places = {"message": "message"} if cards else _PLACES.get(kind, {})
    for name, value in plain.items():
        if name in places:
            for other in _PICTURES if places[name] in _PICTURES else ():
                post.pop(other, None)
            post[places[name]] = value
        elif name == "call_to_action_type" and kind in _WITH_BUTTON and not cards:
            link = {"value": {"link": post["link"]}} if "link" in post else {}
            post["call_to_action"] = {**link, **(post.get("call_to_action") or {}), "type": value}
        elif name != "link" or not replace_links(parts, value):
            shows = "a post without it" if "object_story_spec" in parts else "an existing post"
            shows = "a carousel" if cards else shows
            shows = "several texts and pictures (asset_feed_spec)" if "asset_feed_spec" in parts else shows
            yield _refused(name, value, f"no value: the ad shows {shows}; create_creative with it, then create_ad")


def _refused(name: str, value: Any, allowed: str) -> Violation:
    return Violation(f"creative_parameters.{name}", value, allowed)
