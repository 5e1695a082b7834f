"""The sandbox of `login --sandbox`, served on loopback for its dialog, and of `doctor --sandbox`, with a fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from admonster_fb.auth import environment
from admonster_fb.auth.login import Login
from admonster_fb.client import FacebookAds
from admonster_fb.sandbox import Sandbox, serve
from admonster_fb.sandbox.faults.account_problems import PROBLEMS
from admonster_fb.transport.clock import Clock
from admonster_fb.transport.session import Settings

OLD = "v24.0"
APART = timedelta(minutes=20)


class Late:
    """A clock that is wrong."""

    def __init__(self, right: Clock) -> None:
        self._right = right

    def now(self) -> datetime:
        """Return a time that has passed."""
        return self._right.now() - APART

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._right.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Played:
    """A sandbox that plays Meta for a sign-in."""

    sandbox: Sandbox
    url: str

    def login(self, env: dict[str, str], redirect_uri: str | None, scopes: list[str]) -> Login:
        """Return the sign-in of the sandbox's app, with what the environment says of scopes and version.

        >>> with served() as played:
        ...     played.login({}, None, []).redirect_uri
        'http://localhost:8917/callback'
        """
        app = {"FACEBOOK_CLIENT_ID": self.sandbox.app.id, "FACEBOOK_CLIENT_SECRET": self.sandbox.app.secret}
        ours = {**app, "FACEBOOK_ENDPOINT": self.url, "FACEBOOK_CONFIG_ID": "", "FACEBOOK_REDIRECT_URI": ""}
        return environment.login({**env, **ours}, redirect_uri, scopes=scopes)


@contextmanager
def served(sandbox: Sandbox | None = None) -> Iterator[Played]:
    """Serve a sandbox on loopback, where a browser finds its login dialog.

    Its app is in development mode; its clock is the machine's, unless a sandbox is given.

    >>> with served() as played:
    ...     played.url.startswith("http://127.0.0.1:")
    True
    """
    played = sandbox or Sandbox(clock=lambda: datetime.now(UTC), history=0)
    played.app.live = False  # or it could not come back to a port of this machine
    with serve(played) as server:
        yield Played(server.sandbox, server.url)


def faults() -> list[str]:
    """Return what can be wrong, by name.

    >>> "expired" in faults()
    True
    """
    return ["version", "clock", *PROBLEMS]


def ailing(fault: str | None = None, account: str | None = None) -> FacebookAds:
    """Connect to a sandbox in this process in which one thing is wrong, or nothing.

    >>> ailing("version").version
    'v24.0'
    """
    sandbox = Sandbox()
    options: dict[str, Any] = {}
    if fault == "version":
        options["settings"] = Settings(adapter=sandbox.adapter(), version=OLD)
    elif fault == "clock":
        options["clock"] = Late(sandbox)
    elif fault is not None:
        PROBLEMS[fault](sandbox)
    return FacebookAds.sandbox(sandbox, account=account, **options)
