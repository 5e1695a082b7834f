"""Who sees ads, what they show and when, in the words of the person who pays for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from admonster_fb.bot.plans.classify import AGES, is_placement
from admonster_fb.bot.render.values import format_value, label, plain, quoted
from admonster_fb.models.schedule import DAYS

_ADVANTAGE: Mapping[int | None, str] = {0: "Advantage+ audience off", 1: "Advantage+ audience on"}
_GENDERS = {1: "men", 2: "women"}
_PLACES = ("geo_locations", "excluded_geo_locations")
_PEOPLE = frozenset({"age_min", "age_max", "genders", "targeting_automation", *_PLACES})
_EXPANDED = ("flexible_spec", "exclusions")
_MAX_SHOWN = 6
"""Entries of a list that are shown."""
_NAMES = ("name", "key", "id", "address_string")
_PARTS = (
    ("Page", ("page_id",)),
    ("Instagram", ("instagram_user_id",)),
    ("Post", ("object_story_id", "source_instagram_media_id", "effective_object_story_id")),
    ("Post text", ("post_text",)),
    ("Posted", ("posted",)),
    ("Permalink", ("permalink",)),
    ("Link", ("link", "website_url", "link_url", "object_url")),
    ("Text", ("message", "body", "bodies")),
    ("Headline", ("headline", "title", "titles")),
    ("Picture", ("image", "picture", "image_url", "image_hash", "images", "images_by_place")),
    ("Video", ("video", "video_id", "videos")),
    ("Button", ("call_to_action_type", "call_to_action_types")),
    ("Form", ("form", "lead_gen_form_id")),
    ("URL tags", ("url_tags",)),
)
"""What of a creative is shown, and under which names Meta and this library have it."""
_MAX_TEXT = 120
_NAMELESS = re.compile(r"bytes|[0-9a-f]{32}")
"""What stands for the name of a picture that has none: its hash, or Meta's word for one that was sent by itself."""
_WITH_HEADLINE = ("link_data", "template_data", "child_attachments")
"""Posts whose `name` is the headline."""
_KNOWN = frozenset(key for _, keys in _PARTS for key in keys)


def targeting_words(spec: Mapping[str, Any] | None) -> str:
    """Return targeting in words: gender, ages and places first, then interests, audiences and placements."""
    spec = spec or {}
    low, high = (spec.get(name) or default for name, default in AGES.items())
    gender = _gender(spec) or "everyone"
    where, without = (_shown(_entries(spec.get(name))) for name in _PLACES)
    first = f"{gender} {low}–{high}{f' in {where}' if where else ''}"
    lists = {name: _shown(_entries(spec.get(name))) for name in spec if name not in (*_PEOPLE, *_EXPANDED)}
    others = (f"{label(name)}: {text}" for name, text in lists.items() if text)
    excluded, automatic = f"not in {without}" if without else "", _ADVANTAGE.get(_advantage(spec), "")
    return ", ".join(filter(None, (first, excluded, *_details(spec), *others, automatic)))


def lost(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[str]:
    """Return what a new targeting no longer has: restrictions, interests, audiences and placements."""
    now = {*_restrictions(after or {})}
    return [each for each in _restrictions(before or {}) if each not in now]


def _restrictions(spec: Mapping[str, Any]) -> Iterator[str]:
    if gender := _gender(spec):
        yield gender
    if any((spec.get(name) or default) != default for name, default in AGES.items()):
        yield "ages"
    yield from (f"excluded {place}" for place in _entries(spec.get("excluded_geo_locations")))
    yield from _details(spec, single=True)
    for name, value in spec.items():
        if name not in (*_PEOPLE, *_EXPANDED) and value not in (None, [], {}, ""):
            several = is_placement(name) or name.endswith("audiences")
            yield from (f"{label(name)} {entry}" for entry in _entries(value)) if several else (label(name),)
    if _advantage(spec) == 0:
        yield _ADVANTAGE[0]


def _gender(spec: Mapping[str, Any]) -> str:
    genders = [_GENDERS.get(int(number), "") for number in spec.get("genders") or ()]
    return genders[0] if len(genders) == 1 else ""


def _advantage(spec: Mapping[str, Any]) -> int | None:
    value = (spec.get("targeting_automation") or {}).get("advantage_audience")
    return None if value is None else int(value)


def _details(spec: Mapping[str, Any], *, single: bool = False) -> Iterator[str]:
    """Yield the details of expanded targeting, by kind; with `single`, one at a time."""
    groups = [("", group) for group in spec.get("flexible_spec") or ()] + [("not ", spec.get("exclusions") or {})]
    for sign, group in groups:
        for kind, entries in group.items():
            names = [*_entries(entries)]
            shown = [f"{sign}{label(kind)}: {name}" for name in names] if single else ()
            yield from shown or [f"{sign}{label(kind)}: {_shown(names)}"]


def _entries(value: Any) -> Iterator[str]:
    """Yield the entries of a list, or of all lists of an object, by their names."""
    if isinstance(value, Mapping):
        name = next((plain(str(value[key])) for key in _NAMES if value.get(key)), "")
        if not name and {"latitude", "longitude"} <= value.keys():
            name = f"{value['latitude']}, {value['longitude']}"
        if name:
            name += f" ({plain(str(value['country']))})" if value.get("country") else ""
            unit = "km" if value.get("distance_unit") == "kilometer" else "mi"
            yield f"{name} +{value['radius']} {unit}" if value.get("radius") else name
            return
        for kind, inner in value.items():
            if kind != "location_types":
                yield from _entries(inner)
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from _entries(entry)
    elif value is not None:
        yield plain(str(value))


def _shown(names: Iterable[str]) -> str:
    names = [*dict.fromkeys(names)]
    more = f" and {len(names) - _MAX_SHOWN:,} more" if names[_MAX_SHOWN:] else ""
    return ", ".join(names[:_MAX_SHOWN]) + more


def creative_words(creative: Mapping[str, Any]) -> str:
    """Return what a creative shows: Page, link, text, pictures by their names."""
    found: dict[str, list[str]] = {}
    _collect(creative, found)
    parts = []
    for title, keys in _PARTS:
        values = [value for key in keys for value in found.get(key, ())]
        values = [value for value in values if title != "Picture" or not _NAMELESS.fullmatch(value)]
        if values:
            parts.append(f"{title}: {_shown(format_value(value[:_MAX_TEXT]) for value in values)}")
    return ", ".join(parts) or quoted(str(creative.get("name") or creative.get("id") or "none"))


def _collect(value: Any, found: dict[str, list[str]], key: str = "") -> None:
    """Collect the texts of a creative by their names, at any depth; of a list of texts, the texts."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            name = "headline" if name == "name" and key in _WITH_HEADLINE else name
            is_text = name in ("text", "hash", "video_id", "url") and key in _KNOWN
            _collect(inner, found, key if is_text or (key == "images_by_place") else str(name))
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _collect(inner, found, key)
    elif key in _KNOWN and value not in (None, ""):
        found.setdefault(key, []).append(str(value))


def object_words(promoted: Mapping[str, Any]) -> str:
    """Return a promoted object."""
    return ", ".join(f"{label(name)} {format_value(value)}" for name, value in promoted.items())


def attribution_words(windows: Iterable[Mapping[str, Any]]) -> str:
    """Return attribution windows."""
    return ", ".join(f"{each.get('window_days')} days after {plain(str(each.get('event_type')))}" for each in windows)


def cell_words(cells: Iterable[Mapping[str, Any]]) -> str:
    """Return the cells of an A/B test with their shares of the audience."""
    cells, shown = [*cells], []
    for number, cell in enumerate(cells):
        ids = [each for key in ("campaign_ids", "adset_ids", "campaigns", "adsets") for each in cell.get(key) or ()]
        share = cell.get("percent") or cell.get("treatment_percentage") or f"1/{len(cells)} of the audience"
        percent = f"{share} %" if isinstance(share, int) else share
        name = plain(str(cell.get("name") or chr(65 + number)))
        shown.append(f"{name} {percent} ({plain(', '.join(map(str, ids)))})")
    return "; ".join(shown)


def question_words(questions: Iterable[Any]) -> str:
    """Return the questions of a lead form."""
    shown = []
    for question in questions:
        if not isinstance(question, Mapping):
            shown.append(plain(str(question)))
            continue
        kind = plain(str(question.get("type") or "").lower().replace("_", " "))
        name = quoted(question["label"]) if question.get("label") else kind
        options = [each.get("value") if isinstance(each, Mapping) else each for each in question.get("options") or ()]
        shown.append(f"{name} ({plain(', '.join(map(str, options)))})" if options else name)
    return "; ".join(shown)


def schedule_words(rows: Iterable[Mapping[str, Any]] | None) -> str:
    """Return the hours of delivery."""
    try:
        hours = [
            f"{', '.join(DAYS[int(day) % 7].capitalize() for day in row.get('days') or ())} "
            f"{_time(row.get('start_minute'))}–{_time(row.get('end_minute'))}"
            for row in rows or ()
        ]
    except (TypeError, ValueError, AttributeError):  # no hours: Meta refuses them
        return format_value(rows)
    return "; ".join(hours) or "all hours"


def _time(minutes: Any) -> str:
    return "{:02}:{:02}".format(*divmod(int(minutes or 0), 60))
