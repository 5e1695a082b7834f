"""Where tokens are kept: nothing is readable, nothing is lost, and nobody writes over another."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keyring
import keyring.backend
import keyring.backends.fail
import pytest
from cryptography.fernet import Fernet
from tables import table

from admonster_fb import FacebookAdsError, ParameterError
from admonster_fb.auth.stores import CallableStore, FileStore, MemoryStore, TokenStore
from admonster_fb.auth.token import Token
from admonster_fb.redaction import Secret
from admonster_fb.storage import Busy

KEY, OTHER = Fernet.generate_key().decode(), Fernet.generate_key().decode()
ANN = Token(
    Secret("sandbox-a0000000000000000001"),
    user_id="7",
    kind="SYSTEM_USER",
    app_id="1234",
    scopes=("ads_read",),
    declined=("ads_management",),
    expires_at=datetime(2027, 1, 1, 8, 30, tzinfo=UTC),
    issued_at=datetime(2026, 11, 1, tzinfo=UTC),
)
BOB = Token(Secret("sandbox-b0000000000000000002"), user_id="8")


def in_a_host(_: Path) -> CallableStore:
    kept: dict[str, Any] = {}
    return CallableStore(kept.get, kept.__setitem__, keys=lambda: [key for key in kept if kept[key]])


MAKERS: dict[str, Callable[[Path], TokenStore]] = {
    "memory": lambda _: MemoryStore(),
    "file": lambda folder: FileStore(folder / "new" / "tokens.bin", KEY),
    "host": in_a_host,
}


@table("make", MAKERS.values(), ids=MAKERS, fresh=True)
def test_every_store_keeps_several_users_apart(make: Callable[[Path], TokenStore], tmp_path: Path) -> None:
    store = make(tmp_path)
    assert store.load("ann") is None
    store.delete("ann")
    store.save("ann", ANN)
    store.save("bob act_2", BOB)
    assert store.load("ann") == ANN
    assert store.load("bob act_2") == BOB
    assert store.keys() == ["ann", "bob act_2"]
    store.delete("ann")
    assert (store.load("ann"), store.load("bob act_2")) == (None, BOB)


@table("make", MAKERS.values(), ids=MAKERS, fresh=True)
def test_one_holds_a_key_and_the_others_are_told(make: Callable[[Path], TokenStore], tmp_path: Path) -> None:
    store, met = make(tmp_path), list[str]()

    def another() -> None:
        with store.locked("bob", 0):
            met.append("bob is free")
        try:
            with store.locked("ann", 0):
                met.append("ann is free")
        except Busy as error:
            met.append(str(error.retryable))

    with store.locked("ann"):
        store.save("ann", ANN)
        assert store.load("ann") == ANN
        thread = threading.Thread(target=another)
        thread.start()
        thread.join()
    another()
    assert met == ["bob is free", "True", "bob is free", "ann is free"]


def test_a_host_may_hand_in_a_bare_token_and_a_lock() -> None:
    held: list[str] = []

    @contextmanager
    def locked(key: str, timeout: float) -> Iterator[None]:
        held.append(f"{key} {timeout}")
        yield

    store = CallableStore({"ann": "EAAB", "bob": ANN, "cec": ""}.get, lambda *_: None, locked=locked)
    assert (store.load("ann") or ANN).reveal() == "EAAB"
    assert store.load("bob") is ANN
    assert store.load("cec") is None
    with store.locked("ann", 3):
        assert held == ["ann 3"]


def test_a_host_is_told_to_forget() -> None:
    kept: dict[str, Any] = {"ann": "EAAB"}
    CallableStore(kept.get, kept.__setitem__).delete("ann")
    assert kept == {"ann": None}
    CallableStore(kept.get, kept.__setitem__, delete=kept.pop).delete("ann")
    assert kept == {}


def test_the_file_shows_nothing_without_its_key(tmp_path: Path) -> None:
    path = tmp_path / "tokens.bin"
    FileStore(path, KEY).save("ann", ANN)
    content = path.read_bytes()
    for shown in (b"sandbox-", b"ann", b"ads_read", b"1234"):
        assert shown not in content
    with pytest.raises(FacebookAdsError, match="another key"):
        FileStore(path, OTHER).load("ann")
    assert KEY not in repr(FileStore(path, KEY))


@pytest.mark.skipif(os.name == "nt", reason="no such modes")
def test_the_file_and_its_locks_are_the_users_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = FileStore(tmp_path / "new" / "tokens.bin", KEY)
        store.save("ann", ANN)
        with store.locked("ann"):
            pass
    finally:
        os.umask(before)
    found = list((tmp_path / "new").iterdir())
    assert {path.suffix for path in found} == {".bin", ".lock"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in found} == {0o600}
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def damaged(content: bytes) -> dict[str, bytes]:
    middle = len(content) // 2
    flipped = bytes([content[middle] ^ 1])
    return {
        "empty": b"",
        "truncated": content[:middle],
        "last byte lost": content[:-1],
        "one bit": content[:middle] + flipped + content[middle + 1 :],
        "not ours": b"\x00\xff" * 100,
        "a list": Fernet(KEY).encrypt(b"[1]"),
        "no JSON": Fernet(KEY).encrypt(b"{"),
    }


@pytest.mark.thorough
@table("how", damaged(b"0123456789"), fresh=True)
def test_a_damaged_file_is_an_error_that_loses_nothing(tmp_path: Path, how: str) -> None:
    path = tmp_path / "tokens.bin"
    store = FileStore(path, KEY)
    store.save("ann", ANN)
    content = damaged(path.read_bytes())[how]
    path.write_bytes(content)
    for act in (
        lambda: store.load("ann"),
        lambda: store.save("bob", BOB),
        lambda: store.delete("ann"),
        store.keys,
        store.check,
    ):
        with pytest.raises(FacebookAdsError, match=r"cannot be read.*Nothing was changed"):
            act()
    assert path.read_bytes() == content


def test_a_write_that_breaks_off_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileStore(tmp_path / "tokens.bin", KEY)
    store.save("ann", ANN)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FacebookAdsError, match="No space left"):
        store.save("ann", BOB)
    monkeypatch.undo()
    assert store.load("ann") == ANN
    assert {path.name for path in tmp_path.iterdir()} == {"tokens.bin", "tokens.bin.lock"}


def test_a_new_key_takes_over_from_an_old_one(tmp_path: Path) -> None:
    path = tmp_path / "tokens.bin"
    FileStore(path, KEY).save("ann", ANN)
    FileStore(path, f"{OTHER},{KEY}").save("bob", BOB)
    assert FileStore(path, OTHER).keys() == ["ann", "bob"]


def test_the_key_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEBOOK_TOKEN_KEY", KEY)
    FileStore(tmp_path / "tokens.bin").save("ann", ANN)
    assert FileStore(tmp_path / "tokens.bin", KEY).load("ann") == ANN
    monkeypatch.setenv("FACEBOOK_TOKEN_KEY", "a poor passphrase")
    with pytest.raises(FacebookAdsError, match="FACEBOOK_TOKEN_KEY is not a valid encryption key") as refused:
        FileStore(tmp_path / "tokens.bin").load("ann")
    assert "passphrase" not in str(refused.value)


class Ring(keyring.backend.KeyringBackend):
    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture
def no_env(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("FACEBOOK_TOKEN_KEY", raising=False)
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


@pytest.mark.thorough
@pytest.mark.usefixtures("no_env")
def test_the_key_is_made_in_the_systems_keyring(tmp_path: Path) -> None:
    ring = Ring()
    keyring.set_keyring(ring)
    FileStore(tmp_path / "tokens.bin").save("ann", ANN)
    assert FileStore(tmp_path / "tokens.bin").load("ann") == ANN
    assert FileStore(tmp_path / "tokens.bin", *ring.kept.values()).load("ann") == ANN
    ring.kept.clear()  # a new key would not open the old file: none is made
    with pytest.raises(FacebookAdsError, match="no key to it"):
        FileStore(tmp_path / "tokens.bin").load("ann")
    assert ring.kept == {}


@pytest.mark.usefixtures("no_env")
def test_a_machine_without_a_keyring_is_told_what_to_do(tmp_path: Path) -> None:
    keyring.set_keyring(keyring.backends.fail.Keyring())
    with pytest.raises(FacebookAdsError, match=r"no keyring.*FACEBOOK_TOKEN_KEY"):
        FileStore(tmp_path / "tokens.bin").save("ann", ANN)
    with pytest.raises(FacebookAdsError, match="no keyring"):
        FileStore(tmp_path / "tokens.bin").check()
    assert not (tmp_path / "tokens.bin").exists()


def test_a_place_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FacebookAdsError, match="cannot be used"):
        FileStore(tmp_path / "file" / "tokens.bin", KEY).save("ann", ANN)


def test_a_record_that_is_no_token_is_an_error() -> None:
    with pytest.raises(ParameterError, match="access_token"):
        CallableStore({"ann": {"user_id": "7"}}.get, lambda *_: None).load("ann")
    later = Token.from_dict({**ANN.to_dict(), "what a later version keeps": 1})
    assert later == ANN


def test_many_threads_lose_no_token(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "tokens.bin", KEY)
    threads = [threading.Thread(target=store.save, args=(f"user {n}", BOB)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.keys()) == 16
