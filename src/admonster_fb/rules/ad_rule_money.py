"""Which numbers in an ad rule are money. Meta: ad-rules, Evaluation Spec (1000 for `spent` is 10.00 USD), Change Spec.

Meta's own examples of `cost_per_mobile_app_install` with `[4.5, 5.5]` contradict that text: a fraction is refused here,
since it could be taken for a hundred times too much.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from admonster_fb.errors import MISSING, Violation
from admonster_fb.money import Money, MoneyError

_PREFIX = (
    r"(?:(?:ad|adset|campaign)\.)?(?:\w+:)?"
    r"(?:(?:lifetime|today|yesterday|this_month|this_week_\w{3}_today|last_\d+_days|last_\d+d|last_nd_\w+?_\d+)_)?"
)
_MONEY = re.compile(rf"(aggregate\()?{_PREFIX}(?:spent|cost_per\w*|cpc|cpm|cpp|cpa|\w+_budget|spend_cap|bid_amount)\)?")
_AMOUNT = re.compile(r"-?[$¥€£]?\d[\d.,]* [A-Z]{3}")
_TOLD = 'minor units as an integer (1000 is 10.00 USD) or an amount with its currency ("10.00 USD")'
Found = list[Violation]


def is_money(field: str) -> bool:
    """Tell whether a filter's values are money, whatever stands before its name.

    >>> is_money("adset.yesterday_spent"), is_money("cost_per_purchase_fb"), is_money("daily_ratio_spent")
    (True, True, False)
    """
    return _MONEY.fullmatch(field) is not None


def in_money(params: Mapping[str, Any], wrong: Found) -> dict[str, Any]:
    """Return a rule's parameters with amounts as `Money` where they say a currency; adds to `wrong` what is amiss.

    >>> in_money({"evaluation_spec": {"filters": [{"field": "cpc", "operator": "EQUAL", "value": "2.00 USD"}]}}, [])
    {'evaluation_spec': {'filters': [{'field': 'cpc', 'operator': 'EQUAL', 'value': Money('2.00 USD')}]}}
    """
    made = dict(params)
    if spec := made.get("evaluation_spec"):
        filters = [_filter(each, f"evaluation_spec.filters.{n}", wrong) for n, each in enumerate(spec["filters"])]
        made["evaluation_spec"] = {**spec, "filters": filters}
        if "trigger" in spec:
            made["evaluation_spec"]["trigger"] = _filter(spec["trigger"], "evaluation_spec.trigger", wrong)
    if (spec := made.get("execution_spec")) and "execution_options" in spec:
        path = "execution_spec.execution_options"
        options = [_option(each, f"{path}.{n}.value", wrong) for n, each in enumerate(spec["execution_options"])]
        made["execution_spec"] = {**spec, "execution_options": options}
    return made


def _filter(given: Mapping[str, Any], path: str, wrong: Found) -> dict[str, Any]:
    if "value" not in given:
        return dict(given)
    take = _amount if is_money(str(given.get("field"))) else _number
    return {**given, "value": _each(take, given["value"], f"{path}.value", wrong)}


def _option(given: Mapping[str, Any], path: str, wrong: Found) -> dict[str, Any]:
    if given["field"] != "change_spec":
        return dict(given)
    if not isinstance(change := given["value"], Mapping):
        wrong.append(Violation(path, change, "an object with amount, unit and limit"))
        return dict(given)
    target, unit = change.get("target_field"), change.get("unit")
    if target is None and unit not in ("ACCOUNT_CURRENCY", "PERCENTAGE"):
        wrong.append(Violation(f"{path}.unit", MISSING if unit is None else unit, "ACCOUNT_CURRENCY or PERCENTAGE"))
    money = is_money(str(target)) if target is not None else unit == "ACCOUNT_CURRENCY"
    made = dict(change)
    made["amount"] = _each(_amount if money else _finite, change.get("amount", MISSING), f"{path}.amount", wrong)
    if "limit" in change:
        made["limit"] = _each(_amount, change["limit"], f"{path}.limit", wrong)
    return {**given, "value": made}


def _each(take: Callable[[Any], Any], value: Any, path: str, wrong: Found) -> Any:
    """Take a value, or each of a list; what cannot be taken is told and stays as it is."""
    if isinstance(value, (list, tuple)):
        return [_each(take, item, f"{path}.{n}", wrong) for n, item in enumerate(value)]
    try:
        return take(value)
    except (ValueError, TypeError) as error:
        wrong.append(Violation(path, value, str(error)))
    return value


def _amount(value: Any) -> int | Money:
    if isinstance(value, Money) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if not isinstance(value, str):
        raise TypeError(_TOLD)
    try:
        return Money(value)
    except MoneyError as error:
        raise ValueError(f"{_TOLD}: {error}") from None


def _number(value: Any) -> Any:
    if isinstance(value, Money) or (isinstance(value, str) and _AMOUNT.fullmatch(value)):
        raise ValueError("a number: this is no amount of money")
    return value


def _finite(value: Any) -> int | float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < float("inf"):
        return value
    raise ValueError("a number: 20 is 20 %, -30 is 30 % less")
