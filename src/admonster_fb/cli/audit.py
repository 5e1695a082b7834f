"""`admonster-fb audit`: what was written, and whether the record of it is whole."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from admonster_fb.bot.audit import AuditLog, verify
from admonster_fb.bot.host import audit_log
from admonster_fb.cli.output import fail, stop, write
from admonster_fb.cli.tables import table
from admonster_fb.errors import FacebookAdsError, ParameterError, Violation

app = typer.Typer(help="The record of every write.", no_args_is_help=True)

File = Annotated[Path | None, typer.Argument(help="An audit; FACEBOOK_AUDIT or the usual one unless given.")]
COLUMNS = ("at", "who", "op", "account", "outcome", "changed", "id")


def _log(file: Path | None) -> AuditLog:
    found = audit_log() if file is None else AuditLog(file)
    if found is None:
        raise FacebookAdsError("there is no folder for state", advice="Set FACEBOOK_AUDIT.", who="admin")
    if not found.path.is_file():
        raise ParameterError([Violation("file", str(found.path), "an audit: nothing has been written there yet")])
    return found


@app.command(name="verify")
def check(
    file: File = None,
    head: Annotated[str | None, typer.Option(help="A hash kept elsewhere, which must be that of a line.")] = None,
    as_data: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say whether a line is missing, edited, added or moved; exit 1 if so."""
    try:
        found = verify(_log(file).path, head)
    except FacebookAdsError as error:
        fail(error, as_data=as_data)
    if as_data:
        shown = {"entries": found.entries, "head": found.head, "problems": found.problems, "notes": found.notes}
        write(json.dumps(shown))
        raise typer.Exit(0 if found.whole else 1)
    told = [*(f"Note: {each}" for each in found.notes), *(f"BROKEN: {each}" for each in found.problems)]
    write("\n".join([*told, f"{found.entries:,} writes, head {found.head}"]))
    if not found.whole:
        stop("The audit is not as it was written.", 1)


@app.command()
def show(
    file: File = None,
    account: Annotated[str | None, typer.Option(help="Only of this ad account.")] = None,
    op: Annotated[str | None, typer.Option(help="Only of this op.")] = None,
    since: Annotated[str | None, typer.Option(help="Only from this day or time on: 2026-11-01")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 50,
    as_data: Annotated[bool, typer.Option("--json", help="Print whole entries, a JSON object a line.")] = False,
) -> None:
    """Show writes, the newest last."""
    wanted = {"account": account and f"act_{account.removeprefix('act_')}", "op": op}
    try:
        entries = [
            entry
            for entry in _log(file).entries()
            if all(value is None or entry.get(name) == value for name, value in wanted.items())
            and str(entry.get("at")) >= (since or "")
        ][-limit:]
    except FacebookAdsError as error:
        fail(error, as_data=as_data)
    if as_data:
        sys.stdout.writelines(json.dumps(entry) + "\n" for entry in entries)
        return
    rows = [tuple(_told(entry, name) for name in COLUMNS) for entry in entries]
    if sys.stdout.isatty():
        Console().print(table(COLUMNS, rows))
    else:
        sys.stdout.writelines("\t".join(row) + "\n" for row in rows)


def _told(entry: dict[str, Any], name: str) -> str:
    if name != "changed":
        return str(entry.get(name) or "")[: 19 if name == "at" else None]
    changes = [_change(*each) for each in entry["changes"]]
    return (changes[0] if changes else "") + (f" and {len(changes) - 1} more" if changes[1:] else "")


def _change(node: str, node_id: str | None, label: str | None, _before: Any, after: dict[str, Any]) -> str:
    return f"{node} {node_id or label or ''}: {', '.join(after) or 'deleted'}"
