"""Rows that are decoded when they are read: every model says the same as if it had been decoded at once."""

from __future__ import annotations

import importlib
import json
import pkgutil
from datetime import UTC, datetime
from typing import Any

import pytest
from tables import table

import admonster_fb.models
from admonster_fb.models._lazy import Layout
from admonster_fb.models._node import Node
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.transport.last_seen import LastSeen
from admonster_fb.transport.paging import row_reader

pytestmark = pytest.mark.thorough

for module in pkgutil.walk_packages(admonster_fb.models.__path__, "admonster_fb.models."):
    importlib.import_module(module.name)


def kinds(base: type[Node] = Node) -> set[type[Node]]:
    return {base}.union(*map(kinds, base.__subclasses__()))


CELLS: list[Any] = [
    "x", "", "12", "-3", "1.50", "1e3", "NaN", "1_0", " 7", "٣", "2026-10-01T09:00:00-0700",
    12, 1.5, True, None, [], ["a"], {}, {"id": "5", "name": "A"}, [{"id": "5", "value": "1"}],
]  # fmt: skip


def lazy(kind: type[Node], row: dict[str, Any], names: list[str]) -> Node:
    """Return the model of a row as a large page makes it, by the second page if the first is not as expected."""
    layout, body = Layout(kind, names), json.dumps({"data": [row]}).encode()
    page = layout.decode(body)
    if page is None:
        layout.learn([row])
        page = layout.decode(body)
    return next(kind.of_rows(page.data))


@table(
    "kind",
    sorted((kind for kind in kinds() if kind.__module__.startswith("admonster_fb.models")), key=lambda k: k.__name__),
)
def test_every_field_is_the_same_as_if_decoded_at_once(kind: type[Node]) -> None:
    for cell in CELLS:
        for name in kind.model_fields:
            row = {name: cell, "brand_new": cell}
            plain, node = row_reader(kind)(row), lazy(kind, row, ["brand_new"])
            for read in (name, "brand_new"):
                assert repr(getattr(node, read, "absent")) == repr(getattr(plain, read, "absent")), (name, cell)
    whole = dict.fromkeys(kind.model_fields, "12")
    node, plain = lazy(kind, whole, []), kind.from_api(whole)
    assert [getattr(node, name) for name in whole] == [getattr(plain, name) for name in whole]
    assert node == plain
    assert node.model_dump() == plain.model_dump()
    assert node.model_fields_set == plain.model_fields_set


def test_a_class_has_no_attribute_for_a_field() -> None:
    lazy(Campaign, {"name": "A"}, [])
    assert not hasattr(Campaign, "name")
    assert Campaign(name="B").name == "B"


@table(("kind", "name"), [(Campaign, "name"), (InsightsRow, "spend"), (InsightsRow, "actions")])
def test_a_value_is_found_though_another_thread_has_just_read_the_row(kind: type[Node], name: str) -> None:
    row = {name: [{"action_type": "lead", "value": "3"}] if name == "actions" else "3"}
    node = lazy(kind, row, [name])
    field = type(node).__mro__[0].__dict__[name]
    assert node.model_dump()[name] is not None  # the other thread
    with pytest.raises(AttributeError):
        field.__get__(node, kind)  # as of a thread that found no value before; Python then asks `__getattr__`
    assert node.__getattr__(name) == getattr(kind.from_api(row), name)


TIME = "2026-10-01T09:00:00-0700"


@table(
    ("kind", "row"),
    [
        (Campaign, {"id": "7", "name": "A", "daily_budget": "5000", "status": "ACTIVE", "start_time": TIME}),
        (AdSet, {"id": "7", "bid_amount": 50, "end_time": TIME, "daily_budget": "12.5", "status": None}),
    ],
)
def test_last_seen_values_are_the_same(kind: type[Node], row: dict[str, Any]) -> None:
    values = []
    for node in (lazy(kind, row, [*row]), kind.from_api(row)):
        seen = LastSeen(lambda: datetime(2026, 11, 1, tzinfo=UTC))
        seen.store(node)
        values.append(seen.get("7"))
    assert values[0] == values[1] != {}
