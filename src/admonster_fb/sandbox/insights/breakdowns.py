"""Names of Insights, valid combinations of breakdowns, and the exact split of metrics among their parts.

Names that are not in `names.txt` are refused; a test compares it with the SDK.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from zlib import crc32

from admonster_fb.sandbox.errors import NotModelled, bad_param, not_value
from admonster_fb.sandbox.insights.delivery import PARENT, UNIQUE
from admonster_fb.sandbox.insights.segments import ASSETS, AUDIENCE_HOUR, HOURLY, MODELLED, Weighted
from admonster_fb.sandbox.jobs import figures_of

_TEXT = resources.files(__package__).joinpath("names.txt").read_text(encoding="utf-8")
_NAMES = {name: frozenset(words.split()) for name, words in re.findall(r"^\[(\w+)\]\n([^\[]*)", _TEXT, re.MULTILINE)}

KNOWN_FIELDS = _NAMES["fields"]
# Still in the SDK, refused by the live API "after V19.0".
GONE_FIELDS = _NAMES["gone_fields"]
BREAKDOWNS = _NAMES["breakdowns"]
ACTION_BREAKDOWNS = _NAMES["action_breakdowns"]
KNOWN_WINDOWS = _NAMES["windows"]


Figures = dict[str, int]
_PLATFORM = ("publisher_platform",)
_POSITION = (*_PLATFORM, "platform_position")
# Combinations that are known to be accepted; device_platform with placements is, according to users.
COMBINATIONS = frozenset(
    frozenset(names)
    for names in (
        *(("age",), ("gender",), ("age", "gender"), ("country",), ("region",), ("product_id",)),
        *((item,) for item in (*HOURLY, *ASSETS, "comscore_market", "frequency_value")),
        *(_PLATFORM, _POSITION, (*_PLATFORM, "impression_device"), (*_POSITION, "impression_device")),
        *(("device_platform",), (*_PLATFORM, "device_platform"), (*_POSITION, "device_platform")),
    )
)
PLACEMENT_FAMILY = frozenset({*_POSITION, "impression_device"})
# The action breakdowns that are modelled; `action_type` is always included.
MODELLED_ACTIONS = frozenset({"action_type", "action_reaction", "action_device"})
NO_OFF_META = frozenset({"region", "comscore_market"}) | HOURLY
NO_UNIQUE = HOURLY
# Breakdowns that have but a few figures; all other fields are left out of their rows.
_OF_ASSETS = frozenset({"impressions", "clicks", "spend", "reach", "actions", "action_values"})
FIGURES_OF: dict[str, frozenset[str]] = {**dict.fromkeys(ASSETS, _OF_ASSETS), "frequency_value": frozenset({"reach"})}
NOT_OF_ACCOUNTS = frozenset({"image_asset", "video_asset"})
# What an account has to opt in to since August 2026; without, these come back empty.
OPT_IN = frozenset({"frequency_value", "impression_device", AUDIENCE_HOUR})
OPTED_OUT = "opted out of breakdowns"
_FINE = 1_000


def check(breakdowns: tuple[str, ...], action_breakdowns: tuple[str, ...], path: str, level: str) -> None:
    """Refuse breakdowns that do not exist, do not go together or with the level, or are not modelled."""
    _check_words("breakdowns", breakdowns, BREAKDOWNS)
    _check_words("action_breakdowns", action_breakdowns, ACTION_BREAKDOWNS)
    chosen, actions = frozenset(breakdowns), frozenset(action_breakdowns)
    if "dma" in chosen:  # removed on 22 June 2026; the text is from memory
        raise bad_param("breakdowns=dma is no longer supported, please use breakdowns=comscore_market instead.")
    for name in (*sorted(chosen - MODELLED - ASSETS), *sorted(actions - MODELLED_ACTIONS)):
        raise NotModelled("GET", path, f"the breakdown {name}")
    wrong = (chosen and chosen not in COMBINATIONS) or (level == "account" and chosen & NOT_OF_ACCOUNTS)
    if wrong or ("action_reaction" in actions and chosen) or ("action_device" in actions and chosen - PLACEMENT_FAMILY):
        # Recorded: it names the default action breakdown too.
        columns = sorted({*breakdowns, *(action_breakdowns or ("action_type",))})
        raise bad_param(f"Current combination of data breakdown columns ({', '.join(columns)}) is invalid")


def left(fields: tuple[str, ...], breakdowns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the fields that rows of these breakdowns have; `frequency_value` has counts of people only."""
    for name in breakdowns:
        if name == "frequency_value" and "reach" not in fields:
            raise bad_param("The breakdown frequency_value needs the field reach.")
        if known := FIGURES_OF.get(name):
            return tuple(field for field in fields if field in known or field not in figures_of(fields))
    return fields


def split(
    figures: Figures,
    order: tuple[str, ...],
    segments: list[Weighted],
    salt: str,
    repeated: frozenset[str] = frozenset(),
) -> Iterator[Figures]:
    """Yield each segment's part of a day's figures; the parts add up exactly, and none exceeds the one it comes from.

    `order` holds figures after the ones they come from. Where the parts of a small number fall changes with `salt`.
    Figures of `repeated` are in each part as a whole.
    """
    parts: dict[str, list[int]] = {}
    for figure in order:
        amount = figures.get(figure, 0)
        if not amount:
            continue
        if figure in repeated:
            parts[figure] = [amount] * len(segments)
            continue
        luck = crc32(f"{salt} {figure}".encode()) % _FINE
        above = parts.get(PARENT.get(figure, ""))
        weights = above or [max(1, round(share * 10**9)) for _, share in segments]
        parts[figure] = shares(amount, weights, luck)
    for position in range(len(segments)):
        yield {figure: amounts[position] for figure, amounts in parts.items() if amounts[position]}


def shares(amount: int, weights: list[int], luck: int = _FINE // 2) -> list[int]:
    """Return integers in proportion to `weights` that add up to `amount`: each is rounded down or up."""
    total, seen, assigned = sum(weights) * _FINE, 0, 0
    found: list[int] = []
    for weight in weights:
        seen += weight
        upto = (amount * seen * _FINE + luck * total // _FINE) // total
        found.append(upto - assigned)
        assigned = upto
    return found


def ancestors(figures: set[str]) -> set[str]:
    """Return the figures that these come from, all the way up."""
    found: set[str] = set()
    for figure in figures:
        while above := PARENT.get(figure):
            found.add(above)
            figure = above
    return found


def dropped(breakdowns: tuple[str, ...]) -> frozenset[str]:
    """Return the figures that a breakdown does not have."""
    chosen = frozenset(breakdowns)
    gone: set[str] = set()
    if chosen & NO_OFF_META:
        gone |= OFF_META
    if "region" in chosen:
        gone |= {figure for figure in PARENT if figure.startswith("video_p") and figure != "video_play"}
    if "product_id" in chosen:  # no people per product
        gone |= {*UNIQUE}
    if chosen & NO_UNIQUE:
        gone |= {*UNIQUE, *(figure for figure in PARENT if figure.startswith("video_")), "thruplay"}
    return frozenset(gone)


OFF_META = frozenset({"view_content", "add_to_cart", "initiate_checkout", "purchase", "purchase_value", "lead"})


def _check_words(name: str, chosen: tuple[str, ...], known: frozenset[str]) -> None:
    for position, word in enumerate(chosen):
        if word not in known:
            raise not_value(f"{name}[{position}]", sorted(known))
