"""Results as text for the model: ids first, money with its currency, nothing left out silently."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from admonster_fb.analysis.weekly.model import WeeklyReport
from admonster_fb.bot.plans.plan import Plan
from admonster_fb.bot.plans.text import change_lines
from admonster_fb.bot.render import audiences, automation, delivery, diagnosis, errors, insights, weekly
from admonster_fb.bot.render.values import (
    counted,
    format_field,
    format_major,
    format_value,
    joined,
    label,
    plain,
    quoted,
    set_fields,
)
from admonster_fb.client import FacebookAds
from admonster_fb.models import adaccount, adrule, budgetschedule, leadgen
from admonster_fb.models._node import Node
from admonster_fb.models.ad import Ad, AdPreview
from admonster_fb.models.adaccount import AdAccount
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import BUDGETS, Campaign
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.models.launch import Launched, kind_of
from admonster_fb.models.targeting.options import DeliveryEstimate, ReachEstimate, TargetingOption
from admonster_fb.objects import brief_fields, money_fields
from admonster_fb.services.adaccounts import BusinessAccounts
from admonster_fb.transport.rate_limits import UsageSample
from admonster_fb.workflows import boost, bulk, connect, diagnose, previews, scale, targeting
from admonster_fb.workflows.account_status import AccountStatus, account_health, delivery_problems, feedback_sentences
from admonster_fb.workflows.duplicate.copy import Duplicate

Lines = list[str]
_CONTENT = ("object_story_spec", "asset_feed_spec", "object_story_id", "body")
"""What of a creative says what it shows, if it was read."""
_STORED_BALANCE = 20
"""The type of funding of an account that is paid in advance (`docs/meta-rules.md#delivery`)."""
_NOISE = ("age", "timezone_id", "timezone_offset_hours_utc", "capabilities")
"""Fields of an account that tell nobody what to do."""
_NEAR = 50
"""Percent of a rate limit from which on it is shown by itself."""


def render(value: Any, fb: FacebookAds) -> Lines:
    """Return the result of a method as lines."""
    for kind, text in _TEXTS.items():
        if isinstance(value, kind):
            return [*text(value)]
    for kind, draw in _DRAWN:
        if isinstance(value, kind):
            return [*draw(value, fb)]
    if not dataclasses.is_dataclass(value):
        return [format_value(value)]
    lines: Lines = []  # of a result of this library's own: each field that is not empty, and each object of a list
    for field in dataclasses.fields(value):
        content = getattr(value, field.name)
        if isinstance(content, list) and content and dataclasses.is_dataclass(content[0]):
            parts = ([getattr(row, each.name) for each in dataclasses.fields(row)] for row in content)
            lines += [f"- {' | '.join(format_value(part) for part in row if part is not None)}" for row in parts]
        elif content not in (None, (), {}, [], ""):
            lines.append(f"{label(field.name)}: {format_value(content)}")
    return lines


def render_empty(arguments: Mapping[str, Any], fb: FacebookAds) -> Lines:
    """Return the text for a window without delivery: all figures are zero, in the account's currency."""
    lines = ["Nothing was delivered in this window."]
    if "object_id" in arguments:
        lines += insights.figures(InsightsRow(account_currency=fb.currency(arguments["object_id"])))
    return lines


def brief(value: Any, fb: FacebookAds, currency: str | None = None, requested: Sequence[str] = ()) -> str:
    """Return an object of a list as a line; `currency` saves a request, `requested` are the fields of the caller."""
    if isinstance(value, InsightsRow):
        return f"- {insights.row_line(value, insights.RowView(tuple(requested)))}"
    if isinstance(value, Plan):
        return f"- {value.id}: {value.op} | {'; '.join(change_lines(value.changes, value.currency))[:300]}"
    if isinstance(value, adrule.AdRule):
        return f"- {automation.rule(value, currency_of(value, fb))}"
    line = next((line for kind, line in _LINES.items() if isinstance(value, kind)), None)
    if line is not None and not (requested and isinstance(value, adaccount.Activity)):
        return f"- {line(value)}"
    if not isinstance(value, Node):
        return f"- {format_value(value)}"
    names = [field.partition("{")[0].partition(".")[0] for field in requested]  # `creative{id}` is `creative`
    known = currency_of(value, fb) if currency is None else lambda: currency
    fields = [
        _field(value, name, known)
        for name in ([name for name in names if name not in ("id", "name")] or brief_fields(type(value)))
        if getattr(value, name, None) is not None and (name != "lifetime_budget" or getattr(value, name))
    ]
    fields += [_seen_by(value)] if isinstance(value, AdSet) and value.targeting and not requested else []
    return f"- {' | '.join([_identity(value), *fields])}"


def _identity(node: Node) -> str:
    name = getattr(node, "name", None)
    about = f"ID: {getattr(node, 'id', '') or 'none'}" if "id" in type(node).model_fields else type(node).__name__
    return about + (f" {quoted(name)}" if name else "")


def _node(node: Node, fb: FacebookAds) -> Lines:
    currency = currency_of(node, fb)
    head = f"{type(node).__name__.replace('AdSet', 'Ad set')} {_identity(node)}"
    return [head, *(_field(node, name, currency) for name, _ in set_fields(node) if name not in {"id", "name"})]


def _field(node: Node, name: str, currency: Callable[[], str]) -> str:
    """Return a field with its label; what a creative shows and what a review says are in words."""
    value = getattr(node, name)
    if name == "creative" and isinstance(value, Node) and {*_CONTENT} & value.model_fields_set:
        shows = delivery.creative_words(value.model_dump(mode="json", exclude_unset=True))
        return f"Creative ID: {getattr(value, 'id', '')} | {shows}"
    if name == "ad_review_feedback" and isinstance(value, Mapping):
        return " | ".join(map(plain, feedback_sentences(value)))
    text = format_field(name, value, currency, dict(node) if name in money_fields() else {})
    if isinstance(node, AdSet) and name in (*BUDGETS, "budget_remaining") and not value:
        budgets_read = {*BUDGETS} <= node.model_fields_set
        if budgets_read and not any(getattr(node, budget) for budget in BUDGETS):
            text = "none (its campaign has it)"
    if isinstance(node, AdAccount) and name == "amount_spent":
        since = "since its spending limit was set or reset" if node.spend_cap else "lifetime"
        return f"Amount spent ({since}): {text}"
    return f"{label(name)}: {text}"


def _seen_by(adset: AdSet) -> str:
    return f"Seen by: {delivery.targeting_words(dict(adset.targeting or {}))}"


def _account(account: AdAccount, fb: FacebookAds) -> Lines:
    """Return an account; `balance` is the bill that is due, and what is left stands with the way of payment."""
    funding = account.funding_source_details or {}
    prepaid = funding.get("type") == _STORED_BALANCE
    what = "Money left (prepaid)" if prepaid else "Way of payment, with the money left if it is prepaid"
    left = [f"{what}: {quoted(str(funding['display_string']))}"] if funding.get("display_string") else []
    noise = (*_NOISE, *(("account_status", "disable_reason") if account.account_status else ()))  # in words below
    shown = account.model_copy(update={name: None for name in noise if name in account.model_fields_set})
    return [*_node(shown, fb), *left, *(account_health(account) if account.account_status else ())]


def _delivering(node: Campaign | AdSet | Ad, fb: FacebookAds) -> Lines:
    seen = [_seen_by(node)] if isinstance(node, AdSet) and node.targeting else []
    shown = node.model_copy(update=dict.fromkeys(("ad_review_feedback", "issues_info") if isinstance(node, Ad) else ()))
    return [*_node(shown, fb), *seen, *map(plain, delivery_problems(node))]


def _duplicate(copy: Duplicate) -> Lines:
    failed = [(source, "renamed" if source == copy.id else "copied", error) for source, error in copy.failed.items()]
    return [
        f"ID: {copy.id}",
        f"Copied: {counted(len(copy.adsets), 'ad set')}, {counted(len(copy.ads), 'ad')}, all PAUSED",
        *(f"NOT {what}: {source}: {error}" for source, what, error in failed),
    ]


def _launched(launched: Launched) -> Lines:
    counts = Counter(map(kind_of, launched.made))
    nouns = {"forms": "lead form", "adsets": "ad set", "ads": "ad"}
    nouns |= {"creatives": "creative", "images": "image", "videos": "video"}
    whole = launched.state == "complete" and launched.campaign_id
    made = ", ".join(counted(counts[kind], noun) for kind, noun in nouns.items() if counts[kind])
    return [
        f"Launch: {launched.id}, {launched.state}",
        *([f"Campaign ID: {launched.campaign_id}, PAUSED like all in it: {made}"] if launched.campaign_id else []),
        *(f"- {place}: {node_id}" for place, node_id in launched.made.items() if place != "campaign"),
        *(f"DIFFERENT: {plain(difference)}" for difference in launched.different),
        *(f"LEFT ALONE: {place} {node_id}, may be another's or in use" for place, node_id in launched.left.items()),
        *([f"MAY EXIST: {', '.join(launched.unknown)}; look before you launch it again"] if launched.unknown else []),
        *([f"To start all of it: {_call('activate_campaign', campaign_id=launched.campaign_id)}"] if whole else []),
        *([f"To delete what it created: {_call('launch_campaign', rollback=launched.id)}"] if launched.made else []),
    ]


def _call(op: str, **args: str | None) -> str:
    return f"op={op} args={json.dumps(args)}"


def _previews(page: previews.PreviewPage) -> Lines:
    return [
        f"Written: {page.filename}",
        f"Shown: {', '.join(page.shown) or 'none'}",
        *(f"NOT shown: {name}: {error}" for name, error in page.failed.items()),
    ]


def _option(option: TargetingOption) -> str:
    """Return what can be targeted; places and languages have keys instead of ids."""
    path = " > ".join(option.path or ())
    place = ", ".join(part for part in (option.primary_city, option.region, option.country_name) if part)
    low, high = option.audience_size_lower_bound, option.audience_size_upper_bound
    return joined(
        f"{f'Key: {option.key}' if option.key else f'ID: {option.id}'} {quoted(option.name or '')}",
        plain(path or " in ".join(part for part in (option.type, place) if part)),
        f"Size: {_people(low, high)}" if low is not None else "",
        "the city only, unless a radius of 10 to 50 mile is given with its key" if option.type == "city" else "",
    )


def _people(low: int | None, high: int | None) -> str:
    if low is None or high is None:
        return "unknown: Meta does not estimate it, for example where custom audiences are targeted"
    return f"{low:,} to {high:,} people"


def _estimate(of: str, low: int | None, high: int | None, ready: bool | None) -> Lines:
    return [f"{of}: {_people(low, high)}{' (not ready yet: call again)' if ready is False else ''}"]


def _reach(estimate: ReachEstimate) -> Lines:
    return _estimate("Reach", estimate.users_lower_bound, estimate.users_upper_bound, estimate.estimate_ready)


def _delivery(estimate: DeliveryEstimate) -> Lines:
    low, high = estimate.estimate_mau_lower_bound, estimate.estimate_mau_upper_bound
    return _estimate("Reach in a month", low, high, estimate.estimate_ready)


def _targeting(check: targeting.TargetingCheck) -> Lines:
    wrong = [f"WRONG {plain(str(wrong_id.violation()))}" for wrong_id in check.wrong_ids]
    found = [f"{row.severity.upper()} {row.field}: {plain(f'{row.message}. {row.fix}')}" for row in check.findings]
    refused = [] if wrong else [f"REFUSED {plain(str(violation))}" for violation in check.refused]
    verdict = "Targeting can be used" if check.ok else "Targeting CANNOT be used as it is"
    reach = _reach(check.reach) if check.reach else []
    return [verdict, *wrong, *found, *refused, *reach, *map(plain, check.sentences)]


def _scaled(scaled: scale.Scaled) -> Lines:
    lines = []
    for change in scaled.changes:
        before = str(change.before).removesuffix(f" {change.after.currency}")
        failed = f"NOT changed: {change.error}" if change.error else ""
        lines.append(f"- {joined(f'ID: {change.id}', f'Daily budget: {before} → {change.after}', failed)}")
    return [*lines, *(f"Warning: {warning}" for warning in scaled.warnings)]


def _status(status: AccountStatus, fb: FacebookAds) -> Lines:
    listed = sum((row.spend or 0 for row in status.today.values()), start=0)
    spent = status.total.spend or 0 if status.total else listed
    currency = status.account.currency or "USD"
    gone = f", {format_major(spent - listed, currency)} of it by campaigns since deleted or archived"
    of_gone = gone if spent > listed else ""
    near = {key: reading for key, reading in status.usage.items() if reading.percent >= _NEAR or reading.free_at}
    most = max((reading.percent for reading in status.usage.values()), default=0)
    lines = [
        *_account(status.account, fb),
        f"Spend today: {format_major(spent, currency)} ({status.account.timezone_name}){of_gone}",
        *([f"Spend this month: {format_major(status.month, currency)}"] if status.month is not None else []),
        # The rate limits of which much is used, or that little of all is.
        *(usage(near) if near or not status.usage else [f"API limits: {most:.0f} % used at most"]),
        *([f"API version: {plain(status.version_warning)}"] if status.version_warning else []),
        f"Active campaigns: {len(status.campaigns):,}",
    ]
    for campaign in status.campaigns:
        row = status.today.get(campaign.id)
        today = ", ".join(insights.figures(row)) if row else "no delivery"
        lines.append(f"{brief(campaign, fb, currency)} | Today: {today}")
    return lines


def usage(readings: Mapping[str, UsageSample]) -> Lines:
    """Return how much of each of Meta's rate limits is used, the highest first."""
    lines = [
        f"API limit {key}: {reading.percent:.0f} % used"
        + (f", {reading.tier}" if reading.tier else "")
        + (f", free again at {format_value(reading.free_at)}" if reading.free_at else "")
        for key, reading in sorted(readings.items(), key=lambda item: -item[1].percent)
    ]
    return lines or ["API limits: nothing reported yet"]


def _business(group: BusinessAccounts, fb: FacebookAds) -> Lines:
    title = f"Business {_identity(group.business)}" if group.business else "Personal accounts"
    return [f"{title}: {len(group.accounts)}", *(brief(account, fb) for account in group.accounts)]


def _many(values: Sequence[Any], fb: FacebookAds) -> Lines:
    if values and isinstance(values[0], (BusinessAccounts, AdPreview, bulk.Changed, boost.CommentList)):
        return [line for value in values for line in render(value, fb)]
    return [brief(value, fb) for value in values] or ["None."]


def currency_of(node: Node, fb: FacebookAds) -> Callable[[], str]:
    """Return a function for the currency of a node's account; it is requested only if an amount is shown."""
    if isinstance(node, budgetschedule.BudgetSchedule):
        return lambda: fb.currency(node.ad_object_id) if node.ad_object_id else ""
    own = getattr(node, "currency", None)
    account_id = getattr(node, "account_id", None)
    return lambda: own or fb.currency(f"act_{account_id}" if account_id else str(getattr(node, "id", "")))


def _lead(lead: leadgen.Lead) -> str:
    """Return a lead on one line; the answers only if they were read, as the data that they are."""
    about = (lead.created_time, lead.ad, lead.campaign_name, lead.platform, lead.form_id)
    answers = f"answers: {format_value(lead.answers)}" if lead.field_data else ""
    return joined(f"ID: {lead.id}", *(format_value(each) for each in about if each), answers)


_LINES: dict[type, Callable[[Any], str]] = {
    **audiences.LINES,
    adaccount.Activity: automation.activity,
    leadgen.Lead: _lead,
    TargetingOption: _option,
}
"""Types with their own line in lists."""
_TEXTS: dict[type, Callable[[Any], Iterable[str]]] = {
    connect.Connection: errors.connection,
    **diagnosis.TEXTS,
    **automation.TEXTS,
    **insights.TEXTS,
    WeeklyReport: weekly.weekly,
    **audiences.TEXTS,
    Duplicate: _duplicate,
    Launched: _launched,
    bulk.Changed: lambda row: [f"- ID: {row.id} | {f'NOT changed: {row.error}' if row.error else 'changed'}"],
    scale.Scaled: _scaled,
    targeting.TargetingCheck: _targeting,
    ReachEstimate: _reach,
    DeliveryEstimate: _delivery,
    previews.PreviewPage: _previews,
    AdPreview: lambda preview: [f"Preview HTML: {plain(preview.body or '')}"],
}
"""Types whose text needs no facade."""
_DRAWN: tuple[tuple[Any, Callable[[Any, FacebookAds], Iterable[str]]], ...] = (
    (AccountStatus, _status),
    (diagnose.Diagnosis, diagnosis.diagnosis),
    (adrule.AdRule, lambda rule, fb: [f"AdRule {automation.rule(rule, currency_of(rule, fb))}"]),
    (BusinessAccounts, _business),
    (InsightsRow, insights.row_lines),
    (AdAccount, _account),
    ((Campaign, AdSet, Ad), _delivering),
    (Node, _node),
    ((list, tuple), _many),
)
