"""Nothing gets round the policy: each way that was found once, and what is like it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import plan_brute as brute
import pytest
from facebook_business.adobjects.ad import Ad
from facebook_business.adobjects.adset import AdSet
from facebook_business.adobjects.campaign import Campaign
from plan_world import ADSET, CAMPAIGN, build
from tables import table
from test_held import EVALUATED, LATER, SOON

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.bot.plans import store as stores
from admonster_fb.bot.plans.classify import CHANGE_CLASSES
from admonster_fb.bot.plans.plan import Plan
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.registry import registry
from admonster_fb.bot.tool import VALIDATED
from admonster_fb.models._params import checked
from admonster_fb.models.adset import AdSetCreate, AdSetUpdate
from admonster_fb.models.campaign import CampaignCreate, CampaignUpdate
from admonster_fb.objects import DELIVERS, OBJECTS
from admonster_fb.rules.ad_rules import can_spend
from admonster_fb.sandbox import GraphError, Sandbox
from admonster_fb.workflows.launch import run

Run = Callable[..., ToolResult]


@pytest.fixture
def under(empty: Sandbox) -> Callable[..., Run]:
    """Return a new tool's call under a policy without plans."""

    def made(plans: Any = None, audit: Path | None = None, **policy: Any) -> Run:
        limits = SpendPolicy(**{"needs_plan": (), **policy})
        tool = FacebookTool(FacebookAds.sandbox(empty), policy=limits, plans=plans, audit=audit)
        return lambda op, **args: tool.call({"op": op, "args": args})

    return made


def cut(amount: Any = -1, field: str = "change_spec", **more: Any) -> dict[str, Any]:
    return {"field": field, "operator": "EQUAL", "value": {"amount": amount, "unit": "PERCENTAGE", **more}}


LIMIT = {"field": "execution_count_limit", "operator": "EQUAL", "value": 3}


class TestAdRules:
    @table(
        ("kind", "options", "expected"),
        [
            ("CHANGE_BUDGET", [cut()], False),
            ("CHANGE_BUDGET", [cut(), LIMIT], False),
            ("CHANGE_BUDGET", [cut(), cut(900)], True),
            ("CHANGE_BUDGET", [cut(900), cut()], True),
            ("CHANGE_BUDGET", [cut(), {**cut(), "value": '{"amount": 900, "unit": "PERCENTAGE"}'}], True),
            ("CHANGE_BUDGET", [cut(), cut(field="rebalance_spec")], True),
            ("CHANGE_BUDGET", [cut(), cut(field="Change_Spec")], True),
            ("CHANGE_BUDGET", [cut(float("nan"))], True),
            ("CHANGE_BUDGET", [cut(True)], True),
            ("CHANGE_BUDGET", [cut("-1")], True),
            ("CHANGE_BUDGET", [LIMIT], True),
            ("CHANGE_BUDGET", [], True),
            ("CHANGE_BID", [cut(), cut(1)], True),
            ("PAUSE", [], False),
            ("PAUSE", [LIMIT], False),
            ("PAUSE", [cut(900)], True),
            ("NOTIFICATION", [cut()], False),
            ("AD_RECOMMENDATION_APPLY", [], True),
            ("SOMETHING_NEW", [cut()], True),
        ],
    )
    def test_every_option_counts(self, kind: str, options: list[Any], expected: bool) -> None:
        assert can_spend({"execution_type": kind, "execution_options": options}) is expected

    def test_two_changes_in_one_rule_are_refused(self, under: Callable[..., Run], empty: Sandbox) -> None:
        filters = [{**EVALUATED[0], "value": "ADSET"}, *EVALUATED[1:]]
        rule: Any = {
            "name": "Rule",
            "evaluation_spec": {"evaluation_type": "SCHEDULE", "filters": filters},
            "schedule_spec": {"schedule_type": "DAILY"},
            "execution_spec": {"execution_type": "CHANGE_BUDGET", "execution_options": [cut()]},
        }
        call = under(needs_plan=("spend", "destroy", "many"))
        made = call("create_ad_rule", **rule, status="ENABLED").data.id
        two = {"execution_type": "CHANGE_BUDGET", "execution_options": [cut(), cut(900, limit=10**7)]}
        assert "one change_spec" in call("create_ad_rule", **{**rule, "execution_spec": two}).text
        assert "one change_spec" in call("update_ad_rule", rule_id=made, execution_spec=two).text
        empty.change(made, execution_spec=two, status="DISABLED")  # somebody else's
        assert call("update_ad_rule", rule_id=made, status="ENABLED").data.kinds == ("spend",)
        assert call("execute_ad_rule", rule_id=made).data.kinds == ("spend",)
        assert not under(max_daily_budget="50.00 USD")("update_ad_rule", rule_id=made, status="ENABLED").ok


class TestBudgetSchedules:
    @table(
        "wrong",
        [
            {"multiplier": 50},
            {"budget_value": 50, "budget_value_type": "multiplier"},
            {"budget_value": "50.00 USD", "budget_value_type": "MULTIPLIER"},
            {"budget_value": -1, "budget_value_type": "ABSOLUTE"},
            {"budget_value": 2, "budget_value_type": "MULTIPLIER", "multiplier": 50},
        ],
    )
    def test_only_what_is_understood_is_sent(self, wrong: dict[str, Any]) -> None:
        for spec in (CampaignUpdate, CampaignCreate, AdSetUpdate, AdSetCreate):
            with pytest.raises(ParameterError, match=r"budget_schedule_specs\.0"):
                checked(spec, {"budget_schedule_specs": [{"time_start": SOON, "time_end": LATER, **wrong}]})

    @pytest.mark.thorough
    def test_they_do_not_compound(self, under: Callable[..., Run], funnel: dict[str, str]) -> None:
        call = under(max_increase_percent=20)
        more: Any = {"budget_value_type": "ABSOLUTE", "time_start": SOON, "time_end": LATER}
        assert call("create_budget_schedule", ad_object_id=funnel["adset_id"], budget_value=400, **more).ok
        refused = call("create_budget_schedule", ad_object_id=funnel["adset_id"], budget_value=1, **more)
        assert "20 % above $20.00 USD" in refused.text
        refused = call("update_adset", adset_id=funnel["adset_id"], budget_schedule_specs=[{"budget_value": 1, **more}])
        assert "20 % above $20.00 USD" in refused.text
        assert "20 % above $20.00 USD" in call("update_adset", adset_id=funnel["adset_id"], daily_budget=2001).text

    @pytest.mark.thorough
    def test_a_budget_below_a_schedule_counts_by_itself(
        self, under: Callable[..., Run], funnel: dict[str, str]
    ) -> None:
        more: Any = {"budget_value_type": "ABSOLUTE", "time_start": SOON, "time_end": LATER}
        assert under()("create_budget_schedule", ad_object_id=funnel["adset_id"], budget_value=90_000, **more).ok
        refused = under(max_increase_percent=20)("update_adset", adset_id=funnel["adset_id"], daily_budget=2401)
        assert "20 % above $20.00 USD" in refused.text


class TestKindsOfBudget:
    @pytest.mark.thorough
    def test_a_lifetime_budget_counts_as_a_day(self, under: Callable[..., Run], funnel: dict[str, str]) -> None:
        call = under(max_increase_percent=20)
        to: Any = {"adset_id": funnel["adset_id"], "end_time": LATER}
        assert "20 % above $20.00 USD" in call("update_adset", **to, lifetime_budget=2401).text
        assert call("update_adset", **to, lifetime_budget=2400).ok

    @pytest.mark.thorough
    def test_back_and_forth_is_no_way_up(
        self, under: Callable[..., Run], empty: Sandbox, funnel: dict[str, str]
    ) -> None:
        call, adset = under(max_increase_percent=20), funnel["adset_id"]
        empty.change(adset, daily_budget="0", lifetime_budget="60000", end_time=LATER)
        days = 49  # from the sandbox's 1 November to 20 December
        fair = 60_000 // days
        assert "20 % above" in call("update_adset", adset_id=adset, daily_budget=fair * 2).text
        assert call("update_adset", adset_id=adset, daily_budget=fair).ok
        empty.change(adset, lifetime_budget="0")  # the sandbox keeps both
        assert "20 % above" in call("update_adset", adset_id=adset, lifetime_budget=60_000, end_time=LATER).text

    @pytest.mark.thorough
    def test_between_campaign_and_ad_sets_is_no_way_up(self, under: Callable[..., Run], empty: Sandbox) -> None:
        build(FacebookAds.sandbox(empty), campaigns=1, adsets=1, ads=1)
        [campaign], [adset] = empty.objects("Campaign", "act_1"), empty.objects("AdSet", "act_1")
        call = under(max_increase_percent=20)
        assert call("update_adset", adset_id=adset["id"], daily_budget=2400).ok
        up = {"campaign_id": campaign["id"], "bid_strategy": "LOWEST_COST_WITHOUT_CAP"}
        assert "20 % above $20.00 USD" in call("update_campaign", **up, daily_budget=2500).text
        assert call("update_campaign", **up, daily_budget=2400).ok
        assert "20 % above" in call("update_campaign", campaign_id=campaign["id"], daily_budget=2401).text
        down = [{"adset_id": adset["id"], "daily_budget": 2401}]
        assert "20 % above" in call("update_campaign", campaign_id=campaign["id"], adset_budgets=down).text

    @pytest.mark.thorough
    def test_after_a_move_each_part_counts_from_its_share(self, under: Callable[..., Run], empty: Sandbox) -> None:
        build(FacebookAds.sandbox(empty), campaigns=1, adsets=2, ads=1)
        [campaign], adsets = empty.objects("Campaign", "act_1"), empty.objects("AdSet", "act_1")
        empty.change(campaign["id"], daily_budget="4000", bid_strategy="LOWEST_COST_WITHOUT_CAP")
        for adset in adsets:
            empty.change(adset["id"], daily_budget="0")
        call = under(max_increase_percent=20)
        assert call("update_campaign", campaign_id=campaign["id"], daily_budget=4800).ok
        parts = [{"adset_id": adset["id"], "daily_budget": 2400} for adset in adsets]
        assert call("update_campaign", campaign_id=campaign["id"], adset_budgets=parts).ok
        assert "20 % above $20.00 USD" in call("update_adset", adset_id=adsets[0]["id"], daily_budget=2401).text


class TestManyTools:
    @pytest.mark.thorough
    def test_raises_count_for_all_tools_of_a_process(self, under: Callable[..., Run], funnel: dict[str, str]) -> None:
        raised = {"adset_id": funnel["adset_id"]}
        assert under()("update_adset", **raised, daily_budget=2400).ok, "without a limit, and remembered"
        for _ in range(3):
            text = under(max_increase_percent=20)("update_adset", **raised, daily_budget=2880).text
            assert "20 % above $20.00 USD" in text

    @pytest.mark.thorough
    @pytest.mark.parametrize("shared", ["plans", "audit"])
    def test_and_of_processes_that_share_plans_or_the_audit(
        self, under: Callable[..., Run], funnel: dict[str, str], tmp_path: Path, shared: str
    ) -> None:
        where: Any = {"plans": tmp_path} if shared == "plans" else {"audit": tmp_path / "audit.jsonl"}
        raised = {"adset_id": funnel["adset_id"]}
        assert under(**where, max_increase_percent=20)("update_adset", **raised, daily_budget=2400).ok
        stores._BY_ADAPTER.clear()  # as in another process
        refused = under(**where, max_increase_percent=20)("update_adset", **raised, daily_budget=2880)
        assert "20 % above $20.00 USD" in refused.text

    def test_and_of_all_processes_of_a_user_on_a_live_account(self, monkeypatch: pytest.MonkeyPatch) -> None:
        live, now = FacebookAds("EAAB", "act_77"), datetime(2026, 11, 1, tzinfo=UTC)
        stores.process_store(live, "act_77").add_raise(stores.BudgetRaise("7", "daily_budget", 2000, now))
        monkeypatch.setattr(stores, "_BY_ENDPOINT", {})  # as in another process
        [found] = stores.process_store(live, "act_77").raises(now - timedelta(days=1))
        assert found.before == 2000
        assert stores.process_store(live, "act_78").raises(now - timedelta(days=1)) == []

    def test_sandboxes_are_told_apart(self, funnel: dict[str, str], empty: Sandbox) -> None:
        one, other = FacebookAds.sandbox(empty), FacebookAds.sandbox(Sandbox(history=0))
        assert stores.process_store(one, "act_1") is stores.process_store(FacebookAds.sandbox(empty), "act_1")
        assert stores.process_store(one, "act_1") is not stores.process_store(other, "act_1")
        assert stores.process_store(one, "act_1") is not stores.process_store(one, "act_2")
        live = FacebookAds("EAAB", "act_1")
        assert stores.process_store(live, "act_1") is stores.process_store(FacebookAds("EAAC", "act_1"), "act_1")


CUSTOMERS: Any = {"subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}


class TestAccounts:
    @pytest.mark.thorough
    def test_a_launch_is_rolled_back_or_resumed_only_there(
        self, under: Callable[..., Run], empty: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FACEBOOK_LAUNCHES", str(tmp_path))
        spec: Any = {"preset": "traffic", "campaign": {"name": "There", "special_ad_categories": []}}
        launched = run.launch(FacebookAds.sandbox(empty), "act_2", spec)
        call = under(accounts=["act_1"])
        for how in ("rollback", "resume"):
            assert "allowed: act_1: the policy's accounts" in call("launch_campaign", **{how: launched.id}).text
        [campaign] = empty.objects("Campaign", "act_2")
        assert campaign["status"] == "PAUSED"
        assert under(accounts=["act_2"])("launch_campaign", ad_account_id="act_2", rollback=launched.id).ok

    def test_what_is_named_beside_the_account_counts(self, under: Callable[..., Run], empty: Sandbox) -> None:
        fb = FacebookAds.sandbox(empty)
        there = fb.campaigns.create("act_2", **CAMPAIGN).id
        call = under(accounts=["act_1"])
        assert "allowed: act_1" in call("create_adset", ad_account_id="act_1", campaign_id=there, **ADSET).text

    def test_of_what_names_no_account_its_object_tells_it(self, under: Callable[..., Run], empty: Sandbox) -> None:
        fb = FacebookAds.sandbox(empty)
        here, there = (fb.customaudiences.create(each, name="P", **CUSTOMERS).id for each in ("act_1", "act_2"))
        call = under(accounts=["act_1"])
        assert call("update_audience", audience_id=here, name="Q").ok
        assert "allowed: act_1" in call("update_audience", audience_id=there, name="Q").text
        assert (
            '"unknown"; allowed: act_1'
            in call("update_pixel", pixel_id=fb.adspixels.create("act_1", name="P").id, name="Q").text
        )
        event: Any = {"custom_event_type": "PURCHASE", "rule": {"and": [{"url": {"i_contains": "thanks"}}]}}
        shared = {"name": "C", "event_source_id": fb.adspixels.create("act_2", name="P").id, **event}
        assert "policy's accounts" not in call("create_custom_conversion", ad_account_id="act_1", **shared).text

    def test_a_launch_is_rolled_back_though_a_part_of_it_is_gone(
        self, under: Callable[..., Run], empty: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FACEBOOK_LAUNCHES", str(tmp_path))
        spec: Any = {"preset": "traffic", "campaign": {"name": "Here", "special_ad_categories": []}}
        launched = run.launch(FacebookAds.sandbox(empty), "act_1", spec)
        empty.remove(empty.objects("Campaign", "act_1")[0]["id"])
        result = under(accounts=["act_1"])("launch_campaign", ad_account_id="act_1", rollback=launched.id)
        assert "policy's accounts" not in result.text

    def test_a_limit_in_another_currency_binds_no_write_without_money(self, under: Callable[..., Run]) -> None:
        call = under(max_daily_budget="50.00 EUR")
        assert call("create_pixel", ad_account_id="act_1", name="P").ok
        assert "policy.max_daily_budget" in call("create_campaign", ad_account_id="act_1", **CAMPAIGN).text


class TestWrongKindOfObject:
    """A campaign, ad set or ad that is named where an op changes another kind of object: Meta would change that."""

    OPS = sorted(
        name
        for name, op in registry().items()
        if op.spec.effect in ("update", "remove")
        and op.spec.changes in OBJECTS
        and op.spec.changes
        not in (*DELIVERS, "adaccounts", "assigned_users", "subscriptions")  # those are deleted at an account
    )
    WRITES: Mapping[str, Any] = {"name": "Renamed", "status": "ACTIVE", "emails": ["a@example.com"]}

    def test_there_are_such_ops(self) -> None:
        assert {"update_creative", "update_pixel", "delete_ab_test", "delete_custom_conversion"} <= {*self.OPS}

    @pytest.mark.thorough
    @table("op", OPS, fresh=True)
    @table("kind", ["campaign_id", "adset_id", "ad_id"], fresh=True)
    def test_it_stays_as_it_is(
        self, under: Callable[..., Run], empty: Sandbox, funnel: dict[str, str], op: str, kind: str
    ) -> None:
        node_id, schema = funnel[kind], registry()[op].schema["properties"]
        before, sent = empty.object(node_id), len(empty.requests)
        writes = {name: value for name, value in self.WRITES.items() if name in schema}
        key = OBJECTS[registry()[op].spec.changes].id_argument
        result = under()(op, **{key: node_id, **writes})
        assert not result.ok, result.text
        assert empty.object(node_id) == before
        assert [each for each in empty.requests[sent:] if each.method != "GET"] == []

    def test_the_field_that_tells_is_no_field_of_what_delivers(self) -> None:
        theirs = {name for kind in (Campaign, AdSet, Ad) for name in vars(kind.Field).values()}
        edges = {registry()[op].spec.changes for op in self.OPS}
        assert {edge: OBJECTS[edge].own_field for edge in edges if OBJECTS[edge].own_field in {"", *theirs}} == {}


class TestValidateOnly:
    @pytest.mark.thorough
    @table(
        ("op", "more"),
        [
            ("update_campaign", {"campaign_id": "campaign_id", "status": "PAUSED"}),
            ("update_adset", {"adset_id": "adset_id", "daily_budget": 1000}),
            ("update_ad", {"ad_id": "ad_id", "name": "B"}),
            ("bulk_update_campaigns", {"campaign_ids": ["campaign_id"], "status": "PAUSED"}),
            ("create_campaign", CAMPAIGN),
            ("create_adset", {**ADSET, "campaign_id": "campaign_id"}),
        ],
    )
    def test_no_success_is_told(
        self, under: Callable[..., Run], empty: Sandbox, funnel: dict[str, str], op: str, more: dict[str, Any]
    ) -> None:
        args = {
            name: [funnel[each] for each in value] if name == "campaign_ids" else funnel.get(str(value), value)
            for name, value in more.items()
        }
        before = {node: empty.object(node) for node in empty.kinds()}
        result = under()(op, **args, execution_options=["validate_only"])
        assert result.ok, result.text
        assert result.text.startswith(VALIDATED), result.text
        for word in ("updated", "created, as", "| changed", "→"):
            assert word not in result.text
        assert {node: empty.object(node) for node in empty.kinds()} == before

    def test_a_bulk_checks_all_or_none(self, under: Callable[..., Run], funnel: dict[str, str]) -> None:
        rows = [
            {"id": funnel["campaign_id"], "name": "B", "execution_options": ["validate_only"]},
            {"id": "7", "name": "C"},
        ]
        assert "validate_only for all or for none" in under()("bulk_update_campaigns", campaigns=rows).text


@table(
    ("override", "field"),
    [
        ({"status": "ACTIVE"}, "status"),
        ({"name": "B"}, "name"),
        ({"execution_options": ["validate_only"]}, "execution_options"),
    ],
)
@pytest.mark.parametrize("policy", [{}, {"needs_plan": ("spend", "many")}])
def test_a_copy_refuses_what_it_would_not_do(
    under: Callable[..., Run],
    empty: Sandbox,
    funnel: dict[str, str],
    policy: dict[str, Any],
    override: dict[str, Any],
    field: str,
) -> None:
    result = under(**policy)("duplicate_adset", adset_id=funnel["adset_id"], **override)
    assert result.error is not None, result.text
    assert [each["field"] for each in result.error["violations"]] == [field]
    assert len(empty.objects("AdSet", "act_1")) == len(empty.objects("Ad", "act_1")) == 1


@pytest.mark.thorough
@pytest.mark.parametrize("lowering", [{"status": "PAUSED"}, {"daily_budget": 400}])
def test_a_lowering_that_fails_makes_no_room_for_a_raise(
    under: Callable[..., Run], empty: Sandbox, lowering: dict[str, Any]
) -> None:
    build(FacebookAds.sandbox(empty), campaigns=2, adsets=1, ads=1)
    for kind in ("AdSet", "Ad"):
        for node in empty.objects(kind, "act_1"):
            budget = {"daily_budget": "0", "bid_strategy": None} if kind == "AdSet" else {}
            empty.change(node["id"], status="ACTIVE", **budget)
    running, paused = (node["id"] for node in empty.objects("Campaign", "act_1"))
    for node_id in (running, paused):
        empty.change(node_id, daily_budget="4000", bid_strategy="LOWEST_COST_WITHOUT_CAP")
    empty.change(running, status="ACTIVE")
    run = under(max_total_daily="45.00 USD")
    empty.fail_next(f"POST {running}", GraphError(100))
    run("bulk_update_campaigns", campaigns=[{"id": running, **lowering}, {"id": paused, "status": "ACTIVE"}])
    assert brute.deliverable(empty) <= 4500


ROWS: dict[str, Callable[[str, str], tuple[str, dict[str, Any]]]] = {
    "one update": lambda first, _: (
        "update_campaign", {"campaign_id": first, "status": "PAUSED", "daily_budget": 9000, "name": "B"}),
    "several": lambda first, second: ("bulk_update_campaigns", {"campaigns": [
        {"id": first, "status": "PAUSED"}, {"id": second, "daily_budget": 9000}]}),
    "several, one lowered": lambda first, second: ("bulk_update_campaigns", {"campaigns": [
        {"id": first, "daily_budget": 3000}, {"id": second, "daily_budget": 9000}]}),
    "several, one both": lambda first, second: ("bulk_update_campaigns", {"campaigns": [
        {"id": first, "daily_budget": 9000, "status": "PAUSED"}, {"id": second, "name": "B"}]}),
}  # fmt: skip
"""Calls that lower here and raise there, for two ACTIVE campaigns of 40.00 USD a day."""


@pytest.fixture
def running(empty: Sandbox) -> list[str]:
    """Two ACTIVE campaigns of 40.00 USD a day."""
    fb = FacebookAds.sandbox(empty)
    ids = [fb.campaigns.create("act_1", **CAMPAIGN, daily_budget=4000).id for _ in range(2)]
    for node_id in ids:
        empty.change(node_id, status="ACTIVE")
    return ids


@pytest.mark.thorough
@table("name", ROWS, fresh=True)
def test_what_lowers_is_sent_and_the_raise_beside_it_is_held(
    under: Callable[..., Run], empty: Sandbox, running: list[str], name: str
) -> None:
    op, args = ROWS[name](*running)
    run = under(needs_plan=CHANGE_CLASSES)
    held = run(op, **args)
    assert isinstance(held.data, Plan), held.text
    lowered = {"daily_budget": "3000"} if "lowered" in name else {"status": "PAUSED"}
    now = empty.object(running[0])
    assert {key: now[key] for key in lowered} == lowered
    assert "Done at once, since it only lowers spend:" in held.text
    assert "Nothing else has been changed yet." in FacebookTool(FacebookAds.sandbox(empty)).shown(held.data)
    assert [dict(change.after) for change in held.data.done] == [{key: int(value) if value.isdecimal() else value
                                                                  for key, value in lowered.items()}]  # fmt: skip
    assert [empty.object(each)["daily_budget"] for each in running].count("9000") == 0
    assert run("apply", plan_id=held.data.id).ok
    assert [empty.object(each)["daily_budget"] for each in running].count("9000") == 1
    assert {key: empty.object(running[0])[key] for key in lowered} == lowered


@pytest.mark.thorough
@table("name", ROWS, fresh=True)
def test_what_lowers_is_sent_though_the_rest_is_refused(
    under: Callable[..., Run], empty: Sandbox, running: list[str], name: str
) -> None:
    op, args = ROWS[name](*running)
    refused = under(max_daily_budget="50.00 USD")(op, **args)
    assert not refused.ok
    assert refused.text.startswith("ERROR ParameterError: nothing else was sent."), refused.text
    assert "Done at once, since it only lowers spend:" in refused.text
    assert "nothing else was sent" in str(refused.exception)
    assert [empty.object(each)["daily_budget"] for each in running].count("9000") == 0
    now = empty.object(running[0])
    assert (now["status"], now["daily_budget"]) == (("ACTIVE", "3000") if "lowered" in name else ("PAUSED", "4000"))


@pytest.mark.thorough
def test_a_pause_that_meta_refuses_is_said_and_the_rest_still_held(
    under: Callable[..., Run], empty: Sandbox, running: list[str]
) -> None:
    op, args = ROWS["several"](*running)
    empty.fail_next(f"POST {running[0]}", GraphError(100))
    held = under(needs_plan=CHANGE_CLASSES)(op, **args)
    assert isinstance(held.data, Plan), held.text
    assert held.data.done == ()
    assert f"{running[0]} was NOT changed" in held.text


@pytest.mark.thorough
def test_activating_an_ad_set_says_whom_it_reaches(call: Run, empty: Sandbox, funnel: dict[str, str]) -> None:
    """Paused, given another audience and activated again: no step replaces the audience of something ACTIVE."""
    canada: Any = {"geo_locations": {"countries": ["CA"]}, "genders": [2]}
    empty.change(funnel["adset_id"], targeting=canada)
    held = call("update_adset", adset_id=funnel["adset_id"], status="ACTIVE")
    assert '"US" | Daily budget: $20.00 USD | Status: PAUSED | Targeting: women 18–65 in CA |' in held.text
    empty.change(funnel["adset_id"], targeting={**canada, "genders": [1]})
    assert "women 18–65 in CA → men 18–65 in CA" in call("apply", plan_id=held.data.id).text


@pytest.mark.thorough
@table(
    ("more_than_left", "planned"),
    [
        pytest.param(-1, False, id="less than was left"),
        pytest.param(0, False, id="what was left"),
        pytest.param(1, True, id="a cent more, and less than the limit was"),
        pytest.param("spent", True, id="the same limit, counted from zero"),
    ],
)
def test_a_limit_of_the_account_is_judged_by_what_may_be_spent_from_now_on(more_than_left: Any, planned: bool) -> None:
    sandbox = Sandbox()
    fb = FacebookAds.sandbox(sandbox)
    spent = fb.adaccounts.get("act_1").amount_spent or 0
    assert spent > 30_000
    sandbox.change("act_1", spend_cap=str(spent + 30_000))
    limit = 30_000 + (spent if more_than_left == "spent" else more_than_left)
    args = {"spending_limit": f"{limit / 100:.2f} USD"}
    result = FacebookTool(fb).call({"op": "update_spending_limit", "args": args})
    assert isinstance(result.data, Plan) == planned, result.text
    assert (f"${limit / 100:.2f} USD can be spent from now on, not $300.00 USD" in result.text) == planned


@pytest.mark.thorough
@table("cap", [
    {"max_daily_budget": "500.00 USD"}, {"max_increase_percent": 20}, {"max_total_daily": "900.00 USD"},
], fresh=True)  # fmt: skip
@table("op", ["update_campaign", "bulk_update_campaigns", "create_campaign"], fresh=True)
def test_with_a_limit_a_parameter_that_is_not_known_needs_a_plan(
    under: Callable[..., Run], empty: Sandbox, running: list[str], op: str, cap: dict[str, Any]
) -> None:
    """No limit can be checked of it: it may raise a budget by any amount."""
    extra = {"extra": {"new_at_meta": 1}}
    args = {
        "update_campaign": {"campaign_id": running[0], **extra},
        "bulk_update_campaigns": {"campaigns": [{"id": each, **extra} for each in running]},
        "create_campaign": {**CAMPAIGN, **extra},
    }[op]
    held = under(**cap)(op, **args)
    assert isinstance(held.data, Plan), held.text
    assert under()(op, **args).text.startswith("OK"), "without a limit it is the policy's decision"
