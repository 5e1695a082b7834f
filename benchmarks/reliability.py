"""Print what the transport is worth when things fail: run with `python benchmarks/reliability.py [trees] [seeds]`."""

from __future__ import annotations

import sys
import time

import trees

from admonster_fb import FacebookAds, RateLimited, Settings
from admonster_fb.sandbox import Sandbox, serve


def chaos(count: int, seeds: int) -> None:
    """Launch trees under chaos, seed by seed."""
    began = time.perf_counter()
    totals = {"whole": 0, "reported": 0, "duplicates": 0, "lost": 0, "orphans": 0, "crashes": 0}
    faults = 0
    for seed in range(seeds):
        sandbox = Sandbox(seed=seed + 1, history=0)
        outcome = trees.run(sandbox, count, seed=seed)
        faults += sum(sandbox.faults_met.values())
        for name in totals:
            value = getattr(outcome, name)
            totals[name] += len(value) if isinstance(value, list) else value
    took = time.perf_counter() - began
    print(f"chaos: {seeds} seeds x {count} trees of 5, rate 0.2, 8 threads: {faults:,} faults met, {took:.0f} s")
    print("       " + ", ".join(f"{name} {value:,}" for name, value in totals.items()))


def limit(calls: int = 500, loop: int = 5000) -> None:
    """Read in a loop against an hourly limit, with the sandbox's clock."""
    sandbox = Sandbox(history=0)
    sandbox.quota(calls=calls, window=3600, account="act_1")
    began = sandbox.now()
    with FacebookAds.sandbox(sandbox) as fb:
        for _ in range(loop):
            while True:
                try:
                    fb.adaccounts.get("act_1", fields=["id"])
                    break
                except RateLimited as error:
                    sandbox.sleep(error.retry_after or 60)
    throttled = sum(1 for entry in sandbox.journal if entry.status >= 400)
    ratio = (sandbox.now() - began).total_seconds() / (loop / calls * 3600)
    print(f"limit: {loop:,} reads at {calls} an hour: {throttled} throttle errors, {ratio:.2f} x the least time")


def batches(updates: int = 1000, latency: float = 0.05) -> None:
    """Update one by one and in batches against a server that takes its time.

    The objects are spread over ten accounts: on a single one Meta's 100 writes a second, which we keep to, would be all
    there is to see.
    """
    sandbox = Sandbox(history=0)
    for number in range(10):
        sandbox.add_account(f"act_{100 + number}", currency="USD", name=f"Account {number}")
    sandbox.token = sandbox.issue_token()
    campaigns = []
    with FacebookAds.sandbox(sandbox) as fb:
        for number in range(100):
            made = fb.campaigns.create(
                f"act_{100 + number % 10}",
                name=f"C{number}",
                objective="OUTCOME_TRAFFIC",
                special_ad_categories=[],
            )
            campaigns.append(made.id)
    sandbox.latency = latency
    with serve(sandbox) as server, FacebookAds(sandbox.token, settings=Settings(endpoint=server.url)) as fb:
        for campaign in campaigns:
            fb.campaigns.get(campaign)  # so that the account of each is known, and its limit kept
        began = time.perf_counter()
        for number in range(updates // 10):
            fb.campaigns.update(campaigns[number % 100], name=f"N{number}")
        single = (time.perf_counter() - began) * 10
        began = time.perf_counter()
        with fb.batch() as batch:
            for number in range(updates):
                batch.add(fb.campaigns.update, campaigns[number % 100], name=f"N{number}")
        batched = time.perf_counter() - began
    print(
        f"batch: {updates:,} updates at {latency * 1000:.0f} ms: {batched:.1f} s, one by one {single:.1f} s "
        f"(from {updates // 10}), {single / batched:.0f} times faster"
    )


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    limit()
    batches()
    chaos(arguments[0] if arguments else 1000, arguments[1] if len(arguments) > 1 else 20)
