"""Rules of queries, events, lead forms, studies, audiences and ad rules: each is as severe as its evidence."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, get_args

from tables import table

from admonster_fb.errors import MISSING
from admonster_fb.money import Money
from admonster_fb.rules import (
    ad_rules,
    ad_studies,
    audiences,
    core,
    insights,
    leadgen,
    server_events,
)
from admonster_fb.rules.ad_rules import in_money, without_currency
from admonster_fb.rules.values import moment, number

NOW, TODAY = datetime(2026, 11, 1, tzinfo=UTC), date(2026, 11, 1)
SECONDS = int(NOW.timestamp())
DAY = {"since": "2026-10-01", "until": "2026-10-02"}
LDU = {"data_processing_options": ["LDU"]}
PAGE_FILTER = {"field": "entity_type", "operator": "EQUAL", "value": "PAGE"}
Subject = tuple[Any, ...]


def query(*fields: str, of_account: bool = True, **params: Any) -> Subject:
    return (insights.ValidatedQuery(params, fields, of_account, TODAY),)


def event(**params: Any) -> Subject:
    known = {"event_name": "Lead", "event_time": SECONDS, "action_source": "email", "user_data": {"em": "a" * 64}}
    return {**known, **params}, NOW


def evaluation(*filters: Any) -> Subject:
    return ({"evaluation_spec": {"evaluation_type": "TRIGGER", "trigger": {}, "filters": [*filters]}},)


def audience(**params: Any) -> Subject:
    return {"name": "A", "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY", **params}, False


ROWS: list[tuple[str, Subject, str]] = [
    ("ad_rule ad-rule-evaluation", evaluation(), "error evaluation_spec.filters"),
    ("ad_rule ad-rule-evaluation", evaluation(PAGE_FILTER), "warning evaluation_spec.filters.0.value"),
    (
        *("ad_rule ad-rule-execution", ({"execution_spec": {"execution_type": "CHANGE_BUDGET"}},)),
        "error execution_spec.execution_options",
    ),
    ("ad_rule ad-rule-schedule", ({"schedule_spec": {"schedule_type": "CUSTOM"}},), "error schedule_spec.schedule"),
    (
        *("ad_rule ad-rule-schedule", ({"schedule_spec": {"schedule_type": "DAILY", "schedule": [{"days": [1]}]}},)),
        "warning schedule_spec.schedule",
    ),
    ("study study-times", ({"start_time": 2, "end_time": 2, "cells": [{"ads": ["1"]}]},), "error end_time"),
    ("study study-cells", ({},), "error cells"),
    ("study study-cells", ({"cells": [{"ads": ["1"], "campaigns": ["2"]}]},), "warning cells.0"),
    ("audience audience-name", audience(name=" "), "error name"),
    ("audience audience-days", audience(retention_days=181), "error retention_days"),
    ("audience audience-subtype", ({"name": "A"}, False), "error subtype"),
    ("audience audience-subtype", ({"name": "A", "product_set_id": "1"}, False), "warning subtype"),
    ("audience audience-rule", ({"name": "A", "rule": []}, True), "error rule"),
    (
        *("audience audience-lookalike", ({"lookalike_spec": {"ratio": 0.21, "country": "US"}}, True)),
        "error lookalike_spec.ratio",
    ),
    ("insights insights-one-time", query(days=7, date_preset="today"), "error days, error date_preset"),
    ("insights insights-one-time", query(date_preset="today", time_range=DAY), "warning date_preset"),
    ("insights insights-dates", query(time_range={**DAY, "until": "2026-09-30"}), "error time_range.since"),
    ("insights insights-preset", query(date_preset="last_7_days"), "error date_preset"),
    ("insights insights-preset", query(date_preset="since_easter"), "warning date_preset"),
    ("insights insights-increment", query(time_increment=91), "error time_increment"),
    ("insights insights-level", query(of_account=False, level="account"), "error level"),
    (
        *("insights insights-attribution", query(action_attribution_windows=["7_day_click"])),
        "error action_attribution_windows.0",
    ),
    (
        *("insights insights-attribution", query(action_attribution_windows=["7d_view"])),
        "warning action_attribution_windows.0",
    ),
    ("insights insights-market", query(breakdowns=["dma"]), "error breakdowns"),
    ("insights insights-combination", query(breakdowns=["country", "age"]), "error breakdowns"),
    (
        *("insights insights-actions", query(breakdowns=["age"], action_breakdowns=["action_reaction"])),
        "error breakdowns",
    ),
    ("insights insights-objects", query(breakdowns=["image_asset"]), "error breakdowns"),
    ("insights insights-breakdown", query(breakdowns=["ages"]), "error breakdowns.0"),
    ("insights insights-fields", query("age"), "error fields.0"),
    ("insights insights-fields", query("video_p50_watched_actions", breakdowns=["region"]), "warning fields.0"),
    ("insights insights-sorting", query(sort=["spend_ascending", "reach_ascending"]), "error sort"),
    (
        *("insights insights-filters", query(filtering=[{"field": "spend", "operator": "IN", "value": 1}])),
        "error filtering.0.value",
    ),
    ("insights insights-retention", query(days=1128), "error days"),
    ("insights insights-retention", query("reach", days=400, breakdowns=["age"]), "warning days"),
    ("lead_form lead-question", ({"questions": [{"type": "CUSTOM", "key": "a"}]},), "error questions.0.label"),
    ("lead_form lead-question-keys", ({"questions": [{"type": "EMAIL"}] * 2},), "error questions.1.key"),
    ("lead_form lead-privacy", ({"privacy_policy": {"url": "shop.example"}},), "error privacy_policy.url"),
    ("lead_form lead-thank-you", ({"thank_you_page": {}},), "error thank_you_page.button_type"),
    ("lead_form lead-context-card", ({"context_card": {}},), "error context_card.style"),
    ("lead_form lead-disclaimer", ({"custom_disclaimer": {"body": {}}},), "error custom_disclaimer.body.text"),
    ("lead_form lead-doubts", ({"questions": [{"type": "NEW_AT_META"}]},), "warning questions.0.type"),
    (
        *(
            "lead_form lead-doubts",
            ({"questions": [{"type": "CUSTOM", "label": str(n), "key": str(n)} for n in range(16)]},),
        ),
        "warning questions",
    ),
    ("event event-time", event(event_time=SECONDS - 7 * 86_400 - 1), "error event_time"),
    ("event event-time", event(event_time=SECONDS + 11), "error event_time"),
    (
        *("event event-source", event(action_source="website", event_source_url="https://x.example/")),
        "error user_data.client_user_agent",
    ),
    ("event event-customer", event(user_data={}), "error user_data"),
    ("event event-purchase", event(event_name="Purchase", custom_data={"value": 1}), "error custom_data.currency"),
    ("event event-options", event(**LDU), "error data_processing_options_state"),
    (
        *("event event-state", event(**LDU, data_processing_options_country=1)),
        "warning data_processing_options_state",
    ),
]


def verdicts(kind: str, subject: Subject) -> list[str]:
    refused = [f"error {each.field}" for each in core.violations(kind, *subject)]
    return refused + [f"warning {each.field}" for each in core.doubts(kind, *subject)]


@table("rule, subject, expected", ROWS)
def test_each_rule_refuses_or_warns(rule: str, subject: Subject, expected: str) -> None:
    kind, slug = rule.split()
    assert ", ".join(verdicts(kind, subject)) == expected
    [known] = [each for each in core.BY_KIND[kind] if each.slug == slug]
    assert [*known.test(*subject)]


def test_what_is_refused_is_no_doubt_too() -> None:
    subject = event(event_time=0, **LDU, data_processing_options_country=1)
    assert verdicts("event", subject) == ["error event_time", "warning data_processing_options_state"]
    assert [each.field for each in server_events.doubts(*subject)] == ["data_processing_options_state"]
    assert [each.field for each in server_events.violations(*subject)] == ["event_time"]


def test_each_rule_has_a_row() -> None:
    kinds = core.BY_KIND.keys() - {*get_args(core.Kind)}
    assert {rule for rule, *_ in ROWS} == {f"{kind} {each.slug}" for kind in kinds for each in core.BY_KIND[kind]}


def test_fifteen_questions_of_ones_own_are_no_doubt() -> None:
    own = [{"type": "CUSTOM", "label": str(number), "key": str(number)} for number in range(15)]
    assert verdicts("lead_form", ({"questions": [*own, {"type": "EMAIL"}]},)) == []


LOWER = {"field": "change_spec", "value": {"amount": -30, "unit": "PERCENTAGE"}}


@table(
    "kind, options, spends",
    [
        ("PAUSE", [], False),
        ("PAUSE", [{"field": "user_ids", "value": ["1"]}], False),
        ("UNPAUSE", [], True),
        ("NEW_AT_META", [LOWER], True),
        ("CHANGE_BUDGET", [LOWER], False),
        ("CHANGE_BUDGET", [], True),
        ("CHANGE_BUDGET", [LOWER, {"field": "a_new_option", "value": {"amount": -30}}], True),
        ("PAUSE", [{"field": "z_new_option", "value": {"amount": -30}}], True),
        ("CHANGE_BUDGET", [{"field": "change_spec", "value": -30}], True),
        *(
            ("CHANGE_BUDGET", [{"field": "change_spec", "value": {"amount": amount}}], spends)
            for amount, spends in (
                *((0, False), (-1, False), (Money("-1.00 USD"), False), (-0.5, False)),
                *((1, True), (0.5, True), (Money("0.01 USD"), True), (None, True), ("-30", True), (True, True)),
                *((float("nan"), True), ([-30], True), (False, True)),
            )
        ),
        ("CHANGE_BUDGET", [{"field": "change_spec", "value": {"amount": -30, "target_field": "cpc"}}], True),
    ],
)
def test_a_rule_that_may_raise_spend_is_known(kind: str, options: Any, spends: bool) -> None:
    assert ad_rules.can_spend({"execution_type": kind, "execution_options": options}) is spends


@table(
    "amount, right",
    [(20, True), (-30.5, True), (float("inf"), False), (float("nan"), False), (True, False), ("20", False)],
)
def test_a_change_in_percent_is_a_finite_number(amount: Any, right: bool) -> None:
    change = {"amount": amount, "unit": "PERCENTAGE"}
    spec = {"execution_type": "CHANGE_BUDGET", "execution_options": [{"field": "change_spec", "value": change}]}
    wrong: list[Any] = []
    in_money({"execution_spec": spec}, wrong)
    assert [each.field for each in wrong] == ([] if right else ["execution_spec.execution_options.0.value.amount"])


@table(
    "source, ago, allowed",
    [
        ("email", 7 * 86_400, None),
        ("email", 7 * 86_400 + 1, "at most 7 days ago: it was 7 days ago"),
        ("physical_store", 62 * 86_400, None),
        ("physical_store", 63 * 86_400, "at most 62 days ago for physical_store: it was 63 days ago"),
        ("email", -10, None),
        ("email", -1_000, "a time in the past: it is 1,000 s in the future"),
        ("email", SECONDS - 10**11, "a time in the past: it is 98,206,508,800 s in the future"),
        ("email", SECONDS - 10**11 - 1, "unix seconds, not milliseconds"),
    ],
)
def test_an_event_is_neither_too_old_nor_ahead(source: str, ago: int, allowed: str | None) -> None:
    found = server_events.violations(*event(action_source=source, event_time=SECONDS - ago))
    assert [each.allowed for each in found] == ([allowed] if allowed else [])


@table(
    "stages, funnel, wrong",
    [
        ([("1", "new", -7 * 86_400), ("1", "won", 60)], ["new", "won"], []),
        ([("1", "new", -7 * 86_400 - 1)], ["new", "won"], ["stages.0.time"]),
        ([("1", "new", 61)], ["new", "won"], ["stages.0.time"]),
        ([("1", "lost", 0)], ["new", "won"], ["stages.0.stage"]),
        ([("1", "lost", 0)], None, []),
        ([("1", "won", -2), ("1", "new", -1)], ["new", "won"], ["stages.1.stage"]),
        ([("1", "new", -1), ("1", "won", -2)], ["new", "won"], ["stages.0.stage"]),
        ([("1", "won", -2), ("2", "new", -1)], ["new", "won"], []),
        ([("1", "won", -2), ("1", "won", -1)], ["new", "won"], []),
    ],
)
def test_stages_of_a_lead_are_of_the_last_days_and_in_order(stages: Any, funnel: Any, wrong: list[str]) -> None:
    rows = [{"lead_id": lead, "stage": stage, "time": SECONDS + ago} for lead, stage, ago in stages]
    assert [each.field for each in leadgen.lead_stages(rows, funnel, SECONDS)] == wrong


@table(
    "time, wrong",
    [
        ({"start_minute": 0, "end_minute": 1440, "days": [0, 6]}, []),
        ({"start_minute": -1}, ["start_minute"]),
        ({"start_minute": 1440}, []),
        ({"start_minute": 1441}, ["start_minute"]),
        ({"days": [1], "end_minute": 1441}, ["end_minute"]),
        ({"days": [-1]}, ["days"]),
        ({"days": [0, 7]}, ["days"]),
        ({"end_minute": 60}, [""]),
        ({"days": []}, []),
    ],
)
def test_times_of_an_ad_rule_are_minutes_and_days(time: Any, wrong: list[str]) -> None:
    spec = {"schedule_spec": {"schedule_type": "CUSTOM", "schedule": [{"days": [1]}, time]}}
    found = [each.field.removeprefix("schedule_spec.schedule.1").strip(".") for each in ad_rules.violations(spec)]
    assert found == wrong


def part(count: int, **more: Any) -> Any:
    sources = [{"id": "1", "type": "pixel"}]
    return {"operator": "or", "rules": [{"event_sources": sources, "retention_seconds": 86_400, **more}] * count}


@table("inside, outside, wrong", [(10, 0, []), (11, 0, ["rule"]), (5, 5, []), (5, 6, ["rule"]), (1, 10, ["rule"])])
def test_an_audience_has_ten_rules_with_those_that_exclude(inside: int, outside: int, wrong: list[str]) -> None:
    spec = {"inclusions": part(inside), **({"exclusions": part(outside)} if outside else {})}
    assert [each.field for each in audiences.rule_violations(spec)] == wrong
    assert [each.field for each in audiences.rule_violations({"inclusions": part(0)})] == ["rule.inclusions"]


def events(*names: str) -> dict[str, Any]:
    leaves = [{"field": "event", "operator": "eq", "value": name} for name in names]
    return {"filter": {"operator": "and", "filters": leaves}}


@table(
    "names, wrong",
    [
        (["page_liked", "page_liked"], []),
        (["page_liked", "page_engaged"], ["rule"]),
        (["page_engaged", "page_visited"], []),
        (["page_liked", "Purchase"], []),
    ],
)
def test_people_who_like_a_page_are_an_audience_of_their_own(names: list[str], wrong: list[str]) -> None:
    rules = [
        {**part(1, **events(name))["rules"][0], "retention_seconds": 86_400 * (name != "page_liked")} for name in names
    ]
    found = audiences.rule_violations({"inclusions": {"operator": "or", "rules": rules}})
    assert [each.field for each in found] == wrong


DEVICE = ["a2", "", "", "", "13", *[""] * 11]


@table(
    "info, given",
    [
        (DEVICE, None),
        (["i2", *DEVICE[1:]], None),
        (DEVICE[:15], "15 values"),
        ([*DEVICE, ""], "17 values"),
        (["w2", *DEVICE[1:]], server_events.HIDDEN),
        ([*DEVICE[:4], "", *DEVICE[5:]], server_events.HIDDEN),
        (None, MISSING),
    ],
)
def test_an_event_of_an_app_says_which_device(info: Any, given: object) -> None:
    app = {"advertiser_tracking_enabled": True, "application_tracking_enabled": True, "extinfo": info}
    found = server_events.violations(*event(action_source="app", app_data=app))
    assert [(each.field, each.given) for each in found] == ([("app_data.extinfo", given)] if given else [])


def test_an_event_says_where_it_happened() -> None:
    fields = [each.field for each in server_events.violations(*event(action_source="app"))]
    names = ("advertiser_tracking_enabled", "application_tracking_enabled", "extinfo")
    assert fields == [f"app_data.{name}" for name in names]
    browser = {"em": "a" * 64, "client_user_agent": "Mozilla"}
    assert server_events.violations(*event(action_source="website", event_source_url="u", user_data=browser)) == []
    assert [each.field for each in server_events.violations(*event(action_source="website"))] == [
        *("event_source_url", "user_data.client_user_agent")
    ]


@table(
    "names, weak",
    [
        (["ct", "country", "st", "zp", "ge", "client_user_agent"], True),
        (["ct"], True),
        (["db", "client_user_agent"], True),
        (["fn", "ge"], True),
        (["ln", "ge"], True),
        (["fn", "ln"], False),
        (["fn", "ge", "ct"], False),
        (["em"], False),
        (["ct", "fbp"], False),
    ],
)
def test_too_little_about_a_customer_is_refused(names: list[str], weak: bool) -> None:
    found = server_events.violations(*event(user_data=dict.fromkeys(names, "x")))
    assert [each.field for each in found] == (["user_data"] if weak else [])
    assert all(each.given == server_events.HIDDEN for each in found)


def test_each_amount_of_a_metric_without_a_currency_is_found() -> None:
    filters = [
        {"field": "impressions", "value": 5},
        {"field": "daily_budget", "value": 300},
        {"field": "cpc", "value": [3, "2.00 USD", 4.5]},
        {"field": "spent", "value": "1.00 USD"},
        {"field": "adset.bid_amount", "value": 7},
        {"field": "today_spent", "value": 9},
    ]
    trigger = {"field": "cost_per_purchase", "value": 11}
    found = without_currency({"evaluation_spec": {"filters": filters, "trigger": trigger}})
    assert [(each.field.removeprefix("evaluation_spec."), each.given) for each in found] == [
        *(("filters.2.value", 3), ("filters.2.value", 4.5), ("filters.5.value", 9), ("trigger.value", 11))
    ]
    assert [*without_currency({"evaluation_spec": {"filters": filters[:2]}})] == []
    assert [*without_currency({})] == []


def cells(count: int, **more: Any) -> Any:
    return {"cells": [{"ads": [str(number)], **more} for number in range(count)]}


@table(
    "study, fields",
    [
        (cells(1), []),
        (cells(150), []),
        (cells(151), ["cells"]),
        ({"cells": [{"ads": [*map(str, range(100))]}]}, []),
        ({"cells": [{"ads": [*map(str, range(101))]}]}, ["cells.0.ads"]),
        (cells(2, treatment_percentage=50), []),
        (cells(2, treatment_percentage=51), ["cells"]),
        ({"cells": [{"ads": ["1"], "treatment_percentage": 100}, {"ads": ["2"]}]}, []),
        ({"cells": [{}]}, ["cells.0"]),
        ({"start_time": 1, "end_time": 2, **cells(1)}, []),
        ({"end_time": 1, **cells(1)}, []),
    ],
)
def test_a_study_has_so_many_cells_and_members(study: Any, fields: list[str]) -> None:
    assert [each.field for each in ad_studies.violations(study)] == fields


SELECTED = {"field": "entity_type", "operator": "EQUAL", "value": "ADSET"}
LAST_DAYS = {"field": "time_preset", "operator": "EQUAL", "value": "LAST_7D"}


@table(
    "filters, expected",
    [
        ([SELECTED, LAST_DAYS, {"field": "clicks", "operator": "GREATER_THAN", "value": 5}], []),
        ([SELECTED, {"field": "daily_budget", "operator": "ANY", "value": 5}], []),
        ([SELECTED, {"field": "adset.name", "operator": "CONTAIN", "value": "x"}], []),
        ([{"field": "adset.id", "operator": "IN", "value": ["1"]}], []),
        ([{"field": "name", "operator": "CONTAIN", "value": "x"}], ["error evaluation_spec.filters"]),
        ([SELECTED, {"field": "clicks", "operator": "GREATER_THAN", "value": 5}], ["error evaluation_spec.filters"]),
        (
            [SELECTED, LAST_DAYS, {"field": "clicks", "operator": "CONTAIN", "value": 5}],
            ["warning evaluation_spec.filters.2.operator"],
        ),
        ([{**SELECTED, "operator": "IN"}], ["error evaluation_spec.filters.0.operator"]),
        ([SELECTED, {**LAST_DAYS, "operator": "IN"}], ["error evaluation_spec.filters.1.operator"]),
        ([{**SELECTED, "value": "ADSETS"}], ["error evaluation_spec.filters.0.value"]),
        ([{**SELECTED, "value": "PAGE"}], ["warning evaluation_spec.filters.0.value"]),
    ],
)
def test_filters_of_an_ad_rule_select_objects_and_days(filters: list[Any], expected: list[str]) -> None:
    assert verdicts("ad_rule", evaluation(*filters)) == expected


@table(
    "rule, fields",
    [
        ([{"object_id": "1", "event_name": "video_watched"}], []),
        ([{"object_id": "1", "event_name": "video_watched"}, {}], ["rule.1.object_id", "rule.1.event_name"]),
        ([], ["rule"]),
    ],
)
def test_an_audience_of_videos_names_each_and_its_event(rule: Any, fields: list[str]) -> None:
    assert [each.field for each in audiences.rule_violations(rule)] == fields


@table(
    "value, seen",
    [
        (1_793_534_400, "2026-11-01T12:00:00+00:00"),
        ("1793534400", "2026-11-01T12:00:00+00:00"),
        *((value, None) for value in (0, 10**12, 10**18, 10**30, -(10**30), "tomorrow", "", None, True, [], {})),
        ("2026-11-01", "2026-11-01T00:00:00"),
        (NOW, "2026-11-01T00:00:00+00:00"),
    ],
)
def test_a_time_that_cannot_be_read_is_none(value: Any, seen: str | None) -> None:
    found = moment(value)
    assert (found.isoformat() if found else None) == seen


@table(
    "value, seen",
    [
        *((value, value) for value in (0.0, 1.5, -2.5)),
        *((value, float(value)) for value in (3, 2**60, -(2**60))),
        *((value, None) for value in (2**60 + 1, float("nan"), float("inf"), "1.5", True, None, [])),
    ],
)
def test_a_number_is_finite_and_not_too_large(value: Any, seen: float | None) -> None:
    assert number(value) == seen
