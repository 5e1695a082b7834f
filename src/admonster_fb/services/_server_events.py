"""Preparation of server events: types and rules checked, customer data hashed, an id for each, no value in errors."""

from __future__ import annotations

import difflib
import functools
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from admonster_fb.audience_data import CAPI, user_data
from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._params import checked_with_untyped, with_extra
from admonster_fb.models.serverevent import EventApp, EventContent, EventData, LeftOut, OriginalEvent, ServerEvent
from admonster_fb.money import Money
from admonster_fb.rules import server_events
from admonster_fb.rules.server_events import HIDDEN
from admonster_fb.transport.last_seen import Recent
from admonster_fb.transport.sdk_adapter import known_names

MAX_EVENTS = 1_000  # events that Meta accepts in one request
MAX_LISTED = 100  # event numbers that are listed for each reason why a value was left out
MAX_REMEMBERED = 100_000  # events among which equal ones are counted. The oldest is forgotten
_SPECS = (ServerEvent, EventData, EventContent, EventApp, OriginalEvent)
_NAMES = (*(name for spec in _SPECS for name in spec.__annotations__), *CAPI)
"""Parameter names, which errors may show. Other names could be customer data."""


@dataclass(slots=True)
class PreparedEvents:
    """The events of one request, and what is wrong with them."""

    events: list[dict[str, Any]] = field(default_factory=list, repr=False)
    wrong: list[Violation] = field(default_factory=list)
    left_out: list[tuple[int, str, str]] = field(default_factory=list)
    doubtful: list[tuple[int, str, str]] = field(default_factory=list)
    count: int = 0
    """Events before wrong ones were left out."""
    named: int = 0

    def json(self) -> str:
        """Return the events as JSON, without loss of digits."""
        return _json(self.events)

    def private(self) -> set[str]:
        """Return the customer data that is sent in plain text, so that errors can mask it."""
        return {
            text
            for event in self.events
            for value in event["user_data"].values()
            for text in (value if isinstance(value, list) else [value])
            if len(text) > 3
        }


def chunks(events: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield the events of each request."""
    iterator = iter(events)
    while chunk := list(islice(iterator, MAX_EVENTS)):
        yield chunk


def prepare_events(
    chunk: Sequence[Any], first: int, now: datetime, default_region: str | None, seen: Recent[bytes, int]
) -> PreparedEvents:
    """Prepare the events of one request. `first` is the number of its first event, from 0.

    `seen` counts equal events, so that two equal purchases get two ids.
    """
    prepared = PreparedEvents(count=len(chunk))
    for number, source in enumerate(chunk, first):
        path = f"events.{number}"
        try:
            event, new = _prepare_event(source, number, prepared.left_out, default_region)
            if wrong := [*server_events.violations(event, now)]:
                raise ParameterError(wrong)
        except ParameterError as error:
            prepared.wrong += [_without_values(path, violation) for violation in error.violations]
            continue
        doubts = [(name, "none of Meta's known values") for name in new]
        doubts += [(doubt.field, doubt.allowed) for doubt in server_events.doubts(event, now)]
        prepared.doubtful += [(number, *doubt) for doubt in (*doubts, *_misspelt(event))]
        if "event_id" not in event:  # made from the content, so that the same list sent again is counted once
            digest = hashlib.sha256(_json(dict(sorted(event.items()))).encode()).digest()
            number_of_equal = seen[digest[:12]] = seen.pop(digest[:12], 0) + 1
            event["event_id"] = hashlib.sha256(digest + number_of_equal.to_bytes(8, "big")).hexdigest()[:32]
            prepared.named += 1
        prepared.events.append(event)
    return prepared


def _prepare_event(
    source: Any, number: int, left_out: list[tuple[int, str, str]], default_region: str | None
) -> tuple[dict[str, Any], list[str]]:
    """Return one event with checked types and hashed customer data, and the parameters with values new at Meta."""
    if not isinstance(source, Mapping):
        raise ParameterError([Violation("", HIDDEN, "an object: event_name, event_time, action_source, user_data")])
    typed, untyped = checked_with_untyped(ServerEvent, _given(source))
    event = with_extra(ServerEvent, typed)
    event["user_data"], reasons = user_data(event["user_data"], default_region)
    left_out += [(number, key, reason) for key, reason in reasons.items()]
    if "custom_data" in event:
        event["custom_data"] = _with_numbers(event["custom_data"])
    return event, [name.partition("=")[0] for name in untyped if "=" in name]


def _given(value: Any) -> Any:
    """Return data without the keys whose value is None, which the SDK does not send either."""
    if isinstance(value, Mapping):
        return {name: _given(item) for name, item in value.items() if item is not None}
    return [_given(item) for item in value] if isinstance(value, list) else value


def _misspelt(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield names in the event's data that are nearly one of Meta's, and the right one. The advertiser's own pass."""
    data = event.get("custom_data", {})
    named = [("custom_data", EventData, data), *(("contents", EventContent, item) for item in data.get("contents", ()))]
    for path, spec, values in named:
        for name in sorted(values.keys() - spec.__annotations__.keys()):
            if near := _nearly(spec, str(name)):
                yield f"{path}.{name}", f"sent as your own property; did you mean {near}?"


@functools.lru_cache(1_000)
def _nearly(spec: Any, name: str) -> str:
    """Return the name of Meta's that a name is nearly; empty if it is one of them or none."""
    known = {*spec.__annotations__, *known_names(spec.__name__)}
    return "" if name in known else next(iter(difflib.get_close_matches(name, sorted(known), 1, 0.8)), "")


def _with_numbers(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of an event with its amounts as numbers. All must be in one currency."""
    result = {**data, "contents": [{**item} for item in data["contents"]]} if "contents" in data else {**data}
    currencies = {result["currency"].upper()} if "currency" in result else set()
    for part in (result, *result.get("contents", ())):
        for name, value in part.items():
            if isinstance(value, Money):
                currencies.add(value.currency)
                part[name] = value.amount
    if len(currencies) > 1:
        allowed = f"one currency, not {', '.join(sorted(currencies))}"
        raise ParameterError([Violation("custom_data.currency", HIDDEN, allowed)])
    return {**result, "currency": currencies.pop()} if currencies else result


def _without_values(path: str, violation: Violation) -> Violation:
    """Return a violation without any value of the event, and without names that may be values."""
    parts: list[str] = []
    for part in filter(None, violation.field.split(".")):
        known = part.isdecimal() or difflib.get_close_matches(part, _NAMES, 1)
        parts.append(part if known else "(another name)")
        if not known:  # what follows may be data too
            break
    value = MISSING if violation.given is MISSING else HIDDEN
    return Violation(".".join([path, *parts]), value, violation.allowed)


def _json(value: Any) -> str:
    """Return JSON in which a Decimal is a number with all its digits."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(str(name))}:{_json(item)}" for name, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_json, value)) + "]"
    return json.dumps(value)


def count_left_out(left_out: Iterable[tuple[int, str, str]], tallies: list[LeftOut]) -> None:
    """Add values or events that could not be used to `tallies`, by key and reason."""
    known = {(tally.key, tally.reason): tally for tally in tallies}
    for number, key, reason in left_out:
        tally = known.get((key, reason))
        if tally is None:
            tally = known[key, reason] = LeftOut(key, reason)
            tallies.append(tally)
        tally.count += 1
        if tally.count <= MAX_LISTED:
            tally.events.append(number)
