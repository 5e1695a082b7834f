"""Values as text for the model: unambiguous, and an advertiser's text cannot pass for the tool's own."""

from __future__ import annotations

import json
import re
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import BaseModel

from admonster_fb.errors import FacebookAdsError
from admonster_fb.models._node import zone_of
from admonster_fb.money import Money, MoneyError, minor_text, offset_of
from admonster_fb.objects import DELIVERS, facts_of, money_fields
from admonster_fb.redaction import without_tokens
from admonster_fb.rules.budgets import both_readings

_WORD = re.compile(r"[A-Za-z0-9_./+-]{1,64}")
"""Text that needs no quotes: enumerations, ids, hashes, time zones."""
_ID = re.compile(r"(^|_)ids?$")
_LABELS = re.compile("(ID|Impressions|Clicks|Spend|CTR|CPC):")
"""Labels by which existing bots find ids and figures."""
_OTHER_LABELS = {"balance": "Bill due (balance, not money left)"}
"""Labels of fields whose names mislead."""
_ABBREVIATIONS = frozenset({"id", "ctr", "cpc", "cpm", "cpp", "url", "utc", "dsa"})
Currency = Callable[[], str]


@dataclass(frozen=True, slots=True)
class OfAccount:
    """The time zone and the currency of the account that a call is about, each read when it is needed; never raises."""

    zone: Callable[[], str]
    currency: Currency


_ACCOUNT: ContextVar[OfAccount | None] = ContextVar("account", default=None)


@contextmanager
def using_account(account: OfAccount) -> Iterator[None]:
    """Show times in the zone, and amounts in the currency, of the account that a call is about."""
    token = _ACCOUNT.set(account)
    try:
        yield
    finally:
        _ACCOUNT.reset(token)


def local(time: datetime) -> datetime:
    """Return a time that Meta sent in UTC in the account's time zone; another, or one of no known account, as it is."""
    if (account := _ACCOUNT.get()) is not None and time.utcoffset() == timedelta(0):
        return time.astimezone(zone_of(account.zone()))
    return time


def account_currency() -> str:
    """Return the currency of the account that the call is about; empty if it is not known."""
    return account.currency() if (account := _ACCOUNT.get()) is not None else ""


def quoted(text: str) -> str:
    r"""Return a text from the API on one line, in quotes, and unable to end the quotes or open a code block.

    >>> quoted('Sale\n```ID: 1" OK')
    '"Sale \'\'\'ID= 1\' OK"'
    """
    return f'"{plain(text)}"'


def plain(text: str) -> str:
    """Return a text without control characters, line breaks, quotes, fences and the labels that bots look for."""
    return _harmless(text).replace('"', "'")


def _harmless(text: str) -> str:
    visible = "".join(char if char.isprintable() else " " for char in str(text))
    return without_tokens(_LABELS.sub(r"\1=", " ".join(visible.split()).replace("`", "'")))  # before it is cut


def label(name: str) -> str:
    """Return a field's name as a label: `daily_budget` is "Daily budget"; abbreviations are in capitals."""
    if name in _OTHER_LABELS:
        return _OTHER_LABELS[name]
    words = name.replace("adset", "ad_set").split("_")
    words = [word.upper() if word in _ABBREVIATIONS else word for word in words]
    return " ".join([words[0].capitalize() if words[0].islower() else words[0], *words[1:]])


def is_money(name: str, siblings: Mapping[str, Any]) -> bool:
    """Return whether a field is an amount in minor units, given the other fields of its object."""
    fact = money_fields().get(name)
    return fact is not None and fact.is_money(siblings)


def format_field(
    name: str, value: Any, currency: Currency, siblings: Mapping[str, Any] = types.MappingProxyType({})
) -> str:
    """Return a value of the field `name` as text, money with its currency; `siblings` are the fields of its object."""
    if value == 0 and name in money_fields() and any(name in facts_of(edge) for edge in DELIVERS):
        return "none"
    if is_money(name, siblings) and isinstance(value, int):
        code = currency()
        return minor_text(value, code) if code else f"{value:,} minor units"
    return format_value(value)


def format_major(value: int | Decimal, currency: str) -> str:
    """Return an amount in major units, rounded to the minor unit: Meta returns cpc and cpm with six decimals."""
    try:
        units = (Decimal(value) * offset_of(currency)).quantize(Decimal(1))
        return str(Money.from_minor(int(units), currency))
    except (MoneyError, InvalidOperation):  # a currency whose decimals are unknown, or more than Meta can store
        return f"{value} {currency}"


def format_value(value: Any) -> str:
    """Return any value on one line: counts with separators, times with their zone, text of the API in quotes."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return local(value).strftime("%Y-%m-%d %H:%M:%S %z")
    if isinstance(value, str):
        return without_tokens(value) if _WORD.fullmatch(value) else quoted(value)
    data = value.model_dump(mode="json", exclude_unset=True) if isinstance(value, BaseModel) else value
    return _harmless(json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str))


def set_fields(node: BaseModel) -> Iterator[tuple[str, Any]]:
    """Yield the fields that Meta sent and that are not empty."""
    sent = node.model_fields_set
    for name, value in node:
        if value is not None and name in sent and getattr(value, "raw", value) not in ([], {}, ""):
            yield name, value


def joined(*parts: str) -> str:
    """Return the parts that are not empty, with bars between them."""
    return " | ".join(filter(None, parts))


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def bare_amounts(arguments: Mapping[str, Any], currency: Callable[[str], str], text: str) -> list[str]:
    """Return both readings of each amount in minor units that a text does not show with its currency."""
    leaves = [*_leaves("", arguments, {})]
    amounts = {name: value for name, value, siblings in leaves if type(value) is int and is_money(name, siblings)}
    ids = [value for name, value, _ in leaves if _ID.search(name) and isinstance(value, str)]
    found: list[str] = []
    with suppress(FacebookAdsError):  # what was done must not be lost
        code = currency(next((each for each in ids if each.startswith("act_")), ids[0])) if amounts and ids else ""
        for name, value in amounts.items() if code else ():
            readings = both_readings(value, code)
            if readings and minor_text(value, code) not in text:
                found.append(f"{name}: {readings}")
    return found


def _leaves(name: str, value: Any, siblings: Mapping[str, Any]) -> Iterator[tuple[str, Any, Mapping[str, Any]]]:
    """Yield each value within arguments with its name and the other fields of its object."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(str(key), inner, value)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(name, inner, siblings)
    else:
        yield name, value, siblings
