import doctest
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import admonster_fb.redaction as module
from admonster_fb.redaction import redact

TOKEN = "EAABsbCS1iHgBAKZCZAqX4ZBqZBfakefakefakefake0123456789"
APP_TOKEN = "2586347315015828|0123456789abcdef0123456789abcdef"
NAMES = ("access_token", "appsecret_proof", "client_secret", "fb_exchange_token", "input_token", "code")


def test_doctests():
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "form",
    [
        "GET /oauth?{name}={value}&limit=5",
        "{name}={value}",
        "https://h/?next=https%3A%2F%2Fh%2F%3F{name}%3D{value}%26x",
        '{{"{name}": "{value}"}}',
        '{{"{name}":"{value}","x":1}}',
        "{{'{name}': '{value}'}}",
        '{{"body":"{{\\"{name}\\":\\"{value}\\"}}"}}',
        '{{"next":"https:\\/\\/h\\/?{name}={value}\\u0026limit=25"}}',
        '{{"{name}": "{value}',
    ],
)
def test_named_values(name, form):
    text = form.format(name=name, value="s3cr3tvalue")
    assert "s3cr3tvalue" not in redact(text)
    assert "[redacted]" in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {TOKEN}",
        f"authorization: bearer {APP_TOKEN}",
        "Authorization: Bearer shorty",
        f"{{'Authorization': 'OAuth {TOKEN}'}}",
        "Authorization: OAuth abc123def456",
        f"token {TOKEN}.",
        f"x%3D{TOKEN}%26",
        f"use {APP_TOKEN} for this",
        "2586347315015828%7C0123456789abcdef0123456789abcdef",
        "sandbox-0123456789abcdef",
        "FACEBOOK_ACCESS_TOKEN=s3cr3t-2586347315015828",
    ],
)
def test_bare_secrets(text):
    masked = redact(text)
    assert "[redacted]" in masked
    for part in (TOKEN, APP_TOKEN[-20:], "abc123def456", "0123456789abcdef", "s3cr3t", "shorty"):
        assert part not in masked


@pytest.mark.parametrize(
    "text",
    [
        "Invalid OAuth access token - Cannot parse access token",  # live, code 190
        "Invalid OAuth 2.0 Access Token",  # live, 190/2069032
        'OAuth "Facebook Platform" "invalid_token" "Bad signature"',  # live, WWW-Authenticate
        "(code 100, subcode 33)",
        '{"error": {"code": 190, "error_subcode": 463}}',
        '{"error": {"code": "190"}}',
        "error_code=190&code=190",
        "country_code=DE",
        "120330000123456789 EAA short",
        "sandbox-added, bearer token is missing, 100|1487534",
        "",
    ],
)
def test_leaves_the_rest(text):
    assert redact(text) == text


MARKS = ["=", "%3D", '"', "'", "\\", ": ", ":", "&", "|", "%7C", " ", "\n", "]", "[", "/", "\\/", "-"]
WORDS = ["Bearer ", "OAuth ", "bearer", "sandbox-deadbeef99", "[redacted]", "12", "7", "abc", "EAA", "tokens"]
PIECES = st.sampled_from([*NAMES, *MARKS, *WORDS, TOKEN, APP_TOKEN])


@given(st.lists(PIECES | st.text(max_size=8), max_size=14).map("".join))
def test_idempotent(text):
    assert redact(redact(text)) == redact(text)


@given(st.text(alphabet="abcdefXYZ0123456789_-", min_size=1, max_size=40).filter(lambda s: not s.isdigit()))
def test_json_stays_json(secret):
    masked = json.loads(redact(json.dumps({"access_token": secret, "id": "1"})))
    assert masked == {"access_token": "[redacted]", "id": "1"}


@given(st.text(alphabet="abcdefXYZ0123456789", min_size=20, max_size=200), st.text(max_size=20))
def test_meta_tokens_never_survive(tail, around):
    assert f"EAA{tail}" not in redact(f"{around} EAA{tail} {around}")
