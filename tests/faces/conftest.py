"""The faces, without the environment of whoever runs the tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from admonster_fb.sandbox import Sandbox, serve


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [*os.environ]:
        if name.startswith(("FACEBOOK_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "_ADMONSTER", "_TYPER")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FACEBOOK_AD_ACCOUNT_ID", "")  # so that what --account sets is taken back
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


def this_minute() -> datetime:
    """Return our time, to the minute: sandboxes of one minute have one past, which takes longer than most tests."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox over HTTP that the environment names; its clock is ours, as Meta's is."""
    with serve(Sandbox(clock=this_minute)) as server:
        monkeypatch.setenv("FACEBOOK_ENDPOINT", server.url)
        monkeypatch.setenv("FACEBOOK_ACCESS_TOKEN", server.sandbox.token)
        monkeypatch.setenv("FACEBOOK_AD_ACCOUNT_ID", server.sandbox.account)
        yield server.sandbox
