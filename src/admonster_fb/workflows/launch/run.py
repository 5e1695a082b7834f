"""Launching a whole campaign, reading it back, resuming a launch, and rolling it back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from admonster_fb.client import FacebookAds
from admonster_fb.errors import FacebookAdsError, InvalidParameterError, LaunchStopped, NotFoundError, OutcomeUnknown
from admonster_fb.models._node import Node
from admonster_fb.models.campaign import BUDGETS
from admonster_fb.models.launch import Launched, State, kind_of
from admonster_fb.services._base import account_id
from admonster_fb.transport.answers import stored_name
from admonster_fb.transport.recovery import CLOCKS_APART
from admonster_fb.workflows.launch.execute import LaunchExecutor, LaunchProgress, is_permanent
from admonster_fb.workflows.launch.expand import Spec, object_at, places
from admonster_fb.workflows.launch.journal import LaunchJournal
from admonster_fb.workflows.launch.validate import WITH_STATUS, build_tree, in_minor_units, validate_launch

log = logging.getLogger("admonster_fb")
_BUDGETS = (*BUDGETS, "bid_strategy")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "campaigns": ("name", "objective", "status", "spend_cap", "buying_type", "special_ad_categories", *_BUDGETS),
    "adsets": ("name", "status", "campaign_id", "optimization_goal", "billing_event", "bid_amount", *_BUDGETS),
    "ads": ("name", "status", "adset_id"),
}
"""Fields that Meta returns as they were written. Targeting is not among them: Meta adds to it."""
PAGE = 500


def launch(
    fb: FacebookAds,
    ad_account_id: str,
    spec: Mapping[str, Any],
    *,
    journal: str | Path | None = None,
    validate: bool = True,
    progress: LaunchProgress | None = None,
) -> Launched:
    """Create a whole campaign, PAUSED: images, videos, campaign, ad sets, creatives, ads; then read it back.

    `spec` is a `Launch`. It is validated offline first, and by Meta as far as Meta can (`validate`). If Meta refuses
    something permanently, everything that was created is deleted again. After any other error it stays, for `resume`
    or `rollback`. `journal` is a new file. Default: a file in the user's state folder. Raises `ParameterError` before
    anything is sent, `LaunchStopped` with what exists. See `docs/meta-rules.md#campaigns`.

    >>> sale = launch(fb, "act_1", {"preset": "traffic", "campaign": {"name": "Sale", "special_ad_categories": []}})
    >>> sale.state, fb.campaigns.get(sale.campaign_id).status
    ('complete', 'PAUSED')
    """
    account = account_id(ad_account_id)
    full, _, _ = validate_launch(fb, account, spec)
    with LaunchJournal.create(journal, account, full, fb.api.meta_time()) as opened:
        return _execute(fb, opened, progress, validate=validate)


def resume(
    fb: FacebookAds,
    launch: str | Path,
    *,
    validate: bool = True,
    progress: LaunchProgress | None = None,
    send_again: bool = False,
) -> Launched:
    """Continue a launch that stopped, by its ID or its journal; nothing is created twice.

    A complete launch is read back. What may have been created when a process died is looked up, and sent again only
    with `send_again`, if it does not show: look in Ads Manager before. Raises `LaunchStopped` if it stops again.

    >>> resume(fb, launched.journal).state
    'complete'
    """
    with LaunchJournal.load(launch) as journal:
        return _execute(fb, journal, progress, validate=validate, send_again=send_again)


def rollback(fb: FacebookAds, launch: str | Path) -> Launched:
    """Delete everything that a launch created, complete or not, by its ID or its journal.

    Only what Meta's own answers named is deleted. What existed before the launch stays, and so does what was found by
    search after a lost answer (`left`); what may exist is in `unknown`. Raises
    `LaunchStopped` with what could not be deleted; call it again then.

    >>> rollback(fb, launched.journal).state
    'gone'
    """
    with LaunchJournal.load(launch) as journal:
        errors = delete_created(fb, journal)
        status = _launch_status(journal, "gone", errors)
        if errors:
            raise LaunchStopped(*_describe(status, "could not be deleted completely"), launched=status)
        return status


def _execute(
    fb: FacebookAds, journal: LaunchJournal, progress: LaunchProgress | None, validate: bool, send_again: bool = False
) -> Launched:
    executor = LaunchExecutor(fb, journal, progress, send_again=send_again)
    try:
        executor.execute(validate=validate)
    except FacebookAdsError as error:
        executor.failed["launch"] = error
    if not executor.failed:
        return _launch_status(journal, "complete", {}, tuple(find_differences(fb, journal)))
    hopeless = not journal.pending and all(map(is_permanent, executor.failed.values()))
    gone = hopeless and not delete_created(fb, journal)  # the same launch could not be completed
    stopped = _launch_status(journal, "gone" if gone else "stopped", executor.failed)
    raise LaunchStopped(*_describe(stopped, "stopped"), launched=stopped)


def _launch_status(
    journal: LaunchJournal, state: State, failed: Mapping[str, FacebookAdsError], differences: tuple[str, ...] = ()
) -> Launched:
    every = places(journal.spec)
    made = {place: journal.created[place] for place in every if place in journal.created}
    unknown, left = tuple(place for place in journal.pending if place not in failed), dict(journal.left)
    of = len(every), journal.path
    return Launched(journal.id, journal.account, state, made, dict(failed), unknown, left, differences, *of)


def _describe(launched: Launched, event: str) -> tuple[str, str]:
    place, error = next(iter(launched.failed.items()))
    more = f" (and {len(launched.failed) - 1} more)" if len(launched.failed) > 1 else ""
    left = f"; left alone: {_places(launched.left)}" if launched.left else ""
    message = f"launch {launched.id} {event} at {place}: {error.words}{more}{left}"
    if launched.state == "gone" and not launched.made:
        return f"{message}; everything that it created is deleted", "Correct the launch and start it again."
    exists = f"{len(launched.made)} of {launched.of} objects exist: {_places(launched.made)}"
    advice = f"launch_campaign with resume={launched.id} continues, with rollback={launched.id} deletes what exists."
    return f"{message}; {exists}", f"{advice} Before: {error.advice}" if error.advice else advice


def _places(ids: Mapping[str, str]) -> str:
    shown = ", ".join(f"{place} {node_id}" for place, node_id in [*ids.items()][:4])
    return f"{shown}{', …' if len(ids) > 4 else ''}"


def find_differences(fb: FacebookAds, journal: LaunchJournal) -> list[str]:
    """Return one sentence per field whose value is not the requested one.

    Reads the lists of the campaign's ad sets and ads; what they lack one by one, in batches.
    """
    expected, campaign_id = dict(_expected_objects(fb, journal)), journal.created["campaign"]
    with fb.batch() as batch:
        campaign = batch.add(fb.campaigns.get, campaign_id, fields=["id", *FIELDS["campaigns"]])
        lists: Any = {"adsets": fb.adsets.iter, "ads": fb.ads.iter}
        edges = [batch.add(lists[edge], campaign_id, fields=["id", *FIELDS[edge]], limit=PAGE) for edge in lists]
    listed: dict[str, Node] = {} if campaign.error else {campaign_id: campaign.result()}
    for found in edges:
        with suppress(FacebookAdsError):
            listed |= {node.id: node for node in found.result()}
    with fb.batch() as batch:
        items = {
            place: batch.add(getattr(fb, edge).get, journal.created[place], fields=["id", *FIELDS[edge]])
            for place, (edge, _) in expected.items()
            if journal.created[place] not in listed
        }
    differences: list[str] = []
    for place, (edge, params) in expected.items():
        item = items.get(place)
        if item is not None and item.error is not None:
            differences.append(f"{place}: could not be read back: {item.error}")
            continue
        node = item.result() if item is not None else listed[journal.created[place]]
        for name in FIELDS[edge]:
            requested, actual = _comparable(params.get(name)), _comparable(getattr(node, name, None))
            if name in params and requested != actual and (requested or actual):
                differences.append(f"{place}.{name}: requested {requested}, is {actual}")
    return differences


def _expected_objects(fb: FacebookAds, journal: LaunchJournal) -> Iterator[tuple[str, tuple[str, Spec]]]:
    """Yield each object that can be read back: its place, its edge, and the requested parameters."""
    spec = journal.spec
    try:
        tree = {**spec, **in_minor_units(fb, journal.account, build_tree(spec, []))}
    except FacebookAdsError:  # the account has another currency now: its amounts differ and are reported
        tree = spec
    for place in places(spec):
        if kind_of(place) not in WITH_STATUS:
            continue
        params = {"status": "PAUSED", **object_at(tree, place)}
        if place.startswith("adsets."):
            adset, _, ad = place.partition(".ads.")
            params |= {"adset_id": journal.created[adset]} if ad else {"campaign_id": journal.created["campaign"]}
        yield place, ("campaigns" if place == "campaign" else kind_of(place), params)


def _comparable(value: Any) -> Any:
    return sorted(map(str, value)) if isinstance(value, list | tuple) else value


def delete_created(fb: FacebookAds, journal: LaunchJournal) -> dict[str, FacebookAdsError]:
    """Delete everything that a launch created; return the errors of what could not be deleted, by place.

    Ad sets and ads are deleted with their campaign. What existed before the launch stays, and so does what may be
    another's: what was found by search after a lost answer, and what Meta refuses to delete because it is in use.
    """
    errors: dict[str, FacebookAdsError] = {}
    try:
        _delete_campaign(fb, journal)
    except FacebookAdsError as error:
        return {"campaign": error}
    _delete_creatives(fb, journal, errors)
    for kind in ("forms", "videos"):
        for place, node_id in _created_of(journal, kind).items():
            with _collected(journal, place, errors):
                known = place in journal.preexisting
                if known or (kind == "forms" and fb.leadgen_forms.ads_using(node_id, [journal.account])):
                    journal.record_left({place: node_id})
                elif kind == "forms":  # they cannot be deleted
                    fb.leadgen_forms.update(node_id, status="ARCHIVED")
                else:
                    _delete(fb.advideos.delete, node_id)
    _delete_images(fb, journal, errors)
    return errors


def _delete_campaign(fb: FacebookAds, journal: LaunchJournal) -> None:
    campaign_id = journal.created.get("campaign")
    if campaign_id is None:
        look_alikes = _look_alikes(fb, journal, journal.pending.get("campaign"))
        journal.record_left({"campaign": ", ".join(look_alikes)} if look_alikes else {})
    elif "campaign" in journal.preexisting:
        _delete_parts(fb, journal)
    else:
        _delete(fb.campaigns.delete, campaign_id)
        deleted = [place for place in [*journal.created, *journal.pending] if kind_of(place) in WITH_STATUS]
        journal.record_absent(dict.fromkeys(deleted))


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
    named = [campaign for campaign in campaigns if stored_name(campaign.name) == name]
    return [campaign.id for campaign in named if campaign.created_time is None or campaign.created_time >= since]


def _delete_creatives(fb: FacebookAds, journal: LaunchJournal, errors: dict[str, FacebookAdsError]) -> None:
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
def _collected(journal: LaunchJournal, place: str, errors: dict[str, FacebookAdsError]) -> Iterator[None]:
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
    if place in journal.created:
        journal.record_absent([place])


def _delete_images(fb: FacebookAds, journal: LaunchJournal, errors: dict[str, FacebookAdsError]) -> None:
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
