"""The causes for which ads do not deliver, as a table, in the order in which they are looked for.

Facts: `docs/meta-rules.md#delivery`. `stops`: nothing delivers while it lasts. `may stop`: Meta gives no reason, and
this explains why nothing delivers. `limits`: it delivers less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Effect = Literal["stops", "may stop", "limits"]
STAGES = (
    *("account", "payment", "campaign", "ad set", "ad", "schedule", "budget", "audience", "learning", "bid"),
    *("creative", "review", "issues", "placement", "pixel", "delivery"),
)
"""The order of a diagnosis."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause: where it is looked for, what it does, what it means and how to cure it.

    >>> CAUSES["campaign_paused"].effect
    'stops'
    """

    code: str
    stage: str
    effect: Effect
    meaning: str
    cure: str
    events: tuple[str, ...] = ()
    """Parts of the `event_type` of the changes in the account that tell when it began."""


_STATUS, _BILLING = ("_run_status", "_status"), "An admin of the account opens Billing and payments"
# fmt: off
_ROWS: tuple[tuple[str, str, Effect, str, str, tuple[str, ...]], ...] = (
    ("account_disabled", "account", "stops", "Meta has disabled the ad account.",
     "An admin asks for a review in Account Quality.", ("ad_account_update_status",)),
    ("account_risk_review", "account", "stops", "Meta reviews the ad account for risk.",
     "Wait, or an admin answers in Account Quality.", ("ad_account_update_status",)),
    ("account_closed", "account", "stops", "The ad account is closed, or is being closed.",
     "An admin reactivates it, or use another account.", ("ad_account_update_status",)),
    ("account_unknown_status", "account", "may stop", "The ad account has a status that is not known here.",
     "Look at it in Ads Manager.", ()),
    ("account_unsettled", "payment", "stops", "A charge failed, and the bill is unpaid.",
     f"{_BILLING}, and pays.", ("billing_charge_failed", "billing_decline")),
    ("account_pending_settlement", "payment", "may stop", "The last payment is being settled.",
     "Wait until it is settled.", ("billing_charge",)),
    ("account_grace_period", "payment", "limits", "A charge failed; ads still deliver for a few days.",
     f"{_BILLING}, and pays.", ("billing_charge_failed", "billing_decline")),
    ("no_payment_method", "payment", "may stop", "The ad account has no valid payment method.",
     f"{_BILLING}, and adds one.", ("remove_funding_source",)),
    ("prepaid_balance_empty", "payment", "may stop", "The prepaid balance is used up.",
     f"{_BILLING}, and adds funds.", ("billing_charge",)),
    ("pending_billing_info", "payment", "stops", "The ad waits for billing information.",
     f"{_BILLING}, and completes it.", ()),
    ("account_spend_limit", "payment", "stops", "The spending limit of the ad account is used up.",
     "Raise, reset or remove it.", ("account_spending_limit_reached",)),
    ("campaign_paused", "campaign", "stops", "The campaign is paused.", "Set it to ACTIVE.", _STATUS),
    ("campaign_archived", "campaign", "stops", "The campaign is archived or deleted.", "Duplicate it.", _STATUS),
    ("campaign_empty", "campaign", "stops", "The campaign has no ad set.", "Create an ad set with an ad.", ()),
    ("adset_paused", "ad set", "stops", "The ad set is paused.", "Set it to ACTIVE.", _STATUS),
    ("adset_archived", "ad set", "stops", "The ad set is archived or deleted.", "Duplicate it.", _STATUS),
    ("adset_empty", "ad set", "stops", "The ad set has no ad.", "Create an ad.", ()),
    ("ad_paused", "ad", "stops", "The ad is paused.", "Set it to ACTIVE.", _STATUS),
    ("ad_archived", "ad", "stops", "The ad is archived or deleted.", "Duplicate it.", _STATUS),
    ("not_started", "schedule", "stops", "It starts later.", "Wait, or set an earlier start.", ()),
    ("ended", "schedule", "stops", "Its end has passed.", "Set a later end.", ("campaign_ended",)),
    ("outside_hours", "schedule", "stops", "The schedule of hours has no delivery now.",
     "Wait for the next hours, or change them.", ()),
    ("lifetime_budget_spent", "budget", "stops", "The lifetime budget is spent.",
     "Raise the lifetime budget.", ("lifetime_budget_spent",)),
    ("daily_budget_spent", "budget", "stops", "The daily budget is spent until midnight in the account's time zone.",
     "Wait until tomorrow, or raise the daily budget.", ()),
    ("campaign_spend_cap", "budget", "stops", "The spending limit of the campaign is used up.",
     "Raise or remove the campaign's spend_cap.", ("campaign_spending_limit_reached",)),
    ("no_budget", "budget", "stops", "Neither campaign nor ad set has a budget.", "Set a budget.", ()),
    ("audience_too_small", "audience", "may stop", "The audience is very small.", "Widen the targeting.", ()),
    ("audience_not_ready", "audience", "may stop", "A custom audience in the targeting cannot be used.",
     "Choose another audience, or add people to it.", ()),
    ("learning", "learning", "limits", "The ad set is in the learning phase.",
     "Leave it alone: about 50 results in 7 days end the phase; edits restart it.", ("learning_stage",)),
    ("learning_limited", "learning", "limits", "Learning limited: too few results.",
     "Merge ad sets, widen the audience, raise the budget, or optimize for a more frequent event.",
     ("learning_stage",)),
    ("bid_too_low", "bid", "may stop", "The bid cap, cost goal or minimum ROAS may be out of reach.",
     "Raise the amount, or bid without a cap.", ("bid",)),
    ("creative_deleted", "creative", "stops", "The creative of the ad was deleted.", "Give the ad a new creative.", ()),
    ("creative_with_issues", "creative", "stops", "Meta has found issues with the creative.",
     "Give the ad a new creative.", ()),
    ("creative_in_process", "creative", "may stop", "Meta still processes the creative.", "Wait.", ()),
    ("creative_fatigue", "creative", "limits", "People see the ad more often and click less.",
     "Add a fresh creative.", ()),
    ("ad_rejected", "review", "stops", "Meta's review rejected the ad.",
     "Change what the review names (a new creative), or ask for another review in Account Quality.",
     ("ad_review_declined",)),
    ("in_review", "review", "stops", "The ad waits for Meta's review, mostly up to 24 hours.",
     "Wait; edits start the review again.", ()),
    ("adset_review_feedback", "review", "may stop", "Meta's review says something of the ad set.",
     "Change what the review names.", ()),
    ("audience_gone", "issues", "stops", "The ad set uses an audience that was deleted or is no longer shared.",
     "Remove it from the targeting.", ()),
    ("post_unavailable", "issues", "stops", "The promoted post is not available.",
     "Publish the post again, or promote another.", ()),
    ("not_certified", "issues", "stops", "The certification of non-discrimination is missing.",
     "A person of the business accepts it in Ads Manager.", ()),
    ("special_category_targeting", "issues", "stops", "The targeting is not allowed in the special ad category.",
     "Remove ages and saved audiences from the targeting.", ()),
    ("seen_without_text", "issues", "stops", "People see the ad without its text.", "Give the ad a new creative.", ()),
    ("issue", "issues", "stops", "Meta has found an issue.", "Do what Meta's text says.", ()),
    ("issue_warning", "issues", "limits", "Meta warns of an issue.", "Do what Meta's text says.", ()),
    ("failed_check", "issues", "may stop", "A delivery check of Meta's has failed.", "Do what Meta's text says.", ()),
    ("issue_without_reason", "issues", "may stop", "Meta reports issues and gives no reason.",
     "Look at it in Ads Manager.", ()),
    ("in_process", "issues", "may stop", "Meta still processes a change.", "Wait; further edits may fail.", ()),
    ("unknown_status", "issues", "may stop", "Meta reports a status that is not known here.",
     "Look at it in Ads Manager.", ()),
    ("rejected_on_placements", "placement", "limits", "Meta's review rejected the ad on some placements.",
     "Change what the review names, or leave these placements out.", ()),
    ("rejected_on_all_placements", "placement", "stops",
     "Meta's review rejected the ad on all placements of its ad set.",
     "Change what the review names, or add placements.", ()),
    ("pixel_unavailable", "pixel", "may stop", "The pixel can no longer be used.", "Choose another pixel.", ()),
    ("pixel_silent", "pixel", "may stop", "The pixel has received nothing in 7 days.",
     "Check the snippet on the website, or send events by server.", ()),
    ("pixel_event_missing", "pixel", "may stop", "The pixel has not received the event to optimize for in 7 days.",
     "Send the event, or optimize for one that arrives.", ()),
    ("new_ad", "delivery", "may stop", "The ad is less than a day old.", "Wait a day.", ()),
    ("no_reason", "delivery", "may stop", "Everything is active, and Meta gives no reason.",
     "Widen the audience, raise budget or bid, or look at list_recommendations.", ()),
)
# fmt: on
CAUSES: Mapping[str, Cause] = {row[0]: Cause(*row) for row in _ROWS}
"""Every cause by its code, in the order of a diagnosis."""
ISSUES: Mapping[int, str] = {
    2446446: "audience_gone",
    1815869: "post_unavailable",
    2859024: "not_certified",
    2909035: "special_category_targeting",
    3867089: "seen_without_text",
}
"""The cause of each `error_code` of `issues_info` that is known. Any other one is shown as an `issue`."""
CHECKS: Mapping[str, str] = {"invalid_custom_audiences": "audience_gone"}
"""The cause of each `check_name` of `failed_delivery_checks` that is known. Any other one is a `failed_check`."""
ACCOUNT_STATUSES: Mapping[int, str] = {
    2: "account_disabled",
    3: "account_unsettled",
    7: "account_risk_review",
    8: "account_pending_settlement",
    9: "account_grace_period",
    100: "account_closed",
    101: "account_closed",
}
"""The cause of each `account_status` but 1, ACTIVE."""
