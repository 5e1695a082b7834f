"""Context of a report: days, time zone, currency, attribution, and which columns may be added up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models.insights.dates import SETTLES, Window
from admonster_fb.models.insights.fields import FIELD_KINDS, FIELDS, by_type, describe
from admonster_fb.models.insights.row import InsightsRow

BY_AD_SET = "as set on the ad sets"
"""Attribution of a query without windows. The default of ad sets is 7d_click and 1d_view."""
_IGNORED = ("use_unified_attribution_setting", "action_report_time")


@dataclass(frozen=True, slots=True)
class InsightsMeta:
    """The context of a report. Days are the account's; amounts are in major units of `currency`.

    >>> november = (date(2026, 11, 1), date(2026, 11, 30))
    >>> about = InsightsMeta("1", (november,), "UTC", "USD", ("7d_click",), date(2026, 12, 1), ("spend",), ("reach",))
    >>> about.settled
    True
    """

    object_id: str
    """ID of the object that the report is about."""
    windows: tuple[Window, ...]
    """First and last day of each window, both included; empty for all that Meta has (`maximum`)."""
    timezone_name: str
    """Time zone of the account."""
    currency: str
    """ISO code of the account's currency."""
    attribution: tuple[str, ...]
    """Requested attribution windows, or `("as set on the ad sets",)`."""
    settled_until: date
    """Up to this day the metrics are final; later ones may change for 28 days."""
    additive: tuple[str, ...]
    """Columns whose values may be added up over rows; of lists of actions, one action type at a time."""
    not_additive: tuple[str, ...]
    """Columns with numbers that must not be added up: people and ratios."""
    split: bool = False
    """Whether breakdowns split the rows."""
    notes: tuple[str, ...] = ()
    """Other things to know when reading the metrics."""

    @property
    def settled(self) -> bool:
        """Whether the metrics of all windows are final."""
        return bool(self.windows) and max(until for _, until in self.windows) <= self.settled_until

    def __str__(self) -> str:
        days = ", ".join(f"{since} to {until}" for since, until in self.windows) or "all that Meta keeps"
        moving = "" if self.settled else f"; figures after {self.settled_until} may still move"
        return (
            f"{days}, days of {self.timezone_name}, amounts in {self.currency}, "
            f"attribution {', '.join(self.attribution)}{moving}"
        )


def settled_until(today: date) -> date:
    """Return the last day whose metrics are final."""
    return today - SETTLES


def split_additive(fields: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the fields with numbers that may be added up over rows, and those with numbers that must not."""
    numbers = [FIELDS[name] for name in fields if name in FIELDS and FIELD_KINDS[FIELDS[name].kind].number]
    return tuple(f.name for f in numbers if f.additive), tuple(f.name for f in numbers if not f.additive)


_OFF_META = frozenset({"region", "comscore_market"})
_OPT_IN = frozenset({"impression_device", "frequency_value", "hourly_stats_aggregated_by_audience_time_zone"})


def notes(query: dict[str, object], fields: Sequence[str]) -> tuple[str, ...]:
    """Return the things to know when reading the metrics of a query."""
    breakdowns = {str(name) for name in _listed(query.get("breakdowns"))}
    by_hour = any(name.startswith("hourly_") for name in breakdowns)
    one_day = str(query.get("time_increment")) == "1" or query.get("date_preset") in ("today", "yesterday")
    split, lists = _listed(query.get("action_breakdowns")), any(by_type(name) for name in fields)
    cases = (
        *((f"Meta ignores {name} since 10 June 2025", name in query) for name in _IGNORED),
        (_NO_OFF_META, bool(breakdowns & _OFF_META) or by_hour),
        (_HOURS, by_hour and not one_day),
        (_PRODUCTS, any(name.startswith("product_") for name in breakdowns)),
        (_MEDIA, any(name.startswith("media_") for name in breakdowns)),
        (
            "actions do not say what was done: add action_type to action_breakdowns",
            split and "action_type" not in split,
        ),
        ("action_breakdowns split actions, which fields do not name", split and not lists),
        (_EMPTY, bool(breakdowns & _OPT_IN)),
        (_GONE, query.get("level") not in (None, "account")),
        ("action types contain one another: never add up different types", lists),
        ("the time ranges may overlap: add up rows of one range at a time", len(_listed(query.get("time_ranges"))) > 1),
    )
    return tuple(text for text, holds in cases if holds)


_NO_OFF_META = "with this breakdown Meta leaves out what happened off its apps, such as purchases on the website"
_HOURS = "each hour is added up over all days of the window: time_increment=1 gives the hours of each day"
_PRODUCTS = "what happened off Meta's apps is repeated for each product: never add actions up over products"
_MEDIA = "Meta was seen to refuse media breakdowns with actions: send action_breakdowns=[], or fields without actions"
_EMPTY = "since August 2026 this breakdown may come back empty for accounts that have not opted in"
_GONE = "these rows leave out objects deleted or archived since: take totals from the object itself"


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def total(rows: Iterable[InsightsRow], name: str) -> int | Decimal | None:
    """Return the sum of a metric over rows: `spend`, `clicks`, `actions.purchase`, …; `None` if no row has it.

    Raises `ParameterError` for metrics that cannot be added up (people, ratios, whole lists of actions) and for
    amounts of different currencies.

    >>> total([InsightsRow(spend="1.10"), InsightsRow(spend="2.20"), InsightsRow(clicks=1)], "spend")
    Decimal('3.30')
    """
    field = describe(name)
    figure, _, action_type = name.partition(".")
    kind = FIELD_KINDS[field.kind]
    why = field.why_not or ("" if bool(action_type) == kind.by_type else f'name one action type: "{figure}.purchase"')
    if why:
        raise ParameterError([Violation("name", name, f"a figure that can be added up: {name} cannot, {why}")])
    rows = [*rows]
    if kind.by_type and any(getattr(row, "product_id", None) for row in rows):
        why = "Meta repeats actions off its apps for each product"
        raise ParameterError([Violation("rows", "rows by product_id", f"rows without products: {why}")])
    values: list[int | Decimal] = []
    currencies: set[str] = set()
    for row in rows:
        value = row.action(action_type, figure=figure) if action_type else getattr(row, figure)
        if value is not None:
            values.append(value)
            currencies.add(row.account_currency or "")
    if field.kind in ("money", "values") and len(currencies) > 1:
        raise ParameterError([Violation("rows", sorted(currencies), "amounts of one currency")])
    return sum(values) if values else None
