"""The weekly report of one or all ad accounts: spend, results, changes, and what needs attention."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from admonster_fb.analysis.weekly.build import DAY, WEEK, AccountData, build_account_week, midnight
from admonster_fb.analysis.weekly.model import AccountWeek, Notice, WeeklyReport
from admonster_fb.client import FacebookAds
from admonster_fb.enums import InsightsField, Level
from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._node import zone_of
from admonster_fb.models._params import LocalPath
from admonster_fb.models.ad import Ad
from admonster_fb.models.adaccount import AdAccount
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import BUDGETS, Campaign
from admonster_fb.models.common import TimeRange
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.operation import no_op, op
from admonster_fb.services._base import account_id
from admonster_fb.services.insights.export import check_writable, new_file
from admonster_fb.workflows.account_status import account_health, delivery_problems

Format = Literal["text", "html", "pdf"]
ALL = "all"
_BUDGETS = ("name", "account_id", "effective_status", *BUDGETS, "budget_remaining")
_CAMPAIGN = (*_BUDGETS, "objective", "issues_info", "start_time", "stop_time")
_ADSET = (*_BUDGETS, "campaign_id", "start_time", "end_time")
_AD = ("name", "effective_status", "ad_review_feedback", "issues_info")
_FIGURES: tuple[InsightsField, ...] = (
    "account_id", "account_currency", "campaign_id", "campaign_name", "objective", "spend", "impressions", "clicks",
    "reach", "frequency", "inline_link_clicks", "actions", "action_values",
)  # fmt: skip
_OF_CAMPAIGNS = ("campaign_id", "campaign_name", "objective")
_HEALTHY = 1
_ACCOUNTS = Field(description='"all" for all accounts, or a list of IDs. Default: the default account')
_UNTIL = Field(strict=False, description="last of the seven days, such as a Sunday. Default: yesterday")


@op("weekly_report", group="insights", access="read", then=("get_detailed_insights", "get_campaign"))
def weekly_report(
    fb: FacebookAds,
    ad_account_id: Annotated[str | list[str], _ACCOUNTS] | None = None,
    *,
    until: Annotated[date, _UNTIL] | None = None,
    format: Annotated[Format, Field(description="html and pdf are written to filename")] = "text",
    filename: Annotated[LocalPath, Field(description="the .html or .pdf file to write")] | None = None,
    overwrite: bool = False,
) -> WeeklyReport:
    """Report a week and explain what changed. It has totals, best and worst, pacing, warnings; for all accounts too.

    Compares seven whole days in the account's time zone with the seven before. Currencies are never added together.
    Totals are the account's own: they hold what campaigns spent that were deleted or archived since. Accounts that
    cannot be read are listed; if none can be read, the first error is raised. Takes 6 to 8 requests per account. `html`
    is one file with charts that loads nothing, `pdf` the same as A4 pages; both need the extra `report`. An existing
    file is refused unless `overwrite`.

    >>> report = weekly_report(fb, "act_1")
    >>> str(report.accounts[0].since), str(report.accounts[0].until), report.accounts[0].currency
    ('2026-10-25', '2026-10-31', 'USD')
    """
    path = output_path(format, filename, overwrite)
    requested = ad_account_id or (fb.account if fb.has_account else ALL)
    known = {account.id: account for account in fb.adaccounts.iter()} if requested == ALL else {}
    named = [requested] if isinstance(requested, str) else dict.fromkeys(requested)
    accounts = [*(known if requested == ALL else named)]
    done = {each.account: each for each in fb.over(accounts).run(_read_week, fb, known, until)}
    found = [done[account_id(account)] for account in accounts]
    failed = {each.account: each.error for each in found if each.error}
    if wrong := [error for error in failed.values() if len(failed) == len(found) or isinstance(error, ParameterError)]:
        raise wrong[0]
    report = WeeklyReport(tuple(each.result() for each in found if not each.error), failed)
    return report if path is None else write_report(report, path, format, overwrite)


@no_op("weekly_report does it")
def output_path(format: Format, filename: str | None, overwrite: bool) -> Path | None:
    """Return the file to write; check that it can be written before anything is read.

    >>> output_path("text", None, overwrite=False)
    """
    if filename is None and format == "text":
        return None
    if filename is None or format == "text":
        allowed = "the file to write" if filename is None else "no value: text has no file"
        raise ParameterError([Violation("filename", MISSING if filename is None else filename, allowed)])
    check_writable(Path(filename), overwrite=overwrite)
    from admonster_fb.report import require

    require(format)
    return Path(filename)


@no_op("weekly_report does it")
def write_report(report: WeeklyReport, path: Path, format: Format, overwrite: bool) -> WeeklyReport:
    """Write a report to a file, and return it with the file's name.

    >>> write_report(weekly_report(fb, "act_1"), Path("week.html"), "html", overwrite=True).filename
    'week.html'
    """
    from admonster_fb.report import render_html, render_pdf

    content = render_pdf(report) if format == "pdf" else render_html(report).encode()
    with new_file(path, overwrite=overwrite) as file:
        file.write(content)
    return WeeklyReport(report.accounts, report.failed, str(path))


def _read_week(account_id: str, fb: FacebookAds, known: Mapping[str, AdAccount], until: date | None) -> AccountWeek:
    account = known.get(account_id) or fb.adaccounts.get(account_id)
    zone = zone_of(account.timezone_name).key
    yesterday = fb.now().astimezone(zone_of(zone)).date() - DAY
    last = until or yesterday
    if last > yesterday:
        raise ParameterError([Violation("until", str(last), f"a day in the past: {yesterday} or earlier in {zone}")])
    since = last - WEEK + DAY
    totals = _read_rows(fb, account.id, since - WEEK, last, 1, "account")
    days = _read_rows(fb, account.id, since - WEEK, last, 1) if totals else []
    weeks = _read_rows(fb, account.id, since - WEEK, last, 7) if days else []
    campaigns = fb.campaigns.list(account.id, fields=_CAMPAIGN, limit=500)
    adsets, running = list[AdSet](), [each for each in campaigns if each.effective_status in ("ACTIVE", "WITH_ISSUES")]
    if any(not (each.daily_budget or each.lifetime_budget) for each in running):  # their ad sets have the budgets
        adsets = fb.adsets.list(account.id, fields=_ADSET, effective_status=["ACTIVE", "WITH_ISSUES"], limit=500)
    activities = [*fb.adaccounts.activities(account.id, limit=500, since=midnight(since, zone))]
    ads = fb.ads.list(account.id, fields=_AD, effective_status=["DISAPPROVED", "WITH_ISSUES"], limit=200)
    notices = [*_notices(account, [*campaigns, *ads])]
    nodes = campaigns, adsets, activities, notices
    return build_account_week(AccountData(account, since, last, fb.now(), days, weeks, *nodes, totals))


def _read_rows(
    fb: FacebookAds, account_id: str, since: date, until: date, step: int, level: Level = "campaign"
) -> list[InsightsRow]:
    """Read rows per campaign and `step` days; a query that is too large becomes an asynchronous report."""
    window: TimeRange = {"since": str(since), "until": str(until)}
    fields = [name for name in _FIGURES if level == "campaign" or name not in _OF_CAMPAIGNS]
    rows = fb.insights.iter(account_id, fields=fields, level=level, time_increment=step, time_range=window)
    return [*rows.or_report()]


def _notices(account: AdAccount, nodes: Sequence[Campaign | Ad]) -> Iterator[Notice]:
    if account.account_status not in (None, _HEALTHY):
        yield from (Notice(line) for line in account_health(account))
    for node in nodes:
        rejected = node.effective_status == "DISAPPROVED"
        problems = delivery_problems(node)
        if problems or rejected:
            text = "Meta has rejected this ad." if rejected else "Meta has found a problem."
            yield Notice(text, node.id, node.name or "", "; ".join(problems))
