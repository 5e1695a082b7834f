"""The status of an ad account: its health, active campaigns and today's figures; and why something does not deliver."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from admonster_fb.analysis.daily_exposure import spending_limit
from admonster_fb.client import FacebookAds
from admonster_fb.enums import ACCOUNT_STATUS, DISABLE_REASON
from admonster_fb.models.ad import Ad
from admonster_fb.models.adaccount import EXPIRED, FUNDING, AdAccount
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import BUDGETS, Campaign
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.money import minor_text
from admonster_fb.operation import no_op, op
from admonster_fb.transport.rate_limits import UsageSample

_TOTAL = "insights.date_preset(today){spend}"
_FIELDS = ("name", "objective", "status", "effective_status", *BUDGETS, "account_id")
_LIMIT = "op=update_spending_limit once a person agrees, or an admin in Billing"
STATES = {
    1: "It can run ads.",
    2: "It is disabled: no ads run. An admin can ask Meta for a review in Account Quality.",
    3: "It has an unpaid bill: no ads run until an admin pays in Billing.",
    7: "Meta is reviewing it for risk: wait, or an admin answers in Account Quality.",
    8: "Its last payment is being settled: ads may stop until then.",
    9: "Its payment failed and it is in a grace period: ads stop soon unless an admin pays in Billing.",
    100: "It is being closed.",
    101: "It is closed: no ads run.",
}


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """An account, its active campaigns, today's figures (account time zone), and rate limit usage.

    `total` is the account's own row of today, with what objects spent that were deleted or archived since; `today` has
    the rows of campaigns by ID.
    """

    account: AdAccount
    campaigns: list[Campaign]
    today: dict[str, InsightsRow]
    usage: dict[str, UsageSample]
    total: InsightsRow | None = None
    month: Decimal | None = None
    """Spend of this month, in major units."""
    version_warning: str | None = None

    @property
    def is_delivering(self) -> bool:
        """Whether the account can run ads and each active campaign, at least one, was shown today."""
        runs = (self.account.account_status or 1) == 1 and not _blocked(self.account)
        shown = [self.today[each.id].impressions if each.id in self.today else 0 for each in self.campaigns]
        return runs and bool(shown) and all(shown)


@op("status", group="account", access="read", then=("list_campaigns", "get_insights"))
def status(fb: FacebookAds, ad_account_id: str) -> AccountStatus:
    """Return an account's health, spend and active campaigns. Each has its budget and today's figures.

    Takes four requests, however many campaigns there are.

    >>> status(fb, "act_1").account.currency
    'USD'
    """
    rows = fb.insights.iter(ad_account_id, level="campaign", date_preset="today")
    month = [row.spend or 0 for row in fb.insights.iter(ad_account_id, date_preset="this_month", fields=["spend"])]
    account = fb.adaccounts.get(ad_account_id, fields=[*AdAccount.fields(), FUNDING, EXPIRED, _TOTAL])
    found = (account.model_extra or {}).pop("insights", None)
    own = found.get("data") if isinstance(found, dict) else None
    total = InsightsRow.from_api(own[0]) if isinstance(own, list) and own and isinstance(own[0], dict) else None
    campaigns = fb.campaigns.list(ad_account_id, fields=_FIELDS, effective_status=["ACTIVE"], limit=500)
    today = {row.campaign_id or "": row for row in rows}
    usage, spent = fb.usage.readings(account.id), Decimal(sum(month))
    return AccountStatus(account, campaigns, today, usage, total, spent, fb.version_warning)


@no_op("get_ad_account_info and status show it")
def account_health(account: AdAccount) -> list[str]:
    """Return sentences that say whether an ad account can run ads, and what prevents it.

    >>> account_health(AdAccount(account_status=3, balance=1250, currency="USD"))[1]
    'Unpaid: $12.50 USD.'
    """
    state = account.account_status or 0
    name = ACCOUNT_STATUS.get(state, f"of status {state}")
    blocked = _blocked(account) if state == 1 else ""
    meaning = f", but {blocked}." if blocked else f". {STATES.get(state, '')}"
    sentences = [f"The account is {name}{meaning}".strip()]
    if account.disable_reason:
        reason = DISABLE_REASON.get(account.disable_reason, f"number {account.disable_reason}")
        sentences.append(f"Reason for disabling: {reason}.")
    if state != 1 and (card := _dead_card(account)):
        sentences.append(f"I{card[1:]}.")
    currency = account.currency or ""
    if account.balance and currency:
        sentences.append(f"Unpaid: {minor_text(account.balance, currency)}.")
    if currency and (found := spending_limit(account)):
        left = max(found[0] - found[1], 0)
        limit, spent, rest = (minor_text(each, currency) for each in (*found, left))
        counted = f"{spent} counts towards it, spent since it was set or reset"
        usage = f"Spending limit: {limit}, left {rest} ({counted})."
        stop = f"No ads run until it is raised, reset (the same amount again) or removed: {_LIMIT}."
        sentences.append(usage if left else f"{usage} {stop}")
    return sentences


def _dead_card(account: AdAccount) -> str:
    """Return that the payment method is no longer valid; "" unless Meta says so."""
    expired = getattr(account, EXPIRED, None)
    if not isinstance(expired, dict) or account.funding_source_details:
        return ""
    card = f"its payment method {expired.get('display_string') or ''}".strip()
    return f"{card} is no longer valid: ads may not run until an admin adds another in Billing"


def _blocked(account: AdAccount) -> str:
    """Return why an account whose status is ACTIVE may not run ads; "" if nothing is known."""
    limit = spending_limit(account)
    return _dead_card(account) or ("its spending limit is used up" if limit and limit[1] >= limit[0] else "")


@no_op("get_campaign, get_adset and get_ad show it")
def delivery_problems(node: Campaign | AdSet | Ad) -> list[str]:
    """Return the problems that Meta found with a campaign, ad set or ad, as sentences: review feedback and issues.

    >>> delivery_problems(Ad(id="1", effective_status="DISAPPROVED", ad_review_feedback={
    ...     "global": {"PERSONAL_ATTRIBUTES": "Ads must not imply personal attributes."}}))
    ['Review: PERSONAL_ATTRIBUTES: Ads must not imply personal attributes.']
    """
    feedback = getattr(node, "ad_review_feedback", None) or {}
    found = [*feedback_sentences(feedback)]
    for issue in node.issues_info or ():
        summary, message = issue.get("error_summary"), issue.get("error_message")
        more = f": {message}" if summary and message and message != summary else ""
        code = f" (code {issue['error_code']})" if issue.get("error_code") else ""
        found.append(f"Issue: {summary or message or json.dumps(issue, ensure_ascii=False)}{more}{code}")
    return found


@no_op("list_ads shows it")
def feedback_sentences(feedback: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """Yield review feedback: for all placements under `global`, otherwise by placement under `placement_specific`.

    >>> [*feedback_sentences({"global": {"PERSONAL_ATTRIBUTES": "Personal attributes"}})]
    ['Review: Personal attributes']
    """
    for name, text in feedback.items():
        if isinstance(text, dict):
            inner = {"global": "", "placement_specific": ""}.get(name, name)
            yield from feedback_sentences(text, " ".join(part for part in (place, inner) if part))
        else:
            what = text if str(text).lower() == name.replace("_", " ").lower() else f"{name}: {text}"
            yield f"Review{f' ({place})' if place else ''}: {what}"
