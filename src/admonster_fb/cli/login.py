"""`admonster-fb login`, `whoami`, `accounts`, `token`, `doctor`: sign in, the token, and what ads need to run."""

from __future__ import annotations

import functools
import os
import sys
import webbrowser
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from admonster_fb.bot.host import EXIT_CODES, connect, jsonable, spending_check
from admonster_fb.cli import output
from admonster_fb.cli.output import CONNECTION, Account, AsJson, Quiet, Sandbox, TokenName, print_either, write
from admonster_fb.errors import FacebookAdsError, ParameterError, Violation

if TYPE_CHECKING:
    from admonster_fb.auth.login import Login
    from admonster_fb.auth.token import Token, TokenStatus
    from admonster_fb.workflows.doctor import Check

    MakeLogin = Callable[[str | None], Login]
    """Returns the sign-in for a redirect address; `None` for the one in the environment."""

_OVERRIDDEN = "FACEBOOK_ACCESS_TOKEN is set and takes precedence: unset it to use this token."
tokens = typer.Typer(help="The access token in use.", no_args_is_help=True)
SETUP = "To create an app: docs/oauth-setup.md."
_MARKS = {"ok": ("✓", ""), "warning": ("!", "yellow"), "wrong": ("✗", "red"), "skipped": ("-", "dim")}


def login(
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the link, and read the address that the browser ends at.")
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="The port of this machine for the redirect; the app must allow http://localhost:PORT/callback. "
            "Default: 8917.",
        ),
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for the browser.")] = 300,
    scopes: Annotated[str | None, typer.Option(help="Scopes instead of the default: ads_read,ads_management")] = None,
    rerequest: Annotated[bool, typer.Option("--rerequest", help="Request declined scopes again.")] = False,
    name: TokenName = None,
    sandbox: Sandbox = False,
) -> None:
    """Sign in to Facebook and store the token, encrypted."""
    from admonster_fb import variables
    from admonster_fb.auth import environment
    from admonster_fb.auth.scopes import missing_scopes

    requested = (scopes or "").replace(",", " ").split()
    with output.failing():
        env = variables.read()
        with ExitStack() as stack:
            if sandbox:
                from admonster_fb.cli.sandbox_login import serve_login

                env |= stack.enter_context(serve_login())
            else:
                environment.login(env)  # a missing setting is reported now, not after the user has signed in
                environment.store(env).check()
            make = functools.partial(environment.login, env, scopes=requested)
            if no_browser:
                token = _paste(make(None), rerequest=rerequest)
            else:
                default = 0 if sandbox else environment.PORT
                token = _in_browser(make, default if port is None else port, timeout, rerequest=rerequest)
            until = f"is valid until {token.expires_at:%Y-%m-%d}" if token.expires_at else "does not expire"
            write(f"Signed in as user {token.user_id or 'unknown'}; the token {until}.")
            if token.scopes:
                write(f"Granted: {', '.join(token.scopes)}")
                if lacking := missing_scopes(token.scopes):
                    again = "To request them again: admonster-fb login --rerequest"
                    write(f"Not granted: {', '.join(lacking)}. {again}")
            write("This was the sandbox, not Meta: the token is gone." if sandbox else _store(env, name, token))


def _in_browser(make: MakeLogin, port: int, timeout: float, *, rerequest: bool) -> Token:
    from admonster_fb.auth.callback_server import listen

    pending: Login
    with listen(lambda url: pending.finish(url), port) as listener:
        pending = make(listener.redirect_uri)
        link = pending.url(rerequest=rerequest)
        listener.expect(link)
        write(f"Sign in with Facebook: {link}")
        if not webbrowser.open(link):
            write("No browser could be opened: open the link on this machine.")
        write(f"Waiting for the redirect to {listener.redirect_uri}, for {timeout:.0f} s …")
        return listener.wait(timeout)


def _paste(pending: Login, *, rerequest: bool) -> Token:
    write(f"Sign in with Facebook: {pending.url(rerequest=rerequest)}")
    write(f"The browser ends at an address that begins with {pending.redirect_uri}; that page need not exist.")
    sys.stdout.write("Paste the whole address here: ")
    sys.stdout.flush()
    return pending.finish(sys.stdin.readline().strip())


def _store(env: dict[str, str], token_name: str | None, token: Token) -> str:
    """Store a token, and return where it is and what comes next."""
    from admonster_fb.auth import environment

    settings = environment.with_token_name(env, token_name)
    store, name = environment.store(settings), environment.token_name(settings)
    with store.locked(name):
        store.save(name, token)
    lines = [
        f'Stored, encrypted, in {environment.path(settings)} as "{name}".',
        *([_OVERRIDDEN] if "FACEBOOK_ACCESS_TOKEN" in env else []),
        "Next: admonster-fb doctor",
    ]
    return "\n".join(lines)


def whoami(as_data: AsJson = False, name: TokenName = None, sandbox: Sandbox = False) -> None:
    """Show the user, app, scopes and expiry of the token in use."""
    with output.connected(sandbox=sandbox, token_name=name, as_data=as_data) as fb:
        me = fb.api.call("GET", "me", {"fields": "id,name"}).json()
        status = fb.token.status()
    data = {"id": me.get("id"), "name": me.get("name"), **jsonable(status)}
    print_either(data, f"{me.get('name')} ({me.get('id')})\n{_about(status)}", as_data=as_data)


def accounts(as_data: AsJson = False, name: TokenName = None, sandbox: Sandbox = False) -> None:
    """List the ad accounts that the token can access."""
    with output.connected(sandbox=sandbox, token_name=name, as_data=as_data) as fb:
        groups = fb.adaccounts.by_business()
    rows = []
    for group in groups:
        owner = group.business.name if group.business else "personal"
        for account in group.accounts:
            cells = (account.id, account.name, account.currency, account.timezone_name, owner)
            rows.append(tuple(str(cell or "") for cell in cells))
    output.print_rows(("id", "name", "currency", "time zone", "business"), rows, as_data=as_data)


@tokens.command(epilog=CONNECTION)
def status(as_data: AsJson = False, name: TokenName = None, sandbox: Sandbox = False) -> None:
    """Show what Meta knows of the token. Exit 3 if it is no longer valid."""
    with output.connected(sandbox=sandbox, token_name=name, as_data=as_data) as fb:
        found = fb.token.status()
    print_either(jsonable(found), _about(found), as_data=as_data)
    raise typer.Exit(0 if found.valid else EXIT_CODES["AuthenticationError"])


@tokens.command(epilog=CONNECTION)
def renew(as_data: AsJson = False, name: TokenName = None, sandbox: Sandbox = False) -> None:
    """Exchange the token for one that is valid for 60 days."""
    with output.connected(sandbox=sandbox, token_name=name, as_data=as_data) as fb:
        if not sandbox and fb.token.tokens is None:  # the new token could not be stored, and must not be printed
            raise FacebookAdsError(
                "the token comes from the environment or .env, where a new one cannot be stored",
                advice="Log in: admonster-fb login; a stored token renews itself. Then unset FACEBOOK_ACCESS_TOKEN.",
            )
        fresh = fb.token.renew()
    text = f"The token is valid until {fresh.expires_at:%Y-%m-%d}." if fresh.expires_at else "It does not expire."
    print_either({"expires_at": jsonable(fresh.expires_at)}, text, as_data=as_data)


@tokens.command(epilog=CONNECTION)
def revoke(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_data: AsJson = False,
    name: TokenName = None,
    sandbox: Sandbox = False,
) -> None:
    """Revoke the app's access at Meta, and delete the stored token."""
    if not yes:
        question = "This ends all tokens of this user for this app, wherever they are used. Continue?"
        typer.confirm(question, abort=True)
    with output.connected(sandbox=sandbox, token_name=name, as_data=as_data) as fb:
        fb.token.revoke()
    print_either({"revoked": True}, "Revoked.", as_data=as_data)


def _about(status: TokenStatus) -> str:
    never = "never" if status.expiry_known else "unknown"
    until = f"{status.expires_at:%Y-%m-%d %H:%M} UTC" if status.expires_at else never
    exists = status.valid or status.app_id
    data_access = status.data_access_expires_at
    rows = {
        "token": "valid" if status.valid else f"not valid: {status.error}",
        "kind": status.kind if exists else "",
        "user": status.user_id,
        "app": f"{status.application} {status.app_id}".strip(),
        "expires": until if exists else "",
        "data access": f"until {data_access:%Y-%m-%d}" if data_access else "",
        "granted": ", ".join(status.scopes),
        "declined": ", ".join(status.declined),
        "missing": ", ".join(status.missing),
        "to do": status.todo,
    }
    width = max(len(row) for row in rows)
    return "\n".join(f"{row:<{width}}  {value}" for row, value in rows.items() if value)


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
    with output.failing(as_data=as_data):
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
        output.print_json([asdict(check) for check in shown])
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
