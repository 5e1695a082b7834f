"""Masking of secrets in any text that a person, a log or a language model sees, and a type for secret texts."""

from __future__ import annotations

import hmac
import json
import re
from typing import Any, Self

MASK = "[redacted]"

SECRET_NAMES = frozenset(
    {"access_token", "app_secret", "appsecret_proof", "client_secret"}
    | {"code_verifier", "fb_exchange_token", "input_token", "verify_token"}
)
"""Parameters whose value is always a secret. `code` is one too, but also the name of an error's number."""

PRIVATE_NAMES = frozenset({"data", "emails", "events", "field_data", "people", "phones", "user_data"})
"""Parameters whose value, or any part of it, may be personal data of a customer."""

_NAMES = "|".join(sorted(SECRET_NAMES))
_NAMED = ("token", "secret", "code_ver")
"""One of these is in each of `SECRET_NAMES`. None has an i: case folding leaves the dotless one."""
_VALUE = r"(?:[^\s&\"'\\<>]|\\+u0025)"  # Meta writes %7C in JSON as \u00257C
_EQUALS = r"(?:=|%(?:25)*3D|\\+u003D)"
_QUOTED = r"(?:[^\"'\\]|\\/|\\+u[0-9a-f]{4})"
# The start of the name `code`: not within another word, but also after an encoded ? & or #.
_START = r"(?:(?<![\w-])|(?<=%3F)|(?<=%26)|(?<=%23)|(?<=%253F)|(?<=%2526)|(?<=%2523)|(?<=u0026)|(?<=u003F))"
# An OAuth `code` is masked, the number of an error (`code=190`, `"code": "190"`) is not.
_NO_NUMBER = rf"(?!-?\d{{1,10}}(?!{_VALUE}))"
# The start of a token: no letter or digit before it, but for those of an encoded character.
_BEFORE = r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=%25[0-9A-Fa-f]{2})|(?<=\\[nrtbf])|(?<=\\u[0-9A-Fa-f]{4}))"
# "Invalid OAuth access token" is no header: the value after OAuth must look like a token.
_OAUTH_VALUE = r"(?=[\w.|%~+/=-]{20}|[\w.|%~+/=-]*\d)[\w.|%~+/=-]{8,}"

# Each with what a text must hold, in small letters, for the pattern to match: looking for that costs a tenth.
_RULES: tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...] = (
    # access_token=… in a query or a form, percent-encoded or not, and FACEBOOK_ACCESS_TOKEN=…
    (_NAMED, re.compile(rf"((?:{_NAMES}){_EQUALS}){_VALUE}+", re.IGNORECASE), rf"\g<1>{MASK}"),
    (("code",), re.compile(rf"({_START}code{_EQUALS}){_NO_NUMBER}{_VALUE}+", re.IGNORECASE), rf"\g<1>{MASK}"),
    # "access_token": "…" in JSON, in JSON within a JSON string, in a printed dict
    (_NAMED, re.compile(rf"((?:{_NAMES})(\\*[\"'])\s*:\s*\2){_QUOTED}+", re.IGNORECASE), rf"\g<1>{MASK}"),
    (
        ("code",),
        re.compile(rf"((?<![\w-])code(\\*[\"'])\s*:\s*\2){_NO_NUMBER}{_QUOTED}+", re.IGNORECASE),
        rf"\g<1>{MASK}",
    ),
    # Authorization: Bearer … and Authorization: OAuth …
    (("bearer",), re.compile(r"(bearer\s+)(?!tokens?\b)[\w.|%~+/=-]+", re.IGNORECASE), rf"\g<1>{MASK}"),
    (("oauth",), re.compile(rf"(oauth\s+){_OAUTH_VALUE}", re.IGNORECASE), rf"\g<1>{MASK}"),
    # Tokens without a name: a login token, an app token (id|secret), a sandbox token
    (("eaa",), re.compile(rf"{_BEFORE}EAA[\w-]{{20,}}"), MASK),
    (("|", "%7c"), re.compile(r"(?<!\d)\d{2,}(?:\||%7C)(?=[\w-]*[A-Za-z])[\w-]{6,}", re.IGNORECASE), MASK),
    (("sandbox-",), re.compile(r"sandbox-[0-9a-f]{8,}", re.IGNORECASE), MASK),
)

_WORD = re.compile(r"[\w-]{16,}")
_ESCAPE = 9
"""Letters and digits that an encoded character may have (%25253D, \\U0001F600): no part of the word after it."""
_in_use: set[int] = set()
"""Hashes of the words of secrets in use: their form may be one that Meta has not had yet."""


def remember(secret: str) -> None:
    """Have a secret masked wherever it is a word, whatever its form. Only its hash is stored."""
    _in_use.update(map(hash, _WORD.findall(re.sub(r"^\d+\|", "", secret))))  # the id of an app is none


def _masked(found: re.Match[str]) -> str:
    word = found[0]
    if hash(word) in _in_use:
        return MASK
    if found.string[max(found.start() - 1, 0)] in "%\\":
        for cut in range(1, _ESCAPE + 1):
            if hash(word[cut:]) in _in_use:
                return word[:cut] + MASK
    return word


def redact(text: str) -> str:
    """Return `text` with each secret replaced by `[redacted]`. Doing it twice changes nothing more.

    A secret is the value of a parameter of `SECRET_NAMES` or of `code` in queries, forms and JSON, the value of an
    authorization header, a secret in use, or a text that looks like a token. Source: Meta, access tokens;
    `docs/meta-rules.md#login-and-tokens`.

    >>> redact("GET /me?access_token=EAAB1234&limit=5")
    'GET /me?access_token=[redacted]&limit=5'
    """
    folded = text.casefold()
    for hints, pattern, replacement in _RULES:
        for hint in hints:  # `any` takes three times as long
            if hint in folded:
                text = pattern.sub(replacement, text)
                break
    return _WORD.sub(_masked, text) if _in_use else text


# Narrower than in `redact`: EAA_AirVenture_Oshkosh_2027 is the name of a campaign.
_LOGIN_TOKEN = re.compile(rf"{_BEFORE}EAA(?=[A-Za-z]*\d)[A-Za-z0-9]{{20,}}")


def without_tokens(text: str) -> str:
    """Return `text` without tokens and secrets in use. Unlike `redact`, it leaves `code=SALE20` in a link as it is.

    For what Meta answers: a name or a link that is read must be written again unchanged.

    >>> without_tokens("https://shop.example/?code=SALE20 EAAB0123456789abcdefghij")
    'https://shop.example/?code=SALE20 [redacted]'
    """
    if "EAA" in text:  # as in `redact`
        text = _LOGIN_TOKEN.sub(MASK, text)
    return _WORD.sub(_masked, text) if _in_use else text


_SAME = object()


def read_json(text: Any, *, otherwise: Any = _SAME) -> Any:
    """Return what a JSON text says; `otherwise`, by default the text itself, if it cannot be read or is no text.

    It raises nothing: the decoder's error would hold the text, and that may have a token.
    """
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return text if otherwise is _SAME else otherwise


class Secret:
    """A secret text. It is safe to print, format, copy and compare; it is not pickled.

    >>> print(Secret("EAAB"), repr(Secret("EAAB")))
    [redacted] Secret(…)
    """

    __slots__ = ("__value",)

    def __init__(self, value: str | Secret) -> None:
        self.__value: str = value.reveal() if isinstance(value, Secret) else value
        remember(self.__value)

    def reveal(self) -> str:
        """Return the text itself."""
        return self.__value

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self.__value.encode(), other.reveal().encode())

    def __hash__(self) -> int:
        return hash(self.__value)

    def __repr__(self) -> str:
        return "Secret(…)"

    def __str__(self) -> str:
        return MASK

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self

    def __reduce__(self) -> Any:
        raise TypeError("secrets are not pickled; a TokenStore keeps them")
