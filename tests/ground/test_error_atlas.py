"""The error atlas: form of its rows, and the verdicts that callers rely on."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

import admonster_fb.error_atlas as atlas
from admonster_fb import errors
from admonster_fb.error_atlas import UNKNOWN, classify, entries, lookup


def test_atlas_doctests_pass():
    assert doctest.testmod(atlas).failed == 0


def test_entries_have_each_number_once():
    keys = [(entry.code, entry.subcode) for entry in entries()]
    assert len(keys) == len(set(keys))
    anywhere = {entry.subcode for entry in entries() if entry.code is None}
    assert None not in anywhere
    assert not anywhere & {
        entry.subcode for entry in entries() if entry.code is not None and entry.subcode not in (None, 2490547)
    }


def test_entries_are_well_formed():
    wrong = [
        entry
        for entry in (*entries(), *atlas.DEFAULTS.values())
        if not issubclass(getattr(errors, entry.error), errors.APIError)
        or not (entry.cause.endswith(".") and entry.advice.endswith("."))
        or max(len(entry.cause), len(entry.advice)) > 110
        or entry.retry not in ("backoff", "split", "later", "no")
        or entry.who not in ("code", "model", "user", "admin")
        # Waiting helps exactly against limits and faults.
        or (entry.retry in ("backoff", "later")) != (entry.error in ("RateLimited", "TransientError"))
    ]
    assert wrong == []


# `docs/meta-rules.md`, Error numbers; the last column is who must act.
VERDICTS = [
    (1, None, "TransientError", "backoff", "code"),
    (1, 99, "TransientError", "backoff", "code"),
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
]


def test_lookup_known_numbers_give_class_retry_and_who():
    found = [(code, subcode, *_verdict(lookup(code, subcode))) for code, subcode, *_ in VERDICTS]
    assert found == VERDICTS


def _verdict(entry):
    return entry.error, entry.retry, entry.who


ANSWERS = [
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
    ((1, None), None, 400, "InvalidParameterError"),  # live: all of them are permanent
    ((1, None), True, 400, "TransientError"),
    ((1, None), None, 500, "TransientError"),
    ((100, 1487989), None, 500, "InvalidParameterError"),  # live: a validation error with HTTP 500
]


def test_classify_uses_transient_flag_and_status_only_for_unknown_numbers():
    found = [
        (numbers, flag, status, classify(*numbers, is_transient=flag, http_status=status).error)
        for numbers, flag, status, _ in ANSWERS
    ]
    assert found == ANSWERS


@pytest.mark.thorough
@given(st.integers() | st.none(), st.integers() | st.none())
def test_lookup_any_number_gives_advice(code, subcode):
    assert lookup(code, subcode).advice


def test_lookup_numbers_from_recorded_answers_are_known():
    numbers = [6200, 3018, 2650, 246003, 2490589, 1487810, 1885194, 1885364, 1885998, 1885316, 2446880, 3858504]
    assert [number for number in numbers if lookup(number) is UNKNOWN] == []
