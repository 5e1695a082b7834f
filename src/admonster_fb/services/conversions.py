"""The Conversions API: server events. https://developers.facebook.com/docs/marketing-api/conversions-api"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from facebook_business.adobjects import adspixel as sdk

from admonster_fb.errors import APIError, OutcomeUnknown, ParameterError, Violation
from admonster_fb.models.serverevent import EventsBatch, EventsSent, ServerEvent
from admonster_fb.operation import no_op
from admonster_fb.redaction import MASK
from admonster_fb.services import _server_events
from admonster_fb.services._base import Service, retry_until_acknowledged
from admonster_fb.services._server_events import MAX_EVENTS, PreparedEvents, count_left_out
from admonster_fb.transport.answers import acknowledged, count
from admonster_fb.transport.last_seen import Recent

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
        seen, clock = Recent[bytes, int](_server_events.MAX_REMEMBERED), self._transport.api.clock
        for number, chunk in enumerate(_server_events.chunks(events)):
            first = number * MAX_EVENTS
            prepared = _server_events.prepare_events(chunk, first, clock.now(), default_region, seen)
            count_left_out(prepared.left_out, sent.left_out)
            count_left_out(_refused(prepared.wrong), sent.refused)
            count_left_out(prepared.doubtful, sent.doubtful)
            if not prepared.events:
                wrong += prepared.wrong[: MAX_EVENTS - len(wrong)]
                continue
            sent.named += prepared.named
            sent.batches.append(self._post(request, {"data": prepared.json(), **code}, first, prepared))
            if progress:
                progress(sent.batches[-1])
        if not sent.batches:
            raise ParameterError(wrong or [Violation("events", [], "at least one event")])
        return sent

    def _post(
        self, prepare: Callable[..., Any], params: Mapping[str, Any], first: int, prepared: PreparedEvents
    ) -> EventsBatch:
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
            last = first + prepared.count - 1
            error.add_note(f"Events {first:,} to {last:,} were refused. Those before them were sent.")
            raise
        else:
            received, messages, trace = (answer.get(name) for name in ("events_received", "messages", "fbtrace_id"))
            masked = _masked([*map(str, messages)], prepared.private()) if isinstance(messages, list) else []
            trace_id = None if trace is None else str(trace)
            return EventsBatch(first, len(prepared.events), count(received), trace_id, masked)
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
