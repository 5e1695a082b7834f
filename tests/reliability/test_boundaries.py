"""Every boundary of what is written to disk: kill -9 there, a full disk there, then go on; nothing lost, doubled, half.

A boundary is a call that the disk sees: a write (torn in the middle), a sync, a rename, a link, an unlink. Each run
is a fork that dies at one of them, until a run meets none any more.
"""

from __future__ import annotations

import errno
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from admonster_fb import FacebookAds, FacebookAdsError, FileStore, LaunchStopped, Settings
from admonster_fb.auth.token import Token
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.audit import AuditLog, verify
from admonster_fb.bot.plans.plan import WriteRecord, example, with_content_id
from admonster_fb.bot.plans.store import BudgetRaise, FolderPlans
from admonster_fb.models.change import Change
from admonster_fb.redaction import Secret
from admonster_fb.sandbox import Sandbox, png, serve
from admonster_fb.storage import JsonLines
from admonster_fb.workflows.launch import launch, resume

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")]
KEY = Fernet.generate_key().decode()
OLD, NEW = Token(Secret("sandbox-a0000000000000000001")), Token(Secret("sandbox-b0000000000000000002"))
PLAN = with_content_id(example())
CALLS = ("write", "fsync", "replace", "rename", "link", "unlink")


class Disk:
    """Counts boundaries, and fails from one of them on: by a kill, or as a full disk does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int, *, kill: bool) -> None:
        self.at, self.kill, self.met, self.healed = at, kill, 0, False
        for name in CALLS:
            monkeypatch.setattr(os, name, self._wrapped(getattr(os, name), name))

    def _wrapped(self, call: Callable[..., Any], name: str) -> Callable[..., Any]:
        def run(*args: Any, **options: Any) -> Any:
            self.met += not self.healed
            if self.met < self.at or self.healed:
                return call(*args, **options)
            if name == "write" and len(args[1]) > 1:
                call(args[0], args[1][: len(args[1]) // 2])
            if self.kill:
                os.kill(os.getpid(), signal.SIGKILL)
            if name == "unlink":  # needs no space
                return call(*args, **options)
            raise OSError(errno.ENOSPC, "No space left on device")

        return run


@dataclass
class World:
    """What one kind of work does, and what must hold after it failed and went on."""

    folder: Path

    def work(self) -> Iterator[None]:
        """Do it; each `yield` says that what came before was reported as done."""
        raise NotImplementedError

    def check(self, done: int) -> None:
        """Go on where a run stopped that had reported `done` steps."""
        raise NotImplementedError


class Audit(World):
    def work(self) -> Iterator[None]:
        log = AuditLog(self.folder / "audit.jsonl")
        for number in range(3):
            self.write(log, number)
            yield

    @staticmethod
    def write(log: AuditLog, number: int) -> str:
        change = Change("campaigns", str(number), "Sale", {"daily_budget": 2000}, {"daily_budget": 1000})
        return log.write(WriteRecord(example().made, "model", "update_campaign", "act_1", {}, (change,)))

    def check(self, done: int) -> None:
        log = AuditLog(self.folder / "audit.jsonl")
        self.write(log, 9)
        entries = [entry["changes"][0][1] for entry in log.entries()]
        assert entries[:done] == [str(number) for number in range(done)]
        assert entries[-1] == "9"
        assert len(entries) in (done + 1, done + 2)
        assert verify(log.path).whole, verify(log.path)


class Plans(World):
    def work(self) -> Iterator[None]:
        store = FolderPlans(self.folder / "plans")
        store.put(PLAN)
        yield
        store.add_raise(BudgetRaise("7", "daily_budget", 1000, PLAN.made))
        yield
        assert store.mark_applied(PLAN.id)
        yield

    def check(self, done: int) -> None:
        store = FolderPlans(self.folder / "plans")
        assert store.get(PLAN.id) in ((PLAN,) if done else (PLAN, None))
        assert len(store.raises(PLAN.made.replace(year=2000))) in ((1,) if done > 1 else (0, 1))
        assert store.is_applied(PLAN.id) or done < 3
        store.put(PLAN)
        assert store.get(PLAN.id) == PLAN
        assert store.mark_applied(PLAN.id) in ((False,) if done == 3 else (True, False))
        assert not store.mark_applied(PLAN.id)


class Tokens(World):
    def work(self) -> Iterator[None]:
        store = FileStore(self.folder / "tokens.bin", KEY)
        for token in (OLD, NEW):
            store.save("ann", token)
            yield

    def check(self, done: int) -> None:
        store = FileStore(self.folder / "tokens.bin", KEY)
        assert store.load("ann") in ((None, OLD), (OLD, NEW), (NEW,))[done]
        store.save("bob", NEW)
        assert store.load("bob") == NEW
        assert not [*self.folder.glob("*.part")]


class Export(World):
    def rows(self) -> Any:
        fb = FacebookAds.sandbox(Sandbox(history=3))
        return fb.insights.iter("act_1", level="campaign", date_preset="last_3d", time_increment=1)

    def work(self) -> Iterator[None]:
        for overwrite in (False, True):
            self.rows().to_csv(self.folder / "a.csv", overwrite=overwrite)
            yield

    def check(self, done: int) -> None:
        path = self.folder / "a.csv"
        expected = sum(1 for _ in self.rows())
        if done or path.exists():
            assert len(path.read_text().splitlines()) == expected + 1
        self.rows().to_csv(path, overwrite=True)
        assert len(path.read_text().splitlines()) == expected + 1
        assert [each.name for each in self.folder.iterdir()] == ["a.csv"]


class Journal(World):
    def work(self) -> Iterator[None]:
        with JsonLines(self.folder / "a.journal") as journal:
            for number in range(3):
                journal.append({"batch": number})
                yield

    def check(self, done: int) -> None:
        with JsonLines(self.folder / "a.journal") as journal:
            journal.append({"batch": 9})
        batches = [row["batch"] for row in JsonLines.read(self.folder / "a.journal")]
        assert batches[:done] == [*range(done)]
        assert batches[-1] == 9
        assert len(batches) in (done + 1, done + 2)


class Sync(World):
    """A folder of Parquet files. Polars does not survive a fork of a process that has used it: see `SYNC_KILLS`."""

    store = "figures"

    def work(self) -> Iterator[None]:
        with FacebookAds.sandbox(Sandbox(history=3)) as fb:
            fb.insights.sync("act_1", self.folder / self.store, level="campaign", lookback_days=2)
        yield

    def check(self, done: int) -> None:
        polars = pytest.importorskip("polars")
        for _ in self.work():
            pass
        whole = sum(1 for _ in Export(self.folder).rows()) * 2 // 3
        assert polars.read_parquet(self.folder / "figures" / "**" / "*.parquet").height == whole
        files = [*(self.folder / "figures").rglob("*")]
        assert not [file for file in files if file.name.endswith(".part")]
        assert sum(file.suffix == ".parquet" for file in files) == 2


class SQLiteSync(Sync):
    """A SQLite file, whose writes are SQLite's own: see `limit_files`."""

    store = "figures.db"

    def check(self, done: int) -> None:
        whole = sum(1 for _ in Export(self.folder).rows()) * 2 // 3
        for again in (False, True):
            for _ in self.work() if again else ():
                pass
            with closing(sqlite3.connect(self.folder / self.store)) as database:
                assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
                days = database.execute("SELECT count(*) FROM synced").fetchone()[0] if "synced" in tables else 0
                rows = database.execute("SELECT count(*) FROM insights_campaign").fetchone()[0] if days else 0
            assert (days, rows) in ([(2, whole)] if done or again else [(0, 0), (2, whole)])
        assert sorted(each.name for each in self.folder.iterdir()) == [self.store]


def limit_files(size: int, *, kill: bool) -> None:
    """Let no file of this process grow beyond a size: it is killed there, or gets an error."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL if kill else signal.SIG_IGN)


WORLDS = [Audit, Plans, Tokens, Export, Sync, Journal]
MOST = 80
REPORTED = 3
"""How a process ends that has raised a library error."""


def killed_everywhere(kind: type[World], tmp_path: Path, check: Callable[[World, int], object]) -> None:
    """Kill a run at each boundary; then `check` goes on."""
    for at in range(1, MOST):
        folder = tmp_path / str(at)
        folder.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            status, done = forked(kind(folder), partial(Disk, patch, at, kill=True))
        check(kind(folder), done)
        if status == 0:
            assert at > 5, "boundaries were met"
            return
        assert os.WTERMSIG(status) == signal.SIGKILL
    pytest.fail("it does not end")


@pytest.mark.parametrize("kind", [kind for kind in WORLDS if kind is not Sync])
def test_kill_9_at_every_boundary(kind: type[World], tmp_path: Path) -> None:
    killed_everywhere(kind, tmp_path, lambda world, done: world.check(done))


@dataclass
class Checking(World):
    """The check of a world, as work of a fork."""

    world: World
    done: int

    def work(self) -> Iterator[None]:
        self.world.check(self.done)
        yield


def checked_in_a_fork(world: World, done: int) -> None:
    assert forked(Checking(world.folder, world, done), lambda: None) == (0, 1)


SYNC_KILLS = """
import sys
from pathlib import Path
import polars
from tests.reliability.test_boundaries import Export, Sync, checked_in_a_fork, killed_everywhere
import admonster_fb.services.insights.sync
for _ in Export(Path()).rows():
    pass  # the forks share what is imported and made by then
killed_everywhere(Sync, Path(sys.argv[1]), checked_in_a_fork)
"""


def test_kill_9_of_a_parquet_sync_at_every_boundary(tmp_path: Path) -> None:
    pytest.importorskip("polars")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])}
    command = [sys.executable, "-c", SYNC_KILLS, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment)  # 40 s alone
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("kill", [True, False], ids=["kill", "full"])
def test_a_sync_at_every_size_that_its_files_may_have(kill: bool, tmp_path: Path) -> None:
    for size in range(0, 200_000, 2048):
        folder = tmp_path / str(size)
        folder.mkdir()
        world = SQLiteSync(folder)
        status, done = forked(world, partial(limit_files, size, kill=kill))
        world.check(done)
        if status == 0:
            assert size > 5 * 2048
            return
        assert (os.WTERMSIG(status) == signal.SIGXFSZ) if kill else (os.WEXITSTATUS(status) == REPORTED)
    pytest.fail("it does not end")


def forked(world: World, sabotage: Callable[[], object]) -> tuple[int, int]:
    """Run in a fork that fails somewhere; return how it ended, and how many steps it had reported."""
    read, write = os.pipe()
    report, child = os.write, os.fork()
    if child == 0:
        try:
            sabotage()
            for _ in world.work():
                report(write, b".")
            os._exit(0)
        except FacebookAdsError:
            os._exit(REPORTED)
        except BaseException:  # noqa: BLE001 - a fork must not run the rest of the tests
            traceback.print_exc()
            os._exit(1)
    os.close(write)
    _, status = os.waitpid(child, 0)
    with os.fdopen(read, "rb") as steps:
        return status, len(steps.read())


@pytest.mark.parametrize("kind", WORLDS)
def test_a_full_disk_at_every_boundary(kind: type[World], tmp_path: Path) -> None:
    for at in range(1, MOST):
        folder = tmp_path / str(at)
        folder.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            disk, done = Disk(patch, at, kill=False), 0
            try:
                for _ in kind(folder).work():
                    done += 1
            except FacebookAdsError as error:
                assert "No space left on device" in str(error)  # noqa: PT017 - all other errors are wrong
            met = disk.met
        kind(folder).check(done)
        if met < at:
            assert at > 5
            return
    pytest.fail("it does not end")


def customers(folder: Path) -> Path:
    people = folder / "people.csv"
    people.write_text("email\n" + "".join(f"person{number}@example.com\n" for number in range(20_500)))
    return people


def new_audience(fb: FacebookAds) -> str:
    source = {"customer_file_source": "USER_PROVIDED_ONLY"}
    params = {"name": "Customers", "subtype": "CUSTOM", **source}
    return str(fb.api.call("POST", "act_1/customaudiences", params).json()["id"])


@dataclass
class Uploading(World):
    """An upload to a sandbox of another process."""

    sandbox: Sandbox
    url: str
    people: Path
    audience: str

    def work(self) -> Iterator[None]:
        settings = Settings(endpoint=self.url)
        with FacebookAds(self.sandbox.token, "act_1", settings=settings, clock=self.sandbox) as fb:
            fb.audience_users.add(self.audience, self.people, journal=self.folder / "journal")
        yield


def test_an_upload_killed_at_every_boundary_is_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people = customers(tmp_path)
    for at in range(1, MOST):
        sandbox, folder = Sandbox(history=0), tmp_path / str(at)
        folder.mkdir()
        with FacebookAds.sandbox(sandbox) as fb:
            audience = new_audience(fb)
            with serve(sandbox) as server:
                world = Uploading(folder, sandbox, server.url, people, audience)
                status, done = forked(world, partial(Disk, monkeypatch, at, kill=True))
            if not done:
                fb.audience_users.add(audience, people, journal=folder / "journal")
        rows = sandbox.audience_rows(audience)
        assert (len(rows), set(rows.values())) == (20_500, {1})
        if status == 0:
            assert at > 5
            return
    pytest.fail("it does not end")


def test_an_upload_with_a_full_disk_at_every_boundary_is_resumed(tmp_path: Path) -> None:
    people = customers(tmp_path)
    for at in range(1, MOST):
        sandbox, journal = Sandbox(history=0), tmp_path / f"{at}.journal"
        with FacebookAds.sandbox(sandbox) as fb:
            audience = new_audience(fb)
            with pytest.MonkeyPatch.context() as patch:
                disk, failed = Disk(patch, at, kill=False), True
                with suppress(FacebookAdsError):
                    fb.audience_users.add(audience, people, journal=journal)
                    failed = False
                met = disk.met
            if failed:
                fb.audience_users.add(audience, people, journal=journal)
        rows = sandbox.audience_rows(audience)
        assert (len(rows), set(rows.values())) == (20_500, {1})
        if met < at:
            assert at > 5
            return
    pytest.fail("it does not end")


SPEC: dict[str, Any] = {
    "preset": "traffic",
    "defaults": {
        "adset": {"daily_budget": 2000, "targeting": {"geo_locations": {"countries": ["US"]}}},
        "creative": {"page_id": "1", "link": "https://example.com/", "message": "New in"},
    },
    "campaign": {"name": "Sale", "special_ad_categories": []},
    "adsets": [{"name": "US", "ads": [{"name": "Ad", "creative": {"image": "hero"}}]}],
}
KINDS = ("Campaign", "AdSet", "AdCreative", "Ad", "AdImage")


def spec(folder: Path) -> dict[str, Any]:
    (folder / "hero.png").write_bytes(png(600, 600, (1, 2, 3)))
    return {**SPEC, "images": {"hero": str(folder / "hero.png")}}


def launched_once(sandbox: Sandbox, journal: Path, declared: dict[str, Any]) -> None:
    with FacebookAds.sandbox(sandbox) as fb:
        if not journal.exists() or not JsonLines.read(journal):
            journal.unlink(missing_ok=True)
            launch(fb, "act_1", declared, journal=journal)
        else:
            try:
                done = resume(fb, journal)
            except (
                LaunchStopped
            ) as stopped:  # the record was on the disk, and nothing shows: a person looks, and says so
                assert "resume with send_again" in str(stopped)  # noqa: PT017
                assert all(len(sandbox.objects(kind)) <= 1 for kind in KINDS)
                done = resume(fb, journal, send_again=True)
            assert done.state == "complete"
    assert [len(sandbox.objects(kind)) for kind in KINDS] == [1] * 5


@dataclass
class Launching(World):
    """A launch in a sandbox of another process."""

    sandbox: Sandbox
    url: str
    declared: dict[str, Any]
    journal: Path

    def work(self) -> Iterator[None]:
        settings = Settings(endpoint=self.url)
        with FacebookAds(self.sandbox.token, "act_1", settings=settings, clock=self.sandbox) as fb:
            launch(fb, "act_1", self.declared, journal=self.journal)
        yield


def test_a_launch_killed_at_every_boundary_is_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    declared = spec(tmp_path)
    for at in range(1, MOST):
        sandbox, journal = Sandbox(history=0), tmp_path / f"{at}.jsonl"
        with serve(sandbox) as server:
            world = Launching(tmp_path, sandbox, server.url, declared, journal)
            status, done = forked(world, partial(Disk, monkeypatch, at, kill=True))
        launched_once(sandbox, journal, declared)
        if status == 0:
            assert done == 1
            assert at > 8
            return
    pytest.fail("it does not end")


def test_a_launch_with_a_full_disk_at_every_boundary_is_resumed(tmp_path: Path) -> None:
    declared = spec(tmp_path)
    for at in range(1, MOST):
        sandbox, journal = Sandbox(history=0), tmp_path / f"{at}.jsonl"
        with pytest.MonkeyPatch.context() as patch:
            disk = Disk(patch, at, kill=False)
            with suppress(FacebookAdsError), FacebookAds.sandbox(sandbox) as fb:
                launch(fb, "act_1", declared, journal=journal)
            met = disk.met
        launched_once(sandbox, journal, declared)
        if met < at:
            assert at > 8
            return
    pytest.fail("it does not end")


@dataclass
class Logging(World):
    """Writes of a tool with an audit log, in a sandbox of another process."""

    sandbox: Sandbox
    url: str

    def work(self) -> Iterator[None]:
        settings = Settings(endpoint=self.url)
        with FacebookAds(self.sandbox.token, "act_1", settings=settings, clock=self.sandbox) as fb:
            tool = FacebookTool(fb, audit=self.folder / "audit.jsonl")
            for name in ("A", "B"):
                done = tool.call({"op": "create_campaign", "args": {**CAMPAIGN, "name": name}})
                assert done.ok, done.text
                assert done.data.id in [entry["made"] for entry in tool.log.entries()]  # type: ignore[union-attr]
                yield


CAMPAIGN: dict[str, Any] = {"objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}


def test_a_write_of_a_process_killed_at_every_boundary_is_in_the_audit_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unfinished = 0
    for at in range(1, MOST):
        sandbox, folder = Sandbox(history=0), tmp_path / str(at)
        folder.mkdir()
        with serve(sandbox) as server:
            status, done = forked(Logging(folder, sandbox, server.url), partial(Disk, monkeypatch, at, kill=True))
        outcomes = {entry["changes"][0][2]: entry["outcome"] for entry in AuditLog(folder / "audit.jsonl").entries()}
        made = {node["name"] for node in sandbox.objects("Campaign")}
        assert made <= outcomes.keys(), "what Meta was sent is recorded, be it as begun"
        assert list(outcomes.values())[:done] == ["done"] * done
        unfinished += any(outcomes[name] == "begun" for name in made)
        if status == 0:
            assert unfinished > 1, "of some only the beginning is recorded"
            return
    pytest.fail("it does not end")
