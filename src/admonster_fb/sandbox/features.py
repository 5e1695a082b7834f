"""Advantage+ creative features: an opt-in that the creative has nothing for is gone when it is read back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from admonster_fb.sandbox.validation.creative import data_of

_CARDS = ("image_hash", "picture", "image_url", "url")


def kept(data: dict[str, Any]) -> dict[str, Any]:
    """Return the `degrees_of_freedom_spec` of a creative as Meta keeps it (facts, section 10)."""
    spec: dict[str, Any] = data["degrees_of_freedom_spec"]
    features = spec.get("creative_features_spec")
    if not isinstance(features, dict):
        return spec
    return {
        **spec,
        "creative_features_spec": {name: each for name, each in features.items() if _stays(data, name, each)},
    }


def _stays(data: dict[str, Any], name: str, feature: Any) -> bool:
    if not isinstance(feature, dict) or feature.get("enroll_status") != "OPT_IN":
        return True
    return all(has(data) for prefix, has in NEEDS.items() if name.startswith(prefix))


def _has_image(data: dict[str, Any]) -> bool:
    stories = (data_of(data, name) for name in ("link_data", "photo_data"))
    return bool((data.get("asset_feed_spec") or {}).get("images")) or any(
        story.get(name) for story in stories for name in _CARDS
    )


def _has_video(data: dict[str, Any]) -> bool:
    return bool(data_of(data, "video_data") or (data.get("asset_feed_spec") or {}).get("videos"))


def _has_catalog(data: dict[str, Any]) -> bool:
    return bool(data.get("product_set_id"))


# What the names of features begin with, and what the creative must have for them.
NEEDS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "image_": _has_image,
    "video_": _has_video,
    "product_": _has_catalog,
    "media_type_automation": _has_catalog,
}
