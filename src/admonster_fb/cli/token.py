"""`admonster-fb whoami`, `accounts`, `token`: the token in use, the accounts it sees, its renewal and revocation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from admonster_fb.bot.host import EXIT_CODES, jsonable
from admonster_fb.cli.output import CONNECTION, AsJson, Sandbox, TokenName, connected, print_either, print_rows
from admonster_fb.errors import FacebookAdsError

if TYPE_CHECKING:
    from admonster_fb.auth.token import TokenStatus

tokens = typer.Typer(help="The access token in use.", no_args_is_help=True)


def add(app: typer.Typer) -> None:
    """Add the commands to an app."""
    app.command(epilog=CONNECTION)(whoami)
    app.command(epilog=CONNECTION)(accounts)
    app.add_typer(tokens, name="token")


def whoami(as_data: AsJson = False, name: TokenName = None, sandbox: Sandbox = False) -> None:
    """Show the user, app, scopes and expiry of the token in use."""
    with connected(sandbox=sandbox, token_name=name, as_data=as_data) as fb:
        me = fb.api.call("GET", "me", {"fields": "id,name"}).json()
        status = fb.token.status()
    data = {"id": me.get("id"), "name": me.get("name"), **jsonable(status)}
    print_either(data, f"{me.get('name')} ({me.get('id')})\n{_about(status)}", as_data=as_data)


def accounts(as_data: AsJson = False, name: TokenName = None, sandbox: Sandbox = False) -> None:
    """List the ad accounts that the token can access."""
    with connected(sandbox=sandbox, token_name=name, as_data=as_data) as fb:
        groups = fb.adaccounts.by_business()
    columns = ("id", "name", "currency", "time zone", "business")
    rows = []
    for group in groups:
        owner = group.business.name if group.business else "personal"
        for account in group.accounts:
            cells = (account.id, account.name, account.currency, account.timezone_name, owner)
            rows.append(tuple(str(cell or "") for cell in cells))
    print_rows(columns, rows, as_data=as_data)


@tokens.command(epilog=CONNECTION)
def status(as_data: AsJson = False, name: TokenName = None, sandbox: Sandbox = False) -> None:
    """Show what Meta knows of the token. Exit 3 if it is no longer valid."""
    with connected(sandbox=sandbox, token_name=name, as_data=as_data) as fb:
        found = fb.token.status()
    print_either(jsonable(found), _about(found), as_data=as_data)
    raise typer.Exit(0 if found.valid else EXIT_CODES["AuthenticationError"])


@tokens.command(epilog=CONNECTION)
def renew(as_data: AsJson = False, name: TokenName = None, sandbox: Sandbox = False) -> None:
    """Exchange the token for one that is valid for 60 days."""
    with connected(sandbox=sandbox, token_name=name, as_data=as_data) as fb:
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
    with connected(sandbox=sandbox, token_name=name, as_data=as_data) as fb:
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
