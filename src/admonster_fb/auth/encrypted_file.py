"""An encrypted JSON file: only the holder of the key can read it, and one process at a time changes it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from admonster_fb import storage
from admonster_fb._optional import optional
from admonster_fb.errors import FacebookAdsError

ENV = "FACEBOOK_TOKEN_KEY"
SERVICE, ENTRY = "admonster_fb", "token key"
WAIT = 60.0  # default number of seconds to wait for a lock
_NEW_KEY = "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"


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
        with _keyring_errors(keyring):
            key: str | None = keyring.get_password(SERVICE, ENTRY)
            if key is None and not self.path.exists():
                key = optional("cryptography.fernet", "auth").Fernet.generate_key().decode()
                keyring.set_password(SERVICE, ENTRY, key)
        if key is None:
            message = f"there is a token store {self.path} but no key to it"
            raise FacebookAdsError(message, advice=f"Set {ENV} to its key.", who="user")
        return key

    def _unusable(self, error: OSError) -> FacebookAdsError:
        advice = "Choose another path, or correct its permissions."
        message = f"the token store {self.path} cannot be used: {error.strerror}"
        return FacebookAdsError(message, advice=advice, who="admin")


@contextmanager
def _keyring_errors(keyring: Any) -> Iterator[None]:
    """Replace an error of the keyring by one that says what to do."""
    try:
        yield
        return
    except keyring.errors.KeyringError:
        pass
    raise FacebookAdsError("this machine has no keyring", advice=f"Set {ENV}. Make a key: {_NEW_KEY}", who="admin")
