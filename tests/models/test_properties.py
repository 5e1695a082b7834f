"""A property of a model reads whatever Meta put into the fields that it is made of."""

from __future__ import annotations

import importlib
import itertools
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from tables import table

import admonster_fb.models
from admonster_fb.models._node import Node

pytestmark = pytest.mark.thorough

ODD: list[Any] = [
    *(None, True, -1, 1.5, 1e400, float("nan"), 10**400, "", "x", "12", "9999-12-31"),
    *([], [None], [[]], ["x"], [5], [{}], [{"type": []}], {}, {"x": 1}),
]
INNER = ("count", "data", "total_count", "status", "video_status", "type")


def models() -> Iterator[type[Node]]:
    for module in pkgutil.walk_packages(admonster_fb.models.__path__, "admonster_fb.models."):
        importlib.import_module(module.name)
    waiting = [Node]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.startswith("admonster_fb.") and properties(kind):
            yield kind


def properties(kind: type[Node]) -> list[str]:
    own = itertools.chain.from_iterable(vars(each).items() for each in kind.__mro__ if issubclass(each, Node))
    return sorted({name for name, value in own if isinstance(value, property) and name[0] != "_"})


def odd_values() -> Iterator[Any]:
    yield from ODD
    for name, value in itertools.product(INNER, ODD):
        yield from ({name: value}, {"data": [{name: value}], "summary": {name: value}})


@table("kind", sorted({*models()}, key=lambda kind: kind.__qualname__), ids=lambda kind: kind.__name__)
def test_properties_read_any_value(kind: type[Node]) -> None:
    wrong = []
    for field, value in itertools.product([*kind.model_fields, "from"], odd_values()):
        node = kind.from_api({"id": "1", field: value})
        for name in properties(kind):
            try:
                getattr(node, name)
            except Exception as error:  # noqa: BLE001 - what this looks for
                wrong.append(f"{name} with {field}={value!r}: {error!r}")
    assert wrong[:10] == []
