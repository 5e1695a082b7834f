"""A bot whose model is a script: it reads twice at once, errs once, plans a raise, and applies the plan."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.sandbox import Sandbox

PAGE = Path(__file__).parents[2] / "docs/agents.md"


class Bot:
    """What every runtime is tried with: the calls of each turn of the model, from the last texts it was shown."""

    def __init__(self, budget: str = "72.00 USD") -> None:
        self.written: list[Any] = []
        self.wanted = budget
        fb = FacebookAds.sandbox(Sandbox())
        self.tool = FacebookTool(fb, policy=SpendPolicy(apply_by="host"), on_write=self.written.append)
        found = fb.campaigns.list(fb.account, fields=["daily_budget"])
        self.campaign = next(each.id for each in found if each.daily_budget == 6000)
        self.turns = 0
        self.texts: list[str] = []
        self.told: list[str] = []
        """What the model calls (>), what it is told (<, the first line), and what the person reads (|)."""
        self._waiting = 0

    def turn(self, texts: list[str]) -> list[dict[str, Any]]:
        """Return the calls of the model's next turn, after what the tool has answered; none at the end."""
        self.texts = texts
        plan = re.search(r"plan_[0-9a-f]{20}", " ".join(texts))
        change = {"campaign_id": self.campaign, "daily_budget": self.wanted}
        turns: list[list[dict[str, Any]]] = [
            [{"op": "status"}, {"op": "get_campaign", "args": {"campaign_id": self.campaign}}],
            [{"op": "get_campaign", "args": {"campaign_id": "9"}}],
            [{"op": "update_campaign", "args": change}],
            [{"op": "apply", "args": {"plan_id": plan[0] if plan else ""}}],
        ]
        self.told += [f"< {text.partition(chr(10))[0]}" for text in texts[max(0, len(texts) - self._waiting) :]]
        self.turns += 1
        calls = turns[self.turns - 1] if self.turns <= len(turns) else []
        self.told += [f"> {json.dumps(call)}" for call in calls]
        self._waiting = len(calls)
        return calls

    def check_shown(self, text: str) -> None:
        assert text.startswith("Up to $12.00 USD more a day.\n"), text
        assert self.budget == 6000, "nothing has been sent yet"
        assert self.turns == 4
        self.told += [f"| {line}" for line in text.splitlines()]

    @property
    def budget(self) -> int | None:
        return self.tool.fb.campaigns.get(self.campaign, fields=["daily_budget"]).daily_budget

    def check_end(self, agreed: bool, runtime: str, waits: Any, yes: Any) -> None:
        """Check what was sent, and the transcript; `waits` and `yes` are what the runtime held and was given."""
        assert self.budget == (7200 if agreed else 6000)
        assert self.turns == 5
        if agreed:
            assert self.texts[-1].startswith("OK: "), self.texts
            self.check_transcript()
            [record] = self.written
            check_row(runtime, f"waits: {brief(waits)}", f"yes: {brief(yes)}", f"by: {record.by}")
        else:
            assert self.written == []

    def check_nobody_was_asked(self, end: str) -> None:
        """Check the end where a yes in a chat would not have counted."""
        assert (end, self.turns, self.budget, self.written) == ("done", 5, 6000, [])
        assert "at most 20 % within a day (this one: $60.00 → $90.00 USD)" in self.texts[-1], self.texts

    def check_transcript(self) -> None:
        """Compare what was called, told and shown with the page: in any runtime it is the same."""
        [shown] = re.findall(
            r"## One approval in each runtime\n.*?```text\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL
        )
        lines = shown.splitlines()
        for kind in ">|":
            ours = [re.sub(r"plan_[0-9a-f]{20}", "plan_…", line) for line in self.told if line[0] == kind]
            assert ours == [line for line in lines if line[0] == kind]
        told = [re.sub(r"plan_[0-9a-f]{20}", "plan_…", line) for line in self.told if line[0] == "<"]
        answers = [line.removeprefix("< ") for line in lines if line[0] == "<"]
        assert len(told) == len(answers)
        assert [answer for answer in answers if not any(answer in line for line in told)] == []


def brief(value: Any) -> str:
    """Return a value as JSON or as it writes itself, without what differs each time, and cut where plans are long."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = re.sub("plan_[0-9a-f]{20}", "plan_…", text)
    text = re.sub(r"(Up to \$12\.00 USD).*?America/Los_Angeles\.", r"\1 …", text, flags=re.DOTALL)
    text = re.sub(r"pyd_ai_\w+", "…", text)
    return re.sub(r"(id|key)(=|\": )(['\"])[\w:.-]+\3", r"\1\2\3…\3", text)


def check_row(runtime: str, *lines: str) -> None:
    """Compare what a runtime held, was given and recorded with the page."""
    rows = "\n".join([runtime, *(f"  {line}" for line in lines)])
    assert f"\n{rows}\n" in PAGE.read_text("utf-8"), f"{PAGE.name} lacks:\n{rows}"


@pytest.fixture
def bot(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Bot:
    """The bot; where `agreed` is `None`, one of a live account that wants more than a yes in a chat applies."""
    callspec = getattr(request.node, "callspec", None)
    if callspec is not None and callspec.params.get("agreed", True) is None:
        monkeypatch.setattr(FacebookAds, "is_sandbox", False)
        return Bot("90.00 USD")
    return Bot()


@pytest.fixture(name="check_row")
def _check_row() -> Any:
    return check_row


@pytest.fixture(name="brief")
def _brief() -> Any:
    return brief
