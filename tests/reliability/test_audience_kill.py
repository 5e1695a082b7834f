"""A list of customers whose upload is killed at any batch: taken up again, every row is there exactly once."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from admonster_fb import FacebookAds
from admonster_fb.sandbox import Sandbox, serve

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("copies")]
ROWS = 32_000
BATCHES = 4


@pytest.fixture(scope="module")
def customers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("customers") / "customers.csv"
    file.write_text("email\n" + "".join(f"person{n}@example.com\n" for n in range(ROWS)))
    return file


EVERY = Counter((hashlib.sha256(f"person{n}@example.com".encode()).hexdigest(),) for n in range(ROWS))


@pytest.mark.parametrize(
    ("kind", "batch"), [*(("add", batch) for batch in range(BATCHES)), ("replace", 0), ("replace", 2)]
)
def test_kill_9_at_any_batch_and_the_next_run_sends_every_row_once(kind: str, batch: int, customers: Path) -> None:
    sandbox = Sandbox(history=0, latency=0.05)
    with serve(sandbox) as server:
        with FacebookAds.sandbox(sandbox) as fb:
            answer = fb.api.call(
                "POST",
                "act_1/customaudiences",
                {"name": "Customers", "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"},
            )
            audience = answer.json()["id"]
            if kind == "replace":  # which only a list in normal state can be
                fb.audience_users.add(audience, ["before@example.com"], schema="EMAIL")
                sandbox.advance(days=1)
        command = [sys.executable, "-m", "admonster_fb", "audience", "upload", str(customers), "--audience", audience]
        env = {**os.environ, "FACEBOOK_ENDPOINT": server.url, "FACEBOOK_ACCESS_TOKEN": sandbox.token}
        journal = customers.with_name(f".{customers.name}.{audience}.{kind}.upload")
        with subprocess.Popen([*command, "--kind", kind], env=env, stdout=subprocess.DEVNULL) as process:
            ends = time.monotonic() + 30
            while process.poll() is None and time.monotonic() < ends:
                if journal.exists() and journal.read_text().count('"batch"') >= batch:
                    break
                time.sleep(0.001)
            os.kill(process.pid, signal.SIGKILL)
        done = subprocess.run([*command, "--kind", kind], env=env, capture_output=True, text=True, check=True)
        assert "Meta received" in done.stdout
        assert "@" not in done.stdout + done.stderr
    assert sandbox.audience_rows(audience) == EVERY
    assert not journal.exists()
