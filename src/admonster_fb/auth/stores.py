"""Stores of tokens: in memory, in an encrypted file, or in the host's own store of secrets. And such a file."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, Protocol

from typing_extensions import override

from admonster_fb import storage
from admonster_fb._optional import optional
from admonster_fb.auth.token import Token
from admonster_fb.errors import FacebookAdsError
from admonster_fb.redaction import Secret

ENV = "FACEBOOK_TOKEN_KEY"
SERVICE, ENTRY = "admonster_fb", "token key"
WAIT = 60.0  # default number of seconds to wait for a lock
_NEW_KEY = "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
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
            raise storage.Busy("this token")
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


class EncryptedFile:
    """A JSON object in an encrypted file.

    The key is `key`, or else `FACEBOOK_TOKEN_KEY`, or else in the system's keyring. Several keys are separated by
    commas: the first encrypts, all of them decrypt.
    """

    def __init__(self, path: str | Path, key: str | None = None) -> None:
        self.path = Path(path).expanduser().resolve()
        self.__key = key

    def __repr__(self) -> str:
        return f"EncryptedFile({str(self.path)!r})"

    def __reduce__(self) -> Any:
        raise TypeError("an encrypted file knows its key and is not pickled")

    def read(self) -> dict[str, Any]:
        """Return the content, empty if there is no file. A file that cannot be read raises an error and stays as is."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._unusable(error) from None
        cipher, data = self._cipher(), None
        with suppress(optional("cryptography.fernet", "auth").InvalidToken, ValueError, TypeError):
            data = json.loads(cipher.decrypt(content))
        if not isinstance(data, dict):
            advice = f"Nothing was changed. Restore the file or its key ({ENV}), or move it away and log in again."
            message = f"the token store {self.path} cannot be read: cut, changed, or written with another key"
            raise FacebookAdsError(message, advice=advice, who="user")
        return data

    def check(self) -> None:
        """Raise now what a change would raise: no key, a file that cannot be read, a folder that cannot be written."""
        with self.locked():
            self.read()
            self._cipher()

    @contextmanager
    def changing(self) -> Iterator[dict[str, Any]]:
        """Yield the content. If it was changed when the block ends without an error, write it."""
        with self.locked():
            data = self.read()
            before = json.dumps(data)
            yield data
            if json.dumps(data) == before:
                return
            content = self._cipher().encrypt(json.dumps(data).encode())
            try:
                with storage.atomic_write(self.path) as file:
                    file.write(content)
            except OSError as error:
                raise self._unusable(error) from None

    @contextmanager
    def locked(self, name: str = "", timeout: float = WAIT) -> Iterator[None]:
        """Hold the lock of the file, or of a name in it, between processes. Raises `Busy` after `timeout` seconds."""
        part = f".{hashlib.sha256(name.encode()).hexdigest()[:16]}" if name else ""
        lock = storage.lock(Path(f"{self.path}{part}"), timeout, name=f"the token store {self.path}")
        with ExitStack() as held:
            try:
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                held.enter_context(lock)
            except OSError as error:
                raise self._unusable(error) from None
            yield

    def _cipher(self) -> Any:
        fernet = optional("cryptography.fernet", "auth")
        keys = self.__key or os.environ.get(ENV) or self._keyring_key()
        try:
            return fernet.MultiFernet([fernet.Fernet(key.strip()) for key in keys.split(",") if key.strip()])
        except ValueError:
            pass  # not chained: the error would show the key
        raise FacebookAdsError(f"{ENV} is not a valid encryption key", advice=f"Make one: {_NEW_KEY}", who="admin")

    def _keyring_key(self) -> str:
        """Return the key in the system's keyring; create it if the file does not exist yet."""
        keyring = optional("keyring", "auth")
        key, usable = None, False
        with suppress(keyring.errors.KeyringError):
            key = keyring.get_password(SERVICE, ENTRY)
            if key is None and not self.path.exists():
                key = optional("cryptography.fernet", "auth").Fernet.generate_key().decode()
                keyring.set_password(SERVICE, ENTRY, key)
            usable = True
        if not usable:
            advice = f"Set {ENV}. Make a key: {_NEW_KEY}"
            raise FacebookAdsError("this machine has no keyring", advice=advice, who="admin")
        if key is None:
            message = f"there is a token store {self.path} but no key to it"
            raise FacebookAdsError(message, advice=f"Set {ENV} to its key.", who="user")
        return str(key)

    def _unusable(self, error: OSError) -> FacebookAdsError:
        advice = "Choose another path, or correct its permissions."
        message = f"the token store {self.path} cannot be used: {error.strerror}"
        return FacebookAdsError(message, advice=advice, who="admin")
