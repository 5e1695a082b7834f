"""Figures as text for the model: every requested field by name, with unit and currency, however it was requested."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from admonster_fb.analysis import formatting as wording
from admonster_fb.bot.render.values import format_major, format_value, label, plain, quoted, set_fields
from admonster_fb.models._lazy import decoded, row_of
from admonster_fb.models.common import TimeRange
from admonster_fb.models.insights.fields import BY_INDICATOR, FIELDS, by_type, parse_number
from admonster_fb.models.insights.metadata import BY_AD_SET, InsightsMeta
from admonster_fb.models.insights.row import Actions, InsightsRow, entries
from admonster_fb.money import OFFSETS
from admonster_fb.redaction import SECRET_NAMES
from admonster_fb.services.insights.export import Exported
from admonster_fb.services.insights.jobs import ReportState
from admonster_fb.services.insights.sync import Synced
from admonster_fb.workflows.insights import ReportRows

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds
    from admonster_fb.services.insights.rows import InsightsEdge

Lines = list[str]

FIGURES = ("impressions", "reach", "frequency", "clicks", "inline_link_clicks", "ctr", "cpc", "cpm", "spend")
"""The figures of a row when no fields are requested, in the order and under the labels that bots read."""
RESULTS = ("results", "cost_per_result")
TABLE_ROWS = 12
"""Rows from which on a list names its columns once."""
LONG = ("actions", "cost_per_action_type")
"""Fields read by default but shown in lists only on request: they hold a value for each of many action types."""
_ZERO_IF_ABSENT = ("impressions", "clicks", "ctr", "cpc", "spend")
_LEVELS = ("campaign", "adset", "ad")
_MONEY = frozenset({"money", "cost", "values", "costs"})
_UNITS = {"percent": "%", "percents": "%", "seconds": " s", "seconds_by_type": " s"}
"""What follows a figure. Existing bots read "CTR: 1.85%"; all other texts have a space before the sign."""
_STATES = {
    "waiting": "not started yet",
    "running": "Meta is preparing it: call get_report again in half a minute",
    "done": "done: get_report reads its rows, or writes them to a file",
}
_SHORT = 8
"""Bytes from which on an encoded cell is not empty."""
_BACKGROUND = frozenset({"account_id", "account_name", "objective", "optimization_goal"}) | {
    f"{level}_{part}" for level in _LEVELS for part in ("id", "name")
}
"""Fields of objects above a row's own, which lists leave out unless they are requested."""
_GONE = "objects since deleted or archived"
_NOT_IN_TITLES = frozenset(name for name, field in FIELDS.items() if field.kind != "breakdown")


@dataclass(frozen=True, slots=True)
class RowView:
    """What rows show: the requested fields, or the usual ones. `currency` is for rows that do not name theirs."""

    requested: tuple[str, ...] = ()
    currency: str = ""
    everything: bool = False
    """Whether all that a row holds is shown: of a report of another process nobody knows what was requested."""

    @classmethod
    def of(cls, edge: InsightsEdge) -> RowView:
        """Return the view of the rows of a query."""
        requested = edge.query.requested
        return cls(requested, edge.meta.currency, everything=not (requested or edge.query.fields))

    def names(self, rows: Sequence[InsightsRow], fields: tuple[Lines, set[str]] | None = None) -> Lines:
        """Return the fields that rows show after their titles; `fields` are those of `_fields_of`, if known."""
        found, in_title = fields or _fields_of(rows)
        in_title = in_title | ({"account_currency"} if self.everything or not self.requested else set())
        if self.requested:
            return [name for name in dict.fromkeys(self.requested) if name not in in_title]
        filled = {*found}
        if filled & {"objective", "optimization_goal", *RESULTS}:
            filled |= {"results"} if any(row.result() for row in rows) else set()
            filled |= {"cost_per_result"} if any(row.result_cost() is not None for row in rows) else set()
        usual = {*FIGURES, *RESULTS, *in_title, *(() if self.everything else (*LONG, *_BACKGROUND))}
        others = [name for name in found if name not in usual]
        return [name for name in (*FIGURES, *RESULTS) if name in filled] + others

    def figure(self, row: InsightsRow, name: str) -> str:
        """Return a figure of a row; results that Meta has not counted are ours, and say so."""
        value, currency = getattr(row, name, None), row.account_currency or self.currency
        value = (row.model_extra or {}).get(name) if value is None else value  # of another type than Meta documents
        if value is None and name in RESULTS and not self.requested and (result := row.result()):
            cost = row.result_cost()
            if name == "cost_per_result":
                return "none" if cost is None else _in_unit(cost, "cost", currency)
            count = "none" if result.value is None else format_value(result.value)
            return f"{count} ({wording.results(result.kind, None)}, counted here, not by Meta)"
        return format_figure(name, value, currency)


def _fields_of(rows: Sequence[InsightsRow]) -> tuple[Lines, set[str]]:
    """Return the fields that rows hold, in the model's order, and those that their titles show or stand for."""
    found = dict.fromkeys(name for row in rows for name in _held(row))
    own = [name for name in InsightsRow.model_fields if name in found]
    in_title = {name for row in rows for name in _title_names(row)} | {"date_start", "date_stop"}
    return [*own, *(name for name in found if name not in InsightsRow.model_fields)], in_title


def _held(row: InsightsRow, but: frozenset[str] = SECRET_NAMES) -> Lines:
    """Return the names of `set_fields`, but some. Cells that nobody has read yet stay encoded."""
    cells = row_of(row)
    if cells is None:
        return [name for name, _ in set_fields(row) if name not in but]
    return [
        name
        for name, cell in msgspec.structs.asdict(cells).items()
        if name not in but and (cell if cell.__class__ is str else not _is_empty(cell))
    ]


def _is_empty(cell: Any) -> bool:
    if cell.__class__ is msgspec.Raw:
        return len(bytes(cell)) < _SHORT and _is_empty(decoded(cell))
    return cell is None or getattr(cell, "raw", cell) in ([], {}, "")


def row_line(row: InsightsRow, view: RowView) -> str:
    """Return a row of a list on one line."""
    return ": ".join(filter(None, (_title(row), _named_figures(row, view))))


def _named_figures(row: InsightsRow, view: RowView) -> str:
    return ", ".join(f"{label(name)}: {view.figure(row, name)}" for name in view.names([row]))


def list_lines(rows: Sequence[InsightsRow], view: RowView) -> tuple[Lines, Iterator[str]]:
    """Return what a list of rows says once, and a line per row, written when it is read; many rows are a table."""
    found, in_title = fields = _fields_of(rows)
    names = view.names(rows, fields)
    hidden = [name for name in found if name not in {*names, *in_title, "account_currency"}]
    long = [name for name in LONG if name in hidden]
    rest = [name for name in hidden if name not in long]
    requested = ", ".join(f'"{name}"' for name in long or rest)
    also = f". Nor: {', '.join(rest)}" if long and rest else ""
    head = [f"Not shown: {', '.join(long or rest)}. To see them: fields=[{requested}]{also}"] if hidden else []
    if len(rows) <= TABLE_ROWS:
        return head, (f"- {row_line(row, view)}" for row in rows)
    return [*head, f"Columns: {' | '.join(map(label, names))}"], (_table_line(row, names, view) for row in rows)


def _table_line(row: InsightsRow, names: Sequence[str], view: RowView) -> str:
    cells = " | ".join(view.figure(row, name) for name in names)
    return f"- {': '.join(filter(None, (_title(row), cells)))}"


def total_lines(
    rows: Sequence[InsightsRow], view: RowView, meta: InsightsMeta, whole: InsightsRow | None, *, complete: bool
) -> Lines:
    """Return the sums of figures that may be added up, and what the object itself has beyond them.

    `whole` is the object's own row, `complete` whether these are all rows.
    """
    names = [name for name in meta.additive if name in (view.requested or (*FIGURES, *RESULTS))]
    if not rows or not names or len(meta.windows) > 1:
        return []
    totals, sums = RowView(tuple(names), meta.currency), InsightsRow.from_api(_sums(rows, names) if complete else {})
    lines = [f"Total of these rows: {row_line(sums, totals)}"] if complete and len(rows) > 1 else []
    if whole is None:
        return lines
    lines.append(f"Total of {meta.object_id}: {_named_figures(whole, totals)}")
    gone = f"in none of these rows ({_GONE}, or left out by the breakdown)" if meta.split else _GONE
    moved = f"These rows have more than {meta.object_id} itself, so figures have moved"
    for what, more, less in ((f"Of this, {gone}", whole, sums), (moved, sums, whole)):
        if complete and (beyond := _beyond(more, less, names)):
            text = row_line(InsightsRow.from_api(beyond), replace(totals, requested=(*beyond,)))
            lines.append(f"{what}: {text}")
    return lines


def _beyond(row: InsightsRow, other: InsightsRow, names: Sequence[str]) -> dict[str, Any]:
    """Return what the first row has more than the second."""
    made: dict[str, Any] = {}
    for name in names:
        mine, its = getattr(row, name), getattr(other, name)
        if by_type(name):
            found = {key: value - (its or {}).get(key, 0) for key, value in (mine or {}).items()}
            made[name] = [{"action_type": key, "value": str(value)} for key, value in found.items() if value > 0]
        else:
            made[name] = max((mine or 0) - (its or 0), 0)
    return {name: value for name, value in made.items() if value}


def _sums(rows: Sequence[InsightsRow], names: Sequence[str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name in names:
        if by_type(name):
            lists = [value for row in rows if isinstance(value := getattr(row, name, None), Actions)]
            keys = dict.fromkeys(key for each in lists for key in each)
            made[name] = [{"action_type": key, "value": str(sum(each.get(key, 0) for each in lists))} for key in keys]
        elif found := [value for row in rows if isinstance(value := getattr(row, name, None), int | Decimal)]:
            made[name] = sum(found)
    return made


def format_figure(name: str, value: Any, currency: str) -> str:
    """Return a figure in its unit, money in its currency; "none" for what Meta left out, which is zero or unknown."""
    kind = FIELDS[name].kind if name in FIELDS else ""
    if value is None or value == []:
        return "none"
    if not isinstance(value, Actions):
        return _in_unit(value, kind, currency)
    if name not in BY_INDICATOR:
        by_key: dict[str, dict[str, str]] = {}
        for key, window, count in entries(value.raw):
            by_key.setdefault(key, {})[window] = _raw_figure(count, kind, currency)
        return ", ".join(_action(key, figures) for key, figures in by_key.items()) or "none"
    # Meta's own results: the number, what they are, and the attribution window if it is not the default one.
    texts = []
    for indicator, window, count in entries(value.raw):
        about = [wording.results(indicator.replace(":", ".")), indicator, *([window] if window else [])]
        texts.append(f"{_raw_figure(count, kind, currency)} ({plain(', '.join(about))})")
    return ", ".join(texts) or "none"


def _in_unit(value: Any, kind: str, currency: str) -> str:
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        return format_value(value)
    if kind in _MONEY and currency:
        digits = _small(value, Decimal(1) / OFFSETS.get(currency, 1))
        if not digits:
            return format_major(value, currency)
        return f"{format_major(0, currency).partition('0')[0]}{digits} {currency}"
    if kind in _UNITS:
        return f"{_small(value, Decimal('0.01')) or format(value, '.2f')}{_UNITS[kind]}"
    return format_value(value)


def _small(value: int | Decimal, smallest: Decimal) -> str:
    """Return two significant digits of a value that rounding to `smallest` would change by more than 5 %, or ""."""
    exact = Decimal(value)
    return f"{Decimal(f'{exact:.2g}'):f}" if 0 < abs(exact) < 10 * smallest and exact % smallest else ""


def _action(name: str, figures: dict[str, str]) -> str:
    """Return the figures of an action type by window: `purchase 3 (7d_click 2)`."""
    windows = ", ".join(f"{plain(window)} {figure}" for window, figure in figures.items() if window)
    return " ".join(filter(None, (plain(name), figures.get("", ""), f"({windows})" if windows else "")))


def _raw_figure(value: Any, kind: str, currency: str) -> str:
    figure = parse_number(value)
    if figure is not None:
        return _in_unit(figure, kind, currency)
    return "none" if value is None else plain(value) if isinstance(value, str) else format_value(value)


def row_lines(row: InsightsRow, fb: FacebookAds) -> Lines:
    """Return a row that stands alone, a line for each figure."""
    level = next((level for level in reversed(_LEVELS) if getattr(row, f"{level}_id")), "")
    name = quoted(getattr(row, f"{level}_name") or "") if level else ""
    # `get_insights` takes no attribution windows.
    window, until = f"Window: {row.date_start} to {row.date_stop}, days of the account's time zone", ""
    if row.account_id and row.date_start and row.date_stop:
        days: TimeRange = {"since": row.date_start, "until": row.date_stop}
        meta = fb.insights.iter(f"act_{row.account_id}", time_range=days).meta
        window += f" ({meta.timezone_name}), amounts in {meta.currency}"
        until = "" if meta.settled else f"; figures after {meta.settled_until} may still move"
    # The name comes last: it is an advertiser's text, and bots take the first figure they find.
    return [
        _title(row, named=False),
        f"{window}, attribution {BY_AD_SET}{until}",
        *figures(row),
        *_action_lines(row, row.account_currency or ""),
        *(f"{label(name)}: {RowView().figure(row, name)}" for name in _others(row)),
        *([f"{level.capitalize()} name: {name}"] if level else []),
    ]


def _others(row: InsightsRow) -> Lines:
    """Return the fields of a row that stands alone beyond the usual figures, actions and names."""
    view = RowView(everything=True)
    names = [name for name in view.names([row]) if name not in (*FIGURES, *LONG, *_BACKGROUND)]
    listed, costs = row.actions or Actions([]), row.cost_per_action_type or Actions([])
    windows = any(window for each in (listed, costs) if isinstance(each, Actions) for _, window, _ in entries(each.raw))
    return [*names, *(LONG if windows or not {*costs} <= {*listed} else ())]


def figures(row: InsightsRow) -> Lines:
    """Return the usual figures; the main ones are zero where Meta leaves them out, as it does when they are zero."""
    names = [name for name in FIGURES if getattr(row, name) is not None or name in _ZERO_IF_ABSENT]
    currency = row.account_currency or ""
    lines = [f"{label(name)}: {format_figure(name, getattr(row, name) or 0, currency)}" for name in names]
    return lines if row.clicks else [f"{line} (no clicks)" if line.startswith("CPC:") else line for line in lines]


def _action_lines(row: InsightsRow, currency: str) -> Iterator[str]:
    costs = row.cost_per_action_type if isinstance(row.cost_per_action_type, Actions) else {}
    alike: dict[tuple[str, str], list[str]] = {}  # one event under several names has the same last word and figures
    for name, value in row.actions.items() if isinstance(row.actions, Actions) else ():
        cost = f", {_in_unit(costs[name], 'costs', currency)} each" if name in costs else ""
        event = re.sub(r"^(?:omni_|offsite_conversion\.fb_pixel_|onsite_conversion\.|onsite_web_)", "", name)
        event = {"initiated_checkout": "initiate_checkout"}.get(event, event)
        alike.setdefault((event, f"{format_value(value)}{cost}"), []).append(format_value(name))
    for (_, figures), names in alike.items():
        others = f" (also as {', '.join(names[:-1])})" if names[1:] else ""
        yield f"Action {names[-1]}: {figures}{others}"


def _title_names(row: InsightsRow) -> Iterator[str]:
    """Yield the fields that the title shows: id and name of the lowest level, and breakdown values."""
    levels = [level for level in _LEVELS if getattr(row, f"{level}_id") or getattr(row, f"{level}_name")]
    if levels:
        yield from (f"{levels[-1]}_id", f"{levels[-1]}_name")
    elif row.account_id:
        yield "account_id"
    yield from _held(row, _NOT_IN_TITLES)


def _title(row: InsightsRow, *, named: bool = True) -> str:
    """Return what a row is about: its object, breakdown values and days."""
    parts: Lines = []
    for name in _title_names(row):
        value, level = getattr(row, name, None), name.rpartition("_")[0]
        if name == "account_id":
            parts.append(f"account ID: act_{value}")
        elif level in _LEVELS and name.endswith("_id"):
            parts += [f"{level} ID: {value}"] if value else []
        elif level in _LEVELS:
            shown = named and (value is not None or getattr(row, f"{level}_id"))
            parts += [f"{parts.pop() if parts else level} {quoted(str(value or ''))}"] if shown else []
        else:
            parts.append(f"{name} {plain(value) if isinstance(value, str) else format_value(value)}")
    days = " to ".join(filter(None, (row.date_start, row.date_stop)))
    return " | ".join([*parts, *([days] if days else [])])


def report_lines(read: ReportRows) -> Lines:
    """Return the rows of a report, the file they were written to, or how far it is."""
    if read.exported is not None:
        return export_lines(read.exported)
    if not read.rows:
        return [*state_lines(read.state), *(["No rows."] if read.about else [])]
    view = RowView(read.requested, read.meta.currency if read.meta else "", everything=read.everything)
    shown = read.offset + len(read.rows)
    more = f" (more: offset {shown}, or filename for all)" if read.more else ""
    head, lines = list_lines(read.rows, view)
    complete = not (read.offset or read.more)
    totals = total_lines(read.rows, view, read.meta, read.total, complete=complete) if read.meta else []
    return [f"Rows {read.offset + 1} to {shown}{more}", *read.about.splitlines(), *head, *totals, *lines]


def export_lines(export: Exported) -> Lines:
    """Return what was written to a file."""
    return [
        f"Written: {quoted(export.filename)}",
        f"Rows: {export.rows:,}",
        f"Columns: {', '.join(map(format_value, export.columns))}",
        f"Figures: {export.meta}",
        f"May be added up: {', '.join(export.meta.additive) or 'none'}",
        *(f"Note: {note}" for note in export.meta.notes),
    ]


def state_lines(report: ReportState) -> Lines:
    """Return how far a report is."""
    parts = f", {report.jobs_done} of {report.jobs} parts" if report.jobs > 1 else ""
    return [
        f"ID: {report.report_id}",
        f"Status: {report.status}, {report.percent} %{parts} ({_STATES[report.status]})",
        *([f"Note: {report.note}"] if report.note else []),
    ]


def sync_lines(done: Synced) -> Lines:
    """Return what a sync has read and stored."""
    days = f"{done.days_read[0]} to {done.days_read[-1]}" if done.days_read else "none: all days are final"
    gone = f"Rows of objects since deleted or archived: {done.gone:,}, kept (column gone_since)"
    others = format_major(done.unlisted_spend or 0, done.meta.currency)
    return [
        f"Stored in: {quoted(done.store)}, table {done.table}",
        f"Rows: {done.rows:,}",
        *([gone] if done.gone else []),
        *([f"In no row: {others} of objects deleted or archived before they were read"] if done.unlisted_spend else []),
        f"Days read: {days}",
        f"Days stored: {done.days_stored:,}",
        *([f"Days that Meta keeps no longer, unchanged: {done.final:,}"] if done.final else []),
        f"Figures: days of {done.meta.timezone_name}, amounts in {done.meta.currency}; those after "
        f"{done.meta.settled_until} may still move, and are read again next time",
    ]


TEXTS: dict[type, Callable[[Any], Lines]] = {
    Exported: export_lines,
    ReportState: state_lines,
    ReportRows: report_lines,
    Synced: sync_lines,
}
