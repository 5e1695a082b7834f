"""Valid calls and Meta's answers, mutated at random: `python -m tests.bot.mutated_calls 20000 [--answers] [--seed 1]`.

Counts results that are no library error, calls that took long, and writes that were sent for refused arguments.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from admonster_fb import FacebookAds, Settings
from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.bot.help import example
from admonster_fb.bot.registry import registry
from admonster_fb.sandbox import Sandbox, SandboxAdapter

SLOW = 5.0
"""Seconds that no call may take, of its process."""
LOADED = 10
"""How many times as long a call may take by the clock: other processes run too."""
PER_WORLD = 100
"""Calls to one sandbox: then a new one, since calls change it."""
DEEP: Any = []
for _ in range(2000):
    DEEP = [DEEP]
VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**30, 10**400, 0.1, -0.0, 1e308),
    *(
        float("nan"),
        float("inf"),
        "",
        " ",
        "0",
        "-1",
        "1",
        "x",
        "x" * 10_000,
        "\0",
        "\ud800",
        "a\udfff",
        "\u202e",
        "🎉",
    ),
    *("act_1", "act_", "act_0", "120210000000000001", "null", "true", "[]", "{}", "{", "[" * 5000, '{"a":' * 3000),
    *(
        "9999-12-31T23:59:59+0000",
        "0001-01-01T00:00:00-2359",
        "2026-02-30",
        "2026-11-01",
        "253402300800",
        "Mars/Olympus",
    ),
    *("50.00 USD", "50.00 LKR", "99999999999999999999.99 USD", "50", "-5.00 USD", "USD", "NaN USD"),
    *(
        "{result=a:$.id}",
        "../../etc/passwd",
        "/dev/zero",
        "http://[::1",
        "https://example.com/\ud800",
        "file:///etc/passwd",
    ),
    *([], [None], [[]], [1, "a", {}], {}, {"": None}, {"a": {"b": {"c": []}}}, {"\ud800": 1}, DEEP),
]


@dataclass
class Found:
    """What went wrong, and how much was tried."""

    calls: int = 0
    ok: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    shown: dict[str, str] = field(default_factory=dict)
    slowest: float = 0.0

    def add(self, kind: str, call: object) -> None:
        """Count something wrong, and keep its first call."""
        self.wrong[kind] += 1
        self.shown.setdefault(kind, ascii(call)[:600])


def mutate(value: Any, rng: random.Random) -> Any:
    """Return a copy with one place changed: replaced, removed, doubled, renamed or wrapped."""
    value = _copied(value)
    places = [*_places(value)]
    if not places:
        return rng.choice(VALUES)
    holder, key = rng.choice(places)
    how = rng.randrange(6)
    if how == 0 and isinstance(holder, dict):
        holder[rng.choice(["", "id", "name", "\ud800", "unknown", *holder])] = holder.pop(key)
    elif how == 1:
        del holder[key]
    elif how == 2:
        holder[key] = rng.choice([[holder[key]], {"value": holder[key]}, [holder[key]] * 3])
    elif how == 3 and isinstance(holder[key], int | float | str):
        holder[key] = json.dumps(holder[key]) if rng.random() < 0.5 else f"{holder[key]}"[::-1]
    else:
        holder[key] = rng.choice(VALUES)
    return value


def _copied(value: Any, depth: int = 0) -> Any:
    if isinstance(value, dict) and depth < 12:
        return {key: _copied(inner, depth + 1) for key, inner in value.items()}
    return [_copied(inner, depth + 1) for inner in value] if isinstance(value, list) and depth < 12 else value


def _places(value: Any, depth: int = 0) -> Iterator[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in [*items] if depth < 12 else ():
        yield value, key
        yield from _places(inner, depth + 1)


class Garbling(SandboxAdapter):
    """A sandbox whose answers are mutated at random."""

    def __init__(self, sandbox: Sandbox, rng: random.Random, share: float) -> None:
        super().__init__(sandbox)
        self.rng, self.share = rng, share

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        response = super().send(request, *args, **options)
        if self.rng.random() < self.share:
            body = json.loads(response.content or b"null")
            for _ in range(self.rng.randint(1, 3)):
                body = mutate(body, self.rng)
            text = _json(body)[: None if self.rng.random() < 0.95 else self.rng.randint(0, 99)]
            response._content = text.encode("utf-8", "surrogatepass")
        return response


def _json(body: Any) -> str:
    try:
        return json.dumps(body, default=str)
    except RecursionError:
        return "[" * 5000


class World:
    """A tool over a sandbox with a campaign, an ad set and an ad, and calls that are valid there."""

    def __init__(self, rng: random.Random, folder: Path, share: float) -> None:
        self.sandbox = Sandbox(history=0)
        adapter = Garbling(self.sandbox, rng, 0.0)
        self.fb = FacebookAds.sandbox(self.sandbox, settings=Settings(adapter=adapter), max_wait=1, deadline=20)
        self.tool = FacebookTool(self.fb, files=folder)
        args = {"name": "A", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
        ids = [self.fb.campaigns.create("act_1", **args).id for _ in range(2)]  # type: ignore[arg-type]
        self.ids = {"campaign_id": ids[0], "campaign_ids": ids}
        adapter.share, self.garbled = share, share > 0

    def call(self, name: str) -> dict[str, Any]:
        """Return a call that is valid, as far as its objects exist."""
        args = {**example(registry()[name])["args"]}
        return {"op": name, "args": args | {key: value for key, value in self.ids.items() if key in args}}

    def writes(self) -> int:
        """Return how many writes the sandbox has received."""
        return sum(1 for entry in self.sandbox.journal if entry.method != "GET")


def run(count: int, seed: int, *, answers: bool = False) -> Found:
    """Make calls and return what was wrong."""
    rng, found, names, world = random.Random(seed), Found(), [*registry()], None
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            if number % PER_WORLD == 0 or world is None:
                world = World(rng, Path(folder), 0.3 if answers else 0.0)
            call: Any = world.call(rng.choice(names))
            for _ in range(0 if answers else rng.choice([1, 1, 1, 2, 3])):
                whole = rng.random() < 0.1 or not isinstance(call, dict)
                call = mutate(call, rng) if whole else {**call, "args": mutate(call.get("args"), rng)}
            check(world, call, found)
    return found


def check(world: World, call: Any, found: Found) -> None:
    """Make one call and note what is wrong with its result."""
    before, began, worked = world.writes(), time.perf_counter(), time.process_time()
    found.calls += 1
    try:
        result = world.tool.call(call)
    except BaseException as error:  # noqa: BLE001 - what must not happen
        found.add(f"raised {type(error).__name__}", call)
        return
    took = max(time.process_time() - worked, (time.perf_counter() - began) / LOADED)
    found.slowest = max(found.slowest, took)
    found.ok += result.ok
    for kind in _wrong(result, took, world.writes() - before, world.garbled):
        found.add(kind, call)


def _wrong(result: ToolResult, took: float, writes: int, answers: bool) -> Iterator[str]:
    if result.text.startswith("ERROR FacebookAdsError: unexpected"):
        yield result.text.partition("unexpected ")[2].partition(",")[0]
    if took > SLOW:
        yield f"took {took:.0f} s"
    if writes and not answers and (result.error or {}).get("type") == "ParameterError":
        yield "a write was sent for refused arguments"
    try:
        result.text.encode()
    except UnicodeEncodeError:
        yield "the text has half a character"


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--answers", action="store_true", help="mutate Meta's answers instead of the calls")
    given = parser.parse_args()
    logging.basicConfig(level=logging.ERROR if given.count < 5000 else logging.CRITICAL)
    found = run(given.count, given.seed, answers=given.answers)
    print(f"{found.calls:,} calls, {found.ok:,} ok, slowest {found.slowest:.2f} s, wrong: {dict(found.wrong) or 0}")
    for kind, call in found.shown.items():
        print(f"- {kind}: {call}")
    return bool(found.wrong)


if __name__ == "__main__":
    sys.exit(main())
