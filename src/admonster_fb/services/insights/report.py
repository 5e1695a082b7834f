"""Reports that Meta makes in its own time: submitted, looked after, split where they are too large, read once done."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from admonster_fb.errors import APIError, FacebookAdsError
from admonster_fb.models._node import Map
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.services.insights import split
from admonster_fb.services.insights.jobs import LATEST, LONGEST, SOONEST, Job, ReportState, Work
from admonster_fb.services.insights.query import PAGE, Query
from admonster_fb.services.insights.rows import InsightsEdge
from admonster_fb.transport.api import RawResponse
from admonster_fb.transport.paging import Edge, Page, is_too_much_data, raw_page
from admonster_fb.transport.request import Call
from admonster_fb.transport.transport import Transport

if TYPE_CHECKING:
    Parse = Callable[[RawResponse, str], Page[Any]]


class Report(InsightsEdge):
    """A report under way. Its rows are read like those of any query, and waited for if they are not there yet.

    `step` does what can be done now and never waits; `wait` goes on until it is done. A run that fails or is skipped is
    submitted once more, then split: by date, then by object, then by field. Rows come part by part: a `sort` holds
    within each.
    """

    def __init__(self, query: Query, transport: Transport, run_id: str = "") -> None:
        whole = query.dated(transport)
        super().__init__(whole, Call("GET", (run_id or query.object_id, "insights")), transport)
        self._clock = transport.api.clock
        self._work = Work(whole, transport, run_id)
        if run_id:
            remember(transport, self)

    @property
    def id(self) -> str:
        """Meta's id of the first run, by which the report is known; it keeps for 30 days. Empty until it is begun."""
        return self._work.id

    def __repr__(self) -> str:
        return f"Report({self.id!r}, {self.state.status}, {self.state.percent}%)"

    @property
    def state(self) -> ReportState:
        """How far it is, by what was last seen."""
        return self._work.state

    @property
    def in_flight(self) -> int:
        """How many runs are under way."""
        return self._work.in_flight

    def step(self) -> ReportState:
        """Look after what is due: ask how runs are, submit what waits. Never sleeps.

        Raises the error of a part that fails however small it is, or that Meta refuses.

        >>> fb.insights.report("act_1", days=7).step().status
        'running'
        """
        state = self._work.step()
        if state.report_id:
            remember(self._transport, self)
        return state

    def wait(self, progress: Callable[[ReportState], None] | None = None, *, timeout: float | None = None) -> Report:
        """Wait until it is done, and return it; `progress` is told after each step.

        A single run may take 60 minutes before it is submitted again. After `timeout` seconds raises
        `FacebookAdsError`; the report goes on at Meta, and can be waited for again.

        >>> fb.insights.report("act_1", days=7).wait().state.percent
        100
        """
        ends = None if timeout is None else self._clock.now() + timedelta(seconds=timeout)
        while not (state := self.step()).done:
            if progress:
                progress(state)
            pause = self._work.pause
            if ends is not None and self._clock.now() + pause > ends:
                raise FacebookAdsError(
                    f"report {self.id} is at {state.percent} percent after {timeout:g} s",
                    advice="Wait for it again, or ask for fewer days or fields.",
                    retryable=True,
                )
            self._clock.sleep(pause.total_seconds())
        if progress:
            progress(state)
        return self

    def look(self) -> None:
        """See whether the rows of all runs can be read; raises Meta's error where one cannot, yet.

        >>> fb.insights.report("act_1", days=7).wait().look()
        """
        for job in self._work.root.leaves():
            self._api.send(replace(self._read(job), params={"limit": 1}, once=True), raw_page)

    def rows(self) -> Iterator[InsightsRow]:
        """Yield every row once, waiting for what is not there yet.

        >>> report = fb.insights.report("act_1", level="campaign", days=7)
        >>> sum(1 for row in report.rows()) == len(fb.insights.list("act_1", level="campaign", days=7))
        True
        """
        return iter(self)

    def _walk(self, parse: Parse, page: Page[Any] | None) -> Iterator[Page[Any]]:  # noqa: ARG002 - none is begun
        """Walk the pages of every part, once all is done."""
        self.wait()
        yield from self._pages(self._work.root, parse)

    def _pages(self, job: Job, parse: Parse) -> Iterator[Page[Any]]:
        if job.joined:
            yield parse(_Made(self._joined(job)), self._call.name)
            return
        for each in job.parts:
            yield from self._pages(each, parse)
        if not job.parts:
            yield from self._readable(job, parse)

    def _joined(self, job: Job) -> list[Map]:
        """Return rows whose figures came in several parts."""
        keys, rows = split.keys(job.part), dict[tuple[Any, ...], Map]()
        for each in job.parts:
            for page in self._pages(each, raw_page):
                for row in page.data:
                    rows.setdefault(tuple(row.get(key) for key in keys), {}).update(row)
        asked = {"date_start", "date_stop", *job.part.fields, *self.query.breakdowns}
        return [{name: value for name, value in row.items() if name in asked} for row in rows.values()]

    def _read(self, job: Job) -> Call:
        return Call("GET", (job.run_id, "insights"), {"limit": PAGE}, kind="AdsInsights")

    def _readable(self, job: Job, parse: Parse) -> Iterator[Page[Any]]:
        """Walk the pages of one run. At first they may not be there on every server of Meta's, though it says done."""
        pause, ends = SOONEST, self._clock.now() + LONGEST
        while True:
            pages = Edge(self._api, self._read(job), InsightsRow)._walk(parse, None)
            try:
                first = next(pages)
            except APIError as error:
                if not late(error) or self._clock.now() > ends:
                    raise
                self._clock.sleep(pause.total_seconds())
                pause = min(pause * 1.5, LATEST)
                continue
            yield first
            yield from pages
            return


REMEMBERED = 500
"""How many reports a connection knows by their ids."""


def remember(transport: Transport, report: Report) -> None:
    """Keep a report, so that it can be asked for by its id; the oldest is forgotten where there are too many.

    >>> report = fb.insights.report("act_1", days=7)  # remembers itself
    >>> fb.insights.reopen(report.id) is report
    True
    """
    transport.reports[report.id] = report
    while len(transport.reports) > REMEMBERED:
        transport.reports.pop(next(iter(transport.reports)), None)


def late(error: APIError) -> bool:
    """Tell whether an error says that the rows of a finished run are not readable yet: seen live, also as 100/33.

    >>> late(APIError(code=2601, error_subcode=1815107)), late(APIError(code=190))
    (True, False)
    """
    return error.code == 2601 or error.error_subcode in (1815107, 33)


@dataclass(frozen=True, slots=True)
class _Made:
    """Rows put together here, as if they had come in one answer."""

    rows: list[Map]
    status_code: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """The body."""
        return json.dumps({"data": self.rows}).encode()


class Rows(InsightsEdge):
    """The rows of a query that Meta answers at once, page by page as they are wanted."""

    _large = False

    def or_report(self) -> Rows:
        """Return the same rows, as a report if Meta finds the query too large to be answered at once.

        Nothing changes for what can be answered; else reading waits for the report, which may take minutes.

        >>> fb.insights.iter("act_1", level="ad", days=7).or_report().frame().height > 0
        True
        """
        twin = copy.copy(self)
        twin._large = True
        return twin

    def _walk(self, parse: Parse, page: Page[Any] | None) -> Iterator[Page[Any]]:
        pages = super()._walk(parse, page)
        if self._large:
            try:
                page = next(pages)  # nothing was read yet that a report would bring again
            except APIError as error:
                if not is_too_much_data(error):
                    raise
                pages = Report(self.query, self._transport)._walk(parse, None)
            else:
                yield page
        yield from pages

    def _fetch(self, call: Call, parse: Parse) -> tuple[Call, Page[Any]]:
        """Get a page; half as many rows are not tried where a report comes instead."""
        return (call, self._api.send(call, parse)) if self._large else super()._fetch(call, parse)
