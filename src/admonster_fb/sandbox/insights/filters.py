"""Time ranges of a report, `filtering` and `sort`: which days and ads count, which rows stay, and in what order.

Days are those of the account's time zone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from admonster_fb.sandbox import need, status
from admonster_fb.sandbox.convert import is_number
from admonster_fb.sandbox.errors import GraphError, bad_param, not_value
from admonster_fb.sandbox.insights.metrics import FIELDS
from admonster_fb.sandbox.store import Node, Store

Period = tuple[date, date]
DAY = timedelta(days=1)
DEFAULT_PRESET = "last_30d"
# How far back a report may begin.
MONTHS_KEPT = 37
INCREMENTS = range(1, 91)
_HELP = "please check https://developers.facebook.com/docs/marketing-api/insights/parameters for all valid values"


def _last(days: int) -> Callable[[date], Period]:
    return lambda today: (today - days * DAY, today - DAY)


# The first day of the unit that a day is in.
_STARTS: dict[str, Callable[[date], date]] = {
    "month": lambda day: day.replace(day=1),
    "quarter": lambda day: day.replace(month=day.month - (day.month - 1) % 3, day=1),
    "year": lambda day: day.replace(month=1, day=1),
    "mon": lambda day: day - day.weekday() * DAY,
    "sun": lambda day: day - (day.weekday() + 1) % 7 * DAY,
}


def _this(unit: str) -> Callable[[date], Period]:
    return lambda today: (_STARTS[unit](today), today)


def _previous(unit: str) -> Callable[[date], Period]:
    """Return the whole unit before the current one."""
    start = _STARTS[unit]
    return lambda today: (start(start(today) - DAY), start(today) - DAY)


# `last_<n>d` leaves today out. `maximum` and `data_maximum` depend on the node: see `resolve`.
PRESETS: dict[str, Callable[[date], Period]] = {
    "today": lambda today: (today, today),
    "yesterday": _last(1),
    **{f"last_{days}d": _last(days) for days in (3, 7, 14, 28, 30, 90)},
    **{f"this_{unit}": _this(unit) for unit in ("month", "quarter", "year")},
    **{f"last_{unit}": _previous(unit) for unit in ("month", "quarter", "year")},
    "this_week_mon_today": _this("mon"),
    "this_week_sun_today": _this("sun"),
    "last_week_mon_sun": _previous("mon"),
    "last_week_sun_sat": _previous("sun"),
}
EVERYTHING = frozenset({"maximum", "data_maximum"})


def resolve(params: dict[str, Any], today: date, born: date) -> list[Period]:
    """Return the periods to report on, one row each. `born` is the day the node was created."""
    ranges = params.get("time_ranges")
    if ranges:
        need.items("time_ranges", ranges)
        periods = [_explicit(item, "time_ranges") for item in ranges]
    elif params.get("time_range"):
        periods = list(_increments(_explicit(params["time_range"], "time_range"), params))
    else:
        periods = list(_increments(_preset(params, today, born), params))
    if any(since < months_before(today, MONTHS_KEPT) for since, _ in periods):
        raise GraphError(3018)
    return periods


def months_before(day: date, months: int) -> date:
    """Return the same day so many months earlier, or the last one of a shorter month."""
    total = day.year * 12 + day.month - 1 - months
    first = date(total // 12, total % 12 + 1, 1)
    return first.replace(day=min(day.day, _month_end(first).day))


def _preset(params: dict[str, Any], today: date, born: date) -> Period:
    name = str(params.get("date_preset") or DEFAULT_PRESET)
    if name in EVERYTHING:
        return min(today, max(born, months_before(today, MONTHS_KEPT))), today
    if name not in PRESETS:
        raise bad_param(f"{name} is not a valid date_preset. {_HELP}")
    return PRESETS[name](today)


def _explicit(value: Any, name: str) -> Period:
    need.fields(name, value)
    since, until = (_read_date(value.get(key), key) for key in ("since", "until"))
    if since > until:
        raise bad_param(f"param {name}[since] must not be later than {name}[until]")
    return since, until


def _read_date(value: Any, name: str) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        text = "Must be a unixtime or a date/time representation parseable by strtotime()"
        raise bad_param(f"Parameter {name}: {text}") from None


def _increments(period: Period, params: dict[str, Any]) -> Iterator[Period]:
    step = str(params.get("time_increment") or "all_days")
    if step == "all_days":
        yield period
        return
    if step != "monthly" and (not step.isdecimal() or int(step) not in INCREMENTS):
        raise not_value("time_increment", ("1 to 90", "monthly", "all_days"))
    since, until = period
    while since <= until:
        last = _month_end(since) if step == "monthly" else since + (int(step) - 1) * DAY
        yield since, min(last, until)
        since = last + DAY


def _month_end(day: date) -> date:
    return (day.replace(day=28) + 4 * DAY).replace(day=1) - DAY


LEVELS = ("account", "campaign", "adset", "ad")
# Properties of objects that can be filtered on, behind `ad.`, `adset.` or `campaign.`.
PROPERTIES = frozenset(
    {"id", "name", "status", "configured_status", "effective_status", "objective", "buying_type", "optimization_goal"}
    | {"created_time", "updated_time", "bid_strategy"}
)
DIRECTIONS = {"_ascending": False, "_descending": True}
Values = Mapping[str, Any]


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def _texts(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _equal(actual: Any, value: Any) -> bool:
    return str(actual) in _texts(value) or (is_number(value) and _number(actual) == _number(value))


def _in_range(actual: Any, value: Any) -> bool:
    low, high = value if isinstance(value, list) and len(value) == 2 else (value, value)
    return _number(low) <= _number(actual) <= _number(high)


def _contains(actual: Any, value: Any) -> bool:
    return any(text.lower() in str(actual).lower() for text in _texts(value))


def _among(actual: Any, value: Any) -> bool:
    return str(actual) in _texts(value)


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "EQUAL": _equal,
    "NOT_EQUAL": lambda actual, value: not _equal(actual, value),
    "GREATER_THAN": lambda actual, value: _number(actual) > _number(value),
    "GREATER_THAN_OR_EQUAL": lambda actual, value: _number(actual) >= _number(value),
    "LESS_THAN": lambda actual, value: _number(actual) < _number(value),
    "LESS_THAN_OR_EQUAL": lambda actual, value: _number(actual) <= _number(value),
    "IN_RANGE": _in_range,
    "NOT_IN_RANGE": lambda actual, value: not _in_range(actual, value),
    "CONTAIN": _contains,
    "NOT_CONTAIN": lambda actual, value: not _contains(actual, value),
    "IN": _among,
    "NOT_IN": lambda actual, value: not _among(actual, value),
    "STARTS_WITH": lambda actual, value: str(actual).lower().startswith(str(value).lower()),
    "ENDS_WITH": lambda actual, value: str(actual).lower().endswith(str(value).lower()),
    "ANY": _among,
    "ALL": lambda actual, value: all(str(actual) == text for text in _texts(value)),
    "NONE": lambda actual, value: not _among(actual, value),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed filter: `owner` is a level or empty."""

    owner: str
    name: str
    operator: str
    value: Any

    def holds(self, actual: Any) -> bool:
        """Return whether a value passes."""
        return OPERATORS[self.operator](actual, self.value)


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of a report by what they look at: objects, metrics, parts of the audience, action types."""

    objects: tuple[Condition, ...] = ()
    metrics: tuple[Condition, ...] = ()
    parts: tuple[Condition, ...] = ()
    types: tuple[Condition, ...] = ()

    def requested_statuses(self) -> frozenset[str]:
        """Return the statuses named: the only way to see rows of archived and deleted objects under a parent."""
        found = (item for item in self.objects if item.name == "effective_status" and item.operator in ("IN", "EQUAL"))
        return frozenset(word for item in found for word in _texts(item.value))

    def keeps_ad(self, store: Store, ad: Node) -> bool:
        """Return whether an ad counts."""
        return all(item.holds(_property(store, ad, item)) for item in self.objects)

    def keeps_type(self, action_type: str) -> bool:
        """Return whether lists show an action type."""
        return all(item.holds(action_type) for item in self.types)


def parse(value: Any, breakdowns: tuple[str, ...]) -> Filters:
    """Read `filtering`."""
    if not value:
        return Filters()
    need.items("filtering", value)
    sorted_out: dict[str, list[Condition]] = {"objects": [], "metrics": [], "parts": [], "types": []}
    for position, item in enumerate(value):
        condition = _condition(position, item)
        sorted_out[_kind(condition, breakdowns)].append(condition)
    return Filters(**{kind: tuple(conditions) for kind, conditions in sorted_out.items()})


def _condition(position: int, item: Any) -> Condition:
    need.fields(f"filtering[{position}]", item)
    operator = str(item.get("operator", ""))
    if operator not in OPERATORS:
        raise not_value(f"filtering[{position}][operator]", OPERATORS)
    owner, _, name = str(item.get("field", "")).rpartition(".")
    return Condition(owner.replace("adgroup", "ad"), name, operator, item.get("value"))


def _kind(condition: Condition, breakdowns: tuple[str, ...]) -> str:
    if condition.owner in LEVELS and condition.name in PROPERTIES:
        return "objects"
    if not condition.owner and condition.name == "action_type":
        return "types"
    if not condition.owner and condition.name in breakdowns:
        return "parts"
    if condition.name in FIELDS and FIELDS[condition.name].needs and condition.owner in ("", *LEVELS):
        return "metrics"
    field = ".".join(filter(None, (condition.owner, condition.name)))
    raise bad_param(f"Filtering field {field} with operation {condition.operator.lower()} is not supported")


def _property(store: Store, ad: Node, condition: Condition) -> Any:
    subject = ad if condition.owner == "ad" else store.get(str(ad.data.get(f"{condition.owner}_id")))
    if subject is None:
        return ""
    if condition.name == "effective_status":
        return status.effective(store, subject)
    name = "status" if condition.name == "configured_status" else condition.name
    return subject.data.get(name, "")


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of rows."""

    field: str
    action: str
    descending: bool

    def key(self, row: Values) -> tuple[float, str]:
        """Return what rows are compared by; an absent value counts as zero."""
        value = row.get(self.field, "")
        if isinstance(value, list):
            value = next((item["value"] for item in value if item["action_type"] == self.action), 0)
        return (_number(value), "") if is_number(value) or not value else (0.0, str(value))


def parse_sort(value: Any, known: Iterable[str]) -> Sort | None:
    """Read `sort`: one field with its direction behind it, ascending when it has none."""
    text = _texts(value)[0] if value else ""
    if not text:
        return None
    descending = False
    for suffix, down in DIRECTIONS.items():
        if text.endswith(suffix):
            text, descending = text.removesuffix(suffix), down
    field, _, action = text.partition(":")
    if field not in known:
        raise bad_param(f"{field} is not valid for sort param")
    return Sort(field, action, descending)
