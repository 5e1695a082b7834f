"""Values as Meta wants them: every published vector, the rules of the facts, and what holds for any input."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

import pycountry
import pytest
from explore import examples
from facebook_business.adobjects.customaudience import CustomAudience
from hypothesis import given, settings
from hypothesis import strategies as st

from admonster_fb import ParameterError
from admonster_fb.audience_data import CAPI, KEYS, Reason, hashed, normalise
from admonster_fb.audience_data.schema_keys import EXTRAS

VECTORS = [
    ("EMAIL", "mary@example.com", "", "f1904cf1a9d73a55fa5de0ac823c4403ded71afd4c3248d00bdcd0866552bb79"),
    ("EMAIL", " Mary@Example.com\t", "", "f1904cf1a9d73a55fa5de0ac823c4403ded71afd4c3248d00bdcd0866552bb79"),
    ("EMAIL", "John_Smith@gmail.com", "", "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"),
    ("PHONE", "15559876543", "", "1ef970831d7963307784fa8688e8fce101a15685d62aa765fed23f3a2c576a4e"),
    ("PHONE", "+1 555-987-6543", "", "1ef970831d7963307784fa8688e8fce101a15685d62aa765fed23f3a2c576a4e"),
    ("PHONE", "(650)555-1212", "us", "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"),
    ("FN", "Mary", "", "6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec"),
    ("FN", "정", "", "8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14"),
    ("FN", "Valéry", "", "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c"),
    ("FN", "Vale\u0301ry", "", "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c"),
    ("COUNTRY", "United States", "", "79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621"),
    ("COUNTRY", "US", "", "79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621"),
    ("db", "1997-02-16", "", "01acdbf6ec7b4f478a225f1a246e5d6767eeab1a7ffa17f025265b5b94f40f0c"),
    ("GEN", "Male", "", "62c66a7a5dd70c3146618063c344e531e6d4b59e379808443ce962b3abd63c5a"),
    ("GEN", "f", "", "252f10c83610ebca1a059c0bae8255eba2f95be4d1d7bcfa89d7248a82d9f111"),
    ("ST", "California", "us", "6959097001d10501ac7d54c0bdb8db61420f658f2922cc26e46d536119a31126"),
    ("ZIP", "94035-1234", "us", "1794327a4d443904421f5ca1f3d72d0a62ba2f0770d80755ec2220fc0efb052e"),
]


def test_hashed_published_vectors_match(subtests: pytest.Subtests) -> None:
    for key, cell, place, digest in VECTORS:
        with subtests.test(key=key, cell=cell, place=place, digest=digest):
            assert hashed(key, cell, place=place) == digest


RULES = [
    ("EMAIL", "a.b.c@gmail.com", "", "a.b.c@gmail.com"),  # dots stay
    ("EMAIL", "mary@example.com.", "", "mary@example.com."),  # the SDK's helper drops the dot; Meta's rule does not
    ("EMAIL", "mary@example", "", Reason.NOT_EMAIL),
    ("EMAIL", ".mary@example.com", "", Reason.NOT_EMAIL),
    ("DOBM", "Sept.", "", "09"),
    ("DOB", "12 31/1990", "", "19901231"),
    ("DOB", "1990年12月31日", "", "19901231"),
    ("DOB", "2/3/1990 (dd/mm/yyyy)", "us", "19900302"),
    ("EMAIL", "STRASSE@Bücher.example", "", "strasse@bücher.example"),
    ("PHONE", "0049 171/123 45 67", "", "491711234567"),
    ("PHONE", "+49 (0)171 1234567", "", "491711234567"),
    ("PHONE", "+39 (0)6 1234 5678", "", "390612345678"),  # Italy keeps its zero
    ("PHONE", "\u202a+44 7911 123456\u202c", "", "447911123456"),
    ("PHONE", "\uff0b44 7911 1\uff12\uff13\u0664\uff15\uff16", "", "447911123456"),
    ("PHONE", "tel:+44-7911-123456", "", "447911123456"),
    ("PHONE", "0171 1234567", "de", "491711234567"),
    ("PHONE", "1-555-987-6543", "us", "15559876543"),
    ("PHONE", "650 555 1212 ext. 5", "us", "16505551212"),
    ("PHONE", "06 1234 5678", "it", "390612345678"),
    ("PHONE", 491711234567.0, "", "491711234567"),
    ("FN", "José María", "", "josémaría"),
    ("FN", "Élodie", "", "élodie"),
    ("LN", "O\u2019Neil-Núñez, Jr.", "", "oneilnúñezjr"),
    ("LN", "प्रिया", "", "प्रिया"),  # vowel signs are no punctuation
    ("FI", "Élodie", "", "é"),
    ("FI", "M.", "", "m"),
    ("CT", "São Paulo", "", "sãopaulo"),
    ("CT", "St. John's", "", "stjohns"),
    ("ST", "N.Y.", "us", "ny"),
    ("ST", "California", "", "ca"),
    ("ST", "Florida", "uy", "florida"),  # a department of Uruguay
    ("ST", "Nordrhein-Westfalen", "de", "nordrheinwestfalen"),
    ("ZIP", "94035", "", "94035"),
    ("ZIP", "94035 1234", "us", "94035"),
    ("ZIP", "M1 1AE", "gb", "m11ae"),
    ("ZIP", "SW1A 1AA", "", "sw1a1aa"),
    ("ZIP", "K1A 0B1", "ca", "k1a0b1"),
    ("ZIP", "1234 AB", "nl", "1234ab"),
    ("ZIP", "01310-100", "br", "01310100"),
    ("COUNTRY", "USA", "", "us"),
    ("COUNTRY", "Österreich", "", "at"),  # the SDK's helper makes `st` of it
    ("COUNTRY", "Germany", "", "de"),
    ("COUNTRY", "uk", "", "gb"),
    ("COUNTRY", "U.S.A.", "", "us"),
    ("GEN", "weiblich", "", "f"),
    ("DOBY", 1997, "", "1997"),
    ("DOBM", "2", "", "02"),
    ("DOBD", "7", "", "07"),
    ("DOB", date(1997, 2, 16), "", "19970216"),
    ("DOB", "16.2.1997", "", "19970216"),
    ("DOB", "02/16/1997", "", "19970216"),
    ("DOB", "16/02/1997", "", "19970216"),
    ("DOB", "03/02/1997", "gb", "19970203"),
    ("DOB", "03/02/1997", "us", "19970302"),
    ("DOB", "1997-02-16T00:00:00Z", "", "19970216"),
    ("MADID", " AECE52E7-03EE-455A-B3C4-E57283966239 ", "", "aece52e7-03ee-455a-b3c4-e57283966239"),
    ("EXTERN_ID", " C-0042. ", "", " C-0042. "),
    ("UID", "120210000000001", "", "120210000000001"),
]


@pytest.mark.thorough
def test_normalise_follows_metas_rules(subtests: pytest.Subtests) -> None:
    for key, cell, place, told in RULES:
        with subtests.test(key=key, cell=cell, place=place, told=told):
            assert normalise(key, cell, place=place) == told


REFUSED = [
    ("EMAIL", "mary at example.com", "", Reason.NOT_EMAIL),
    ("EMAIL", "@example.com", "", Reason.NOT_EMAIL),
    ("EMAIL", "a@b.example, c@d.example", "", Reason.NOT_EMAIL),
    ("EMAIL", "Mary <mary@example.com>", "", Reason.NOT_EMAIL),
    ("EMAIL", "ma ry@example.com", "", Reason.NOT_EMAIL),
    ("EMAIL", "ma\0ry@example.com", "", Reason.NOT_EMAIL),
    ("EMAIL", "v\ufffdl@example.com", "", Reason.BROKEN),
    ("EMAIL", "v\ud800l@example.com", "", Reason.BROKEN),
    ("EMAIL", b"\xff\xfe", "", Reason.BROKEN),
    ("EMAIL", True, "", Reason.NOT_TEXT),
    ("EMAIL", ["a@b.example"], "", Reason.NOT_TEXT),
    ("PHONE", "(650)555-1212", "", Reason.NO_COUNTRY_CODE),
    ("PHONE", "0171 1234567", "", Reason.NO_COUNTRY_CODE),
    ("PHONE", "01711234567", "", Reason.NO_COUNTRY_CODE),
    ("PHONE", "+0171 1234567", "", Reason.NO_COUNTRY_CODE),
    ("PHONE", "call me", "", Reason.NOT_PHONE),
    ("PHONE", "+123", "", Reason.NOT_PHONE),
    ("PHONE", "+1234567890123456", "", Reason.NOT_PHONE),
    ("PHONE", "4.917E+11", "", Reason.NOT_PHONE),
    ("PHONE", "12", "us", Reason.NOT_PHONE),
    ("PHONE", "10", "de", Reason.NOT_PHONE),
    ("GEN", "x", "", Reason.NOT_GENDER),
    ("DOBY", "1899", "", Reason.NOT_YEAR),
    ("DOBY", str(datetime.now(UTC).year + 1), "", Reason.NOT_YEAR),
    ("DOBY", "97", "", Reason.NOT_YEAR),
    ("DOBM", "13", "", Reason.NOT_MONTH),
    ("DOBD", "0", "", Reason.NOT_DAY),
    ("DOB", "03/02/1997", "", Reason.UNCLEAR_DATE),
    ("DOB", "30.02.1997", "", Reason.NOT_DATE),
    ("DOB", "16.02.97", "", Reason.NOT_DATE),
    ("FN", "-", "", Reason.NO_LETTERS),
    ("FN", "🙂", "", Reason.NO_LETTERS),
    ("FI", "123", "", Reason.NO_LETTERS),
    ("ST", "75", "fr", Reason.NO_LETTERS),
    ("ST", "Bavaria", "us", Reason.NOT_STATE),
    ("ZIP", "2139", "us", Reason.NOT_ZIP),
    ("COUNTRY", "Atlantis", "", Reason.NOT_COUNTRY),
    ("COUNTRY", "XX", "", Reason.NOT_COUNTRY),
    ("MADID", "mary@example.com", "", Reason.NOT_MADID),
    ("MADID", "00000000-0000-0000-0000-000000000000", "", Reason.OPTED_OUT),
    ("EXTERN_ID", "mary@example.com", "", Reason.EMAIL_AS_ID),
    ("UID", "mary", "", Reason.NOT_ID),
]


@pytest.mark.thorough
def test_normalise_unusable_cell_gives_a_reason(subtests: pytest.Subtests) -> None:
    for key, cell, place, reason in REFUSED:
        with subtests.test(key=key, cell=cell, place=place, reason=reason):
            assert normalise(key, cell, place=place) is reason
            assert hashed(key, cell, place=place) is reason


NOTHING_STAYS_NOTHING_1 = [None, "", "  \t", "\ufeff", b"", float("nan"), Decimal("nan")]


@pytest.mark.thorough
def test_hashed_empty_cell_stays_empty(subtests: pytest.Subtests) -> None:
    for cell in NOTHING_STAYS_NOTHING_1:
        for key in KEYS:
            with subtests.test(cell=cell, key=key):
                assert hashed(key, cell) == ""


def test_keys_hashed_are_those_of_meta() -> None:
    plain = {name for name, key in KEYS.items() if not key.hashed}
    assert plain == {"MADID", "EXTERN_ID", "UID", "APPUID", "PAGEUID"}
    assert {"em", "ph", "ge", "db", "ln", "fn", "st", "ct", "zp", "country"} <= {
        name for name, key in CAPI.items() if key.hashed
    }
    assert not CAPI["client_ip_address"].hashed
    assert not CAPI["fbp"].hashed


def test_hashed_digest_passes_unchanged(subtests: pytest.Subtests) -> None:
    for key in [name for name, key in KEYS.items() if key.hashed]:
        with subtests.test(key=key):
            digest = hashlib.sha256(b"anything").hexdigest()
            assert hashed(key, f" {digest.upper()} ") == digest == normalise(key, digest)


def test_normalise_country_accepts_every_iso_name() -> None:
    for each in pycountry.countries:
        names = (each.alpha_2, each.alpha_3, each.name, getattr(each, "common_name", each.name))
        assert {normalise("COUNTRY", name) for name in names} == {each.alpha_2.lower()}, each.name


def test_hashed_unknown_key_is_refused() -> None:
    with pytest.raises(ParameterError, match="one of EMAIL"):
        hashed("SHOE_SIZE", "9")


SAME_AS_SDK = [
    ("EMAIL", "Mary@Example.com "),
    ("PHONE", "+1 (555) 987-6543"),
    ("GEN", "Female"),
    ("FN", "O'Neil"),
    ("LN", "Smith"),
    ("CT", "New York"),
    ("ST", "CA"),
    ("ZIP", "94035-1234"),
    ("COUNTRY", "US"),
    ("DOBY", "1997"),
    ("DOBM", "2"),
    ("DOBD", "16"),
]


def test_hashed_equals_the_sdk_helper_where_that_is_right(subtests: pytest.Subtests) -> None:
    for key, cell in SAME_AS_SDK:
        with subtests.test(key=key, cell=cell):
            told = CustomAudience.format_params([key], [[cell]], is_raw=True)["payload"]["data"][0][0]
            assert hashed(key, cell) == told


CELLS = st.one_of(
    st.text(max_size=30),
    st.text("aB1@ .+-'()0/9é\n\u200b\ufffdß²Σς\u0301", max_size=14),
    st.emails(),
    st.from_regex(r"[+0(]?[0-9 ()/-]{4,18}", fullmatch=True),
    st.from_regex(r"[0-3]?[0-9][./-][0-1]?[0-9][./-](19|20)[0-9]{2}", fullmatch=True),
    st.from_regex(r"[A-Za-z]{1,2}[0-9][A-Za-z0-9]? ?[0-9][A-Za-z]{2}|[0-9]{5}-?[0-9]{4}", fullmatch=True),
    st.text(st.characters(categories=["Lu", "Lt", "Mn", "Lo", "Cs", "Nl", "So"]), max_size=8),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.booleans(),
    st.none(),
    st.binary(max_size=20),
    st.dates(),
    st.uuids(),
    st.lists(st.text(max_size=3), max_size=2),
)
PLACES = st.sampled_from(["", "us", "de", "gb", "it", "br", "fr", "xx"])


def holds_for_any_cell(cell: Any, key: str, place: str) -> None:
    told = normalise(key, cell, place=place)
    sent = hashed(key, cell, place=place)
    if isinstance(told, Reason):
        assert sent is told
        return
    # A number with its country code needs no country any more; a foreign one would be read as one of it.
    again = "" if key == "PHONE" else place
    assert normalise(key, told, place=again) == told
    assert hashed(key, told, place=again) == sent
    if isinstance(sent, Reason):
        assert sent is Reason.OTHER_DIGEST
        return
    assert unicodedata.is_normalized("NFC", told) or not KEYS[key].hashed
    assert (len(str(sent)) in (0, 64)) == (KEYS[key].hashed or not told or len(told) == 64)


@pytest.mark.thorough
@settings(max_examples=examples(150))
@given(CELLS, st.sampled_from(list(KEYS)), PLACES)
def test_normalise_any_cell_is_stable(cell: Any, key: str, place: str) -> None:
    holds_for_any_cell(cell, key, place)


@pytest.mark.thorough
@settings(max_examples=examples(100))
@given(CELLS, st.sampled_from(list(EXTRAS)))
def test_extras_any_cell_gives_a_value_or_reason(cell: Any, key: str) -> None:
    told = EXTRAS[key](cell)
    assert told is None or isinstance(told, int | Decimal | list | Reason)
    assert not isinstance(told, int | Decimal) or told >= 0


@pytest.mark.slow
def test_normalise_every_character_is_stable(subtests: pytest.Subtests) -> None:
    """Of the blocks of Han, Hangul, Cuneiform, hieroglyphs and Tangut, which neither fold nor compose, each 50th."""
    whole = (range(0x3400), range(0xF900, 0x12000), range(0x16100, 0x17000), range(0x1BC00, 0x20000))
    sampled = (range(0x3400, 0xF900, 50), range(0x12000, 0x16100, 50), range(0x17000, 0x1BC00, 50))
    for key in ["EMAIL", "FN", "ST", "ZIP", "FI", "PHONE"]:
        with subtests.test(key=key):
            for code in chain(*whole, *sampled):
                cell = (
                    f"x{chr(code)}1@y"
                    if key == "EMAIL"
                    else f"+{chr(code)}1234567"
                    if key == "PHONE"
                    else f"x{chr(code)}"
                )
                holds_for_any_cell(cell, key, "")
