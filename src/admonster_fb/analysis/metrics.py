"""Metrics of conditions: how each is read from an insights row, and its name in Meta's ad rules.

Meta: ad-rules, Evaluation Spec, Insights Filters.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models.insights.row import InsightsRow, event_metrics, first_metric

Kind = Literal["count", "money", "percent", "ratio"]
Figure = Decimal | None
Read = Callable[[InsightsRow], Figure]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. An absent count is 0 if there were impressions; any other absent figure is unknown."""

    kind: Kind
    fields: tuple[str, ...]
    read: Read
    rule: str = ""
    """Its name in the filters of Meta's ad rules; empty if they lack it or count something else."""
    whole: bool = False
    """Whether it is a whole number (money: in minor units), so that "at least 5" is "more than 4"."""


def _plain(name: str) -> Read:
    return lambda row: _decimal(getattr(row, name, None))


def _decimal(value: object) -> Figure:
    return Decimal(value) if isinstance(value, int | Decimal) else None


def _number(*figures: str) -> Read:
    """Read the first of these figures that is present; Meta leaves out zeros."""

    def read(row: InsightsRow) -> Figure:
        found = _decimal(first_metric(row, figures))
        return Decimal(0) if found is None and row.impressions else found

    return read


def _share(part: Read, whole: Read, name: str = "") -> Read:
    """Read a percentage: Meta's, otherwise computed."""

    def read(row: InsightsRow) -> Figure:
        value = _decimal(getattr(row, name, None)) if name else None
        count, total = part(row), whole(row)
        return value if value is not None else count * 100 / total if count is not None and total else None

    return read


def _cost_per(number: Read) -> Read:
    """Read the cost of one; unknown if there was none."""

    def read(row: InsightsRow) -> Figure:
        count, spend = number(row), _decimal(row.spend)
        return spend / count if count and spend is not None else None

    return read


def _results(row: InsightsRow) -> Figure:
    result = row.result()
    found = _decimal(result.value) if result else None
    return Decimal(0) if found is None and row.impressions and (row.objective or row.optimization_goal) else found


def _roas(row: InsightsRow) -> Figure:
    """Read the return on ad spend; it is 0 if there was spend but no purchase."""
    roas = row.roas
    return Decimal(0) if roas is None and row.spend and not _PURCHASES(row) else roas


def _website_roas(row: InsightsRow) -> Figure:
    roas = row.action("offsite_conversion.fb_pixel_purchase", figure="website_purchase_roas")
    return Decimal(0) if roas is None and row.spend and not _WEBSITE_PURCHASES(row) else _decimal(roas)


_IMPRESSIONS, _CLICKS = _number("impressions"), _number("clicks")
_LINK_CLICKS = _number("inline_link_clicks", "actions.link_click")
_PURCHASES = _number(*event_metrics("purchase"))
_LEADS = _number(*event_metrics("lead"))
_FORM_LEADS = _number("actions.onsite_conversion.lead_grouped", "actions.leadgen_grouped")
_WEBSITE_PURCHASES = _number("actions.offsite_conversion.fb_pixel_purchase")
_WEBSITE_LEADS = _number("actions.offsite_conversion.fb_pixel_lead")
_INSTALLS = _number("actions.mobile_app_install")
_RESULTS = ("actions", "inline_link_clicks", "reach", "objective", "video_thruplay_watched_actions")
_CTR = "inline_link_click_ctr"
_LINK_FIELDS = ("inline_link_clicks", "actions")
_DONE, _PAID = ("actions",), ("actions", "spend")


def _count(rule: str, fields: tuple[str, ...], read: Read) -> Metric:
    return Metric("count", fields, read, rule, whole=True)


METRICS: dict[str, Metric] = {
    "spend": Metric("money", ("spend",), _plain("spend"), "spent", whole=True),
    "impressions": _count("impressions", ("impressions",), _IMPRESSIONS),
    "reach": _count("reach", ("reach",), _plain("reach")),
    "frequency": Metric("ratio", ("frequency",), _plain("frequency"), "frequency"),
    "clicks": _count("clicks", ("clicks",), _CLICKS),
    "unique_clicks": _count("unique_clicks", ("unique_clicks",), _number("unique_clicks")),
    "link_clicks": _count("link_click", _LINK_FIELDS, _LINK_CLICKS),
    "ctr": Metric("percent", ("ctr", "clicks"), _share(_CLICKS, _IMPRESSIONS, "ctr"), "ctr"),
    "link_ctr": Metric("percent", (*_LINK_FIELDS, _CTR), _share(_LINK_CLICKS, _IMPRESSIONS, _CTR), "link_ctr"),
    **{name: Metric("money", (name,), _plain(name), name) for name in ("cpc", "cpm", "cpp")},
    "results": _count("results", _RESULTS, _results),
    "cost_per_result": Metric("money", (*_RESULTS, "spend"), _cost_per(_results), "cost_per"),
    "result_rate": Metric("percent", _RESULTS, _share(_results, _IMPRESSIONS)),
    "conversion_rate": Metric("percent", (*_RESULTS, "clicks"), _share(_results, _CLICKS)),
    "purchases": _count("", _DONE, _PURCHASES),
    "cost_per_purchase": Metric("money", _PAID, _cost_per(_PURCHASES)),
    "roas": Metric("ratio", (*_PAID, "purchase_roas", "action_values"), _roas),
    "website_purchases": _count("offsite_conversion.fb_pixel_purchase", _DONE, _WEBSITE_PURCHASES),
    "website_cost_per_purchase": Metric("money", _PAID, _cost_per(_WEBSITE_PURCHASES), "cost_per_purchase_fb"),
    "website_roas": Metric("ratio", (*_PAID, "website_purchase_roas"), _website_roas, "website_purchase_roas"),
    "leads": _count("", _DONE, _LEADS),
    "cost_per_lead": Metric("money", _PAID, _cost_per(_LEADS)),
    "form_leads": _count("leadgen", _DONE, _FORM_LEADS),
    "website_leads": _count("offsite_conversion.fb_pixel_lead", _DONE, _WEBSITE_LEADS),
    "website_cost_per_lead": Metric("money", _PAID, _cost_per(_WEBSITE_LEADS), "cost_per_lead_fb"),
    "app_installs": _count("mobile_app_install", _DONE, _INSTALLS),
    "cost_per_app_install": Metric("money", _PAID, _cost_per(_INSTALLS), "cost_per_mobile_app_install"),
}
"""Amounts are in major units of the account's currency, percentages in percent.

`purchases`, `leads` and `roas` count everywhere; Meta's rules only know those of the website, `website_…`.
"""
_ALIASES = {
    "amount_spent": "spend", "cost": "spend", "spent": "spend", "inline_link_clicks": "link_clicks",
    "inline_link_click_ctr": "link_ctr", "purchase": "purchases", "lead": "leads", "purchase_roas": "roas",
    "cpa": "cost_per_result", "cpr": "cost_per_result", "cpl": "cost_per_lead", "cvr": "conversion_rate",
    "conversions": "results", "result": "results", "cost_per_conversion": "cost_per_result", "installs": "app_installs",
}  # fmt: skip
BY_RULE: Mapping[str, str] = {metric.rule: name for name, metric in METRICS.items() if metric.rule}


def named(name: object, field: str = "metric") -> str:
    """Return a metric's name for its name, an alias, or Meta's name; `actions.TYPE` counts any action."""
    text = str(name).strip()
    known = text.lower().replace(" ", "_")
    known = _ALIASES.get(known, BY_RULE.get(known, known))
    if known in METRICS:
        return known
    if text.startswith("actions.") and text != "actions.":
        return text
    near = difflib.get_close_matches(known, [*METRICS, *_ALIASES], n=3)
    allowed = f"did you mean {' or '.join(near)}?" if near else f"one of {', '.join(METRICS)}, or actions.TYPE"
    raise ParameterError([Violation(field, name, allowed)])


def metric(name: str) -> Metric:
    """Return the metric with a name."""
    return METRICS[name] if name in METRICS else _count("", _DONE, _number(name))
