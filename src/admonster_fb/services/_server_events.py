"""Server events made ready: types and rules checked, customers hashed, each with an id, nothing of a customer told."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from admonster_fb.audience_data import CAPI, user_data
from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._params import checked
from admonster_fb.models.serverevent import (
    EventApp,
    EventContent,
    EventData,
    EventsSent,
    LeftOut,
    OriginalEvent,
    ServerEvent,
)
from admonster_fb.money import Money
from admonster_fb.rules import server_events as serverevents
from admonster_fb.rules.server_events import SAID

LARGEST = 1_000
"""Events that Meta takes in a request."""
KEPT = 100
_NAMES = (
    *(
        name
        for spec in (ServerEvent, EventData, EventContent, EventApp, OriginalEvent)
        for name in spec.__annotations__
    ),
    *CAPI,
)
"""Names that may be shown, and what is nearly one of them."""


class EventsRefused(ParameterError):  # noqa: N818 - a state, as its sisters
    """Report events that were refused after others had been sent: `sent` says which.

    Events that can be walked through once only are checked 1,000 at a time, so this can come late.
    """

    def __init__(self, violations: Iterable[Violation], sent: EventsSent) -> None:
        super().__init__(violations)
        self.sent = sent
        self.advice = (
            f"Events 0 to {sent.count - 1:,} were sent: correct these, and send the rest from {sent.count:,} on."
        )


@dataclass(slots=True)
class Prepared:
    """Events made ready, and what is known of them."""

    events: list[dict[str, Any]] = field(default_factory=list, repr=False)
    wrong: list[Violation] = field(default_factory=list)
    left_out: list[tuple[int, str, str]] = field(default_factory=list)
    named: int = 0

    def json(self) -> str:
        """Return the events as Meta takes them, numbers to the last digit."""
        return _json(self.events)

    def private(self) -> set[str]:
        """Return what of the customers is sent as it is, so that no error shows it."""
        return {
            text
            for event in self.events
            for value in event["user_data"].values()
            for text in (value if isinstance(value, list) else [value])
            if len(text) > 3
        }


def chunks(events: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield the events of each request."""
    walked = iter(events)
    while chunk := list(islice(walked, LARGEST)):
        yield chunk


class Twins:
    """Counts events that say the same, so that two coffees of one day stay two; of very many it forgets the oldest."""

    MOST = 100_000

    def __init__(self) -> None:
        self._seen: OrderedDict[bytes, int] = OrderedDict()

    def nth(self, digest: bytes) -> int:
        """Return how often an event was seen, this time included.

        >>> twins = Twins()
        >>> twins.nth(b"a"), twins.nth(b"a")
        (1, 2)
        """
        count = self._seen.pop(digest, 0) + 1
        self._seen[digest] = count
        if len(self._seen) > self.MOST:
            self._seen.popitem(last=False)
        return count


def prepared(
    chunk: Sequence[Any], first: int, now: datetime, default_region: str | None, twins: Twins | None = None
) -> Prepared:
    """Make the events of one request ready; the number of an event is its place among all, from 0.

    >>> from datetime import UTC
    >>> ready = prepared([{"event_name": "Lead"}], 7, datetime(2026, 11, 1, tzinfo=UTC), None)
    >>> [each.field for each in ready.wrong]
    ['events.7.event_time', 'events.7.action_source', 'events.7.user_data']
    """
    ready, twins = Prepared(), twins or Twins()
    for number, event in enumerate(chunk, first):
        path = f"events.{number}"
        try:
            said = _one(event, number, ready.left_out, default_region)
        except ParameterError as error:
            ready.wrong += [_hidden(path, each) for each in error.violations]
            continue
        if wrong := [_hidden(path, each) for each in serverevents.violations(said, now)]:
            ready.wrong += wrong
            continue
        if "event_id" not in said:
            said["event_id"] = _id(said, twins)
            ready.named += 1
        ready.events.append(said)
    return ready


def _one(event: Any, number: int, left_out: list[tuple[int, str, str]], default_region: str | None) -> dict[str, Any]:
    """Return one event with its types checked and its customer hashed."""
    if not isinstance(event, Mapping):
        raise ParameterError([Violation("", SAID, "an object: event_name, event_time, action_source, user_data")])
    said = checked(ServerEvent, event)
    told, why = user_data(said["user_data"], default_region)
    left_out += [(number, key, reason) for key, reason in why.items()]
    said["user_data"] = told
    if "custom_data" in said:
        said["custom_data"] = _worth(said["custom_data"])
    return said


def _worth(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of an event with its amounts as numbers, of one currency."""
    told = {**data, "contents": [{**each} for each in data["contents"]]} if "contents" in data else {**data}
    currencies = {told["currency"].upper()} if "currency" in told else set()
    for part in (told, *told.get("contents", ())):
        for name, value in part.items():
            if isinstance(value, Money):
                currencies.add(value.currency)
                part[name] = value.amount
    if len(currencies) > 1:
        raise ParameterError(
            [Violation("custom_data.currency", SAID, f"one currency, not {', '.join(sorted(currencies))}")]
        )
    return {**told, "currency": currencies.pop()} if currencies else told


def _hidden(path: str, wrong: Violation) -> Violation:
    """Return a violation of an event without anything that was given, names that are not plain among it."""
    parts: list[str] = []
    for part in filter(None, wrong.field.split(".")):
        plain = part.isdecimal() or difflib.get_close_matches(part, _NAMES, 1)
        parts.append(part if plain else "(another name)")
        if not plain:  # what follows may belong to it
            break
    return Violation(".".join([path, *parts]), MISSING if wrong.given is MISSING else SAID, wrong.allowed)


def _id(event: Mapping[str, Any], twins: Twins) -> str:
    """Return an id made of what the event says, so that the same list sent once more counts once."""
    digest = hashlib.sha256(_json(dict(sorted(event.items()))).encode()).digest()
    return hashlib.sha256(digest + twins.nth(digest[:12]).to_bytes(8, "big")).hexdigest()[:32]


def _json(value: Any) -> str:
    """Return JSON in which a Decimal is a number, to its last digit."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(str(name))}:{_json(item)}" for name, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_json, value)) + "]"
    return json.dumps(value)


def tallied(left_out: Iterable[tuple[int, str, str]], tallies: list[LeftOut]) -> None:
    """Count what could not be used, by key and reason.

    >>> tallies: list[LeftOut] = []
    >>> tallied([(4, "em", "not an e-mail address")], tallies)
    >>> tallies[0].events
    [4]
    """
    known = {(each.key, each.reason): each for each in tallies}
    for number, key, reason in left_out:
        tally = known.get((key, reason))
        if tally is None:
            tally = known[key, reason] = LeftOut(key, reason)
            tallies.append(tally)
        tally.count += 1
        if tally.count <= KEPT:
            tally.events.append(number)
