"""The metrics and dimensions of insights: meaning, unit, and whether their values may be added up over rows.

`fields.json` holds a line per field, written by hand after Meta's Ads Insights reference. `fb.insights.describe`, the
types of `InsightsRow`, columns and totals all read it.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from admonster_fb.errors import ParameterError, Violation

Kind = Literal[
    "id", "name", "date", "breakdown", "count", "people", "money", "cost", "percent", "ratio", "seconds",
    "actions", "values", "people_by_type", "costs", "percents", "ratios", "seconds_by_type", "results", "histogram",
]  # fmt: skip


class FieldKind(NamedTuple):
    """Properties that all fields of a kind share."""

    unit: str
    """Unit of the values."""
    why_not: str = ""
    """Why values of several rows cannot be added up; empty if they can."""
    number: type[int] | type[Decimal] | None = None
    """Type of the values, if they are numbers."""
    by_type: bool = False
    """Whether Meta returns a list with a value for each action type."""


_NO_NUMBER = "it is no amount"
_PEOPLE = "the same person can be in several rows; ask Meta for the whole at once"
_RATIO = "it is a ratio; divide the sums of what it is made of"
_MONEY = "major units of the account's currency"
FIELD_KINDS: dict[Kind, FieldKind] = {
    "id": FieldKind("text", _NO_NUMBER),
    "name": FieldKind("text", _NO_NUMBER),
    "date": FieldKind("YYYY-MM-DD in the account's time zone", _NO_NUMBER),
    "breakdown": FieldKind("text", _NO_NUMBER),
    "count": FieldKind("times", number=int),
    "people": FieldKind("people", _PEOPLE, int),
    "money": FieldKind(_MONEY, number=Decimal),
    "cost": FieldKind(f"{_MONEY}, each", _RATIO, Decimal),
    "percent": FieldKind("percent", _RATIO, Decimal),
    "ratio": FieldKind("ratio", _RATIO, Decimal),
    "seconds": FieldKind("seconds", _RATIO, Decimal),
    "actions": FieldKind("times, by action type", number=Decimal, by_type=True),
    "values": FieldKind(f"{_MONEY}, by action type", number=Decimal, by_type=True),
    "people_by_type": FieldKind("people, by action type", _PEOPLE, Decimal, by_type=True),
    "costs": FieldKind(f"{_MONEY} each, by action type", _RATIO, Decimal, by_type=True),
    "percents": FieldKind("percent, by action type", _RATIO, Decimal, by_type=True),
    "ratios": FieldKind("ratio, by action type", _RATIO, Decimal, by_type=True),
    "seconds_by_type": FieldKind("seconds, by action type", _RATIO, Decimal, by_type=True),
    "results": FieldKind("by indicator", "what counts as a result differs between campaigns", Decimal, by_type=True),
    "histogram": FieldKind("a list of shares", _RATIO),
}

ALL_LEVELS = ("account", "campaign", "adset", "ad")


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """The description of a field of insights.

    >>> FIELDS["reach"].additive, FIELDS["reach"].why_not
    (False, 'the same person can be in several rows; ask Meta for the whole at once')
    """

    name: str
    """Name of the field."""
    meaning: str
    """What the field counts or names."""
    unit: str
    """Unit of the values."""
    levels: tuple[str, ...]
    """Levels at which Meta returns the field."""
    additive: bool
    """Whether values may be added up over rows; of lists of actions, one action type at a time."""
    kind: Kind
    """Kind of field: what can be done with its values."""
    why_not: str = ""
    """Why values may not be added up."""


_BELOW_ACCOUNT = ("campaign_id", "campaign_name", "objective", "buying_type", "image_asset", "video_asset")
_LEVELS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((*_BELOW_ACCOUNT, "place_page_id"), ALL_LEVELS[1:]),
    **dict.fromkeys(("adset_id", "adset_name", "optimization_goal", "attribution_setting"), ALL_LEVELS[2:]),
    **dict.fromkeys(("ad_id", "ad_name"), ALL_LEVELS[3:]),
    **dict.fromkeys(("quality_ranking", "engagement_rate_ranking", "conversion_rate_ranking"), ALL_LEVELS[3:]),
}
"""Levels of the fields that Meta does not return at all levels."""


def _field(name: str, kind: Kind, meaning: str) -> FieldInfo:
    unit, why_not, *_ = FIELD_KINDS[kind]
    return FieldInfo(name, meaning, unit, _LEVELS.get(name, ALL_LEVELS), not why_not, kind, why_not)


FIELDS: dict[str, FieldInfo] = {
    row["name"]: _field(**row) for row in json.loads(files(__package__).joinpath("fields.json").read_text("utf-8"))
}

BY_INDICATOR = frozenset(name for name in FIELDS if name.endswith(("result", "results", "result_rate")))
"""Fields that Meta returns as a list with an indicator, instead of an action type, and values by window."""


def describe(name: str) -> FieldInfo:
    """Return the description of a field; `actions.purchase` has that of `actions`.

    Raises `ParameterError` with the most similar names if the field is unknown.

    >>> describe("ctr").unit
    'percent'
    """
    base = name.partition(".")[0] if isinstance(name, str) else name
    if isinstance(base, str) and base in FIELDS:
        return FIELDS[base]
    near = difflib.get_close_matches(str(base), FIELDS, n=3)
    allowed = f"did you mean {' or '.join(near)}?" if near else "a field of Meta's Ads Insights that is described here"
    raise ParameterError([Violation("name", name, allowed)])


def by_type(name: str) -> bool:
    """Return whether Meta returns a field as a list with a value for each action type."""
    return name in FIELDS and FIELD_KINDS[FIELDS[name].kind].by_type


def parse_number(value: Any) -> int | Decimal | None:
    """Return a value of Meta's as a number, an `int` if it is whole; `None` if it is no number."""
    text = value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""
    try:
        number = int(text) if text.isdecimal() and text.isascii() and len(text) < 1000 else Decimal(text)
    except InvalidOperation:
        return None
    return number if isinstance(number, int) or number.is_finite() else None
