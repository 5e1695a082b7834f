import hashlib
import json
import logging
import uuid

import pytest
from explore import examples
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tables import table

from admonster_fb import redaction
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.host import as_json
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.plans.text import change_lines
from admonster_fb.models.change import Change
from admonster_fb.redaction import MASK, SECRET_NAMES, Secret, redact
from admonster_fb.report.page import clean_text
from admonster_fb.transport.session import TokenAuth

TOKEN = "EAABsbCS1iHgBAKZCZAqX4ZBqZBfakefakefakefake0123456789"
APP_TOKEN = "2586347315015828|0123456789abcdef0123456789abcdef"
NAMES = (
    *("access_token", "app_secret", "appsecret_proof", "client_secret", "code_verifier"),
    *("fb_exchange_token", "input_token", "verify_token"),
    "code",
)
"""Written out here: a name that is removed from the library's list must be noticed."""
FORMS = [
    "GET /oauth?{name}={value}&limit=5",
    "{name}={value}",
    "https://h/?next=https%3A%2F%2Fh%2F%3F{name}%3D{value}%26x",
    '{{"{name}": "{value}"}}',
    '{{"{name}":"{value}","x":1}}',
    "{{'{name}': '{value}'}}",
    '{{"body":"{{\\"{name}\\":\\"{value}\\"}}"}}',
    '{{"next":"https:\\/\\/h\\/?{name}={value}\\u0026limit=25"}}',
    '{{"{name}": "{value}',
    "https://h/?next=https%253A%252F%252Fh%252F%253F{name}%253D{value}%2526x",
    '{{"next":"https://h/?a=1\\u0026{name}\\u003d{value}\\u0026limit=25"}}',
    '{{"next":"https://h/?{name}=1\\u00257C{value}\\u0026limit=25"}}',  # as Meta writes the token of an app
    '{{"{name}": "\\u0031{value}"}}',
]


def test_secret_names_are_those_of_meta():
    assert {*NAMES} - {"code"} == SECRET_NAMES


def test_redact_named_value_is_masked_in_every_notation():
    texts = [form.format(name=name, value="s3cr3tvalue") for name in NAMES for form in FORMS]
    assert [text for text in texts if "s3cr3tvalue" in redact(text) or "[redacted]" not in redact(text)] == []


BARE = [
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
]
PARTS = (TOKEN, APP_TOKEN[-20:], "abc123def456", "0123456789abcdef", "s3cr3t", "shorty")


def test_redact_secret_without_a_name_is_masked():
    masked = [redact(text) for text in BARE]
    assert [text for text in masked if "[redacted]" not in text or any(part in text for part in PARTS)] == []


HARMLESS = [
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
]


def test_redact_harmless_text_is_unchanged():
    assert [text for text in HARMLESS if redact(text) != text] == []


MARKS = ["=", "%3D", '"', "'", "\\", ": ", ":", "&", "|", "%7C", " ", "\n", "]", "[", "/", "\\/", "-"]
WORDS = ["Bearer ", "OAuth ", "bearer", "sandbox-deadbeef99", "[redacted]", "12", "7", "abc", "EAA", "tokens"]
PIECES = st.sampled_from([*NAMES, *MARKS, *WORDS, TOKEN, APP_TOKEN])


@pytest.mark.thorough
@example("sandbox-deadbeef99OAuth access_tokenaccess_token")
@settings(max_examples=examples(200))
@given(st.lists(PIECES | st.text(max_size=8), max_size=14).map("".join))
def test_redact_twice_changes_nothing_more(text):
    assert redact(redact(text)) == redact(text)


def cased(text: str) -> st.SearchStrategy[str]:
    """Return the text in small and capital letters, and in those that Unicode takes for the same."""
    same = {"s": "sS\N{LATIN SMALL LETTER LONG S}", "k": "kK\N{KELVIN SIGN}", "i": "iI\N{LATIN SMALL LETTER DOTLESS I}"}
    return st.tuples(*[st.sampled_from(same.get(char, char + char.upper())) for char in text.lower()]).map("".join)


@pytest.mark.thorough
@settings(max_examples=examples(200))
@given(st.lists(st.sampled_from([*NAMES, *MARKS, *WORDS, APP_TOKEN]).flatmap(cased) | st.just(TOKEN), max_size=8))
def test_what_is_looked_for_first_leaves_out_nothing(parts):
    text = masked = "".join(parts)
    for _, pattern, replacement in redaction._RULES:
        masked = pattern.sub(replacement, masked)
    assert redaction._WORD.sub(redaction._masked, masked) == redact(text)


@table("name", [*sorted(SECRET_NAMES), "code"])
def test_a_name_in_any_letters_is_masked(name):
    odd = name.replace("s", "\N{LATIN SMALL LETTER LONG S}").replace("k", "\N{KELVIN SIGN}")
    odd = odd.replace("i", "\N{LATIN SMALL LETTER DOTLESS I}")
    assert "s3cr3t" not in redact(f"{odd}=s3cr3t-value {name.upper()}=s3cr3t-value")


@pytest.mark.thorough
@given(st.text(alphabet="abcdefXYZ0123456789_-", min_size=1, max_size=40).filter(lambda s: not s.isdigit()))
def test_redact_json_stays_json(secret):
    masked = json.loads(redact(json.dumps({"access_token": secret, "id": "1"})))
    assert masked == {"access_token": "[redacted]", "id": "1"}


@pytest.mark.thorough
@given(st.text(alphabet="abcdefXYZ0123456789", min_size=20, max_size=200), st.text(max_size=20))
def test_redact_token_of_meta_is_masked_anywhere(tail, around):
    assert f"EAA{tail}" not in redact(f"{around} EAA{tail} {around}")


ESCAPED = [
    "a\\n{}",
    "a\\t{}\\r",
    "token\\u003d{}\\u0026",
    "a%3D{}%26b",
    "a%20{}",
    "a%253D{}%2526b",
    "\\U0001f600{}",
    "\\x00{}",
]
"""The letters of an escape are no part of the word after it."""


@table("use", [Secret, TokenAuth, lambda secret: TokenAuth("EAAB", secret)])
@table("around", ["{}", '{{"a": "{}"}}', "token {}.", "a={}&b=1", "({})", "https://x.example/{}?a=1", *ESCAPED])
def test_a_secret_in_use_is_masked_whatever_its_form(use, around):
    """Meta says that the form and length of tokens change."""
    secret = f"IGQ{uuid.uuid4().hex}"
    assert secret in redact(around.format(secret))
    use(secret)
    assert redact(around.format(secret)) == around.format(MASK)
    assert secret not in repr(redaction._in_use)


@table("start", ["n3w_", "bad_", "u00e9", "x0a_", "5ec2", "3D"])
def test_a_secret_that_begins_like_an_escape_is_masked_after_its_sign(start):
    secret = f"{start}{uuid.uuid4().hex}"
    Secret(secret)
    for sign in ("\\", "%", "\\\\", "100%", "C:\\keys\\"):
        assert redact(sign + secret) == sign + MASK


@table("before", ["\\n", "\\u003d", "%22", "%253D", "%20"])
@table("mask", [redact, redaction.without_tokens])
def test_a_token_that_nobody_has_used_is_masked_after_an_encoded_character(mask, before):
    assert mask(f"a{before}{TOKEN}.") == f"a{before}{MASK}."


def test_the_id_of_an_app_whose_token_is_in_use_is_shown():
    secret = uuid.uuid4().hex
    Secret(f"2586347315015828|{secret}")
    assert redact(f"app 2586347315015828: {secret}") == f"app 2586347315015828: {MASK}"


OF_A_CUSTOMER = [
    "EAA_AirVenture_Oshkosh_2027_Leads",
    "EAA-Campaign-2027-spring-leads",
    "EAASpringCampaignForAllOfGermany",
    "https://shop.example/?code=SALE20&state=NY",
    "Bearer of good news 2027, OAuth integration2027",
    "12345678|SummerSale, 2586347315015828",
    "sandbox-deadbeef99",
    "verify_token=how to, client_secret: your_app_secret",
]


@table("text", OF_A_CUSTOMER, fresh=True)
def test_a_text_of_a_customer_is_read_as_it_was_written(fb, text):
    tool = FacebookTool(fb, policy=SpendPolicy(needs_plan=()))
    args = {"name": text, "objective": "OUTCOME_TRAFFIC", "special_ad_categories": [], "daily_budget": 2000}
    made = tool.call({"op": "create_campaign", "args": args})
    read = tool.call({"op": "get_campaign", "args": {"campaign_id": made.data.id}})
    assert text in read.text
    assert as_json(read)["data"]["name"] == text


@table("before", range(0, 130, 7))
def test_a_secret_is_masked_before_a_text_is_cut(before):
    secret = f"IGQ{uuid.uuid4().hex}"
    Secret(secret)
    text = f"{'x' * before} {secret}"
    change = Change("campaigns", "1", "", {"name": text}, {"name": secret})
    shown = [clean_text(text, 60), *change_lines([change], "USD")]
    assert not [line for line in shown if secret[:8] in line]


def test_the_observer_of_the_suite_sees_what_goes_out(fb, sandbox, leaks, tracing):
    """`tests/conftest.py` looks at every test; here is what it would find."""
    session = sandbox.session()
    session.get("https://graph.facebook.com/v26.0/me", params={"access_token": sandbox.token})
    logging.getLogger("anything").warning("jane@example.com")
    logging.getLogger("urllib3").debug("%s", hashlib.sha256(b"mary@example.com").hexdigest())
    found, leaks.found = leaks.found, []
    places = [line.partition(":")[0] for line in found]
    assert {"URL", "log of anything", "log of urllib3"} <= {*places}
    assert ("span GET" in places) == tracing
    assert sandbox.token not in str(found)
    fb.adaccounts.get("act_1")
    assert not leaks.found


def test_secrets_are_equal_by_their_value_and_to_no_text() -> None:
    assert Secret("EAAone") == Secret("EAAone")
    assert Secret("EAAone") != Secret("EAAtwo")
    assert Secret("EAAone") != "EAAone"


@table(
    ("text", "read"),
    [('{"a": 1}', {"a": 1}), ("{", "{"), (None, None), ({"a": 1}, {"a": 1}), ("[" * 10**5, "[" * 10**5)],
)
def test_what_is_no_json_stays_as_it_is(text: object, read: object) -> None:
    assert redaction.read_json(text) == read
    assert redaction.read_json("{", otherwise=7) == 7
