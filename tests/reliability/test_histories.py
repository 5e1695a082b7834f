"""Histories of five clients under faults: 0 duplicates, 0 lost, 0 deletions of what is another's, unknowns named."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from explore import examples

sys.path.insert(0, str(Path(__file__).parent))

import histories

from admonster_fb import FacebookAds, InvalidParameterError
from admonster_fb.sandbox import Sandbox
from admonster_fb.transport import answers, recovery
from admonster_fb.transport.recovery import Recovery

pytestmark = pytest.mark.thorough


def check(seed):
    verdict = histories.run(seed)
    assert verdict.wrong == []
    assert verdict.counts["ok"] >= 20
    assert verdict.counts["faults"] >= 10


@pytest.mark.parametrize("seed", range(2))
def test_a_history_holds(seed):
    check(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, examples(10)))
def test_every_history_holds(seed):
    check(seed)


def planted_resend(monkeypatch):
    """Absence is taken for proof, as in the last release."""
    lost = Recovery.lost
    monkeypatch.setattr(
        Recovery, "lost", lambda *args: replace(lost(*args), send_again=True, until=args[0]._clock.now())
    )


def planted_trust(monkeypatch):
    """Any answer is taken."""
    monkeypatch.setattr(answers, "mismatch", lambda *_, **__: "")
    monkeypatch.setattr(Recovery, "accept", lambda _self, _call, created: created)


def planted_deafness(monkeypatch):
    """A lost answer is a refusal."""

    def refuse(error, _call):
        raise InvalidParameterError(message=error.message)

    monkeypatch.setattr(recovery, "as_lost", refuse)


@pytest.mark.parametrize(
    ("plant", "found"),
    [(planted_resend, "duplicate"), (planted_trust, "lost"), (planted_deafness, "lost")],
)
def test_the_checker_finds_a_planted_fault(monkeypatch, plant, found):
    plant(monkeypatch)
    assert any(line.startswith(found) for seed in range(3) for line in histories.run(seed).wrong)


def test_the_checker_finds_a_deletion_of_what_is_anothers():
    sandbox = Sandbox(history=0)
    with FacebookAds.sandbox(sandbox) as fb:
        made = fb.campaigns.create(
            "act_1", name="A", objective="OUTCOME_TRAFFIC", special_ad_categories=[], spend_cap=10_001
        )
        fb.campaigns.delete(made.id)
    create = histories.Invocation(0, "Campaign", 10_001, outcome="ok", id=made.id)
    delete = histories.Invocation(1, "DELETED", 0, made.id, outcome="ok")
    assert [line[:8] for line in histories.check([create, delete], sandbox).wrong] == ["deleted:"]
