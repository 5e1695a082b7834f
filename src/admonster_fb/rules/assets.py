"""Asset feeds: many pictures and texts in one creative. `api_facts.md` section 10."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from admonster_fb.rules.core import Problem, Rule, Subject
from admonster_fb.rules.values import items, mapping, rows, text

_ASSETS = {
    "images": ("hash", "url"),
    "videos": ("video_id",),
    "bodies": ("text",),
    "titles": ("text",),
    "descriptions": ("text",),
    "link_urls": ("website_url",),
}
"""Lists of an asset feed, and what makes an entry of each unique."""
_LABELS = {
    "image_label": "images",
    "video_label": "videos",
    "body_label": "bodies",
    "title_label": "titles",
    "description_label": "descriptions",
    "link_url_label": "link_urls",
}
_CAPS = {"images": 10, "videos": 10, "bodies": 5, "titles": 5, "descriptions": 5}
_CAP = 30


def _feed(subject: Subject) -> Mapping[str, Any]:
    return mapping(subject.params.get("asset_feed_spec"))


def _duplicates(subject: Subject) -> Iterator[Problem]:
    feed = _feed(subject)
    for name, keys in _ASSETS.items():
        seen: set[str] = set()
        for place, asset in rows(feed.get(name)):
            value = next((found for key in keys if (found := text(asset.get(key)))), None)
            if value is not None and value in seen:
                yield Problem(f"asset_feed_spec.{name}.{place}", f"{value[:40]} is there twice", value)
            seen.add(value or "")


def _customised(subject: Subject) -> Iterator[Problem]:
    given = items(_feed(subject).get("asset_customization_rules"))
    if len(given) == 1:
        yield Problem("asset_feed_spec.asset_customization_rules", "one rule; placement customisation needs two", 1)


def _named(assets: object) -> set[str]:
    return {
        name
        for _, asset in rows(assets)
        for _, label in rows(asset.get("adlabels"))
        if (name := text(label.get("name")))
    }


def _labels(subject: Subject) -> Iterator[Problem]:
    feed = _feed(subject)
    for place, rule in rows(feed.get("asset_customization_rules")):
        for key, assets in _LABELS.items():
            name = text(mapping(rule.get(key)).get("name"))
            if name is not None and name not in _named(feed.get(assets)):
                path = f"asset_feed_spec.asset_customization_rules.{place}.{key}"
                yield Problem(path, f"none of the {assets} has the label {name}", name)


def _caps(subject: Subject) -> Iterator[Problem]:
    counts = {name: len(items(_feed(subject).get(name))) for name in _ASSETS}
    for name, most in _CAPS.items():
        if counts[name] > most:
            yield Problem(f"asset_feed_spec.{name}", f"{counts[name]}; known to be allowed: {most}", counts[name])
    if sum(counts.values()) > _CAP:
        yield Problem("asset_feed_spec", f"{sum(counts.values())} assets in all; known to be allowed: {_CAP}")


_ABOUT = "api_facts 10"
RULES: tuple[Rule, ...] = (
    Rule("asset-twice", "creative", "error", 100, 1815629, _ABOUT, "Give each asset once.", _duplicates),
    Rule("asset-rules", "creative", "error", 100, None, _ABOUT, "Give two rules or none.", _customised),
    Rule("asset-label", "creative", "error", 100, 2446173, "api_facts 6", "Give an asset this label.", _labels),
    Rule("asset-count", "creative", "warning", 100, None, _ABOUT, "Give fewer assets.", _caps),
)
