"""Logins under way: each `state` works once, for ten minutes, for the one who began."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from admonster_fb.auth.encrypted_file import Vault

LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Begun:
    """A login under way: who began it, where it comes back to, and until when."""

    bound_to: str
    redirect_uri: str
    expires_at: datetime


class StateStore(Protocol):
    """Keeps logins under way by their state. A host with several processes needs one that they share."""

    def put(self, state: str, begun: Begun, now: datetime) -> None:
        """Keep a login, and forget those that have expired."""

    def take(self, state: str) -> Begun | None:
        """Return a login and forget it, in one step: a state works once."""


class MemoryStates:
    """Keeps logins under way as long as the process lives.

    >>> MemoryStates().take("unknown") is None
    True
    """

    def __init__(self) -> None:
        self._begun: dict[str, Begun] = {}
        self._lock = threading.Lock()

    def put(self, state: str, begun: Begun, now: datetime) -> None:
        """Keep a login."""
        with self._lock:
            self._begun = {name: other for name, other in self._begun.items() if other.expires_at > now}
            self._begun[_name(state)] = begun

    def take(self, state: str) -> Begun | None:
        """Return a login and forget it."""
        with self._lock:
            return self._begun.pop(_name(state), None)


class FileStates:
    """Keeps logins under way in an encrypted file, shared between processes and safe from a restart.

    `key` as for `FileStore`. Needs the extra `auth`.
    """

    def __init__(self, path: str | Path, key: str | None = None) -> None:
        self._vault = Vault(path, key)

    def __repr__(self) -> str:
        return f"FileStates({str(self._vault.path)!r})"

    def put(self, state: str, begun: Begun, now: datetime) -> None:
        """Keep a login."""
        with self._vault.changing() as kept:
            for name in [name for name, other in kept.items() if _read(other).expires_at <= now]:
                del kept[name]
            kept[_name(state)] = {**asdict(begun), "expires_at": begun.expires_at.isoformat()}

    def take(self, state: str) -> Begun | None:
        """Return a login and forget it."""
        with self._vault.changing() as kept:
            told = kept.pop(_name(state), None)
        return None if told is None else _read(told)


def _name(state: str) -> str:
    """Return what a state is kept under: whoever reads the store cannot finish a login with it."""
    return hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()


def _read(told: dict[str, Any]) -> Begun:
    return Begun(told["bound_to"], told["redirect_uri"], datetime.fromisoformat(told["expires_at"]))
