"""The settings and the files of the sign-in, one by one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cryptography.fernet import Fernet

from admonster_fb.auth import environment
from admonster_fb.auth.pending_logins import LIFETIME, FileStates, MemoryStates, PendingLogin
from admonster_fb.auth.stores import EncryptedFile, MemoryStore
from admonster_fb.auth.token import Token
from admonster_fb.auth.token_manager import TokenManager
from admonster_fb.redaction import Secret


def test_settings_of_the_environment(tmp_path: Path) -> None:
    app = {"FACEBOOK_CLIENT_ID": "1234", "FACEBOOK_CLIENT_SECRET": "secret"}
    assert environment.login(app).redirect_uri == "http://localhost:8917/callback"
    store = {"FACEBOOK_TOKEN_STORE": str(tmp_path / "tokens.bin")}
    assert environment.path(store) == tmp_path / "tokens.bin"
    assert environment.sign_in(store) is None
    assert environment.with_token_name({"FACEBOOK_ACCESS_TOKEN": "EAAB"}, "ann") == {"FACEBOOK_TOKEN_NAME": "ann"}


def test_an_encrypted_file_is_written_when_it_changes(tmp_path: Path) -> None:
    file = EncryptedFile(tmp_path / "names.bin", Fernet.generate_key().decode())
    with file.changing():
        pass
    assert not file.path.exists()
    with file.changing() as data:
        data["ann"] = "7"
    assert file.read() == {"ann": "7"}


def test_an_unknown_state_has_no_login() -> None:
    assert MemoryStates().take("unknown") is None


def test_a_stored_login_is_found_once(tmp_path: Path) -> None:
    states, now = FileStates(tmp_path / "logins.bin", Fernet.generate_key().decode()), datetime.now(UTC)
    states.put("state", PendingLogin("ann", "https://bot.example/callback", now + LIFETIME), now)
    found = states.take("state")
    assert found is not None
    assert found.bound_to == "ann"
    assert states.take("state") is None


def test_a_token_without_an_end() -> None:
    token, now = Token(Secret("EAAB")), datetime.now(UTC)
    assert token.reveal() == "EAAB"
    assert not token.expired(now)
    assert not token.due(now)
    store = MemoryStore()
    store.save("ann", token)
    assert TokenManager(None, store, "ann").current().reveal() == "EAAB"
