"""Whatever stands in Redis, calls go on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.helpers.tables import table

from admonster_fb import FacebookAds
from admonster_fb.sandbox import Sandbox
from admonster_fb.transport.rate_limits import UsageSample
from admonster_fb.transport.rate_limits_redis import RedisUsageStore, _dump_sample

pytestmark = pytest.mark.thorough

pytest.importorskip("redis")
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
GOOD = json.loads(_dump_sample(UsageSample(100.0, NOON, NOON, NOON + timedelta(hours=1))))
VALUES: list[Any] = [
    None,
    "",
    "x",
    [],
    {},
    1e400,
    10**400,
    -1,
    True,
    "9999-12-31T23:59:59+00:00",
    "2026-11-01",
    {"a": 1},
]
ROWS = [
    *(b"", b"\xff\xfe", b"null", b"[]", b"{", b"[" * 5000, b"1", b"NaN"),
    *(
        json.dumps({**GOOD, **end, name: value}).encode()
        for end in ({}, {"free_at": None})
        for name in (*GOOD, "other")
        for value in VALUES
    ),
    *(json.dumps({key: GOOD[key] for key in GOOD if key != name}).encode() for name in GOOD),
]


def connected(rows: dict[bytes, bytes], answer: Any = "0") -> FacebookAds:
    store = RedisUsageStore("redis://127.0.0.1:1/0")
    store._client.hgetall = lambda _key: rows  # type: ignore[method-assign, assignment]
    store._client.pipeline = Pipe  # type: ignore[method-assign, assignment]
    store._take = lambda _keys, _args: answer  # type: ignore[assignment]
    return FacebookAds.sandbox(Sandbox(history=0), usage_store=store)


class Pipe:
    def __enter__(self) -> Pipe:
        return self

    def __exit__(self, *_: object) -> None: ...

    def hset(self, *_: object, **__: object) -> None: ...

    expire = hset

    def execute(self) -> None: ...


@table("row", ROWS)
def test_a_bad_sample_stops_no_call(row: bytes) -> None:
    with connected({b"app": row, b"1/ads_management\xff": row}) as fb:
        try:
            wait = fb.usage.wait("act_1")
        except Exception as error:  # noqa: BLE001 - any is wrong
            pytest.fail(repr(error))
        assert wait <= timedelta(days=1).total_seconds()


@table("rows", [5, None, [], "x", b"x", {1: 2}, {b"app": 5}, {b"app": None}, {b"app": {}}, {None: b"{}"}, object()])
def test_an_answer_of_another_type_stops_no_call(rows: Any) -> None:
    with connected(rows) as fb:
        assert fb.campaigns.list("act_1") == []
        fb.campaigns.create("act_1", name="N", objective="OUTCOME_SALES", special_ad_categories=[])


@table("answer", ["x", None, b"\xff", "nan", "inf", "-5", "1e30", [], b"0"])
def test_a_bad_counter_stops_no_write(answer: Any) -> None:
    with connected({}, answer) as fb:
        fb.campaigns.create("act_1", name="N", objective="OUTCOME_SALES", special_ad_categories=[])


def test_a_good_sample_holds_calls_back() -> None:
    with connected({b"app": json.dumps(GOOD).encode()}) as fb:
        assert fb.usage.wait("act_1") == 3600


def test_a_sample_from_the_future_of_a_clock_that_jumped_holds_nothing_back() -> None:
    later = GOOD | {"at": "2027-11-01T12:00:00+00:00", "since": "2027-11-01T12:00:00+00:00", "free_at": None}
    with connected({b"app": json.dumps(later).encode()}) as fb:
        assert fb.usage.wait("act_1") == 0
