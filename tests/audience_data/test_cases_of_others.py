"""Values of keys as the test suites of other programs and Meta's own pages have them, and country names of pycountry.

`hash_cases.json`: id, where it stands, key, country, value, what is right. "R:NAME" is a reason to leave the value out,
null or an empty text any reason, 64 digits the hash of what is right.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pycountry

from admonster_fb.audience_data.cells import Reason
from admonster_fb.audience_data.fast_path import emails
from admonster_fb.audience_data.schema_keys import EXTRAS, normalise

CASES = json.loads((Path(__file__).parent / "hash_cases.json").read_text("utf-8"))


def _is_right(found: Any, right: Any) -> bool:
    if right in (None, ""):
        return isinstance(found, Reason) or not found
    if isinstance(right, str) and right.startswith("R:"):
        return isinstance(found, Reason) and found.name == right[2:]
    text = str(right).removeprefix("#")
    return str(found) in (text, text.lower()) or sha256(str(found).encode()).hexdigest() == text


def test_values_of_other_programs_become_the_right_ones() -> None:
    wrong = []
    for name, _source, key, place, value, right in CASES:
        found = EXTRAS[key](value) if key in EXTRAS else normalise(key, value, place=place)
        if not _is_right(found, right):
            wrong.append((name, key, value, right, found))
    assert len(CASES) > 600
    assert wrong == []


def test_the_fast_path_agrees_on_addresses() -> None:
    cells = [value for _, _, key, _, value, _ in CASES if key in ("EMAIL", "em") and isinstance(value, str)]
    items, odd = emails(cells)
    plain = {cell: items[i].decode() for i, cell in enumerate(cells) if i not in odd}
    assert len(plain) > 10
    assert {cell: normalise("EMAIL", cell) for cell in plain} == plain


def test_countries_are_known_by_every_name_in_iso_3166() -> None:
    wrong = []
    for country in pycountry.countries:
        for field in ("alpha_2", "alpha_3", "name", "common_name", "official_name"):
            name = getattr(country, field, None)
            if name and normalise("COUNTRY", name) != country.alpha_2.lower():
                wrong.append((country.alpha_2, field, name))
    assert wrong == []
