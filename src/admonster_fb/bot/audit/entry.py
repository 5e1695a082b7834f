"""One line of the audit: what is kept of a write, and the hash that chains it to the line before."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

from admonster_fb.bot.plans.write_record import PRIVATE, Written
from admonster_fb.errors import APIError, FacebookAdsError, OutcomeUnknown
from admonster_fb.redaction import redact

PREFIX = "write_"
FIRST = "0" * 64
"""What the first line has in the place of a hash before it."""
_TRACES = 200
_LONG = 2000
Entry = dict[str, Any]


def entry_of(written: Written) -> Entry:
    """Return what is kept of a write: no token, and no customer's data.

    Of a write that carried customers' data an error's words are left out too: its class and numbers say enough.

    >>> from datetime import UTC, datetime
    >>> told = entry_of(Written(datetime(2026, 11, 1, tzinfo=UTC), "model", "create_ad", "act_1", {}, ()))
    >>> told["op"], told["outcome"], told["id"][:6]
    ('create_ad', 'done', 'write_')
    """
    told: Entry = {
        "id": PREFIX + secrets.token_hex(8),
        "at": written.at.isoformat(),
        "who": written.who,
        "by": written.by,
        "op": written.op,
        "account": written.account,
        "changes": [[each.node, each.id, each.name, dict(each.before), dict(each.after)] for each in written.changes],
        "plan": written.plan_id,
        "outcome": _outcome(written.error),
        "made": _made(written.value),
        "error": None if written.error is None else _error(written.error, PRIVATE & written.arguments.keys()),
        "fbtrace_ids": [*written.traces[:_TRACES]],
    }
    clean: Entry = _clean(json.loads(json.dumps(told, default=str)))
    return clean


def line_of(entry: Mapping[str, Any], before: str) -> tuple[str, str]:
    """Return an entry as a line that ends with its hash, and the hash.

    >>> line, digest = line_of({"id": "write_1"}, FIRST)
    >>> line == f'{{"id":"write_1","prev":"{FIRST}","hash":"{digest}"}}'
    True
    """
    text = json.dumps({**entry, "prev": before}, separators=(",", ":"), ensure_ascii=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f'{text[:-1]},"hash":"{digest}"}}', digest


def read(line: str) -> tuple[Entry, str, str] | None:
    """Return an entry, the hash before it and its own, if the line is as it was written; else nothing.

    >>> read(line_of({"id": "write_1"}, FIRST)[0])[0]
    {'id': 'write_1'}
    """
    try:
        told = json.loads(line)
        before, digest = told.pop("prev"), told.pop("hash")
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return (told, before, digest) if line_of(told, before) == (line, digest) else None


def _outcome(error: BaseException | None) -> str:
    if error is None:
        return "done"
    # What ends a process in the middle of a write is no word of Meta's.
    return "unknown" if isinstance(error, OutcomeUnknown) or not isinstance(error, Exception) else "failed"


def _error(error: BaseException, private: frozenset[str]) -> Entry:
    numbers = {"code": error.code, "subcode": error.error_subcode} if isinstance(error, APIError) else {}
    words = str(error) if isinstance(error, FacebookAdsError) and not private else ""
    return {"type": type(error).__name__, **numbers, **({"message": words} if words else {})}


def _made(value: Any) -> str | None:
    """Return the id of what a write made or a launch's."""
    node_id = getattr(value, "id", None)
    return node_id if isinstance(node_id, str) else None


def _clean(value: Any) -> Any:
    """Return JSON without secrets, and with no text longer than anybody reads."""
    if isinstance(value, dict):
        return {redact(name): _clean(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_clean(each) for each in value]
    return redact(value)[:_LONG] if isinstance(value, str) else value
