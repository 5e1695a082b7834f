"""`admonster-fb doctor`: check what ads need in order to run, and say how to fix what is missing."""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from admonster_fb.bot.host import connect, spending_check
from admonster_fb.cli.output import Account, AsJson, Quiet, Sandbox, TokenName, failing, print_json, write
from admonster_fb.errors import ParameterError, Violation

if TYPE_CHECKING:
    from admonster_fb.workflows.doctor import Check

_MARKS = {"ok": ("✓", ""), "warning": ("!", "yellow"), "wrong": ("✗", "red"), "skipped": ("-", "dim")}


def check_up(
    as_data: AsJson = False,
    account: Account = None,
    name: TokenName = None,
    sandbox: Sandbox = False,
    facts: Annotated[
        bool, typer.Option("--facts", help="Only say which facts about Meta were checked more than 30 days ago.")
    ] = False,
    fault: Annotated[
        str | None, typer.Option(help="With --sandbox: cause this fault first; `list` lists all faults.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Check everything that ads need in order to run. Says how to fix what is wrong; exit 1 if anything is."""
    from admonster_fb.workflows.doctor import doctor, stale_facts

    if facts:
        checks = [stale_facts(datetime.now(UTC).date())]
        _show(checks, as_data=as_data, quiet=quiet)
        raise typer.Exit(0 if checks[0].state == "ok" else 1)
    with failing(as_data=as_data):
        if fault is not None:
            _check_fault(fault, sandbox=sandbox)
        if sandbox:
            from admonster_fb.cli.sandbox_login import broken_sandbox

            facade = broken_sandbox(fault, account)
        else:
            facade = connect(sandbox=False, account=account, token_name=name)
        with facade as fb:
            checks = [*([] if sandbox else [_sources()]), *doctor(fb), spending_check(fb)]
    _show(checks, as_data=as_data, quiet=quiet)
    raise typer.Exit(1 if any(check.state == "wrong" for check in checks) else 0)


def _check_fault(fault: str, *, sandbox: bool) -> None:
    """List the faults and exit, or raise `ParameterError` if there is no such fault."""
    from admonster_fb.cli.sandbox_login import faults

    if fault == "list":
        write("\n".join(faults()))
        raise typer.Exit
    if not sandbox or fault not in faults():
        allowed = f"one of {', '.join(faults())}" if sandbox else "only with --sandbox"
        raise ParameterError([Violation("fault", fault, allowed)])


def _sources() -> Check:
    """Return where the settings come from: which file was read, and what it sets."""
    from admonster_fb import variables
    from admonster_fb.workflows.doctor import Check

    path = Path(".env").absolute()
    names = ", ".join(name for name in variables.read_file(path) if not os.environ.get(name))
    file = f", and {path}: {names or 'nothing more'}" if path.is_file() else f"; no {path}"
    return Check("settings", "ok", f"the environment{file}")


def _show(checks: list[Check], *, as_data: bool, quiet: bool) -> None:
    from rich.console import Console
    from rich.text import Text

    shown = [check for check in checks if not quiet or check.state in ("wrong", "warning")]
    if as_data:
        print_json([asdict(check) for check in shown])
    if as_data or not shown:
        return
    width = max(len(check.name) for check in shown)
    console = Console(soft_wrap=True, highlight=False)
    for check in shown:
        mark, style = _MARKS[check.state]
        console.print(Text(f"{mark} {check.name:<{width}}  {check.found}", style=style))
        if check.todo:
            console.print(Text(f"  {'':<{width}}  → {check.todo}"))
    wrong = sum(check.state == "wrong" for check in shown)
    if len(shown) > 1:
        console.print(Text(f"{wrong} wrong." if wrong else "All checks passed."))
