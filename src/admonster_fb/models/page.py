"""Pages on which the token's user has a role, and what the user may do there. Meta: page, lead ads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import field_serializer, model_validator

from admonster_fb.models._node import Node, Time
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
    NOT_ASKED: ClassVar = frozenset({*RIGHTS, "access_token"})

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
