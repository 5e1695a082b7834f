"""Alert rules that stop or scale campaigns, and the alerts that they raise."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal, overload

from pydantic import Field, WithJsonSchema

from admonster_fb.alerts import conditions as parsing
from admonster_fb.alerts.conditions import Condition, ConditionParts, ConditionSpec, RuleScope, Verdict
from admonster_fb.analysis.metrics import metric, named
from admonster_fb.errors import ParameterError, Violation, collecting
from admonster_fb.models._params import checked
from admonster_fb.money import Money

Action = Literal["notify", "pause", "scale"]
_ACTIONS: dict[str, Action] = {
    **dict.fromkeys(("notify", "alert", "warn", "notification"), "notify"),
    **dict.fromkeys(("pause", "stop", "pause_campaign", "pause_adset", "pause_ad"), "pause"),
    **dict.fromkeys(("scale", "accelerate", "increase_budget", "scale_up", "scale_campaign"), "scale"),
}
_GROUPS = {"stop_rules": "stop", "accelerate_rules": "accelerate"}
"""The lists of a strategy document, with the action of a rule that names none."""
_SAID = ("description", "rationale", "reason", "notes", "comment", "id")
"""What a strategist writes for readers: it changes nothing. Any other name that is not known is refused."""
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")  # a number that a document has as text
DOUBLE = "double_budget"  # scale by 2, as strategy documents of bots write it
_CONDITION_FIELDS = ("metric", "operator", "threshold", "value", "min_events", "events")
_ACTION = parsing.word_of(
    {**_ACTIONS, DOUBLE: DOUBLE}, "notify, pause or scale (or stop, accelerate, increase_budget, …)"
)


class AlertRuleParams(ConditionParts, total=False):
    """An alert rule: one condition, or several in `conditions`, all of which must hold."""

    metric: str
    operator: str
    conditions: list[ConditionSpec]
    min_conversions: Annotated[int, Field(ge=0, description="the same as min_events with events=results")]
    action: Annotated[str, _ACTION, WithJsonSchema({"type": "string", "description": "notify, pause or scale"})]
    factor: Annotated[float, Field(gt=1, le=10, description="for scale: 1.2 raises the budget by 20 %")]
    name: str
    ids: Annotated[list[str], Field(description="IDs of the objects to check. Default: all active ones")]
    time_preset: Annotated[str, Field(description="TODAY, LAST_3D, LIFETIME, … Default: LAST_7D (7 full days)")]
    date_preset: Annotated[str, Field(description="the same as time_preset, with the names of insights: last_7d")]


@dataclass(frozen=True, slots=True)
class AlertRule:
    """A parsed alert rule, from a caller or from the account's ad rules."""

    name: str
    scope: RuleScope
    action: str
    factor: Decimal | None = None  # for `scale`: what the budget is multiplied by
    id: str = ""  # the ID of the account's ad rule; empty for a rule of the caller


@dataclass(frozen=True, slots=True)
class Alert:
    """The result of one rule for one object. `action` is a recommendation: nothing has been changed."""

    object_id: str
    object_name: str
    level: str
    rule: str
    rule_id: str
    action: str
    factor: Decimal | None
    fired: bool
    since: str
    until: str
    """First and last day checked, in the account's time zone."""
    impressions: int
    verdicts: tuple[Verdict, ...]

    @property
    def why(self) -> str:
        """The figures, condition by condition."""
        return "; ".join(verdict.why for verdict in self.verdicts)


@dataclass(frozen=True)
class Alerts(Sequence[Alert]):
    """The alerts that fired. `quiet` are those that did not; `skipped` are stored rules that only Meta can evaluate."""

    fired: tuple[Alert, ...] = ()
    quiet: tuple[Alert, ...] = ()
    skipped: dict[str, str] = field(default_factory=dict)
    """Why a stored rule was not evaluated, by its ID."""

    @overload
    def __getitem__(self, index: int) -> Alert: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Alert]: ...
    def __getitem__(self, index: int | slice) -> Alert | Sequence[Alert]:
        return self.fired[index]

    def __len__(self) -> int:
        return len(self.fired)


def parse_rules(rules: Sequence[Mapping[str, Any]], level: str, preset: str) -> list[AlertRule]:
    """Return alert rules parsed. Raises `ParameterError` with every violation."""
    wrong: list[Violation] = []
    parsed: list[AlertRule] = []
    for number, rule in enumerate(rules):
        with collecting(wrong, f"rules.{number}"):
            if not isinstance(rule, Mapping):
                raise ParameterError([Violation("", rule, "an object with metric, operator, threshold and action")])
            parsed.append(_parse_rule(checked(AlertRuleParams, rule), level, preset))
    if wrong:
        raise ParameterError(wrong)
    return parsed


def from_document(document: Mapping[str, Any], currency: str) -> list[dict[str, Any]]:
    """Return all rules of a strategy document (`stop_rules` and `accelerate_rules`, at any depth) in our units.

    Its amounts are in major units of the account's currency. Its rates are fractions below 0.1 (0.08 is 8 %), and
    percent from 1 on. A rule without an action stops or accelerates, as its list says. Raises `ParameterError` for
    rates in between, which could be either, and for what is no rule.

    >>> rule = {"metric": "cpc", "operator": ">", "threshold": 3.0, "min_events": 100, "action": "pause_campaign"}
    >>> from_document({"metrics": {"stop_rules": [rule]}}, "USD")[0]["threshold"]
    '3.00 USD'
    """
    if not (lists := [*_rule_lists(document, "document")]):
        raise ParameterError([Violation("document", [*document], "an object with stop_rules or accelerate_rules")])
    wrong: list[Violation] = []
    rules: list[dict[str, Any]] = []
    for path, action, found in sorted(lists, key=lambda each: each[1] != "stop"):
        if not isinstance(found, list):
            wrong.append(Violation(path, found, "a list of rules"))
            continue
        ours = [_our_rule(rule, currency, f"{path}.{number}", wrong) for number, rule in enumerate(found)]
        rules += [{"action": action, **rule} for rule in ours]
    if wrong:
        raise ParameterError(wrong)
    return rules


def _rule_lists(part: Any, path: str) -> Iterator[tuple[str, str, Any]]:
    """Yield path, action and rules of each list of rules, at any depth."""
    inner = part.items() if isinstance(part, Mapping) else enumerate(part) if isinstance(part, list) else ()
    for name, value in inner:
        if name not in _GROUPS:
            yield from _rule_lists(value, f"{path}.{name}")
        elif value is not None:
            yield f"{path}.{name}", _GROUPS[name], value


def _our_rule(rule: Any, currency: str, path: str, wrong: list[Violation], *, is_named: bool = True) -> dict[str, Any]:
    """Return a rule, or one of its conditions, with thresholds in our units. What it says about itself is its name."""
    if not isinstance(rule, Mapping):
        wrong.append(Violation(path, rule, "an object with metric, operator, threshold and action"))
        return {}
    ours = {name: value for name, value in rule.items() if name not in _SAID}
    title = next((rule[name] for name in ("name", *_SAID) if rule.get(name)), None) if is_named else None
    ours |= {"name": str(title)} if title is not None else {}
    for name in {"threshold", "value"} & ours.keys():
        try:
            ours[name] = _our_threshold(rule.get("metric"), ours[name], currency)
        except (ValueError, ArithmeticError) as error:
            wrong.append(Violation(f"{path}.{name}", ours[name], str(error)))
    if isinstance(several := ours.get("conditions"), list):
        inner = functools.partial(_our_rule, currency=currency, wrong=wrong, is_named=False)
        ours["conditions"] = [inner(each, path=f"{path}.conditions.{at}") for at, each in enumerate(several)]
    return ours


def _our_threshold(name: object, value: Any, currency: str) -> Any:
    kind = ""
    with suppress(ParameterError):  # what is no metric is reported later
        kind = metric(named(name)).kind
    if isinstance(value, bool) or not (isinstance(value, int | float) or _NUMBER.fullmatch(str(value))):
        return value
    number = Decimal(str(value))
    if kind == "money":
        return f"{Money.from_major(number, currency).amount:f} {currency}"
    if kind != "percent" or number >= 1 or number == 0:
        return value
    if number < Decimal("0.1"):
        return str(number * 100)
    raise ValueError(f'one of its two readings: write "{value}%" or "{number * 100:f}%"')


def _parse_rule(rule: Mapping[str, Any], level: str, preset: str) -> AlertRule:
    wrong: list[Violation] = []
    rule = {**rule, **({"action": "scale", "factor": 2} if rule.get("action") == DOUBLE else {})}
    if "min_conversions" in rule:
        rule |= {"min_events": rule.pop("min_conversions"), "events": "results"}
    single = {name: rule[name] for name in _CONDITION_FIELDS if name in rule}
    several = rule.get("conditions", [])
    parsed: list[Condition] = []
    if bool(single) == bool(several):
        wrong.append(Violation("", "both" if single else "neither", "either metric, operator, … or conditions"))
    else:
        with collecting(wrong):
            parsed = parsing.conditions(several) if several else [parsing.condition(single)]
    with collecting(wrong):
        preset = parsing.time_preset(rule.get("time_preset", rule.get("date_preset", preset)))
    action = rule.get("action", "notify")
    if "factor" in rule and action != "scale":
        wrong.append(Violation("factor", rule["factor"], "no factor, unless action is scale"))
    if wrong:
        raise ParameterError(wrong)
    factor = Decimal(str(rule.get("factor", "1.2"))) if action == "scale" else None
    name = rule.get("name") or " and ".join(map(str, parsed))
    return AlertRule(name, RuleScope(level, tuple(rule.get("ids", ())), preset, tuple(parsed)), action, factor)
