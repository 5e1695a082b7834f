"""`admonster-fb launch FILE.yaml`: a whole campaign from a file, planned, made, taken up again, or taken back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.bot.host import as_json, connect, exit_code, guarded_tool
from admonster_fb.bot.plans.plan import Plan, canonical
from admonster_fb.bot.registry import registry
from admonster_fb.cli.output import CONNECTION, Account, Sandbox, fail, stop, write
from admonster_fb.client import FacebookAds
from admonster_fb.errors import FacebookAdsError, ParameterError, PlanRefused, Violation
from admonster_fb.workflows.launch.expand import places
from admonster_fb.workflows.launch.file import find_launches, load, with_lines
from admonster_fb.workflows.launch.journal import LaunchJournal

LENGTH = 1_000_000
OP = "launch_campaign"
JOURNAL = ".jsonl"


def add(app: typer.Typer) -> None:
    """Add the command to an app."""
    app.command(name="launch", epilog=CONNECTION)(launch)


def launch(
    file: Annotated[Path, typer.Argument(help="YAML or JSON; for --resume and --rollback also a launch's journal.")],
    plan_id: Annotated[str | None, typer.Argument(metavar="[PLAN_ID]", help="With --apply: the plan.")] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show what would be made; this is what it does by itself.")
    ] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Make it: as a plan says, or after asking.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a launch that stopped.")] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="Delete what a launch has made.")] = False,
    as_data: Annotated[bool, typer.Option("--json", help="Print the result as JSON, errors too.")] = False,
    sandbox: Sandbox = False,
    account: Account = None,
) -> None:
    """Launch a whole campaign that a file describes, all of it PAUSED: `admonster-fb launch coffee.yaml --apply`.

    Without --apply nothing is made: a plan is shown, and `--apply PLAN_ID` makes exactly that.
    """
    given = {"resume": resume, "rollback": rollback, "apply": apply, "plan": plan}
    try:
        mode = _mode([name for name in given if given[name]], plan_id)
        with connect(sandbox=sandbox, account=account) as fb:
            tool = guarded_tool(fb, sandbox=sandbox, files=Path(file.resolve().anchor), max_chars=LENGTH)
            result = _DO[mode](fb, tool, file, plan_id)
    except ParameterError as error:
        fail(with_lines(error, file), as_data=as_data)
    except FacebookAdsError as error:
        fail(error, as_data=as_data)
    if as_data:
        write(json.dumps(as_json(result)))
    elif result.ok:
        write(result.text)
    else:
        stop(f"{result.text}\n{_hint(result, file)}".rstrip(), exit_code(result))
    raise typer.Exit(exit_code(result))


def _mode(chosen: list[str], plan_id: str | None) -> str:
    if len(chosen) > 1:
        raise ParameterError([Violation("options", " ".join(f"--{name}" for name in chosen), "one of them")])
    mode = chosen[0] if chosen else "plan"
    if plan_id is not None and mode != "apply":
        raise ParameterError([Violation("PLAN_ID", plan_id, "nothing, but for --apply")])
    return mode


def _hint(result: ToolResult, file: Path) -> str:
    if (result.error or {}).get("type") != "LaunchStopped":
        return ""
    return f"admonster-fb launch {file} --resume goes on, --rollback deletes what exists."


def _planned(fb: FacebookAds, tool: FacebookTool, given: Mapping[str, Any]) -> Plan:
    """Return a plan, whatever the policy would let pass without one."""
    op = registry()[OP]
    plan = tool.guard.propose(op, op.prepare(fb, given), always=True)
    if plan is None:
        raise PlanRefused("unknown", OP)
    return plan


def _new(fb: FacebookAds, file: Path) -> dict[str, Any]:
    """Return the arguments of a launch of a file. Raises `ParameterError` if one of it is half done."""
    for journal in find_launches(file):
        there = len(journal.created)
        if journal.pending or 0 < there < len(places(journal.spec)):
            given = f"{journal.id} of this file, which has made {there} of {len(places(journal.spec))}"
            raise ParameterError([Violation("file", given, "--resume or --rollback of that launch first")])
    return {"ad_account_id": fb.account, **load(file)}


def _plan(fb: FacebookAds, tool: FacebookTool, file: Path, _plan_id: str | None) -> ToolResult:
    plan = _planned(fb, tool, _new(fb, file))
    how = f"On the command line: admonster-fb launch {file} --apply {plan.id}"
    return ToolResult(True, "\n".join([*tool.guard.lines(plan), *([how] if tool.guard.store.survives else [])]), plan)


def _apply(fb: FacebookAds, tool: FacebookTool, file: Path, plan_id: str | None) -> ToolResult:
    given = _new(fb, file)
    if plan_id is None:
        plan_id = _asked(tool, _planned(fb, tool, given))
    else:
        kept = tool.guard.store.get(plan_id)
        op = registry()[OP]
        if kept is not None and (kept.op != OP or canonical(kept.arguments) != canonical(op.prepare(fb, given))):
            raise PlanRefused("stale", plan_id, op=OP, changed=[f"{file.name} says something else than the plan"])
    return tool.approve(plan_id, by="command line")


def _asked(tool: FacebookTool, plan: Plan) -> str:
    """Show a plan and ask; whoever says no has forgotten it."""
    typer.echo("\n".join(tool.guard.lines(plan)), err=True)
    try:
        agreed = typer.confirm("Make it?", err=True)
    except typer.Abort:
        agreed = False
    if not agreed:
        tool.guard.discard(plan.id)
        stop("Nothing was made.", 1)
    return plan.id


def _resume(fb: FacebookAds, tool: FacebookTool, file: Path, _plan_id: str | None) -> ToolResult:
    return _agreed(tool, _planned(fb, tool, {"ad_account_id": fb.account, "resume": _begun(file)}))


def _rollback(fb: FacebookAds, tool: FacebookTool, file: Path, _plan_id: str | None) -> ToolResult:
    return _agreed(tool, _planned(fb, tool, {"ad_account_id": fb.account, "rollback": _begun(file)}))


def _agreed(tool: FacebookTool, plan: Plan) -> ToolResult:
    """Apply a plan at once: whoever types `--resume` or `--rollback` wants just that."""
    return tool.approve(plan.id, by="command line")


def _begun(file: Path) -> str:
    """Return the launch that a file or a journal is about: of a file, the newest."""
    if file.suffix == JOURNAL:
        return str(LaunchJournal.load(file).id)
    if not (found := find_launches(file)):
        allowed = "a file that was launched as it is now, or the journal of a launch (in the folder for state)"
        raise ParameterError([Violation("file", file.name, allowed)])
    return str(found[0].id)


_DO = {"plan": _plan, "apply": _apply, "resume": _resume, "rollback": _rollback}
