"""The bot's one tool: `facebook(op=…, args={…})`."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import itertools
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admonster_fb.bot import help as guide
from admonster_fb.bot import own
from admonster_fb.bot.arguments import confined, cursor_at, more, resumed, understood
from admonster_fb.bot.audit.log import AuditLog
from admonster_fb.bot.audit.undo import plannable_ops, undoable
from admonster_fb.bot.plans.guard import Guard, WriteResult
from admonster_fb.bot.plans.plan import Plan
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.plans.store import FolderPlans, MemoryPlans, PlanStore
from admonster_fb.bot.plans.write_record import OnWrite, WriteRecord
from admonster_fb.bot.registry import PAGE, Op, names, registry
from admonster_fb.bot.render import errors as explained
from admonster_fb.bot.render.nodes import listed, nothing, render
from admonster_fb.bot.render.sign_in import offered, ready
from admonster_fb.errors import FacebookAdsError, ParameterError, Violation
from admonster_fb.services._validation import warnings
from admonster_fb.transport.paging import Edge

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds
    from admonster_fb.rules import Finding

BOUND = 6000
"""Characters in a text, unless the tool is made with another `max_chars`."""
THREADS = 8
"""How many calls of `acall` a tool carries out at once. More would make the event loop wait longer for its turn;
asyncio's own pool is smaller on a small machine, and one tool that waits would hold up all others in it."""

_POLICY = SpendPolicy()


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a call gave: `text` for the model, `data` for code, `error` (an object) where `ok` is false."""

    ok: bool
    text: str
    data: Any = None
    error: dict[str, Any] | None = None
    next_actions: tuple[str, ...] = ()
    after: str | None = None
    """Where a list goes on: call again with it as `after`."""


@dataclass(frozen=True)
class FacebookTool:
    """Every op behind one small schema. Safe to call from many threads and tasks at once.

    `groups` loads only those groups of ops; `read_only` leaves out all that writes; `files` is the folder in which
    paths given by the model may lie (none by default); `max_chars` bounds each text. `policy` says which writes are
    shown as a plan first, who applies it, and caps; `plans` is a folder in which plans survive a restart; `on_write` is
    told of each write that was carried out, and `audit` keeps it in a file; `who` is on whose behalf, as the host says.

    >>> from admonster_fb import FacebookAds
    >>> tool = FacebookTool(FacebookAds.sandbox())
    >>> tool.call({"op": "get_ad_account_info"}).text.splitlines()[0]
    'AdAccount ID: act_1 "Sandbox Coffee US"'
    """

    fb: FacebookAds
    groups: Iterable[str] | None = None
    read_only: bool = False
    files: Path | None = None
    max_chars: int = BOUND
    name: str = "facebook"
    policy: SpendPolicy = _POLICY
    plans: Path | PlanStore | None = None
    on_write: OnWrite | None = field(default=None, repr=False)
    audit: Path | AuditLog | None = None
    who: str | Callable[[], str] = field(default="", repr=False)
    ops: Mapping[str, Op] = field(init=False, repr=False)
    guard: Guard = field(init=False, repr=False)
    log: AuditLog | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        wanted = None if self.groups is None else set(self.groups)
        known = {op.spec.group for op in registry().values()}
        if wanted and not wanted <= known:
            raise ParameterError([Violation("groups", sorted(wanted - known), f"some of {', '.join(sorted(known))}")])
        read_only = self.read_only or self.policy.read_only
        kept = {
            name: op
            for name, op in registry().items()
            if (wanted is None or op.spec.group in wanted or offered(self.fb, name))
            and not (read_only and op.access != "read")
        }
        if all(op.access == "read" or op.service == own.TOOL for op in kept.values()):
            kept = {name: op for name, op in kept.items() if op.service != own.TOOL}
        else:
            kept |= {name: op for name, op in registry().items() if op.service == own.TOOL}
        object.__setattr__(self, "ops", kept)
        store = FolderPlans(self.plans) if isinstance(self.plans, Path) else self.plans or MemoryPlans()
        log = AuditLog(self.audit) if isinstance(self.audit, Path) else self.audit
        object.__setattr__(self, "log", log)
        if log is None:
            object.__setattr__(self, "ops", {name: op for name, op in kept.items() if name != "undo"})
        who = self.who if callable(self.who) else functools.partial(str, self.who)
        object.__setattr__(self, "guard", Guard(self.fb, plannable_ops, self.policy, store, self._told, who))

    def _told(self, written: WriteRecord) -> str | None:
        """Record a write and return its id, then tell the host: neither is left out where the other fails."""
        try:
            return self.log.write(written) if self.log is not None else None
        finally:
            if self.on_write is not None:
                self.on_write(written)

    @property
    def description(self) -> str:
        """What the tool is for, in the fewest words."""
        groups = ", ".join(dict.fromkeys(op.spec.group for op in self.ops.values()))
        return (
            "Run Facebook and Instagram ads: "
            f"{groups}. New objects start PAUSED. What can spend or destroy is answered with a PLAN; op=apply does it. "
            "Call op=help for the list of ops, op=help args={op} for one."
        )

    @property
    def parameters(self) -> dict[str, Any]:
        """The JSON Schema of the tool's arguments, under 1,000 bytes however many ops there are."""
        return {
            "type": "object",
            "properties": {
                "op": {
                    "type": "string",
                    "description": "help, status, list_campaigns, create_campaign, get_insights, …: see help",
                },
                "args": {
                    "type": "object",
                    "description": "the op's arguments; ids are strings; budgets are integers in minor units "
                    '(5000 is 50.00 USD) or "50.00 USD"',
                },
            },
            "required": ["op"],
        }

    def openai_schema(self) -> dict[str, Any]:
        """Return the tool as OpenAI's function calling takes it."""
        function = {"name": self.name, "description": self.description, "parameters": self.parameters}
        return {"type": "function", "function": function}

    def anthropic_schema(self) -> dict[str, Any]:
        """Return the tool as Anthropic's tool use takes it."""
        return {"name": self.name, "description": self.description, "input_schema": self.parameters}

    @functools.cached_property
    def _threads(self) -> ThreadPoolExecutor:
        """Start all threads at once: to start one while others work would hold up the event loop."""
        threads, started = ThreadPoolExecutor(THREADS, f"{self.name}-tool"), threading.Event()
        for _ in range(THREADS):
            threads.submit(started.wait)
        started.set()
        return threads

    @functools.cached_property
    def _turns(self) -> weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore]:
        return weakref.WeakKeyDictionary()

    async def acall(self, arguments: Any) -> ToolResult:
        """Do as `call` does, in a worker thread: the event loop goes on."""
        context, loop = contextvars.copy_context(), asyncio.get_running_loop()
        # Those that find no thread wait in the loop: a queue of threads' work would keep the loop from its turn.
        async with self._turns.setdefault(loop, asyncio.Semaphore(THREADS)):
            return await loop.run_in_executor(self._threads, context.run, self.call, arguments)

    def call(self, arguments: Any) -> ToolResult:
        """Carry out `{"op": …, "args": {…}}`. Never raises for what the model wrote or Meta answered.

        Arguments beside `args` instead of in it are accepted.
        """
        try:
            name, given = understood(arguments)
            if name == "help":
                asked, skip = resumed(given)
                return ToolResult(True, self._read(name, guide.answer(self.ops, asked).split("\n"), skip))
            return self._run(self._op(name), given)
        except FacebookAdsError as error:
            return self._failed(error)

    def approve(self, plan_id: str, by: str = "host") -> ToolResult:
        """Apply a plan that a person has agreed to; for the host's code, never for the model.

        >>> from admonster_fb import FacebookAds
        >>> FacebookTool(FacebookAds.sandbox()).approve("plan_0").ok
        False
        """
        try:
            with warnings() as noticed:
                done = self.guard.apply(plan_id, by)
            return self._done(done, noticed)
        except FacebookAdsError as error:
            return self._failed(error)

    def _failed(self, error: FacebookAdsError) -> ToolResult:
        notes = "".join(f"\n{note}" for note in getattr(error, "__notes__", ()))
        return ToolResult(False, self._bounded(explained.text(error)) + notes, error=explained.data(error))

    def _op(self, name: str) -> Op:
        op = self.ops.get(names().get(name, name))
        if op is None:
            loaded = name in names() and "an op that is loaded here: "
            raise ParameterError([Violation("op", name, (loaded or "") + guide.nearest(name, self.ops))])
        return op

    def _run(self, op: Op, given: Mapping[str, Any]) -> ToolResult:
        ready(self.fb, op)
        given, skip = resumed(given)
        arguments = op.prepare(self.fb, confined(given, op.schema["properties"], self.files))
        if "limit" in op.schema["properties"]:
            arguments.setdefault("limit", PAGE)
        if op.schema["properties"].get("summary", {}).get("type") == "string":  # of insights it is a list of fields
            arguments.setdefault("summary", "total_count")
        with warnings() as noticed:
            value = self._value(op, arguments)
        if isinstance(value, Plan):
            return self._planned(value)
        if isinstance(value, WriteResult):
            return self._done(value, noticed)
        if isinstance(value, Edge):
            return self._page(op, value, arguments, skip)
        text = self._read(op.name, nothing(arguments, self.fb) if value is None else render(value, self.fb), skip)
        return ToolResult(True, _followed(text, op), value, next_actions=op.spec.then)

    def _value(self, op: Op, arguments: Mapping[str, Any]) -> Any:
        """Carry out an op: what writes goes by the guard, which may answer with a plan instead."""
        if op.service == own.TOOL:
            value = op.run(self, arguments)
            return WriteResult(op, value) if value is None else value
        return op.run(self.fb, arguments) if op.access == "read" else self.guard.write(op, arguments)

    def _planned(self, plan: Plan) -> ToolResult:
        text = self._bounded("\n".join(self.guard.lines(plan)))
        then = ("apply", "discard") if self.policy.apply_by == "model" else ("discard",)
        return ToolResult(True, text, plan, next_actions=then)

    def _done(self, done: WriteResult, noticed: Iterable[Finding]) -> ToolResult:
        """Show what a write gave, and what to know of it."""
        op, value = done.op, done.value
        if isinstance(value, Plan):
            return self._planned(value)
        body = [] if value is None else render(value, self.fb)
        warned = [f"Warning: {each.field}: {each.message}. {each.fix}" for each in noticed]
        warned += [f"Warning: {each}" for each in done.warnings]
        head = [guide.done(op, value), *([f"Applied: {done.plan.id}, {op.name}"] if done.plan else [])]
        undo = " (op=undo takes it back)" if undoable(done.changes) else ""
        audited = [f"Audit: {done.audit_id}{undo}"] if done.audit_id else []
        text = self._bounded("\n".join([*head, *body, *dict.fromkeys(warned), *audited]))
        return ToolResult(True, _followed(text, op), value, next_actions=op.spec.then)

    def _read(self, name: str, lines: list[str], skip: int) -> str:
        """Return all lines, or those that fit and how to get the rest."""
        shown = self._fitting(lines[skip:])
        text = "\n".join(self._clipped(line) for line in lines[skip : skip + shown])
        if shown == len(lines):
            return text
        rest = more(name, cursor_at(None, skip + shown)) if skip + shown < len(lines) else ""
        return f"Showing lines {skip + 1:,} to {skip + shown:,} of {len(lines):,}\n{text}{rest}"

    def _page(self, op: Op, edge: Edge[Any], arguments: Mapping[str, Any], skip: int) -> ToolResult:
        """Show one page, or as much of it as fits, and how to get the rest."""
        page = next(iter(edge.pages()))
        rows = list(page.data)[skip:]
        lines = listed(rows, self.fb, arguments.get("fields", ()))
        shown = self._fitting(lines)
        cursor = cursor_at(arguments.get("after"), skip + shown) if shown < len(rows) else page.after
        total = f" of {page.total:,}" if page.total is not None else ""
        head = f"Showing {shown:,}{total}{', more follow' if cursor else ''}"
        about = [edge.about] if edge.about else []
        text = "\n".join([head, *about, *map(self._clipped, lines[:shown])])
        text += more(op.name, cursor) if cursor else ""
        return ToolResult(True, text, rows[:shown], next_actions=op.spec.then, after=cursor)

    @property
    def _room(self) -> int:
        """Characters for results: the rest is for what stands around them."""
        return self.max_chars - 400

    def _fitting(self, lines: list[str]) -> int:
        """Return how many lines fit, at least one."""
        lengths = itertools.accumulate(len(line) + 1 for line in lines)
        return sum(1 for length in lengths if length <= self._room) or min(1, len(lines))

    def _clipped(self, line: str) -> str:
        """Cut a single line that is longer than all the room, and say so."""
        note = f" … cut: {len(line):,} characters in all"
        return line if len(line) <= self._room else line[: self._room - len(note)] + note

    def _bounded(self, text: str) -> str:
        """Cut a text at the bound, and say so."""
        if len(text) <= self.max_chars:
            return text
        note = f"\n… cut: {len(text):,} characters in all. Ask for fewer with fields=[…] or for one object."
        return text[: self._room - len(note)] + note


def _followed(text: str, op: Op) -> str:
    return f"{text}\nNext: {', '.join(op.spec.then)}" if op.spec.then else text
