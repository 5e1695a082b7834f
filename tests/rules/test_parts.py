"""Readers of values and other small parts of the rules, each by what it returns."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from admonster_fb.money import Money
from admonster_fb.rules import ad_rules, audiences, core, goal_matrix, insights, leadgen, values
from admonster_fb.rules.ad import inline_creative
from admonster_fb.rules.budgets import both_readings
from admonster_fb.rules.core import BY_KIND, ParameterView, Rule, parse_sources, severity_of
from admonster_fb.rules.geo import unknown_country
from admonster_fb.rules.targeting import has_place

TODAY = date(2026, 11, 1)
BY_AGE = insights.ValidatedQuery({"breakdowns": ["age"]}, (), True, TODAY)
BY_REGION = insights.ValidatedQuery({"breakdowns": ["region"]}, (), True, TODAY)
KNOWN = Rule("a", "ad", "error", 100, None, parse_sources("D Ad reference; F ads"), "Leave it out.", print)
LEADS = {"event_sources": [{"id": "1", "type": "lead"}], "retention_seconds": 100 * 86400}
STAGE = {"lead_id": "123456789012345", "stage": "won", "time": 100}


def _messages(test: core.Test, params: dict[str, Any]) -> list[str]:
    return [problem.message for problem in test(ParameterView(params))]


def test_what_a_part_returns() -> None:
    rows: list[tuple[Any, Any]] = [  # within the test: `mutate.py` collects before it changes anything
        ([*map(values.text, ("a", " ", ["a"]))], ["a", None, None]),
        ([*map(values.number, (1.5, "1.5", float("nan")))], [1.5, None, None]),
        ([*map(values.money, ("50.00 USD", 5000))], [Money("50.00 USD"), None]),
        (values.moment("2026-12-01T09:00:00-0800"), datetime(2026, 12, 1, 17, tzinfo=UTC)),
        (values.moment(0), None),
        (values.later(datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)), True),
        ([*map(values.items, ([1], "ab"))], [[1], ()]),
        (values.texts(["a", 1]), ["a"]),
        ([values.mapping({"a": 1}), dict(values.mapping("a"))], [{"a": 1}, {}]),
        ([*values.rows([{"a": 1}, 2])], [(0, {"a": 1})]),
        ([*map(values.listed, (("B", "A"), {"B", "A"}))], ["B, A", "A, B"]),
        (has_place({"countries": ["US"]}), True),
        (has_place({"location_types": ["home"]}), False),
        (
            [*map(str, leadgen.refusals({"questions": ["email", "mail"]}))],
            ['questions.1.key: given "email"; allowed: a key that no other question has'],
        ),
        (leadgen.lead_stages([STAGE], ["new", "won"], 200), []),
        (BY_AGE.level, "account"),
        (insights.windows({"days": 2}, TODAY), ((date(2026, 10, 30), date(2026, 10, 31)),)),
        (insights.missing(["region"], "video_p25_watched_actions"), "region has no video quarters"),
        (
            insights.first_day(insights.ValidatedQuery({}, (), True, TODAY)),
            (date(2023, 10, 1), "Meta stores metrics for 37 months; Meta: 3018"),
        ),
        (insights.reaches_back({"days": 7}, TODAY), False),
        (insights.allowed_fields(BY_REGION, ["spend"]), ("spend",)),
        (goal_matrix.is_app_sale("OUTCOME_SALES", "APP", {"application_id"}), True),
        (goal_matrix.is_app_sale("OUTCOME_SALES", "WEBSITE", {"pixel_id"}), False),
        (goal_matrix.rows()[0].billing["REACH"], ("IMPRESSIONS",)),
        ((goal_matrix.rows()[-1].objective, goal_matrix.rows()[-1].destination), ("OUTCOME_APP_PROMOTION", "APP")),
        (goal_matrix.rows()[-1].goals[0], "APP_INSTALLS"),
        (unknown_country("countries.0", "UK").fix, "Write GB."),
        (unknown_country("countries.0", "XZ").sources, None),
        (
            [*map(str, parse_sources("R 100/2490487; not D Bid strategy"))],
            ["recorded answer 100/2490487", "but Meta: Bid strategy"],
        ),
        (severity_of(parse_sources("D Bid strategy")), "error"),
        (severity_of(parse_sources("D Bid strategy; not X a report")), "warning"),
        (ParameterView({"daily_budget": "0.00 USD"}).amount("daily_budget"), 0),
        (KNOWN.source, "Meta: Ad reference; docs/meta-rules.md#ads"),
        (KNOWN.finding("name", "too long", "A", None, "M from memory").severity, "warning"),
        (core.violations("nothing", {}), []),
        (core.doubts("nothing", {}), []),
        (ParameterView({"name": "Sale"}).text("name"), "Sale"),
        (ParameterView({"daily_budget": "20.00 USD"}).amount("daily_budget"), 2000),
        (ParameterView({}).minor("2000"), 2000),
        (core.country_of({"key": "US:94304"}), "US"),
        (_messages(core.required("name"), {"name": ""}), ["name is missing"]),
        (_messages(core.max_length("name", 2), {"name": "abc"}), ["name has 3 characters; allowed: 2"]),
        (
            _messages(core.one_of("status", ("ACTIVE", "PAUSED")), {"status": "ON"}),
            ["status is ON; allowed: ACTIVE, PAUSED"],
        ),
        (
            [each.message for each in core.unknown_value("buying_type", "AUCTON", ("AUCTION",), "buying type")],
            ["AUCTON is no buying type; the nearest is AUCTION"],
        ),
        (both_readings(150, "USD"), '150 is $1.50 USD; write "150.00 USD" if that is meant'),
        (
            [found.field for found in audiences.violations({"name": "A", "subtype": "CUSTOM"})],
            ["customer_file_source"],
        ),
        (
            [
                found.allowed
                for found in audiences.rule_violations({"inclusions": {"operator": "or", "rules": [LEADS]}})
            ],
            ["up to 90 days (7776000) for lead"],
        ),
        ([ad_rules.can_spend({"execution_type": kind}) for kind in ("PAUSE", "UNPAUSE")], [False, True]),
        ([*map(ad_rules.is_money, ("adset.yesterday_spent", "cost_per_purchase_fb"))], [True, True]),
        (ad_rules.is_money("daily_ratio_spent"), False),
        (
            [
                found.field
                for found in ad_rules.without_currency(
                    {
                        "evaluation_spec": {
                            "filters": [{"field": "cpc", "value": 3}, {"field": "daily_budget", "value": 3}]
                        }
                    }
                )
            ],
            ["evaluation_spec.filters.0.value"],
        ),
        (
            ad_rules.in_money({"evaluation_spec": {"filters": [{"field": "cpc", "value": "2.00 USD"}]}}, []),
            {"evaluation_spec": {"filters": [{"field": "cpc", "value": Money("2.00 USD")}]}},
        ),
        (dict(inline_creative(ParameterView({"creative": {"creative_id": "1"}}))), {}),
    ]
    assert [row for row in rows if row[0] != row[1]] == []


def test_a_rule_is_registered_with_its_advice() -> None:
    core.rule("example", "nothing", "M an example", fix="Give a name.")(core.required("name"))
    assert BY_KIND.pop("nothing")[0].fix == "Give a name."
