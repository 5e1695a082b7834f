"""`admonster-fb login`, `whoami`, `accounts`, `token`, `doctor`: signing in at a terminal, and what is missing."""

from __future__ import annotations

import json
import os
import sys
import webbrowser
from contextlib import ExitStack
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from admonster_fb import sandbox_login
from admonster_fb.auth import environment
from admonster_fb.auth.login import Login
from admonster_fb.auth.scopes import missing
from admonster_fb.auth.token import Token, TokenStatus
from admonster_fb.client import FacebookAds
from admonster_fb.errors import FacebookAdsError, ParameterError, Violation
from admonster_fb.faces import EXIT_CODES, connect, jsonable
from admonster_fb.loopback import Listener, listen
from admonster_fb.services.adaccounts import BusinessAccounts
from admonster_fb.tables import table
from admonster_fb.terminal import CONNECTION, Account, Sandbox, fail, write
from admonster_fb.workflows.doctor import Check, doctor

app = typer.Typer()
tokens = typer.Typer(help="The access token in use.", no_args_is_help=True)
app.add_typer(tokens, name="token")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, errors too.")]
As = Annotated[str | None, typer.Option("--as", help="The name the token is kept under.", metavar="NAME")]
SETUP = "How to make an app: docs/oauth-setup.md."


def _named(name: str | None) -> None:
    """Let a name given on the command line go before the environment's."""
    if name:
        os.environ["FACEBOOK_TOKEN_NAME"] = name


@app.command(epilog=SETUP)
def login(
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the link, and take the address you end at.")
    ] = False,
    port: Annotated[
        int, typer.Option(help="Where the browser comes back to: the app must allow http://localhost:PORT/callback.")
    ] = environment.PORT,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for the browser.")] = 300,
    scopes: Annotated[str | None, typer.Option(help="Other scopes than usual: ads_read,ads_management")] = None,
    rerequest: Annotated[bool, typer.Option("--rerequest", help="Ask again for what was declined.")] = False,
    name: As = None,
    sandbox: Sandbox = False,
) -> None:
    """Sign in to Facebook and keep the token, encrypted."""
    _named(name)
    env, asked = environment.read(), (scopes or "").replace(",", " ").split()
    try:
        with ExitStack() as open_until_the_end:
            if sandbox:
                played = open_until_the_end.enter_context(sandbox_login.served())
                make = played.login
                port = port if port != environment.PORT else 0
            else:
                make = _of_the_environment
            if no_browser:
                token = _pasted(make(env, None, asked), rerequest=rerequest)
            else:
                token = _in_the_browser(make, env, asked, port, timeout, rerequest=rerequest)
            kept = "" if sandbox else _keep(env, token)
            _tell(token, kept)
    except FacebookAdsError as error:
        fail(error)


def _of_the_environment(env: dict[str, str], redirect_uri: str | None, scopes: list[str]) -> Login:
    return environment.login(env, redirect_uri, scopes=scopes)


def _in_the_browser(
    make: Any, env: dict[str, str], scopes: list[str], port: int, timeout: float, *, rerequest: bool
) -> Token:
    """Open the dialog, and finish with what the browser brings back."""
    begun: list[Login] = []
    with listen(lambda url: begun[0].finish(url), port) as listener:
        begun.append(make(env, listener.redirect_uri, scopes))
        return _waited(begun[0], listener, timeout, rerequest=rerequest)


def _waited(signing_in: Login, listener: Listener[Token], timeout: float, *, rerequest: bool) -> Token:
    link = signing_in.url(rerequest=rerequest)
    write(f"Sign in with Facebook: {link}")
    if not webbrowser.open(link):
        write("No browser could be opened: open the link by hand, on this machine.")
    write(f"Waiting for it at {listener.redirect_uri}, for {timeout:.0f} s …")
    return listener.wait(timeout)


def _pasted(signing_in: Login, *, rerequest: bool) -> Token:
    """Print the link, and finish with the address that is pasted."""
    write(f"Sign in with Facebook: {signing_in.url(rerequest=rerequest)}")
    write(f"You end at an address that begins with {signing_in.redirect_uri}; that page need not exist.")
    sys.stdout.write("Paste the whole address here: ")
    sys.stdout.flush()
    return signing_in.finish(sys.stdin.readline().strip())


def _keep(env: dict[str, str], token: Token) -> str:
    """Store a token and return where it is."""
    store, name = environment.store(env), environment.name(env)
    with store.locked(name):
        store.save(name, token)
    return f'Kept, encrypted, in {environment.path(env)} as "{name}".'


def _tell(token: Token, kept: str) -> None:
    until = f"until {token.expires_at:%Y-%m-%d}" if token.expires_at else "without end"
    write(f"Signed in as user {token.user_id or 'unknown'}; the token is valid {until}.")
    if token.scopes:
        write(f"Granted: {', '.join(token.scopes)}")
    if lacking := missing(token.scopes) if token.scopes else ():
        write(f"Not granted: {', '.join(each.replace('|', ' or ') for each in lacking)}. Again: login --rerequest")
    write(kept or "This was the sandbox, which is not Meta: the token is gone.")
    if kept:
        write("Next: admonster-fb doctor")


@app.command(epilog=CONNECTION)
def whoami(as_data: AsJson = False, name: As = None, sandbox: Sandbox = False) -> None:
    """Say whose token is in use, of which app, with which scopes, until when."""
    _named(name)
    try:
        with connect(sandbox=sandbox, account=None) as fb:
            me = fb.api.call("GET", "me", {"fields": "id,name"}).json()
            status = fb.token.status()
    except FacebookAdsError as error:
        fail(error, as_data=as_data)
    if as_data:
        write(json.dumps({"id": me.get("id"), "name": me.get("name"), **_told(status)}))
        return
    write(f"{me.get('name')} ({me.get('id')})")
    _show(status)


@app.command(epilog=CONNECTION)
def accounts(as_data: AsJson = False, name: As = None, sandbox: Sandbox = False) -> None:
    """List the ad accounts that the token sees."""
    _named(name)
    try:
        with connect(sandbox=sandbox, account=None) as fb:
            groups = fb.adaccounts.by_business()
    except FacebookAdsError as error:
        fail(error, as_data=as_data)
    rows = [
        tuple(str(told or "") for told in (each.id, each.name, each.currency, each.timezone_name, _owner(whose)))
        for whose in groups
        for each in whose.accounts
    ]
    columns = ("id", "name", "currency", "time zone", "business")
    if as_data:
        write(json.dumps([dict(zip(columns, row, strict=True)) for row in rows]))
    elif sys.stdout.isatty():
        Console().print(table(columns, rows))
    else:
        sys.stdout.writelines("\t".join(row) + "\n" for row in rows)


def _owner(whose: BusinessAccounts) -> str | None:
    return whose.business.name if whose.business else "personal"


@tokens.command(epilog=CONNECTION)
def status(as_data: AsJson = False, name: As = None, sandbox: Sandbox = False) -> None:
    """Say what Meta says of the token; exit 3 if it is dead."""
    _named(name)
    try:
        with connect(sandbox=sandbox, account=None) as fb:
            found = fb.token.status()
    except FacebookAdsError as error:
        fail(error, as_data=as_data)
    if as_data:
        write(json.dumps(_told(found)))
    else:
        _show(found)
    raise typer.Exit(0 if found.valid else EXIT_CODES["AuthenticationError"])


@tokens.command(epilog=CONNECTION)
def renew(name: As = None, sandbox: Sandbox = False) -> None:
    """Exchange the token for one that lives 60 days from now."""
    _named(name)
    try:
        with connect(sandbox=sandbox, account=None) as fb:
            _must_be_stored(fb)
            fresh = fb.token.renew()
    except FacebookAdsError as error:
        fail(error)
    write(f"The token is valid until {fresh.expires_at:%Y-%m-%d}." if fresh.expires_at else "The token has no end.")


@tokens.command(epilog=CONNECTION)
def revoke(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False, name: As = None, sandbox: Sandbox = False
) -> None:
    """Take the app's access away at Meta, and forget the token."""
    _named(name)
    if not yes:
        typer.confirm("Every token of this user for this app ends, wherever it is used. Go on?", abort=True)
    try:
        with connect(sandbox=sandbox, account=None) as fb:
            fb.token.revoke()
    except FacebookAdsError as error:
        fail(error)
    write("Revoked.")


def _must_be_stored(fb: FacebookAds) -> None:
    """Refuse to renew a token that nothing would keep: the new one must not be printed."""
    if fb.token.tokens is None and os.environ.get("FACEBOOK_ACCESS_TOKEN"):
        advice = "Log in: admonster-fb login; a stored token renews itself. Then take FACEBOOK_ACCESS_TOKEN away."
        raise FacebookAdsError("the token comes from the environment, which cannot keep another", advice=advice)


@app.command(name="doctor", epilog=CONNECTION)
def check_up(
    as_data: AsJson = False,
    account: Account = None,
    name: As = None,
    sandbox: Sandbox = False,
    fault: Annotated[
        str | None, typer.Option(help="With --sandbox: break this first, to see what is said of it; `list` lists them.")
    ] = None,
) -> None:
    """Check all that must be in place to run ads, and say what to do about each; exit 1 if something is wrong."""
    _named(name)
    try:
        if fault is not None:
            _known_fault(fault, sandbox=sandbox)
        facade = sandbox_login.ailing(fault, account) if sandbox else connect(sandbox=False, account=account)
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


_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "wrong": ("✗", "red"), "skipped": ("-", "dim")}


def _print(checks: list[Check]) -> None:
    """Print what was found, a line each, and under it what to do."""
    width = max(len(check.name) for check in checks)
    console = Console(soft_wrap=True, highlight=False)
    for check in checks:
        mark, style = _MARKS[check.state]
        console.print(Text(f"{mark} {check.name:<{width}}  {check.found}", style=style if check.state != "ok" else ""))
        if check.todo:
            console.print(Text(f"  {'':<{width}}  → {check.todo}"))
    wrong = sum(check.state == "wrong" for check in checks)
    console.print(Text(f"{wrong} wrong." if wrong else "All that is needed is in place."))


def _show(found: TokenStatus) -> None:
    """Print what is known of a token."""
    never = "never" if found.expiry_known else "unknown"
    until = f"{found.expires_at:%Y-%m-%d %H:%M} UTC" if found.expires_at else never
    rows = {
        "token": "valid" if found.valid else f"not valid: {found.error}",
        "kind": found.kind,
        "user": found.user_id,
        "app": f"{found.application} {found.app_id}".strip(),
        "expires": until,
        "data access": f"until {found.data_access_expires_at:%Y-%m-%d}" if found.data_access_expires_at else "",
        "granted": ", ".join(found.scopes),
        "declined": ", ".join(found.declined),
        "missing": ", ".join(each.replace("|", " or ") for each in found.missing),
        "to do": found.todo,
    }
    width = max(len(row) for row in rows)
    write("\n".join(f"{row:<{width}}  {said}" for row, said in rows.items() if said))


def _told(found: TokenStatus) -> dict[str, Any]:
    return dict(jsonable(found))
