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
from tables import table

from admonster_fb.audience_data import batches
from admonster_fb.audience_data.cells import Reason
from admonster_fb.audience_data.columns import column, emails
from admonster_fb.audience_data.schema_keys import EXTRAS, KEYS, hashed, key_of, normalise

CASES = json.loads((Path(__file__).parent / "hash_cases.json").read_text("utf-8"))
OWN = json.loads((Path(__file__).parent / "own_cases.json").read_text("utf-8"))


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


LISTS: dict[str, tuple[list[dict[str, Any]], list[str], list[list[Any]], dict[str, int]]] = {
    "Meta: a UK postcode whole": (
        [{"EMAIL": "a@b.co", "ZIP": "M1 1AE", "COUNTRY": "GB"}],
        ["EMAIL", "ZIP", "COUNTRY"],
        [["#a@b.co", "#m11ae", "#gb"]],
        {},
    ),
    "rudder: all null": ([{"EMAIL": None, "FI": None}], ["EMAIL", "FI"], [], {"empty row": 1}),
    "rudder: a value on a list without values": (
        [{"EMAIL": "a@b.co", "LOOKALIKE_VALUE": 100}],
        ["EMAIL", "LOOKALIKE_VALUE"],
        [["#a@b.co", 100]],
        {},
    ),
    "rudder: one key": ([{"EMAIL": "a@b.co"}], ["EMAIL"], [["#a@b.co"]], {}),
    "rudder: plain and hashed": (
        [{"EMAIL": sha256(b"a@b.co").hexdigest()}, {"EMAIL": "c@d.co"}],
        ["EMAIL"],
        [["#a@b.co"], ["#c@d.co"]],
        {},
    ),
    "segment: an id with others": (
        [{"EXTERN_ID": "user-123", "EMAIL": " Mary@Example.com "}],
        ["EXTERN_ID", "EMAIL"],
        [["user-123", "#mary@example.com"]],
        {},
    ),
    "segment: a phone of zeros": (
        [{"EMAIL": "a@b.co", "PHONE": "+0000000000"}, {"EMAIL": "b@b.co", "PHONE": "+16505551212"}],
        ["EMAIL", "PHONE"],
        [["#a@b.co", ""], ["#b@b.co", "#16505551212"]],
        {},
    ),
}


@table("name", LISTS)
def test_lists_of_other_programs_leave_in_meta_s_form(name: str) -> None:
    rows, schema, data, skipped = LISTS[name]
    ready = batches(rows)
    sent = [json.loads(batch.json()) for batch in ready]
    right = [
        [sha256(cell[1:].encode()).hexdigest() if str(cell).startswith("#") else cell for cell in row] for row in data
    ]
    assert sent == ([{"schema": schema, "data": right}] if data else [])
    assert {each["reason"]: each["count"] for each in ready.report.as_dict()["skipped"]} == skipped


@table("key", ["EMAIL", "PHONE", "FN", "LN", "CT", "ST", "ZIP", "COUNTRY", "GEN", "FI", "DOBY"])
def test_digests_in_lists(key: str) -> None:
    own, built, other = "ab" * 32, "AB" * 32 + ".AQQAAQEA", ["ab" * 16, "c1" * 20, "d2" * 28]
    ready = batches([own, built, *other], key)
    assert [row for batch in ready for row in batch.data] == [[own], ["ab" * 32 + ".AQQAAQEA"]]
    [told] = ready.report.as_dict()["cells"]
    assert (told["reason"], told["rows"]) == ("hashed, but not with SHA-256", [3, 4, 5])


def test_own_values_become_the_right_ones_alone_and_in_a_column() -> None:
    """`own_cases.json`: key, country, value, what is right, by the rules of Meta's page on customer information."""
    wrong = []
    for key, place, value, right in OWN:
        alone = EXTRAS[key](value) if key in EXTRAS else normalise(key, value, place=place)
        name = key_of(key).name
        cells, faults = column(KEYS[name], [value, "x", value], place) if name in KEYS and name != "DOB" else ([""], {})
        sent = hashed(key, value, place=place)
        same = name not in KEYS or name == "DOB" or faults.get(0, cells[0]) == sent
        if not _is_right(alone if right != "R:OTHER_DIGEST" else sent, right) or not same:
            wrong.append((key, place, value, right, alone, cells[0]))
    assert len(OWN) > 180
    assert wrong == []
