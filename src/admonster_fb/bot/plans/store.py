"""Where plans wait to be applied: in memory, or in a folder where they survive a restart."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from admonster_fb.bot.plans.plan import Plan
from admonster_fb.bot.plans.plan_json import PREFIX, content, read

KEEP = timedelta(days=1)
"""How long a plan's file stays once it has expired, and how long a raise of a budget is remembered."""


class Altered(Exception):  # noqa: N818 - says what was found
    """A plan's file is not as it was written."""


@dataclass(frozen=True, slots=True)
class Raise:
    """A budget that was raised: of which object, which field, from what, and when."""

    id: str
    field: str
    before: int
    at: datetime


class PlanStore(Protocol):
    """What keeps plans. Safe to use from many threads; a folder from many processes too."""

    survives: bool
    """Whether plans outlast this process."""

    def put(self, plan: Plan) -> None:
        """Keep a plan."""

    def get(self, plan_id: str) -> Plan | None:
        """Return a plan; raises `Altered` if it was changed."""

    def claim(self, plan_id: str) -> bool:
        """Take a plan to be applied: true for one caller only, ever."""

    def claimed(self, plan_id: str) -> bool:
        """Tell whether a plan was taken."""

    def drop(self, plan_id: str) -> bool:
        """Forget a plan; tell whether there was one."""

    def all(self) -> list[Plan]:
        """Return every plan that was not taken, the oldest first."""

    def raised(self, each: Raise) -> None:
        """Remember that a budget was raised."""

    def raises(self, since: datetime) -> list[Raise]:
        """Return the raises since then, the oldest first."""

    def turn(self) -> object:
        """Return a context in which no other write that may spend is judged or made."""


class MemoryPlans:
    """Plans of one process: they end with it.

    >>> MemoryPlans().get("plan_0") is None
    True
    """

    survives = False

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turn = threading.RLock()
        self._plans: dict[str, Plan] = {}
        self._claimed: set[str] = set()
        self._raises: list[Raise] = []

    def put(self, plan: Plan) -> None:
        """Keep a plan, and forget those that expired a day ago."""
        with self._lock:
            self._plans = {key: each for key, each in self._plans.items() if each.expires > plan.made - KEEP}
            self._plans[plan.id] = plan

    def get(self, plan_id: str) -> Plan | None:
        """Return a plan."""
        return self._plans.get(plan_id)

    def claim(self, plan_id: str) -> bool:
        """Take a plan to be applied."""
        with self._lock:
            first = plan_id not in self._claimed
            self._claimed.add(plan_id)
            return first

    def claimed(self, plan_id: str) -> bool:
        """Tell whether a plan was taken."""
        return plan_id in self._claimed

    def drop(self, plan_id: str) -> bool:
        """Forget a plan."""
        with self._lock:
            return self._plans.pop(plan_id, None) is not None

    def all(self) -> list[Plan]:
        """Return every plan that was not taken."""
        return [plan for plan in [*self._plans.values()] if plan.id not in self._claimed]

    def raised(self, each: Raise) -> None:
        """Remember that a budget was raised."""
        with self._lock:
            self._raises = [*(old for old in self._raises if old.at > each.at - KEEP), each]

    def raises(self, since: datetime) -> list[Raise]:
        """Return the raises since then."""
        return [each for each in self._raises if each.at > since]

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Let one thread at a time judge and write."""
        with self._turn:
            yield


class FolderPlans:
    """Plans as files that only their owner can read, one each; those that hold customer data stay in memory.

    >>> plans = FolderPlans(Path("plans"))
    >>> plans.claim("plan_0"), plans.claim("plan_0")
    (True, False)
    """

    survives = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._memory = MemoryPlans()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, plan: Plan) -> None:
        """Write a plan's file at once and whole; remove those that expired a day ago."""
        if plan.private:
            self._memory.put(plan)
            return
        self._tidy(plan.made)
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=".new")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content(plan), file, ensure_ascii=True)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(self._file(plan.id))

    def get(self, plan_id: str) -> Plan | None:
        """Read a plan's file."""
        if (kept := self._memory.get(plan_id)) is not None:
            return kept
        if not _is_id(plan_id):
            return None
        try:
            return read(plan_id, json.loads(self._file(plan_id).read_text("utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Altered(plan_id) from error

    def claim(self, plan_id: str) -> bool:
        """Take a plan: a file that can be made but once says so."""
        try:
            os.close(os.open(self._file(plan_id, ".applied"), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            return False
        return True

    def claimed(self, plan_id: str) -> bool:
        """Tell whether a plan was taken."""
        return _is_id(plan_id) and self._file(plan_id, ".applied").exists()

    def drop(self, plan_id: str) -> bool:
        """Remove a plan's file."""
        try:
            self._file(plan_id if _is_id(plan_id) else f"{PREFIX}0").unlink()
        except FileNotFoundError:
            return self._memory.drop(plan_id)
        return True

    def all(self) -> list[Plan]:
        """Return every plan that can be read and was not taken."""
        found: list[Plan] = []
        for path in self.folder.glob(f"{PREFIX}*.json"):
            with suppress(Altered):
                plan = self.get(path.stem)
                found += [plan] if plan is not None and not self.claimed(plan.id) else []
        return sorted([*found, *self._memory.all()], key=lambda plan: plan.made)

    def raised(self, each: Raise) -> None:
        """Add a line to the file of raises."""
        line = json.dumps([each.id, each.field, each.before, each.at.isoformat()]) + "\n"
        flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY
        handle = os.open(self.folder / "raises.jsonl", flags, 0o600)
        try:
            os.write(handle, line.encode())
        finally:
            os.close(handle)

    def raises(self, since: datetime) -> list[Raise]:
        """Read the file of raises; a line that was cut is passed over."""
        found: list[Raise] = []
        path = self.folder / "raises.jsonl"
        for line in path.read_text("utf-8").splitlines() if path.exists() else ():
            with suppress(ValueError, TypeError):
                node_id, field, before, at = json.loads(line)
                found.append(Raise(str(node_id), str(field), int(before), datetime.fromisoformat(at)))
        return [each for each in found if each.at > since]

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Let one thread of one process at a time judge and write, where the system can lock files."""
        with self._memory.turn(), (self.folder / "turn.lock").open("a") as file, locked(file.fileno()):
            yield

    def _file(self, plan_id: str, ending: str = ".json") -> Path:
        return self.folder / f"{plan_id}{ending}"

    def _tidy(self, now: datetime) -> None:
        """Remove files that nobody can apply any more. A file's own time is the machine's, not the connection's."""
        for path in self.folder.glob(f"{PREFIX}*"):
            with suppress(OSError):
                if datetime.fromtimestamp(path.stat().st_mtime, now.tzinfo) < datetime.now(now.tzinfo) - KEEP * 2:
                    path.unlink()


def _is_id(plan_id: str) -> bool:
    """Tell whether a text can be a plan's id: nothing else becomes part of a path."""
    return plan_id.startswith(PREFIX) and plan_id.isascii() and plan_id.removeprefix(PREFIX).isalnum()


@contextmanager
def locked(handle: int) -> Iterator[None]:
    """Hold an open file for one process, where the system can lock files.

    >>> with open("turn.lock", "a") as file, locked(file.fileno()):
    ...     pass
    """
    try:
        import fcntl
    except ModuleNotFoundError:  # Windows: one process at a time is then the host's to see to
        yield
        return
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)
