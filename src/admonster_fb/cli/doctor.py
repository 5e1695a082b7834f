"""`admonster-fb doctor`: what is missing before ads can run, and what to do about it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from admonster_fb.bot.host import connect
from admonster_fb.cli import sandbox_login
from admonster_fb.cli.output import CONNECTION, Account, AsJson, Sandbox, TokenName, fail, write
from admonster_fb.errors import FacebookAdsError, ParameterError, Violation
from admonster_fb.workflows.doctor import Check, doctor

_MARKS = {"ok": ("✓", ""), "warning": ("!", "yellow"), "wrong": ("✗", "red"), "skipped": ("-", "dim")}


def add(app: typer.Typer) -> None:
    """Add the command to an app."""
    app.command(name="doctor", epilog=CONNECTION)(check_up)


def check_up(
    as_data: AsJson = False,
    account: Account = None,
    name: TokenName = None,
    sandbox: Sandbox = False,
    fault: Annotated[
        str | None, typer.Option(help="With --sandbox: break this first, to see what is said of it; `list` lists them.")
    ] = None,
) -> None:
    """Check all that must be in place to run ads, and say what to do about each; exit 1 if something is wrong."""
    try:
        if fault is not None:
            _known_fault(fault, sandbox=sandbox)
        facade = (
            sandbox_login.ailing(fault, account)
            if sandbox
            else connect(sandbox=False, account=account, token_name=name)
        )
        with facade as fb:
            checks = doctor(fb)
    except FacebookAdsError as error:
        fail(error, as_data=as_data)
    if as_data:
        write(json.dumps([asdict(check) for check in checks]))
    else:
        _print(checks)
    raise typer.Exit(1 if any(check.state == "wrong" for check in checks) else 0)


def _known_fault(fault: str, *, sandbox: bool) -> None:
    known = sandbox_login.faults()
    if fault == "list":
        write("\n".join(known))
        raise typer.Exit
    if not sandbox or fault not in known:
        allowed = f"one of {', '.join(known)}" if sandbox else "only with --sandbox"
        raise ParameterError([Violation("fault", fault, allowed)])


def _print(checks: list[Check]) -> None:
    """Print what was found, a line each, and under it what to do."""
    width = max(len(check.name) for check in checks)
    console = Console(soft_wrap=True, highlight=False)
    for check in checks:
        mark, style = _MARKS[check.state]
        console.print(Text(f"{mark} {check.name:<{width}}  {check.found}", style=style))
        if check.todo:
            console.print(Text(f"  {'':<{width}}  → {check.todo}"))
    wrong = sum(check.state == "wrong" for check in checks)
    console.print(Text(f"{wrong} wrong." if wrong else "All that is needed is in place."))
