"""What was changed in an ad account. https://developers.facebook.com/docs/marketing-api/reference/ad-activity"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from admonster_fb.models._node import Node, Time
from admonster_fb.models._params import Params, WriteTime


class Activity(Node):
    """A change in an ad account: what, who and when.

    >>> Activity.from_api({"event_type": "update_campaign_budget", "extra_data": '{"new_value": 700}'}).event_type
    'update_campaign_budget'
    """

    event_type: str | None = None
    """Kind of change: `update_campaign_budget`, `create_ad`, …"""
    translated_event_type: str | None = None
    """Kind of change in words."""
    event_time: Time | None = None
    """Time of the change."""
    actor_id: str | None = None
    """ID of the person or system that made the change."""
    actor_name: str | None = None
    """Name of the person or system that made the change."""
    application_name: str | None = None
    """App with which the change was made."""
    object_id: str | None = None
    """ID of the changed object."""
    object_name: str | None = None
    """Name of the changed object."""
    object_type: str | None = None
    """Kind of the changed object, such as CAMPAIGN."""
    extra_data: str | None = None
    """JSON text with details, mostly `old_value` and `new_value`."""


class ActivityList(Params, total=False):
    """Parameters of the edge `activities`. Without a time range Meta returns the last week.

    >>> params: ActivityList = {"category": "BUDGET", "since": "2026-11-01T00:00:00+0000"}
    """

    since: WriteTime
    """Start of the time range."""
    until: WriteTime
    """End of the time range."""
    category: str
    """Kind of changes: ACCOUNT, AD, AD_SET, AUDIENCE, BID, BUDGET, CAMPAIGN, STATUS, …"""
    oid: str
    """ID of an object; only its changes are returned."""
    limit: Annotated[int, Field(ge=1, le=5000)]
    """Changes per page, not in total."""
    after: str
    """Cursor of the page to continue after."""
