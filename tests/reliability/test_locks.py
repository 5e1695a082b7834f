"""Locks within a process: each test holds with its lock, and shows what happens when the lock is taken out."""

from __future__ import annotations

import json
import os
import threading
from collections import Counter, OrderedDict
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from admonster_fb.storage import JsonLines
from admonster_fb.transport import paging
from admonster_fb.transport.account_cache import AccountCache, ExpiringCache
from admonster_fb.transport.journal import Journal
from admonster_fb.transport.last_seen import LastSeen
from admonster_fb.transport.rate_limits import MemoryUsageStore, UsageSample
from admonster_fb.transport.request import Call

NOW = datetime(2026, 11, 1, tzinfo=UTC)


class Gate:
    """A place where one thread waits a moment for another one, which comes only if no lock keeps it out."""

    def __init__(self, locked):
        self._inside, self._changed = 0, threading.Condition()
        self._most = 0.1 if locked else 10  # without the lock the other thread comes, however busy the machine

    def enter(self):
        with self._changed:
            self._inside += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._inside > 1, timeout=self._most)


def both(*calls):
    """Make calls in threads of their own and return their results in order."""
    results = {}
    threads = [
        threading.Thread(target=lambda n=n, call=call: results.update({n: call()})) for n, call in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    return [results[number] for number in range(len(calls))]


def gated(kind, method, gate):
    """A collection whose method has a gate."""

    def through(self, *args):
        result = getattr(kind, method)(self, *args)
        gate.enter()
        return result

    return type(kind.__name__, (kind,), {method: through})


locked = pytest.mark.parametrize("locked", [True, False])


@locked
def test_a_limit_counts_each_event(locked):
    store = MemoryUsageStore()
    store._events = gated(dict, "get", Gate(locked))()
    if not locked:
        store._lock = nullcontext()
    waits = both(*[lambda: store.take("writes:act_1", 1, 60.0, 0.0)] * 2)
    assert (sorted(waits) == [0.0, 60.0]) is locked


@locked
def test_samples_of_two_answers_are_both_stored(locked):
    store, sample = MemoryUsageStore(), UsageSample(1.0, NOW, NOW)
    store._samples = gated(dict, "pop", Gate(locked))()
    if not locked:
        store._lock = nullcontext()
    both(lambda: store.put({"1/a": sample}), lambda: store.put({"1/b": sample}))
    assert (store.readings().keys() == {"1/a", "1/b"}) is locked


@locked
def test_an_account_is_read_once(fb, sent, locked):
    cache, gate = AccountCache(fb.api, fb.api.clock), Gate(locked)
    read = cache._read

    def wait(*args):
        gate.enter()
        return read(*args)

    cache._read = wait
    if not locked:
        cache._fetching = lambda _account: nullcontext()
    assert {facts.currency for facts in both(*[lambda: cache.account_facts("act_1")] * 2)} == {"USD"}
    assert (sent("GET", "act_1") == 1) is locked


@locked
def test_a_value_that_is_replaced_is_there_all_the_time(locked):
    cache, gate, popped = ExpiringCache(timedelta(minutes=1), 10, lambda: NOW), Gate(locked), threading.Event()

    class Values(OrderedDict):
        def pop(self, *args):
            result = super().pop(*args)
            popped.set()
            gate.enter()
            return result

    cache.put("7", "old")
    cache._values = Values(cache._values)
    if not locked:
        cache._lock = nullcontext()

    def get():
        popped.wait(5)
        value = cache.get("7")
        gate.enter()
        return value

    _, seen = both(lambda: cache.put("7", "new"), get)
    assert (seen == "new") is locked


@locked
def test_the_same_create_twice_has_two_records(tmp_path, locked):
    call = Call("POST", ("act_1", "campaigns"), {"name": "A"})
    with Journal(tmp_path / "journal") as journal:
        journal._counts = gated(Counter, "__missing__", Gate(locked))()
        if not locked:
            journal._lock = nullcontext()
        keys = {record.key for record in both(*[lambda: journal.begin(call, NOW)] * 2)}
    assert (len(keys) == 2) is locked


@locked
def test_lines_of_two_threads_stay_whole(tmp_path, monkeypatch, locked):
    gate, write = Gate(locked), os.write

    with JsonLines(tmp_path / "log") as log:
        number = log._file.fileno()

        def slow(descriptor, data):
            """A disk that takes a line in parts."""
            if descriptor != number or len(data) < 10:
                return write(descriptor, data)
            written = write(descriptor, data[:5])
            gate.enter()
            return written

        monkeypatch.setattr(os, "write", slow)
        if not locked:
            log._lock = nullcontext()
        both(lambda: log.append({"id": "1111"}), lambda: log.append({"id": "2222"}))
    lines = (tmp_path / "log").read_text().splitlines()
    whole = sum(1 for line in lines if line in (json.dumps({"id": "1111"}), json.dumps({"id": "2222"})))
    assert (whole == 2) is locked


@locked
def test_values_of_two_answers_are_both_seen(locked):
    seen = LastSeen(lambda: NOW)
    seen._values = gated(OrderedDict, "pop", Gate(locked))()
    if not locked:
        seen._lock = nullcontext()
    both(lambda: seen.put("7", {"daily_budget": 5000}), lambda: seen.put("7", {"status": "PAUSED"}))
    assert (seen.get("7") == {"daily_budget": 5000, "status": "PAUSED"}) is locked


@locked
def test_one_thread_at_a_time_builds_a_model(locked, monkeypatch):
    inside, most, gate = [], [], Gate(locked)

    class Model:
        __pydantic_validator__ = SimpleNamespace(validate_python=None)

        @staticmethod
        def model_rebuild():
            inside.append(1)
            gate.enter()
            most.append(len(inside))
            inside.pop()

    if not locked:
        monkeypatch.setattr(paging, "_BUILDING", nullcontext())
    both(*[lambda: paging.row_reader(Model)] * 2)
    assert (max(most) == 1) is locked
