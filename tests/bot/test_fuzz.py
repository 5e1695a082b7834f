"""Whatever a model writes: a result every time, never an exception, and no request for what is wrong."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from explore import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.bot.registry import Op, names, registry
from admonster_fb.sandbox import Sandbox

pytestmark = pytest.mark.slow

SANDBOX = Sandbox(history=0)
SENT: list[str] = []
TOOL = FacebookTool(FacebookAds.sandbox(SANDBOX, on_request=lambda event: SENT.append(f"{event.method} {event.path}")))
OPS = list(registry().values())
NAMES = [*names(), "help", "get_campain", "", "\0"]
SCALARS: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 5000, 10**30, 0.5, float("nan"), "", " ", "act_1", "1", "me", "123:abc", "../1", "."),
    *("PAUSED", "OUTCOME_TRAFFIC", "LINK_CLICKS", "50.00 USD", "50", "last_7d", "2026-10-01", "MDo.", "[]", "{", "id"),
    *('{"a": [1]}', "\ud800", "\u202e", "\n", "x" * 500),
)


def value(rng: random.Random, depth: int = 0) -> Any:
    """Return any JSON value."""
    kind = rng.random()
    if depth > 2 or kind < 0.7:
        return rng.choice(SCALARS)
    if kind < 0.85:
        return [value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {key(rng): value(rng, depth + 1) for _ in range(rng.randrange(4))}


def key(rng: random.Random, op: Op | None = None) -> str:
    """Return a name of an argument, mostly one that the op has."""
    known = rng.choice(OPS) if op is None or rng.random() < 0.2 else op
    return rng.choice([*known.schema["properties"], *known.spec.aliases, "geo_locations", "countries", "?"])


def call(seed: int) -> Any:
    """Return what a model might write, from nearly right to nonsense."""
    rng = random.Random(seed)
    if rng.random() < 0.1:
        return value(rng)
    op = rng.choice(OPS)
    name = op.name if rng.random() < 0.8 else rng.choice([*NAMES, value(rng)])
    args: dict[str, Any] = {key(rng, op): value(rng) for _ in range(rng.randrange(5))}
    if rng.random() < 0.3:
        args = {required: value(rng, 3) for required in op.schema.get("required", ())} | args
    shapes: tuple[Any, ...] = ({"args": args}, args, {"args": json.dumps(args)}, {"args": value(rng)}, {})
    return {**rng.choices(shapes, (6, 2, 1, 1, 1))[0], "op": name}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=examples(400))
@given(seed=st.integers(0, 2**64))
def test_what_a_model_might_write_is_answered(seed: int) -> None:
    answered(call(seed))


@settings(max_examples=examples(100))
@given(op=st.sampled_from(NAMES) | json_values, args=json_values)
def test_random_json_is_answered(op: Any, args: Any) -> None:
    answered({"op": op, "args": args})


def answered(arguments: Any) -> None:
    """Check that a call has a result, and that nothing was sent if it is refused."""
    SENT.clear()
    result = TOOL.call(arguments)
    assert isinstance(result, ToolResult)
    assert isinstance(result.text, str)
    assert result.text
    assert len(result.text) <= TOOL.max_chars
    assert result.ok == (result.error is None)
    if result.error is not None:
        assert result.text.startswith(f"ERROR {result.error['type']}: ")
        if result.error["type"] == "ParameterError":
            # A name where an ID belongs is looked up in one list.
            assert all(each.startswith("GET act_1/") for each in SENT), f"sent for {arguments}"
