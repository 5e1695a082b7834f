"""Launching a whole campaign, resuming a launch, and rolling it back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admonster_fb.errors import FacebookAdsError, LaunchStopped
from admonster_fb.models.launch import Launched, State
from admonster_fb.services._base import account_id
from admonster_fb.workflows.launch.execute import LaunchExecutor, LaunchProgress, is_permanent
from admonster_fb.workflows.launch.expand import places
from admonster_fb.workflows.launch.journal import LaunchJournal
from admonster_fb.workflows.launch.rollback import delete_created
from admonster_fb.workflows.launch.validate import validate_launch
from admonster_fb.workflows.launch.verify import find_differences

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds


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
    fb: FacebookAds,
    journal: LaunchJournal,
    progress: LaunchProgress | None,
    *,
    validate: bool,
    send_again: bool = False,
) -> Launched:
    executor = LaunchExecutor(fb, journal, progress, send_again=send_again)
    try:
        executor.execute(validate=validate)
    except FacebookAdsError as error:
        executor.failed["launch"] = error
    if not executor.failed:
        return _launch_status(journal, "complete", {}, tuple(find_differences(fb, journal)))
    state: State = "stopped"
    if not journal.pending and all(map(is_permanent, executor.failed.values())) and not delete_created(fb, journal):
        state = "gone"  # the same launch could not be completed
    stopped = _launch_status(journal, state, executor.failed)
    raise LaunchStopped(*_describe(stopped, "stopped"), launched=stopped)


def _launch_status(
    journal: LaunchJournal, state: State, failed: Mapping[str, FacebookAdsError], differences: tuple[str, ...] = ()
) -> Launched:
    """Return the state of a launch."""
    every = places(journal.spec)
    created = {place: journal.created[place] for place in every if place in journal.created}
    unknown = tuple(place for place in journal.pending if place not in failed)
    return Launched(
        id=journal.id,
        account=journal.account,
        state=state,
        made=created,
        failed=dict(failed),
        unknown=unknown,
        left=dict(journal.left),
        different=differences,
        of=len(every),
        journal=journal.path,
    )


def _describe(launched: Launched, event: str) -> tuple[str, str]:
    """Return what happened, and what to do about it."""
    place, error = next(iter(launched.failed.items()))
    more = f" (and {len(launched.failed) - 1} more)" if len(launched.failed) > 1 else ""
    message = f"launch {launched.id} {event} at {place}: {error.words}{more}"
    if launched.left:
        message += f"; left alone: {_places(launched.left)}"
    if launched.state == "gone" and not launched.made:
        return f"{message}; everything that it created is deleted", "Correct the launch and start it again."
    exists = f"{len(launched.made)} of {launched.of} objects exist: {_places(launched.made)}"
    advice = f"launch_campaign with resume={launched.id} continues, with rollback={launched.id} deletes what exists."
    return f"{message}; {exists}", f"{advice} Before: {error.advice}" if error.advice else advice


def _places(ids: Mapping[str, str]) -> str:
    shown = ", ".join(f"{place} {node_id}" for place, node_id in [*ids.items()][:4])
    return f"{shown}{', …' if len(ids) > 4 else ''}"
