"""Whose yes applies a plan on a live account: in a form or chat up to a limit, on the page and at a terminal all."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.types import ElicitResult
from plan_world import ADSET, CAMPAIGN
from tables import table
from test_held import AT_ONCE, HELD, World
from tests.bot.test_flexus_host import NeedsConfirmation, Toolcall, robot
from typer.testing import CliRunner

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.bot.approval_page import ApprovalPage
from admonster_fb.bot.flexus import IntegrationFacebook
from admonster_fb.bot.host import spending_check
from admonster_fb.bot.mcp_server import server
from admonster_fb.bot.plans.plan import Plan, content, with_content_id
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.cli import app as cli
from admonster_fb.sandbox import GraphError, Sandbox, serve

REAL = FacebookAds.is_sandbox
URL = "https://bot.example/plans"
CEILING: Any = {"chat_max_added_daily": "20.00 USD"}


@pytest.fixture(autouse=True)
def live(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is not a sandbox counts as live: here, a sandbox that is taken for one."""
    monkeypatch.setattr(FacebookAds, "is_sandbox", False)


@dataclasses.dataclass
class Answer:
    """How a yes ended: whether a person was asked for it, whether it was done, and the text for the model."""

    asked: bool
    done: bool
    text: str


class Desk:
    """A live account, its tool, and each way in which a person can say yes to a write."""

    def __init__(self, sandbox: Sandbox, tmp_path: Path | None = None, **policy: Any) -> None:
        self.sandbox, self.fb, self.written = sandbox, FacebookAds.sandbox(sandbox), list[Any]()
        self.policy = SpendPolicy(**policy)
        self.options: dict[str, Any] = {"policy": self.policy, "plans": tmp_path, "on_write": self.written.append}
        self.tool = FacebookTool(self.fb, **self.options)

    def call(self, op: str, **args: Any) -> ToolResult:
        return self.tool.call({"op": op, "args": args})

    def plan(self, op: str, args: dict[str, Any]) -> Plan:
        held = self.call(op, **args)
        assert isinstance(held.data, Plan), held.text
        return held.data

    def apply_of(self, op: str, args: dict[str, Any]) -> dict[str, Any]:
        return {"op": "apply", "args": {"plan_id": self.plan(op, args).id}}

    def function(self, op: str, args: dict[str, Any]) -> Answer:
        """The recipe of docs/runtimes.md."""
        call = self.apply_of(op, args)
        asked = self.tool.asks(call)
        result = asyncio.run(self.tool.acall(call, approved_by="Ann" if asked else None))
        return Answer(asked is not None, result.ok, result.text)

    def form(self, op: str, args: dict[str, Any], era: Any) -> Answer:
        call, asked = self.apply_of(op, args), list[str]()

        async def fill_in(_context: Any, params: Any) -> ElicitResult:
            asked.append(params.message)
            return ElicitResult(action="accept", content={"yes": True})

        async def talk() -> Any:
            async with Client(server(self.tool), mode=era, elicitation_callback=fill_in) as client:
                return await client.call_tool("facebook", call)

        result = anyio.run(talk)
        return Answer(bool(asked), not result.is_error, result.content[0].text)

    def flexus(self, op: str, args: dict[str, Any]) -> Answer:
        """A runtime whose confirmation is the same call again."""
        if not hasattr(self, "runtime"):
            self.runtime = IntegrationFacebook(None, robot(), "act_1", policy=self.policy, on_write=self.written.append)
            self.runtime.client.__dict__["sandbox"] = self.sandbox
        call = {"op": op, "args": args}
        try:
            text = asyncio.run(self.runtime.called_by_model(Toolcall(), call))
        except NeedsConfirmation:
            text = asyncio.run(self.runtime.called_by_model(Toolcall(confirmed_by_human=True), call))
            return Answer(True, text.startswith("OK"), text)
        return Answer(False, False, text)

    def approve(self, op: str, args: dict[str, Any]) -> Answer:
        result = self.tool.approve(self.plan(op, args).id, by="Ann")
        return Answer(True, result.ok, result.text)

    def page(self, op: str, args: dict[str, Any]) -> Answer:
        page = ApprovalPage(self.tool, key=b"k" * 32, url=URL)
        path = page.link(self.plan(op, args).id, person="Ann").removeprefix("https://bot.example")
        environ = {"REQUEST_METHOD": "POST", "PATH_INFO": path, "CONTENT_LENGTH": "12"}
        seen: list[str] = []
        body = page({**environ, "wsgi.input": io.BytesIO(b"decision=yes")}, lambda status, _: seen.append(status))
        return Answer(True, seen == ["200 OK"], b"".join(body).decode())


FORMS: dict[str, Callable[[Desk, str, dict[str, Any]], Answer]] = {
    "approved_by": Desk.function,
    "MCP until 2025-11-25": lambda desk, op, args: desk.form(op, args, "legacy"),
    "MCP since 2026-07-28": lambda desk, op, args: desk.form(op, args, "2026-07-28"),
    "Flexus": Desk.flexus,
}
BY_HOST = ["approved_by", *(pytest.param(each, marks=pytest.mark.thorough) for each in FORMS if each != "approved_by")]
"""The quick run asks by the host's own function."""
STRONG: dict[str, Callable[[Desk, str, dict[str, Any]], Answer]] = {"approve": Desk.approve, "page": Desk.page}
BY_PERCENT = {
    *("raise a campaign's budget", "raise an ad set's budget", "raise and rename", "raise a bid", "raise a cap"),
    "raise the account's limit",
}
NO_SPEND = {"rename two", "rename ad sets", "copy a tree"}
BY_AMOUNT = {
    *("activate a campaign", "activate an ad set", "activate an ad", "activate two", "start a campaign"),
    *("bid without a cap", "a later end", "remove a cap", "create it ACTIVE", "an ACTIVE ad"),
}
"""What raises spend by no percent or by more than 20 %, and by at most 20 dollars a day."""
COUNTS = {"no ceiling": BY_PERCENT | NO_SPEND, "ceiling": BY_PERCENT | NO_SPEND | BY_AMOUNT}


@pytest.fixture
def world(empty: Sandbox, funnel: dict[str, str]) -> World:
    return World(empty, funnel)


@pytest.mark.thorough
@table("name", HELD, fresh=True)
@pytest.mark.parametrize(
    "channel", [pytest.param(each, marks=pytest.mark.slow) if "MCP" in each else each for each in FORMS]
)
@pytest.mark.parametrize("ceiling", COUNTS)
def test_every_write_by_every_form(world: World, name: str, channel: str, ceiling: str) -> None:
    op, args, kinds = HELD[name]
    desk, given = Desk(world.sandbox, **(CEILING if ceiling == "ceiling" else {})), args(world)
    answer = FORMS[channel](desk, op, given)
    counts = name in COUNTS[ceiling]
    assert (answer.asked, answer.done, len(desk.written)) == (counts, counts, counts), answer.text
    if not counts:
        assert "The person can agree on the page whose link the host sends them" in answer.text
        assert ("removes nothing" in answer.text) == ("destroy" in kinds)
        assert "op=apply" not in answer.text


@pytest.mark.thorough
@table("name", HELD, fresh=True)
@pytest.mark.parametrize("channel", STRONG)
def test_the_page_and_the_host_apply_all(world: World, name: str, channel: str) -> None:
    op, args, _ = HELD[name]
    desk = Desk(world.sandbox)
    answer = STRONG[channel](desk, op, args(world))
    assert answer.done, answer.text
    assert len(desk.written) == 1


@pytest.mark.thorough
@table("name", AT_ONCE, fresh=True)
def test_what_only_lowers_or_spends_nothing_asks_nobody(world: World, name: str) -> None:
    op, args = AT_ONCE[name]
    desk = Desk(world.sandbox)
    done = desk.call(op, **args(world))
    assert (done.ok, isinstance(done.data, Plan)) == (True, False), done.text


@pytest.mark.thorough
@table("name", HELD, fresh=True)
def test_on_a_sandbox_a_yes_in_a_form_counts_for_all(world: World, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(FacebookAds, "is_sandbox", REAL)
    op, args, _ = HELD[name]
    desk = Desk(world.sandbox, apply_by="host")
    answer = desk.function(op, args(world))
    assert (answer.asked, answer.done) == (True, True), answer.text


@pytest.mark.parametrize("channel", BY_HOST)
class TestByPercent:
    def test_in_steps(self, world: World, channel: str) -> None:
        desk, form = Desk(world.sandbox), FORMS[channel]
        assert form(desk, "update_adset", {**world.adset, "daily_budget": 2200}).done
        assert form(desk, "update_adset", {**world.adset, "daily_budget": 2400}).done
        refused = form(desk, "update_adset", {**world.adset, "daily_budget": 2500})
        assert (refused.asked, refused.done, len(desk.written)) == (False, False, 2)
        assert "at most 20 % within a day (this one: $20.00 → $25.00 USD)" in refused.text
        world.sandbox.advance(minutes=24 * 60 + 1)
        assert form(desk, "update_adset", {**world.adset, "daily_budget": 2500}).done

    def test_a_step_of_the_page_counts(self, world: World, channel: str) -> None:
        desk = Desk(world.sandbox)
        assert desk.page("update_adset", {**world.adset, "daily_budget": 3000}).done
        refused = FORMS[channel](desk, "update_adset", {**world.adset, "daily_budget": 3100})
        assert "(this one: $20.00 → $31.00 USD)" in refused.text
        assert desk.call("update_adset", **world.adset, daily_budget=2900).ok, "lower"

    def test_a_step_of_a_bid_counts(self, world: World, channel: str) -> None:
        desk, form = Desk(world.sandbox), FORMS[channel]
        assert form(desk, "update_adset", {**world.bidding, "bid_amount": 110}).done
        assert not form(desk, "update_adset", {**world.bidding, "bid_amount": 121}).done
        assert form(desk, "update_adset", {**world.bidding, "bid_amount": 120}).done

    def test_what_goes_with_it(self, world: World, channel: str) -> None:
        form = FORMS[channel]
        args = {**world.adset, "daily_budget": 2100}
        assert not form(Desk(world.sandbox), "update_adset", {**args, "status": "ACTIVE"}).asked
        assert not form(Desk(world.sandbox), "update_adset", {**args, "extra": {"rf_prediction_id": "4"}}).asked
        assert form(Desk(world.sandbox, chat_max_increase_percent=4), "update_adset", args).done is False
        assert form(Desk(world.sandbox, chat_max_increase_percent=5), "update_adset", args).done

    def test_a_budget_that_moves(self, world: World, channel: str) -> None:
        """From the ad sets (20.00 and 20.00 USD) to the campaign: what all of them had counts."""
        desk, form = Desk(world.sandbox), FORMS[channel]
        refused = form(desk, "update_campaign", {**world.campaign, "daily_budget": 4900})
        assert "(this one: $40.00 → $49.00 USD)" in refused.text
        assert form(desk, "update_campaign", {**world.campaign, "daily_budget": 4800}).done
        refused = form(desk, "update_campaign", {**world.campaign, "daily_budget": 4801})
        assert not refused.asked

    def test_a_schedule(self, world: World, channel: str) -> None:
        time = {"time_start": "2026-12-01T09:00:00+0000", "time_end": "2026-12-20T09:00:00+0000"}
        more = {"ad_object_id": world.cbo["campaign_id"], "budget_value_type": "ABSOLUTE", **time}
        desk, form = Desk(world.sandbox), FORMS[channel]
        assert not form(desk, "create_budget_schedule", {**more, "budget_value": 1001}).asked
        assert form(desk, "create_budget_schedule", {**more, "budget_value": 1000}).done
        assert not form(desk, "update_campaign", {**world.cbo, "daily_budget": 5001}).asked, "60.00 of 50.00 USD"


@pytest.mark.parametrize("channel", BY_HOST)
class TestByAmount:
    def test_a_raise_below_the_ceiling(self, world: World, channel: str) -> None:
        desk = Desk(world.sandbox, **CEILING)
        assert FORMS[channel](desk, "update_adset", {**world.adset, "daily_budget": 4000}).done

    def test_a_raise_above_it(self, world: World, channel: str) -> None:
        desk = Desk(world.sandbox, **CEILING)
        refused = FORMS[channel](desk, "update_adset", {**world.adset, "daily_budget": 4001})
        assert (refused.asked, refused.done) == (False, False)
        assert "and for at most $20.00 USD more a day (with this one: $20.01 USD)" in refused.text

    def test_activations_add_up(self, world: World, channel: str) -> None:
        """20.00 USD a day each: the second one of a day is one too many, and a raise by percent passes all the same."""
        for node in (world.campaign["campaign_id"], world.adset["adset_id"]):
            world.sandbox.change(node, status="ACTIVE")
        second = world.fb.ads.create("act_1", name="B", **world.bidding, creative={"creative_id": world.creative}).id
        desk, form = Desk(world.sandbox, **CEILING), FORMS[channel]
        world.sandbox.change(world.bidding["adset_id"], status="ACTIVE")
        assert form(desk, "update_ad", {**world.ad, "status": "ACTIVE"}).done
        refused = form(desk, "update_ad", {"ad_id": second, "status": "ACTIVE"})
        assert "(with this one: $40.00 USD)" in refused.text
        assert form(desk, "update_adset", {**world.adset, "daily_budget": 2400}).done
        assert desk.call("update_ad", **world.ad, status="PAUSED").ok
        world.sandbox.advance(minutes=24 * 60 + 1)
        assert form(desk, "update_ad", {"ad_id": second, "status": "ACTIVE"}).done

    def test_equal_amounts_at_one_moment_add_up(self, world: World, channel: str) -> None:
        desk, form = Desk(world.sandbox, chat_max_added_daily="10.00 USD", chat_max_increase_percent=0), FORMS[channel]
        for adset in (world.adset, world.bidding):
            assert form(desk, "update_adset", {**adset, "daily_budget": 2400}).done
        refused = form(desk, "update_campaign", {**world.cbo, "daily_budget": 5400})
        assert (refused.asked, "with this one: $12.00 USD" in refused.text) == (False, True), refused.text

    @pytest.mark.parametrize(
        ("ceiling", "why"),
        [
            ("20.00 EUR", "the policy's chat_max_added_daily is €20.00 EUR, but act_1 is in USD"),
            ({"act_2": "2000 JPY"}, "the policy's chat_max_added_daily names no amount for act_1"),
            (None, "the policy sets no chat_max_added_daily for others"),
        ],
    )
    def test_a_ceiling_that_is_not_of_this_account(self, world: World, channel: str, ceiling: Any, why: str) -> None:
        desk = Desk(world.sandbox, chat_max_added_daily=ceiling)
        refused = FORMS[channel](desk, "update_ad", {**world.ad, "status": "ACTIVE"})
        assert (refused.asked, refused.done) == (False, False)
        assert why in refused.text
        assert FORMS[channel](desk, "update_adset", {**world.adset, "daily_budget": 2400}).done

    def test_it_can_be_set_by_account(self, world: World, channel: str) -> None:
        desk = Desk(world.sandbox, chat_max_added_daily={"act_1": "20.00 USD"})
        assert FORMS[channel](desk, "update_ad", {**world.ad, "status": "ACTIVE"}).done


def test_only_yeses_of_the_chat_count_against_its_ceiling(world: World) -> None:
    desk = Desk(world.sandbox, **CEILING)
    assert desk.approve("update_adset", {**world.bidding, "daily_budget": 4000}).done
    assert desk.function("update_adset", {**world.adset, "daily_budget": 4000}).done


def test_what_is_not_read_is_not_known(world: World) -> None:
    desk = Desk(world.sandbox, **CEILING)
    world.sandbox.fail_next("GET *", GraphError(1), times=500)
    held = desk.call("update_adset", **world.adset, end_time="2026-12-20T09:00:00+0000")
    assert isinstance(held.data, Plan), held.text
    assert "what this one adds to a day is not known" in held.text
    call = {"op": "apply", "args": {"plan_id": held.data.id}}
    assert desk.tool.asks(call) is None
    assert not asyncio.run(desk.tool.acall(call, approved_by="Ann")).ok
    assert desk.written == []


def test_it_is_checked_again_when_it_is_applied(world: World, tmp_path: Path) -> None:
    """Two plans were asked for together: each is below the ceiling, both are not."""
    first, second = Desk(world.sandbox, tmp_path, **CEILING), Desk(world.sandbox, tmp_path, **CEILING)
    plans = [
        desk.apply_of("update_adset", {**adset, "daily_budget": 3500})
        for desk, adset in ((first, world.adset), (second, world.bidding))
    ]
    assert all(desk.tool.asks(call) for desk, call in zip((first, second), plans, strict=True))
    results = [asyncio.run(first.tool.acall(plans[0], approved_by="Ann"))]
    plan_id = plans[1]["args"]["plan_id"]
    results += [second.tool.approve(plan_id, "Ann", channel="chat")]
    assert [each.ok for each in results] == [True, False]
    assert "with this one: $30.00 USD" in results[1].text
    assert second.tool.approve(plan_id, "Ann").ok, "it was not used up"


def test_a_person_reads_that_it_adds_nothing_only_now(world: World) -> None:
    """Of something PAUSED: that it is switched on then is another plan, by another yes."""
    desk = Desk(world.sandbox)
    raised, renamed = (
        desk.plan("update_adset", {**world.adset, "daily_budget": 9000}),
        desk.plan("bulk_update_campaigns", {**world.all, "name": "B"}),
    )
    assert desk.tool.shown(raised).startswith("No more spend a day as things stand now.\n")
    assert desk.tool.shown(renamed).startswith("No more spend a day.\n")


def test_an_ad_set_that_is_named_twice_gets_the_higher_budget(world: World) -> None:
    shared: Any = {key: ADSET[key] for key in ADSET if key not in ("daily_budget", "bid_strategy")}
    adset = world.fb.adsets.create("act_1", **world.cbo, **shared).id
    desk = Desk(world.sandbox)
    for amounts in ([9000, 5000], [5000, 9000]):
        budgets = [{"adset_id": adset, "daily_budget": each} for each in amounts]
        refused = desk.function("update_campaign", {**world.cbo, "adset_budgets": budgets})
        assert (refused.asked, refused.done) == (False, False)
        assert "(this one: $50.00 → $90.00 USD)" in refused.text
    assert desk.function("update_campaign", {**world.cbo, "adset_budgets": budgets[:1]}).done


def test_one_call_raises_in_one_account(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits, currencies and what rose within a day are those of one account."""
    yen = world.sandbox.add_account("act_2", currency="JPY")
    other = world.fb.campaigns.create(yen, **{**CAMPAIGN, "name": "Yen", "daily_budget": 10_000}).id
    desk, both = Desk(world.sandbox, **CEILING), [world.cbo["campaign_id"], other]
    raised = {"campaigns": [{"id": both[0], "daily_budget": 5500}, {"id": other, "daily_budget": 11_000}]}
    for args in (raised, {"campaign_ids": both, "status": "ACTIVE"}):
        refused = desk.call("bulk_update_campaigns", **args)
        assert 'account: given "act_1, act_2"; allowed: one account per call' in refused.text
        assert desk.written == []
    lowered = {"campaigns": [{"id": both[0], "daily_budget": 4000}, {"id": other, "daily_budget": 11_000}]}
    assert isinstance(desk.call("bulk_update_campaigns", **lowered).data, Plan), "the rest is of one account"
    assert world.sandbox.object(both[0])["daily_budget"] == "4000"
    assert desk.call("bulk_update_campaigns", campaign_ids=both, status="PAUSED").ok
    assert desk.function("bulk_update_campaigns", {"campaign_ids": both, "name": "B"}).done
    monkeypatch.setattr(FacebookAds, "is_sandbox", REAL)
    assert Desk(world.sandbox).function("bulk_update_campaigns", {"campaign_ids": both, "status": "ACTIVE"}).done


@table(
    ("op", "args", "forged"),
    [
        ("update_adset", {"daily_budget": 9000}, {"raises": ()}),
        ("update_adset", {"status": "ACTIVE"}, {"kinds": ()}),
        ("delete_adset", {}, {"kinds": ()}),
    ],
    fresh=True,
)
def test_a_plan_that_others_have_written(
    world: World, tmp_path: Path, op: str, args: dict[str, Any], forged: dict[str, Any]
) -> None:
    """A file whose ID fits its content, but which says less than the write does: it is judged by the write."""
    desk = Desk(world.sandbox, tmp_path)
    plan = with_content_id(dataclasses.replace(desk.plan(op, {**world.adset, **args}), **forged))
    (tmp_path / f"{plan.id}.json").write_text(json.dumps(content(plan)))
    refused = desk.tool.approve(plan.id, "Ann", channel="chat")
    assert "needs a person's yes, but not in a form or chat" in refused.text
    assert (refused.ok, desk.written) == (False, [])
    assert desk.tool.approve(plan.id, "Ann").ok, "the host sees what is written"


def test_the_text_of_a_plan_says_where(world: World, tmp_path: Path) -> None:
    on = {**world.ad, "status": "ACTIVE"}
    held = Desk(world.sandbox, tmp_path).call("update_ad", **on)
    assert held.next_actions == ("discard",)
    assert held.text.splitlines()[-2] == (
        "Show this to the person, who must agree within 24 hours. A yes in a form or chat counts for amounts that rise "
        "by at most 20 % within a day; the policy sets no chat_max_added_daily for others. Only who runs this bot can "
        "lift that (SpendPolicy, FACEBOOK_CHAT_MAX_INCREASE_PERCENT, FACEBOOK_CHAT_MAX_ADDED_DAILY). The person can "
        f"agree on the page whose link the host sends them, or in a terminal: admonster-fb apply {held.data.id}."
    )
    in_memory = Desk(world.sandbox)
    refused = in_memory.call("apply", plan_id=in_memory.plan("update_ad", on).id)
    assert refused.error is not None
    assert (refused.error["type"], refused.error["who"]) == ("PlanRefused", "user")
    assert "admonster-fb apply" not in refused.text, "a terminal could not find it"
    assert in_memory.tool.pending_plan({"op": "update_ad", "args": on}) is not None, "for a host's own page"


def test_a_model_below_its_ceiling_is_not_bound_by_it(world: World) -> None:
    caps: Any = {"max_total_daily": "900.00 USD", "max_daily_budget": "500.00 USD"}
    desk = Desk(world.sandbox, apply_by="model", **caps)
    assert desk.call(**desk.apply_of("update_ad", {**world.ad, "status": "ACTIVE"})["args"], op="apply").ok
    assert desk.flexus("update_adset", {**world.adset, "daily_budget": 9000}).done


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, empty: Sandbox) -> Iterator[Sandbox]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with serve(empty) as running:
        monkeypatch.setenv("FACEBOOK_ENDPOINT", running.url)
        monkeypatch.setenv("FACEBOOK_ACCESS_TOKEN", empty.token)
        monkeypatch.setenv("FACEBOOK_AD_ACCOUNT_ID", "act_1")
        yield empty


def run(*words: str, typed: str = "yes") -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("admonster_fb.cli.plans.at_terminal", lambda: True)
        return CliRunner().invoke(cli.app, [*words], input=f"{typed}\n")


def test_a_terminal_applies_what_a_chat_does_not(served: Sandbox, funnel: dict[str, str]) -> None:
    for op, args, typed in (
        ("update_adset", [f"adset_id={funnel['adset_id']}", "daily_budget=90.00 USD"], "yes"),
        ("update_campaign", [f"campaign_id={funnel['campaign_id']}", "status=ACTIVE"], "yes"),
        ("delete_campaign", [f"campaign_id={funnel['campaign_id']}"], "yes"),
    ):
        held = run("call", op, *args).stdout
        found = re.search(r"in a terminal: admonster-fb apply (plan_\w+)", held)
        assert found, held
        assert run("call", "apply", f"plan_id={found[1]}").exit_code == 10, "as a model would"
        assert run("apply", found[1], typed=typed).exit_code == 0
    assert served.object(funnel["campaign_id"])["status"] == "DELETED"


def test_the_steps_of_another_process_count(served: Sandbox, funnel: dict[str, str]) -> None:
    """The command line and a bot share the raises of this system's user."""
    raised = run("call", "update_adset", f"adset_id={funnel['adset_id']}", "daily_budget=23.00 USD").stdout
    assert run("apply", raised.split(":")[0].removeprefix("PLAN ")).exit_code == 0
    tool = FacebookTool(FacebookAds.from_env())
    held = tool.call({"op": "update_adset", "args": {"adset_id": funnel["adset_id"], "daily_budget": 2500}})
    assert "(this one: $20.00 → $25.00 USD)" in held.text


def test_doctor_says_what_a_chat_may(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert "a yes in a chat counts for raises up to 20 % within a day" in spending_check(world.fb).found
    monkeypatch.setenv("FACEBOOK_CHAT_MAX_INCREASE_PERCENT", "5 %")
    assert "up to 5 % within a day" in spending_check(world.fb).found
    monkeypatch.setenv("FACEBOOK_CHAT_MAX_INCREASE_PERCENT", "some")
    assert "FACEBOOK_CHAT_MAX_INCREASE_PERCENT" in spending_check(world.fb).found


@table(
    "wrong",
    [
        {"chat_max_increase_percent": -1}, {"chat_max_increase_percent": 20.0}, {"chat_max_increase_percent": True},
        {"chat_max_added_daily": "50"}, {"chat_max_added_daily": 5000}, {"chat_max_added_daily": {"act_1": "5 XXX"}},
    ],
)  # fmt: skip
def test_a_policy_that_is_not_clear_is_refused(wrong: Any) -> None:
    with pytest.raises(ParameterError) as caught:
        SpendPolicy(**wrong)
    assert [each.field for each in caught.value.violations] == [*wrong]


def test_the_defaults_are_of_live_accounts() -> None:
    live, sandbox = (SpendPolicy().resolved(sandbox=where) for where in (False, True))
    assert (live.chat_max_increase_percent, sandbox.chat_max_increase_percent) == (20, None)
    assert SpendPolicy(chat_max_increase_percent=0).resolved(sandbox=False).chat_max_increase_percent == 0
    assert SpendPolicy(chat_max_increase_percent=5, **CEILING).caps == (), "no limit of what may be spent"
