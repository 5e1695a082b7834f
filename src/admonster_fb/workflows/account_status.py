"""Why something does not run, in words: pure functions over what was read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from admonster_fb.enums import ACCOUNT_STATUS, DISABLE_REASON
from admonster_fb.models.ad import Ad
from admonster_fb.models.adaccount import AdAccount
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign
from admonster_fb.money import Money
from admonster_fb.operation import no_op

STATES = {
    1: "It can run ads.",
    2: "It is disabled: no ads run. An admin can ask Meta for a review in Account Quality.",
    3: "It has an unpaid bill: no ads run until an admin pays in Billing.",
    7: "Meta is reviewing it for risk: wait, or an admin answers in Account Quality.",
    8: "Its last payment is being settled: ads may stop until it is.",
    9: "Its payment failed and it is in a grace period: ads stop soon unless an admin pays in Billing.",
    100: "It is being closed.",
    101: "It is closed: no ads run.",
}
"""What each `account_status` means for the advertiser."""


@no_op("get_ad_account_info and status say it")
def account_health(account: AdAccount) -> list[str]:
    """Say in sentences whether an ad account can run ads, and what stands in the way.

    >>> account_health(AdAccount(account_status=3, balance=1250, currency="USD"))[1]
    'Unpaid: $12.50 USD.'
    """
    state = account.account_status or 0
    name = ACCOUNT_STATUS.get(state, f"of status {state}")
    found = [f"The account is {name}. {STATES.get(state, '')}".strip()]
    if account.disable_reason:
        reason = DISABLE_REASON.get(account.disable_reason, f"number {account.disable_reason}")
        found.append(f"Reason for disabling: {reason}.")
    currency = account.currency or ""
    if account.balance and currency:
        found.append(f"Unpaid: {Money.from_minor(account.balance, currency)}.")
    if account.spend_cap and currency:
        left = max(account.spend_cap - (account.amount_spent or 0), 0)
        told = (
            f"Spending limit: {Money.from_minor(account.spend_cap, currency)}, left {Money.from_minor(left, currency)}."
        )
        found.append(told if left else f"{told} No ads run until it is raised, reset or removed.")
    return found


@no_op("get_campaign, get_adset and get_ad say it")
def delivery_problems(node: Campaign | AdSet | Ad) -> list[str]:
    """Say in sentences what Meta holds against a campaign, an ad set or an ad: review feedback and issues.

    >>> delivery_problems(Ad(id="1", effective_status="DISAPPROVED", ad_review_feedback={
    ...     "global": {"PERSONAL_ATTRIBUTES": "Ads must not imply personal attributes."}}))
    ['Review: PERSONAL_ATTRIBUTES: Ads must not imply personal attributes.']
    """
    feedback = getattr(node, "ad_review_feedback", None) or {}
    return [*_feedback(feedback), *(_issue(issue) for issue in node.issues_info or ())]


def _feedback(feedback: dict[str, Any], place: str = "") -> Iterator[str]:
    """Yield what review said: for all placements under `global`, else by placement under `placement_specific`."""
    for name, words in feedback.items():
        if isinstance(words, dict):
            inner = {"global": "", "placement_specific": ""}.get(name, name)
            yield from _feedback(words, " ".join(part for part in (place, inner) if part))
        else:
            yield f"Review{f' ({place})' if place else ''}: {name}: {words}"


def _issue(issue: dict[str, Any]) -> str:
    said = issue.get("error_summary") or issue.get("error_message") or json.dumps(issue, ensure_ascii=False)
    more = issue.get("error_message") if issue.get("error_summary") else None
    code = f" (code {issue['error_code']})" if issue.get("error_code") else ""
    return f"Issue: {said}{f': {more}' if more and more != said else ''}{code}"
