"""Ad rules: what is refused, which objects pass, what happens to them, and what is told of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from tables import table

from admonster_fb.sandbox.adrules import properties

GRAPH = "https://graph.facebook.com/v26.0"
Rule = dict[str, Any]


def a_filter(field: str, value: Any, operator: str = "EQUAL") -> Rule:
    return {"field": field, "operator": operator, "value": value}


def a_rule(*filters: Rule, do: str = "PAUSE", level: str = "ADSET", schedule: str = "DAILY", **options: Any) -> Rule:
    """A rule over everything since ever, at midnight."""
    scope = [a_filter("entity_type", level), a_filter("time_preset", "LIFETIME")]
    execution: Rule = {"execution_type": do}
    if options:
        execution["execution_options"] = [a_filter(name, value) for name, value in options.items()]
    return {
        "name": "Rule",
        "evaluation_spec": {"evaluation_type": "SCHEDULE", "filters": [*scope, *filters]},
        "execution_spec": execution,
        "schedule_spec": {"schedule_type": schedule},
    }


SPENT = a_filter("spent", 100, "GREATER_THAN")
RAISE = {"amount": 20, "unit": "PERCENTAGE"}


def an_ad(client: Any, adset: str) -> str:
    spec = {"page_id": "108356564252733", "link_data": {"link": "https://example.com/"}}
    return str(client.post("act_1/ads", name="Ad", adset_id=adset, creative={"object_story_spec": spec})["id"])


def running(client: Any, days: int = 2, **changes: Any) -> str:
    """An ad set that has delivered for some days."""
    adset = str(client.adset(**changes))
    an_ad(client, adset)
    client.sandbox.advance(days=days)
    return adset


def create(client: Any, rule: Rule) -> str:
    return str(client.post("act_1/adrules_library", **rule)["id"])


def refused(client: Any, rule: Rule) -> str:
    """The words of the refusal, which keeps nothing."""
    error = client.post("act_1/adrules_library", **rule)["error"]
    assert client.get("act_1/adrules_library") == {"data": []}
    return str(error.get("error_user_msg") or error["message"])


def execute(client: Any, rule_id: str) -> Any:
    """What a run by hand told of: the results of the newest entry of the history."""
    assert client.post(f"{rule_id}/execute") == {"success": True}
    return client.get(f"{rule_id}/history")["data"][0]["results"]


def actions(results: Any) -> list[str]:
    return [each["action"] for result in results for each in result["actions"]]


# The library


def test_a_rule_reads_back_as_it_was_sent(client: Any) -> None:
    rule = a_rule(SPENT)
    rule_id = create(client, rule)
    fields = "name,status,evaluation_spec,execution_spec,schedule_spec,account_id,created_by,created_time"
    assert client.get(rule_id, fields=fields) == {
        **rule,
        "id": rule_id,
        "status": "ENABLED",
        "account_id": "1",
        "created_by": {"id": client.sandbox.user_id, "name": "Sandbox User"},
        "created_time": "2026-11-01T04:00:00-0800",
    }
    assert client.get(rule_id) == {"id": rule_id}


def test_a_rule_can_be_read_in_the_call_that_creates_it(client: Any) -> None:
    made = client.post("act_1/adrules_library", fields="name,status", **a_rule(SPENT), status="DISABLED")
    assert (made["name"], made["status"]) == ("Rule", "DISABLED")


def test_the_library_lists_the_newest_first_page_by_page(client: Any) -> None:
    ids = [create(client, a_rule(SPENT)) for _ in range(5)]
    pages = client.walk("act_1/adrules_library", limit=2, fields="name")
    assert [row["id"] for page in pages for row in page["data"]] == ids[::-1]
    assert [len(page["data"]) for page in pages] == [2, 2, 1]
    assert client.get("act_2/adrules_library") == {"data": []}


def test_an_update_replaces_whole_specs_and_leaves_the_rest(client: Any) -> None:
    rule_id = create(client, a_rule(SPENT, do="CHANGE_BUDGET", change_spec=RAISE))
    client.sandbox.advance(minutes=10)
    assert client.post(rule_id, status="DISABLED", execution_spec={"execution_type": "PAUSE"}) == {"success": True}
    read = client.get(rule_id, fields="name,status,execution_spec,schedule_spec,created_time,updated_time")
    assert read["execution_spec"] == {"execution_type": "PAUSE"}
    assert (read["name"], read["status"], read["schedule_spec"]) == ("Rule", "DISABLED", {"schedule_type": "DAILY"})
    assert read["updated_time"] > read["created_time"]
    # A spec is never merged: this one says not what to look at.
    answer = client.post(rule_id, evaluation_spec={"evaluation_type": "SCHEDULE", "filters": [SPENT]})
    assert answer["error"]["error_user_title"] == "Objects Missing"
    kept = client.get(rule_id, fields="evaluation_spec")["evaluation_spec"]
    assert kept == a_rule(SPENT)["evaluation_spec"]


def test_a_deleted_rule_leaves_the_library_and_can_be_read(client: Any) -> None:
    rule_id = create(client, a_rule(SPENT))
    assert client.delete(rule_id) == {"success": True}
    assert client.get("act_1/adrules_library") == {"data": []}
    assert client.get(rule_id, fields="status")["status"] == "DELETED"
    assert client.post(rule_id, status="ENABLED")["error"]["error_user_title"] == "Rule Deleted"


def test_rules_need_the_scope_of_ads_and_the_account(client: Any) -> None:
    rule_id = create(client, a_rule(SPENT))
    other = client.sandbox.session(client.sandbox.issue_token(accounts=["act_2"]))
    assert other.get(f"{GRAPH}/{rule_id}").json()["error"]["error_subcode"] == 33
    client.sandbox.revoke("ads_management")
    assert client.get(rule_id)["id"] == rule_id
    assert client.post(rule_id, name="Other")["error"]["code"] == 200


@pytest.mark.thorough
def test_an_account_has_room_for_250_rules(client: Any) -> None:
    for _ in range(250):
        create(client, a_rule(SPENT))
    assert client.post("act_1/adrules_library", **a_rule(SPENT))["error"]["error_user_title"] == "Too Many Rules"
    client.delete(client.get("act_1/adrules_library", limit=1)["data"][0]["id"])
    assert create(client, a_rule(SPENT))


def test_rules_survive_a_snapshot(client: Any, tmp_path: Any) -> None:
    running(client)
    rule_id = create(client, a_rule(SPENT))
    execute(client, rule_id)
    client.sandbox.save(tmp_path / "s.json")
    other = type(client)()
    other.sandbox.load(tmp_path / "s.json")
    other.session = other.sandbox.session()
    assert other.get(f"{rule_id}/history") == client.get(f"{rule_id}/history")


# Refusals


@table("name", ["name", "evaluation_spec", "execution_spec", "schedule_spec"])
def test_a_scheduled_rule_needs_all_its_parts(client: Any, name: str) -> None:
    rule = a_rule(SPENT)
    del rule[name]
    assert refused(client, rule) == f"(#100) The parameter {name} is required."


def changed(path: str, value: Any) -> Rule:
    """A good rule with one thing put wrong, or taken out (None)."""
    rule: Any = json.loads(json.dumps(a_rule(SPENT, do="CHANGE_BUDGET", change_spec=RAISE)))
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place = rule
    for step in steps:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return dict(rule)


@pytest.mark.thorough
@table(
    ("path", "value", "words"),
    [
        ("status", "PAUSED", "status must be one of"),
        ("evaluation_spec", [1], "must be an array"),
        ("evaluation_spec.evaluation_type", "SOMETIMES", "evaluation_spec[evaluation_type] must be one of"),
        ("evaluation_spec.evaluation_type", None, "evaluation_spec[evaluation_type] is required"),
        ("evaluation_spec.filters", None, "evaluation_spec[filters] is required"),
        ("evaluation_spec.filters", {}, "evaluation_spec[filters] must be an array"),
        ("evaluation_spec.filters.2.operator", "ABOVE", "filters][2][operator] must be one of"),
        ("evaluation_spec.filters.2.operator", "CONTAIN", "must be one of {EQUAL, GREATER_THAN"),
        ("evaluation_spec.filters.2.operator", "IN_RANGE", "must be a range of two numbers"),
        ("evaluation_spec.filters.2.field", None, "[field] is required"),
        ("evaluation_spec.filters.2.value", None, "[value] is required"),
        ("evaluation_spec.filters.0", None, "needs a filter on entity_type"),
        ("evaluation_spec.filters.0.value", "PAGE", "must be one of {AD, ADSET, CAMPAIGN}"),
        ("evaluation_spec.filters.0.operator", "IN", "must be EQUAL for entity_type"),
        ("evaluation_spec.filters.1", None, "needs a filter on time_preset"),
        ("evaluation_spec.filters.1.value", "LAST_5_DAYS", "time_preset] must be one of"),
        ("evaluation_spec.filters.1", a_filter("attribution_window", "28D_CLICK"), "must be one of {ACCOUNT_DEFAULT}"),
        ("evaluation_spec.filters.1", a_filter("id", ["1", "2"], "IN"), "no campaigns, ad sets or ads of this"),
        ("execution_spec.execution_type", "EXPLODE", "execution_type] must be one of"),
        ("execution_spec.execution_type", "CHANGE_CAMPAIGN_BUDGET", "applies to objects of type CAMPAIGN"),
        ("execution_spec.execution_type", "PING_ENDPOINT", "can't be used in rules of type SCHEDULE"),
        ("execution_spec.execution_options", None, "execution_options][change_spec] is required"),
        ("execution_spec.execution_options.0.operator", "LESS_THAN", "operator] must be one of {EQUAL, IN}"),
        ("execution_spec.execution_options.0.value.amount", None, "change_spec[amount] is required"),
        ("execution_spec.execution_options.0.value.amount", "much", "change_spec[amount] must be a number"),
        ("execution_spec.execution_options.0.value.unit", None, "change_spec[unit] is required"),
        ("execution_spec.execution_options.0.value.unit", "ABSOLUTE", "must be one of {ACCOUNT_CURRENCY, PERCENTAGE}"),
        ("execution_spec.execution_options.0", a_filter("action_frequency", 0), "change_spec] is required"),
        ("schedule_spec.schedule_type", "WEEKLY", "schedule_type] must be one of"),
        ("schedule_spec.schedule_type", "CUSTOM", "schedule_spec[schedule] is required"),
    ],
)
def test_what_cannot_be_is_refused(client: Any, path: str, value: Any, words: str) -> None:
    assert words in refused(client, changed(path, value))


@table(
    ("entry", "words"),
    [
        ({}, "start_minute] is required"),
        ({"start_minute": 15}, "multiples of 30"),
        ({"start_minute": 60, "end_minute": 30}, "multiples of 30"),
        ({"start_minute": 0, "days": [7]}, "from 0, Sunday"),
    ],
)
def test_times_of_a_custom_schedule(client: Any, entry: Rule, words: str) -> None:
    rule = a_rule(SPENT)
    rule["schedule_spec"] = {"schedule_type": "CUSTOM", "schedule": [entry]}
    assert words in refused(client, rule)


def test_numbers_of_options_are_positive(client: Any) -> None:
    for name in ("action_frequency", "execution_count_limit"):
        options: Rule = {"change_spec": RAISE, name: 0}
        assert name in refused(client, a_rule(SPENT, do="CHANGE_BUDGET", **options))


def test_objects_of_one_rule_are_of_one_level_and_one_account(client: Any) -> None:
    adset = client.adset()
    campaign = client.get(adset, fields="campaign_id")["campaign_id"]
    rule = a_rule()
    rule["evaluation_spec"]["filters"] = [a_filter("id", [adset, campaign], "IN")]
    assert refused(client, rule) == "All objects of a rule must be of the same level."
    rule["evaluation_spec"]["filters"] = [a_filter("id", [adset], "IN"), a_filter("entity_type", "AD")]
    assert refused(client, rule) == "All objects of a rule must be of the same level."
    rule["evaluation_spec"]["filters"] = [a_filter("id", [adset], "IN")]
    assert "no campaigns, ad sets or ads of this ad account" in str(client.post("act_2/adrules_library", **rule))
    assert create(client, rule)


def test_a_rule_that_pauses_ad_sets_cannot_look_at_costs(client: Any) -> None:
    """Code and words are of Meta's reference; the subcode, the fields and the levels were met by others."""
    dear = a_filter("cost_per", 500, "GREATER_THAN")
    for level in ("ADSET", "AD"):
        error = client.post("act_1/adrules_library", **a_rule(dear, level=level))["error"]
        assert (error["code"], error["error_subcode"]) == (2703, 2490336)
        assert "can't have cost conditions" in error["message"]
    assert create(client, a_rule(dear, level="CAMPAIGN"))
    assert create(client, a_rule(dear, do="CHANGE_BUDGET", change_spec=RAISE))
    assert create(client, a_rule(a_filter("cpc", 500, "GREATER_THAN")))


def a_trigger(do: str = "NOTIFICATION", **trigger: Any) -> Rule:
    rule = a_rule(do=do)
    del rule["schedule_spec"]
    rule["evaluation_spec"] = {
        "evaluation_type": "TRIGGER",
        "filters": [a_filter("entity_type", "AD"), a_filter("time_preset", "TODAY")],
        "trigger": {"type": "STATS_CHANGE", **a_filter("reach", 5000, "GREATER_THAN"), **trigger},
    }
    return rule


def test_rules_of_triggers_have_rules_of_their_own(client: Any) -> None:
    assert "evaluation_spec[trigger][type] must be one of" in refused(client, a_trigger(type="MOON"))
    assert "[trigger][field] is required" in refused(client, a_trigger(field=""))
    assert "can't have a schedule" in refused(client, {**a_trigger(), "schedule_spec": {"schedule_type": "DAILY"}})
    assert "can't be used in rules of type TRIGGER" in refused(client, a_trigger("CHANGE_BUDGET"))
    rule = a_trigger()
    rule["evaluation_spec"]["filters"][1]["value"] = "LAST_7D"
    assert "includes today" in refused(client, rule)
    del rule["evaluation_spec"]["trigger"]
    assert "evaluation_spec[trigger] is required" in refused(client, rule)
    assert create(client, a_trigger("PING_ENDPOINT"))


def test_a_trigger_is_kept_and_never_run(client: Any) -> None:
    running(client)
    rule_id = create(client, a_trigger("PAUSE"))
    client.sandbox.advance(days=2)
    client.sandbox.run_rules()
    assert client.get(f"{rule_id}/history") == {"data": []}
    for edge in ("execute", "preview"):
        assert "schedule-based" in client.post(f"{rule_id}/{edge}")["error"]["error_user_msg"]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in nested values."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield (*path, key)
        yield from places(each, (*path, key))


@pytest.mark.thorough
@table("wrong", ["", -1, [], {}, [{}], "NaN", "1e999"])
def test_nonsense_anywhere_is_refused_or_does_nothing(client: Any, wrong: Any) -> None:
    adset = running(client)
    change = {**RAISE, "limit": 9000}
    near = a_filter("cpc", [1, 2], "IN_RANGE")
    rule = a_rule(SPENT, near, a_filter("id", [adset], "IN"), do="CHANGE_BUDGET", change_spec=change)
    rule["schedule_spec"] = {"schedule_type": "CUSTOM", "schedule": [{"days": [1], "start_minute": 0}]}
    for path in places(rule):
        sent: Any = json.loads(json.dumps(rule))
        place = sent
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = wrong
        answer = client.session.post(f"{GRAPH}/act_1/adrules_library", data=client.form(sent))
        assert answer.status_code in (200, 400), path
        if answer.status_code == 200:
            assert client.session.post(f"{GRAPH}/{answer.json()['id']}/execute").status_code in (200, 501), path


# Which objects pass


@pytest.mark.thorough
@table(
    ("condition", "passes"),
    [
        (a_filter("impressions", 1, "GREATER_THAN"), True),
        (a_filter("impressions", "1", "LESS_THAN"), False),
        (a_filter("daily_budget", 2000, "LESS_THAN"), False),
        (a_filter("daily_budget", [1000, 2000], "IN_RANGE"), True),
        (a_filter("daily_budget", [1000, 2000], "NOT_IN_RANGE"), False),
        (a_filter("name", "Set", "CONTAIN"), True),
        (a_filter("name", "Set", "NOT_CONTAIN"), False),
        (a_filter("name", "Set"), True),
        (a_filter("campaign.name", "Traffic"), True),
        (a_filter("objective", ["OUTCOME_SALES"], "IN"), False),
        (a_filter("campaign.objective", ["OUTCOME_TRAFFIC"], "IN"), True),
        (a_filter("objective", ["OUTCOME_TRAFFIC"], "NOT_IN"), False),
        (a_filter("budget_reset_period", ["DAY"], "IN"), True),
        (a_filter("hours_since_creation", 47, "GREATER_THAN"), True),
        (a_filter("hours_since_creation", 49, "GREATER_THAN"), False),
        (a_filter("effective_status", ["PAUSED"], "IN"), False),
        (a_filter("adlabel_ids", ["7"], "NONE"), True),
        (a_filter("adlabel_ids", ["7"], "ANY"), False),
        (a_filter("created_time", 1, "GREATER_THAN"), True),
        (a_filter("is_autobid", [True], "IN"), True),
        # There is no bid, so it is neither high nor low.
        (a_filter("bid_amount", 0, "GREATER_THAN"), False),
        (a_filter("bid_amount", 99999, "LESS_THAN"), False),
        (a_filter("website_purchase_roas", 99, "LESS_THAN"), False),
        (a_filter("leadgen", 0), True),
    ],
    fresh=True,
)
def test_filter_by_operator_matches_or_not(client: Any, condition: Rule, passes: bool) -> None:
    adset = running(client)
    rule_id = create(client, a_rule(condition, do="NOTIFICATION"))
    expected = [{"id": adset}] if passes else []
    assert client.post(f"{rule_id}/preview") == {"data": expected}


def test_all_filters_must_hold(client: Any) -> None:
    running(client)
    rule = a_rule(SPENT, a_filter("clicks", 10**9, "GREATER_THAN"))
    assert client.post(f"{create(client, rule)}/preview") == {"data": []}


def test_money_is_in_minor_units_as_insights_have_it_in_major_ones(client: Any) -> None:
    adset = running(client)
    row = client.get(f"{adset}/insights", date_preset="maximum", fields="spend,cpc,ctr,inline_link_clicks")["data"][0]
    cents = round(float(row["spend"]) * 100)
    each = float(row["spend"]) * 100 / int(row["inline_link_clicks"])
    for field, value in (
        ("spent", cents),
        ("cpc", float(row["cpc"]) * 100),
        ("ctr", float(row["ctr"])),
        ("cost_per", each),
        ("cost_per_link_click", each),
        ("results", int(row["inline_link_clicks"])),
        ("link_click", int(row["inline_link_clicks"])),
        ("lifetime_spent", cents),
    ):
        near = a_filter(field, [value * 0.999, value * 1.001], "IN_RANGE")
        rule_id = create(client, a_rule(near, do="CHANGE_BUDGET", change_spec=RAISE))
        assert client.post(f"{rule_id}/preview") == {"data": [{"id": adset}]}, field


def test_a_yen_is_its_own_minor_unit(client: Any) -> None:
    client = type(client)(history=3)
    rule = a_rule(a_filter("spent", 0, "GREATER_THAN"), do="NOTIFICATION", level="CAMPAIGN")
    rule_id = client.post("act_2/adrules_library", **rule)["id"]
    [first, *_] = client.post(f"{rule_id}/preview")["data"]
    yen = client.get(f"{first['id']}/insights", date_preset="maximum", fields="spend")["data"][0]["spend"]
    rule["evaluation_spec"]["filters"] += [a_filter("id", [first["id"]], "IN"), a_filter("spent", yen)]
    assert client.post(f"{client.post('act_2/adrules_library', **rule)['id']}/preview") == {"data": [first]}


def test_time_presets_with_and_without_today(client: Any) -> None:
    adset = running(client, days=5)

    def spend(since: str, until: str) -> str:
        days = {"since": since, "until": until}
        return str(client.get(f"{adset}/insights", time_range=json.dumps(days), fields="spend")["data"][0]["spend"])

    # It is the 6th: the last 3 days are 4, 5 and 6, or without today 3, 4 and 5.
    for preset, since, until in (("LAST_3_DAYS", "04", "06"), ("LAST_3D", "03", "05"), ("YESTERDAY", "05", "05")):
        cents = round(float(spend(f"2026-11-{since}", f"2026-11-{until}")) * 100)
        for condition in (a_filter("spent", cents), a_filter(f"{preset.lower()}_spent", cents)):
            rule = a_rule(condition, do="NOTIFICATION")
            rule["evaluation_spec"]["filters"][1]["value"] = preset if condition["field"] == "spent" else "LIFETIME"
            assert client.post(f"{create(client, rule)}/preview") == {"data": [{"id": adset}]}, condition


def test_the_parent_of_an_ad_is_looked_at_by_a_prefix(client: Any) -> None:
    adset = client.adset()
    ads = [an_ad(client, adset) for _ in range(2)]
    client.sandbox.advance(days=2)
    spend = client.get(f"{adset}/insights", date_preset="maximum", fields="spend")["data"][0]["spend"]
    cents = round(float(spend) * 100)
    rule_id = create(client, a_rule(a_filter("adset.spent", cents), do="NOTIFICATION", level="AD"))
    assert client.post(f"{rule_id}/preview") == {"data": [{"id": each} for each in ads]}
    rule_id = create(client, a_rule(a_filter("spent", cents), do="NOTIFICATION", level="AD"))
    assert client.post(f"{rule_id}/preview") == {"data": []}
    rule_id = create(client, a_rule(a_filter("adset.id", ["1"], "IN"), do="NOTIFICATION", level="AD"))
    assert client.post(f"{rule_id}/preview") == {"data": []}


def test_what_is_paused_is_looked_at_only_to_wake_it(client: Any) -> None:
    adset = running(client)
    client.post(adset, status="PAUSED")
    assert client.post(f"{create(client, a_rule(SPENT))}/preview") == {"data": []}
    wake = create(client, a_rule(SPENT, do="UNPAUSE"))
    assert client.post(f"{wake}/preview") == {"data": [{"id": adset}]}
    client.delete(adset)
    assert client.post(f"{wake}/preview") == {"data": []}


def test_a_preview_changes_nothing_and_is_not_told(client: Any) -> None:
    adset = running(client)
    rule_id = create(client, a_rule(SPENT))
    client.post(f"{rule_id}/preview")
    assert client.get(adset, fields="status")["status"] == "ACTIVE"
    assert client.get(f"{rule_id}/history") == {"data": []}


@pytest.mark.thorough
@table(
    "field",
    [
        "aggregate(reach)",
        "clicks / adset.clicks",
        "7d_click:results",
        "active_time",
        "mobile_app_purchase_roas",
        "offline_conversion.purchase",
        "never_heard_of",
    ],
)
def test_what_is_not_played_is_kept_and_not_guessed(client: Any, field: str) -> None:
    adset = running(client)
    rule_id = create(client, a_rule(a_filter(field, 0, "GREATER_THAN"), do="NOTIFICATION"))
    for edge in ("preview", "execute"):
        answer = client.session.post(f"{GRAPH}/{rule_id}/{edge}")
        assert answer.status_code == 501
        assert field.partition(":")[0] in answer.json()["error"]["message"]
    client.sandbox.run_rules()
    [entry] = client.get(f"{rule_id}/history")["data"]
    assert (entry["results"], entry["exception_code"]) == ([], 501)
    assert "The sandbox does not model" in entry["exception_message"]
    assert client.get(f"{adset}/adrules_governed", pass_evaluation="true")["error"]["code"] == 501


@pytest.mark.thorough
@table("do", sorted(set(properties.EXECUTIONS) - {"PING_ENDPOINT"}))
def test_every_action_of_the_reference_is_kept(client: Any, do: str) -> None:
    running(client)
    level = properties.EXECUTIONS[do].level or "ADSET"
    options: Rule = {"change_spec": RAISE} if "CHANGE" in do else {}
    options |= {"rebalance_spec": {"type": "PROPORTIONAL"}} if do == "REBALANCE_BUDGET" else {}
    rule_id = create(client, a_rule(SPENT, do=do, level=level, **options))
    played = {"NOTIFICATION", "PAUSE", "UNPAUSE", "CHANGE_BUDGET", "CHANGE_CAMPAIGN_BUDGET", "CHANGE_BID"}
    assert client.session.post(f"{GRAPH}/{rule_id}/execute").status_code == (200 if do in played else 501)


# What happens


def test_a_pause_is_carried_out_told_and_in_the_account_history(client: Any) -> None:
    adset = running(client)
    rule_id = create(client, a_rule(SPENT))
    assert execute(client, rule_id) == [
        {
            "object_id": adset,
            "object_type": "ADSET",
            "actions": [{"action": "PAUSED", "field": "status", "old_value": "ACTIVE", "new_value": "PAUSED"}],
        }
    ]
    assert client.get(adset, fields="status")["status"] == "PAUSED"
    newest = client.get("act_1/activities", limit=1)["data"][0]
    assert (newest["event_type"], newest["object_id"]) == ("update_ad_set_run_status", adset)
    assert execute(client, rule_id) == []


def test_paused_objects_wake_and_running_ones_stay(client: Any) -> None:
    asleep, awake = running(client), running(client)
    client.post(asleep, status="PAUSED")
    results = execute(client, create(client, a_rule(SPENT, do="UNPAUSE")))
    assert {each["object_id"]: each["actions"][0]["action"] for each in results} == {
        asleep: "UNPAUSED",
        awake: "NOT_CHANGED",
    }
    assert client.get(asleep, fields="status")["status"] == "ACTIVE"


def test_a_notification_is_told_and_changes_nothing(client: Any) -> None:
    adset = running(client)
    before = client.get("act_1/activities", limit=500)
    results = execute(client, create(client, a_rule(SPENT, do="NOTIFICATION", user_ids=["1"])))
    assert actions(results) == ["FACEBOOK_NOTIFICATION_SENT"]
    assert client.get("act_1/activities", limit=500) == before
    assert client.get(adset, fields="status")["status"] == "ACTIVE"


@pytest.mark.thorough
@table(
    ("spec", "budget"),
    [
        ({"amount": 20, "unit": "PERCENTAGE"}, "2400"),
        ({"amount": -30, "unit": "PERCENTAGE"}, "1400"),
        ({"amount": 500, "unit": "ACCOUNT_CURRENCY"}, "2500"),
        ({"amount": "-500", "unit": "ACCOUNT_CURRENCY"}, "1500"),
        ({"amount": 20, "unit": "PERCENTAGE", "limit": 2100}, "2100"),
        ({"amount": -30, "unit": "PERCENTAGE", "limit": 1900}, "1900"),
        # Already beyond the limit: an increase never lowers.
        ({"amount": 20, "unit": "PERCENTAGE", "limit": 1500}, "2000"),
        ({"amount": -20, "unit": "PERCENTAGE", "limit": 3000}, "2000"),
    ],
    fresh=True,
)
def test_budgets_change_within_the_limit(client: Any, spec: Rule, budget: str) -> None:
    adset = running(client)
    results = execute(client, create(client, a_rule(SPENT, do="CHANGE_BUDGET", change_spec=spec)))
    assert client.get(adset, fields="daily_budget")["daily_budget"] == budget
    [action] = results[0]["actions"]
    if budget == "2000":
        assert action == {"action": "NOT_CHANGED"}
    else:
        wanted = {"field": "daily_budget", "old_value": "2000", "new_value": budget}
        assert action == {"action": "CHANGED_BUDGET", **wanted}


def test_a_target_scales_a_budget_within_its_range(client: Any) -> None:
    adset = running(client)
    row = client.get(f"{adset}/insights", date_preset="maximum", fields="cpc")["data"][0]
    spec: Rule = {"amount": float(row["cpc"]) * 125, "target_field": "cpc"}
    execute(client, create(client, a_rule(SPENT, do="CHANGE_BUDGET", change_spec=spec)))
    assert client.get(adset, fields="daily_budget")["daily_budget"] == "2500"
    spec["limit"] = [500, 2600]
    execute(client, create(client, a_rule(SPENT, do="CHANGE_BUDGET", change_spec=spec)))
    assert client.get(adset, fields="daily_budget")["daily_budget"] == "2600"
    returns = {"amount": 2, "target_field": "website_purchase_roas"}
    rule_id = create(client, a_rule(SPENT, do="CHANGE_BUDGET", change_spec=returns))
    assert client.session.post(f"{GRAPH}/{rule_id}/execute").status_code == 501


def test_a_campaign_budget_and_a_bid_change(client: Any) -> None:
    budgeted = {**client.CAMPAIGN, "daily_budget": 5000, "bid_strategy": "LOWEST_COST_WITH_BID_CAP"}
    del budgeted["is_adset_budget_sharing_enabled"]
    campaign = client.post("act_1/campaigns", **budgeted)["id"]
    plain = {k: v for k, v in client.ADSET.items() if k not in ("daily_budget", "bid_strategy")}
    adset = client.post("act_1/adsets", campaign_id=campaign, bid_amount=300, **plain)["id"]
    change = {"amount": 10, "unit": "PERCENTAGE"}
    execute(client, create(client, a_rule(do="CHANGE_CAMPAIGN_BUDGET", level="CAMPAIGN", change_spec=change)))
    assert client.get(campaign, fields="daily_budget")["daily_budget"] == "5500"
    results = execute(client, create(client, a_rule(do="CHANGE_BID", change_spec=change)))
    assert (actions(results), client.get(adset, fields="bid_amount")["bid_amount"]) == (["CHANGED_BID"], 330)
    # The ad set has no budget of its own.
    assert actions(execute(client, create(client, a_rule(do="CHANGE_BUDGET", change_spec=change)))) == ["NOT_CHANGED"]


def test_a_refused_change_is_an_error_in_the_history(client: Any) -> None:
    adset = running(client)
    halve = {"amount": -99, "unit": "PERCENTAGE"}
    results = execute(client, create(client, a_rule(SPENT, do="CHANGE_BUDGET", change_spec=halve)))
    assert actions(results) == ["ERROR"]
    assert client.get(adset, fields="daily_budget")["daily_budget"] == "2000"


def test_an_object_is_changed_so_often_and_not_sooner(client: Any) -> None:
    adset = running(client)
    often: Rule = {"execution_count_limit": 2, "action_frequency": 60}
    rule_id = create(client, a_rule(SPENT, do="CHANGE_BUDGET", change_spec=RAISE, **often))
    told = []
    for minutes in (0, 30, 40, 90, 90):
        client.sandbox.advance(minutes=minutes)
        told += actions(execute(client, rule_id))
    assert told == ["CHANGED_BUDGET", "NOT_CHANGED", "CHANGED_BUDGET", "NOT_CHANGED", "NOT_CHANGED"]
    assert client.get(adset, fields="daily_budget")["daily_budget"] == "2880"


def test_a_disabled_rule_matches_nothing(client: Any) -> None:
    adset = running(client)
    rule_id = create(client, {**a_rule(SPENT), "status": "DISABLED"})
    assert execute(client, rule_id) == []
    assert client.sandbox.run_rules() == {}
    client.sandbox.advance(days=1)
    assert client.get(adset, fields="status")["status"] == "ACTIVE"
    assert len(client.get(f"{rule_id}/history")["data"]) == 1


# Time


def test_rules_run_at_midnight_of_the_account_and_stop_delivery(client: Any) -> None:
    adset = running(client, days=1)
    rule_id = create(client, a_rule(a_filter("spent", 3000, "GREATER_THAN")))
    client.sandbox.advance(days=5)
    runs = client.get(f"{rule_id}/history", limit=100)["data"][::-1]
    assert [each["timestamp"] for each in runs] == [f"2026-11-0{day}T00:00:00-0800" for day in range(3, 8)]
    assert [actions(each["results"]) for each in runs if each["results"]] == [["PAUSED"]]
    paused = next(each["timestamp"] for each in runs if each["results"])
    rows = client.get(f"{adset}/insights", date_preset="maximum", time_increment=1, fields="spend")["data"]
    assert max(row["date_start"] for row in rows) < paused[:10]


def test_without_rules_time_delivers_as_it_always_did(client: Any) -> None:
    other = type(client)()
    adset, same = running(client, days=4), running(other, days=4)
    rule_id = create(other, a_rule(SPENT, do="NOTIFICATION"))
    other.delete(rule_id)
    for each in (client, other):
        each.sandbox.advance(days=3)
    fields = {"date_preset": "maximum", "fields": "spend,impressions,clicks,actions"}
    assert client.get(f"{adset}/insights", **fields) == other.get(f"{same}/insights", **fields)


@pytest.mark.thorough
@table(
    ("schedule", "times"),
    [
        ({"schedule_type": "DAILY"}, ["00:00"]),
        ({"schedule_type": "HOURLY"}, [f"{hour:02}:00" for hour in range(24)]),
        ({"schedule_type": "SEMI_HOURLY"}, [f"{hour:02}:{half}" for hour in range(24) for half in ("00", "30")]),
        ({"schedule_type": "CUSTOM", "schedule": [{"start_minute": 90}]}, ["01:30"]),
        (
            {"schedule_type": "CUSTOM", "schedule": [{"start_minute": 60, "end_minute": 120}]},
            ["01:00", "01:30", "02:00"],
        ),
        # The 2nd is a Monday, 1.
        ({"schedule_type": "CUSTOM", "schedule": [{"start_minute": 0, "days": [2, 3]}]}, []),
        ({"schedule_type": "CUSTOM", "schedule": [{"start_minute": 0, "days": [1]}]}, ["00:00"]),
    ],
    fresh=True,
)
def test_schedule_runs_at_its_times(client: Any, schedule: Rule, times: list[str]) -> None:
    client.sandbox.advance(minutes=19 * 60 + 30)
    client.adset()
    rule_id = create(client, {**a_rule(do="NOTIFICATION"), "schedule_spec": schedule})
    client.sandbox.advance(days=1)
    runs = client.get(f"{rule_id}/history", limit=100)["data"][::-1]
    seen = [each["timestamp"] for each in runs if each["timestamp"].startswith("2026-11-02")]
    assert [each[11:16] for each in seen] == times


def test_minutes_let_rules_run_too_and_once(client: Any) -> None:
    client.adset()
    rule_id = create(client, a_rule(do="NOTIFICATION", schedule="SEMI_HOURLY"))
    for minutes in (10, 19, 1, 30, 5):
        client.sandbox.advance(minutes=minutes)
    assert len(client.get(f"{rule_id}/history")["data"]) == 2


def test_all_rules_run_from_any_language(client: Any) -> None:
    adset = running(client)
    rule_id = create(client, a_rule(SPENT))
    session: requests.Session = client.session
    answer = session.post("https://graph.facebook.com/_sandbox/run_rules").json()
    assert actions(answer["results"][rule_id]) == ["PAUSED"]
    assert client.get(adset, fields="status")["status"] == "PAUSED"


# What is told


def test_the_history_tells_which_rule_it_was_then(client: Any) -> None:
    running(client)
    rule = a_rule(SPENT, do="NOTIFICATION")
    rule_id = create(client, rule)
    execute(client, rule_id)
    client.post(rule_id, execution_spec={"execution_type": "PAUSE"})
    client.sandbox.advance(minutes=1)
    client.sandbox.run_rules()
    newest, oldest = client.get(f"{rule_id}/history", fields="execution_spec,evaluation_spec,is_manual")["data"]
    assert (newest["is_manual"], oldest["is_manual"]) == (False, True)
    assert newest["execution_spec"] == {"execution_type": "PAUSE"}
    assert oldest == {"is_manual": True, **{name: rule[name] for name in ("execution_spec", "evaluation_spec")}}


def test_the_history_of_an_account_holds_all_rules_newest_first(client: Any) -> None:
    running(client)
    ids = [create(client, a_rule(SPENT, do="NOTIFICATION")) for _ in range(2)]
    for rule_id in (ids[1], ids[0]):
        client.sandbox.advance(minutes=1)
        execute(client, rule_id)
    client.delete(ids[0])
    pages = client.walk("act_1/adrules_history", limit=1)
    assert [page["data"][0]["rule_id"] for page in pages] == [ids[0], ids[1]]
    assert client.get("act_1/adrules_history", evaluation_type="TRIGGER") == {"data": []}
    assert client.get("act_2/adrules_history") == {"data": []}


def test_the_history_is_chosen_by_object_action_and_change(client: Any) -> None:
    first, second = running(client), running(client)
    rule_id = create(client, a_rule(SPENT, do="CHANGE_BUDGET", change_spec=RAISE, execution_count_limit=1))
    execute(client, rule_id)
    execute(client, rule_id)
    path = f"{rule_id}/history"
    assert [len(each["results"]) for each in client.get(path)["data"]] == [2, 2]
    [one, _] = client.get(path, object_id=first)["data"]
    assert [each["object_id"] for each in one["results"]] == [first]
    [changed_run] = client.get(path, hide_no_changes="true")["data"]
    assert {each["object_id"] for each in changed_run["results"]} == {first, second}
    assert [each["results"] for each in client.get(path, action="PAUSED")["data"]] == [[], []]
    assert [len(each["results"]) for each in client.get(path, action="NOT_CHANGED")["data"]] == [2, 0]
    assert "action must be one of" in client.get(path, action="BURIED")["error"]["message"]


def test_an_object_knows_the_rules_that_govern_it(client: Any) -> None:
    adset = running(client)
    spends = create(client, a_rule(SPENT))
    clicks = create(client, a_rule(a_filter("clicks", 10**9, "GREATER_THAN")))
    create(client, a_rule(SPENT, level="AD"))
    path = f"{adset}/adrules_governed"
    assert [each["id"] for each in client.get(path)["data"]] == [clicks, spends]
    assert [each["id"] for each in client.get(path, pass_evaluation="true")["data"]] == [spends]
    assert [each["id"] for each in client.get(path, pass_evaluation="false")["data"]] == [clicks]
    assert client.get(adset, fields="adrules_governed{name}")["adrules_governed"]["data"][0]["name"] == "Rule"


@table(
    ("field", "owner", "preset", "bare"),
    [
        ("spent", "", "", "spent"),
        ("campaign.lifetime_spent", "campaign", "LIFETIME", "spent"),
        ("lifetime_budget", "", "", "lifetime_budget"),
        ("lifetime_ratio_spent", "", "", "lifetime_ratio_spent"),
        ("last_nd_14_8_impressions", "", "LAST_ND_14_8", "impressions"),
        ("offsite_conversion.fb_pixel_lead", "", "", "offsite_conversion.fb_pixel_lead"),
        ("yesterday_daily_budget", "", "", "yesterday_daily_budget"),
    ],
)
def test_fields_are_taken_apart(field: str, owner: str, preset: str, bare: str) -> None:
    assert properties.take_apart(field) == properties.Name(owner, preset, bare)
