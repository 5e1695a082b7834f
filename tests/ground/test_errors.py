import copy
import doctest
import json
import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings import error_catalog, recordings

import admonster_fb.errors as module
from admonster_fb.errors import (
    MISSING,
    APIError,
    AuthenticationError,
    BlockedError,
    FacebookAdsError,
    InvalidParameterError,
    NetworkError,
    NotFoundError,
    OutcomeUnknown,
    ParameterError,
    PermissionDeniedError,
    RateLimited,
    TransientError,
    Violation,
    api_error,
    unreadable,
)

TOKEN = "EAABsbCS1iHgBAKZCZAqX4ZBqZBfakefakefakefake0123456789"


@pytest.mark.thorough
def test_errors_doctests_pass():
    assert doctest.testmod(module).failed == 0


def made(error, **given):
    return api_error(error, **({"http_status": 400, "request": "POST act_1/campaigns"} | given))


def check_text(error):
    for text in (str(error), repr(error)):
        assert text.isprintable()
        assert TOKEN not in text
    assert 0 < len(str(error)) <= 600


# Live v23.0, keboola/component-meta cassette: error_data as JSON text.
GOAL = {
    "message": "Invalid parameter",
    "type": "OAuthException",
    "code": 100,
    "error_data": '{"blame_field_specs":[["optimization_goal"]]}',
    "error_subcode": 2490408,
    "is_transient": False,
    "error_user_title": "Performance goal isn't available",
    "error_user_msg": "You can't use the selected performance goal with your campaign objective.",
    "fbtrace_id": "A1b2",
}


def test_api_error_current_envelope_is_read():
    error = made(GOAL)
    assert type(error) is InvalidParameterError
    assert (error.code, error.error_subcode, error.type) == (100, 2490408, "OAuthException")
    assert error.error_data == {"blame_field_specs": [["optimization_goal"]]}
    assert error.blame_field_specs == [["optimization_goal"]]
    assert (error.is_transient, error.fbtrace_id, error.http_status) == (False, "A1b2", 400)
    assert (error.retry, error.retryable, error.who) == ("no", False, "model")
    assert str(error) == (
        "Invalid parameter (code 100, subcode 2490408). Performance goal isn't available. You can't use the selected "
        "performance goal with your campaign objective. Fields: optimization_goal. What to do: Choose an "
        "optimization_goal of this objective. [POST act_1/campaigns, fbtrace_id A1b2]"
    )


# The forms of error_data seen live, with their sources' subcodes.
ERROR_DATA = [
    (None, None, []),
    ({"blame_field_specs": [["account_id"]]}, {"blame_field_specs": [["account_id"]]}, [["account_id"]]),  # 1359101
    ('{"blame_field_specs":[["link"]]}', {"blame_field_specs": [["link"]]}, [["link"]]),  # 2061015
    ('{"blame_field":"targeting"}', {"blame_field": "targeting"}, [["targeting"]]),  # 1487756
    ('"null"', None, []),  # 1815629
    ("null", None, []),
    ({"blame_field_specs": [[""]]}, {"blame_field_specs": [[""]]}, []),  # 2108006
    ('"{\\"blame_field\\":\\"a\\"}"', {"blame_field": "a"}, [["a"]]),
    ({"blame_field_specs": ["a", ["b", 0]]}, {"blame_field_specs": ["a", ["b", 0]]}, [["a"], ["b", "0"]]),
    ('{"checkpoint_flow_id":"2077"}', {"checkpoint_flow_id": "2077"}, []),  # 190/490
    ("no json {", "no json {", []),
    ("5", "5", []),
    ([1], [1], []),
    (
        {"blame_field_specs": None, "blame_field": {"x": 1}},
        {"blame_field_specs": None, "blame_field": {"x": 1}},
        None,
    ),
    ({"access_token": "abc"}, {"access_token": "[redacted]"}, []),
]


def test_api_error_data_is_decoded_with_blamed_fields(subtests):
    for data, decoded, blamed in ERROR_DATA:
        with subtests.test(data=data, decoded=decoded, blamed=blamed):
            error = made({"code": 100, "error_data": data})
            assert error.error_data == decoded
            if blamed is not None:
                assert error.blame_field_specs == blamed


SHAPES = [
    (None, APIError, None),
    ("Service Unavailable", APIError, None),
    ([], APIError, None),
    (5, APIError, None),
    (True, APIError, None),
    ({}, APIError, None),
    ({"message": None, "code": None}, APIError, None),
    ({"message": {"deep": [1]}, "code": {}}, APIError, None),
    ({"code": "190", "error_subcode": "463"}, AuthenticationError, 190),
    ({"code": 100.0, "error_subcode": 33.0}, NotFoundError, 100),
    ({"code": True}, APIError, None),
    ({"code": float("nan")}, APIError, None),
    ({"code": float("inf")}, APIError, None),
    ({"code": "x" * 9000}, APIError, None),
    ({"code": "9" * 9000}, APIError, None),
    ({"code": -1, "message": ""}, TransientError, -1),
    # Very old answers without a code (spring-social-facebook fixtures, 2011-2015): the number is in the text.
    ({"type": "OAuthException", "message": "(#341) Feed action request limit reached"}, RateLimited, 341),
    ({"type": "OAuthException", "message": "(#299) Requires extended permission"}, PermissionDeniedError, 299),
    ({"type": "OAuthException", "message": "(#3) App must be on whitelist"}, PermissionDeniedError, 3),
    ({"type": "Exception", "message": "User must be an owner of the friendlist"}, APIError, None),
    # Where there is a code, the text decides nothing.
    ({"code": 100, "message": "(#190) The access token expired, rate limit"}, InvalidParameterError, 100),
    ({"code": 0, "message": "(#190) x"}, APIError, 0),
    # A failed report run and debug_token use other keys.
    ({"error_code": -2, "error_subcode": 2490547, "error_message": "failed"}, TransientError, -2),
    ({"code": 190, "subcode": 463, "message": "expired"}, AuthenticationError, 190),
    # HTTP 200 with an error body: the identity check.
    ({"code": 31, "error_subcode": 3858385, "message": "verify"}, BlockedError, 31),
]


def test_api_error_any_shape_gives_an_error(subtests):
    for error, kind, code in SHAPES:
        with subtests.test(error=error, kind=kind, code=code):
            result = made(error)
            assert type(result) is kind
            assert result.code == code
            check_text(result)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from([*GOAL, "error_code", "subcode", "error_description"])


@pytest.mark.thorough
@given(JSON | st.dictionaries(KEYS, JSON, max_size=9), st.integers(100, 599))
def test_api_error_any_json_never_raises(error, http_status):
    result = made(error, http_status=http_status)
    check_text(result)
    again = pickle.loads(pickle.dumps(result))
    assert str(again) == str(result)


@pytest.mark.thorough
def test_api_error_non_json_values_never_raise():
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    for thing in (deep, {"message": deep, "error_data": deep}, {"error_data": "[" * 100_000}, {(1, 2): 3}, object()):
        check_text(made(thing))


@pytest.mark.thorough
def test_error_text_is_one_line_without_secrets():
    long = f"line\r\n\x1b[31m\u2028 access_token={TOKEN} \u202e" + "x" * 5000
    error = made(GOAL | {"message": long, "error_user_title": long, "error_user_msg": long, "fbtrace_id": long})
    check_text(error)
    assert TOKEN not in error.message
    assert "What to do" in str(error)
    assert "fbtrace_id" in str(error)
    assert "?" not in made(GOAL, request=f"GET act_1?access_token={TOKEN}").request
    assert TOKEN not in repr(pickle.loads(pickle.dumps(error)).__dict__)


def test_error_text_repeated_message_is_printed_once():
    text = "Error validating access token: Session has expired on Tuesday, 01-Aug-23 10:12:14 PDT."  # live, 190/463
    assert str(made({"code": 190, "error_subcode": 463, "message": text, "error_user_msg": text})).count("Session") == 1


def everything():
    return [
        FacebookAdsError("x", advice="Do y.", retryable=True, who="user", request="GET me"),
        ParameterError([Violation("name", MISSING, "text")], request="POST act_1/ads"),
        NetworkError("timeout", request="GET me"),
        OutcomeUnknown(request="POST act_1/campaigns", check="list campaigns named Sale"),
        made(GOAL, retry_after=5),
        RateLimited(message="at 95 %", retry_after=60, request="GET act_1/insights"),
        unreadable(502, b"<html>", "GET me"),
        made({"code": 368}),
    ]


def test_errors_pickled_or_copied_stay_equal(subtests):
    for error in everything():
        with subtests.test(error=error):
            for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
                assert type(again) is type(error)
                assert (str(again), again.args) == (str(error), error.args)
                assert again.__dict__ == error.__dict__
            assert isinstance(error, FacebookAdsError)
            assert error.advice
            check_text(error)


def test_missing_copied_is_identical():
    assert copy.deepcopy(MISSING) is pickle.loads(pickle.dumps(MISSING)) is MISSING


SHOWN_VALUES = [
    ("50", '"50"'),
    (50, "50"),
    (None, "null"),
    ({"a": [1, True]}, '{"a": [1, true]}'),
    (Decimal("1.5"), "\"Decimal('1.5')\""),
    ({"access_token": "abc"}, '{"access_token": "[redacted]"}'),
    (f"x{' '}{TOKEN}", '"x [redacted]"'),
    ("é\n", '"é\\n"'),
    ({(1, 2): 3}, "<dict>"),
]


def test_violation_text_shows_the_value(subtests):
    for value, shown in SHOWN_VALUES:
        with subtests.test(value=value):
            assert str(Violation("field", value, "other")) == f"field: given {shown}; allowed: other"


def test_violation_of_a_missing_parameter_says_that_it_is_required():
    assert str(Violation("name", MISSING, "required")) == "name is required"
    assert str(Violation("name", MISSING, "text")) == "name is required: text"


def test_violation_text_is_cut_and_masked():
    text = str(Violation("name", "x" * 500, "text"))
    assert len(text) < 120
    assert "…" in text
    # A token that the cut would have halved is masked first.
    assert "EAA" not in str(Violation("name", "y" * 50 + " " + TOKEN, "text"))
    assert "abc" not in str(Violation("access_token", "abc", "text"))
    assert "abc" not in str(Violation("user.client_secret", "abc", "text"))


def test_parameter_error_text_lists_every_violation():
    few = ParameterError([Violation("a", 1, "x"), Violation("b", MISSING, "y")], request="POST act_1/campaigns")
    assert str(few) == (
        "a: given 1; allowed: x | b is required: y. "
        "What to do: Correct these parameters; nothing was sent. [POST act_1/campaigns]"
    )
    assert (few.who, few.retryable, len(few.violations)) == ("model", False, 2)
    many = ParameterError(Violation(f"field_{n}", "v" * 60, "something else") for n in range(30))
    assert all(f"field_{n}" in str(many) for n in range(30))
    assert "\n" not in str(many)
    assert str(ParameterError([]))


def test_errors_without_response_have_defaults():
    limit = RateLimited(message="the account is at 95 %", retry_after=61.4, request="GET act_1/insights")
    assert (limit.code, limit.retry_after, limit.retryable, limit.retry) == (None, 61.4, True, "backoff")
    assert "Wait 61 s" in str(limit)
    assert TransientError(message="x").retryable
    assert BlockedError(message="x").who == "user"


def test_api_error_split_is_not_retryable():
    error = made({"code": 100, "error_subcode": 1487534, "message": "Invalid parameter"})
    assert (error.retry, error.retryable) == ("split", False)


def test_outcome_unknown_is_not_retryable_and_says_what_to_check():
    error = OutcomeUnknown(request="POST act_1/campaigns?x=1", check="list campaigns named Sale")
    assert (error.request, error.retryable) == ("POST act_1/campaigns", False)
    assert "list campaigns named Sale" in str(error)


BODIES = [
    (b"<!DOCTYPE html><html>", "an HTML page"),
    ("  \n<html>", "an HTML page"),
    (b'{"data":[{"id":"1"', "a broken object"),
    (b"[1,", "a broken list"),
    (b"", "an empty body"),
    (b" \r\n", "an empty body"),
    (b"\xff\xfe upstream", "text"),
    ("Bad Gateway " + TOKEN, "text"),
]


def test_unreadable_body_gives_a_transient_error(subtests):
    for body, words in BODIES:
        with subtests.test(body=body, words=words):
            error = unreadable(502, body, "GET act_1/campaigns")
            assert type(error) is TransientError
            assert error.message == f"HTTP 502 with {words} instead of JSON"
            assert error.retryable
            check_text(error)


# Numbers without a row, all seen in one place only and without a known remedy of their own.
@pytest.mark.thorough
def test_api_error_catalog_of_real_errors_is_known():
    rows = error_catalog()
    assert len(rows) > 100
    for row in rows:
        raw = row["error"]
        error = made(raw, http_status=row["http_status"] or 400)
        check_text(error)
        assert type(error) is not APIError or raw["code"] is None, row
        assert (error.code, error.error_subcode) == (raw["code"], raw["error_subcode"])
        if raw["is_transient"]:
            assert error.retryable, row


@pytest.mark.thorough
def test_api_error_recorded_answers_are_read():
    for name, recording in recordings("errors").items():
        if isinstance(recording.body, dict):
            error = made(recording.body["error"], http_status=recording.status_code)
        else:
            error = unreadable(recording.status_code, json.dumps(recording.body), "GET me")
        check_text(error)
        assert isinstance(error, APIError), name
