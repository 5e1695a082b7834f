"""Parameters that many nodes share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, with_config
from typing_extensions import TypedDict

from admonster_fb.models._params import STRICT

ExecutionOptions = Annotated[
    list[Literal["validate_only", "include_recommendations", "synchronous_ad_review"]],
    Field(description='["validate_only"] checks everything at Meta and changes nothing'),
]


@with_config(STRICT)
class TimeRange(TypedDict):
    """Days in the account's time zone, both included."""

    since: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    """First day, YYYY-MM-DD."""
    until: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    """Last day, YYYY-MM-DD."""


@with_config(STRICT)
class Filter(TypedDict):
    """One condition of `filtering`; all of them must hold. Meta: insights parameters."""

    field: str
    operator: str
    value: object


@with_config(STRICT)
class EdgeList(TypedDict, total=False):
    """What every edge takes."""

    limit: Annotated[int, Field(description="objects per page, not in all", ge=1, le=5000)]
    after: Annotated[str, Field(description="the cursor after which to go on")]
    filtering: list[Filter]
    summary: Annotated[str, Field(description="total_count: count them all")]


class StatusList(EdgeList, total=False):
    """What edges of campaigns, ad sets and ads take. Archived objects come only when asked for."""

    effective_status: Annotated[list[str], Field(description='for example ["ACTIVE", "PAUSED"]')]
