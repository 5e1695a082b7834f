"""What Meta asks of a server event beyond its types. Meta: conversions-api/parameters, best-practices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from admonster_fb.errors import MISSING, Violation

Params = Mapping[str, Any]
SINCE, SINCE_IN_STORE = timedelta(days=7), timedelta(days=62)
"""How old an event may be; one that is older makes Meta refuse all events of its request."""
WEAK = (
    frozenset({"ct", "country", "st", "zp", "ge", "client_user_agent"}),
    frozenset({"db", "client_user_agent"}),
    frozenset({"fn", "ge"}),
    frozenset({"ln", "ge"}),
)
"""Meta refuses an event of whose customer it is told no more than one of these, or part of one."""
EXTINFO, OS_VERSION = 16, 4
VERSIONS = ("a2", "i2")
SAID = "(a value)"
"""Stands for what was given: none of it is shown."""


def violations(event: Params, now: datetime) -> list[Violation]:
    """Return all that is wrong with an event whose types are right; `user_data` as it will be sent.

    >>> from datetime import UTC
    >>> event = {"event_name": "Lead", "event_time": 0, "action_source": "email", "user_data": {"em": "f19…"}}
    >>> [each.field for each in violations(event, datetime(2026, 11, 1, tzinfo=UTC))]
    ['event_time']
    """
    return [*_time(event, now), *_source(event), *_who(event), *_purchase(event), *_options(event)]


def _time(event: Params, now: datetime) -> Iterator[Violation]:
    age = int(now.timestamp()) - event["event_time"]
    oldest = SINCE_IN_STORE if event["action_source"] == "physical_store" else SINCE
    if event["event_time"] > 10**11:
        yield Violation("event_time", SAID, "unix seconds, not milliseconds")
    elif age < 0:
        yield Violation("event_time", SAID, f"a time that is past: it lies {-age:,} s ahead")
    elif age > oldest.total_seconds():
        limit = f"at most {oldest.days} days ago{'' if oldest is SINCE else ' for physical_store'}"
        yield Violation("event_time", SAID, f"{limit}: it was {age // 86400:,} days ago")


def _source(event: Params) -> Iterator[Violation]:
    source = event["action_source"]
    if source == "website" and "event_source_url" not in event:
        yield Violation("event_source_url", MISSING, "the URL, for action_source website")
    if source == "website" and "client_user_agent" not in event["user_data"]:
        yield Violation("user_data.client_user_agent", MISSING, "the browser's name, for action_source website")
    if source != "app":
        return
    app = event.get("app_data", {})
    for name in ("advertiser_tracking_enabled", "application_tracking_enabled"):
        if name not in app:
            yield Violation(f"app_data.{name}", MISSING, "true or false, for action_source app")
    yield from _extinfo(app.get("extinfo"))


def _extinfo(told: Any) -> Iterator[Violation]:
    name = "app_data.extinfo"
    if told is None:
        yield Violation(name, MISSING, "what is known of the device, for action_source app")
    elif len(told) != EXTINFO:
        yield Violation(name, f"{len(told)} values", f"{EXTINFO} values, empty ones among them")
    elif told[0] not in VERSIONS or not told[OS_VERSION]:
        yield Violation(name, SAID, "a2 (Android) or i2 (iOS) first, and the version of the system fifth")


def _who(event: Params) -> Iterator[Violation]:
    told = event["user_data"].keys()
    if not told:
        yield Violation("user_data", SAID, "something usable of the customer, such as em, ph or fbp")
    elif any(told <= weak for weak in WEAK):
        yield Violation("user_data", SAID, f"more than {', '.join(sorted(told))}: Meta refuses what may fit too many")


def _purchase(event: Params) -> Iterator[Violation]:
    if event["event_name"] == "Purchase":
        for name in ("value", "currency"):
            if name not in event.get("custom_data", {}):
                yield Violation(f"custom_data.{name}", MISSING, "required for Purchase")


def _options(event: Params) -> Iterator[Violation]:
    country, state = (f"data_processing_options_{name}" for name in ("country", "state"))
    if (country in event) != (state in event):
        yield Violation(state if country in event else country, MISSING, f"both {country} and {state}, or neither")
    limited = bool(event.get("data_processing_options"))
    if limited and state not in event and "client_ip_address" not in event["user_data"]:
        yield Violation(state, MISSING, "with LDU either client_ip_address, or country 1 and state 1000 (California)")
