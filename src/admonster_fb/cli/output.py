"""Shared by all commands: options, connections, printing, and how an error ends a command."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from admonster_fb.bot.host import as_json, connect, exit_code
from admonster_fb.errors import MISSING, FacebookAdsError, ParameterError

if TYPE_CHECKING:
    from admonster_fb.bot import ToolResult
    from admonster_fb.client import FacebookAds

NO_TOKEN = (
    "No access token: log in with admonster-fb login, set FACEBOOK_ACCESS_TOKEN in the environment or in .env, "  # noqa: S105
    "or try --sandbox."
)
CONNECTION = (
    "Credentials come from environment variables or .env: FACEBOOK_ACCESS_TOKEN, FACEBOOK_AD_ACCOUNT_ID and others; "
    "without a token there, the one that admonster-fb login has stored. "
    "--sandbox creates a new sandbox, which is not Meta and is discarded at the end; for a lasting one, run "
    "python -m admonster_fb.sandbox and set FACEBOOK_ENDPOINT and FACEBOOK_ACCESS_TOKEN to what it prints."
)
MAX_CHARS = 1_000_000
"""Length limit of a text on a terminal, in characters: people scroll, and `limit` bounds a page."""

Sandbox = Annotated[bool, typer.Option("--sandbox", help="Use a new sandbox in this process instead of Meta.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, errors included.")]
TokenName = Annotated[str | None, typer.Option("--as", help="The name of the stored token.", metavar="NAME")]
Account = Annotated[str | None, typer.Option(help="The default ad account.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors and what has to be done.")]
NoInput = Annotated[bool, typer.Option("--no-input", help="Never ask: fail where a person would have to answer.")]

_CALL = re.compile(r"(?:op=|\b(?=help args=))(?P<op>\w+)(?P<args> args=(?=\{))?")
_PERSONS = ("apply", "discard", "help")
"""Ops that are commands of their own, with one argument."""


def write(text: str) -> None:
    """Print a text."""
    sys.stdout.write(f"{text}\n")


def for_a_person(text: str) -> str:
    """Return a text made for a model with the commands that a person types.

    >>> for_a_person('To do exactly this: op=apply args={"plan_id": "plan_1"}; else op=discard.')
    'To do exactly this: admonster-fb apply plan_1; else admonster-fb discard plan_1.'
    >>> for_a_person('More: op=list_ads args={"limit": 25, "name": "Red shoes"}')
    "More: admonster-fb call list_ads limit=25 'name=Red shoes'"
    >>> for_a_person("op=help lists all, op=help args={op: NAME} explains one")
    'admonster-fb ops lists all, admonster-fb help OP explains one'
    """
    parts, at = [], 0
    plan_id = plan[0] if (plan := re.search(r"\bplan_(?!id\b)\w+", text)) else "PLAN_ID"
    for found in _CALL.finditer(text):
        try:
            args, end = json.JSONDecoder().raw_decode(text, found.end()) if found["args"] else ({}, found.end())
        except ValueError:  # a pattern such as args={op: NAME}
            end = text.find("}", found.end()) + 1 or len(text)
            args = {name: name.upper() for name in re.findall(r"[{,] ?(\w+)", text[found.end() : end])}
        parts += [text[at : found.start()], _command(found["op"], args, plan_id)]
        at = end
    return "".join([*parts, text[at:]]).replace("the folder for files", "the folder for files (--files)")


def _command(op: str, args: dict[str, Any], plan_id: str) -> str:
    from admonster_fb.bot.help import command_line

    if op in _PERSONS:
        given = [str(value) for value in args.values()] or ([] if op == "help" else [plan_id])
        return shlex.join(["admonster-fb", op if given else "ops", *given])
    return command_line(op, args)


@contextmanager
def interruptible(*advice: str) -> Iterator[None]:
    """On Ctrl-C, say what was under way and how to find out about it, and exit with 130."""
    try:
        yield
    except KeyboardInterrupt:
        stop("\n".join(["Interrupted.", *advice]), 130)


def at_terminal() -> bool:
    """Return whether a person can read and type here: stdin and stdout are terminals."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[str]], *, as_data: bool = False) -> None:
    """Print rows as JSON objects, as a table on a terminal, or separated by tabs when piped."""
    if as_data:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    elif sys.stdout.isatty():
        from rich.console import Console

        from admonster_fb.cli.tables import table

        Console().print(table(columns, rows))
    else:
        sys.stdout.writelines("\t".join(row) + "\n" for row in rows)


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    write(json.dumps(value))


def print_either(data: Any, text: str, *, as_data: bool) -> None:
    """Print data as JSON, or else the text that says the same."""
    print_json(data) if as_data else write(text)


def end(result: ToolResult, *, as_data: bool, quiet: bool = False, hint: str = "") -> NoReturn:
    """Print a result and exit with its code. `hint` follows the text of an error; `quiet` leaves out a success."""
    if not result.ok and not as_data:
        stop(f"{for_a_person(result.text)}\n{hint}".rstrip(), exit_code(result))
    if as_data:
        print_json(as_json(result))
    elif not (quiet and result.text.startswith("OK")):
        write(for_a_person(result.text))
    raise typer.Exit(exit_code(result))


@contextmanager
def connected(
    *, sandbox: bool, account: str | None = None, token_name: str | None = None, as_data: bool = False
) -> Iterator[FacebookAds]:
    """Connect for a block; an error of ours in it ends the command."""
    with failing(as_data=as_data), connect(sandbox=sandbox, account=account, token_name=token_name) as fb:
        yield fb


@contextmanager
def failing(*, as_data: bool = False) -> Iterator[None]:
    """Run a block; an error of ours in it ends the command."""
    try:
        yield
    except FacebookAdsError as error:
        fail(error, as_data=as_data)


def fail(error: FacebookAdsError, *, as_data: bool = False) -> NoReturn:
    """Print an error and exit with its code."""
    from admonster_fb.bot import ToolResult
    from admonster_fb.bot.render import errors

    result = ToolResult(False, errors.text(error), error=errors.data(error))
    if as_data:
        print_json(as_json(result))
    violations = error.violations if isinstance(error, ParameterError) else ()
    no_token = any(each.field == "access_token" and each.given is MISSING for each in violations)
    stop(NO_TOKEN if no_token else with_login_hint(result), exit_code(result))


def with_login_hint(result: ToolResult) -> str:
    """Return the text of an error, and the command that signs in where that solves it."""
    error, text = result.error or {}, for_a_person(result.text)
    if error.get("type") == "AuthenticationError":
        return f"{text}\nAt a terminal: admonster-fb login"
    return f"{text}\nAt a terminal: admonster-fb login --rerequest" if error.get("login_url") else text


def stop(text: str, code: int) -> NoReturn:
    """Print a text on stderr and exit."""
    sys.stderr.write(f"{text}\n")
    raise typer.Exit(code)
