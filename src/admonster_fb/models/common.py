"""Parameters that many nodes share."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from admonster_fb.enums import AdEffectiveStatus, ConfiguredStatus, Status
from admonster_fb.models._facts import Fact, NoEffect
from admonster_fb.models._params import KnownKeys, MinorUnits, Open, Params

Name = Annotated[str, Fact(spend="none", undo=True), Field(min_length=1, description="Name shown in Ads Manager.")]
NewStatus = Annotated[Status, Fact(spend="status", undo=True), Field(description="Initial status. Default: PAUSED.")]
NextStatus = Annotated[
    ConfiguredStatus,
    Fact(spend="status", undo=True),
    Field(description="New status. ARCHIVED objects can only be deleted; DELETED is final."),
]
Budget = Annotated[MinorUnits, Fact(spend="budget", undo=True)]
SpendMinimum = Annotated[MinorUnits, Fact(spend="minimum", undo=True)]
SpendLimit = Annotated[MinorUnits, Fact(spend="limit", undo=True)]
AdLabels = Annotated[
    list[dict[str, Any]], NoEffect, Field(description='Ad labels to attach: [{"id": "…"}] or [{"name": "…"}].')
]
PromotedObject = Annotated[
    dict[str, Any],
    KnownKeys("AdPromotedObject"),
    Fact(replaces="delivery"),
    Field(description='What the ads promote, such as {"page_id": "…"} or {"pixel_id": "…"} with an event.'),
]
Pacing = Annotated[Literal["standard", "no_pacing", "day_parting"], Open()]
ExecutionOptions = Annotated[
    list[
        Literal["validate_only", "include_recommendations", "synchronous_ad_review"]
    ],  # closed: a dry run must not write
    NoEffect,
    Field(description='["validate_only"] runs all of Meta\'s checks and changes nothing.'),
]


class TimeRange(Params):
    """Days in the account's time zone, both included.

    >>> november: TimeRange = {"since": "2026-11-01", "until": "2026-11-30"}
    """

    since: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    """First day, YYYY-MM-DD."""
    until: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    """Last day, YYYY-MM-DD."""


class Filter(Params):
    """A condition of `filtering`; all conditions must hold. Meta: insights parameters.

    >>> condition: Filter = {"field": "spend", "operator": "GREATER_THAN", "value": 100}
    """

    field: str
    """Field to compare, such as ad.effective_status or spend."""
    operator: str
    """How to compare: EQUAL, IN, CONTAIN, GREATER_THAN, …"""
    value: object
    """Value, or list of values, to compare with."""


class EdgeList(Params, total=False):
    """Parameters that every edge accepts.

    >>> params: EdgeList = {"limit": 100, "summary": "total_count"}
    """

    limit: Annotated[int, Field(ge=1, le=5000)]
    """Objects per page, not in total."""
    after: str
    """Cursor of the page to continue after."""
    filtering: list[Filter]
    """Conditions that all listed objects meet."""
    summary: str
    """"total_count" returns the number of all objects."""


class StatusList(EdgeList, total=False):
    """Parameters of the edges of campaigns, ad sets and ads. Archived objects are returned only on request.

    >>> params: StatusList = {"effective_status": ["ACTIVE", "PAUSED", "ARCHIVED"]}
    """

    effective_status: list[Annotated[AdEffectiveStatus, Open()]]
    """Statuses to return: ["ACTIVE", "PAUSED"]; DISAPPROVED: rejected ads. Default: all but ARCHIVED and DELETED."""
