"""Stores of tokens: in memory, in an encrypted file, or in the host's own store of secrets."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Protocol

from typing_extensions import override

from admonster_fb.auth.encrypted_file import WAIT, EncryptedFile
from admonster_fb.auth.token import Token
from admonster_fb.redaction import Secret
from admonster_fb.storage import Busy

Stored = Token | Mapping[str, Any] | str | None
"""What a host's `load` may return: a token, a dict as `Token.to_dict` returned it, or a bare access token."""


class TokenStore(Protocol):
    """A store with one token per key. A key is a user of the host, or an account. Safe to share between threads."""

    def load(self, key: str) -> Token | None:
        """Return the token of a key, `None` without one."""

    def save(self, key: str, token: Token) -> None:
        """Store a token; it replaces an older one."""

    def delete(self, key: str) -> None:
        """Delete the token of a key. No error without one."""

    def keys(self) -> list[str]:
        """Return the keys that have a token."""

    def locked(self, key: str, timeout: float = WAIT) -> AbstractContextManager[None]:
        """Hold the lock of a key. `load` and `save` work within. Raises `Busy` after `timeout` seconds."""


class _KeyLocks(TokenStore):
    """A lock for each key, within this process."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    @override
    @contextmanager
    def locked(self, key: str, timeout: float = WAIT) -> Iterator[None]:
        lock = self._locks[key]
        if not lock.acquire(timeout=timeout):
            raise Busy("this token")
        try:
            yield
        finally:
            lock.release()


class MemoryStore(_KeyLocks):
    """A store of tokens in this process.

    >>> store = MemoryStore()
    >>> store.save("ann", Token(Secret("EAAB"), user_id="7"))
    >>> store.load("ann").user_id, store.keys()
    ('7', ['ann'])
    """

    def __init__(self) -> None:
        super().__init__()
        self._tokens: dict[str, Token] = {}

    @override
    def load(self, key: str) -> Token | None:
        return self._tokens.get(key)

    @override
    def save(self, key: str, token: Token) -> None:
        self._tokens[key] = token

    @override
    def delete(self, key: str) -> None:
        self._tokens.pop(key, None)

    @override
    def keys(self) -> list[str]:
        return sorted(self._tokens)


class FileStore(TokenStore):
    """A store of tokens in an encrypted file that only this user can read, shared between processes.

    `key` is a Fernet key. Default: `FACEBOOK_TOKEN_KEY`, or else a key that is made in the system's keyring. A file
    that was cut or changed raises an error, and stays as it is. Needs the extra `auth`.

    >>> from cryptography.fernet import Fernet
    >>> store = FileStore("tokens.bin", Fernet.generate_key().decode())
    >>> store.save("ann", Token(Secret("EAAB"), user_id="7"))
    >>> store.load("ann").user_id, store.keys()
    ('7', ['ann'])
    """

    def __init__(self, path: str | Path, key: str | None = None) -> None:
        self._file = EncryptedFile(path, key)

    def __repr__(self) -> str:
        return f"FileStore({str(self._file.path)!r})"

    @override
    def load(self, key: str) -> Token | None:
        row = self._file.read().get(key)
        return None if row is None else Token.from_dict(row)

    @override
    def save(self, key: str, token: Token) -> None:
        with self._file.changing() as tokens:
            tokens[key] = token.to_dict()

    @override
    def delete(self, key: str) -> None:
        with self._file.changing() as tokens:
            tokens.pop(key, None)

    @override
    def keys(self) -> list[str]:
        return sorted(self._file.read())

    def check(self) -> None:
        """Raise now what `save` would raise, before a user is sent to sign in."""
        self._file.check()

    @override
    def locked(self, key: str, timeout: float = WAIT) -> AbstractContextManager[None]:
        return self._file.locked(f"token {key}", timeout)


class CallableStore(_KeyLocks):
    """A store of tokens made of the host's own functions, for hosts that store secrets already.

    `load(key)` returns a dict as `save` received it, a bare access token, or `None`. `save(key, row)` receives a dict
    that JSON can hold, or `None` to delete the token if there is no `delete`. Without `keys`, `keys()` returns none.
    `locked(key, timeout)` is a lock between the host's processes. Default: a lock within this process.

    >>> rows = {}
    >>> store = CallableStore(rows.get, rows.__setitem__)
    >>> store.save("ann", Token(Secret("EAAB")))
    >>> rows["ann"]["access_token"], store.load("ann").kind
    ('EAAB', 'USER')
    """

    def __init__(
        self,
        load: Callable[[str], Stored],
        save: Callable[[str, dict[str, Any] | None], object],
        *,
        delete: Callable[[str], object] | None = None,
        keys: Callable[[], Iterable[str]] | None = None,
        locked: Callable[[str, float], AbstractContextManager[Any]] | None = None,
    ) -> None:
        super().__init__()
        self._load, self._save, self._delete, self._keys, self._locked = load, save, delete, keys or tuple, locked

    @override
    def load(self, key: str) -> Token | None:
        stored = self._load(key)
        if isinstance(stored, Token):
            return stored
        if not stored:
            return None
        return Token(Secret(stored)) if isinstance(stored, str) else Token.from_dict(stored)

    @override
    def save(self, key: str, token: Token) -> None:
        self._save(key, token.to_dict())

    @override
    def delete(self, key: str) -> None:
        if self._delete is not None:
            self._delete(key)
        else:
            self._save(key, None)

    @override
    def keys(self) -> list[str]:
        return sorted(self._keys())

    @override
    @contextmanager
    def locked(self, key: str, timeout: float = WAIT) -> Iterator[None]:
        with super().locked(key, timeout), self._locked(key, timeout) if self._locked else nullcontext():
            yield
