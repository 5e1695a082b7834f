"""Launching a whole campaign, taking a launch up again, and taking it back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admonster_fb.errors import FacebookAdsError, LaunchStopped
from admonster_fb.models.launch import Launched, State
from admonster_fb.services._base import account_id
from admonster_fb.workflows.launch.execute import Progress, Run, refused_for_good
from admonster_fb.workflows.launch.expand import places
from admonster_fb.workflows.launch.journal import Notes
from admonster_fb.workflows.launch.rollback import taken_back
from admonster_fb.workflows.launch.validate import ready
from admonster_fb.workflows.launch.verify import different

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds


def launch(
    fb: FacebookAds,
    ad_account_id: str,
    spec: Mapping[str, Any],
    *,
    journal: str | Path | None = None,
    validate: bool = True,
    progress: Progress | None = None,
) -> Launched:
    """Make a whole campaign, PAUSED: pictures, campaign, ad sets, creatives, ads; then read it back.

    `spec` is a `Launch`. Everything is checked offline first, and by Meta where it can (`validate`). What Meta refuses
    for good ends the launch, and what was made is deleted again; after any other failure it stays, for `resume` or
    `rollback`. Raises `ParameterError` before anything is sent, `LaunchStopped` with what exists. The journal is a new
    file, by default in the user's folder for state. Meta: `api_facts.md` sections 1 and 10.

    >>> made = launch(fb, "act_1", {"preset": "traffic", "campaign": {"name": "Sale", "special_ad_categories": []}})
    >>> made.state, fb.campaigns.get(made.campaign_id).status
    ('complete', 'PAUSED')
    """
    account = account_id(ad_account_id)
    whole, _, _ = ready(fb, account, spec)
    with Notes.begin(journal, account, whole, fb.now()) as notes:
        return _carried_out(fb, notes, progress, validate=validate)


def resume(fb: FacebookAds, launch: str | Path, *, validate: bool = True, progress: Progress | None = None) -> Launched:
    """Go on with a launch that stopped, by its id or its journal; nothing is made twice.

    One that is whole is read back. What may have been made when a process died is looked for first. Raises
    `LaunchStopped` if it stops again.

    >>> resume(fb, launched.journal).state
    'complete'
    """
    with Notes.read(launch) as notes:
        return _carried_out(fb, notes, progress, validate=validate)


def rollback(fb: FacebookAds, launch: str | Path) -> Launched:
    """Delete all that a launch has made, complete or not, by its id or its journal; what was there before stays.

    Raises `LaunchStopped` with what could not be deleted; call it again then.

    >>> rollback(fb, launched.journal).state
    'gone'
    """
    with Notes.read(launch) as notes:
        left = taken_back(fb, notes)
        gone = told(notes, "gone", left)
        if left:
            raise LaunchStopped(*_words(gone, "could not be taken back whole"), launched=gone)
        return gone


def _carried_out(fb: FacebookAds, notes: Notes, progress: Progress | None, *, validate: bool) -> Launched:
    run = Run(fb, notes, progress)
    try:
        run.go(validate=validate)
    except FacebookAdsError as error:
        run.failed["launch"] = error
    if not run.failed:
        return told(notes, "complete", {}, tuple(different(fb, notes)))
    failed, state = dict(run.failed), _end(fb, notes, run)
    stopped = told(notes, state, failed)
    raise LaunchStopped(*_words(stopped, "stopped"), launched=stopped)


def _end(fb: FacebookAds, notes: Notes, run: Run) -> State:
    """Take back what was made if it was refused for good: the same launch could not be completed."""
    if notes.sent or not all(map(refused_for_good, run.failed.values())):
        return "stopped"
    return "stopped" if taken_back(fb, notes) else "gone"


def told(notes: Notes, state: State, failed: Mapping[str, FacebookAdsError], differs: tuple[str, ...] = ()) -> Launched:
    """Return how a launch stands.

    >>> told(notes, "stopped", {}).campaign_id is None
    True
    """
    made = {place: notes.ids[place] for place in places(notes.whole) if place in notes.ids}
    unknown = tuple(place for place in notes.sent if place not in failed)
    of = len(places(notes.whole))
    return Launched(notes.id, notes.account, state, made, failed, unknown, differs, of, notes.path)


def _words(launched: Launched, how: str) -> tuple[str, str]:
    """Return what happened and what to do about it."""
    place, error = next(iter(launched.failed.items()))
    more = f" (and {len(launched.failed) - 1} more)" if len(launched.failed) > 1 else ""
    ids = ", ".join(f"{place} {node_id}" for place, node_id in [*launched.made.items()][:4])
    there = f"{len(launched.made)} of {launched.of} exist: {ids}{', …' if len(launched.made) > 4 else ''}"
    message = f"launch {launched.id} {how} at {place}: {error}{more}"
    if launched.state == "gone" and not launched.made:
        return f"{message}; nothing of it is left", "Correct it and launch again."
    advice = f"launch_campaign with resume={launched.id} goes on, with rollback={launched.id} deletes what exists."
    return f"{message}; {there}", advice
