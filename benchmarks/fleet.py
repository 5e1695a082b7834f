"""Print how long a fleet takes: python benchmarks/fleet.py [ACCOUNTS] [DAYS] [LATENCY] [THREADS] [killed].

A sandbox in a process of its own answers after LATENCY seconds (default 0.1), so that workers wait as they do for Meta.
One worker, two workers, and two of which one is killed half-way store the daily figures of all accounts. What each has
stored is compared with what the sandbox says: every row once. With `killed` as the last argument only that is run.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

LAST = date(2026, 10, 31)
"""Yesterday in the sandbox, whose clock stands."""


def serve(accounts: int, days: int, latency: float) -> None:
    """Serve a sandbox with so many accounts, each with a campaign that delivers every day."""
    from admonster_fb.sandbox import Sandbox
    from admonster_fb.sandbox.accounts import add_account
    from admonster_fb.sandbox.server import make_server

    sandbox = Sandbox(history=0)
    for number in range(5, accounts + 1):
        add_account(sandbox.world, f"act_{number}", f"Account {number}", "USD", "UTC", None)
    for number in range(1, accounts + 1):
        sandbox.populate(1, days, f"act_{number}", every=1)
    server = make_server(sandbox, 0, latency)
    print(
        json.dumps({"url": f"http://127.0.0.1:{server.server_address[1]}", "token": sandbox.issue_token()}), flush=True
    )
    server.serve_forever()


@contextmanager
def served(accounts: int, days: int, latency: float):
    command = [sys.executable, __file__, "serve", str(accounts), str(days), str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.kill()


def truth(server: dict[str, str], accounts: int, since: date) -> Counter[tuple[str, str, str]]:
    """Return account, day and spend of each row, read without this library."""
    import requests

    rows: Counter[tuple[str, str, str]] = Counter()
    window = json.dumps({"since": str(since), "until": str(LAST)})
    params = {"level": "campaign", "time_increment": 1, "time_range": window, "fields": "spend", "limit": 500}
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {server['token']}"
    for number in range(1, accounts + 1):
        data = session.get(f"{server['url']}/v26.0/act_{number}/insights", params=params).json()["data"]
        rows.update((f"act_{number}", row["date_start"], f"{float(row['spend']):.2f}") for row in data)
    return rows


def stored(folder: Path) -> Counter[tuple[str, str, str]]:
    """Return the same of the files."""
    import polars

    rows: Counter[tuple[str, str, str]] = Counter()
    for account in folder.glob("insights_campaign/source=*"):
        for day in polars.read_parquet([*account.glob("*.parquet")], columns=["date_start", "spend"]).iter_rows():
            rows[account.name.removeprefix("source="), str(day[0]), f"{day[1]:.2f}"] += 1
    return rows


def run(folder: Path, since: date, workers: int, threads: int, kill: bool) -> float:
    """Return the seconds that a fleet takes, without its start."""
    from distributed import Client, LocalCluster

    from admonster_fb.workflows.fleet import Fleet

    options = {"n_workers": workers, "threads_per_worker": threads, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(**options) as cluster, Client(cluster) as client, Fleet(client) as fleet:
        accounts = fleet.accounts()
        warm = fleet.sync(folder, accounts[: 4 * workers], since=LAST, until=LAST, level="account", fields=["spend"])
        assert not [done.error for done in warm if done.error]  # importing is no work
        began, killed = time.perf_counter(), not kill
        pieces = len(accounts) * len(range(0, (LAST - since).days + 1, 35))
        results = fleet.sync(folder, accounts, since=since, until=LAST, level="campaign", fields=["spend"])
        for number, done in enumerate(results, 1):
            done.result()
            if not killed and number > pieces / 2:
                os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
                killed = True
        assert killed
        return time.perf_counter() - began


def main(accounts: int = 100, days: int = 90, latency: float = 0.1, threads: int = 4, only: str = "") -> None:
    since = LAST - timedelta(days=days - 1)
    with served(accounts, days, latency) as server:
        os.environ |= {"FACEBOOK_ENDPOINT": server["url"], "FACEBOOK_ACCESS_TOKEN": server["token"]}
        expected, seconds = truth(server, accounts, since), {}
        for name, workers, kill in (("one", 1, False), ("two", 2, False), ("killed", 2, True)):
            if only in ("", name):
                with tempfile.TemporaryDirectory() as folder:
                    seconds[name] = run(Path(folder), since, workers, threads, kill)
                    found = stored(Path(folder))
                wrong = (expected - found) + (found - expected)
                ratio = f", x {seconds['one'] / seconds[name]:.2f}" if "one" in seconds else ""
                print(
                    f"{name}: {seconds[name]:.0f} s{ratio}; {len(found):,} rows, {len(wrong)} missing or double",
                    flush=True,
                )
                assert not wrong
    print(f"{accounts} accounts x {days} days, {latency * 1000:.0f} ms, {threads} threads to a worker")


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
    else:
        kinds = (int, int, float, int, str)
        main(*(kind(value) for kind, value in zip(kinds, sys.argv[1:], strict=False)))
