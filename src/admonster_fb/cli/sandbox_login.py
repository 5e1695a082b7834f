"""The sandboxes of `login --sandbox`, served over HTTP for its dialog, and of `doctor --sandbox --fault`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from admonster_fb import variables
from admonster_fb.auth import environment
from admonster_fb.auth.login import Login
from admonster_fb.client import FacebookAds
from admonster_fb.sandbox import Sandbox, serve
from admonster_fb.sandbox.faults.problems import PROBLEMS
from admonster_fb.transport.clock import Clock
from admonster_fb.transport.session import Settings

OLD_VERSION = "v23.0"
SLOW_BY = timedelta(minutes=20)


class SlowClock:
    """A clock that is 20 minutes slow."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        """Return a time in the past."""
        return self._clock.now() - SLOW_BY

    def sleep(self, seconds: float) -> None:
        """Sleep, in seconds."""
        self._clock.sleep(seconds)


@dataclass(frozen=True, slots=True)
class FakeLogin:
    """A sandbox that stands in for Meta's login dialog at `url`."""

    sandbox: Sandbox
    url: str

    def login(self, env: dict[str, str], redirect_uri: str | None, scopes: list[str]) -> Login:
        """Return the sign-in of the sandbox's app, with scopes and version of the environment."""
        app = {"FACEBOOK_CLIENT_ID": self.sandbox.app.id, "FACEBOOK_CLIENT_SECRET": self.sandbox.app.secret}
        settings = {**app, "FACEBOOK_ENDPOINT": self.url, "FACEBOOK_CONFIG_ID": "", "FACEBOOK_REDIRECT_URI": ""}
        return environment.login({**env, **settings}, redirect_uri, scopes=scopes)


@contextmanager
def serve_login(sandbox: Sandbox | None = None) -> Iterator[FakeLogin]:
    """Serve a sandbox on this machine, so that a browser reaches its login dialog.

    Its app is in development mode. Its clock is the machine's, unless a sandbox is given.
    """
    sandbox = sandbox or Sandbox(clock=lambda: datetime.now(UTC), history=0)
    sandbox.app.live = False  # a live app could not redirect to a port of this machine
    with serve(sandbox) as server:
        yield FakeLogin(server.sandbox, server.url)


def faults() -> list[str]:
    """Return the names of the faults that `broken_sandbox` takes."""
    return ["version", "clock", *PROBLEMS]


def broken_sandbox(fault: str | None = None, account: str | None = None) -> FacebookAds:
    """Return a facade of a sandbox in this process with one fault, or none; its version is FACEBOOK_API_VERSION.

    >>> broken_sandbox("version").version
    'v23.0'
    """
    sandbox = Sandbox()
    options: dict[str, Any] = {}
    version = OLD_VERSION if fault == "version" else variables.read().get("FACEBOOK_API_VERSION")
    if version:
        options["settings"] = Settings(adapter=sandbox.adapter(), version=version)
    if fault == "clock":
        options["clock"] = SlowClock(sandbox)
    elif fault and fault != "version":
        PROBLEMS[fault](sandbox)
    return FacebookAds.sandbox(sandbox, account=account, **options)
