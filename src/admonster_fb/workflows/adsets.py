"""Ad sets whose targeting is verified at Meta first: a guessed id would target other people, or other places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from typing_extensions import Unpack

from admonster_fb import rules
from admonster_fb.errors import ParameterError
from admonster_fb.models._params import checked
from admonster_fb.models.adset import AdSet, AdSetCreate, AdSetUpdate
from admonster_fb.operation import op
from admonster_fb.services._validation import to_violation
from admonster_fb.workflows.targeting import verified

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

VerifyIds = Annotated[bool, Field(description="look up interests, places and the like first; true unless given")]


@op(
    "create_adset",
    group="adset",
    access="write",
    effect="create",
    changes="adsets",
    past="created",
    cost="nothing while PAUSED; up to its budget once ACTIVE",
    then=("create_creative", "create_ad"),
)
def create_adset(
    fb: FacebookAds, ad_account_id: str, *, verify_ids: VerifyIds = True, **params: Unpack[AdSetCreate]
) -> AdSet:
    """Create an ad set; it starts PAUSED unless `status` says otherwise.

    Budgets are minor units of the account's currency (5000 is 50.00 USD) or `"50.00 USD"`, and never defaulted: give
    one unless the campaign has it. Say `targeting.targeting_automation.advantage_audience` (0 or 1). Ids in the
    targeting are looked up first: one that does not exist is refused with the nearest that does.

    >>> create_adset(fb, "act_1", name="US", campaign_id=campaign_id, optimization_goal="LINK_CLICKS",
    ...     billing_event="IMPRESSIONS", daily_budget=2000, bid_strategy="LOWEST_COST_WITHOUT_CAP",
    ...     targeting={"geo_locations": {"regions": [{"key": "3847"}]}}).status
    'PAUSED'
    """
    if verify_ids:
        _verify(fb, ad_account_id, checked(AdSetCreate, params), update=False)
    return fb.adsets.create(ad_account_id, **params)


@op(
    "update_adset",
    group="adset",
    access="write",
    effect="update",
    changes="adsets",
    past="updated",
    cost="status=ACTIVE or a higher budget can spend",
    then=("get_adset",),
)
def update_adset(
    fb: FacebookAds, adset_id: str, *, verify_ids: VerifyIds = True, **params: Unpack[AdSetUpdate]
) -> None:
    """Change an ad set. `targeting` replaces the old as a whole; a budget can change 4 times an hour.

    >>> update_adset(fb, adset_id, name="US 30-45")
    """
    if verify_ids:
        _verify(fb, adset_id, checked(AdSetUpdate, params), update=True)
    fb.adsets.update(adset_id, **params)


def _verify(fb: FacebookAds, node_id: str, params: dict[str, Any], *, update: bool) -> None:
    """Refuse ids that are wrong, together with all that the offline rules refuse."""
    try:
        if "targeting" in params:
            verified(fb, node_id, params["targeting"])
    except ParameterError as error:
        findings = rules.check("adset", params, update=update)
        wrong = [to_violation(each) for each in findings if each.severity == "error"]
        raise ParameterError([*error.violations, *wrong]) from None
