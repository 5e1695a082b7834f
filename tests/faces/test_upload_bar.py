"""The bar that shows on a terminal how far an upload is, and that nobody else sees."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from admonster_fb.sandbox import png
from admonster_fb.sandbox.sample_media import mp4

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("copies")]

CALL = (sys.executable, "-m", "admonster_fb", "call", "--sandbox", "--json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shoes.mp4").write_bytes(mp4(size=12_000_000))
    (tmp_path / "shoes.png").write_bytes(png())
    return tmp_path


def on_a_terminal(folder: Path, *words: str) -> tuple[str, str]:
    """Return what a call prints on stdout, a pipe, and on stderr, a terminal."""
    ours, theirs = pty.openpty()
    seen = bytearray()

    def read() -> None:
        with contextlib.suppress(OSError):  # the end, on Linux
            while block := os.read(ours, 4096):
                seen.extend(block)

    reader = threading.Thread(target=read)
    reader.start()
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    done = subprocess.run([*CALL, *words], cwd=folder, stdout=subprocess.PIPE, stderr=theirs, env=env, check=True)
    os.close(theirs)
    reader.join()
    os.close(ours)
    return done.stdout.decode(), seen.decode()


def test_an_upload_shows_how_far_it_is(folder: Path) -> None:
    said, shown = on_a_terminal(folder, "upload_video", "video_path=shoes.mp4")
    assert '"ok": true' in said
    for part in ("Uploading", "0.0/12.0 MB", "5.2/12.0 MB", "12.0/12.0 MB"):
        assert part in shown
    assert "Uploading" not in said


def test_what_is_no_upload_of_chunks_shows_nothing(folder: Path) -> None:
    assert on_a_terminal(folder, "upload_image", "image_path=shoes.png")[1] == ""


def test_a_pipe_gets_no_bar(folder: Path) -> None:
    words = [*CALL, "upload_video", "video_path=shoes.mp4"]
    assert subprocess.run(words, cwd=folder, capture_output=True, check=True).stderr == b""
