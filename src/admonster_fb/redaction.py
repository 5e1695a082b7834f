"""Mask secrets in any text before a person, a log or a language model sees it."""

import re

MASK = "[redacted]"

SECRET_NAMES = frozenset(
    {
        "access_token",
        "app_secret",
        "appsecret_proof",
        "client_secret",
        "fb_exchange_token",
        "input_token",
    }
)
"""Parameter names whose value is always a secret (`code` is one too, but also the name of an error's number)."""

PRIVATE_NAMES = frozenset({"data", "emails", "events", "people", "phones", "user_data"})
"""Parameter names whose value, or any part of it, may tell of a customer."""

_NAMES = "|".join(sorted(SECRET_NAMES))
_VALUE = r"[^\s&\"'\\<>]"
# Where the name `code` begins: not inside another word, but also after a percent-encoded ? & or #.
_START = r"(?:(?<![\w-])|(?<=%3F)|(?<=%26)|(?<=%23))"
# An OAuth `code` is masked, an error's number (`code=190`, `"code": "190"`) is not.
_NO_NUMBER = rf"(?!-?\d{{1,10}}(?!{_VALUE}))"
# Prose such as "Invalid OAuth access token" is no header: after OAuth the value must look like a token.
_OAUTH_VALUE = r"(?=[\w.|%~+/=-]{20}|[\w.|%~+/=-]*\d)[\w.|%~+/=-]{8,}"

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # access_token=… in a query or a form, also percent-encoded, also FACEBOOK_ACCESS_TOKEN=…
    (re.compile(rf"((?:{_NAMES})(?:=|%3D))(?:{_VALUE})+", re.IGNORECASE), rf"\g<1>{MASK}"),
    (re.compile(rf"({_START}code(?:=|%3D)){_NO_NUMBER}(?:{_VALUE})+", re.IGNORECASE), rf"\g<1>{MASK}"),
    # "access_token": "…" in JSON, in JSON inside a JSON string, in a printed dict
    (re.compile(rf"((?:{_NAMES})(\\*[\"'])\s*:\s*\2)(?:[^\"'\\]|\\/)+", re.IGNORECASE), rf"\g<1>{MASK}"),
    (
        re.compile(rf"((?<![\w-])code(\\*[\"'])\s*:\s*\2){_NO_NUMBER}(?:[^\"'\\]|\\/)+", re.IGNORECASE),
        rf"\g<1>{MASK}",
    ),
    # Authorization: Bearer … and Authorization: OAuth …
    (re.compile(r"(\bbearer\s+)(?!tokens?\b)[\w.|%~+/=-]+", re.IGNORECASE), rf"\g<1>{MASK}"),
    (re.compile(rf"(\boauth\s+){_OAUTH_VALUE}", re.IGNORECASE), rf"\g<1>{MASK}"),
    # Tokens standing alone: a login token, an app token (id|secret), a sandbox token
    (re.compile(r"(?:(?<![A-Za-z0-9])|(?<=%3D)|(?<=%3d))EAA[\w-]{20,}"), MASK),
    (re.compile(r"(?<!\d)\d{2,}(?:\||%7C)(?=[\w-]*[A-Za-z])[\w-]{6,}", re.IGNORECASE), MASK),
    (re.compile(r"sandbox-[0-9a-f]{8,}", re.IGNORECASE), MASK),
)


def redact(text: str) -> str:
    """Replace every secret in `text` by `[redacted]`.

    Knows the names Meta uses for secrets (`access_token`, `appsecret_proof`, `client_secret`, `fb_exchange_token`,
    `input_token`, `code`) in queries, forms and JSON, authorization headers, and tokens by their looks. Doing it twice
    changes nothing more. Source: Meta: access tokens; `api_facts.md` section 9.

    >>> redact("GET /me?access_token=EAAB1234&limit=5")
    'GET /me?access_token=[redacted]&limit=5'
    """
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
