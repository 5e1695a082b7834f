"""Validation of the Conversions API: one invalid event makes the whole request fail (Meta's page "Using the API").

Numbers are those of recorded answers: 2804003 and 2804050; 2804010 and 2804016 are from issues (facebook-java-
business-sdk #421 and others). The rest is code 100. `client_user_agent` of website events is documented as
required and was seen not to be enforced on v26: it is not refused here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from importlib import resources
from typing import Any

from admonster_fb.sandbox import need
from admonster_fb.sandbox.audiences.people import is_hash
from admonster_fb.sandbox.convert import listed, whole
from admonster_fb.sandbox.errors import bad_param, refuse, required

PIXEL, CONVERSION = "AdsPixel", "CustomConversion"
ACCOUNTS = "accounts"
"""The internal value of a pixel with the accounts that use it; the first one owns it."""
MOST_EVENTS = 1_000
MOST_CONVERSIONS = 100
# How old events may be (Meta's pages "Using the API" and "Server Event Parameters").
OLDEST, OLDEST_IN_STORES = timedelta(days=7), timedelta(days=62)
STORE, SITE, APP = "physical_store", "website", "app"
ACTION_SOURCES = (
    *("email", SITE, APP, "phone_call", "chat", STORE, "system_generated", "business_messaging", "other"),
)
# Two events of one name and id are the same within this time.
SAME_WITHIN = timedelta(hours=48)
HASHED = ("em", "ph", "ge", "db", "ln", "fn", "ct", "st", "zp", "country")
CODE = resources.files(__package__).joinpath("pixel.html").read_text(encoding="utf-8").strip()


Event = dict[str, Any]
# Customer information that is too broad to find anybody by, alone or together (Meta's best practices).
TOO_BROAD = (
    frozenset({"ct", "country", "st", "zp", "ge", "client_user_agent"}),
    frozenset({"db", "client_user_agent"}),
    frozenset({"fn", "ge"}),
    frozenset({"ln", "ge"}),
)
CLOCKS_DIFFER = timedelta(minutes=10)
EXTINFO = 16
_CURRENCY = re.compile("[A-Za-z]{3}")


def check(where: str, event: Any, now: datetime) -> None:
    """Refuse an event. `where` names it: `data[0]`."""
    if not isinstance(event, dict):
        raise bad_param(f"param {where} must be an array.")
    for rule in RULES:
        rule(where, event, now)


def _name(where: str, event: Event, _now: datetime) -> None:
    if not isinstance(event.get("event_name"), str) or not event["event_name"].strip():
        raise required(f"{where}[event_name]")


def _time(where: str, event: Event, now: datetime) -> None:
    need.something(f"{where}[event_time]", event.get("event_time"))
    seconds = whole(event["event_time"])
    if seconds is None or not 0 < seconds < 10**11:
        raise bad_param(f"Param {where}[event_time] must be a Unix timestamp in seconds")
    then = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    if then - now > CLOCKS_DIFFER:
        raise bad_param(f"Param {where}[event_time] is in the future")
    in_store = event.get("action_source") == STORE
    oldest = OLDEST_IN_STORES if in_store else OLDEST
    if now - then > oldest:
        text = (
            "The timestamp for this event is too far in the past. Events need to be sent from your server within "
            f"{oldest.days} days of when they occurred."
        )
        raise refuse(2804003, msg=text)


def _source(where: str, event: Event, _now: datetime) -> None:
    source = need.value(f"{where}[action_source]", event.get("action_source"))
    need.one_of(f"{where}[action_source]", source, ACTION_SOURCES)
    if source == SITE and not event.get("event_source_url"):
        raise required(f"{where}[event_source_url]")
    if source == APP:
        _check_app(where, event)


def _check_app(where: str, event: Event) -> None:
    app = event.get("app_data")
    if not isinstance(app, dict):
        raise required(f"{where}[app_data]")
    for name in ("advertiser_tracking_enabled", "application_tracking_enabled", "extinfo"):
        if app.get(name) is None:
            raise required(f"{where}[app_data][{name}]")
    if len(listed(app["extinfo"])) != EXTINFO:
        raise bad_param(f"Param {where}[app_data][extinfo] must have {EXTINFO} values")


def _customer(where: str, event: Event, _now: datetime) -> None:
    data = event.get("user_data")
    if not isinstance(data, dict):
        raise required(f"{where}[user_data]")
    for name in HASHED:
        values = data.get(name)
        if values is None:
            continue
        # Meta's own capi-param-builder appends a dot and some letters to its hashes.
        if not all(is_hash(str(each).partition(".")[0]) for each in (values if isinstance(values, list) else [values])):
            text = (
                f"The {name} parameter isn't hashed. Hash all user parameters as SHA256, except for client user agent, "
                "click ID, and browser ID. Any other user parameters that are not hashed are automatically rejected."
            )
            raise refuse(2804016, msg=text)
    filled = {name for name, value in data.items() if value not in (None, "", [])}
    if any(filled <= broad for broad in TOO_BROAD):
        raise refuse(2804050)


def _value(where: str, event: Event, _now: datetime) -> None:
    data = event.get("custom_data") or {}
    if not isinstance(data, dict):
        raise bad_param(f"param {where}[custom_data] must be an array.")
    if event["event_name"] == "Purchase":
        if not data.get("currency"):
            raise refuse(2804010)
        need.something(f"{where}[custom_data][value]", data.get("value"))
    if data.get("currency") and not _CURRENCY.fullmatch(str(data["currency"])):
        raise bad_param(f"Param {where}[custom_data][currency] must be a currency code of three letters")
    if data.get("value") not in (None, "") and not _is_number(data["value"]):
        raise bad_param(f"Param {where}[custom_data][value] must be a number")


def _is_number(value: Any) -> bool:
    try:
        return not isinstance(value, bool) and Decimal(str(value)).is_finite()
    except InvalidOperation:
        return False


def _options(where: str, event: Event, _now: datetime) -> None:
    if event.get("data_processing_options") not in (None, [], ["LDU"]):
        raise bad_param(f'Param {where}[data_processing_options] must be [] or ["LDU"]')


RULES: tuple[Callable[[str, Event, datetime], None], ...] = (_name, _time, _source, _customer, _value, _options)
