"""Where plans are stored until they are applied: in memory, or in a folder where they survive a restart."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary

from admonster_fb import storage
from admonster_fb.bot.plans.plan import PREFIX, Plan, content, from_json
from admonster_fb.paths import state_folder

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

RETENTION = timedelta(days=1)
"""How long an expired plan stays, and how long the raise of a budget is remembered."""


BY_CHAT = "added by chat"
"""The field of a `BudgetRaise` of an account whose `before` is what a yes in a chat has added to a day."""


class PlanTampered(Exception):  # noqa: N818 - names what was found
    """The file of a plan is not as it was written."""


@dataclass(frozen=True, slots=True)
class BudgetRaise:
    """A budget that was raised."""

    id: str
    """The campaign or ad set."""
    field: str
    before: int
    """The budget before, in minor units."""
    at: datetime


class PlanStore(Protocol):
    """A store of plans. Safe to share between threads; a folder also between processes."""

    survives: bool
    """Whether plans survive the end of this process."""

    def put(self, plan: Plan) -> None:
        """Store a plan."""

    def get(self, plan_id: str) -> Plan | None:
        """Return a plan. Raises `PlanTampered` if it was modified."""

    def mark_applied(self, plan_id: str) -> bool:
        """Mark a plan as applied. Returns true for the first caller only."""

    def is_applied(self, plan_id: str) -> bool:
        """Return whether a plan was marked as applied."""

    def delete(self, plan_id: str) -> bool:
        """Delete a plan and return whether it existed."""

    def all(self) -> list[Plan]:
        """Return the plans that are not applied, the oldest first."""

    def add_raise(self, budget_raise: BudgetRaise) -> None:
        """Remember that a budget was raised."""

    def raises(self, since: datetime) -> list[BudgetRaise]:
        """Return the raises after a time, the oldest first."""

    def lock(self) -> AbstractContextManager[None]:
        """Return a context in which no other write that can spend is assessed or sent."""


class RaisesFile:
    """The raises of all processes that share a file, and the lock under which they write.

    >>> RaisesFile(Path("raises.jsonl"), Path("writes")).since(datetime.min)
    []
    """

    def __init__(self, path: Path, lock: Path) -> None:
        self.path, self._lock = path, lock

    def add(self, budget_raise: BudgetRaise) -> None:
        """Add a line to the file."""
        with storage.JsonLines(self.path) as file:
            file.append([budget_raise.id, budget_raise.field, budget_raise.before, budget_raise.at.isoformat()])

    def since(self, since: datetime) -> list[BudgetRaise]:
        """Read the raises after a time. Damaged lines are ignored."""
        found: list[BudgetRaise] = []
        with storage.readable(self.path):
            rows = storage.JsonLines.read(self.path)
        for row in rows:
            with suppress(ValueError, TypeError):
                node_id, field, before, at = row
                found.append(BudgetRaise(str(node_id), str(field), int(before), datetime.fromisoformat(at)))
        return [budget_raise for budget_raise in found if budget_raise.at > since]

    def lock(self) -> AbstractContextManager[None]:
        """Let one process at a time assess and send."""
        return storage.lock(self._lock)


class MemoryPlans:
    """Plans of one process, lost when it ends. With `log`, raises are stored next to that file, for all processes.

    With `lock`, a file, only one process at a time assesses and sends.

    >>> MemoryPlans().get("plan_0") is None
    True
    """

    survives = False

    def __init__(self, log: Path | None = None, *, lock: Path | None = None) -> None:
        self._lock_file = lock
        self._file = RaisesFile(log.with_suffix(".raises.jsonl"), log.with_suffix(".writes")) if log else None
        self._data_lock = threading.Lock()
        self._write_lock = threading.RLock()
        self._plans: dict[str, Plan] = {}
        self._applied: set[str] = set()
        self._raises: list[BudgetRaise] = []

    def put(self, plan: Plan) -> None:
        """Store a plan and delete those that expired a day ago."""
        with self._data_lock:
            self._plans = {key: old for key, old in self._plans.items() if old.expires > plan.made - RETENTION}
            self._plans[plan.id] = plan

    def get(self, plan_id: str) -> Plan | None:
        """Return a plan."""
        return self._plans.get(plan_id)

    def mark_applied(self, plan_id: str) -> bool:
        """Mark a plan as applied."""
        with self._data_lock:
            first = plan_id not in self._applied
            self._applied.add(plan_id)
            return first

    def is_applied(self, plan_id: str) -> bool:
        """Return whether a plan was marked as applied."""
        return plan_id in self._applied

    def delete(self, plan_id: str) -> bool:
        """Delete a plan."""
        with self._data_lock:
            return self._plans.pop(plan_id, None) is not None

    def all(self) -> list[Plan]:
        """Return the plans that are not applied."""
        return [plan for plan in [*self._plans.values()] if plan.id not in self._applied]

    def add_raise(self, budget_raise: BudgetRaise) -> None:
        """Remember that a budget was raised."""
        if self._file is not None:
            self._file.add(budget_raise)
        with self._data_lock:
            recent = [old for old in self._raises if old.at > budget_raise.at - RETENTION]
            self._raises = [*recent, budget_raise]

    def raises(self, since: datetime) -> list[BudgetRaise]:
        """Return the raises after a time."""
        if self._file is not None:
            return self._file.since(since)
        return [budget_raise for budget_raise in self._raises if budget_raise.at > since]

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Let one thread at a time assess and send."""
        shared = storage.lock(self._lock_file) if self._lock_file else nullcontext()
        with self._write_lock, self._file.lock() if self._file else shared:
            yield


class FolderPlans:
    """Plans as files that only their owner can read. Plans with customer data are kept in memory.

    >>> plans = FolderPlans(Path("plans"))
    >>> plans.mark_applied("plan_0"), plans.mark_applied("plan_0")
    (True, False)
    """

    survives = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._memory = MemoryPlans()
        self._shared = RaisesFile(folder / "raises.jsonl", folder / "writes")
        with suppress(OSError):  # the first plan says so: without plans a bot can still pause
            self._make_folder()

    def put(self, plan: Plan) -> None:
        """Write a plan's file and delete those that expired a day ago."""
        if plan.private:
            self._memory.put(plan)
            return
        with storage.writing(self.folder):
            self._make_folder()
        self._delete_old_files(plan.made)
        with storage.atomic_write(self._file(plan.id), alone=False) as file:
            file.write(json.dumps(content(plan)).encode())

    def get(self, plan_id: str) -> Plan | None:
        """Read a plan's file."""
        if (plan := self._memory.get(plan_id)) is not None:
            return plan
        if not _is_id(plan_id):
            return None
        try:
            with storage.readable(self._file(plan_id)):
                return from_json(plan_id, json.loads(self._file(plan_id).read_text("utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise PlanTampered(plan_id) from error

    def mark_applied(self, plan_id: str) -> bool:
        """Mark a plan as applied, by a file that can be created only once."""
        try:
            with storage.JsonLines(self._file(plan_id, ".applied"), new=True) as mark:
                mark.append(None)
        except FileExistsError:
            return False
        return True

    def is_applied(self, plan_id: str) -> bool:
        """Return whether a plan was marked as applied."""
        return _is_id(plan_id) and self._file(plan_id, ".applied").exists()

    def delete(self, plan_id: str) -> bool:
        """Delete a plan's file."""
        if not _is_id(plan_id):
            return False
        try:
            self._file(plan_id).unlink()
        except FileNotFoundError:
            return self._memory.delete(plan_id)
        return True

    def all(self) -> list[Plan]:
        """Return the plans that can be read and are not applied."""
        plans = self._memory.all()
        for path in self.folder.glob(f"{PREFIX}*.json"):
            with suppress(PlanTampered):
                plan = self.get(path.stem)
                plans += [plan] if plan is not None else []
        return sorted((plan for plan in plans if not self.is_applied(plan.id)), key=lambda plan: plan.made)

    def add_raise(self, budget_raise: BudgetRaise) -> None:
        """Add a line to the file of raises."""
        self._shared.add(budget_raise)

    def raises(self, since: datetime) -> list[BudgetRaise]:
        """Read the file of raises."""
        return self._shared.since(since)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Let one thread of one process at a time assess and send."""
        with self._memory.lock(), self._shared.lock():
            yield

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except FileExistsError as error:  # a file is in its place
            raise storage.NotWritten(self.folder, error) from None

    def _file(self, plan_id: str, ending: str = ".json") -> Path:
        return self.folder / f"{plan_id}{ending}"

    def _delete_old_files(self, now: datetime) -> None:
        """Delete files of plans that expired long ago. File times are the machine's, not the connection's clock."""
        for path in self.folder.glob(f"{PREFIX}*"):
            with suppress(OSError):
                if datetime.fromtimestamp(path.stat().st_mtime, now.tzinfo) < datetime.now(now.tzinfo) - RETENTION * 2:
                    path.unlink()


_Stores = dict[str, MemoryPlans]
_BY_ENDPOINT: dict[str, _Stores] = {}
_BY_ADAPTER: WeakKeyDictionary[Any, _Stores] = WeakKeyDictionary()
_STORES_LOCK = threading.Lock()


def process_store(fb: FacebookAds, account: str) -> MemoryPlans:
    """Return what all tools of this process share for one ad account: its raises and its lock, never its plans.

    The processes of this system's user share them too, by files in the state folder; of a sandbox's server, which
    begins anew, only the lock. Each sandbox in this process has its own.

    >>> process_store(fb, "act_1") is process_store(fb, "act_1"), process_store(fb, "act_1").all()
    (True, [])
    """
    connection = fb.api.connection
    adapter = connection.settings.adapter
    with _STORES_LOCK:
        if adapter is None:
            stores = _BY_ENDPOINT.setdefault(connection.GRAPH, {})
        else:
            stores = _BY_ADAPTER.setdefault(getattr(adapter, "sandbox", adapter), {})
        if account not in stores:
            name = f"{connection.GRAPH} {account}"
            stores[account] = MemoryPlans() if adapter is not None else _of_all_processes(fb, name)
        return stores[account]


def _of_all_processes(fb: FacebookAds, name: str) -> MemoryPlans:
    folder = state_folder("budgets")
    if folder is None:
        return MemoryPlans()
    path = folder / hashlib.sha256(name.encode()).hexdigest()[:20]
    return MemoryPlans(lock=path) if fb.is_sandbox else MemoryPlans(path)


def _is_id(plan_id: str) -> bool:
    """Return whether a text can be the ID of a plan; nothing else becomes part of a path."""
    return plan_id.startswith(PREFIX) and plan_id.isascii() and plan_id.removeprefix(PREFIX).isalnum()
