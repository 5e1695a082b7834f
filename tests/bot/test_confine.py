"""No file outside the host's folder is read or written, however a model writes its path."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.bot import tool as tool_module
from admonster_fb.bot.help import example
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.plans.store import MemoryPlans
from admonster_fb.bot.registry import registry
from admonster_fb.sandbox import Sandbox, png
from admonster_fb.sandbox.sample_media import mp4

SECRET = "planted.secret@example.com"
WHOLE: Any = {"preset": "traffic", "campaign": {"name": "Whole", "special_ad_categories": []}}
EVENT = {
    "event_name": "Purchase",
    "event_time": 1793534400,
    "action_source": "physical_store",
    "user_data": {"em": SECRET},
    "custom_data": {"value": 5, "currency": "USD"},
}
# Each path of each op: the file's name and content, None for a file to write, and the other arguments.
ROWS: dict[tuple[str, str], tuple[str, bytes | None, Callable[[FacebookAds], dict[str, Any]]]] = {
    ("launch_campaign", "images"): ("a.png", png(1080, 1080) + SECRET.encode(), lambda _: WHOLE),
    ("launch_campaign", "videos"): ("a.mp4", mp4() + SECRET.encode(), lambda _: WHOLE),
    ("upload_image", "image_path"): ("a.png", png(600, 600) + SECRET.encode(), lambda _: {}),
    ("upload_video", "video_path"): ("a.mp4", mp4() + SECRET.encode(), lambda _: {}),
    ("add_users_to_audience", "csv_path"): ("a.csv", f"email\n{SECRET}\n".encode(), lambda fb: audience(fb)),
    ("remove_users_from_audience", "csv_path"): ("a.csv", f"email\n{SECRET}\n".encode(), lambda fb: audience(fb)),
    ("replace_audience_users", "csv_path"): ("a.csv", f"email\n{SECRET}\n".encode(), lambda fb: audience(fb)),
    ("send_conversion_events", "events_path"): (
        "a.json",
        json.dumps([EVENT]).encode(),
        lambda fb: {"pixel_id": fb.adspixels.list("act_1")[0].id},
    ),
    ("save_previews", "filename"): ("a.html", None, lambda fb: {"creative_id": creative(fb), "overwrite": True}),
    ("export_insights_to_csv", "filename"): ("a.csv", None, lambda _: {"level": "campaign", "overwrite": True}),
    ("get_report", "filename"): (
        "a.csv",
        None,
        lambda fb: {"report_id": fb.insights.report("act_1", level="campaign", days=7).wait().id, "overwrite": True},
    ),
    ("sync_leads", "store"): ("a.csv", None, lambda _: {}),
    ("sync_insights", "filename"): ("a.sqlite", None, lambda _: {"level": "campaign"}),
    ("weekly_report", "filename"): ("a.html", None, lambda _: {"format": "html", "overwrite": True}),
}


def audience(fb: FacebookAds) -> dict[str, Any]:
    source: Any = {"subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}
    return {"audience_id": fb.customaudiences.create("act_1", name="Customers", **source).id}


def creative(fb: FacebookAds) -> str:
    story: Any = {"page_id": "1", "link_data": {"link": "https://example.com/", "message": "New"}}
    return fb.adcreatives.create("act_1", object_story_spec=story).id


def formats(schema: Any) -> Iterator[str]:
    """Yield the formats anywhere in a schema."""
    if isinstance(schema, Mapping):
        yield from [schema["format"]] if isinstance(schema.get("format"), str) else []
        for below in schema.values():
            yield from formats(below)
    elif isinstance(schema, list):
        for below in schema:
            yield from formats(below)


def of_a_path(schema: Any) -> bool:
    return bool({"path", "path-or-url", "path-or-folder"} & {*formats(schema)})


def test_every_path_of_every_op_has_a_row() -> None:
    declared = {
        (op.name, name)
        for op in registry().values()
        for name, schema in op.schema["properties"].items()
        if of_a_path(schema)
    }
    assert declared == {*ROWS}
    assert not [op.name for op in registry().values() if of_a_path(op.schema.get("$defs"))]


def written(name: str, path: str) -> Any:
    return {"a": path} if name in ("images", "videos") else path


def spellings(op: str, name: str, path: str, rest: dict[str, Any]) -> Iterator[Any]:
    """Yield calls under each name of the argument, and in each encoding."""
    aliases = registry()[op].spec.aliases
    for alias in (name, *[alias for alias, target in aliases.items() if target == name]):
        yield {"op": op, "args": {**rest, alias: written(name, path)}}
    if not path.startswith(("/", "..")):
        return
    for alias in (name, *[alias for alias, target in aliases.items() if target == name]):
        given = {**rest, alias: written(name, path)}
        yield {"op": op, "args": json.dumps(given)}
        yield {"op": op, **given}
        yield json.dumps({"op": op, "args": given})
        for odd in (json.dumps(written(name, path)), [path], {"b": path}, {"b": {"c": path}}, [[path]], [{"a": path}]):
            yield {"op": op, "args": {**rest, alias: odd}}


def seen(folder: Path) -> dict[str, bytes | None]:
    """Return what is in a folder, files with their content."""
    return {each.name: each.read_bytes() if each.is_file() else None for each in folder.iterdir()}


class Place:
    """A folder that the host allows, with every kind of file, and folders with secrets next to it."""

    def __init__(self, top: Path, file: str, content: bytes | None) -> None:
        self.files, self.outside = top / "in", top / "out"
        for folder in (self.files, self.outside, self.files / "a.folder", top / "in-not"):
            folder.mkdir(parents=True)
        self.secret = self.outside / file
        (top / "in-not" / file).write_bytes(content or SECRET.encode())
        self.secret.write_bytes(content or SECRET.encode())
        suffix = self.secret.suffix
        (self.files / f"link{suffix}").symlink_to(self.secret)
        (self.files / f"loop{suffix}").symlink_to(self.files / f"loop{suffix}")
        (self.files / f"new{suffix}").symlink_to(self.outside / f"made{suffix}")
        (self.files / "door").symlink_to(self.outside)
        (self.files / f"hard{suffix}").hardlink_to(self.secret)
        os.mkfifo(self.files / f"pipe{suffix}")
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(str(self.files / f"s{suffix}"))
        out = f"../out/{file}"
        self.paths = [
            *(str(self.secret), out, f"./a.folder/../{out}", f"../in-not/{file}", f"door/{file}", f"door/made{suffix}"),
            *(f"file://{self.secret}", f"FILE://{self.secret}", f"file:/../../{out}", f"https:/../../{out}"),
            f"hard{suffix}",
            *(f"link{suffix}", f"loop{suffix}", f"new{suffix}", f"pipe{suffix}", f"s{suffix}", "a.folder", ".", ""),
            *("/dev/zero", "/dev/stdin", "/proc/self/environ", "/dev/fd/0", f"~/../out/{file}", f"~root/{file}"),
            *(f" {self.secret}", f"{self.secret}\0.png", f"\0{out}", "a" * 5000, f"missing/{file}"),
        ]


@pytest.fixture
def top(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("c")  # short: the path of a socket has 108 bytes at most


@pytest.mark.thorough
@table(("op", "name"), ROWS, ids=" ".join, fresh=True)
def test_no_path_leads_out_of_the_folder(fb: FacebookAds, sandbox: Sandbox, top: Path, op: str, name: str) -> None:
    file, content, args = ROWS[op, name]
    place, rest = Place(top, file, content), args(fb)
    before, outside = len(posts(sandbox)), seen(place.outside)
    for files in (place.files, None):
        tool = FacebookTool(fb, files=files, policy=SpendPolicy(needs_plan=()))
        planning = FacebookTool(fb, files=files)
        for path in [*place.paths, *([] if files else [str(place.files / file), file])]:
            for number, call in enumerate(spellings(op, name, path, rest)):
                result = (planning if number % 4 == 3 else tool).call(call)
                # A path in quotation marks is the name of a new file within the folder.
                assert not result.ok or json.dumps(path) in call["args"].values(), (call, result.text)
                assert SECRET not in result.text + str(result.error)
    assert len(posts(sandbox)) == before
    assert seen(place.outside) == outside
    assert SECRET not in str(sandbox.requests)


@pytest.mark.parametrize("path", [".env", "./.ENV", "sub/../.env", "settings.html"])
def test_no_op_writes_or_reads_the_settings(fb: FacebookAds, top: Path, path: str) -> None:
    """A bot that starts in the folder takes its policy from there."""
    (top / "settings.html").symlink_to(top / ".env")
    call = {"op": "weekly_report", "args": {"format": "html", "filename": path}}
    result = FacebookTool(fb, files=top).call(call)
    assert "another name than .env" in result.text
    assert [each.name for each in top.iterdir()] == ["settings.html"]


@pytest.mark.thorough
@table(("op", "name"), ROWS, ids=" ".join, fresh=True)
def test_a_file_within_the_folder_is_used_under_every_name(
    fb: FacebookAds, sandbox: Sandbox, top: Path, op: str, name: str
) -> None:
    file, content, args = ROWS[op, name]
    if content is not None:
        (top / file).write_bytes(content)
    (top / f"link{Path(file).suffix}").symlink_to(top / file)
    rest, tool = args(fb), FacebookTool(fb, files=top, policy=SpendPolicy(needs_plan=()))
    if "audience_id" in rest:
        sandbox.audience_status(rest["audience_id"], 200)
    aliases = [alias for alias, target in registry()[op].spec.aliases.items() if target == name]
    for alias in (name, *aliases):
        for path in (file, f"./{file}", str(top / file), f"link{Path(file).suffix}"):
            result = tool.call({"op": op, "args": {**rest, alias: written(name, path)}})
            assert "path" not in result.text.split("\n")[0]
            assert result.ok or "In Progress" in result.text, result.text
    assert (top / file).is_file()


@pytest.mark.thorough
@table("path", ["a/b/c", "a/" * 2000 + "c"], ids=["folders", "2000 folders"], fresh=True)
@table(("op", "name"), ROWS, ids=" ".join, fresh=True)
def test_a_file_in_folders_that_do_not_exist_makes_none(
    fb: FacebookAds, top: Path, op: str, name: str, path: str
) -> None:
    file, _, args = ROWS[op, name]
    rest, tool = args(fb), FacebookTool(fb, files=top, policy=SpendPolicy(needs_plan=()))
    result = tool.call({"op": op, "args": {**rest, name: written(name, path + file)}})
    assert not result.ok
    assert "unexpected" not in result.text
    assert not [*top.iterdir()]


def test_a_host_may_write_its_folders_as_text(fb: FacebookAds, top: Path) -> None:
    paths: Any = {"files": str(top), "plans": str(top / "plans"), "audit": str(top / "audit.jsonl")}
    tool = FacebookTool(fb, **paths)
    assert tool.call({"op": "export_insights_to_csv", "args": {"filename": "a.csv", "days": 7}}).ok
    new = {"name": "A", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": [], "daily_budget": 2000}
    made = tool.call({"op": "create_campaign", "args": new})
    planned = tool.call({"op": "update_campaign", "args": {"campaign_id": made.data.id, "daily_budget": 5000}})
    assert planned.text.startswith("PLAN"), planned.text
    assert (top / "a.csv").is_file()
    assert [*(top / "plans").iterdir()]
    assert (top / "audit.jsonl").is_file()


@pytest.mark.thorough
@table("op", [op.name for op in registry().values()], fresh=True)
def test_no_argument_that_is_no_path_reads_a_file(fb: FacebookAds, sandbox: Sandbox, top: Path, op: str) -> None:
    secret = top / "a.csv"
    secret.write_text(f"email\n{SECRET}\n")
    tool = FacebookTool(fb, audit=top / "audit.jsonl", policy=SpendPolicy(needs_plan=()))
    for name in {*registry()[op].schema["properties"], *registry()[op].spec.aliases}:
        for value in (str(secret), {"image": str(secret), "filename": str(secret)}):
            result: ToolResult = tool.call({"op": op, "args": {**example(registry()[op])["args"], name: value}})
            assert SECRET not in result.text + str(result.data) + str(result.error)
    assert SECRET not in str(sandbox.requests)


def test_the_journal_of_an_upload_does_not_follow_a_link(fb: FacebookAds, sandbox: Sandbox, top: Path) -> None:
    place, list_ = Place(top, "b.csv", None), audience(fb)
    (place.files / "a.csv").write_text("email\nmary@example.com\n")
    journal = place.files / f".a.csv.{list_['audience_id']}.add.upload"
    before, sent = seen(place.outside), len(posts(sandbox))
    for target in (place.secret, place.outside / "new"):
        journal.unlink(missing_ok=True)
        journal.symlink_to(target)
        tool = FacebookTool(fb, files=place.files, policy=SpendPolicy(needs_plan=()))
        result = tool.call({"op": "add_users_to_audience", "args": {**list_, "csv_path": "a.csv"}})
        assert not result.ok
        assert "cannot be read: Too many levels of symbolic links" in result.text
    assert seen(place.outside) == before
    assert len(posts(sandbox)) == sent


NAMES_FILES = frozenset({"open", "os.link", "os.mkdir", "os.remove", "os.rename", "os.truncate", "sqlite3.connect"})


@pytest.fixture(scope="session")
def files_opened() -> list[str]:
    """Return the names of files as they are opened. The hook stays, and each line that is logged calls it too."""
    opened: list[str] = []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event in NAMES_FILES:
            opened.extend(os.fsdecode(each) for each in arguments[:2] if isinstance(each, str | bytes | os.PathLike))

    sys.addaudithook(watch)
    return opened


OTHER_FORMS = {"sync_leads": ("a.sqlite", "figures"), "sync_insights": ("figures",)}
"""What else the file of an op may be: the form decides which files are next to it."""
PLANTED = ("link", "dangling link", "hard link", "pipe", "link to a pipe", "link to a folder")


def planted(kind: str, place: Place, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "hard link":
        path.hardlink_to(place.secret)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        targets = {"link": place.secret, "link to a pipe": place.outside / "pipe", "link to a folder": place.outside}
        path.symlink_to(targets.get(kind, place.outside / "made"))


def next_to_it(opened: list[str], folder: Path, given: str) -> set[str]:
    """Return the names that were opened in a folder besides the given one: what audit hooks of Python see."""
    names = {path.removeprefix(f"{folder}/") for path in opened}
    names = {re.sub(r"\.[0-9a-f]{8}\.part$", ".0badcafe.part", name) for name in names if not name.startswith("/")}
    names |= {given + ending for ending in ("-journal", "-wal", "-shm") if given.endswith(".sqlite")}
    names |= {f"{given}/{name}" for name in names if "/" not in name and (folder / given).is_dir()}
    return {name for name in names if name not in (given, "", ".") and not name.startswith("tmp")}


FORMS = [(op, name, form) for op, name in ROWS for form in (ROWS[op, name][0], *OTHER_FORMS.get(op, ()))]


@pytest.mark.slow
@pytest.mark.parametrize(("op", "name", "file"), FORMS, ids=map(" ".join, FORMS))
def test_no_file_next_to_it_leads_out_or_is_waited_for(
    fb: FacebookAds, sandbox: Sandbox, top: Path, files_opened: list[str], op: str, name: str, file: str
) -> None:
    _, content, args = ROWS[op, name]
    rest = {**args(fb), name: written(name, file)}
    if op == "sync_leads":
        rest["object_id"] = sandbox.add_form()
        sandbox.add_leads(rest["object_id"], [None])
    if op == "sync_insights":
        rest["since"] = "2026-10-31"  # one day: each has a file

    def called(number: int, plant: Callable[[Place], None]) -> tuple[Place, ToolResult]:
        place = Place(top / str(number), "victim", b"")
        place.secret.write_bytes(b"")  # SQLite would write to an empty file
        os.mkfifo(place.outside / "pipe")
        if content is not None:
            (place.files / file).write_bytes(content)
        if "audience_id" in rest:
            sandbox.audience_status(rest["audience_id"], 200)
        plant(place)
        files_opened.clear()
        return place, FacebookTool(fb, files=place.files, policy=SpendPolicy(needs_plan=())).call(
            {"op": op, "args": rest}
        )

    place, result = called(0, lambda _: None)
    assert result.ok, result.text
    others = next_to_it(files_opened, place.files, file)
    assert others or content is not None, "a file that is written has a draft"
    for number, (other, kind) in enumerate(itertools.product(sorted(others), PLANTED), 1):
        with at_most(20, f"{other} is a {kind}"):
            place, result = called(number, lambda place: planted(kind, place, place.files / other))  # noqa: B023
        assert "unexpected" not in result.text, (other, kind)
        assert seen(place.outside) == {"victim": b"", "pipe": None}, (other, kind)


@contextmanager
def at_most(seconds: int, what: str) -> Iterator[None]:
    """Fail where something is waited for: an interrupt ends the wait."""

    def over(*_: object) -> None:
        raise KeyboardInterrupt(f"waited for {what}")

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    try:
        yield
    except KeyboardInterrupt as late:
        pytest.fail(str(late))
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def exchanged(kind: str, place: Place, file: Path) -> None:
    """Put what leads outside in the place of a file that was checked, or of its folder."""
    if kind == "folder":
        file.parent.rename(place.files / "moved")
        file.parent.symlink_to(place.outside)
        return
    file.unlink(missing_ok=True)
    if kind == "hard link":
        file.hardlink_to(place.secret)
    elif kind == "pipe":
        os.mkfifo(file)
    else:
        file.symlink_to(place.secret)


@pytest.mark.thorough
@table("kind", ["link", "hard link", "folder", "pipe"], fresh=True)
@table(("op", "name"), ROWS, ids=" ".join, fresh=True)
def test_a_file_exchanged_after_the_check_is_not_followed(
    fb: FacebookAds, sandbox: Sandbox, top: Path, monkeypatch: pytest.MonkeyPatch, op: str, name: str, kind: str
) -> None:
    file, content, args = ROWS[op, name]
    place, rest = Place(top, file, content), args(fb)
    (place.files / "b").mkdir()
    path = place.files / "b" / file
    if content is not None:
        path.write_bytes(content.replace(SECRET.encode(), b"mary@example.com"))
    before, asked, check = seen(place.outside), len(posts(sandbox)), tool_module.confine_paths

    def checked(*arguments: Any) -> dict[str, Any]:
        found = check(*arguments)
        exchanged(kind, place, path)
        return found

    monkeypatch.setattr(tool_module, "confine_paths", checked)
    tool = FacebookTool(fb, files=place.files, policy=SpendPolicy(needs_plan=()))
    result = tool.call({"op": op, "args": {**rest, name: written(name, str(path))}})
    assert seen(place.outside) == before
    assert SECRET not in result.text + str(sandbox.requests)
    if content is not None:
        assert not result.ok
        assert len(posts(sandbox)) == asked


@pytest.mark.thorough
@table("kind", ["link", "hard link", "folder", "dangling link"], fresh=True)
def test_a_link_that_is_gone_when_sqlite_has_opened_is_noticed(
    fb: FacebookAds, top: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    place, connect = Place(top, "a.sqlite", None), sqlite3.connect
    place.secret.write_bytes(b"")  # SQLite would make a database of it
    path = place.files / "b" / "a.sqlite"
    path.parent.mkdir()
    call = {"op": "sync_insights", "args": {"filename": str(path), "level": "campaign"}}
    tool = FacebookTool(fb, files=place.files)
    assert tool.call(call).ok
    before, away = path.read_bytes(), path.with_name("away")

    def exchanging(*arguments: Any, **options: Any) -> Any:
        path.rename(away)
        if kind == "dangling link":
            path.symlink_to(place.outside / "made")
        else:
            exchanged(kind, place, path)
        database = connect(*arguments, **options)
        if kind == "folder":
            path.parent.unlink()
            (place.files / "moved").rename(path.parent)
        else:
            path.unlink()
        away.rename(path)
        return database

    monkeypatch.setattr(sqlite3, "connect", exchanging)
    assert not tool.call(call).ok
    assert path.read_bytes() == before
    assert place.secret.read_bytes() == b""
    assert not any(seen(place.outside).values())
    monkeypatch.undo()
    assert tool.call(call).ok


def test_a_model_applies_no_plan_with_a_file_outside_its_own_folder(
    fb: FacebookAds, sandbox: Sandbox, top: Path
) -> None:
    plans, mine, others = MemoryPlans(), top / "mine", top / "others"
    mine.mkdir()
    others.mkdir()
    (others / "a.csv").write_text(f"email\n{SECRET}\n")
    other, list_ = FacebookTool(fb, files=others, plans=plans), audience(fb)
    sandbox.audience_status(list_["audience_id"], 200)
    plan = other.call({"op": "replace_audience_users", "args": {**list_, "csv_path": "a.csv"}}).data
    apply = {"op": "apply", "args": {"plan_id": plan.id}}
    for files in (mine, None):
        tool = FacebookTool(fb, files=files, plans=plans)
        assert "csv_path" in tool.call(apply).text
    assert other.guard.pending(plan.id)  # not used up
    approved = FacebookTool(fb, files=mine, plans=plans).approve(plan.id)
    assert approved.ok, approved.text  # a person has seen it


@pytest.mark.thorough
def test_a_folder_of_figures_is_synced_again_but_none_with_links(fb: FacebookAds, top: Path) -> None:
    pytest.importorskip("pyarrow")
    tool, place = FacebookTool(fb, files=top), Place(top / "other", "a.csv", None)
    call = {"op": "sync_insights", "args": {"filename": "figures", "level": "campaign"}}
    for path in ("figures", "./figures/", str(top / "figures")):
        assert tool.call({**call, "args": {**call["args"], "filename": path}}).ok
    day = next(top.glob("figures/*/*/*.parquet"))
    for each in (day, day.parent, day.parent.parent):
        each.rename(top / "away")
        each.symlink_to(place.outside)
        assert "a folder without links" in tool.call(call).text
        each.unlink()
        (top / "away").rename(each)
    assert {*seen(place.outside)} == {"a.csv"}


@pytest.mark.thorough
@table("store", ["leads", "leads.csv", "leads.sqlite"], fresh=True)
def test_leads_are_added_to_a_store_that_only_its_owner_reads(sandbox: Sandbox, top: Path, store: str) -> None:
    pytest.importorskip("pyarrow")
    tool, form = FacebookTool(FacebookAds.sandbox(sandbox), files=top), sandbox.add_form()
    for number in (1, 2):
        sandbox.add_leads(form, [None])
        result = tool.call({"op": "sync_leads", "args": {"object_id": form, "store": store}})
        assert f"Stored: {number}" in result.text
    assert {each.stat().st_mode & 0o077 for each in top.rglob("*") if each.is_file()} == {0}


def posts(sandbox: Sandbox) -> list[Any]:
    return [entry for entry in sandbox.requests if entry.method != "GET"]
