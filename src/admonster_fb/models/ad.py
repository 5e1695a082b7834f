"""Ads. https://developers.facebook.com/docs/marketing-api/reference/adgroup"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Required

from pydantic import BeforeValidator, Field, WithJsonSchema, with_config
from typing_extensions import TypedDict

from admonster_fb.enums import ConfiguredStatus, Status
from admonster_fb.models._facts import Fact
from admonster_fb.models._node import Map, Node, Time
from admonster_fb.models._params import STRICT, WriteTime
from admonster_fb.models.adcreative import AdCreative
from admonster_fb.models.common import ExecutionOptions


class Ad(Node):
    """An ad: a creative in an ad set."""

    EXPANDED: ClassVar = {"creative": "creative{id,name}"}
    NOT_ASKED: ClassVar = frozenset({"bid_amount", "conversion_specs"})

    id: str = ""
    account_id: str | None = None
    campaign_id: str | None = None
    adset_id: str | None = None
    name: str | None = None
    status: str | None = None
    effective_status: str | None = None
    """As it is: also ADSET_PAUSED, CAMPAIGN_PAUSED, PENDING_REVIEW, DISAPPROVED, WITH_ISSUES, …"""
    creative: AdCreative | None = None
    conversion_domain: str | None = None
    tracking_specs: list[Map] | None = None
    ad_review_feedback: Map | None = None
    issues_info: list[Map] | None = None
    preview_shareable_link: str | None = None
    created_time: Time | None = None
    updated_time: Time | None = None
    bid_amount: Any = None
    conversion_specs: list[Map] | None = None


@with_config(STRICT)
class _CreativeId(TypedDict):
    creative_id: str


_OBJECT = {
    "type": "object",
    "properties": {"creative_id": {"type": "string"}},
    "required": ["creative_id"],
    "additionalProperties": False,
}


def _reference(value: object) -> object:
    return {"creative_id": value} if isinstance(value, str) and value else value


if TYPE_CHECKING:
    CreativeRef = _CreativeId | str
else:  # not a union here: an error would name both its branches
    CreativeRef = Annotated[
        _CreativeId,
        BeforeValidator(_reference),
        WithJsonSchema({"anyOf": [{"type": "string", "description": "the creative's id"}, _OBJECT]}),
    ]


@with_config(STRICT)
class AdParts(TypedDict, total=False):
    """What ads say besides name, creative and status."""

    tracking_specs: list[dict[str, Any]]
    conversion_domain: Annotated[str, Field(description="registrable domain only: example.com")]
    ad_schedule_start_time: WriteTime
    ad_schedule_end_time: WriteTime
    engagement_audience: bool
    adlabels: list[dict[str, Any]]
    execution_options: ExecutionOptions


class AdCreate(AdParts, total=False):
    """Parameters of a new ad. Meta: adgroup, Creating."""

    name: Required[Annotated[str, Fact(undo=True), Field(min_length=1)]]
    adset_id: Required[str]
    creative: Required[Annotated[CreativeRef, Fact(relearn=True)]]
    status: Annotated[Status, Fact(spend="status", undo=True), Field(description="PAUSED unless given")]


class AdUpdate(AdParts, total=False):
    """What can be changed of an ad; a new creative goes through review again. Meta: adgroup, Updating."""

    name: Annotated[str, Fact(undo=True), Field(min_length=1)]
    status: Annotated[ConfiguredStatus, Fact(spend="status", undo=True)]
    creative: Annotated[CreativeRef, Fact(relearn=True)]


class AdPreview(Node):
    """A preview: HTML with one iframe whose address expires after a day."""

    body: str | None = None
