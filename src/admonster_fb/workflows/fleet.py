"""Many accounts on a cluster of Dask.distributed (the extra `fleet`): the calls of `fb.over`, past one machine.

Work is cut by account and window of days. A task is the name of a call and its arguments; each worker makes its own
facade, so that no token leaves the machine that holds it. Dask schedules, moves the work of dead workers and shows
progress. Workers only read: a task may run twice. What they store is stored by day, as a whole, so that a piece which
is repeated or moved changes nothing.
"""

from __future__ import annotations

import functools
import heapq
import importlib
import operator
import sys
import time
import uuid
from asyncio import CancelledError
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Self, cast

from distributed import Client, Future, KilledWorker, WorkerPlugin, get_worker
from typing_extensions import Unpack

from admonster_fb.analysis.weekly.model import WeeklyReport
from admonster_fb.client import FacebookAds
from admonster_fb.errors import FacebookAdsError, ParameterError, RateLimited, Violation
from admonster_fb.models.insights.row import DailyQuery
from admonster_fb.redaction import MASK, SECRET_NAMES, without_tokens
from admonster_fb.services._base import account_id
from admonster_fb.services.insights.service import InsightsFields
from admonster_fb.services.insights.sync import Synced
from admonster_fb.transport.many_accounts import AccountResult
from admonster_fb.workflows.weekly_report import Format, output_path, weekly_report, write_report

DAY = timedelta(days=1)
MAX_WAIT = 5.0
"""Seconds that a worker waits for a limit of Meta's. For longer waits the piece goes back and others come first."""
AGAIN = "Call it again: what is done is kept."
POLL = 5.0
"""Seconds between two looks at whether the scheduler is still there."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How each worker makes its facade: names only, never a token.

    Default: as `FacebookAds.from_env` does, from the worker's own environment and stored tokens; `token_name` chooses
    the one of `login --as`. `factory` names a function of yours instead, `package.module:function`, which returns a new
    facade. `sandbox` gives each worker a sandbox, all with the same figures.

    >>> Recipe(sandbox=True).connect()
    FacebookAds(account='act_1', version='v26.0')
    """

    token_name: str | None = None
    factory: str | None = None
    sandbox: bool = False

    def connect(self) -> FacebookAds:
        """Return a new facade that only reads."""
        if self.factory:
            module, _, name = self.factory.partition(":")
            fb = cast("FacebookAds", operator.attrgetter(name)(importlib.import_module(module))())
        elif self.sandbox:
            fb = FacebookAds.sandbox()
        else:
            fb = FacebookAds.from_env(token_name=self.token_name, max_wait=MAX_WAIT)
        fb.api.read_only = True
        return fb


class _Worker(WorkerPlugin):  # type: ignore[misc]  # Dask's types are partial
    """The facade of a worker, also of one that joins later or begins again."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe

    def setup(self, worker: Any) -> None:
        if sys.version_info[:2] == (3, 11):  # there, sys._current_frames may wait for ever with busy threads
            with suppress(KeyError):
                worker.periodic_callbacks.pop("profile").stop()

    @functools.cached_property
    def fb(self) -> FacebookAds:
        return self._recipe.connect()

    def teardown(self, worker: Any) -> None:  # noqa: ARG002 - Dask's signature
        if fb := self.__dict__.pop("fb", None):
            fb.close()


@dataclass(frozen=True, slots=True)
class _Piece:
    """A call for one account. A `function` that is a text names a method of the facade."""

    account: str
    function: str | Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def _work(plugin: str, piece: _Piece) -> AccountResult[Any]:
    """Do a piece on a worker. An error of ours is its result, anything else Dask brings back."""
    try:
        fb = cast("_Worker", get_worker().plugins[plugin]).fb
        function = piece.function
        call = functools.partial(function, fb) if callable(function) else operator.attrgetter(function)(fb)
        return AccountResult(piece.account, call(piece.account, *piece.args, **piece.kwargs))
    except FacebookAdsError as error:
        return AccountResult(piece.account, error=error)


class Fleet:
    """A cluster whose workers work on ad accounts. `client` is connected to a Dask scheduler, and stays yours to close.

    `patience` is how many seconds a piece of a throttled account is tried again before its error is the result.

    >>> with Fleet(Client("tcp://10.0.0.5:8786")) as fleet:  # doctest: +SKIP
    ...     [done.result().currency for done in fleet.over(["act_2"]).run("adaccounts.get")]
    ['JPY']
    """

    def __init__(self, client: Client, recipe: Recipe | None = None, *, patience: float = 3600.0) -> None:
        self.client = client
        self._patience = patience
        self._name = f"admonster_fb-{uuid.uuid4().hex[:8]}"
        client.register_plugin(_Worker(recipe or Recipe()), name=self._name)

    def accounts(self) -> list[str]:
        """Return the IDs of all ad accounts of the workers' token."""
        return cast("list[str]", self._ask(_listed))

    def _ask(self, function: Callable[[FacebookAds, str], Any]) -> Any:
        (done,) = self._run([_Piece("all accounts", function, (), {})])
        return done.result()

    def over(self, accounts: Iterable[str] | None = None) -> FleetAccounts:
        """Return ad accounts to work on together, as `fb.over` does. Default: all ad accounts of the workers' token."""
        return FleetAccounts(self, map(account_id, self.accounts() if accounts is None else accounts))

    def sync(
        self,
        store: str | Path,
        accounts: Iterable[str] | None = None,
        *,
        since: date | None = None,
        until: date | None = None,
        window_days: int = 35,
        fields: InsightsFields = None,
        **query: Unpack[DailyQuery],
    ) -> Iterator[AccountResult[Synced | None]]:
        """Store daily figures in a folder of Parquet files on a disk that all workers share, as `fb.insights.sync`.

        Days are in each account's time zone, from 28 days ago up to yesterday. Yields a result for each account and
        window of days; its value is `None` if the window has not begun there. The same call again completes what an
        error has left.

        >>> [done.result().rows for done in fleet.sync("figures", ["act_1"], since=day)]  # doctest: +SKIP
        [2]
        """
        if Path(store).suffix or Path(store).is_file() or window_days < 1:
            expected = "a folder for Parquet, and windows of at least one day"
            raise ParameterError([Violation("store", f"{store}, {window_days} days", expected)])
        Path(store).mkdir(parents=True, exist_ok=True)
        today = self._ask(_today)
        since, until = since or today - 28 * DAY, until or today + DAY  # tomorrow: some accounts are ahead of UTC
        starts = [since + first * DAY for first in range(0, (until - since).days + 1, window_days)]
        windows = [(first, min(first + (window_days - 1) * DAY, until)) for first in starts]
        ids, folder, options = self.over(accounts).left, str(Path(store).absolute()), {"fields": fields, **query}
        return self._run([_Piece(one, _synced, (folder, *window), options) for window in windows for one in ids])

    def report(
        self,
        accounts: Iterable[str] | None = None,
        *,
        until: date | None = None,
        format: Format = "text",
        filename: str | None = None,
        overwrite: bool = False,
    ) -> WeeklyReport:
        """Report the week of many accounts, as `weekly_report` does. Raises the first error if none can be read.

        >>> fleet.report(["act_1"]).accounts[0].currency  # doctest: +SKIP
        'USD'
        """
        path, ids = output_path(format, filename, overwrite), self.over(accounts).left
        found = sorted(self.over(ids).run(weekly_report, until=until), key=lambda done: ids.index(done.account))
        failed = {done.account: done.error for done in found if done.error}
        if failed and len(failed) == len(found):
            raise failed[ids[0]]
        weeks = [week for done in found if not done.error for week in done.result().accounts]
        report = WeeklyReport(tuple(weeks), failed)
        return report if path is None else write_report(report, path, format, overwrite)

    def _run(self, pieces: Sequence[_Piece]) -> Iterator[AccountResult[Any]]:
        """Yield the results of pieces as they come. What is throttled begins again when its limit is free."""
        done, running, throttled = SimpleQueue[Future](), dict[Future, int](), dict[int, float]()
        later = [(0.0, number) for number in range(len(pieces))]
        try:
            while later or running:
                while later and later[0][0] <= time.monotonic():
                    number = heapq.heappop(later)[1]
                    running[self._submit(pieces[number], number, done)] = number
                future = self._next(done, later)
                if future is None:
                    continue
                number = running.pop(future)
                result, now = _result(future, pieces[number]), time.monotonic()
                wait = (result.error.retry_after or MAX_WAIT) if isinstance(result.error, RateLimited) else None
                if wait is None or now + wait > throttled.setdefault(number, now) + self._patience:
                    yield result
                else:
                    heapq.heappush(later, (now + wait, number))
        finally:
            if self._connected:
                self.client.cancel([*running])

    @property
    def _connected(self) -> bool:
        return bool(self.client.status == "running")

    def _submit(self, piece: _Piece, number: int, done: SimpleQueue[Future]) -> Future:
        if without_tokens(text := repr((piece.args, piece.kwargs))) != text or SECRET_NAMES & {*piece.kwargs}:
            raise ParameterError([Violation("arguments", MASK, "no token: each worker finds its own")])
        name = getattr(piece.function, "__name__", piece.function)
        key = (f"{name}-{self._name}-{uuid.uuid4().hex[:8]}", piece.account, number)
        future = self.client.submit(_work, self._name, piece, key=key, pure=False)
        future.add_done_callback(done.put)
        return future

    def _next(self, done: SimpleQueue[Future], later: Sequence[tuple[float, int]]) -> Future | None:
        """Return the next future that is done; `None` if a piece is due before. Raises if the scheduler is gone."""
        future = None
        with suppress(Empty):
            future = done.get(timeout=max(0.0, min([POLL, *(at - time.monotonic() for at, _ in later[:1])])))
        if not self._connected:
            raise FacebookAdsError("the scheduler is gone", advice=AGAIN, retryable=True)
        return future

    def close(self) -> None:
        """Close the workers' facades. The client and its cluster stay."""
        if self._connected:
            self.client.unregister_worker_plugin(self._name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class FleetAccounts:
    """Ad accounts to work on together: `fleet.over`."""

    def __init__(self, fleet: Fleet, accounts: Iterable[str]) -> None:
        self._fleet = fleet
        self.left = [*dict.fromkeys(accounts)]
        """The accounts without a result yet: `run` goes on with them after a stop."""

    def run(self, function: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Iterator[AccountResult[Any]]:
        """Call `function` for each account on the workers, and yield the results as they come.

        A text names a method of the facade, whose first argument is the account: `"insights.list"`. A function is
        called with the worker's facade and the account, as `status` and `weekly_report` are; it may run twice, and may
        only read: raises `ParameterError` for calls that change something. An error of an account is its result.

        >>> [done.result() for done in accounts.run("currency")]  # doctest: +SKIP
        ['USD', 'JPY']
        """
        if getattr(function, "__self__", None) is not None:
            expected = 'the name of the method, as "insights.list": each worker has a facade of its own'
            raise ParameterError([Violation("function", getattr(function, "__name__", "a method"), expected)])
        for done in self._fleet._run([_Piece(one, function, args, kwargs) for one in self.left]):
            self.left.remove(done.account)
            yield done


def _today(fb: FacebookAds, _account: str) -> date:
    return fb.now().date()


def _listed(fb: FacebookAds, _account: str) -> list[str]:
    return [each.id for each in fb.adaccounts.iter(fields=["id"], limit=500)]


def _synced(fb: FacebookAds, account: str, store: str, since: date, until: date, **query: Any) -> Synced | None:
    """Sync a window of days; `None` if it has not begun in the account's time zone."""
    return None if since >= fb.today(account) else fb.insights.sync(account, store, since=since, until=until, **query)


def _result(future: Future, piece: _Piece) -> AccountResult[Any]:
    """Return the result of a future. Raises what a function raises that is no error of ours."""
    try:
        return cast("AccountResult[Any]", future.result())
    except KilledWorker:
        reason = f"{piece.account}: each worker that took it has died"
    except CancelledError:
        reason = f"{piece.account}: the scheduler has lost it"
    return AccountResult(piece.account, error=FacebookAdsError(reason, advice=AGAIN, retryable=True))
