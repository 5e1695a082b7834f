"""Ad rules: created so that nothing spends unasked, amounts in minor units, never twice."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from tables import table

from admonster_fb import (
    FacebookAds,
    InvalidParameterError,
    Money,
    NotFoundError,
    OutcomeUnknown,
    ParameterError,
    RateLimited,
)
from admonster_fb.bot import FacebookTool
from admonster_fb.rules import ad_rules
from admonster_fb.rules.ad_rules import is_money
from admonster_fb.sandbox import GraphError, LostResponse, Sandbox
from admonster_fb.services._validation import warnings

ADSETS = {"field": "entity_type", "operator": "EQUAL", "value": "ADSET"}
CAMPAIGNS = {"field": "entity_type", "operator": "EQUAL", "value": "CAMPAIGN"}
WEEK = {"field": "time_preset", "operator": "EQUAL", "value": "LAST_7D"}


def spec(*filters: Any, **more: Any) -> Any:
    return {"evaluation_type": "SCHEDULE", "filters": [ADSETS, WEEK, *filters], **more}


def over(field: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": "GREATER_THAN", "value": value}


def change(kind: str = "CHANGE_BUDGET", **said: Any) -> Any:
    return {
        "execution_type": kind,
        "execution_options": [{"field": "change_spec", "operator": "EQUAL", "value": said}],
    }


DAILY: Any = {"schedule_type": "DAILY"}
PAUSE: Any = {"execution_type": "PAUSE"}
RULE: Any = {"name": "A", "schedule_spec": DAILY, "evaluation_spec": spec(over("spent", 5000)), "execution_spec": PAUSE}


@pytest.mark.thorough
@table(
    ("execution", "status"),
    [
        (PAUSE, "ENABLED"),
        ({"execution_type": "NOTIFICATION"}, "ENABLED"),
        (change(amount=-30, unit="PERCENTAGE"), "ENABLED"),
        (change(amount="-5.00 USD", unit="ACCOUNT_CURRENCY"), "ENABLED"),
        ({"execution_type": "UNPAUSE"}, "DISABLED"),
        (change(amount=20, unit="PERCENTAGE", limit="100.00 USD"), "DISABLED"),
        (change(amount="5.00 USD", unit="ACCOUNT_CURRENCY", limit=10000), "DISABLED"),
        (change(amount=100, target_field="cost_per", limit=[1000, 2000]), "DISABLED"),
        (change("CHANGE_BID", amount=20, unit="PERCENTAGE", limit=300), "DISABLED"),
    ],
)
def test_what_can_spend_starts_disabled(fb: FacebookAds, writes: Any, execution: Any, status: str) -> None:
    made = fb.adrules.create("act_1", **{**RULE, "execution_spec": execution})
    assert made.status == status
    assert writes()[-1].params["status"] == status
    assert fb.adrules.create("act_1", **{**RULE, "execution_spec": execution, "status": "ENABLED"}).status == "ENABLED"


@table(
    "execution",
    [
        change(amount=20, unit="PERCENTAGE"),
        change(amount="5.00 USD", unit="ACCOUNT_CURRENCY"),
        change("CHANGE_BID", amount=1, unit="PERCENTAGE"),
        change(amount=100, target_field="cost_per"),
        change(amount=100, target_field="cost_per", limit=2000),
        change(amount=20, unit="PERCENTAGE", limit=[1, 2]),
    ],
)
def test_nothing_is_raised_without_limit(fb: FacebookAds, refused: Any, execution: Any) -> None:
    with refused("execution_spec.execution_options.0.value.limit"):
        fb.adrules.create("act_1", **{**RULE, "execution_spec": execution})
    with refused("execution_spec.execution_options.0.value.limit"):
        fb.adrules.update("120210000000000001", execution_spec=execution, status="DISABLED")


def test_amounts_go_out_in_minor_units(fb: FacebookAds, writes: Any) -> None:
    filters = [over("spent", "50.00 USD"), over("cost_per_purchase_fb", Money("9.99 USD")), over("cpc", 250)]
    ranged = {"field": "adset.yesterday_spent", "operator": "IN_RANGE", "value": ["1.00 USD", 500]}
    execution = change(amount="5.00 USD", unit="ACCOUNT_CURRENCY", limit="100.00 USD")
    made = fb.adrules.create(
        "act_1", **{**RULE, "evaluation_spec": spec(*filters, ranged), "execution_spec": execution}
    )
    read = fb.adrules.get(made.id)
    assert [each["value"] for each in read.evaluation_spec["filters"][2:]] == [5000, 999, 250, [100, 500]]  # type: ignore[index]
    [option] = read.execution_spec["execution_options"]  # type: ignore[index]
    assert (option["value"]["amount"], option["value"]["limit"]) == (500, 10000)


def test_yen_have_no_decimals_and_dollars_are_refused(fb: FacebookAds, writes: Any) -> None:
    yen = {**RULE, "evaluation_spec": spec(over("spent", "5000 JPY"))}
    made = fb.adrules.create("act_2", **yen)
    assert fb.adrules.get(made.id).evaluation_spec["filters"][2]["value"] == 5000  # type: ignore[index]
    before = len(writes())
    dollars = change(amount="1.00 USD", unit="ACCOUNT_CURRENCY", limit="9.00 USD")
    with pytest.raises(ParameterError, match="JPY, the currency of the ad account") as caught:
        fb.adrules.create(
            "act_2", **{**RULE, "evaluation_spec": spec(over("cpc", "2.00 USD")), "execution_spec": dollars}
        )
    assert len(caught.value.violations) == 3
    with pytest.raises(ParameterError, match="JPY"):
        fb.adrules.update(made.id, evaluation_spec=spec(over("cpc", "2.00 USD")))
    assert len(writes()) == before


@table("value", [4.5, "50.00", "$50", True, None, ["1.00 USD", 1.5]])
def test_money_that_could_be_misread_is_refused(fb: FacebookAds, value: Any) -> None:
    with pytest.raises(ParameterError, match=r"evaluation_spec\.filters\.2\.value"):
        fb.adrules.create("act_1", **{**RULE, "evaluation_spec": spec(over("cost_per", value))})


def test_money_where_none_belongs_is_refused(fb: FacebookAds, refused: Any) -> None:
    with refused("evaluation_spec.filters.2.value", "execution_spec.execution_options.0.value.amount"):
        fb.adrules.create(
            "act_1",
            **{
                **RULE,
                "evaluation_spec": spec(over("impressions", "50.00 USD")),
                "execution_spec": change(amount="-5.00 USD", unit="PERCENTAGE"),
            },
        )


AMOUNTS = [
    *("spent", "cpm", "cpa", "cost_per_add_to_cart_fb", "campaign.lifetime_spent", "aggregate(spent)", "daily_budget"),
    *("adset.lifetime_budget", "bid_amount", "campaign.28d_view_1d_click:lifetime_cost_per", "last_7d_spent"),
]
NUMBERS = [
    *("ctr", "daily_ratio_spent", "website_purchase_roas", "impressions", "hours_since_creation", "results"),
    "today_spent / adset.daily_budget",
]


@table(("field", "money"), [*((each, True) for each in AMOUNTS), *((each, False) for each in NUMBERS)])
def test_which_filters_are_money(field: str, money: bool) -> None:
    assert is_money(field) is money


@table(
    ("wrong", "fields"),
    [
        (
            {"evaluation_spec": {"evaluation_type": "SCHEDULE", "filters": [over("spent", 1)]}},
            ["evaluation_spec.filters"] * 2,
        ),
        (
            {"evaluation_spec": spec({"field": "attribution_window", "operator": "IN", "value": ["ACCOUNT_DEFAULT"]})},
            ["evaluation_spec.filters.2.operator"],
        ),
        ({"evaluation_spec": spec(evaluation_type="TRIGGER")}, ["evaluation_spec.trigger"]),
        ({"execution_spec": {"execution_type": "CHANGE_BUDGET"}}, ["execution_spec.execution_options"]),
        ({"execution_spec": {"execution_type": "PING_ENDPOINT"}}, ["evaluation_spec.evaluation_type"]),
        (
            {"execution_spec": change("CHANGE_CAMPAIGN_BUDGET", amount=-5, unit="PERCENTAGE")},
            ["execution_spec.execution_type"],
        ),
        ({"execution_spec": change(amount=-5)}, ["execution_spec.execution_options.0.value.unit"]),
        ({"execution_spec": change(unit="PERCENTAGE", limit=1)}, ["execution_spec.execution_options.0.value.amount"]),
        ({"schedule_spec": {"schedule_type": "CUSTOM"}}, ["schedule_spec.schedule"]),
        (
            {"schedule_spec": {"schedule_type": "CUSTOM", "schedule": [{"start_minute": 1450, "days": [7]}, {}]}},
            ["schedule_spec.schedule.0.start_minute", "schedule_spec.schedule.0.days", "schedule_spec.schedule.1"],
        ),
    ],
)
def test_what_meta_would_refuse_is_refused_before(fb: FacebookAds, refused: Any, wrong: Any, fields: list[str]) -> None:
    with refused(*fields):
        fb.adrules.create("act_1", **{**RULE, **wrong})


@table(
    ("change", "field"),
    [
        *(
            ({"evaluation_spec": spec({"field": "ctr", "operator": operator, "value": [1]})}, "filters.2.operator")
            for operator in ("NOT_EQUAL", "IN", "NOT_IN", "ANY", "NONE", "CONTAIN")
        ),
        ({"schedule_spec": {"schedule_type": "DAILY", "schedule": [{"days": [1]}]}}, "schedule_spec.schedule"),
    ],
)
def test_what_no_page_says_that_meta_refuses_is_sent_with_a_warning(
    fb: FacebookAds, sandbox: Sandbox, change: Any, field: str
) -> None:
    with warnings() as found, suppress(InvalidParameterError):  # the sandbox has six operators for metrics
        fb.adrules.create("act_1", **{**RULE, **change})
    assert [each.severity for each in found if each.field.endswith(field)] == ["warning"]
    assert sandbox.journal[-1].method == "POST"


def test_the_objects_of_a_rule_may_be_named_by_their_parents(fb: FacebookAds) -> None:
    filters = [{"field": "adset.id", "operator": "IN", "value": ["1"]}, *spec()["filters"][1:]]
    assert not ad_rules.violations({**RULE, "evaluation_spec": {"evaluation_type": "SCHEDULE", "filters": filters}})


def test_a_schedule_is_needed(fb: FacebookAds, refused: Any) -> None:
    rule = {name: value for name, value in RULE.items() if name != "schedule_spec"}
    with refused("schedule_spec"):
        fb.adrules.create("act_1", **rule)


def test_wrong_types_are_told_all_at_once(fb: FacebookAds, refused: Any) -> None:
    wrong: Any = {
        "nmae": "A",  # codespell:ignore
        "status": "ACTIVE",
        "evaluation_spec": {"evaluation_type": "DAILY", "filters": [{"field": "ctr", "operator": "<", "value": 1}]},
        "execution_spec": {"execution_type": "STOP"},
    }
    with refused(
        *(
            "name",
            "nmae",
            "status",
            "evaluation_spec.evaluation_type",
            "evaluation_spec.filters.0.operator",
        ),  # codespell:ignore
        "execution_spec.execution_type",
    ):
        fb.adrules.create("act_1", **wrong)


@pytest.mark.thorough
@table("name", ["Für Füße 👟", "قاعدة", 'A "quoted" \\ rule', "x" * 200, "5"], fresh=True)
def test_a_rule_name_in_any_script_survives(fb: FacebookAds, name: str) -> None:
    made = fb.adrules.create("act_1", **{**RULE, "name": name})
    assert fb.adrules.get(made.id).name == name
    assert [rule.name for rule in fb.adrules.list("act_1")] == [name]


def test_a_lost_answer_makes_no_second_rule(fb: FacebookAds, sandbox: Sandbox) -> None:
    fb.adrules.create("act_1", **{**RULE, "name": "Another"})
    sandbox.fail_next("POST act_*/adrules_library", LostResponse())
    made = fb.adrules.create("act_1", **RULE)
    assert [rule.id for rule in fb.adrules.list("act_1") if rule.name == "A"] == [made.id]
    assert made.evaluation_spec is not None


def test_what_does_not_show_is_unknown_and_not_sent_again(fb: FacebookAds, sandbox: Sandbox) -> None:
    sandbox.fail_next("POST act_*/adrules_library", GraphError(2))
    with pytest.raises(OutcomeUnknown):
        fb.adrules.create("act_1", **RULE)
    assert fb.adrules.list("act_1") == []


def test_a_throttled_list_is_retried_until_max_wait(fb: FacebookAds, sandbox: Sandbox) -> None:
    sandbox.fail_next("GET act_*/adrules_library", GraphError(17))
    assert fb.adrules.list("act_1") == []
    impatient = FacebookAds.sandbox(sandbox, max_wait=0)
    sandbox.fail_next("GET act_*/adrules_library", GraphError(17))
    with pytest.raises(RateLimited):
        impatient.adrules.list("act_1")


@pytest.fixture
def rule_id(fb: FacebookAds) -> str:
    return fb.adrules.create("act_1", **RULE).id


def test_changes_are_read_back(fb: FacebookAds, rule_id: str) -> None:
    fb.adrules.update(rule_id, name="B", status="DISABLED", evaluation_spec=spec(over("cpc", "3.00 USD")))
    read = fb.adrules.get(rule_id)
    assert (read.name, read.status) == ("B", "DISABLED")
    assert read.evaluation_spec["filters"][-1]["value"] == 300  # type: ignore[index]
    fb.adrules.update(
        rule_id, schedule_spec={"schedule_type": "HOURLY"}, execution_spec={"execution_type": "NOTIFICATION"}
    )
    assert fb.adrules.get(rule_id).schedule_spec == {"schedule_type": "HOURLY"}


def test_a_rule_does_not_begin_to_spend_unasked(fb: FacebookAds, refused: Any) -> None:
    with refused("status"):
        fb.adrules.update("120210000000000001", execution_spec={"execution_type": "UNPAUSE"})


def test_rules_come_page_by_page(fb: FacebookAds) -> None:
    made = {fb.adrules.create("act_1", **{**RULE, "name": f"Rule {number}"}).id for number in range(7)}
    assert {rule.id for rule in fb.adrules.iter("act_1", limit=3)} == made


def test_a_deleted_rule_is_gone(fb: FacebookAds, rule_id: str) -> None:
    fb.adrules.delete(rule_id)
    assert fb.adrules.list("act_1") == []


def test_a_rule_that_is_not_there(fb: FacebookAds) -> None:
    with pytest.raises(NotFoundError):
        fb.adrules.get("120999999999999999")


def test_a_rule_is_run_at_most_once(fb: FacebookAds, sandbox: Sandbox, rule_id: str) -> None:
    fb.adrules.execute(rule_id)
    sandbox.fail_next(f"POST {rule_id}/execute", LostResponse())
    with pytest.raises(OutcomeUnknown):
        fb.adrules.execute(rule_id)
    runs = [entry for entry in sandbox.journal if entry.path == f"{rule_id}/execute"]
    assert len(runs) == 2


@pytest.mark.thorough
def test_a_rule_pauses_and_its_history_tells(
    fb: FacebookAds, sandbox: Sandbox, adset: Any, ad: Any, campaign: Any
) -> None:
    for update, node_id in ((fb.campaigns.update, campaign.id), (fb.adsets.update, adset.id), (fb.ads.update, ad.id)):
        update(node_id, status="ACTIVE")  # type: ignore[operator]
    sandbox.advance(days=3)
    only = {"field": "id", "operator": "IN", "value": [adset.id]}
    made = fb.adrules.create("act_1", **{**RULE, "evaluation_spec": spec(only, over("spent", "0.01 USD"))})
    fb.adrules.execute(made.id)
    assert fb.adsets.get(adset.id).status == "PAUSED"
    runs = [run for run in fb.adrules.history(made.id) if run.results]
    assert str(runs[0].results[0]["object_id"]) == adset.id  # type: ignore[index]


ABOVE = {"evaluation_spec": spec(over("spent", "50.00 USD"))}


def test_the_model_reads_amounts_with_their_currency(fb: FacebookAds, rule_id: str) -> None:
    text = FacebookTool(fb).call({"op": "list_ad_rules", "args": {}}).text
    assert "spent GREATER_THAN $50.00 USD" in text
    assert f"ID: {rule_id}" in text
    raise_it = change(amount="5.00 USD", unit="ACCOUNT_CURRENCY", limit="80.00 USD")
    made = FacebookTool(fb).call(
        {"op": "create_ad_rule", "args": {**RULE, **ABOVE, "name": "Up", "execution_spec": raise_it}}
    )
    assert "CHANGE_BUDGET by $5.00 USD limit $80.00 USD" in made.text
    assert "Status: DISABLED" in made.text
