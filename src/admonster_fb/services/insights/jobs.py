"""The jobs of a report: submitted, looked after, and split where they fail."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from admonster_fb.errors import APIError, FacebookAdsError, NotFoundError, OutcomeUnknown, RateLimited
from admonster_fb.models.insights.report_run import AdReportRun, State
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.services.insights import split
from admonster_fb.services.insights.query import Query
from admonster_fb.services.insights.split import Part
from admonster_fb.transport.api import decode_object
from admonster_fb.transport.paging import Edge
from admonster_fb.transport.request import Call
from admonster_fb.transport.transport import Transport

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
ABOVE = (1, 99)
"""What Meta answers to a level above the object that is asked about."""
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
class Job:
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
    parts: list[Job] = field(default_factory=list)
    joined: bool = False
    """Whether the rows of the parts belong together: they were split by field."""

    def leaves(self) -> Iterator[Job]:
        """Yield the jobs that have runs of their own."""
        if not self.parts:
            yield self
        for each in self.parts:
            yield from each.leaves()


class Work:
    """What is done for one report: a tree of jobs, whose leaves are Meta's runs. Safe to share between threads."""

    def __init__(self, query: Query, transport: Transport, run_id: str = "") -> None:
        self.query = query
        self.id = run_id
        self._transport = transport
        self._clock = transport.api.clock
        self._lock = threading.RLock()
        self.root = Job(Part(query.params, query.fields), self._clock.now())
        self._held_until, self._note = self._clock.now(), ""
        if run_id:
            self.root.run_id, self.root.state, self.root.tries = run_id, "running", 1
            self.root.begun = self._clock.now()

    @property
    def state(self) -> ReportState:
        """How far it is, by what was last seen."""
        leaves = [*self.root.leaves()]
        done = sum(job.state == "done" for job in leaves)
        percent = sum(100 if job.state == "done" else min(job.percent, 99) for job in leaves) // len(leaves)
        status: State = "done" if done == len(leaves) else "running" if any(j.run_id for j in leaves) else "waiting"
        return ReportState(self.id, status, percent, len(leaves), done, self._note)

    @property
    def in_flight(self) -> int:
        """How many runs are under way. One that nobody has asked about for an hour counts no more."""
        first = self._clock.now() - LONGEST
        return sum(job.state == "running" and (job.begun or first) >= first for job in self.root.leaves())

    def step(self) -> ReportState:
        """Look after what is due, without waiting; see `Report.step`."""
        with self._lock:
            for job in [*self.root.leaves()]:
                if job.state == "running" and job.due <= self._clock.now():
                    self._look(job)
            for job in [*self.root.leaves()]:
                if job.state == "waiting" and job.due <= self._clock.now() and self._room():
                    self._submit(job)
            return self.state

    @property
    def pause(self) -> timedelta:
        """How long nothing is due."""
        now = self._clock.now()
        due = [job.due for job in self.root.leaves() if job.state == "running"]
        due += [max(job.due, self._held_until) for job in self.root.leaves() if job.state == "waiting"]
        return min(max(min(due, default=now) - now, timedelta(seconds=1)), LATEST)

    def _room(self) -> bool:
        """Tell whether one more may be submitted now."""
        now, transport = self._clock.now(), self._transport
        if now < self._held_until:
            return False
        if sum(report.in_flight for report in [*transport.reports.values()]) >= MOST:
            self._note = f"{MOST} reports are under way, which is the most at once"
            return False
        account = transport.api.account_id_of(Call("GET", (self.query.object_id,)))
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

    def _submit(self, job: Job) -> None:
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

    def _look(self, job: Job) -> None:
        """Ask how a run is."""
        call = Call("GET", (job.run_id,), {"fields": ",".join(AdReportRun.fields())}, kind="AdReportRun", once=True)
        now = self._clock.now()
        try:
            run = self._transport.api.send(call, lambda answer, name: AdReportRun.from_api(decode_object(answer, name)))
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

    def _missed(self, job: Job, error: FacebookAdsError) -> None:
        """Let a call that failed for the moment be made again later; anything else is raised.

        A lost answer to a submission harms nothing: a run that nobody reads.
        """
        job.misses += 1
        if job.misses > MISSES or not (error.retryable or isinstance(error, OutcomeUnknown)):
            raise error
        if isinstance(error, RateLimited):
            self._hold(timedelta(seconds=error.retry_after or 60), error.message)

    def _again(self, job: Job, error: APIError | None) -> None:
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

    def _split(self, job: Job, error: APIError | None) -> None:
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
        job.parts, job.joined = [Job(part, self._clock.now()) for part in parts], joined

    def _below(self, part: Part) -> list[Part]:
        """Split by the objects a level below, as far as that takes."""
        while level := split.next_level(part):
            ids = self._ids(part, level)
            if parts := split.by_ids(part, level, ids or ()):
                return parts
            if ids == []:
                return []
            part = Part(part.params, part.fields, level, tuple(ids or part.ids))
        return []

    def _ids(self, part: Part, level: str) -> list[str] | None:
        """Return the ids of a part's objects at a level; `None` for a level above the object itself."""
        edge = Edge(self._transport.api, self._query(split.looking_for(part, level)).call(self._transport), InsightsRow)
        try:
            found = [row.get(f"{level}_id") for rows in edge.raw() for row in rows]
        except APIError as error:
            if (error.code, error.error_subcode) == ABOVE:
                return None
            raise
        return [*dict.fromkeys(str(each) for each in found if each)]


def too_large(error: APIError) -> bool:
    """Tell whether a part has to be split.

    >>> too_large(APIError(code=-3, error_subcode=1504045)), too_large(APIError(code=2, error_subcode=1504044))
    (True, False)
    """
    return error.retry == "split"
