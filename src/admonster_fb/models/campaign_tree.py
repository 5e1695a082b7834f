"""A new campaign with its ad sets and their ads, each where it will stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Required

from pydantic import Field, WrapValidator, with_config
from typing_extensions import TypedDict

from admonster_fb.enums import Status
from admonster_fb.models._params import STRICT
from admonster_fb.models.ad import AdParts, CreativeRef
from admonster_fb.models.adcreative import AdCreativeCreate
from admonster_fb.models.adset import AdSetParts
from admonster_fb.models.campaign import CampaignCreate


def _new_or_named(given: Any, new: Callable[[Any], Any]) -> Any:
    """Take the id of a creative, or the parts of a new one."""
    named = {"creative_id": given} if isinstance(given, str) else given
    if not isinstance(named, Mapping) or "creative_id" not in named:
        return new(given)
    if len(named) > 1 or not isinstance(named["creative_id"], str) or not named["creative_id"]:
        raise ValueError('{"creative_id": "…"} and nothing beside it, or the parts of a new creative')
    return dict(named)


if TYPE_CHECKING:
    Creative = AdCreativeCreate | CreativeRef
else:  # not a union here: an error would name both its branches
    Creative = Annotated[AdCreativeCreate, WrapValidator(_new_or_named)]


class AdBranch(AdParts, total=False):
    """A new ad; its ad set is the one it stands in."""

    name: Required[Annotated[str, Field(min_length=1)]]
    creative: Required[Annotated[Creative, Field(description="a new creative, or the id of one")]]
    status: Annotated[Status, Field(description="PAUSED unless given")]


class AdSetBranch(AdSetParts, total=False):
    """A new ad set and its ads; its campaign is the tree's."""

    ads: list[AdBranch]


@with_config(STRICT)
class Tree(TypedDict, total=False):
    """A new campaign and its ad sets."""

    campaign: Required[CampaignCreate]
    adsets: list[AdSetBranch]
