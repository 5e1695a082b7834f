"""Properties of objects as filters of ad rules read them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from admonster_fb.sandbox import status, times
from admonster_fb.sandbox.adrules.constants import OWNERS, TIME_PRESETS
from admonster_fb.sandbox.spec import names_in
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.validation.case import budget_of
from admonster_fb.sandbox.world import World


class RuleNotModelled(Exception):  # noqa: N818 - a plain statement, not a Graph error
    """A rule uses something of Meta's that the sandbox does not model."""


@dataclass(frozen=True, slots=True)
class Name:
    """A parsed field: `adset.yesterday_spent` is yesterday's spend of the ad set above."""

    owner: str
    preset: str
    field: str


_PREFIXES = {f"{preset.lower()}_": preset for preset in TIME_PRESETS}
_LONGEST_FIRST = sorted(_PREFIXES, key=len, reverse=True)
_WINDOW = re.compile(r"^(account_default|default|inline|\d+d_(view|click)(_\d+d_click)?):")
# Figures of Insights by name, and by how their names begin.
METRICS = frozenset(
    names_in(
        "impressions unique_impressions clicks unique_clicks spent results cost_per cpc cpm ctr cpa cpp reach "
        "frequency leadgen link_ctr result_rate mobile_app_install link_click like offsite_engagement post "
        "post_comment post_engagement post_like post_reaction view_content video_play vote website_purchase_roas "
        "mobile_app_purchase_roas daily_ratio_spent lifetime_ratio_spent"
    )
)
_BEGINNINGS = ("offsite_conversion", "offline_conversion", "app_custom_event", "cost_per_")


def is_metric(field: str) -> bool:
    """Return whether a field without prefixes is a figure of Insights."""
    return field in METRICS or field.startswith(_BEGINNINGS)


def take_apart(field: str) -> Name:
    """Read a field's prefixes: the level, then the time.

    >>> take_apart("adset.yesterday_spent")
    Name(owner='adset', preset='YESTERDAY', field='spent')
    """
    if field.startswith("aggregate(") or " " in field:
        raise RuleNotModelled(f"the aggregate or formula {field}")
    owner, _, rest = field.partition(".")
    if owner not in OWNERS:
        owner, rest = "", field
    if _WINDOW.match(rest):
        raise RuleNotModelled(f"the attribution window of {field}")
    prefix = next((item for item in _LONGEST_FIRST if rest.startswith(item)), "")
    bare = rest.removeprefix(prefix)
    # The aliases daily_… and lifetime_ratio_spent begin like a prefix and are whole names.
    if rest in METRICS or not prefix or not is_metric(bare):
        return Name(owner, "", rest)
    return Name(owner, _PREFIXES[prefix], bare)


def owner_of(world: World, node: Node, owner: str) -> Node | None:
    """Return the object that a prefix refers to: the object itself or one above it."""
    if not owner or OWNERS[owner] == node.kind:
        return node
    return world.store.get(str(node.data.get(f"{owner}_id", "")))


# The object that has a property if a filter does not name one: an ad's objective is its campaign's.
_HOMES = {
    **dict.fromkeys(("objective", "buying_type", "spend_cap"), "campaign"),
    **dict.fromkeys(
        ("billing_event", "optimization_goal", "is_autobid", "daily_budget", "lifetime_budget", "bid_amount"), "adset"
    ),
    "budget_reset_period": "adset",
}
_NOT_MODELLED = frozenset(
    {"active_time", "estimated_budget_spending_percentage", "audience_reached_percentage", "placement.page_types"}
)
_MOMENTS = frozenset({"start_time", "stop_time", "created_time", "updated_time"})


def metadata(world: World, node: Node, name: Name) -> Any:
    """Return a property of an object or of one above it: moments in unix seconds, budgets in minor units."""
    if name.field in _NOT_MODELLED:
        raise RuleNotModelled(f"the field {name.field}")
    home = name.owner or _HOMES.get(name.field, "")
    # A campaign has no ad set above it: its own budget is meant.
    above = home if home and (OWNERS[home] == node.kind or f"{home}_id" in node.data) else ""
    subject = owner_of(world, node, above)
    if subject is None:
        return None
    if computed := _COMPUTED.get(name.field):
        return computed(world, subject)
    if name.field in _MOMENTS:
        value = subject.data.get(name.field) or subject.data.get(name.field.replace("stop", "end"))
        return None if not value else int(times.parse(value, world.zone_of(subject)).timestamp())
    if name.field not in _KNOWN:
        raise RuleNotModelled(f"the field {name.field}")
    return subject.data.get(name.field)


def _hours(world: World, node: Node) -> Decimal:
    age = world.clock() - times.parse(node.data["created_time"], world.zone_of(node))
    return Decimal(int(age.total_seconds())) / 3600


def _period(_: World, node: Node) -> str | None:
    return {"daily_budget": "DAY", "lifetime_budget": "LIFETIME"}.get(budget_of(node) or "")


def _labels(_: World, node: Node) -> list[str]:
    return [str(adlabel.get("id")) for adlabel in node.data.get("adlabels") or ()]


_COMPUTED: dict[str, Callable[[World, Node], Any]] = {
    "id": lambda _, node: node.id,
    "effective_status": lambda world, node: status.effective(world.store, node),
    "hours_since_creation": _hours,
    "current_time": lambda world, _: int(world.clock().timestamp()),
    "budget_reset_period": _period,
    "is_autobid": lambda _, node: not node.data.get("bid_amount"),
    "adlabel_ids": _labels,
}
_KNOWN = frozenset({"name", *_HOMES})
