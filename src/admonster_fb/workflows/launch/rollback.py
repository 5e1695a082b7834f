"""Rollback of a launch: everything that it created is deleted, and what remains is reported."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from admonster_fb.errors import FacebookAdsError, NotFoundError, OutcomeUnknown
from admonster_fb.models.launch import kind_of
from admonster_fb.workflows.launch.execute import LaunchExecutor, creative_params_at
from admonster_fb.workflows.launch.journal import LaunchJournal
from admonster_fb.workflows.launch.validate import WITH_STATUS

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

CLOCK_TOLERANCE = timedelta(seconds=60)
"""How far Meta's clock may be behind ours: an object that is so much older than the launch may belong to it."""
Errors = dict[str, FacebookAdsError]


def delete_created(fb: FacebookAds, journal: LaunchJournal) -> Errors:
    """Delete everything that a launch created; return the errors of what could not be deleted, by place.

    Ad sets and ads are deleted with their campaign. What existed before the launch stays, and so do images that Meta
    already had: it stores the same picture once.

    >>> delete_created(fb, journal)
    {}
    """
    errors: Errors = {}
    for delete in (_delete_campaign, _delete_creatives, _delete_videos, _delete_images):
        delete(fb, journal, errors)
        if "campaign" in errors:
            break
    return errors


def _delete_campaign(fb: FacebookAds, journal: LaunchJournal, errors: Errors) -> None:
    try:
        created = journal.created.get("campaign")
        for campaign_id in [created] if created else _lost_campaign(fb, journal):
            _delete(fb.campaigns.delete, campaign_id)
    except FacebookAdsError as error:
        errors["campaign"] = error
        return
    deleted = [place for place in [*journal.created, *journal.pending] if kind_of(place) in WITH_STATUS]
    journal.record_absent(dict.fromkeys(deleted))


def _lost_campaign(fb: FacebookAds, journal: LaunchJournal) -> list[str]:
    """Return the ID of a campaign that may have been created before a crash: same name, created since it was sent."""
    if "campaign" not in journal.pending:
        return []
    params, since = journal.spec["campaign"], journal.pending["campaign"] - CLOCK_TOLERANCE
    fields = ["id", "name", "objective", "created_time"]
    matches = [
        campaign.id
        for campaign in fb.campaigns.iter(journal.account, fields=fields, limit=200)
        if (campaign.name, campaign.objective) == (params["name"], params["objective"])
        and campaign.created_time is not None
        and campaign.created_time >= since
    ]
    if len(matches) > 1:
        message = f"{len(matches)} campaigns match the one that was sent: {', '.join(matches)}"
        raise OutcomeUnknown(message, request="POST campaigns", check="delete the one that you do not need")
    return matches


def _delete_creatives(fb: FacebookAds, journal: LaunchJournal, errors: Errors) -> None:
    """Delete creatives. A pending one is requested again first: Meta answers the same content with its ID."""
    with fb.batch() as batch:
        requests = {
            place: batch.add(
                fb.adcreatives.create, journal.account, **creative_params_at(journal.spec, place, journal.created)
            )
            for place in journal.pending
            if kind_of(place) == "creatives"
        }
    errors |= {place: item.error for place, item in requests.items() if item.error is not None}
    journal.record_created({place: item.result().id for place, item in requests.items() if item.error is None})
    creatives = _created_of(journal, "creatives")
    ids = {creatives[place] for place in creatives.keys() - journal.preexisting}
    with fb.batch() as batch:
        deletes = {creative_id: batch.add(fb.adcreatives.delete, creative_id) for creative_id in sorted(ids)}
    for place, creative_id in creatives.items():
        item = deletes.get(creative_id)
        if item is not None and item.error is not None and not isinstance(item.error, NotFoundError):
            errors[place] = item.error
    journal.record_absent(place for place in creatives if place not in errors)


def _delete_videos(fb: FacebookAds, journal: LaunchJournal, errors: Errors) -> None:
    for place, video_id in _created_of(journal, "videos").items():
        try:
            _delete(fb.advideos.delete, video_id)
            journal.record_absent([place])
        except FacebookAdsError as error:
            errors[place] = error


def _delete_images(fb: FacebookAds, journal: LaunchJournal, errors: Errors) -> None:
    """Delete images that are not older than the launch. A pending one is uploaded again first to learn its hash."""
    if any(kind_of(place) == "images" for place in journal.pending):
        executor = LaunchExecutor(fb, journal)
        executor.upload_images()
        errors |= executor.failed
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
        created = created_times.get(image_hash)
        try:
            if created is not None and created >= journal.started - CLOCK_TOLERANCE:
                _delete(fb.adimages.delete, journal.account, image_hash)
                del created_times[image_hash]
        except FacebookAdsError as error:
            errors[place] = error
            continue
        journal.record_absent([place])


def _created_of(journal: LaunchJournal, kind: str) -> dict[str, str]:
    return {place: node_id for place, node_id in journal.created.items() if kind_of(place) == kind}


def _delete(delete: Callable[..., object], *ids: str) -> None:
    """Delete an object; one that does not exist counts as deleted. After a lost response, try once more."""
    with suppress(NotFoundError):
        try:
            delete(*ids)
        except OutcomeUnknown:
            delete(*ids)
