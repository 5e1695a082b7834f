"""A launch taken back: all that it has made is deleted, and what stays is told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from admonster_fb.errors import FacebookAdsError, NotFoundError, OutcomeUnknown
from admonster_fb.models.launch import kind_of
from admonster_fb.workflows.creative import creative_params
from admonster_fb.workflows.launch.expand import resolved
from admonster_fb.workflows.launch.journal import Notes

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

SLACK = timedelta(seconds=60)
"""How much older than the launch an object may be by Meta's clock and still be of it."""


def taken_back(fb: FacebookAds, notes: Notes) -> dict[str, FacebookAdsError]:
    """Delete all that a launch has made; return the errors of what could not be deleted, by place.

    Ad sets and ads go with their campaign. What was there before the launch stays. Images that were uploaded again
    stay too, for Meta keeps the same picture once.

    >>> taken_back(fb, notes)
    {}
    """
    left: dict[str, FacebookAdsError] = {}
    _campaign(fb, notes, left)
    if left:
        return left
    _creatives(fb, notes, left)
    _videos(fb, notes, left)
    _images(fb, notes, left)
    return left


def _campaign(fb: FacebookAds, notes: Notes, left: dict[str, FacebookAdsError]) -> None:
    try:
        for campaign_id in [notes.ids["campaign"]] if "campaign" in notes.ids else _lost(fb, notes):
            _gone(fb.campaigns.delete, campaign_id)
    except FacebookAdsError as error:
        left["campaign"] = error
        return
    under = [place for place in [*notes.ids, *notes.sent] if kind_of(place) in ("campaign", "adsets", "ads")]
    notes.refused(dict.fromkeys(under))


def _lost(fb: FacebookAds, notes: Notes) -> list[str]:
    """Return the campaign that may have been made before a crash: of the same name, made since it was sent."""
    if "campaign" not in notes.sent:
        return []
    said, since = notes.whole["campaign"], notes.sent["campaign"] - SLACK
    fields = ["id", "name", "objective", "created_time"]
    found = [
        each.id
        for each in fb.campaigns.iter(notes.account, fields=fields, limit=200)
        if (each.name, each.objective) == (said["name"], said["objective"])
        and each.created_time is not None
        and each.created_time >= since
    ]
    if len(found) > 1:
        check = "delete the one that is not wanted"
        told = f"{len(found)} campaigns look like the one sent: {', '.join(found)}"
        raise OutcomeUnknown(told, request="POST campaigns", check=check)
    return found


def _creatives(fb: FacebookAds, notes: Notes, left: dict[str, FacebookAdsError]) -> None:
    """Delete creatives. One whose answer was lost is asked for again: Meta answers the same content with its id."""
    doubts = [place for place in notes.sent if kind_of(place) == "creatives"]
    with fb.batch() as batch:
        asked = {
            place: batch.add(
                fb.adcreatives.create,
                notes.account,
                **creative_params(resolved(notes.whole["creatives"][place.removeprefix("creatives.")], notes.ids)),
            )
            for place in doubts
        }
    left |= {place: item.error for place, item in asked.items() if item.error is not None}
    notes.done({place: item.result().id for place, item in asked.items() if item.error is None})
    ours = {place: node_id for place, node_id in notes.ids.items() if kind_of(place) == "creatives"}
    ids = {ours[place] for place in ours.keys() - notes.found}
    with fb.batch() as batch:
        items = {node_id: batch.add(fb.adcreatives.delete, node_id) for node_id in sorted(ids)}
    for place, node_id in ours.items():
        item = items.get(node_id)
        if item is not None and item.error is not None and not isinstance(item.error, NotFoundError):
            left[place] = item.error
    notes.refused(place for place in ours if place not in left)


def _videos(fb: FacebookAds, notes: Notes, left: dict[str, FacebookAdsError]) -> None:
    for place, video_id in [*notes.ids.items()]:
        if kind_of(place) == "videos":
            try:
                _gone(fb.advideos.delete, video_id)
                notes.refused([place])
            except FacebookAdsError as error:
                left[place] = error


def _images(fb: FacebookAds, notes: Notes, left: dict[str, FacebookAdsError]) -> None:
    """Delete images that came with this launch. One whose answer was lost is uploaded again to learn its hash."""
    _learn_hashes(fb, notes, left)
    ours = {place: each for place, each in notes.ids.items() if kind_of(place) == "images"}
    if not ours:
        return
    try:
        fields = ["hash", "created_time"]
        made = {each.hash: each.created_time for each in _listed(fb, notes.account, sorted({*ours.values()}), fields)}
    except FacebookAdsError as error:
        left |= dict.fromkeys(ours, error)
        return
    for place, image_hash in ours.items():
        at = made.get(image_hash)
        if at is None or at >= notes.at - SLACK:
            try:
                if at is not None:
                    _gone(fb.adimages.delete, notes.account, image_hash)
                    made.pop(image_hash)
            except FacebookAdsError as error:
                left[place] = error
                continue
        notes.refused([place])


def _listed(fb: FacebookAds, account: str, hashes: list[str], fields: list[str]) -> Any:
    return fb.adimages.list(account, hashes=hashes, fields=fields)


def _learn_hashes(fb: FacebookAds, notes: Notes, left: dict[str, FacebookAdsError]) -> None:
    from admonster_fb.workflows.launch.execute import Run

    doubts = [place for place in notes.sent if kind_of(place) == "images"]
    if doubts:
        again = Run(fb, notes)
        again.images()
        left |= again.failed


def _gone(delete: Any, *args: str) -> None:
    """Delete; what is not there any more is gone."""
    for last in (False, True):
        try:
            delete(*args)
        except NotFoundError:
            return
        except OutcomeUnknown:
            if last:
                raise
        else:
            return
