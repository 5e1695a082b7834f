"""Reports and stored figures as text for the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from admonster_fb.bot.render.values import quoted, scalar
from admonster_fb.services.insights.export import Exported
from admonster_fb.services.insights.jobs import ReportState
from admonster_fb.services.insights.sync import Synced

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

Lines = list[str]

_SAID = {
    "waiting": "not begun yet",
    "running": "Meta is at work on it: ask again in half a minute with get_report",
    "done": "done: get_report reads its rows, or writes them to a file",
}


def exported(export: Exported, _fb: FacebookAds) -> Lines:
    """Say what was written to a file."""
    return [
        f"Written: {quoted(export.filename)}",
        f"Rows: {export.rows:,}",
        f"Columns: {', '.join(map(scalar, export.columns))}",
        f"Figures: {export.meta}",
        f"May be added up: {', '.join(export.meta.additive) or 'none'}",
        *(f"Note: {note}" for note in export.meta.notes),
    ]


def state(report: ReportState, _fb: FacebookAds) -> Lines:
    """Say how far a report is."""
    parts = f", {report.jobs_done} of {report.jobs} parts" if report.jobs > 1 else ""
    return [
        f"ID: {report.report_id}",
        f"Status: {report.status}, {report.percent}%{parts} ({_SAID[report.status]})",
        *([f"Note: {report.note}"] if report.note else []),
    ]


def synced(done: Synced, _fb: FacebookAds) -> Lines:
    """Say what a sync has read."""
    days = f"{done.days_read[0]} to {done.days_read[-1]}" if done.days_read else "none: all is settled"
    return [
        f"Kept in: {quoted(done.store)}, table {done.table}",
        f"Rows: {done.rows:,}",
        f"Days read: {days}",
        f"Days kept: {done.days_stored:,}",
        f"Figures: days of {done.meta.timezone_name}, amounts in {done.meta.currency}; those after "
        f"{done.meta.settled_until} may still move, and are read again next time",
    ]
