"""Places by their names, as people say them: "Berlin", "Paris, FR"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from admonster_fb.operation import no_op

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

TYPES = ("country", "region", "city")


@no_op("search_locations lists what there is")
def place_named(fb: FacebookAds, name: str, types: Sequence[str] = TYPES) -> tuple[Any, str]:
    """Return the one place of a name, cities first, and what may be written instead; `None` if it is not clear.

    A name may say more than the place's own: "Paris, FR". What is returned is an option of search_locations.

    >>> place_named(fb, "Berlin")[0].country_code
    'DE'
    """
    first, *more = (part.strip().casefold() for part in re.split(r"[,()]", name) if part.strip())
    options = fb.targeting.search_locations(first, location_types=[*types], limit=10)
    named = [each for each in options if (each.name or "").casefold() in (first, name.casefold())]
    same = [each for each in named if {*more} <= {word.casefold() for word in _about(each)} or each.name == name]
    same.sort(key=lambda each: each.type != "city")
    if len({each.country_code for each in same}) == 1:
        return same[0], ""
    return None, ", ".join(f'"{_shown(each)}"' for each in same or options)


@no_op("part of a place in targeting")
def as_target(option: Any) -> dict[str, Any]:
    """Return a city or region as targeting has it, with what the rules and a reader of a plan need.

    >>> as_target(place_named(fb, "Berlin", ["city"])[0])["country"]
    'DE'
    """
    return {"key": option.key, "name": option.name, "country": option.country_code}


def _about(option: Any) -> list[str]:
    return [str(word) for word in (option.type, option.region, option.country_code, option.country_name) if word]


def _shown(option: Any) -> str:
    about = dict.fromkeys(_about(option)[:-1] if option.country_name else _about(option))
    return f"{option.name} ({', '.join(about)})"
