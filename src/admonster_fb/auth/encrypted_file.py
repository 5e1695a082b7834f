"""One encrypted file: read by those who have its key, written whole, changed by one process at a time."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from admonster_fb._optional import optional
from admonster_fb.errors import FacebookAdsError

ENV = "FACEBOOK_TOKEN_KEY"
SERVICE, ENTRY = "admonster_fb", "token key"
WAIT = 60.0
"""Seconds to wait for another process, unless told otherwise."""
_NEW_KEY = "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"


class Busy(FacebookAdsError):  # noqa: N818 - a state to wait out
    """Report that another process or thread holds a lock for longer than one may wait."""


def busy(what: str) -> Busy:
    """Return the error for a lock that is held by another."""
    return Busy(f"{what} is locked by another process", advice="Try again in a minute.", retryable=True)


class Vault:
    """An encrypted JSON object in a file. The key comes from `key`, FACEBOOK_TOKEN_KEY, or the system's keyring.

    Several keys with commas between: the first encrypts, all decrypt.
    """

    def __init__(self, path: str | Path, key: str | None = None) -> None:
        self.path = Path(path).expanduser().resolve()
        self.__given = key

    def __repr__(self) -> str:
        return f"Vault({str(self.path)!r})"

    def __reduce__(self) -> Any:
        raise TypeError("a vault knows its key and is not pickled")

    def read(self) -> dict[str, Any]:
        """Return what the file holds; nothing if there is none. One that cannot be read is an error and stays."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise _unusable(self.path, error) from None
        told = _opened(self._cipher(), content)
        if told is None:
            advice = f"Nothing was changed. Restore the file or its key ({ENV}), or move it away and log in again."
            message = f"the token store {self.path} cannot be read: cut, changed, or written with another key"
            raise FacebookAdsError(message, advice=advice, who="user")
        return told

    def check(self) -> None:
        """Raise now what a change would raise: no key, a file that cannot be read, no folder to write in."""
        with self.locked(""):
            self.read()
            self._cipher()

    @contextmanager
    def changing(self, timeout: float = WAIT) -> Iterator[dict[str, Any]]:
        """Yield what the file holds, and write it anew, if it was changed, when the block ends well."""
        with self.locked("", timeout):
            told = self.read()
            before = json.dumps(told)
            yield told
            if json.dumps(told) != before:
                self._write(self._cipher().encrypt(json.dumps(told).encode()))

    @contextmanager
    def locked(self, name: str, timeout: float = WAIT) -> Iterator[None]:
        """Hold a lock between processes and threads; raise `Busy` after `timeout` seconds."""
        filelock = optional("filelock", "auth")
        part = f".{hashlib.sha256(name.encode()).hexdigest()[:16]}" if name else ""
        self._make_folder()
        lock = filelock.FileLock(f"{self.path}{part}.lock", timeout=timeout, mode=0o600)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise busy(f"the token store {self.path}") from None
        except OSError as error:
            raise _unusable(self.path, error) from None
        try:
            yield
        finally:
            lock.release()

    def _make_folder(self) -> None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _unusable(self.path, error) from None

    def _write(self, content: bytes) -> None:
        """Put a new file in the place of the old one, which stays whole until then."""
        draft = self.path.with_name(f".{self.path.name}.new")  # its writer holds the lock; one that was killed left it
        try:
            draft.unlink(missing_ok=True)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
            _sync(self.path.parent)
        except OSError as error:
            raise _unusable(self.path, error) from None
        finally:
            draft.unlink(missing_ok=True)

    def _cipher(self) -> Any:
        fernet = optional("cryptography.fernet", "auth")
        keys = self.__given or os.environ.get(ENV) or self._ring()
        try:
            return fernet.MultiFernet([fernet.Fernet(key.strip()) for key in keys.split(",") if key.strip()])
        except ValueError:
            pass
        raise FacebookAdsError(f"{ENV} is no key", advice=f"Make one: {_NEW_KEY}", who="admin")

    def _ring(self) -> str:
        """Return the key that the system's keyring holds, and make it with the first file."""
        ring = optional("keyring", "auth")
        with _explained(ring):
            key: str | None = ring.get_password(SERVICE, ENTRY)
            if key is None and not self.path.exists():
                key = optional("cryptography.fernet", "auth").Fernet.generate_key().decode()
                ring.set_password(SERVICE, ENTRY, key)
        if key is None:
            raise FacebookAdsError(
                f"there is a token store {self.path} but no key to it", advice=f"Set {ENV} to its key.", who="user"
            )
        return key


@contextmanager
def _explained(ring: Any) -> Iterator[None]:
    """Say what to do where a machine has no keyring."""
    try:
        yield
        return
    except ring.errors.KeyringError:
        pass
    raise FacebookAdsError("this machine has no keyring", advice=f"Set {ENV}. Make a key: {_NEW_KEY}", who="admin")


def _opened(cipher: Any, content: bytes) -> dict[str, Any] | None:
    invalid = optional("cryptography.fernet", "auth").InvalidToken
    with suppress(invalid, ValueError, TypeError):
        told = json.loads(cipher.decrypt(content))
        return told if isinstance(told, dict) else None
    return None


def _unusable(path: Path, error: OSError) -> FacebookAdsError:
    advice = "Choose another path, or put its permissions right."
    return FacebookAdsError(f"the token store {path} cannot be used: {error.strerror}", advice=advice, who="admin")


def _sync(folder: Path) -> None:
    """Have the new name written to disk; not every system lets a folder be opened."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
