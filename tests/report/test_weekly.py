"""The weekly report against sums made otherwise, over accounts that fail, and as text."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.analysis.weekly.build import AccountData, build_account_week, off_budget
from admonster_fb.analysis.weekly.model import AccountWeek, WeeklyReport
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.render.weekly import weekly
from admonster_fb.errors import APIError, NotFoundError
from admonster_fb.models.adaccount import Activity, AdAccount
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.sandbox import Sandbox
from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.faults.faults import Failure
from admonster_fb.workflows.weekly_report import weekly_report

pytestmark = pytest.mark.thorough

WEEK = {"since": "2026-10-25", "until": "2026-10-31"}
BEFORE = {"since": "2026-10-18", "until": "2026-10-24"}
ZONES = {"USD": "America/Los_Angeles", "JPY": "Asia/Tokyo", "BHD": "Asia/Amman", "HUF": "Europe/Budapest"}


@pytest.fixture
def fb(sandbox: Sandbox) -> FacebookAds:
    return FacebookAds.sandbox(sandbox)


def one(fb: FacebookAds, account: str = "act_1", **options: Any) -> AccountWeek:
    [week] = weekly_report(fb, account, **options).accounts
    return week


@table("currency", ZONES, fresh=True)
def test_sums_are_those_of_all_ads_and_days_to_the_cent(sandbox: Sandbox, fb: FacebookAds, currency: str) -> None:
    account = sandbox.add_account(currency=currency, timezone_name=ZONES[currency])
    sandbox.add_history(account)
    week = one(fb, account)
    for side, window in (("after", WEEK), ("before", BEFORE)):
        # Asked otherwise than the report does: by ad, without days, as Meta writes it.
        raw = fb.insights.list(account, level="ad", fields=["campaign_id", "spend", "clicks"], time_range=window)
        spend = sum(Decimal(str(row.spend)) for row in raw if row.spend is not None)
        assert spend > 0
        assert getattr(week.figures["spend"], side) == spend
        assert getattr(week.figures["clicks"], side) == sum(row.clicks or 0 for row in raw)
        assert sum(getattr(each.spend, side) or 0 for each in week.days) == spend
        assert sum(getattr(each.figures["spend"], side) or 0 for each in week.campaigns) == spend
        assert sum(getattr(each.spend, side) or 0 for each in week.results) == spend
        by_campaign = {each.id: getattr(each.figures["spend"], side) for each in week.campaigns}
        for campaign, told in by_campaign.items():
            own = [row.spend for row in raw if row.campaign_id == campaign and row.spend is not None]
            assert (told or 0) == sum(own)
    assert week.currency == currency


def test_results_are_the_purchases_of_sales_and_the_clicks_of_traffic(fb: FacebookAds) -> None:
    week = one(fb)
    rows = {row.campaign_id: row for row in fb.insights.list("act_1", level="campaign", time_range=WEEK)}
    for each in week.campaigns:
        row = rows.get(each.id)
        assert each.figures["results"].after == (row.action(each.kind.partition(".")[2]) if row else None)
        assert each.figures["frequency"].after == (row.frequency if row else None)
    assert [each.kind for each in week.results] == ["actions.purchase", "actions.link_click", "actions.lead"]
    assert week.figures["roas"].after == week.figures["purchase_value"].after / week.spend


def test_eight_requests_for_an_account_and_none_for_rows_where_nothing_ran(sandbox: Sandbox, fb: FacebookAds) -> None:
    for account, most in (("act_1", 8), ("act_3", 6)):
        before = len(sandbox.journal)
        weekly_report(fb, account)
        assert len(sandbox.journal) - before <= most
    assert one(fb, "act_3").spend is None


@pytest.mark.parametrize("status", ["ARCHIVED", "DELETED"])
def test_totals_survive_the_campaigns_that_made_them(sandbox: Sandbox, fb: FacebookAds, status: Any) -> None:
    before = one(fb)
    gone = before.campaigns[0]
    fb.campaigns.update(gone.id, status=status)
    after = one(fb)
    assert gone.id not in {campaign.id for campaign in after.campaigns}
    for name in ("spend", "impressions", "clicks", "purchase_value"):
        assert after.figures[name] == before.figures[name]
    assert [day.spend for day in after.days] == [day.spend for day in before.days]
    assert after.gone == gone.figures["spend"]
    listed = sum(each.figures["spend"].after or 0 for each in after.campaigns)
    assert listed + after.gone.after == after.spend
    text = "\n".join(weekly(WeeklyReport((after,))))
    assert f"Of this, campaigns since deleted or archived: ${after.gone.after:.2f} USD" in text
    assert "since deleted or archived" not in "\n".join(weekly(WeeklyReport((before,))))
    for campaign in after.campaigns:
        fb.campaigns.update(campaign.id, status=status)
    assert one(fb).spend == before.spend
    assert "Nothing was delivered" not in "\n".join(weekly(WeeklyReport((one(fb),))))


def test_without_a_default_account_it_is_all_of_them_each_in_its_own_days(sandbox: Sandbox) -> None:
    fb = FacebookAds.sandbox(sandbox)
    assert [week.id for week in weekly_report(fb).accounts] == ["act_1"]
    every = weekly_report(fb, "all")
    assert [(week.id, week.currency) for week in every.accounts] == [
        ("act_1", "USD"), ("act_2", "JPY"), ("act_3", "EUR"), ("act_4", "GBP")
    ]  # fmt: skip
    assert every.accounts[1].spend == one(fb, "act_2").spend
    fb._account = None
    assert len(weekly_report(fb).accounts) == 4


def test_an_account_that_fails_is_named_and_the_others_go_on(sandbox: Sandbox, fb: FacebookAds) -> None:
    refused = GraphError(code=200, message="No rights to <b>this</b>", type="OAuthException", http_status=403)
    sandbox.fail_next("GET act_1/insights", Failure(refused))
    report = weekly_report(fb, "all")
    assert [*report.failed] == ["act_1"]
    assert [week.id for week in report.accounts] == ["act_2", "act_3", "act_4"]
    text = "\n".join(weekly(report))
    assert "NOT read: act_1" in text
    assert "JPY" in text
    sandbox.fail_next("GET act_1/insights", Failure(refused))
    with pytest.raises(APIError):
        weekly_report(fb, "act_1")


def test_any_seven_days_that_are_over(fb: FacebookAds) -> None:
    week = one(fb, until=date(2026, 10, 24))
    assert (week.since, week.until) == (date(2026, 10, 18), date(2026, 10, 24))
    assert week.spend == one(fb).figures["spend"].before
    with pytest.raises(ParameterError, match="2026-10-31 or earlier"):
        weekly_report(fb, "act_1", until=date(2026, 11, 1))
    with pytest.raises(ParameterError, match="until"):
        weekly_report(fb, "all", until=date(2026, 11, 2))


def test_what_was_paused_and_scaled_is_told_and_its_pacing_is_not(sandbox: Sandbox, fb: FacebookAds) -> None:
    paced = {each.id for each in one(fb).campaigns if each.pacing}
    sales = fb.campaigns.list("act_1")[-1]
    traffic = fb.campaigns.list("act_1")[1]
    fb.campaigns.update(sales.id, daily_budget=9000)
    fb.campaigns.update(traffic.id, status="PAUSED")
    sandbox.advance(days=2)
    week = one(fb)
    told = {(each.what, each.object_id): each.detail for each in week.edits}
    assert told[("campaign scaled up", sales.id)] == "$60.00 USD to $90.00 USD"
    assert ("campaign paused", traffic.id) in told
    assert {sales.id, traffic.id} <= paced
    assert {each.id for each in week.campaigns if each.pacing} == set()
    assert one(fb, until=date(2026, 10, 31)).edits == ()


@table("extra", [None, "", "no json", "[]", '{"new_value": {"x": 1}}', '{"old_value": "5", "new_value": 7}'])
def test_a_history_that_says_it_otherwise_is_no_error(extra: str | None) -> None:
    changes = [
        Activity(event_type=event, extra_data=extra) for event in ("update_x_budget", "update_x_run_status", "else")
    ]
    account = AdAccount(id="act_1", currency="HUF", timezone_name="UTC")
    week = build_account_week(
        AccountData(account, date(2026, 10, 25), date(2026, 10, 31), FacebookAds.sandbox().now(), activities=changes)
    )
    words = [(each.what, each.detail) for each in week.edits]
    scaled = ("scaled up", "5 HUF to 7 HUF") if extra and '"5"' in extra else ("budget changed", "")
    assert words[0] == scaled
    assert len(words) == 2


def test_what_to_look_at(sandbox: Sandbox, fb: FacebookAds) -> None:
    spent = fb.adaccounts.get("act_1").amount_spent or 0
    account = AdAccount(id="act_1", currency="USD", spend_cap=spent + 100, amount_spent=spent, timezone_name="UTC")
    tired = [
        InsightsRow(
            campaign_id="7", campaign_name="Tired", date_start=day, impressions=5000, clicks=clicks, frequency=often
        )
        for day, clicks, often in (("2026-10-18", 100, "1.5"), ("2026-10-25", 40, "3"))
    ]
    days = [
        InsightsRow.from_api(
            {"campaign_id": "7", "date_start": f"2026-10-{day}", "spend": spend, "objective": "OUTCOME_SALES"}
        )
        for day, spend in ((*((each, "10") for each in range(18, 31)), (31, "90")))
    ]
    read = AccountData(account, date(2026, 10, 25), date(2026, 10, 31), fb.now(), days=days, weeks=tired)
    told = [notice.text for notice in build_account_week(read).warnings]
    assert [each.split(":")[0].split(" was")[0] for each in told] == [
        f"Spending limit of ${(spent + 100) / 100:.2f} USD nearly used up",
        "Spent $150.00 USD without purchases.",
        "Fatigue",
        "Spend on 2026-10-31",
    ]


def test_rejected_ads_come_first(sandbox: Sandbox, fb: FacebookAds) -> None:
    ad = fb.ads.list("act_1")[0]
    sandbox.disapprove(ad.id, "The landing page does not work.", "LANDING_PAGE")
    (notice, *_) = one(fb).warnings
    assert (notice.object_id, notice.text) == (ad.id, "Meta has rejected this ad.")
    assert "The landing page does not work." in notice.detail


def test_many_off_their_budget_are_one_warning(fb: FacebookAds) -> None:
    week = one(fb)
    first: Any = week.campaigns[0]
    paced = replace(first, pacing=replace(first.pacing, verdict="under", expected=Decimal(first.pacing.spent) * 5 / 2))
    (told,) = off_budget([paced, paced, paced])
    assert told.text == "Under budget: 40 % of its daily budgets. 2 more campaigns are under budget."
    assert [*off_budget(week.campaigns)] == []


def test_a_list_of_accounts_and_one_that_cannot_be_read(sandbox: Sandbox, fb: FacebookAds) -> None:
    report = weekly_report(fb, ["act_2", "act_99", "act_1"])
    assert [week.id for week in report.accounts] == ["act_2", "act_1"]
    assert [*report.failed] == ["act_99"]
    with pytest.raises(NotFoundError):
        weekly_report(fb, ["act_98", "act_99"])


def ranked(*campaigns: tuple[str, str, int | None]) -> tuple[str | None, str | None]:
    days = [
        InsightsRow.from_api(
            {"campaign_id": id, "date_start": "2026-10-30", "spend": spend, "objective": "OUTCOME_LEADS"}
            | ({"actions": [{"action_type": "lead", "value": str(leads)}]} if leads else {})
        )
        for id, spend, leads in campaigns
    ]
    account = AdAccount(id="act_1", currency="USD", timezone_name="UTC")
    told = build_account_week(
        AccountData(account, date(2026, 10, 25), date(2026, 10, 31), FacebookAds.sandbox().now(), days)
    ).ranking
    return (told and told.best and told.best.id, told and told.worst and told.worst.id)  # type: ignore[return-value]


def test_best_is_the_cheapest_and_spend_for_nothing_counts_as_dear() -> None:
    assert ranked(("a", "10", 5), ("b", "10", 1), ("c", "10", 2)) == ("a", "b")
    assert ranked(("a", "10", 5), ("b", "50", None)) == ("a", "b")
    assert ranked(("a", "90", 1), ("b", "1", None)) == ("a", None)  # too early to tell of b
    assert ranked(("a", "10", None), ("b", "50", None)) == (None, None)
    assert ranked(("a", "10", 1)) == (None, None)
    assert ranked() == (None, None)


def many(count: int, name: str) -> AccountWeek:
    days = [
        InsightsRow.from_api(
            {"campaign_id": str(each), "campaign_name": name, "date_start": "2026-10-30", "spend": "1.10",
             "objective": "OUTCOME_SALES"}
        )
        for each in range(count)
    ]  # fmt: skip
    account = AdAccount(id="act_1", name=name, currency="USD", timezone_name="UTC")
    return build_account_week(
        AccountData(account, date(2026, 10, 25), date(2026, 10, 31), FacebookAds.sandbox().now(), days)
    )


HOSTILE = "```\nSpend: $9 ID: 1 <script>alert(1)</script> 😀 مرحبا \u202e" + "x" * 500


def test_the_text_stays_short_and_no_name_poses_as_ours(fb: FacebookAds) -> None:
    week = many(3000, HOSTILE)
    for report in (
        WeeklyReport((week,)),
        WeeklyReport((week,) * 500, {f"act_{n}": ParameterError([]) for n in range(99)}),
    ):
        text = "\n".join(weekly(report))
        assert len(text) < 4000
        assert "more" in text
        assert "```" not in text
        assert "Spend: $9" not in text
    assert week.spend == Decimal("3300.00")
    assert "Spend: $3300.00 USD" in "\n".join(weekly(WeeklyReport((week,))))


def test_bots_get_it_by_its_op(fb: FacebookAds, tmp_path: Path) -> None:
    told = FacebookTool(fb).call({"op": "weekly_report"})
    assert told.ok
    assert 'Weekly report of act_1 "Sandbox Coffee US"' in told.text
    assert "Spend: $580.48 USD (-13 %)" in told.text
    assert FacebookTool(fb).call({"op": "weekly_report", "args": {"until": "2026-10-24"}}).ok
    for wrong in ("yesterday", "20", "2026-10-24T10:00:00"):
        refused = FacebookTool(fb).call({"op": "weekly_report", "args": {"until": wrong}})
        assert "allowed: a day, such as 2026-10-24" in refused.text
