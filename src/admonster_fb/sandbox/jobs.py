"""How asynchronous reports end, on purpose and to plan: `sandbox.jobs.next(end="Job Failed", polls=3)`."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from admonster_fb.sandbox.errors import GraphError

COMPLETED, FAILED, SKIPPED = "Job Completed", "Job Failed", "Job Skipped"
STUCK = "STUCK"
"""The end of a job that has none: it stays at work."""
ENDS = (COMPLETED, FAILED, SKIPPED, STUCK)
# Fields that are no figures, beside ids and names.
ABOUT = frozenset(
    {"account_currency", "attribution_setting", "buying_type", "created_time", "date_start", "date_stop", "objective"}
    | {"optimization_goal", "updated_time"}
)
# What a job that fails says, unless the test says otherwise (facts, sections 5 and 6).
FAILURE = (-2, 2490547)
TOO_LARGE = (-3, 1504045)
TOO_MUCH_AT_ONCE = (100, 1487534)


@dataclass(frozen=True, slots=True)
class Ending:
    """What becomes of a job: how often it is asked about before it ends, and how.

    `running_at_100` more polls find it at 100 percent and still running; `late_rows` reads after that find no rows yet.
    """

    end: str = COMPLETED
    polls: int = 2
    running_at_100: int = 0
    late_rows: int = 0
    error: tuple[int, int | None] | None = None

    def dump(self) -> dict[str, Any]:
        """Return it as plain data, to be remembered with the job."""
        return asdict(self)


@dataclass(slots=True)
class Jobs:
    """The endings that wait for jobs to come, and what is too much for one."""

    rows: int | None = None
    fields: dict[str, bool] = field(default_factory=dict)
    waiting: deque[Ending] = field(default_factory=deque)

    def next(
        self,
        end: str = COMPLETED,
        polls: int = 2,
        *,
        running_at_100: int = 0,
        late_rows: int = 0,
        error: tuple[int, int | None] | GraphError | None = None,
        times: int = 1,
    ) -> None:
        """Say how the next jobs end, in the order of calls; what is not said of ends well.

        >>> jobs = Jobs()
        >>> jobs.next("Job Failed", polls=3, error=(2, 1504038))
        >>> jobs.ending().end, jobs.ending().end
        ('Job Failed', 'Job Completed')
        """
        if end not in ENDS:
            raise ValueError(f"no such end: {end}; there are {', '.join(ENDS)}")
        told = (error.code, error.subcode) if isinstance(error, GraphError) else error
        self.waiting.extend([Ending(end, polls, running_at_100, late_rows, told)] * times)

    def limit(self, rows: int | None) -> None:
        """Let every query with figures of more than so many rows be too much, reports too; `None` lifts it."""
        self.rows = rows

    def fail_field(self, name: str, *, alone: bool = False) -> None:
        """Let every report of a field fail; with `alone` only where it stands beside other figures."""
        self.fields[name] = alone

    def clear(self) -> None:
        """Let every job end well again."""
        self.rows = None
        self.fields.clear()
        self.waiting.clear()

    def ending(self, figures: set[str] | None = None, rows: int = 0) -> Ending:
        """Return how a new job ends, given its figures and how many rows it has."""
        if self.waiting:
            return self.waiting.popleft()
        if self.too_much(figures or set(), rows):
            return Ending(FAILED, error=TOO_LARGE)
        named = figures or set()
        failing = any(name in named and not (alone and named == {name}) for name, alone in self.fields.items())
        return Ending(FAILED) if failing else Ending()

    def too_much(self, figures: set[str], rows: int) -> bool:
        """Tell whether a query is too large: figures are what costs, ids do not."""
        return self.rows is not None and bool(figures) and rows > self.rows


def figures_of(fields: Iterable[str]) -> set[str]:
    """Return which fields are figures.

    >>> figures_of(["campaign_id", "objective", "spend"])
    {'spend'}
    """
    return {name for name in fields if name not in ABOUT and not name.endswith(("_id", "_name"))}
