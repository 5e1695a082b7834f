"""Amounts that a model wrote without a currency: what they were, where the rest of the text does not say it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from admonster_fb.bot.render.values import is_money
from admonster_fb.errors import FacebookAdsError
from admonster_fb.money import minor_text
from admonster_fb.rules.budgets import both_readings

_ID = re.compile(r"(^|_)ids?$")


def bare_amounts(arguments: Mapping[str, Any], currency: Callable[[str], str], text: str) -> list[str]:
    """Return both readings of each amount in minor units that a text does not show with its currency.

    >>> bare_amounts({"campaign_id": "1", "daily_budget": 150}, lambda _id: "USD", "OK: updated.")
    ['daily_budget: 150 is $1.50 USD; write "150.00 USD" if that is meant']
    """
    leaves = [*_leaves("", arguments, {})]
    amounts = {name: value for name, value, siblings in leaves if type(value) is int and is_money(name, siblings)}
    ids = [value for name, value, _ in leaves if _ID.search(name) and isinstance(value, str)]
    found: list[str] = []
    with suppress(FacebookAdsError):  # what was done must not be lost
        code = currency(next((each for each in ids if each.startswith("act_")), ids[0])) if amounts and ids else ""
        for name, value in amounts.items() if code else ():
            said = both_readings(value, code)
            if said and minor_text(value, code) not in text:
                found.append(f"{name}: {said}")
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
