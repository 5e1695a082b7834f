"""Custom audiences. https://developers.facebook.com/docs/marketing-api/reference/custom-audience"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, Required

from pydantic import BeforeValidator, Field, with_config
from typing_extensions import TypedDict

from admonster_fb.models._node import Map, Node, ScheduleTime
from admonster_fb.models._params import ANY_OBJECT, STRICT
from admonster_fb.models.audiences.rule_builder import RuleLike
from admonster_fb.models.common import EdgeList

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
"""What each `operation_status` means. `api_facts.md` section 8."""
DELIVERIES = {
    200: "ready for ads",
    300: "too small for ads: Meta asks for at least 100 people",
    400: "not usable for ads",
}
"""What each `delivery_status` means."""


def _decoded(value: Any) -> Any:
    """Return what Meta answers as JSON text as the object it is."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


class CustomAudience(Node):
    """People to show ads to, or not: from a list, from what they did, or like others. Sizes are ranges."""

    id: str = ""
    account_id: str | None = None
    name: str | None = None
    description: str | None = None
    subtype: str | None = None
    approximate_count_lower_bound: int | None = None
    approximate_count_upper_bound: int | None = None
    operation_status: Map | None = None
    delivery_status: Map | None = None
    customer_file_source: str | None = None
    is_value_based: bool | None = None
    retention_days: int | None = None
    rule: Annotated[Any, BeforeValidator(_decoded)] = None
    """What people did, of an audience of events."""
    pixel_id: str | None = None
    lookalike_spec: Annotated[Any, BeforeValidator(_decoded)] = None
    lookalike_audience_ids: list[str] | None = None
    """The lookalikes that were made from it."""
    data_source: Map | None = None
    permission_for_actions: Map | None = None
    time_created: ScheduleTime | None = None
    time_updated: ScheduleTime | None = None
    time_content_updated: ScheduleTime | None = None
    delete_time: ScheduleTime | None = None

    @property
    def size(self) -> tuple[int, int] | None:
        """Between how many people it is, if Meta says so: of an inactive lookalike it does not.

        >>> CustomAudience(approximate_count_lower_bound=1000, approximate_count_upper_bound=1200).size
        (1000, 1200)
        """
        low, high = self.approximate_count_lower_bound, self.approximate_count_upper_bound
        return None if low is None or high is None or low < 0 or high < 0 else (low, high)

    @property
    def status(self) -> str:
        """Whether it works and whether ads can use it, in words.

        >>> CustomAudience(operation_status={"code": 441}, delivery_status={"code": 300}).status
        'still being filled; ads can use it already; too small for ads: Meta asks for at least 100 people'
        """
        told = [_words(self.operation_status, OPERATIONS), _words(self.delivery_status, DELIVERIES)]
        return "; ".join(words for words in told if words)


def _words(status: Map | None, table: dict[int, str]) -> str:
    """Return what a status says; one that is not in the table is told in Meta's words."""
    if not status:
        return ""
    code = status.get("code")
    return table.get(code if isinstance(code, int) else 0) or f"status {code}: {status.get('description') or 'unknown'}"


class Shared(Node):
    """What became of sharing an audience with one ad account."""

    ad_acct_id: str = ""
    business_id: str | None = None
    audience_share_status: str | None = None
    errors: list[str] | None = None


@with_config(STRICT)
class LookalikeSpec(TypedDict, total=False):
    """How alike, where, and to whom: `origin_ids` are campaigns or ad sets. Meta: guides/lookalike-audiences."""

    type: Annotated[Literal["similarity", "reach", "custom_ratio"], Field(description="1 % or 5 %, instead of ratio")]
    ratio: Annotated[float, Field(description="0.01 to 0.20: 0.01 is the 1 % of a country most alike")]
    starting_ratio: Annotated[float, Field(description="where to begin: 0.01 with ratio 0.02 is from 1 % to 2 %")]
    country: str
    location_spec: Annotated[ANY_OBJECT, Field(description='{"geo_locations": {"countries": ["US", "CA"]}}')]
    allow_international_seeds: bool
    origin_ids: list[str]
    conversion_type: Literal["campaign_conversions", "page_like"]
    page_id: str
    is_financial_service: bool


class _Params(TypedDict, total=False):
    description: str
    customer_file_source: CustomerFileSource
    rule: RuleLike
    retention_days: Annotated[int, Field(description="how long somebody stays in it, 1 to 180")]
    opt_out_link: str
    audience_labels: list[str]
    allowed_domains: list[str]
    use_in_campaigns: bool
    lookalike_spec: LookalikeSpec


@with_config(STRICT)
class CustomAudienceCreate(_Params, total=False):
    """Parameters of a new audience. Meta: ad-account/customaudiences, Creating."""

    name: Required[str]
    subtype: Annotated[AudienceSubtype, Field(description="CUSTOM or LOOKALIKE; a rule tells all others")]
    prefill: Annotated[bool, Field(description="also who did it before now: true unless given")]
    is_value_based: Annotated[
        bool, Field(description="a list with LOOKALIKE_VALUE, for lookalikes of who is worth most")
    ]
    origin_audience_id: str
    pixel_id: str
    enable_fetch_or_create: bool


@with_config(STRICT)
class CustomAudienceUpdate(_Params, total=False):
    """Changes of an audience; who matched an old rule stays until retention ends. Meta: custom-audience, Updating."""

    name: str


@with_config(STRICT)
class CustomAudienceList(EdgeList, total=False):
    """Which audiences to read."""

    business_id: str
    pixel_id: Annotated[str, Field(description="only those of a pixel")]
    fetch_primary_audience: bool
