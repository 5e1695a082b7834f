"""Meta's recommendations for an ad account. Meta: ad account, recommendations; opportunity score."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Required

from admonster_fb.models._facts import Fact
from admonster_fb.models._node import Map, Node
from admonster_fb.models._params import MinorUnits, Params

SCALE = "SCALE_GOOD_CAMPAIGN"
"""The type that adds to budgets, by amounts that the caller names."""
NOT_APPLIED = {"CREATIVE_FATIGUE": "Meta describes it in two ways"}
"""Types that the library does not apply, with the reason."""


class Recommendation(Node):
    """A recommendation. Texts are in the language of the token's owner.

    >>> row = {"type": "AUCTION_OVERLAP", "recommendation_content": {"opportunity_score_lift": "4"}}
    >>> Recommendation.from_api(row).lift, Recommendation.from_api(row).can_apply
    (Decimal('4'), False)
    """

    type: str | None = None
    """Kind of recommendation, such as SCALE_GOOD_CAMPAIGN; Meta has hundreds."""
    recommendation_signature: str | None = None
    """What applies it; expires. Absent if the API cannot apply it."""
    object_ids: list[str] | None = None
    """IDs of the objects that it is about."""
    recommendation_content: Map | None = None
    """Texts: `body`, `lift_estimate`, `opportunity_score_lift`."""

    @property
    def content(self) -> Map:
        """The texts; the lift stands within `recommendation_content`, or next to it."""
        return {**(self.model_extra or {}), **(self.recommendation_content or {})}

    @property
    def lift(self) -> Decimal | None:
        """Points that it adds to the opportunity score."""
        value = self.content.get("opportunity_score_lift")
        return Decimal(str(value)) if str(value).replace(".", "", 1).isdecimal() else None

    @property
    def can_apply(self) -> bool:
        """Whether `apply_recommendation` can apply it."""
        return bool(self.recommendation_signature) and self.type not in NOT_APPLIED


@dataclass(frozen=True, slots=True)
class Recommendations:
    """The opportunity score of an ad account, and what Meta recommends to raise it.

    >>> Recommendations("act_1", Decimal(62), [Recommendation(type="CAPI")]).score
    Decimal('62')
    """

    account: str
    """ID of the ad account."""
    score: Decimal | None
    """Opportunity score, 0 to 100; changes daily."""
    rows: list[Recommendation] = field(default_factory=list)
    """The recommendations; Ads Manager may show more."""


class AddedBudget(Params, total=False):
    """An amount to add to the budget of a campaign or ad set.

    >>> added: AddedBudget = {"id": "1", "additional_budget": 500}
    """

    id: Required[str]
    """ID of a campaign or ad set that the recommendation names."""
    additional_budget: Required[Annotated[MinorUnits, Fact(spend="budget")]]
    """What is added to its budget. Minor units or "5.00 USD"."""
