"""People of customer lists: what is kept, what is invalid, the order of sessions, and that nothing of them leaks."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import pytest
from tables import table

from admonster_fb.sandbox import GraphError, LostResponse, Sandbox, serve

GRAPH = "https://graph.facebook.com/v26.0"
LIST = {"name": "Customers", "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}
Answer = dict[str, Any]


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def emails(start: int, count: int) -> list[list[str]]:
    return [[sha(f"p{number}@example.com")] for number in range(start, start + count)]


def a_list(client: Any, **more: Any) -> str:
    return str(client.post("act_1/customaudiences", **LIST, **more)["id"])


def send(
    client: Any, audience: str, rows: list[Any], schema: Any = ("EMAIL",), edge: str = "users", **more: Any
) -> Answer:
    session = {name: more.pop(name) for name in ("session_id", "batch_seq", "last_batch_flag") if name in more}
    params = {"payload": {"schema": schema, "data": rows, **more}, **({"session": session} if session else {})}
    return dict(client.post(f"{audience}/{edge}", **params))


def take_out(client: Any, path: str, rows: list[Any], schema: Any = ("EMAIL",), **session: Any) -> Answer:
    params = {"payload": json.dumps({"schema": schema, "data": rows})}
    if session:
        params["session"] = json.dumps(session)
    return dict(client.session.delete(f"{GRAPH}/{path}", data=params).json())


def status(client: Any, audience: str) -> int:
    return int(client.get(audience, fields="operation_status")["operation_status"]["code"])


def size(client: Any, audience: str) -> tuple[int, int]:
    names = ("approximate_count_lower_bound", "approximate_count_upper_bound")
    read = client.get(audience, fields=",".join(names))
    return read[names[0]], read[names[1]]


# What comes back, and what is kept


def test_the_answer_is_the_recorded_one(client: Any) -> None:
    """grouparoo v12.0, POST users 49: a row without its external id is invalid, and told by its JSON."""
    audience = a_list(client)
    schema = ["EMAIL", "EXTERN_ID", "FN", "LN", "ZIP"]
    good = [sha("a"), "67", sha("fn"), "", sha("zip")]
    bad = [sha("b"), "", sha("fn"), "", ""]
    answer = send(client, audience, [good, bad], schema)
    session_id = answer.pop("session_id")
    assert answer == {
        "audience_id": audience,
        "num_received": 2,
        "num_invalid_entries": 1,
        "invalid_entry_samples": {json.dumps(bad, separators=(",", ":")): "empty external ID"},
    }
    assert session_id.isdecimal()
    assert 10**18 <= int(session_id) < 2**63
    assert client.sandbox.audience_rows(audience) == Counter([tuple(good)])


def test_invalid_hashes_do_not_fail_the_call(client: Any) -> None:
    audience = a_list(client)
    rows = [[sha("good")], [sha("upper").upper()], [sha("short")[:63]], ["plain@example.com"], [""], [None], [7]]
    answer = send(client, audience, rows)
    assert (answer["num_received"], answer["num_invalid_entries"]) == (7, 6)
    assert set(answer["invalid_entry_samples"].values()) == {"invalid hash", "empty entry"}
    assert client.sandbox.audience_rows(audience) == Counter([(sha("good"),)])


def test_nothing_invalid_is_an_empty_object_and_samples_are_a_hundred(client: Any) -> None:
    audience = a_list(client)
    assert send(client, audience, emails(0, 3))["invalid_entry_samples"] == {}
    answer = send(client, audience, [[f"x{number}"] for number in range(150)])
    assert answer["num_invalid_entries"] == 150
    assert len(answer["invalid_entry_samples"]) == 100


@table("schema", ["EMAIL_SHA256", "EMAIL", ["EMAIL"]], fresh=True)
def test_a_single_key_comes_with_and_without_brackets(client: Any, schema: Any) -> None:
    audience = a_list(client)
    assert send(client, audience, [sha("a"), sha("b")], schema)["num_invalid_entries"] == 0
    assert send(client, audience, [[sha("c")]], schema)["num_invalid_entries"] == 0
    assert client.sandbox.audience_rows(audience) == Counter([(sha("a"),), (sha("b"),), (sha("c"),)])


def test_keys_that_are_not_hashed_have_forms_of_their_own(client: Any) -> None:
    audience = a_list(client)
    schema = ["MADID", "LOOKALIKE_VALUE", "DATA_PROCESSING_OPTIONS", "DATA_PROCESSING_OPTIONS_STATE"]
    device = "38400000-8cf0-11bd-b23e-10b96e40000d"
    rows = [
        [device, 44.5, ["LDU"], 1000],
        [device, 0, [], 0],
        [sha(device), 1, [], 0],
        [device, -1, [], 0],
        [device, "many", [], 0],
        [device, 1, ["OTHER"], 0],
        [device, 1, ["LDU"], 12],
    ]
    answer = send(client, audience, rows, schema)
    assert answer["num_invalid_entries"] == 5
    kept = client.sandbox.audience_rows(audience)
    assert kept == Counter([(device, 44.5, ("LDU",), 1000), (device, 0, (), 0)])


def test_what_is_held_comes_out_as_it_went_in(client: Any) -> None:
    audience = a_list(client)
    rows = [[sha(f"e{n}"), sha(f"p{n}") if n % 3 else "", sha("fn") if n % 2 else ""] for n in range(100)]
    send(client, audience, rows, ["EMAIL", "PHONE", "FN"])
    send(client, audience, rows[:10], ["EMAIL", "PHONE", "FN"])
    wanted = Counter(map(tuple, rows))
    wanted.update(map(tuple, rows[:10]))
    assert client.sandbox.audience_rows(audience) == wanted


def test_counting_only_keeps_a_digest_that_no_order_changes(client: Any) -> None:
    rows = [(row[0], str(number)) for number, row in enumerate(emails(0, 40))]
    expected = (
        sum(int.from_bytes(blake2b("\x1f".join(row).encode(), digest_size=8).digest(), "big") for row in rows) % 2**64
    )
    for keep in (True, False):
        client = type(client)()
        client.sandbox.keep_audience_rows = keep
        audience = a_list(client)
        for part in (rows[20:], rows[:20]):
            send(client, audience, [list(row) for row in part], ["EMAIL", "EXTERN_ID"])
        assert client.sandbox.audience_digest(audience) == (40, f"{expected:016x}")
        assert len(client.sandbox.audience_rows(audience)) == (40 if keep else 0)


# Refusals


@table(
    ("payload", "words"),
    [
        (None, "The parameter payload is required."),
        ({"data": [["x"]]}, "The parameter payload[schema] is required."),
        ({"schema": ["EMAIL"]}, "param payload[data] must be an array."),
        ({"schema": ["EMAIL"], "data": []}, "The parameter payload[data] is required."),
        ({"schema": ["E_MAIL"], "data": [["x"]]}, "Param payload[schema] must be one of"),
        ({"schema": ["EMAIL", "EMAIL"], "data": [["x", "y"]]}, "names a key twice"),
        ({"schema": ["LOOKALIKE_VALUE"], "data": [[1]]}, "names no key that tells who a person is"),
        ({"schema": ["EMAIL", "FN"], "data": [["x", "y"], ["z"]]}, "Param payload[data][1] must have 2 values"),
        ({"schema": ["UID"], "data": [["1"]]}, "The parameter payload[app_ids] is required."),
        ({"schema": ["PAGEUID"], "data": [["1"]], "page_ids": [1, 2]}, "must name one Page"),
    ],
)
def test_what_can_not_be_read_as_rows_is_refused(client: Any, payload: Any, words: str) -> None:
    audience = a_list(client)
    error = client.post(f"{audience}/users", **({} if payload is None else {"payload": payload}))["error"]
    assert error["code"] == 100
    assert words in error["message"]
    assert not client.sandbox.audience_rows(audience)


def test_combined_keys_are_not_modelled(client: Any) -> None:
    audience = a_list(client)
    form = {"payload": json.dumps({"schema": "LN_FN_ZIP", "data": [sha("x")]})}
    assert client.session.post(f"{GRAPH}/{audience}/users", data=form).status_code == 501


@pytest.mark.thorough
def test_ten_thousand_rows_and_not_one_more(client: Any) -> None:
    audience = a_list(client)
    assert send(client, audience, emails(0, 10_000))["num_received"] == 10_000
    error = send(client, audience, emails(0, 10_001))["error"]
    assert (error["code"], error["error_user_title"]) == (100, "Too Many People In One Request")
    assert client.sandbox.audience_rows(audience).total() == 10_000


def test_a_value_based_list_needs_values(client: Any) -> None:
    """tests/contract/recordings/errors.jsonl: quoted_100_0_lookalike_value."""
    audience = a_list(client, is_value_based=True)
    message = "(#100) Value-Based Custom Audience requires LOOKALIKE_VALUE attribute."
    assert send(client, audience, emails(0, 1))["error"]["message"] == message
    answer = send(client, audience, [[sha("a"), 12.5]], ["EMAIL", "LOOKALIKE_VALUE"])
    assert answer["num_invalid_entries"] == 0


def test_terms_owner_kind_and_flags_stand_before_everything(client: Any) -> None:
    audience = a_list(client)
    client.sandbox.accept_terms("act_1", "custom_audience_tos", False)
    error = send(client, audience, emails(0, 1))["error"]
    assert (error["code"], error["error_subcode"]) == (200, 1870090)
    assert client.get("act_1", fields="tos_accepted")["tos_accepted"]["custom_audience_tos"] == 0
    assert client.get("act_2", fields="tos_accepted")["tos_accepted"]["custom_audience_tos"] == 1
    client.sandbox.accept_terms("act_1")
    client.sandbox.audience_status(audience, 471)
    assert send(client, audience, emails(0, 1))["error"]["error_subcode"] == 1713230
    client.sandbox.audience_status(audience, None)
    assert send(client, audience, emails(0, 1))["num_received"] == 1


def test_a_shared_list_is_its_owners_to_fill(client: Any) -> None:
    """tests/contract/recordings/errors.jsonl: quoted_200_0_cannot_update_audience."""
    audience = a_list(client)
    client.post(f"{audience}/adaccounts", adaccounts=["2"])
    stranger = client.sandbox.session(client.sandbox.issue_token(accounts=["act_2"]))
    payload = json.dumps({"schema": ["EMAIL"], "data": emails(0, 1)})
    refused = stranger.delete(f"{GRAPH}/{audience}/users", data={"payload": payload})
    assert refused.status_code == 403
    assert refused.json()["error"]["message"] == f"(#200) The current user can not update audience {audience}"


# Sessions


def test_batches_of_a_session_come_in_any_order_and_end_with_the_last(client: Any) -> None:
    audience = a_list(client)
    for number in (2, 1):
        answer = send(client, audience, emails(10 * number, 10), session_id=77, batch_seq=number)
        assert answer["session_id"] == "77"
    send(client, audience, emails(30, 10), session_id=77, batch_seq=3, last_batch_flag=True)
    assert client.sandbox.audience_rows(audience) == Counter(map(tuple, emails(10, 30)))
    late = send(client, audience, emails(40, 10), session_id=77, batch_seq=4)["error"]
    assert late["error_user_title"] == "Session Finished"
    assert len(client.sandbox.audience_rows(audience)) == 30


def test_a_batch_whose_answer_was_lost_is_not_taken_twice(client: Any) -> None:
    audience = a_list(client)
    client.sandbox.fail_next(f"POST {audience}/users", LostResponse())
    batch = {"session_id": 5, "batch_seq": 1, "last_batch_flag": True}
    with pytest.raises(Exception, match="Connection"):
        send(client, audience, emails(0, 10), **batch)
    answer = send(client, audience, emails(0, 10), **batch)
    assert (answer["num_received"], answer["num_invalid_entries"]) == (10, 0)
    assert client.sandbox.audience_rows(audience) == Counter(map(tuple, emails(0, 10)))


def test_a_refused_batch_was_not_taken(client: Any) -> None:
    audience = a_list(client)
    client.sandbox.fail_next(f"POST {audience}/users", GraphError(80003))
    assert send(client, audience, emails(0, 10), session_id=5, batch_seq=1)["error"]["code"] == 80003
    assert not client.sandbox.audience_rows(audience)
    assert send(client, audience, emails(0, 10), session_id=5, batch_seq=1)["num_received"] == 10


def test_a_session_is_open_for_ninety_minutes(client: Any) -> None:
    audience = a_list(client)
    send(client, audience, emails(0, 10), session_id=5, batch_seq=1)
    client.sandbox.advance(minutes=90)
    assert send(client, audience, emails(10, 10), session_id=5, batch_seq=2)["num_received"] == 10
    client.sandbox.advance(minutes=1)
    error = send(client, audience, emails(20, 10), session_id=5, batch_seq=3)["error"]
    assert error["error_user_title"] == "Session Timed Out"
    assert send(client, audience, emails(20, 10), session_id=6, batch_seq=1)["num_received"] == 10


@table(
    ("session", "words"),
    [
        ({"batch_seq": 1}, "session[session_id] is required"),
        ({"session_id": 1}, "session[batch_seq] is required"),
        ({"session_id": 1, "batch_seq": 0}, "session[batch_seq] must be an integer greater than 0"),
        ({"session_id": "x", "batch_seq": 1}, "session[session_id] must be an integer greater than 0"),
        ({"session_id": 1, "batch_seq": 1, "estimated_num_total": -1}, "estimated_num_total"),
    ],
)
def test_a_session_names_itself_and_its_batch(client: Any, session: Answer, words: str) -> None:
    payload = {"schema": ["EMAIL"], "data": emails(0, 1)}
    error = client.post(f"{a_list(client)}/users", payload=payload, session=session)["error"]
    assert words in error["message"]


def test_sessions_can_be_looked_at(client: Any) -> None:
    audience = a_list(client)
    send(client, audience, [*emails(0, 9), ["x"]], session_id=5, batch_seq=1)
    send(client, audience, emails(9, 1), session_id=6, batch_seq=1, last_batch_flag=True)
    rows = client.get(f"{audience}/sessions")["data"]
    assert [row["session_id"] for row in rows] == ["6", "5"]
    [open_one] = client.get(f"{audience}/sessions", session_id="5")["data"]
    assert open_one == {
        "session_id": "5",
        "stage": "uploading",
        "progress": "0",
        "num_received": "10",
        "num_matched": "6",
        "num_invalid_entries": "1",
        "start_time": "1793534400",
    }
    assert rows[0]["end_time"] == "1793534400"


# Status and size


@pytest.mark.thorough
def test_a_list_fills_and_then_tells_its_size(client: Any) -> None:
    audience = a_list(client)
    assert (status(client, audience), size(client, audience)) == (410, (-1, -1))
    send(client, audience, emails(0, 2_000), session_id=5, batch_seq=1)
    client.sandbox.advance(minutes=40)
    assert (status(client, audience), size(client, audience)) == (441, (-1, -1))
    send(client, audience, emails(2_000, 2_000), session_id=5, batch_seq=2, last_batch_flag=True)
    assert status(client, audience) == 441
    client.sandbox.advance(minutes=30)
    assert (status(client, audience), size(client, audience)) == (200, (2800, 3200))
    ready = client.get(audience, fields="delivery_status,data_source,time_content_updated")
    assert ready["delivery_status"]["code"] == 200
    assert ready["data_source"]["sub_type"] == "HASHES_OR_USER_IDS"
    assert ready["time_content_updated"] == 1793534400 + 40 * 60


def test_the_same_people_twice_make_no_larger_list_and_work_shows_the_old_size(client: Any) -> None:
    audience = a_list(client)
    for start in (0, 0, 4_000):
        send(client, audience, emails(start, 1_000))
        shown = size(client, audience)
        client.sandbox.advance(minutes=30)
    assert shown == (700, 820)
    assert size(client, audience) == (1400, 1600)


def test_a_small_list_can_not_be_used(client: Any) -> None:
    audience = a_list(client)
    send(client, audience, emails(0, 100))
    client.sandbox.advance(minutes=30)
    assert size(client, audience) == (-1, -1)
    assert client.get(audience, fields="delivery_status")["delivery_status"]["code"] == 300


def test_many_invalid_entries_are_a_warning(client: Any) -> None:
    audience = a_list(client)
    send(client, audience, [*emails(0, 5), *([["x"]] * 5)])
    client.sandbox.advance(minutes=30)
    assert status(client, audience) == 412


# Removal


def test_people_are_taken_out_by_what_is_known_of_them(client: Any) -> None:
    audience = a_list(client)
    send(client, audience, [[sha("a"), sha("1")], [sha("b"), sha("2")], [sha("c"), ""]], ["EMAIL", "PHONE"])
    send(client, audience, [[sha("a")], [sha("d")]])
    answer = take_out(client, f"{audience}/users", [[sha("a")], [sha("unknown")]])
    assert (answer["num_received"], answer["audience_id"]) == (2, audience)
    left = {(sha("b"), sha("2")), (sha("c"), ""), (sha("d"),)}
    assert set(client.sandbox.audience_rows(audience)) == left
    take_out(client, f"{audience}/users", [["", sha("2")], [sha("d"), sha("9")]], ["EMAIL", "PHONE"])
    assert set(client.sandbox.audience_rows(audience)) == {(sha("c"), ""), (sha("d"),)}


def test_people_are_taken_out_of_every_list_of_an_account(client: Any) -> None:
    first, second = a_list(client), a_list(client)
    other = str(client.post("act_2/customaudiences", **LIST)["id"])
    for audience in (first, second, other):
        send(client, audience, emails(0, 5))
    answer = take_out(client, "act_1/usersofanyaudience", emails(0, 2), session_id=3, batch_seq=1, last_batch_flag=True)
    assert (answer["num_received"], answer["num_invalid_entries"], answer["session_id"]) == (2, 0, "3")
    assert [len(client.sandbox.audience_rows(each)) for each in (first, second, other)] == [3, 3, 5]


# Replacing


def filled(client: Any, count: int = 500) -> str:
    audience = a_list(client)
    send(client, audience, emails(0, count))
    client.sandbox.advance(minutes=30)
    return audience


def replace(client: Any, audience: str, start: int, count: int, number: int, **more: Any) -> Answer:
    more = {"session_id": 9, "batch_seq": number, **more}
    return send(client, audience, emails(start, count), edge="usersreplace", **more)


def test_replacing_empties_and_fills(client: Any) -> None:
    audience = filled(client)
    replace(client, audience, 1_000, 100, 1)
    assert status(client, audience) == 414
    assert size(client, audience) == (350, 410)
    replace(client, audience, 1_100, 900, 2, last_batch_flag=True)
    assert client.sandbox.audience_rows(audience) == Counter(map(tuple, emails(1_000, 1_000)))
    assert status(client, audience) == 414
    client.sandbox.advance(minutes=30)
    assert (status(client, audience), size(client, audience)) == (200, (700, 820))


def subcode(answer: Answer) -> tuple[int, int | None]:
    return answer["error"]["code"], answer["error"].get("error_subcode")


def test_the_order_of_a_replacement_is_kept(client: Any) -> None:
    audience = filled(client)
    assert subcode(replace(client, audience, 0, 1, 2)) == (2650, 1870147)
    replace(client, audience, 0, 5, 1)
    assert subcode(replace(client, audience, 0, 5, 1, session_id=10)) == (2650, 1870145)
    assert subcode(send(client, audience, emails(0, 5))) == (2650, 1870145)
    assert subcode(take_out(client, f"{audience}/users", emails(0, 5))) == (2650, 1870145)
    other = {"schema": ["PHONE"], "data": emails(0, 5)}
    mixed = client.post(f"{audience}/usersreplace", payload=other, session={"session_id": 9, "batch_seq": 2})
    assert subcode(mixed) == (2650, None)
    replace(client, audience, 5, 5, 2, last_batch_flag=True)
    assert replace(client, audience, 5, 5, 2, last_batch_flag=True)["num_received"] == 5
    assert subcode(replace(client, audience, 10, 5, 3)) == (2650, 1870159)
    assert client.sandbox.audience_rows(audience) == Counter(map(tuple, emails(0, 10)))


def test_a_replacement_that_is_not_ended_in_time_failed(client: Any) -> None:
    audience = filled(client)
    replace(client, audience, 0, 5, 1)
    client.sandbox.advance(minutes=91)
    assert status(client, audience) == 415
    assert subcode(replace(client, audience, 5, 5, 2)) == (2650, 1870158)
    assert replace(client, audience, 0, 5, 1, session_id=10, last_batch_flag=True)["num_received"] == 5


def test_only_a_list_in_good_state_is_replaced(client: Any) -> None:
    empty = a_list(client)
    assert subcode(replace(client, empty, 0, 5, 1)) == (2650, None)
    payload = {"schema": ["EMAIL"], "data": emails(0, 1)}
    alone = client.post(f"{filled(client)}/usersreplace", payload=payload)["error"]
    assert "session is required" in alone["message"]
    past = type(client)(history=1)
    visitors = next(
        row["id"] for row in past.get("act_1/customaudiences", fields="subtype")["data"] if row["subtype"] == "WEBSITE"
    )
    assert send(past, visitors, emails(0, 1))["error"]["error_user_title"] == "Not A Customer List"
    huge = past.get("act_1/customaudiences", fields="subtype")["data"][-1]["id"]
    past.sandbox.audience_status(huge, None)
    past.sandbox.change_internals(huge, people=100_000_000)
    assert subcode(replace(past, huge, 0, 5, 1)) == (2650, 1870144)


# What is left behind


def test_the_journal_counts_people_and_keeps_none(client: Any) -> None:
    audience = a_list(client)
    planted = "planted.person@example.com"
    send(client, audience, [[planted], [sha(planted)]], session_id=5, batch_seq=1)
    take_out(client, f"{audience}/users", [[planted]])
    take_out(client, "act_1/usersofanyaudience", [[planted]])
    client.sandbox.fail_next(f"POST {audience}/users", GraphError(2))
    send(client, audience, [[planted]])
    client.session.post(f"{GRAPH}/{audience}/users", data={"payload": f"{{{planted}"})
    written = "".join(map(repr, client.sandbox.journal))
    assert planted not in written
    assert sha(planted) not in written
    kept = [entry.params["payload"] for entry in client.sandbox.journal if "payload" in entry.params]
    assert kept[0] == {"schema": ["EMAIL"], "rows": 2}
    assert kept[-1] == {"characters": len(planted) + 1}
    assert client.sandbox.journal[1].params["session"] == {"session_id": 5, "batch_seq": 1}


def test_a_batch_request_journals_its_items_alike(client: Any) -> None:
    audience = a_list(client)
    body = "payload=" + json.dumps({"schema": ["EMAIL"], "data": [["planted@example.com"]]})
    items = json.dumps([{"method": "POST", "relative_url": f"{audience}/users", "body": body}])
    [answer] = client.session.post("https://graph.facebook.com/v26.0/", data={"batch": items}).json()
    assert json.loads(answer["body"])["num_invalid_entries"] == 1
    assert "planted@example.com" not in "".join(map(repr, client.sandbox.journal))


def test_a_large_form_is_read_as_a_small_one(client: Any) -> None:
    words = 'a "list" %22 %2522, [of] {things}: 1+1 & 2=2 % é\n'
    for length in (1, 2_000):
        made = client.post("act_1/customaudiences", **LIST, description=words * length, fields="description")
        assert made["description"] == words * length


def test_people_and_sessions_survive_a_snapshot(client: Any, tmp_path: Any) -> None:
    audience = a_list(client)
    send(client, audience, [[sha("a"), ""], [sha("b"), sha("2")]], ["EMAIL", "PHONE"], session_id=5, batch_seq=1)
    client.sandbox.save(tmp_path / "s.json")
    other = type(client)()
    other.sandbox.load(tmp_path / "s.json")
    other.session = other.sandbox.session()
    assert other.sandbox.audience_rows(audience) == client.sandbox.audience_rows(audience)
    again = send(other, audience, [[sha("a"), ""], [sha("b"), sha("2")]], ["EMAIL", "PHONE"], session_id=5, batch_seq=1)
    assert again["num_received"] == 2
    assert other.sandbox.audience_digest(audience) == client.sandbox.audience_digest(audience)


@pytest.mark.thorough
def test_people_of_several_threads_arrive_once_over_http() -> None:
    from concurrent.futures import ThreadPoolExecutor

    import requests

    sandbox = Sandbox(history=0, clock=lambda: datetime(2026, 11, 1, tzinfo=UTC))
    with serve(sandbox) as server, ThreadPoolExecutor(4) as pool:
        headers = {"Authorization": f"Bearer {sandbox.token}"}
        url = f"{server.url}/v26.0"
        audience = requests.post(f"{url}/act_1/customaudiences", data=LIST, headers=headers, timeout=9).json()["id"]

        def upload(number: int) -> int:
            form = {
                "payload": json.dumps({"schema": ["EMAIL"], "data": emails(500 * number, 500)}),
                "session": json.dumps({"session_id": 1, "batch_seq": number + 1}),
            }
            answer = requests.post(f"{url}/{audience}/users", data=form, headers=headers, timeout=9)
            return int(answer.json()["num_received"])

        assert list(pool.map(upload, [0, 1, 2, 3, 4, 5, 6, 7, 0, 3])) == [500] * 10
        told = requests.get(f"{server.url}/_sandbox/audience", params={"id": audience}, timeout=9).json()
    assert told == {"rows": 4000, "digest": sandbox.audience_digest(audience)[1]}
    assert sandbox.audience_rows(audience) == Counter(map(tuple, emails(0, 4000)))
