"""The guard of all writes: it says what each would do, holds what needs a plan, and applies plans.

For the audit and for `undo`:

- every write that is carried out, immediate or applied, is told to `on_write` as a `Written` (`bot/plans/written.py`),
  with what was before and after per object, the plan's id, and the outcome: `FacebookTool(fb, on_write=log.write)`;
- `propose(op, arguments, always=True)` makes a plan of any op, even of one that would be immediate: an op that undoes
  returns `tool.guard.propose(registry()["update_campaign"], {"campaign_id": …, "daily_budget": 5000}, always=True)`,
  and the tool shows a `Plan` that an op returns as it shows its own;
- an op that needs the tool is a function of a module in `_TOOL_MODULES` of `bot/registry.py`, takes the tool as its
  first argument, and is declared with `@op(…, group="plan")`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from admonster_fb.bot.plans import text
from admonster_fb.bot.plans import warnings as warn
from admonster_fb.bot.plans.assessment import Review, review
from admonster_fb.bot.plans.classify import SPEND, changed
from admonster_fb.bot.plans.plan import LIFE, Plan, canonical, digest
from admonster_fb.bot.plans.plan_json import genuine, sealed
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.plans.room import calls, fits
from admonster_fb.bot.plans.snapshot import Look
from admonster_fb.bot.plans.store import Altered, PlanStore, Raise
from admonster_fb.bot.plans.write_record import PRIVATE, OnWrite, Written
from admonster_fb.errors import FacebookAdsError, LaunchStopped, ParameterError, PlanRefused
from admonster_fb.models.campaign import BUDGETS
from admonster_fb.models.change import Change
from admonster_fb.transport.observability import collect_trace_ids

if TYPE_CHECKING:
    from admonster_fb.bot.registry import Op
    from admonster_fb.client import FacebookAds


@dataclass(frozen=True, slots=True)
class Done:
    """A write that was carried out: what its op returned, and what to say beside it."""

    op: Op
    value: Any
    plan: Plan | None = None
    warnings: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    audit_id: str | None = None
    """What the audit knows the write by."""


class Ops(Protocol):
    """How the guard finds an op by its name."""

    def __call__(self) -> Mapping[str, Op]:
        """Return every op by name."""


class Guard:
    """Stands between a tool and all that it writes. Safe to share between threads."""

    def __init__(
        self,
        fb: FacebookAds,
        ops: Ops,
        policy: SpendPolicy,
        store: PlanStore,
        on_write: OnWrite | None = None,
        who: Callable[[], str] = str,
    ) -> None:
        self.fb = fb
        self.policy = policy
        self.store = store
        self.on_write = on_write
        self._ops = ops
        self._who = who

    def propose(self, op: Op, arguments: Mapping[str, Any], *, always: bool = False) -> Plan | None:
        """Return the plan that a write needs, `None` if it may be carried out at once; `always` forces a plan.

        `arguments` are as `op.prepare` returns them. Raises `ParameterError` for what the policy refuses, and what
        Meta answers if the state cannot be read.
        """
        found = review(self.fb, self.policy, self.store, op, arguments, full=always)
        return self._planned(op, arguments, found, full=always) if always or self._held(found) else None

    def write(self, op: Op, arguments: Mapping[str, Any], *, by: str = "model") -> Plan | Done:
        """Carry out a write, or return the plan that it needs first."""
        found = self._review(op, arguments)
        if self._held(found):
            return self._planned(op, arguments, found)
        if not (self.policy.caps and SPEND in found.kinds):
            return self._carry(op, arguments, found, None, by)
        with self._turn():  # what it may add is judged and made in one turn: two at once could pass the cap together
            return self._carry(op, arguments, self._review(op, arguments), None, by)

    def apply(self, plan_id: str, by: str = "model") -> Done:
        """Carry out a plan, once. Raises `PlanRefused` if it cannot be, `ParameterError` if the policy forbids it."""
        if self.policy.apply_by == "host" and by == "model":
            raise PlanRefused("host", plan_id)
        with self._turn():
            plan = self._valid(plan_id)
            op = self._ops()[plan.op]
            arguments = op.prepare(self.fb, plan.arguments)
            found = review(self.fb, self.policy, self.store, op, arguments, full=plan.full)
            self._fresh(plan, found, arguments, op)
            if not self.store.claim(plan.id):
                raise PlanRefused("applied", plan.id)
            return self._carry(op, arguments, found, plan, by)

    def discard(self, plan_id: str) -> None:
        """Forget a plan that has not been applied. Raises `PlanRefused` if there is none."""
        if self.store.claimed(plan_id):
            raise PlanRefused("applied", plan_id)
        if not self.store.drop(plan_id):
            raise PlanRefused("unknown", plan_id)

    def plans(self) -> list[Plan]:
        """Return the plans that can still be applied, the oldest first."""
        now = self.fb.now()
        return [plan for plan in self.store.all() if plan.expires > now and genuine(plan)]

    def lines(self, plan: Plan) -> list[str]:
        """Return a plan as a person reads it."""
        return text.lines(plan, by_host=self.policy.apply_by == "host", survives=self.store.survives)

    def _turn(self) -> contextlib.AbstractContextManager[Any]:
        turn: Any = self.store.turn()
        return turn  # type: ignore[no-any-return]

    def _held(self, found: Review) -> bool:
        return bool(found.kinds & frozenset(self.policy.needs_plan))

    def _review(self, op: Op, arguments: Mapping[str, Any]) -> Review:
        """Look before a write; what only pauses is not kept from it by a look that fails."""
        try:
            return review(self.fb, self.policy, self.store, op, arguments)
        except FacebookAdsError as error:
            if isinstance(error, ParameterError) or not _only_pauses(arguments) or self.policy.accounts is not None:
                raise
        return Review(Look(self.fb), (), frozenset(), None, None)

    def _planned(self, op: Op, arguments: Mapping[str, Any], found: Review, *, full: bool = False) -> Plan:
        now, state, effect = self.fb.now(), found.look.state(), found.effect
        plan = sealed(
            Plan(
                id="",
                op=op.name,
                account=found.account,
                currency=self.fb.currency(found.account) if found.account else None,
                changes=found.changes,
                kinds=tuple(sorted(found.kinds)),
                adds=effect.adds if effect else 0,
                total=effect.total if effect else 0,
                warnings=tuple(warn.warnings(op.name, found.changes, effect, found.look)),
                calls=calls(op.spec, found.changes),
                fits=fits(self.fb.usage, found.account),
                made=now,
                expires=now + LIFE,
                fingerprint=digest(state),
                arguments=json.loads(canonical(arguments)),
                state=json.loads(canonical(state)),
                files=_digests(op, arguments),
                nonce=secrets.token_hex(8),
                full=full,
                private=bool(PRIVATE & arguments.keys()),
            )
        )
        self.store.put(plan)
        return plan

    def _valid(self, plan_id: str) -> Plan:
        try:
            plan = self.store.get(plan_id)
        except Altered:
            raise PlanRefused("altered", plan_id) from None
        if self.store.claimed(plan_id):
            raise PlanRefused("applied", plan_id)
        if plan is None:
            raise PlanRefused("unknown", plan_id)
        if not genuine(plan) or plan.op not in self._ops():
            raise PlanRefused("altered", plan_id)
        if self.fb.now() >= plan.expires:
            raise PlanRefused("expired", plan_id, op=plan.op)
        return plan

    def _fresh(self, plan: Plan, found: Review, arguments: Mapping[str, Any], op: Op) -> None:
        """Refuse a plan whose ground has moved, and say what has."""
        state = json.loads(canonical(found.look.state()))
        moved = text.moved(plan.state, state, plan.currency)
        files = _digests(op, arguments)
        moved += [f"the file {name} has changed" for name in files if plan.files.get(name) != files[name]]
        effect = found.effect
        if not moved and (canonical(_told(found)) != canonical(_told(plan)) or (effect and effect.adds > plan.adds)):
            moved = ["what it would do is not the same any more"]
        if moved or digest(state) != plan.fingerprint:
            raise PlanRefused("stale", plan.id, op=plan.op, changed=moved)

    def _carry(self, op: Op, arguments: Mapping[str, Any], found: Review, plan: Plan | None, by: str) -> Done:
        """Send a write and tell of it, however it ends."""
        plan_id = plan.id if plan else None
        entry: dict[str, Any] = {"at": self.fb.now(), "by": by, "op": op.name, "account": found.account}
        entry |= {"arguments": arguments, "changes": found.changes, "plan_id": plan_id, "who": self._who()}
        try:
            with collect_trace_ids() as traces:
                self._remember(found)
                value = op.run(self.fb, arguments)
        except BaseException as error:
            self._tell(Written(**entry, error=error, traces=tuple(traces)))
            if plan is not None and isinstance(error, FacebookAdsError) and not isinstance(error, LaunchStopped):
                error.add_note(f"Plan {plan.id} is used up: call {op.name} again for a new one.")
            raise
        audit_id, told = self._tell(Written(**entry, value=value, traces=tuple(traces)))
        learning = [] if plan else warn.warnings("", found.changes, found.effect, Look(self.fb))
        return Done(op, value, plan, (*learning, *told), found.changes, audit_id)

    def _remember(self, found: Review) -> None:
        for change in found.changes if self.policy.max_increase_percent is not None else ():
            for name, value in changed(change).items():
                before = int(change.before.get(name) or 0) if name in BUDGETS else 0
                if name in BUDGETS and change.id and before and int(value or 0) > before:
                    self.store.raised(Raise(change.id, name, before, self.fb.now()))

    def _tell(self, entry: Written) -> tuple[str | None, list[str]]:
        """Tell of a write; return what it is known by in the audit, and what to warn of."""
        if self.on_write is None:
            return None, []
        try:
            told = self.on_write(entry)
        except Exception as error:  # noqa: BLE001 - the write stands: its result must not be lost with its record
            return None, [f"this write could not be recorded: {type(error).__name__}"]
        return (told if isinstance(told, str) else None), []


def _told(found: Review | Plan) -> list[Any]:
    return [[each.node, each.id, each.name, dict(each.before), dict(each.after)] for each in found.changes]


def _only_pauses(arguments: Mapping[str, Any]) -> bool:
    rest = {
        name: value for name, value in arguments.items() if not name.endswith(("_id", "_ids")) and name != "verify_ids"
    }
    return rest == {"status": "PAUSED"}


def _digests(op: Op, arguments: Mapping[str, Any]) -> dict[str, str]:
    """Return the digest of each file among the arguments, as it is now."""
    found: dict[str, str] = {}
    for name, kind in op.schema["properties"].items():
        path = Path(str(arguments.get(name)))
        is_path = any(each.get("format") == "path" for each in (kind, *kind.get("anyOf", ())))
        if is_path and name in arguments and path.is_file():
            found[name] = _of_file(path)
    return found


def _of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
