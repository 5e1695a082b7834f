"""The past of a fresh account: there, varied, reproducible, and valid by the rules for new objects."""

from __future__ import annotations

from typing import Any

import pytest
from tables import table

from admonster_fb.sandbox import Sandbox
from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.insights import query
from admonster_fb.sandbox.insights.delivery import spent_total
from admonster_fb.sandbox.store import Store
from admonster_fb.sandbox.validation import check

KINDS = ("Campaign", "AdSet", "Ad", "AdCreative", "AdImage")
MONEY = ("daily_budget", "lifetime_budget")
# What the API adds to an object; nobody sends it.
DERIVED = frozenset({"id", "account_id", "created_time", "updated_time", "start_time", "status"})


@pytest.fixture(scope="module")
def store() -> Store:
    return Sandbox().world.store


def test_there_is_something_of_everything(store: Store) -> None:
    campaigns = list(store.children("act_1", "Campaign"))
    assert 3 <= len(campaigns) <= 5
    assert {campaign.data["status"] for campaign in campaigns} == {"ACTIVE", "PAUSED", "ARCHIVED"}
    assert len({campaign.data["objective"] for campaign in campaigns}) > 2
    for kind in KINDS:
        assert list(store.children("act_1", kind))
    assert not list(store.children("act_3", "Campaign"))


@table("days", [1, 2, 30])
def test_each_day_has_delivery(days: int) -> None:
    store = Sandbox(history=days).world.store
    for account in (store.nodes["act_1"], store.nodes["act_2"]):
        rows = query(store, account, {"date_preset": "last_30d", "time_increment": 1, "fields": "spend,clicks"})
        assert len(rows) == days
        assert rows[-1]["date_stop"] == "2026-10-31"
        assert query(store, account, {"date_preset": "today"})


def test_history_of_stopped_campaigns_ends_early(store: Store) -> None:
    last = {}
    for campaign in store.children("act_1", "Campaign"):
        rows = query(store, campaign, {"date_preset": "last_30d", "time_increment": 1})
        last[campaign.data["status"]] = rows[-1]["date_stop"]
    assert last["ARCHIVED"] < last["PAUSED"] < last["ACTIVE"] == "2026-10-31"


def test_figures_are_plausible(store: Store) -> None:
    fields = "ctr,cpm,frequency,spend,purchase_roas"
    (row,) = query(store, store.nodes["act_1"], {"fields": fields})
    assert 0.5 < float(row["ctr"]) < 4
    assert 4 < float(row["cpm"]) < 16
    assert 1 < float(row["frequency"]) < 5
    assert float(row["purchase_roas"][0]["value"]) > 0
    daily = sum(
        float(node.data.get("daily_budget") or 0) for kind in KINDS[:2] for node in store.children("act_1", kind)
    )
    assert spent_total(store, store.nodes["act_1"]) <= daily * 31


def test_values_have_the_types_of_answers(store: Store) -> None:
    for kind in KINDS[:2]:
        for node in store.children("act_1", kind):
            assert all(isinstance(node.data[name], str) for name in MONEY if name in node.data)
            assert node.data["created_time"][-5] in "+-"
            assert "effective_status" not in node.data


def test_the_past_would_be_accepted_today(store: Store) -> None:
    """What is checked here would be refused if one word of it were wrong."""
    account, seen = store.nodes["act_1"], dict.fromkeys(KINDS[:3], 0)
    for kind in KINDS[:3]:
        for node in store.children("act_1", kind):
            sent: dict[str, Any] = {
                name: value
                for name, value in node.data.items()
                if name not in DERIVED and not (name in MONEY and value == "0")
            }
            if kind == "Ad":
                sent["creative"] = {"creative_id": node.data["creative"]["id"]}
            check("create", kind, None, account, sent, store)
            seen[kind] += 1
            with pytest.raises(GraphError):
                check("create", kind, None, account, {**sent, "status": "RUNNING"}, store)
    assert min(seen.values()) > 0
    for creative in store.children("act_1", "AdCreative"):
        sent = {"name": "Creative", "object_story_spec": creative.data["object_story_spec"]}
        check("create", "AdCreative", None, account, sent, store)
        with pytest.raises(GraphError):
            check("create", "AdCreative", None, account, {**sent, "object_story_id": "1_2"}, store)


def test_same_seed_same_past() -> None:
    def run(seed: int) -> list[Any]:
        return Sandbox(seed=seed, history=4).world.store.dump()["nodes"]

    assert run(3) == run(3)
    assert run(3) != run(4)
