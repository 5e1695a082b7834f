"""The week of one or all ad accounts: what was spent, what came of it, what changed, and what to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from admonster_fb.analysis.weekly.budgets import midnight
from admonster_fb.analysis.weekly.build import DAY, WEEK, Read, week_of
from admonster_fb.analysis.weekly.model import AccountWeek, Notice, WeeklyReport
from admonster_fb.errors import MISSING, FacebookAdsError, ParameterError, Violation
from admonster_fb.models.ad import Ad
from admonster_fb.models.adaccount import AdAccount
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import BUDGETS, Campaign
from admonster_fb.models.common import TimeRange
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.operation import op
from admonster_fb.services.insights.export import check_writable, new_file
from admonster_fb.workflows.account_status import account_health, delivery_problems
from admonster_fb.workflows.media import LocalPath

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

Format = Literal["text", "html", "pdf"]
ALL = "all"
_BUDGETS = ("name", "account_id", "effective_status", *BUDGETS, "budget_remaining")
_CAMPAIGN = (*_BUDGETS, "objective", "issues_info", "start_time", "stop_time")
_ADSET = (*_BUDGETS, "campaign_id", "start_time", "end_time")
_AD = ("name", "effective_status", "ad_review_feedback", "issues_info")
_FIGURES = (
    *("account_id", "account_currency", "campaign_id", "campaign_name", "objective", "spend", "impressions", "clicks"),
    *("reach", "frequency", "inline_link_clicks", "actions", "action_values"),
)
_HEALTHY = 1


@op("weekly_report", group="insights", access="read", then=("get_detailed_insights", "get_campaign"))
def weekly_report(
    fb: FacebookAds,
    ad_account_id: Annotated[
        str | list[str], Field(description='the default account unless given; "all" for all, or a list of ids')
    ]
    | None = None,
    *,
    until: Annotated[date, Field(strict=False, description="last of the seven days; yesterday unless given")]
    | None = None,
    format: Annotated[Format, Field(description="html and pdf are written to filename")] = "text",
    filename: Annotated[LocalPath, Field(description="the .html or .pdf file to write")] | None = None,
    overwrite: bool = False,
) -> WeeklyReport:
    """Report the week of an account, or of all that the token sees: totals, best and worst, pacing, changes, warnings.

    Seven whole days of the account's time zone, against the seven before. Currencies are never added together. An
    account that cannot be read is named and the others go on; if none can be read, that is raised. Takes 6 or 7
    requests an account.
    `html` is one file with charts that loads nothing, `pdf` the same on paper; both need the extra `report`, and an
    existing file is refused unless `overwrite`.

    >>> report = weekly_report(fb, "act_1")
    >>> str(report.accounts[0].since), str(report.accounts[0].until), report.accounts[0].currency
    ('2026-10-25', '2026-10-31', 'USD')
    """
    path = _path(format, filename, overwrite)
    asked = ad_account_id or (fb.account if fb.has_account else ALL)
    report = _weeks(fb, asked if isinstance(asked, list) else None if asked == ALL else [asked], until)
    return report if path is None else _written(report, path, format, overwrite)


def _path(format: Format, filename: str | None, overwrite: bool) -> Path | None:
    """Return where to write, once it is known that it can be, before anything is read."""
    if (format == "text") != (filename is None):
        given, allowed = (MISSING, "where to write it") if filename is None else (filename, "none: text is not written")
        raise ParameterError([Violation("filename", given, allowed)])
    if filename is None:
        return None
    check_writable(Path(filename), overwrite=overwrite)
    from admonster_fb.report import require

    require(format)
    return Path(filename)


def _written(report: WeeklyReport, path: Path, format: Format, overwrite: bool) -> WeeklyReport:
    from admonster_fb.report import render_html, render_pdf

    content = render_pdf(report) if format == "pdf" else render_html(report).encode()
    with new_file(path, overwrite=overwrite) as file:
        file.write(content)
    return WeeklyReport(report.accounts, report.failed, str(path))


def _weeks(fb: FacebookAds, ids: list[str] | None, until: date | None) -> WeeklyReport:
    """Report on these accounts, or on all; what cannot be read is kept apart, unless there is nothing else."""
    weeks: list[AccountWeek] = []
    failed: dict[str, FacebookAdsError] = {}
    for account in fb.adaccounts.iter() if ids is None else [*dict.fromkeys(ids)]:
        try:
            weeks.append(_week(fb, fb.adaccounts.get(account) if isinstance(account, str) else account, until))
        except ParameterError:
            raise
        except FacebookAdsError as error:
            failed[account if isinstance(account, str) else account.id] = error
    if failed and not weeks:
        raise next(iter(failed.values()))
    return WeeklyReport(tuple(weeks), failed)


def _week(fb: FacebookAds, account: AdAccount, until: date | None) -> AccountWeek:
    zone = account.timezone_name or "UTC"
    yesterday = fb.now().astimezone(ZoneInfo(zone)).date() - DAY
    last = until or yesterday
    if last > yesterday:
        raise ParameterError([Violation("until", str(last), f"a day that is over: {yesterday} or earlier in {zone}")])
    since = last - WEEK + DAY
    days = _rows(fb, account.id, since - WEEK, last, 1)
    weeks = _rows(fb, account.id, since - WEEK, last, 7) if days else []
    campaigns = fb.campaigns.list(account.id, fields=_CAMPAIGN, limit=500)
    adsets = _adsets(fb, account.id) if any(map(_leaves_budgets, campaigns)) else []
    activities = [*fb.adaccounts.activities(account.id, limit=500, since=midnight(since, zone))]
    said = [*_said(account, [*campaigns, *_held_ads(fb, account.id)])]
    return week_of(Read(account, since, last, fb.now(), days, weeks, campaigns, adsets, activities, said))


def _rows(fb: FacebookAds, account_id: str, since: date, until: date, step: int) -> list[InsightsRow]:
    """Read rows per campaign and so many days; what is too large for an answer is made into a report."""
    window: TimeRange = {"since": str(since), "until": str(until)}
    rows = fb.insights.iter(account_id, fields=_FIGURES, level="campaign", time_increment=step, time_range=window)
    return [*rows.or_report()]


def _leaves_budgets(campaign: Campaign) -> bool:
    """Tell whether an active campaign has its budgets in its ad sets."""
    running = campaign.effective_status in ("ACTIVE", "WITH_ISSUES")
    return running and not (campaign.daily_budget or campaign.lifetime_budget)


def _adsets(fb: FacebookAds, account_id: str) -> list[AdSet]:
    return fb.adsets.list(account_id, fields=_ADSET, effective_status=["ACTIVE", "WITH_ISSUES"], limit=500)


def _held_ads(fb: FacebookAds, account_id: str) -> list[Ad]:
    """Read the ads that Meta has rejected or holds something against."""
    return fb.ads.list(account_id, fields=_AD, effective_status=["DISAPPROVED", "WITH_ISSUES"], limit=200)


def _said(account: AdAccount, nodes: Sequence[Campaign | Ad]) -> Iterator[Notice]:
    if account.account_status not in (None, _HEALTHY):
        yield from (Notice(line) for line in account_health(account))
    for node in nodes:
        what = "Meta has rejected this ad." if node.effective_status == "DISAPPROVED" else "Meta has found a problem."
        found = delivery_problems(node)
        if found or node.effective_status == "DISAPPROVED":
            yield Notice(what, node.id, node.name or "", "; ".join(found))
