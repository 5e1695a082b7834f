"""A thousand accounts behind one facade: none waits for another, and none makes the calls of another slower."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from tests.helpers.operations import allocated, operations
from tests.helpers.tables import table
from tests.helpers.wire import Wire

from admonster_fb import FacebookAds, Settings
from admonster_fb.transport.account_cache import KeyedLocks
from admonster_fb.transport.rate_limits import WRITE_LIMITS, MemoryUsageStore, Usage
from admonster_fb.transport.request import Call


class Clock:
    def __init__(self):
        self.at, self.slept = datetime(2026, 11, 1, tzinfo=UTC), 0.0

    def now(self):
        return self.at

    def sleep(self, seconds):
        self.slept += seconds
        self.at += timedelta(seconds=seconds)


FACTS = {"currency": "USD", "timezone_name": "UTC"}


def connected(answer, clock=None):
    return FacebookAds("sandbox-many", settings=Settings(adapter=Wire(answer)), clock=clock)


def headers(number):
    case = '{"type": "ads_management", "call_count": 1, "total_cputime": 1, "total_time": 1}'
    return {"x-business-use-case-usage": f'{{"{number}": [{case}]}}', "x-app-usage": '{"call_count": 1}'}


def usage_of(accounts):
    usage = Usage(Clock())
    for number in range(1, accounts + 1):
        usage.record_headers(headers(number), f"act_{number}")
    return usage


WORK = {
    "wait": lambda usage: usage.wait("act_1"),
    "highest": lambda usage: usage.highest("act_1"),
    "readings": lambda usage: usage.readings("act_1"),
    "record": lambda usage: usage.record_headers(headers(1), "act_1"),
    "new account": lambda usage: usage.record_headers(headers("new"), "act_new"),
    "take": lambda usage: usage.take(WRITE_LIMITS[0], "act_1"),
}


@pytest.mark.thorough
@table("work", WORK.values())
def test_a_call_costs_the_same_whatever_the_number_of_accounts(work):
    one, many = usage_of(1), usage_of(2000)
    for usage in (one, many):
        work(usage)
    assert operations(lambda: work(many)) < 2 * operations(lambda: work(one))
    assert allocated(lambda: work(many)) < 20_000


@pytest.mark.thorough
def test_samples_and_counters_of_accounts_that_are_no_longer_used_are_deleted():
    clock, store = Clock(), MemoryUsageStore()
    usage = Usage(clock, store)
    for number in range(3000):
        usage.record_headers(headers(number), f"act_{number}")
        usage.take(WRITE_LIMITS[0], f"act_{number}")
        clock.sleep(3600)
    assert len(store._samples) < 30
    assert len(store._events) < 5
    assert usage.highest("act_2999") == 1


def test_while_one_account_hangs_the_first_look_up_of_others_goes_on():
    hangs, free = threading.Event(), threading.Event()

    def answer(_method, path, _params):
        if path == "act_1":
            hangs.set()
            free.wait(10)
        return 200, {"id": path, **FACTS}

    fb, found = connected(answer), {}

    def look_up(account):
        found[account] = fb.api and fb.campaigns._transport.account_facts(account)

    first = threading.Thread(target=look_up, args=("act_1",))
    first.start()
    assert hangs.wait(5)
    others = [threading.Thread(target=look_up, args=(f"act_{number}",)) for number in range(2, 12)]
    for thread in others:
        thread.start()
    for thread in others:
        thread.join(5)
    went_on = set(found)
    free.set()
    first.join(5)
    assert went_on == {f"act_{number}" for number in range(2, 12)}
    assert len(found) == 11


def test_locks_of_keys_are_deleted_when_nobody_holds_them():
    locks = KeyedLocks()
    with suppress(ZeroDivisionError), locks("a"), locks("b"):
        assert len(locks) == 2
        raise ZeroDivisionError
    assert len(locks) == 0


def test_writes_to_objects_of_unknown_accounts_do_not_wait_for_each_other():
    clock = Clock()
    fb = connected(lambda *_: (200, {"success": True}), clock)
    for number in range(300):
        fb.api.throttle(Call("POST", (f"12{number}",), {"name": "A"}))
    assert clock.slept == 0


def test_writes_to_one_account_keep_its_pace():
    clock = Clock()
    fb = connected(lambda *_: (200, {"success": True}), clock)
    for _ in range(101):
        fb.api.throttle(Call("POST", ("act_1", "campaigns"), {"name": "A"}))
    assert clock.slept == 1


@pytest.mark.thorough
def test_an_item_of_a_batch_costs_the_same_in_a_long_one():
    fb = connected(lambda *_: (200, []))

    def per_item(size):
        batch = fb.batch()
        items = [batch.add(fb.campaigns.get, f"12{number}") for number in range(size)]
        for item in items:
            item.raw = {"id": "7"}
        return operations(lambda: batch._fill_references(items[-1]))

    assert per_item(500) < 2 * per_item(5)
