"""What is tried again, how often, and how long a call may wait. (Lost writes: tests/reliability.)"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, errors
from admonster_fb.sandbox import Sandbox
from admonster_fb.transport.retry import LONGEST, READS, WRITES, Retry

from .conftest import Clock, Connect, Wire, answer, error


def throttled(code: int = 17, minutes: float | None = None, subcode: int | None = 2446079) -> bytes:
    if minutes is None:
        return answer(error(code, subcode), 400)
    use = {"type": "ads_management", "call_count": 100, "total_cputime": 25, "total_time": 25}
    header = {"1": [{**use, "estimated_time_to_regain_access": minutes}]}
    return answer(error(code, subcode), 400, X_Business_Use_Case_Usage=json.dumps(header))


def read(fb: FacebookAds) -> Any:
    return fb.campaigns.get("120")


def write(fb: FacebookAds) -> Any:
    return fb.campaigns.update("120", status="PAUSED")


def create(fb: FacebookAds) -> Any:
    return fb.campaigns.create("act_1", name="N", objective="OUTCOME_SALES", special_ad_categories=[])


Work = Callable[[FacebookAds], Any]
ALL = table("work", [read, write, create], ids=lambda work: work.__name__, fresh=True)


@ALL
def test_a_rate_limit_is_waited_out_as_long_as_meta_says(
    work: Work, wire: Wire, connect: Connect, clock: Clock
) -> None:
    wire.script.extend([throttled(minutes=1)])
    work(connect())
    assert len(wire.received) == 2  # refused for certain: a write too goes out again
    assert clock.slept[0] == pytest.approx(60, abs=1)


@pytest.mark.thorough
@ALL
def test_a_rate_limit_without_a_figure_is_waited_out_by_ours(
    work: Work, wire: Wire, connect: Connect, clock: Clock
) -> None:
    wire.script.extend([throttled()] * 3)
    work(connect())
    assert len(wire.received) == 4
    first = READS[errors.RateLimited][1]
    for number, slept in enumerate(clock.slept):
        assert first * 2**number <= slept <= first * 2**number + first


@pytest.mark.thorough
@ALL
def test_a_longer_wait_than_max_wait_is_raised_at_once(work: Work, wire: Wire, connect: Connect, clock: Clock) -> None:
    wire.otherwise = throttled(minutes=12)
    with pytest.raises(errors.RateLimited) as caught:
        work(connect(max_wait=60, deadline=3600))
    assert caught.value.retry_after == pytest.approx(720, abs=1)
    assert "Wait 720 s" in str(caught.value)
    assert len(wire.received) == 1
    assert clock.slept == []


def test_max_wait_can_be_longer(wire: Wire, connect: Connect, clock: Clock) -> None:
    wire.script.append(throttled(minutes=4))
    read(connect(max_wait=300, deadline=3600))
    assert clock.slept[0] == pytest.approx(240, abs=1)


@pytest.mark.thorough
@ALL
@table(("code", "subcode"), [(613, 1487225), (368, None), (2446149, None)], fresh=True)
def test_what_takes_hours_is_not_tried_again(
    code: int, subcode: int | None, work: Work, wire: Wire, connect: Connect, clock: Clock
) -> None:
    wire.otherwise = answer(error(code, subcode), 400)
    with pytest.raises(errors.APIError):
        work(connect())
    assert len(wire.received) == 1
    assert clock.slept == []


NEVER = {
    "expired token": (error(190, 463), errors.AuthenticationError),
    "password changed": (error(190, 460), errors.AuthenticationError),
    "no permission": (error(200), errors.PermissionDeniedError),
    "no such object": (error(100, 33), errors.NotFoundError),
    "wrong parameter": (error(100), errors.InvalidParameterError),
    "blocked": (error(31, 3858385), errors.BlockedError),
    "unknown": (error(123456), errors.APIError),
}


@pytest.mark.thorough
@ALL
@table("name", NEVER, fresh=True)
def test_what_cannot_help_is_not_tried_again(name: str, work: Work, wire: Wire, connect: Connect, clock: Clock) -> None:
    body, kind = NEVER[name]
    wire.otherwise = answer(body, 400)
    with pytest.raises(kind):
        work(connect())
    assert len(wire.received) == 1
    assert clock.slept == []


@pytest.mark.thorough
@table(("code", "status"), [(1, 500), (2, 500), (2, 400), (-1, 500)], fresh=True)
def test_a_fault_at_meta_is_tried_again_for_reads(
    code: int, status: int, wire: Wire, connect: Connect, clock: Clock
) -> None:
    wire.otherwise = answer(error(code), status)
    with pytest.raises(errors.TransientError):
        read(connect())
    tries, first = READS[errors.TransientError]
    assert len(wire.received) == tries
    assert all(pause <= LONGEST + first for pause in clock.slept)
    assert clock.slept == sorted(clock.slept)


@pytest.mark.thorough
def test_waits_are_jittered(wire: Wire, connect: Connect, clock: Clock) -> None:
    wire.otherwise = answer(error(2), 500)
    for _ in range(3):
        with pytest.raises(errors.TransientError):
            read(connect())
    assert len(set(clock.slept)) == len(clock.slept)


def test_no_call_takes_longer_than_its_deadline(wire: Wire, connect: Connect, clock: Clock) -> None:
    wire.otherwise = throttled(minutes=1)
    with pytest.raises(errors.RateLimited):
        read(connect(deadline=130))
    assert sum(clock.slept) <= 130
    assert len(wire.received) == 3


@pytest.mark.parametrize(("stop", "attempts"), [(True, 2), (False, 1)])
def test_a_stop_is_tried_again_when_no_retries_are_left(clock: Clock, stop: bool, attempts: int) -> None:
    retry, seen = Retry(clock), list[int]()

    def send(attempt: int, until: int) -> int:
        seen.append(attempt)
        if attempt < until:
            raise errors.NetworkError("down", request="POST 7")
        return attempt

    for _ in range(200):
        with suppress(errors.NetworkError):
            retry(lambda attempt: send(attempt, 99), reading=True)
    seen.clear()
    with suppress(errors.NetworkError):
        retry(lambda attempt: send(attempt, 2), reading=False, stop=stop)
    assert len(seen) == attempts


def failing(clock: Clock, error: Callable[[], errors.FacebookAdsError], reading: bool = True, **options: Any) -> Any:
    """The waits of a call that fails each time. What helps in the end is known: no retries are spared."""
    retry = Retry(clock, **options)

    def send(attempt: int) -> None:
        raise error()

    with pytest.raises(errors.FacebookAdsError) as raised:
        retry(send, reading=reading, stop=True)
    return clock.slept, raised.value


def limited(seconds: float | None = None) -> Callable[[], errors.RateLimited]:
    return lambda: errors.RateLimited(code=17, retry_after=seconds)


def down() -> errors.NetworkError:
    return errors.NetworkError("down", request="GET 7")


@table(
    "error, reading, waits",
    [
        *((limited(), reading, [5, 10, 20, 30, 30]) for reading in (True, False)),
        (lambda: errors.TransientError(code=2), True, [0.5, 1, 2]),
        (lambda: errors.TransientError(code=2), False, []),
        (down, True, [0.5, 1, 2]),
        (down, False, [0.5, 1, 2, 4]),
        (lambda: errors.PermissionDeniedError(code=200), True, []),
    ],
    fresh=True,
)
@table("share", [0, 1], fresh=True)
def test_waits_double_up_to_the_longest_and_are_lengthened_by_the_first_at_most(
    error: Any, reading: bool, waits: list[float], share: int, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: (low, high)[share])
    slept, _ = failing(clock, error, reading, max_wait=3600, deadline=3600)
    assert slept == [wait + share * waits[0] for wait in waits]


@table("options, longest", [({}, 60), ({"max_wait": 7}, 7)])
def test_meta_is_waited_for_as_long_as_allowed(options: dict[str, float], longest: float) -> None:
    clock = Clock()
    assert failing(clock, limited(longest), **options)[0][:2] == [longest, longest]
    assert failing(Clock(), limited(longest + 0.5), **options)[0] == []


def test_a_limit_of_hours_gets_no_time_of_ours(clock: Clock) -> None:
    slept, error = failing(clock, lambda: errors.RateLimited(code=613, error_subcode=1487225))
    assert (slept, error.retry_after) == ([], None)


@table("seconds, waits", [(250.0, [50]), (250.5, [])])
def test_a_call_ends_within_five_minutes(seconds: float, waits: list[float]) -> None:
    clock = Clock()

    def send(attempt: int) -> None:
        clock.pass_by(seconds if attempt == 1 else 0)
        raise errors.RateLimited(code=17, retry_after=50)

    with pytest.raises(errors.RateLimited):
        Retry(clock)(send, reading=True)
    assert clock.slept == waits


def test_writes_are_not_tried_again_for_what_may_have_happened() -> None:
    assert errors.TransientError not in WRITES
    assert errors.OutcomeUnknown not in WRITES


def test_an_expired_token_of_the_sandbox_is_told_at_once() -> None:
    sandbox = Sandbox(history=0)
    with FacebookAds.sandbox(sandbox) as fb:
        fb.adaccounts.get("act_1")
        sandbox.expire_token()
        before = len(sandbox.journal)
        with pytest.raises(errors.AuthenticationError) as caught:
            fb.adaccounts.get("act_1")
        assert (caught.value.code, caught.value.error_subcode) == (190, 463)
        assert "Log in again" in str(caught.value)
        assert len(sandbox.journal) == before + 1


@pytest.mark.thorough
@table(("subcode", "after"), [(None, 300), (2446079, 300), (1885172, None)], fresh=True)
def test_a_rate_limit_without_a_figure_has_one_in_the_end(
    subcode: int | None, after: float | None, wire: Wire, connect: Connect
) -> None:
    wire.script.extend([throttled(subcode=subcode)] * 9)
    with pytest.raises(errors.APIError) as raised:
        [*connect().insights.iter("act_1", fields=["spend"])]
    assert raised.value.retry_after == after
