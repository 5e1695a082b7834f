"""Whether an answer belongs to its question: ids, names and parents are compared, and a success must be `true`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from admonster_fb.errors import OutcomeUnknown, TransientError
from admonster_fb.money import BUDGETS
from admonster_fb.transport.api import CHECK, Parser, RawResponse, decode_object
from admonster_fb.transport.request import Call, encode

_NODE = re.compile(r"(act_)?\d+")
_ID = re.compile(r"[1-9][0-9]{,29}")
_COPIED = ("copied_campaign_id", "copied_adset_id", "copied_ad_id")
_NAMED = frozenset({"campaigns", "adsets", "ads", "customaudiences", "customconversions", "adspixels", "ad_studies"})
"""Edges that answer a create with the name that was sent."""
_LONGEST_NAME = 10_000
"""Characters of a name that are compared. Meta takes 400."""
_PARENTS = ("campaign_id", "adset_id")
AMOUNTS = (*BUDGETS, "spend_cap")  # fields that Meta returns as they were sent: what differs in one is another object
_CHANGED_BY_ID = frozenset({"AdsPixel"})  # kinds whose changes Meta answers with their id (Meta: ads-pixel, Updating)


def mismatch(call: Call, data: Mapping[str, Any], *, creates: bool = False) -> str:
    """Return why an answer cannot be the one to `call`, which `creates` an object or not. Empty if it can.

    >>> mismatch(Call("GET", ("12",)), {"id": "11"}), mismatch(Call("POST", ("12",)), {"success": True})
    ('another object (11)', '')
    """
    if call.method == "GET":
        return _not_node(call, data)
    if not creates:
        done = data.get("success") is True or (call.kind in _CHANGED_BY_ID and "id" in data)
        return ("" if done else "no success: true") or _another(call, data)
    if only_validates(call):
        return "" if data.get("success") is True or "id" in data else "no success: true"
    return _not_created(call, data)


def _not_node(call: Call, data: Mapping[str, Any]) -> str:
    if len(call.path) != 1 or not _NODE.fullmatch(call.path[0]):
        return ""
    fields = encode({"fields": call.params.get("fields") or ""})["fields"].split(",")
    missing = not data or {"success", "data"} & data.keys() or "id" in fields
    return "no object" if "id" not in data and missing else _another(call, data)


def _another(call: Call, data: Mapping[str, Any]) -> str:
    if "id" not in data or len(call.path) != 1 or not _NODE.fullmatch(call.path[0]):
        return ""
    same = str(data["id"]).removeprefix("act_") == call.path[0].removeprefix("act_")
    return "" if same else f"another object ({data['id']})"


def _not_created(call: Call, data: Mapping[str, Any]) -> str:
    if call.edge == "adimages":
        images = data.get("images")
        rows = images.values() if isinstance(images, dict) else ()
        hashed = bool(rows) and all(isinstance(row, dict) and isinstance(row.get("hash"), str) for row in rows)
        return "" if hashed else "no image"
    node_id = next((data[name] for name in ("id", *_COPIED) if data.get(name)), None)
    if not (is_id(node_id, account=call.edge == "adaccount") or is_comment_id(node_id)):
        return "no id"
    owner = call.path[0].removeprefix("act_")
    if call.path[0].startswith("act_") and str(data.get("account_id", owner)) != owner:
        return f"an object of another account ({node_id})"
    sent = {name: value for name, value in encode(call.params).items() if "{result=" not in value}
    if any(str(data.get(name, sent[name])) != sent[name] for name in (*_PARENTS, *AMOUNTS) if name in sent):
        return f"an object of another parent or budget ({node_id})"
    named = call.edge in _NAMED and "name" in sent and data.get("name") is not None
    other = named and _letters(data["name"]) != _letters(sent["name"])
    return f"an object of another name ({node_id})" if other else ""


def is_id(value: object, *, account: bool = False) -> bool:
    """Return whether a value is the id of an object: digits, as text or as a whole number."""
    known = isinstance(value, str) or (type(value) is int and abs(value) < 10**30)  # more digits may not be text
    text = str(value) if known else ""
    text = text.removeprefix("act_") if account else text
    return _ID.fullmatch(text) is not None


def is_comment_id(value: object) -> bool:
    """Return whether a value is the id of a post or a comment: two ids with a `_` between them."""
    return str(value).count("_") == 1 and all(map(is_id, str(value).split("_")))


def only_validates(call: Call) -> bool:
    """Return whether a create asks Meta for a check only."""
    return "validate_only" in (call.params.get("execution_options") or ())


def stored_name(name: object) -> str:
    """Return a name as Meta stores it: composed characters, one blank between words, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", str(name)).split())


def _letters(name: object) -> str:
    """Return what stays of a name however Meta rewrites it."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", str(name)[:_LONGEST_NAME]).casefold()))


def answer_to(call: Call, *, creates: bool = False, whole: bool = False) -> Parser[dict[str, Any]]:
    """Return a parser that decodes an answer and compares it with `call`. With `whole`, it must have an id.

    Raises `TransientError` for a wrong answer to a read, `OutcomeUnknown` for one to a write.
    """

    def parse(response: RawResponse, request: str) -> dict[str, Any]:
        data = decode_object(response, request)
        wrong = mismatch(call, data, creates=creates)
        if wrong or (whole and "id" not in data):
            wrong = wrong or "an answer without an id"
            message = f"Meta answered with {wrong} instead of what was asked"
            if call.method == "GET":
                raise TransientError(message=message, http_status=response.status_code, request=request)
            raise OutcomeUnknown(message, request=request, check=CHECK)
        return data

    return parse


def acknowledged(*names: str) -> Parser[dict[str, Any]]:
    """Return a parser of an answer with a count or a list of one of these names. Raises `OutcomeUnknown` without."""

    def parse(response: RawResponse, request: str) -> dict[str, Any]:
        data = decode_object(response, request)
        if data.get("success") is True or any(map(_is_done, map(data.get, names))):
            return data
        reason = f"Meta answered without {' or '.join((*names, 'success: true'))}"
        raise OutcomeUnknown(reason, request=request, check=CHECK)

    return parse


def _is_done(value: object) -> bool:
    """Return whether a value is a count or a list of objects."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(each, dict) for each in value)
    return is_id(value) or (value in ("0", 0) and value is not False)


def count(value: object) -> int:
    """Return a count that Meta sends as a number or as text; 0 for anything else."""
    return int(str(value)) if is_id(value) else 0
