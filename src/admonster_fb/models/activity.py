"""What was changed in an ad account. https://developers.facebook.com/docs/marketing-api/reference/ad-activity"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, with_config
from typing_extensions import TypedDict

from admonster_fb.models._node import Node, Time
from admonster_fb.models._params import STRICT, WriteTime


class Activity(Node):
    """One change, who made it and when."""

    event_type: str | None = None
    """`update_campaign_budget`, `create_ad`, …"""
    translated_event_type: str | None = None
    """The same in words."""
    event_time: Time | None = None
    actor_id: str | None = None
    actor_name: str | None = None
    application_name: str | None = None
    object_id: str | None = None
    object_name: str | None = None
    object_type: str | None = None
    extra_data: str | None = None
    """JSON text, mostly `old_value` and `new_value`."""


@with_config(STRICT)
class ActivityList(TypedDict, total=False):
    """What the edge `activities` takes. Without a window Meta answers the last week."""

    since: WriteTime
    until: WriteTime
    category: Annotated[str, Field(description="ACCOUNT, AD, AD_SET, AUDIENCE, BID, BUDGET, CAMPAIGN, STATUS, …")]
    oid: Annotated[str, Field(description="only changes of this object")]
    limit: Annotated[int, Field(description="changes per page, not in all", ge=1, le=5000)]
    after: Annotated[str, Field(description="the cursor after which to go on")]
