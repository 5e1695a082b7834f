"""Ads. https://developers.facebook.com/docs/marketing-api/reference/adgroup"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Required

from pydantic import GetJsonSchemaHandler, WrapValidator
from pydantic_core import CoreSchema
from typing_extensions import TypedDict

from admonster_fb.models._facts import Fact, NoEffect
from admonster_fb.models._node import AccountNode, Map, Node, ScheduleTime, TimedNode
from admonster_fb.models._params import Extra, Id, KnownKeys, Params, WriteTime, id_text
from admonster_fb.models.adcreative import AdCreative, AdCreativeCreate
from admonster_fb.models.common import AdLabels, ExecutionOptions, Name, NewStatus, NextStatus


class Ad(AccountNode, TimedNode):
    """An ad: a creative in an ad set.

    >>> Ad.from_api({"id": "3", "status": "ACTIVE", "effective_status": "PENDING_REVIEW"}).effective_status
    'PENDING_REVIEW'
    """

    EXPANDED: ClassVar = {"creative": "creative{id,name}"}
    NOT_REQUESTED: ClassVar = frozenset(
        {"bid_amount", "conversion_specs", "ad_schedule_start_time", "ad_schedule_end_time", "adlabels"}
        | {"engagement_audience"}
    )

    campaign_id: str | None = None
    """ID of the campaign."""
    adset_id: str | None = None
    """ID of the ad set. Cannot be changed."""
    name: str | None = None
    """Name shown in Ads Manager."""
    status: str | None = None
    """Configured status: ACTIVE, PAUSED, ARCHIVED or DELETED."""
    effective_status: str | None = None
    """Computed status; also ADSET_PAUSED, CAMPAIGN_PAUSED, PENDING_REVIEW, DISAPPROVED, WITH_ISSUES, …"""
    creative: AdCreative | None = None
    """The creative; `id` and `name` only, unless more is requested."""
    conversion_domain: str | None = None
    """Domain where conversions happen, such as example.com."""
    tracking_specs: list[Map] | None = None
    """Actions that are tracked without being optimized for."""
    ad_review_feedback: Map | None = None
    """Reasons for which the review rejected the ad."""
    issues_info: list[Map] | None = None
    """Problems that limit delivery, each with `level`, `error_code` and `error_message`."""
    preview_shareable_link: str | None = None
    """URL of a preview that can be shared."""
    bid_amount: Any = None
    """Bid of the ad (legacy); bids belong to ad sets."""
    conversion_specs: list[Map] | None = None
    """Actions that delivery is optimized for, derived from the ad set."""
    ad_schedule_start_time: ScheduleTime | None = None
    """Start of the ad's own schedule."""
    ad_schedule_end_time: ScheduleTime | None = None
    """End of the ad's own schedule."""
    adlabels: list[Map] | None = None
    """Ad labels, each with `id` and `name`."""
    engagement_audience: bool | None = None
    """Whether Meta builds an audience of the people who engage with the ad."""


class _CreativeId(TypedDict):
    creative_id: str
    """ID of the creative."""


def _named_or_new(value: Any, new: Callable[[Any], Any]) -> Any:
    """Return the ID of an existing creative, or the checked parameters of a new one."""
    named = {"creative_id": value} if isinstance(id_text(value), str) else value
    if isinstance(named, Mapping) and "creative_id" not in named:
        return new(value)
    found = id_text(named["creative_id"]) if isinstance(named, Mapping) and len(named) == 1 else None
    if not (isinstance(found, str) and found):
        raise ValueError('an ID, {"creative_id": "…"} and nothing else, or the parameters of a new creative')
    return {"creative_id": found}


class _OrId:
    """An annotation of an object that may also be named by its ID."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the schema of the ID, then that of the object."""
        by_id = {"type": "object", "properties": {"creative_id": {"type": "string"}}, "required": ["creative_id"]}
        return {"anyOf": [{"type": "string", "description": "the creative's id"}, by_id, handler(schema)]}


if TYPE_CHECKING:
    CreativeRef = AdCreativeCreate | _CreativeId | str
else:  # not a union here: an error would name its branches
    CreativeRef = Annotated[AdCreativeCreate, WrapValidator(_named_or_new), _OrId()]
TrackingSpec = Annotated[dict[str, Any], KnownKeys("ConversionActionQuery", more=True)]
"""An action to track."""


class AdParts(Params, total=False):
    """Parameters of an ad besides name, creative and status.

    >>> parts: AdParts = {"conversion_domain": "example.com"}
    """

    tracking_specs: Annotated[list[TrackingSpec] | TrackingSpec, Fact(replaces="delivery")]
    """Actions to track without optimizing for them: [{"action.type": ["…"], "fb_pixel": ["…"]}]."""
    conversion_domain: Annotated[str, Fact(replaces="delivery")]
    """Domain where conversions happen; the registrable part only: example.com."""
    ad_schedule_start_time: Annotated[WriteTime, Fact(spend="start", replaces="delivery")]
    """Start of the ad's own schedule. Sales and app promotion objectives only."""
    ad_schedule_end_time: Annotated[WriteTime, Fact(spend="end", replaces="delivery")]
    """End of the ad's own schedule. Sales and app promotion objectives only."""
    engagement_audience: Annotated[bool, NoEffect]
    """Whether to build an audience of the people who engage with the ad."""
    adlabels: AdLabels
    execution_options: ExecutionOptions
    extra: Extra


class AdCreate(AdParts, total=False):
    """Parameters of a new ad. Meta: adgroup, Creating.

    >>> params: AdCreate = {"name": "Shoes", "adset_id": "2", "creative": {"creative_id": "4"}}
    """

    name: Required[Name]
    adset_id: Required[Id]
    """ID of the ad set. Cannot be changed later."""
    creative: Required[Annotated[CreativeRef, Fact(relearn=True)]]
    """The creative: its ID, {"creative_id": "…"}, or the parameters of a new one."""
    status: NewStatus


class AdUpdate(AdParts, total=False):
    """Parameters of a change of an ad. A new creative is reviewed again. Meta: adgroup, Updating.

    >>> params: AdUpdate = {"creative": "4"}
    """

    name: Name
    status: NextStatus
    creative: Annotated[CreativeRef, Fact(relearn=True, replaces="delivery")]
    """The new creative: its ID, {"creative_id": "…"}, or the parameters of a new one."""


class AdPreview(Node):
    """A preview of an ad: HTML with one iframe, whose URL expires after a day.

    >>> AdPreview.from_api({"body": '<iframe src="https://www.facebook.com/ads/api/preview"></iframe>'}).body[:7]
    '<iframe'
    """

    body: str | None = None
    """HTML of the preview."""
