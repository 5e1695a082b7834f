"""The command `admonster-fb`: ops, help, MCP server, limits and rules; other commands have modules of their own."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from textwrap import TextWrapper
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admonster_fb.bot.host import as_json, codes, connect, exit_code, guarded_tool, jsonable
from admonster_fb.cli import audience, fleet, launch, login, output, plans
from admonster_fb.cli.output import CONNECTION, MAX_CHARS, Account, AsJson, Quiet, Sandbox
from admonster_fb.errors import ParameterError, Violation

if TYPE_CHECKING:
    from rich.console import Group

    from admonster_fb.bot import FacebookTool, ToolResult
    from admonster_fb.bot.registry import Op
    from admonster_fb.client import FacebookAds

_CODES = "Exit codes: " + ", ".join(f"{code} {meaning}" for code, meaning in codes().items())
_MATRIX_HEAD = ("objective", "destination_type", "promoted_object", "note")
_RULE_COLUMNS = ("rule", "of", "severity", "code", "subcode", "source", "fix")
_MATRIX_COLUMNS = ("objective", "destination_type", "goal", "billing_event", "promoted_object", "attribution", "note")
_JSON_TYPES = {dict: "object", list: "array", int: "integer", float: "number", bool: "boolean", str: "string"}
app = typer.Typer(
    name="admonster-fb",
    help="Facebook and Instagram ads from the command line.",
    epilog=CONNECTION,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_show_locals=False,  # locals may hold a token
)
app.add_typer(audience.app, name="audience")
app.add_typer(plans.audit, name="audit")
app.add_typer(fleet.app, name="fleet")
app.add_typer(login.tokens, name="token")
app.command("apply", epilog=CONNECTION)(plans.apply_plan)
app.command("discard", epilog=CONNECTION)(plans.discard_plan)
app.command("plans", epilog=CONNECTION)(plans.show_plans)
app.command("launch", epilog=CONNECTION)(launch.launch)
app.command("login", epilog=login.SETUP)(login.login)
app.command("whoami", epilog=CONNECTION)(login.whoami)
app.command("accounts", epilog=CONNECTION)(login.accounts)
app.command("doctor", epilog=CONNECTION)(login.check_up)
Tools = StrEnum("Tools", {"ONE": "one", "THREE": "three", "PER_OP": "per-op"})
"""How the MCP server offers the ops."""


def complete_op(incomplete: str) -> list[tuple[str, str]]:
    """Return the ops whose names begin so, each with its summary, for completion in a shell."""
    from admonster_fb.bot.registry import names, registry

    return [(name, registry()[own].summary) for name, own in names().items() if name.startswith(incomplete)]


def complete_argument(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Return the arguments of the op that begin so, each with its meaning, for completion in a shell."""
    from admonster_fb.bot.help import arguments
    from admonster_fb.bot.registry import names, registry

    op = registry().get(names().get(str(ctx.params.get("op") or ""), ""))
    rows = arguments(op.schema) if op else []
    return [(f"{row.name}=", row.description) for row in rows if row.name.startswith(incomplete)]


OpName = Annotated[str, typer.Argument(metavar="OP", help="The op; `ops` lists them.", autocompletion=complete_op)]
_WORDS_HELP = "Arguments; lists and objects as JSON, text without quotes."
_WORDS = typer.Argument(metavar="KEY=VALUE", help=_WORDS_HELP, autocompletion=complete_argument)
Words = Annotated[list[str] | None, _WORDS]
ReadOnly = Annotated[bool, typer.Option("--read-only", help="Leave out all ops that write.")]


def _show_version(shown: bool) -> None:
    if shown:
        from admonster_fb import __version__
        from admonster_fb.transport.session import Settings

        output.write(f"admonster-fb {__version__}, Graph API {Settings().version}")
        raise typer.Exit


@app.callback()
def _commands(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Facebook and Instagram ads from the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show a name is no reason to stop


@app.command(epilog=f"{_CODES}.\n\n{CONNECTION}")
def call(
    op: OpName,
    words: Words = None,
    as_data: AsJson = False,
    quiet: Quiet = False,
    sandbox: Sandbox = False,
    account: Account = None,
    read_only: ReadOnly = False,
    files: Annotated[Path, typer.Option(help="The folder in which paths given to the op lie.")] = Path(),
) -> None:
    """Run an op: `admonster-fb call list_campaigns --sandbox limit=2`."""
    from admonster_fb.bot.plans.plan import Plan

    with output.failing(as_data=as_data):
        args = parse_arguments(op, words or [])
        with connect(sandbox=sandbox, account=account) as fb:
            tool = guarded_tool(fb, sandbox=sandbox, read_only=read_only, files=files, max_chars=MAX_CHARS)
            with output.interruptible(*_under_way(tool, op)), _upload_bar():
                result = tool.call({"op": op, "args": args})
            if not (quiet and result.ok and not isinstance(result.data, Plan)):
                _show(result, fb, as_data=as_data, fields=args.get("fields"))
    raise typer.Exit(exit_code(result))


def _under_way(tool: FacebookTool, name: str) -> list[str]:
    """Return what a person must know if the call is interrupted."""
    from admonster_fb.bot.registry import names

    op = tool.usable_ops.get(names().get(name, name))
    if op is None or op.access == "read":
        return ["Nothing was changed: this op only reads."]
    return [
        f"{op.name} was under way: Meta may have done it. Do not repeat it before you have looked:",
        "- what was written: admonster-fb audit show --limit 5",
        *(f"- what is there now: admonster-fb call {each}" for each in op.spec.then[:1]),
    ]


@app.command(name="ops")
def list_ops(
    group: Annotated[str | None, typer.Option(help="Only the ops of this group.")] = None, as_data: AsJson = False
) -> None:
    """List the ops: group, name, access and summary. Separated by tabs when piped."""
    from admonster_fb.bot.registry import registry

    groups = dict.fromkeys(op.spec.group for op in registry().values())
    if group is not None and group not in groups:
        output.fail(ParameterError([Violation("group", group, f"one of {', '.join(groups)}")]), as_data=as_data)
    ops = [op for op in registry().values() if group in (None, op.spec.group)]
    rows = [(op.spec.group, op.name, op.access, op.summary) for op in ops]
    output.print_rows(("group", "op", "access", "what it does"), rows, as_data=as_data)


@app.command(name="help")
def help_op(
    op: OpName,
    argument: Annotated[str | None, typer.Argument(help="One argument: all its values and what is within it.")] = None,
    as_data: AsJson = False,
) -> None:
    """Show what an op does, its arguments and an example. With --json, the schema of its arguments."""
    from admonster_fb.bot.help import answer, command_line, example
    from admonster_fb.bot.registry import names, registry

    with output.failing(as_data=as_data):
        text = answer(registry(), {"op": op, "argument": argument})
    known = registry()[names()[op]]
    if as_data:
        output.print_json(known.schema)
    elif sys.stdout.isatty() and argument is None:
        from rich.console import Console

        Console().print(_help(known))
    else:
        called = f"Example: {command_line(**example(known))}"
        output.write(output.for_a_person(re.sub(r"(?m)^Example: .*$", lambda _: called, text)))


@app.command(name="mcp", epilog=CONNECTION)
def serve_mcp(
    sandbox: Sandbox = False,
    account: Account = None,
    read_only: ReadOnly = False,
    groups: Annotated[str | None, typer.Option(help="Only these groups of ops: campaign,adset")] = None,
    tools: Annotated[
        Tools, typer.Option(help="One tool for all ops; read, write and apply; or one per op.")
    ] = Tools.ONE,
    files: Annotated[Path | None, typer.Option(help="The folder for paths; without it, paths are refused.")] = None,
    data: Annotated[
        bool, typer.Option("--data", help="Add structuredContent where it fits: hosts may hide the text.")
    ] = False,
    http: Annotated[
        int | None, typer.Option(help="Serve http://127.0.0.1:PORT/mcp instead of stdin and stdout.", metavar="PORT")
    ] = None,
    show_leads: Annotated[
        bool, typer.Option("--show-leads", help="Let the model read what people wrote in lead forms.")
    ] = False,
) -> None:
    """Serve the ops over MCP. On stdin and stdout, or over HTTP for clients on this machine."""
    try:
        from admonster_fb.bot.mcp_server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"mcp", "mcp_types", "anyio"}:
            raise
        output.stop("The MCP server needs the MCP SDK: pip install 'admonster-fb[mcp]'", 1)
    chosen = [group.strip() for group in groups.split(",") if group.strip()] if groups else None
    try:
        with output.connected(sandbox=sandbox, account=account) as fb:
            chosen_for = {"groups": chosen, "read_only": read_only, "files": files, "show_leads": show_leads}
            tool = guarded_tool(fb, sandbox=sandbox, **chosen_for)
            serve(tool, tools=tools.value, data=data, port=http)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


@app.command(name="usage", epilog=CONNECTION)
def show_usage(sandbox: Sandbox = False, account: Account = None, as_data: AsJson = False) -> None:
    """Show how much of Meta's rate limits an ad account has used. Sends one request."""
    from admonster_fb.bot.render.nodes import usage

    with output.connected(sandbox=sandbox, account=account, as_data=as_data) as fb:
        fb.adaccounts.get(fb.account, fields=["id"])
        readings = fb.usage.readings(fb.account)
    output.print_either(jsonable(readings), "\n".join(usage(readings)), as_data=as_data)


@app.command(name="rules")
def show_rules(
    objective: Annotated[str | None, typer.Option(help="Only this objective: OUTCOME_TRAFFIC or TRAFFIC.")] = None,
    as_list: Annotated[bool, typer.Option("--list", help="List the rules of the offline checker instead.")] = False,
    as_data: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show valid combinations of objective, goal, billing and others. With destination, object, attribution."""
    from admonster_fb.rules import RULES

    with output.failing(as_data=as_data):
        rules = [(each.slug, each.kind, *(getattr(each, name) for name in _RULE_COLUMNS[2:])) for each in RULES]
        columns, rows = (_RULE_COLUMNS, rules) if as_list else (_MATRIX_COLUMNS, [*_matrix_rows(objective)])
    shown = [[", ".join(cell) if isinstance(cell, tuple) else cell for cell in row] for row in rows]
    cells = [["" if cell is None else str(cell) for cell in row] for row in shown]
    if sys.stdout.isatty() and not as_data:
        output.write("\n".join(_blocks(columns, cells, _RULE_COLUMNS[:5] if as_list else _MATRIX_HEAD)))
    else:
        output.print_rows(columns, rows if as_data else [columns, *cells], as_data=as_data)


@app.command()
def demo() -> None:
    """Run the whole funnel in the embedded sandbox. No credentials, no network, no spend."""
    from rich.console import Console

    from admonster_fb.cli.demo import run

    run(Console())


@contextmanager
def _upload_bar() -> Iterator[None]:
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import DownloadColumn, Progress, TimeRemainingColumn

    from admonster_fb.transport.video_upload import report_uploads

    columns = (*Progress.get_default_columns()[:3], DownloadColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("Uploading")

    def show(sent: int, size: int) -> None:
        bar.update(task, completed=sent, total=size)
        bar.start()  # does nothing the next time; most calls upload nothing
        bar.refresh()

    try:
        with report_uploads(show):
            yield
    finally:
        bar.stop()


def parse_arguments(name: str, words: Iterable[str]) -> dict[str, Any]:
    """Return `key=value` words as the arguments of an op, each value in the type that its argument takes."""
    from admonster_fb.bot.confine import map_paths
    from admonster_fb.bot.registry import names, registry

    op = registry().get(names().get(name, name))
    arguments: dict[str, Any] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not (key and equals):
            raise ParameterError([Violation("arguments", word, "KEY=VALUE")])
        if key in arguments:
            raise ParameterError([Violation(key, value, "one value, not two")])
        schema = op.schema["properties"].get(op.spec.aliases.get(key, key), {}) if op else {}
        types = {str(branch.get("type", "")) for branch in (schema, *schema.get("anyOf", ()))} if op else set()
        arguments[key] = _parse_value(key, value, types)
    if op is None:
        return arguments
    own = {op.spec.aliases.get(key, key): value for key, value in arguments.items()}
    # `~` in paths is the person's folder: no shell does it after `filename=`.
    return dict(map_paths(own, op.schema, lambda _place, path, _folder: os.path.expanduser(path)))


def _parse_value(key: str, text: str, types: set[str]) -> Any:
    """Return the JSON in a word, unless the argument takes text and not this type: ids keep all their digits."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        if types and "string" not in types and text.startswith(("{", "[")):
            allowed = """JSON, with double quotes inside, and single ones around it: 'key={"name": ["value"]}'"""
            raise ParameterError([Violation(key, text, allowed)]) from None
        return text
    kind = _JSON_TYPES.get(type(value))
    return text if kind is None or (kind not in types and "string" in types) else value


def _show(result: ToolResult, fb: FacebookAds, *, as_data: bool, fields: Any) -> None:
    """Print a result as JSON, as a table on a terminal that is wide enough, or as the tool's text."""
    if as_data:
        output.print_json(as_json(result))
    elif result.ok:
        is_list = not result.text.startswith("OK") and sys.stdout.isatty()
        if not (is_list and _print_tables(result, fb, fields)):
            output.write(output.for_a_person(result.text))
    if not result.ok:
        sys.stderr.write(f"{output.with_login_hint(result)}\n")


def _print_tables(result: ToolResult, fb: FacebookAds, fields: Any) -> bool:
    """Print a list of objects as tables, with the rest of the text; return whether they fit."""
    from rich.console import Console
    from rich.text import Text

    from admonster_fb.cli.tables import fit, tables

    shown = [*tables(result.data, fb, fields)]
    if not fit(shown):
        return False
    around = [line for line in result.text.splitlines() if not line.startswith(("- ", "Business ", "Personal "))]
    Console().print(*shown, *map(Text, around), sep="\n")
    return True


def _help(op: Op) -> Group:
    from rich.console import Group
    from rich.text import Text

    from admonster_fb.bot.help import arguments, command_line, example, with_details
    from admonster_fb.cli.tables import table

    rows = []
    for row in arguments(op.schema):
        about = with_details(row.description, ", ".join(row.values))
        rows.append((row.name, row.type, "yes" if row.required else "", about))
    cost = [Text(f"Cost: {op.spec.cost}")] if op.spec.cost else []
    head = [Text(f"{op.name} ({op.access})", style="bold"), Text(f"{op.summary} {op.details}".strip()), *cost]
    return Group(*head, table(("argument", "type", "required", "description"), rows), Text(command_line(**example(op))))


def _matrix_rows(objective: str | None) -> Iterator[tuple[Any, ...]]:
    from admonster_fb.rules import goal_matrix

    known = dict.fromkeys(row.objective for row in goal_matrix.rows())
    chosen = objective and f"OUTCOME_{objective.upper().removeprefix('OUTCOME_')}"
    if chosen and chosen not in known:
        raise ParameterError([Violation("objective", objective, f"one of {', '.join(known)}")])
    for row in goal_matrix.rows():
        for goal in row.goals if chosen in (None, row.objective) else ():
            about = (row.promoted_object, row.attribution[goal], row.description)
            yield (row.objective, row.destination, goal, row.billing[goal], *about)


def _blocks(columns: Sequence[str], rows: Iterable[Sequence[str]], head: Sequence[str]) -> Iterator[str]:
    """Yield lines that fit the terminal: the `head` that rows share once, and below it the other cells of each."""
    wrap = TextWrapper(shutil.get_terminal_size().columns, break_long_words=False, break_on_hyphens=False)

    def line(cells: Iterable[tuple[str, str]], indent: str) -> str:
        wrap.initial_indent, wrap.subsequent_indent = indent, f"{indent}    "
        return wrap.fill("; ".join(f"{name}: {cell}" for name, cell in cells if cell))

    named = [[*zip(columns, row, strict=True)] for row in rows]
    for shared, group in groupby(named, key=lambda row: [cell for cell in row if cell[0] in head]):
        yield line(shared, "")
        for row in group:
            yield line((cell for cell in row if cell[0] not in head), "  ")
