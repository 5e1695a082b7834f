"""Where tokens are kept: in memory, in an encrypted file, or wherever the host keeps its users' things."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from admonster_fb._secret import Secret
from admonster_fb.auth.encrypted_file import WAIT, Vault, busy
from admonster_fb.auth.token import Token

Kept = Token | Mapping[str, Any] | str | None
"""What a host's `load` may return: a token, what `Token.to_dict` wrote, or the bare access token."""


class TokenStore(Protocol):
    """Keeps one token for each key: a user of the host's, or an account. Safe to share between threads."""

    def load(self, key: str) -> Token | None:
        """Return a token, if there is one."""

    def save(self, key: str, token: Token) -> None:
        """Keep a token in the place of an older one."""

    def delete(self, key: str) -> None:
        """Forget a token; none is no error."""

    def keys(self) -> list[str]:
        """Return whose tokens are kept."""

    def locked(self, key: str, timeout: float = WAIT) -> AbstractContextManager[None]:
        """Hold a key for a change by one alone; raise `Busy` after `timeout` seconds. `load` and `save` work within."""


class Locks:
    """A lock for each key, within this process."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    @contextmanager
    def locked(self, key: str, timeout: float = WAIT) -> Iterator[None]:
        """Hold a key; raise `Busy` after `timeout` seconds."""
        lock = self._locks[key]
        if not lock.acquire(timeout=timeout):
            raise busy("this token")
        try:
            yield
        finally:
            lock.release()


class MemoryStore(Locks):
    """Keeps tokens as long as the process lives.

    >>> store = MemoryStore()
    >>> store.save("ann", Token(Secret("EAAB"), user_id="7"))
    >>> store.load("ann").user_id, store.keys()
    ('7', ['ann'])
    """

    def __init__(self) -> None:
        super().__init__()
        self._tokens: dict[str, Token] = {}

    def load(self, key: str) -> Token | None:
        """Return a token, if there is one."""
        return self._tokens.get(key)

    def save(self, key: str, token: Token) -> None:
        """Keep a token."""
        self._tokens[key] = token

    def delete(self, key: str) -> None:
        """Forget a token."""
        self._tokens.pop(key, None)

    def keys(self) -> list[str]:
        """Return whose tokens are kept."""
        return sorted(self._tokens)


class FileStore:
    """Keeps tokens in an encrypted file that only this user can read, shared between processes.

    `key` is a Fernet key, else FACEBOOK_TOKEN_KEY or one made in the system's keyring. A file that was cut or changed
    is an error, and stays as it is. Needs the extra `auth`.

    >>> FileStore("tokens.bin", key).keys()  # doctest: +SKIP
    ['ann']
    """

    def __init__(self, path: str | Path, key: str | None = None) -> None:
        self._vault = Vault(path, key)

    def __repr__(self) -> str:
        return f"FileStore({str(self._vault.path)!r})"

    def load(self, key: str) -> Token | None:
        """Return a token, if there is one."""
        told = self._vault.read().get(key)
        return None if told is None else Token.from_dict(told)

    def save(self, key: str, token: Token) -> None:
        """Keep a token."""
        with self._vault.changing() as kept:
            kept[key] = token.to_dict()

    def delete(self, key: str) -> None:
        """Forget a token."""
        with self._vault.changing() as kept:
            kept.pop(key, None)

    def keys(self) -> list[str]:
        """Return whose tokens are kept."""
        return sorted(self._vault.read())

    def check(self) -> None:
        """Raise now what `save` would raise: before a user is sent to sign in."""
        self._vault.check()

    def locked(self, key: str, timeout: float = WAIT) -> AbstractContextManager[None]:
        """Hold a key between processes and threads."""
        return self._vault.locked(f"token {key}", timeout)


class CallableStore(Locks):
    """Keeps tokens by functions of the host's, which has a place for its users' secrets already.

    `load(key)` returns a token as `save` got it, a bare access token, or None; `save(key, told)` gets a dict as JSON
    takes it, or None to forget it unless there is `delete`. `locked(key, timeout)` is a lock between the host's
    processes; by default only this one's threads wait for each other.

    >>> kept = {}
    >>> store = CallableStore(kept.get, kept.__setitem__)
    >>> store.save("ann", Token(Secret("EAAB")))
    >>> kept["ann"]["access_token"], store.load("ann").kind
    ('EAAB', 'USER')
    """

    def __init__(
        self,
        load: Callable[[str], Kept],
        save: Callable[[str, dict[str, Any] | None], object],
        *,
        delete: Callable[[str], object] | None = None,
        keys: Callable[[], Iterable[str]] | None = None,
        locked: Callable[[str, float], AbstractContextManager[Any]] | None = None,
    ) -> None:
        super().__init__()
        self._load, self._save, self._delete, self._keys, self._locked = load, save, delete, keys, locked

    def load(self, key: str) -> Token | None:
        """Return a token, if there is one."""
        kept = self._load(key)
        if isinstance(kept, Token):
            return kept
        if not kept:
            return None
        return Token(Secret(kept)) if isinstance(kept, str) else Token.from_dict(kept)

    def save(self, key: str, token: Token) -> None:
        """Hand a token to the host."""
        self._save(key, token.to_dict())

    def delete(self, key: str) -> None:
        """Have the host forget a token."""
        if self._delete is not None:
            self._delete(key)
        else:
            self._save(key, None)

    def keys(self) -> list[str]:
        """Return whose tokens are kept, as far as the host tells."""
        return sorted(self._keys()) if self._keys is not None else []

    @contextmanager
    def locked(self, key: str, timeout: float = WAIT) -> Iterator[None]:
        """Hold a key by the host's lock, and by this process's own."""
        with super().locked(key, timeout):
            if self._locked is None:
                yield
                return
            with self._locked(key, timeout):
                yield
