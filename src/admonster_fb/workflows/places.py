"""Places by their names, as people say them: "Berlin", "Paris, FR"."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from admonster_fb.client import FacebookAds
from admonster_fb.errors import APIError
from admonster_fb.models._node import object_in

TYPES = ("country", "region", "city")


def place_named(fb: FacebookAds, name: str, types: Sequence[str] = TYPES) -> tuple[Any, str]:
    """Return the one place of a name, cities first, and what may be written instead; `None` if it is not clear.

    A name may say more than the place's own: "Paris, FR". What is returned is an option of search_locations.
    """
    first, *more = [part.strip().casefold() for part in re.split(r"[,()]", name) if part.strip()] or [""]
    if not first:
        return None, ""
    options = fb.targeting.search_locations(first, location_types=[*types], limit=10)
    named = [each for each in options if (each.name or "").casefold() in (first, name.casefold())]
    same = [each for each in named if {*more} <= {word.casefold() for word in _about(each)} or each.name == name]
    same.sort(key=lambda each: each.type != "city")
    if len({each.country_code for each in same}) == 1:
        return same[0], ""
    shown = []
    for each in same or options:
        about = dict.fromkeys(_about(each)[:-1] if each.country_name else _about(each))
        shown.append(f'"{each.name} ({", ".join(about)})"')
    return None, ", ".join(shown)


def as_target(option: Any) -> dict[str, Any]:
    """Return a city or region as targeting has it, with what the rules and a reader of a plan need."""
    return {"key": option.key, "name": option.name, "country": option.country_code}


def named_places(fb: FacebookAds, targeting: Any) -> Iterator[tuple[str, int, dict[str, Any] | None, str]]:
    """Yield the cities and regions that targeting has by their names: kind, number, target, and what may be written.

    The target is `None` where the name is not clear.
    """
    geo = object_in(object_in(targeting).get("geo_locations"))
    for kind, of in (("cities", "city"), ("regions", "region")):
        entries = geo.get(kind)
        for number, name in enumerate(entries if isinstance(entries, list) else ()):
            with suppress(APIError):  # the type of the entry is refused
                if isinstance(name, str):
                    option, allowed = place_named(fb, name, [of])
                    allowed = "" if option else allowed or f"the name of a {of}, see search_locations"
                    yield kind, number, as_target(option) if option else None, allowed


def with_named_places(fb: FacebookAds, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters in whose targeting a city or region by its name is what Meta has of this name."""
    found = [*named_places(fb, params.get("targeting"))]
    named = copy.deepcopy({**params}) if found else {**params}
    for kind, number, target, _ in found:
        if target:
            named["targeting"]["geo_locations"][kind][number] = target
    return named


def _about(option: Any) -> list[str]:
    return [str(word) for word in (option.type, option.region, option.country_code, option.country_name) if word]
