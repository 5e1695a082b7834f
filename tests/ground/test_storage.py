"""Durable files: atomic writes, JSON lines, locks."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
from contextlib import ExitStack, nullcontext, suppress
from pathlib import Path

import pytest
from tables import table

from admonster_fb.errors import FacebookAdsError
from admonster_fb.storage import Busy, JsonLines, NotWritten, Records, atomic_write, lock, lock_away


def test_atomic_write_replaces_the_file_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    with atomic_write(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert [*tmp_path.iterdir()] == [path]
    assert path.stat().st_mode & 0o077 == 0, "only its owner can read it"


def test_atomic_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    with suppress(ZeroDivisionError), atomic_write(path) as file:
        file.write(b"new")
        _ = 1 / 0
    assert path.read_bytes() == b"old"
    assert [*tmp_path.iterdir()] == [path]


def test_atomic_write_removes_drafts_of_killed_processes_only_when_alone(tmp_path: Path) -> None:
    left, other = tmp_path / ".a.txt.0123abcd.part", tmp_path / ".b.txt.0123abcd.part"
    left.touch()
    other.touch()
    with atomic_write(tmp_path / "a.txt", alone=False):
        pass
    assert left.exists()
    with atomic_write(tmp_path / "a.txt"):
        pass
    assert not left.exists()
    assert other.exists()


def test_atomic_write_syncs_content_before_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    replace = os.replace
    monkeypatch.setattr(os, "fsync", lambda _handle: steps.append("fsync"))
    monkeypatch.setattr(os, "replace", lambda *a, **b: (steps.append("replace"), replace(*a, **b))[1])
    with atomic_write(tmp_path / "a.txt"):
        pass
    assert steps == ["fsync", "replace", "fsync"]


def test_json_lines_append_is_on_the_disk_when_it_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    path = tmp_path / "log.jsonl"
    monkeypatch.setattr(os, "fsync", lambda _handle: synced.append(path.read_text()))
    with JsonLines(path) as log:
        log.append({"id": 1})
        log.append([2])
    assert synced == ['{"id": 1}\n', '{"id": 1}\n', '{"id": 1}\n[2]\n'], "once more for the name of the new file"
    assert JsonLines.read(path) == [{"id": 1}, [2]]
    assert path.stat().st_mode & 0o077 == 0


def test_json_lines_after_a_cut_line_are_read(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"id": 1}\n{"id":')
    with JsonLines(path) as log:
        log.append({"id": 3})
    assert JsonLines.read(path) == [{"id": 1}, {"id": 3}]


def test_json_lines_new_refuses_a_file_that_exists(tmp_path: Path) -> None:
    JsonLines(tmp_path / "log.jsonl", new=True).close()
    with pytest.raises(FileExistsError):
        JsonLines(tmp_path / "log.jsonl", new=True)


def test_json_lines_of_many_threads_are_whole(tmp_path: Path) -> None:
    log = JsonLines(tmp_path / "log.jsonl")
    threads = [threading.Thread(target=lambda n=n: [log.append([n] * 500) for _ in range(20)]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.close()
    lines = (tmp_path / "log.jsonl").read_text().splitlines()
    assert len(lines) == 160
    assert all(len(json.loads(line)) == 500 for line in lines)


def test_lock_is_held_by_one_thread(tmp_path: Path) -> None:
    with lock(tmp_path / "a"), pytest.raises(Busy, match="the plans is locked") as refused:
        lock(tmp_path / "a", timeout=0, name="the plans").__enter__()
    assert refused.value.retryable
    with lock(tmp_path / "a", timeout=0), lock(tmp_path / "b", timeout=0):
        pass


@pytest.mark.slow
def test_lock_is_held_by_one_process_and_freed_when_it_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from admonster_fb.storage import lock\n"
        f"with lock(Path({str(tmp_path / 'a')!r})): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Busy), lock(tmp_path / "a", timeout=0):
            pass
        holder.kill()
        holder.wait()
    with lock(tmp_path / "a", timeout=5):
        pass


class FullDisk:
    """A disk on which `room` more bytes fit, `step` of them at a time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: int, step: int = 7) -> None:
        self.room, self.step, self.write = room, step, os.write
        monkeypatch.setattr(os, "write", self)

    def __call__(self, handle: int, data: bytes) -> int:
        fits = min(self.room, self.step, len(data))
        if not fits:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room -= fits
        return self.write(handle, data[:fits])


@table("room", range(0, 26, 5), fresh=True)
def test_a_line_is_written_wholly_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    path, line = tmp_path / "log.jsonl", {"id": "0123456789"}
    with JsonLines(path) as log:
        log.append({"id": "1"})
        disk = FullDisk(monkeypatch, room)
        failed = room <= len(json.dumps(line))
        with pytest.raises(NotWritten, match=r"log\.jsonl was not written: No space left") if failed else nullcontext():
            log.append(line)
        assert JsonLines.read(path) == ([{"id": "1"}] if failed else [{"id": "1"}, line])
        assert path.read_bytes().endswith(b"\n")
        disk.room = 1000
        log.append({"id": "3"})
    assert JsonLines.read(path)[-1] == {"id": "3"}
    assert len(JsonLines.read(path)) == 3 - failed


def test_two_writers_of_one_path_keep_their_drafts_and_overwrite_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with ExitStack() as first:
        first.enter_context(atomic_write(path, overwrite=False)).write(b"1")
        with atomic_write(path, overwrite=False) as second:
            second.write(b"2")
        with pytest.raises(FileExistsError):
            first.close()
    assert path.read_bytes() == b"2"
    with ExitStack() as first:
        first.enter_context(atomic_write(path)).write(b"4")
        with atomic_write(path) as second:
            second.write(b"3")
    assert path.read_bytes() == b"4"
    assert [*tmp_path.iterdir()] == [path]


def test_records_that_are_damaged_or_newer_are_refused_and_a_cut_end_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with Records(path, new=True) as records:
        for number in range(3):
            records.append({"id": number})
    first, _, last = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + b"{bad}\n" + last)
    with pytest.raises(FacebookAdsError, match="damaged in line 2"):
        Records.read(path)
    path.write_bytes(b'{"version": 99}\n')
    with pytest.raises(FacebookAdsError, match="newer release"):
        Records.read(path)
    path.write_bytes(first + last[:9])
    with Records(path) as records:
        records.append({"id": 9})
    assert [row["id"] for row in Records.read(path)] == [0, 9]


@table("other", ["a.csv", "./a.csv", "b/../a.csv", "link/a.csv", "to-a.csv"], fresh=True)
def test_a_file_has_one_lock_whatever_its_spelling(tmp_path: Path, other: str) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "a.csv").touch()
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "to-a.csv").symlink_to("a.csv")
    before = {*tmp_path.iterdir()}
    with lock_away(tmp_path / "a.csv"), pytest.raises(Busy), lock_away(tmp_path / other, timeout=0):
        pass
    assert {*tmp_path.iterdir()} == before, "nothing next to the file"


@table("name", ["a\0b", "\ud800", "x\ud800.csv"], fresh=True)
def test_a_name_that_no_file_can_have_is_a_clear_error_of_its_lock(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotWritten, match="no file can have such a name"), lock_away(tmp_path / name):
        pass


def test_a_link_to_itself_has_a_lock(tmp_path: Path) -> None:
    (tmp_path / "a.csv").symlink_to(tmp_path / "a.csv")
    path = tmp_path / "a.csv"
    with lock_away(path, timeout=0), pytest.raises(Busy), lock_away(path, timeout=0):
        pass
