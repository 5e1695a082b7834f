"""The weekly report as text for the model: what matters first, never more than it can take in at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from admonster_fb.analysis import formatting as wording
from admonster_fb.analysis.change import Change, Figure
from admonster_fb.analysis.weekly.model import AccountWeek, CampaignWeek, Edit, Notice, WeeklyReport
from admonster_fb.bot.render.values import plain, quoted

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

Lines = list[str]
MOST = 3800
"""Characters; what does not fit is counted."""
_NAME = 60
_CAMPAIGNS, _NOTICES, _EDITS = 8, 8, 6
_FAILED = 5


def weekly(report: WeeklyReport, _fb: FacebookAds) -> Lines:
    """Say how the week of one account was, or of many in a few lines each."""
    head = [
        *([f"Written: {quoted(report.filename)}"] if report.filename else []),
        *_first(
            [f"NOT read: {id}: {plain(str(error))[:200]}" for id, error in report.failed.items()], _FAILED, "accounts"
        ),
    ]
    if len(report.accounts) == 1:
        return _fitting([*head, *_account(report.accounts[0])], "lines")
    head.append(f"Accounts: {len(report.accounts)}; amounts in each one's own currency, never added together")
    live = [each for each in report.accounts if each.spend or each.warnings]
    blocks = ["\n".join(_brief(each)) for each in live]
    quiet = len(report.accounts) - len(live)
    return _fitting([*head, *blocks], "accounts", [f"Nothing delivered: {quiet} accounts"] if quiet else [])


def _fitting(lines: Iterable[str], what: str, tail: Lines | None = None) -> Lines:
    """Return as many lines as fit, and how many there are more."""
    kept: Lines = []
    used = sum(map(len, tail or []))
    rest = 0
    for line in lines:
        used += len(line) + 1
        if rest or used > MOST:
            rest += 1
        else:
            kept.append(line)
    more = [f"and {rest} more {what}: ask for one account by ad_account_id, or for html in a file"] if rest else []
    return [*kept, *more, *(tail or [])]


def _brief(week: AccountWeek) -> Iterator[str]:
    spend, main = week.figures["spend"], week.results[0] if week.results else None
    parts = [f"- {week.id} {_named(week.name)} | Spend: {_moved('spend', spend, week.currency)}"]
    if main:
        parts.append(f"{wording.results(main.kind)} {_moved('results', main.count, week.currency)}")
        parts.append(f"{_moved('cost_per_result', main.cost, week.currency)} each")
    if week.figures["roas"].after is not None:
        parts.append(f"ROAS {_moved('roas', week.figures['roas'], week.currency)}")
    yield " | ".join(parts)
    yield from (f"  ! {_notice(each)}" for each in week.warnings[:2])


def _account(week: AccountWeek) -> Iterator[str]:
    money = week.currency
    yield f"Weekly report of {week.id} {_named(week.name)}"
    yield (
        f"Window: {week.since} to {week.until} against the 7 days before, days of {week.timezone_name}, amounts in "
        f"{money}; figures may still move for 28 days"
    )
    if not week.campaigns:
        yield "Nothing was delivered in either week."
    for label, name in (("Spend", "spend"), ("Impressions", "impressions"), ("Clicks", "clicks"), ("CTR", "ctr")):
        yield f"{label}: {_moved(name, week.figures[name], money)}"
    if week.figures["roas"].after is not None:
        yield f"ROAS of all spend: {_moved('roas', week.figures['roas'], money)}"
    for each in week.results:
        count, cost = _moved("results", each.count, money), _moved("cost_per_result", each.cost, money)
        label = wording.results(each.kind).capitalize()
        yield f"{label}: {count}, {cost} each" if each.count.after is not None else f"{label}: none"
    yield from _ends(week)
    if week.pacing and week.pacing.percent is not None:
        planned = wording.money(week.pacing.planned, money)
        yield f"Pacing: {week.pacing.percent:.0f}% of the {planned} of daily budgets: {week.pacing.verdict}"
    yield from _first([f"Warning: {_notice(each)}" for each in week.warnings], _NOTICES, "warnings")
    yield from _first([f"Changed: {_edit(each)}" for each in week.edits], _EDITS, "changes")
    if week.why and week.why.cost_per_result:
        yield from (plain(line) for line in week.why.lines()[:4])
    yield from _first([f"- {_campaign(each, money)}" for each in week.campaigns], _CAMPAIGNS, "campaigns")


def _ends(week: AccountWeek) -> Iterator[str]:
    if week.ranking is None:
        return
    by = {"roas": "roas"}.get(week.ranking.by, "cost_per_result")
    words = ("Improved most", "Worsened most") if week.ranking.by == "change" else ("Best", "Worst")
    for word, each in zip(words, (week.ranking.best, week.ranking.worst), strict=True):
        if each is not None:
            told = each.figures[by]
            no_result = (
                f"no {wording.results(each.kind)} for {_shown('spend', each.figures['spend'].after, week.currency)}"
            )
            unit = "ROAS " if by == "roas" else ""
            each_one = "" if by == "roas" else f" per {wording.results(each.kind, 1)}"
            figure = f"{unit}{_moved(by, told, week.currency)}{each_one}" if told.after is not None else no_result
            yield f"{word}: ID: {each.id} {_named(each.name)}, {figure}"


def _campaign(each: CampaignWeek, currency: str) -> str:
    parts = [f"ID: {each.id} {_named(each.name)}", (each.status or "archived")]
    parts.append(f"Spend: {_moved('spend', each.figures['spend'], currency)}")
    if each.figures["results"].after is not None:
        count = _shown("results", each.figures["results"].after, currency)
        cost = _moved("cost_per_result", each.figures["cost_per_result"], currency)
        parts.append(f"{count} {wording.results(each.kind)} for {cost} each")
    if each.pacing and each.pacing.percent is not None:
        parts.append(f"pacing {each.pacing.percent:.0f}% ({each.pacing.verdict})")
    return " | ".join(parts)


def _notice(each: Notice) -> str:
    about = f"{_named(each.name)} (ID: {each.object_id}): " if each.object_id else ""
    return f"{about}{each.text}{f' {plain(each.detail)[:160]}' if each.detail else ''}"


def _edit(each: Edit) -> str:
    when = f", {each.when:%a %d %b %H:%M}" if each.when else ""
    detail = f", {plain(each.detail)[:60]}" if each.detail else ""
    return f"{each.what} ID: {each.object_id} {_named(each.name)}{detail}{when}"


def _first(lines: Lines, most: int, what: str) -> Lines:
    return lines if len(lines) <= most else [*lines[:most], f"and {len(lines) - most} more {what}"]


def _named(name: str) -> str:
    return quoted(name if len(name) <= _NAME else f"{name[: _NAME - 1]}…")


def _moved(name: str, change: Change, currency: str) -> str:
    told = _shown(name, change.after, currency)
    moved = wording.percent(change.percent).replace(" %", "%")
    return f"{told} ({moved})" if moved else told


def _shown(name: str, value: Figure | None, currency: str) -> str:
    if value is None:
        return "none"
    if name in ("spend", "cost_per_result"):
        return wording.money(value, currency)
    return {"ctr": f"{value:.2f}%", "roas": f"{value:.2f}"}.get(name, f"{value:,}")
