"""Faults, in process and over HTTP: the same exceptions through plain `requests`, by either door."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from tables import table

from admonster_fb.sandbox import (
    Empty,
    Failure,
    Fault,
    GraphError,
    Hang,
    Http,
    LostResponse,
    NullItem,
    Ok200,
    Reset,
    Sandbox,
    Slow,
    Truncated,
    UnspentFaults,
    serve,
)

CREATE = "POST act_*/campaigns"


class Door:
    """Posts and gets through one of the two doors."""

    def __init__(self, sandbox: Sandbox, url: str, session: requests.Session, form: Any, campaign: Any) -> None:
        self.sandbox, self.url, self.session = sandbox, f"{url}/v26.0", session
        self.form, self.campaign = form, campaign

    def create(self, timeout: float = 5.0) -> requests.Response:
        return self.session.post(f"{self.url}/act_1/campaigns", data=self.form(self.campaign), timeout=timeout)

    def get(self, path: str, timeout: float = 5.0) -> requests.Response:
        return self.session.get(f"{self.url}/{path}", timeout=timeout)

    def batch(self, *items: dict[str, Any]) -> requests.Response:
        return self.session.post(self.url, data={"batch": json.dumps(items)}, timeout=5)

    def item(self, **changes: Any) -> dict[str, Any]:
        body = requests.models.RequestEncodingMixin._encode_params(self.form(self.campaign))
        return {"method": "POST", "relative_url": "act_1/campaigns", "body": body, **changes}

    @property
    def made(self) -> int:
        return len(self.sandbox.objects("Campaign"))


@pytest.fixture(params=["in process", "http"])
def door(request: pytest.FixtureRequest, client: Any) -> Iterator[Door]:
    sandbox = client.sandbox
    if request.param == "in process":
        yield Door(sandbox, "http://127.0.0.1:1", sandbox.session(), client.form, client.CAMPAIGN)
    else:
        with serve(sandbox) as server, requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {sandbox.token}"
            yield Door(sandbox, server.url, session, client.form, client.CAMPAIGN)
    sandbox.check_spent()


@pytest.mark.thorough
@table(("fault", "made"), [(LostResponse(), 1), (Reset(), 0), (Reset(after=True), 1)], fresh=True)
def test_reset_raises_connection_error(door: Door, fault: Fault, made: int) -> None:
    door.sandbox.fail_next(CREATE, fault)
    with pytest.raises(requests.ConnectionError) as caught:
        door.create()
    said = "ProtocolError('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))"
    assert repr(caught.value) == f"ConnectionError({said})"
    assert caught.value.request is not None
    assert type(caught.value) is requests.ConnectionError
    assert door.made == made
    assert door.create().status_code == 200


def test_cut_bodies(door: Door) -> None:
    door.sandbox.fail_next(CREATE, Truncated())
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match=r"IncompleteRead\((\d+) bytes read, \d+ more"):
        door.create()
    assert door.made == 1
    assert door.create().status_code == 200


def test_cut_bodies_as_a_stream(door: Door) -> None:
    door.sandbox.fail_next("GET act_1", Truncated())
    answer = door.session.get(f"{door.url}/act_1", stream=True, timeout=5)
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        _ = answer.content


@table(("fault", "made"), [(Hang(), 0), (Slow(0.09), 1)], fresh=True)
def test_answers_too_late(door: Door, fault: Fault, made: int) -> None:
    door.sandbox.fail_next(CREATE, fault)
    with pytest.raises(requests.ReadTimeout, match=r"Read timed out. \(read timeout=0.03\)"):
        door.create(timeout=0.03)
    assert door.made == made
    assert door.create().status_code == 200


def test_slow_but_in_time(door: Door) -> None:
    door.sandbox.fail_next("GET *", Slow(0.05))
    began = time.perf_counter()
    assert door.get("act_1").status_code == 200
    assert time.perf_counter() - began >= 0.05


def test_a_hanging_call_does_not_keep_the_server(client: Any) -> None:
    client.sandbox.fail_next("GET *", Hang())
    pool = ThreadPoolExecutor(1)
    with serve(client.sandbox) as server:
        waiting = pool.submit(requests.get, f"{server.url}/act_1", timeout=5)
        while not client.sandbox.faults_met:
            time.sleep(0.005)
    with pytest.raises(requests.ConnectionError):
        waiting.result(5)


@table(("after", "made"), [(False, 0), (True, 1)], fresh=True)
def test_http_fault_returns_html(door: Door, after: bool, made: int) -> None:
    door.sandbox.fail_next(CREATE, Http(502, "<html>Bad gateway</html>", after=after))
    answer = door.create()
    assert (answer.status_code, answer.text, door.made) == (502, "<html>Bad gateway</html>", made)
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["x-graph-sandbox"] == "1"


@table(("fault", "made"), [(Empty(), 1), (Empty(after=False), 0)], fresh=True)
def test_empty_fault_returns_empty_body(door: Door, fault: Fault, made: int) -> None:
    door.sandbox.fail_next(CREATE, fault)
    answer = door.create()
    assert (answer.status_code, answer.content, door.made) == (200, b"", made)


def test_error_with_http_200(door: Door) -> None:
    door.sandbox.fail_next(CREATE, Ok200(GraphError(1)))
    answer = door.create()
    assert (answer.status_code, answer.json()["error"]["code"], door.made) == (200, 1, 0)


@table(("fault", "made"), [(GraphError(2), 0), (Failure(GraphError(2), after=True), 1)], fresh=True)
def test_graph_error_fault_returns_its_envelope(door: Door, fault: Any, made: int) -> None:
    door.sandbox.fail_next(CREATE, fault)
    answer = door.create()
    assert (answer.status_code, answer.json()["error"]["code"], door.made) == (500, 2, made)
    assert "x-business-use-case-usage" in answer.headers
    assert answer.headers["facebook-api-version"] == "v26.0"


@table(
    ("error", "header", "told"),
    [
        (GraphError(4), "x-app-usage", {"call_count": 100}),
        (GraphError(17), "x-ad-account-usage", {"acc_id_util_pct": 100.0, "reset_time_duration": 90}),
        (GraphError(80004), "x-business-use-case-usage", {"estimated_time_to_regain_access": 2, "call_count": 100}),
    ],
    fresh=True,
)
def test_limits_come_with_their_header(door: Door, error: GraphError, header: str, told: dict[str, Any]) -> None:
    door.sandbox.fail_next("GET act_1", Failure(error, wait=90))
    answer = door.get("act_1")
    assert answer.status_code == error.http_status
    found = json.loads(answer.headers[header])
    found = found["1"][0] if "1" in found else found
    assert told.items() <= found.items()
    assert json.loads(door.get("act_1").headers["x-business-use-case-usage"])["1"][0]["call_count"] < 75


def test_times_and_skip(door: Door) -> None:
    door.sandbox.fail_next("GET act_*", GraphError(1), times=2, skip=1)
    assert [door.get("act_1").status_code for _ in range(4)] == [200, 500, 500, 200]
    assert door.sandbox.faults_met == {"GraphError(1)": 2}


def test_patterns_know_no_version_and_no_other_method(door: Door) -> None:
    door.sandbox.fail_next("DELETE *", GraphError(1))
    assert door.get("act_1").status_code == 200
    assert door.session.post(f"{door.url}/act_1?method=delete", timeout=5).status_code == 500


def test_null_items(door: Door) -> None:
    door.sandbox.fail_next(CREATE, NullItem(), skip=1)
    door.sandbox.fail_next(CREATE, NullItem(after=True), skip=1)
    answers = door.batch(*[door.item() for _ in range(4)]).json()
    assert [answer and answer["code"] for answer in answers] == [200, None, None, 200]
    assert door.made == 3


def test_null_items_mean_batches_only(door: Door) -> None:
    door.sandbox.fail_next(CREATE, NullItem())
    assert door.create().status_code == 200
    with pytest.raises(UnspentFaults):
        door.sandbox.check_spent()
    assert door.batch(door.item()).json() == [None]


def test_errors_and_pages_of_items(door: Door) -> None:
    door.sandbox.fail_next(CREATE, GraphError(17))
    door.sandbox.fail_next(CREATE, Http(502, "<html>", after=True))
    door.sandbox.fail_next(CREATE, Empty())
    answers = door.batch(*[door.item() for _ in range(3)]).json()
    assert [answer["code"] for answer in answers] == [400, 502, 200]
    assert [answer["body"] for answer in answers[1:]] == ["<html>", ""]
    assert door.made == 2


def test_items_that_refer_to_a_lost_one(door: Door) -> None:
    first = door.item(name="first", omit_response_on_success=False)
    second = {"method": "GET", "relative_url": "{result=first:$.id}"}
    for fault, codes in ((Empty(), [200, 200]), (NullItem(after=True), [None, 200]), (NullItem(), [None, 424])):
        door.sandbox.fail_next(CREATE, fault)
        answers = door.batch(first, second).json()
        assert [answer and answer["code"] for answer in answers] == codes


@table(("fault", "made"), [(LostResponse(), 3), (Reset(), 1)], fresh=True)
def test_an_item_takes_its_connection_along(door: Door, fault: Fault, made: int) -> None:
    door.sandbox.fail_next(CREATE, fault, skip=1)
    with pytest.raises(requests.ConnectionError):
        door.batch(*[door.item() for _ in range(3)])
    assert door.made == made


def test_a_batch_as_a_whole(door: Door) -> None:
    door.sandbox.fail_next("POST /", GraphError(1))
    assert door.batch(door.item()).json()["error"]["code"] == 1
    door.sandbox.fail_next("POST /", LostResponse())
    with pytest.raises(requests.ConnectionError):
        door.batch(door.item())
    assert door.made == 1


def test_unspent_faults_are_named(door: Door) -> None:
    door.sandbox.fail_next("GET act_*/ads", GraphError(2642), skip=1)
    door.sandbox.fail_next("POST act_*/ads", LostResponse(), times=2)
    with pytest.raises(UnspentFaults) as caught:
        door.sandbox.check_spent()
    assert "GET act_*/ads: GraphError(2642) (1 left, 1 to skip)" in str(caught.value)
    assert "POST act_*/ads: LostResponse (2 left, 0 to skip)" in str(caught.value)
    door.sandbox.faults.plans.clear()


def test_unspent_faults_name_the_calls_that_came_instead() -> None:
    sandbox = Sandbox(history=0)
    sandbox.fail_next("GET act_1/campaign", GraphError(2))
    with pytest.raises(UnspentFaults, match="No call came: is the client FacebookAds"):
        sandbox.check_spent()
    sandbox.session().get("https://graph.facebook.com/act_1/campaigns")
    with pytest.raises(UnspentFaults, match=r"The last calls: GET act_1/campaigns$"):
        sandbox.check_spent()


@table("fault", ["lost", "LostResponse", LostResponse, GraphError, None, 503, {"code": 2}], ids=repr)
def test_what_is_no_fault_is_refused_when_it_is_set(fault: Any) -> None:
    with pytest.raises(TypeError, match=r"such as LostResponse\(\) or GraphError\(2\), not "):
        Sandbox(history=0).fail_next("GET *", fault)


@table(("pattern", "times", "skip"), [("act_1", 1, 0), ("GET *", 0, 0), ("GET *", 1, -1)])
def test_faults_that_could_never_be(pattern: str, times: int, skip: int) -> None:
    with pytest.raises(ValueError, match="a fault needs"):
        Sandbox(history=0).fail_next(pattern, Reset(), times, skip)


def test_the_journal_tells_of_faults(door: Door) -> None:
    door.sandbox.fail_next(CREATE, LostResponse())
    door.sandbox.fail_next(CREATE, Reset())
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            door.create()
    door.create()
    told = [(entry.status, entry.fault) for entry in door.sandbox.journal]
    assert told == [(200, "LostResponse"), (0, "Reset"), (200, "")]


def test_the_date_is_the_sandboxes(door: Door) -> None:
    door.sandbox.advance(days=1)
    made = door.create()
    assert made.headers["Date"] == "Mon, 02 Nov 2026 12:00:00 GMT"
    node = door.get(f"{made.json()['id']}?fields=created_time").json()
    assert node["created_time"] == "2026-11-02T04:00:00-0800"
    for answer in (door.get("nothing"), door.batch(door.item()), door.session.get(_journal(door), timeout=5)):
        assert answer.headers["Date"] == made.headers["Date"]
        assert answer.headers["x-graph-sandbox"] == "1"


def test_the_date_of_what_the_server_refuses_by_itself(client: Any) -> None:
    with serve(client.sandbox) as server:
        answer = requests.put(server.url, timeout=5)
    assert (answer.status_code, answer.headers["Date"]) == (501, "Sun, 01 Nov 2026 12:00:00 GMT")


def _journal(door: Door) -> str:
    return f"{door.url.removesuffix('/v26.0')}/_sandbox/journal"


def test_latency_delays_each_response(client: Any) -> None:
    sandbox = Sandbox(history=0, latency=0.02)
    began = time.perf_counter()
    sandbox.session().get("https://graph.facebook.com/act_1")
    assert time.perf_counter() - began >= 0.02
    with pytest.raises(requests.ReadTimeout):
        sandbox.session().get("https://graph.facebook.com/act_1", timeout=(5, 0.01))


@pytest.mark.thorough
def test_latency_is_outside_of_the_lock() -> None:
    sandbox = Sandbox(history=0)
    with serve(sandbox, latency=0.08) as server, ThreadPoolExecutor(8) as pool:
        headers = {"Authorization": f"Bearer {sandbox.token}"}
        began = time.perf_counter()
        answers = pool.map(lambda _: requests.get(f"{server.url}/act_1", headers=headers, timeout=5), range(8))
        codes = [answer.status_code for answer in answers]
    assert codes == [200] * 8
    assert 0.08 <= time.perf_counter() - began < 0.4
