"""Reports that Meta makes in its own time: submitted, looked after, split where they are too large, read once done."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from admonster_fb.errors import APIError, FacebookAdsError, NotFoundError, OutcomeUnknown, RateLimited
from admonster_fb.graph.api import Answer, decode_object
from admonster_fb.graph.call import Call
from admonster_fb.graph.pages import Edge, Page, raw_page, too_much
from admonster_fb.graph.transport import Transport
from admonster_fb.models._read import Map
from admonster_fb.models.insights import InsightsRow
from admonster_fb.models.reportrun import AdReportRun, State
from admonster_fb.services import _insights_split as split
from admonster_fb.services._insights_edge import InsightsEdge
from admonster_fb.services._insights_query import PAGE, Query
from admonster_fb.services._insights_split import Part

if TYPE_CHECKING:
    Parse = Callable[[Answer, str], Page[Any]]

SOONEST, LATEST = timedelta(seconds=5), timedelta(seconds=30)
"""How long to wait between two looks at a run, at first and at most."""
LONGEST = timedelta(minutes=60)
"""How long a run may take before it is given up."""
MOST = 100
"""How many runs are under way at once, over all reports of a connection."""
THROTTLED = 90.0
"""Above this share of Meta's limits on insights, in percent, nothing more is submitted."""
TRIES = 2
"""How often a run is submitted before it is split."""
MISSES = 10
"""How often in a row a call about a run may fail for the moment."""


@dataclass(frozen=True, slots=True)
class ReportState:
    """How far a report is. `jobs` are Meta's report runs: more than one where it was too large for one."""

    report_id: str
    status: State
    percent: int
    jobs: int
    jobs_done: int
    note: str = ""

    @property
    def done(self) -> bool:
        """Whether its rows can be read."""
        return self.status == "done"


@dataclass(slots=True)
class _Job:
    """One part of a report and the run that works on it, or the parts that it was split into."""

    part: Part
    due: datetime
    run_id: str = ""
    state: State = "waiting"
    tries: int = 0
    misses: int = 0
    pause: timedelta = SOONEST
    begun: datetime | None = None
    percent: int = 0
    parts: list[_Job] = field(default_factory=list)
    joined: bool = False
    """Whether the rows of the parts belong together: they were split by field."""

    def leaves(self) -> Iterator[_Job]:
        """Yield the jobs that have runs of their own."""
        if not self.parts:
            yield self
        for each in self.parts:
            yield from each.leaves()


class Report(InsightsEdge):
    """A report under way. Its rows are read like those of any query, and waited for if they are not there yet.

    `step` does what can be done now and never waits; `wait` goes on until it is done. A run that fails or is skipped is
    submitted once more, then split: by date, then by object, then by field. Rows come part by part: a `sort` holds
    within each.
    """

    def __init__(self, query: Query, transport: Transport, run_id: str = "") -> None:
        whole = query.dated(transport)
        super().__init__(whole, Call("GET", (run_id or query.object_id, "insights")), transport)
        self._lock = threading.RLock()
        self._clock = transport.api.clock
        self._root = _Job(Part(whole.params, whole.fields), self._clock.now())
        self._held_until = self._clock.now()
        self._note = ""
        self.id = run_id
        if run_id:
            self._root.run_id, self._root.state, self._root.tries = run_id, "running", 1
            self._root.begun = self._clock.now()
            remember(transport, self)

    id: str
    """Meta's id of the first run, by which the report is known; it keeps for 30 days."""

    def __repr__(self) -> str:
        return f"Report({self.id!r}, {self.state.status}, {self.state.percent}%)"

    @property
    def state(self) -> ReportState:
        """How far it is, by what was last seen."""
        leaves = [*self._root.leaves()]
        done = sum(job.state == "done" for job in leaves)
        percent = sum(100 if job.state == "done" else min(job.percent, 99) for job in leaves) // len(leaves)
        status: State = "done" if done == len(leaves) else "running" if any(j.run_id for j in leaves) else "waiting"
        return ReportState(self.id, status, percent, len(leaves), done, self._note)

    @property
    def run_ids(self) -> list[str]:
        """Meta's ids of the runs that are under way or done."""
        return [job.run_id for job in self._root.leaves() if job.run_id]

    @property
    def in_flight(self) -> int:
        """How many runs are under way."""
        return sum(job.state == "running" for job in self._root.leaves())

    def step(self) -> ReportState:
        """Look after what is due: ask how runs are, submit what waits. Never sleeps.

        Raises the error of a part that fails however small it is, or that Meta refuses.

        >>> fb.insights.report("act_1", days=7).step().status
        'running'
        """
        with self._lock:
            for job in [*self._root.leaves()]:
                if job.state == "running" and job.due <= self._clock.now():
                    self._look(job)
            for job in [*self._root.leaves()]:
                if job.state == "waiting" and job.due <= self._clock.now() and self._room():
                    self._submit(job)
            return self.state

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
            pause = self._pause()
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
        for job in self._root.leaves():
            self._api.send(replace(self._read(job), params={"limit": 1}, once=True), raw_page)

    def rows(self) -> Iterator[InsightsRow]:
        """Yield every row once, waiting for what is not there yet.

        >>> report = fb.insights.report("act_1", level="campaign", days=7)
        >>> sum(1 for row in report.rows()) == len(fb.insights.list("act_1", level="campaign", days=7))
        True
        """
        return iter(self)

    def _pause(self) -> timedelta:
        """Return how long nothing is due."""
        now = self._clock.now()
        due = [job.due for job in self._root.leaves() if job.state == "running"]
        due += [max(job.due, self._held_until) for job in self._root.leaves() if job.state == "waiting"]
        return min(max(min(due, default=now) - now, timedelta(seconds=1)), LATEST)

    def _room(self) -> bool:
        """Tell whether one more may be submitted now."""
        now, transport = self._clock.now(), self._transport
        if now < self._held_until:
            return False
        if sum(report.in_flight for report in [*transport.reports.values()]) >= MOST:
            self._note = f"{MOST} reports are under way, which is the most at once"
            return False
        account = transport.api.account_of(self._call)
        readings = transport.api.usage.readings(account or "*")
        high = [r for name, r in readings.items() if name.endswith("/insights") and r.percent >= THROTTLED]
        if any(now - reading.at < timedelta(minutes=1) for reading in high):  # then one more tells how it is by now
            self._hold(timedelta(minutes=1), f"limit on insights is {max(r.percent for r in high):.0f}% used")
            return False
        self._note = ""
        return True

    def _hold(self, pause: timedelta, why: str) -> None:
        self._held_until, self._note = self._clock.now() + pause, why

    def _query(self, part: Part) -> Query:
        return Query(self.query.object_id, part.sent, part.fields)

    def _submit(self, job: _Job) -> None:
        """Have Meta begin a run."""
        job.due = self._clock.now() + SOONEST
        call = replace(self._query(job.part).call(self._transport, report=True), once=True)
        try:
            run_id = str(self._transport.begin(call)["report_run_id"])
        except FacebookAdsError as error:
            if isinstance(error, APIError) and too_large(error):
                self._split(job, error)
            else:
                self._missed(job, error)
            return
        job.run_id, job.state, job.percent, job.pause = run_id, "running", 0, SOONEST
        job.tries, job.misses, job.begun = job.tries + 1, 0, self._clock.now()
        self.id = self.id or run_id
        remember(self._transport, self)

    def _look(self, job: _Job) -> None:
        """Ask how a run is."""
        call = Call("GET", (job.run_id,), {"fields": ",".join(AdReportRun.fields())}, kind="AdReportRun", once=True)
        now = self._clock.now()
        try:
            run = self._api.send(call, lambda answer, name: AdReportRun.from_api(decode_object(answer, name)))
        except FacebookAdsError as error:
            job.due = now + job.pause
            if not isinstance(error, NotFoundError):
                self._missed(job, error)
            elif now - (job.begun or now) > timedelta(minutes=1):  # a new run may not be there for a moment
                self._again(job, error)
            return
        job.percent, job.misses = run.async_percent_completion or 0, 0
        if run.done:
            job.state = "done"
        elif run.error is not None:
            self._again(job, run.error)
        elif job.begun and now - job.begun > LONGEST:
            self._again(job, None)
        else:
            job.pause = min(job.pause * 1.5, LATEST)
            job.due = now + job.pause

    def _missed(self, job: _Job, error: FacebookAdsError) -> None:
        """Let a call that failed for the moment be made again later; anything else is raised.

        A lost answer to a submission harms nothing: a run that nobody reads.
        """
        job.misses += 1
        if job.misses > MISSES or not (error.retryable or isinstance(error, OutcomeUnknown)):
            raise error
        if isinstance(error, RateLimited):
            self._hold(timedelta(seconds=error.retry_after or 60), error.message)

    def _again(self, job: _Job, error: APIError | None) -> None:
        """Submit what failed once more, or split it."""
        if error is not None and error.retry == "no" and type(error) not in (APIError, NotFoundError):
            raise error  # known to be refused for good
        if not self.query.fields:
            raise error or FacebookAdsError(
                f"report {job.run_id} did not end within {LONGEST}, and what it was to report is not known here",
                advice="Make the report again.",
            )
        job.run_id, job.state, job.percent = "", "waiting", 0
        if job.tries < TRIES and not (error is not None and too_large(error)):
            job.due = self._clock.now() + SOONEST
            return
        self._split(job, error)

    def _split(self, job: _Job, error: APIError | None) -> None:
        parts, joined = split.by_date(job.part), False
        if not parts:
            parts = split.by_ids(job.part, job.part.level, job.part.ids) or self._below(job.part)
        if not parts:
            parts, joined = split.by_fields(job.part), True
        if not parts:
            raise error or FacebookAdsError(
                f"Meta made no report of {job.part} within {LONGEST} each of {job.tries} times",
                advice="Try later, or ask for other fields.",
                retryable=True,
            )
        job.parts, job.joined = [_Job(part, self._clock.now()) for part in parts], joined

    def _below(self, part: Part) -> list[Part]:
        """Split by the objects a level below, as far as that takes."""
        while level := split.next_level(part):
            asked = split.looking_for(part, level)
            call = self._query(asked).call(self._transport)
            found = (row.get(f"{level}_id") for rows in Edge(self._api, call, InsightsRow).raw() for row in rows)
            ids = [*dict.fromkeys(str(each) for each in found if each)]
            if parts := split.by_ids(part, level, ids):
                return parts
            if not ids:
                return []
            part = Part(part.params, part.fields, level, tuple(ids))
        return []

    def _walk(self, parse: Parse, page: Page[Any] | None) -> Iterator[Page[Any]]:  # noqa: ARG002 - none is begun
        """Walk the pages of every part, once all is done."""
        self.wait()
        yield from self._pages(self._root, parse)

    def _pages(self, job: _Job, parse: Parse) -> Iterator[Page[Any]]:
        if job.joined:
            yield parse(_Made(self._joined(job)), self._call.name)
            return
        for each in job.parts:
            yield from self._pages(each, parse)
        if not job.parts:
            yield from self._readable(job, parse)

    def _joined(self, job: _Job) -> list[Map]:
        """Return rows whose figures came in several parts."""
        keys, rows = split.keys(job.part), dict[tuple[Any, ...], Map]()
        for each in job.parts:
            for page in self._pages(each, raw_page):
                for row in page.data:
                    rows.setdefault(tuple(row.get(key) for key in keys), {}).update(row)
        asked = {"date_start", "date_stop", *job.part.fields, *self.query.breakdowns}
        return [{name: value for name, value in row.items() if name in asked} for row in rows.values()]

    def _read(self, job: _Job) -> Call:
        return Call("GET", (job.run_id, "insights"), {"limit": PAGE}, kind="AdsInsights")

    def _readable(self, job: _Job, parse: Parse) -> Iterator[Page[Any]]:
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


def too_large(error: APIError) -> bool:
    """Tell whether a part has to be split.

    >>> too_large(APIError(code=-3, error_subcode=1504045)), too_large(APIError(code=2, error_subcode=1504044))
    (True, False)
    """
    return error.retry == "split"


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
                if not too_much(error):
                    raise
                pages = Report(self.query, self._transport)._walk(parse, None)
            else:
                yield page
        yield from pages

    def _fetch(self, call: Call, parse: Parse) -> tuple[Call, Page[Any]]:
        """Get a page; half as many rows are not tried where a report comes instead."""
        return (call, self._api.send(call, parse)) if self._large else super()._fetch(call, parse)
