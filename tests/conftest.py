"""Shared fixtures: `fb` is the sandbox in process, or in a test marked `vcr` the cassette of that test."""

from __future__ import annotations

import logging
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from admonster_fb import FacebookAds, Settings, testing
from admonster_fb.sandbox import Sandbox, serve

TESTS = Path(__file__).parent
STATE = tempfile.TemporaryDirectory(prefix="admonster-state-")  # journals, plans and audits of tests
os.environ["XDG_STATE_HOME"] = STATE.name
SOURCE = os.environ.get("ADMONSTER_RECORD_FROM", "sandbox")
PAGE = "100000000000001"
"""Stands in the cassettes for the Page that ads are published by."""


SECRET = re.compile(r"sandbox-[0-9a-f]{20,}|EAA[A-Za-z0-9]{20,}|appsecret_proof=[0-9a-f]{20,}")


class Leaks(logging.Handler):
    """Reads every line that anything logs while the tests run, at DEBUG: none may hold a token."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        if SECRET.search(line):
            self.found.append(f"{record.name}: {SECRET.sub('…', line)}")


LEAKS = Leaks()


# Machines with many jobs are slow; how long an example takes says nothing about the library.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_configure() -> None:
    logging.getLogger().addHandler(LEAKS)
    for name in ("admonster_fb", "urllib3", "requests"):
        logging.getLogger(name).setLevel(logging.DEBUG)


@pytest.fixture(autouse=True)
def nothing_secret_is_logged(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    found, LEAKS.found = LEAKS.found, []
    # The sandbox's own tests also speak to it as careless clients do, with the token in the URL.
    assert not found or request.node.nodeid.startswith("tests/sandbox/")


def pytest_recording_configure(config: pytest.Config, vcr: Any) -> None:
    testing.configure(vcr, source=SOURCE)


@pytest.fixture(scope="session")
def recording_live(record_mode: str) -> bool:
    return record_mode != "none" and SOURCE == "live"


@pytest.fixture(scope="session")
def page_id(recording_live: bool) -> str:
    """The Page that ads are published by."""
    return os.environ["FACEBOOK_PAGE_ID"] if recording_live else PAGE


@pytest.fixture(scope="session")
def vcr_config(recording_live: bool) -> dict[str, Any]:
    # Asked before any cassette is open: what is real must not get into one.
    config = testing.vcr_config(_live_names() if recording_live else {})
    del config["record_mode"]  # the command line says it
    return config


@pytest.fixture(scope="module")
def vcr_cassette_dir(request: pytest.FixtureRequest) -> str:
    return str(TESTS / "cassettes" / Path(request.node.fspath).stem)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("vcr"):
            item.fixturenames.insert(0, "cassette_is_played")  # type: ignore[attr-defined]


@pytest.fixture
def cassette_is_played(vcr: Any, record_mode: str) -> Iterator[None]:
    """Fail a test that is marked `vcr` and plays nothing, or not all there is."""
    yield
    if record_mode == "none":
        assert vcr.play_count, "this test is marked vcr but plays nothing"
        assert vcr.all_played, "this cassette holds more than the test asks for"


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


@pytest.fixture
def fb(request: pytest.FixtureRequest, vcr: Any, record_mode: str) -> Iterator[FacebookAds]:
    if vcr is None:
        with FacebookAds.sandbox(request.getfixturevalue("sandbox")) as facade:
            yield facade
    else:
        with testing.one_at_a_time(), _recorded(record_mode) as facade:
            yield facade


class Moment:
    """The time at which the cassettes from the sandbox were recorded: it stands still but for waits."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 1, 20, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


@contextmanager
def _recorded(record_mode: str) -> Iterator[FacebookAds]:
    if record_mode == "none":
        with FacebookAds("EAAreplay", "act_1", clock=Moment()) as facade:
            yield facade
    elif SOURCE == "live":
        with FacebookAds.from_env() as facade:
            yield facade
    else:
        with (
            serve(Sandbox()) as server,
            FacebookAds(
                server.sandbox.token, "act_1", settings=Settings(endpoint=server.url), clock=Moment()
            ) as facade,
        ):
            yield facade


def _live_names() -> dict[str, str]:
    """Return what a recording of the live API must not show, and what stands in its place."""
    names = {os.environ["FACEBOOK_PAGE_ID"]: PAGE}
    with FacebookAds.from_env() as fb:
        seen = [fb.adaccounts.get(fb.account), *fb.adaccounts.list()]
        for number, account in enumerate({account.id: account for account in seen}.values(), 1):
            names |= {str(account.account_id): str(number), account.name or "": f"Account {number}"}
            if account.business:
                names |= {account.business.id: f"20{number}", account.business.name or "": f"Business {number}"}
    return {real: invented for real, invented in names.items() if real}
