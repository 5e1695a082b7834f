"""What the host's policy forbids is refused before anything is sent, whatever the arguments say."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from plan_world import ADSET, CAMPAIGN, build
from tables import table

from admonster_fb import FacebookAds, Money, ParameterError
from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.bot.host import spending_check
from admonster_fb.bot.plans.plan import Plan
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.sandbox import Sandbox

Under = Callable[..., Callable[..., ToolResult]]


@pytest.fixture
def under(empty: Sandbox) -> Under:
    """Return a tool's call under a policy: `under(max_daily_budget="50.00 USD")("update_campaign", …)`."""

    def made(**policy: Any) -> Callable[..., ToolResult]:
        tool = FacebookTool(FacebookAds.sandbox(empty), policy=SpendPolicy(**policy))
        return lambda op, **args: tool.call({"op": op, "args": args})

    return made


def refused(result: ToolResult) -> str:
    assert not result.ok, result.text
    assert result.error is not None
    assert result.error["type"] == "ParameterError", result.text
    assert "nothing was sent" in result.text
    return result.text


def value(empty: Sandbox, node_id: str, name: str) -> Any:
    return empty.object(node_id).get(name)


class TestNeedsPlan:
    def test_only_what_it_names_is_held(self, under: Under, funnel: dict[str, str]) -> None:
        call = under(needs_plan=["destroy"])
        assert not isinstance(call("update_campaign", campaign_id=funnel["campaign_id"], status="ACTIVE").data, Plan)
        assert isinstance(call("delete_campaign", campaign_id=funnel["campaign_id"]).data, Plan)

    def test_nothing_is_held_where_it_names_nothing(self, under: Under, empty: Sandbox, funnel: dict[str, str]) -> None:
        assert under(needs_plan=())("delete_campaign", campaign_id=funnel["campaign_id"]).ok
        assert value(empty, funnel["campaign_id"], "status") == "DELETED"

    @table(
        "wrong",
        [
            {"needs_plan": ["all"]}, {"apply_by": "anyone"}, {"max_increase_percent": 20.0},
            {"max_increase_percent": -1}, {"max_increase_percent": True}, {"max_daily_budget": "50"},
            {"max_daily_budget": 5000}, {"max_daily_budget": "50.005 USD"}, {"max_total_daily": "-1.00 USD"},
            {"max_total_daily": {"act_1": "50 XXX"}},
        ],
    )  # fmt: skip
    def test_a_policy_that_is_not_clear_is_refused(self, wrong: Any) -> None:
        with pytest.raises(ParameterError) as caught:
            SpendPolicy(**wrong)
        assert [each.field for each in caught.value.violations] == [*wrong]


def test_no_increase_at_all_can_be_demanded() -> None:
    assert SpendPolicy(max_increase_percent=0).caps == ("max_increase_percent",)
    everything = SpendPolicy(max_daily_budget="1.00 USD", max_increase_percent=1, max_total_daily="1.00 USD")
    assert everything.caps == ("max_daily_budget", "max_increase_percent", "max_total_daily")


class TestHost:
    def test_only_the_host_applies(self, empty: Sandbox, funnel: dict[str, str]) -> None:
        tool = FacebookTool(FacebookAds.sandbox(empty), policy=SpendPolicy(apply_by="host"))
        held = tool.call({"op": "update_campaign", "args": {"campaign_id": funnel["campaign_id"], "status": "ACTIVE"}})
        assert "A person must agree" in held.text
        assert held.next_actions == ("apply", "discard")
        refused = tool.call({"op": "apply", "args": {"plan_id": held.data.id}})
        assert "needs a person" in refused.text
        assert refused.error is not None
        assert refused.error["who"] == "user"
        assert value(empty, funnel["campaign_id"], "status") == "PAUSED"
        assert tool.approve(held.data.id, by="Ann").ok
        assert value(empty, funnel["campaign_id"], "status") == "ACTIVE"
        assert "was applied before" in tool.approve(held.data.id).text

    def test_a_model_cannot_say_that_it_is_the_host(self, under: Under, funnel: dict[str, str]) -> None:
        call = under(apply_by="host")
        plan = call("update_campaign", campaign_id=funnel["campaign_id"], status="ACTIVE").data.id
        for more in ({"by": "host"}, {"approve": True}, {"policy": {"apply_by": "model"}}):
            assert not call("apply", plan_id=plan, **more).ok
        assert not call("approve", plan_id=plan).ok

    def test_caps_bind_the_host_too(self, empty: Sandbox, funnel: dict[str, str]) -> None:
        fb = FacebookAds.sandbox(empty)
        free = FacebookTool(fb)
        args = {"adset_id": funnel["adset_id"], "daily_budget": 9000}
        plan = free.call({"op": "update_adset", "args": args}).data
        capped = FacebookTool(fb, policy=SpendPolicy(max_daily_budget="50.00 USD"), plans=free.guard.store)
        assert "max_daily_budget" in refused(capped.approve(plan.id))


class TestMaxDailyBudget:
    @pytest.mark.thorough
    @table(
        ("op", "args"),
        [
            ("update_adset", lambda ids: {"adset_id": ids["adset_id"], "daily_budget": 5001}),
            ("update_adset", lambda ids: {"adset_id": ids["adset_id"], "daily_budget": "50.01 USD", "name": "B"}),
            ("create_campaign", lambda _: {**CAMPAIGN, "daily_budget": 5001}),
            ("create_campaign", lambda _: {**CAMPAIGN, "lifetime_budget": 5001}),
            ("create_adset", lambda ids: {**ADSET, "campaign_id": ids["campaign_id"], "daily_budget": 5001}),
            ("duplicate_adset", lambda ids: {"adset_id": ids["adset_id"], "daily_budget": 5001}),
            (
                "scale_campaign",
                lambda ids: {"campaign_id": ids["campaign_id"], "factor": 9, "max_daily_budget": "999.99 USD"},
            ),
        ],
        fresh=True,
    )
    def test_beyond_it_is_refused(self, under: Under, empty: Sandbox, funnel: Any, op: str, args: Any) -> None:
        before = len(empty.kinds())
        text = refused(under(max_daily_budget="50.00 USD")(op, **args(funnel)))
        assert "at most $50.00 USD a day: the policy's max_daily_budget" in text
        assert len(empty.kinds()) == before
        assert value(empty, funnel["adset_id"], "daily_budget") == "2000"

    @pytest.mark.thorough
    def test_up_to_it_is_allowed(self, under: Under, funnel: dict[str, str]) -> None:
        call = under(max_daily_budget="50.00 USD")
        assert isinstance(call("update_adset", adset_id=funnel["adset_id"], daily_budget=5000).data, Plan)

    @pytest.mark.thorough
    def test_what_was_beyond_it_can_be_lowered_but_not_switched_on(
        self, under: Under, empty: Sandbox, funnel: dict[str, str]
    ) -> None:
        fb, adset = FacebookAds.sandbox(empty), funnel["adset_id"]
        fb.adsets.update(adset, daily_budget=20_000)
        call = under(max_daily_budget="50.00 USD")
        assert call("update_adset", adset_id=adset, daily_budget=15_000).ok
        fb.campaigns.update(funnel["campaign_id"], status="ACTIVE")
        fb.ads.update(funnel["ad_id"], status="ACTIVE")
        assert "max_daily_budget" in refused(call("update_adset", adset_id=adset, status="ACTIVE"))
        assert call("update_adset", adset_id=adset, status="PAUSED").ok

    @pytest.mark.thorough
    def test_a_schedule_of_what_delivers_does_not_get_around_it(
        self, under: Under, empty: Sandbox, funnel: dict[str, str]
    ) -> None:
        fb = FacebookAds.sandbox(empty)
        fb.adsets.update(funnel["adset_id"], daily_budget=4000, status="ACTIVE")
        fb.ads.update(funnel["ad_id"], status="ACTIVE")
        fb.campaigns.update(funnel["campaign_id"], status="ACTIVE")
        time = {"time_start": "2026-12-01T09:00:00+0000", "time_end": "2026-12-02T09:00:00+0000"}
        schedule = {"ad_object_id": funnel["adset_id"], "budget_value": 2, "budget_value_type": "MULTIPLIER", **time}
        call = under(max_daily_budget="50.00 USD")
        assert "max_daily_budget" in refused(call("create_budget_schedule", **schedule))
        more = {**schedule, "budget_value_type": "ABSOLUTE"}
        assert "max_daily_budget" in refused(call("create_budget_schedule", **{**more, "budget_value": 1001}))
        plan = call("create_budget_schedule", **{**more, "budget_value": 1000}).data
        assert (plan.adds, plan.kinds) == (1000, ("spend",))

    @pytest.mark.thorough
    def test_a_schedule_of_what_is_paused_is_a_plan_and_cannot_be_activated_beyond_it(
        self, under: Under, empty: Sandbox, funnel: dict[str, str]
    ) -> None:
        fb = FacebookAds.sandbox(empty)
        fb.adsets.update(funnel["adset_id"], daily_budget=4000, status="ACTIVE")
        fb.ads.update(funnel["ad_id"], status="ACTIVE")
        time = {"time_start": "2026-12-01T09:00:00+0000", "time_end": "2026-12-02T09:00:00+0000"}
        schedule = {"ad_object_id": funnel["adset_id"], "budget_value": 2, "budget_value_type": "MULTIPLIER", **time}
        call = under(max_daily_budget="50.00 USD")
        held = call("create_budget_schedule", **schedule)
        assert (held.data.adds, held.data.kinds) == (0, ("spend",))
        assert call("apply", plan_id=held.data.id).ok
        activation = call("update_campaign", campaign_id=funnel["campaign_id"], status="ACTIVE")
        assert "max_daily_budget" in refused(activation)

    def test_a_rule_that_could_raise_is_refused(self, under: Under) -> None:
        from test_held import PAUSES, UNPAUSES

        call = under(max_daily_budget="50.00 USD")
        assert "Meta would not apply the policy's max_daily_budget" in refused(
            call("create_ad_rule", **UNPAUSES, status="ENABLED")
        )
        assert call("create_ad_rule", **PAUSES).ok


class TestUnits:
    def test_a_cap_in_another_currency_is_refused(self, under: Under, funnel: dict[str, str]) -> None:
        text = refused(
            under(max_daily_budget="50.00 EUR")("update_adset", adset_id=funnel["adset_id"], daily_budget=2001)
        )
        assert 'given "€50.00 EUR"; allowed: USD, the currency of act_1' in text

    def test_yen_have_no_cents(self, under: Under, empty: Sandbox) -> None:
        call = under(max_daily_budget={"act_1": "50.00 USD", "2": "5000 JPY"})
        assert call("create_campaign", ad_account_id="act_2", **CAMPAIGN, daily_budget=5000).ok
        text = refused(call("create_campaign", ad_account_id="act_2", **CAMPAIGN, daily_budget=5001))
        assert 'given "¥5001 JPY"; allowed: at most ¥5000 JPY a day' in text

    def test_an_account_that_is_not_named_spends_no_more(self, under: Under, empty: Sandbox) -> None:
        call = under(max_total_daily={"act_1": "50.00 USD"})
        campaign = FacebookAds.sandbox(empty).campaigns.create("act_2", **CAMPAIGN, daily_budget=5000).id
        assert "max_total_daily names" in refused(call("update_campaign", campaign_id=campaign, status="ACTIVE"))
        assert call("update_campaign", campaign_id=campaign, status="PAUSED").ok
        assert call("update_campaign", campaign_id=campaign, daily_budget=4000, name="B").ok

    @pytest.mark.thorough
    def test_a_cap_that_does_not_fit_keeps_nobody_from_saving(self, under: Under, funnel: dict[str, str]) -> None:
        call = under(max_daily_budget="50.00 EUR")
        assert call("update_campaign", campaign_id=funnel["campaign_id"], status="PAUSED").ok
        assert call("update_adset", adset_id=funnel["adset_id"], daily_budget=1500).ok

    def test_money_may_be_an_object(self) -> None:
        assert SpendPolicy(max_daily_budget=Money("5000 JPY")).cap("max_daily_budget", "act_9") == Money("5000 JPY")


class TestMaxIncrease:
    @pytest.mark.thorough
    def test_at_once(self, under: Under, funnel: dict[str, str]) -> None:
        call = under(max_increase_percent=20)
        assert isinstance(call("update_adset", adset_id=funnel["adset_id"], daily_budget=2400).data, Plan)
        text = refused(call("update_adset", adset_id=funnel["adset_id"], daily_budget=2401))
        assert "at most $24.00 USD, 20 % above $20.00 USD" in text

    @pytest.mark.thorough
    def test_in_steps(self, under: Under, empty: Sandbox, funnel: dict[str, str]) -> None:
        call = under(max_increase_percent=20, needs_plan=())
        assert call("update_adset", adset_id=funnel["adset_id"], daily_budget=2200).ok
        assert call("update_adset", adset_id=funnel["adset_id"], daily_budget=2400).ok
        assert "20 % above $20.00 USD" in refused(call("update_adset", adset_id=funnel["adset_id"], daily_budget=2401))
        assert call("update_adset", adset_id=funnel["adset_id"], daily_budget=2300).ok
        assert "20 % above $20.00 USD" in refused(call("update_adset", adset_id=funnel["adset_id"], daily_budget=2500))
        empty.advance(minutes=24 * 60 + 1)
        assert call("update_adset", adset_id=funnel["adset_id"], daily_budget=2760).ok

    @pytest.mark.thorough
    def test_steps_are_remembered_after_a_restart(self, empty: Sandbox, funnel: dict[str, str], tmp_path: Path) -> None:
        policy = SpendPolicy(max_increase_percent=Decimal("20"), needs_plan=())

        def raise_to(amount: int) -> ToolResult:
            tool = FacebookTool(FacebookAds.sandbox(empty), policy=policy, plans=tmp_path)
            return tool.call({"op": "update_adset", "args": {"adset_id": funnel["adset_id"], "daily_budget": amount}})

        assert raise_to(2400).ok
        assert "20 % above $20.00 USD" in refused(raise_to(2500))


class TestMaxTotal:
    @pytest.mark.thorough
    def test_all_that_would_deliver_counts(self, under: Under, empty: Sandbox) -> None:
        fb = FacebookAds.sandbox(empty)
        build(fb, campaigns=3, adsets=1, ads=1)  # 20.00 USD each
        for kind in ("AdSet", "Ad"):
            for node in empty.objects(kind, "act_1"):
                empty.change(node["id"], status="ACTIVE")
        first, second, third = [campaign["id"] for campaign in empty.objects("Campaign", "act_1")]
        call = under(max_total_daily="50.00 USD", needs_plan=())
        assert call("update_campaign", campaign_id=first, status="ACTIVE").ok
        assert call("update_campaign", campaign_id=second, status="ACTIVE").ok
        text = refused(call("update_campaign", campaign_id=third, status="ACTIVE"))
        assert 'given "$60.00 USD"; allowed: at most $50.00 USD a day in all of act_1' in text
        assert call("update_campaign", campaign_id=first, status="PAUSED").ok
        assert call("update_campaign", campaign_id=third, status="ACTIVE").ok

    @pytest.mark.thorough
    def test_plans_made_one_after_the_other_do_not_pass_it_together(self, under: Under, empty: Sandbox) -> None:
        build(FacebookAds.sandbox(empty), campaigns=2, adsets=1, ads=1)
        for kind in ("AdSet", "Ad"):
            for node in empty.objects(kind, "act_1"):
                empty.change(node["id"], status="ACTIVE")
        call = under(max_total_daily="30.00 USD")
        plans = [
            call("update_campaign", campaign_id=campaign["id"], status="ACTIVE").data.id
            for campaign in empty.objects("Campaign", "act_1")
        ]
        assert call("apply", plan_id=plans[0]).ok
        assert "max_total_daily" in refused(call("apply", plan_id=plans[1]))


class TestAccounts:
    @pytest.mark.thorough
    def test_only_those_may_be_written(self, under: Under, empty: Sandbox) -> None:
        fb = FacebookAds.sandbox(empty)
        there = fb.campaigns.create("act_2", **CAMPAIGN).id
        call = under(accounts=["1"])
        assert call("create_campaign", ad_account_id="act_1", **CAMPAIGN).ok
        for op, args in (
            ("create_campaign", {"ad_account_id": "act_2", **CAMPAIGN}),
            ("update_campaign", {"campaign_id": there, "name": "B"}),
            ("update_campaign", {"campaign_id": there, "status": "PAUSED"}),
            ("delete_campaign", {"campaign_id": there}),
            ("bulk_update_campaigns", {"campaign_ids": [there], "name": "B"}),
            ("update_spending_limit", {"ad_account_id": "act_2", "spending_limit": "1000 JPY"}),
        ):
            assert "allowed: act_1: the policy's accounts" in refused(call(op, **args)), op
        assert call("get_campaign", campaign_id=there).ok, "reading is not bound by it"


class TestReadOnly:
    @pytest.mark.thorough
    def test_there_is_nothing_that_writes(self, under: Under, funnel: dict[str, str]) -> None:
        call = under(read_only=True)
        for op in ("update_campaign", "create_campaign", "apply", "discard"):
            assert not call(op, campaign_id=funnel["campaign_id"], status="PAUSED").ok
        assert call("get_campaign", campaign_id=funnel["campaign_id"]).ok
        assert "update_campaign" not in call("help").text


CEILING: Any = {"max_total_daily": "90.00 USD", "max_daily_budget": "50.00 USD"}


class TestOnALiveAccount:
    """Whatever is not a sandbox counts as live: here, a sandbox that is taken for one."""

    @pytest.fixture(autouse=True)
    def live(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(FacebookAds, "is_sandbox", False)

    def test_without_a_policy_only_a_person_raises_spend(self, empty: Sandbox, funnel: dict[str, str]) -> None:
        tool, campaign = FacebookTool(FacebookAds.sandbox(empty)), funnel["campaign_id"]
        on = {"op": "update_campaign", "args": {"campaign_id": campaign, "status": "ACTIVE"}}
        held = tool.call(on)
        assert held.text.endswith("This is a live account, so a person applies plans unless the policy sets a ceiling.")
        assert held.next_actions == ("discard",), "a yes in a chat does not count"
        refused_one = tool.call({"op": "apply", "args": {"plan_id": held.data.id}})
        assert refused_one.error is not None
        assert refused_one.error["type"] == "PlanRefused"
        assert empty.object(campaign)["status"] == "PAUSED"
        assert tool.approve(held.data.id, by="Ann").ok
        assert empty.object(campaign)["status"] == "ACTIVE"
        assert tool.call({"op": "update_campaign", "args": {"campaign_id": campaign, "status": "PAUSED"}}).ok

    @table(
        ("policy", "missing"),
        [
            ({}, ()),
            ({"apply_by": "host"}, ()),
            ({"apply_by": "model"}, ("max_total_daily", "max_daily_budget")),
            ({"apply_by": "model", "max_total_daily": "90.00 USD"}, ("max_daily_budget",)),
            ({"apply_by": "model", "max_daily_budget": "90.00 USD"}, ("max_total_daily",)),
            ({"apply_by": "model", "max_increase_percent": 20}, ("max_total_daily", "max_daily_budget")),
            ({"apply_by": "model", **CEILING}, ()),
            ({"needs_plan": ()}, ("max_total_daily", "max_daily_budget")),
            ({"needs_plan": ("destroy",), "apply_by": "host"}, ("max_total_daily", "max_daily_budget")),
            ({"needs_plan": ("spend",)}, ()),
            ({"needs_plan": (), **CEILING}, ()),
            ({"apply_by": "model", "read_only": True}, ()),
        ],
    )
    def test_a_model_needs_a_ceiling(self, empty: Sandbox, policy: Any, missing: tuple[str, ...]) -> None:
        fb = FacebookAds.sandbox(empty)
        if missing:
            with pytest.raises(ParameterError) as caught:
                FacebookTool(fb, policy=SpendPolicy(**policy))
            assert tuple(each.field for each in caught.value.violations) == missing
            FacebookTool(fb, policy=SpendPolicy(**policy), read_only=True)
        else:
            FacebookTool(fb, policy=SpendPolicy(**policy))

    @pytest.mark.thorough
    def test_below_its_ceiling_a_model_applies(self, empty: Sandbox, funnel: dict[str, str]) -> None:
        tool = FacebookTool(FacebookAds.sandbox(empty), policy=SpendPolicy(apply_by="model", **CEILING))
        on = {"op": "update_campaign", "args": {"campaign_id": funnel["campaign_id"], "status": "ACTIVE"}}
        held = tool.call(on)
        assert held.text.endswith("This is a live account: the policy's limits are the ceiling.")
        assert tool.call({"op": "apply", "args": {"plan_id": held.data.id}}).ok

    def test_doctor_says_what_holds(self, empty: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.chdir(tmp_path)
        fb = FacebookAds.sandbox(empty)
        assert spending_check(fb).found.startswith("only a person raises spend: admonster-fb apply PLAN_ID")
        monkeypatch.setenv("FACEBOOK_APPLY_BY", "model")
        found = spending_check(fb)
        assert found.state == "wrong"
        assert "max_total_daily" in found.found
        monkeypatch.setenv("FACEBOOK_MAX_TOTAL_DAILY", "90.00 USD")
        monkeypatch.setenv("FACEBOOK_MAX_DAILY_BUDGET", "50.00 USD")
        found = spending_check(fb)
        assert found.state == "ok"
        assert found.found == (
            "a model may raise spend (below the policy's ceiling); max_daily_budget, max_total_daily"
        )
        monkeypatch.setenv("FACEBOOK_READ_ONLY", "1")
        assert "read_only" in spending_check(fb).found


class TestFromTheEnvironment:
    @pytest.fixture(autouse=True)
    def bare(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        import os

        for name in [*os.environ]:
            if name.startswith("FACEBOOK_"):
                monkeypatch.delenv(name)
        monkeypatch.chdir(tmp_path)

    def test_it_is_read(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        said = {
            "MAX_DAILY_BUDGET": "act_1=50.00 USD, 2 = 5000 JPY", "MAX_TOTAL_DAILY": "200.00 USD",
            "MAX_INCREASE_PERCENT": "20 %", "ACCOUNTS": "1, act_2,", "APPLY_BY": "host", "NEEDS_PLAN": "spend,destroy",
            "PLAN_MINUTES": "45",
        }  # fmt: skip
        for name, text in said.items():
            monkeypatch.setenv(f"FACEBOOK_{name}", text)
        (tmp_path / ".env").write_text("FACEBOOK_READ_ONLY=yes\nFACEBOOK_MAX_TOTAL_DAILY=1.00 USD\n")
        assert SpendPolicy.from_env() == SpendPolicy(
            max_daily_budget={"act_1": "50.00 USD", "act_2": "5000 JPY"}, max_total_daily="200.00 USD",
            max_increase_percent=Decimal(20), accounts=["act_1", "act_2"], apply_by="host",
            needs_plan=["spend", "destroy"], read_only=True, plan_minutes=45,
        )  # fmt: skip

    @table(
        ("name", "text"),
        [("MAX_DAILY_BUDGET", "50"), ("MAX_INCREASE_PERCENT", "much"), ("READ_ONLY", "maybe"), ("APPLY_BY", "me"),
         ("PLAN_MINUTES", "soon"), ("PLAN_MINUTES", "1.5"), ("PLAN_MINUTES", "1441"), ("PLAN_MINUTES", "9" * 12)],
        fresh=True,
    )  # fmt: skip
    def test_what_is_not_clear_is_refused(self, monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
        monkeypatch.setenv(f"FACEBOOK_{name}", text)
        with pytest.raises(ParameterError, match=text):
            SpendPolicy.from_env()
