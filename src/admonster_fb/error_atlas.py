"""The error atlas: the error numbers of Meta with cause, advice, whether a retry helps, and who must act.

The rows are in `error_atlas.json`. A code of null there means that the subcode means the same under every code.
Source: Meta: error reference; `docs/meta-rules.md#error-numbers`.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

Retry = Literal["backoff", "split", "later", "no"]
"""How to retry: `backoff` with growing waits, `split` in smaller parts, `later` after hours, `no` never unchanged."""

Who = Literal["code", "model", "user", "admin"]
"""Who must act: the program, the model that chose the arguments, the advertiser, the admin of app or business."""


class Entry(NamedTuple):
    """One error number of Meta: its class in `errors`, its cause, and what to do."""

    code: int | None
    subcode: int | None
    error: str
    cause: str
    advice: str
    retry: Retry
    who: Who


@cache
def entries() -> tuple[Entry, ...]:
    """Return all known numbers, each once."""
    return tuple(Entry(**row) for row in json.loads(Path(__file__).with_suffix(".json").read_text("utf-8")))


_READ = "Read Meta's message and correct the request."

_DEFAULTS: tuple[tuple[str, str, str, Retry, Who], ...] = (
    ("APIError", "Meta refused for a reason this library does not know.", _READ, "no", "code"),
    ("InvalidParameterError", "A parameter is invalid.", _READ, "no", "model"),
    ("AuthenticationError", "The token is not accepted.", "Log in again.", "no", "user"),
    ("PermissionDeniedError", "The permission is missing.", "Grant the scope or role.", "no", "admin"),
    ("RateLimited", "Too many calls.", "Wait, then continue more slowly.", "backoff", "code"),
    ("TransientError", "Meta had a fault.", "Retry after a short wait.", "backoff", "code"),
    ("NotFoundError", "The object was not found.", "Check the id.", "no", "model"),
    ("BlockedError", "Meta blocks the action.", "Ask the user to act.", "no", "user"),
)
DEFAULTS = MappingProxyType({row[0]: Entry(None, None, *row) for row in _DEFAULTS})
"""The entry of each class, for errors whose numbers are unknown."""

UNKNOWN: Final = DEFAULTS["APIError"]
TOO_MUCH_DATA: Final = DEFAULTS["TransientError"]._replace(
    cause="Meta cannot answer so much at once.",
    advice="Request fewer objects, fields or days; for figures run a report (create_async_report).",
    retry="split",
)
"""The entry of an answer that asks for a smaller request, whatever its numbers."""
PERMANENT: Final = frozenset({501, 505})
"""HTTP statuses of 500 and above after which a retry does not help."""
_MESSAGE = "Correct what Meta's message names; a field of yours may not be the cause."
UNBLAMED: Final = Entry(
    100, None, "InvalidParameterError", "Meta refused without naming a field.", _MESSAGE, "no", "code"
)
"""The entry of code 100 where Meta blames no field: a parameter, a permission, a proof or a method may be wrong."""
WRONG_LEVEL: Final = Entry(
    *(1, 99, "InvalidParameterError", "The insights level does not fit."),
    *("Use a level that exists for this object.", "no", "model"),
)
"""The entry of 1/99 in answer to a call with a `level`."""
_REFUSED: Final = Entry(
    1, None, "InvalidParameterError", "Meta refused without a number of its own.", _READ, "no", "code"
)
_TOO_MUCH = "reduce the amount of data"

# Blocks of codes that Meta reserves for one meaning.
_RANGES: tuple[tuple[range, Entry], ...] = (
    (range(200, 300), DEFAULTS["PermissionDeniedError"]),
    (range(80000, 80015), DEFAULTS["RateLimited"]),
)
# Long subcodes mean the same under every code; short ones such as 33 or 99 only under their own.
_LONG = 10_000


@cache
def _tables() -> tuple[Mapping[Any, Entry], Mapping[Any, Entry]]:
    """Return the entries by code and subcode, and those that a subcode alone has."""
    alone = (entry for entry in entries() if entry.code is None or (entry.subcode or 0) >= _LONG)
    exact = {(entry.code, entry.subcode): entry for entry in entries() if entry.code is not None}
    return exact, {entry.subcode: entry for entry in alone if entry.subcode is not None}


def lookup(code: int | None, subcode: int | None = None) -> Entry:
    """Return what is known about a code and subcode; an unknown pair gives a general entry and never raises.

    Tries in this order: the exact pair, the subcode under any code, the code alone, the code as a subcode (seen in real
    answers), the reserved blocks, and `UNKNOWN`. Source: `docs/meta-rules.md#error-numbers`.

    >>> lookup(100, 33).error, lookup(17, 2446079).retry, lookup(299).error
    ('NotFoundError', 'backoff', 'PermissionDeniedError')
    """
    exact, by_subcode = _tables()
    return (
        exact.get((code, subcode))
        or by_subcode.get(subcode)
        or exact.get((code, None))
        or by_subcode.get(code)
        or next((entry for block, entry in _RANGES if code in block), UNKNOWN)
    )


def classify(
    code: int | None, subcode: int | None, *, is_transient: bool | None, http_status: int | None, message: str = ""
) -> Entry:
    """Return the entry for an answer. If its numbers are unknown, `is_transient` and the HTTP status decide.

    `is_transient` counts only if it is true and the numbers are unknown: Meta marks some temporary errors as false.
    Code 1 with HTTP 4xx is a refusal, unless Meta asks for less data. Source: recorded answers.
    """
    entry = lookup(code, subcode)
    if _TOO_MUCH in message.lower():
        return TOO_MUCH_DATA
    if entry.code == 1 and entry.subcode is None and 400 <= (http_status or 0) < 500 and not is_transient:
        return _REFUSED
    vague = entry is UNKNOWN or (entry.code == 100 and entry.subcode is None and subcode is not None)
    if vague and is_transient:
        return DEFAULTS["TransientError"]
    if entry is UNKNOWN and http_status == 429:
        return DEFAULTS["RateLimited"]
    if entry is UNKNOWN and (http_status or 0) >= 500 and http_status not in PERMANENT:
        return DEFAULTS["TransientError"]
    return entry
