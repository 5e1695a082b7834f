"""`admonster-fb audit`: show the log of writes, and verify that it is complete and unchanged."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admonster_fb.bot.host import audit_log
from admonster_fb.cli.output import failing, print_json, print_rows, stop, write
from admonster_fb.errors import FacebookAdsError, ParameterError, Violation

if TYPE_CHECKING:
    from admonster_fb.bot.audit import AuditLog

app = typer.Typer(help="The log of all writes.", no_args_is_help=True)

File = Annotated[Path | None, typer.Argument(help="The audit file. Default: FACEBOOK_AUDIT, or the usual place.")]
COLUMNS = ("at", "who", "op", "account", "outcome", "changed", "id")


def _log(file: Path | None) -> AuditLog:
    from admonster_fb.bot.audit import AuditLog

    log = audit_log() if file is None else AuditLog(file)
    if log is None:
        raise FacebookAdsError("there is no folder for state", advice="Set FACEBOOK_AUDIT.", who="admin")
    if not log.path.is_file():
        allowed = "an existing audit: nothing has been written there yet"
        raise ParameterError([Violation("file", str(log.path), allowed)])
    return log


@app.command(name="verify")
def check(
    file: File = None,
    head: Annotated[str | None, typer.Option(help="A hash stored elsewhere, which a line must have.")] = None,
    as_data: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Verify that no line is missing, edited, added or moved. Exit 1 if one is."""
    from admonster_fb.bot.audit import verify

    with failing(as_data=as_data):
        found = verify(_log(file).path, head)
    if as_data:
        print_json({"entries": found.entries, "head": found.head, "problems": found.problems, "notes": found.notes})
        raise typer.Exit(0 if found.whole else 1)
    lines = [*(f"Note: {note}" for note in found.notes), *(f"BROKEN: {problem}" for problem in found.problems)]
    write("\n".join([*lines, f"{found.entries:,} {'write' if found.entries == 1 else 'writes'}, head {found.head}"]))
    if not found.whole:
        stop("The audit has been changed since it was written.", 1)


@app.command()
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
    with failing(as_data=as_data):
        entries = [
            entry
            for entry in _log(file).entries()
            if all(value is None or entry.get(name) == value for name, value in filters.items())
            and str(entry.get("at")) >= (since or "")
        ][-limit:]
    if as_data:
        sys.stdout.writelines(json.dumps(entry) + "\n" for entry in entries)
    else:
        print_rows(COLUMNS, [tuple(_cell(entry, name) for name in COLUMNS) for entry in entries])


def _cell(entry: dict[str, Any], name: str) -> str:
    if name != "changed":
        return str(entry.get(name) or "")[: 19 if name == "at" else None]
    changes = [
        f"{node} {node_id or label or ''}: {', '.join(after) or 'deleted'}"
        for node, node_id, label, _, after in entry["changes"]
    ]
    return (changes[0] if changes else "") + (f" and {len(changes) - 1} more" if changes[1:] else "")
