"""Copies of campaigns, ad sets and ads of any size, by Meta's `copies` edge: object by object, 50 per request.

A deep copy in one call is limited to 3 objects (`docs/meta-rules.md#copies`). Every copy is PAUSED.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, cast

from pydantic import Field
from typing_extensions import Unpack

from admonster_fb import rules
from admonster_fb.client import FacebookAds
from admonster_fb.errors import FacebookAdsError
from admonster_fb.models._params import given
from admonster_fb.models.adset import AdSet, AdSetCreate, AdSetOverrides
from admonster_fb.models.copies import Copied
from admonster_fb.models.launch import kind_of
from admonster_fb.operation import op
from admonster_fb.services._validation import to_violation
from admonster_fb.workflows.adsets import Countries
from admonster_fb.workflows.duplicate import fields, rebuild
from admonster_fb.workflows.duplicate.fields import check_losses
from admonster_fb.workflows.duplicate.rebuild import AllowLoss, CreativeChanges, Overrides
from admonster_fb.workflows.launch.run import launch

_NAME = Field(min_length=1, max_length=400, description='Default: the name of the source with "- Copy"')
NewName = Annotated[str, _NAME]
_FOR_COPY = ["id", "is_budget_schedule_enabled"]
_AD_TIMES = ("ad_schedule_start_time", "ad_schedule_end_time")
_COST = "nothing: every copy is PAUSED"
_copies = functools.partial(op, effect="create", past="copied", call_per_object=True, cost=_COST)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A copy: the IDs of copies by the IDs of their sources, and errors.

    `failed` has an error by the ID of the object that was not copied; by the copy's ID if renaming it failed; by the
    source's ID if its ad sets or ads could not be read.
    """

    id: str
    adsets: dict[str, str] = field(default_factory=dict)
    ads: dict[str, str] = field(default_factory=dict)
    failed: dict[str, FacebookAdsError] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether everything was copied."""
        return not self.failed


@_copies("duplicate_campaign", group="campaign", changes="campaigns", then=("get_campaign", "list_adsets"))
def duplicate_campaign(
    fb: FacebookAds,
    campaign_id: str,
    *,
    new_name: NewName | None = None,
    deep: Annotated[bool, Field(description="with its ad sets and ads, except archived ones")] = True,
    allow_loss: AllowLoss | None = None,
    **overrides: Unpack[Overrides],
) -> Duplicate:
    """Copy a campaign with all in it, PAUSED. Any number of ad sets and ads can be copied.

    What Meta refuses to copy is in `failed` by the ID of its source; the rest is copied. With overrides (another
    account, budget, targeting, countries, pixel, link or UTM tags) the copy is a launch: it is created completely, or
    `LaunchStopped` says what exists. Into an account with another currency, each budget, bid and cap must be given anew
    in `amounts` (`ParameterError` lists them). What a copy cannot carry, such as budget schedules, is refused by name
    unless `allow_loss` has the name.

    >>> copy = duplicate_campaign(fb, campaign_id, new_name="Autumn 2")
    >>> fb.campaigns.get(copy.id).name, len(copy.adsets), len(copy.ads), copy.complete
    ('Autumn 2', 1, 1, True)
    """
    if overrides:
        new = rebuild.rebuild(fb, campaign_id, new_name, overrides, deep=deep, allow_loss=allow_loss or ())
        hashes = {image: fb.adimages.copy(new.account, new.source_account, image).hash or image for image in new.images}
        made = launch(fb, new.account, rebuild.map_hashes(new.spec, lambda image: hashes.get(image, image))).made
        parts: dict[str, dict[str, str]] = {"campaign": {}, "adsets": {}, "ads": {}}
        for place, source in new.sources.items():
            parts[kind_of(place)][source] = made[place]
        return Duplicate(made["campaign"], parts["adsets"], parts["ads"])
    found = [*fb.adsets.iter(campaign_id, fields=_FOR_COPY, limit=200)][::-1] if deep else []
    holders = [fb.campaigns.get(campaign_id, fields=_FOR_COPY), *found]
    check_losses(fields.schedule_losses(fb, map(dict, holders), allow_loss or ()))
    copy = Duplicate(fb.campaigns.copies(campaign_id).id)
    _rename(fb.campaigns.update, copy, new_name)
    if deep:
        with _collect_error(copy, campaign_id):
            params = {adset.id: {"campaign_id": copy.id} for adset in found}
            copy.adsets.update(_copy_each(fb, fb.adsets.copies, params, copy))
            _copy_ads(fb, campaign_id, copy)
    return copy


@_copies("duplicate_adset", group="adset", changes="adsets", then=("get_adset", "list_ads"))
def duplicate_adset(
    fb: FacebookAds,
    adset_id: str,
    *,
    new_name: NewName | None = None,
    deep: Annotated[bool, Field(description="with its ads")] = True,
    countries: Countries | None = None,
    allow_loss: AllowLoss | None = None,
    **overrides: Unpack[AdSetOverrides],
) -> Duplicate:
    """Copy an ad set with its ads, PAUSED. Other arguments (`targeting`, …) replace the source's values.

    What a copy cannot carry, such as budget schedules, is refused by name unless `allow_loss` has the name.

    `promoted_object` and similar fields are fixed once an ad set has run: copy the ad set to change them.

    >>> copy = duplicate_adset(fb, adset_id, new_name="CA", targeting={"geo_locations": {"countries": ["CA"]},
    ...     "targeting_automation": {"advantage_audience": 0}})
    >>> fb.adsets.get(copy.id).targeting.geo_locations["countries"], len(copy.ads)
    (['CA'], 1)
    """
    check_losses(fields.unsupported(overrides))
    if (campaign_id := overrides.get("campaign_id")) is not None:
        fields.check_same_currency(fb, adset_id, campaign_id)
    source = fb.adsets.get(
        adset_id, fields=(*AdSet.fields(), *sorted(AdSet.NOT_REQUESTED), "is_budget_schedule_enabled")
    )
    violations = [*fields.schedule_losses(fb, [dict(source)], allow_loss or ())]
    anew = countries is not None or bool(overrides.keys() - {"campaign_id"})
    check_losses([*violations, *(fields.losses(fb, {"adsets": [adset_id]}, allow_loss or ()) if anew else ())])
    if anew:
        params = {**rebuild.to_create_params(source, fb.now()), **overrides}
        params["name"] = new_name or f"{source.name} - Copy"
        if countries is not None:
            params["targeting"] = rebuild.in_countries(params["targeting"], countries)
        copy = Duplicate(fb.adsets.create(f"act_{source.account_id}", **cast("AdSetCreate", params)).id)
    else:
        copy = Duplicate(fb.adsets.copies(adset_id, **given(campaign_id=campaign_id)).id)
        _rename(fb.adsets.update, copy, new_name)
    copy.adsets[adset_id] = copy.id
    if deep:
        with _collect_error(copy, adset_id):
            _copy_ads(fb, adset_id, copy)
    return copy


@_copies("duplicate_ad", group="ad", changes="ads", then=("get_ad", "preview_ad"), shows_changes=True)
def duplicate_ad(
    fb: FacebookAds,
    ad_id: str,
    *,
    new_name: NewName | None = None,
    adset_id: Annotated[str, Field(description="copy into this ad set. Default: the same")] | None = None,
    creative_parameters: CreativeChanges | None = None,
) -> Duplicate:
    """Copy an ad with its creative, PAUSED. Meta reviews the copy again.

    `creative_parameters` are what the copy shows otherwise, such as another text and link with the same picture.
    Raises `ParameterError` if the ad has a schedule of its own and the other ad set's campaign allows none.

    >>> fb.ads.get(duplicate_ad(fb, ad_id, new_name="Autumn ad 2").id).name
    'Autumn ad 2'
    """
    ad = dict(fb.ads.get(ad_id, fields=["id", *_AD_TIMES])) if adset_id is not None else {}
    times = {name: ad[name] for name in _AD_TIMES if ad.get(name)}
    if adset_id is not None and times:  # does the other ad set's campaign allow them?
        campaign_id = str(fb.adsets.get(adset_id, fields=["id", "campaign_id"]).campaign_id)
        campaign = dict(fb.campaigns.get(campaign_id, fields=["id", "objective"]))
        found = rules.check("ad", times, rules.Context(campaign=campaign), update=True)
        check_losses(to_violation(finding) for finding in found if finding.severity == "error")
    parameters = rebuild.changed_creative(fb, ad_id, creative_parameters) if creative_parameters else None
    copy = Duplicate(fb.ads.copies(ad_id, **given(adset_id=adset_id, creative_parameters=parameters)).id)
    _rename(fb.ads.update, copy, new_name)
    copy.ads[ad_id] = copy.id
    return copy


@contextmanager
def _collect_error(copy: Duplicate, object_id: str) -> Iterator[None]:
    """Collect an error that occurs after the copy exists: raising it would lose the copy's ID."""
    try:
        yield
    except FacebookAdsError as error:
        copy.failed[object_id] = error


def _rename(update: Callable[..., None], copy: Duplicate, new_name: str | None) -> None:
    if new_name is not None:
        with _collect_error(copy, copy.id):
            update(copy.id, name=new_name)


def _copy_ads(fb: FacebookAds, parent_id: str, copy: Duplicate) -> None:
    """Copy the ads of a campaign or ad set into the copies of their ad sets."""
    ads = [*fb.ads.iter(parent_id, fields=["id", "adset_id"], limit=200)][::-1]
    params = {ad.id: {"adset_id": copy.adsets[str(ad.adset_id)]} for ad in ads if ad.adset_id in copy.adsets}
    copy.ads.update(_copy_each(fb, fb.ads.copies, params, copy))


def _copy_each(
    fb: FacebookAds, copies: Callable[..., Copied], params: Mapping[str, Mapping[str, Any]], copy: Duplicate
) -> dict[str, str]:
    """Copy objects under their own names, oldest first; return the IDs of the copies by the IDs of their sources."""
    same_name = {"rename_options": {"rename_strategy": "NO_RENAME"}}
    with fb.batch() as batch:
        items = {source: batch.add(copies, source, **same_name, **own) for source, own in params.items()}
    copy.failed.update({source: item.error for source, item in items.items() if item.error is not None})
    return {source: item.result().id for source, item in items.items() if item.error is None}
