"""The jobs of a report: submitted, polled, and split if they fail: by date, object or field."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, TypeVar

from admonster_fb.errors import APIError, FacebookAdsError, NotFoundError, OutcomeUnknown, RateLimited
from admonster_fb.models.insights.dates import DAY, SETTLES, TOTALS_MONTHS, months_before
from admonster_fb.models.insights.fields import FIELDS, by_type
from admonster_fb.models.insights.report_run import AdReportRun, State
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.rules.insights import PEOPLE
from admonster_fb.services._base import Edge, today_of
from admonster_fb.services.insights.query import Query
from admonster_fb.transport.api import decode_object
from admonster_fb.transport.request import Call
from admonster_fb.transport.transport import Transport

T = TypeVar("T")
Params = Mapping[str, Any]

MAX_CHUNKS = 4  # parts per split: each part that is still too large costs another job
LEVELS = ("campaign", "adset", "ad")
LOOKBACK = SETTLES + DAY
"""Time before a window in which an object with rows in it may have been seen: conversions arrive late."""


@dataclass(frozen=True, slots=True)
class SubQuery:
    """A part of a query, with its own parameters, fields and objects (ids at a level; no ids: all objects)."""

    params: Params
    fields: tuple[str, ...]
    level: str = ""
    ids: tuple[str, ...] = ()

    @property
    def sent(self) -> dict[str, Any]:
        """The parameters to send, with the objects as a filter."""
        if not self.ids:
            return dict(self.params)
        objects = {"field": f"{self.level}.id", "operator": "IN", "value": [*self.ids]}
        return {**self.params, "filtering": [*self.params.get("filtering", ()), objects]}

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of objects down to that of its rows."""
        rows = self.params.get("level")
        return LEVELS[: LEVELS.index(rows) + 1] if rows in LEVELS else ()

    def __str__(self) -> str:
        days = self.params.get("time_range") or {}
        about = [f"{days['since']} to {days['until']}"] if days else []
        about += [f"{len(self.ids)} of level {self.level}"] if self.ids else []
        return ", ".join([*about, f"{len(self.fields)} fields"])


def chunk(items: Sequence[T]) -> list[Sequence[T]]:
    """Split items into at most `MAX_CHUNKS` chunks of about the same length. Empty for fewer than two items."""
    count = min(MAX_CHUNKS, len(items))
    if count < 2:
        return []
    size, more = divmod(len(items), count)
    starts = [number * size + min(number, more) for number in range(count + 1)]
    return [items[start:end] for start, end in pairwise(starts)]


def by_date(query: SubQuery) -> list[SubQuery]:
    """Split a query by days, at the ends of rows. Empty if a row covers the whole window.

    >>> [str(part) for part in by_date(SubQuery({"time_range": {"since": "2026-01-01", "until": "2026-01-03"},
    ...     "time_increment": 2}, ("spend",)))]
    ['2026-01-01 to 2026-01-02, 1 fields', '2026-01-03 to 2026-01-03, 1 fields']
    """
    if ranges := query.params.get("time_ranges"):
        return [replace(query, params={**query.params, "time_ranges": [*some]}) for some in chunk(ranges)]
    window, step = query.params.get("time_range"), str(query.params.get("time_increment") or "all_days")
    if not window or step == "all_days":
        return []
    blocks = [*_blocks(date.fromisoformat(window["since"]), date.fromisoformat(window["until"]), step)]
    spans = [{"since": str(group[0][0]), "until": str(group[-1][1])} for group in chunk(blocks)]
    return [replace(query, params={**query.params, "time_range": span}) for span in spans]


def _blocks(since: date, until: date, step: str) -> Iterator[tuple[date, date]]:
    """Yield first and last day of each row."""
    while since <= until:
        next_month = (since.replace(day=28) + 4 * DAY).replace(day=1)
        after = next_month if step == "monthly" else since + int(step) * DAY
        yield since, min(after - DAY, until)
        since = after


def next_level(query: SubQuery) -> str:
    """Return the level whose ids can split a query further, or "" at the level of its rows."""
    after = query.levels.index(query.level) + 1 if query.level in query.levels else 0
    return next(iter(query.levels[after:]), "")


def by_ids(query: SubQuery, level: str, ids: Sequence[str]) -> list[SubQuery]:
    """Split a query by objects. Empty for a single object."""
    return [replace(query, level=level, ids=tuple(group)) for group in chunk(ids)]


def as_id_lookup(query: SubQuery, level: str, first: date = date.min) -> SubQuery:
    """Return the query for the ids of a level's objects in a query: those seen since 29 days before its first day.

    `first` is the first day that Meta stores.
    """
    times = {name: value for name, value in query.params.items() if name in ("date_preset", "time_range")}
    ranges = [times["time_range"]] if "time_range" in times else query.params.get("time_ranges") or []
    if ranges:
        since = min(date.fromisoformat(window["since"]) for window in ranges) - LOOKBACK
        times = {"time_range": {"since": str(max(since, first)), "until": max(window["until"] for window in ranges)}}
    return replace(query, params={**times, "level": level}, fields=(f"{level}_id",))


def row_keys(query: SubQuery) -> tuple[str, ...]:
    """Return the fields that identify a row of a query."""
    # Only with ranges can two rows begin on the same day. The last day of `maximum` changes while jobs run.
    days = ("date_start", "date_stop") if "time_ranges" in query.params else ("date_start",)
    ids = (f"{level}_id" for level in query.levels)
    return (*days, "account_id", *ids, *query.params.get("breakdowns", ()))


def by_fields(query: SubQuery) -> list[SubQuery]:
    """Split a query by fields, counts of people first. `row_keys` join the rows of the parts."""
    base = [name for name in row_keys(query) if name.endswith("_id")]
    if "frequency_value" in query.params.get("breakdowns", ()):
        base.append("reach")  # Meta allows this breakdown only with reach
    rest = [name for name in query.fields if name not in base]
    with_breakdowns = "action_breakdowns" in query.params
    together = [name for name in rest if with_breakdowns and name in FIELDS and by_type(name)]
    people = [name for name in rest if PEOPLE.fullmatch(name) and name not in together]
    others = [name for name in rest if name not in together and name not in people]
    groups = [group for group in (together, people, others) if group]
    if len(groups) == 1 and not together:
        groups = [[*group] for group in chunk(groups[0])]
    if len(groups) < 2:
        return []
    plain = {name: value for name, value in query.params.items() if name != "action_breakdowns"}
    return [
        replace(query, params=query.params if group == together else plain, fields=(*base, *group)) for group in groups
    ]


MIN_PAUSE, MAX_PAUSE = timedelta(seconds=5), timedelta(seconds=30)
"""The pause between two polls of a run, at first and at most."""
RATE_LIMIT_PAUSE = timedelta(minutes=5)
"""The pause after a run that ended in a rate limit, before it is submitted once more."""
MAX_RUN_TIME = timedelta(minutes=60)  # the time after which a run is given up
MAX_IN_FLIGHT = 100  # runs in progress at once, over all reports of a connection
HOLD_PERCENT = 90.0  # usage of Meta's insights rate limit, in percent, from which no run is submitted
MAX_SUBMITS = 2  # submissions of a run before it is split
LEVEL_ABOVE_OBJECT = (1, 99)  # Meta's error code and subcode for a level above the requested object
MAX_TRANSIENT_ERRORS = 10  # transient errors in a row before a report fails


@dataclass(frozen=True, slots=True)
class ReportState:
    """The progress of a report. `jobs` counts Meta's report runs: more than one if the report was split."""

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
class ReportJob:
    """One part of a report and its run, or the parts that it was split into."""

    query: SubQuery
    due: datetime
    run_id: str = ""
    state: State = "waiting"
    submits: int = 0
    limited: bool = False  # whether a run ended in a rate limit: it waits and runs once more
    transient_errors: int = 0
    pause: timedelta = MIN_PAUSE
    begun: datetime | None = None
    percent: int = 0
    parts: list[ReportJob] = field(default_factory=list)
    joined: bool = False  # whether the parts were split by field, so that their rows must be joined

    def leaves(self) -> Iterator[ReportJob]:
        """Yield the jobs that have a run."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


class ReportJobs:
    """The jobs of one report: a tree whose leaves are Meta's runs. Thread-safe."""

    def __init__(self, query: Query, transport: Transport, run_id: str = "") -> None:
        self.id = run_id
        """Meta's id of the first run, valid for 30 days. Empty until that run is submitted."""
        self.query = query
        self._transport, self._clock, self._lock = transport, transport.api.clock, threading.RLock()
        now = self._clock.now()
        self._held_until, self._note = now, ""
        self.root = ReportJob(SubQuery(query.params, query.fields), now)
        if run_id:
            self.root = replace(self.root, run_id=run_id, state="running", submits=1, begun=now)
            transport.reports[run_id] = self

    @property
    def state(self) -> ReportState:
        """The progress at the last poll."""
        leaves = [*self.root.leaves()]
        done = sum(job.state == "done" for job in leaves)
        percent = sum(100 if job.state == "done" else min(job.percent, 99) for job in leaves) // len(leaves)
        status: State = "done" if done == len(leaves) else "running" if any(j.run_id for j in leaves) else "waiting"
        return ReportState(self.id, status, percent, len(leaves), done, self._note)

    @property
    def in_flight(self) -> int:
        """The number of runs in progress. Runs that started more than an hour ago do not count."""
        first = self._clock.now() - MAX_RUN_TIME
        return sum(job.state == "running" and (job.begun or first) >= first for job in self.root.leaves())

    def step(self) -> ReportState:
        """Poll the runs that are due and submit those that wait. Never sleeps.

        Raises Meta's error if it refuses a run, or if a run fails that cannot be split further.

        >>> fb.insights.report("act_1", days=7).step().status
        'running'
        """
        with self._lock:
            for job in [*self.root.leaves()]:
                if job.state == "running" and job.due <= self._clock.now():
                    self._poll(job)
            for job in [*self.root.leaves()]:
                if job.state == "waiting" and job.due <= self._clock.now() and self._has_capacity():
                    self._submit(job)
            if self.id:
                self._transport.reports[self.id] = self
            return self.state

    @property
    def _pause(self) -> timedelta:
        """The time until something is due, 1 to 30 seconds."""
        now = self._clock.now()
        due = [job.due for job in self.root.leaves() if job.state == "running"]
        due += [max(job.due, self._held_until) for job in self.root.leaves() if job.state == "waiting"]
        return min(max(min(due, default=now) - now, timedelta(seconds=1)), MAX_PAUSE)

    def _has_capacity(self) -> bool:
        """Return whether another run may be submitted now."""
        now, transport = self._clock.now(), self._transport
        if now < self._held_until:
            return False
        if sum(report.in_flight for report in [*transport.reports.values()]) >= MAX_IN_FLIGHT:
            self._note = f"{MAX_IN_FLIGHT} reports are in progress, the maximum"
            return False
        account = transport.api.account_id_of(Call("GET", (self.query.object_id,)))
        readings = transport.api.usage.readings(account or "*")
        high = [r for name, r in readings.items() if name.endswith("/insights") and r.percent >= HOLD_PERCENT]
        if any(now - reading.at < timedelta(minutes=1) for reading in high):  # an older one says little
            self._hold(timedelta(minutes=1), f"limit on insights is {max(r.percent for r in high):.0f} % used")
            return False
        self._note = ""
        return True

    def _hold(self, pause: timedelta, why: str) -> None:
        self._held_until, self._note = self._clock.now() + pause, why

    def _query(self, query: SubQuery) -> Query:
        return Query(self.query.object_id, query.sent, query.fields)

    def _submit(self, job: ReportJob) -> None:
        job.due = self._clock.now() + MIN_PAUSE
        call = replace(self._query(job.query).call(self._transport, report=True), once=True)
        try:
            run_id = str(self._transport.begin(call).get("report_run_id") or "")
            if not run_id:
                raise OutcomeUnknown("the answer names no report", request=call.name, check="it is requested again")
        except FacebookAdsError as error:
            if isinstance(error, APIError) and error.retry == "split":
                self._split(job, error)
            else:
                self._on_transient_error(job, error)
            return
        job.run_id, job.state, job.percent, job.pause = run_id, "running", 0, MIN_PAUSE
        job.submits, job.transient_errors, job.begun = job.submits + 1, 0, self._clock.now()
        self.id = self.id or run_id

    def _poll(self, job: ReportJob) -> None:
        call = Call("GET", (job.run_id,), {"fields": ",".join(AdReportRun.fields())}, kind="AdReportRun", once=True)
        now = self._clock.now()
        try:
            run = self._transport.api.send(call, lambda answer, name: AdReportRun.from_api(decode_object(answer, name)))
        except FacebookAdsError as error:
            job.due = now + job.pause
            if not isinstance(error, NotFoundError):
                self._on_transient_error(job, error)
            elif now - (job.begun or now) > timedelta(minutes=1):  # Meta may not find a new run at first
                self._resubmit(job, error)
            return
        job.percent, job.transient_errors = run.async_percent_completion or 0, 0
        if run.done:
            job.state = "done"
        elif run.error is not None:
            self._resubmit(job, run.error)
        elif job.begun and now - job.begun > MAX_RUN_TIME:
            self._resubmit(job, None)
        else:
            job.pause = min(job.pause * 1.5, MAX_PAUSE)
            job.due = now + job.pause

    def _on_transient_error(self, job: ReportJob, error: FacebookAdsError) -> None:
        """Count a transient error, so that the call is repeated later. Raises any other error.

        A lost response to a submission is harmless: it leaves a run that nobody reads.
        """
        job.transient_errors += 1
        if job.transient_errors > MAX_TRANSIENT_ERRORS or not (error.retryable or isinstance(error, OutcomeUnknown)):
            raise error
        if isinstance(error, RateLimited):
            self._hold(timedelta(seconds=error.retry_after or 60), error.message)

    def _resubmit(self, job: ReportJob, error: APIError | None) -> None:
        """Submit a failed run again, or split it."""
        if error is not None and error.retry == "no" and type(error) not in (APIError, NotFoundError):
            raise error  # permanent
        if not self.query.fields:
            message = f"report {job.run_id} did not finish within {MAX_RUN_TIME}, and its query is not known here"
            raise error or FacebookAdsError(message, advice="Make the report again.")
        if isinstance(error, RateLimited):
            if job.limited:
                raise error  # parts would only add to the load
            job.limited = True
            self._hold(RATE_LIMIT_PAUSE, error.message)
        job.run_id, job.state, job.percent = "", "waiting", 0
        again = isinstance(error, RateLimited) or job.submits < MAX_SUBMITS
        if again and not (error is not None and error.retry == "split"):
            job.due = self._clock.now() + MIN_PAUSE
        else:
            self._split(job, error)

    def _split(self, job: ReportJob, error: APIError | None) -> None:
        parts, joined = by_date(job.query), False
        if not parts:
            parts = by_ids(job.query, job.query.level, job.query.ids) or self._split_by_objects(job.query)
        if not parts:
            parts, joined = by_fields(job.query), True
        if not parts:
            message = f"Meta did not finish a report of {job.query} within {MAX_RUN_TIME}, {job.submits} times"
            raise error or FacebookAdsError(message, advice="Try later, or request other fields.", retryable=True)
        job.parts, job.joined = [ReportJob(part, self._clock.now()) for part in parts], joined

    def _split_by_objects(self, query: SubQuery) -> list[SubQuery]:
        """Split by the objects of the highest level below that has more than one."""
        while level := next_level(query):
            ids = self._ids(query, level)
            if parts := by_ids(query, level, ids or ()):
                return parts
            if ids == []:
                return []
            query = SubQuery(query.params, query.fields, level, tuple(ids or query.ids))
        return []

    def _ids(self, query: SubQuery, level: str) -> list[str] | None:
        """Return the ids of a query's objects at a level, or `None` if the level is above the requested object."""
        today = today_of(self._transport, self.query.object_id)
        lookup = self._query(as_id_lookup(query, level, months_before(today, TOTALS_MONTHS)))
        edge = Edge(self._transport.api, lookup.call(self._transport), InsightsRow)
        try:
            found = [row.get(f"{level}_id") for rows in edge.raw() for row in rows]
        except APIError as error:
            if (error.code, error.error_subcode) == LEVEL_ABOVE_OBJECT:
                return None
            raise
        return [*dict.fromkeys(str(object_id) for object_id in found if object_id)]
