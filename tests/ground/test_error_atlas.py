import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

import admonster_fb.error_atlas as atlas
from admonster_fb import errors
from admonster_fb.error_atlas import ENTRIES, UNKNOWN, classify, lookup


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


# The numbers that Meta documents, at the error reference and on the pages of campaigns, ad sets, ads and insights.
DOCUMENTED = """
-3 -2 1 2 3 4 10 17 32 33 99 100 102 104 105 190 194 200 270 283 294 300 341 351 352 368 382 389 415 457 458 459 460
463 464 467 492 500 506 613 801 900 1150 1500 1996 2500 2606 2607 2615 2620 2635 2641 2650 2654 2695 3018 3944 3979
3980 5000 6000 6001 36007 36008 36009 80000 80001 80002 80003 80004 80005 80006 80008 80009 80014 246003 246004
1340029 1373054 1404078 1404163 1443226 1487007 1487033 1487056 1487079 1487225 1487472 1487534 1487566 1487632
1487678 1487694 1487742 1487756 1487831 1487901 1487929 1487990 1504018 1504022 1504038 1504039 1504041 1504042
1504043 1504044 1504045 1713092 1713098 1713228 1713230 1713231 1713232 1752129 1815089 1815199 1815430 1815629
1815857 1815946 1870034 1870047 1870050 1870065 1870088 1870090 1870092 1870144 1870145 1870147 1870148 1870158
1870159 1870165 1870189 1870199 1870219 1870220 1870227 1885029 1885088 1885172 1885183 1885204 1885272 1885557
1885621 1885650 2061015 2238055 2446079 2446149 2446173 2446289 2446307 2446347 2446383 2446394 2446509 2446580
2446712 2446867 2446880 2490085 2490155 2490427 2490468 2490487 2490547 2708008 2859015 2909034 3191001 3858064
3858079 3858081 3858082 3858152 3858258 3858418 3867105 3910001 4834002 4834005 4834006 4834009 4834011 5044001
"""


def test_every_documented_number_has_a_row():
    numbers = {int(number) for number in DOCUMENTED.split()}
    codes = {entry.code for entry in ENTRIES} | set(range(200, 300))
    subcodes = {entry.subcode for entry in ENTRIES}
    assert sorted(numbers - codes - subcodes) == []
    assert [number for number in sorted(numbers) if lookup(number) is UNKNOWN] == [33, 99, 1996]


def test_numbers_named_elsewhere():
    elsewhere = [6200, 3018, 2650, 246003, 2490589, 1487810, 1885194, 1885364, 1885998, 1885316, 2446880, 3858504]
    assert [number for number in elsewhere if lookup(number) is UNKNOWN] == []
