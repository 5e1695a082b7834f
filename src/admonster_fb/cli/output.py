"""What the commands share: options, the connection in words, and how an error ends them."""

from __future__ import annotations

import json
import sys
from typing import Annotated, NoReturn

import typer

from admonster_fb.bot import ToolResult
from admonster_fb.bot.host import as_json, exit_code
from admonster_fb.bot.render import errors as explained
from admonster_fb.errors import MISSING, FacebookAdsError, ParameterError

NO_TOKEN = (
    "No access token: log in with admonster-fb login, set FACEBOOK_ACCESS_TOKEN in the environment or in .env, "  # noqa: S105
    "or try --sandbox."
)
CONNECTION = (
    "The connection is what the environment or .env says: FACEBOOK_ACCESS_TOKEN, FACEBOOK_AD_ACCOUNT_ID and others; "
    "without a token there, the one that admonster-fb login has stored. "
    "--sandbox is a new sandbox each time, which is not Meta and forgets all at the end; for one that lasts, run "
    "python -m admonster_fb.sandbox and set FACEBOOK_ENDPOINT and FACEBOOK_ACCESS_TOKEN to what it prints."
)

Sandbox = Annotated[bool, typer.Option("--sandbox", help="A new sandbox in this process instead of Meta.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, errors too.")]
TokenName = Annotated[str | None, typer.Option("--as", help="The name the token is kept under.", metavar="NAME")]
Account = Annotated[str | None, typer.Option(help="The ad account for ops that are given none.")]


def write(text: str) -> None:
    """Print a text.

    >>> write("done")
    done
    """
    sys.stdout.write(f"{text}\n")


def fail(error: FacebookAdsError, *, as_data: bool = False) -> NoReturn:
    """Print an error that no op answered, and exit."""
    result = ToolResult(False, explained.text(error), error=explained.data(error))
    if as_data:
        write(json.dumps(as_json(result)))
    stop(NO_TOKEN if _is_no_token(error) else told(result), exit_code(result))


def told(result: ToolResult) -> str:
    """Return the text of an error, and how a person at a terminal logs in if that is what it takes.

    >>> told(ToolResult(False, "ERROR", error={"type": "AuthenticationError"})).splitlines()
    ['ERROR', 'At a terminal: admonster-fb login']
    """
    error = result.error or {}
    if error.get("type") == "AuthenticationError":
        return f"{result.text}\nAt a terminal: admonster-fb login"
    return f"{result.text}\nAt a terminal: admonster-fb login --rerequest" if error.get("login_url") else result.text


def _is_no_token(error: FacebookAdsError) -> bool:
    violations = error.violations if isinstance(error, ParameterError) else ()
    return any(violation.field == "access_token" and violation.given is MISSING for violation in violations)


def stop(text: str, code: int) -> NoReturn:
    """Print a text on stderr and exit."""
    sys.stderr.write(f"{text}\n")
    raise typer.Exit(code)
