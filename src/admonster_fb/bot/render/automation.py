"""Ad rules, alerts and A/B tests as text for the model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from admonster_fb.alerts.rules import Alert, Alerts
from admonster_fb.analysis.ab_test import ABTest
from admonster_fb.analysis.weekly.change_history import extra_values, minor_units
from admonster_fb.bot.render.values import account_currency, format_value, joined, plain, quoted
from admonster_fb.models._node import objects_in
from admonster_fb.models.adaccount import Activity
from admonster_fb.models.adrule import AdRule
from admonster_fb.money import minor_text, whole
from admonster_fb.rules.ad_rules import is_money

_DOES = {"notify": "NOTIFY", "pause": "would PAUSE it", "scale": "would SCALE its budget"}
_MONEY_EVENTS = ("budget", "spend_cap", "spend_limit", "spend_target", "billing_charge")
"""Parts of the names of events whose values are amounts in minor units."""


def alerts(found: Alerts) -> list[str]:
    """Return the alerts that fired and why, then the others."""
    head = f"Fired: {len(found)}." if found else "Nothing fired."
    return [
        f"{head} Nothing has been changed.",
        *(f"- FIRED {_alert(alert)}" for alert in found),
        *(f"- quiet {_alert(alert)}" for alert in found.quiet),
        *(f"- not judged, rule ID: {rule_id}: {plain(why)}" for rule_id, why in found.skipped.items()),
    ]


def _alert(alert: Alert) -> str:
    does = _DOES.get(alert.action, f"would {alert.action.upper()}") if alert.fired else ""
    return joined(
        f"{alert.level} ID: {alert.object_id}" + (f" {quoted(alert.object_name)}" if alert.object_name else ""),
        does + (f" by factor {alert.factor}" if alert.fired and alert.factor else ""),
        plain(alert.why),
        f"{alert.since} to {alert.until}, {alert.impressions:,} impressions",
        f"rule {f'ID: {alert.rule_id} ' if alert.rule_id else ''}{quoted(alert.rule)}",
    )


def ab_test(test: ABTest) -> Iterator[str]:
    """Yield an A/B test, its cells and the verdict."""
    yield f"AdStudy ID: {test.study.id} {quoted(test.study.name or '')}: {test.status}"
    yield f"Runs: {format_value(test.study.start_time)} to {format_value(test.study.end_time)}"
    if test.days and test.status != "scheduled":
        yield f"Figures: {test.days[0]} to {test.days[1]}, whole days of the account"
    for cell in test.cells:
        share = f"{cell.percent:g} % of the audience" if cell.percent is not None else ""
        known = f"{cell.rate or 0:.3f} % {test.metric} per {test.per} ({cell.successes:,} of {cell.volume:,})"
        rate = known if cell.rate else f"no {test.metric}"
        spend = f"spend {cell.spend.amount:f} {cell.spend.currency}" if cell.spend is not None else "no spend"
        yield f"- Cell {joined(quoted(cell.name), share, rate, spend, 'IDs ' + ', '.join(cell.members))}"
    if test.p_value is not None and test.statistic is not None:
        yield f"Test: {test.test} = {test.statistic:.3f}, p = {test.p_value:.3g}"
    yield f"Verdict: {plain(test.verdict)}"


def activity(node: Activity) -> str:
    """Return a change in an account on one line: time, kind, old and new value, object, user."""
    extra = extra_values(node.extra_data)
    has_amounts, sides = any(word in (node.event_type or "") for word in _MONEY_EVENTS), []
    for value in (extra[name] for name in ("old_value", "new_value") if name in extra):
        text = "none" if value in (None, "", [], {}) else format_value(value)
        amount = minor_units(value) if has_amounts else None
        if amount is not None and (code := str(extra.get("currency") or account_currency())):
            text = minor_text(amount, code)
        sides.append(text)
    what = quoted(node.translated_event_type or node.event_type or "changed")
    return joined(
        format_value(node.event_time) if node.event_time else "",
        f"{what}: {' → '.join(sides)}" if sides else what,
        f"Object ID: {node.object_id} {quoted(node.object_name) if node.object_name else ''}".strip(),
        f"Actor name: {quoted(node.actor_name)}" if node.actor_name else "",
    )


def rule(node: AdRule, currency: Callable[[], str]) -> str:
    """Return an ad rule on one line, its amounts with their currency."""
    execution, schedule = node.execution_spec or {}, node.schedule_spec or {}
    filters = []
    for row in objects_in((node.evaluation_spec or {}).get("filters")):
        value = _value(row.get("value"), currency, money=is_money(str(row.get("field"))))
        filters.append(f"{plain(str(row.get('field')))} {row.get('operator')} {value}")
    options = [_option(option, currency) for option in objects_in(execution.get("execution_options"))]
    does = " ".join([str(execution.get("execution_type") or ""), *options]).strip()
    times = format_value(schedule["schedule"]) if schedule.get("schedule") else ""
    return joined(
        f"ID: {node.id} {quoted(node.name or '')}",
        f"Status: {node.status}" if node.status else "",
        f"If: {' and '.join(filters)}" if filters else "",
        f"Then: {does}" if does else "",
        f"Runs: {schedule.get('schedule_type')} {times}".strip() if schedule else "",
        f"Disabled by Meta, error {node.disable_error_code}" if node.disable_error_code else "",
    )


def _option(option: Mapping[str, Any], currency: Callable[[], str]) -> str:
    change = option.get("value")
    if option.get("field") != "change_spec" or not isinstance(change, Mapping):
        return f"{option.get('field')} {format_value(change)}"
    target = change.get("target_field")
    money = is_money(str(target)) if target else change.get("unit") == "ACCOUNT_CURRENCY"
    amount = _value(change.get("amount"), currency, money=money) + ("%" if change.get("unit") == "PERCENTAGE" else "")
    limit = f" limit {_value(change['limit'], currency, money=True)}" if "limit" in change else ""
    return (f"to reach {plain(str(target))} {amount}" if target else f"by {amount}") + limit


def _value(value: Any, currency: Callable[[], str], *, money: bool) -> str:
    """Return a value of a rule. Meta returns amounts as numbers or as text."""
    if money and isinstance(value, list):
        return " to ".join(_value(item, currency, money=True) for item in value)
    text = str(value)
    if money and (amount := whole(text.removeprefix("-"))) is not None:
        return minor_text(-amount if text.startswith("-") else amount, currency())
    return format_value(value)


TEXTS: dict[type, Callable[[Any], Iterable[str]]] = {Alerts: alerts, ABTest: ab_test}
