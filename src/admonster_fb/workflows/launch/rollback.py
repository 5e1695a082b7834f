"""Rollback of a launch: everything that it created is deleted, forms archived, and what remains is reported."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING

from admonster_fb.errors import FacebookAdsError, InvalidParameterError, NotFoundError, OutcomeUnknown
from admonster_fb.models.launch import kind_of
from admonster_fb.transport.answers import stored_name
from admonster_fb.transport.recovery import CLOCKS_APART
from admonster_fb.workflows.launch.journal import LaunchJournal
from admonster_fb.workflows.launch.validate import WITH_STATUS

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

log = logging.getLogger("admonster_fb")
Errors = dict[str, FacebookAdsError]


def delete_created(fb: FacebookAds, journal: LaunchJournal) -> Errors:
    """Delete everything that a launch created; return the errors of what could not be deleted, by place.

    Ad sets and ads are deleted with their campaign. What existed before the launch stays, and so does what may be
    another's: what was found by search after a lost answer, and what Meta refuses to delete because it is in use.
    """
    errors: Errors = {}
    for delete in (_delete_campaign, _delete_creatives, _archive_forms, _delete_videos, _delete_images):
        delete(fb, journal, errors)
        if "campaign" in errors:
            break
    return errors


def _delete_campaign(fb: FacebookAds, journal: LaunchJournal, errors: Errors) -> None:
    campaign_id = journal.created.get("campaign")
    try:
        if campaign_id is None:
            look_alikes = _look_alikes(fb, journal, journal.pending.get("campaign"))
            journal.record_left({"campaign": ", ".join(look_alikes)} if look_alikes else {})
        elif "campaign" in journal.preexisting:
            _delete_parts(fb, journal)
        else:
            _delete(fb.campaigns.delete, campaign_id)
            deleted = [place for place in [*journal.created, *journal.pending] if kind_of(place) in WITH_STATUS]
            journal.record_absent(dict.fromkeys(deleted))
    except FacebookAdsError as error:
        errors["campaign"] = error


def _delete_parts(fb: FacebookAds, journal: LaunchJournal) -> None:
    """Delete the ad sets and ads of a campaign that may be another's: those that Meta's answers named, ads first."""
    for kind, delete in (("ads", fb.ads.delete), ("adsets", fb.adsets.delete)):
        for place, node_id in _created_of(journal, kind).items():
            if place in journal.preexisting:
                journal.record_left({place: node_id})
            else:
                _delete(delete, node_id)
                journal.record_absent([place])
    found = dict.fromkeys([journal.created["campaign"], *_look_alikes(fb, journal, journal.started)])
    journal.record_left({"campaign": ", ".join(found)})  # if the search found another's, this launch's is among them


def _look_alikes(fb: FacebookAds, journal: LaunchJournal, sent: datetime | None) -> list[str]:
    """Return the campaigns that a launch may have created before it died: same name, created since it was `sent`."""
    if sent is None:
        return []
    name, since = stored_name(journal.spec["campaign"]["name"]), sent - CLOCKS_APART
    campaigns = fb.campaigns.iter(journal.account, fields=["id", "name", "created_time"], limit=200)
    return [
        campaign.id
        for campaign in campaigns
        if stored_name(campaign.name) == name and (campaign.created_time is None or campaign.created_time >= since)
    ]


def _delete_creatives(fb: FacebookAds, journal: LaunchJournal, errors: Errors) -> None:
    """Delete creatives. One that may have been created and was not answered stays unknown: it may be another's."""
    creatives = _created_of(journal, "creatives")
    ids = {creatives[place] for place in creatives.keys() - journal.preexisting}
    with fb.batch() as batch:
        deletes = {creative_id: batch.add(fb.adcreatives.delete, creative_id) for creative_id in sorted(ids)}
    for place, creative_id in creatives.items():
        item = deletes.get(creative_id)
        with _collected(journal, place, errors):
            if item is not None:
                item.result()


@contextmanager
def _collected(journal: LaunchJournal, place: str, errors: Errors) -> Iterator[None]:
    """Record that something is deleted. What does not exist counts as deleted; what Meta refuses is left alone."""
    try:
        yield
    except NotFoundError:
        pass
    except InvalidParameterError as error:
        log.warning("launch %s: %s is left alone: %s", journal.id, place, error)
        journal.record_left({place: journal.created[place]})
        return
    except FacebookAdsError as error:
        errors[place] = error
        return
    journal.record_absent([place])


def _archive_forms(fb: FacebookAds, journal: LaunchJournal, errors: Errors) -> None:
    """Archive lead forms, which cannot be deleted; one that another ad uses stays."""
    for place, form_id in _created_of(journal, "forms").items():
        with _collected(journal, place, errors):
            if place in journal.preexisting or fb.leadgen_forms.ads_using(form_id, [journal.account]):
                journal.record_left({place: form_id})
                continue
            fb.leadgen_forms.update(form_id, status="ARCHIVED")


def _delete_videos(fb: FacebookAds, journal: LaunchJournal, errors: Errors) -> None:
    for place, video_id in _created_of(journal, "videos").items():
        if place in journal.preexisting:
            journal.record_left({place: video_id})
            continue
        with _collected(journal, place, errors):
            _delete(fb.advideos.delete, video_id)


def _delete_images(fb: FacebookAds, journal: LaunchJournal, errors: Errors) -> None:
    """Delete images that are not older than the launch, by Meta's clock."""
    images = _created_of(journal, "images")
    if not images:
        return
    try:
        hashes, fields = sorted({*images.values()}), ["hash", "created_time"]
        found = fb.adimages.list(journal.account, hashes=hashes, fields=fields)
        created_times = {image.hash: image.created_time for image in found}
    except FacebookAdsError as error:
        errors |= dict.fromkeys(images, error)
        return
    for place, image_hash in images.items():
        created = created_times.pop(image_hash, None)
        with _collected(journal, place, errors):
            if created is not None and created >= journal.started.replace(microsecond=0):
                _delete(fb.adimages.delete, journal.account, image_hash)


def _created_of(journal: LaunchJournal, kind: str) -> dict[str, str]:
    return {place: node_id for place, node_id in journal.created.items() if kind_of(place) == kind}


def _delete(delete: Callable[..., object], *ids: str) -> None:
    """Delete an object; one that does not exist counts as deleted. After a lost response, try once more."""
    with suppress(NotFoundError):
        try:
            delete(*ids)
        except OutcomeUnknown:
            delete(*ids)
