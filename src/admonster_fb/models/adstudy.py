"""Ad studies: A/B tests. https://developers.facebook.com/docs/marketing-api/reference/ad-study"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Required

from pydantic import BeforeValidator, Field, with_config
from typing_extensions import TypedDict

from admonster_fb.models._node import Node, Time
from admonster_fb.models._params import ANY_OBJECT, STRICT
from admonster_fb.models.adaccount import Business
from admonster_fb.models.budgetschedule import UnixTime

StudyType = Literal[
    "SPLIT_TEST", "SPLIT_TEST_V2", "LIFT", "CONTINUOUS_LIFT_CONFIG", "GEO_LIFT", "BACKEND_AB_TESTING",
    "CREATIVE_SPEND_ENFORCEMENT", "PORTFOLIO_OPTIMIZER", "VERSION_CONTROL",
]  # fmt: skip


class AdStudy(Node):
    """A study: an audience split into cells that see different campaigns, ad sets or ads."""

    EXPANDED: ClassVar = {"business": "business{id,name}"}

    id: str = ""
    name: str | None = None
    description: str | None = None
    type: str | None = None
    start_time: Time | None = None
    end_time: Time | None = None
    canceled_time: Time | None = None
    created_time: Time | None = None
    updated_time: Time | None = None
    business: Business | None = None


class Member(Node):
    """A campaign or an ad set in a cell."""

    id: str = ""
    name: str | None = None
    account_id: str | None = None


def _rows(edge: Any) -> Any:
    return edge.get("data", []) if isinstance(edge, Mapping) else edge


Members = Annotated[list[Member], BeforeValidator(_rows)]


class AdStudyCell(Node):
    """One group of a study, and what it sees."""

    EXPANDED: ClassVar = {
        "campaigns": "campaigns.limit(100){id,name,account_id}",
        "adsets": "adsets.limit(100){id,name,account_id}",
    }

    id: str = ""
    name: str | None = None
    treatment_percentage: float | None = None
    """How much of the audience belongs to it, in percent."""
    campaigns: Members | None = None
    adsets: Members | None = None

    @property
    def level(self) -> str:
        """What it holds: campaign or adset."""
        return "campaign" if self.campaigns else "adset"

    @property
    def members(self) -> list[Member]:
        """What it holds."""
        return self.campaigns or self.adsets or []


@with_config(STRICT)
class CellSpec(TypedDict, total=False):
    """One group of a new study. Meta: business/ad_studies, cells."""

    id: str
    name: str
    description: str
    treatment_percentage: Annotated[float, Field(ge=10, le=100, description="percent of the audience, from 10 on")]
    control_percentage: Annotated[float, Field(ge=0, le=90)]
    campaigns: list[str]
    adsets: list[str]
    ads: list[str]
    adaccounts: list[str]


class _Params(TypedDict, total=False):
    description: str
    confidence_level: Annotated[float, Field(description="for Meta's own report")]
    cooldown_start_time: UnixTime
    observation_end_time: UnixTime
    viewers: list[int]
    client_business: str
    objectives: list[ANY_OBJECT]
    creative_test_config: ANY_OBJECT


@with_config(STRICT)
class AdStudyCreate(_Params, total=False):
    """Parameters of a new study. Meta: business/ad_studies, Creating."""

    name: Required[str]
    start_time: Required[UnixTime]
    end_time: Required[UnixTime]
    cells: Required[list[CellSpec]]
    type: Annotated[StudyType, Field(description="SPLIT_TEST unless given")]


@with_config(STRICT)
class AdStudyUpdate(_Params, total=False):
    """Changes of a study. Once it runs: its name, a later end, more members. Meta: ad-study, Updating."""

    name: str
    start_time: UnixTime
    end_time: UnixTime
    cells: Annotated[list[CellSpec], Field(description="all cells, old (by id) and new, with their percentages")]
