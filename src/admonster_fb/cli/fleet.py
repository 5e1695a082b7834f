"""`admonster-fb fleet sync|report`: figures and the weekly report of many accounts, on a cluster of Dask."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from admonster_fb.bot.host import jsonable
from admonster_fb.cli import output
from admonster_fb.cli.output import CONNECTION, AsJson, Quiet, TokenName
from admonster_fb.errors import FacebookAdsError, ParameterError, Violation

if TYPE_CHECKING:
    from admonster_fb.workflows.fleet import Fleet

T = TypeVar("T")
app = typer.Typer(help="Many ad accounts on a cluster of Dask (the extra fleet).", no_args_is_help=True)

Scheduler = Annotated[
    str | None, typer.Option(help="Address of a Dask scheduler: tcp://10.0.0.5:8786. Default: workers on this machine.")
]
Workers = Annotated[int, typer.Option(help="Worker processes on this machine.", min=1)]
Threads = Annotated[int, typer.Option(help="Accounts that a worker on this machine reads at once.", min=1)]
Accounts = Annotated[list[str] | None, typer.Option("--account", help="An ad account; may be repeated. Default: all.")]
Sandbox = Annotated[bool, typer.Option("--sandbox", help="Give each worker a new sandbox instead of Meta.")]


@app.callback()
def _commands() -> None:
    """Many ad accounts on a cluster of Dask: workers read their token from their own environment, and only read."""


@app.command(epilog=CONNECTION)
def sync(
    folder: Annotated[Path, typer.Argument(help="The folder of Parquet files; all workers must see it.")],
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE", help='Query: level=campaign, fields=["spend"]; help sync_insights.'),
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day. Default: 28 days ago.")
    ] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day. Default: yesterday.")] = None,
    window_days: Annotated[int, typer.Option(help="Days of an account that are one piece of work.", min=1)] = 35,
    accounts: Accounts = None,
    scheduler: Scheduler = None,
    workers: Workers = 2,
    threads: Threads = 8,
    name: TokenName = None,
    sandbox: Sandbox = False,
    quiet: Quiet = False,
    as_data: AsJson = False,
) -> None:
    """Store daily figures of many accounts. A Parquet file per account and day; the same command again completes it."""
    from admonster_fb.bot.render import errors
    from admonster_fb.cli.app import parse_arguments

    first, last = since and since.date(), until and until.date()
    days: dict[str, Any] = {"since": first, "until": last, "window_days": window_days}
    with output.failing(as_data=as_data):
        query = parse_arguments("sync_insights", words or [])
        if wrong := [*query.keys() & {"object_id", "filename", "since"}]:
            raise ParameterError([Violation(each, query[each], "an option or argument of its own") for each in wrong])
        with _fleet(scheduler, workers, threads, name, sandbox=sandbox, quiet=quiet or as_data) as fleet:
            done = [*_counted(fleet.sync(folder.expanduser(), accounts, **days, **query), quiet=quiet or as_data)]
    failed = {each.account: each.error for each in done if each.error}
    rows = sum(each.value.rows for each in done if each.value)
    if as_data:
        lost = {one: errors.data(error) for one, error in failed.items()}
        output.print_json({"pieces": len(done), "rows": rows, "failed": lost})
    elif not quiet:
        output.write(f"{rows} rows of {len({each.account for each in done} - {*failed})} accounts read into {folder}")
    if failed and not as_data:
        output.stop("\n".join([f"{one}: {error}" for one, error in failed.items()]), 1)
    raise typer.Exit(1 if failed else 0)


@app.command(epilog=CONNECTION)
def report(
    file: Annotated[Path | None, typer.Argument(help="A new .html or .pdf file. Default: text.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day. Default: yesterday.")] = None,
    accounts: Accounts = None,
    scheduler: Scheduler = None,
    workers: Workers = 2,
    threads: Threads = 8,
    name: TokenName = None,
    sandbox: Sandbox = False,
    as_data: AsJson = False,
) -> None:
    """Report the week of many accounts. The op weekly_report does it for one."""
    from admonster_fb.bot.render.weekly import weekly

    form: Any = "text" if file is None else "pdf" if file.suffix.lower() == ".pdf" else "html"
    here = {"sandbox": sandbox, "quiet": as_data}
    with output.failing(as_data=as_data), _fleet(scheduler, workers, threads, name, **here) as fleet:
        filename = str(file.expanduser()) if file else None
        made = fleet.report(accounts, until=until and until.date(), format=form, filename=filename)
    if as_data:
        output.print_json(jsonable(made))
    else:
        output.write("\n".join(weekly(made)))


@contextmanager
def _fleet(
    scheduler: str | None, workers: int, threads: int, name: str | None, *, sandbox: bool, quiet: bool
) -> Iterator[Fleet]:
    """Connect to a scheduler, or begin workers on this machine for the block."""
    try:
        from distributed import Client, LocalCluster

        from admonster_fb.workflows.fleet import Fleet, Recipe
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"dask", "distributed"}:
            raise
        output.stop("A fleet needs Dask: pip install 'admonster-fb[fleet]'", 1)
    advice = "What is stored stays; the same command goes on."
    with output.interruptible(advice), ExitStack() as stack:
        try:
            cluster = scheduler or stack.enter_context(
                LocalCluster(n_workers=workers, threads_per_worker=threads, dashboard_address="127.0.0.1:0")
            )
            client = stack.enter_context(Client(cluster, timeout=10))
        except (OSError, ValueError) as error:
            raise FacebookAdsError(f"no scheduler answers: {error}", advice="Check --scheduler.", who="user") from None
        if not quiet:
            sys.stderr.write(f"Dashboard (needs bokeh): {client.dashboard_link}\n")
        yield stack.enter_context(Fleet(client, Recipe(token_name=name, sandbox=sandbox)))


def _counted(results: Iterator[T], *, quiet: bool) -> Iterator[T]:
    """Yield results, and on a terminal show how many there are."""
    if quiet or not sys.stderr.isatty():
        yield from results
        return
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn

    with Progress(MofNCompleteColumn(), TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bar:
        yield from bar.track(results, description="pieces")
