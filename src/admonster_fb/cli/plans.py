"""Plans on the command line: a person looks at them, applies one, or drops it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated

import typer

from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.bot.host import as_json, connect, exit_code, guarded_tool
from admonster_fb.cli.output import CONNECTION, Account, fail, stop, write
from admonster_fb.errors import FacebookAdsError

LENGTH = 1_000_000
PlanId = Annotated[str, typer.Argument(metavar="PLAN_ID", help="As the plan names itself.")]
AsData = Annotated[bool, typer.Option("--json", help="Print the result as JSON, errors too.")]


def add(app: typer.Typer) -> None:
    """Add the commands to an app."""
    app.command(name="apply", epilog=CONNECTION)(apply_plan)
    app.command(name="discard", epilog=CONNECTION)(discard_plan)
    app.command(name="plans", epilog=CONNECTION)(show_plans)


def apply_plan(plan_id: PlanId, as_data: AsData = False, account: Account = None) -> None:
    """Apply a plan, once: whoever types this agrees to it, also where the policy lets only the host apply."""
    _run(account, as_data, lambda tool: tool.approve(plan_id, by="command line"))


def discard_plan(plan_id: PlanId, as_data: AsData = False, account: Account = None) -> None:
    """Forget a plan."""
    _run(account, as_data, lambda tool: tool.call({"op": "discard", "args": {"plan_id": plan_id}}))


def show_plans(as_data: AsData = False, account: Account = None) -> None:
    """Show the plans that can still be applied, each as a person reads it."""

    def shown(tool: FacebookTool) -> ToolResult:
        plans = tool.guard.plans()
        text = "\n\n".join("\n".join(tool.guard.lines(plan)) for plan in plans)
        return ToolResult(True, text or "No plans.", plans)

    _run(account, as_data, shown)


def _run(account: str | None, as_data: bool, work: Callable[[FacebookTool], ToolResult]) -> None:
    try:
        with connect(sandbox=False, account=account) as fb:
            result = work(guarded_tool(fb, sandbox=False, max_chars=LENGTH))
    except FacebookAdsError as error:
        fail(error, as_data=as_data)
    if not result.ok and not as_data:
        stop(result.text, exit_code(result))
    write(json.dumps(as_json(result)) if as_data else result.text)
    raise typer.Exit(exit_code(result))
