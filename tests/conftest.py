"""Shared fixtures: `fb` is the sandbox in process, or in a test marked `vcr` the cassette of that test."""

from __future__ import annotations

import gc
import logging
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
import started
import typer.testing
from explore import EXPLORE, examples
from hypothesis import HealthCheck, settings
from typer.testing import CliRunner

from admonster_fb import FacebookAds, Settings, testing
from admonster_fb.sandbox import Sandbox, serve

TESTS = Path(__file__).parent
STATE = tempfile.TemporaryDirectory(prefix="admonster-state-")  # journals, plans and audits of tests
os.environ["XDG_STATE_HOME"] = STATE.name
SOURCE = os.environ.get("ADMONSTER_RECORD_FROM", "sandbox")
PAGE = "100000000000001"
"""Stands in the cassettes for the Page that ads are published by."""
QUICK = "not slow and not thorough"
WITH_CASSETTES = pytest.StashKey[list[pytest.Item]]()
OTHERS = "slow or thorough"
MARKED = re.compile(r"\bmark\.(slow|thorough|vcr)\b")
NOT_QUICK = re.compile(r"^pytestmark = \[?\s*pytest\.mark\.(slow|thorough)\b", re.MULTILINE)


SECRET = re.compile(
    r"sandbox-[0-9a-f]{20,}|EAA[A-Za-z0-9]{20,}|(?:appsecret_proof|client_secret|code_verifier)=[\w-]{20,}"
)
MARKS = ("sandbox-", "EAA", "appsecret_proof=", "client_secret=", "code_verifier=")
ADDRESS = re.compile(r"(?!(?:mary|mary\.smith)@example\.com)\b[\w.+-]+(?:@|%40)[\w-]+\.(?:com|org|net|de)\b")
"""An e-mail address; but for those of the examples in help texts."""
HASH = re.compile(r"(?<![0-9a-z])[0-9a-f]{64}(?![0-9a-z])")
"""What an address, as any other personal data, is hashed to. Plans and the audit log print hashes of their own."""
ONLY_IN_QUERY = re.compile(r"\b(?:appsecret_proof|input_token)=[^&]*")
"""What Meta takes in the query of a GET only: see docs/security.md."""


class Leaks(logging.Handler):
    """Sees all that is logged at DEBUG, requested, traced and printed while the tests run: none may hold a secret."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.see(f"log of {record.name}", self.format(record), HASH)

    def see(self, place: str, text: str, *more: re.Pattern[str]) -> None:
        patterns = [SECRET] if any(mark in text for mark in MARKS) else []  # looked for first: it costs far less
        patterns += [*more, *([ADDRESS] if "@" in text or "%40" in text else [])]
        for pattern in patterns:
            if pattern.search(text):
                self.found.append(f"{place}: {pattern.sub('…', text)[:500]}")

    def see_url(self, place: str, url: str) -> None:
        self.see(place, ONLY_IN_QUERY.sub("", url) if "appsecret_proof=" in url or "input_token=" in url else url, HASH)


LEAKS = Leaks()


TRACED = "opentelemetry_instrumentation_requests_applied"
"""What OpenTelemetry marks the functions with that it instruments."""


class Spans:
    """A span processor of OpenTelemetry that shows a span's attributes to `LEAKS`."""

    def on_start(self, *_: Any, **__: Any) -> None:
        pass

    _on_ending = shutdown = force_flush = on_start

    def on_end(self, span: Any) -> None:
        LEAKS.see_url(f"span {span.name}", " ".join(map(str, span.attributes.values())))


@contextmanager
def traced() -> Iterator[bool]:
    """Switch OpenTelemetry's instrumentation of `requests` on, where it is installed."""
    try:
        from opentelemetry.instrumentation.requests import RequestsInstrumentor
        from opentelemetry.sdk.trace import TracerProvider
    except ImportError:
        yield False
        return
    send = requests.Session.send
    if hasattr(send, TRACED):  # the whole run is traced
        yield True
        return
    provider = TracerProvider()
    provider.add_span_processor(Spans())  # type: ignore[arg-type]
    RequestsInstrumentor().instrument(tracer_provider=provider)
    try:
        yield True
    finally:
        RequestsInstrumentor().uninstrument()
        assert requests.Session.send is send, "a later patch is still there: all that follows is slow"


def observe(*, tracing: bool) -> None:
    """Look at the URL of every request, at what commands print, and with `tracing` at the spans of instrumentation."""
    send, invoke = requests.Session.send, CliRunner.invoke

    def printed(self: CliRunner, *args: Any, **options: Any) -> Any:
        result = invoke(self, *args, **options)
        LEAKS.see("printed", result.output)
        return result

    def observed(self: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        LEAKS.see_url("URL", f"{request.method} {request.url}")
        return send(self, request, **options)

    CliRunner.invoke, requests.Session.send = printed, observed  # type: ignore[method-assign]
    # Typer makes all commands anew in each call: nine tenths of the time of a test of one.
    typer.testing._get_command = cache(typer.testing._get_command)
    if tracing:  # it costs a fifth of a request
        ExitStack().enter_context(traced())


@pytest.fixture
def tracing() -> Iterator[bool]:
    with traced() as on:
        yield on


# Machines with many jobs are slow; how long an example takes says nothing about the library. The same examples are
# tried in each run, so that what fails on one machine fails on the next.
settings.register_profile(
    "same",
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=not EXPLORE,
    print_blob=True,
)
settings.load_profile("same")


def pytest_configure(config: pytest.Config) -> None:
    os.fsync = lambda _file: None  # no test pulls the plug, and a slow disk takes 10 ms for each
    root, set_level = logging.getLogger(), logging.getLogger().setLevel
    # Pytest sets the same level again a dozen times for each test, and each time all loggers forget what they know.
    root.setLevel = lambda level: None if level == root.level else set_level(level)  # type: ignore[method-assign]
    gc.disable()  # until the tests run: while they are collected nothing goes
    logging.getLogger().addHandler(LEAKS)
    for name in ("admonster_fb", "urllib3", "requests"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    tracing = bool(os.environ.get("ADMONSTER_TRACE"))
    if tracing:  # spans keep sockets longer
        config.addinivalue_line("filterwarnings", "default::pytest.PytestUnraisableExceptionWarning")
    observe(tracing=tracing)


def pytest_collection_finish() -> None:
    gc.freeze()  # modules and tests stay: to look through them again and again was a tenth of the time
    gc.set_threshold(20_000, 10, 10)  # a sandbox is some thousand objects
    gc.enable()


@pytest.fixture
def leaks() -> Leaks:
    return LEAKS


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    """Fail a test in which a secret went out."""
    report = yield
    if call.when != "teardown":
        return report
    for title, text in report.sections:
        if not title.startswith("Captured log"):  # seen already
            LEAKS.see(title, text)
    found, LEAKS.found = LEAKS.found, []
    # The sandbox's own tests also speak to it as careless clients do, with the token in the URL.
    if found and not item.nodeid.startswith("tests/sandbox/"):
        report.outcome, report.longrepr = "failed", "\n".join(["A secret or a person went out.", *found])
    return report


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


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave files unread of which no test runs: to import a file takes longer than most of its tests."""
    expression = config.getoption("markexpr")
    named = {(config.invocation_params.dir / each.partition("::")[0]).resolve() for each in config.args}
    if expression not in (QUICK, OTHERS) or not collection_path.match("test_*.py") or collection_path in named:
        return None
    text = collection_path.read_text("utf-8")
    return bool(NOT_QUICK.search(text) if expression == QUICK else not MARKED.search(text)) or None


class Backwards(pytest.Dir):
    """A folder whose files are read last one first."""

    def collect(self) -> list[Any]:
        return [*super().collect()][::-1]


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Let every second worker begin at the end: on a fresh machine it then need not compile what another one has."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return Backwards.from_parent(parent, path=path) if worker % 2 else None  # type: ignore[no-any-return]


@pytest.hookimpl(tryfirst=True)  # before Hypothesis, which reads the whole library for seconds if a test is for it
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.parts)  # in all workers alike
    config.stash[WITH_CASSETTES] = [item for item in items if item.get_closest_marker("vcr")]
    for item in config.stash[WITH_CASSETTES]:
        item.fixturenames.insert(0, "cassette_is_played")  # type: ignore[attr-defined]
    if config.getoption("markexpr") == QUICK:
        others = {item for item in items if {"slow", "thorough"} & {mark.name for mark in item.iter_markers()}}
        config.hook.pytest_deselected(items=[*others])
        items[:] = [item for item in items if item not in others]
    else:  # files with long tests first: with several workers the last test of all should be a short one
        long = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: item.path not in long)


@pytest.fixture
def with_cassettes(request: pytest.FixtureRequest) -> list[pytest.Item]:
    """All tests that play a cassette, also those that this run leaves out."""
    return request.config.stash[WITH_CASSETTES]


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


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs are copies of a process that has imported the library already; see `started`."""
    monkeypatch.setattr(subprocess, "Popen", started.Program)


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
