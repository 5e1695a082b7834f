"""Copies of campaigns, ad sets and ads, of any size: Meta's own `copies` edge, object by object, 50 to a request.

Copied all at once, Meta takes 3 objects only (`api_facts.md` section 1.6). Every copy is PAUSED.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, cast

from pydantic import Field
from typing_extensions import Unpack

from admonster_fb.errors import FacebookAdsError
from admonster_fb.models.adset import AdSet, AdSetCreate, AdSetOverrides
from admonster_fb.models.copies import Copied
from admonster_fb.models.targeting_builder import Targeting
from admonster_fb.opspec import op

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


@op("duplicate_campaign", group="campaign", access="write", cost=_COST, then=("get_campaign", "list_adsets"))
def duplicate_campaign(
    fb: FacebookAds,
    campaign_id: str,
    *,
    new_name: NewName | None = None,
    deep: Annotated[bool, Field(description="with its ad sets and ads; archived ones stay behind")] = True,
) -> Duplicate:
    """Copy a campaign with its ad sets and ads, all PAUSED, however many there are.

    What Meta refuses to copy is told in `failed` by the id of its source; the rest is there.

    >>> copy = duplicate_campaign(fb, campaign_id, new_name="Autumn 2")
    >>> fb.campaigns.get(copy.id).name, len(copy.adsets), len(copy.ads), copy.complete
    ('Autumn 2', 1, 1, True)
    """
    made = Duplicate(fb.campaigns.copies(campaign_id).id)
    _named(fb.campaigns.update, made, new_name)
    if deep:
        with _told(made, campaign_id):
            adsets = [adset.id for adset in fb.adsets.iter(campaign_id, fields=["id"], limit=200)][::-1]
            where = {adset_id: {"campaign_id": made.id} for adset_id in adsets}
            made.adsets.update(_copied(fb, fb.adsets.copies, where, made.failed))
            _copy_ads(fb, campaign_id, made)
    return made


@op("duplicate_adset", group="adset", access="write", cost=_COST, then=("get_adset", "list_ads"))
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
        params = {**_as_created(source, fb.now()), **overrides, "name": new_name or f"{source.name} - Copy"}
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


@op("duplicate_ad", group="ad", access="write", cost=_COST, then=("get_ad", "preview_ad"))
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


_TIMES = frozenset({"start_time", "end_time"})
_BUDGETS = ("daily_budget", "lifetime_budget")
_UNDER_CAMPAIGN_BUDGET = frozenset({"bid_strategy", "pacing_type"})
"""What an ad set reads from its campaign where that has the budget."""


def _as_created(source: AdSet, now: datetime) -> dict[str, Any]:
    """Return an ad set that was read as the parameters of a new one; what is over begins now, for as long."""
    names = AdSetCreate.__annotations__.keys() & source.model_fields_set - {"status", "name"}
    kept = {name: value for name in sorted(names) if (value := getattr(source, name)) not in (None, [], {})}
    if not any(kept.get(name) for name in _BUDGETS):
        kept = {name: value for name, value in kept.items() if name not in _UNDER_CAMPAIGN_BUDGET}
    kept = {name: value for name, value in kept.items() if value or name not in _BUDGETS}
    if kept.get("destination_type") == "UNDEFINED":
        del kept["destination_type"]
    if source.targeting is not None:
        kept["targeting"] = Targeting.of(source.targeting).spec()
    return {name: value for name, value in kept.items() if name not in _TIMES} | _times(source, now)


def _times(source: AdSet, now: datetime) -> dict[str, Any]:
    """Return when the copy runs: as its source if that is still to come, else from now on for as long.

    Without a `start_time` it begins at once.
    """
    start, end = source.start_time, source.end_time
    begins = {"start_time": start} if start and start > now else {}
    if end is None:
        return begins
    return {**begins, "end_time": end if end > now else now + (end - (start or end))}


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
