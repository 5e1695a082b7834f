"""Work that is given up, turns, caches and locks: who waits for whom, and for how long."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from tables import table

from admonster_fb.transport import patience, turn
from admonster_fb.transport.account_cache import ExpiringCache, KeyedLocks
from admonster_fb.transport.last_seen import Recent
from admonster_fb.transport.patience import started, within

WHO: contextvars.ContextVar[str] = contextvars.ContextVar("who", default="nobody")


@pytest.fixture
def hanging() -> Iterator[Callable[[], bool]]:
    """Work that hangs until the test ends."""
    ended = threading.Event()
    yield lambda: ended.wait(10)
    ended.set()


def fail() -> None:
    raise KeyError("of the work")


def test_work_is_done_with_the_context_of_its_caller_and_raises_there() -> None:
    WHO.set("somebody")
    assert within(5, WHO.get) == "somebody"
    with pytest.raises(KeyError, match="of the work"):
        within(5, fail)
    assert within(5, threading.current_thread) is not threading.current_thread()
    assert within(5, threading.current_thread).daemon, "work that hangs does not keep the process alive"


def test_work_that_hangs_is_given_up(hanging: Callable[[], bool]) -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        within(0.001, hanging)
    assert time.monotonic() - began < 5


def test_only_so_many_pieces_of_work_run_at_once(hanging: Callable[[], bool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_free", threading.BoundedSemaphore(2))
    first = [started(hanging, 0.001) for _ in range(2)]
    with pytest.raises(TimeoutError):
        started(hanging, 0.001)
    assert not any(each.done() for each in first)


def test_work_that_has_ended_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_free", threading.BoundedSemaphore(1))
    for work in (dict, fail, dict):
        with suppress(KeyError):
            within(5, work)


def test_a_child_process_has_all_places_and_no_turn() -> None:
    before = patience._free
    try:
        with turn.turn():
            patience._after_fork()
            turn._after_fork()
            assert not turn.has_turn()
            with turn.turn():
                assert turn.has_turn()
        assert patience._free is not before
        assert [patience._free.acquire(blocking=False) for _ in range(patience.MAX_THREADS + 1)][-2:] == [True, False]
    finally:
        patience._free = before


@table("stops", [False, True])
def test_a_turn_is_taken_and_ends_also_when_it_fails(stops: bool) -> None:
    token = turn.STOPS.set(stops)
    try:
        with suppress(KeyError), turn.turn():
            assert turn.has_turn() is not stops
            fail()
    finally:
        turn.STOPS.reset(token)
    assert not turn.has_turn()
    assert within(5, turn._turn.acquire), "nobody holds it"
    turn._turn.release()


def test_a_turn_that_another_thread_has_is_waited_for_and_then_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "LONGEST", 0.001)
    with turn.turn():
        found: list[bool] = []

        def other() -> None:
            with turn.turn():
                found.append(turn.has_turn())

        thread = threading.Thread(target=other)
        thread.start()
        thread.join(5)
        assert found == [False]
        assert turn.has_turn(), "the other thread has not ended it"


class Time:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 1, tzinfo=UTC)


def test_a_value_expires_after_its_lifetime() -> None:
    clock = Time()
    cache = ExpiringCache[int](timedelta(seconds=60), 10, lambda: clock.now)
    cache.put("a", 1)
    clock.now += timedelta(seconds=59)
    assert cache.get("a") == 1
    cache.put("b", 2)
    clock.now += timedelta(seconds=1)
    assert (cache.get("a"), cache.get("b")) == (None, 2)
    cache.put("a", 3)
    assert cache.get("a") == 3


def test_the_oldest_values_beyond_the_size_are_deleted() -> None:
    clock = Time()
    cache = ExpiringCache[int](timedelta(seconds=60), 2, lambda: clock.now)
    for key in ("a", "b", "a", "c"):
        cache.put(key, 1)
    assert [cache.get(key) for key in "abc"] == [1, None, 1]
    cache.delete("a")
    cache.delete("a")
    assert [cache.get(key) for key in "abc"] == [None, None, 1]


def test_what_is_set_again_drives_nothing_out() -> None:
    recent = Recent[str, int](2)
    for key, value in (("a", 1), ("b", 1), ("a", 2), ("b", 2)):
        recent[key] = value
    assert dict(recent) == {"a": 2, "b": 2}
    recent["c"] = 3
    assert dict(recent) == {"b": 2, "c": 3}


def test_a_key_is_locked_for_others_until_its_last_user_leaves() -> None:
    locks, inside = KeyedLocks(), list[str]()

    def enter(key: str) -> None:
        with locks(key):
            inside.append(key)

    with locks("a"):
        assert len(locks) == 1
        waiting, other = (threading.Thread(target=enter, args=key) for key in "ab")
        waiting.start()
        other.start()
        other.join(5)
        assert inside == ["b"]
    waiting.join(5)
    assert inside == ["b", "a"]
    with suppress(KeyError), locks("a"):
        fail()
    assert len(locks) == 0
