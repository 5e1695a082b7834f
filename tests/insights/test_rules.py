"""Queries that Meta refuses, or answers with nothing, are refused before anything is sent, with what is legal."""

# ruff: noqa: E501 - a table
from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, InvalidParameterError, ParameterError
from admonster_fb.models.insights.dates import PRESETS, months_before
from admonster_fb.models.insights.fields import FIELDS
from admonster_fb.rules import insights
from admonster_fb.rules.core import BY_KIND
from admonster_fb.rules.insights import (
    _BREAKDOWNS,
    _MEANT,
    _SPLITS,
    COMBINATIONS,
    ValidatedQuery,
    allowed_fields,
    reaches_back,
    violations,
    windows,
)
from admonster_fb.sandbox import Sandbox

TODAY = date(2026, 11, 1)
DAY = {"since": "2026-10-01", "until": "2026-10-02"}
HOURLY = "hourly_stats_aggregated_by_advertiser_time_zone"
AUDIENCE = "hourly_stats_aggregated_by_audience_time_zone"

ILLEGAL: list[tuple[str, dict[str, Any], str, str]] = [
    ("two times", {"days": 7, "date_preset": "last_7d"}, "days", "one of days"),
    ("no such day", {"time_range": {"since": "2026-02-30", "until": "2026-10-02"}}, "time_range.since", "calendar"),
    ("backwards", {"time_range": {"since": "2026-10-03", "until": "2026-10-02"}}, "time_range.since", "2026-10-02"),
    ("backwards among", {"time_ranges": [DAY, {"since": "2026-10-03", "until": "2026-10-02"}]}, "time_ranges.1.since", ""),
    ("preset", {"date_preset": "last_7_days"}, "date_preset", "last_7d"),
    ("increment 0", {"time_increment": 0}, "time_increment", "1 to 90"),
    ("increment 91", {"time_increment": 91}, "time_increment", "1 to 90"),
    ("increment word", {"time_increment": "weekly"}, "time_increment", "monthly"),
    ("country by age", {"breakdowns": ["country", "age"]}, "breakdowns", "age + gender"),
    ("device alone", {"breakdowns": ["impression_device"]}, "breakdowns", "publisher_platform + impression_device"),
    ("position alone", {"breakdowns": ["platform_position"]}, "breakdowns", "publisher_platform + platform_position"),
    ("two hours", {"breakdowns": [HOURLY, AUDIENCE]}, "breakdowns", HOURLY),
    ("hour by age", {"breakdowns": [HOURLY, "age"]}, "breakdowns", "age"),
    ("app alone", {"breakdowns": ["app_id"]}, "breakdowns", "app_id + skan_conversion_id"),
    ("two assets", {"breakdowns": ["body_asset", "title_asset"], "level": "ad"}, "breakdowns", "body_asset; title_asset"),
    ("asset of account", {"breakdowns": ["image_asset"]}, "breakdowns", "not for accounts"),
    ("video of account", {"breakdowns": ["video_asset"]}, "breakdowns", "not for accounts"),
    ("place of account", {"breakdowns": ["place_page_id"]}, "breakdowns", "not for accounts"),
    ("mmm", {"breakdowns": ["mmm"]}, "breakdowns", "asynchronous"),
    ("breakdown", {"breakdowns": ["ages"]}, "breakdowns.0", "did you mean age?"),
    ("breakdown in capitals", {"breakdowns": ["Country"]}, "breakdowns.0", "did you mean country?"),
    ("placement", {"breakdowns": ["placement"]}, "breakdowns.0", "publisher_platform?"),
    ("hour in a word", {"breakdowns": ["hourly"]}, "breakdowns.0", f"did you mean {HOURLY}?"),
    ("action breakdown", {"action_breakdowns": ["action_devices"]}, "action_breakdowns.0", "action_device?"),
    ("window in words", {"action_attribution_windows": ["7_day_click"]}, "action_attribution_windows.0", "7d_click?"),
    ("window turned", {"action_attribution_windows": ["1d_clicks"]}, "action_attribution_windows.0", "1d_click?"),
    ("window engaged", {"action_attribution_windows": ["1_day_engaged_view"]}, "action_attribution_windows.0", "1d_ev?"),
    ("gone window in words", {"action_attribution_windows": ["28-day view"]}, "action_attribution_windows.0", "12 January 2026"),
    ("breakdown of actions", {"breakdowns": ["action_device"]}, "breakdowns.0", 'action_breakdowns=["action_device"]'),
    ("breakdown of rows", {"action_breakdowns": ["age"]}, "action_breakdowns.0", 'mean breakdowns=["age"]'),
    ("hour in other words", {"breakdowns": ["hour_of_day"]}, "breakdowns.0", f"did you mean {HOURLY}?"),
    ("market in capitals", {"breakdowns": ["DMA"]}, "breakdowns.0", "did you mean comscore_market?"),
    ("market as field", {"fields": ["dma"]}, "fields.0", 'breakdowns=["comscore_market"]'),
    ("breakdown as field in capitals", {"fields": ["Age"]}, "fields.0", 'breakdowns=["age"]'),
    ("field in capitals", {"fields": ["Inline Link-Clicks"]}, "fields.0", "did you mean inline_link_clicks?"),
    ("one of many", {"fields": ["impression"]}, "fields.0", "did you mean impressions?"),
    ("many of one", {"fields": ["objectives"]}, "fields.0", "did you mean objective?"),
    ("an action as field", {"fields": ["purchase"]}, "fields.0", "actions, which holds purchases"),
    ("operator in short", {"filtering": [{"field": "spend", "operator": "gte", "value": 1}]}, "filtering.0.operator", "GREATER_THAN_OR_EQUAL?"),
    ("operator", {"filtering": [{"field": "ad.name", "operator": "CONTAINS", "value": "x"}]}, "filtering.0.operator", "CONTAIN?"),
    ("sign", {"filtering": [{"field": "spend", "operator": ">=", "value": 1}]}, "filtering.0.operator", "GREATER_THAN_OR_EQUAL?"),
    ("breakdown as field", {"fields": ["spend", "age"]}, "fields.1", 'breakdowns=["age"]'),
    ("media_format", {"fields": ["media_format"]}, "fields.0", 'breakdowns=["media_format"]'),
    ("reaction", {"breakdowns": ["age"], "action_breakdowns": ["action_reaction"]}, "breakdowns", "no breakdown with"),
    ("device", {"breakdowns": ["age"], "action_breakdowns": ["action_device"]}, "breakdowns", "publisher_platform"),
    ("target", {"breakdowns": ["comscore_market"], "action_breakdowns": ["action_target_id"]}, "action_breakdowns", "action_type"),
    ("market", {"breakdowns": ["dma"]}, "breakdowns", "comscore_market"),
    ("card", {"breakdowns": ["region"], "action_breakdowns": ["action_carousel_card_id"]}, "breakdowns", "age + gender"),
    ("hour and video", {"fields": ["video_play_actions"], "breakdowns": [HOURLY]}, "fields.0", "by the hour"),
    ("frequency_value", {"fields": ["spend"], "breakdowns": ["frequency_value"]}, "fields", "reach"),
    ("two sorts", {"sort": ["spend_descending", "reach_ascending"]}, "sort", "one element"),
    ("sort", {"sort": ["-spend"]}, "sort.0", "spend_descending"),
    ("sort in short", {"sort": ["Spend desc"]}, "sort.0", "mean spend_descending?"),
    ("preset that Meta refused", {"date_preset": "lifetime"}, "date_preset", "mean maximum?"),
    ("filter list", {"filtering": [{"field": "spend", "operator": "IN", "value": 1}]}, "filtering.0.value", "a list"),
    ("filter range", {"filtering": [{"field": "spend", "operator": "IN_RANGE", "value": [1]}]}, "filtering.0.value", "to"),
    ("too old", {"time_range": {"since": "2023-09-30", "until": "2023-10-31"}}, "time_range", "2023-10-01"),
    ("too many days", {"days": 1128}, "days", "37 months"),
]  # fmt: skip

DOUBTFUL: list[tuple[str, dict[str, Any], str, str]] = [
    ("7d_view", {"action_attribution_windows": ["1d_view", "7d_view"]}, "action_attribution_windows.1", "12 January 2026"),
    ("28d_view", {"action_attribution_windows": ["28d_view"]}, "action_attribution_windows.0", "nothing"),
    ("preset far off", {"date_preset": "since_easter"}, "date_preset", "one of today"),
    ("hour and reach", {"fields": ["spend", "reach"], "breakdowns": [HOURLY]}, "fields.1", "by the hour"),
    ("hour and frequency", {"fields": ["frequency"], "breakdowns": [AUDIENCE]}, "fields.0", "by the hour"),
    ("hour and unique", {"fields": ["unique_clicks"], "breakdowns": [HOURLY]}, "fields.0", "by the hour"),
    ("region and quarter", {"fields": ["video_p50_watched_actions"], "breakdowns": ["region"]}, "fields.0", "quarters"),
    ("asset and ctr", {"fields": ["ctr"], "breakdowns": ["body_asset"]}, "fields.0", "assets have only"),
    ("old hours", {"time_range": {"since": "2025-09-30", "until": "2026-10-02"}, "breakdowns": [HOURLY],
                   "fields": ["spend"]}, "time_range", "hours for 13 months"),
    ("old frequency", {"days": 190, "breakdowns": ["frequency_value"], "fields": ["reach"]}, "days", "6 months"),
    ("old people", {"date_preset": "last_year", "breakdowns": ["age"], "fields": ["reach"]}, "date_preset", "reach for 13"),
    ("preset and range", {"date_preset": "today", "time_range": DAY}, "date_preset", "Meta goes by time_range"),
    ("ranges and range", {"time_ranges": [DAY], "time_range": DAY}, "time_range", "Meta goes by time_ranges"),
    ("ranges and increment", {"time_ranges": [DAY], "time_increment": 1}, "time_increment", "time_range with"),
    ("sort by default", {"sort": ["spend"]}, "", ""),
    ("sort by an action", {"sort": ["action_values:omni_purchase_descending"]}, "", ""),
]  # fmt: skip
"""What Meta answers with nothing or with zeros, or may know although the SDK does not: sent, with a note."""


@pytest.mark.thorough
@table(("query", "field", "says"), [case[1:] for case in DOUBTFUL])
def test_what_meta_answers_with_nothing_is_sent_with_a_note(
    fb: FacebookAds, sandbox: Sandbox, query: dict[str, Any], field: str, says: str
) -> None:
    if query.get("date_preset") == "last_year":  # 13 months back from January to October is within last year
        sandbox.advance(days=60)
    rows = fb.insights.iter("act_1", **query)
    notes = [note for note in rows.meta.notes if note.startswith(f"{field}: given ") and says in note]
    assert notes or not field
    sandbox.journal.clear()
    with suppress(InvalidParameterError):  # the sandbox knows no other presets
        list(rows)
    assert sandbox.journal[-1].path.endswith("/insights")


@table(("query", "field", "says"), [case[1:] for case in ILLEGAL])
def test_illegal_queries_are_refused_with_what_is_legal(
    fb: FacebookAds, sandbox: Sandbox, query: dict[str, Any], field: str, says: str
) -> None:
    if query.get("date_preset") == "last_year":  # 13 months back from January to October is within last year
        sandbox.advance(days=60)
    fb.today("act_1")
    sandbox.journal.clear()
    with pytest.raises(ParameterError) as error:
        fb.insights.iter("act_1", **query)
    told = {each.field: each.allowed for each in error.value.violations}
    assert field in told
    assert says in told[field]
    assert not sandbox.journal


def test_of_two_windows_the_one_that_meta_goes_by_is_told(fb: FacebookAds) -> None:
    rows = fb.insights.iter("act_1", date_preset="last_30d", time_range={"since": "2026-10-01", "until": "2026-10-02"})
    assert rows.meta.windows == ((date(2026, 10, 1), date(2026, 10, 2)),)
    assert {(row.date_start, row.date_stop) for row in rows} == {("2026-10-01", "2026-10-02")}
    with pytest.raises(ParameterError, match="one of days"):
        fb.insights.iter("act_1", days=7, time_range={"since": "2026-10-01", "until": "2026-10-02"})


def test_no_name_that_meta_knows_and_no_name_that_is_proposed_is_refused_as_misspelt() -> None:
    """What an error proposes is accepted: no dead ends, for any word of the tables and any name in capitals."""
    known = {"breakdowns": _BREAKDOWNS, "action_breakdowns": _SPLITS}
    today = date(2026, 12, 31)
    for field, names in known.items():
        spelt = {*names, *(name.upper() for name in names), *(insights._WORDS if field == "breakdowns" else ())}
        for name in spelt:
            for violation in insights._unknown(ValidatedQuery({field: [name]}, (), True, today)):
                meant = violation.allowed.removeprefix("did you mean ").rstrip("?")
                assert name not in names
                query = ValidatedQuery({field: [meant]}, (), False, today)
                assert not [*insights._unknown(query), *insights._market(query)], (name, meant)
    for name in FIELDS:
        assert insights._field(name) == ""
        assert insights._field(name.upper()) == name
    for name in _MEANT:
        assert insights._field(name) == ""


def test_insights_rules_each_have_a_case() -> None:
    refused = set()
    for _, case, _, _ in (*ILLEGAL, *DOUBTFUL):
        params = {name: value for name, value in case.items() if name != "fields"}
        query = ValidatedQuery(params, tuple(case.get("fields", ())), True, date(2026, 12, 31))
        refused |= {rule.slug for rule in BY_KIND["insights"] if [*rule.test(query)]}
    # The level is wrong for objects only: the next test.
    assert refused == {rule.slug for rule in BY_KIND["insights"]} - {"insights-level"}


def test_a_campaign_has_no_account_level(fb: FacebookAds) -> None:
    with pytest.raises(ParameterError, match=r"level.*campaign, adset or ad"):
        fb.insights.iter("120", level="account")


def test_all_violations_are_told_at_once_types_and_rules(fb: FacebookAds) -> None:
    query: Any = {"breakdowns": ["impression_device"], "sort": ["-x"], "level": 5, "limit": 0}
    with pytest.raises(ParameterError) as error:
        fb.insights.iter("act_1", fields="spend", **query)
    assert {each.field for each in error.value.violations} == {"breakdowns", "sort.0", "level", "limit", "fields"}


LEGAL: list[dict[str, Any]] = [
    *({"breakdowns": [*names], "level": "ad"} for names in COMBINATIONS if names != ("mmm",)),
    {"breakdowns": ["gender", "age"]},
    {"breakdowns": ["a_breakdown_of_2027"]},
    {"fields": ["a_figure_of_2027", "video_p60_watched_actions"]},
    {"breakdowns": ["impression_device"], "action_breakdowns": ["action_carousel_card_id"]},
    {"breakdowns": ["age", "gender"], "action_breakdowns": ["action_type", "action_target_id"]},
    {"breakdowns": ["publisher_platform", "impression_device"], "action_breakdowns": ["action_device"]},
    {"action_attribution_windows": ["1d_click", "7d_click", "28d_click", "1d_view", "1d_ev", "dda"]},
    {"time_ranges": [DAY, DAY]},
    {"time_ranges": [DAY], "time_increment": "all_days"},
    {"time_increment": 90},
    {"time_increment": "7"},
    {"time_increment": "monthly", "date_preset": "maximum"},
    {"sort": ["actions:link_click_descending"]},
    {"time_range": {"since": "2023-10-01", "until": "2023-10-31"}},
    {"days": 720, "breakdowns": ["age"]},
]


@table("query", LEGAL)
def test_legal_queries_pass(query: dict[str, Any]) -> None:
    assert violations(ValidatedQuery(query, (), True, TODAY)) == []


def test_fields_that_nobody_named_are_left_out_rather_than_refused(fb: FacebookAds, sandbox: Sandbox) -> None:
    def usual(**query: Any) -> set[str]:
        return {
            *allowed_fields(
                ValidatedQuery(query, (), True, TODAY), ("spend", "reach", "frequency", "ctr", "actions", "ad_id")
            )
        }

    assert usual(breakdowns=["age"]) == usual() == {"spend", "reach", "frequency", "ctr", "actions", "ad_id"}
    assert usual(breakdowns=[HOURLY]) == {"spend", "ctr", "actions", "ad_id"}
    assert usual(breakdowns=["body_asset"]) == {"spend", "reach", "actions", "ad_id"}
    assert usual(breakdowns=["age"], days=720) == {"spend", "ctr", "actions", "ad_id"}
    assert usual(days=720) == usual()
    assert fb.insights.list("act_1", breakdowns=[HOURLY], days=1)
    asked = sandbox.journal[-1].params["fields"].split(",")
    assert "spend" in asked
    assert "reach" not in asked


@table("account", ["act_1", "act_2"])
def test_days_are_the_account_s(account: str) -> None:
    with FacebookAds.sandbox(Sandbox()) as fb:
        meta = fb.insights.iter(account, days=5).meta
        today = fb.today(account)
        assert meta.windows == ((date.fromordinal(today.toordinal() - 5), date.fromordinal(today.toordinal() - 1)),)


def test_days_where_the_dates_differ(sandbox: Sandbox, fb: FacebookAds) -> None:
    sandbox.advance(minutes=360)  # 18:00 in London is already tomorrow in Tokyo
    assert fb.today("act_1") < fb.today("act_2")
    for account in ("act_1", "act_2"):
        fb.insights.list(account, days=5)
        sent = str(sandbox.journal[-1].params["time_range"])
        assert fb.insights.iter(account, days=5).meta.windows[0][0].isoformat() in sent


@pytest.mark.thorough
def test_presets_are_sandbox_s_and_ours_alike(fb: FacebookAds) -> None:
    for name in PRESETS:
        rows: Any = fb.insights.list("act_1", date_preset=name)
        ((since, until),) = fb.insights.iter("act_1", date_preset=name).meta.windows
        assert not rows or (rows[0].date_start, rows[0].date_stop) == (since.isoformat(), until.isoformat())


def test_the_account_s_date_decides_at_a_limit() -> None:
    sandbox = Sandbox()
    sandbox.advance(minutes=360)  # 2026-11-02 in Tokyo: its 37 months begin a day later
    with FacebookAds.sandbox(sandbox) as fb:
        edge: Any = {"since": "2023-10-01", "until": "2023-10-31"}
        fb.insights.iter("act_1", time_range=edge)
        with pytest.raises(ParameterError, match="2023-10-02"):
            fb.insights.iter("act_2", time_range=edge)


def test_far_from_a_limit_no_date_is_asked_for(fb: FacebookAds, sandbox: Sandbox) -> None:
    fb.insights.iter("act_1", days=7)
    fb.insights.iter("act_1", date_preset="maximum")
    assert not sandbox.journal
    assert reaches_back({"days": 396}, TODAY)
    assert windows({"date_preset": "maximum"}, TODAY) == ((months_before(TODAY, 37), TODAY),)


def test_months_before_the_end_of_a_month() -> None:
    assert months_before(date(2026, 3, 31), 1) == date(2026, 2, 28)
    assert months_before(date(2026, 1, 15), 13) == date(2024, 12, 15)


def test_what_meta_took_is_sent(fb: FacebookAds, sandbox: Sandbox) -> None:
    fb.insights.list("act_1", action_breakdowns=["action_device"], fields=["spend"], days=7)
    assert "action_device" in str(sandbox.journal[-1].params["action_breakdowns"])
    old: Any = {"since": "2025-08-01", "until": "2025-08-31"}
    fb.insights.report("act_1", breakdowns=["age"], fields=["reach"], time_range=old)
    assert (sandbox.journal[-1].method, sandbox.journal[-1].params["fields"]) == ("POST", "reach")
    rows = fb.insights.iter("act_1", breakdowns=["age"], fields=["reach"], time_range=old)
    assert [note for note in rows.meta.notes if "a report has them at times" in note]
