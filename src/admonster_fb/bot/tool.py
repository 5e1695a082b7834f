"""The bot's one tool: `facebook(op=…, args={…})`."""

from __future__ import annotations

import asyncio
import copy
import functools
import json
import logging
import secrets
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeGuard

from admonster_fb.bot import help as op_lists
from admonster_fb.bot.arguments import ALL, decode_cursor, encode_cursor, next_page_hint, parse_call, with_identity
from admonster_fb.bot.audit.log import AuditLog
from admonster_fb.bot.audit.undo import plannable_ops, undoable
from admonster_fb.bot.confine import confine_paths, needs_file
from admonster_fb.bot.ids import other_kind, with_ids
from admonster_fb.bot.in_flight import DEADLINE, Caller, InFlight
from admonster_fb.bot.lane import BEGUN, Lane
from admonster_fb.bot.plans.guard import Guard, WriteResult, call_digest
from admonster_fb.bot.plans.plan import UNREAD, OnWrite, Plan, WriteRecord, canonical
from admonster_fb.bot.plans.policy import Channel, SpendPolicy
from admonster_fb.bot.plans.stops import CONNECT, LOOK, LOOK_FOR_PLAN, may_stop, with_unknown
from admonster_fb.bot.plans.store import FolderPlans, MemoryPlans
from admonster_fb.bot.plans.text import change_lines, shown, turned_on
from admonster_fb.bot.registry import ACCOUNT_ARGUMENTS, PAGE, TOOL, Op, names, registry, several_accounts
from admonster_fb.bot.render import errors
from admonster_fb.bot.render.values import OfAccount, bare_amounts, format_value, local, using_account
from admonster_fb.errors import POLICY, APIError, FacebookAdsError, ParameterError, Violation
from admonster_fb.objects import money_fields
from admonster_fb.paths import confined
from admonster_fb.redaction import without_tokens
from admonster_fb.rules.ad_rules import without_currency
from admonster_fb.services._validation import warnings
from admonster_fb.transport.paging import Edge, Page
from admonster_fb.transport.patience import within
from admonster_fb.transport.turn import turn
from admonster_fb.workflows.bulk import Changed

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds
    from admonster_fb.models.insights.row import InsightsRow
    from admonster_fb.rules import Finding
    from admonster_fb.services.insights.rows import InsightsEdge

FEW = 64
"""How many rows are looked at first: most texts hold no more."""
MAX_CHARS = 6000
"""Default length limit of a text, in characters."""

PARAMETERS: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "op": {
            "type": "string",
            "description": "help, status, list_campaigns, create_campaign, get_insights, …: see help",
        },
        "args": {
            "type": "object",
            "additionalProperties": True,
            "description": "the op's arguments; ids are strings; budgets are integers in minor units "
            '(5000 is 50.00 USD) or "50.00 USD"',
        },
    },
    "required": ["op"],
}
"""The JSON Schema of the tool's arguments, under 1,000 bytes however many ops there are."""

_Written = tuple[Any, "Iterable[Finding]"]
"""What a write returned, and the warnings of Meta's rules."""
_POLICY = SpendPolicy()
_OF_ONE_ACCOUNT = (
    *("status", "get_insights", "get_detailed_insights", "weekly_report", "get_ad_account_info", "list_campaigns"),
)
"""Reads by which "our ads" is answered: they say that there may be more accounts."""
_Text = tuple[list[str], Iterable[str]]
VALIDATED = "OK: validate_only: Meta was asked for a check only; nothing has been changed or created."
_JOINED = "Sent once, at {at}: nothing new was {past} now. again=true would send {op} once more. It said then:"
_LOG = logging.getLogger(__name__)
_NO_CURSOR = "\nMore: Meta sent no cursor to go on from; a higher limit shows more at once"


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The result of a call: `text` for the model, `data` for code, `error` (an object) where `ok` is false."""

    ok: bool
    text: str
    data: Any = None
    error: dict[str, Any] | None = None
    next_actions: tuple[str, ...] = ()
    after: str | None = None
    """The cursor of the next page of a list: pass it as `after`."""
    exception: FacebookAdsError | None = field(default=None, repr=False, compare=False)
    """The error itself where `ok` is false, for code that raises it."""
    failed: tuple[FacebookAdsError, ...] = field(default=(), repr=False, compare=False)
    """The errors of the objects that a write did not change, though others may have been changed."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", without_tokens(self.text))  # Meta may have sent back what it was sent


@dataclass(frozen=True)
class FacebookTool:
    """All ops behind one small schema. Safe to call from many threads and tasks at once.

    `groups` loads only these groups of ops; `read_only` removes every op that writes; `files` is the folder in which
    paths from the model must lie (default: no files); `max_chars` limits each text. `policy` says which writes return
    a plan first, who applies plans, and caps; on a live account a person applies them unless it says otherwise.
    `plans` is a folder in which plans survive a restart. `on_write` is called after each write, and `audit` logs it to
    a file; `who` is the user on whose behalf the host calls. With `show_leads` the model may read what people wrote in
    lead forms (`read_leads`); default: counts, ids and files only.

    >>> from admonster_fb import FacebookAds
    >>> tool = FacebookTool(FacebookAds.sandbox())
    >>> tool.call({"op": "get_ad_account_info"}).text.splitlines()[0]
    'AdAccount ID: act_1 "Sandbox Coffee US"'
    """

    fb: FacebookAds
    groups: Iterable[str] | None = None
    read_only: bool = False
    files: Path | None = None
    max_chars: int = MAX_CHARS
    name: str = "facebook"
    policy: SpendPolicy = _POLICY
    plans: Path | MemoryPlans | None = None
    on_write: OnWrite | None = field(default=None, repr=False)
    audit: Path | AuditLog | None = None
    who: str | Callable[[], str] = field(default="", repr=False)
    show_leads: bool = False
    ops: Mapping[str, Op] = field(init=False, repr=False)
    guard: Guard = field(init=False, repr=False)
    log: AuditLog | None = field(init=False, repr=False)

    _lanes: tuple[Lane, Lane] = field(init=False, repr=False, compare=False)
    _in_flight: InFlight[_Written] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("files", "plans", "audit"):  # a host may write a path as text
            if isinstance(text := getattr(self, name), str):
                vars(self)[name] = Path(text)
        log = AuditLog(self.audit) if isinstance(self.audit, Path) else self.audit
        chosen = FolderPlans(self.plans) if isinstance(self.plans, Path) else self.plans
        store = chosen or MemoryPlans(log.path if log else None)
        who = self.who if callable(self.who) else functools.partial(str, self.who)
        policy = self.policy.resolved(sandbox=self.fb.is_sandbox or self.read_only)
        begin = log.begin if log else None
        guard = Guard(self.fb, plannable_ops, policy, store, self._record, who, begin, self.files)
        writes = InFlight[_Written](self.fb.now, lambda done: not isinstance(done[0], Plan), guard.report_unfinished)
        lanes = (Lane("tool"), Lane("stop"))
        vars(self).update(policy=policy, log=log, guard=guard, _in_flight=writes, _lanes=lanes)
        vars(self)["ops"] = self._chosen_ops(log)

    def _chosen_ops(self, log: AuditLog | None) -> dict[str, Op]:
        """Return the ops of the groups and access that this tool was made with."""
        known = {op.spec.group for op in registry().values()}
        groups, read_only = known if self.groups is None else set(self.groups), self.read_only or self.policy.read_only
        if not groups <= known:
            raise ParameterError([Violation("groups", sorted(groups - known), f"some of {', '.join(sorted(known))}")])

        def is_chosen(op: Op) -> bool:
            is_named = op.spec.group in groups or (op.name == "connect" and self.fb.token.login is not None)
            return is_named and not (read_only and op.access != "read") and (self.show_leads or not op.spec.private)

        ops = registry().values()
        needs_plans = any(is_chosen(op) for op in ops if op.access != "read" and op.service != TOOL)
        chosen = (op for op in ops if (needs_plans if op.service == TOOL else is_chosen(op)))
        return {op.name: op for op in chosen if op.name != "undo" or log is not None}

    def _record(self, written: WriteRecord) -> str | None:
        """Log a write and return its id, then call the host: if one fails, the other still happens."""
        try:
            return self.log.write(written) if self.log is not None else None
        finally:
            if self.on_write is not None:
                self.on_write(written)

    @functools.cached_property
    def usable_ops(self) -> Mapping[str, Op]:
        """The loaded ops that help lists: without a folder for files, none that needs a file."""
        return {name: op for name, op in self.ops.items() if self.files or not needs_file(op.schema)}

    @property
    def description(self) -> str:
        """What the tool does, in the fewest words."""
        return describe(self.ops.values())

    @property
    def parameters(self) -> dict[str, Any]:
        """The JSON Schema of the tool's arguments, under 1,000 bytes however many ops there are."""
        return copy.deepcopy(dict(PARAMETERS))

    def openai_schema(self, *, api: Literal["chat", "responses"] = "chat", strict: bool = False) -> dict[str, Any]:
        """Return the tool in the format of OpenAI's function calling, for Chat Completions or the Responses API.

        With `strict` the model writes `args` as JSON text: an object of any properties is not allowed there.

        >>> FacebookTool(fb).openai_schema()["function"]["name"]
        'facebook'
        """
        parameters = self.parameters
        if strict:
            properties = parameters["properties"]
            words = f"JSON text of an object: {properties['args']['description']}"
            properties["args"] = {"type": "string", "description": words}
            parameters |= {"required": [*properties], "additionalProperties": False}
        function: dict[str, Any] = {"name": self.name, "description": self.description, "parameters": parameters}
        function |= {"strict": strict} if strict or api == "responses" else {}
        return {"type": "function", **function} if api == "responses" else {"type": "function", "function": function}

    def anthropic_schema(self) -> dict[str, Any]:
        """Return the tool in the format of Anthropic's tool use.

        >>> sorted(FacebookTool(fb).anthropic_schema())
        ['description', 'input_schema', 'name']
        """
        return {"name": self.name, "description": self.description, "input_schema": self.parameters}

    def as_function(self) -> Callable[..., Awaitable[str]]:
        """Return the tool as a function, for runtimes that make tools of signatures and docstrings.

        >>> FacebookTool(fb).as_function().__name__
        'facebook'
        """

        async def facebook(op: str, args: dict[str, Any] | None = None) -> str:
            return (await self.acall({"op": op, "args": args})).text

        meanings = "\n".join(f"    {name}: {each['description']}" for name, each in PARAMETERS["properties"].items())
        facebook.__name__ = facebook.__qualname__ = self.name
        facebook.__doc__ = f"{self.description}\n\nArgs:\n{meanings}"
        return facebook

    def asks(self, arguments: Any) -> Plan | None:
        """Return the plan that this call would apply, so that a person can be asked first; `None` for other calls.

        Also `None` if their yes here would not apply it (`chat_max_increase_percent`): the call says where it would.

        >>> FacebookTool(fb).asks({"op": "list_campaigns"}) is None
        True
        """
        plan = self._plan_to_apply(arguments)
        return None if plan is None or self.guard.beyond_chat(plan) else plan

    def _plan_to_apply(self, arguments: Any) -> Plan | None:
        with suppress(Exception):  # the call itself will say so
            name, args = parse_call(arguments)
            if self._op(name).name == "apply":
                return self.guard.pending(str(args.get("plan_id")))
        return None

    def shown(self, plan: Plan) -> str:
        """Return what a person reads before they agree to a plan: the most it can add to a day's spend first.

        >>> from admonster_fb.bot.plans.plan import example
        >>> FacebookTool(fb).shown(example()).splitlines()[0]
        'Up to $50.00 USD more a day.'
        """
        zone = "UTC"
        with suppress(FacebookAdsError):
            zone = self.fb.timezone(plan.account) if plan.account else zone
        return "\n".join(shown(plan, zone))

    async def acall(self, arguments: Any, *, approved_by: str | None = None) -> ToolResult:
        """Call the op in a worker thread, as `call` does; the event loop is not blocked.

        `approved_by` is the person who has agreed, in a form or chat, to the plan that this call applies: for the
        host's code, never from the model. A yes on a page or at a terminal is `approve`.

        Writes that stop spend have threads of their own, so that they wait for no other call. If it is cancelled, as by
        `asyncio.wait_for`, a note of the `CancelledError` says whether it had begun. What has begun is carried out:
        the same call again, within 15 minutes, returns its result.

        >>> import asyncio
        >>> asyncio.run(FacebookTool(fb).acall({"op": "list_campaigns"})).ok
        True
        """
        caller, soon = Caller(), False
        with suppress(Exception):  # the call itself will say so
            name, args = parse_call(arguments)
            soon = self._may_stop(self.ops[names().get(name, name)], args)
        try:
            return await self._lanes[soon].run(self._call, arguments, caller, approved_by)
        except asyncio.CancelledError as cancelled:
            caller.gone = BEGUN in cancelled.__notes__
            _LOG.warning("a call was %s", *cancelled.__notes__[-1:])
            raise

    def _may_stop(self, op: Op, args: Mapping[str, Any]) -> bool:
        return may_stop(op, args) or self.guard.only_lowers(op, args)

    def call(self, arguments: Any) -> ToolResult:
        """Run `{"op": …, "args": {…}}`. Never raises for what the model wrote or Meta answered.

        Arguments next to `args` instead of in it are accepted. A call that creates or adds something returns the result
        of the same call in the 15 minutes before, and sends nothing, unless it says `again: true`.

        >>> FacebookTool(fb).call({"op": "get_campaign", "campaign_id": "1"}).error["type"]
        'NotFoundError'
        """
        return self._call(arguments, Caller())

    def _call(self, arguments: Any, caller: Caller, approved_by: str | None = None) -> ToolResult:
        if approved_by is not None and (plan := self.asks(arguments)) is not None:
            return self.approve(plan.id, approved_by, channel="chat")
        try:
            name, args = parse_call(arguments)
            if name == "help":
                query, skip = decode_cursor(args)
                account = self.fb.account if self.fb.has_account else None
                text = op_lists.answer(self.usable_ops, query, account)
                with using_account(self._account(None)):
                    today = local(self.fb.now()).date() if query.get("argument") == "date_preset" else None
                days = op_lists.preset_lines(today) if today else []
                return ToolResult(True, self._paged(name, [*text.split("\n"), *days], skip))
            op = self._op(name)
            with confined(self.files):
                rest, accounts = several_accounts(op, args)
                return self._run_in(op, rest, accounts, caller) if accounts else self._run_with_ids(op, rest, caller)
        except Exception as error:  # noqa: BLE001 - a bot goes on whatever fails; the log says where
            return self._failed(error)

    def pending_plan(self, arguments: Any) -> Plan | None:
        """Return the pending plan that a call would apply, or that it has made before; `None` if there is none.

        >>> FacebookTool(fb).pending_plan({"op": "list_campaigns"}) is None
        True
        """
        plan = self._plan_to_apply(arguments)
        with suppress(Exception):  # the call itself will say so
            name, args = parse_call(arguments)
            op = self._op(name)
            written = json.loads(canonical(confine_paths(op.prepare(self.fb, args), op.schema, self.files)))
            same = (each for each in reversed(self.guard.plans()) if (each.op, each.arguments) == (op.name, written))
            return plan or next(same, None)
        return plan

    def approve(self, plan_id: str, by: str = "host", *, channel: Channel = "host") -> ToolResult:
        """Apply a plan that a person has approved; for the host's code, never for the model.

        On a live account a yes in a form or chat (`channel="chat"`) applies less than one that the host itself has
        from the person, on its page or at a terminal.

        >>> FacebookTool(fb).approve("plan_0").ok
        False
        """

        def work() -> _Written:
            self._in_flight.forget()  # a plan may remove what may be created again then
            with warnings() as found, confined(self.files):
                return self.guard.apply(plan_id, by, channel), found

        try:
            if not isinstance(plan_id, str):
                raise ParameterError([Violation("plan_id", type(plan_id).__name__, "the plan's ID, a text: plan.id")])
            written, _ = self._in_flight.run(None, work, Caller(), replay=False)
            return self._reported(*written)
        except Exception as error:  # noqa: BLE001 - as in `call`
            return self._failed(error)

    def close(self, deadline: float = DEADLINE) -> None:
        """Refuse further calls that write, and wait up to `deadline` seconds for writes that have begun.

        What is not done by then is recorded in the audit log as unknown. The end of the process does the same.

        >>> FacebookTool(fb).close()
        """
        self._in_flight.close(deadline)

    def _failed(self, raised: Exception) -> ToolResult:
        if isinstance(raised, FacebookAdsError):
            error = raised
        else:  # its text may hold secrets: the log says where it was raised
            number, kind = secrets.token_hex(4), type(raised).__name__
            where = "".join(traceback.format_tb(raised.__traceback__)[-20:])
            _LOG.error("error %s: %s\n%s", number, kind, where)
            advice = "Read what this op would have changed before you call it again."
            error = FacebookAdsError(f"unexpected {kind}, error {number} in the log", advice=advice)
        notes = "".join(f"\n{note}" for note in getattr(error, "__notes__", ()))
        return ToolResult(False, self._bounded(errors.text(error)) + notes, error=errors.data(error), exception=error)

    def _op(self, name: str) -> Op:
        op = self.ops.get(names().get(name, name))
        if op is None:
            known = registry().get(names().get(name, ""))
            private = "it shows what people wrote: the host loads it with show_leads=True. Here: "
            loaded = "" if known is None else private if known.spec.private else "an op that is loaded here: "
            raise ParameterError([Violation("op", name, loaded + op_lists.nearest(name, self.ops))])
        return op

    def _run_in(self, op: Op, args: Mapping[str, Any], accounts: str | list[str], caller: Caller) -> ToolResult:
        """Run an op that reads in several accounts, or all: a block of lines for each, its error among them."""
        args, skip = decode_cursor(args)
        name = next(each for each in ACCOUNT_ARGUMENTS if each in op.schema["properties"])
        over, found = self.fb.over(None if accounts == ALL else accounts), {}
        order = [*over.left]

        def read(account: str) -> ToolResult:
            try:
                return self._run_with_ids(op, {**args, name: account}, caller)
            except Exception as error:  # noqa: BLE001 - of this account alone, also where it is a mistake of ours
                return self._failed(error)

        for done in over.run(read):
            found[done.account] = done.result()
        lines = []
        for account in order:
            text = found[account].text.replace("with the same args", f"for {account} alone, with the same args")
            lines += [f"[{account}]", *(line for line in text.split("\n") if not line.startswith("Next: "))]
        data = {account: found[account].data for account in order}
        ok = any(result.ok for result in found.values())
        error = None if ok or not found else found[order[0]].error
        head, then = ([f"ERROR {error['type']}: no account could be read."], ()) if error else ([], op.spec.then)
        text = _with_next(self._paged(op.name, [*head, *lines] or ["No accounts."], skip), then)
        return ToolResult(not error, text, data, error=error, next_actions=then)

    def _run_with_ids(self, op: Op, args: Mapping[str, Any], caller: Caller) -> ToolResult:
        """Run an op; an error about an id says the ids of a name, or what kind of object has it."""
        try:
            return self._run(op, args, caller)
        except ParameterError as error:
            hinted = op_lists.with_hints(op, with_ids(self.fb, error, args), self.ops)
            hinted.advice = error.advice  # with the notes, it says what was sent before the error
            for note in getattr(error, "__notes__", ()):
                hinted.add_note(note)
            raise hinted from None
        except FacebookAdsError as error:
            if about := other_kind(self.fb, error, op.own_names(args)):
                error.message = f"{about} {error.message}"
            raise

    def _run(self, op: Op, args: Mapping[str, Any], caller: Caller) -> ToolResult:
        self._ensure_connected(op, args)
        args, skip = decode_cursor(args)
        args, again = _without_again(args) if joins(op) else (args, False)
        properties = op.schema["properties"]
        arguments = confine_paths(op.prepare(self.fb, args), op.schema, self.files)
        overwrite = (self.read_only or self.policy.read_only) and arguments.get("overwrite")
        new = [Violation("overwrite", overwrite, "a new file: this tool only reads", POLICY)] if overwrite else []
        if wrong := [*without_currency(arguments), *new]:
            raise ParameterError(wrong)
        arguments = with_identity(arguments) if op.spec.group == "insights" else arguments
        if "limit" in properties:
            arguments.setdefault("limit", PAGE)
        if properties.get("summary", {}).get("type") == "string":  # of insights it is a list of fields
            arguments.setdefault("summary", "total_count")
        if op.access != "read":
            return self._write(op, arguments, caller, again=again)
        value = self._value(op, arguments)
        from admonster_fb.bot.render.nodes import render, render_empty  # here: it loads every kind of result

        account = next((arguments.get(name) for name in ACCOUNT_ARGUMENTS if arguments.get(name)), None)
        one = self._only_default(op, args, arguments)
        with using_account(self._account(account)):
            if isinstance(value, Edge):
                return self._page(op, value, arguments, skip, one)
            with turn():
                lines = render_empty(arguments, self.fb) if value is None else render(value, self.fb)
        first = ("diagnose",) if getattr(value, "is_delivering", True) is False else ()
        then = tuple(name for name in (*first, *op.spec.then) if name in self.ops or name not in first)
        text = _with_next(self._paged(op.name, lines + one, skip), then)
        return ToolResult(True, text, value, next_actions=then)

    def _only_default(self, op: Op, args: Mapping[str, Any], arguments: Mapping[str, Any]) -> list[str]:
        """Return the line that says which account was meant where the caller named none, and how to read all."""
        name = next((name for name in ACCOUNT_ARGUMENTS if name in op.schema["properties"]), "")
        if op.name not in _OF_ONE_ACCOUNT or not name or name in op.own_names(args):
            return []
        return [f'Only {arguments.get(name)}, the default account. Every account: {name}="all"']

    def _account(self, account: Any, seconds: float = LOOK_FOR_PLAN) -> OfAccount:
        """Return facts of an account, the default one or an object's: each is read once, within so many seconds."""
        if not isinstance(account, str) and self.fb.has_account:
            account = self.fb.account

        def known(read: Callable[[str], str], otherwise: str) -> str:
            if isinstance(account, str):
                with suppress(FacebookAdsError, TimeoutError):
                    return within(seconds, functools.partial(read, account))
            return otherwise

        zone, currency = (lambda: known(self.fb.timezone, "UTC")), (lambda: known(self.fb.currency, ""))
        return OfAccount(functools.cache(zone), functools.cache(currency))

    def _currency(self, seconds: float) -> Callable[[str], str]:
        return lambda account: self._account(account, seconds).currency()

    def _ensure_connected(self, op: Op, args: Mapping[str, Any]) -> None:
        """Raise without a valid token that has the scopes. A stop waits only a moment for this check: Meta makes it."""
        token = self.fb.token
        if op.name == "connect" or token.tokens is None:
            return
        stored = token.tokens

        def check() -> None:
            stored.current()
            token.require(op.spec.scopes, op.name)

        with suppress(TimeoutError):
            within(CONNECT, check) if self._may_stop(op, args) else check()

    def _write(self, op: Op, arguments: Mapping[str, Any], caller: Caller, *, again: bool) -> ToolResult:
        """Run a write, or join the same call if it is in flight or its result has not reached anyone."""

        def work() -> _Written:
            with warnings() as found:
                return self._value(op, arguments), found

        key = call_digest(op, arguments) if joins(op) else None
        adds = op.spec.effect in ("create", "add")
        try:
            written, since = self._in_flight.run(key, work, caller, replay=adds, again=again)
        except APIError as error:
            for line in bare_amounts(arguments, self._currency(LOOK), str(error)):
                if line not in getattr(error, "__notes__", ()):
                    error.add_note(line)
            raise
        finally:
            if op.spec.effect == "remove" or op.name == "apply":
                self._in_flight.forget()  # what was removed may be created again
        result = self._reported(*written)
        bare = bare_amounts(arguments, self._currency(_patience(written[0])), result.text)
        result = replace(result, text="\n".join([result.text, *bare]))
        if since is None:
            return result
        with using_account(self._account(getattr(written[0], "account", None))):
            at = format_value(since)
        head = _JOINED.format(at=at, past=op.spec.past, op=op.name)
        return replace(result, text=f"{head}\n{result.text.replace(', as it is now:', ':', 1)}")

    def _value(self, op: Op, arguments: Mapping[str, Any]) -> Any:
        """Run an op. A write goes through the guard, which may return a plan instead."""
        if op.service == TOOL:
            value = op.run(self, arguments)
            return WriteResult(op, value) if value is None else value
        return op.run(self.fb, arguments) if op.access == "read" else self.guard.write(op, arguments)

    def _reported(self, done: WriteResult | Plan, found: Iterable[Finding]) -> ToolResult:
        with using_account(self._account(done.account, _patience(done))):
            return self._done(done, found)

    def _done(self, done: WriteResult | Plan, found: Iterable[Finding]) -> ToolResult:
        """Return what a write did, with warnings and its audit id, or its plan."""
        if isinstance(done, Plan) or isinstance(done.value, Plan):
            plan = done if isinstance(done, Plan) else done.value
            then = ("discard",) if self.guard.beyond_chat(plan) else ("apply", "discard")
            return ToolResult(True, self._bounded("\n".join(self.guard.lines(plan))), plan, next_actions=then)
        from admonster_fb.bot.render.nodes import render  # here: a write waits for nothing

        op, value = done.op, done.value
        changed = self._changes(done)
        rest = [each for each in value if each.error] if _is_bulk(value) and (changed or done.validated) else value
        rest = None if done.validated and not _is_bulk(value) else rest
        failed, all_failed = errors.failures(value)
        on = turned_on(done.plan) if done.plan and not failed else []
        body = [*changed, *on, *self._limit(done), *([] if rest is None or rest == [] else render(rest, self.fb))]
        warned = [f"Warning: {finding.field}: {finding.message}. {finding.fix}" for finding in found]
        warned += [f"Warning: {warning}" for warning in done.warnings]
        error = failed[0] if all_failed else None
        begin = f"ERROR {type(error).__name__}: nothing of this is known to be done:" if error else ""
        applied = [f"Applied: {done.plan.id}, {op.name}"] if done.plan else []
        head = [begin or (VALIDATED if done.validated else op_lists.done(op, value)), *applied]
        undo = f' (op=undo args={{"audit_id": "{done.audit_id}"}} reverts it)' if undoable(done.changes) else ""
        audited = [f"Audit: {done.audit_id}{undo}"] if done.audit_id else []
        text = self._bounded("\n".join([*head, *body, *dict.fromkeys(warned), *audited]))
        details = errors.data(error) if error else None
        # After a launch that was rolled back nothing comes next.
        follow = () if getattr(value, "state", "") == "gone" else op.spec.then
        if getattr(value, "subtype", None) not in (None, "CUSTOM"):  # an audience that fills itself
            follow = tuple(name for name in follow if name != "add_users_to_audience")
        text = _with_next(text, follow)
        return ToolResult(not error, text, value, details, follow, exception=error, failed=tuple(failed))

    def _changes(self, done: WriteResult) -> list[str]:
        """Return what a write changed, before and after: nothing that failed or is part of the result."""
        from admonster_fb.workflows.scale import Scaled

        failed = {each.id for each in done.value if each.error} if _is_bulk(done.value) else set()
        failed |= {*getattr(done.value, "left", {}).values()}  # of a launch that was rolled back
        made = done.op.spec.effect == "update" or done.op.spec.shows_changes  # a budget schedule
        changes = [change for change in done.changes if change.before or made]
        changes = [change for change in changes if not {change.id, change.after.get("ad_object_id")} & failed]
        if not changes or isinstance(done.value, Scaled):
            return []
        if UNREAD in done.warnings:
            changes = [*with_unknown(changes)]
        currency = None
        with suppress(FacebookAdsError):  # the write was sent: its result must not be lost
            if done.account and any(money_fields().keys() & {*change.before, *change.after} for change in changes):
                currency = self.fb.currency(done.account)
        return change_lines(changes, currency, len(changes))

    def _limit(self, done: WriteResult) -> list[str]:
        """Return what Meta says of an account's spending limit after it was changed, if it says so soon."""
        if done.op.name != "update_spending_limit" or not done.account or {UNREAD} & {*done.warnings}:
            return []
        from admonster_fb.workflows.account_status import account_health

        fields = ["account_status", "currency", "spend_cap", "amount_spent"]
        read = functools.partial(self.fb.adaccounts.get, done.account, fields=fields)
        with suppress(FacebookAdsError, TimeoutError):  # the write was sent: its result must not be lost
            return account_health(within(LOOK_FOR_PLAN, read))[1:]
        return []

    def _paged(self, name: str, lines: list[str], skip: int) -> str:
        """Return all lines, or those that fit and how to get the rest."""
        shown = self._fitting(lines[skip:])
        text = "\n".join(map(self._clipped, shown))
        if len(shown) == len(lines):
            return text
        end = skip + len(shown)
        rest = next_page_hint(name, encode_cursor(None, end)) if end < len(lines) else ""
        return f"Showing lines {skip + 1:,} to {end:,} of {len(lines):,}\n{text}{rest}"

    def _page(self, op: Op, edge: Edge[Any], arguments: Mapping[str, Any], skip: int, end: list[str]) -> ToolResult:
        """Return one page, or as much of it as fits, and how to get the rest."""
        from admonster_fb.bot.render.nodes import brief
        from admonster_fb.services.insights.rows import InsightsEdge

        page = next(iter(edge.pages()))
        rows = list(page.data)[skip:]
        about, figures = edge.about.splitlines(), edge if isinstance(edge, InsightsEdge) else None
        first = bool(rows) and not (arguments.get("after") or skip)
        total = figures.whole() if figures and first else None
        with turn():  # all that is shown has been read; a line that has to read the account ends the turn
            if figures:
                more, lines, whole = self._figures(figures, page, rows, _length(about), total, first)
            else:
                line = functools.partial(turn()(brief), fb=self.fb, requested=arguments.get("fields", ()))
                more, lines = self._first(rows, lambda some: ([], map(line, some)))
                given = {name: arguments[name] for name in ("effective_status", "filtering") if arguments.get(name)}
                none = [f"None matches {name}={json.dumps(given[name], ensure_ascii=False)}." for name in given]
                more, whole = more if rows else none, False
            above = _length([*about, *more, *end])
            lines = lines if whole else self._fitting(lines, above)
            shown = [*about, *more, *(self._clipped(line, above) for line in lines), *end]
        rest = (arguments.get("after"), skip + len(lines)) if len(lines) < len(rows) else (page.after, 0)
        cursor = encode_cursor(*rest) if any(rest) else None
        of = f" of {page.total:,}" if page.total is not None else ""
        more_follow = cursor or page.next is not None  # some pages have a next one and no cursor
        head = f"Showing {len(lines):,}{of}{', more follow' if more_follow else ''}"
        if "effective_status" in op.schema["properties"] and not arguments.get("effective_status"):
            head += "; archived and deleted not shown"
        hint = next_page_hint(op.name, cursor) if cursor else _NO_CURSOR if more_follow else ""
        text = "\n".join([head, *shown]) + hint
        return ToolResult(True, text, rows[: len(lines)], next_actions=op.spec.then, after=cursor)

    def _figures(
        self, edge: InsightsEdge, page: Page[Any], rows: list[Any], above: int, total: InsightsRow | None, first: bool
    ) -> tuple[list[str], list[str], bool]:
        """Return what is said of rows of figures, the lines of those that fit, and whether that is all of them."""
        from admonster_fb.bot.render import insights
        from admonster_fb.models.insights.row import InsightsRow

        view = insights.RowView.of(edge)
        about, lines = self._first(rows, lambda some: insights.list_lines(some, view))
        fitting = self._fitting(lines, above + _length(about))
        whole = page.after is None and len(rows) == len(lines) == len(fitting)
        if first:
            about += insights.total_lines(rows, view, edge.meta, total, complete=whole)
        all_of_it = insights.RowView((), view.currency, everything=True)
        summary = [InsightsRow.from_api(page.summary)] if page.summary else ()  # Meta's own totals, if requested
        return [*about, *(f"Summary: {insights.row_line(row, all_of_it)}" for row in summary)], lines, whole

    def _first(self, rows: list[Any], text: Callable[[list[Any]], _Text]) -> tuple[list[str], list[str]]:
        """Return what `text` says of the first rows, and the lines of those that fit. The others are not written."""
        count = FEW
        while True:
            about, lines = text(rows[:count])
            shown = self._fitting(lines)
            if len(shown) < count or count >= len(rows):
                return about, shown
            count += max(FEW, self._room * count // _length(shown) - count)  # as many as such lines would fit

    @property
    def _room(self) -> int:
        """The characters for results; the rest is for head and hints."""
        return self.max_chars - 400

    def _fitting(self, lines: Iterable[str], before: int = 0) -> list[str]:
        """Return the lines that fit after so many characters, at least one. It reads one line more."""
        shown: list[str] = []
        for line in lines:
            before += len(line) + 1
            if shown and before > self._room:
                break
            shown.append(line)
        return shown

    def _clipped(self, line: str, before: int = 0) -> str:
        """Return a line; one that is longer than all the room is cut, with a note."""
        room = max(self._room - before, 100)
        note = f" … cut: {len(line):,} characters in all"
        return line if len(line) <= room else without_tokens(line)[: room - len(note)] + note

    def _bounded(self, text: str) -> str:
        """Return a text; one that is longer than `max_chars` is cut, with a note."""
        if len(text) <= self.max_chars:
            return text
        note = f"\n… cut: {len(text):,} characters in all. Request fewer fields with fields=[…], or one object."
        return without_tokens(text)[: self._room - len(note)] + note  # half a token would not be known as one


def _length(lines: list[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _is_bulk(value: Any) -> TypeGuard[list[Changed]]:
    return isinstance(value, list) and all(isinstance(each, Changed) for each in value)


def describe(ops: Iterable[Op], apply: str = "op=apply") -> str:
    """Return the description of a tool with these ops; `apply` says what carries out a plan."""
    ops = [*ops]
    groups = ", ".join(dict.fromkeys(op.spec.group for op in ops))
    writes = any(op.access != "read" for op in ops)
    parts = [
        f"{'Run' if writes else 'Read'} Facebook and Instagram ads: {groups}.",
        "New objects start PAUSED." if any(op.spec.effect == "create" for op in ops) else "",
        f"Writes that can spend or delete return a PLAN; {apply} carries it out." if writes else "",
        'op=help args={"query": "raise budget"} finds an op, args={op} explains it; op=help lists all.',
    ]
    return " ".join(part for part in parts if part)


def joins(op: Op) -> bool:
    """Return whether the same call again joins the first: a second one would do more."""
    return not op.spec.idempotent


def _without_again(args: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    again = args.get("again", False)
    if again not in (True, False, "true", "false"):
        raise ParameterError([Violation("again", again, "true or false")])
    return {name: value for name, value in args.items() if name != "again"}, again in (True, "true")


def _patience(done: WriteResult | Plan) -> float:
    """Return for how long the text of a write waits for facts of its account: reads that hang are not waited for."""
    return LOOK if UNREAD in done.warnings else LOOK_FOR_PLAN


def _with_next(text: str, names: Iterable[str]) -> str:
    return f"{text}\nNext: {', '.join(names)}" if names else text
