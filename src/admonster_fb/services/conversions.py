"""The Conversions API: events told by a server. https://developers.facebook.com/docs/marketing-api/conversions-api"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from facebook_business.adobjects import adspixel as sdk

from admonster_fb.errors import APIError, OutcomeUnknown, ParameterError, Violation
from admonster_fb.models.serverevent import EventsBatch, EventsSent, ServerEvent
from admonster_fb.operation import no_op
from admonster_fb.redaction import MASK
from admonster_fb.services._again import repeated
from admonster_fb.services._base import Service, node_id
from admonster_fb.services._server_events import LARGEST, EventsRefused, Prepared, Twins, chunks, prepared, tallied
from admonster_fb.transport.api import decode_object

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
        """Tell Meta of events (purchases, leads, …) of a website, an app or a shop, 1,000 to a request.

        What `user_data` holds in plain text is normalised and hashed first, as for lists of customers; what cannot be
        used is left out and counted by event. `custom_data.value` is in major units, unlike budgets: 12.50, or
        "12.50 USD". Events are at most 7 days old, of `physical_store` 62; with `test_event_code` they show among the
        pixel's test events too.

        A list is checked as a whole before anything is sent; a generator, never held in memory, 1,000 at a time.
        Raises `ParameterError` with every violation, by number of event from 0, and never with a value.

        A lost answer is asked for again: Meta counts events of one `event_name` and `event_id` once within 48 hours.
        An event without `event_id` is given one made of what it says, so that the same list sent again counts once.
        Where the pixel reports the same event, give its eventID.

        >>> event = {"event_name": "Purchase", "event_time": fb.now(), "action_source": "email",
        ...     "user_data": {"em": "mary@example.com"}, "custom_data": {"value": "12.50 USD"}}
        >>> fb.conversions.send(pixel_id, [event]).received
        1
        """
        request = self._sdk(sdk.AdsPixel, node_id(pixel_id, "pixel_id")).create_event
        code = {} if test_event_code is None else {"test_event_code": _text(test_event_code, "test_event_code")}
        if isinstance(events, (str, bytes, Mapping)):
            raise ParameterError([Violation("events", "(a value)", "a list of events, or anything that yields them")])
        self._check(events, default_region)
        sent, twins = EventsSent(pixel_id), Twins()
        for chunk in chunks(events):
            first = sent.count
            ready = prepared(chunk, first, self._transport.api.clock.now(), default_region, twins)
            if ready.wrong:
                raise EventsRefused(ready.wrong, sent) if sent.batches else ParameterError(ready.wrong)
            tallied(ready.left_out, sent.left_out)
            sent.named += ready.named
            batch = self._post(request, {"data": ready.json(), **code}, first, ready)
            sent.batches.append(batch)
            if progress:
                progress(batch)
        if not sent.batches:
            raise ParameterError([Violation("events", [], "at least one event")])
        return sent

    def _check(self, events: Iterable[Any], default_region: str | None) -> None:
        """Check all events that can be walked through twice, unless one request holds them."""
        once = iter(events) is events
        if once or (isinstance(events, (list, tuple)) and len(events) <= LARGEST):
            return
        wrong: list[Violation] = []
        for number, chunk in enumerate(chunks(events)):
            wrong += prepared(chunk, number * LARGEST, self._transport.api.clock.now(), default_region).wrong
        if wrong:
            raise ParameterError(wrong)

    def _post(self, prepare: Callable[..., Any], params: Mapping[str, Any], first: int, ready: Prepared) -> EventsBatch:
        """Send one request until it is answered; no error shows what of a customer is sent as it is."""
        try:
            answer = repeated(self._transport, self._call(prepare, params), decode_object)
        except OutcomeUnknown as lost:
            unknown = OutcomeUnknown(lost.message, request=lost.request or "", check=CHECK)
        except APIError as error:
            _scrub(error, ready.private())
            error.add_note(
                f"Events {first:,} to {first + len(ready.events) - 1:,} were refused, those before were sent."
            )
            raise
        else:
            return _batch(answer, first, ready)
        raise unknown


def _batch(answer: Mapping[str, Any], first: int, ready: Prepared) -> EventsBatch:
    received, messages = answer.get("events_received"), answer.get("messages")
    private = ready.private()
    told = [cast("str", _masked(str(each), private)) for each in messages] if isinstance(messages, list) else []
    trace = answer.get("fbtrace_id")
    return EventsBatch(first, len(ready.events), int(received or 0), None if trace is None else str(trace), told)


def _scrub(error: APIError, private: set[str]) -> None:
    """Take what is a customer's out of an error of Meta's."""
    for name in ("message", "error_user_title", "error_user_msg", "error_data"):
        setattr(error, name, _masked(getattr(error, name), private))
    error.args = (error.message,)


def _masked(value: Any, private: set[str]) -> Any:
    if isinstance(value, str):
        for secret in private:
            value = value.replace(secret, MASK)
        return value
    if isinstance(value, dict):
        return {name: _masked(item, private) for name, item in value.items()}
    return [_masked(item, private) for item in value] if isinstance(value, list) else value


def _text(value: object, name: str) -> str:
    if not (isinstance(value, str) and value.strip()):
        raise ParameterError([Violation(name, value, "a text")])
    return value
