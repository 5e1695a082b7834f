"""The next page of figures is under way while one is in use: in its place, in order, and at most one."""

from __future__ import annotations

import gc
import json
import threading
from typing import Any

import pytest

from admonster_fb import errors
from admonster_fb.client import FacebookAds
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.sandbox import Sandbox
from admonster_fb.services.insights.rows import InsightsEdge
from admonster_fb.transport.api import GATHERED
from admonster_fb.transport.paging import Ahead, Edge, StoredResponse
from admonster_fb.transport.request import Call

pytestmark = pytest.mark.thorough


class Eager(Edge[InsightsRow]):
    READS_AHEAD = True


class Pages:
    """Answers with pages of four rows; notes which pages were requested, and by which thread."""

    def __init__(self, count: int, fails: int = 0) -> None:
        self.count, self.fails = count, fails
        self.requested: list[int] = []
        self.threads: set[str] = set()

    def send(self, call: Call, parse: Any) -> Any:
        number = int(call.params.get("after", 1))
        self.requested.append(number)
        self.threads.add(threading.current_thread().name)
        if number == self.fails:
            raise errors.TransientError(message="down", http_status=500, code=2)
        rows = [{"reach": str(number * 10 + n)} for n in range(4)]
        paging = {"next": f"https://graph.facebook.com/x?after={number + 1}"} if number < self.count else {}
        return parse(StoredResponse(json.dumps({"data": rows, "paging": paging}).encode()), call.name)


def arrive() -> None:
    """Wait for the pages that are under way."""
    for ahead in gc.get_objects():
        if type(ahead) is Ahead and ahead._future:
            ahead._future.exception()


def read(pages: Pages, rows: int) -> Any:
    edge = iter(Eager(pages, Call("GET", ("act_1", "insights")), InsightsRow))  # type: ignore[arg-type]
    for _ in range(rows):
        next(edge)
    arrive()
    return edge


def test_the_next_page_is_requested_when_half_of_one_is_taken() -> None:
    requested = []
    for rows in (1, 2, 3, 4, 5, 6, 7):
        read(pages := Pages(3), rows).close()
        requested.append(pages.requested)
    assert requested == [[1], [1], [1, 2], [1, 2], [1, 2], [1, 2], [1, 2, 3]]


def test_all_rows_come_once_and_in_order() -> None:
    pages = Pages(4)
    edge = Eager(pages, Call("GET", ("act_1", "insights")), InsightsRow)  # type: ignore[arg-type]
    assert [row.reach for row in edge] == [page * 10 + n for page in (1, 2, 3, 4) for n in range(4)]
    assert pages.requested == [1, 2, 3, 4]
    assert pages.threads == {"MainThread", "next-page"}


def test_all_pages_of_a_walk_come_by_one_thread_which_ends_with_it() -> None:
    before = {*threading.enumerate()}
    edge = read(pages := Pages(9), 20)
    (thread,) = {*threading.enumerate()} - before
    assert pages.requested == [1, 2, 3, 4, 5, 6]
    edge.close()
    thread.join()


def test_a_walk_goes_on_in_a_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    edge = read(Pages(9), 4)
    monkeypatch.setattr(threading.Thread, "is_alive", lambda _thread: False)  # as in the child
    assert [next(edge).reach for _ in range(8)] == [20, 21, 22, 23, 30, 31, 32, 33]
    edge.close()


def test_a_fork_requests_again_what_only_its_parent_is_answered() -> None:
    ahead = Ahead[int]()
    began, ended = threading.Event(), threading.Event()
    ahead.request = lambda: (began.set(), ended.wait(60), 7)[-1]
    ahead.start()
    assert began.wait(60)
    thread, ahead._thread = ahead._thread, threading.Thread()  # in the child, threads of the parent are not alive
    ahead.request = lambda: 8
    try:
        assert ahead.take() == 8
    finally:
        ended.set()
        ahead._thread = thread


def test_an_error_is_raised_where_its_page_begins() -> None:
    edge = read(Pages(3, fails=2), 3)
    assert next(edge).reach == 13
    with pytest.raises(errors.TransientError, match="down"):
        next(edge)


def test_reads_that_share_requests_do_not_read_ahead() -> None:
    token = GATHERED.set(lambda *_: None)  # type: ignore[arg-type]
    try:
        read(pages := Pages(3), 4).close()
    finally:
        GATHERED.reset(token)
    assert pages.requested == [1]


def test_figures_are_read_ahead_and_objects_are_not(sandbox: Sandbox) -> None:
    assert (InsightsEdge.READS_AHEAD, Edge.READS_AHEAD) == (True, False)
    with FacebookAds.sandbox(sandbox) as fb:
        for edge, requests in (
            (fb.insights.iter("act_1", days=7, time_increment=1, limit=2), 2),
            (fb.ads.iter("act_1", limit=2), 1),
        ):
            sandbox.journal.clear()
            rows = iter(edge)
            next(rows), next(rows)
            arrive()
            assert len(sandbox.journal) == requests
            rows.close()
