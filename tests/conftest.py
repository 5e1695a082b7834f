"""Shared fixtures: `fb` is the sandbox in process, or in a test marked `vcr` the cassette of that test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values

from admonster_fb import FacebookAds, Settings, testing
from admonster_fb.sandbox import Sandbox, serve

TESTS = Path(__file__).parent
SHARED = TESTS.parents[1] / "shared"
SOURCE = os.environ.get("ADMONSTER_RECORD_FROM", "sandbox")
LIVE_NAMES: dict[str, str] = {}
"""What a live recording must not show, and what stands in its place."""


def pytest_recording_configure(config: pytest.Config, vcr: Any) -> None:
    testing.configure(vcr, source=SOURCE)


@pytest.fixture(scope="session")
def vcr_config() -> dict[str, Any]:
    config = testing.vcr_config(LIVE_NAMES)
    del config["record_mode"]  # the command line says it
    return config


@pytest.fixture(scope="module")
def vcr_cassette_dir(request: pytest.FixtureRequest) -> str:
    return str(TESTS / "cassettes" / Path(request.node.fspath).stem)


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


@pytest.fixture
def fb(request: pytest.FixtureRequest, record_mode: str) -> Iterator[FacebookAds]:
    if request.node.get_closest_marker("vcr") is None:
        with FacebookAds.sandbox(request.getfixturevalue("sandbox")) as facade:
            yield facade
        return
    cassette = request.getfixturevalue("vcr")
    with testing.one_at_a_time(), _recorded(record_mode) as facade:
        yield facade
    if record_mode == "none":
        assert cassette.play_count, "this test is marked vcr but plays nothing"
        assert cassette.all_played, "this cassette holds more than the test asks for"


def _recorded(record_mode: str) -> FacebookAds:
    if record_mode == "none":
        return FacebookAds("EAAreplay", "act_1")
    if SOURCE == "live":
        return _live()
    return _served()


def _live() -> FacebookAds:
    fb = FacebookAds.from_env()
    account = fb.adaccounts.get(fb.account)
    names = {account.account_id: "1", account.name: "Test account"}
    if account.business:
        names |= {account.business.id: "2", account.business.name: "Test business"}
    names |= {value: "0" for key, value in dotenv_values().items() if key == "FACEBOOK_CLIENT_ID" and value}
    LIVE_NAMES.update({real: invented for real, invented in names.items() if real})
    return fb


class _Served(FacebookAds):
    def close(self) -> None:
        super().close()
        self.server.__exit__(None, None, None)


def _served() -> FacebookAds:
    server = serve(Sandbox())
    running = server.__enter__()
    fb = _Served(running.sandbox.token, "act_1", settings=Settings(endpoint=running.url))
    fb.server = server
    return fb
