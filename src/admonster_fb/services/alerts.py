"""Alerts: which rules hold of which objects now, judged here. Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal
from zoneinfo import ZoneInfo

from facebook_business.adobjects import adaccount

from admonster_fb.alerts.ad_rule_filters import LEVELS, TIMES, from_filters, time_preset
from admonster_fb.alerts.conditions import all_hold, judge, money_thresholds, needs
from admonster_fb.alerts.rules import Alert, AlertRule, AlertRuleParams, Alerts, parse_rules
from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models.adrule import AdRule
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.operation import op
from admonster_fb.services._base import Service, account_id

_ACTIONS = {"NOTIFICATION": "notify", "PAUSE": "pause"}
_RESTS = frozenset({"UNPAUSE", "ROTATE", "REBALANCE_BUDGET"})
"""What acts on objects that are paused, or on several together."""
ALIVE = ("ACTIVE", "PENDING_REVIEW")
"""What Meta's own rules look at. Meta: ad-rules, Evaluation Spec, "entity_type and id"."""


class AlertChecks(Service):
    """What fires now, and why."""

    @op(
        "check_alerts",
        group="automation",
        access="read",
        aliases={"date_preset": "time_preset"},
        then=("scale_campaign", "update_campaign"),
    )
    def evaluate(
        self,
        ad_account_id: str,
        *,
        rules: list[AlertRuleParams] | None = None,
        level: Literal["campaign", "adset", "ad"] = "campaign",
        time_preset: str = "LAST_7D",
    ) -> Alerts:
        """Judge active objects by rules, and return what fired and why; nothing is changed.

        Without `rules`, by the account's own ENABLED ad rules (`setup_performance_alert` makes such). Money thresholds
        are "20.00 USD" or minor units; rates are in percent. A count that Meta left out is 0 where there were
        impressions; any other absent figure fires nothing, and neither does too little volume (`min_events`). `pause`
        and `scale` (with its `factor`) are recommendations. One request per window and level.

        >>> fired = fb.alerts.evaluate("act_1", rules=[
        ...     {"metric": "ctr", "operator": "<", "threshold": 2, "min_events": 5000, "action": "pause"}])
        >>> [(alert.action, alert.why) for alert in fired]
        [('pause', 'ctr 1.5936% < 2%')]
        """
        account = account_id(ad_account_id)
        if level not in LEVELS:
            raise ParameterError([Violation("level", level, f"one of {', '.join(LEVELS)}")])
        skipped: dict[str, str] = {}
        if rules is None:
            judged = [*self._stored(account, skipped)]
        else:
            judged = parse_rules(rules, level, _preset(time_preset))
            self._one_currency(judged, account)
        found = [alert for group in _together(judged) for alert in self._judged(account, group)]
        fired = tuple(alert for alert in found if alert.fired)
        return Alerts(fired, tuple(alert for alert in found if not alert.fired), skipped)

    def _stored(self, account: str, skipped: dict[str, str]) -> Iterator[AlertRule]:
        """Yield the account's own rules that are on; says of the rest why they are not judged here."""
        node = self._sdk(adaccount.AdAccount, account)
        for rule in self._transport.edge(self._call(node.get_ad_rules_library, {}, AdRule.fields()), AdRule):
            if rule.status != "ENABLED":
                continue
            kind = str((rule.execution_spec or {}).get("execution_type"))
            spec = rule.evaluation_spec or {}
            try:
                if kind in _RESTS or spec.get("evaluation_type") != "SCHEDULE":
                    raise ParameterError([Violation("rule", kind, "SCHEDULE rules for active objects")])
                scope = from_filters(spec.get("filters") or [])
            except ParameterError as error:
                skipped[rule.id] = f"{rule.name}: only Meta can judge it ({error.violations[0]})"
                continue
            yield AlertRule(rule.name or "", scope, _ACTIONS.get(kind, kind.lower()), None, rule.id)

    def _one_currency(self, rules: Sequence[AlertRule], account: str) -> None:
        """Refuse thresholds in another currency than the account's, all at once."""
        amounts = {
            f"rules.{number}{f'.conditions.{place}' if len(rule.scope.conditions) > 1 else ''}.threshold": amount
            for number, rule in enumerate(rules)
            for place, amount in money_thresholds(rule.scope.conditions)
        }
        self._transport.in_minor_units(amounts, account)

    def _judged(self, account: str, rules: Sequence[AlertRule]) -> Iterator[Alert]:
        """Judge rules over the same days and level by one request."""
        level, preset = rules[0].scope.level, rules[0].scope.time_preset
        books = self._transport.account_facts(account)
        today = self._transport.cache.now().astimezone(ZoneInfo(books.timezone_name)).date()
        window = TIMES[preset]
        days = window(today) if window else None
        rows = {str(getattr(row, f"{level}_id")): row for row in self._rows(account, rules, days)}
        for rule in rules:
            for object_id in rule.scope.ids or rows:
                yield _alert(rule, object_id, rows.get(object_id), days)

    def _rows(self, account: str, rules: Sequence[AlertRule], days: tuple[date, date] | None) -> Iterable[InsightsRow]:
        level = rules[0].scope.level
        wanted = [condition for rule in rules for condition in rule.scope.conditions]
        goal = ("objective",) if level == "campaign" else ("objective", "optimization_goal")
        filtering = [{"field": f"{level}.effective_status", "operator": "IN", "value": [*ALIVE]}]
        if all(rule.scope.ids for rule in rules):
            ids = sorted({each for rule in rules for each in rule.scope.ids})
            filtering.append({"field": f"{level}.id", "operator": "IN", "value": ids})
        when: Mapping[str, Any] = {"date_preset": "maximum"}
        if days:
            when = {"time_range": {"since": str(days[0]), "until": str(days[1])}}
        node = self._sdk(adaccount.AdAccount, account)
        fields = [*dict.fromkeys([f"{level}_id", f"{level}_name", *needs(wanted), *goal])]
        params = {"level": level, "limit": 500, "filtering": filtering, **when}
        return self._transport.edge(self._call(node.get_insights, params, fields), InsightsRow)


_preset = time_preset  # an argument has the same name


def _together(rules: Iterable[AlertRule]) -> list[list[AlertRule]]:
    """Group rules that one request can serve."""
    groups: dict[tuple[str, str], list[AlertRule]] = {}
    for rule in rules:
        groups.setdefault((rule.scope.level, rule.scope.time_preset), []).append(rule)
    return [*groups.values()]


def _alert(rule: AlertRule, object_id: str, row: InsightsRow | None, days: tuple[date, date] | None) -> Alert:
    level = rule.scope.level
    verdicts = tuple(judge(condition, row) for condition in rule.scope.conditions)
    name = str(getattr(row, f"{level}_name", None) or "") if row else ""
    since, until = (str(days[0]), str(days[1])) if days else ("the beginning", "now")
    return Alert(
        object_id=object_id,
        object_name=name,
        level=level,
        rule=rule.name,
        rule_id=rule.id,
        action=rule.action,
        factor=rule.factor,
        fired=all_hold(verdicts),
        since=since,
        until=until,
        impressions=(row.impressions or 0) if row else 0,
        verdicts=verdicts,
    )
