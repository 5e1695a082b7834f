"""Plans that were made together: one goes stale by what it touches, not by another object of the same account."""

from __future__ import annotations

from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import Sandbox

pytestmark = pytest.mark.thorough

Update = tuple[str, dict[str, Any]]


class World:
    """A tool on a new sandbox, and the IDs of its objects by name."""

    def __init__(self) -> None:
        self.tool = FacebookTool(FacebookAds.sandbox(Sandbox()))
        services = (self.tool.fb.campaigns, self.tool.fb.adsets, self.tool.fb.ads)
        self.ids = {str(node.name): node.id for service in services for node in service.list("act_1", fields=["name"])}

    def plan(self, op: str, args: dict[str, Any]) -> str:
        key = f"{op.rpartition('_')[2]}_id"
        return str(self.tool.call({"op": op, "args": {**args, key: self.ids[args[key]]}}).data.id)

    def apply(self, plan: str) -> Any:
        return self.tool.call({"op": "apply", "args": {"plan_id": plan}})


@pytest.fixture
def world() -> World:
    return World()


SALES, TRAFFIC = "Juniper Roast | Sales | Evergreen", "Juniper Roast | Traffic | Shop visits"
WOMEN: Update = ("update_adset", {"adset_id": "Downtown women 25-44", "daily_budget": "18.00 USD"})
EVERYONE: Update = ("update_adset", {"adset_id": "Everyone near", "daily_budget": "20.00 USD"})
SALES_MORE: Update = ("update_campaign", {"campaign_id": SALES, "daily_budget": "72.00 USD"})
NO_MAP: Update = ("delete_ad", {"ad_id": "Map"})
NO_BRUNCH: Update = ("delete_ad", {"ad_id": "Brunch"})
NO_WOMEN: Update = ("archive_adset", {"adset_id": "Downtown women 25-44"})
NO_TRAFFIC: Update = ("delete_campaign", {"campaign_id": TRAFFIC})


@table(
    ("first", "second"),
    [(WOMEN, EVERYONE), (EVERYONE, SALES_MORE), (NO_MAP, NO_BRUNCH), (NO_MAP, WOMEN), (WOMEN, NO_MAP),
     (NO_WOMEN, NO_MAP), (SALES_MORE, NO_WOMEN)],
)  # fmt: skip
def test_both_of_two_plans_apply(first: Update, second: Update) -> None:
    world = World()
    done = [world.apply(each) for each in [world.plan(*update) for update in (first, second)]]
    assert [each.ok for each in done] == [True, True], done


@table(
    ("first", "second"),
    [(WOMEN, WOMEN), (WOMEN, NO_WOMEN), (NO_BRUNCH, NO_WOMEN), (NO_BRUNCH, NO_TRAFFIC), (WOMEN, NO_TRAFFIC),
     (NO_WOMEN, NO_BRUNCH)],
)  # fmt: skip
def test_what_it_touches_makes_it_stale(first: Update, second: Update) -> None:
    """The object itself, what is in it, and what it is in."""
    world = World()
    plans = [world.plan(*update) for update in (first, second)]
    assert world.apply(plans[0]).ok
    refused = world.apply(plans[1])
    assert not refused.ok
    assert "changed" in refused.text


def test_a_higher_sum_of_what_is_in_it_makes_it_stale(world: World) -> None:
    """An activated campaign delivers all that is in it: more than was shown is not what was agreed to."""
    leads = "Juniper Roast | Leads | Barista course"
    made = world.plan("update_campaign", {"campaign_id": leads, "status": "ACTIVE"})
    world.tool.fb.adsets.update(world.ids["Home baristas"], daily_budget=2500)
    assert not world.apply(made).ok


def test_two_new_active_ads_in_one_ad_set(world: World) -> None:
    creative = world.tool.fb.adcreatives.list("act_1", fields=["id"])[0].id
    args = {"adset_id": world.ids["Everyone near"], "creative": creative, "status": "ACTIVE"}
    plans = [world.tool.call({"op": "create_ad", "args": {**args, "name": name}}).data.id for name in "AB"]
    assert all(world.apply(each).ok for each in plans)
