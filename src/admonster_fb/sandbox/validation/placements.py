"""Placements of ad sets: what exists, and what needs what (`docs/meta-rules.md`, Targeting)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from admonster_fb.sandbox import need
from admonster_fb.sandbox.errors import GraphError, invalid, refuse
from admonster_fb.sandbox.spec import names_in
from admonster_fb.sandbox.validation.case import Case

VALUES: dict[str, tuple[str, ...]] = {
    "publisher_platforms": ("facebook", "instagram", "threads", "messenger", "audience_network", "whatsapp"),
    "device_platforms": ("mobile", "desktop", "connected_tv"),
    "facebook_positions": names_in(
        "feed right_hand_column marketplace story search instream_video facebook_reels facebook_reels_overlay "
        "profile_feed notification video_feeds"
    ),
    # Sources disagree on explore_home, so it passes.
    "instagram_positions": names_in("stream story reels profile_feed ig_search profile_reels explore explore_home"),
    "threads_positions": ("threads_stream",),
    "messenger_positions": ("sponsored_messages", "story"),
    "audience_network_positions": ("classic", "rewarded_video"),
    "whatsapp_positions": ("status",),
}
OF_PLATFORM = {
    name: f"{name}_positions" for name in ("facebook", "instagram", "threads", "messenger", "audience_network")
}
# Positions outside Messenger.
POSITIONS = ("whatsapp_positions", *(key for key in OF_PLATFORM.values() if key != "messenger_positions"))
Chosen = dict[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Dependency:
    """A placement that needs one of others chosen along with it."""

    key: str
    value: str
    needs: tuple[tuple[str, str], ...]


_FEED = (("facebook_positions", "feed"),)
_IG_STORY = ("instagram_positions", "story")
DEPENDENCIES = (
    *(Dependency("facebook_positions", item, _FEED) for item in ("marketplace", "search", "profile_feed")),
    Dependency("facebook_positions", "notification", _FEED),
    # Whether story needs feed is contradictory on Meta's own page.
    Dependency("facebook_positions", "story", (("device_platforms", "mobile"),)),
    Dependency("publisher_platforms", "threads", (("publisher_platforms", "instagram"),)),
    Dependency("threads_positions", "threads_stream", (("instagram_positions", "stream"),)),
    Dependency("whatsapp_positions", "status", (_IG_STORY,)),
)


def check_placements(case: Case) -> None:
    """Refuse placements that are gone, alone where they need company, or together where they cannot be."""
    targeting = case.mapping("targeting")
    for key in VALUES:
        _check_words(key, targeting.get(key))
    chosen: Chosen = {key: frozenset(targeting[key]) for key in VALUES if targeting.get(key)}
    if "explore" in chosen.get("instagram_positions", ()):
        raise refuse(2490589, "targeting")
    if "video_feeds" in chosen.get("facebook_positions", ()):
        raise _cannot("The Facebook video feeds placement is no longer available.")
    for dependency in DEPENDENCIES:
        _check_dependency(chosen, dependency)
    _check_company(chosen)
    # Status ads open a chat: they need an ad set that leads to WhatsApp.
    if "status" in chosen.get("whatsapp_positions", ()) and "WHATSAPP" not in str(case.value("destination_type")):
        raise _cannot("The placement status needs ads that open a WhatsApp chat.")


def _check_words(key: str, value: Any) -> None:
    if value is None:
        return
    need.items(f"targeting[{key}]", value)
    for position, item in enumerate(value):
        need.one_of(f"targeting[{key}][{position}]", item, VALUES[key])


def _check_dependency(chosen: Chosen, dependency: Dependency) -> None:
    if dependency.value not in chosen.get(dependency.key, ()):
        return
    if not any(_has(chosen, key, value) for key, value in dependency.needs):
        needed = " or ".join(value for _, value in dependency.needs)
        raise _cannot(f"The placement {dependency.value} needs {needed}.")


def _has(chosen: Chosen, key: str, value: str) -> bool:
    """Return whether a value is in: named, or because nothing was named (which means all of them)."""
    if key in chosen:
        return value in chosen[key]
    platforms = chosen.get("publisher_platforms")
    owner = next((platform for platform, positions in OF_PLATFORM.items() if positions == key), None)
    return platforms is None or owner is None or owner in platforms


def _check_company(chosen: Chosen) -> None:
    platforms = chosen.get("publisher_platforms", frozenset())
    if platforms == {"audience_network"}:
        raise _cannot("The Audience Network can't be used alone.")
    if platforms == {"instagram"} and chosen.get("device_platforms", frozenset()) == {"desktop"}:
        raise _cannot("Instagram can't be combined with desktop alone.")
    # Sponsored messages can't be combined with other platforms or positions.
    others = [*(platforms - {"messenger"}), *(key for key in POSITIONS if chosen.get(key))]
    if "sponsored_messages" in chosen.get("messenger_positions", ()) and others:
        raise _cannot("Sponsored messages can't be combined with other placements.")


def _cannot(text: str) -> GraphError:
    return invalid("targeting", "Placement Not Available", text)
