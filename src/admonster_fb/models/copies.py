"""Copies of campaigns, ad sets and ads. Meta: ad-campaign-group, ad-campaign and adgroup, copies."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from admonster_fb.models._node import Map, Node
from admonster_fb.models._params import Extra, Id, KnownKeys, Open, Params, WriteTime


class Copied(Node):
    """The result of a copy. `id` is the copy's, whatever its kind.

    >>> Copied.from_api({"copied_adset_id": "2"}).id
    '2'
    """

    copied_campaign_id: str | None = None
    """ID of the new campaign."""
    copied_adset_id: str | None = None
    """ID of the new ad set."""
    copied_ad_id: str | None = None
    """ID of the new ad."""
    ad_object_ids: list[Map] | None = None
    """Everything that was copied: `ad_object_type`, `source_id` and `copied_id`."""

    @property
    def id(self) -> str:
        """The id of the copy."""
        return self.copied_campaign_id or self.copied_adset_id or self.copied_ad_id or ""


class RenameOptions(Params, total=False):
    """How copies are named. Without a suffix Meta adds "- Copy" in the user's language.

    >>> options: RenameOptions = {"rename_strategy": "DEEP_RENAME", "rename_suffix": " (US)"}
    """

    rename_strategy: Annotated[Literal["ONLY_TOP_LEVEL_RENAME", "DEEP_RENAME", "NO_RENAME"], Open()]
    """What is renamed: the copied object, everything in it, or nothing. Default: ONLY_TOP_LEVEL_RENAME."""
    rename_prefix: str
    """Text before the name."""
    rename_suffix: str
    """Text after the name."""


class _Copy(Params, total=False):
    status_option: Literal["PAUSED", "ACTIVE", "INHERITED_FROM_SOURCE"]
    """Status of the copies. Default: PAUSED."""
    rename_options: RenameOptions
    """How the copies are named."""
    extra: Extra


class CampaignCopy(_Copy, total=False):
    """Parameters of a copy of a campaign.

    >>> params: CampaignCopy = {"deep_copy": True}
    """

    deep_copy: bool
    """Whether to copy ad sets and ads too; Meta copies at most 3 objects this way. Default: false."""
    start_time: WriteTime
    """Start of the copies."""
    end_time: WriteTime
    """End of the copies."""


class AdSetCopy(_Copy, total=False):
    """Parameters of a copy of an ad set.

    >>> params: AdSetCopy = {"campaign_id": "1", "deep_copy": True}
    """

    campaign_id: Id
    """Campaign of the copy. Default: the campaign of the source."""
    deep_copy: bool
    """Whether to copy the ads too; Meta copies at most 3 objects this way. Default: false."""
    start_time: WriteTime
    """Start of the copy."""
    end_time: WriteTime
    """End of the copy."""


class AdCopy(_Copy, total=False):
    """Parameters of a copy of an ad.

    >>> params: AdCopy = {"adset_id": "2"}
    """

    adset_id: Id
    """Ad set of the copy. Default: the ad set of the source."""
    creative_parameters: Annotated[dict[str, Any], KnownKeys("AdCreativeCreate", more=True)]
    """Top-level parameters of the creative that differ in the copy."""
