"""The command line: typer and rich over the bot's ops."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, Group
from rich.text import Text

from admonster_fb.bot import ToolResult
from admonster_fb.bot import help as guide
from admonster_fb.bot.host import as_json, codes, connect, exit_code, guarded_tool
from admonster_fb.bot.op_help import arguments, command_line
from admonster_fb.bot.registry import Op, names, registry
from admonster_fb.bot.render import nodes as render
from admonster_fb.cli import audience as cli_audience
from admonster_fb.cli import audit as cli_audit
from admonster_fb.cli import doctor as cli_doctor
from admonster_fb.cli import launch as cli_launch
from admonster_fb.cli import login as cli_login
from admonster_fb.cli import plans as cli_plans
from admonster_fb.cli import token as cli_auth
from admonster_fb.cli.output import CONNECTION, Account, Sandbox, fail, stop, told, write
from admonster_fb.cli.tables import fit, table, tables
from admonster_fb.client import FacebookAds
from admonster_fb.errors import FacebookAdsError, ParameterError, Violation
from admonster_fb.rules import RULES
from admonster_fb.rules import goal_matrix as matrix
from admonster_fb.transport.video_upload import report_uploads

LENGTH = 1_000_000
"""Characters in a text: people scroll; a page's `limit` bounds it."""

_CODES = "Exit codes: " + ", ".join(f"{code} {meaning}" for code, meaning in codes().items())

app = typer.Typer(
    name="admonster-fb",
    help="Facebook and Instagram ads from the command line.",
    epilog=CONNECTION,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # locals may hold a token
)
app.add_typer(cli_audience.app, name="audience")
app.add_typer(cli_audit.app, name="audit")
cli_plans.add(app)
cli_launch.add(app)
cli_login.add(app)
cli_auth.add(app)
cli_doctor.add(app)


class Tools(StrEnum):
    """How the MCP server offers the ops."""

    ONE = "one"
    PER_OP = "per-op"


def _op_names(incomplete: str) -> list[tuple[str, str]]:
    """Complete an op's name, with what it does."""
    return [(name, registry()[own].summary) for name, own in names().items() if name.startswith(incomplete)]


OpName = Annotated[str, typer.Argument(metavar="OP", help="The op; `ops` lists them.", autocompletion=_op_names)]
ReadOnly = Annotated[bool, typer.Option("--read-only", help="Leave out all ops that write.")]


@app.callback()
def _commands() -> None:
    """Facebook and Instagram ads from the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal cannot show is no reason to stop


@app.command(epilog=f"{_CODES}.\n\n{CONNECTION}")
def call(
    op: OpName,
    given: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE", help="Arguments; lists and objects as JSON, text without quotes."),
    ] = None,
    as_data: Annotated[bool, typer.Option("--json", help="Print the result as JSON, errors too.")] = False,
    sandbox: Sandbox = False,
    account: Account = None,
    read_only: ReadOnly = False,
    files: Annotated[Path, typer.Option(help="The folder in which paths given to the op lie.")] = Path(),
) -> None:
    """Carry out an op: `admonster-fb call list_campaigns --sandbox limit=2`."""
    try:
        args = _arguments(op, given or [])
        with connect(sandbox=sandbox, account=account) as fb:
            tool = guarded_tool(fb, sandbox=sandbox, read_only=read_only, files=files, max_chars=LENGTH)
            with _bar():
                result = tool.call({"op": op, "args": args})
            _show(result, fb, as_data=as_data, fields=args.get("fields"))
    except FacebookAdsError as error:
        fail(error, as_data=as_data)
    raise typer.Exit(exit_code(result))


@app.command(name="ops")
def list_ops(
    group: Annotated[str | None, typer.Option(help="Only the ops of this group.")] = None,
) -> None:
    """List the ops: group, name, access and what it does; separated by tabs when piped."""
    groups = dict.fromkeys(op.spec.group for op in registry().values())
    if group is not None and group not in groups:
        fail(ParameterError([Violation("group", group, f"one of {', '.join(groups)}")]))
    rows = [
        (op.spec.group, op.name, op.access, op.summary) for op in registry().values() if group in (None, op.spec.group)
    ]
    if sys.stdout.isatty():
        Console().print(table(("group", "op", "access", "what it does"), rows))
    else:
        sys.stdout.writelines("\t".join(row) + "\n" for row in rows)


@app.command(name="help")
def help_op(op: OpName) -> None:
    """Show what an op does, its arguments and an example."""
    try:
        text = guide.answer(registry(), {"op": op})
    except ParameterError as error:
        fail(error)
    if sys.stdout.isatty():
        Console().print(_help(registry()[names()[op]]))
    else:
        write(text)


@app.command(name="mcp", epilog=CONNECTION)
def serve_mcp(
    sandbox: Sandbox = False,
    account: Account = None,
    read_only: ReadOnly = False,
    groups: Annotated[str | None, typer.Option(help="Only these groups of ops: campaign,adset")] = None,
    tools: Annotated[Tools, typer.Option(help="One tool for all ops, or one tool per op.")] = Tools.ONE,
    files: Annotated[Path | None, typer.Option(help="The folder for paths; without it, paths are refused.")] = None,
) -> None:
    """Serve the ops over MCP on stdin and stdout."""
    try:
        from admonster_fb.bot.mcp_server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"mcp", "mcp_types", "anyio"}:
            raise
        stop("The MCP server needs the MCP SDK: pip install 'admonster-fb[mcp]'", 1)
    wanted = [group.strip() for group in groups.split(",") if group.strip()] if groups else None
    try:
        with connect(sandbox=sandbox, account=account) as fb:
            tool = guarded_tool(fb, sandbox=sandbox, groups=wanted, read_only=read_only, files=files)
            serve(tool, per_op=tools is Tools.PER_OP)
    except FacebookAdsError as error:
        fail(error)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


@app.command(name="usage", epilog=CONNECTION)
def show_usage(sandbox: Sandbox = False, account: Account = None) -> None:
    """Show how much of Meta's limits an ad account has used up, after one read of it."""
    try:
        with connect(sandbox=sandbox, account=account) as fb:
            fb.adaccounts.get(fb.account, fields=["id"])
            write("\n".join(render.usage(fb.usage.readings(fb.account))))
    except FacebookAdsError as error:
        fail(error)


@app.command(name="rules")
def show_rules(
    objective: Annotated[str | None, typer.Option(help="Only this one: OUTCOME_TRAFFIC or TRAFFIC.")] = None,
    as_list: Annotated[bool, typer.Option("--list", help="List the rules of the offline checker instead.")] = False,
    as_data: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what goes together: objective, destination, goal, billing, promoted object, attribution."""
    try:
        columns, rows = (_RULE_COLUMNS, _rule_rows()) if as_list else (_MATRIX_COLUMNS, _matrix_rows(objective))
    except ParameterError as error:
        fail(error, as_data=as_data)
    if as_data:
        write(json.dumps([dict(zip(columns, row, strict=True)) for row in rows]))
    elif sys.stdout.isatty():
        Console().print(table(columns, [map(_cell, row) for row in rows]))
    else:
        sys.stdout.writelines("\t".join(map(_cell, row)) + "\n" for row in rows)


_RULE_COLUMNS = ("rule", "of", "severity", "code", "subcode", "source", "fix")
_MATRIX_COLUMNS = ("objective", "destination_type", "goal", "billing_event", "promoted_object", "attribution", "note")


def _rule_rows() -> list[tuple[Any, ...]]:
    return [(each.slug, each.kind, each.severity, each.code, each.subcode, each.source, each.fix) for each in RULES]


def _matrix_rows(objective: str | None) -> list[tuple[Any, ...]]:
    """Return the matrix, a row for each goal."""
    known = dict.fromkeys(row.objective for row in matrix.rows())
    wanted = objective and f"OUTCOME_{objective.upper().removeprefix('OUTCOME_')}"
    if wanted and wanted not in known:
        raise ParameterError([Violation("objective", objective, f"one of {', '.join(known)}")])
    return [
        (
            row.objective,
            row.destination,
            goal,
            row.billing[goal],
            row.promoted_object,
            row.attribution[goal],
            row.description,
        )
        for row in matrix.rows()
        if wanted in (None, row.objective)
        for goal in row.goals
    ]


def _cell(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)


@app.command()
def demo() -> None:
    """Run the whole funnel on the embedded sandbox: no credentials, no network, nothing spent."""
    from admonster_fb.cli.demo import run

    run(Console())


@contextmanager
def _bar() -> Iterator[None]:
    """Show how far an upload is, if there is one and somebody looks."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.progress import DownloadColumn, Progress, TaskID, TimeRemainingColumn

    bar = Progress(
        *Progress.get_default_columns()[:3],
        DownloadColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    tasks: list[TaskID] = []

    def show(sent: int, size: int) -> None:
        if not tasks:
            bar.start()
            tasks.append(bar.add_task("Uploading", total=size))
        bar.update(tasks[0], completed=sent, refresh=True)

    try:
        with report_uploads(show):
            yield
    finally:
        bar.stop()


def _arguments(name: str, given: Iterable[str]) -> dict[str, Any]:
    """Read `key=value` words, each value as its op's argument takes it."""
    op = registry().get(names().get(name, name))
    read: dict[str, Any] = {}
    for word in given:
        key, equals, value = word.partition("=")
        if not (key and equals):
            raise ParameterError([Violation("arguments", word, "KEY=VALUE")])
        if key in read:
            raise ParameterError([Violation(key, value, "one value, not two")])
        read[key] = _value(value, _kinds(op, key))
    return read


def _value(text: str, kinds: set[str]) -> Any:
    """Return the JSON that a word is, unless the argument takes text and not this: ids keep all their digits."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    kind = _JSON_KINDS.get(type(value))
    return text if kind is None or (kind not in kinds and "string" in kinds) else value


_JSON_KINDS = {dict: "object", list: "array", int: "integer", float: "number", bool: "boolean", str: "string"}


def _kinds(op: Op | None, key: str) -> set[str]:
    """Return the JSON types that an argument takes; none if there is no such argument."""
    if op is None:
        return set()
    schema: Mapping[str, Any] = op.schema["properties"].get(op.spec.aliases.get(key, key), {})
    return {str(branch.get("type", "")) for branch in (schema, *schema.get("anyOf", ()))}


def _show(result: ToolResult, fb: FacebookAds, *, as_data: bool, fields: Any) -> None:
    """Print a result: JSON, or a table on a terminal, or the tool's own text; errors go to stderr."""
    if as_data:
        write(json.dumps(as_json(result)))
    elif result.ok and sys.stdout.isatty() and fit(shown := [*tables(result.data, fb, fields)]):
        around = [line for line in result.text.splitlines() if not line.startswith(("- ", "Business ", "Personal "))]
        Console().print(*shown, *map(Text, around), sep="\n")
    elif result.ok:
        write(result.text)
    if not result.ok:
        sys.stderr.write(f"{told(result)}\n")


def _help(op: Op) -> Group:
    """Return all about an op for a person."""
    rows = [
        (row.name, row.type, "yes" if row.required else "", _said(row.description, row.values))
        for row in arguments(op.schema)
    ]
    cost = [Text(f"Cost: {op.spec.cost}")] if op.spec.cost else []
    head = [Text(f"{op.name} ({op.access})", style="bold"), Text(f"{op.summary} {op.details}".strip()), *cost]
    return Group(*head, table(("argument", "type", "required", "description"), rows), Text(command_line(op)))


def _said(description: str, values: Iterable[str]) -> str:
    return "; ".join(filter(None, [description, ", ".join(values)]))
