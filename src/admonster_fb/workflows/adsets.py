"""Creating and updating ad sets with verified targeting: a guessed ID would target other people or locations."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import Unpack

from admonster_fb import rules
from admonster_fb.client import FacebookAds
from admonster_fb.errors import ParameterError
from admonster_fb.models._params import checked
from admonster_fb.models.adset import AdSet, AdSetCreate, AdSetUpdate
from admonster_fb.operation import ops_of
from admonster_fb.services._validation import to_violation
from admonster_fb.workflows.duplicate.rebuild import with_parts
from admonster_fb.workflows.places import with_named_places
from admonster_fb.workflows.targeting import check_ids

op = ops_of("adset", "adsets")

VerifyIds = Annotated[bool, Field(description="look up IDs of interests and locations first. Default: true")]


Countries = Annotated[list[str], Field(min_length=1, description="replaces all locations: US")]
Age = Annotated[int, Field(ge=13, le=65)]


@op(
    "create_adset",
    effect="create",
    cost="nothing while PAUSED; up to its budget once ACTIVE",
    then=("create_creative", "create_ad"),
    resolve=with_named_places,
)
def create_adset(
    fb: FacebookAds, ad_account_id: str, *, verify_ids: VerifyIds = True, **params: Unpack[AdSetCreate]
) -> AdSet:
    """Create an ad set. Default status: PAUSED.

    A budget is required unless the campaign has one; there is no default. In the targeting,
    `targeting_automation.advantage_audience` (0 or 1) is required. Its IDs are looked up first: unknown ones are
    refused with the nearest that exist.

    >>> us = {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}}
    >>> create_adset(fb, "act_1", name="US", campaign_id=campaign_id, optimization_goal="LINK_CLICKS",
    ...     billing_event="IMPRESSIONS", daily_budget=2000, bid_strategy="LOWEST_COST_WITHOUT_CAP", targeting=us).status
    'PAUSED'
    """
    params = with_named_places(fb, params)  # type: ignore[assignment]
    if verify_ids:
        _verify(fb, ad_account_id, checked(AdSetCreate, params), update=False)
    return fb.adsets.create(ad_account_id, **params)


@op("update_adset", effect="update", cost="status=ACTIVE or a higher budget can spend", then=("get_adset",))
def update_adset(
    fb: FacebookAds,
    adset_id: str,
    *,
    verify_ids: VerifyIds = True,
    countries: Countries | None = None,
    age_min: Age | None = None,
    age_max: Age | None = None,
    **params: Unpack[AdSetUpdate],
) -> None:
    """Update an ad set. `targeting` replaces the old one completely; `countries`, `age_min`, `age_max` only that part.

    A budget can change 4 times an hour.

    >>> update_adset(fb, adset_id, countries=["CA"])
    >>> fb.adsets.get(adset_id).targeting.geo_locations["countries"]
    ['CA']
    """
    parts = {"countries": countries, "age_min": age_min, "age_max": age_max}
    if parts := {name: value for name, value in parts.items() if value is not None}:
        targeting = params.get("targeting") or fb.adsets.get(adset_id, fields=["id", "targeting"]).targeting
        params["targeting"] = with_parts(targeting, parts)
    if verify_ids:
        _verify(fb, adset_id, checked(AdSetUpdate, params), update=True)
    fb.adsets.update(adset_id, **params)


def _verify(fb: FacebookAds, node_id: str, params: dict[str, Any], *, update: bool) -> None:
    """Refuse wrong IDs, together with everything that the offline rules refuse."""
    try:
        if "targeting" in params:
            check_ids(fb, node_id, params["targeting"])
    except ParameterError as error:
        findings = rules.check("adset", params, update=update)
        violations = [to_violation(finding) for finding in findings if finding.severity == "error"]
        raise ParameterError([*error.violations, *violations]) from None
