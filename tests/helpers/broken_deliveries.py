"""Broken deliveries of the sandbox, alone and in pairs, each with the cause that a diagnosis must name first."""

from __future__ import annotations

from functools import cache, lru_cache

from admonster_fb import FacebookAds
from admonster_fb.sandbox import Sandbox
from admonster_fb.workflows.diagnose import Diagnosis, diagnose

ONE = {
    "account-disabled": "account_disabled",
    "account-in-risk-review": "account_risk_review",
    "account-closing": "account_closed",
    "account-closed": "account_closed",
    "account-of-new-status": "account_unknown_status",
    "bill-unpaid": "account_unsettled",
    "payment-settling": "account_pending_settlement",
    "payment-late": "account_grace_period",
    "no-payment-method": "no_payment_method",
    "card-expired": "no_payment_method",
    "prepaid-empty": "prepaid_balance_empty",
    "billing-info-missing": "pending_billing_info",
    "account-limit": "account_spend_limit",
    "campaign-paused": "campaign_paused",
    "campaign-archived": "campaign_archived",
    "campaign-limit": "campaign_spend_cap",
    "campaign-in-process": "in_process",
    "campaign-of-new-status": "unknown_status",
    "campaign-over": "ended",
    "adset-paused": "adset_paused",
    "adset-deleted": "adset_archived",
    "adset-starts-later": "not_started",
    "adset-over": "ended",
    "outside-hours": "outside_hours",
    "lifetime-budget-spent": "lifetime_budget_spent",
    "daily-budget-spent": "daily_budget_spent",
    "adset-daily-limit": "adset_spend_cap",
    "adset-lifetime-limit": "adset_spend_cap",
    "budget-reserved": "budget_reserved",
    "no-budget": "no_budget",
    "audience-small": "audience_too_small",
    "audience-unusable": "audience_not_ready",
    "learning": "learning",
    "learning-limited": "learning_limited",
    "bid-cap": "bid_too_low",
    "cost-goal": "bid_too_low",
    "creative-deleted": "creative_deleted",
    "creative-with-issues": "creative_with_issues",
    "creative-in-process": "creative_in_process",
    "fatigue": "creative_fatigue",
    "ad-paused": "ad_paused",
    "ad-deleted": "ad_archived",
    "rejected": "ad_rejected",
    "rejected-in-translation": "ad_rejected",
    "rejected-without-feedback": "ad_rejected",
    "in-review": "in_review",
    "rejected-on-instagram": "rejected_on_placements",
    "rejected-on-all-its-placements": "rejected_on_all_placements",
    "review-of-the-adset": "adset_review_feedback",
    "audience-deleted": "audience_gone",
    "audience-no-longer-shared": "audience_gone",
    "check-of-new-name": "failed_check",
    "post-gone": "post_unavailable",
    "not-certified": "not_certified",
    "special-category": "special_category_targeting",
    "seen-without-text": "seen_without_text",
    "issue-of-new-code": "issue",
    "issue-soft": "issue_warning",
    "issue-without-reason": "issue_without_reason",
    "pixel-unavailable": "pixel_unavailable",
    "pixel-silent": "pixel_silent",
    "pixel-without-the-event": "pixel_event_missing",
    "ad-of-today": "new_ad",
    "no-reason": "no_reason",
}
"""The cause of each broken delivery."""
PAIRS = {
    ("account-disabled", "campaign-paused"): "account_disabled",
    ("bill-unpaid", "rejected"): "account_unsettled",
    ("no-payment-method", "bid-cap"): "no_payment_method",
    ("account-limit", "adset-over"): "account_spend_limit",
    ("campaign-paused", "rejected"): "campaign_paused",
    ("campaign-paused", "learning-limited"): "campaign_paused",
    ("adset-paused", "ad-paused"): "adset_paused",
    ("adset-over", "lifetime-budget-spent"): "ended",
    ("daily-budget-spent", "audience-deleted"): "daily_budget_spent",
    ("audience-small", "bid-cap"): "audience_too_small",
    ("adset-lifetime-limit", "rejected"): "adset_spend_cap",
    ("campaign-limit", "adset-lifetime-limit"): "campaign_spend_cap",
    ("budget-reserved", "bid-cap"): "budget_reserved",
    ("adset-daily-limit", "learning-limited"): "adset_spend_cap",
    ("learning-limited", "rejected"): "ad_rejected",
    ("payment-late", "adset-paused"): "adset_paused",
    ("bid-cap", "rejected"): "ad_rejected",
    ("creative-deleted", "rejected"): "creative_deleted",
    ("rejected-on-instagram", "pixel-silent"): "pixel_silent",
    ("issue-soft", "no-reason"): "issue_warning",
}
"""The first cause of two at once."""
FRESH = {"fatigue", "adset-daily-limit", "daily-budget-spent", "lifetime-budget-spent", "ad-of-today"}
"""What is so today; all else was broken two days ago."""
CASES = {**{(name,): code for name, code in ONE.items()}, **PAIRS}


def broken(*names: str) -> tuple[Sandbox, FacebookAds, str]:
    """Return a sandbox whose one ad set with one running ad was broken two days ago, and the ID of the ad."""
    sandbox = Sandbox()
    campaign = sandbox.objects("Campaign", "act_1")[1]["id"]
    for other in sandbox.objects("Campaign"):
        if other["id"] != campaign:
            sandbox.remove(
                other["id"], *(node["id"] for kind in ("AdSet", "Ad") for node in sandbox.objects(kind, other["id"]))
            )
    ads = sandbox.objects("Ad", campaign)
    ad_id = ads[-1]["id"]
    sandbox.remove(*(ad["id"] for ad in ads[:-1]))
    sandbox.remove(*(each["id"] for each in sandbox.objects("AdSet", campaign) if each["id"] != ads[-1]["adset_id"]))
    for name in names:
        sandbox.break_delivery(name, ad_id)
    if not FRESH & {*names}:
        sandbox.advance(days=2)
    return sandbox, FacebookAds.sandbox(sandbox), ad_id


_broken_once = lru_cache(maxsize=1)(broken)
"""To read from: of one delivery the account and each part of it are diagnosed in turn."""


@cache
def diagnosed(*names: str, of: str = "act_1") -> Diagnosis:
    """Return the diagnosis of the account, or of a part of it: campaign, adset or ad."""
    sandbox, fb, ad_id = _broken_once(*names)
    ad = sandbox.object(ad_id)
    return diagnose(fb, {"campaign": ad["campaign_id"], "adset": ad["adset_id"], "ad": ad_id}.get(of, of))
