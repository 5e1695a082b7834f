"""The sandboxes of `login --sandbox`, served over HTTP for its dialog, and of `doctor --sandbox --fault`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from admonster_fb import variables
from admonster_fb.client import FacebookAds
from admonster_fb.sandbox import Sandbox, serve
from admonster_fb.sandbox.faults.problems import PROBLEMS
from admonster_fb.transport.session import Settings

OLD_VERSION = "v23.0"
SLOW_BY = timedelta(minutes=20)


@contextmanager
def serve_login(sandbox: Sandbox | None = None) -> Iterator[dict[str, str]]:
    """Serve a sandbox on this machine, so that a browser reaches its login dialog; yield the settings of its app.

    Its app is in development mode. Its clock is the machine's, unless a sandbox is passed.
    """
    sandbox = sandbox or Sandbox(clock=lambda: datetime.now(UTC), history=0)
    sandbox.app.live = False  # a live app could not redirect to a port of this machine
    app = {"FACEBOOK_CLIENT_ID": sandbox.app.id, "FACEBOOK_CLIENT_SECRET": sandbox.app.secret}
    with serve(sandbox) as server:
        yield {**app, "FACEBOOK_ENDPOINT": server.url, "FACEBOOK_CONFIG_ID": "", "FACEBOOK_REDIRECT_URI": ""}


def faults() -> list[str]:
    """Return the names of the faults that `broken_sandbox` takes."""
    return ["version", "clock", *PROBLEMS]


def broken_sandbox(fault: str | None = None, account: str | None = None) -> FacebookAds:
    """Return a facade of a sandbox in this process with one fault, or none; its version is FACEBOOK_API_VERSION."""
    sandbox = Sandbox()
    options: dict[str, Any] = {}
    version = OLD_VERSION if fault == "version" else variables.read().get("FACEBOOK_API_VERSION")
    if version:
        options["settings"] = Settings(adapter=sandbox.adapter(), version=version)
    if fault == "clock":
        options["clock"] = SimpleNamespace(now=lambda: sandbox.now() - SLOW_BY, sleep=sandbox.sleep)
    elif fault and fault != "version":
        PROBLEMS[fault](sandbox)
    return FacebookAds.sandbox(sandbox, account=account, **options)
