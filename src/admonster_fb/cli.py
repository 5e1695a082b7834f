"""The command line: typer and rich over the library."""

from __future__ import annotations

import typer
from rich.console import Console

app = typer.Typer(
    name="admonster-fb", help="Facebook and Instagram ads from the command line.", no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # locals may hold a token
)


@app.callback()
def _commands() -> None:
    """Facebook and Instagram ads from the command line."""


@app.command()
def demo() -> None:
    """Run the whole funnel on the embedded sandbox: no credentials, no network, nothing spent."""
    from admonster_fb.demo import run

    run(Console())
