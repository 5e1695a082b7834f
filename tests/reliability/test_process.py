"""What must hold when processes die, share a meter, or share a facade."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from admonster_fb import FacebookAds, Settings
from admonster_fb.sandbox import Sandbox, serve

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("copies")]

LAUNCHER = textwrap.dedent(
    """
    import sys
    from admonster_fb import FacebookAds, Settings
    url, token, journal, *more = sys.argv[1:]
    facade = FacebookAds(token, "act_1", settings=Settings(endpoint=url), settle=0.1)
    with facade as fb, fb.resumable(journal, send_again=bool(more)) as run:
        for number in range(8):
            campaign = run.campaigns.create(run.account, name=f"tree {number}", objective="OUTCOME_TRAFFIC",
                                            special_ad_categories=[])
            for part in "ab":
                run.adsets.create(run.account, name=f"set {number}{part}", campaign_id=campaign.id, daily_budget=1000,
                    bid_strategy="LOWEST_COST_WITHOUT_CAP", optimization_goal="LINK_CLICKS",
                    billing_event="IMPRESSIONS", targeting={"geo_locations": {"countries": ["US"]},
                    "targeting_automation": {"advantage_audience": 0}})
            print(number, flush=True)
    """
)


@pytest.mark.parametrize("after", [0, 1, 3])
def test_kill_9_during_a_launch_and_the_next_run_makes_nothing_twice(tmp_path, after):
    journal = tmp_path / "launch.journal"
    with serve(Sandbox(history=0, latency=0.004)) as server:
        command = [sys.executable, "-c", LAUNCHER, server.url, server.sandbox.token, str(journal)]
        first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        for _ in range(after):
            first.stdout.readline()
        while not journal.exists() or not journal.read_text().strip():
            time.sleep(0.002)
        first.send_signal(signal.SIGKILL)
        first.wait()
        first.stdout.close()
        assert journal.exists()
        assert "tree" not in journal.read_text()
        again = subprocess.run(command, check=False, capture_output=True, text=True)
        if again.returncode:  # it died between the record and the send: nobody can tell
            assert "resume with send_again" in again.stderr
            subprocess.run([*command, "send_again"], check=True, capture_output=True)
        assert not journal.exists()
        names = Counter(node["name"] for kind in ("Campaign", "AdSet") for node in server.sandbox.objects(kind))
    assert len(names) == 24
    assert set(names.values()) == {1}


def test_32_threads_share_one_facade_and_close_is_clean():
    with serve(Sandbox(history=0)) as server:
        fb = FacebookAds(server.sandbox.token, "act_1", settings=Settings(endpoint=server.url))
        with ThreadPoolExecutor(32) as pool:
            accounts = list(pool.map(lambda n: fb.adaccounts.get(f"act_{n % 4 + 1}").currency, range(200)))
        assert accounts == ["USD", "JPY", "EUR", "GBP"] * 50
        calls = [threading.Thread(target=lambda: fb.campaigns.list("act_1")) for _ in range(8)]
        for call in calls:
            call.start()
        fb.close()
        for call in calls:
            call.join(timeout=10)
        assert not any(call.is_alive() for call in calls)


READER = textwrap.dedent(
    """
    import sys
    from admonster_fb import FacebookAds, RateLimited, Settings
    from admonster_fb.transport import rate_limits as usage
    usage.SLOWEST = 0.02
    url, token, store = sys.argv[1:4]
    with FacebookAds(token, "act_1", settings=Settings(endpoint=url), usage_store=store, max_wait=1) as fb:
        made = 0
        try:
            for _ in range(1000):
                fb.adaccounts.get("act_1", fields=["id"])
                made += 1
        except RateLimited:
            pass
        print(made)
    """
)


def test_4_processes_share_one_meter(redis_server):
    store, _kill, _restart = redis_server
    sandbox = Sandbox(history=0)
    sandbox.quota(calls=500, account="act_1")
    with serve(sandbox) as server:
        command = [sys.executable, "-c", READER, server.url, sandbox.token, store]
        readers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
        counts = [int(reader.communicate(timeout=60)[0]) for reader in readers]
    assert 475 <= sum(counts) <= 500
    assert not [entry for entry in sandbox.journal if entry.status >= 400]


def test_redis_going_away_loses_no_call_and_it_comes_back(redis_server, caplog):
    store, kill, restart = redis_server
    with serve(Sandbox(history=0)) as server:
        fb = FacebookAds(server.sandbox.token, "act_1", settings=Settings(endpoint=server.url), usage_store=store)
        assert fb.adaccounts.get("act_1").currency == "USD"
        kill()
        for _ in range(3):
            assert fb.adaccounts.get("act_1").currency == "USD"
        assert len([record for record in caplog.records if "usage store does not respond" in record.message]) == 1
        restart()
        fb.usage._store._down_until = 0.001  # the pause is over
        assert fb.adaccounts.get("act_1").currency == "USD"
        assert fb.usage._store._down_until == 0.0
        fb.close()


def test_a_redis_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "redis", None)
    from admonster_fb import ParameterError

    with pytest.raises(ParameterError, match=r"admonster-fb\[redis\]"):
        FacebookAds("EAAx", usage_store="redis://127.0.0.1:1/0")
