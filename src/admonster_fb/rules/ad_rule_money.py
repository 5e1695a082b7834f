"""Amounts of money in ad rules. Source: Meta: ad-rules, Evaluation Spec (1000 for `spent` is 10.00 USD), Change Spec.

Meta's own examples of `cost_per_mobile_app_install` with `[4.5, 5.5]` contradict that text. A fraction is refused here,
because it could be read as a hundred times too much.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from admonster_fb.errors import MISSING, Violation
from admonster_fb.models._params import own_amount
from admonster_fb.money import Money, MoneyError

_PREFIX = (
    r"(?:(?:ad|adset|campaign)\.)?(?:\w+:)?"
    r"(?:(?:lifetime|today|yesterday|this_month|this_week_\w{3}_today|last_\d+_days|last_\d+d|last_nd_\w+?_\d+)_)?"
)
_MONEY = re.compile(rf"(aggregate\()?{_PREFIX}(?:spent|cost_per\w*|cpc|cpm|cpp|cpa|\w+_budget|spend_cap|bid_amount)\)?")
_OWN_FIELD = re.compile(r"(?:_budget|spend_cap|bid_amount)\)?$")
"""Meta's own fields of objects, as opposed to metrics."""
_AMOUNT = re.compile(r"-?[$¥€£]?\d[\d.,]* [A-Z]{3}")
_ALLOWED = 'minor units as an integer (1000 is 10.00 USD) or an amount with its currency ("10.00 USD")'
Found = list[Violation]


def is_money(field: str) -> bool:
    """Return whether the values of a filter are money, whatever prefix its field has."""
    return _MONEY.fullmatch(field) is not None


def without_currency(params: Mapping[str, Any]) -> Iterator[Violation]:
    """Yield the conditions on a money metric whose amount names no currency; Meta's own fields take minor units."""
    spec = params.get("evaluation_spec") or {}
    entries = [(f"filters.{n}", entry) for n, entry in enumerate(spec.get("filters") or ())]
    entries += [("trigger", spec["trigger"])] if spec.get("trigger") else []
    for path, entry in entries:
        field, value = str(entry.get("field")), entry.get("value")
        if not is_money(field) or _OWN_FIELD.search(field):
            continue
        for number in value if isinstance(value, list) else [value]:
            try:
                own_amount(number)
            except MoneyError as error:
                yield Violation(f"evaluation_spec.{path}.value", number, str(error))


def in_money(params: Mapping[str, Any], wrong: Found) -> dict[str, Any]:
    """Return the parameters of a rule with amounts that name a currency as `Money`; violations are added to `wrong`."""
    result = dict(params)
    if spec := result.get("evaluation_spec"):
        filters = [_filter(entry, f"evaluation_spec.filters.{n}", wrong) for n, entry in enumerate(spec["filters"])]
        result["evaluation_spec"] = {**spec, "filters": filters}
        if "trigger" in spec:
            result["evaluation_spec"]["trigger"] = _filter(spec["trigger"], "evaluation_spec.trigger", wrong)
    if (spec := result.get("execution_spec")) and "execution_options" in spec:
        path = "execution_spec.execution_options"
        options = [_option(option, f"{path}.{n}.value", wrong) for n, option in enumerate(spec["execution_options"])]
        result["execution_spec"] = {**spec, "execution_options": options}
    return result


def _filter(entry: Mapping[str, Any], path: str, wrong: Found) -> dict[str, Any]:
    if "value" not in entry:
        return dict(entry)
    parse = _amount if is_money(str(entry.get("field"))) else _number
    return {**entry, "value": _parse_all(parse, entry["value"], f"{path}.value", wrong)}


def _option(option: Mapping[str, Any], path: str, wrong: Found) -> dict[str, Any]:
    if option["field"] != "change_spec":
        return dict(option)
    if not isinstance(change := option["value"], Mapping):
        wrong.append(Violation(path, change, "an object with amount, unit and limit"))
        return dict(option)
    target, unit = change.get("target_field"), change.get("unit")
    if target is None and unit not in ("ACCOUNT_CURRENCY", "PERCENTAGE"):
        wrong.append(Violation(f"{path}.unit", MISSING if unit is None else unit, "ACCOUNT_CURRENCY or PERCENTAGE"))
    money = is_money(str(target)) if target is not None else unit == "ACCOUNT_CURRENCY"
    result = dict(change)
    result["amount"] = _parse_all(_amount if money else _finite, change.get("amount", MISSING), f"{path}.amount", wrong)
    if "limit" in change:
        result["limit"] = _parse_all(_amount, change["limit"], f"{path}.limit", wrong)
    return {**option, "value": result}


def _parse_all(parse: Callable[[Any], Any], value: Any, path: str, wrong: Found) -> Any:
    """Return a value, or the items of a list, parsed; what cannot be parsed is a violation and remains as it is."""
    if isinstance(value, (list, tuple)):
        return [_parse_all(parse, item, f"{path}.{n}", wrong) for n, item in enumerate(value)]
    try:
        return parse(value)
    except (ValueError, TypeError) as error:
        wrong.append(Violation(path, value, str(error)))
    return value


def _amount(value: Any) -> int | Money:
    if isinstance(value, Money) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if not isinstance(value, str):
        raise TypeError(_ALLOWED)
    try:
        return Money(value)
    except MoneyError as error:
        raise ValueError(f"{_ALLOWED}: {error}") from None


def _number(value: Any) -> Any:
    if isinstance(value, Money) or (isinstance(value, str) and _AMOUNT.fullmatch(value)):
        raise ValueError("a number: this field is not an amount of money")
    return value


def _finite(value: Any) -> int | float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < float("inf"):
        return value
    raise ValueError("a number: 20 is 20 %, -30 is 30 % less")
