"""Tables of objects for a terminal. Needs the extra `cli`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from admonster_fb.bot.render.insights import FIGURES, format_figure
from admonster_fb.bot.render.nodes import currency_of
from admonster_fb.bot.render.values import format_field, label, plain
from admonster_fb.client import FacebookAds
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.objects import brief_fields
from admonster_fb.services.adaccounts import BusinessAccounts

_GAP = 2
"""Spaces between columns."""
_LEVELS = ("ad", "adset", "campaign", "account")


def table(columns: Iterable[str], rows: Iterable[Iterable[str]], title: str | None = None) -> Table:
    """Return a table; cells are shown literally, never as markup."""
    heading = Text(plain(title), style="bold") if title else None
    made = Table(
        title=heading, title_justify="left", box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0)
    )
    for column in columns:
        made.add_column(Text(column), overflow="fold")
    for row in rows:
        made.add_row(*map(Text, row))
    return made


def tables(data: Any, fb: FacebookAds, fields: Any = None) -> Iterator[Table]:
    """Yield a table of a list of objects, of accounts one per business; nothing for other results.

    `fields` are the requested fields, if any. Figures whose rows do not say their currency get no table.
    """
    if not isinstance(data, list) or not data:
        return
    if isinstance(data[0], BusinessAccounts):
        for group in data:
            title = str(group.business.name) if group.business else "Personal accounts"
            yield _nodes(group.accounts, _columns(group.accounts, None), fb, title)
    elif isinstance(data[0], InsightsRow):
        if not all(row.account_currency or row.account_id for row in data):
            return
        windows = {f"{row.date_start} to {row.date_stop}" for row in data}
        yield _nodes(data, _columns(data, fields), fb, windows.pop() if len(windows) == 1 else None)
    elif brief_fields(type(data[0])):
        yield _nodes(data, _columns(data, fields), fb)


def fit(made: list[Table]) -> bool:
    """Return whether there are tables, and the terminal is wide enough for each."""
    room = Console().width + _GAP
    return bool(made) and all(sum((column.width or 0) + _GAP for column in item.columns) <= room for item in made)


def _nodes(nodes: list[Any], names: list[str], fb: FacebookAds, title: str | None = None) -> Table:
    """Return a table whose columns break no word and no number: Rich would break ids."""
    rows = [[_cell(node, name, fb) for name in names] for node in nodes]
    made = table([label(name).replace(" ", "\n") for name in names], rows, title)
    spare, widths = Console().width + _GAP, []
    for column, name, *cells in zip(made.columns, names, *rows, strict=True):
        is_figure = any(isinstance(getattr(node, name, None), (int, Decimal)) for node in nodes)
        words = [*label(name).split(), *(cells if is_figure else " ".join(cells).split())]
        column.justify, column.width = "right" if is_figure else "left", max(map(cell_len, words))
        widths.append(max(map(cell_len, [*words, *cells])) - column.width)
        spare -= column.width + _GAP
    for column, more in zip(made.columns, widths, strict=True):  # the spare width goes to the columns from the left
        added = max(min(spare, more), 0)
        column.width = (column.width or 0) + added
        spare -= added
    return made


def _columns(nodes: list[Any], fields: Any) -> list[str]:
    """Return the requested fields, or those of a line of text; only fields that some node has."""
    if isinstance(fields, list):
        names = ["id", *(str(field).partition("{")[0] for field in fields)]
    elif isinstance(nodes[0], InsightsRow):
        names = [*_about(nodes), *FIGURES]
    else:
        names = ["id", "name", *brief_fields(type(nodes[0]))]
    return [name for name in dict.fromkeys(names) if any(getattr(node, name, None) not in (None, "") for node in nodes)]


def _about(rows: list[InsightsRow]) -> list[str]:
    """Return the fields that identify rows: object, day, breakdowns; not the window if all rows share it."""
    level = next(level for level in _LEVELS if level == "account" or getattr(rows[0], f"{level}_id", None))
    above = tuple(f"{other}_" for other in _LEVELS if other != level)
    words = [name for name, value in rows[0] if isinstance(value, str) and not name.startswith(above)]
    known = {*FIGURES, "account_currency"}
    if all(row.date_start == row.date_stop for row in rows):
        known.add("date_stop")
    if len({(row.date_start, row.date_stop) for row in rows}) == 1:
        known |= {"date_start", "date_stop"}
    return [name for name in words if name not in known]


def _cell(node: Any, name: str, fb: FacebookAds) -> str:
    value = getattr(node, name, None)
    if value is None:
        return ""
    if isinstance(value, str):
        return plain(value)
    if isinstance(node, InsightsRow):
        return format_figure(name, value, node.account_currency or fb.currency(f"act_{node.account_id}"))
    return format_field(name, value, currency_of(node, fb))
