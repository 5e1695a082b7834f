"""Logins that have begun and not ended. Each `state` works once, for ten minutes, for the user who began."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from typing_extensions import override

from admonster_fb.auth.stores import EncryptedFile

LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class PendingLogin:
    """A login that has begun: its user, its redirect URI, when it expires, and its PKCE verifier if any."""

    bound_to: str
    redirect_uri: str
    expires_at: datetime
    verifier: str = field(default="", repr=False)


class StateStore(Protocol):
    """A store of pending logins by their state. Several processes need one that they share."""

    def put(self, state: str, pending: PendingLogin, now: datetime) -> None:
        """Store a login, and delete those that have expired."""

    def take(self, state: str) -> PendingLogin | None:
        """Return a login and delete it, in one step: a state works once."""


class _States(StateStore):
    """Keeps pending logins as rows of JSON. `_changing` yields the rows, which one thread or process has at a time."""

    _changing: Callable[[], AbstractContextManager[dict[str, Any]]]

    @override
    def put(self, state: str, pending: PendingLogin, now: datetime) -> None:
        with self._changing() as logins:
            for digest in [digest for digest, row in logins.items() if _read_login(row).expires_at <= now]:
                del logins[digest]
            logins[_digest(state)] = {**asdict(pending), "expires_at": pending.expires_at.isoformat()}

    @override
    def take(self, state: str) -> PendingLogin | None:
        with self._changing() as logins:
            row = logins.pop(_digest(state), None)
        return None if row is None else _read_login(row)


class MemoryStates(_States):
    """A store of pending logins in this process."""

    def __init__(self) -> None:
        self._logins: dict[str, Any] = {}
        self._lock = threading.Lock()

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        with self._lock:
            yield self._logins


class FileStates(_States):
    """A store of pending logins in an encrypted file, shared between processes. It outlives a restart.

    `key` as for `FileStore`. Needs the extra `auth`.
    """

    def __init__(self, path: str | Path, key: str | None = None) -> None:
        self._file = EncryptedFile(path, key)
        self._changing = self._file.changing

    def __repr__(self) -> str:
        return f"FileStates({str(self._file.path)!r})"


def _digest(state: str) -> str:
    """Return the key of a state in the store: nobody who reads the store can finish a login with it."""
    return hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()


def _read_login(row: dict[str, Any]) -> PendingLogin:
    expires_at = datetime.fromisoformat(row["expires_at"])
    return PendingLogin(row["bound_to"], row["redirect_uri"], expires_at, row.get("verifier", ""))
