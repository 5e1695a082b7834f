"""Detailed targeting and placements of ad sets: what exists, and what needs what (`docs/meta-rules.md`, Targeting)."""

from __future__ import annotations

import re
from typing import Any

from admonster_fb.sandbox import need
from admonster_fb.sandbox.catalog.nodes import DEMOGRAPHICS, LOCALE_NAMES, OPTION_KINDS, PAGES
from admonster_fb.sandbox.convert import listed, objects, whole
from admonster_fb.sandbox.errors import GraphError, bad_param, invalid, invalid_spec, not_list, refuse
from admonster_fb.sandbox.spec import names_in
from admonster_fb.sandbox.validation.case import Case

# Named by id, and checked against the catalogue.
BY_ID = ("interests", "behaviors", *DEMOGRAPHICS, *PAGES)
NUMBERS: dict[str, range | frozenset[int]] = {
    "relationship_statuses": frozenset({1, 2, 3, 4, 6}),
    "education_statuses": range(1, 14),
    "college_years": range(1980, 2101),
}
DETAILED = (*BY_ID, *NUMBERS)
LONGEST_GROUP = 1_000
# Meta has more languages than the catalogue, with low numbers too.
MORE_LOCALES = range(1, 100)
_LEVELS = ("RELAXED", "STANDARD", "STRICT")
# Lists of names: the allowed values.
WORDS = {
    "brand_safety_content_filter_levels": tuple(
        f"{surface}_{level}" for surface in ("AN", "FACEBOOK", "FEED") for level in _LEVELS
    ),
    "wireless_carrier": ("Wifi",),
}
_SYSTEM = re.compile(r"(iOS|Android)(_ver_\d+(\.\d+)*_(and_above|to_\d+(\.\d+)*))?")


def groups_of(targeting: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the parts of a spec with detailed targeting: its top level and each flexible group."""
    return [targeting, *objects(targeting.get("flexible_spec"))]


def option_ids(group: dict[str, Any], kind: str) -> list[str]:
    """Return the ids of one kind in a group."""
    return [str(item.get("id", "") if isinstance(item, dict) else item) for item in listed(group.get(kind))]


def check_options(targeting: dict[str, Any]) -> None:
    """Refuse ids that do not exist or are retired, values out of range, and excluded interests."""
    for group in targeting.get("flexible_spec") or ():
        _check_group(group)
    excluded = targeting.get("exclusions")
    if isinstance(excluded, dict) and any(excluded.get(kind) for kind in DETAILED):
        raise refuse(2446394, "targeting")
    for group in groups_of(targeting):
        for kind in BY_ID:
            for option_id in option_ids(group, kind):
                _check_option(kind, option_id)
        for name, allowed in NUMBERS.items():
            _check_numbers(name, group, allowed)
    for number in targeting.get("locales") or ():
        if whole(number) not in LOCALE_NAMES and whole(number) not in MORE_LOCALES:
            raise invalid_spec(f"The locale {number} does not exist.")
    for name, words in WORDS.items():
        _check_words(name, listed(targeting.get(name)), words)
    _check_systems(targeting)


def _check_group(group: Any) -> None:
    need.fields("targeting[flexible_spec][0]", group)
    for name in DETAILED:
        if name in group and not isinstance(group[name], list):
            raise not_list(f"targeting[flexible_spec][0][{name}]")
    if sum(len(listed(group.get(name))) for name in DETAILED) > LONGEST_GROUP:
        raise bad_param(f"param targeting[flexible_spec][0] must have at most {LONGEST_GROUP} elements.")


def _check_option(kind: str, option_id: str) -> None:
    option = OPTION_KINDS[kind].get(option_id)
    if option is None:
        text = kind.replace("_", " ").capitalize()
        raise refuse(1487079, "targeting", msg=f"{text} with ID {option_id} is invalid.")
    if not option.is_usable:
        raise refuse(1487694, "targeting", msg=f"{option.name} ({option_id}) is no longer available for targeting.")


def _check_numbers(name: str, group: dict[str, Any], allowed: range | frozenset[int]) -> None:
    for position, item in enumerate(listed(group.get(name))):
        if whole(item) not in allowed:
            one_of = f"one of {{{', '.join(map(str, sorted(allowed)))}}}"
            text = f"between {allowed[0]} and {allowed[-1]}" if isinstance(allowed, range) else one_of
            raise bad_param(f"Param targeting[{name}][{position}] must be {text}")


def _check_systems(targeting: dict[str, Any]) -> None:
    systems = [str(item) for item in listed(targeting.get("user_os"))]
    for system in systems:
        if not _SYSTEM.fullmatch(system):
            raise invalid_spec(f"{system} is not an operating system.")
    platforms = {system.partition("_")[0] for system in systems}
    if len(platforms) > 1 and any("_ver_" in system for system in systems):
        raise invalid_spec("A version of one operating system can't be combined with another operating system.")


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


_FEED = (("facebook_positions", "feed"),)
_IG_STORY = ("instagram_positions", "story")
# A placement (list, value), and others of which one has to be chosen along with it.
DEPENDENCIES: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    *(("facebook_positions", item, _FEED) for item in ("marketplace", "search", "profile_feed")),
    ("facebook_positions", "notification", _FEED),
    # Whether story needs feed is contradictory on Meta's own page.
    ("facebook_positions", "story", (("device_platforms", "mobile"),)),
    ("publisher_platforms", "threads", (("publisher_platforms", "instagram"),)),
    ("threads_positions", "threads_stream", (("instagram_positions", "stream"),)),
    ("whatsapp_positions", "status", (_IG_STORY,)),
)


def check_placements(case: Case) -> None:
    """Refuse placements that are gone, alone where they need company, or together where they cannot be."""
    targeting = case.mapping("targeting")
    for key in (name for name in VALUES if targeting.get(name) is not None):
        _check_words(key, targeting[key], VALUES[key])
    chosen: Chosen = {key: frozenset(targeting[key]) for key in VALUES if targeting.get(key)}
    if "explore" in chosen.get("instagram_positions", ()):
        raise refuse(2490589, "targeting")
    if "video_feeds" in chosen.get("facebook_positions", ()):
        raise _cannot("The Facebook video feeds placement is no longer available.")
    for key, value, needs in DEPENDENCIES:
        if value in chosen.get(key, ()) and not any(_has(chosen, *needed) for needed in needs):
            raise _cannot(f"The placement {value} needs {' or '.join(name for _, name in needs)}.")
    _check_company(chosen)
    # Status ads open a chat: they need an ad set that leads to WhatsApp.
    if "status" in chosen.get("whatsapp_positions", ()) and "WHATSAPP" not in str(case.value("destination_type")):
        raise _cannot("The placement status needs ads that open a WhatsApp chat.")


def _check_words(key: str, sent: Any, words: tuple[str, ...]) -> None:
    for position, item in enumerate(need.items(f"targeting[{key}]", sent)):
        need.one_of(f"targeting[{key}][{position}]", item, words)


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
