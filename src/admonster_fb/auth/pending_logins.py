"""Logins that have begun and not ended. Each `state` works once, for ten minutes, for the user who began."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from admonster_fb.auth.encrypted_file import EncryptedFile

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


class MemoryStates:
    """A store of pending logins in this process.

    >>> MemoryStates().take("unknown") is None
    True
    """

    def __init__(self) -> None:
        self._logins: dict[str, PendingLogin] = {}
        self._lock = threading.Lock()

    def put(self, state: str, pending: PendingLogin, now: datetime) -> None:
        """Store a login, and delete those that have expired.

        >>> now = datetime.now().astimezone()
        >>> MemoryStates().put("state", PendingLogin("ann", "https://bot.example/callback", now + LIFETIME), now)
        """
        with self._lock:
            self._logins = {digest: login for digest, login in self._logins.items() if login.expires_at > now}
            self._logins[_digest(state)] = pending

    def take(self, state: str) -> PendingLogin | None:
        """Return a login and delete it.

        >>> MemoryStates().take("unknown") is None
        True
        """
        with self._lock:
            return self._logins.pop(_digest(state), None)


class FileStates:
    """A store of pending logins in an encrypted file, shared between processes. It outlives a restart.

    `key` as for `FileStore`. Needs the extra `auth`.

    >>> FileStates("logins.bin").take("unknown") is None  # doctest: +SKIP
    True
    """

    def __init__(self, path: str | Path, key: str | None = None) -> None:
        self._file = EncryptedFile(path, key)

    def __repr__(self) -> str:
        return f"FileStates({str(self._file.path)!r})"

    def put(self, state: str, pending: PendingLogin, now: datetime) -> None:
        """Store a login, and delete those that have expired.

        >>> from cryptography.fernet import Fernet
        >>> now = datetime.now().astimezone()
        >>> states = FileStates("logins.bin", Fernet.generate_key().decode())
        >>> states.put("state", PendingLogin("ann", "https://bot.example/callback", now + LIFETIME), now)
        >>> states.take("state").bound_to
        'ann'
        """
        with self._file.changing() as logins:
            for digest in [digest for digest, row in logins.items() if _read_login(row).expires_at <= now]:
                del logins[digest]
            logins[_digest(state)] = {**asdict(pending), "expires_at": pending.expires_at.isoformat()}

    def take(self, state: str) -> PendingLogin | None:
        """Return a login and delete it.

        >>> from cryptography.fernet import Fernet
        >>> FileStates("other.bin", Fernet.generate_key().decode()).take("unknown") is None
        True
        """
        with self._file.changing() as logins:
            row = logins.pop(_digest(state), None)
        return None if row is None else _read_login(row)


def _digest(state: str) -> str:
    """Return the key of a state in the store: nobody who reads the store can finish a login with it."""
    return hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()


def _read_login(row: dict[str, Any]) -> PendingLogin:
    expires_at = datetime.fromisoformat(row["expires_at"])
    return PendingLogin(row["bound_to"], row["redirect_uri"], expires_at, row.get("verifier", ""))
