"""`admonster-fb login`: signing in at a terminal, in the browser or with a pasted address."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Callable
from contextlib import ExitStack
from typing import Annotated

import typer

from admonster_fb.auth import environment
from admonster_fb.auth.callback_server import listen
from admonster_fb.auth.login import Login
from admonster_fb.auth.scopes import missing_scopes
from admonster_fb.auth.token import Token
from admonster_fb.cli import sandbox_login
from admonster_fb.cli.output import Sandbox, TokenName, fail, write
from admonster_fb.errors import FacebookAdsError

Make = Callable[[str | None], Login]
"""Returns the sign-in that comes back to an address; `None` is the one that the environment says."""
_INSTEAD = "But FACEBOOK_ACCESS_TOKEN is set and goes before it: take that away."
SETUP = "How to make an app: docs/oauth-setup.md."


def add(app: typer.Typer) -> None:
    """Add the command to an app."""
    app.command(epilog=SETUP)(login)


def login(
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the link, and take the address you end at.")
    ] = False,
    port: Annotated[
        int,
        typer.Option(
            min=0,
            max=65535,
            help="Where the browser comes back to: the app must allow http://localhost:PORT/callback.",
        ),
    ] = environment.PORT,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for the browser.")] = 300,
    scopes: Annotated[str | None, typer.Option(help="Other scopes than usual: ads_read,ads_management")] = None,
    rerequest: Annotated[bool, typer.Option("--rerequest", help="Ask again for what was declined.")] = False,
    name: TokenName = None,
    sandbox: Sandbox = False,
) -> None:
    """Sign in to Facebook and keep the token, encrypted."""
    env, asked = environment.read(), (scopes or "").replace(",", " ").split()
    try:
        if not sandbox:
            environment.login(env)  # what is missing is said first, and not when the user has signed in
            environment.store(env).check()
        with ExitStack() as until_the_end:
            make: Make = lambda back_to: environment.login(env, back_to, scopes=asked)  # noqa: E731
            if sandbox:
                played = until_the_end.enter_context(sandbox_login.served())
                make = lambda back_to: played.login(env, back_to, asked)  # noqa: E731
                port = port if port != environment.PORT else 0
            if no_browser:
                token = _pasted(make(None), rerequest=rerequest)
            else:
                token = _in_the_browser(make, port, timeout, rerequest=rerequest)
            _tell(token)
            write("This was the sandbox, which is not Meta: the token is gone." if sandbox else _keep(env, name, token))
    except FacebookAdsError as error:
        fail(error)


def _in_the_browser(make: Make, port: int, timeout: float, *, rerequest: bool) -> Token:
    """Open the dialog, and finish with what the browser brings back."""
    signing_in: Login
    with listen(lambda url: signing_in.finish(url), port) as listener:
        signing_in = make(listener.redirect_uri)
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


def _tell(token: Token) -> None:
    until = f"until {token.expires_at:%Y-%m-%d}" if token.expires_at else "without end"
    write(f"Signed in as user {token.user_id or 'unknown'}; the token is valid {until}.")
    if token.scopes:
        write(f"Granted: {', '.join(token.scopes)}")
    if lacking := missing_scopes(token.scopes) if token.scopes else ():
        write(f"Not granted: {', '.join(lacking)}. Again: login --rerequest")


def _keep(env: dict[str, str], token_name: str | None, token: Token) -> str:
    """Store a token, and return where it is and what comes next."""
    ours = environment.with_token_name(env, token_name)
    store, name = environment.store(ours), environment.token_name(ours)
    with store.locked(name):
        store.save(name, token)
    lines = [
        f'Kept, encrypted, in {environment.path(ours)} as "{name}".',
        *([_INSTEAD] if "FACEBOOK_ACCESS_TOKEN" in env else []),
        "Next: admonster-fb doctor",
    ]
    return "\n".join(lines)
