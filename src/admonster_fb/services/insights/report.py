"""Report jobs: submitted, polled, split if they are too large, and read when they are done."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from admonster_fb.errors import APIError, FacebookAdsError
from admonster_fb.models._node import Map
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.services.insights.jobs import (
    MAX_PAUSE,
    MAX_RUN_TIME,
    MIN_PAUSE,
    ReportJob,
    ReportJobs,
    ReportState,
    row_keys,
)
from admonster_fb.services.insights.query import PAGE_SIZE, Query
from admonster_fb.services.insights.rows import InsightsEdge
from admonster_fb.transport.api import RawResponse
from admonster_fb.transport.paging import Ahead, Edge, Page, StoredResponse, is_too_much_data, raw_page
from admonster_fb.transport.request import Call
from admonster_fb.transport.transport import Transport

if TYPE_CHECKING:
    Parse = Callable[[RawResponse, str], Page[Any]]


class Report(ReportJobs, InsightsEdge):
    """A report job. Its rows are read like those of any query; reading waits until the report is done.

    `step` does what can be done now and never waits; `wait` waits until it is done. A run that fails or is skipped is
    submitted again, then split: by date, by object, by field. Rows arrive part by part; a `sort` holds within a part.
    """

    def __init__(self, query: Query, transport: Transport, run_id: str = "") -> None:
        dated = query.dated(transport)
        InsightsEdge.__init__(self, dated, Call("GET", (run_id or query.object_id, "insights")), transport)
        ReportJobs.__init__(self, dated, transport, run_id)

    def __repr__(self) -> str:
        if not hasattr(self, "root"):  # its query was refused
            return "Report()"
        return f"Report({self.id!r}, {self.state.status}, {self.state.percent}%)"

    def wait(self, progress: Callable[[ReportState], None] | None = None, *, timeout: float | None = None) -> Report:
        """Wait until the report is done, and return it. `progress` is called with its state after each step.

        A run is submitted again after 60 minutes. Raises `FacebookAdsError` after `timeout` seconds (default: no
        limit); the report continues at Meta, and you can wait for it again.

        >>> fb.insights.report("act_1", days=7).wait().state.percent
        100
        """
        deadline = None if timeout is None else self._clock.now() + timedelta(seconds=timeout)
        while not (state := self.step()).done:
            if progress:
                progress(state)
            pause = self._pause
            if deadline is not None and self._clock.now() + pause > deadline:
                message = f"report {self.id} is at {state.percent} percent after {timeout:g} s"
                advice = "Wait for it again, or request fewer days or fields."
                raise FacebookAdsError(message, advice=advice, retryable=True)
            self._clock.sleep(pause.total_seconds())
        if progress:
            progress(state)
        return self

    def check_readable(self) -> None:
        """Raise Meta's error if the rows of a finished run cannot be read yet.

        >>> fb.insights.report("act_1", days=7).wait().check_readable()
        """
        for job in self.root.leaves():
            self._api.send(replace(self._read(job), params={"limit": 1}, once=True), raw_page)

    def rows(self) -> Iterator[InsightsRow]:
        """Yield every row once, after waiting for the report.

        >>> report = fb.insights.report("act_1", level="campaign", days=7)
        >>> sum(1 for row in report.rows()) == len(fb.insights.list("act_1", level="campaign", days=7))
        True
        """
        return iter(self)

    def _walk(self, parse: Parse, page: Page[Any] | None, ahead: Ahead[Any] | None = None) -> Iterator[Page[Any]]:  # noqa: ARG002 - its runs have their own pages
        """Yield the pages of all parts, after all are done."""
        self.wait()
        yield from self._pages(self.root, parse)

    def _pages(self, job: ReportJob, parse: Parse) -> Iterator[Page[Any]]:
        if job.joined:
            body = json.dumps({"data": self._joined(job)}).encode()
            yield parse(StoredResponse(body), self._call.name)
            return
        for part in job.parts:
            yield from self._pages(part, parse)
        if not job.parts:
            yield from self._readable(job, parse)

    def _joined(self, job: ReportJob) -> list[Map]:
        """Return rows joined from parts with different fields."""
        keys, rows = row_keys(job.query), dict[tuple[Any, ...], Map]()
        for part in job.parts:
            for page in self._pages(part, raw_page):
                for row in page.data:
                    rows.setdefault(tuple(row.get(key) for key in keys), {}).update(row)
        requested = {"date_start", "date_stop", *job.query.fields, *self.query.breakdowns}
        return [{name: value for name, value in row.items() if name in requested} for row in rows.values()]

    def _read(self, job: ReportJob) -> Call:
        return Call("GET", (job.run_id, "insights"), {"limit": PAGE_SIZE}, kind="AdsInsights")

    def _readable(self, job: ReportJob, parse: Parse) -> Iterator[Page[Any]]:
        """Yield the pages of one run. At first, some of Meta's servers may not have them although the run is done."""
        pause, deadline = MIN_PAUSE, self._clock.now() + MAX_RUN_TIME
        while True:
            edge = Edge(self._api, self._read(job), InsightsRow)
            edge._store = self._store
            pages = edge._walk(parse, None)
            try:
                first = next(pages)
            except APIError as error:
                if not is_not_readable_yet(error) or self._clock.now() > deadline:
                    raise
                self._clock.sleep(pause.total_seconds())
                pause = min(pause * 1.5, MAX_PAUSE)
                continue
            yield first
            yield from pages
            return


def is_not_readable_yet(error: APIError) -> bool:
    """Return whether an error says that the rows of a finished run are not readable yet. Meta also sends 100/33."""
    return error.code == 2601 or error.error_subcode in (1815107, 33)


class Rows(InsightsEdge):
    """The rows of a query that Meta answers at once, fetched page by page on demand."""

    _report_if_large = False

    def or_report(self) -> Rows:
        """Return the same rows, read by a report job if Meta says that the query is too large.

        Reading then waits for the report, which may take minutes. Otherwise nothing changes.

        >>> fb.insights.iter("act_1", level="ad", days=7).or_report().frame().height > 0
        True
        """
        copied = copy.copy(self)
        copied._report_if_large = True
        return copied

    def _walk(self, parse: Parse, page: Page[Any] | None, ahead: Ahead[Any] | None = None) -> Iterator[Page[Any]]:
        pages = super()._walk(parse, page, ahead)
        if self._report_if_large:
            try:
                page = next(pages)  # later pages are not tried: the report would repeat rows
            except APIError as error:
                if not is_too_much_data(error):
                    raise
                # an export that goes on has begun the report
                reports = {} if self._store is None else self._store.sources
                key = self._call.name + str(self.query)
                report: Report = reports.setdefault(key, Report(self.query, self._transport))
                report._store = self._store
                pages = report._walk(parse, None)
            else:
                yield page
        yield from pages

    def _fetch(self, call: Call, parse: Parse) -> tuple[Call, Page[Any]]:
        """Fetch a page. Unlike `Edge`, do not retry with half the rows if a report can answer."""
        return (call, self._send(call, parse)) if self._report_if_large else super()._fetch(call, parse)
