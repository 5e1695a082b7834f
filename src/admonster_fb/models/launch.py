"""A whole campaign as one declaration: campaign, ad sets, ads, media and creatives; in Python, JSON or YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Required

from admonster_fb.errors import FacebookAdsError
from admonster_fb.models._params import Params, PathOrUrl
from admonster_fb.models.ad import AdParts, CreativeRef
from admonster_fb.models.adset import AdSetParts
from admonster_fb.models.campaign import CampaignCreate
from admonster_fb.models.common import Name, NewStatus

Preset = Literal["awareness", "traffic", "engagement", "leads", "leads_form", "app_promotion", "sales", "catalog"]
Sources = dict[str, PathOrUrl]
State = Literal["complete", "stopped", "gone"]


class Defaults(Params, total=False):
    """Parameters that every ad set, ad or creative has unless it sets them; objects are merged key by key.

    >>> defaults: Defaults = {"adset": {"billing_event": "IMPRESSIONS"}}
    """

    adset: dict[str, Any]
    """Parameters of every ad set."""
    ad: dict[str, Any]
    """Parameters of every ad."""
    creative: dict[str, Any]
    """Parameters of every creative."""


class Launch(Params, total=False):
    """A whole campaign. Budgets, countries, Pages and pixels are never filled in.

    >>> launch: Launch = {"preset": "traffic", "campaign": {"name": "Shoes"}, "adsets": []}
    """

    preset: Preset
    """The usual parameters of an objective; all of them are shown before anything is created."""
    defaults: Defaults
    """Parameters of every ad set, ad or creative."""
    images: Sources
    """Paths or URLs of images, by names of your own that creatives use."""
    videos: Sources
    """Paths or URLs of videos, by names of your own that creatives use."""
    forms: dict[str, dict[str, Any]]
    """Parameters of create_lead_form by name; `page_id` is by default the Page of the creatives that use the form."""
    creatives: dict[str, dict[str, Any]]
    """Parameters of create_creative by name; `image`, `video` and `form` are names from above."""
    campaign: dict[str, Any]
    """Parameters of create_campaign."""
    adsets: list[dict[str, Any]]
    """Parameters of create_adset, with ads: [{name, creative}]; creative is a name, an ID or a new creative."""


@dataclass(frozen=True, slots=True)
class Launched:
    """The result of a launch, or what remains of one that was rolled back.

    >>> Launched("launch_1", "act_1", "complete", {"campaign": "1"}).campaign_id
    '1'
    """

    id: str
    """ID of the launch."""
    account: str
    """ID of the ad account."""
    state: State
    """complete, stopped or gone (rolled back)."""
    made: Mapping[str, str] = field(default_factory=dict)
    """IDs by place: `campaign`, `adsets.0`, `adsets.0.ads.1`, `creatives.main`; hashes of `images.hero`."""
    failed: Mapping[str, FacebookAdsError] = field(default_factory=dict)
    """Error of each place that Meta refused."""
    unknown: tuple[str, ...] = ()
    """Places that may exist although the response was lost."""
    left: Mapping[str, str] = field(default_factory=dict)
    """IDs by place of what a rollback left alone: it may be another's, or something else uses it."""
    different: tuple[str, ...] = ()
    """Fields that read differently from what was requested."""
    of: int = 0
    """Number of objects of the whole launch."""
    journal: Path | None = None
    """File in which the progress of the launch is recorded."""

    @property
    def campaign_id(self) -> str | None:
        """ID of the campaign, once it is created."""
        return self.made.get("campaign")

    def ids(self, kind: Literal["adsets", "ads", "creatives", "images", "videos", "forms"]) -> list[str]:
        """Return the IDs of the created objects of a kind, in the order of the declaration.

        >>> Launched("launch_1", "act_1", "complete", {"campaign": "1", "adsets.0": "2"}).ids("adsets")
        ['2']
        """
        return [node_id for place, node_id in self.made.items() if kind_of(place) == kind]


def kind_of(place: str) -> str:
    """Return the kind of the object at a place."""
    first, _, rest = place.partition(".")
    return "ads" if first == "adsets" and ".ads." in rest else first


class AdBranch(AdParts, total=False):
    """A new ad in a tree; its ad set is the one it is listed under.

    >>> ad: AdBranch = {"name": "Shoes", "creative": "4"}
    """

    name: Required[Name]
    creative: Required[CreativeRef]
    """The creative: the ID of an existing one, or the parameters of a new one."""
    status: NewStatus


class AdSetBranch(AdSetParts, total=False):
    """A new ad set and its ads in a tree; its campaign is the tree's.

    >>> adset: AdSetBranch = {"name": "US", "optimization_goal": "LINK_CLICKS", "billing_event": "IMPRESSIONS",
    ...     "targeting": {"geo_locations": {"countries": ["US"]}}, "ads": [{"name": "Shoes", "creative": "4"}]}
    """

    ads: list[AdBranch]
    """The ads of the ad set."""


class Tree(Params, total=False):
    """A new campaign with its ad sets and ads.

    >>> tree: Tree = {"campaign": {"name": "Shoes", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}}
    """

    campaign: Required[CampaignCreate]
    """Parameters of the campaign."""
    adsets: list[AdSetBranch]
    """The ad sets of the campaign."""
