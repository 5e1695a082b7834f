"""People with access to an ad account. https://developers.facebook.com/docs/marketing-api/reference/ad-account"""

from __future__ import annotations

from typing import Annotated, Literal, Required

from pydantic import Field, with_config
from typing_extensions import TypedDict

from admonster_fb.models._node import Node
from admonster_fb.models._params import STRICT
from admonster_fb.models.business import Business

Task = Literal["MANAGE", "ADVERTISE", "ANALYZE", "DRAFT"]


class AssignedUser(Node):
    """A person of a business and what they may do in an ad account."""

    id: str = ""
    name: str | None = None
    business: Business | None = None
    tasks: list[str] | None = None
    user_type: str | None = None


@with_config(STRICT)
class AssignedUserCreate(TypedDict):
    """Parameters of giving a person access. Meta: ad-account, assigned_users."""

    user: Required[Annotated[str, Field(pattern=r"^[0-9]+$", description="id of a person of the business")]]
    tasks: Required[
        Annotated[
            list[Task],
            Field(
                min_length=1, description="MANAGE: all, and access; ADVERTISE: run ads; ANALYZE: read; DRAFT: prepare"
            ),
        ]
    ]
