"""Audiences, uploads, pixels and events as text for the model: sizes as ranges, and no customer data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from admonster_fb.audience_data.cells import Reason
from admonster_fb.bot.render.values import counted, format_value, joined, label, plain, quoted, set_fields
from admonster_fb.models.adspixel import PixelCode, PixelStats
from admonster_fb.models.audiences.custom import CustomAudience, Dependents, SavedAudience, Shared
from admonster_fb.models.serverevent import EventsSent
from admonster_fb.services.audiences.users import Uploaded
from admonster_fb.workflows.audiences import Tier

_SHOWN = 50
_ROWS_SHOWN = 5
_IN_HEAD = frozenset(
    {"id", "name", "subtype", "approximate_count_lower_bound", "approximate_count_upper_bound"}
    | {"operation_status", "delivery_status", "permission_for_actions", "data_source", "account_id"}
)


def audience(node: CustomAudience) -> str:
    """Return an audience on one line."""
    size = f"Size: {_people(node.size)}" if node.approximate_count_lower_bound is not None else ""
    status = f"Status: {plain(node.status)}" if node.status else ""
    return joined(f"ID: {node.id} {quoted(node.name or '')}", node.subtype or "", size, status)


def _people(size: tuple[int, int] | None) -> str:
    if size is None:
        return "not told"
    low, high = size
    return f"{low:,} to {high:,} people" if low else f"fewer than {high:,} people"


def whole_audience(node: CustomAudience) -> list[str]:
    """Return all fields of an audience."""
    rest = [(name, value) for name, value in set_fields(node) if name not in _IN_HEAD]
    return [f"CustomAudience {audience(node)}", *(f"{label(name)}: {format_value(value)}" for name, value in rest)]


def saved(node: SavedAudience) -> str:
    """Return a saved audience on one line."""
    low, high = node.approximate_count_lower_bound, node.approximate_count_upper_bound
    size = "" if low is None or high is None else f"Size: {_people(None if low < 0 else (low, high))}"
    targeting = f"Targeting: {format_value(node.targeting)}" if node.targeting is not None else ""
    return joined(f"ID: {node.id} {quoted(node.name or '')}", size, targeting)


def dependants(found: Dependents) -> list[str]:
    """Return the dependents of an audience, a line each."""
    if not found.any:
        return [f"Nothing depends on audience ID: {found.audience_id}."]
    uses = [f"- {kind}: {plain(str(use))}" for kind, uses in found.kinds() for use in uses]
    return [f"Audience ID: {found.audience_id} is used by:", *uses]


def shared(share: Shared) -> str:
    """Return the result of sharing with one account."""
    why = f" | NOT shared: {plain(', '.join(share.errors))}" if share.errors else ""
    return f"Account ID: act_{share.ad_acct_id} | {format_value(share.audience_share_status or 'unknown')}{why}"


def tier(made: Tier) -> str:
    """Return one of several lookalike audiences."""
    ratio = f"{made.starting_ratio * 100:g} to {made.ratio * 100:g} %"
    return f"{ratio} | {audience(made.audience) if made.audience else f'NOT created: {plain(str(made.error))}'}"


def stats(read: PixelStats) -> list[str]:
    """Return the events that a pixel received, the most frequent first."""
    fired = read.pixel.last_fired_time
    totals = [*read.totals.items()]
    more = f"… and {len(totals) - _SHOWN:,} more" if len(totals) > _SHOWN else ""
    return [
        f"Pixel ID: {read.pixel.id} {quoted(read.pixel.name or '')}",
        f"Last fired: {format_value(fired) if fired else 'never'}",
        f"Window: {format_value(read.since)} to {format_value(read.until)}, by {read.aggregation}",
        *(f"- {plain(name) or 'unnamed'}: {count:,}" for name, count in totals[:_SHOWN]),
        *([more] if more else [] if totals else ["Nothing was received in this window."]),
    ]


def code(snippet: PixelCode) -> list[str]:
    """Return a snippet as it goes into a page, without what could end a code block."""
    lines = ["".join(char for char in line if char.isprintable()) for line in snippet.code.splitlines()]
    head = f"Pixel ID: {snippet.pixel_id}, between <head> and </head> of each page:"
    return [head, *(line.replace("```", "") for line in lines)]


def events(sent: EventsSent) -> list[str]:
    """Return the result of sending events, without customer data."""
    requests = counted(len(sent.batches), "request")
    lines = [f"Pixel: {sent.pixel_id}", f"Events: {sent.count:,} sent in {requests}, {sent.received:,} received"]
    if sent.received < sent.count:
        lines.append(f"NOT received: {sent.count - sent.received:,}; see the messages, and Events Manager")
    if sent.named:
        lines.append(f"Given an event_id, so that a second sending is not counted: {sent.named:,}")
    for word, tallies in (("Without", sent.left_out), ("Check", sent.doubtful)):
        for each in tallies:
            numbers = ", ".join(map(str, each.events[:5]))
            rest = ", …" if each.count > 5 else ""
            count = counted(each.count, "event")
            lines.append(f"{word} {plain(each.key)}: {count}, {each.reason} (event {numbers}{rest})")
    for batch in sent.batches[:_SHOWN]:
        messages = f"; {plain('; '.join(batch.messages))}" if batch.messages else ""
        last, trace = batch.first + batch.count - 1, format_value(batch.fbtrace_id or "")
        lines.append(f"Request of events {batch.first:,} to {last:,}: fbtrace_id {trace}{messages}")
    return lines


def uploaded(done: Uploaded) -> list[str]:
    """Return the result of an upload as lines: counts, columns and row numbers, without customer data."""
    counts, understood = done.report, done.understood
    lines = [
        f"Audience: {done.audience_id}, session {done.session_id}",
        f"Rows: {counts['rows']:,} read, {counts['sent']:,} sent in {counted(done.batches, 'batch', 'batches')}; "
        f"Meta received {done.received:,}, of which {done.invalid:,} invalid",
    ]
    if done.resumed:
        lines.append(f"Taken up again after row {done.resumed:,}, which an earlier run had reached")
    if understood is not None:
        taken = [f"{plain(str(column))} as {key}" for column, key in understood.columns.items()]
        left = [f"{plain(str(column))} ({plain(why)})" for column, why in understood.left_out.items()]
        lines += [f"Understood: {', '.join(taken) or ', '.join(understood.schema)}"]
        lines += [f"Left out: {', '.join(left)}; schema (--schema) says what a column is"] if left else []
    lines += [f"Not sent: {_skipped(each)}" for each in counts["skipped"]]
    lines += [f"Without {each['key']}: {_skipped(each)}" for each in counts["cells"]]
    if any(each["reason"] == str(Reason.NO_COUNTRY_CODE) for each in counts["cells"]):
        lines.append("The country of numbers without a code: default_region (--region), such as US")
    if counts["bare_phones"]:
        lines.append(f"Phone numbers taken to begin with their country code: {counts['bare_phones']:,}")
    return [*lines, "Meta matches people within 24 hours; the audience's size shows then"]


def _skipped(tally: dict[str, Any]) -> str:
    rows = ", ".join(f"{row:,}" for row in tally["rows"][:_ROWS_SHOWN])
    more = ", …" if tally["count"] > _ROWS_SHOWN else ""
    return f"{counted(tally['count'], 'row')}, {tally['reason']} (row {rows}{more})"


LINES: dict[type, Callable[[Any], str]] = {CustomAudience: audience, SavedAudience: saved, Shared: shared, Tier: tier}
TEXTS: dict[type, Callable[[Any], list[str]]] = {
    Uploaded: uploaded,
    CustomAudience: whole_audience,
    Dependents: dependants,
    PixelStats: stats,
    PixelCode: code,
    EventsSent: events,
}
