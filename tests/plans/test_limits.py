"""The limits of a policy, compared with changes without any request: each on both sides of its boundary."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import plan_world
import pytest
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.analysis.daily_exposure import Snapshot, apply_changes
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.plans.limits import SpendImpact, _cap, raised_amounts, violations
from admonster_fb.bot.plans.plan import Raise
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.errors import ParameterError
from admonster_fb.models.campaign import NO_SPEND_CAP
from admonster_fb.models.change import Change
from admonster_fb.sandbox import Sandbox

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = {"time_start": 1796000400, "time_end": 1796086800}
Nodes = Mapping[str, Mapping[str, Any]]


def tree(campaign: Mapping[str, Any] = {}, *adsets: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """A campaign "1" with ad sets "2", "3", … and an ad in each; everything ACTIVE unless it says otherwise."""
    rows = {str(number): {"status": "ACTIVE", "campaign_id": "1", **row} for number, row in enumerate(adsets, 2)}
    ads = {f"ad {key}": {"status": "ACTIVE", "adset_id": key, "campaign_id": "1"} for key in rows}
    return {"campaigns": {"1": {"status": "ACTIVE", **campaign}}, "adsets": rows, "ads": ads}


def refused(
    policy: SpendPolicy,
    *changes: Change,
    nodes: Nodes | None = None,
    baseline: Mapping[tuple[str, str], int] = {},
    account_total: int = 0,
) -> list[tuple[str, object, str]]:
    before = Snapshot(nodes, NOW) if nodes is not None else None
    impact = SpendImpact("act_1", "USD", changes, before, apply_changes(before, changes) if before else None)
    found = violations(policy, impact, lambda node_id, name: baseline.get((node_id, name)), lambda: account_total)
    return [(each.field, each.given, each.allowed) for each in found]


def fields(*args: Any, **more: Any) -> list[tuple[str, object]]:
    return [(name, given) for name, given, _ in refused(*args, **more)]


def budget(before: int, after: int, node: str = "2", name: str = "daily_budget", edge: str = "adsets") -> Change:
    return Change(edge, node, "US", {name: before}, {name: after})


FIFTY = SpendPolicy(max_daily_budget="50.00 USD")
TWENTY_PERCENT = SpendPolicy(max_increase_percent=20)
TOTAL = SpendPolicy(max_total_daily="100.00 USD")
ON = Change("adsets", "2", "US", {"status": "PAUSED"}, {"status": "ACTIVE"})


def test_without_limits_nothing_is_refused() -> None:
    assert refused(SpendPolicy(), budget(1, 10**9), nodes=tree({}, {"daily_budget": 1})) == []


class TestMaxDailyBudget:
    def test_a_budget_up_to_the_maximum_is_allowed_and_one_cent_more_is_refused(self) -> None:
        assert refused(FIFTY, budget(2000, 5000)) == []
        [(name, given, allowed)] = refused(FIFTY, budget(2000, 5001))
        assert (name, given) == ("daily_budget", "$50.01 USD")
        assert allowed == f"at most $50.00 USD a day: {_cap('max_daily_budget')}"

    def test_of_several_changes_the_object_is_named(self) -> None:
        assert fields(FIFTY, budget(2000, 6000), budget(2000, 3000, "3")) == [("daily_budget", "$60.00 USD of 2")]
        new = Change("adsets", None, "US", {}, {"daily_budget": 6000})
        assert fields(FIFTY, new, budget(2000, 3000)) == [("daily_budget", "$60.00 USD")]

    def test_a_budget_above_it_that_does_not_rise_is_not_refused_itself(self) -> None:
        raised = budget(2000, 2001, "3")
        assert fields(FIFTY, budget(9000, 8000), raised) == []
        assert fields(FIFTY, budget(9000, 9000), raised) == []
        assert fields(FIFTY, budget(9000, 9001)) == [("daily_budget", "$90.01 USD")]

    def test_only_campaigns_and_ad_sets_have_budgets(self) -> None:
        ad = Change("ads", "5", "A", {"daily_budget": 1}, {"daily_budget": 9000, "status": "ACTIVE"})
        assert refused(FIFTY, ad) == []
        assert refused(FIFTY, Change("planets", None, "A", {}, {"daily_budget": 9000})) == []
        assert fields(FIFTY, budget(1, 9000, "1", edge="campaigns")) == [("daily_budget", "$90.00 USD")]

    def test_of_a_lifetime_budget_what_remains_counts(self) -> None:
        nodes = tree({}, {"lifetime_budget": 8000, "budget_remaining": 3000})
        assert refused(FIFTY, budget(8000, 10_000, name="lifetime_budget"), nodes=nodes) == []
        wrong = fields(FIFTY, budget(8000, 10_001, name="lifetime_budget"), nodes=nodes)
        assert wrong == [("lifetime_budget", "$50.01 USD")]
        new = Change("adsets", None, "US", {}, {"lifetime_budget": 5001})
        assert fields(FIFTY, new, nodes=nodes) == [("lifetime_budget", "$50.01 USD")]

    @table(
        ("schedule", "most"),
        [
            ({"budget_value_type": "MULTIPLIER", "budget_value": 2}, 4000),
            ({"budget_value_type": "MULTIPLIER", "budget_value": 3}, 6000),
            ({"budget_value_type": "ABSOLUTE", "budget_value": 3000}, 5000),
            ({"budget_value_type": "ABSOLUTE", "budget_value": 3001}, 5001),
            ({}, 2000),
        ],
    )
    def test_schedules_of_a_new_object_count(self, schedule: dict[str, Any], most: int) -> None:
        new = Change("adsets", None, "US", {}, {"daily_budget": 2000, "budget_schedule_specs": [schedule]})
        expected = [("daily_budget", f"${most / 100:.2f} USD")] if most > 5000 else []
        assert fields(FIFTY, new) == expected

    def test_a_schedule_alone_without_a_budget_counts_nothing(self) -> None:
        specs = [{"budget_value_type": "ABSOLUTE", "budget_value": 9000}]
        assert refused(FIFTY, Change("adsets", None, "US", {}, {"budget_schedule_specs": specs})) == []

    def test_activation_of_a_budget_above_it_is_refused(self) -> None:
        nodes = tree({}, {"daily_budget": 5001, "status": "PAUSED"}, {"daily_budget": 9000})
        assert fields(FIFTY, ON, nodes=nodes) == [("daily_budget", "$50.01 USD of 2")], "3 was being spent before"
        nodes["adsets"]["2"]["daily_budget"] = 5000
        assert refused(FIFTY, ON, nodes=nodes) == []

    def test_activation_of_a_campaign_counts_its_own_budget(self) -> None:
        nodes = tree({"daily_budget": 5001, "status": "PAUSED"}, {}, {})
        on = Change("campaigns", "1", "Sale", {"status": "PAUSED"}, {"status": "ACTIVE"})
        assert fields(FIFTY, on, nodes=nodes) == [("daily_budget", "$50.01 USD of 1")]

    def test_a_raise_of_what_is_being_spent_is_reported_once(self) -> None:
        nodes = tree({}, {"daily_budget": 2000})
        assert fields(FIFTY, budget(2000, 5001), nodes=nodes) == [("daily_budget", "$50.01 USD")]

    def test_a_schedule_on_what_is_being_spent_is_refused(self) -> None:
        nodes = tree({}, {"daily_budget": 2000})
        double = {"ad_object_id": "2", "budget_value_type": "MULTIPLIER", "budget_value": 3, **DAY}
        schedule = Change("budget_schedules", None, "US", {}, double)
        assert fields(FIFTY, schedule, nodes=nodes) == [("daily_budget", "$60.00 USD of 2")]
        mild = Change("budget_schedules", None, "US", {}, {**double, "budget_value": 2})
        assert refused(FIFTY, mild, nodes=nodes) == []


class TestCurrency:
    @pytest.mark.parametrize("name", ["max_daily_budget", "max_total_daily"])
    def test_a_limit_in_another_currency_is_the_only_violation(self, name: str) -> None:
        policy = SpendPolicy(max_increase_percent=1, **{name: "50.00 EUR"})  # type: ignore[arg-type]
        assert refused(policy, budget(2000, 9000)) == [
            (f"policy.{name}", "€50.00 EUR", "USD, the currency of act_1"),
        ]

    def test_what_only_lowers_is_allowed_whatever_the_limit(self) -> None:
        policy = SpendPolicy(max_daily_budget="50.00 EUR", max_total_daily={"act_9": "1.00 USD"})
        assert refused(policy, budget(9000, 8000)) == []
        assert refused(policy, Change("campaigns", "1", "Sale", {"status": "ACTIVE"}, {"status": "PAUSED"})) == []

    def test_a_new_object_is_held_against_the_limits(self) -> None:
        new = Change("adsets", None, "US", {}, {"daily_budget": 5001, "status": "PAUSED"})
        assert fields(FIFTY, new) == [("daily_budget", "$50.01 USD")]


class TestMaxIncrease:
    def test_boundary(self) -> None:
        assert refused(TWENTY_PERCENT, budget(2000, 2400)) == []
        [(name, given, allowed)] = refused(TWENTY_PERCENT, budget(2000, 2401))
        assert (name, given) == ("daily_budget", "$24.01 USD")
        assert allowed == f"at most $24.00 USD, 20 % above $20.00 USD: {_cap('max_increase_percent')}"

    def test_a_fraction_of_a_cent_is_not_given_away(self) -> None:
        assert refused(TWENTY_PERCENT, budget(1999, 2398)) == []
        assert fields(TWENTY_PERCENT, budget(1999, 2399)) == [("daily_budget", "$23.99 USD")]

    def test_steps_count_from_the_lower_of_baseline_and_present(self) -> None:
        day_ago = {("2", "daily_budget"): 2000}
        assert refused(TWENTY_PERCENT, budget(2300, 2400), baseline=day_ago) == []
        assert fields(TWENTY_PERCENT, budget(2300, 2401), baseline=day_ago) == [("daily_budget", "$24.01 USD")]
        assert fields(TWENTY_PERCENT, budget(1000, 1201), baseline=day_ago) == [("daily_budget", "$12.01 USD")]
        other = {("3", "daily_budget"): 10, ("2", "lifetime_budget"): 10}
        assert refused(TWENTY_PERCENT, budget(2000, 2400), baseline=other) == []

    def test_each_is_named_by_the_field_that_raises_it(self) -> None:
        lifetime = budget(9000, 20_000, "3", "lifetime_budget")
        expected = [("daily_budget", "$30.00 USD"), ("lifetime_budget", "$200.00 USD")]
        assert fields(TWENTY_PERCENT, budget(2000, 3000), lifetime) == expected

    def test_a_new_object_has_no_increase(self) -> None:
        assert refused(TWENTY_PERCENT, Change("adsets", None, "US", {}, {"daily_budget": 9000})) == []
        assert refused(TWENTY_PERCENT, budget(0, 9000)) == []

    def test_a_schedule_counts_as_an_increase(self) -> None:
        nodes = tree({}, {"daily_budget": 2000})
        more = {"ad_object_id": "2", "budget_value_type": "ABSOLUTE", "budget_value": 401, **DAY}
        schedule = Change("budget_schedules", None, "US", {}, more)
        assert fields(TWENTY_PERCENT, schedule, nodes=nodes) == [("budget_value", "$24.01 USD")]
        allowed = Change("budget_schedules", None, "US", {}, {**more, "budget_value": 400})
        assert refused(TWENTY_PERCENT, allowed, nodes=nodes) == []

    def test_budgets_that_move_between_levels_count_together(self) -> None:
        nodes = tree({"daily_budget": 2000}, {"status": "PAUSED"}, {"status": "PAUSED"})
        nodes["campaigns"]["9"] = {"daily_budget": 50, "status": "PAUSED"}
        end = Change("campaigns", "1", "Sale", {"daily_budget": 2000}, {"daily_budget": 0})
        up = [budget(0, 1200, "2"), budget(0, 1200, "3")]
        assert refused(TWENTY_PERCENT, end, *up, nodes=nodes) == []
        assert fields(TWENTY_PERCENT, end, up[0], budget(0, 1201, "3"), nodes=nodes) == [("daily_budget", "$24.01 USD")]
        nodes = tree({}, {"daily_budget": 1000}, {"daily_budget": 1000})
        down = Change("campaigns", "1", "Sale", {"daily_budget": 0}, {"daily_budget": 2401})
        assert fields(TWENTY_PERCENT, down, nodes=nodes) == [("daily_budget", "$24.01 USD")]


class TestMaxTotal:
    def test_boundary(self) -> None:
        nodes = tree({}, {"daily_budget": 4000, "status": "PAUSED"})
        assert refused(TOTAL, ON, nodes=nodes, account_total=6000) == []
        [(name, given, allowed)] = refused(TOTAL, ON, nodes=nodes, account_total=6001)
        assert (name, given) == ("maximum daily spend", "$100.01 USD")
        assert allowed == f"at most $100.00 USD a day in all of act_1: {_cap('max_total_daily')}"

    def test_what_adds_nothing_is_allowed_even_above_it(self) -> None:
        rename = Change("adsets", "2", "US", {"name": "US"}, {"name": "CA"})
        new = Change("adsets", None, "US", {}, {"daily_budget": 9000, "status": "PAUSED"})
        assert refused(TOTAL, rename, new, nodes=tree({}, {"daily_budget": 4000}), account_total=20_000) == []

    def test_an_account_that_is_not_named_may_add_nothing(self) -> None:
        with pytest.raises(ParameterError, match="max_total_daily names"):
            refused(SpendPolicy(max_total_daily={"act_9": "1.00 USD"}), budget(2000, 2001))


class TestRules:
    @table("policy", [FIFTY, TWENTY_PERCENT, TOTAL])
    def test_a_rule_that_can_spend_is_refused_under_any_limit(self, policy: SpendPolicy) -> None:
        new = {"status": "ENABLED", "execution_spec": {"execution_type": "UNPAUSE"}}
        [(name, given, allowed)] = refused(policy, Change("adrules_library", None, "R", {}, new))
        assert (name, given) == ("execution_spec.execution_type", "UNPAUSE")
        assert policy.caps[0] in allowed

    def test_rules_that_pause_are_off_or_go_are_allowed(self) -> None:
        pause, unpause = ({"execution_spec": {"execution_type": kind}} for kind in ("PAUSE", "UNPAUSE"))
        for change in (
            Change("adrules_library", None, "R", {}, {"status": "ENABLED", **pause}),
            Change("adrules_library", None, "R", {}, {"status": "DISABLED", **unpause}),
            Change("adrules_library", "7", "R", {"status": "ENABLED", **unpause}, {}),
            Change("adsets", None, "R", {}, {"status": "PAUSED", **unpause}),
        ):
            assert refused(FIFTY, change) == [], change

    def test_a_rule_is_judged_by_what_it_was_and_becomes(self) -> None:
        before = {"status": "DISABLED", "execution_spec": {"execution_type": "UNPAUSE"}}
        on = Change("adrules_library", "7", "R", before, {"status": "ENABLED"})
        assert fields(FIFTY, on) == [("execution_spec.execution_type", "UNPAUSE")]


class TestImpact:
    def test_sums(self) -> None:
        before = Snapshot(tree({}, {"daily_budget": 2000}, {"daily_budget": 500, "status": "PAUSED"}), NOW)
        change = Change("adsets", "3", "CA", {"status": "PAUSED"}, {"status": "ACTIVE"})
        impact = SpendImpact("act_1", "USD", (change,), before, apply_changes(before, [change]))
        assert (impact.adds, impact.total) == (500, 2500)
        less = SpendImpact("act_1", "USD", (change,), apply_changes(before, [change]), before)
        assert (less.adds, less.total) == (-500, 2000)
        unread = SpendImpact("act_1", "JPY", (change,))
        assert (unread.adds, unread.total, unread.money(5000)) == (0, 0, "¥5000 JPY")


class TestRaisedAmounts:
    @table(
        ("name", "old", "new", "raised"),
        [
            ("spend_cap", 9000, 10_000, True),
            ("spend_cap", 9000, NO_SPEND_CAP, False),
            ("spend_cap", 9000, NO_SPEND_CAP + 1, False),
            ("spend_cap", 0, 10_000, False),
            ("bid_amount", 100, 99, False),
            ("bid_amount", None, 99, False),
            ("bid_amount", 100, "120", False),
        ],
    )
    def test_only_what_rises_from_an_amount_to_an_amount(self, name: str, old: Any, new: Any, raised: bool) -> None:
        change = Change("campaigns" if name == "spend_cap" else "adsets", "1", "Sale", {name: old}, {name: new})
        found = [*raised_amounts([change], None, lambda _id, _name: None)]
        assert found == ([Raise("1", name, old, old, new)] if raised else [])

    def test_the_lower_of_a_day_ago_and_now_counts(self) -> None:
        change = Change("adsets", "1", "US", {"bid_amount": 100}, {"bid_amount": 120})
        for day_ago, counts in ((None, 100), (90, 90), (110, 100)):
            baseline = {("1", "bid_amount"): day_ago}
            [found] = raised_amounts([change], None, lambda *key, known=baseline: known.get(key))
            assert found.day_ago == counts


class TestParentsInTheSameCall:
    """A campaign and an ad set in `campaign_spec` and `adset_spec` count as if they were made alone."""

    ADSET = {**plan_world.ADSET, "status": "ACTIVE"}
    CAMPAIGN = {**plan_world.CAMPAIGN, "status": "ACTIVE", "daily_budget": "20.00 USD"}

    @pytest.fixture
    def limited(self, empty: Sandbox) -> FacebookTool:
        return FacebookTool(FacebookAds.sandbox(empty), policy=SpendPolicy(max_daily_budget="15.00 USD"))

    def create(self, tool: FacebookTool, **adset_spec: Any) -> str:
        creative = {"creative_id": plan_world.creative_of(tool.fb)}
        args = {"ad_account_id": "act_1", "name": "A", "status": "ACTIVE", "creative": creative}
        return tool.call({"op": "create_ad", "args": {**args, "adset_spec": adset_spec}}).text

    def test_their_budgets_are_refused_above_the_limit(self, limited: FacebookTool) -> None:
        campaign = limited.fb.campaigns.create("act_1", **plan_world.CAMPAIGN)
        for text in (
            self.create(limited, **without(self.ADSET, "daily_budget"), campaign_spec=self.CAMPAIGN),
            self.create(limited, **{**self.ADSET, "daily_budget": "20.00 USD"}, campaign_id=campaign.id),
        ):
            assert text.startswith("ERROR"), text
            assert "$20.00 USD" in text
            assert "at most $15.00 USD a day" in text

    def test_their_budgets_are_in_the_plan(self, tool: FacebookTool) -> None:
        text = self.create(tool, **without(self.ADSET, "daily_budget"), campaign_spec=self.CAMPAIGN)
        assert 'new campaign "' in text
        assert "It could add up to $20.00 USD to a day's spend" in text

    @pytest.mark.parametrize("where", [lambda spec: {"adset_spec": spec}, lambda spec: {"extra": {"adset_spec": spec}}])
    def test_they_are_refused_where_they_cannot_be_counted(
        self, limited: FacebookTool, funnel: dict[str, str], where: Any
    ) -> None:
        args = {"ad_id": funnel["ad_id"], **where({"daily_budget": 10**6})}
        text = limited.call({"op": "update_ad", "args": args}).text
        assert "adset_spec" in text
        assert "would not count a budget in it" in text


def without(params: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name not in names}
