"""Alerts: which rules apply to which objects now. The library checks them; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from admonster_fb.alerts import conditions
from admonster_fb.alerts.conditions import LEVELS, TIMES, all_hold, from_filters, judge, money_thresholds, needs
from admonster_fb.alerts.rules import Alert, AlertRule, AlertRuleParams, Alerts, from_document, parse_rules
from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models.adrule import AdRule
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.operation import ops_of
from admonster_fb.services._base import Service, account_id, today_of

op = ops_of("automation", "", aliases={"date_preset": "time_preset"})
_ACTIONS = {"NOTIFICATION": "notify", "PAUSE": "pause"}
_ONLY_AT_META = frozenset({"UNPAUSE", "ROTATE", "REBALANCE_BUDGET"})
"""Actions on paused objects, or on several objects together."""
CHECKED_STATUSES = ("ACTIVE", "PENDING_REVIEW")
"""The statuses that Meta's own rules check. Meta: ad-rules, Evaluation Spec, "entity_type and id"."""


class AlertChecks(Service):
    """Checks of alert rules against current insights."""

    @op("check_alerts", access="read", then=("scale_campaign", "update_campaign"))
    def evaluate(
        self,
        ad_account_id: str,
        *,
        rules: list[AlertRuleParams] | None = None,
        document: Annotated[
            dict[str, Any], Field(description="instead: a strategy document with stop_rules and accelerate_rules")
        ]
        | None = None,
        level: Literal["campaign", "adset", "ad"] = "campaign",
        time_preset: str = "LAST_7D",
    ) -> Alerts:
        """Check active objects against rules. Returns which rules fired and why. Nothing is changed.

        Default `rules`: the account's own ENABLED ad rules (`setup_performance_alert` creates such rules). Money
        thresholds name their currency ("20.00 USD"); rates are in percent. In a `document` that a bot has written,
        amounts are in major units of the account's currency, and rates below 0.1 are fractions. A count that Meta
        leaves out is 0 if there were impressions. Any other missing metric fires nothing, and neither do fewer than
        `min_events` events. `pause` and `scale` (with its `factor`) are recommendations. Costs one request per window
        and level.

        >>> fired = fb.alerts.evaluate("act_1", rules=[
        ...     {"metric": "ctr", "operator": "<", "threshold": 2, "min_events": 5000, "action": "pause"}])
        >>> [(alert.action, alert.why) for alert in fired]
        [('pause', 'ctr 1.5936% < 2%')]
        """
        account = account_id(ad_account_id)
        if level not in LEVELS:
            raise ParameterError([Violation("level", level, f"one of {', '.join(LEVELS)}")])
        skipped: dict[str, str] = {}
        given: Sequence[Mapping[str, Any]] | None = rules
        if document is not None:
            if rules is not None:
                raise ParameterError([Violation("document", "both", "either rules or document")])
            given = from_document(document, self._transport.account_facts(account).currency)
        if given is None:
            parsed = [*self._account_rules(account, skipped)]
        else:
            parsed = parse_rules(given, level, conditions.time_preset(time_preset))
            amounts = {
                f"rules.{number}{f'.conditions.{place}' if len(rule.scope.conditions) > 1 else ''}.threshold": amount
                for number, rule in enumerate(parsed)
                for place, amount in money_thresholds(rule.scope.conditions)
            }
            self._transport.in_minor_units(amounts, account)  # raises for another currency than the account's
        groups: dict[tuple[str, str], list[AlertRule]] = {}  # one request serves a group
        for rule in parsed:
            groups.setdefault((rule.scope.level, rule.scope.time_preset), []).append(rule)
        alerts = [alert for group in groups.values() for alert in self._check_group(account, group)]
        fired, quiet = ([alert for alert in alerts if alert.fired is value] for value in (True, False))
        return Alerts(tuple(fired), tuple(quiet), skipped)

    def _account_rules(self, account: str, skipped: dict[str, str]) -> Iterator[AlertRule]:
        """Yield the account's enabled rules. Those that only Meta can check go to `skipped`, with the reason."""
        for rule in self._edge(self._account(account).get_ad_rules_library, AdRule):
            if rule.status != "ENABLED":
                continue
            kind = str((rule.execution_spec or {}).get("execution_type"))
            spec = rule.evaluation_spec or {}
            try:
                if kind in _ONLY_AT_META or spec.get("evaluation_type") != "SCHEDULE":
                    raise ParameterError([Violation("rule", kind, "SCHEDULE rules for active objects")])
                scope = from_filters(spec.get("filters") or [])
            except ParameterError as error:
                skipped[rule.id] = f"{rule.name}: only Meta can check it ({error.violations[0]})"
                continue
            yield AlertRule(rule.name or "", scope, _ACTIONS.get(kind, kind.lower()), None, rule.id)

    def _check_group(self, account: str, rules: Sequence[AlertRule]) -> Iterator[Alert]:
        """Check rules of the same level and days with one request."""
        level, window = rules[0].scope.level, TIMES[rules[0].scope.time_preset]
        days = window(today_of(self._transport, account)) if window else None
        metrics = needs([condition for rule in rules for condition in rule.scope.conditions])
        goal = ("objective",) if level == "campaign" else ("objective", "optimization_goal")
        filtering = [{"field": f"{level}.effective_status", "operator": "IN", "value": [*CHECKED_STATUSES]}]
        if all(rule.scope.ids for rule in rules):
            ids = sorted({object_id for rule in rules for object_id in rule.scope.ids})
            filtering.append({"field": f"{level}.id", "operator": "IN", "value": ids})
        params: dict[str, Any] = {"level": level, "limit": 500, "filtering": filtering}
        since, until = map(str, days) if days else ("the beginning", "now")
        params |= {"time_range": {"since": since, "until": until}} if days else {"date_preset": "maximum"}
        fields = [*dict.fromkeys([f"{level}_id", f"{level}_name", *metrics, *goal])]
        found = self._edge(self._account(account).get_insights, InsightsRow, params, fields)
        rows = {str(getattr(row, f"{level}_id")): row for row in found}
        for rule in rules:
            for object_id in rule.scope.ids or rows:
                yield _to_alert(rule, object_id, rows.get(object_id), since, until)


def _to_alert(rule: AlertRule, object_id: str, row: InsightsRow | None, since: str, until: str) -> Alert:
    level = rule.scope.level
    verdicts = tuple(judge(condition, row) for condition in rule.scope.conditions)
    return Alert(
        object_id=object_id,
        object_name=str(getattr(row, f"{level}_name", None) or ""),
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
