"""Lists of customers: every row once, whatever happens on the way, and nothing of a customer but its hash leaves."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
from requests.adapters import BaseAdapter
from tables import table

from admonster_fb import FacebookAds, FacebookAdsError, ParameterError, Settings
from admonster_fb.audience_data import batches
from admonster_fb.sandbox import Sandbox
from admonster_fb.services.audiences import users
from admonster_fb.storage import Busy


def form_of(request: requests.PreparedRequest) -> dict[str, Any]:
    """The fields of a form as the SDK sends them: URL-encoded, objects as JSON."""
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    fields = parse_qs(str(request.body), strict_parsing=True)
    return {name: json.loads(values[0]) for name, values in fields.items() if name in ("payload", "session")}


class Meta(BaseAdapter):
    """Takes batches as Meta does: one that comes again under its number is the same one."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: dict[tuple[Any, int], list[Any]] = {}
        self.order: list[tuple[str, str, dict[str, Any]]] = []
        self.trouble: list[Any] = []
        self.most = self.now = 0
        self.lock = threading.Lock()

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        told = form_of(request)
        session, payload = told.get("session", {}), told["payload"]
        number = int(session.get("batch_seq", len(self.order) + 1))
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
            self.order.append((str(request.method), str(request.path_url), session))
            trouble = self.trouble.pop(0) if self.trouble else None
            if trouble != "refused":
                self.taken[session.get("session_id"), number] = payload["data"]
            self.now -= 1
        if trouble == "lost":
            raise requests.ConnectionError("reset")
        answer: dict[str, Any] = {"audience_id": "1", "num_received": len(payload["data"]), "num_invalid_entries": 1}
        status = 200
        if trouble == "refused":
            status, answer = (
                400,
                {"error": {"code": 2650, "message": "(#2650) Failed to update", "type": "OAuthException"}},
            )
        if trouble == "partly":
            status, answer = 500, {"error": {"code": 2, "error_subcode": 1870148, "message": "Partial", "type": "x"}}
        response = requests.Response()
        response.status_code, response._content, response.url = status, json.dumps(answer).encode(), str(request.url)
        return response

    def close(self) -> None:
        """Nothing is open."""

    @property
    def rows(self) -> Counter[str]:
        """Every row that was taken, as often."""
        return Counter(json.dumps(cell) for data in self.taken.values() for row in data for cell in row)

    @property
    def numbers(self) -> list[int]:
        return [int(session["batch_seq"]) for _, _, session in self.order]


class Clock:
    def __init__(self) -> None:
        self.sandbox = Sandbox(history=0)
        self.waited = 0.0

    def now(self) -> Any:
        return self.sandbox.now()

    def sleep(self, seconds: float) -> None:
        self.waited += seconds
        self.sandbox.sleep(seconds)


@pytest.fixture
def meta() -> Meta:
    return Meta()


@pytest.fixture
def fb(meta: Meta) -> Iterator[FacebookAds]:
    with FacebookAds("sandbox-audiences", settings=Settings(adapter=meta), clock=Clock()) as facade:
        yield facade


def mail(number: int) -> str:
    return f"Planted.Person{number}@Example.com"


def hashed(number: int) -> str:
    return json.dumps(hashlib.sha256(mail(number).lower().encode()).hexdigest())


def listed(folder: Path, count: int) -> Path:
    file = folder / "customers.csv"
    file.write_text("E-Mail\n" + "".join(f"{mail(n)}\n" for n in range(count)))
    return file


def every(count: int) -> Counter[str]:
    return Counter(hashed(n) for n in range(count))


@pytest.fixture
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five batches, of a tenth of Meta's size."""
    monkeypatch.setattr(users, "LARGEST", 1_000)
    monkeypatch.setattr(users, "batches", partial(batches, size=1_000))
    return listed(tmp_path, 4_500)


@pytest.mark.thorough
def test_a_file_goes_in_one_session_the_first_batch_before_and_the_last_after_all_others(
    fb: FacebookAds, meta: Meta, tmp_path: Path
) -> None:
    seen: list[tuple[int, int | None]] = []
    done = fb.audience_users.add("1", listed(tmp_path, 45_000), progress=lambda *told: seen.append(told))
    assert meta.rows == every(45_000)
    assert {path for _, path, _ in meta.order} == {"/v26.0/1/users"}
    assert len({session["session_id"] for _, _, session in meta.order}) == 1
    assert (meta.numbers[0], meta.numbers[-1], sorted(meta.numbers)) == (1, 5, [1, 2, 3, 4, 5])
    assert [session["last_batch_flag"] for _, _, session in meta.order] == [False] * 4 + [True]
    assert (done.batches, done.received, done.invalid, done.resumed) == (5, 45_000, 5, 0)
    assert done.understood.columns == {"E-Mail": "EMAIL"}
    assert sorted(row for row, _ in seen) == [10_000, 20_000, 30_000, 40_000, 45_000]


@table(
    ("method", "verb", "path"),
    [
        ("add", "POST", "1/users"),
        ("remove", "DELETE", "1/users"),
        ("replace", "POST", "1/usersreplace"),
    ],
    fresh=True,
)
def test_each_way_has_its_edge(fb: FacebookAds, meta: Meta, method: str, verb: str, path: str) -> None:
    done = getattr(fb.audience_users, method)("1", [mail(1)], schema="EMAIL")
    assert [(sent, where) for sent, where, _ in meta.order] == [(verb, f"/v26.0/{path}")]
    assert meta.order[0][2]["last_batch_flag"] is True
    assert done.received == 1


@pytest.mark.thorough
def test_a_list_is_replaced_in_one_session(fb: FacebookAds, meta: Meta) -> None:
    assert fb.audience_users.replace("1", (mail(n) for n in range(12_000)), schema="EMAIL").batches == 2
    assert meta.numbers == [1, 2]


def test_out_of_every_list_of_an_account(fb: FacebookAds, meta: Meta) -> None:
    fb.audience_users.remove_everywhere("1", [mail(1)], schema="EMAIL")
    assert meta.order == [("DELETE", "/v26.0/act_1/usersofanyaudience", {})]


@pytest.mark.thorough
@table("trouble", [["lost"], [None, "lost", "partly", "lost"], ["partly", None, None, "lost"]], fresh=True)
def test_a_lost_answer_is_asked_for_again_under_the_same_number(
    trouble: list[Any], fb: FacebookAds, meta: Meta, people: Path
) -> None:
    meta.trouble = [*trouble]
    done = fb.audience_users.add("1", people)
    assert meta.rows == every(4_500)
    assert done.received == 4_500
    assert len(meta.numbers) == 5 + sum(each is not None for each in trouble)


@pytest.mark.thorough
@table("at", [0, 1, 3, 4], fresh=True)
def test_what_was_refused_half_way_is_taken_up_again_by_the_journal(
    at: int, fb: FacebookAds, meta: Meta, people: Path, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    meta.trouble = [None] * at + ["refused"] * 9
    with pytest.raises(FacebookAdsError, match="2650"):
        fb.audience_users.add("1", people, journal=journal)
    first = {session["session_id"] for _, _, session in meta.order}
    meta.trouble, acked = [], len(meta.taken)
    before = len(meta.order)
    done = fb.audience_users.add("1", people, journal=journal)
    assert meta.rows == every(4_500)
    assert {session["session_id"] for _, _, session in meta.order} == first, "the same session goes on"
    assert len(meta.order) - before == 5 - acked, "what was acknowledged is not sent again"
    assert (done.batches, done.received) == (5, 4_500)
    assert not journal.exists(), "there is nothing left to take up"


@pytest.mark.thorough
def test_a_journal_that_was_cut_short_or_is_another_list_s(
    fb: FacebookAds, meta: Meta, people: Path, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    meta.trouble = [None, None, "refused", "refused", "refused", "refused"]
    with pytest.raises(FacebookAdsError):
        fb.audience_users.add("1", people, journal=journal)
    text = journal.read_text()
    other = tmp_path / "other.csv"
    other.write_text(f"email\n{mail(7)}\n")
    for wrong in ({"audience_id": "2", "people": people}, {"audience_id": "1", "people": other}):
        with pytest.raises(ParameterError, match="journal"):
            fb.audience_users.add(**wrong, journal=journal)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="journal"):
        fb.audience_users.remove("1", people, journal=journal)
    journal.write_text(text + '{"batch": 9, "row"')
    meta.trouble = []
    fb.audience_users.add("1", people, journal=journal)
    assert meta.rows == every(4_500)


def test_a_list_that_cannot_be_read_leaves_no_journal(fb: FacebookAds, meta: Meta, tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_text("a,b\n1,2\n")
    for name in ("missing.csv", "odd.csv"):
        with pytest.raises(ParameterError):
            fb.audience_users.add("1", tmp_path / name, journal=tmp_path / "journal")
    assert not (tmp_path / "journal").exists()


def test_nothing_of_a_customer_is_in_journal_log_error_or_result(
    fb: FacebookAds, meta: Meta, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file, journal = tmp_path / "customers.csv", tmp_path / "journal"
    planted = ("Planted", "Xanthippe", "6505551212")
    file.write_text(
        "email,first name,phone,note\nplanted@x.example,Xanthippe,+1 650 555 1212,hi\nPlanted,Xanthippe,1,\n"
    )
    meta.trouble = ["refused"]
    caplog.set_level(logging.DEBUG)
    with pytest.raises(FacebookAdsError) as caught:
        fb.audience_users.add("1", file, journal=journal)
    texts = [journal.read_text(), str(caught.value), repr(caught.value), caplog.text]
    done = fb.audience_users.add("1", file, journal=journal)
    texts += [repr(done), caplog.text]
    assert done.report["sent"] == 2
    for text in texts:
        assert not [word for word in planted if word.lower() in text.lower()]
        assert hashlib.sha256(b"planted@x.example").hexdigest() not in text


@pytest.mark.thorough
def test_a_generator_is_walked_through_and_never_held(fb: FacebookAds, meta: Meta) -> None:
    read = 0

    def endless() -> Iterator[str]:
        nonlocal read
        for number in range(45_000):
            read += 1
            assert read - 10_000 * len(meta.taken) <= 60_000
            yield mail(number)

    fb.audience_users.add("1", endless(), schema="EMAIL", in_flight=2)
    assert meta.rows == every(45_000)


def test_nothing_usable_is_no_request(fb: FacebookAds, meta: Meta) -> None:
    done = fb.audience_users.add("1", ["nobody", ""], schema="EMAIL")
    assert meta.order == []
    assert (done.batches, done.received, done.report["sent"]) == (0, 0, 0)


@table(
    ("wrong", "field"),
    [
        ({"audience_id": "act_1"}, "audience_id"),
        ({"audience_id": "../me"}, "audience_id"),
        ({"in_flight": 0}, "in_flight"),
        ({"people": "missing.csv"}, "missing.csv|source"),
        ({"schema": "EMIAL"}, "EMIAL|schema"),
        ({"app_ids": "1"}, "app_ids"),
        ({"default_region": "ZZZ"}, "default_region"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_sent(
    wrong: dict[str, Any], field: str, fb: FacebookAds, meta: Meta
) -> None:
    given: dict[str, Any] = {"audience_id": "1", "people": [mail(1)], "schema": "EMAIL", **wrong}
    with pytest.raises(FacebookAdsError, match=field):
        fb.audience_users.add(**given)
    assert meta.order == []


def test_what_else_a_list_says_goes_with_it(fb: FacebookAds, meta: Meta) -> None:
    told: list[Any] = []
    send = meta.send
    meta.send = lambda request, **how: (told.append(form_of(request)), send(request, **how))[1]  # type: ignore
    fb.audience_users.add("1", ["77"], schema="APPUID", app_ids=["5"])
    assert told[0]["payload"] == {"schema": ["APPUID"], "data": [["77"]], "app_ids": ["5"]}


def _stopped(fb: FacebookAds, meta: Meta, people: Path, journal: Path) -> None:
    meta.trouble = [None, None, "refused", "refused", "refused", "refused"]
    with pytest.raises(FacebookAdsError):
        fb.audience_users.add("1", people, journal=journal)
    meta.trouble = []


def test_a_journal_makes_its_folder_and_leaves_nothing_in_it(fb: FacebookAds, meta: Meta, tmp_path: Path) -> None:
    journal = tmp_path / "new" / "journal"
    fb.audience_users.add("1", [mail(1)], schema="EMAIL", journal=journal)
    assert journal.parent.is_dir()
    assert [*journal.parent.iterdir()] == []
    assert [*tmp_path.iterdir()] == [journal.parent]


def test_one_run_at_a_time_uses_a_journal(fb: FacebookAds, meta: Meta, tmp_path: Path) -> None:
    journal, refused = tmp_path / "journal", []

    def second(_done: int, _total: int | None) -> None:
        with pytest.raises(Busy):
            fb.audience_users.add("1", [mail(1)], schema="EMAIL", journal=journal)
        refused.append(len(meta.order))

    fb.audience_users.add("1", [mail(1)], schema="EMAIL", journal=journal, progress=second)
    assert refused == [1]
    fb.audience_users.add("1", [mail(1)], schema="EMAIL", journal=journal)


@pytest.fixture
def stopped(fb: FacebookAds, meta: Meta, people: Path, tmp_path: Path) -> bytes:
    """The journal of an upload that was stopped."""
    _stopped(fb, meta, people, tmp_path / "journal")
    return (tmp_path / "journal").read_bytes()


@pytest.mark.thorough
@table(
    "damage",
    [
        lambda lines: [lines[0], lines[1].replace(b'"row": 1', b'"row": 2'), *lines[2:]],
        lambda lines: [lines[0].replace(b'"session_id": ', b'"session_id": 1'), *lines[1:]],
        lambda lines: [b"{}", *lines[1:]],
        lambda lines: [lines[0], b"\xff", *lines[2:]],
        lambda lines: [lines[0].replace(b'"version": 2', b'"version": 99'), *lines[1:]],
    ],
)
def test_a_damaged_journal_is_one_error_and_sends_nothing(
    fb: FacebookAds, meta: Meta, people: Path, tmp_path: Path, stopped: bytes, damage: Any
) -> None:
    journal = tmp_path / "journal"
    damaged = b"\n".join(damage(stopped.split(b"\n")))
    assert damaged != stopped
    journal.write_bytes(damaged)
    before = len(meta.order)
    with pytest.raises(FacebookAdsError):
        fb.audience_users.add("1", people, journal=journal)
    assert (len(meta.order), journal.read_bytes()) == (before, damaged)


@pytest.mark.thorough
def test_the_last_releases_journal_is_taken_up(fb: FacebookAds, meta: Meta, people: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    _stopped(fb, meta, people, journal)
    rows = [json.loads(line) for line in journal.read_text().splitlines()]
    old = [{name: value for name, value in row.items() if name not in ("crc", "version")} for row in rows]
    journal.write_text("".join(json.dumps(row) + "\n" for row in old))
    fb.audience_users.add("1", people, journal=journal)
    assert meta.rows == every(4_500)
