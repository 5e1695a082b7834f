"""Ad studies: A/B tests. https://developers.facebook.com/docs/marketing-api/reference/ad-study"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Required

from pydantic import BeforeValidator, Field

from admonster_fb.models._node import NamedNode, Time
from admonster_fb.models._params import ANY_OBJECT, Extra, Id, Open, Params
from admonster_fb.models.adaccount import Business
from admonster_fb.models.budgetschedule import UnixTime

StudyType = Literal[
    "SPLIT_TEST", "SPLIT_TEST_V2", "LIFT", "CONTINUOUS_LIFT_CONFIG", "GEO_LIFT", "BACKEND_AB_TESTING",
    "CREATIVE_SPEND_ENFORCEMENT", "PORTFOLIO_OPTIMIZER", "VERSION_CONTROL",
]  # fmt: skip


class AdStudy(NamedNode):
    """A study: an audience split into cells that see different campaigns, ad sets or ads.

    >>> AdStudy.from_api({"id": "7", "type": "SPLIT_TEST"}).type
    'SPLIT_TEST'
    """

    EXPANDED: ClassVar = {"business": "business{id,name}"}

    description: str | None = None
    """Description of the study."""
    type: str | None = None
    """Kind of study, such as SPLIT_TEST or LIFT."""
    start_time: Time | None = None
    """Start of the study."""
    end_time: Time | None = None
    """End of the study."""
    canceled_time: Time | None = None
    """Time at which the study was canceled."""
    created_time: Time | None = None
    """Time of creation."""
    updated_time: Time | None = None
    """Time of the last change."""
    business: Business | None = None
    """Business that owns the study."""


class Member(NamedNode):
    """A campaign or an ad set in a cell.

    >>> Member.from_api({"id": "1", "name": "Shoes"}).name
    'Shoes'
    """

    account_id: str | None = None
    """ID of the ad account, without `act_`."""


def _rows(edge: Any) -> Any:
    return edge.get("data", []) if isinstance(edge, Mapping) else edge


Members = Annotated[list[Member], BeforeValidator(_rows)]


class AdStudyCell(NamedNode):
    """A group of a study, and what it sees.

    >>> AdStudyCell.from_api({"id": "71", "adsets": {"data": [{"id": "2"}]}}).level
    'adset'
    """

    EXPANDED: ClassVar = {
        "campaigns": "campaigns.limit(100){id,name,account_id}",
        "adsets": "adsets.limit(100){id,name,account_id}",
    }

    treatment_percentage: float | None = None
    """Share of the audience in this cell, in percent (0-100)."""
    campaigns: Members | None = None
    """Campaigns that the cell sees."""
    adsets: Members | None = None
    """Ad sets that the cell sees."""

    @property
    def level(self) -> str:
        """Kind of its members: campaign or adset."""
        return "campaign" if self.campaigns else "adset"

    @property
    def members(self) -> list[Member]:
        """Campaigns or ad sets that the cell sees."""
        return self.campaigns or self.adsets or []


class CellSpec(Params, total=False):
    """A group of a study to create or change. Meta: business/ad_studies, cells.

    >>> cell: CellSpec = {"name": "A", "treatment_percentage": 50, "adsets": ["2"]}
    """

    id: Id
    """ID of an existing cell."""
    name: str
    """Name of the cell."""
    description: str
    """Description of the cell."""
    treatment_percentage: Annotated[float, Field(ge=10, le=100)]
    """Share of the audience that sees the ads, in percent (10-100)."""
    control_percentage: Annotated[float, Field(ge=0, le=90)]
    """Share of the audience that sees no ads, in percent (0-90). For lift studies."""
    campaigns: list[Id]
    """IDs of campaigns."""
    adsets: list[Id]
    """IDs of ad sets."""
    ads: list[Id]
    """IDs of ads."""
    adaccounts: list[Id]
    """IDs of ad accounts."""


class _Params(Params, total=False):
    description: str
    """Description of the study."""
    confidence_level: float
    """Confidence level of Meta's own report."""
    cooldown_start_time: UnixTime
    """Start of the time before the study without ads."""
    observation_end_time: UnixTime
    """End of the time after the study in which conversions count."""
    viewers: list[int]
    """IDs of people who may see the study."""
    client_business: str
    """ID of the client's business."""
    objectives: list[ANY_OBJECT]
    """What the study measures: events of pixels or apps."""
    creative_test_config: ANY_OBJECT
    """Settings of a creative test."""
    extra: Extra


class AdStudyCreate(_Params, total=False):
    """Parameters of a new study. Meta: business/ad_studies, Creating.

    >>> params: AdStudyCreate = {"name": "A/B", "start_time": 1798790400, "end_time": 1800000000,
    ...     "cells": [{"treatment_percentage": 50, "adsets": ["2"]}, {"treatment_percentage": 50, "adsets": ["3"]}]}
    """

    name: Required[str]
    """Name of the study."""
    start_time: Required[UnixTime]
    """Start of the study."""
    end_time: Required[UnixTime]
    """End of the study."""
    cells: Required[list[CellSpec]]
    """Groups of the study; their percentages add up to 100."""
    type: Annotated[StudyType, Open()]
    """Kind of study. Default: SPLIT_TEST."""


class AdStudyUpdate(_Params, total=False):
    """Parameters of a change of a study. While it runs: name, a later end, more members. Meta: ad-study, Updating.

    >>> params: AdStudyUpdate = {"end_time": "2027-01-31T00:00:00+0000"}
    """

    name: str
    """Name of the study."""
    start_time: UnixTime
    """Start of the study."""
    end_time: UnixTime
    """End of the study."""
    cells: list[CellSpec]
    """All cells, the existing ones with `id`, and their percentages."""
