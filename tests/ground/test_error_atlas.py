import doctest
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import admonster_fb.error_atlas as atlas
from admonster_fb import errors
from admonster_fb.error_atlas import ENTRIES, UNKNOWN, classify, lookup

SHARED = Path(__file__).resolve().parents[3] / "shared"


def test_doctests():
    assert doctest.testmod(atlas).failed == 0


def test_every_number_once():
    keys = [(entry.code, entry.subcode) for entry in ENTRIES]
    assert len(keys) == len(set(keys))
    assert not {None} & {entry.subcode for entry in ENTRIES if entry.code is None}
    anywhere = {entry.subcode for entry in ENTRIES if entry.code is None}
    assert not anywhere & {
        entry.subcode for entry in ENTRIES if entry.code is not None and entry.subcode not in (None, 2490547)
    }


@pytest.mark.parametrize("entry", [*ENTRIES, *atlas.DEFAULTS.values()], ids=str)
def test_rows_are_well_made(entry):
    assert issubclass(getattr(errors, entry.error), errors.APIError)
    assert entry.cause.endswith(".")
    assert entry.advice.endswith(".")
    assert len(entry.advice) <= 110
    assert len(entry.cause) <= 110
    assert entry.retry in ("backoff", "split", "later", "no")
    assert entry.who in ("code", "model", "user", "admin")
    # Waiting helps exactly against limits and faults.
    assert (entry.retry in ("backoff", "later")) == (entry.error in ("RateLimited", "TransientError"))


# api_facts.md section 6 and field notes; the last column is what the bot must do about it.
@pytest.mark.parametrize(
    ("code", "subcode", "error", "retry", "who"),
    [
        (1, None, "TransientError", "backoff", "code"),
        (1, 99, "InvalidParameterError", "no", "model"),
        (1, 2853001, "PermissionDeniedError", "no", "user"),
        (2, None, "TransientError", "backoff", "code"),
        (2, 1504044, "TransientError", "backoff", "code"),
        (2, 1504041, "InvalidParameterError", "no", "model"),
        (2, 1892058, "InvalidParameterError", "no", "model"),
        (2, 1504038, "InvalidParameterError", "split", "code"),
        (100, 1504018, "InvalidParameterError", "split", "code"),
        (-3, 1504045, "InvalidParameterError", "split", "code"),
        (-2, 2490547, "TransientError", "backoff", "code"),
        (4, None, "RateLimited", "backoff", "code"),
        (17, 2446079, "RateLimited", "backoff", "code"),
        (80004, 2446079, "RateLimited", "backoff", "code"),
        (80007, None, "RateLimited", "backoff", "code"),
        (17, 1885172, "RateLimited", "later", "user"),
        (613, None, "RateLimited", "later", "code"),
        (613, 1487632, "RateLimited", "later", "code"),
        (613, 5044001, "RateLimited", "backoff", "code"),
        (100, None, "InvalidParameterError", "no", "model"),
        (100, 33, "NotFoundError", "no", "model"),
        (803, None, "NotFoundError", "no", "model"),
        (100, 1487834, "InvalidParameterError", "no", "model"),
        (100, 1487833, "TransientError", "backoff", "code"),
        (2601, 1815107, "TransientError", "backoff", "code"),
        (190, None, "AuthenticationError", "no", "user"),
        (190, 458, "AuthenticationError", "no", "user"),
        (190, 460, "AuthenticationError", "no", "user"),
        (190, 463, "AuthenticationError", "no", "user"),
        (190, 467, "AuthenticationError", "no", "user"),
        (102, 463, "AuthenticationError", "no", "user"),
        # These do not mean that the token is dead:
        (190, 459, "BlockedError", "no", "user"),
        (190, 490, "BlockedError", "no", "user"),
        (190, 492, "PermissionDeniedError", "no", "user"),
        (190, 2069032, "PermissionDeniedError", "no", "admin"),
        (10, None, "PermissionDeniedError", "no", "user"),
        (200, None, "PermissionDeniedError", "no", "admin"),
        (299, None, "PermissionDeniedError", "no", "admin"),
        (368, None, "BlockedError", "no", "user"),
        (368, 1390008, "BlockedError", "no", "user"),
        (368, 1404078, "BlockedError", "no", "user"),
        (100, 2859015, "BlockedError", "no", "user"),
        (31, None, "BlockedError", "no", "user"),
        (31, 3858385, "BlockedError", "no", "user"),
        (100, 1359188, "BlockedError", "no", "user"),
        (2663, None, "PermissionDeniedError", "no", "user"),
        (2650, 1870145, "TransientError", "later", "code"),
        (2650, 1870148, "TransientError", "backoff", "code"),
        (2650, 1870158, "InvalidParameterError", "no", "code"),
        # A long subcode says the same under another code and in the code's place (seen live); a short one does not.
        (200, 1487534, "InvalidParameterError", "split", "code"),
        (1487366, None, "NotFoundError", "no", "model"),
        (1487301, None, "PermissionDeniedError", "no", "admin"),
        (200, 33, "PermissionDeniedError", "no", "admin"),
        (4, 99, "RateLimited", "backoff", "code"),
    ],
)
def test_classes(code, subcode, error, retry, who):
    entry = lookup(code, subcode)
    assert (entry.error, entry.retry, entry.who) == (error, retry, who)


@pytest.mark.parametrize(
    ("numbers", "is_transient", "http_status", "error"),
    [
        ((987654, None), None, 400, "APIError"),
        ((987654, None), True, 400, "TransientError"),
        ((987654, None), None, 503, "TransientError"),
        ((987654, None), None, 429, "RateLimited"),
        ((None, None), None, 500, "TransientError"),
        ((100, 9999999), True, 400, "TransientError"),
        ((100, None), True, 400, "InvalidParameterError"),
        ((100, 33), True, 400, "NotFoundError"),
        ((368, 1390008), True, 400, "BlockedError"),
        ((2, 1504044), False, 400, "TransientError"),  # live: false, yet it goes away
        ((100, 1487989), None, 500, "InvalidParameterError"),  # live: a validation error with HTTP 500
    ],
)
def test_is_transient_and_status_count_only_about_the_unknown(numbers, is_transient, http_status, error):
    assert classify(*numbers, is_transient=is_transient, http_status=http_status).error == error


@given(st.integers() | st.none(), st.integers() | st.none())
def test_never_fails(code, subcode):
    assert lookup(code, subcode).advice


def section_6() -> str:
    facts = SHARED / "api_facts.md"
    if not facts.exists():
        pytest.skip("the shared api_facts.md is absent")
    text = facts.read_text(encoding="utf-8")
    return text[text.index("## 6. Errors") : text.index("## 7.")]


def expanded(group: str) -> list[int]:
    """Write out "3858079/81/152" as three numbers."""
    first, *rest = group.split("/")
    return [int(first), *(int(part if len(part) >= 5 else first[: -len(part)] + part) for part in rest)]


def named_numbers() -> set[int]:
    # Meta's minus sign and the dash of "200 to 299" in plain letters
    text = section_6().replace("\N{MINUS SIGN}", "-").replace("\N{EN DASH}", "~")
    first_columns = " ".join(
        row.split("|")[1] for row in text.splitlines() if row.startswith("| ") and "---" not in row
    )
    paragraph = text[text.index("Validation subcodes") :].replace("191x100", "")
    found = {int(number) for number in re.findall(r"(?<![\d~])-?\d+(?![\d~])", first_columns)}
    return found | {number for group in re.findall(r"\b\d{4,}(?:/\d+)*", paragraph) for number in expanded(group)}


def test_every_number_of_section_6_is_here():
    numbers = named_numbers()
    assert len(numbers) > 150
    codes = {entry.code for entry in ENTRIES} | set(range(200, 300))
    subcodes = {entry.subcode for entry in ENTRIES}
    assert sorted(numbers - codes - subcodes) == []
    assert all(lookup(number) is not UNKNOWN or number in (33, 99, 1996) for number in numbers)


def test_numbers_named_elsewhere():
    elsewhere = [6200, 3018, 2650, 246003, 2490589, 1487810, 1885194, 1885364, 1885998, 1885316, 2446880, 3858504]
    assert [number for number in elsewhere if lookup(number) is UNKNOWN] == []
