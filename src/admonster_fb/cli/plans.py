"""`admonster-fb plans`, `apply`, `discard`: a person reads plans, applies one or discards it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from admonster_fb.bot.host import guarded_tool
from admonster_fb.cli.output import MAX_CHARS, Account, AsJson, at_terminal, connected, end, fail, stop
from admonster_fb.errors import PlanRefused
from admonster_fb.money import minor_text

if TYPE_CHECKING:
    from admonster_fb.bot import FacebookTool, ToolResult

PlanId = Annotated[str, typer.Argument(metavar="PLAN_ID", help="The id in the plan's first line.")]


def apply_plan(plan_id: PlanId, as_data: AsJson = False, account: Account = None) -> None:
    """Apply a plan once; you read it first and type its amount.

    This is a person's approval, also where only the host may apply plans: it needs a terminal, no pipe or file.
    """
    if not at_terminal():
        fail(PlanRefused("terminal", plan_id), as_data=as_data)
    _run(account, as_data, lambda tool: _approved(tool, plan_id))


def _approved(tool: FacebookTool, plan_id: str) -> ToolResult:
    """Show a plan, and apply it if the person types its amount."""
    plan = tool.guard.pending(plan_id)
    amount = minor_text(plan.adds, plan.currency) if plan.adds > 0 and plan.currency else ""
    word = _digits(amount) or "yes"
    sys.stderr.write(f"{tool.shown(plan)}\nType {word} to do exactly this: ")
    sys.stderr.flush()
    typed = sys.stdin.readline().strip().lower()
    if word != (_digits(typed) if amount else typed):
        stop("Nothing was applied.", 1)
    return tool.approve(plan_id, by="command line")


def _digits(text: str) -> str:
    return re.sub(r"[^0-9.]", "", text)


def discard_plan(plan_id: PlanId, as_data: AsJson = False, account: Account = None) -> None:
    """Discard a plan."""
    _run(account, as_data, lambda tool: tool.call({"op": "discard", "args": {"plan_id": plan_id}}))


def show_plans(as_data: AsJson = False, account: Account = None) -> None:
    """Show the plans that can still be applied."""

    def shown(tool: FacebookTool) -> ToolResult:
        from admonster_fb.bot import ToolResult

        plans = tool.guard.plans()
        text = "\n\n".join("\n".join(tool.guard.lines(plan)) for plan in plans)
        return ToolResult(True, text or "No plans.", plans)

    _run(account, as_data, shown)


def _run(account: str | None, as_data: bool, work: Callable[[FacebookTool], ToolResult]) -> None:
    with connected(sandbox=False, account=account, as_data=as_data) as fb:
        result = work(guarded_tool(fb, sandbox=False, max_chars=MAX_CHARS))
    end(result, as_data=as_data)
