"""`admonster-fb whoami`, `accounts`, `token`: whose token is in use, what it sees, its renewal and its end."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console

from admonster_fb.auth.token import TokenStatus
from admonster_fb.bot.host import EXIT_CODES, connect, jsonable
from admonster_fb.cli.output import CONNECTION, AsJson, Sandbox, TokenName, fail, write
from admonster_fb.cli.tables import table
from admonster_fb.client import FacebookAds
from admonster_fb.errors import FacebookAdsError
from admonster_fb.services.adaccounts import BusinessAccounts

tokens = typer.Typer(help="The access token in use.", no_args_is_help=True)


def add(app: typer.Typer) -> None:
    """Add the commands to an app."""
    app.command(epilog=CONNECTION)(whoami)
    app.command(epilog=CONNECTION)(accounts)
    app.add_typer(tokens, name="token")


@contextmanager
def _connected(name: str | None, *, sandbox: bool, as_data: bool = False) -> Iterator[FacebookAds]:
    """Connect for a block; an error of ours in it ends the command."""
    try:
        with connect(sandbox=sandbox, account=None, token_name=name) as fb:
            yield fb
    except FacebookAdsError as error:
        fail(error, as_data=as_data)


def whoami(as_data: AsJson = False, name: TokenName = None, sandbox: Sandbox = False) -> None:
    """Say whose token is in use, of which app, with which scopes, until when."""
    with _connected(name, sandbox=sandbox, as_data=as_data) as fb:
        me = fb.api.call("GET", "me", {"fields": "id,name"}).json()
        found = fb.token.status()
    if as_data:
        write(json.dumps({"id": me.get("id"), "name": me.get("name"), **_told(found)}))
        return
    write(f"{me.get('name')} ({me.get('id')})")
    _show(found)


def accounts(as_data: AsJson = False, name: TokenName = None, sandbox: Sandbox = False) -> None:
    """List the ad accounts that the token sees."""
    with _connected(name, sandbox=sandbox, as_data=as_data) as fb:
        groups = fb.adaccounts.by_business()
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
def status(as_data: AsJson = False, name: TokenName = None, sandbox: Sandbox = False) -> None:
    """Say what Meta says of the token; exit 3 if it is dead."""
    with _connected(name, sandbox=sandbox, as_data=as_data) as fb:
        found = fb.token.status()
    if as_data:
        write(json.dumps(_told(found)))
    else:
        _show(found)
    raise typer.Exit(0 if found.valid else EXIT_CODES["AuthenticationError"])


@tokens.command(epilog=CONNECTION)
def renew(name: TokenName = None, sandbox: Sandbox = False) -> None:
    """Exchange the token for one that lives 60 days from now."""
    with _connected(name, sandbox=sandbox) as fb:
        if not sandbox and fb.token.tokens is None:  # nothing would keep the new one, and it must not be printed
            told = "the token comes from the environment or .env, which cannot keep another"
            advice = "Log in: admonster-fb login; a stored token renews itself. Then take FACEBOOK_ACCESS_TOKEN away."
            raise FacebookAdsError(told, advice=advice)
        fresh = fb.token.renew()
    write(f"The token is valid until {fresh.expires_at:%Y-%m-%d}." if fresh.expires_at else "The token has no end.")


@tokens.command(epilog=CONNECTION)
def revoke(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    name: TokenName = None,
    sandbox: Sandbox = False,
) -> None:
    """Take the app's access away at Meta, and forget the token."""
    if not yes:
        typer.confirm("Every token of this user for this app ends, wherever it is used. Go on?", abort=True)
    with _connected(name, sandbox=sandbox) as fb:
        fb.token.revoke()
    write("Revoked.")


def _show(found: TokenStatus) -> None:
    """Print what is known of a token."""
    never = "never" if found.expiry_known else "unknown"
    until = f"{found.expires_at:%Y-%m-%d %H:%M} UTC" if found.expires_at else never
    told = found.valid or found.app_id  # a token that is there
    rows = {
        "token": "valid" if found.valid else f"not valid: {found.error}",
        "kind": found.kind if told else "",
        "user": found.user_id,
        "app": f"{found.application} {found.app_id}".strip(),
        "expires": until if told else "",
        "data access": f"until {found.data_access_expires_at:%Y-%m-%d}" if found.data_access_expires_at else "",
        "granted": ", ".join(found.scopes),
        "declined": ", ".join(found.declined),
        "missing": ", ".join(found.missing),
        "to do": found.todo,
    }
    width = max(len(row) for row in rows)
    write("\n".join(f"{row:<{width}}  {said}" for row, said in rows.items() if said))


def _told(found: TokenStatus) -> dict[str, Any]:
    return dict(jsonable(found))
