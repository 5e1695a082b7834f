"""A launch as it was written made into one with nothing left out: presets and defaults merged in, names resolved.

What comes out is a launch again, in the same format and JSON only: each creative under a name, each ad naming its
creative or the id of one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._params import checked, to_params
from admonster_fb.models.campaign import BUDGETS
from admonster_fb.models.launch import Launch
from admonster_fb.money import Money
from admonster_fb.workflows.launch.presets import PRESETS

Spec = dict[str, Any]
_CREATIVE_NAME = 100


def expand(spec: Mapping[str, Any], wrong: list[Violation] | None = None) -> Spec:
    """Return a launch with everything said. Raises `ParameterError` with every name that leads nowhere.

    With `wrong` they are added to it instead, for a check that has more to say.

    >>> whole = expand({"preset": "traffic", "campaign": {"name": "Sale"}, "adsets": [{"name": "US"}]})
    >>> whole["campaign"]["objective"], whole["adsets"][0]["optimization_goal"]
    ('OUTCOME_TRAFFIC', 'LINK_CLICKS')
    """
    given = checked(Launch, json.loads(json.dumps(dict(spec), default=_as_json)))
    if "campaign" not in given:
        raise ParameterError([Violation("campaign", MISSING, "the new campaign's parameters")])
    preset = PRESETS[given["preset"]] if "preset" in given else {}
    said: Spec = given.get("defaults", {})
    campaign = merged(preset.get("campaign", {}), given["campaign"])
    usual = {**preset.get("adset", {})}
    if campaign.keys() & BUDGETS:
        usual.pop("bid_strategy", None)
    gathered = wrong
    wrong = [] if gathered is None else gathered
    creatives = {name: merged(said.get("creative", {}), parts) for name, parts in given.get("creatives", {}).items()}
    adsets: list[Spec] = []
    for number, adset in enumerate(given.get("adsets", ())):
        ads = adset.get("ads", [])
        if not (isinstance(ads, list) and all(isinstance(ad, dict) for ad in ads)):
            wrong.append(Violation(f"adsets.{number}.ads", ads, "a list of objects"))
            ads = []
        branch = merged(merged(usual, said.get("adset", {})), {k: v for k, v in adset.items() if k != "ads"})
        branch["ads"] = [merged(said.get("ad", {}), ad) for ad in ads]
        for index, ad in enumerate(branch["ads"]):
            _name_creative(ad, f"adsets.{number}.ads.{index}", creatives, said.get("creative", {}), wrong)
        adsets.append(branch)
    images, videos = given.get("images", {}), given.get("videos", {})
    for name, parts in creatives.items():
        parts.setdefault("name", name[:_CREATIVE_NAME])
        wrong += _unknown(f"creatives.{name}", parts, {"image": images, "video": videos})
    if wrong and gathered is None:
        raise ParameterError(wrong)
    # By name, in one order however they were written: a plan holds for what is made in the same order.
    named = {"images": images, "videos": videos, "creatives": creatives}
    return {
        **{kind: dict(sorted(each.items())) for kind, each in named.items()},
        "campaign": campaign,
        "adsets": adsets,
    }


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> Spec:
    """Return two objects as one: what `over` says goes, objects in both are merged, lists are taken whole.

    >>> merged({"a": {"b": 1, "c": [2]}}, {"a": {"c": [3]}})
    {'a': {'b': 1, 'c': [3]}}
    """
    both = {
        name: merged(under[name], value) if isinstance(under.get(name), dict) and isinstance(value, dict) else value
        for name, value in over.items()
    }
    return {**json.loads(json.dumps(dict(under))), **both}


def _name_creative(
    ad: Spec, place: str, creatives: dict[str, Spec], defaults: Mapping[str, Any], wrong: list[Violation]
) -> None:
    """Give an ad's creative a name: one of those declared, an id, or its own place."""
    creative = ad.get("creative", MISSING)
    if isinstance(creative, str) and creative not in creatives:
        if creative.isdecimal():
            ad["creative"] = {"creative_id": creative}
        else:
            names = ", ".join(name for name in creatives if "." not in name) or "none is declared"
            wrong.append(
                Violation(f"{place}.creative", creative, f"the id of a creative, or one of creatives: {names}")
            )
    elif isinstance(creative, dict) and "creative_id" not in creative:
        usual = {"name": str(ad.get("name", ""))[:_CREATIVE_NAME]} if ad.get("name") else {}
        creatives[place] = {**usual, **merged(defaults, creative)}
        ad["creative"] = place


def _unknown(place: str, parts: Any, known: Mapping[str, Mapping[str, str]]) -> Iterator[Violation]:
    """Yield each picture and video of a creative that is not declared."""
    for path, kind, name in references(parts):
        if name not in known[kind]:
            names = ", ".join(known[kind]) or "none is declared"
            yield Violation(f"{place}.{path}", name, f"one of {kind}s: {names}")


def references(parts: Any, path: str = "") -> Iterator[tuple[str, str, Any]]:
    """Yield what a creative refers to by local name: where, `image` or `video`, and the name.

    >>> [*references({"image": "hero", "cards": [{"link": "…", "video": "clip"}]})]
    [('image', 'image', 'hero'), ('cards.0.video', 'video', 'clip')]
    """
    items = parts.items() if isinstance(parts, dict) else enumerate(parts) if isinstance(parts, list) else ()
    for key, value in items:
        here = f"{path}.{key}" if path else str(key)
        if key in ("image", "video"):
            yield here, str(key), value
        elif key == "images_by_place" and isinstance(value, dict):
            yield from ((f"{here}.{where}", "image", name) for where, name in value.items())
        else:
            yield from references(value, here)


def resolved(parts: Any, ids: Mapping[str, str]) -> Any:
    """Return a creative with ids in the place of local names; `ids` are by place, as `images.hero`.

    >>> resolved({"image": "hero", "message": "New"}, {"images.hero": "ab"})
    {'image_hash': 'ab', 'message': 'New'}
    """
    if isinstance(parts, list):
        return [resolved(each, ids) for each in parts]
    if not isinstance(parts, dict):
        return parts
    return dict(_resolved(name, value, ids) for name, value in parts.items())


def _resolved(name: str, value: Any, ids: Mapping[str, str]) -> tuple[str, Any]:
    if name == "image":
        return "image_hash", ids.get(f"images.{value}", "")
    if name == "video":
        return "video_id", ids.get(f"videos.{value}", "")
    if name == "images_by_place" and isinstance(value, dict):
        return name, {where: ids.get(f"images.{image}", "") for where, image in value.items()}
    return name, resolved(value, ids)


def _as_json(value: Any) -> Any:
    """Return what Python callers may give beside JSON as JSON."""
    if isinstance(value, Money | Path):
        return str(value)
    if isinstance(value, date):  # a datetime too
        return value.isoformat()
    if (made := to_params(value)) is not value:
        return made
    raise ParameterError([Violation("launch", type(value).__name__, "text, numbers, true, false, lists and objects")])


def places(whole: Mapping[str, Any]) -> list[str]:
    """Return the place of each object of an expanded launch, in the order in which they are made.

    >>> places(expand({"campaign": {"name": "Sale"}, "adsets": [{"name": "US", "ads": [{"creative": "7"}]}]}))
    ['campaign', 'adsets.0', 'adsets.0.ads.0']
    """
    adsets = whole["adsets"]
    return [
        *(f"images.{name}" for name in whole["images"]),
        *(f"videos.{name}" for name in whole["videos"]),
        "campaign",
        *(f"adsets.{number}" for number in range(len(adsets))),
        *(f"creatives.{name}" for name in whole["creatives"]),
        *(f"adsets.{number}.ads.{index}" for number, adset in enumerate(adsets) for index in range(len(adset["ads"]))),
    ]
