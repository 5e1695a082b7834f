"""Whether an answer belongs to its call, what a call is, and how parameters are written."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from types import SimpleNamespace
from typing import Any

import pytest
from tables import table

from admonster_fb import errors
from admonster_fb.models.adset import AdSet
from admonster_fb.redaction import Secret
from admonster_fb.transport import answers
from admonster_fb.transport.answers import acknowledged, answer_to, mismatch
from admonster_fb.transport.request import Call, encode, lowering

GET, DELETE = Call("GET", ("12",)), Call("DELETE", ("12",))
UPDATE = Call("POST", ("12",), {"name": "A"}, kind="Campaign")


def made(edge: str = "campaigns", parent: str = "act_1", **params: Any) -> Call:
    return Call("POST", (parent, edge), params)


CHECK_ONLY = made(execution_options=["validate_only"])
BUDGET = made(daily_budget=5000, name="Sale")
AD = made("ads", adset_id="7", name="Sale")
NAMED = made(name="Sale – U.S.")
ROWS: list[tuple[Call, bool, Any, str]] = [
    # Reads of an object: its own id, with or without act_.
    (GET, False, {"id": "12"}, ""),
    (GET, False, {"id": 12}, ""),
    (GET, False, {"id": "11"}, "another object (11)"),
    (Call("GET", ("act_1",)), False, {"id": "act_1"}, ""),
    (Call("GET", ("act_1",)), False, {"id": "1"}, ""),
    (Call("GET", ("act_1",)), False, {"id": "act_2"}, "another object (act_2)"),
    (GET, False, {}, "no object"),
    (GET, False, {"success": True}, "no object"),
    (GET, False, {"data": []}, "no object"),
    (GET, False, {"name": "A"}, ""),
    (Call("GET", ("12",), {"fields": "name,id"}), False, {"name": "A"}, "no object"),
    (Call("GET", ("12",), {"fields": "name"}), False, {"name": "A"}, ""),
    (Call("GET", ("12",), {"fields": ["id"]}), False, {"name": "A"}, ""),
    # Reads of an edge, and of what has no number, have no id of their own.
    (Call("GET", ("12", "ads")), False, {"data": []}, ""),
    (Call("GET", ("12", "ads")), False, {"id": "11"}, ""),
    (Call("GET", ("me",)), False, {}, ""),
    (Call("GET", ("me",)), False, {"id": "11"}, ""),
    # Changes and deletions.
    (UPDATE, False, {"success": True}, ""),
    (DELETE, False, {"success": True}, ""),
    (UPDATE, False, {"success": "true"}, "no success: true"),
    (UPDATE, False, {"success": 1}, "no success: true"),
    (UPDATE, False, {"success": False, "id": "12"}, "no success: true"),
    (UPDATE, False, {"id": "12"}, "no success: true"),
    (UPDATE, False, {"success": True, "id": "12"}, ""),
    (UPDATE, False, {"success": True, "id": "11"}, "another object (11)"),
    (Call("POST", ("12",), kind="AdsPixel"), False, {"id": "12"}, ""),
    (Call("POST", ("12",), kind="AdsPixel"), False, {"id": "11"}, "another object (11)"),
    (Call("POST", ("12",), kind="AdsPixel"), False, {"name": "A"}, "no success: true"),
    (Call("POST", ("12", "copies")), False, {"success": True, "id": "11"}, ""),
    # Creations.
    (CHECK_ONLY, True, {"success": True}, ""),
    (CHECK_ONLY, True, {"id": "1"}, ""),
    (CHECK_ONLY, True, {"success": False}, "no success: true"),
    (made(), True, {"success": True}, "no id"),
    *((made(), True, {"id": bad}, "no id") for bad in ("", "0", None, "x", True, 1.5, "1" * 31, 10**30, "act_3")),
    *((made(), True, {"id": good}, "") for good in ("3", 3, "1" * 30, 10**29, "12_3")),
    *((made(), True, {"id": bad}, "no id") for bad in ("12_", "_3", "1_2_3", "12_x")),
    (made("adaccount"), True, {"id": "act_3"}, ""),
    *((made("copies"), True, {f"copied_{name}_id": "3"}, "") for name in ("campaign", "adset", "ad")),
    (made("adimages"), True, {"images": {"a": {"hash": "b"}}}, ""),
    *(
        (made("adimages"), True, {"images": images}, "no image")
        for images in ({}, [], None, {"a": {}}, {"a": {"hash": 5}}, {"a": {"hash": "b"}, "c": "d"})
    ),
    (made(), True, {"id": "3", "account_id": "1"}, ""),
    (made(), True, {"id": "3", "account_id": "2"}, "an object of another account (3)"),
    (made(parent="9"), True, {"id": "3", "account_id": "2"}, ""),
    (BUDGET, True, {"id": "3", "daily_budget": "5000"}, ""),
    (BUDGET, True, {"id": "3", "daily_budget": "5001"}, "an object of another parent or budget (3)"),
    (AD, True, {"id": "3", "adset_id": "8"}, "an object of another parent or budget (3)"),
    (made("ads", adset_id="{result=a:$.id}"), True, {"id": "3", "adset_id": "8"}, ""),
    (NAMED, True, {"id": "3", "name": "Sale - US"}, ""),
    (NAMED, True, {"id": "3", "name": "\N{FULLWIDTH LATIN CAPITAL LETTER S}ALE u.s"}, ""),
    (NAMED, True, {"id": "3", "name": None}, ""),
    (NAMED, True, {"id": "3", "name": "Sale US 2"}, "an object of another name (3)"),
    (made("adcreatives", name="A"), True, {"id": "3", "name": "B"}, ""),
    (made(), True, {"id": "3", "name": "B"}, ""),
]


@table("call, creates, data, why", ROWS)
def test_an_answer_to_another_call_is_found_out(call: Call, creates: bool, data: Any, why: str) -> None:
    assert mismatch(call, data, creates=creates) == why


def response(data: Any, status: int = 200) -> Any:
    return SimpleNamespace(content=json.dumps(data).encode(), status_code=status, headers={})


def test_a_wrong_answer_to_a_read_is_a_fault_and_to_a_write_leaves_it_open() -> None:
    for call, kind in ((GET, errors.TransientError), (UPDATE, errors.OutcomeUnknown)):
        with pytest.raises(kind, match=r"another object \(11\) instead"):
            answer_to(call)(response({"success": True, "id": "11"}), call.name)
    assert answer_to(UPDATE)(response({"success": True}), "") == {"success": True}
    with pytest.raises(errors.TransientError, match="without an id instead"):
        answer_to(GET, whole=True)(response({"name": "A"}), "")
    assert answer_to(GET, whole=True)(response({"id": "12"}), "") == {"id": "12"}


@table(
    "data, done",
    [
        ({"success": True}, True),
        ({"success": "true"}, False),
        *(({"n": count}, True) for count in (1, "12", 0, "0")),
        *(({"n": other}, False) for other in (False, True, None, "", "x", -1, [], [1], [{}, 1], {})),
        ({"n": [{}]}, True),
        ({"m": 1}, True),
        ({"other": 1}, False),
    ],
)
def test_what_was_done_is_acknowledged_with_a_count_or_a_list(data: Any, done: bool) -> None:
    parse = acknowledged("n", "m")
    if done:
        assert parse(response(data), "POST 7/users") == data
    else:
        with pytest.raises(errors.OutcomeUnknown, match="without n or m or success: true"):
            parse(response(data), "POST 7/users")


def test_only_so_much_of_a_name_is_compared() -> None:
    long = "x" * answers._LONGEST_NAME
    assert mismatch(made(name=long + "a"), {"id": "3", "name": long + "b"}, creates=True) == ""
    assert mismatch(made(name=long[1:] + "a"), {"id": "3", "name": long[1:] + "b"}, creates=True) != ""


# What a call is.

LOWERED = Call("POST", ("7",), {"daily_budget": 1}, kind="AdSet")


@table(
    "call, read, create, stop, edge",
    [
        (GET, True, False, False, ""),
        (DELETE, False, False, True, ""),
        (Call("GET", ("7",), stop=True), True, False, True, ""),
        (Call("POST", ("oauth", "access_token")), True, False, False, "access_token"),
        (made(status="PAUSED"), False, True, False, "campaigns"),
        (Call("DELETE", ("7", "users")), False, False, False, "users"),
        (Call("DELETE", ("7", "users"), stop=True), False, False, True, "users"),
        (Call("POST", ("7",), {"status": "PAUSED"}, kind="Ad"), False, False, True, ""),
        (Call("POST", ("7",), {"status": "ACTIVE"}, kind="Ad"), False, False, False, ""),
        (Call("POST", ("7",), {"status": "PAUSED"}, kind="AdImage"), False, False, False, ""),
        (LOWERED, False, False, False, ""),
        (Call("POST", ("7",), {"status": "ACTIVE"}, kind="Ad", stop=True), False, False, True, ""),
        (Call("POST", ()), False, False, False, ""),
    ],
)
def test_what_kind_of_call_it_is(call: Call, read: bool, create: bool, stop: bool, edge: str) -> None:
    assert (call.is_read, call.is_create, call.is_stop, call.edge) == (read, create, stop, edge)


def test_a_caller_that_knows_says_that_a_change_only_lowers() -> None:
    with lowering(risk=True):
        assert LOWERED.is_stop
        assert not made(status="PAUSED").is_stop
        with lowering(risk=False):
            assert not LOWERED.is_stop
    assert not LOWERED.is_stop


@table("part", ["a/b", "a?b", "a#b", "a%2f", "a\\b", "a b", "a\n", "", ".", "..", "\x7f"])
def test_an_id_that_would_lead_elsewhere_is_refused(part: str) -> None:
    with pytest.raises(errors.ParameterError, match="an ID or the name of an edge"):
        Call("GET", (part, "ads"))
    assert Call("GET", ("a.b", "...c")).name == "GET a.b/...c"


def test_a_call_is_printed_without_what_it_sends() -> None:
    hidden = {"name": "of a customer"}
    printed = repr(Call("POST", ("act_1", "adimages"), hidden, hidden, reads=hidden))
    assert "act_1" in printed
    assert "customer" not in printed


class Status(str, Enum):  # noqa: UP042 - what people have
    PAUSED = "PAUSED"


@table(
    "value, sent",
    [
        ("Sale", "Sale"),
        (Status.PAUSED, "PAUSED"),
        (True, "true"),
        (5, "5"),
        (1.5, "1.5"),
        (Decimal("1.50"), "1.50"),
        (Secret("EAAB"), "EAAB"),
        (datetime(2026, 12, 1, 9, tzinfo=UTC), "2026-12-01T09:00:00+0000"),
        (date(2026, 12, 1), "2026-12-01"),
        ((1, None, Status.PAUSED), '[1,null,"PAUSED"]'),
        ({"a": [Decimal("1.5")], "b": "ü"}, '{"a":["1.5"],"b":"\\u00fc"}'),
        (AdSet.from_api({"id": "7"}), '{"id":"7"}'),
    ],
)
def test_parameters_are_written_as_meta_takes_them(value: Any, sent: str) -> None:
    assert encode({"a": value, "b": None}) == {"a": sent}


@table("value", [object(), {1}, b"x", {"a": {1}}])
def test_what_meta_cannot_take_is_not_sent(value: Any) -> None:
    with pytest.raises(TypeError, match="cannot be sent"):
        encode({"a": value})
