"""Rules of server events. Source: Meta: conversions-api/parameters, best-practices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from admonster_fb.errors import MISSING, Violation
from admonster_fb.rules import core
from admonster_fb.rules.core import rule

Params = Mapping[str, Any]
MAX_AGE, MAX_AGE_IN_STORE = timedelta(days=7), timedelta(days=62)
"""The maximum age of an event. One older event makes Meta refuse all events of the request."""
WEAK = (
    frozenset({"ct", "country", "st", "zp", "ge", "client_user_agent"}),
    frozenset({"db", "client_user_agent"}),
    frozenset({"fn", "ge"}),
    frozenset({"ln", "ge"}),
)
"""Meta refuses an event whose customer data is one of these sets, or part of one."""
CLOCKS_DIFFER = 10  # seconds by which an event may lie ahead: its server's clock may be fast
EXTINFO, OS_VERSION = 16, 4
VERSIONS = ("a2", "i2")
HIDDEN = "(a value)"  # shown instead of the value given, which may be customer data


violations = partial(core.violations, "event")
"""Return all violations of an event with valid types, at a time; `user_data` is as it will be sent."""
doubts = partial(core.violations, "event", severity="warning")
"""Return what may be wrong with an event that can be sent."""


@rule("event-time", "event", "D Server event parameters")
def _time(event: Params, now: datetime) -> Iterator[Violation]:
    age = int(now.timestamp()) - event["event_time"]
    oldest = MAX_AGE_IN_STORE if event["action_source"] == "physical_store" else MAX_AGE
    if event["event_time"] > 10**11:
        yield Violation("event_time", HIDDEN, "unix seconds, not milliseconds")
    elif age < -CLOCKS_DIFFER:
        allowed = f"a time in the past: it is {-age:,} s in the future"
        yield Violation("event_time", HIDDEN, allowed, "L what has not happened is left out, the rest is sent")
    elif age > oldest.total_seconds():
        limit = f"at most {oldest.days} days ago{'' if oldest is MAX_AGE else ' for physical_store'}"
        yield Violation("event_time", HIDDEN, f"{limit}: it was {age // 86400:,} days ago")


@rule("event-source", "event", "D Server event parameters")
def _source(event: Params, _: datetime) -> Iterator[Violation]:
    source = event["action_source"]
    if source == "website" and "event_source_url" not in event:
        yield Violation("event_source_url", MISSING, "the URL, for action_source website")
    if source == "website" and "client_user_agent" not in event["user_data"]:
        yield Violation("user_data.client_user_agent", MISSING, "the browser's user agent, for action_source website")
    if source != "app":
        return
    app = event.get("app_data", {})
    for name in ("advertiser_tracking_enabled", "application_tracking_enabled"):
        if name not in app:
            yield Violation(f"app_data.{name}", MISSING, "true or false, for action_source app")
    yield from _extinfo(app.get("extinfo"))


def _extinfo(info: Any) -> Iterator[Violation]:
    name = "app_data.extinfo"
    if info is None:
        yield Violation(name, MISSING, "data about the device, for action_source app")
    elif len(info) != EXTINFO:
        yield Violation(name, f"{len(info)} values", f"{EXTINFO} values, including empty ones")
    elif info[0] not in VERSIONS or not info[OS_VERSION]:
        yield Violation(name, HIDDEN, "a2 (Android) or i2 (iOS) first, and the version of the system fifth")


@rule("event-customer", "event", "D Customer information parameters; R 100/2804050")
def _customer(event: Params, _: datetime) -> Iterator[Violation]:
    given = event["user_data"].keys()
    if not given:
        yield Violation("user_data", HIDDEN, "usable data of the customer, such as em, ph or fbp")
    elif any(given <= weak for weak in WEAK):
        allowed = f"more than {', '.join(sorted(given))}: Meta refuses what may match too many people"
        yield Violation("user_data", HIDDEN, allowed)


@rule("event-purchase", "event", "D Server event parameters")
def _purchase(event: Params, _: datetime) -> Iterator[Violation]:
    if event["event_name"] == "Purchase":
        for name in ("value", "currency"):
            if name not in event.get("custom_data", {}):
                yield Violation(f"custom_data.{name}", MISSING, "required for Purchase")


@rule("event-options", "event", "D Data processing options")
def _options(event: Params, _: datetime) -> Iterator[Violation]:
    country, state = (f"data_processing_options_{name}" for name in ("country", "state"))
    limited = bool(event.get("data_processing_options"))
    if limited and not {country, state} & event.keys() and "client_ip_address" not in event["user_data"]:
        yield Violation(state, MISSING, "with LDU either client_ip_address, or country 1 and state 1000 (California)")


@rule("event-state", "event", "F pixels-and-server-events")
def _state(event: Params, _: datetime) -> Iterator[Violation]:
    country, state = (f"data_processing_options_{name}" for name in ("country", "state"))
    missing = [name for name in (country, state) if name not in event]
    if event.get("data_processing_options") and len(missing) == 1:
        yield Violation(missing[0], MISSING, "missing while the other is there: Meta places the person itself")
