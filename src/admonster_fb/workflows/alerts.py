"""Alerts that Meta itself watches by, with or without the bot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema, with_config
from typing_extensions import TypedDict

from admonster_fb.alerts.ad_rule_filters import time_preset as preset_of
from admonster_fb.alerts.ad_rule_filters import to_filters
from admonster_fb.alerts.conditions import ConditionSpec, conditions
from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models._params import STRICT, checked
from admonster_fb.models.adrule import AdRule
from admonster_fb.operation import op

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

PREFIX = "Alert: "
"""How the names of these rules begin, for people who meet them in Ads Manager."""
ACTIONS = {
    **dict.fromkeys(("pause_campaign", "pause", "stop"), "PAUSE"),
    **dict.fromkeys(("notify", "alert", "notification"), "NOTIFICATION"),
}


def _action(given: object) -> str:
    if str(given).lower() not in ACTIONS:
        raise ValueError("pause_campaign or notify (a campaign that does well: scale_campaign)")
    return ACTIONS[str(given).lower()]


@with_config(STRICT)
class _Asked(TypedDict, total=False):
    conditions: list[ConditionSpec]
    action: Annotated[str, PlainValidator(_action)]


@op(
    "setup_performance_alert",
    group="automation",
    access="write",
    effect="add",
    changes="adrules_library",
    past="set up",
    cost="nothing: it notifies, or pauses the campaign",
    aliases={"date_preset": "time_preset"},
    then=("list_ad_rules", "check_alerts"),
)
def setup_performance_alert(
    fb: FacebookAds,
    campaign_id: str,
    *,
    conditions: list[ConditionSpec],
    action: Annotated[
        str, WithJsonSchema({"type": "string", "description": "notify (unless given) or pause_campaign"})
    ] = "notify",
    time_preset: Annotated[
        str, Field(description="days to judge by: LAST_7D (full days), TODAY, LIFETIME, …")
    ] = "LAST_7D",
    schedule_type: Literal["SEMI_HOURLY", "HOURLY", "DAILY"] = "SEMI_HOURLY",
    name: str | None = None,
) -> AdRule:
    """Have Meta watch a campaign, and notify or pause it once all conditions hold; runs without the bot.

    It becomes one of Meta's own ad rules, ENABLED. Money thresholds are "20.00 USD" or minor units; ctr is in percent.
    `min_events` of a condition is the least number of impressions (or of its `events`) before it counts. Meta looks at
    active campaigns with at least one impression. What its rules cannot judge by is refused with what they can;
    `check_alerts` knows more.

    >>> rule = setup_performance_alert(fb, campaign_id, action="pause_campaign",
    ...     conditions=[{"metric": "ctr", "operator": "<", "value": 0.5, "min_events": 5000}])
    >>> rule.name, rule.status
    ('Alert: Autumn sale: ctr < 0.5%', 'ENABLED')
    """
    filters, kind, wanted = _ready(campaign_id, conditions, action, time_preset)
    campaign = fb.campaigns.get(campaign_id, fields=["name", "account_id"])
    return fb.adrules.create(
        f"act_{campaign.account_id}",
        name=name or f"{PREFIX}{campaign.name}: {wanted}",
        evaluation_spec={"evaluation_type": "SCHEDULE", "filters": filters},
        execution_spec={"execution_type": kind},
        schedule_spec={"schedule_type": schedule_type},
        status="ENABLED",
    )


def _ready(campaign_id: str, given: list[ConditionSpec], action: str, preset: str) -> tuple[Any, Any, str]:
    """Return filters, execution type and a name; raises `ParameterError` with all that is wrong."""
    wrong: list[Violation] = []
    kind, name, days, filters = "NOTIFICATION", "", "LAST_7D", []
    try:
        days = preset_of(preset)
    except ParameterError as error:
        wrong += error.violations
    try:
        said = checked(_Asked, {"conditions": given, "action": action})
        kind, wanted = said["action"], conditions(said["conditions"])
        name = " and ".join(map(str, wanted))
        filters = to_filters(wanted, "campaign", [campaign_id], days)
    except ParameterError as error:
        wrong += error.violations
    if wrong:
        raise ParameterError(wrong)
    return filters, kind, name
