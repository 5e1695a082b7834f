"""Expansion of a launch: presets and defaults are merged in, names are resolved, nothing is left implicit.

The result is a launch again, in the same format and plain JSON: each creative has a name, each ad names its creative or
the ID of one. A *place* is the dotted position of an object in it, such as `adsets.0.ads.1` or `creatives.main`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._params import checked, to_params
from admonster_fb.models.campaign import BUDGETS
from admonster_fb.models.launch import Launch, Preset
from admonster_fb.money import Money

Spec = dict[str, Any]
_CREATIVE_NAME = 100
"""Characters that Meta allows in a creative's name."""


def _preset(objective: str, goal: str, **adset: Any) -> Mapping[str, Spec]:
    bids = {"billing_event": "IMPRESSIONS", "bid_strategy": "LOWEST_COST_WITHOUT_CAP"}
    usual = {**bids, "targeting": {"targeting_automation": {"advantage_audience": 0}}, **adset}
    campaign = {"objective": objective, "buying_type": "AUCTION"}
    return {"campaign": campaign, "adset": {"optimization_goal": goal, **usual}}


_ON_WEBSITE: Any = {"destination_type": "WEBSITE", "promoted_object": {"custom_event_type": "PURCHASE"}}
PRESETS: Mapping[Preset, Mapping[str, Spec]] = {
    "awareness": _preset("OUTCOME_AWARENESS", "REACH"),
    "traffic": _preset("OUTCOME_TRAFFIC", "LINK_CLICKS"),
    "engagement": _preset("OUTCOME_ENGAGEMENT", "POST_ENGAGEMENT", destination_type="ON_POST"),
    **dict.fromkeys(("leads", "leads_form"), _preset("OUTCOME_LEADS", "LEAD_GENERATION", destination_type="ON_AD")),
    "app_promotion": _preset("OUTCOME_APP_PROMOTION", "APP_INSTALLS"),
    **dict.fromkeys(("sales", "catalog"), _preset("OUTCOME_SALES", "OFFSITE_CONVERSIONS", **_ON_WEBSITE)),
}
"""Usual parameters of each objective; the launch overrides them. None of them is money, a country or an ID.

With a campaign budget the bid strategy belongs to the campaign, and ad sets have none.
"""

_FROM_CREATIVES = dict.fromkeys(("engagement", "leads", "leads_form"), "page_id") | {"catalog": "product_set_id"}
"""What an ad set of a preset promotes if its creatives name it and it does not."""
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "engagement": ("page_id",),
    "catalog": ("product_set_id",),
    "sales": (
        *("pixel_id", "custom_conversion_id", "product_set_id", "application_id", "omnichannel_object", "event_id"),
        *("offline_conversion_data_set_id", "conversion_goal_id", "page_id"),
    ),
}
"""What an ad set of a preset must name in `promoted_object`: one of these. It cannot be added later (1885090)."""


def expand(spec: Mapping[str, Any], violations: list[Violation] | None = None) -> Spec:
    """Return a launch with presets, defaults and names written out.

    Raises `ParameterError` with every unknown name; with `violations`, appends them to it instead.

    >>> full = expand({"preset": "traffic", "campaign": {"name": "Sale"}, "adsets": [{"name": "US"}]})
    >>> full["campaign"]["objective"], full["adsets"][0]["optimization_goal"]
    ('OUTCOME_TRAFFIC', 'LINK_CLICKS')
    """
    launch = checked(Launch, json.loads(json.dumps(dict(spec), default=_to_json)))
    if "campaign" not in launch:
        raise ParameterError([Violation("campaign", MISSING, "the new campaign's parameters")])
    found: list[Violation] = []
    preset = PRESETS[launch["preset"]] if "preset" in launch else {}
    defaults: Spec = launch.get("defaults", {})
    campaign = merge(preset.get("campaign", {}), launch["campaign"])
    budgeted = {"bid_strategy"} if campaign.keys() & BUDGETS else set()  # then the campaign has the strategy
    usual = {name: value for name, value in preset.get("adset", {}).items() if name not in budgeted}
    defaults = {"creative": {}, "ad": {}, **defaults, "adset": merge(usual, defaults.get("adset", {}))}
    creatives = {name: merge(defaults["creative"], parts) for name, parts in launch.get("creatives", {}).items()}
    each: Any = enumerate(launch.get("adsets", ()))
    adsets = [_expand_adset(adset, f"adsets.{number}", defaults, creatives, found) for number, adset in each]
    sources: dict[str, Spec] = {kind: dict(launch.get(kind, {})) for kind in ("images", "videos", "forms")}
    for number, adset in enumerate(adsets if preset else ()):
        found += _promote(launch["preset"], adset, f"adsets.{number}", creatives)
    for name, parts in creatives.items():
        parts.setdefault("name", name[:_CREATIVE_NAME])
        found += _unknown_sources(f"creatives.{name}", parts, sources)
        if launch.get("preset") == "leads_form" and not {"form", "lead_gen_form_id"} & parts.keys():
            found.append(Violation(f"creatives.{name}.form", MISSING, "a name among forms, or lead_gen_form_id"))
    for name, form in sources["forms"].items():
        sources["forms"][name] = _common("page_id", (c for c in creatives.values() if c.get("form") == name)) | form
    if violations is not None:
        violations += found
    elif found:
        raise ParameterError(found)
    # Sorted by name, however they were written: a plan is bound to what is created, in this order.
    by_name = {kind: dict(sorted(items.items())) for kind, items in {**sources, "creatives": creatives}.items()}
    return {**by_name, "campaign": campaign, "adsets": adsets}


def _expand_adset(
    adset: Spec, place: str, defaults: Mapping[str, Any], creatives: dict[str, Spec], violations: list[Violation]
) -> Spec:
    ads = adset.get("ads", [])
    if not (isinstance(ads, list) and all(isinstance(ad, dict) for ad in ads)):
        violations.append(Violation(f"{place}.ads", ads, "a list of objects"))
        ads = []
    expanded = merge(defaults["adset"], {name: value for name, value in adset.items() if name != "ads"})
    expanded["ads"] = [merge(defaults["ad"], ad) for ad in ads]
    for index, ad in enumerate(expanded["ads"]):
        _name_creative(ad, f"{place}.ads.{index}", creatives, defaults["creative"], violations)
    return expanded


def _promote(preset: Preset, adset: Spec, place: str, creatives: Mapping[str, Spec]) -> Iterator[Violation]:
    """Let an ad set promote the Page of its ads, and yield what it lacks to run with the preset's goal."""
    usual = PRESETS[preset]["adset"]
    if any(adset.get(name) != usual.get(name) for name in ("optimization_goal", "destination_type")):
        return
    promoted = adset.get("promoted_object") or {}
    shown = [creatives.get(str(ad.get("creative")), {}) for ad in adset["ads"]]
    named = _common(_FROM_CREATIVES.get(preset, ""), shown)
    if named.keys() - promoted.keys():
        promoted = adset["promoted_object"] = {**promoted, **named}
    needed = _NEEDED.get(preset, ())
    if needed and not any(promoted.get(name) for name in needed):
        allowed = f"{needed[0]}: without it every ad of the ad set fails, and it cannot be added (1885154, 1885090)"
        yield Violation(f"{place}.promoted_object.{needed[0]}", MISSING, allowed)


def _common(name: str, creatives: Iterable[Spec]) -> Spec:
    """Return a part of creatives, such as their Page, if all that have it have the same."""
    stories = ((parts, parts.get("object_story_spec") or {}) for parts in creatives)
    values = {str(parts.get(name) or story.get(name)) for parts, story in stories} - {"None"}
    return {name: values.pop()} if len(values) == 1 else {}


def merge(base: Mapping[str, Any], override: Mapping[str, Any]) -> Spec:
    """Return two objects merged: `override` wins, objects in both are merged, lists are replaced whole."""
    merged: Spec = json.loads(json.dumps(dict(base)))
    for name, value in override.items():
        both = isinstance(merged.get(name), dict) and isinstance(value, dict)
        merged[name] = merge(merged[name], value) if both else value
    return merged


def _name_creative(
    ad: Spec, place: str, creatives: dict[str, Spec], defaults: Mapping[str, Any], violations: list[Violation]
) -> None:
    """Make an ad refer to its creative by a declared name, by ID, or by its own place."""
    creative = ad.get("creative", MISSING)
    if isinstance(creative, str) and creative not in creatives:
        if creative.isdecimal():
            ad["creative"] = {"creative_id": creative}
        else:
            names = ", ".join(name for name in creatives if "." not in name) or "none is declared"
            allowed = f"the ID of a creative, or one of creatives: {names}"
            violations.append(Violation(f"{place}.creative", creative, allowed))
    elif isinstance(creative, dict) and "creative_id" not in creative:
        name = {"name": str(ad["name"])[:_CREATIVE_NAME]} if ad.get("name") else {}
        creatives[place] = {**name, **merge(defaults, creative)}
        ad["creative"] = place


def _unknown_sources(place: str, parts: Any, sources: Mapping[str, Mapping[str, str]]) -> Iterator[Violation]:
    for path, kind, name in references(parts):
        if not isinstance(name, str) or name not in sources[kind]:
            names = ", ".join(sources[kind]) or "none is declared"
            yield Violation(f"{place}.{path}", name, f"one of {kind}: {names}")


_LOCAL = {"image": "image_hash", "video": "video_id", "form": "lead_gen_form_id"}
"""Parts of a creative that are local names, among `images`, `videos` or `forms`, and the ID that each becomes."""


def _walk(parts: Any, visit: Callable[[str, str, Any], Any], path: str = "") -> Any:
    """Return a creative with what `visit` returns for each local name: its path, the kind of the source, the name."""
    if isinstance(parts, list):
        return [_walk(item, visit, f"{path}.{number}") for number, item in enumerate(parts)]
    if not isinstance(parts, dict):
        return parts
    walked: Spec = {}
    for key, value in parts.items():
        here = f"{path}.{key}".lstrip(".")
        if key in _LOCAL:
            walked[_LOCAL[key]] = visit(here, f"{key}s", value)
        elif key == "images_by_place" and isinstance(value, dict):
            walked[key] = {place: visit(f"{here}.{place}", "images", name) for place, name in value.items()}
        else:
            walked[key] = _walk(value, visit, here)
    return walked


def references(parts: Any) -> list[tuple[str, str, Any]]:
    """Return the local names that a creative uses: the path, `images`, `videos` or `forms`, and the name.

    >>> references({"image": "hero", "cards": [{"link": "…", "video": "clip"}]})
    [('image', 'images', 'hero'), ('cards.0.video', 'videos', 'clip')]
    """
    found: list[tuple[str, str, Any]] = []
    _walk(parts, lambda *reference: found.append(reference))
    return found


def resolve_references(parts: Any, ids: Mapping[str, str]) -> Any:
    """Return a creative with IDs in place of local names. `ids` maps places, such as `images.hero`, to IDs.

    >>> resolve_references({"image": "hero", "message": "New"}, {"images.hero": "ab"})
    {'image_hash': 'ab', 'message': 'New'}
    """
    return _walk(parts, lambda _, kind, name: ids.get(f"{kind}.{name}", ""))


def _to_json(value: Any) -> Any:
    """Return the JSON form of a Python value that callers may pass: money, paths, dates, builders."""
    if isinstance(value, Money | Path):
        return str(value)
    if isinstance(value, date):  # a datetime too
        return value.isoformat()
    if (params := to_params(value)) is not value:
        return params
    raise ParameterError([Violation("launch", type(value).__name__, "text, numbers, true, false, lists and objects")])


def places(spec: Mapping[str, Any]) -> list[str]:
    """Return the place of each object of an expanded launch, in the order of creation.

    >>> places(expand({"campaign": {"name": "Sale"}, "adsets": [{"name": "US", "ads": [{"creative": "7"}]}]}))
    ['campaign', 'adsets.0', 'adsets.0.ads.0']
    """
    adsets = spec["adsets"]
    return [
        *(f"images.{name}" for name in spec["images"]),
        *(f"videos.{name}" for name in spec["videos"]),
        "campaign",
        *(f"forms.{name}" for name in spec.get("forms", ())),
        *(f"adsets.{number}" for number in range(len(adsets))),
        *(f"creatives.{name}" for name in spec["creatives"]),
        *(f"adsets.{number}.ads.{index}" for number, adset in enumerate(adsets) for index in range(len(adset["ads"]))),
    ]


def object_at(spec: Mapping[str, Any], place: str) -> Any:
    """Return what an expanded launch declares at a place, an ad set without its ads."""
    kind, _, name = place.partition(".")
    if kind == "campaign":
        return spec["campaign"]
    if kind != "adsets":
        return spec[kind][name]
    number, _, index = name.partition(".ads.")
    adset = spec["adsets"][int(number)]
    return adset["ads"][int(index)] if index else {key: value for key, value in adset.items() if key != "ads"}
