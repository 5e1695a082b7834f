"""A new campaign with its ad sets and their ads."""

from __future__ import annotations

from typing import Required

from admonster_fb.models._params import Params
from admonster_fb.models.ad import AdParts, CreativeRef
from admonster_fb.models.adset import AdSetParts
from admonster_fb.models.campaign import CampaignCreate
from admonster_fb.models.common import Name, NewStatus


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
