"""Where ads show, and what goes with what. `api_facts.md` section 3, Placements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from admonster_fb import enums
from admonster_fb.rules.core import Problem, Rule, Subject
from admonster_fb.rules.values import texts

_NEED_FEED = frozenset({"marketplace", "search", "profile_feed", "notification"})
_POSITIONS: dict[str, frozenset[str]] = {
    "facebook": frozenset(get_args(enums.FacebookPosition)),
    "instagram": frozenset(get_args(enums.InstagramPosition)),
    "threads": frozenset(get_args(enums.ThreadsPosition)),
    "messenger": frozenset(get_args(enums.MessengerPosition)),
    "audience_network": frozenset(get_args(enums.AudienceNetworkPosition)),
    "whatsapp": frozenset(get_args(enums.WhatsAppPosition)),
}
_KNOWN = {
    **{f"{platform}_positions": positions for platform, positions in _POSITIONS.items()},
    "publisher_platforms": frozenset(get_args(enums.PublisherPlatform)),
    "device_platforms": frozenset(get_args(enums.DevicePlatform)),
}
_TOLD_ELSEWHERE = frozenset({"video_feeds", "explore"})
"""Positions that have rules of their own; so has Messenger's story."""


def _platforms(subject: Subject) -> list[str]:
    return texts(subject.targeting.get("publisher_platforms"))


def _at(subject: Subject, platform: str) -> list[str] | None:
    """Return the positions on a platform; None for all of them."""
    name = f"{platform}_positions"
    return texts(subject.targeting[name]) if subject.targeting.get(name) else None


def _in(subject: Subject, platform: str, position: str) -> bool:
    """Tell whether ads show at a position, by name or because the platform is unrestricted."""
    platforms, positions = _platforms(subject), _at(subject, platform)
    return position in positions if positions is not None else not platforms or platform in platforms


def _network_alone(subject: Subject) -> Iterator[Problem]:
    if (given := _platforms(subject)) and set(given) == {"audience_network"}:
        yield Problem("targeting.publisher_platforms", "audience_network cannot stand alone", given)


def _threads(subject: Subject) -> Iterator[Problem]:
    platforms = _platforms(subject)
    if "threads" in platforms and "instagram" not in platforms:
        yield Problem("targeting.publisher_platforms", "threads needs instagram", platforms)
    elif (_at(subject, "threads") or "threads" in platforms) and not _in(subject, "instagram", "stream"):
        given = subject.targeting.get("instagram_positions")
        yield Problem("targeting.instagram_positions", "Threads needs Instagram's stream", given)


def _desktop(subject: Subject) -> Iterator[Problem]:
    devices = texts(subject.targeting.get("device_platforms"))
    if devices == ["desktop"] and ("instagram" in _platforms(subject) or _at(subject, "instagram")):
        yield Problem("targeting.device_platforms", "Instagram is not shown on desktop alone", devices)


def _feed(subject: Subject) -> Iterator[Problem]:
    positions = _at(subject, "facebook")
    needing = [each for each in positions or () if each in _NEED_FEED]
    if positions and needing and "feed" not in positions:
        yield Problem("targeting.facebook_positions", f"{', '.join(needing)} needs feed", positions)


def _story(subject: Subject) -> Iterator[Problem]:
    positions = _at(subject, "facebook")
    if not positions or "story" not in positions:
        return
    if "feed" not in positions and not _in(subject, "instagram", "story"):
        yield Problem("targeting.facebook_positions", "story needs feed, or Instagram's story", positions)
    devices = texts(subject.targeting.get("device_platforms"))
    if devices and "mobile" not in devices:
        yield Problem("targeting.device_platforms", "story needs mobile", devices)


def _video_feeds(subject: Subject) -> Iterator[Problem]:
    if "video_feeds" in (_at(subject, "facebook") or ()):
        yield Problem("targeting.facebook_positions", "video_feeds is refused since v24", "video_feeds")


def _explore(subject: Subject) -> Iterator[Problem]:
    if "explore" in (_at(subject, "instagram") or ()):
        yield Problem("targeting.instagram_positions", "explore is refused since v26", "explore")


def _explore_home(subject: Subject) -> Iterator[Problem]:
    if "explore_home" in (_at(subject, "instagram") or ()):
        yield Problem("targeting.instagram_positions", "sources disagree on explore_home in v26", "explore_home")


def _sponsored(subject: Subject) -> Iterator[Problem]:
    positions = _at(subject, "messenger") or []
    others = set(_platforms(subject)) - {"messenger"}
    if "sponsored_messages" in positions and (others or len(positions) > 1):
        beside = sorted(others | set(positions) - {"sponsored_messages"})
        message = f"sponsored_messages stands alone; beside it: {', '.join(beside)}"
        yield Problem("targeting.messenger_positions", message, positions)


def _messenger_story(subject: Subject) -> Iterator[Problem]:
    if "story" in (_at(subject, "messenger") or ()):
        yield Problem("targeting.messenger_positions", "Meta drops Messenger's story silently", "story")


def _whatsapp(subject: Subject) -> Iterator[Problem]:
    if "status" in (_at(subject, "whatsapp") or ()) and not _in(subject, "instagram", "story"):
        yield Problem("targeting.whatsapp_positions", "status needs Instagram's story", "status")


def _elsewhere(subject: Subject) -> Iterator[Problem]:
    if not (platforms := _platforms(subject)):
        return
    for platform in _POSITIONS.keys() - {"whatsapp"} - set(platforms):
        if positions := _at(subject, platform):
            message = f"{platform} is not among publisher_platforms"
            yield Problem(f"targeting.{platform}_positions", message, positions)


def _unknown(subject: Subject) -> Iterator[Problem]:
    for name in _KNOWN.keys() & subject.targeting.keys():
        for given in texts(subject.targeting[name]):
            own_rule = given in _TOLD_ELSEWHERE or (name, given) == ("messenger_positions", "story")
            if given not in _KNOWN[name] and not own_rule:
                yield Problem(f"targeting.{name}", f"{given}; known: {', '.join(sorted(_KNOWN[name]))}", given)


def _opt_out(subject: Subject) -> Iterator[Problem]:
    given = subject.params.get("placement_soft_opt_out")
    if given and subject.objective not in (None, "OUTCOME_SALES", "OUTCOME_LEADS"):
        message = f"only under OUTCOME_SALES and OUTCOME_LEADS; the objective is {subject.objective}"
        yield Problem("placement_soft_opt_out", message, given)


_ABOUT = "api_facts 3"
RULES: tuple[Rule, ...] = (
    Rule("audience-network", "adset", "error", 100, None, _ABOUT, "Add facebook or instagram.", _network_alone),
    Rule("threads", "adset", "error", 100, None, _ABOUT, "Add instagram with its stream.", _threads),
    Rule("instagram-desktop", "adset", "error", 100, None, _ABOUT, "Add mobile.", _desktop),
    Rule("needs-feed", "adset", "error", 100, None, _ABOUT, "Add feed.", _feed),
    Rule("facebook-story", "adset", "error", 100, None, _ABOUT, "Add feed, and mobile.", _story),
    Rule("video-feeds", "adset", "error", 100, None, _ABOUT, "Leave video_feeds out.", _video_feeds),
    Rule("explore", "adset", "error", 100, 2490589, _ABOUT, "Leave explore out.", _explore),
    Rule("explore-home", "adset", "warning", 100, 2490589, _ABOUT, "Leave it out if it is refused.", _explore_home),
    Rule("sponsored-messages", "adset", "error", 100, None, _ABOUT, "Make an ad set of its own.", _sponsored),
    Rule("messenger-story", "adset", "warning", None, None, _ABOUT, "Leave it out.", _messenger_story),
    Rule("whatsapp-status", "adset", "error", 100, None, _ABOUT, "Add Instagram's story.", _whatsapp),
    Rule("positions-elsewhere", "adset", "warning", None, None, _ABOUT, "Add the platform or drop them.", _elsewhere),
    Rule("placement-unknown", "adset", "warning", None, None, _ABOUT, "Check the spelling.", _unknown),
    Rule("soft-opt-out", "adset", "error", 100, None, "api_facts 1.2", "Leave it out.", _opt_out),
)
