"""The planned endings of asynchronous reports: `sandbox.jobs.next(end="Job Failed", polls=3)`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from admonster_fb.sandbox.errors import GraphError

COMPLETED, FAILED, SKIPPED = "Job Completed", "Job Failed", "Job Skipped"
STUCK = "STUCK"
"""The end of a job that has none: it stays at work."""
ENDS = (COMPLETED, FAILED, SKIPPED, STUCK)
# Fields that are no metrics, besides ids and names.
ABOUT = frozenset(
    {"account_currency", "attribution_setting", "buying_type", "created_time", "date_start", "date_stop", "objective"}
    | {"optimization_goal", "updated_time"}
)
Number = tuple[int, int | None]
# The default error of a failed job (`docs/meta-rules.md`, Insights and Error numbers).
FAILURE: Number = (-2, 2490547)
TOO_LARGE: Number = (-3, 1504045)
TOO_MUCH_AT_ONCE: Number = (100, 1487534)
# Of rows read too early, also right after the job says that it is done.
NOT_READABLE: Number = (2601, 1815107)


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a job: the number of polls before it, and the outcome.

    `running_at_100` more polls find it at 100 percent and still running; `late_rows` reads after that find no rows yet.
    """

    end: str = COMPLETED
    polls: int = 2
    running_at_100: int = 0
    late_rows: int = 0
    error: Number | None = None
    late_error: Number = NOT_READABLE


@dataclass(slots=True)
class Jobs:
    """The endings that wait for jobs to come, and what is too much for one."""

    rows: int | None = None
    cells: int | None = None
    at_once: Number = TOO_MUCH_AT_ONCE
    fields: dict[str, bool] = field(default_factory=dict)
    waiting: list[tuple[Ending, Mapping[str, Any]]] = field(default_factory=list)

    def next(
        self,
        end: str = COMPLETED,
        polls: int = 2,
        *,
        running_at_100: int = 0,
        late_rows: int = 0,
        error: Number | GraphError | None = None,
        late_error: Number | GraphError = NOT_READABLE,
        times: int = 1,
        match: Mapping[str, Any] | None = None,
    ) -> None:
        """Set how the next jobs end, in the order of calls. Default: all complete.

        `end` is Meta's final status of a job, or STUCK. `polls` is the number of polls until then. `error`
        is the code and subcode of a failure, `late_error` that of late rows: 100/33 was seen as well as 2601/1815107.
        With `match` only jobs are meant that have these parameters, `node` being whose figures they are.

        >>> jobs = Jobs()
        >>> jobs.next("Job Failed", polls=3, error=(2, 1504038), match={"level": "ad"})
        >>> [jobs.ending({"level": level}).end for level in ("account", "ad", "ad")]
        ['Job Completed', 'Job Failed', 'Job Completed']
        """
        if end not in ENDS:
            raise ValueError(f"no such end: {end}; there are {', '.join(ENDS)}")
        failure = None if error is None else _number(error)
        ending = Ending(end, polls, running_at_100, late_rows, failure, _number(late_error))
        self.waiting.extend([(ending, match or {})] * times)

    def limit(
        self, rows: int | None = None, *, cells: int | None = None, at_once: Number | GraphError = TOO_MUCH_AT_ONCE
    ) -> None:
        """Limit the rows of queries with metrics, or their cells: rows times metrics. None removes the limit.

        A report fails with -3/1504045, a synchronous query with `at_once`; 100/1504018 and 2/1504038 are others of
        Meta's numbers for it. Ids and names cost nothing.

        >>> jobs = Jobs()
        >>> jobs.limit(cells=100)
        >>> jobs.too_much({"spend", "clicks"}, 51), jobs.too_much({"spend"}, 51), jobs.too_much(set(), 900)
        (True, False, False)
        """
        self.rows, self.cells, self.at_once = rows, cells, _number(at_once)

    def fail_field(self, name: str, *, alone: bool = False) -> None:
        """Fail every report of a field; with `alone` only those that have other metrics too.

        >>> jobs = Jobs()
        >>> jobs.fail_field("reach", alone=True)
        >>> [jobs.ending(figures=figures).end for figures in ({"reach", "spend"}, {"reach"})]
        ['Job Failed', 'Job Completed']
        """
        self.fields[name] = alone

    def clear(self) -> None:
        """Remove all planned endings and limits.

        >>> jobs = Jobs()
        >>> jobs.next("Job Failed")
        >>> jobs.clear()
        >>> jobs.ending().end
        'Job Completed'
        """
        self.limit()
        self.fields.clear()
        self.waiting.clear()

    def ending(
        self,
        params: Mapping[str, Any] | None = None,
        figures: Iterable[str] = frozenset(),
        rows: Callable[[], int] = int,
    ) -> Ending:
        """Return how a new job ends, by its parameters, its metrics and its number of rows."""
        for position, (ending, match) in enumerate(self.waiting):
            if _fits(match, params or {}):
                del self.waiting[position]
                return ending
        named = set(figures)
        if self.limited() and self.too_much(named, rows()):
            return Ending(FAILED, error=TOO_LARGE)
        failing = any(name in named and not (alone and named == {name}) for name, alone in self.fields.items())
        return Ending(FAILED) if failing else Ending()

    def too_much(self, figures: set[str], rows: int) -> bool:
        """Return whether a query is too large: figures are what costs, ids do not."""
        too_long = self.rows is not None and rows > self.rows
        too_wide = self.cells is not None and rows * len(figures) > self.cells
        return bool(figures) and (too_long or too_wide)

    def limited(self) -> bool:
        """Return whether there is a limit at all."""
        return self.rows is not None or self.cells is not None


def figures_of(fields: Iterable[str]) -> set[str]:
    """Return which fields are figures.

    >>> figures_of(["campaign_id", "objective", "spend"])
    {'spend'}
    """
    return {name for name in fields if name not in ABOUT and not name.endswith(("_id", "_name"))}


def _number(error: Number | GraphError) -> Number:
    """Return code and subcode, also of a list that came as JSON."""
    if isinstance(error, GraphError):
        return error.code, error.subcode
    code, subcode = error
    return int(code), None if subcode is None else int(subcode)


def _fits(match: Mapping[str, Any], params: Mapping[str, Any]) -> bool:
    return all(_text(params.get(name)) == _text(value) for name, value in match.items())


def _text(value: Any) -> str:
    """Return a parameter's value as one text: lists may be sent with commas too."""
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
