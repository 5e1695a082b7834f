"""The parts into which breakdowns split an ad's audience, and their shares; by asset, in the shapes of the SDK."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from itertools import product
from typing import Any
from zlib import crc32

from admonster_fb.sandbox.store import Node, Store

Weighted = tuple[tuple[str, ...], float]


# The parts of an audience with their shares. Hours say when people look at their phones, markets are of the United
# States (their names at Meta are not documented), products of any set in a catalog.
SHARES: dict[str, Any] = json.loads(resources.files(__package__).joinpath("audience.json").read_bytes())
UNKNOWN_REGION = (("Unknown", 1.0),)
ADVERTISER_HOUR, AUDIENCE_HOUR = (
    f"hourly_stats_aggregated_by_{whose}_time_zone" for whose in ("advertiser", "audience")
)
HOURLY = frozenset({ADVERTISER_HOUR, AUDIENCE_HOUR})


@dataclass(frozen=True, slots=True)
class Audience:
    """The audience of an ad set, as breakdowns split it."""

    targeting: dict[str, Any]
    home: str
    sells_products: bool = False

    @property
    def is_advantage(self) -> bool:
        """Return whether ages and genders are suggestions only."""
        automation = self.targeting.get("targeting_automation") or {}
        return str(automation.get("advantage_audience", 0)) in ("1", "True")

    def countries(self) -> list[str]:
        """Return the countries addressed, the business's own when none is named."""
        geo = self.targeting.get("geo_locations") or {}
        named = [str(country) for country in geo.get("countries") or ()]
        named += [
            str(city["country"]) for city in geo.get("cities") or () if isinstance(city, dict) and "country" in city
        ]
        return list(dict.fromkeys(named)) or [self.home]


def segments_of(ad: Node, audience: Audience, dimensions: tuple[str, ...]) -> list[Weighted]:
    """Return the values of each part in the order of `dimensions`, with shares that add up to 1."""
    # Positions come with their platforms.
    groups = [_group(name, dimensions, audience) for name in dimensions if name != "platform_position"]
    dice = random.Random(f"{ad.id} {' '.join(dimensions)}")  # noqa: S311 - reproducible on purpose
    found: list[tuple[dict[str, str], float]] = []
    for combination in product(*groups):
        values = {key: value for part, _ in combination for key, value in part.items()}
        weight = dice.uniform(0.75, 1.25)
        for _, share in combination:
            weight *= share
        found.append((values, weight))
    total = sum(weight for _, weight in found)
    return [(tuple(values[name] for name in dimensions), weight / total) for values, weight in found]


_Part = tuple[dict[str, str], float]


def _group(name: str, dimensions: tuple[str, ...], audience: Audience) -> list[_Part]:
    if name == "publisher_platform":
        return _placements(audience, with_position="platform_position" in dimensions)
    return [({name: value}, share) for value, share in SOURCES[name](audience)]


def _placements(audience: Audience, *, with_position: bool) -> list[_Part]:
    chosen = audience.targeting.get("publisher_platforms")
    rows = [row for row in SHARES["placements"] if not chosen or row[0] in chosen] or SHARES["placements"][:1]
    if with_position:
        return [({"publisher_platform": name, "platform_position": place}, share) for name, place, share in rows]
    shares: dict[str, float] = {}
    for name, _, share in rows:
        shares[name] = shares.get(name, 0.0) + share
    return [({"publisher_platform": name}, share) for name, share in shares.items()]


def _ages(audience: Audience) -> list[tuple[str, float]]:
    targeting = audience.targeting
    youngest = int(targeting.get("age_min") or 18)
    oldest = 65 if audience.is_advantage else int(targeting.get("age_max") or 65)
    ages = [(row, int(row[0][:2]), int(row[0][3:] or 99)) for row in SHARES["ages"]]
    return [row for row, first, last in ages if first <= oldest and last >= youngest]


def _genders(audience: Audience) -> list[tuple[str, float]]:
    chosen = () if audience.is_advantage else audience.targeting.get("genders") or ()
    numbers = {int(item) for item in chosen}
    # People of unknown gender are always reached.
    return [(name, share) for number, name, share in SHARES["genders"] if not numbers or number in (None, *numbers)]


def _regions(audience: Audience) -> list[tuple[str, float]]:
    rows = [row for country in audience.countries() for row in SHARES["regions"].get(country, UNKNOWN_REGION)]
    return list(dict(rows).items())


def _markets(audience: Audience) -> list[tuple[str, float]]:
    countries = audience.countries()
    elsewhere = len(countries) - ("US" in countries)
    here = SHARES["comscore_market"] if "US" in countries else []
    return [*here, *([("Unknown", float(elsewhere))] if elsewhere else ())]


SOURCES: dict[str, Callable[[Audience], list[tuple[str, float]]]] = {
    "age": _ages,
    "gender": _genders,
    "country": lambda audience: [
        (country, 1.0 / (position + 1)) for position, country in enumerate(audience.countries())
    ],
    "region": _regions,
    "comscore_market": _markets,
    "product_id": lambda audience: SHARES["product_id"] if audience.sells_products else [],
    "frequency_value": lambda _: SHARES["frequency_value"],
    "impression_device": lambda _: SHARES["impression_device"],
    "device_platform": lambda _: SHARES["device_platform"],
    **dict.fromkeys(
        HOURLY, lambda _: [(f"{hour:02}:00:00 - {hour:02}:59:59", float(n)) for hour, n in enumerate(SHARES["hours"])]
    ),
}
MODELLED = frozenset({"publisher_platform", "platform_position", *SOURCES})


Content = dict[str, Any]
FIRST_ID = 120_000_000_000_000
# The parts of an ad's story that hold the assets.
_STORIES = ("link_data", "video_data", "photo_data")


def asset_parts(store: Store, ad: Node, breakdown: str) -> list[Weighted]:
    """Return an ad's assets as texts of JSON, with shares that add up to 1; none if it has none of the kind."""
    creative = store.get(str((ad.data.get("creative") or {}).get("id")))
    found = list(dict.fromkeys(_texts(store, creative, breakdown))) if creative else []
    # What was written first is shown most.
    weights = [1 / (position + 1) for position in range(len(found))]
    return [((text,), weight / sum(weights)) for text, weight in zip(found, weights, strict=True)]


def _texts(store: Store, creative: Node, breakdown: str) -> Iterator[str]:
    name, key, fields = ASSET_KINDS[breakdown]
    account, story = str(creative.data["account_id"]), _story(creative)
    own = next((story[field] for field in fields if story.get(field)), None)
    listed = (creative.data.get("asset_feed_spec") or {}).get(name) or []
    for asset in listed or ([own] if own else []):
        value = asset.get(key, "") if isinstance(asset, dict) else asset
        shown = {key: value, **_known(store, account, key, str(value))}
        text = json.dumps(shown, sort_keys=True)
        yield json.dumps({**shown, "id": str(FIRST_ID + crc32(f"{account} {text}".encode()))})


def _story(creative: Node) -> Content:
    """Return what an ad shows itself; an action's link serves if the story has none."""
    spec = creative.data.get("object_story_spec") or {}
    story: Content = next((spec[name] for name in _STORIES if spec.get(name)), {})
    action = story.get("call_to_action") or {}
    return {"link": (action.get("value") or {}).get("link"), **story, "type": action.get("type")}


def _known(store: Store, account: str, key: str, value: str) -> Content:
    """Return what else is shown of an image or a video."""
    if key == "hash" and (image := store.get(f"{account}:{value}")):
        return {name: image.data[name] for name in ("url", "name") if name in image.data}
    video = store.get(value) if key == "video_id" else None
    return {"video_name": video.data["title"]} if video and video.data.get("title") else {}


# Breakdown: the list in a feed, what identifies an asset, and where a story has one.
ASSET_KINDS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "image_asset": ("images", "hash", ("image_hash",)),
    "video_asset": ("videos", "video_id", ("video_id",)),
    "body_asset": ("bodies", "text", ("message",)),
    "title_asset": ("titles", "text", ("name", "title")),
    "description_asset": ("descriptions", "text", ("description", "link_description")),
    "link_url_asset": ("link_urls", "website_url", ("link",)),
    "call_to_action_asset": ("call_to_action_types", "name", ("type",)),
}
ASSETS = frozenset(ASSET_KINDS)
