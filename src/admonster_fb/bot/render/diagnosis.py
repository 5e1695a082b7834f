"""Diagnoses as text for the model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from admonster_fb.analysis.diagnosis import Problem
from admonster_fb.bot.render.values import counted, format_field, plain, quoted
from admonster_fb.client import FacebookAds
from admonster_fb.enums import ACCOUNT_STATUS, DISABLE_REASON
from admonster_fb.objects import OBJECTS
from admonster_fb.workflows.diagnose import Diagnosis

_NAMES = {"account_status": ACCOUNT_STATUS, "disable_reason": DISABLE_REASON}
_MOST = 10
"""The most IDs of objects with the same cause that are named."""


def diagnosis(found: Diagnosis, fb: FacebookAds) -> list[str]:
    """Return a diagnosis, the first cause first.

    >>> from admonster_fb.workflows.diagnose import diagnose
    >>> diagnosis(diagnose(fb, "act_1"), fb)[1]
    'No cause found: it delivers.'
    """
    return [*_diagnosis(found, fb)]


def _diagnosis(found: Diagnosis, fb: FacebookAds) -> Iterator[str]:
    noun = OBJECTS[found.node].noun
    of = f"{noun} ID: {found.id} {quoted(found.name)}"
    known = "unknown how many" if found.delivering is None else f"{found.delivering:,}"
    yield f"Diagnosis of {of}: {known} of {counted(found.ads, 'ad')} had impressions today or yesterday."
    if not found.problems:
        yield "No cause found: it delivers." if found.delivering else "No cause found: nothing in it should deliver."
    for number, problem in enumerate(found.problems, 1):
        yield from _problem(number, problem, found, fb)
    yield from (f"Not read: {plain(note)}" for note in found.notes)


def _problem(number: int, problem: Problem, found: Diagnosis, fb: FacebookAds) -> Iterator[str]:
    cause = problem.cause
    yield f"{number}. {cause.effect.upper()} {cause.code} ({cause.stage}): {cause.meaning}"
    noun = OBJECTS[problem.node].noun
    name = f" {quoted(problem.name)}" if problem.name else ""
    parts = [
        f"Evidence: {noun} ID: {problem.id}{name}, {_evidence(problem, fb)}",
        f"since {_time(problem.time)}" if problem.time else "",
        f"by {quoted(problem.actor)}" if problem.actor else "",
        f"affects {problem.affects:,} of {counted(found.ads, 'ad')}",
    ]
    yield "   " + " | ".join(part for part in parts if part)
    if problem.more:
        more = len(problem.more) - _MOST
        ids = ", ".join(problem.more[:_MOST]) + (f" and {more:,} more" if more > 0 else "")
        yield f"   Also: {noun} IDs {ids}"
    if problem.text:
        yield f"   Meta says: {quoted(problem.text)}"
    args = f" args={json.dumps(problem.args)}" if problem.args else ""
    call = f" Call (a plan if it can spend): op={problem.op}{args}" if problem.op else ""
    yield f"   Cure: {cause.cure}{call}"


def _evidence(problem: Problem, fb: FacebookAds) -> str:
    value = _NAMES.get(problem.field, {}).get(problem.value)
    shown = format_field(problem.field, problem.value, lambda: fb.currency(problem.id))
    return f"{plain(problem.field)}: {shown}{f' ({value})' if value else ''}"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M %z}"
