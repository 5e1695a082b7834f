"""Rows of figures as text: every requested field and breakdown is there, by name, with unit and currency."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import table
from tests.helpers.wire import Answer, Wire

from admonster_fb import FacebookAds, Settings
from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.bot.render import insights, nodes
from admonster_fb.bot.render.insights import LONG, RowView, row_line
from admonster_fb.bot.render.values import label
from admonster_fb.enums import Breakdown
from admonster_fb.models._lazy import row_of
from admonster_fb.models.insights.fields import FIELD_KINDS, FIELDS
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.sandbox import Sandbox
from admonster_fb.sandbox.faults.faults import Fault, Faulty, Scene

Call = Callable[..., ToolResult]


def rows_of(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("- ")]


def test_requested_money_has_its_currency_and_the_row_its_name(call: Call) -> None:
    fields = ["campaign_name", "spend", "cost_per_inline_link_click"]
    result = call("get_detailed_insights", level="campaign", fields=fields)
    assert rows_of(result.text)
    for line, row in zip(rows_of(result.text), result.data, strict=False):
        assert line.startswith(f'- campaign "{row.campaign_name}"')
        assert f"Spend: ${row.spend:.2f} USD" in line
        assert "Cost per inline link click: $" in line


def test_requested_actions_and_rankings_are_shown(call: Call) -> None:
    result = call("get_detailed_insights", level="ad", fields=["actions", "quality_ranking"])
    lines = rows_of(result.text)
    assert any("Actions: " in line and "link_click " in line for line in lines)
    assert all("Quality ranking: " in line for line in lines)


def test_a_field_that_meta_leaves_out_reads_none(call: Call) -> None:
    text = call("get_detailed_insights", level="campaign", fields=["campaign_id", "estimated_ad_recallers"]).text
    assert all("Estimated ad recallers: none" in line for line in rows_of(text))


def test_breakdown_values_tell_rows_apart(call: Call) -> None:
    hourly = "hourly_stats_aggregated_by_advertiser_time_zone"
    result = call("get_detailed_insights", date_preset="yesterday", breakdowns=[hourly], fields=["spend"])
    lines = rows_of(result.text)
    assert len({*lines}) == len(lines) > 1
    assert all(f"{hourly} " in line for line in lines)


@pytest.mark.parametrize("named", [True, False])
def test_every_breakdown_that_meta_has_is_in_the_row(named: bool) -> None:
    """Declared in our model or not: `media_format` and the other new ones too."""
    for name in get_args(Breakdown):
        row = InsightsRow.from_api({name: f"value of {name}", "spend": "1"})
        assert f"value of {name}" in row_line(row, RowView(("spend",) if named else (), "USD")), name


def test_default_rows_say_which_fields_are_not_shown(call: Call) -> None:
    text = call("get_detailed_insights", level="campaign", date_preset="last_7d").text
    assert f'Not shown: {", ".join(LONG)}. To see them: fields=["actions", "cost_per_action_type"]' in text
    whole = call("get_detailed_insights", level="campaign", date_preset="last_7d", fields=[*LONG, "spend"]).text
    assert "Not shown" not in whole
    assert "Cost per action type: " in whole
    assert re.search(r"link_click \$\d+\.\d\d USD", whole)


def test_rows_of_a_report_show_what_it_was_made_with(call: Call, fb: FacebookAds) -> None:
    made = call("create_async_report", level="ad", days=7, fields=["ad_name", "spend", "actions"]).data
    fb.insights.reopen(made.report_id).wait()
    text = call("get_report", report_id=made.report_id, limit=3).text
    assert all("Spend: $" in line and "Actions: " in line for line in rows_of(text))
    assert all(line.startswith('- ad "') for line in rows_of(text))


def test_attribution_windows_are_shown_and_not_added() -> None:
    entry = {"action_type": "purchase", "value": "3", "7d_click": "2", "1d_view": "1"}
    line = row_line(InsightsRow.from_api({"actions": [entry]}), RowView(("actions",)))
    assert line.endswith("Actions: purchase 3 (7d_click 2, 1d_view 1)")


def test_actions_by_device_or_reaction_are_shown_one_by_one() -> None:
    entries = [{"action_device": "iphone", "value": "1"}, {"action_device": "desktop", "value": "2"}]
    entries.append({"action_type": "post_reaction", "action_reaction": "wow", "value": "4"})
    line = row_line(InsightsRow.from_api({"actions": entries}), RowView(("actions",)))
    assert line.endswith("Actions: [iphone] 1, [desktop] 2, post_reaction[wow] 4")


def test_metas_own_results_are_shown_with_their_indicator() -> None:
    results = [{"indicator": "actions:lead", "values": [{"value": "5", "attribution_windows": ["default"]}]}]
    line = row_line(InsightsRow.from_api({"results": results}), RowView(("results",)))
    assert line.endswith("Results: 5 (leads, actions:lead)")


@pytest.mark.parametrize(("currency", "shown"), [("JPY", "\u00a51235 JPY"), ("", "1234.6")])
def test_an_amount_without_a_known_currency_is_a_bare_number(currency: str, shown: str) -> None:
    row = InsightsRow.from_api({"spend": "1234.6"})
    assert row_line(row, RowView(("spend",), currency)).endswith(f"Spend: {shown}")


def sample(name: str) -> Any:
    """Return a value of a field as Meta answers it."""
    kind = FIELD_KINDS[FIELDS[name].kind]
    if name == "account_currency":
        return "USD"
    if kind.by_type:
        return [{"action_type": "link_click", "value": "7.25"}]
    return "7.25" if kind.number else f"text of {name}"


@pytest.mark.thorough
@given(st.lists(st.sampled_from(sorted(FIELDS)), min_size=1, max_size=12, unique=True))
def test_every_requested_field_is_in_the_row(fields: list[str]) -> None:
    row = InsightsRow.from_api({name: sample(name) for name in fields})
    line = row_line(row, RowView(tuple(fields), "USD"))
    missing = [
        name
        for name in fields
        if f"{label(name)}: " not in line and f"text of {name}" not in line and name != "account_currency"
    ]
    assert missing == []


def test_status_tells_what_gone_campaigns_spent_today(call: Call, fb: FacebookAds) -> None:
    before = call("status")
    spent = {campaign: row.spend or 0 for campaign, row in before.data.today.items()}
    gone = max(spent, key=lambda campaign: spent[campaign])
    assert f"Spend today: ${sum(spent.values()):.2f} USD (America/Los_Angeles)\n" in before.text
    fb.campaigns.update(gone, status="ARCHIVED")
    text = call("status").text
    assert f"Spend today: ${sum(spent.values()):.2f} USD" in text
    assert f", ${spent[gone]:.2f} USD of it by campaigns since deleted or archived" in text


def test_rows_and_the_object_itself_agree_or_the_difference_is_named(call: Call, fb: FacebookAds) -> None:
    args: Any = {"level": "ad", "date_preset": "last_7d", "fields": ["ad_id", "spend", "clicks", "actions"]}
    before = call("get_detailed_insights", **args)
    spent = sum(row.spend for row in before.data)
    assert f"Total of these rows: Spend: ${spent:.2f} USD, Clicks: " in before.text
    assert f"Total of act_1: Spend: ${spent:.2f} USD, Clicks: " in before.text
    assert "objects since deleted" not in before.text
    gone = before.data[0]
    fb.ads.update(gone.ad_id, status="DELETED")
    after = call("get_detailed_insights", **args).text
    assert f"Total of these rows: Spend: ${spent - gone.spend:.2f} USD" in after
    assert f"Total of act_1: Spend: ${spent:.2f} USD" in after
    assert f"Of this, objects since deleted or archived: Spend: ${gone.spend:.2f} USD, Clicks: {gone.clicks:,}" in after
    assert "take totals from the object itself" in after


DEVICES = ["publisher_platform", "impression_device"]
BY = [[], ["age", "gender"], ["country"], ["comscore_market"], ["publisher_platform"], DEVICES, ["product_id"],
      ["hourly_stats_aggregated_by_advertiser_time_zone"], ["body_asset"]]  # fmt: skip


@pytest.mark.thorough
@table("breakdowns", BY, ids=" ".join, fresh=True)
@table(("level", "increment"), [("campaign", None), ("adset", "all_days"), ("ad", 1)], fresh=True)
def test_sums_of_rows_and_the_named_difference_are_the_account_s(
    fb: FacebookAds, sandbox: Sandbox, level: str, increment: Any, breakdowns: list[str]
) -> None:
    """With objects deleted and archived in between, by level, by day and by breakdown."""
    days: Any = {"date_preset": "last_3d"}
    sandbox.change(sandbox.objects("AdSet", "act_1")[0]["id"], promoted_object={"product_set_id": "1"})
    campaigns = [row.campaign_id for row in fb.insights.list("act_1", level="campaign", **days)]
    fb.campaigns.update(str(campaigns[0]), status="ARCHIVED")
    fb.ads.update(str(fb.insights.list(str(campaigns[1]), level="ad", **days)[0].ad_id), status="DELETED")
    [whole] = fb.insights.list("act_1", **days)
    query: Any = {"level": level, "breakdowns": breakdowns, "fields": ["spend", "clicks"], **days}
    query |= {"time_increment": increment} if increment else {}
    rows = fb.insights.list("act_1", **query)
    call = FacebookTool(fb, max_chars=200_000).call({"op": "get_detailed_insights", "args": {**query, "limit": 5_000}})
    gone = {
        name: (getattr(whole, name) or 0) - sum(getattr(row, name) or 0 for row in rows) for name in ("spend", "clicks")
    }
    assert gone["spend"] > 0 or level == "campaign" or breakdowns
    assert f"Total of act_1: Spend: ${whole.spend:.2f} USD, Clicks: {whole.clicks:,}" in call.text
    named = call.text.partition("Of this, ")[2].partition("\n")[0]
    assert f": Spend: ${gone['spend']:,.2f} USD" in named.replace(",", "") or not gone["spend"]
    edge = fb.insights.iter("act_1", **query)
    assert (f"act_1 spent {gone['spend']:f} USD more" in str(edge.meta_of(rows).notes)) == bool(gone["spend"])


def test_many_rows_name_their_columns_once(call: Call) -> None:
    result = call("get_detailed_insights", days=20, time_increment=1, fields=["spend", "clicks"])
    assert "Columns: Spend | Clicks" in result.text
    for line, row in zip(rows_of(result.text), result.data, strict=True):
        assert line == f"- account ID: act_{row.account_id} | {row.date_start} to {row.date_stop}" or line.endswith(
            f"{row.date_start} to {row.date_stop}: ${row.spend:.2f} USD | {row.clicks:,}"
        )


@pytest.mark.thorough
def test_default_rows_have_results_and_their_cost(call: Call) -> None:
    for level, breakdowns in (("campaign", []), ("adset", []), ("campaign", ["publisher_platform"])):
        result = call("get_detailed_insights", level=level, date_preset="last_7d", breakdowns=breakdowns)
        assert re.search(
            r"Results: \d+ \(website purchases, actions:offsite|Results: \d+ \(purchases, counted here", result.text
        )
        assert "Cost per result: $" in result.text


def test_metas_summary_is_shown(call: Call) -> None:
    result = call("get_insights", date_preset="last_7d")
    assert "Results: " not in result.text or result.data.results
    edge = InsightsRow.from_api({"spend": "5", "actions": [{"action_type": "lead", "value": "2"}]})
    assert row_line(edge, RowView(everything=True)) == "Spend: 5, Actions: lead 2"


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("op", "module", "writer"),
    [("list_campaigns", nodes, "brief"), ("get_detailed_insights", insights, "_table_line")],
)
def test_of_rows_that_do_not_fit_one_line_more_is_written(
    op: str, module: Any, writer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"name": "x" * 150, "campaign_name": "x" * 150, "spend": "1.5", "actions": [{"action_type": "lead"}]}
    rows = [{"id": f"{n}", "campaign_id": f"{n}", **row} for n in range(500)]
    answer = {"id": "act_1", "currency": "USD", "timezone_name": "UTC"}
    wire = Wire(lambda _method, path, _params: (200, {"data": rows} if "/" in path else answer))
    written: list[Any] = []
    real = getattr(module, writer)
    monkeypatch.setattr(module, writer, lambda row, *rest, **more: written.append(row) or real(row, *rest, **more))
    fb = FacebookAds("sandbox-render", "act_1", settings=Settings(adapter=wire))
    level = {"level": "campaign", "fields": ["campaign_name", "spend"]} if module is insights else {}
    result = FacebookTool(fb).call({"op": op, "args": {"limit": 500, **level}})
    assert result.ok, result.text
    assert len(result.data) == len(rows_of(result.text)) > 10
    assert len(result.data) < len(written) <= len(result.data) + 5, "the head takes the place of some"


@pytest.mark.thorough
def test_a_page_with_a_next_one_but_no_cursor_says_that_more_follow() -> None:
    more = {"next": "https://graph.facebook.com/v26.0/act_1/campaigns?offset=5"}
    page = {"data": [{"id": "5", "name": "A"}], "paging": more}
    wire = Wire(lambda _method, path, _params: (200, page if "/" in path else {"id": "act_1", "currency": "USD"}))
    fb = FacebookAds("sandbox-render", "act_1", settings=Settings(adapter=wire))
    text = FacebookTool(fb).call({"op": "list_campaigns", "args": {}}).text
    assert text.startswith("Showing 1, more follow")
    assert "\nMore: Meta sent no cursor to go on from; a higher limit shows more at once" in text


def test_what_a_list_does_not_show_stays_encoded_and_is_not_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"ad_name": "x" * 150, "spend": "1.5", "actions": [{"action_type": "lead", "value": "1"}]}
    rows = [{"ad_id": f"{n}", **row} for n in range(500)]
    page = {"data": rows, "paging": {"next": "https://graph.facebook.com/v26.0/act_1/insights?after=a"}}
    answer = {"id": "act_1", "currency": "USD", "timezone_name": "UTC"}
    whole = {"data": [{"spend": "750"}]}
    wire = Wire(
        lambda _method, path, params: (200, answer if "/" not in path else page if "level" in params else whole)
    )
    monkeypatch.setattr(InsightsRow, "_read_row", lambda row: pytest.fail("a row is read") if row_of(row) else False)
    fb = FacebookAds("sandbox-render", "act_1", settings=Settings(adapter=wire))
    result = FacebookTool(fb).call({"op": "get_detailed_insights", "args": {"level": "ad", "limit": 500}})
    assert "Not shown: actions" in result.text
    assert (
        "Total of act_1: Impressions: none, Clicks: none, Inline link clicks: none, Spend: $750.00 USD" in result.text
    )
    assert None not in map(row_of, result.data), "rows of such a page are held encoded"


@pytest.mark.thorough
def test_rows_name_their_object_though_only_figures_were_requested(call: Call, fb: FacebookAds) -> None:
    for op in ("get_detailed_insights", "get_report"):
        args: Any = {"level": "adset", "fields": ["actions", "spend"], "date_preset": "last_7d"}
        if op == "get_report":
            made = call("create_async_report", **args).data
            fb.insights.reopen(made.report_id).wait()
            args = {"report_id": made.report_id}
        names = {row.adset_name for row in fb.insights.list("act_1", level="adset", date_preset="last_7d")}
        assert all(any(f'"{name}" | ' in line for line in rows_of(call(op, **args).text)) for name in names)


@table(
    ("name", "value", "currency", "shown"),
    [
        ("cpc", "0.0042137", "USD", "$0.0042 USD"),
        ("cpc", "0.004", "USD", "$0.004 USD"),
        ("cpc", "0.07", "USD", "$0.07 USD"),
        ("cpc", "0.512", "USD", "$0.51 USD"),
        ("cpc", "4.613", "JPY", "\u00a54.6 JPY"),
        ("cpc", "54.613", "JPY", "\u00a555 JPY"),
        ("spend", "0", "USD", "$0.00 USD"),
        ("ctr", "0.00418", "USD", "0.0042%"),
        ("ctr", "1.5", "USD", "1.50%"),
    ],
)
def test_small_costs_and_shares_are_not_rounded_away(name: str, value: str, currency: str, shown: str) -> None:
    row = InsightsRow.from_api({name: value})
    assert row_line(row, RowView((name,), currency)).endswith(f": {shown}")


@pytest.mark.thorough
def test_the_difference_is_named_for_actions_reports_and_files_too(call: Call, fb: FacebookAds, tmp_path: Path) -> None:
    query: Any = {"level": "ad", "date_preset": "last_7d", "fields": ["spend", "actions"]}
    gone = max(fb.insights.list("act_1", **query, sort=["spend_descending"]), key=lambda row: row.spend or 0)
    gone = next(
        row
        for row in fb.insights.list("act_1", **{**query, "fields": ["ad_id", *query["fields"]]})
        if row.spend == gone.spend
    )
    fb.ads.update(str(gone.ad_id), status="DELETED")
    beyond = f"objects since deleted or archived: Spend: ${gone.spend:.2f} USD, Actions: "
    made = call("create_async_report", **query).data
    fb.insights.reopen(made.report_id).wait()
    for text in (call("get_detailed_insights", **query).text, call("get_report", report_id=made.report_id).text):
        assert beyond in text
        assert f"link_click {gone.action('link_click')}" in text.partition(beyond)[2].partition("\n")[0]
    note = f"act_1 spent {gone.spend} USD more: by objects deleted or archived since, in no row"
    for rows in (fb.insights.iter("act_1", **query), fb.insights.reopen(made.report_id)):
        assert note in rows.to_csv(tmp_path / "a.csv", overwrite=True).meta.notes


def test_rows_that_spent_more_than_the_object_itself_are_no_deleted_objects() -> None:
    def answer(_method: str, path: str, params: Mapping[str, str]) -> Answer:
        spend = "7.50" if "level" in params else "5"
        if "/" in path:
            return 200, {"data": [{"campaign_id": "1", "spend": spend, **DAYS}]}
        return 200, {"id": "act_1", "currency": "USD", "timezone_name": "UTC"}

    fb = FacebookAds("sandbox-render", "act_1", settings=Settings(adapter=Wire(answer)))
    query: Any = {"level": "campaign", "fields": ["spend"], "days": 7}
    edge = fb.insights.iter("act_1", **query)
    assert "these rows spent 2.50 USD more than act_1 itself: read again" in edge.meta_of(edge).notes
    text = FacebookTool(fb).call({"op": "get_detailed_insights", "args": query}).text
    assert "These rows have more than act_1 itself, so figures have moved: Spend: $2.50 USD" in text
    assert "deleted or archived: " not in text


DAYS = {"date_start": "2026-10-25", "date_stop": "2026-10-31"}


def test_metas_own_summary_has_its_currency(call: Call, sandbox: Sandbox) -> None:
    class Summed(Fault):
        after = True

        def answer(self, scene: Scene) -> Faulty:
            assert scene.made
            total = {"spend": "7.50", "actions": [{"action_type": "lead", "value": "2"}], **DAYS}
            body = json.dumps({**json.loads(scene.made.body), "summary": total}).encode()
            return scene.faulty(self, replace(scene.made, body=body))

    sandbox.fail_next("GET act_1/insights", Summed())
    text = call("get_detailed_insights", level="ad", date_preset="last_7d", default_summary=True, fields=["spend"]).text
    assert "Summary: 2026-10-25 to 2026-10-31: Spend: $7.50 USD, Actions: lead 2" in text
