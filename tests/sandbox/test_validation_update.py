"""What Meta refuses to change: the dead, the fixed, the spent, and too much at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from admonster_fb.sandbox import Sandbox
from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.validation import check


class World:
    """A sandbox with an ad set on its own budget, one under a campaign's, and one that shares."""

    def __init__(self) -> None:
        self.sandbox = Sandbox(history=0)
        self.store = self.sandbox.world.store
        self.own = self.add("Campaign", is_adset_budget_sharing_enabled=False)
        self.cbo = self.add("Campaign", daily_budget="9000", bid_strategy="LOWEST_COST_WITH_MIN_ROAS")
        self.sharing = self.add(
            "Campaign", is_adset_budget_sharing_enabled=True, bid_strategy="LOWEST_COST_WITHOUT_CAP"
        )
        self.adset = self.add("AdSet", campaign_id=self.own.id, daily_budget="8000", lifetime_budget="0")
        self.child = self.add("AdSet", campaign_id=self.cbo.id, daily_budget="0", lifetime_budget="0")
        self.ad = self.add("Ad", campaign_id=self.own.id, adset_id=self.adset.id, creative={"id": "0"})
        self.creative = self.add("AdCreative")

    def add(self, kind: str, **data: Any) -> Node:
        whole = {"account_id": "1", "name": kind, "status": "ACTIVE", "objective": "OUTCOME_TRAFFIC", **data}
        return self.store.add(kind, whole)

    def update(self, node: Node, **params: Any) -> None:
        check("update", node.kind, node, None, params, self.store)

    def refusal(self, node: Node, **params: Any) -> tuple[int, int | None]:
        with pytest.raises(GraphError) as caught:
            self.update(node, **params)
        return caught.value.code, caught.value.subcode

    def spend(self, minor: int, days_ago: int = 0) -> None:
        day = (self.store.clock() - timedelta(days=days_ago)).date().isoformat()
        self.ad.hidden.setdefault("delivery", {})[day] = {"spend": minor, "impressions": 10}


@pytest.fixture
def world() -> World:
    return World()


def test_the_archived_take_a_name_and_death_only(world: World) -> None:
    world.adset.data["status"] = "ARCHIVED"
    assert world.refusal(world.adset, daily_budget="9000")[0] == 100
    assert world.refusal(world.adset, status="ACTIVE")[0] == 100
    world.update(world.adset, name="Old")
    world.update(world.adset, status="DELETED")


def test_the_deleted_take_a_name_only(world: World) -> None:
    world.own.data["status"] = "DELETED"
    assert world.refusal(world.own, status="ARCHIVED") == (100, 1487566)
    assert world.refusal(world.own, status="ACTIVE") == (100, 1487566)
    world.update(world.own, name="Gone")


def test_what_lives_goes_on_and_off(world: World) -> None:
    for node in (world.own, world.adset, world.ad):
        for status in ("PAUSED", "ACTIVE", "ARCHIVED", "DELETED"):
            world.update(node, status=status)
        assert world.refusal(node, status="SLEEPING") == (100, None)


def test_parents_are_fixed(world: World) -> None:
    assert world.refusal(world.adset, campaign_id=world.cbo.id) == (100, None)
    assert world.refusal(world.ad, adset_id=world.child.id) == (100, None)
    world.update(world.adset, campaign_id=world.own.id)
    assert world.refusal(world.creative, object_story_spec={}) == (100, 1815573)
    world.update(world.creative, name="New")
    assert world.refusal(world.creative, name="x" * 101) == (100, None)


def test_budgets_stay_on_their_level(world: World) -> None:
    assert world.refusal(world.child, daily_budget="3000") == (100, 1885621)
    assert world.refusal(world.sharing, daily_budget="3000") == (100, 4834002)
    assert world.refusal(world.own, daily_budget="3000", lifetime_budget="3000") == (100, None)
    assert world.refusal(world.own, daily_budget="3") == (100, 1885272)
    world.update(world.own, daily_budget="3000")
    world.update(world.cbo, daily_budget="10000")


def test_a_lifetime_budget_needs_an_end(world: World) -> None:
    assert world.refusal(world.adset, lifetime_budget="90000") == (100, None)
    world.update(world.adset, lifetime_budget="90000", end_time="2026-12-24T00:00:00-0800")
    world.adset.data["end_time"] = "2026-12-24T00:00:00-0800"
    world.update(world.adset, lifetime_budget="90000")


def test_a_budget_stays_above_what_is_spent(world: World) -> None:
    world.spend(5000)
    assert world.refusal(world.adset, daily_budget="5499") == (100, 1885650)
    world.update(world.adset, daily_budget="5500")
    world.spend(9000, days_ago=1)  # another day's money
    world.update(world.adset, daily_budget="5500")
    world.adset.data |= {"daily_budget": "0", "lifetime_budget": "90000", "end_time": "2026-12-24T00:00:00-0800"}
    assert world.refusal(world.adset, lifetime_budget="15000") == (100, 1885650)
    world.update(world.adset, lifetime_budget="15400")


def test_five_budget_changes_an_hour_are_too_many(world: World) -> None:
    def change(amount: int, **params: Any) -> None:
        world.update(world.adset, daily_budget=str(amount), **params)
        if not params:
            world.adset.data["daily_budget"] = str(amount)

    change(8000)  # the same is no change
    change(9999, execution_options=["validate_only"])
    for amount in (8100, 8200, 8300, 8400):
        change(amount)
    assert world.refusal(world.adset, daily_budget="8500") == (613, 1487632)
    assert world.refusal(world.adset, daily_budget="8500", execution_options=["validate_only"]) == (613, 1487632)
    world.update(world.adset, name="Still fine")
    world.sandbox.advance(minutes=61)
    change(8500)


def test_sharing_is_not_for_running_campaigns(world: World) -> None:
    flag = {"is_adset_budget_sharing_enabled": True, "bid_strategy": "LOWEST_COST_WITHOUT_CAP"}
    assert world.refusal(world.own, **flag) == (100, 3858418)
    world.own.data["status"] = "PAUSED"
    world.update(world.own, **flag)
    assert world.refusal(world.sharing, bid_strategy="COST_CAP") == (100, 4834006)
    world.update(world.sharing, is_adset_budget_sharing_enabled=False)


def test_large_campaigns_keep_their_budget(world: World) -> None:
    world.cbo.data["bid_strategy"] = "LOWEST_COST_WITHOUT_CAP"
    world.update(world.cbo, adset_budgets=[{"adset_id": world.child.id, "daily_budget": 500}])
    for _ in range(70):
        world.add("AdSet", campaign_id=world.cbo.id)
    assert world.refusal(world.cbo, adset_budgets=[{"adset_id": world.child.id, "daily_budget": 500}]) == (100, None)
    assert world.refusal(world.cbo, bid_strategy="COST_CAP") == (100, None)


def test_targeting_is_checked_again_without_the_flag(world: World) -> None:
    us = {"geo_locations": {"countries": ["US"]}}
    world.update(world.adset, targeting={**us, "age_min": 30})
    automatic = {"targeting_automation": {"advantage_audience": 1}}
    assert world.refusal(world.adset, targeting={**us, **automatic, "age_min": 30}) == (100, 1870188)
    assert world.refusal(world.adset, targeting={}) == (100, 1885364)
    assert world.refusal(world.adset, targeting={"geo_locations": {"countries": ["DE"]}}) == (100, 3858079)
    world.update(world.adset, name="Only the name")


def test_an_update_of_nothing_passes(world: World) -> None:
    """And would be refused with one word that is wrong."""
    for node in (world.own, world.cbo, world.sharing, world.adset, world.child, world.ad, world.creative):
        world.update(node)
        with pytest.raises(GraphError):
            world.update(node, **{"body": "B"} if node is world.creative else {"status": "RUNNING"})
    check("update", "AdAccount", world.store.nodes["act_1"], None, {"spend_cap": "1"}, world.store)
