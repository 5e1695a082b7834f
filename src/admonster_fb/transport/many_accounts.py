"""Work over many accounts: in threads, whose reads of the same moment go to Meta in one batch request.

A read of a batch that has no answer is sent alone, so that what is read of an account does not depend on the others.
"""

from __future__ import annotations

import contextvars
import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from admonster_fb.errors import FacebookAdsError
from admonster_fb.transport.answers import mismatch
from admonster_fb.transport.api import GATHERED, Api, RawResponse
from admonster_fb.transport.batch import SIZE, entry_of, item_response
from admonster_fb.transport.request import Call
from admonster_fb.transport.session import TokenAuth

P = ParamSpec("P")
T = TypeVar("T")
THREADS = 25  # how many accounts are worked on at once
LINGER = 0.05  # seconds that a read waits at most for those of other accounts


@dataclass(frozen=True, slots=True)
class AccountResult(Generic[T]):
    """What a function returned for an account, or the error that it raised."""

    account: str
    value: T | None = None
    error: FacebookAdsError | None = None

    def result(self) -> T:
        """Return the value. Raises the error of the account."""
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]


class Accounts:
    """Ad accounts to work on together: `fb.over`.

    >>> accounts = fb.over(["act_1", "act_2"])
    >>> sorted((done.account, done.result().currency) for done in accounts.run(fb.adaccounts.get))
    [('act_1', 'USD'), ('act_2', 'JPY')]
    >>> accounts.left
    []
    """

    def __init__(self, api: Api, accounts: Sequence[str]) -> None:
        self._api = api
        self.left = [*dict.fromkeys(accounts)]
        """The accounts without a result yet: `run` goes on with them after a stop."""

    def run(
        self, function: Callable[Concatenate[str, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Iterator[AccountResult[T]]:
        """Call `function` with each account as its first argument, and yield the results as they come.

        An error of an account is its result, and stops no other. Reads of several accounts share batch requests. When
        the iterator is closed, accounts that have not begun stay in `left`.
        """
        results = SimpleQueue[AccountResult[T] | BaseException]()
        todo, number = deque(self.left), len(self.left)
        threads = min(THREADS, number)
        gathered = Gathered(self._api, threads) if number > 1 else None

        def work() -> None:
            if gathered:
                GATHERED.set(gathered)
            with gathered or nullcontext(), suppress(IndexError):  # another thread has taken the last one
                while True:
                    results.put(_outcome(todo.popleft(), lambda account: function(account, *args, **kwargs)))

        for _ in range(threads if gathered else 0):
            threading.Thread(target=contextvars.copy_context().run, args=(work,), daemon=True).start()
        if gathered is None:
            work()
        try:
            for _ in range(number):
                done = results.get()
                if isinstance(done, BaseException):
                    raise done
                self.left.remove(done.account)
                yield done
        finally:
            todo.clear()


def _outcome(account: str, function: Callable[[str], T]) -> AccountResult[T] | BaseException:
    try:
        return AccountResult(account, function(account))
    except FacebookAdsError as error:
        return AccountResult(account, error=error)
    except BaseException as error:  # noqa: BLE001 - raised where the results are read
        return error


@dataclass(eq=False)
class _Read:
    """A read that waits for others."""

    call: Call
    sent: bool = False
    done: bool = False
    response: RawResponse | None = None


class Gathered:
    """Reads of some threads. When all of them wait, one of them sends what waits in one batch request."""

    def __init__(self, api: Api, members: int = 1) -> None:
        self._api = api
        self._changed = threading.Condition()
        self._waiting: list[_Read] = []
        self._members = members

    def __enter__(self) -> Gathered:
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._members -= 1
            self._changed.notify_all()

    def __call__(self, call: Call, auth: TokenAuth) -> RawResponse | None:
        """Return the response to a read, or `None` if it is to be sent alone."""
        read = _Read(call)
        with self._changed:
            self._waiting.append(read)
            self._changed.notify_all()
            self._changed.wait_for(lambda: read.sent or len(self._waiting) >= min(self._members, SIZE), LINGER)
            reads = [] if read.sent else self._waiting[:SIZE]
            del self._waiting[: len(reads)]
            for each in reads:
                each.sent = True
        if not reads:
            with self._changed:
                self._changed.wait_for(lambda: read.done)
            return read.response
        try:
            self._send(reads, auth)
        finally:
            with self._changed:
                for each in reads:
                    each.done = True
                self._changed.notify_all()
        return read.response

    def _send(self, reads: Sequence[_Read], auth: TokenAuth) -> None:
        """Send one request for several reads. If it fails, or its answers are in another order, each is sent alone."""
        if len(reads) < 2:
            return
        entries = [{**entry_of(read.call), "omit_response_on_success": False} for read in reads]
        answers: Any = None
        with suppress(FacebookAdsError, ValueError, RecursionError):
            response = self._api.exchange(Call("POST", (), {"batch": entries}, kind="Batch"), 1, auth)
            answers = json.loads(response.content)
        if isinstance(answers, dict) and "error" in answers:  # of all: their limit is used up, their token is dead
            for read in reads:
                read.response = response
        if not isinstance(answers, list) or len(answers) != len(reads):
            return
        found = [None if answer is None else item_response(answer) for answer in answers]
        if any(response and _is_anothers(read.call, response) for read, response in zip(reads, found, strict=True)):
            return
        for read, answer in zip(reads, found, strict=True):
            read.response = answer if answer and answer.content else None


def _is_anothers(call: Call, response: RawResponse) -> bool:
    """Return whether a good answer is that of another node."""
    if call.edge or response.status_code != 200:
        return False
    with suppress(ValueError, RecursionError):
        data = json.loads(response.content)
        return isinstance(data, dict) and "id" in data and bool(mismatch(call, data))
    return False
