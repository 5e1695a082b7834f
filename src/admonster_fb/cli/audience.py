"""`admonster-fb audience upload`: upload a file of customers to a custom audience; resumes after a crash."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from admonster_fb.bot.host import check_account_allowed, jsonable, recorded
from admonster_fb.cli import output
from admonster_fb.cli.output import CONNECTION, Account, AsJson, Quiet, Sandbox

app = typer.Typer(help="Custom audiences.", no_args_is_help=True)


Kind = StrEnum("Kind", {"ADD": "add", "REMOVE": "remove", "REPLACE": "replace"})
"""What happens to the people in the file."""


@app.callback()
def _commands() -> None:
    """Custom audiences."""


@app.command(epilog=CONNECTION)
def upload(
    file: Annotated[Path, typer.Argument(help="A CSV or Parquet file of customers.")],
    audience: Annotated[str, typer.Option(help="The id of the custom audience.")],
    kind: Annotated[Kind, typer.Option(help="Add the people, remove them, or replace everyone with them.")] = Kind.ADD,
    schema: Annotated[
        str | None, typer.Option(help="The type of each column, if its name does not say it: EMAIL,PHONE")
    ] = None,
    region: Annotated[
        str | None, typer.Option(help="The country of phone numbers without a country code, such as US.")
    ] = None,
    in_flight: Annotated[int, typer.Option(help="How many batches are sent at once.")] = 4,
    quiet: Quiet = False,
    as_data: AsJson = False,
    sandbox: Sandbox = False,
    account: Account = None,
) -> None:
    """Upload a file of customers. Their data is hashed on this machine, and never printed.

    A small journal next to the file records the progress: after a crash the same command continues where it stopped.
    """
    from admonster_fb.bot.render.audiences import uploaded
    from admonster_fb.models.change import Change

    keys = [key.strip() for key in schema.split(",")] if schema else None
    file = file.expanduser()
    with (
        output.interruptible("The same command continues where this one stopped."),
        output.connected(sandbox=sandbox, account=account, as_data=as_data) as fb,
        _progress_bar(quiet) as show,
    ):
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
    if as_data:
        output.print_json(jsonable(done))
    elif not quiet:
        output.write("\n".join(uploaded(done)))


@contextmanager
def _progress_bar(quiet: bool) -> Iterator[Callable[[int, int | None], None] | None]:
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    rows = TextColumn("{task.completed:,.0f} rows")
    columns = (SpinnerColumn(), TextColumn("Uploading"), BarColumn(), rows, TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Uploading", total=None)
        yield lambda row, total: bar.update(task, completed=row, total=total)
