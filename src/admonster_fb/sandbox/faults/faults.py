"""Faults: what goes wrong between a client and the Graph API, on purpose and to plan.

A fault is a plain value that turns a call into a bad answer, before the work was done or after it. The server and the
adapter carry out a `Faulty` response: reset, cut, hang, delay.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from admonster_fb.sandbox import graph
from admonster_fb.sandbox.auth import token_value
from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.wire import Request, Response
from admonster_fb.sandbox.world import World

# What a fault can hit: a call of its own, an item of a batch, a batch as a whole.
CALL, ITEM, BATCH = "call", "item", "batch"
EVERYTHING = frozenset({CALL, ITEM, BATCH})
# Harm done to the connection, which a batch shares among its items, and harm done to an item alone.
RESET, CUT, HANG, NULL = "reset", "cut", "hang", "null"
# Codes of limits: they come with a usage header at 100 percent.
LIMITS = frozenset({4, 17, *graph.USE_CASES})
WAIT = 60.0
HTML = (
    '<!DOCTYPE html>\n<html lang="en" id="facebook"><head><title>Facebook | Error</title></head>'
    "<body><h1>Sorry, something went wrong.</h1><p>We are working on it and will get it fixed as soon as we can.</p>"
    "</body></html>\n"
)


@dataclass(slots=True)
class Faulty(Response):
    """An answer with a fault. `made` is what the work behind it answered, None where nothing was done."""

    fault: str = ""
    made: Response | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """The call a fault meets, and what its work answered if that was done."""

    world: World
    request: Request
    made: Response | None = None
    earlier: Mapping[tuple[str | None, str], Response] = field(default_factory=dict)
    """The last good answer for each token and method."""

    def faulty(self, fault: Fault, answer: Response | None = None, harm: str = "", delay: float = 0.0) -> Faulty:
        """Return an answer (by default the one of the work, or none at all) as the doing of a fault."""
        shown = answer or self.made or Response(0, {}, b"")
        return Faulty(shown.status, dict(shown.headers), shown.body, harm, delay, str(fault), self.made)


class Fault:
    """Base of all faults. `after`: whether the work is done first. `fits`: what it can be applied to.

    >>> [str(fault) for fault in (LostResponse(), Http(502), Http(502, after=True), Failure(GraphError(17)))]
    ['LostResponse', 'Http(502)', 'Http(502) after', 'GraphError(17)']
    """

    __slots__ = ()
    after: bool
    harm: ClassVar[str] = ""
    """What happens to the connection, or to an item of a batch."""
    fits: ClassVar[frozenset[str]] = EVERYTHING
    usual: ClassVar[bool] = False
    """Whether the work is done first unless the fault says otherwise."""
    shown: ClassVar[str] = ""
    """Format of the arguments that distinguish this fault from others of its class."""

    def answer(self, scene: Scene) -> Faulty:
        """Return what the client gets."""
        return scene.faulty(self, harm=self.harm)

    @property
    def detail(self) -> str:
        """Return the arguments that distinguish this fault from others of its class."""
        return self.shown.format(self)

    @property
    def kind(self) -> str:
        """Return the name of the class, as a test writes it."""
        return type(self).__name__

    def __str__(self) -> str:
        moment = "" if self.after == self.usual else " after" if self.after else " before"
        return f"{self.kind}{f'({self.detail})' if self.detail else ''}{moment}"


@dataclass(frozen=True, slots=True)
class Reset(Fault):
    """The connection is reset before anything is done."""

    after: bool = False
    harm: ClassVar[str] = RESET


@dataclass(frozen=True, slots=True)
class LostResponse(Fault):
    """The work is done, then the connection is reset: the client cannot know."""

    after: bool = True
    harm: ClassVar[str] = RESET
    usual: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Truncated(Fault):
    """The work is done, and half of the answer arrives: its Content-Length is still that of the whole."""

    after: bool = True
    harm: ClassVar[str] = CUT
    usual: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Slow(Fault):
    """The work is done and the answer comes `seconds` late."""

    seconds: float
    after: bool = True
    usual: ClassVar[bool] = True
    shown: ClassVar[str] = "{0.seconds:g}"

    def answer(self, scene: Scene) -> Faulty:
        """Return the late answer."""
        return scene.faulty(self, delay=self.seconds)


@dataclass(frozen=True, slots=True)
class Hang(Fault):
    """The request is accepted and never answered."""

    after: bool = False
    harm: ClassVar[str] = HANG


@dataclass(frozen=True, slots=True)
class NullItem(Fault):
    """One item of a batch is answered null, as if it had timed out: nothing was done, or with `after` it was."""

    after: bool = False
    harm: ClassVar[str] = NULL
    fits: ClassVar[frozenset[str]] = frozenset({ITEM})


@dataclass(frozen=True, slots=True)
class Http(Fault):
    """A page of HTML with an HTTP status, from a server in front of the API."""

    status: int
    body: str = HTML
    after: bool = False
    shown: ClassVar[str] = "{0.status}"

    def answer(self, scene: Scene) -> Faulty:
        """Return the page."""
        return scene.faulty(self, graph.page(self.status, self.body))


@dataclass(frozen=True, slots=True)
class Empty(Fault):
    """HTTP 200 and an empty body; the work is done unless `after=False`."""

    after: bool = True
    usual: ClassVar[bool] = True

    def answer(self, scene: Scene) -> Faulty:
        """Return the headers alone."""
        headers = dict(scene.made.headers) if scene.made else dict(graph.LABELLED)
        return scene.faulty(self, Response(200, headers, b""))


@dataclass(frozen=True, slots=True)
class Failure(Fault):
    """A Graph error. Codes of limits come with their usage header at 100 percent and a `wait` in seconds.

    `wait=None` leaves the usage headers as they are.
    """

    error: GraphError
    after: bool = False
    wait: float | None = WAIT

    @property
    def kind(self) -> str:
        """Return what a test wrote."""
        return "GraphError"

    @property
    def detail(self) -> str:
        """Return the code, and the subcode if there is one."""
        return str(self.error).partition(" ")[0].strip("()")

    def answer(self, scene: Scene) -> Faulty:
        """Return the error with its HTTP status."""
        headers: dict[str, str] = {}
        if self.wait is not None and self.error.code in LIMITS:
            headers = graph.throttled(scene.world, scene.request, self.error, self.wait)
        return scene.faulty(self, graph.refusal(scene.world, scene.request, self.error, headers))


@dataclass(frozen=True, slots=True)
class Ok200(Fault):
    """A Graph error with HTTP 200."""

    error: GraphError
    after: bool = False
    shown: ClassVar[str] = "{0.error.code}"

    def answer(self, scene: Scene) -> Faulty:
        """Return the error as if all were well."""
        return scene.faulty(self, graph.refusal(scene.world, scene.request, self.error, http_status=200))


@dataclass(frozen=True, slots=True)
class Queued(Fault):
    """The connection is reset, and the work is done `seconds` later: Meta had queued the request."""

    seconds: float
    after: bool = False
    harm: ClassVar[str] = RESET
    fits: ClassVar[frozenset[str]] = frozenset({CALL, BATCH})
    shown: ClassVar[str] = "{0.seconds:g}"


@dataclass(frozen=True, slots=True)
class Repeated(Fault):
    """The work is done, and the client gets the answer to its own last call of the same method once more."""

    after: bool = True
    usual: ClassVar[bool] = True
    fits: ClassVar[frozenset[str]] = frozenset({CALL, ITEM})

    def answer(self, scene: Scene) -> Faulty:
        """Return the earlier answer; the right one if there is none."""
        return scene.faulty(self, scene.earlier.get(caller(scene.request)))


@dataclass(frozen=True, slots=True)
class Swapped(Repeated):
    """The work is done, and the client gets the last answer to another client's call of the same method."""

    def answer(self, scene: Scene) -> Faulty:
        """Return another's answer; the right one if there is none."""
        token, method = caller(scene.request)
        others = [answer for (whose, how), answer in scene.earlier.items() if how == method and whose != token]
        return scene.faulty(self, others[-1] if others else None)


@dataclass(frozen=True, slots=True)
class Shuffled(Fault):
    """The work of a batch is done, and its answers come in the opposite order."""

    after: bool = True
    usual: ClassVar[bool] = True
    fits: ClassVar[frozenset[str]] = frozenset({BATCH})

    def answer(self, scene: Scene) -> Faulty:
        """Return the answers from the last to the first."""
        faulty = scene.faulty(self)
        rows = json.loads(faulty.body or b"null")
        faulty.body = json.dumps(rows[::-1]).encode() if isinstance(rows, list) else faulty.body
        return faulty


def caller(request: Request) -> tuple[str | None, str]:
    """Return the token and the method of a call."""
    sent = {**request.query, **request.form}
    return token_value(request.headers, sent), graph.method_of(request)


class UnspentFaults(AssertionError):  # noqa: N818 - what it says is the news
    """Faults were planned that no call met: the test does not test what it claims."""


def as_fault(fault: Fault | GraphError) -> Fault:
    """Return a fault; a `GraphError` becomes a `Failure`.

    >>> as_fault(GraphError(17))
    Failure(error=GraphError('(17) User request limit reached'), after=False, wait=60.0)
    """
    if not isinstance(fault, Fault | GraphError):
        raise TypeError(f"a fault is an object, such as LostResponse() or GraphError(2), not {fault!r}")
    return Failure(fault) if isinstance(fault, GraphError) else fault


def beneath(answer: Response) -> Response:
    """Return the response of the work itself; a failure if a fault prevented it."""
    if not isinstance(answer, Faulty):
        return answer
    return answer.made or Response(500, {}, b"{}")


def breaks(answer: Response) -> bool:
    """Return whether an item's fault is one of the connection, which takes the whole batch along."""
    return answer.harm in (RESET, CUT, HANG) or answer.delay > 0


def ends(answer: Response) -> bool:
    """Return whether the connection broke before this item's work: the items after it are not served."""
    return isinstance(answer, Faulty) and answer.harm in (RESET, HANG) and answer.made is None


def spread(broken: Sequence[Response], whole: Response) -> Response:
    """Return the answer of a batch with the first harm that its items did to the connection."""
    first = next((answer for answer in broken if isinstance(answer, Faulty)), None)
    if first is None:
        return whole
    return replace(first, status=whole.status, headers=whole.headers, body=whole.body, made=whole)
