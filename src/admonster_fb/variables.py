"""The environment variables of the library, and which of them a `.env` may set.

Code and the environment are the host's word. A `.env` is whatever the working folder holds: it may name a token or an
account, but neither where secrets are sent nor where they and the records of writes are stored.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Literal, NamedTuple

from admonster_fb.errors import ParameterError, Violation
from admonster_fb.paths import regular_file

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_ON_LOOPBACK = re.compile(r"(https?|rediss?)://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/\d*)?", re.ASCII)
"""Strict: parsers of URLs disagree about `\\` and `@`."""


class Variable(NamedTuple):
    """What a variable is for, what sets it in code, and whether a `.env` may set it."""

    purpose: str
    code: str
    env_file: Literal["yes", "loopback", "no"] = "yes"


_LOGIN, _POLICY = "Login(…)", "SpendPolicy(…)"
VARIABLES: dict[str, Variable] = {
    "FACEBOOK_ACCESS_TOKEN": Variable("a token; takes precedence over a stored one", "FacebookAds(access_token)"),
    "FACEBOOK_AD_ACCOUNT_ID": Variable("the default ad account", "FacebookAds(account=)"),
    "FACEBOOK_CLIENT_ID": Variable("the App ID", _LOGIN),
    "FACEBOOK_CLIENT_SECRET": Variable("the App secret", _LOGIN),
    "FACEBOOK_REDIRECT_URI": Variable("one of the app's redirect URIs", "Login(redirect_uri=)"),
    "FACEBOOK_CONFIG_ID": Variable("the configuration of Facebook Login for Business", "Login(config_id=)"),
    "FACEBOOK_SCOPES": Variable("the scopes to request", "Login(scopes=)"),
    "FACEBOOK_TOKEN_NAME": Variable("the name of the stored token in use", "from_store(key=)"),
    "FACEBOOK_TOKEN_STORE": Variable("the file of stored tokens", "FileStore(path)", "no"),
    "FACEBOOK_TOKEN_KEY": Variable("the key of that file", "FileStore(key=)", "no"),
    "FACEBOOK_API_VERSION": Variable("the version of Meta's API", "Settings(version=)"),
    "FACEBOOK_ENDPOINT": Variable("the host of all calls and of the login dialog", "Settings(endpoint=)", "loopback"),
    "FACEBOOK_USAGE_STORE": Variable("the Redis of shared rate limits", "FacebookAds(usage_store=)", "loopback"),
    "FACEBOOK_MAX_DAILY_BUDGET": Variable("a limit on daily budgets", _POLICY),
    "FACEBOOK_MAX_TOTAL_DAILY": Variable("a limit on an account's daily budgets together", _POLICY),
    "FACEBOOK_MAX_INCREASE_PERCENT": Variable("a limit on a budget's increase within a day", _POLICY),
    "FACEBOOK_CHAT_MAX_INCREASE_PERCENT": Variable("the rise of a budget that a yes in a chat applies", _POLICY),
    "FACEBOOK_CHAT_MAX_ADDED_DAILY": Variable("what yeses in chats may add to a day's spend", _POLICY),
    "FACEBOOK_ACCOUNTS": Variable("the only accounts that may be changed", _POLICY),
    "FACEBOOK_READ_ONLY": Variable("whether writes are left out", _POLICY),
    "FACEBOOK_APPLY_BY": Variable("who applies plans", _POLICY),
    "FACEBOOK_PLAN_MINUTES": Variable("how long a plan can be applied", _POLICY),
    "FACEBOOK_NEEDS_PLAN": Variable("which writes need a plan", _POLICY),
    "FACEBOOK_PLANS": Variable("the folder of plans", "FacebookTool(plans=)", "no"),
    "FACEBOOK_AUDIT": Variable("the file of the audit log", "FacebookTool(audit=)", "no"),
    "FACEBOOK_LAUNCHES": Variable("the folder of launch journals", "launch(journal=)", "no"),
}
"""Every variable that is read. The environment may set all of them, and takes precedence over a `.env`."""


def read(env_file: str | Path = ".env") -> dict[str, str]:
    """Return the variables that the environment or `env_file` sets to a value. The environment takes precedence.

    Values of the file are literal: `${NAME}` is not replaced. Raises `ParameterError` if the file sets what a `.env`
    may not set.
    """
    environment = {name: value for name in VARIABLES if (value := os.environ.get(name)) is not None}
    merged = {**read_file(env_file), **environment}
    refused = [
        Violation(name, str(Path(env_file).absolute()), _REFUSALS[VARIABLES[name].env_file])
        for name, value in merged.items()
        if value and name not in environment and not _may_set(name, value)
    ]
    if refused:
        raise ParameterError(refused)
    return {name: value for name, value in merged.items() if value}


def read_file(env_file: str | Path = ".env") -> dict[str, str]:
    """Return the variables of the library in a `.env`, without those that are empty. Empty if there is no file.

    Raises `ParameterError` if it is a pipe or a device, or no text in UTF-8.
    """
    from dotenv import dotenv_values

    if not Path(env_file).exists() or Path(env_file).is_dir():
        return {}
    try:
        with open(env_file, encoding="utf-8", opener=regular_file) as file:
            values = dotenv_values(stream=file, interpolate=False)
    except (OSError, UnicodeDecodeError):
        allowed = "a regular file of UTF-8 text that can be read"
        raise ParameterError([Violation(".env", str(Path(env_file).absolute()), allowed)]) from None
    return {name: value for name in VARIABLES if (value := values.get(name))}


_REFUSALS = {
    "no": "the environment or code only; a .env may not set it",
    "loopback": "an address of this machine (http://127.0.0.1:8026); for another, the environment or code",
}


def _may_set(name: str, value: str) -> bool:
    rule = VARIABLES[name].env_file
    return rule == "yes" or (rule == "loopback" and _ON_LOOPBACK.fullmatch(value) is not None)


def markdown_table() -> str:
    """Return the table of `docs/security.md`: which variable may come from where."""
    words = {"yes": "yes", "loopback": "an address of this machine", "no": "no"}
    head = ["| variable | what | in code | environment | `.env` |", "|---|---|---|---|---|"]
    rows = [
        f"| `{name}` | {row.purpose} | `{row.code}` | yes | {words[row.env_file]} |" for name, row in VARIABLES.items()
    ]
    return "\n".join([*head, *rows])
