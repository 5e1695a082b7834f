"""Custom audiences. https://developers.facebook.com/docs/marketing-api/reference/custom-audience"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, Required

from pydantic import BeforeValidator

from admonster_fb.models._node import AccountNode, Map, NamedNode, Node, ScheduleTime
from admonster_fb.models._params import ANY_OBJECT, Extra, Id, Open, Params
from admonster_fb.models.audiences.rule_builder import RuleLike
from admonster_fb.models.common import EdgeList
from admonster_fb.models.targeting.spec import AdSetTargeting
from admonster_fb.redaction import read_json

CustomerFileSource = Literal["USER_PROVIDED_ONLY", "PARTNER_PROVIDED_ONLY", "BOTH_USER_AND_PARTNER_PROVIDED"]
AudienceSubtype = Literal[
    "CUSTOM", "LOOKALIKE", "WEBSITE", "APP", "ENGAGEMENT", "OFFLINE_CONVERSION", "VIDEO", "BAG_OF_ACCOUNTS", "BIDDING",
    "CLAIM", "EXCLUSION", "FOX", "MANAGED", "MEASUREMENT", "MESSENGER_SUBSCRIBER_LIST", "PARTNER", "PRIMARY",
    "REGULATED_CATEGORIES_AUDIENCE", "STUDY_RULE_AUDIENCE",
]  # fmt: skip
SharePermission = Literal["targeting", "targeting_and_insights"]

OPERATIONS = {
    100: "expiring: unused for two years, it will be deleted unless an active ad set uses it",
    200: "normal",
    400: "usable, with a warning",
    410: "empty: no people were uploaded",
    411: "few of the people uploaded were found",
    412: "many of the rows uploaded cannot be used",
    414: "its people are being replaced",
    415: "replacing its people failed",
    441: "still being filled; ads can use it already",
    450: "inactive: its size shows again once an ad uses it",
    471: "FLAGGED by Meta: no ad can use it; appeal or change it in Audience Manager",
    500: "in error",
}
"""Meaning of each `operation_status` code. `docs/meta-rules.md#audiences`."""
DELIVERIES = {
    200: "ready for ads",
    300: "too small for ads: Meta asks for at least 100 people",
    400: "not usable for ads",
}
"""Meaning of each `delivery_status` code."""


class CustomAudience(AccountNode):
    """People to show ads to, or not: from a list, from their actions, or similar to others. Sizes are ranges.

    >>> CustomAudience(operation_status={"code": 441}, delivery_status={"code": 300}).status
    'still being filled; ads can use it already; too small for ads: Meta asks for at least 100 people'
    """

    NOT_REQUESTED: ClassVar = frozenset(
        {"allowed_domains", "audience_labels", "opt_out_link", "origin_audience_id", "use_in_campaigns"}
    )

    name: str | None = None
    """Name of the audience."""
    description: str | None = None
    """Description of the audience."""
    subtype: str | None = None
    """Kind of audience: CUSTOM, WEBSITE, LOOKALIKE, …"""
    approximate_count_lower_bound: int | None = None
    """Minimum number of people; -1 if Meta does not state it."""
    approximate_count_upper_bound: int | None = None
    """Maximum number of people; -1 if Meta does not state it."""
    operation_status: Map | None = None
    """State of the audience: `code` (see `OPERATIONS`) and `description`."""
    delivery_status: Map | None = None
    """Whether ads can use it: `code` (see `DELIVERIES`) and `description`."""
    customer_file_source: str | None = None
    """Where the list comes from, such as USER_PROVIDED_ONLY."""
    is_value_based: bool | None = None
    """Whether the list has values, for value-based lookalikes."""
    retention_days: int | None = None
    """Days that people stay in the audience."""
    rule: Annotated[Any, BeforeValidator(read_json)] = None
    """Actions of the people in the audience, as an object; Meta returns JSON text."""
    pixel_id: str | None = None
    """ID of the pixel that the people come from."""
    lookalike_spec: Annotated[Any, BeforeValidator(read_json)] = None
    """How a lookalike was made, as an object."""
    lookalike_audience_ids: list[str] | None = None
    """IDs of the lookalikes made from this audience."""
    data_source: Map | None = None
    """Source of the people: `type`, `sub_type` and `creation_params`."""
    permission_for_actions: Map | None = None
    """What the account may do with the audience, such as `can_edit`."""
    time_created: ScheduleTime | None = None
    """Time of creation."""
    time_updated: ScheduleTime | None = None
    """Time of the last change."""
    time_content_updated: ScheduleTime | None = None
    """Time of the last change of its people."""
    delete_time: ScheduleTime | None = None
    """Time at which Meta will delete it; `None` if it will not."""
    allowed_domains: list[str] | None = None
    """Domains on which the audience may be used."""
    audience_labels: list[str] | None = None
    """Labels of the audience."""
    opt_out_link: str | None = None
    """URL on which people can leave the audience."""
    origin_audience_id: str | None = None
    """ID of the audience that a lookalike was made from."""
    use_in_campaigns: bool | None = None
    """Whether the audience is offered for new campaigns."""

    @property
    def size(self) -> tuple[int, int] | None:
        """Minimum and maximum number of people; `None` if Meta does not state them, as for an inactive lookalike."""
        low, high = self.approximate_count_lower_bound, self.approximate_count_upper_bound
        return None if low is None or high is None or low < 0 or high < 0 else (low, high)

    @property
    def status(self) -> str:
        """State of the audience and whether ads can use it, in words.

        >>> CustomAudience(operation_status={"code": 200}, delivery_status={"code": 200}).status
        'normal; ready for ads'
        """
        states = (_state_text(self.operation_status, OPERATIONS), _state_text(self.delivery_status, DELIVERIES))
        return "; ".join(filter(None, states))


def _state_text(status: Map | None, table: dict[int, str]) -> str:
    """Return a status in words; one that is not in the table in Meta's own words."""
    if not status:
        return ""
    code = status.get("code")
    return table.get(code if isinstance(code, int) else 0) or f"status {code}: {status.get('description') or 'unknown'}"


class Shared(Node):
    """The result of sharing an audience with an ad account.

    >>> Shared.from_api({"ad_acct_id": "2", "audience_share_status": "SHARED"}).audience_share_status
    'SHARED'
    """

    ad_acct_id: str = ""
    """Number of the ad account, without `act_`."""
    business_id: str | None = None
    """ID of the account's business."""
    audience_share_status: str | None = None
    """SHARED or NOT_SHARED."""
    errors: list[str] | None = None
    """Why it was not shared."""


class LookalikeSpec(Params, total=False):
    """The size, the countries and the seed of a lookalike. Meta: guides/lookalike-audiences.

    >>> spec: LookalikeSpec = {"country": "US", "ratio": 0.01}
    """

    type: Annotated[Literal["similarity", "reach", "custom_ratio"], Open()]
    """"similarity" for 1 % or "reach" for 5 %, instead of `ratio`."""
    ratio: float
    """Share of the country's people who are most similar: 0.01 (1 %) to 0.20 (20 %)."""
    starting_ratio: float
    """Where the share begins: 0.01 with ratio 0.02 is from 1 % to 2 %."""
    country: str
    """ISO code of the country."""
    location_spec: ANY_OBJECT
    """Several places: {"geo_locations": {"countries": ["US", "CA"]}}."""
    allow_international_seeds: bool
    """Whether people of other countries may serve as source."""
    origin_ids: list[Id]
    """IDs of campaigns or ad sets whose converters are the source."""
    conversion_type: Annotated[Literal["campaign_conversions", "page_like"], Open()]
    """What the source people did."""
    page_id: Id
    """ID of the Page whose fans are the source."""
    is_financial_service: bool
    """Whether the lookalike is for financial products or services."""


class _Params(Params, total=False):
    description: str
    """Description of the audience."""
    customer_file_source: Annotated[CustomerFileSource, Open()]
    """Where the list comes from; required for lists of customers."""
    rule: RuleLike
    """Actions of the people: an `AudienceRule` or Meta's rule."""
    retention_days: int
    """Days that people stay in the audience, 1 to 180."""
    opt_out_link: str
    """URL on which people can leave the audience."""
    audience_labels: list[str]
    """Labels of the audience."""
    allowed_domains: list[str]
    """Domains on which the audience may be used."""
    use_in_campaigns: bool
    """Whether the audience is offered for new campaigns."""
    lookalike_spec: Annotated[LookalikeSpec, BeforeValidator(read_json)]
    """How a lookalike is made."""
    extra: Extra


class CustomAudienceCreate(_Params, total=False):
    """Parameters of a new audience. Meta: ad-account/customaudiences, Creating.

    >>> params: CustomAudienceCreate = {"name": "Buyers", "customer_file_source": "USER_PROVIDED_ONLY"}
    """

    name: Required[str]
    """Name of the audience."""
    subtype: Annotated[AudienceSubtype, Open()]
    """CUSTOM or LOOKALIKE; omit it for audiences with a rule."""
    prefill: bool
    """Whether to include people whose action was before the audience was created. Default: true."""
    is_value_based: bool
    """Whether the list has values (LOOKALIKE_VALUE), for value-based lookalikes."""
    origin_audience_id: Id
    """ID of the audience to make a lookalike from."""
    pixel_id: Id
    """ID of the pixel that the people come from."""
    enable_fetch_or_create: bool
    """Whether to return an existing audience with the same rule instead of a new one."""


class CustomAudienceUpdate(_Params, total=False):
    """Parameters of a change of an audience. A new rule leaves people of the old one in until retention ends.

    >>> params: CustomAudienceUpdate = {"name": "Buyers, 2026"}
    """

    name: str
    """Name of the audience."""


class CustomAudienceList(EdgeList, total=False):
    """Filters of an account's audiences.

    >>> params: CustomAudienceList = {"pixel_id": "8"}
    """

    business_id: str
    """ID of the business whose audiences are returned."""
    pixel_id: str
    """ID of a pixel; only its audiences are returned."""
    fetch_primary_audience: bool
    """Whether to return the primary audience."""


@dataclass(frozen=True, slots=True)
class Use:
    """An object that depends on an audience.

    >>> str(Use("2", "US", "ACTIVE", excludes=True))
    '2 "US" ACTIVE excludes it'
    """

    id: str
    """ID of the object."""
    name: str | None = None
    """Name of the object."""
    status: str | None = None
    """Status of the object."""
    excludes: bool = False
    """Whether it excludes the people of the audience."""

    def __str__(self) -> str:
        parts = (self.id, f'"{self.name}"' if self.name else "", self.status, "excludes it" if self.excludes else "")
        return " ".join(filter(None, parts))


@dataclass(frozen=True, slots=True)
class Dependents:
    """The objects that depend on an audience: they would stop, reach other people or be deleted with it.

    >>> Dependents("1", adsets=[Use("2")]).any
    True
    """

    audience_id: str
    """ID of the audience."""
    adsets: list[Use] = field(default_factory=list)
    """Ad sets that target or exclude it."""
    lookalikes: list[Use] = field(default_factory=list)
    """Lookalikes made from it."""
    saved_audiences: list[Use] = field(default_factory=list)
    """Saved audiences that use it."""
    accounts: list[Use] = field(default_factory=list)
    """Ad accounts it is shared with."""

    @property
    def any(self) -> bool:
        """Whether anything depends on the audience."""
        return bool(self.adsets or self.lookalikes or self.saved_audiences or self.accounts)

    def summary(self) -> str:
        """Return the dependents in one line."""
        return "; ".join(f"{kind}: {', '.join(map(str, uses))}" for kind, uses in self.kinds() if uses)

    def kinds(self) -> list[tuple[str, list[Use]]]:
        """Return the dependents by kind, each kind with its name in words."""
        return [
            ("ad sets", self.adsets),
            ("lookalikes", self.lookalikes),
            ("saved audiences", self.saved_audiences),
            ("shared with accounts", self.accounts),
        ]


class SavedAudience(NamedNode):
    """A saved audience: targeting with a name, ready to be used in an ad set.

    >>> SavedAudience.from_api({"id": "3", "targeting": {"age_min": 25}}).targeting.age_min
    25
    """

    NOT_REQUESTED: ClassVar = frozenset({"sentence_lines"})

    description: str | None = None
    """Description of the saved audience."""
    approximate_count_lower_bound: int | None = None
    """Minimum number of people; -1 if Meta does not state it."""
    approximate_count_upper_bound: int | None = None
    """Maximum number of people; -1 if Meta does not state it."""
    targeting: AdSetTargeting | None = None
    """The targeting; pass it to an ad set."""
    run_status: str | None = None
    """Whether the saved audience is ACTIVE or DELETED."""
    operation_status: Map | None = None
    """State of the saved audience: `code` and `description`."""
    sentence_lines: list[Map] | None = None
    """The targeting in words, line by line."""
    time_created: ScheduleTime | None = None
    """Time of creation."""
    time_updated: ScheduleTime | None = None
    """Time of the last change."""
