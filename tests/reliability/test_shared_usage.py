"""Whatever stands in Redis, calls go on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.helpers.tables import table

from admonster_fb import FacebookAds
from admonster_fb.sandbox import Sandbox
from admonster_fb.transport import rate_limits_redis
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


class Server:
    """Stands in for a Redis server: hashes by key, and the times for which they are stored."""

    def __init__(self) -> None:
        self.hashes: dict[str, dict[bytes, bytes]] = {}
        self.expiries: dict[str, int] = {}
        self.taken: list[tuple[list[str], list[Any]]] = []
        self.answer: Any = "0"
        self.down = False
        self.asked = 0

    def _ask(self) -> None:
        self.asked += 1
        if self.down:
            raise ConnectionError("no such server")

    def register_script(self, _script: str) -> Any:
        def run(keys: list[str], args: list[Any]) -> Any:
            self._ask()
            self.taken.append((keys, args))
            return self.answer

        return run

    def scan_iter(self, pattern: str) -> list[str]:
        self._ask()
        return [key for key in self.hashes if key.startswith(pattern.removesuffix("*"))]

    def hgetall(self, key: str) -> dict[bytes, bytes]:
        self._ask()
        return self.hashes.get(key, {})

    def hset(self, key: str, mapping: dict[str, str]) -> None:
        self.hashes.setdefault(key, {}).update({name.encode(): text.encode() for name, text in mapping.items()})

    def expire(self, key: str, seconds: int) -> None:
        self.expiries[key] = seconds

    def delete(self, *keys: str) -> None:
        for key in keys:
            self.hashes.pop(key, None)

    def pipeline(self) -> Server:
        self._ask()
        return self

    def execute(self) -> None: ...

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None: ...


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    import redis

    made = Server()
    monkeypatch.setattr(redis.Redis, "from_url", lambda _url, **_options: made)
    return made


SAMPLE = UsageSample(50.0, NOON, NOON)


def test_samples_are_stored_for_all_processes_by_app_and_owner(server: Server) -> None:
    one, other, apart = (RedisUsageStore("redis://h", app) for app in ("a", "a", "b"))
    one.put({"1/score": SAMPLE, "2/score": SAMPLE, "app": SAMPLE})
    assert {*other.readings()} == {"1/score", "2/score", "app"}
    assert other.readings(["1"]) == {"1/score": SAMPLE}
    assert apart.readings() == {}
    assert {*server.expiries.values()} == {86_400}
    assert server.expiries.keys() == server.hashes.keys()
    one.clear()
    assert other.readings() == {}
    assert one.readings(["1"]) == {}


@table(
    "answer, wait",
    [("0", 0.0), (b"12.5", 12.5), ("60", 60.0), ("60.5", 0.0), ("-1", 0.0), ("nan", 0.0), (None, 0.0), ("x", 0.0)],
)
def test_an_event_is_counted_by_the_server(server: Server, answer: Any, wait: float) -> None:
    server.answer = answer
    assert RedisUsageStore("redis://h").take("writes:act_1", 5, 60.0, 1000.0) == wait
    keys, args = server.taken[-1]
    assert keys == ["admonster_fb:usage:app:writes:act_1"]
    assert args[:3] == [1000.0, 60.0, 5]
    assert args[3] not in [earlier[3] for _, earlier in server.taken[:-1]], "each event is one of its own"


def test_without_the_server_each_process_goes_on_and_tries_again_after_five_seconds(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = [100.0]
    monkeypatch.setattr(rate_limits_redis.time, "monotonic", lambda: now[0])
    store = RedisUsageStore("redis://h")
    store.put({"1/score": SAMPLE})
    server.down = True
    assert store.readings() == {"1/score": SAMPLE}, "its own"
    asked = server.asked
    assert [store.take("a", 1, 60.0, 0.0), store.take("a", 1, 60.0, 0.0)] == [0.0, 60.0]
    now[0] += 4.9
    store.clear()
    assert store.readings() == {}
    assert server.asked == asked
    now[0] += 0.1
    store.readings()
    assert server.asked == asked + 1
    assert caplog.text.count("does not respond (ConnectionError)") == 1
    now[0] += 5
    server.down = False
    assert store.readings(["1"]) == {"1/score": SAMPLE}, "of the server"
    server.down = True
    store.readings()
    assert caplog.text.count("does not respond") == 2


@table("change", [{"free_at": NOON + timedelta(days=1)}, {"since": NOON - timedelta(days=9)}, {"high_since": NOON}])
def test_a_sample_of_a_day_at_most_is_read(server: Server, change: Any) -> None:
    store = RedisUsageStore("redis://h")
    store.put({"1/score": replace(SAMPLE, **change)})
    assert store.readings() == {"1/score": replace(SAMPLE, **change)}


def test_a_sample_of_more_than_a_day_is_none(server: Server) -> None:
    store = RedisUsageStore("redis://h")
    store.put({"1/score": replace(SAMPLE, free_at=NOON + timedelta(days=1, seconds=1))})
    assert store.readings() == {}
