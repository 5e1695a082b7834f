"""Subscriptions of webhooks. Meta: Webhooks for ad accounts, Webhooks for Pages."""

from __future__ import annotations

from typing import Annotated, Literal, Required

from pydantic import Field

from admonster_fb.models._node import Map, Node
from admonster_fb.models._params import ANY_OBJECT, Params


class InstalledApp(Node):
    """An app that receives the webhooks of a Page or an ad account.

    >>> InstalledApp.from_api({"app_id": 5, "app_name": "Bot"}).name
    'Bot'
    """

    id: str = ""
    """ID of the app."""
    name: str | None = None
    """Name of the app."""
    subscribed_fields: list[str] | None = None
    """Fields of a Page that the app receives."""

    @classmethod
    def from_api(cls, data: Map) -> InstalledApp:
        """Read a row in any of Meta's two forms."""
        renamed = {"app_id": "id", "app_name": "name"}
        return super().from_api({renamed.get(name, name): value for name, value in data.items()})


class Watch(Node):
    """A subscription of an ad account to one kind of event.

    >>> Watch.from_api({"subscription_id": 9}).id
    '9'
    """

    id: str = ""
    """ID of the subscription."""
    event_type: str | None = None
    """OBJECT_CREATED, OBJECT_UPDATED, INSIGHTS_UPDATED or INSIGHTS_MILESTONE_REACHED."""
    entity_type: str | None = None
    """CAMPAIGN, ADSET or AD."""
    filters: list[Map] | None = None
    """Conditions: `field`, `operator` and `value`."""
    status: str | None = None
    """ENABLED or DISABLED."""

    @classmethod
    def from_api(cls, data: Map) -> Watch:
        """Read a subscription, or the answer to its creation."""
        return super().from_api({"id" if name == "subscription_id" else name: value for name, value in data.items()})


class WatchCreate(Params, total=False):
    """Parameters of a subscription of an ad account. Amounts are in minor units (1000 is 10.00 USD).

    >>> watch: WatchCreate = {"event_type": "INSIGHTS_UPDATED",
    ...     "filters": [{"field": "today_spent", "operator": "GREATER_THAN", "value": 5000}]}
    """

    event_type: Required[Literal["OBJECT_CREATED", "OBJECT_UPDATED", "INSIGHTS_UPDATED", "INSIGHTS_MILESTONE_REACHED"]]
    """What to be told of."""
    entity_type: Literal["CAMPAIGN", "ADSET", "AD"]
    """Kind of objects."""
    filters: Annotated[list[ANY_OBJECT], Field(max_length=20)]
    """Conditions: `field`, `operator` and `value`; amounts in minor units."""
    status: Literal["ENABLED", "DISABLED"]
    """Default: ENABLED."""
