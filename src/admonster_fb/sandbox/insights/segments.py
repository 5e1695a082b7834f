"""The parts into which breakdowns split an ad's audience, and their shares; by asset, in the shapes of the SDK."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any
from zlib import crc32

from admonster_fb.sandbox.store import Node, Store

Weighted = tuple[tuple[str, ...], float]


def _shares(text: str) -> tuple[tuple[str, float], ...]:
    """Return names and their shares from "13-17 0.02, 18-24 0.16"."""
    rows = (row.rpartition(" ") for row in text.split(", "))
    return tuple((name, float(share)) for name, _, share in rows)


AGES = _shares("13-17 0.02, 18-24 0.16, 25-34 0.27, 35-44 0.22, 45-54 0.16, 55-64 0.1, 65+ 0.07")
GENDERS = ((1, "male", 0.46), (2, "female", 0.51), (None, "unknown", 0.03))
PLACEMENTS = (
    ("facebook", "feed", 0.36), ("facebook", "facebook_reels", 0.1), ("facebook", "facebook_stories", 0.05),
    ("facebook", "marketplace", 0.04), ("instagram", "feed", 0.19), ("instagram", "instagram_stories", 0.12),
    ("instagram", "instagram_reels", 0.1), ("audience_network", "an_classic", 0.02),
    ("messenger", "messenger_inbox", 0.01), ("threads", "threads_feed", 0.01),
)  # fmt: skip
IMPRESSION_DEVICES = _shares("android_smartphone 0.49, iphone 0.38, desktop 0.08, ipad 0.03, android_tablet 0.02")
DEVICE_PLATFORMS = _shares("mobile_app 0.83, desktop 0.09, mobile_web 0.08")
# When people look at their phones, by hour.
HOURS = (2, 1, 1, 1, 1, 2, 4, 6, 7, 7, 7, 8, 9, 8, 8, 8, 9, 10, 11, 12, 12, 10, 7, 4)
REGIONS = {
    "US": (("California", 0.3), ("Texas", 0.23), ("Florida", 0.19), ("New York", 0.17), ("Washington", 0.11)),
    "JP": (("Tokyo", 0.4), ("Osaka", 0.25), ("Kanagawa", 0.2), ("Hokkaido", 0.15)),
    "DE": (("Nordrhein-Westfalen", 0.35), ("Bayern", 0.3), ("Berlin", 0.2), ("Hessen", 0.15)),
    "GB": (("England", 0.82), ("Scotland", 0.1), ("Wales", 0.08)),
}
UNKNOWN_REGION = (("Unknown", 1.0),)
# Markets of the United States; elsewhere there are none. Their names at Meta are not documented.
MARKETS = _shares("New York 0.3, Los Angeles 0.24, Chicago 0.16, Dallas-Ft. Worth 0.16, Seattle-Tacoma 0.14")
# Products of a set in a catalog: nothing here models the catalog itself.
PRODUCTS = _shares("5983858725075630 0.5, 5983858725075631 0.3, 5983858725075632 0.2")
# How often people saw an ad, and how many of them did.
FREQUENCIES = _shares("1 0.52, 2 0.21, 3 0.1, 4 0.06, 5 0.04, 6-10 0.05, 11-15 0.013, 16-20 0.005, 21+ 0.002")
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
    rows = [row for row in PLACEMENTS if not chosen or row[0] in chosen] or list(PLACEMENTS[:1])
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
    return [row for row in AGES if int(row[0][:2]) <= oldest and _oldest(row[0]) >= youngest]


def _oldest(bracket: str) -> int:
    return 99 if bracket.endswith("+") else int(bracket[3:])


def _genders(audience: Audience) -> list[tuple[str, float]]:
    chosen = () if audience.is_advantage else audience.targeting.get("genders") or ()
    numbers = {int(item) for item in chosen}
    # People of unknown gender are always reached.
    return [(name, share) for number, name, share in GENDERS if not numbers or number is None or number in numbers]


def _regions(audience: Audience) -> list[tuple[str, float]]:
    rows = [row for country in audience.countries() for row in REGIONS.get(country, UNKNOWN_REGION)]
    return list(dict(rows).items())


def _markets(audience: Audience) -> list[tuple[str, float]]:
    countries = audience.countries()
    elsewhere = len(countries) - ("US" in countries)
    return [*(MARKETS if "US" in countries else ()), *([("Unknown", float(elsewhere))] if elsewhere else ())]


SOURCES: dict[str, Callable[[Audience], list[tuple[str, float]]]] = {
    "age": _ages,
    "gender": _genders,
    "country": lambda audience: [
        (country, 1.0 / (position + 1)) for position, country in enumerate(audience.countries())
    ],
    "region": _regions,
    "comscore_market": _markets,
    "product_id": lambda audience: list(PRODUCTS) if audience.sells_products else [],
    "frequency_value": lambda _audience: list(FREQUENCIES),
    "impression_device": lambda _audience: list(IMPRESSION_DEVICES),
    "device_platform": lambda _audience: list(DEVICE_PLATFORMS),
    **dict.fromkeys(
        HOURLY, lambda _: [(f"{hour:02}:00:00 - {hour:02}:59:59", float(share)) for hour, share in enumerate(HOURS)]
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
    name, of_story, show = ASSET_KINDS[breakdown]
    listed = (creative.data.get("asset_feed_spec") or {}).get(name) or []
    for item in listed or filter(None, [of_story(_story(creative))]):
        shown = show(store, str(creative.data["account_id"]), item)
        text = json.dumps(shown, sort_keys=True)
        yield json.dumps({**shown, "id": str(FIRST_ID + crc32(f"{creative.data['account_id']} {text}".encode()))})


def _story(creative: Node) -> Content:
    spec = creative.data.get("object_story_spec") or {}
    return next((spec[name] for name in _STORIES if spec.get(name)), {})


def _image(store: Store, account: str, image: Content) -> Content:
    found = store.get(f"{account}:{image['hash']}") if image.get("hash") else None
    known: Content = {name: found.data[name] for name in ("url", "name") if name in found.data} if found else {}
    return {"hash": image.get("hash", ""), **known}


def _video(store: Store, _account: str, video: Content) -> Content:
    found = store.get(str(video["video_id"]))
    name = found.data.get("title") if found else None
    return {"video_id": str(video["video_id"]), **({"video_name": name} if name else {})}


def _plain(key: str) -> Callable[[Store, str, Content], Content]:
    return lambda _store, _account, asset: {key: asset[key]}


def _renamed(story: Content, name: str, key: str) -> Content:
    return {key: story[name]} if story.get(name) else {}


def _link(story: Content) -> Content:
    value = (story.get("call_to_action") or {}).get("value") or {}
    return _renamed({**value, **story}, "link", "website_url")


# Breakdown: the list in a feed, the same of a story, and how one is shown.
ASSET_KINDS: dict[str, tuple[str, Callable[[Content], Any], Callable[[Store, str, Any], Content]]] = {
    "image_asset": ("images", lambda story: _renamed(story, "image_hash", "hash"), _image),
    "video_asset": ("videos", lambda story: _renamed(story, "video_id", "video_id"), _video),
    "body_asset": ("bodies", lambda story: _renamed(story, "message", "text"), _plain("text")),
    "title_asset": (
        "titles",
        lambda story: _renamed(story, "name", "text") or _renamed(story, "title", "text"),
        _plain("text"),
    ),
    "description_asset": (
        "descriptions",
        lambda story: _renamed(story, "description", "text") or _renamed(story, "link_description", "text"),
        _plain("text"),
    ),
    "link_url_asset": ("link_urls", _link, _plain("website_url")),
    "call_to_action_asset": (
        "call_to_action_types",
        lambda story: str((story.get("call_to_action") or {}).get("type") or ""),
        lambda _store, _account, name: {"name": name},
    ),
}
ASSETS = frozenset(ASSET_KINDS)
