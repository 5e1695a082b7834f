"""The Conversions API: server events. https://developers.facebook.com/docs/marketing-api/conversions-api"""

from __future__ import annotations

import difflib
import functools
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from facebook_business.adobjects import adspixel as sdk

from admonster_fb.audience_data import CAPI, user_data
from admonster_fb.errors import MISSING, APIError, OutcomeUnknown, ParameterError, Violation
from admonster_fb.models import serverevent as models
from admonster_fb.models._params import checked_with_untyped, with_extra
from admonster_fb.models.serverevent import EventsBatch, EventsSent, ServerEvent
from admonster_fb.money import Money
from admonster_fb.operation import no_op
from admonster_fb.redaction import MASK
from admonster_fb.rules import server_events
from admonster_fb.rules.server_events import HIDDEN
from admonster_fb.services._base import Prepare, Service, retry_until_acknowledged
from admonster_fb.transport.answers import acknowledged, count
from admonster_fb.transport.last_seen import Recent
from admonster_fb.transport.sdk_adapter import known_names

MAX_EVENTS = 1_000  # events that Meta accepts in one request
MAX_LISTED = 100  # event numbers that are listed for each reason why a value was left out
MAX_REMEMBERED = 100_000  # events among which equal ones are counted. The oldest is forgotten
_SPECS = (ServerEvent, models.EventData, models.EventContent, models.EventApp, models.OriginalEvent)
_NAMES = (*(name for spec in _SPECS for name in spec.__annotations__), *CAPI)
"""Parameter names, which errors may show. Other names could be customer data."""


@dataclass(slots=True)
class _PreparedEvents:
    """The events of one request, and what is wrong with them."""

    events: list[dict[str, Any]] = field(default_factory=list, repr=False)
    wrong: list[Violation] = field(default_factory=list)
    left_out: list[tuple[int, str, str]] = field(default_factory=list)
    doubtful: list[tuple[int, str, str]] = field(default_factory=list)
    first: int = 0  # the number of the first event
    count: int = 0  # events before wrong ones were left out
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


def _chunks(events: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(events)
    while chunk := list(islice(iterator, MAX_EVENTS)):
        yield chunk


def _prepare_events(
    chunk: Sequence[Any], first: int, now: datetime, default_region: str | None, seen: Recent[bytes, int]
) -> _PreparedEvents:
    """Prepare the events of one request. `first` is the number of its first event, from 0.

    `seen` counts equal events, so that two equal purchases get two ids.
    """
    prepared = _PreparedEvents(first=first, count=len(chunk))
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
    named: list[tuple[str, Any, Any]] = [("custom_data", models.EventData, data)]
    named += [("contents", models.EventContent, item) for item in data.get("contents", ())]
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


def _count_left_out(left_out: Iterable[tuple[int, str, str]], tallies: list[models.LeftOut]) -> None:
    """Add values or events that could not be used to `tallies`, by key and reason."""
    known = {(tally.key, tally.reason): tally for tally in tallies}
    for number, key, reason in left_out:
        tally = known.get((key, reason))
        if tally is None:
            tally = known[key, reason] = models.LeftOut(key, reason)
            tallies.append(tally)
        tally.count += 1
        if tally.count <= MAX_LISTED:
            tally.events.append(number)


Progress = Callable[[EventsBatch], None]
CHECK = "send the same events once more: by their event_id Meta counts each once"


class Conversions(Service):
    """The edge `events` of a pixel."""

    @no_op("send_conversion_events also takes a file from the host's folder")
    def send(
        self,
        pixel_id: str,
        events: Iterable[ServerEvent | Mapping[str, Any]],
        *,
        test_event_code: str | None = None,
        default_region: str | None = None,
        progress: Progress | None = None,
    ) -> EventsSent:
        """Send events (purchases, leads, …) of a website, an app or a shop to Meta, 1,000 per request.

        Plain text in `user_data` is normalised and hashed first, as in customer lists; values that cannot be used are
        left out and counted. `custom_data.value` is in major units, unlike budgets: 12.50, or "12.50 USD". Events must
        be at most 7 days old, of `physical_store` 62. With `test_event_code` they also appear among the pixel's test
        events. `default_region` ("US") is the country of phone numbers without a country code. `progress` is called
        after each request.

        One wrong event would make Meta refuse all events of its request. It is left out instead and listed in
        `refused`, by its number from 0 and without any value. Raises `ParameterError` if no event can be sent. A
        generator is never held in memory: it is checked and sent 1,000 events at a time.

        If a response is lost, the library sends the request again: within 48 hours Meta counts events with the same
        `event_name` and `event_id` once. An event without `event_id` gets one made from its content, so sending the
        same list again is safe. If the pixel reports the same event, pass its eventID.

        >>> event = {"event_name": "Purchase", "event_time": fb.now(), "action_source": "email",
        ...     "user_data": {"em": "mary@example.com"}, "custom_data": {"value": "12.50 USD"}}
        >>> fb.conversions.send(pixel_id, [event]).received
        1
        """
        request = self._node(sdk.AdsPixel, pixel_id, "pixel_id").create_event
        if test_event_code is not None and not (isinstance(test_event_code, str) and test_event_code.strip()):
            raise ParameterError([Violation("test_event_code", test_event_code, "a text")])
        code = {} if test_event_code is None else {"test_event_code": test_event_code}
        if isinstance(events, (str, bytes, Mapping)):
            raise ParameterError([Violation("events", "(a value)", "a list of events, or anything that yields them")])
        sent, wrong = EventsSent(pixel_id), list[Violation]()
        seen, clock = Recent[bytes, int](MAX_REMEMBERED), self._transport.api.clock
        for number, chunk in enumerate(_chunks(events)):
            prepared = _prepare_events(chunk, number * MAX_EVENTS, clock.now(), default_region, seen)
            _count_left_out(prepared.left_out, sent.left_out)
            _count_left_out(_refused(prepared.wrong), sent.refused)
            _count_left_out(prepared.doubtful, sent.doubtful)
            if not prepared.events:
                wrong += prepared.wrong[: MAX_EVENTS - len(wrong)]
                continue
            sent.named += prepared.named
            sent.batches.append(self._post(request, {"data": prepared.json(), **code}, prepared))
            if progress:
                progress(sent.batches[-1])
        if not sent.batches:
            raise ParameterError(wrong or [Violation("events", [], "at least one event")])
        return sent

    def _post(self, prepare: Prepare, params: Mapping[str, Any], prepared: _PreparedEvents) -> EventsBatch:
        """Send one request until Meta answers. Customers' plain data is masked in errors."""
        call = self._call(prepare, params)
        try:
            answer = retry_until_acknowledged(self._transport, call, acknowledged("events_received"))
        except OutcomeUnknown as lost:
            unknown = OutcomeUnknown(lost.message, request=lost.request or "", check=CHECK)
        except APIError as error:
            private = prepared.private()
            for name in ("message", "error_user_title", "error_user_msg", "error_data"):
                setattr(error, name, _masked(getattr(error, name), private))
            error.args = (error.message,)
            last = prepared.first + prepared.count - 1
            error.add_note(f"Events {prepared.first:,} to {last:,} were refused. Those before them were sent.")
            raise
        else:
            received, messages, trace = (answer.get(name) for name in ("events_received", "messages", "fbtrace_id"))
            masked = _masked([*map(str, messages)], prepared.private()) if isinstance(messages, list) else []
            trace_id = None if trace is None else str(trace)
            return EventsBatch(prepared.first, len(prepared.events), count(received), trace_id, masked)
        raise unknown  # outside of the handler: its traceback would show the request


def _refused(wrong: Iterable[Violation]) -> Iterator[tuple[int, str, str]]:
    """Yield the number of each wrong event, the parameter that is wrong, and what is allowed."""
    for violation in wrong:
        _, number, *field = violation.field.split(".", 2)
        yield int(number), ".".join(field), violation.allowed


def _masked(value: Any, private: set[str]) -> Any:
    if isinstance(value, str):
        for secret in private:
            value = value.replace(secret, MASK)
        return value
    if isinstance(value, dict):
        return {name: _masked(item, private) for name, item in value.items()}
    return [_masked(item, private) for item in value] if isinstance(value, list) else value
