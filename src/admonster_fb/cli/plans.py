"""`admonster-fb plans`, `apply`, `discard`, `audit`: a person reads plans and decides, and reads the log of writes."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admonster_fb.bot.host import audit_log, guarded_tool
from admonster_fb.cli import output
from admonster_fb.cli.output import MAX_CHARS, Account, AsJson, at_terminal
from admonster_fb.errors import FacebookAdsError, ParameterError, PlanRefused, Violation
from admonster_fb.money import minor_text

if TYPE_CHECKING:
    from admonster_fb.bot import FacebookTool, ToolResult
    from admonster_fb.bot.audit import AuditLog

audit = typer.Typer(help="The log of all writes.", no_args_is_help=True)
_NO_DIGIT = re.compile(r"[^0-9.]")
PlanId = Annotated[str, typer.Argument(metavar="PLAN_ID", help="The id in the plan's first line.")]
File = Annotated[Path | None, typer.Argument(help="The audit file. Default: FACEBOOK_AUDIT, or the usual place.")]
COLUMNS = ("at", "who", "op", "account", "outcome", "changed", "id")


def apply_plan(plan_id: PlanId, as_data: AsJson = False, account: Account = None) -> None:
    """Apply a plan once; you read it first and type its amount.

    This is a person's approval, also where only the host may apply plans: it needs a terminal, no pipe or file.
    """
    if not at_terminal():
        output.fail(PlanRefused("terminal", plan_id), as_data=as_data)

    def applied(tool: FacebookTool) -> ToolResult:
        plan = tool.guard.pending(plan_id)
        amount = minor_text(plan.adds, plan.currency) if plan.adds > 0 and plan.currency else ""
        word = _NO_DIGIT.sub("", amount) or "yes"
        sys.stderr.write(f"{tool.shown(plan)}\nType {word} to do exactly this: ")
        sys.stderr.flush()
        typed = sys.stdin.readline().strip().lower()
        if word != (_NO_DIGIT.sub("", typed) if amount else typed):
            output.stop("Nothing was applied.", 1)
        return tool.approve(plan_id, by="command line")

    _run(account, as_data, applied)


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
    with output.connected(sandbox=False, account=account, as_data=as_data) as fb:
        result = work(guarded_tool(fb, sandbox=False, max_chars=MAX_CHARS))
    output.end(result, as_data=as_data)


def _log(file: Path | None) -> AuditLog:
    from admonster_fb.bot.audit import AuditLog

    log = audit_log() if file is None else AuditLog(file)
    if log is None:
        raise FacebookAdsError("there is no folder for state", advice="Set FACEBOOK_AUDIT.", who="admin")
    if not log.path.is_file():
        allowed = "an existing audit: nothing has been written there yet"
        raise ParameterError([Violation("file", str(log.path), allowed)])
    return log


@audit.command(name="verify")
def check(
    file: File = None,
    head: Annotated[str | None, typer.Option(help="A hash stored elsewhere, which a line must have.")] = None,
    as_data: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Verify that no line is missing, edited, added or moved. Exit 1 if one is."""
    from admonster_fb.bot.audit import verify

    with output.failing(as_data=as_data):
        found = verify(_log(file).path, head)
    if as_data:
        output.print_json({name: getattr(found, name) for name in ("entries", "head", "problems", "notes")})
        raise typer.Exit(0 if found.whole else 1)
    lines = [*(f"Note: {note}" for note in found.notes), *(f"BROKEN: {problem}" for problem in found.problems)]
    lines.append(f"{found.entries:,} {'write' if found.entries == 1 else 'writes'}, head {found.head}")
    output.write("\n".join(lines))
    if not found.whole:
        output.stop("The audit has been changed since it was written.", 1)


@audit.command()
def show(
    file: File = None,
    account: Annotated[str | None, typer.Option(help="Only writes to this ad account.")] = None,
    op: Annotated[str | None, typer.Option(help="Only writes of this op.")] = None,
    since: Annotated[str | None, typer.Option(help="Only writes from this day or time on: 2026-11-01")] = None,
    limit: Annotated[int, typer.Option(min=1, help="The most writes to show; the newest are shown.")] = 50,
    as_data: Annotated[bool, typer.Option("--json", help="Print whole entries, one JSON object per line.")] = False,
) -> None:
    """Show writes, the newest last."""
    filters = {"account": account and f"act_{account.removeprefix('act_')}", "op": op}
    with output.failing(as_data=as_data):
        entries = [
            entry
            for entry in _log(file).entries()
            if all(value is None or entry.get(name) == value for name, value in filters.items())
            and str(entry.get("at")) >= (since or "")
        ][-limit:]
    if as_data:
        sys.stdout.writelines(json.dumps(entry) + "\n" for entry in entries)
    else:
        output.print_rows(COLUMNS, [tuple(_cell(entry, name) for name in COLUMNS) for entry in entries])


def _cell(entry: dict[str, Any], name: str) -> str:
    if name != "changed":
        return str(entry.get(name) or "")[: 19 if name == "at" else None]
    changes = [
        f"{node} {node_id or label or ''}: {', '.join(after) or 'deleted'}"
        for node, node_id, label, _, after in entry["changes"]
    ]
    return (changes[0] if changes else "") + (f" and {len(changes) - 1} more" if changes[1:] else "")
