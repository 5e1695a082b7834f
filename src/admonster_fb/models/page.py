"""Pages on which the token's user has a role, what the user may do there, and subscriptions of webhooks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, Required

from pydantic import Field, field_serializer, model_validator

from admonster_fb.models._node import Map, Node, Time
from admonster_fb.models._params import ANY_OBJECT, Params
from admonster_fb.models.adaccount import Page
from admonster_fb.redaction import MASK, Secret

ADVERTISE = frozenset({"ADVERTISE", "MANAGE", "PROFILE_PLUS_ADVERTISE", "PROFILE_PLUS_FULL_CONTROL"})
"""Tasks of which each allows to advertise for a Page."""


class LeadAccess(Node):
    """Whether the token can read the leads of a Page, and if not, why. Meta: lead ads, Leads Access Manager.

    >>> LeadAccess.from_api({"can_access_lead": False, "failure_reason": "No access"}).failure_reason
    'No access'
    """

    can_access_lead: bool | None = None
    """Whether the leads can be read."""
    failure_reason: str | None = None
    """Why they cannot."""
    failure_resolution: str | None = None
    """What to do."""
    app_has_leads_permission: bool | None = None
    """Whether the app may read leads."""
    user_has_leads_permission: bool | None = None
    """Whether the user may read leads."""
    is_page_admin: bool | None = None
    """Whether the user administers the Page."""
    enabled_lead_access_manager: bool | None = None
    """Whether the business decides person by person who reads leads."""


class PageRole(Page):
    """A Page on which the token's user has a role. Its token is masked in any text.

    >>> PageRole.from_api({"id": "100", "tasks": ["ADVERTISE"], "access_token": "EAAB"}).can_advertise
    True
    """

    EXPANDED: ClassVar = {"has_lead_access": f"has_lead_access{{{','.join(LeadAccess.model_fields)}}}"}
    RIGHTS: ClassVar = (
        *("has_lead_access", "leadgen_tos_accepted", "promotion_eligible", "promotion_ineligible_reason"),
        "user_access_expire_time",
    )
    NOT_REQUESTED: ClassVar = frozenset({*RIGHTS, "access_token"})

    category: str | None = None
    """Category of the Page, in the language of the user."""
    tasks: list[str] | None = None
    """What the user may do: ADVERTISE, ANALYZE, MANAGE, …; the row of a Page in `fb.pages.iter` has them."""
    has_lead_access: LeadAccess | None = None
    """Whether the token can read leads."""
    leadgen_tos_accepted: bool | None = None
    """Whether a person has accepted the terms of lead ads; without it no form can be created (1815089)."""
    promotion_eligible: bool | None = None
    """Whether the Page can be advertised."""
    promotion_ineligible_reason: str | None = None
    """Why it cannot."""
    user_access_expire_time: Time | None = None
    """End of the user's temporary access."""
    access_token: Any = None
    """The Page's token, masked. The library reads and uses it where a call needs it."""

    @model_validator(mode="before")
    @classmethod
    def _hide_token(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("access_token"):
            return {**data, "access_token": Secret(str(data["access_token"]))}
        return data

    @field_serializer("access_token")
    def _mask_token(self, _value: Any) -> str:
        return MASK

    @property
    def can_advertise(self) -> bool | None:
        """Whether the user's tasks allow ads and lead forms; `None` if Meta sent no tasks."""
        return None if self.tasks is None else not ADVERTISE.isdisjoint(self.tasks)


@dataclass(frozen=True, slots=True)
class Asset:
    """Something that a business owns, or that a client shares with it.

    >>> Asset("Page", "100", "Shop", ("owned",)).relations
    ('owned',)
    """

    kind: str
    """ad account, Page or Instagram account."""
    id: str
    """ID of the asset."""
    name: str | None
    """Name of the asset."""
    relations: tuple[str, ...]
    """owned, client or both."""


@dataclass(frozen=True, slots=True)
class BusinessAssets:
    """The assets of a business, each once, and the edges that could not be read, with the reason.

    >>> BusinessAssets("20", [Asset("Page", "100", "Shop", ("owned",))]).assets[0].id
    '100'
    """

    business_id: str
    """ID of the business."""
    assets: list[Asset] = field(default_factory=list)
    """Ad accounts, Pages and Instagram accounts."""
    unread: dict[str, str] = field(default_factory=dict)
    """Why an edge could not be read, by its name."""


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
