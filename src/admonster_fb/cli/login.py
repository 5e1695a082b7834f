"""`admonster-fb login`: sign in from a terminal, in a browser or with a pasted address."""

from __future__ import annotations

import functools
import sys
import webbrowser
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from admonster_fb.cli.output import Sandbox, TokenName, fail, write
from admonster_fb.errors import FacebookAdsError

if TYPE_CHECKING:
    from admonster_fb.auth.login import Login
    from admonster_fb.auth.token import Token

    MakeLogin = Callable[[str | None], Login]
    """Returns the sign-in for a redirect address; `None` for the one in the environment."""

_OVERRIDDEN = "FACEBOOK_ACCESS_TOKEN is set and takes precedence: unset it to use this token."
SETUP = "To create an app: docs/oauth-setup.md."


def add(app: typer.Typer) -> None:
    """Add the command to an app."""
    app.command(epilog=SETUP)(login)


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

    requested = (scopes or "").replace(",", " ").split()
    try:
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
            _report(token)
            write("This was the sandbox, not Meta: the token is gone." if sandbox else _store(env, name, token))
    except FacebookAdsError as error:
        fail(error)


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


def _report(token: Token) -> None:
    from admonster_fb.auth.scopes import missing_scopes

    until = f"is valid until {token.expires_at:%Y-%m-%d}" if token.expires_at else "does not expire"
    write(f"Signed in as user {token.user_id or 'unknown'}; the token {until}.")
    if token.scopes:
        write(f"Granted: {', '.join(token.scopes)}")
    if lacking := missing_scopes(token.scopes) if token.scopes else ():
        write(f"Not granted: {', '.join(lacking)}. To request them again: admonster-fb login --rerequest")


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
