"""The weekly report as text for the model, the most important first, within a fixed length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from admonster_fb.analysis import formatting as wording
from admonster_fb.analysis.change import Change, Figure
from admonster_fb.analysis.weekly.build import DAY
from admonster_fb.analysis.weekly.model import AccountWeek, CampaignWeek, Edit, Notice, WeeklyReport
from admonster_fb.bot.render.values import counted, plain, quoted

Lines = list[str]
MAX_CHARS = 3800
"""Length limit, in characters; what does not fit is counted."""
_NAME = 60
_CAMPAIGNS, _NOTICES, _EDITS = 8, 8, 6
_FAILED = 5


def weekly(report: WeeklyReport) -> Lines:
    """Return the week of one account, or of several with a few lines each."""
    failed = [f"NOT read: {id}: {plain(str(error))[:200]}" for id, error in report.failed.items()]
    written = [f"Written: {quoted(report.filename)}"] if report.filename else []
    head = [*written, *_first(failed, _FAILED, "accounts")]
    if len(report.accounts) == 1:
        return _fitting([*head, *_account(report.accounts[0])], "lines")
    head.append(f"Accounts: {len(report.accounts)}; amounts in each account's currency, never added together")
    live = [week for week in report.accounts if week.spend or week.warnings]
    blocks = ["\n".join(_brief(week)) for week in live]
    quiet = len(report.accounts) - len(live)
    return _fitting([*head, *blocks], "accounts", [f"Nothing delivered: {counted(quiet, 'account')}"] if quiet else [])


def _fitting(lines: Iterable[str], what: str, tail: Lines | None = None) -> Lines:
    """Return as many lines as fit, and how many are left."""
    fitting: Lines = []
    used = sum(map(len, tail or []))
    rest = 0
    for line in lines:
        used += len(line) + 1
        if rest or used > MAX_CHARS:
            rest += 1
        else:
            fitting.append(line)
    more = [f"and {rest} more {what}: ask for one account by ad_account_id, or for html in a file"] if rest else []
    return [*fitting, *more, *(tail or [])]


def _brief(week: AccountWeek) -> Iterator[str]:
    spend, main = week.figures["spend"], week.results[0] if week.results else None
    parts = [f"- {week.id} {_named(week.name)} | Spend: {_moved('spend', spend, week.currency)}"]
    if main:
        parts.append(f"{wording.results(main.kind)} {_moved('results', main.count, week.currency)}")
        parts.append(f"{_moved('cost_per_result', main.cost, week.currency)} each")
    if week.figures["roas"].after is not None:
        parts.append(f"ROAS {_moved('roas', week.figures['roas'], week.currency)}")
    yield " | ".join(parts)
    yield from (f"  ! {_notice(notice)}" for notice in week.warnings[:2])


def _account(week: AccountWeek) -> Iterator[str]:
    money = week.currency
    yield f"Weekly report of {week.id} {_named(week.name)}"
    days = [f"{day:%a} {day}" for day in (week.since, week.until, week.since - DAY * 7, week.since - DAY)]
    about = f"days of {week.timezone_name}, amounts in {money}; figures may still move for 28 days"
    yield f"Window: {days[0]} to {days[1]} against {days[2]} to {days[3]}, {about}"
    if not week.delivered:
        yield "Nothing was delivered in either week."
    for label, name in (("Spend", "spend"), ("Impressions", "impressions"), ("Clicks", "clicks"), ("CTR", "ctr")):
        yield f"{label}: {_moved(name, week.figures[name], money)}"
    if week.gone != Change(None, None):
        spends = [_shown("spend", side or 0, money) for side in (week.gone.after, week.gone.before)]
        where = "in the totals of the account, in no campaign or result below"
        yield f"Of this, campaigns since deleted or archived: {spends[0]}, the week before {spends[1]} ({where})"
    if week.figures["roas"].after is not None:
        yield f"ROAS of all spend: {_moved('roas', week.figures['roas'], money)}"
    for result in week.results:
        texts = (_moved("results", result.count, money), _moved("cost_per_result", result.cost, money))
        chances = (f" [{chance}]" if chance else "" for chance in result.chances)
        count, cost = map("".join, zip(texts, chances, strict=True))
        label = wording.results(result.kind).capitalize()
        yield f"{label}: {count}, {cost} each" if result.count.after is not None else f"{label}: {count}"
    yield from _ends(week)
    if week.pacing and week.pacing.percent is not None:
        planned = wording.money(week.pacing.planned, money)
        yield f"Pacing: {week.pacing.percent:.0f} % of the {planned} of daily budgets: {week.pacing.verdict}"
    yield from _first([f"Warning: {_notice(notice)}" for notice in week.warnings], _NOTICES, "warnings")
    yield from _first([f"Changed: {_edit(edit)}" for edit in week.edits], _EDITS, "changes")
    if week.why and week.why.cost_per_result:
        yield from (plain(line) for line in week.why.lines()[:4])
    yield from _first([f"- {_campaign(campaign, money)}" for campaign in week.campaigns], _CAMPAIGNS, "campaigns")


def _ends(week: AccountWeek) -> Iterator[str]:
    if week.ranking is None:
        return
    by = "roas" if week.ranking.by == "roas" else "cost_per_result"
    words = ("Improved most", "Worsened most") if week.ranking.by == "change" else ("Best", "Worst")
    for word, campaign in zip(words, (week.ranking.best, week.ranking.worst), strict=True):
        if campaign is not None:
            change, noun = campaign.figures[by], wording.results(campaign.kind, 1)
            if change.after is None:
                spend = _shown("spend", campaign.figures["spend"].after, week.currency)
                figure = f"no {wording.results(campaign.kind)} for {spend}"
            elif by == "roas":
                figure = f"ROAS {_moved(by, change, week.currency)}"
            else:
                figure = f"{_moved(by, change, week.currency)} per {noun}"
            yield f"{word}: ID: {campaign.id} {_named(campaign.name)}, {figure}"


def _campaign(campaign: CampaignWeek, currency: str) -> str:
    spend, results = campaign.figures["spend"], campaign.figures["results"]
    parts = [f"ID: {campaign.id} {_named(campaign.name)}", campaign.status or "archived"]
    parts.append(f"Spend: {_moved('spend', spend, currency)}")
    if results.after is None and results.before is not None:
        parts.append(f"{wording.results(campaign.kind).capitalize()}: {_moved('results', results, currency)}")
    if results.after is not None:
        count = _shown("results", results.after, currency)
        cost = _moved("cost_per_result", campaign.figures["cost_per_result"], currency)
        parts.append(f"{count} {wording.results(campaign.kind)} for {cost} each")
    if campaign.pacing and campaign.pacing.percent is not None:
        parts.append(f"pacing {campaign.pacing.percent:.0f} % ({campaign.pacing.verdict})")
    return " | ".join(parts)


def _notice(notice: Notice) -> str:
    about = f"{_named(notice.name)} (ID: {notice.object_id}): " if notice.object_id else ""
    return f"{about}{notice.text}{f' {plain(notice.detail)[:160]}' if notice.detail else ''}"


def _edit(edit: Edit) -> str:
    when = f", {edit.when:%a %d %b %H:%M}" if edit.when else ""
    detail = f", {plain(edit.detail)[:60]}" if edit.detail else ""
    return f"{edit.what} ID: {edit.object_id} {_named(edit.name)}{detail}{when}"


def _first(lines: Lines, most: int, what: str) -> Lines:
    return lines if len(lines) <= most else [*lines[:most], f"and {len(lines) - most} more {what}"]


def _named(name: str) -> str:
    return quoted(name if len(name) <= _NAME else f"{name[: _NAME - 1]}…")


def _moved(name: str, change: Change, currency: str) -> str:
    shown = _shown(name, change.after, currency)
    moved = wording.percent(change.percent)
    if change.after is None and change.before is not None:
        moved = f"before: {_shown(name, change.before, currency)}"
    return f"{shown} ({moved})" if moved else shown


def _shown(name: str, value: Figure | None, currency: str) -> str:
    if value is None:
        return "none"
    if name in ("spend", "cost_per_result"):
        return wording.money(value, currency)
    return {"ctr": f"{value:.2f}%", "roas": f"{value:.2f}"}.get(name, f"{value:,}")
