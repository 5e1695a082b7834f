"""Audiences, pixels and events as text for the model: sizes as ranges, states in words, nothing of a customer."""

from __future__ import annotations

from collections.abc import Iterator

from admonster_fb.bot.render.values import label, plain, quoted, scalar, set_fields
from admonster_fb.models.adspixel import PixelCode, PixelStats
from admonster_fb.models.audiences.custom import CustomAudience, Shared
from admonster_fb.models.audiences.dependents import Dependents
from admonster_fb.models.audiences.saved import SavedAudience
from admonster_fb.models.serverevent import EventsSent
from admonster_fb.workflows.audiences import Tier

_SHOWN = 50
_IN_HEAD = frozenset(
    {"id", "name", "subtype", "approximate_count_lower_bound", "approximate_count_upper_bound"}
    | {"operation_status", "delivery_status", "permission_for_actions", "data_source", "account_id"}
)


def audience(node: CustomAudience) -> str:
    """Return an audience on one line.

    >>> audience(CustomAudience(id="1", name="A", subtype="CUSTOM", approximate_count_lower_bound=-1,
    ...     approximate_count_upper_bound=-1, operation_status={"code": 450}))
    'ID: 1 "A" | CUSTOM | Size: not told | Status: inactive: its size shows again once an ad uses it'
    """
    size = node.size
    known = node.approximate_count_lower_bound is not None
    parts = [
        f"ID: {node.id} {quoted(node.name or '')}",
        node.subtype or "",
        f"Size: {_people(size)}" if known else "",
        f"Status: {plain(node.status)}" if node.status else "",
    ]
    return " | ".join(part for part in parts if part)


def _people(size: tuple[int, int] | None) -> str:
    if size is None:
        return "not told"
    low, high = size
    return f"{low:,} to {high:,} people" if low else f"fewer than {high:,} people"


def whole_audience(node: CustomAudience) -> list[str]:
    """Return all that is known of an audience."""
    rest = [(name, value) for name, value in set_fields(node) if name not in _IN_HEAD]
    return [f"CustomAudience {audience(node)}", *(f"{label(name)}: {scalar(value)}" for name, value in rest)]


def saved(node: SavedAudience) -> str:
    """Return a saved audience on one line."""
    low, high = node.approximate_count_lower_bound, node.approximate_count_upper_bound
    size = "" if low is None or high is None else f"Size: {_people(None if low < 0 else (low, high))}"
    told = f"Targeting: {scalar(node.targeting)}" if node.targeting is not None else ""
    return " | ".join(part for part in (f"ID: {node.id} {quoted(node.name or '')}", size, told) if part)


def dependants(found: Dependents) -> list[str]:
    """Return what depends on an audience, a line each.

    >>> dependants(Dependents("1"))
    ['Nothing depends on audience ID: 1.']
    """
    if not found.any:
        return [f"Nothing depends on audience ID: {found.audience_id}."]
    return [
        f"Audience ID: {found.audience_id} is used by:",
        *(f"- {kind}: {plain(str(use))}" for kind, uses in found.kinds() for use in uses),
    ]


def shared(each: Shared) -> str:
    """Return what became of sharing with one account."""
    why = f" | NOT shared: {plain(', '.join(each.errors))}" if each.errors else ""
    return f"- Account ID: act_{each.ad_acct_id} | {scalar(each.audience_share_status or 'unknown')}{why}"


def tier(each: Tier) -> str:
    """Return one of several lookalikes."""
    ratio = f"{each.starting_ratio * 100:g} to {each.ratio * 100:g} %"
    if each.audience is not None:
        return f"- {ratio} | {audience(each.audience)}"
    return f"- {ratio} | NOT made: {plain(str(each.error))}"


def stats(read: PixelStats) -> list[str]:
    """Return what a pixel received, the most frequent first."""
    fired = read.pixel.last_fired_time
    totals = [*read.totals.items()]
    more = f"… and {len(totals) - _SHOWN:,} more" if len(totals) > _SHOWN else ""
    return [
        f"Pixel ID: {read.pixel.id} {quoted(read.pixel.name or '')}",
        f"Last fired: {scalar(fired) if fired else 'never'}",
        f"Window: {scalar(read.since)} to {scalar(read.until)}, by {read.aggregation}",
        *(f"- {plain(name) or 'unnamed'}: {count:,}" for name, count in totals[:_SHOWN]),
        *([more] if more else [] if totals else ["Nothing was received in this window."]),
    ]


def code(snippet: PixelCode) -> list[str]:
    """Return a snippet as it goes into a page; only what could end a code block is taken out."""
    lines = ["".join(char for char in line if char.isprintable()) for line in snippet.code.splitlines()]
    return [f"Pixel ID: {snippet.pixel_id}, between <head> and </head> of each page:", *_unfenced(lines)]


def _unfenced(lines: list[str]) -> Iterator[str]:
    yield from (line.replace("```", "") for line in lines)


def events(sent: EventsSent) -> list[str]:
    """Return what became of events; nothing of a customer is in it.

    >>> from admonster_fb.models.serverevent import EventsBatch
    >>> events(EventsSent("1", [EventsBatch(0, 2, 2, "AbC")]))
    ['Pixel: 1', 'Events: 2 sent in 1 requests, 2 received', 'Request of events 0 to 1: fbtrace_id AbC']
    """
    lines = [
        f"Pixel: {sent.pixel_id}",
        f"Events: {sent.count:,} sent in {len(sent.batches):,} requests, {sent.received:,} received",
    ]
    if sent.received < sent.count:
        lines.append(f"NOT received: {sent.count - sent.received:,}; look at the messages and in Events Manager")
    if sent.named:
        lines.append(f"Given an event_id, so that sending them once more counts them once: {sent.named:,}")
    for each in sent.left_out:
        numbers = ", ".join(map(str, each.events[:5]))
        rest = ", …" if each.count > 5 else ""
        lines.append(f"Without {each.key}: {each.count:,} events, {each.reason} (event {numbers}{rest})")
    for batch in sent.batches[:_SHOWN]:
        said = f"; {plain('; '.join(batch.messages))}" if batch.messages else ""
        last = batch.first + batch.count - 1
        lines.append(
            f"Request of events {batch.first:,} to {last:,}: fbtrace_id {scalar(batch.fbtrace_id or '')}{said}"
        )
    return lines
