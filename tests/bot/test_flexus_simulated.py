"""A bot that knows only the adapter's functions, with faults at random calls: what it records is what Meta has.

Each hour the bot reads the figures of its campaigns, pauses, resumes, scales and creates,
and records a status or budget if the call did not raise. The judge reads the sandbox alone.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from explore import examples

from admonster_fb import FacebookAdsError, SpendPolicy
from admonster_fb.bot.flexus import FlexusClient, IntegrationFacebook, Reply, adsets, campaigns
from admonster_fb.sandbox import (
    Empty,
    Failure,
    Fault,
    GraphError,
    Hang,
    Http,
    LostResponse,
    Reset,
    Sandbox,
    Slow,
    Truncated,
)

pytestmark = pytest.mark.thorough

CAP = 12_000
FAULTS: list[Fault | GraphError] = [
    GraphError(100), GraphError(2), GraphError(190), Reset(), LostResponse(), Truncated(), Empty(), Empty(after=False),
    Http(502), Http(200), Http(200, after=True), Failure(GraphError(80004)), Failure(GraphError(17)),
    Hang(), Hang(after=True), Slow(3600),
]  # fmt: skip
CALLS = ["POST *", "GET *", "POST 1*", "POST act_*", "GET */insights"]


@dataclass
class Record:
    """What the bot believes of a campaign; `told` if an exception said that it may be wrong."""

    status: str
    daily_budget: int
    told: bool = False


@dataclass
class Bot:
    """An existing bot: statuses and budgets of its own record, every call inside `try`/`except`."""

    client: FlexusClient
    records: dict[str, Record] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)

    async def hour(self, dice: random.Random) -> None:
        if not self.records or dice.random() < 0.1:
            await self.create()
        for campaign_id in dice.sample(sorted(self.records), min(3, len(self.records))):
            record = self.records[campaign_id]
            if record.told:
                await self.read_again(campaign_id, record)
            await self.attempt(campaigns.get_insights(self.client, campaign_id, days=1))
            await self.change(campaign_id, record, dice)

    async def create(self) -> None:
        text = await self.attempt(campaigns.create_campaign(
            client=self.client, ad_account_id="act_1", name="hyp", objective="OUTCOME_TRAFFIC", status="PAUSED",
            daily_budget=1500))  # fmt: skip
        found = re.search(r"ID:\s*(\d+)", text or "")
        if found:
            campaign_id = found[1]
            self.records[campaign_id] = Record("PAUSED", 1500)
            await self.attempt(adsets.create_adset(
                client=self.client, ad_account_id="act_1", campaign_id=campaign_id, name="set", status="ACTIVE",
                targeting={"geo_locations": {"countries": ["US"]}}, optimization_goal="LINK_CLICKS"))  # fmt: skip

    async def change(self, campaign_id: str, record: Record, dice: random.Random) -> None:
        budget = dice.choice([record.daily_budget * 2, record.daily_budget // 2 or 100, 2000])
        changes: dict[str, Any] = dice.choice([{"status": "PAUSED"}, {"status": "ACTIVE"}, {"daily_budget": budget}])
        if await self.attempt(campaigns.update_campaign(self.client, campaign_id, **changes)) is None:
            record.told = True
            return
        for name, value in changes.items():
            setattr(record, name, value)

    async def read_again(self, campaign_id: str, record: Record) -> None:
        text = await self.attempt(self.client.run("get_campaign", campaign_id=campaign_id))
        if text is not None:
            record.status, record.daily_budget = text.data.status, text.data.daily_budget
            record.told = False

    async def attempt(self, call: Coroutine[Any, Any, Any]) -> Any:
        try:
            text = await call
        except FacebookAdsError as error:
            self.outcomes[type(error).__name__] += 1
            return None
        self.outcomes["success"] += 1
        return text


def differences(sandbox: Sandbox, bot: Bot) -> list[str]:
    found = []
    for campaign_id, record in bot.records.items():
        node = sandbox.object(campaign_id)
        believed, true = (record.status, str(record.daily_budget)), (node["status"], node["daily_budget"])
        if believed != true and not record.told:
            found.append(f"{campaign_id}: the bot believes {believed}, the sandbox has {true}")
        assert int(node["daily_budget"]) <= CAP
    return found


def simulate(seed: int, hours: int) -> tuple[Bot, Sandbox]:
    rcx: Any = SimpleNamespace(external_auth={}, running_test_scenario=True)
    policy = SpendPolicy(max_daily_budget="120.00 USD")
    facebook = IntegrationFacebook(None, rcx, "act_1", policy=policy)
    facebook.client.__dict__["sandbox"] = sandbox = Sandbox(history=0)
    bot, dice = Bot(facebook.client), random.Random(seed)

    async def run() -> None:
        for hour in range(hours):
            for _ in range(dice.randint(0, 2)):
                sandbox.fail_next(dice.choice(CALLS), dice.choice(FAULTS), times=dice.choice([1, 1, 2, 9]))
            sandbox.quota(3 if hour % 25 == 24 else None)
            await bot.hour(dice)
            assert differences(sandbox, bot) == [], f"hour {hour}"
            sandbox.advance(minutes=60)

    asyncio.run(run())
    return bot, sandbox


@pytest.mark.parametrize("seed", range(2))
def test_the_record_of_a_bot_is_what_meta_has_unless_an_exception_said_so(seed: int) -> None:
    bot, sandbox = simulate(seed, hours=60)
    assert bot.outcomes["success"] > 50, bot.outcomes
    assert sum(bot.outcomes.values()) - bot.outcomes["success"] > 5, bot.outcomes
    assert len(sandbox.faults_met) > 3, sandbox.faults_met


@pytest.mark.slow
def test_over_hundreds_of_hours() -> None:
    bot, _ = simulate(7, hours=examples(120))
    assert {"ParameterError", "RateLimited", "InvalidParameterError"} <= bot.outcomes.keys(), bot.outcomes


def test_with_texts_in_place_of_exceptions_the_same_bot_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge sees what the adapter used to do."""

    async def run(self: FlexusClient, op: str, **args: Any) -> Reply:
        return Reply(
            await self.call(
                {"op": op, "args": {name: value for name, value in args.items() if value not in (None, "")}}
            )
        )

    monkeypatch.setattr(FlexusClient, "run", run)
    with pytest.raises(AssertionError, match="the bot believes"):
        simulate(0, hours=100)
