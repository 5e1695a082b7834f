"""Upload a big video in chunks to a sandbox in another process, through three cuts: time, memory, is it whole?

python benchmarks/video.py [megabytes]
"""

from __future__ import annotations

import hashlib
import json
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from admonster_fb import FacebookAds, Settings
from admonster_fb.sandbox.sample_media import mp4_head

MB = 1024**2
EDGE = "POST act_*/advideos"
CUTS = (
    {"fault": "Reset", "skip": 5},
    {"fault": "LostResponse", "skip": 20},
    {"fault": {"fault": "Http", "status": 503}, "skip": 40},
)


def make(path: Path, size: int) -> None:
    """Write a sparse MP4 file; every megabyte has its number in it, so that none can stand for another."""
    with path.open("wb") as file:
        file.write(mp4_head(60.0, size))
        for number in range(1, size // MB):
            file.seek(number * MB)
            file.write(number.to_bytes(8, "big"))
        file.truncate(size)


@contextmanager
def sandbox(snapshot: Path) -> Iterator[tuple[str, str]]:
    """Run a sandbox in a process of its own; yield its URL and token. Its state is in `snapshot` afterwards."""
    command = [sys.executable, "-m", "admonster_fb.sandbox", "--history", "0", "--snapshot", str(snapshot)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        told = "".join(iter(process.stdout.readline, "  Account  act_1\n"))
        yield re.search(r"URL\s+(\S+)", told)[1], re.search(r"Token\s+(\S+)", told)[1]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        process.stdout.close()


def peak() -> float:
    """Return the most memory this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (MB if sys.platform == "darwin" else 1024)


def measure(megabytes: int, folder: Path) -> dict[str, object]:
    """Upload a file of that size; return what it took."""
    big, snapshot = folder / "big.mp4", folder / "sandbox.json"
    make(big, megabytes * MB)
    with big.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    with sandbox(snapshot) as (url, token), FacebookAds(token, "act_1", settings=Settings(endpoint=url)) as fb:
        fb.advideos.list(fb.account)  # what is loaded at the first call is not the upload's
        for cut in CUTS:
            # Each plan counts only the calls that none before it took.
            requests.post(f"{url}/_sandbox/faults", json={"pattern": EDGE, **cut}, timeout=10).raise_for_status()
        before, began = peak(), time.perf_counter()
        video = fb.advideos.create(fb.account, filename=big)
        seconds, grown = time.perf_counter() - began, peak() - before
        met = requests.get(f"{url}/_sandbox/faults", timeout=10).json()["met"]
        journal = requests.get(f"{url}/_sandbox/journal", timeout=10).json()["data"]
    nodes = json.loads(snapshot.read_text())["store"]["nodes"]
    [held] = [hidden for node_id, _kind, _data, hidden in nodes if node_id == video.id]
    chunks = sum(row["params"].get("upload_phase") == "transfer" for row in journal)
    return {
        "megabytes": megabytes,
        "seconds": round(seconds, 2),
        "memory_grown_mb": round(grown, 1),
        "transfers": chunks,
        "cuts": met,
        "whole": held["sha256"] == digest,
    }


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(int(sys.argv[1]) if sys.argv[1:] else 300, Path(folder))))


if __name__ == "__main__":
    main()
