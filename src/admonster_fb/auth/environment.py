"""Settings of the sign-in from `variables.read()`: the app, and the store of tokens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from admonster_fb.auth.login import Login
from admonster_fb.auth.pending_logins import FileStates, StateStore
from admonster_fb.auth.scopes import SCOPES
from admonster_fb.auth.stores import FileStore
from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.paths import config_folder
from admonster_fb.transport.session import META, Settings

PORT = 8917
REDIRECT = f"http://localhost:{PORT}/callback"
DEFAULT_NAME = "default"  # name under which a token is stored if no other is set
_APPS = "on the app's page, https://developers.facebook.com/apps; docs/oauth-setup.md says how to create an app"
_APP = {
    "FACEBOOK_CLIENT_ID": f"the app's id, {_APPS}",
    "FACEBOOK_CLIENT_SECRET": "the app's secret, on the same page under Settings, Basic",
}


def settings(env: Mapping[str, str]) -> Settings:
    """Return the connection settings."""
    version = env.get("FACEBOOK_API_VERSION") or Settings().version
    return Settings(endpoint=env.get("FACEBOOK_ENDPOINT") or META, version=version)


def has_app(env: Mapping[str, str]) -> bool:
    """Return whether the environment has the id and secret of an app."""
    return all(env.get(name) for name in _APP)


def login(
    env: Mapping[str, str],
    redirect_uri: str | None = None,
    *,
    scopes: Iterable[str] = (),
    states: StateStore | None = None,
) -> Login:
    """Return the login of the app in the environment. Raises `ParameterError` if there is none."""
    if missing := {name: what for name, what in _APP.items() if not env.get(name)}:
        where = "(in the environment or in .env)"
        raise ParameterError([Violation(name, MISSING, f"{what} {where}") for name, what in missing.items()])
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
    """Return the file of the token store: `FACEBOOK_TOKEN_STORE`, or else a file in the user's folder for settings."""
    file = env.get("FACEBOOK_TOKEN_STORE")
    return Path(file).expanduser() if file else config_folder() / "tokens.bin"


def store(env: Mapping[str, str]) -> FileStore:
    """Return the encrypted token store. Its key is `FACEBOOK_TOKEN_KEY`, or else in the system's keyring."""
    return FileStore(path(env), env.get("FACEBOOK_TOKEN_KEY"))


def with_token_name(env: Mapping[str, str], token_name: str | None) -> dict[str, str]:
    """Return the environment with another token name. A token in the environment itself is left out: it has no name."""
    if not token_name:
        return {**env}
    others = {name: value for name, value in env.items() if name != "FACEBOOK_ACCESS_TOKEN"}
    return {**others, "FACEBOOK_TOKEN_NAME": token_name}


def token_name(env: Mapping[str, str]) -> str:
    """Return the name under which the token in use is stored."""
    return env.get("FACEBOOK_TOKEN_NAME") or DEFAULT_NAME


class SignIn(NamedTuple):
    """A store of tokens, the key of the one in use, and the login that renews it, if an app is named."""

    store: FileStore
    key: str
    login: Login | None


def sign_in(env: Mapping[str, str]) -> SignIn | None:
    """Return the stored sign-in. `None` if there is neither a token store nor an app."""
    if has_app(env):
        # In a file: a login that one process began can be finished by another.
        states = FileStates(path(env).with_name("logins.bin"), env.get("FACEBOOK_TOKEN_KEY"))
        return SignIn(store(env), token_name(env), login(env, states=states))
    return SignIn(store(env), token_name(env), None) if path(env).exists() else None
