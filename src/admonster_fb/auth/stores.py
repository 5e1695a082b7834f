"""Stores of tokens: in memory, in an encrypted file, or in the host's own store of secrets."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

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


class _KeyLocks:
    """A lock for each key, within this process."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    @contextmanager
    def locked(self, key: str, timeout: float = WAIT) -> Iterator[None]:
        """Hold the lock of a key. Raises `Busy` after `timeout` seconds.

        >>> with MemoryStore().locked("ann", timeout=1.0):
        ...     pass
        """
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

    def load(self, key: str) -> Token | None:
        """Return the token of a key, `None` without one.

        >>> MemoryStore().load("ann") is None
        True
        """
        return self._tokens.get(key)

    def save(self, key: str, token: Token) -> None:
        """Store a token; it replaces an older one.

        >>> MemoryStore().save("ann", Token(Secret("EAAB")))
        """
        self._tokens[key] = token

    def delete(self, key: str) -> None:
        """Delete the token of a key. No error without one.

        >>> MemoryStore().delete("ann")
        """
        self._tokens.pop(key, None)

    def keys(self) -> list[str]:
        """Return the keys that have a token.

        >>> MemoryStore().keys()
        []
        """
        return sorted(self._tokens)


class FileStore:
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

    def load(self, key: str) -> Token | None:
        """Return the token of a key, `None` without one.

        >>> FileStore("missing.bin").load("ann") is None
        True
        """
        row = self._file.read().get(key)
        return None if row is None else Token.from_dict(row)

    def save(self, key: str, token: Token) -> None:
        """Store a token; it replaces an older one.

        >>> FileStore("tokens.bin").save("ann", Token(Secret("EAAB")))  # doctest: +SKIP
        """
        with self._file.changing() as tokens:
            tokens[key] = token.to_dict()

    def delete(self, key: str) -> None:
        """Delete the token of a key. No error without one.

        >>> FileStore("missing.bin").delete("ann")
        """
        with self._file.changing() as tokens:
            tokens.pop(key, None)

    def keys(self) -> list[str]:
        """Return the keys that have a token.

        >>> FileStore("missing.bin").keys()
        []
        """
        return sorted(self._file.read())

    def check(self) -> None:
        """Raise now what `save` would raise, before a user is sent to sign in.

        >>> FileStore("tokens.bin").check()  # doctest: +SKIP
        """
        self._file.check()

    def locked(self, key: str, timeout: float = WAIT) -> AbstractContextManager[None]:
        """Hold the lock of a key between processes and threads. Raises `Busy` after `timeout` seconds.

        >>> with FileStore("tokens.bin").locked("ann"):
        ...     pass
        """
        return self._file.locked(f"token {key}", timeout)


class CallableStore(_KeyLocks):
    """A store of tokens made of the host's own functions, for hosts that store secrets already.

    `load(key)` returns a dict as `save` received it, a bare access token, or `None`. `save(key, row)` receives a dict
    that JSON can hold, or `None` to delete the token if there is no `delete`. `locked(key, timeout)` is a lock between
    the host's processes. Default: a lock within this process.

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
        self._load, self._save, self._delete, self._keys, self._locked = load, save, delete, keys, locked

    def load(self, key: str) -> Token | None:
        """Return the token of a key, `None` without one.

        >>> CallableStore({"ann": "EAAB"}.get, print).load("ann").reveal()
        'EAAB'
        """
        stored = self._load(key)
        if isinstance(stored, Token):
            return stored
        if not stored:
            return None
        return Token(Secret(stored)) if isinstance(stored, str) else Token.from_dict(stored)

    def save(self, key: str, token: Token) -> None:
        """Pass a token to the host's `save`.

        >>> CallableStore({}.get, lambda key, row: print(key, row["kind"])).save("ann", Token(Secret("EAAB")))
        ann USER
        """
        self._save(key, token.to_dict())

    def delete(self, key: str) -> None:
        """Call the host's `delete`, or else its `save` with `None`.

        >>> CallableStore({}.get, print).delete("ann")
        ann None
        """
        if self._delete is not None:
            self._delete(key)
        else:
            self._save(key, None)

    def keys(self) -> list[str]:
        """Return the keys that the host's `keys` returns, none without that function.

        >>> CallableStore({}.get, print).keys()
        []
        """
        return sorted(self._keys()) if self._keys is not None else []

    @contextmanager
    def locked(self, key: str, timeout: float = WAIT) -> Iterator[None]:
        """Hold the host's lock of a key, and one of this process. Raises `Busy` after `timeout` seconds.

        >>> with CallableStore({}.get, print).locked("ann"):
        ...     pass
        """
        with super().locked(key, timeout):
            if self._locked is None:
                yield
                return
            with self._locked(key, timeout):
                yield
