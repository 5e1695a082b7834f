"""Valid calls and Meta's answers, mutated: no exception, no call that takes long, no write for refused arguments."""

from __future__ import annotations

import pytest
from explore import examples

from .mutated_calls import run

pytestmark = pytest.mark.thorough


def test_mutated_calls() -> None:
    found = run(300, seed=17)
    assert not found.wrong, found.shown
    assert found.ok > 5, "some mutations are harmless"


def check_answers(calls: int, seed: int) -> None:
    """No answer raises, takes long, or is an unexpected error."""
    found = run(calls, seed=seed, answers=True)
    assert not found.wrong, found.shown
    assert found.ok > calls * 0.2


def test_calls_with_mutated_answers() -> None:
    check_answers(200, seed=17)


@pytest.mark.slow
def test_many_mutated_calls() -> None:
    found = run(examples(1000), seed=18)
    assert not found.wrong, found.shown


@pytest.mark.slow
def test_many_calls_with_mutated_answers() -> None:
    check_answers(examples(600), seed=18)
