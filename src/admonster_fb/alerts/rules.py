"""Stop and accelerate rules as bots write them, and what they found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Annotated, Any, Literal, overload

from pydantic import Field, PlainValidator, WithJsonSchema, with_config

from admonster_fb.alerts.ad_rule_filters import Watched, time_preset
from admonster_fb.alerts.conditions import Condition, ConditionParts, ConditionSpec, Verdict, condition, conditions
from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models._params import STRICT, checked

Action = Literal["notify", "pause", "scale"]
_ACTIONS: dict[str, Action] = {
    **dict.fromkeys(("notify", "alert", "warn", "notification"), "notify"),
    **dict.fromkeys(("pause", "stop", "pause_campaign", "pause_adset", "pause_ad"), "pause"),
    **dict.fromkeys(("scale", "accelerate", "increase_budget", "scale_up", "scale_campaign"), "scale"),
}
_OF_CONDITION = ("metric", "operator", "threshold", "value", "min_events", "events")


def _action(given: object) -> Action:
    if str(given).lower() not in _ACTIONS:
        raise ValueError("notify, pause or scale (or stop, accelerate, increase_budget, …)")
    return _ACTIONS[str(given).lower()]


@with_config(STRICT)
class AlertRule(ConditionParts, total=False):
    """A rule to judge by: one condition, or several in `conditions`, all of which must hold."""

    metric: str
    operator: str
    conditions: list[ConditionSpec]
    action: Annotated[
        str, PlainValidator(_action), WithJsonSchema({"type": "string", "description": "notify, pause or scale"})
    ]
    factor: Annotated[float, Field(gt=1, le=10, description="for scale: 1.2 is 20 % more")]
    name: str
    ids: Annotated[list[str], Field(description="objects to look at; all active ones unless given")]
    time_preset: Annotated[str, Field(description="LAST_7D (7 full days) unless given; TODAY, LAST_3D, LIFETIME, …")]
    date_preset: Annotated[str, Field(description="the same as time_preset, by the names of insights: last_7d")]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule ready to be judged by, from a bot or from the account's ad rules (`id`)."""

    name: str
    watched: Watched
    action: str
    factor: Decimal | None = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """What one rule found of one object. `action` is what the rule would do; nothing has been done."""

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
    """The days looked at, in the account's time zone, both included."""
    impressions: int
    verdicts: tuple[Verdict, ...]

    @property
    def why(self) -> str:
        """What was seen, condition by condition."""
        return "; ".join(verdict.why for verdict in self.verdicts)


@dataclass(frozen=True)
class Alerts(Sequence[Alert]):
    """The alerts that fired. `quiet` are those that did not; `skipped` says which stored rules only Meta can judge."""

    fired: tuple[Alert, ...] = ()
    quiet: tuple[Alert, ...] = ()
    skipped: dict[str, str] = field(default_factory=dict)
    """By the rule's id, why it was not judged here."""

    @overload
    def __getitem__(self, index: int) -> Alert: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Alert]: ...

    def __getitem__(self, index: int | slice) -> Alert | Sequence[Alert]:
        return self.fired[index]

    def __len__(self) -> int:
        return len(self.fired)


def rules_of(given: Sequence[Mapping[str, Any]], level: str, preset: str) -> list[Rule]:
    """Return rules as bots write them, ready to be judged by. Raises `ParameterError` with every violation.

    >>> rule = {"metric": "ctr", "operator": "<", "threshold": 0.5, "action": "stop"}
    >>> rules_of([rule], "campaign", "LAST_7D")[0].name
    'ctr < 0.5%'
    """
    wrong: list[Violation] = []
    made: list[Rule] = []
    for number, each in enumerate(given):
        path = f"rules.{number}"
        try:
            made.append(_rule(_well_typed(each, path), level, preset, path))
        except ParameterError as error:
            wrong += error.violations
    if wrong:
        raise ParameterError(wrong)
    return made


def _well_typed(given: Mapping[str, Any], path: str) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise ParameterError([Violation(path, given, "an object with metric, operator, threshold and action")])
    try:
        return checked(AlertRule, given)
    except ParameterError as error:
        raise ParameterError([replace(each, field=f"{path}.{each.field}") for each in error.violations]) from None


def _rule(given: Mapping[str, Any], level: str, preset: str, path: str) -> Rule:
    wrong: list[Violation] = []
    single = {name: given[name] for name in _OF_CONDITION if name in given}
    listed = given.get("conditions", [])
    wanted: list[Condition] = []
    if bool(single) == bool(listed):
        wrong.append(Violation(path, "both" if single else "neither", "either metric, operator, … or conditions"))
    else:
        try:
            wanted = conditions(listed, f"{path}.conditions") if listed else [condition(single, f"{path}.")]
        except ParameterError as error:
            wrong += error.violations
    said = [given[name] for name in ("time_preset", "date_preset") if name in given]
    try:
        preset = time_preset(said[0] if said else preset, f"{path}.time_preset")
    except ParameterError as error:
        wrong += error.violations
    action = given.get("action", "notify")
    if "factor" in given and action != "scale":
        wrong.append(Violation(f"{path}.factor", given["factor"], "nothing, unless action is scale"))
    if wrong:
        raise ParameterError(wrong)
    factor = Decimal(str(given.get("factor", "1.2"))) if action == "scale" else None
    name = given.get("name") or " and ".join(map(str, wanted))
    return Rule(name, Watched(level, tuple(given.get("ids", ())), preset, tuple(wanted)), action, factor)
