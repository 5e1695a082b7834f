"""Copies of campaigns, ad sets and ads. Meta: ad-campaign-group, ad-campaign and adgroup, copies."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, with_config
from typing_extensions import TypedDict

from admonster_fb.models._node import Map, Node
from admonster_fb.models._params import STRICT, WriteTime


class Copied(Node):
    """What a copy made. `id` is the copy's, whatever its kind."""

    copied_campaign_id: str | None = None
    copied_adset_id: str | None = None
    copied_ad_id: str | None = None
    ad_object_ids: list[Map] | None = None
    """All that was copied with it: `{ad_object_type, source_id, copied_id}`."""

    @property
    def id(self) -> str:
        """The id of the copy."""
        return self.copied_campaign_id or self.copied_adset_id or self.copied_ad_id or ""


@with_config(STRICT)
class RenameOptions(TypedDict, total=False):
    """How copies are named. Meta adds "- Copy" in the user's language where no suffix is given."""

    rename_strategy: Literal["ONLY_TOP_LEVEL_RENAME", "DEEP_RENAME", "NO_RENAME"]
    rename_prefix: str
    rename_suffix: str


@with_config(STRICT)
class _Copy(TypedDict, total=False):
    status_option: Annotated[
        Literal["PAUSED", "ACTIVE", "INHERITED_FROM_SOURCE"], Field(description="PAUSED unless given")
    ]
    rename_options: RenameOptions


class CampaignCopy(_Copy, total=False):
    """How to copy a campaign."""

    deep_copy: Annotated[bool, Field(description="ad sets and ads too; Meta copies at most 3 objects this way")]
    start_time: WriteTime
    end_time: WriteTime


class AdSetCopy(_Copy, total=False):
    """How to copy an ad set."""

    campaign_id: Annotated[str, Field(description="into this campaign; the same one unless given")]
    deep_copy: Annotated[bool, Field(description="ads too; Meta copies at most 3 objects this way")]
    start_time: WriteTime
    end_time: WriteTime


class AdCopy(_Copy, total=False):
    """How to copy an ad."""

    adset_id: Annotated[str, Field(description="into this ad set; the same one unless given")]
    creative_parameters: Annotated[dict[str, Any], Field(description="parts of the creative to have otherwise")]
