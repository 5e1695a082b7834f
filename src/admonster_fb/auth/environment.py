"""What the environment, or else `.env`, says of signing in: the app, and where tokens are kept."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from admonster_fb.auth.login import Login
from admonster_fb.auth.scopes import SCOPES
from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.paths import config_folder
from admonster_fb.transport.session import META, Settings

if TYPE_CHECKING:
    from admonster_fb.auth.pending_logins import StateStore
    from admonster_fb.auth.stores import FileStore

PORT = 8917
REDIRECT = f"http://localhost:{PORT}/callback"
DEFAULT = "default"
"""The name a token is kept under, unless another is given."""
_APP = {"FACEBOOK_CLIENT_ID": "the app's id, from its page", "FACEBOOK_CLIENT_SECRET": "the app's secret"}


def read(env_file: str | Path = ".env") -> dict[str, str]:
    """Return the environment, and what `env_file` says beside it; empty values are none.

    >>> "PATH" in read()
    True
    """
    from dotenv import dotenv_values

    told: Mapping[str, str | None] = {**dotenv_values(env_file), **os.environ}
    return {name: value for name, value in told.items() if value}


def settings(env: Mapping[str, str]) -> Settings:
    """Return where and how to connect.

    >>> settings({"FACEBOOK_API_VERSION": "v25.0"}).version
    'v25.0'
    """
    defaults = Settings()
    endpoint, version = env.get("FACEBOOK_ENDPOINT"), env.get("FACEBOOK_API_VERSION")
    return Settings(endpoint=endpoint or META, version=version or defaults.version)


def has_app(env: Mapping[str, str]) -> bool:
    """Tell whether an app is named, by which users can sign in.

    >>> has_app({})
    False
    """
    return all(env.get(name) for name in _APP)


def login(
    env: Mapping[str, str],
    redirect_uri: str | None = None,
    *,
    scopes: Iterable[str] = (),
    states: StateStore | None = None,
) -> Login:
    """Return the sign-in of the app that is named; raises `ParameterError` if there is none.

    >>> login({"FACEBOOK_CLIENT_ID": "1234", "FACEBOOK_CLIENT_SECRET": "secret"}).redirect_uri
    'http://localhost:8917/callback'
    """
    lacking = [Violation(name, MISSING, f"{what} (in the environment or in .env)") for name, what in _APP.items()]
    if not has_app(env):
        raise ParameterError([each for each in lacking if not env.get(each.field)])
    return Login(
        env["FACEBOOK_CLIENT_ID"],
        env["FACEBOOK_CLIENT_SECRET"],
        redirect_uri or env.get("FACEBOOK_REDIRECT_URI") or REDIRECT,
        scopes=[*scopes] or env.get("FACEBOOK_SCOPES", "").replace(",", " ").split() or SCOPES,
        config_id=env.get("FACEBOOK_CONFIG_ID"),
        settings=settings(env),
        states=states,
    )


def path(env: Mapping[str, str]) -> Path:
    """Return the file in which tokens are kept: the user's own, unless FACEBOOK_TOKEN_STORE names another.

    >>> path({"FACEBOOK_TOKEN_STORE": "tokens.bin"}).name
    'tokens.bin'
    """
    if named := env.get("FACEBOOK_TOKEN_STORE"):
        return Path(named).expanduser()
    return config_folder() / "tokens.bin"


def store(env: Mapping[str, str]) -> FileStore:
    """Return the encrypted store of tokens; its key is FACEBOOK_TOKEN_KEY or in the system's keyring.

    >>> store({"FACEBOOK_TOKEN_STORE": "tokens.bin", "FACEBOOK_TOKEN_KEY": "…"})  # doctest: +ELLIPSIS
    FileStore('...tokens.bin')
    """
    from admonster_fb.auth.stores import FileStore

    return FileStore(path(env), env.get("FACEBOOK_TOKEN_KEY"))


def named(env: Mapping[str, str], token_name: str | None) -> dict[str, str]:
    """Return the environment with another name for the token in use; a token in the environment itself has none.

    >>> named({"FACEBOOK_ACCESS_TOKEN": "EAAB"}, "ann")
    {'FACEBOOK_TOKEN_NAME': 'ann'}
    """
    if not token_name:
        return {**env}
    kept = {each: value for each, value in env.items() if each != "FACEBOOK_ACCESS_TOKEN"}
    return {**kept, "FACEBOOK_TOKEN_NAME": token_name}


def name(env: Mapping[str, str]) -> str:
    """Return the name that the token in use is kept under.

    >>> name({"FACEBOOK_TOKEN_NAME": "ann"})
    'ann'
    """
    return env.get("FACEBOOK_TOKEN_NAME") or DEFAULT


def sign_in(env: Mapping[str, str]) -> tuple[FileStore, str, Login | None] | None:
    """Return where a token is kept, under which name, and how one signs in; nothing if there is neither.

    A login that one process began can be finished by another.

    >>> sign_in({"FACEBOOK_TOKEN_STORE": "missing.bin"}) is None
    True
    """
    if has_app(env):
        from admonster_fb.auth.pending_logins import FileStates

        begun = FileStates(path(env).with_name("logins.bin"), env.get("FACEBOOK_TOKEN_KEY"))
        return store(env), name(env), login(env, states=begun)
    return (store(env), name(env), None) if path(env).exists() else None
