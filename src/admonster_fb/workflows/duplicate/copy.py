"""Copies of campaigns, ad sets and ads, of any size: Meta's own `copies` edge, object by object, 50 to a request.

Copied all at once, Meta takes 3 objects only (`api_facts.md` section 1.6). Every copy is PAUSED.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, cast

from pydantic import Field
from typing_extensions import Unpack

from admonster_fb.errors import FacebookAdsError
from admonster_fb.models.adset import AdSet, AdSetCreate, AdSetOverrides
from admonster_fb.models.copies import Copied
from admonster_fb.models.launch import kind_of
from admonster_fb.operation import op
from admonster_fb.workflows.duplicate.rebuild import Overrides, Recast, as_created, recast
from admonster_fb.workflows.launch.run import launch

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

NewName = Annotated[str, Field(min_length=1, max_length=400, description='the same with "- Copy" unless given')]
_COST = "nothing: every copy is PAUSED"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """What was made of what: ids of copies by the ids of their sources, and what could not be done and why.

    `failed` has the error by the id of what was not copied; by the copy's own id if it could not be given its name; by
    the id of the source if what is in it could not be read.
    """

    id: str
    adsets: dict[str, str] = field(default_factory=dict)
    ads: dict[str, str] = field(default_factory=dict)
    failed: dict[str, FacebookAdsError] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether everything was copied."""
        return not self.failed


@op(
    "duplicate_campaign",
    group="campaign",
    access="write",
    effect="create",
    changes="campaigns",
    past="copied",
    call_per_object=True,
    cost=_COST,
    then=("get_campaign", "list_adsets"),
)
def duplicate_campaign(
    fb: FacebookAds,
    campaign_id: str,
    *,
    new_name: NewName | None = None,
    deep: Annotated[bool, Field(description="with its ad sets and ads; archived ones stay behind")] = True,
    **overrides: Unpack[Overrides],
) -> Duplicate:
    """Copy a campaign with its ad sets and ads, all PAUSED, however many there are.

    What Meta refuses to copy is told in `failed` by the id of its source; the rest is there. With something otherwise
    than its source (another account, budget, targeting, countries, pixel, link, UTM tags) the copy is a launch: made
    whole, or `LaunchStopped` says what exists.

    >>> copy = duplicate_campaign(fb, campaign_id, new_name="Autumn 2")
    >>> fb.campaigns.get(copy.id).name, len(copy.adsets), len(copy.ads), copy.complete
    ('Autumn 2', 1, 1, True)
    """
    if overrides:
        return _launched(fb, recast(fb, campaign_id, new_name, overrides, deep=deep))
    made = Duplicate(fb.campaigns.copies(campaign_id).id)
    _named(fb.campaigns.update, made, new_name)
    if deep:
        with _told(made, campaign_id):
            adsets = [adset.id for adset in fb.adsets.iter(campaign_id, fields=["id"], limit=200)][::-1]
            where = {adset_id: {"campaign_id": made.id} for adset_id in adsets}
            made.adsets.update(_copied(fb, fb.adsets.copies, where, made.failed))
            _copy_ads(fb, campaign_id, made)
    return made


def _launched(fb: FacebookAds, wanted: Recast) -> Duplicate:
    """Launch a copy, with its pictures where it is in another account."""
    if wanted.images:
        hashes = {
            each: fb.adimages.copy(wanted.account, wanted.source_account, each).hash or each for each in wanted.images
        }
        wanted = replace(wanted, spec=_rehashed(wanted.spec, hashes))
    made = launch(fb, wanted.account, wanted.spec)
    copies = Duplicate(made.made["campaign"])
    for place, source in wanted.sources.items():
        if kind_of(place) != "campaign":
            getattr(copies, kind_of(place))[source] = made.made[place]
    return copies


def _rehashed(value: Any, hashes: Mapping[str, str]) -> Any:
    """Return a launch with the hashes that its pictures have in another account."""
    if isinstance(value, dict):
        return {
            name: hashes.get(inner, inner) if name in ("image_hash", "hash") else _rehashed(inner, hashes)
            for name, inner in value.items()
        }
    return [_rehashed(each, hashes) for each in value] if isinstance(value, list) else value


@op(
    "duplicate_adset",
    group="adset",
    access="write",
    effect="create",
    changes="adsets",
    past="copied",
    call_per_object=True,
    cost=_COST,
    then=("get_adset", "list_ads"),
)
def duplicate_adset(
    fb: FacebookAds,
    adset_id: str,
    *,
    new_name: NewName | None = None,
    deep: Annotated[bool, Field(description="with its ads")] = True,
    **overrides: Unpack[AdSetOverrides],
) -> Duplicate:
    """Copy an ad set with its ads, PAUSED; what is given beside (`targeting`, …) the copy has instead of its source's.

    `promoted_object` and the like are fixed once an ad set has run: a copy is the way to change them.

    >>> copy = duplicate_adset(fb, adset_id, new_name="CA", targeting={"geo_locations": {"countries": ["CA"]},
    ...     "targeting_automation": {"advantage_audience": 0}})
    >>> fb.adsets.get(copy.id).targeting.geo_locations["countries"], len(copy.ads)
    (['CA'], 1)
    """
    campaign_id = overrides.get("campaign_id")
    if overrides.keys() - {"campaign_id"}:
        source = fb.adsets.get(adset_id, fields=(*AdSet.fields(), *sorted(AdSet.NOT_ASKED)))
        params = {**as_created(source, fb.now()), **overrides, "name": new_name or f"{source.name} - Copy"}
        made = Duplicate(fb.adsets.create(f"act_{source.account_id}", **cast("AdSetCreate", params)).id)
    else:
        where: dict[str, Any] = {"campaign_id": campaign_id} if campaign_id else {}
        made = Duplicate(fb.adsets.copies(adset_id, **where).id)
        _named(fb.adsets.update, made, new_name)
    made.adsets[adset_id] = made.id
    if deep:
        with _told(made, adset_id):
            _copy_ads(fb, adset_id, made)
    return made


@op(
    "duplicate_ad",
    group="ad",
    access="write",
    effect="create",
    changes="ads",
    past="copied",
    call_per_object=True,
    cost=_COST,
    then=("get_ad", "preview_ad"),
)
def duplicate_ad(
    fb: FacebookAds,
    ad_id: str,
    *,
    new_name: NewName | None = None,
    adset_id: Annotated[str, Field(description="into this ad set; the same one unless given")] | None = None,
    creative_parameters: Annotated[dict[str, Any], Field(description="parts of the creative to have otherwise")]
    | None = None,
) -> Duplicate:
    """Copy an ad with its creative, PAUSED; it is reviewed anew.

    >>> fb.ads.get(duplicate_ad(fb, ad_id, new_name="Autumn ad 2").id).name
    'Autumn ad 2'
    """
    given = {"adset_id": adset_id, "creative_parameters": creative_parameters}
    params: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    made = Duplicate(fb.ads.copies(ad_id, **params).id)
    _named(fb.ads.update, made, new_name)
    made.ads[ad_id] = made.id
    return made


@contextmanager
def _told(made: Duplicate, of: str) -> Iterator[None]:
    """Keep what goes wrong once a copy is there: its id must not be lost with an error."""
    try:
        yield
    except FacebookAdsError as error:
        made.failed[of] = error


def _named(update: Callable[..., None], made: Duplicate, new_name: str | None) -> None:
    """Give a copy its name; where that fails, it is told by the id of the copy."""
    if new_name is not None:
        with _told(made, made.id):
            update(made.id, name=new_name)


def _copy_ads(fb: FacebookAds, parent_id: str, made: Duplicate) -> None:
    """Copy the ads under a node into the copies of their ad sets."""
    ads = [*fb.ads.iter(parent_id, fields=["id", "adset_id"], limit=200)][::-1]
    where = {ad.id: {"adset_id": made.adsets[str(ad.adset_id)]} for ad in ads if ad.adset_id in made.adsets}
    made.ads.update(_copied(fb, fb.ads.copies, where, made.failed))


def _copied(
    fb: FacebookAds,
    copies: Callable[..., Copied],
    where: Mapping[str, Mapping[str, Any]],
    failed: dict[str, FacebookAdsError],
) -> dict[str, str]:
    """Copy many objects under their own names, the oldest first; return the ids of the copies by their sources'."""
    with fb.batch() as batch:
        items = {
            source: batch.add(copies, source, rename_options={"rename_strategy": "NO_RENAME"}, **params)
            for source, params in where.items()
        }
    failed.update({source: item.error for source, item in items.items() if item.error is not None})
    return {source: item.result().id for source, item in items.items() if item.error is None}
