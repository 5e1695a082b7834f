"""The guard: every write of a tool passes it. It assesses writes, returns plans where needed, and applies plans.

Theory of operation
===================

A write is *assessed* before it is sent (`assessment.py`): the objects it changes are read into a `StateSnapshot`, its
changes are described field by field, and the campaigns they touch are evaluated before and after. What the policy
forbids raises `ParameterError`; nothing was sent then. Otherwise the classes of the changes decide:

    none of the policy's `needs_plan`    the write is sent at once
    one of them                          a `Plan` is stored and returned; nothing is sent

A plan is bound twice. Its ID is the hash of its *content* (op, arguments, changes, maximum spend, expiry): a plan that
was edited on disk no longer matches its ID. Its `fingerprint` is the hash of the *state* from which it was computed:
when it is applied, everything is read and assessed again, and the plan is refused if the state of what it touches (its
objects, what they are in, what is in them), a file among the arguments, the changes or the added spend differ from what
the person has seen. Limits are checked again at that moment,
those of the tool that applies the plan.

    state      stored as                next        by
    ---------  -----------------------  ----------  ---------------------------------------------------------
    pending    <id>.json                applied     `apply`, marked *before* the write is sent
                                        expired     its time is over (the file is deleted days later)
                                        discarded   `discard`
                                        pending     `apply` refused: stale, against the policy, or not allowed
    applied    <id>.json, <id>.applied  -           final: `apply` is refused, whatever the outcome of the write
    expired    <id>.json                -           final: `apply` is refused
    discarded  -                        -           final: `apply` finds no plan

A plan is marked as applied before its write is sent, by a file that only one process can create. If the process dies or
the answer is lost in between, the plan is used up and the outcome is that of the write (`OutcomeUnknown` says how to
find out). The opposite order could send a write twice.

Two writes at once could each fit under a limit and exceed it together. So whatever can raise spend is assessed *and*
sent while holding the lock of the store, between threads and, for a folder, between processes: all of `apply`, and
writes that are sent at once where the policy has limits. Such a write was assessed before, to learn whether it needs a
plan; that assessment is repeated inside the lock. Raises of budgets are stored before they are sent, so that
`max_increase_percent` counts the steps of a day, across restarts.

Whose yes applies a plan is decided by `policy.beyond_chat`: before a person is asked, from the plan, which holds the
amounts that it raises, with what they were a day ago; and again before it is sent, from what has been assessed then.

A write that only lowers spend (`stops.py`) waits for nothing: reads that fail, hang or are held back must not keep
money flowing. Its state is read for `LOOK` seconds; without it, the write is sent, and what the read brings within
`LOOK_LATE` seconds more is recorded as the values before, unless it is what was written: it may then be older or newer
than the write. Else they are recorded as unknown. Its plan, if the policy needs one, is applied without the lock and
without a comparison of the state. Only a policy with `accounts` refuses it, if the account was not read before either.

Whether an amount or an end is lower is decided by the values last seen, of at most 15 minutes. What is not known then
counts as a raise: its state is read for `LOOK_FOR_PLAN` seconds, as a read of Meta's often takes longer than `LOOK`.
Without it, it gets a plan that says so, or a policy with limits refuses it. Such a plan is
applied only while the state still cannot be read, or if it turns out to raise nothing.

Of a call that lowers here and raises there, what only lowers is sent first: whole updates of a bulk op, and
`status="PAUSED"` of one update. Only the rest can be held or refused; its plan says in `done` what was sent.

Every write that is sent is reported to `on_write` as a `WriteRecord`, however it ends. An op that needs the tool itself
(`undo`) calls `propose(..., always=True)` and returns the plan.
"""

from __future__ import annotations

import functools
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from admonster_fb import errors
from admonster_fb.bot.confine import confine_paths, map_paths
from admonster_fb.bot.ids import kind_in, wrong_kinds
from admonster_fb.bot.plans import plan as plans
from admonster_fb.bot.plans import stops, text
from admonster_fb.bot.plans.assessment import Assessment, assess, check_accounts, plan_warnings, rate_limit_status
from admonster_fb.bot.plans.changes import only_validates, read_delivering
from admonster_fb.bot.plans.classify import DESTROY, MANY, SPEND, destroys, lowers_spend, untyped
from admonster_fb.bot.plans.limits import budget_increases, raised_amounts
from admonster_fb.bot.plans.plan import UNREAD, Arguments, Changes, Plan, WriteRecord
from admonster_fb.bot.plans.policy import Channel, SpendPolicy, beyond_chat, rise
from admonster_fb.bot.plans.snapshot import StateSnapshot
from admonster_fb.bot.plans.stops import LOG_WAIT, LOOK, LOOK_FOR_PLAN, LOOK_FOR_REMOVAL, LOOK_LATE
from admonster_fb.bot.plans.store import BY_CHAT, BudgetRaise, MemoryPlans, PlanTampered, process_store
from admonster_fb.bot.registry import Op
from admonster_fb.client import FacebookAds
from admonster_fb.errors import FacebookAdsError, ParameterError, PlanRefused, TransientError
from admonster_fb.money import MoneyError
from admonster_fb.paths import regular_file
from admonster_fb.storage import NotWritten
from admonster_fb.transport.api import CHECK
from admonster_fb.transport.observability import collect_trace_ids, harmless
from admonster_fb.transport.patience import started
from admonster_fb.transport.request import lowering
from admonster_fb.workflows.bulk import BULK

_LIVE_BY_HOST = "This is a live account, so a person applies plans unless the policy sets a ceiling."
_LIVE_BY_MODEL = "This is a live account: the policy's limits are the ceiling."
_NOT_READ = (errors.NetworkError, errors.RateLimited, TransientError)  # after these of a read the state is unknown


@dataclass(frozen=True, slots=True)
class WriteResult:
    """A write that was sent: what its op returned, and what to report with it."""

    op: Op
    value: Any
    plan: Plan | None = None
    warnings: tuple[str, ...] = ()
    changes: Changes = ()
    audit_id: str | None = None  # the ID of the write in the audit log
    account: str | None = None
    validated: bool = False  # whether Meta was asked to validate only: nothing has changed


@dataclass(eq=False, repr=False)
class Guard:
    """Checks all writes of a tool. Safe to share between threads."""

    fb: FacebookAds
    ops: Callable[[], Mapping[str, Op]]
    policy: SpendPolicy
    store: MemoryPlans
    on_write: plans.OnWrite | None = None
    who: Callable[[], str] = str
    on_begin: Callable[[WriteRecord, float], str] | None = None
    files: Path | None = None
    _sending: dict[int, WriteRecord] = field(init=False, default_factory=dict)

    def propose(self, op: Op, arguments: Arguments, *, always: bool = False) -> Plan | None:
        """Return the plan that a prepared write needs, `None` if it needs none; with `always`, return one anyway."""
        assessment = self._assess(op, arguments, full=always)
        if always or self._needs_plan(assessment):
            return self._store_plan(op, arguments, assessment, full=always)
        return None

    def write(self, op: Op, arguments: Arguments, *, by: str = "model") -> Plan | WriteResult:
        """Send a write, or return the plan that it needs first.

        If part of it only lowers spend, that is sent first and at once: no plan, limit or error of the rest holds it.
        """
        if parts := stops.parted(self.fb, op, arguments):
            return self._write_parts(op, *parts, by)
        try:
            unread = stops.unread_changes(self.fb, op, arguments)
            assessment = self._look(op, arguments, unread) if unread else self._assess(op, arguments)
        except FacebookAdsError:
            if parts := stops.parted(self.fb, op, arguments):
                return self._write_parts(op, *parts, by)
            raise
        if self._needs_plan(assessment):
            parts = stops.parted(self.fb, op, arguments)  # by what has been read
            return self._write_parts(op, *parts, by) if parts else self._store_plan(op, arguments, assessment)
        if UNREAD in assessment.snapshot.warnings:
            op, arguments = stops.sent_unread(op, self.ops(), assessment.changes) or (op, arguments)
        if not (self.policy.caps and SPEND in assessment.classes):
            return self._send(op, arguments, assessment, None, by)
        with self._alone(assessment.account):  # assess again and send within the lock
            return self._send(op, arguments, self._assess(op, arguments), None, by)

    def _write_parts(self, op: Op, stop: dict[str, Any], rest: dict[str, Any], by: str) -> Plan | WriteResult:
        """Send the part of a write that only lowers spend; then send the rest, or return its plan."""
        first = self._send(op, stop, self._look(op, stop, stops.unread_changes(self.fb, op, stop)), None, by)
        failed = {each.id: each.error for each in first.value or () if each.error}
        done = tuple(change for change in first.changes if change.id not in failed)
        done = stops.with_unknown(done) if UNREAD in first.warnings else done
        problems = tuple(f"{node_id} was NOT changed: {error}" for node_id, error in failed.items())
        try:
            then = self.write(op, rest, by=by)
        except Exception as error:
            if isinstance(error, FacebookAdsError):
                for name in ("message", "advice"):
                    setattr(error, name, getattr(error, name).replace("nothing was sent", "nothing else was sent"))
            lines = text.change_lines(done, first.account and self.fb.currency(first.account), len(done))
            error.add_note("\n".join([text.DONE_FIRST, *lines, *problems, "Only the rest failed."]))
            raise
        if isinstance(then, WriteResult):
            value = [*first.value, *then.value] if op.name in BULK else then.value
            return replace(then, value=value, changes=(*done, *then.changes))
        self.store.delete(then.id)
        return self._stored(replace(then, done=(*done, *then.done), warnings=(*problems, *then.warnings)))

    def apply(self, plan_id: str, by: str = "model", channel: Channel = "model") -> WriteResult:
        """Send the write of a plan, once; `by` has agreed by `channel`. Raises `PlanRefused` or `ParameterError`."""
        plan = self.pending(plan_id)
        self._check_channel(plan, channel)
        op = self.ops()[plan.op]
        arguments = op.prepare(self.fb, plan.arguments)
        if channel == "model":  # a person has seen the plan; a model applies what its own tool may read
            arguments = confine_paths(arguments, op.schema, self.files)
        unread = stops.unread_changes(self.fb, op, arguments)
        if unread and (stops.only_stops(unread) or not plan.state):  # it waits for neither lock nor reads
            assessment = self._look(op, arguments, unread, plan)
            if assessment.snapshot.objects and (plan.state or SPEND in assessment.classes):
                self._check_not_stale(plan, assessment, arguments, op)
            return self._send_plan(plan, op, arguments, assessment, by, channel)
        with self._alone(plan.account):
            self.pending(plan_id)
            assessment = self._assess(op, arguments, full=plan.full)
            self._check_not_stale(plan, assessment, arguments, op)
            return self._send_plan(plan, op, arguments, assessment, by, channel)

    def _send_plan(
        self, plan: Plan, op: Op, arguments: Arguments, assessment: Assessment, by: str, channel: Channel
    ) -> WriteResult:
        """Send the write of a plan, if whose yes applies it still does: others may have written the plan's file."""
        judged = replace(
            plan,
            account=assessment.account or plan.account,
            changes=assessment.changes,
            kinds=tuple(sorted(assessment.classes)),
            adds=max(plan.adds, assessment.adds),
            raises=self._raises(assessment),
            warnings=(*plan.warnings, *assessment.snapshot.warnings),
        )
        self._check_channel(judged, channel)
        if not self.store.mark_applied(plan.id):
            raise PlanRefused("applied", plan.id)
        added = max(judged.adds, rise(judged))
        if channel == "chat" and judged.account and added > 0 and self.policy.chat_max_added_daily is not None:
            self._remember(judged.account, BudgetRaise(judged.account, BY_CHAT, added, self.fb.now()))
        return self._send(op, arguments, assessment, plan, by)

    def beyond_chat(self, plan: Plan) -> str:
        """Return why a person's yes in a form or chat does not apply a plan; "" if it does."""
        return beyond_chat(self.policy, plan, lambda: self.store.added_by_chat(self.fb, str(plan.account)))

    def where(self, plan: Plan) -> str:
        """Return where else than in a chat a person can agree to a plan."""
        stored = self.store.survives and not plan.private
        terminal = f", or in a terminal: admonster-fb apply {plan.id}" if stored else ""
        return f"The person can agree on the page whose link the host sends them{terminal}."

    def _check_channel(self, plan: Plan, channel: Channel) -> None:
        """Raise `PlanRefused` if a plan cannot be applied in this way."""
        if channel != "host" and (reason := self.beyond_chat(plan)):
            raise PlanRefused("chat", plan.id, changed=[reason], advice=self.where(plan))
        if channel == "model" and self.policy.apply_by == "host":
            raise PlanRefused("host", plan.id)

    def _raises(self, assessment: Assessment) -> tuple[plans.Raise, ...]:
        if SPEND not in assessment.classes:
            return ()
        baseline = self.store.baseline(self.fb, str(assessment.account))
        return tuple(raised_amounts(assessment.changes, assessment.impact, baseline))

    def discard(self, plan_id: str) -> None:
        """Delete a plan that has not been applied. Raises `PlanRefused` if there is none."""
        if self.store.is_applied(plan_id):
            raise PlanRefused("applied", plan_id)
        if not self.store.delete(plan_id):
            raise PlanRefused("unknown", plan_id)

    def plans(self) -> list[Plan]:
        """Return the plans that can still be applied, the oldest first."""
        now = self.fb.now()
        return [plan for plan in self.store.all() if plan.expires > now and plans.is_unmodified(plan)]

    def lines(self, plan: Plan) -> list[str]:
        """Return a plan as lines of text for a person."""
        by_host = self.policy.apply_by == "host"
        beyond = f"{reason}. {self.where(plan)}" if (reason := self.beyond_chat(plan)) else ""
        live = [] if self.fb.is_sandbox else [_LIVE_BY_HOST if by_host else _LIVE_BY_MODEL]
        return [*text.lines(plan, by_host=by_host, survives=self.store.survives, beyond=beyond), *live]

    def _needs_plan(self, assessment: Assessment) -> bool:
        """Return whether the policy asks for a plan. Of a parameter that is not known, no limit can be checked."""
        unknown = self.policy.caps and any(map(untyped, assessment.changes))
        return bool(unknown or assessment.classes & frozenset(self.policy.needs_plan))

    def _assess(self, op: Op, arguments: Arguments, *, full: bool = False) -> Assessment:
        return assess(self.fb, self.policy, self.store, op, arguments, full=full)

    def _look(self, op: Op, arguments: Arguments, unread: Changes, plan: Plan | None = None) -> Assessment:
        """Assess a write that may only lower spend. A state that cannot be read in time is left unread."""
        work = functools.partial(self._assess, op, arguments, full=plan is not None and plan.full)
        if stops.is_raise(unread):
            return work()
        classes = frozenset({DESTROY} if op.access == "destroy" or any(map(destroys, unread)) else ())
        seconds, look = self._patience(unread, classes, plan), None
        try:
            look = started(work, seconds)
            try:
                return look.result(seconds)
            except TimeoutError:
                if stops.is_raise(unread := stops.unread_changes(self.fb, op, arguments)):  # its first read has told so
                    return look.result()
                raise
        except FacebookAdsError as error:
            known, of = stops.only_stops(unread), kind_in(error)
            wrong = of != "" and of != op.spec.changes and len(unread) == 1  # Meta would stop something else
            unclear = (classes or not known) and not isinstance(error, _NOT_READ)
            if isinstance(error, ParameterError) or wrong or unclear:
                raise
            failure: FacebookAdsError = error
        except TimeoutError:
            failure = TransientError(message=f"{UNREAD}; nothing was sent. status=PAUSED is sent without it")
        return replace(self._unread(unread, classes, failure, plan is not None), late=look)

    def _patience(self, unread: Changes, classes: frozenset[str], plan: Plan | None) -> float:
        """Return the seconds to wait for the state: longer where nothing, or what cannot be undone, is sent without."""
        planned = plan is None and classes & frozenset(self.policy.needs_plan)
        unknown = not stops.only_stops(unread) and (self._holds_raises or stops.has_unread_amounts(unread))
        refused = self.policy.accounts is not None and "unknown" in self._known_accounts(unread)
        return LOOK_FOR_PLAN if planned or unknown or refused else LOOK_FOR_REMOVAL if classes else LOOK

    def _with_late(self, assessment: Assessment) -> Assessment:
        """Return the assessment of a write that was sent unread with what its look has brought meanwhile."""
        if (late := assessment.late) is None:
            return assessment
        changes, account, warned = assessment.changes, assessment.account, assessment.snapshot.warnings
        try:
            look = late.result(LOOK_LATE)
            changes, account = stops.with_late(changes, look.changes), look.account
            if not any(None in change.before.values() for change in changes):
                warned.remove(UNREAD)
        except FacebookAdsError as error:
            warned.extend(_kinds(error, changes))
        except Exception:  # noqa: BLE001, S110 - the write was sent: its result must not be lost
            pass
        return replace(assessment, changes=changes, account=account)

    def _unread(self, unread: Changes, classes: frozenset[str], failure: FacebookAdsError, planned: bool) -> Assessment:
        """Return the assessment of a write that was not read, or raise `failure`. The unknown counts as a raise."""
        if not stops.only_stops(unread):
            unclear = bool(self.policy.caps) or stops.has_unread_amounts(unread)
            if unclear or not (planned or isinstance(failure, TransientError)):
                raise failure
            classes |= {SPEND, MANY} if len(unread) > 1 else {SPEND}
        accounts = self._known_accounts(unread)
        if self.policy.accounts is not None and "unknown" in accounts and not isinstance(failure, TransientError):
            raise failure
        check_accounts(self.policy, accounts)
        snapshot = StateSnapshot(self.fb)
        snapshot.warnings.extend([UNREAD, *_kinds(failure, unread)])
        return Assessment(snapshot, stops.recorded(unread), classes, None, None)

    def only_lowers(self, op: Op, arguments: Arguments) -> bool:
        """Return whether a write can be sent without a read: it only lowers spend, or the policy allows any amount."""
        if op.spec.effect not in ("update", "remove"):  # known without its arguments, whose check takes a millisecond
            return False
        with suppress(FacebookAdsError, MoneyError):
            unread = stops.unread_changes(self.fb, op, op.prepare(self.fb, arguments))
            return bool(unread) and (stops.only_stops(unread) or not (stops.is_raise(unread) or self._holds_raises))
        return False

    @property
    def _holds_raises(self) -> bool:
        return SPEND in self.policy.needs_plan or bool(self.policy.caps)

    def _known_accounts(self, changes: Changes) -> list[str]:
        ids = [str(change.id) for change in changes]
        return [each if each.startswith("act_") else self.fb.api.owners.get(each, "unknown") for each in ids]

    def _store_plan(self, op: Op, arguments: Arguments, assessment: Assessment, *, full: bool = False) -> Plan:
        snapshot, changes, impact = assessment.snapshot, assessment.changes, assessment.impact
        delivers = read_delivering(snapshot, changes)
        now, state, unread = self.fb.now(), snapshot.state(), UNREAD in snapshot.warnings
        currency = self.fb.currency(assessment.account) if assessment.account else None
        plan = Plan(
            id="",
            op=op.name,
            account=assessment.account,
            currency=currency,
            changes=stops.with_unknown(changes) if unread else changes,
            kinds=tuple(sorted(assessment.classes)),
            adds=assessment.adds,
            total=impact.total if impact else 0,
            warnings=tuple(plan_warnings(op.name, changes, impact, snapshot)),
            calls=assessment.calls(op.spec),
            fits=rate_limit_status(self.fb.usage, assessment.account),
            made=now,
            expires=now + self.policy.plan_life,
            fingerprint=plans.digest(state),
            arguments=json.loads(plans.canonical(arguments)),
            state=json.loads(plans.canonical(state)),
            files=_file_digests(op, arguments),
            nonce=secrets.token_hex(8),
            full=full,
            delivers=delivers,
            notes=tuple(self._notes(assessment, delivers, currency)),
            raises=self._raises(assessment),
            private=bool(plans.PRIVATE & arguments.keys()),
        )
        return self._stored(plan)

    @staticmethod
    def _notes(assessment: Assessment, delivers: Changes, currency: str | None) -> Iterator[str]:
        """Yield what was noticed while reading, and how much could then be spent."""
        snapshot, impact = assessment.snapshot, assessment.impact
        yield from snapshot.notes
        if UNREAD not in snapshot.warnings:
            yield from snapshot.page_notes([*assessment.changes, *delivers])
        if delivers and impact:
            yield from text.total_lines(impact.after, currency)

    def _stored(self, plan: Plan) -> Plan:
        """Store a plan under the ID that its content determines, and return it."""
        plan = plans.with_content_id(plan)
        self.store.put(plan)
        return plan

    def pending(self, plan_id: str) -> Plan:
        """Return a plan that is neither modified, applied nor expired. Raises `PlanRefused`."""
        try:
            plan = self.store.get(plan_id)
        except PlanTampered:
            raise PlanRefused("altered", plan_id) from None
        if self.store.is_applied(plan_id):
            raise PlanRefused("applied", plan_id)
        if plan is None:
            raise PlanRefused("unknown", plan_id)
        if not plans.is_unmodified(plan) or plan.op not in self.ops():
            raise PlanRefused("altered", plan_id)
        if self.fb.now() >= plan.expires:
            raise PlanRefused("expired", plan_id, op=plan.op)
        return plan

    def _check_not_stale(self, plan: Plan, assessment: Assessment, arguments: Arguments, op: Op) -> None:
        """Refuse a plan if the state, its files or its effect differ from what it was made from, and say how."""
        read_delivering(assessment.snapshot, assessment.changes)
        state = json.loads(plans.canonical(assessment.snapshot.state()))
        changed = text.state_changes(plan.state, state, plan.currency)
        files = _file_digests(op, arguments)
        other = [name for name in {**plan.files, **files} if plan.files.get(name) != files.get(name)]
        changed += [f"the file {name} has changed" for name in other]
        same = _as_text(assessment.changes) == _as_text(plan.changes)
        if not changed and (not same or assessment.adds > plan.adds):
            changed = ["what it would do is no longer the same"]
        if changed or plans.digest(state) != plan.fingerprint:
            raise PlanRefused("stale", plan.id, op=plan.op, changed=changed)

    def _send(self, op: Op, arguments: Arguments, assessment: Assessment, plan: Plan | None, by: str) -> WriteResult:
        """Send a write and report it, however it ends."""
        changes, now, plan_id = assessment.changes, self.fb.now(), plan.id if plan else None
        record = WriteRecord(now, by, op.name, assessment.account, arguments, changes, plan_id, who=self.who())
        self._sending[key := id(record)] = record
        lowers = bool(changes) and all(map(lowers_spend, changes))
        if self.on_begin is not None:  # what cannot be logged is sent all the same; its end says so
            with harmless("the audit log cannot record that a write has begun"):
                record = replace(record, audit_id=self.on_begin(record, LOG_WAIT if lowers else -1))
        self._sending[key] = record
        try:
            with collect_trace_ids() as traces:
                self._remember_raises(assessment)
                with lowering(risk=lowers):
                    value = op.run(self.fb, arguments)
        except BaseException as error:
            self._report(replace(record, error=error, traces=tuple(traces)))
            if plan is not None and isinstance(error, FacebookAdsError) and not isinstance(error, errors.LaunchStopped):
                error.add_note(f"Plan {plan.id} is used up: call {op.name} again for a new one.")
            raise
        finally:
            self._sending.pop(key, None)
        assessment = self._with_late(assessment)
        record = replace(record, account=assessment.account, changes=assessment.changes)
        audit_id, problems = self._report(replace(record, value=value, traces=tuple(traces)))
        found = assessment.snapshot.warnings if UNREAD in assessment.snapshot.warnings else []
        found = found if plan else plan_warnings("", assessment.changes, assessment.impact, assessment.snapshot)
        warned, only = (*found, *problems), only_validates(arguments)
        return WriteResult(op, value, plan, warned, assessment.changes, audit_id, assessment.account, only)

    def report_unfinished(self) -> None:
        """Report the writes whose outcome this process may not live to see."""
        for record in [*self._sending.values()]:
            lost = errors.OutcomeUnknown("closed before Meta answered", request=record.op, check=CHECK)
            self._report(replace(record, error=lost))

    def _remember_raises(self, assessment: Assessment) -> None:
        """Store the amounts that a write raises: their increase may be limited, also by another tool's policy."""
        account, impact = assessment.account, assessment.impact
        if account is None or all(map(lowers_spend, assessment.changes)):
            return
        baseline = self.store.baseline(self.fb, account)
        levels = [(each.id, each.field, each.before) for each in raised_amounts(assessment.changes, None, baseline)]
        levels += [level for each in budget_increases(impact, baseline) for level in each.levels] if impact else []
        for level in levels:
            self._remember(account, BudgetRaise(*level, self.fb.now()))

    def _remember(self, account: str, budget_raise: BudgetRaise) -> None:
        process_store(self.fb, account).add_raise(budget_raise)
        if self.policy.max_increase_percent is not None or self.policy.chat_max_increase_percent is not None:
            self.store.add_raise(budget_raise)

    @contextmanager
    def _alone(self, account: str | None) -> Iterator[None]:
        """Hold the lock of an account in this process, and that of the store: two writes could exceed a limit."""
        with process_store(self.fb, account or "").lock(), self.store.lock():
            yield

    def _report(self, record: WriteRecord) -> tuple[str | None, list[str]]:
        """Report a write to `on_write`; return its ID in the audit log, and warnings."""
        if self.on_write is None:
            return None, []
        try:
            audit_id = self.on_write(record)
        except Exception as error:  # noqa: BLE001 - the write was sent: its result must not be lost
            reason = error if isinstance(error, NotWritten) else type(error).__name__
            return None, [f"this write could not be recorded: {reason}"]
        return (audit_id if isinstance(audit_id, str) else None), []


def _kinds(error: FacebookAdsError, changes: Changes) -> list[str]:
    """Return which of the objects to change are of another kind, by an error of their read."""
    request = {str(getattr(error, "request", "")).rpartition(" ")[2]: error}
    return "\n".join(getattr(error, "__notes__", None) or wrong_kinds(request, changes[0].node)).splitlines()


def _as_text(changes: Changes) -> str:
    return plans.canonical([[each.node, each.id, each.name, dict(each.before), dict(each.after)] for each in changes])


def call_digest(op: Op, arguments: Arguments) -> str:
    """Return a hash of an op and its arguments, files among them by their content."""
    return plans.digest([op.name, dict(arguments), _file_digests(op, arguments)])


def _file_digests(op: Op, arguments: Arguments) -> dict[str, str]:
    """Return the SHA-256 of each file among the arguments, by place."""
    found: dict[str, str] = {}

    def digest(place: str, path: str, _folder: bool) -> str:
        with suppress(OSError, ValueError), open(path, "rb", opener=regular_file) as file:
            found[place] = hashlib.file_digest(file, "sha256").hexdigest()
        return path

    map_paths(arguments, op.schema, digest)
    return found
