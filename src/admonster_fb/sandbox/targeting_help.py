"""Edges of ad accounts and ad sets that help with targeting: search, suggestions, validity, size, description."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from admonster_fb.sandbox import estimates, need, search, spec
from admonster_fb.sandbox.catalog.nodes import LOCALE_NAMES, OPTION_BY_ID, OPTION_KINDS, Option, fold
from admonster_fb.sandbox.convert import listed, mapping, objects, truth, whole
from admonster_fb.sandbox.errors import NotModelled, bad_param, not_list, required
from admonster_fb.sandbox.search import limit, list_param, query
from admonster_fb.sandbox.validation import options, places
from admonster_fb.sandbox.validation.goals import KNOWN_GOALS
from admonster_fb.sandbox.validation.options import OF_PLATFORM
from admonster_fb.sandbox.validation.targeting import check_spec
from admonster_fb.sandbox.world import Call, Node

Line = dict[str, Any]
GENDERS = {1: "Male", 2: "Female"}
PLATFORM_NAMES = {
    "facebook": "Facebook", "instagram": "Instagram", "threads": "Threads", "messenger": "Messenger",
    "audience_network": "Audience Network", "whatsapp": "WhatsApp",
}  # fmt: skip
AUTOMATIC = "Advantage+ placements"


def lines(targeting: dict[str, Any], *, ages: bool = True, placements: bool = True) -> list[Line]:
    """Return the lines of a spec; empty ones are left out."""
    oldest = whole(targeting.get("age_max")) or 65
    age = f"{whole(targeting.get('age_min')) or 18} - {oldest}{'+' if oldest == 65 else ''}"
    parts: list[tuple[str, list[str]]] = [
        ("Location:", _places(places.geo_of(targeting))),
        ("Excluded Location:", _places(mapping(targeting.get("excluded_geo_locations")))),
        ("Age:", [age] if ages else []),
        ("Gender:", [GENDERS.get(whole(item) or 0, str(item)) for item in listed(targeting.get("genders"))]),
        ("Language:", [LOCALE_NAMES.get(whole(item) or 0, str(item)) for item in listed(targeting.get("locales"))]),
        ("Custom Audience:", _audiences(targeting, "custom_audiences")),
        ("Excluded Custom Audience:", _audiences(targeting, "excluded_custom_audiences")),
        *_matches(targeting),
        ("Placements:", [_placements(targeting)] if placements else []),
    ]
    return [{"content": content, "children": children} for content, children in parts if children]


def _places(locations: dict[str, Any]) -> list[str]:
    cities = {str(item.get("key")): item for item in objects(locations.get("cities"))}
    named = [_with_radius(place.name, cities.get(place.key, {})) for place in places.places_of(locations)]
    custom = objects(locations.get("custom_locations"))
    for item in custom:
        name = item.get("name") or item.get("address_string") or f"({item.get('latitude')}, {item.get('longitude')})"
        named.append(_with_radius(str(name), item))
    return named


def _with_radius(name: str, location: dict[str, Any]) -> str:
    radius = location.get("radius")
    unit = "km" if location.get("distance_unit") == "kilometer" else "mi"
    return f"{name} (+{radius} {unit})" if radius else name


def _audiences(targeting: dict[str, Any], name: str) -> list[str]:
    found = objects(targeting.get(name))
    return [str(item.get("name") or item.get("id")) for item in found]


def _matches(targeting: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Return a line for what describes people: one for the top of the spec, one for each flexible group."""
    groups = [found for group in options.groups_of(targeting) if (found := _described(group))]
    contents = ["People Who Match:", *["And Must Also Match:"] * len(groups)]
    return list(zip(contents, groups, strict=False))


def _described(group: dict[str, Any]) -> list[str]:
    found = []
    for name in options.DETAILED:
        known = OPTION_KINDS.get(name, {})
        ids = options.option_ids(group, name)
        if entries := [known[object_id].name if object_id in known else object_id for object_id in ids]:
            found.append(f"{name.replace('_', ' ').capitalize()}: {_either(entries)}")
    return found


def _placements(targeting: dict[str, Any]) -> str:
    platforms = [str(item) for item in listed(targeting.get("publisher_platforms"))]
    named = [key for key in OF_PLATFORM.values() if targeting.get(key)]
    if not platforms and not named:
        return AUTOMATIC
    text = []
    for platform, key in OF_PLATFORM.items():
        positions = [str(item).replace("_", " ") for item in listed(targeting.get(key))]
        if positions:
            text.append(f"{PLATFORM_NAMES[platform]} ({', '.join(positions)})")
        elif platform in platforms:
            text.append(PLATFORM_NAMES[platform])
    return _either(text)


def _either(text: list[str]) -> str:
    """Return texts as a list of alternatives: "a, b or c"."""
    return " or ".join([", ".join(text[:-1]), text[-1]] if len(text) > 1 else text)


SEARCHED = 25
SUGGESTED, MOST_SUGGESTED = 30, 45
# Parameters that reachestimate no longer accepts (recorded).
GONE = ("currency", "optimize_for")


def find(call: Call, _account: Node) -> dict[str, Any]:
    """Return the options of a name. Default: of every kind."""
    rows = search.found_options(query(call), _options(call))
    return _rows(rows[: limit(call, SEARCHED)])


def browse(call: Call, _account: Node) -> dict[str, Any]:
    """Return the whole catalogue."""
    return _rows([option for option in _options(call) if option.is_usable][: limit(call, None)])


def suggest(call: Call, _account: Node) -> dict[str, Any]:
    """Return options of the same kind and topic as those named."""
    named = [OPTION_BY_ID.get(option_id) for _, option_id in _named_options(call, "targeting_list")]
    need.value("targeting_list", named)
    topics = {option.path[:-1] for option in named if option}
    near = [each for each in _options(call) if each.is_usable and each not in named and each.path[:-1] in topics]
    most = min(limit(call, SUGGESTED) or SUGGESTED, MOST_SUGGESTED)
    return _rows(sorted(near, key=lambda option: -option.people)[:most])


def validate(call: Call, _account: Node) -> dict[str, Any]:
    """Return a row for each requested option, `valid` or not; names are those of interests, case-insensitive."""
    by_name = {fold(option.name): option for option in OPTION_KINDS["interests"].values()}
    found: list[tuple[dict[str, Any], Option | None]] = []
    for kind, option_id in [*_named_options(call, "targeting_list"), *_in_spec(call)]:
        found.append(({"id": option_id, "type": kind}, OPTION_KINDS.get(kind, {}).get(option_id)))
    for option_id in map(str, list_param(call, "id_list")):
        found.append(({"id": option_id}, OPTION_BY_ID.get(option_id)))
    for name in map(str, list_param(call, "name_list")):
        found.append(({"name": name}, by_name.get(fold(name))))
    if not found and "targeting_spec" not in call.params:
        raise required("targeting_list")
    return {
        "data": [
            {**_row(option), "valid": True} if option and option.is_usable else {**requested, "valid": False}
            for requested, option in found
        ]
    }


def reach(call: Call, _account: Node) -> dict[str, Any]:
    """Return how many people a spec reaches: one object, not a list."""
    for name in GONE:
        if name in call.params:
            raise bad_param(f"Param {name} on field reachestimate: This param is not valid")
    lower, upper = estimates.bounds(_spec(call))
    return {"data": {"users_lower_bound": lower, "users_upper_bound": upper, "estimate_ready": True}}


def delivery(call: Call, node: Node) -> dict[str, Any]:
    """Return how many people a month a spec reaches: a list. An ad set has its own goal and spec."""
    stored = node.data if node.kind == "AdSet" else {}
    goal = need.value("optimization_goal", call.params.get("optimization_goal") or stored.get("optimization_goal"))
    more = spec.values("AdAccount", "GET", "delivery_estimate", "optimization_goal")
    need.one_of("optimization_goal", goal, KNOWN_GOALS.union(more))
    is_sent = "targeting_spec" in call.params
    lower, upper = estimates.bounds(_spec(call) if is_sent or not stored else stored.get("targeting") or {})
    bounds = {"estimate_mau_lower_bound": lower, "estimate_mau_upper_bound": upper}
    return {"data": [{"estimate_ready": True, **bounds, "targeting_optimization_types": []}]}


def describe(call: Call, node: Node) -> dict[str, Any]:
    """Return the description of a spec: the one sent, or an ad set's own."""
    targeting = node.data.get("targeting") or {} if node.kind == "AdSet" else _spec(call)
    found = lines(
        targeting,
        ages=not truth(call.params.get("discard_ages")),
        placements=not truth(call.params.get("discard_placements")),
    )
    return {"id": f"{node.id}/targetingsentencelines", "targetingsentencelines": found}


def _spec(call: Call) -> dict[str, Any]:
    targeting = need.fields("targeting_spec", need.something("targeting_spec", call.params.get("targeting_spec")))
    check_spec(targeting)
    return targeting


def _options(call: Call) -> Iterable[Option]:
    kind = str(call.params.get("limit_type") or call.params.get("type") or "")
    if not kind:
        return OPTION_BY_ID.values()
    if kind in OPTION_KINDS:
        return OPTION_KINDS[kind].values()
    need.one_of("limit_type", kind, spec.values("AdAccount", "GET", "targetingsearch", "limit_type"))
    raise NotModelled(call.method, call.path, f"limit_type={kind}")


def _named_options(call: Call, name: str) -> list[tuple[str, str]]:
    rows = list_param(call, name)
    if not all(isinstance(row, dict) for row in rows):
        raise not_list(f"{name}[0]")
    return [(str(row.get("type", "")), str(row.get("id", ""))) for row in rows]


def _in_spec(call: Call) -> list[tuple[str, str]]:
    targeting = need.fields("targeting_spec", call.params.get("targeting_spec") or {})
    groups = options.groups_of(targeting)
    return [(kind, item) for each in groups for kind in options.BY_ID for item in options.option_ids(each, kind)]


def _rows(found: Iterable[Option]) -> dict[str, Any]:
    return {"data": [_row(option) for option in found]}


def _row(option: Option) -> dict[str, Any]:
    row = {"id": option.id, "name": option.name, "type": option.kind, "path": list(option.path)}
    return {**row, "description": None, **search.size(option.people)}
