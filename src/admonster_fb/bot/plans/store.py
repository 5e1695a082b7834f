"""Where plans are stored until they are applied: in memory, or in a folder where they survive a restart."""

from __future__ import annotations

import functools
import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from admonster_fb import storage
from admonster_fb.bot.plans.plan import PREFIX, Plan, content, from_json
from admonster_fb.client import FacebookAds
from admonster_fb.paths import state_folder

RETENTION = timedelta(days=1)
"""How long an expired plan stays, and how long the raise of a budget is remembered: several within it count as one."""
BY_CHAT = "added by chat"
"""The field of a `BudgetRaise` of an account whose `before` is what a yes in a chat has added to a day."""
_BY_ENDPOINT: dict[str, dict[str, MemoryPlans]] = {}
_BY_ADAPTER: WeakKeyDictionary[Any, dict[str, MemoryPlans]] = WeakKeyDictionary()
_STORES_LOCK = threading.Lock()


class PlanTampered(Exception):  # noqa: N818 - names what was found
    """The file of a plan is not as it was written."""


@dataclass(frozen=True, slots=True)
class BudgetRaise:
    """A budget that was raised."""

    id: str  # the campaign or ad set
    field: str
    before: int  # the budget before, in minor units
    at: datetime


class MemoryPlans:
    """Plans of one process, lost when it ends. Safe to share between threads.

    With `log`, raises are stored next to that file, for all processes. With `lock`, a file, only one process at a time
    assesses and sends.
    """

    survives = False
    """Whether plans survive the end of this process."""

    def __init__(self, log: Path | None = None, *, lock: Path | None = None) -> None:
        self._raises_file = log.with_suffix(".raises.jsonl") if log else None
        self._lock_file = log.with_suffix(".writes") if log else lock
        self._data_lock = threading.Lock()
        self._write_lock = threading.RLock()
        self._plans: dict[str, Plan] = {}
        self._applied: set[str] = set()
        self._raises: list[BudgetRaise] = []

    def put(self, plan: Plan) -> None:
        """Store a plan, and delete those that expired a day ago."""
        with self._data_lock:
            self._plans = {key: old for key, old in self._plans.items() if old.expires > plan.made - RETENTION}
            self._plans[plan.id] = plan

    def get(self, plan_id: str) -> Plan | None:
        """Return a plan. Raises `PlanTampered` if it was modified."""
        return self._plans.get(plan_id)

    def mark_applied(self, plan_id: str) -> bool:
        """Mark a plan as applied. Returns true for the first caller only."""
        with self._data_lock:
            first = plan_id not in self._applied
            self._applied.add(plan_id)
            return first

    def is_applied(self, plan_id: str) -> bool:
        """Return whether a plan was marked as applied."""
        return plan_id in self._applied

    def delete(self, plan_id: str) -> bool:
        """Delete a plan and return whether it existed."""
        with self._data_lock:
            return self._plans.pop(plan_id, None) is not None

    def all(self) -> list[Plan]:
        """Return the plans that are not applied, the oldest first."""
        return [plan for plan in [*self._plans.values()] if plan.id not in self._applied]

    def add_raise(self, budget_raise: BudgetRaise) -> None:
        """Remember that a budget was raised."""
        if self._raises_file is not None:
            with storage.JsonLines(self._raises_file) as file:
                file.append([budget_raise.id, budget_raise.field, budget_raise.before, budget_raise.at.isoformat()])
        with self._data_lock:
            recent = [old for old in self._raises if old.at > budget_raise.at - RETENTION]
            self._raises = [*recent, budget_raise]

    def raises(self, since: datetime) -> list[BudgetRaise]:
        """Return the raises after a time, the oldest first."""
        if self._raises_file is None:
            return [each for each in self._raises if each.at > since]
        with storage.readable(self._raises_file):
            rows, found = storage.JsonLines.read(self._raises_file), []
        for row in rows:
            with suppress(ValueError, TypeError):  # a damaged line is ignored
                node_id, field, before, at = row
                found.append(BudgetRaise(str(node_id), str(field), int(before), datetime.fromisoformat(at)))
        return [each for each in found if each.at > since]

    def baseline(self, fb: FacebookAds, account: str) -> Callable[[str, str], int | None]:
        """Return a function of ID and field: the amount before it rose within a day, read at the first call."""

        @functools.cache
        def first() -> dict[tuple[str, str], int]:
            since = fb.now() - RETENTION
            raises = sorted([*self.raises(since), *process_store(fb, account).raises(since)], key=lambda each: each.at)
            return {(each.id, each.field): each.before for each in reversed(raises)}

        return lambda node_id, name: first().get((node_id, name))

    def added_by_chat(self, fb: FacebookAds, account: str) -> int:
        """Return what yeses in chats have added to a day's spend of an account within a day, in minor units."""
        since = fb.now() - RETENTION
        raises = Counter(self.raises(since)) | Counter(process_store(fb, account).raises(since))  # most are in both
        return sum(each.before for each in raises.elements() if (each.id, each.field) == (account, BY_CHAT))

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Let one thread at a time, of one process where there is a lock file, assess and send what can spend."""
        with self._write_lock, storage.lock(self._lock_file) if self._lock_file else nullcontext():
            yield


class FolderPlans(MemoryPlans):
    """Plans as files that only their owner can read. Plans with customer data are kept in memory."""

    survives = True

    def __init__(self, folder: Path) -> None:
        super().__init__(lock=folder / "writes")
        self.folder = folder
        self._raises_file = folder / "raises.jsonl"
        with suppress(OSError):  # the first plan says so: without plans a bot can still pause
            self._make_folder()

    def put(self, plan: Plan) -> None:
        """Write a plan's file, and delete those of plans that expired long ago."""
        if plan.private:
            super().put(plan)
            return
        with storage.writing(self.folder):
            self._make_folder()
        for path in self.folder.glob(f"{PREFIX}*"):
            with suppress(OSError):  # file times are the machine's, not the connection's clock
                if datetime.fromtimestamp(path.stat().st_mtime, UTC) < datetime.now(UTC) - RETENTION * 2:
                    path.unlink()
        with storage.atomic_write(self._path(plan.id), alone=False) as file:
            file.write(json.dumps(content(plan)).encode())

    def get(self, plan_id: str) -> Plan | None:
        """Read a plan's file. Raises `PlanTampered` if it was modified."""
        if (plan := super().get(plan_id)) is not None or not _is_id(plan_id):
            return plan
        try:
            with storage.readable(self._path(plan_id)):
                return from_json(plan_id, json.loads(self._path(plan_id).read_text("utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise PlanTampered(plan_id) from error

    def mark_applied(self, plan_id: str) -> bool:
        """Mark a plan as applied, by a file that can be created only once."""
        try:
            with storage.JsonLines(self._path(plan_id, ".applied"), new=True) as mark:
                mark.append(None)
        except FileExistsError:
            return False
        return True

    def is_applied(self, plan_id: str) -> bool:
        """Return whether a plan was marked as applied."""
        return _is_id(plan_id) and self._path(plan_id, ".applied").exists()

    def delete(self, plan_id: str) -> bool:
        """Delete a plan's file, and return whether it existed."""
        if not _is_id(plan_id):
            return False
        try:
            self._path(plan_id).unlink()
        except FileNotFoundError:
            return super().delete(plan_id)
        return True

    def all(self) -> list[Plan]:
        """Return the plans that can be read and are not applied, the oldest first."""
        plans = super().all()
        for path in self.folder.glob(f"{PREFIX}*.json"):
            with suppress(PlanTampered):
                plans += filter(None, [self.get(path.stem)])
        return sorted((plan for plan in plans if not self.is_applied(plan.id)), key=lambda plan: plan.made)

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except FileExistsError as error:  # a file is in its place
            raise storage.NotWritten(self.folder, error) from None

    def _path(self, plan_id: str, ending: str = ".json") -> Path:
        return self.folder / f"{plan_id}{ending}"


def process_store(fb: FacebookAds, account: str) -> MemoryPlans:
    """Return what all tools of this process share for one ad account: its raises and its lock, never its plans.

    The processes of this system's user share them too, by files in the state folder; of a sandbox's server, which
    begins anew, only the lock. Each sandbox in this process has its own.
    """
    connection = fb.api.connection
    adapter = connection.settings.adapter
    with _STORES_LOCK:
        if adapter is None:
            stores = _BY_ENDPOINT.setdefault(connection.GRAPH, {})
        else:
            stores = _BY_ADAPTER.setdefault(getattr(adapter, "sandbox", adapter), {})
        if account not in stores:
            name = hashlib.sha256(f"{connection.GRAPH} {account}".encode()).hexdigest()[:20]
            folder = state_folder("budgets") if adapter is None else None
            path = folder / name if folder else None
            stores[account] = MemoryPlans(None if fb.is_sandbox else path, lock=path)
        return stores[account]


def _is_id(plan_id: str) -> bool:
    """Return whether a text can be the ID of a plan; nothing else becomes part of a path."""
    return plan_id.startswith(PREFIX) and plan_id.isascii() and plan_id.removeprefix(PREFIX).isalnum()
