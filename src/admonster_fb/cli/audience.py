"""`admonster-fb audience upload`: a file of customers into a custom audience, with a bar, and again after a crash."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from admonster_fb.bot.host import check_account_allowed, connect, jsonable, recorded
from admonster_fb.bot.render.audiences import uploaded
from admonster_fb.cli.output import CONNECTION, Account, Sandbox, fail, write
from admonster_fb.errors import FacebookAdsError
from admonster_fb.models.change import Change

app = typer.Typer(help="Custom audiences.", no_args_is_help=True)


class Kind(StrEnum):
    """What becomes of the people in the file."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


@app.callback()
def _commands() -> None:
    """Custom audiences."""


@app.command(epilog=CONNECTION)
def upload(
    file: Annotated[Path, typer.Argument(help="A CSV or Parquet file of customers.")],
    audience: Annotated[str, typer.Option(help="The id of the custom audience.")],
    kind: Annotated[Kind, typer.Option(help="Add the people, remove them, or replace everybody by them.")] = Kind.ADD,
    schema: Annotated[
        str | None, typer.Option(help="What the columns are, where names do not say: EMAIL,PHONE")
    ] = None,
    region: Annotated[str | None, typer.Option(help="Country of numbers without a country code, such as US.")] = None,
    in_flight: Annotated[int, typer.Option(help="How many batches are sent at once.")] = 4,
    as_data: Annotated[bool, typer.Option("--json", help="Print the result as JSON, errors too.")] = False,
    sandbox: Sandbox = False,
    account: Account = None,
) -> None:
    """Upload a file of customers, hashed here: nothing of a customer is printed.

    A small journal beside the file says how far it is: after a crash the same command goes on where it stopped.
    """
    keys = [key.strip() for key in schema.split(",")] if schema else None
    try:
        with connect(sandbox=sandbox, account=account) as fb, _bar() as show:
            check_account_allowed(fb, audience)
            send = getattr(fb.audience_users, kind.value)
            change = Change("customaudiences", audience, None, {}, {"people": kind.value, "file": file.name})
            journal = file.with_name(f".{file.name}.{audience if audience.isdecimal() else 'x'}.{kind.value}.upload")
            with recorded(fb, "audience upload", change, sandbox=sandbox):
                done = send(
                    audience,
                    file,
                    schema=keys[0] if keys and len(keys) == 1 else keys,
                    default_region=region,
                    journal=journal,
                    in_flight=in_flight,
                    progress=show,
                )
    except FacebookAdsError as error:
        fail(error, as_data=as_data)
    write(json.dumps(jsonable(done)) if as_data else "\n".join(uploaded(done)))


@contextmanager
def _bar() -> Iterator[Callable[[int, int | None], None] | None]:
    """Show how many rows are done with, if somebody looks."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    rows = TextColumn("{task.completed:,.0f} rows")
    with Progress(
        SpinnerColumn(),
        TextColumn("Uploading"),
        BarColumn(),
        rows,
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("Uploading", total=None)
        yield lambda row, total: bar.update(task, completed=row, total=total)
