"""Alerts that Meta evaluates itself, as ad rules, whether or not the bot runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from admonster_fb.alerts.conditions import ConditionSpec, conditions, to_filters, word_of
from admonster_fb.alerts.conditions import time_preset as preset_of
from admonster_fb.client import FacebookAds
from admonster_fb.errors import ParameterError, Violation, collecting, refused
from admonster_fb.models._params import Params, checked
from admonster_fb.models.adrule import AdRule
from admonster_fb.operation import ops_of

op = ops_of("automation", "adrules_library")

PREFIX = "Alert: "
"""Start of the rules' names, for people who see them in Ads Manager."""
ACTIONS = dict.fromkeys(("pause_campaign", "pause", "stop"), "PAUSE")
ACTIONS |= dict.fromkeys(("notify", "alert", "notification"), "NOTIFICATION")
_ACTION = WithJsonSchema({"type": "string", "description": "notify or pause_campaign. Default: notify"})
_PERIOD = Field(description="period of the figures: LAST_7D (full days), TODAY, LIFETIME, …")


class _Arguments(Params, total=False):
    conditions: list[ConditionSpec]
    action: Annotated[str, word_of(ACTIONS, "pause_campaign or notify (to raise a budget: scale_campaign)")]


@op(
    "setup_performance_alert",
    effect="add",
    past="set up",
    cost="nothing: it notifies, or pauses the campaign",
    aliases={"date_preset": "time_preset"},
    then=("list_ad_rules", "check_alerts"),
    judge=lambda _, given: _judged(given),
)
def setup_performance_alert(
    fb: FacebookAds,
    campaign_id: str,
    *,
    conditions: list[ConditionSpec],
    action: Annotated[str, _ACTION] = "notify",
    time_preset: Annotated[str, _PERIOD] = "LAST_7D",
    schedule_type: Literal["SEMI_HOURLY", "HOURLY", "DAILY"] = "SEMI_HOURLY",
    name: str | None = None,
) -> AdRule:
    """Set up a performance alert. Meta notifies you or pauses a campaign once all conditions hold, without the bot.

    The alert is one of Meta's ad rules, ENABLED. Thresholds of money name their currency ("20.00 USD"); ctr is in
    percent. `min_events` of a condition is the minimum number of impressions (or of its `events`) before it counts.
    Meta checks active campaigns with at least one impression. A metric that Meta's rules lack is refused, with the
    metrics they have; `check_alerts` supports more.

    >>> rule = setup_performance_alert(fb, campaign_id, action="pause_campaign",
    ...     conditions=[{"metric": "ctr", "operator": "<", "value": 0.5, "min_events": 5000}])
    >>> rule.name, rule.status
    ('Alert: Autumn sale: ctr < 0.5%', 'ENABLED')
    """
    filters, execution_type, description = _validate(campaign_id, conditions, action, time_preset)
    campaign = fb.campaigns.get(campaign_id, fields=["name", "account_id"])
    return fb.adrules.create(
        f"act_{campaign.account_id}",
        name=name or f"{PREFIX}{campaign.name}: {description}",
        evaluation_spec={"evaluation_type": "SCHEDULE", "filters": filters},
        execution_spec={"execution_type": execution_type},
        schedule_spec={"schedule_type": schedule_type},
        status="ENABLED",
    )


def _judged(arguments: Mapping[str, Any]) -> tuple[Violation, ...]:
    defaults = {"conditions": [], "action": "notify", "time_preset": "LAST_7D"}
    return refused(_validate, "1", *({**defaults, **arguments}[name] for name in defaults))


def _validate(campaign_id: str, specs: list[ConditionSpec], action: str, preset: str) -> tuple[Any, Any, str]:
    """Return filters, execution type and a description. Raises `ParameterError` with all violations."""
    violations: list[Violation] = []
    period = "LAST_7D"
    with collecting(violations):
        period = preset_of(preset)
    with collecting(violations):
        arguments = checked(_Arguments, {"conditions": specs, "action": action})
        parsed = conditions(arguments["conditions"])
        filters = to_filters(parsed, "campaign", [campaign_id], period)
    if violations:
        raise ParameterError(violations)
    return filters, arguments["action"], " and ".join(map(str, parsed))
