"""The fields of filters, taken apart: the level and the time that a prefix names, and what remains.

What Meta knows and the sandbox does not play (attribution windows, aggregates, formulas, some fields) is `Unplayed`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from admonster_fb.sandbox.adrules.constants import OWNERS, TIME_PRESETS
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import World


class Unplayed(Exception):  # noqa: N818 - a plain statement, not a Graph error
    """A rule asks for something that Meta does and the sandbox does not."""


@dataclass(frozen=True, slots=True)
class Name:
    """A field taken apart: `adset.yesterday_spent` is the spend of yesterday of the ad set above."""

    owner: str
    preset: str
    field: str


_PREFIXES = {f"{preset.lower()}_": preset for preset in TIME_PRESETS}
_LONGEST_FIRST = sorted(_PREFIXES, key=len, reverse=True)
_WINDOW = re.compile(r"^(account_default|default|inline|\d+d_(view|click)(_\d+d_click)?):")
# Figures of Insights by name, and by how their names begin.
METRICS = frozenset(
    {
        *("impressions", "unique_impressions", "clicks", "unique_clicks", "spent", "results", "cost_per", "cpc", "cpm"),
        *("ctr", "cpa", "cpp", "reach", "frequency", "leadgen", "link_ctr", "result_rate", "mobile_app_install"),
        *("link_click", "like", "offsite_engagement", "post", "post_comment", "post_engagement", "post_like"),
        *("post_reaction", "view_content", "video_play", "vote", "website_purchase_roas", "mobile_app_purchase_roas"),
        *("daily_ratio_spent", "lifetime_ratio_spent"),
    }
)
_BEGINNINGS = ("offsite_conversion", "offline_conversion", "app_custom_event", "cost_per_")


def is_metric(field: str) -> bool:
    """Tell whether a field without prefixes is a figure of Insights."""
    return field in METRICS or field.startswith(_BEGINNINGS)


def take_apart(field: str) -> Name:
    """Read a field's prefixes: the level, then the time.

    >>> take_apart("adset.yesterday_spent")
    Name(owner='adset', preset='YESTERDAY', field='spent')
    """
    if field.startswith("aggregate(") or " " in field:
        raise Unplayed(f"the aggregate or formula {field}")
    owner, _, rest = field.partition(".")
    if owner not in OWNERS:
        owner, rest = "", field
    if _WINDOW.match(rest):
        raise Unplayed(f"the attribution window of {field}")
    prefix = next((each for each in _LONGEST_FIRST if rest.startswith(each)), "")
    bare = rest.removeprefix(prefix)
    # The aliases daily_… and lifetime_ratio_spent begin like a prefix and are whole names.
    if rest in METRICS or not prefix or not is_metric(bare):
        return Name(owner, "", rest)
    return Name(owner, _PREFIXES[prefix], bare)


def owner_of(world: World, node: Node, owner: str) -> Node | None:
    """Return the object a prefix stands for: the one itself, or one above it."""
    if not owner or OWNERS[owner] == node.kind:
        return node
    return world.store.get(str(node.data.get(f"{owner}_id", "")))
