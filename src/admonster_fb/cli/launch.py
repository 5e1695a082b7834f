"""`admonster-fb launch FILE.yaml`: plan, create, resume or roll back a whole campaign from a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admonster_fb.bot.host import connect, guarded_tool
from admonster_fb.cli.output import CONNECTION, MAX_CHARS, Account, AsJson, Sandbox, at_terminal, end, fail, stop
from admonster_fb.errors import FacebookAdsError, ParameterError, PlanRefused, Violation

if TYPE_CHECKING:
    from admonster_fb.bot import FacebookTool, ToolResult
    from admonster_fb.bot.plans.plan import Plan
    from admonster_fb.client import FacebookAds

OP = "launch_campaign"


def add(app: typer.Typer) -> None:
    """Add the command to an app."""
    app.command(name="launch", epilog=CONNECTION)(launch)


def launch(
    file: Annotated[Path, typer.Argument(help="YAML or JSON; with --resume and --rollback also a launch's journal.")],
    plan_id: Annotated[str | None, typer.Argument(metavar="[PLAN_ID]", help="With --apply: the plan to apply.")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Show a plan; nothing is created. The default.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Create it: by a plan's id, or after you confirm.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Continue a launch that stopped.")] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="Delete what a launch has created.")] = False,
    send_again: Annotated[
        bool, typer.Option("--send-again", help="With --resume: create what may exist and does not show.")
    ] = False,
    as_data: AsJson = False,
    sandbox: Sandbox = False,
    account: Account = None,
) -> None:
    """Launch the campaign that a file describes, all PAUSED: `admonster-fb launch coffee.yaml --apply`.

    Without --apply nothing is created: a plan is shown, and `--apply PLAN_ID` creates exactly that.
    """
    modes = {"resume": resume, "rollback": rollback, "apply": apply, "plan": plan}
    try:
        mode = _mode([name for name in modes if modes[name]], plan_id)
        arguments = {"send_again": True} if send_again else {}
        with connect(sandbox=sandbox, account=account) as fb:
            tool = guarded_tool(fb, sandbox=sandbox, files=Path(file.resolve().anchor), max_chars=MAX_CHARS)
            result = _run(mode, fb, tool, file, plan_id, arguments)
    except ParameterError as error:
        from admonster_fb.workflows.launch.file import with_lines

        fail(with_lines(error, file), as_data=as_data)
    except FacebookAdsError as error:
        fail(error, as_data=as_data)
    stopped = (result.error or {}).get("type") == "LaunchStopped"
    hint = f"admonster-fb launch {file} --resume continues it, --rollback deletes what exists." if stopped else ""
    end(result, as_data=as_data, hint=hint)


def _mode(chosen: list[str], plan_id: str | None) -> str:
    if len(chosen) > 1:
        raise ParameterError([Violation("options", " ".join(f"--{name}" for name in chosen), "one of them")])
    mode = chosen[0] if chosen else "plan"
    if plan_id is not None and mode != "apply":
        raise ParameterError([Violation("PLAN_ID", plan_id, "no plan id without --apply")])
    return mode


def _run(
    mode: str, fb: FacebookAds, tool: FacebookTool, file: Path, plan_id: str | None, more: Mapping[str, Any]
) -> ToolResult:
    if mode == "plan":
        return _show_plan(tool, _propose(fb, tool, _new_launch(fb, file)), file)
    if mode == "apply":
        return tool.approve(_plan_to_apply(fb, tool, file, plan_id), by=_by())
    # Whoever types --resume or --rollback wants just that: the plan is applied at once.
    plan = _propose(fb, tool, {"ad_account_id": fb.account, mode: _launch_id(file), **more})
    return tool.approve(plan.id, by=_by())


def _by() -> str:
    """Return who applies a plan here: without a terminal it may be a model, which the policy may not allow."""
    return "command line" if at_terminal() else "model"


def _propose(fb: FacebookAds, tool: FacebookTool, arguments: Mapping[str, Any]) -> Plan:
    """Return a plan, even where the policy would not require one."""
    from admonster_fb.bot.registry import registry

    op = registry()[OP]
    plan = tool.guard.propose(op, op.prepare(fb, arguments), always=True)
    if plan is None:
        raise PlanRefused("unknown", OP)
    return plan


def _new_launch(fb: FacebookAds, file: Path) -> dict[str, Any]:
    """Return the arguments of a launch of a file. Raises `ParameterError` if a launch of it is incomplete."""
    from admonster_fb.workflows.launch.expand import places
    from admonster_fb.workflows.launch.file import find_launches, load

    for journal in find_launches(file):
        created, total = len(journal.created), len(places(journal.spec))
        if journal.pending or 0 < created < total:
            given = f"{journal.id} of this file, which has created {created} of {total} objects"
            raise ParameterError([Violation("file", given, "--resume or --rollback of that launch first")])
    return {"ad_account_id": fb.account, **load(file)}


def _show_plan(tool: FacebookTool, plan: Plan, file: Path) -> ToolResult:
    from admonster_fb.bot import ToolResult

    lines = tool.guard.lines(plan)
    if tool.guard.store.survives:
        lines = [*lines, f"On the command line: admonster-fb launch {file} --apply {plan.id}"]
    return ToolResult(True, "\n".join(lines), plan)


def _plan_to_apply(fb: FacebookAds, tool: FacebookTool, file: Path, plan_id: str | None) -> str:
    """Return the id of the plan to apply: a new one once it is confirmed, or one that still matches the file."""
    from admonster_fb.bot.plans.plan import canonical
    from admonster_fb.bot.registry import registry

    arguments = _new_launch(fb, file)
    if plan_id is None:
        return _confirm(tool, _propose(fb, tool, arguments))
    stored = tool.guard.store.get(plan_id)
    current = canonical(registry()[OP].prepare(fb, arguments))
    if stored is not None and (stored.op != OP or canonical(stored.arguments) != current):
        raise PlanRefused("stale", plan_id, op=OP, changed=[f"{file.name} differs from the plan"])
    return plan_id


def _confirm(tool: FacebookTool, plan: Plan) -> str:
    """Show a plan and ask. If the answer is no, discard the plan and exit."""
    typer.echo("\n".join(tool.guard.lines(plan)), err=True)
    try:
        confirmed = typer.confirm("Create it?", err=True)
    except typer.Abort:
        confirmed = False
    if not confirmed:
        tool.guard.discard(plan.id)
        stop("Nothing was created.", 1)
    return plan.id


def _launch_id(file: Path) -> str:
    """Return the id of the launch of a journal, or of the newest launch of a file."""
    from admonster_fb.workflows.launch.file import find_launches
    from admonster_fb.workflows.launch.journal import LaunchJournal

    if file.suffix == ".jsonl":
        return str(LaunchJournal.load(file).id)
    if not (found := find_launches(file)):
        allowed = "a file that was launched and not changed since, or a launch's journal (in the state folder)"
        raise ParameterError([Violation("file", file.name, allowed)])
    return str(found[0].id)
