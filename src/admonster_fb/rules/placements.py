"""Rules of placements. Source: `docs/meta-rules.md#placements`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import get_args

from admonster_fb import enums
from admonster_fb.models._params import near
from admonster_fb.rules.core import MISSPELT, ParameterView, Problem, rule
from admonster_fb.rules.values import texts

_NEED_FEED = frozenset({"marketplace", "search", "profile_feed", "notification"})
_KNOWN = {
    "facebook_positions": frozenset(get_args(enums.FacebookPosition)),
    "instagram_positions": frozenset(get_args(enums.InstagramPosition)),
    "threads_positions": frozenset(get_args(enums.ThreadsPosition)),
    "messenger_positions": frozenset(get_args(enums.MessengerPosition)),
    "audience_network_positions": frozenset(get_args(enums.AudienceNetworkPosition)),
    "whatsapp_positions": frozenset(get_args(enums.WhatsAppPosition)),
    "publisher_platforms": frozenset(get_args(enums.PublisherPlatform)),
    "device_platforms": frozenset(get_args(enums.DevicePlatform)),
}
_WITH_OWN_RULE = frozenset({"video_feeds", "explore"})
"""Positions that have a rule of their own; so has Messenger's story."""


def _platforms(view: ParameterView) -> list[str]:
    return texts(view.targeting.get("publisher_platforms"))


def _at(view: ParameterView, platform: str) -> list[str] | None:
    """Return the positions on a platform; None means all."""
    name = f"{platform}_positions"
    return texts(view.targeting[name]) if view.targeting.get(name) else None


def _in(view: ParameterView, platform: str, position: str) -> bool:
    """Return whether ads show at a position, by name or because the platform is not restricted."""
    platforms, positions = _platforms(view), _at(view, platform)
    return position in positions if positions is not None else not platforms or platform in platforms


@rule("audience-network", "adset", "D Placement targeting")
def _network_alone(view: ParameterView) -> Iterator[Problem]:
    """Add facebook or instagram."""
    if (value := _platforms(view)) and set(value) == {"audience_network"}:
        yield Problem("targeting.publisher_platforms", "audience_network cannot be used alone", value)


@rule("threads", "adset", "D Placement targeting")
def _threads(view: ParameterView) -> Iterator[Problem]:
    """Add instagram with its stream."""
    platforms = _platforms(view)
    if "threads" in platforms and "instagram" not in platforms:
        yield Problem("targeting.publisher_platforms", "threads needs instagram", platforms)
    elif (_at(view, "threads") or "threads" in platforms) and not _in(view, "instagram", "stream"):
        value = view.targeting.get("instagram_positions")
        yield Problem("targeting.instagram_positions", "Threads needs Instagram's stream", value)


@rule("instagram-desktop", "adset", "D Placement targeting")
def _desktop(view: ParameterView) -> Iterator[Problem]:
    """Add mobile."""
    devices = texts(view.targeting.get("device_platforms"))
    alone = _platforms(view) == ["instagram"]
    of_leads = view.objective == "OUTCOME_LEADS" and ("instagram" in _platforms(view) or _at(view, "instagram"))
    if devices == ["desktop"] and (alone or of_leads):
        yield Problem("targeting.device_platforms", "Instagram does not show on desktop alone", devices)


@rule("needs-feed", "adset", "D Placement targeting")
def _feed(view: ParameterView) -> Iterator[Problem]:
    """Add feed."""
    positions = _at(view, "facebook")
    needing = [position for position in positions or () if position in _NEED_FEED]
    if positions and needing and "feed" not in positions:
        yield Problem("targeting.facebook_positions", f"{', '.join(needing)} needs feed", positions)


@rule("facebook-story", "adset", "D Placement targeting; not D Placement targeting, example")
def _story(view: ParameterView) -> Iterator[Problem]:
    """Add feed, and mobile."""
    positions = _at(view, "facebook")
    if not positions or "story" not in positions:
        return
    if "feed" not in positions and not _in(view, "instagram", "story"):
        yield Problem("targeting.facebook_positions", "story needs feed, or Instagram's story", positions)
    devices = texts(view.targeting.get("device_platforms"))
    if devices and "mobile" not in devices:
        yield Problem("targeting.device_platforms", "story needs mobile", devices, None, "D Placement targeting")


@rule("messenger-column", "adset", "F notes-on-goals", code=None)
def _column(view: ParameterView) -> Iterator[Problem]:
    """Leave it out."""
    if view.text("destination_type") == "MESSENGER" and "right_hand_column" in (_at(view, "facebook") or ()):
        message = "ads that lead to MESSENGER do not show in the right column"
        yield Problem("targeting.facebook_positions", message, "right_hand_column")


def _out(platform: str, position: str, why: str, view: ParameterView) -> Iterator[Problem]:
    """Yield a problem with a position at which ads are not shown."""
    if position in (_at(view, platform) or ()):
        yield Problem(f"targeting.{platform}_positions", why, position)


rule("video-feeds", "adset", "D v24 changelog", fix="Leave video_feeds out.")(
    partial(_out, "facebook", "video_feeds", "video_feeds is refused since v24")
)
rule("explore", "adset", "D v26 changelog", subcode=2490589, fix="Leave explore out.")(
    partial(_out, "instagram", "explore", "explore is refused since v26")
)
rule("explore-home", "adset", "F placements", subcode=2490589, fix="Leave it out if it is refused.")(
    partial(_out, "instagram", "explore_home", "sources disagree on explore_home in v26")
)
rule("messenger-story", "adset", "F placements", code=None, fix="Leave it out.")(
    partial(_out, "messenger", "story", "Meta drops Messenger's story silently")
)


@rule("sponsored-messages", "adset", "D Placement targeting")
def _sponsored(view: ParameterView) -> Iterator[Problem]:
    """Make an ad set of its own."""
    positions = _at(view, "messenger") or []
    others = set(_platforms(view)) - {"messenger"}
    if "sponsored_messages" in positions and (others or len(positions) > 1):
        combined = sorted(others | set(positions) - {"sponsored_messages"})
        message = f"sponsored_messages must be used alone; combined with: {', '.join(combined)}"
        yield Problem("targeting.messenger_positions", message, positions)


@rule("whatsapp-status", "adset", "D Placement targeting; D v26 changelog")
def _whatsapp(view: ParameterView) -> Iterator[Problem]:
    """Add Instagram's story."""
    if "status" in (_at(view, "whatsapp") or ()) and not _in(view, "instagram", "story"):
        yield Problem("targeting.whatsapp_positions", "status needs Instagram's story", "status")


@rule("positions-elsewhere", "adset", "F placements", code=None)
def _elsewhere(view: ParameterView) -> Iterator[Problem]:
    """Add the platform or drop them."""
    named = _platforms(view)
    for platform in {"facebook", "instagram", "threads", "messenger", "audience_network"}.difference(named):
        if named and (positions := _at(view, platform)):
            message = f"{platform} is not among publisher_platforms"
            yield Problem(f"targeting.{platform}_positions", message, positions)


@rule("placement-unknown", "adset", "F placements", code=None)
def _unknown(view: ParameterView) -> Iterator[Problem]:
    """Check the spelling."""
    for name in _KNOWN.keys() & view.targeting.keys():
        for value in texts(view.targeting[name]):
            own_rule = value in _WITH_OWN_RULE or (name, value) == ("messenger_positions", "story")
            if value in _KNOWN[name] or own_rule:
                continue
            nearest = near(value, _KNOWN[name], 0.75)
            fix, sources = (f"Write {nearest}.", MISSPELT) if nearest else (None, None)
            message = f"{value}; known: {', '.join(sorted(_KNOWN[name]))}"
            yield Problem(f"targeting.{name}", message, value, fix, sources)


@rule("soft-opt-out", "adset", "D Ad set reference; not D Placement targeting")
def _opt_out(view: ParameterView) -> Iterator[Problem]:
    """Leave it out."""
    value = view.params.get("placement_soft_opt_out")
    if value and view.objective not in (None, "OUTCOME_SALES", "OUTCOME_LEADS"):
        message = f"only under OUTCOME_SALES and OUTCOME_LEADS; the objective is {view.objective}"
        yield Problem("placement_soft_opt_out", message, value)
