"""Rules of feeds of assets (facts, sections 1.4 and 10). Their caps are hearsay and refuse nothing here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from admonster_fb.sandbox.validation.case import Case, listed
from admonster_fb.sandbox.validation.refusals import invalid, not_list, refuse, required

# Lists of assets, and what in each of them tells one from another.
ASSETS = {"images": "hash", "videos": "video_id", "bodies": "text", "titles": "text", "descriptions": "text"}
LISTS = (*ASSETS, "link_urls", "call_to_action_types", "call_to_actions", "ad_formats", "asset_customization_rules")
MEDIA = ("images", "videos")
# Placements are told apart by at least so many rules.
FEWEST_RULES = 2


def check(case: Case) -> None:
    """Refuse a feed whose assets repeat, are not there or lead nowhere, and rules that name no asset."""
    feed = case.mapping("asset_feed_spec")
    for name in LISTS:
        if name in feed and not isinstance(feed[name], list):
            raise not_list(f"asset_feed_spec[{name}]")
    for text in _repeated(feed):
        words = f"All ad asset values should be unique. Please check your values.(Duplicate value: {text})"
        raise refuse(1815629, msg=words)
    _check_images(case, feed)
    _check_links(feed)
    _check_rules(feed)


def _rows(feed: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [each for each in listed(feed.get(name)) if isinstance(each, dict)]


def _repeated(feed: dict[str, Any]) -> Iterator[str]:
    for name, key in ASSETS.items():
        values = [str(each[key]) for each in _rows(feed, name) if each.get(key)]
        yield from (value for position, value in enumerate(values) if value in values[:position])


def _check_images(case: Case, feed: dict[str, Any]) -> None:
    for image in _rows(feed, "images"):
        digest = image.get("hash")
        if digest and case.store.get(f"{case.account.data['account_id']}:{digest}") is None:
            raise refuse(2446386, "asset_feed_spec")


def _check_links(feed: dict[str, Any]) -> None:
    """Refuse pictures without a place to go: an address, or an action that brings its own."""
    links = _rows(feed, "link_urls")
    if any(not link.get("website_url") for link in links):
        raise refuse(2061015, "link_urls")
    if any(feed.get(name) for name in MEDIA) and not links and not feed.get("call_to_actions"):
        raise refuse(2061015, "link_urls")


def _check_rules(feed: dict[str, Any]) -> None:
    rules = _rows(feed, "asset_customization_rules")
    if rules and len(rules) < FEWEST_RULES:
        words = f"Customising placements needs at least {FEWEST_RULES} rules."
        raise invalid("asset_customization_rules", "Too Few Rules", words)
    known = {
        label.get("name") for name in LISTS for each in _rows(feed, name) for label in listed(each.get("adlabels"))
    }
    for rule in rules:
        if not isinstance(rule.get("customization_spec"), dict):
            raise required("asset_feed_spec[asset_customization_rules][customization_spec]")
        for name, label in rule.items():
            if name.endswith("_label") and isinstance(label, dict) and label.get("name") not in known:
                raise refuse(2446173, "asset_feed_spec")
