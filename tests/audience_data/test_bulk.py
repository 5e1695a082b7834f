"""Columns: what is made ready together is what would come of each cell alone."""

from __future__ import annotations

import hashlib
import random

import phonenumbers
import pytest
from explore import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from admonster_fb.audience_data import KEYS, Reason, hashed
from admonster_fb.audience_data.columns import column, columns_of
from admonster_fb.audience_data.normalize import national, phone

pytestmark = pytest.mark.thorough

PIECES = [
    *("+49", "(0)", "0", "00", "171", "a@b.c", "M1 1AE", "12345", "-6789", "+39 (0)", "tel:", " ", "1234567", "a" * 64),
    *("650", "5551212", "", ".", "@", "é", "\n", "Mary", "(01)", "+", "\u200b", "\ufffd", "\ud800", "정", "²"),
]
CELL = st.one_of(st.lists(st.sampled_from(PIECES), max_size=4).map("".join), st.none(), st.integers(0, 10**16))
ROWS = st.lists(st.tuples(CELL, st.sampled_from(["us", "de", "gb", "", "it", "xx"])), max_size=12)


@settings(max_examples=examples(100))
@given(st.sampled_from(list(KEYS)), ROWS)
def test_column_equals_its_cells_one_by_one(name: str, rows: list[tuple[object, str]]) -> None:
    key, cells = KEYS[name], [cell for cell, _ in rows]
    for places in ("", "us", "de", [place for _, place in rows]):
        made, faults = column(key, cells, places)
        for i, cell in enumerate(cells):
            place = places if isinstance(places, str) else places[i]
            assert faults.get(i, made[i]) == hashed(name, cell, place=place), (name, cell, place)
        assert all(made[i] == "" for i in faults)


def test_column_of_hashes_passes_unchanged(subtests: pytest.Subtests) -> None:
    for name in [name for name, key in KEYS.items() if key.hashed]:
        with subtests.test(name=name):
            digests = [hashlib.sha256(bytes([n])).hexdigest() for n in range(5)]
            made, faults = column(KEYS[name], [digests[0].upper(), *digests[1:], ""])
            assert (made, faults) == ([*digests, ""], {})


def test_columns_of_dates_of_birth_are_three() -> None:
    made, faults = columns_of("DOB", ["1997-02-16", None, "yesterday", "a" * 64])
    assert {key: cells[0] for key, cells in made.items()} == {
        "DOBY": hashed("DOBY", "1997"),
        "DOBM": hashed("DOBM", "2"),
        "DOBD": hashed("DOBD", "16"),
    }
    assert faults == {2: Reason.NOT_DATE, 3: Reason.HASHED_DATE}
    assert made["DOBY"][1:] == ["", "", ""]


def parsed(value: str, region: str) -> str | None:
    """Return what the library says, the long way."""
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return None
    digits = f"{number.country_code}{phonenumbers.national_significant_number(number)}"
    return digits if phonenumbers.is_possible_number(number) and 7 <= len(digits) <= 15 else None


@pytest.mark.slow
def test_national_numbers_equal_the_library() -> None:
    random.seed(3)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in range(8):
            example = phonenumbers.example_number_for_type(region, kind)
            if example is None:
                continue
            short = phonenumbers.national_significant_number(example)
            code = str(example.country_code)
            shown = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
            odd = "".join(random.choice("0123456789") for _ in range(random.randrange(4, 14)))
            for value in (shown, short, f"0{short}", f"1{short}", f"8{short}", code + short, f"{code}0{short}", odd):
                if not value.startswith("00"):
                    told = national(value, "".join(filter(str.isdigit, value)), region.lower())
                    right = parsed(value, region)
                    if value.startswith(code) and phonenumbers.is_valid_number(phonenumbers.parse(f"+{value}")):
                        right = parsed(f"+{value}", region)
                    assert (None if isinstance(told, Reason) else told) == right, (region, value)


def test_phone_with_country_code_ignores_the_region() -> None:
    for place in ("", "us", "de", "jp"):
        assert phone("+44 7911 123456", place) == phone("0044 7911 123456", place) == "447911123456"
