"""`admonster-fb launch FILE.yaml`: plan, create, resume or roll back a whole campaign from a file."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admonster_fb.bot.host import connect, guarded_tool
from admonster_fb.cli import output
from admonster_fb.cli.output import MAX_CHARS, Account, AsJson, NoInput, Quiet, Sandbox
from admonster_fb.errors import MISSING, FacebookAdsError, ParameterError, PlanRefused, Violation

if TYPE_CHECKING:
    from admonster_fb.bot import FacebookTool, ToolResult
    from admonster_fb.bot.plans.plan import Plan
    from admonster_fb.workflows.launch.journal import LaunchJournal

OP = "launch_campaign"
_PARTS = {"launch": OP, **{part: f"create_{part}" for part in ("campaign", "adset", "creative", "ad")}}
_NOT_IN_FILES = {"ad_account_id", "campaign_id", "adset_id", "resume", "rollback"}


def launch(
    file: Annotated[
        Path | None, typer.Argument(help="YAML or JSON; with --resume and --rollback also a launch's journal.")
    ] = None,
    plan_id: Annotated[str | None, typer.Argument(metavar="PLAN_ID", help="With --apply: the plan to apply.")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Show a plan; nothing is created. The default.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Create it: by a plan's id, or after you confirm.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Continue a launch that stopped.")] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="Delete what a launch has created.")] = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of launch files, for editors that complete them.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --apply: do not ask.")] = False,
    no_input: NoInput = False,
    quiet: Quiet = False,
    send_again: Annotated[
        bool, typer.Option("--send-again", help="With --resume: create what may exist and does not show.")
    ] = False,
    as_data: AsJson = False,
    sandbox: Sandbox = False,
    account: Account = None,
) -> None:
    """Launch the campaign that a file describes, all PAUSED.

    Example: `admonster-fb launch coffee.yaml --apply`.

    Without --apply nothing is created: a plan is shown, and `--apply PLAN_ID` creates exactly that.
    """
    if schema:
        output.print_json(file_schema())
        return
    if file is None:
        allowed = "a YAML or JSON file: docs/launch.md"
        output.fail(ParameterError([Violation("FILE", MISSING, allowed)]), as_data=as_data)
    modes = {"resume": resume, "rollback": rollback, "apply": apply, "plan": plan}
    file = file.expanduser()
    answer = True if yes else False if no_input else None
    advice = f"To find out what exists: admonster-fb launch {file} --resume continues, --rollback deletes what exists."
    try:
        mode = _mode([name for name in modes if modes[name]], plan_id)
        advice = "Nothing was created." if mode == "plan" else advice
        more = {"send_again": True} if send_again else {}
        with output.interruptible(advice), connect(sandbox=sandbox, account=account) as fb:
            tool = guarded_tool(fb, sandbox=sandbox, files=Path(file.resolve().anchor), max_chars=MAX_CHARS)
            result = _run(mode, tool, file, plan_id, answer, more)
    except ParameterError as error:
        from admonster_fb.workflows.launch.parse import with_lines

        output.fail(with_lines(error, file), as_data=as_data)
    except FacebookAdsError as error:
        output.fail(error, as_data=as_data)
    stopped = (result.error or {}).get("type") == "LaunchStopped"
    hint = f"admonster-fb launch {file} --resume continues it, --rollback deletes what exists." if stopped else ""
    output.end(result, as_data=as_data, quiet=quiet, hint=hint)


def file_schema() -> dict[str, Any]:
    """Return the JSON Schema of launch files. Presets and defaults fill in much, so it marks only what is misspelt."""
    from admonster_fb.bot.registry import registry

    ops = {part: registry()[op].schema for part, op in _PARTS.items()}
    made: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema", **ops["launch"]}
    made["$defs"] = {name: kind for schema in ops.values() for name, kind in schema.get("$defs", {}).items()}
    parts: dict[str, Any] = {}
    for part, schema in ops.items():
        properties = {name: value for name, value in schema["properties"].items() if name not in _NOT_IN_FILES}
        parts[part] = {"type": "object", "properties": properties}
    parts["adset"]["properties"]["ads"] = {"type": "array", "items": parts["ad"]}
    named = {"additionalProperties": parts["creative"], "type": "object"}
    own = {"campaign": parts["campaign"], "adsets": {"type": "array", "items": parts["adset"]}, "creatives": named}
    return {**made, "properties": {**parts["launch"]["properties"], **own}, "required": ["campaign"]}


def _mode(chosen: list[str], plan_id: str | None) -> str:
    if len(chosen) > 1:
        raise ParameterError([Violation("options", " ".join(f"--{name}" for name in chosen), "one of them")])
    mode = chosen[0] if chosen else "plan"
    if plan_id is not None and mode != "apply":
        raise ParameterError([Violation("PLAN_ID", plan_id, "no plan id without --apply")])
    return mode


def _run(
    mode: str, tool: FacebookTool, file: Path, plan_id: str | None, answer: bool | None, more: Mapping[str, Any]
) -> ToolResult:
    from admonster_fb.bot import ToolResult

    if mode == "plan":
        plan = _propose(tool, _new_launch(tool, file))
        lines = [*_earlier(file), *tool.guard.lines(plan)]
        if tool.guard.store.survives:
            lines.append(f"Only if the file is still the same: admonster-fb launch {file} --apply {plan.id}")
        return ToolResult(True, "\n".join(lines), plan)
    if mode == "apply":
        return _approve(tool, _plan_to_apply(tool, file, plan_id, answer))
    # Whoever types --resume or --rollback wants just that: the plan is applied at once.
    launched = _find(file)
    whole = mode == "resume" and _is_whole(launched)
    plan = _propose(tool, {"ad_account_id": tool.fb.account, mode: str(launched.id), **more})
    result = _approve(tool, plan.id)
    return replace(result, text=f"Nothing was left to create: read back.\n{result.text}") if whole else result


def _approve(tool: FacebookTool, plan_id: str) -> ToolResult:
    """Apply a plan: without a terminal it may be a model that does, which the policy may not allow."""
    if output.at_terminal():
        return tool.approve(plan_id, "command line")
    return tool.approve(plan_id, "model", channel="model")


def _propose(tool: FacebookTool, arguments: Mapping[str, Any]) -> Plan:
    """Return a plan, even where the policy would not require one."""
    from admonster_fb.bot.registry import registry

    op = registry()[OP]
    plan = tool.guard.propose(op, op.prepare(tool.fb, arguments), always=True)
    if plan is None:
        raise PlanRefused("unknown", OP)
    return plan


def _new_launch(tool: FacebookTool, file: Path) -> dict[str, Any]:
    """Return the arguments of a launch of a file. Raises `ParameterError` if a launch of it is incomplete."""
    from admonster_fb.workflows.launch.expand import places
    from admonster_fb.workflows.launch.parse import find_launches, load

    for journal in find_launches(file):
        created, total = len(journal.created), len(places(journal.spec))
        if journal.pending or 0 < created < total:
            given = f"{journal.id} of this file, which has created {created} of {total} objects"
            raise ParameterError([Violation("file", given, "--resume or --rollback of that launch first")])
    return {"ad_account_id": tool.fb.account, **load(file)}


def _plan_to_apply(tool: FacebookTool, file: Path, plan_id: str | None, answer: bool | None) -> str:
    """Return the id of the plan to apply: a new one once it is confirmed, or one that still matches the file."""
    from admonster_fb.bot.plans.plan import canonical
    from admonster_fb.bot.registry import registry

    arguments = _new_launch(tool, file)
    if plan_id is None:
        plan = _propose(tool, arguments)
        typer.echo(output.for_a_person("\n".join([*_earlier(file), *tool.guard.lines(plan)])), err=True)
        if answer is None:
            with suppress(typer.Abort):
                answer = typer.confirm("Create it?", err=True)
        if not answer:
            tool.guard.discard(plan.id)
            output.stop("Nothing was created.", 1)
        return plan.id
    stored = tool.guard.store.get(plan_id)
    current = canonical(registry()[OP].prepare(tool.fb, arguments))
    if stored is not None and (stored.op != OP or canonical(stored.arguments) != current):
        raise PlanRefused("stale", plan_id, op=OP, changed=[f"{file.name} differs from the plan"])
    return plan_id


def _is_whole(journal: LaunchJournal) -> bool:
    """Return whether a launch has created everything, and it has not been rolled back."""
    from admonster_fb.workflows.launch.expand import places

    return not journal.pending and len(journal.created) == len(places(journal.spec))


def _earlier(file: Path) -> list[str]:
    """Return a remark if a complete launch of the same file exists: another one would create everything twice."""
    from admonster_fb.workflows.launch.parse import find_launches

    made = [f"{journal.created['campaign']} ({journal.id})" for journal in find_launches(file) if _is_whole(journal)]
    return [f"NOTE: this file was launched before: campaign {', '.join(made)}. This would be another one."] * bool(made)


def _find(file: Path) -> LaunchJournal:
    """Return the launch of a journal, or the newest launch of a file."""
    from admonster_fb.workflows.launch.journal import LaunchJournal
    from admonster_fb.workflows.launch.parse import find_launches

    if file.suffix == ".jsonl":
        return LaunchJournal.load(file)
    if not (found := find_launches(file)):
        allowed = "a file that was launched and not changed since, or a launch's journal (in the state folder)"
        raise ParameterError([Violation("file", file.name, allowed)])
    return found[0]
