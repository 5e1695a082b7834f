"""Print what a launch of 1 campaign, 10 ad sets and 30 ads with pictures costs, against the plain SDK one by one.

python benchmarks/launch.py         prints requests and seconds at 50 ms a request, and ends with 1 beyond a limit.
python benchmarks/launch.py large   does so for 50 ad sets and 500 ads, each with its own text; the sandbox is another
process. Meta allows an account 100 writes a second: more than 5 of the seconds are waiting for that.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from admonster_fb import FacebookAds, Settings
from admonster_fb.sandbox import Sandbox, png, serve
from admonster_fb.workflows.launch import launch

ADSETS, ADS, LATENCY = 10, 3, 0.05
MOST_REQUESTS, MOST_SECONDS = 12, 3.0
LARGE_ADSETS, LARGE_ADS = 50, 10
LARGE_REQUESTS, LARGE_SECONDS = 40, 6.0
ROUNDS = 3
"""How often a launch is measured: the best counts, as for the SDK."""
COUNTRIES = ("US", "CA", "GB", "AU", "NZ", "MX", "BR", "CL", "ZA", "JP")
CAMPAIGN: dict[str, Any] = {
    "name": "Sale",
    "objective": "OUTCOME_TRAFFIC",
    "special_ad_categories": [],
    "status": "PAUSED",
}
ADSET: dict[str, Any] = {
    "daily_budget": 2000,
    "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
    "optimization_goal": "LINK_CLICKS",
    "billing_event": "IMPRESSIONS",
    "status": "PAUSED",
}
LINK = {"link": "https://example.com/", "message": "New in"}


def targeting(country: str) -> dict[str, Any]:
    """Return a broad audience."""
    return {"geo_locations": {"countries": [country]}, "targeting_automation": {"advantage_audience": 0}}


def pictures(folder: Path) -> list[Path]:
    """Write a picture for each ad, each of its own colour."""
    paths = [folder / f"{number}.png" for number in range(ADSETS * ADS)]
    for number, path in enumerate(paths):
        path.write_bytes(png(600, 600, (number, 80, 160)))
    return paths


def one_by_one(url: str, token: str, files: list[Path]) -> None:
    """Launch with Meta's SDK as its documentation does."""
    from facebook_business.adobjects.adaccount import AdAccount
    from facebook_business.api import FacebookAdsApi, FacebookSession

    session = FacebookSession(access_token=token)
    session.GRAPH = url
    account = AdAccount("act_1", api=FacebookAdsApi(session))
    campaign = account.create_campaign(params={**CAMPAIGN, "is_adset_budget_sharing_enabled": False})
    for number, country in enumerate(COUNTRIES):
        made = {**ADSET, "name": country, "campaign_id": campaign["id"], "targeting": targeting(country)}
        adset = account.create_ad_set(params=made)
        for file in files[number * ADS : (number + 1) * ADS]:
            image = account.create_ad_image(params={"filename": str(file)})
            story = {"page_id": "1", "link_data": {**LINK, "image_hash": image["hash"]}}
            creative = account.create_ad_creative(params={"name": file.stem, "object_story_spec": story})
            params = {"name": file.stem, "adset_id": adset["id"], "creative": {"creative_id": creative["id"]}}
            account.create_ad(params={**params, "status": "PAUSED"})


def tree(files: list[Path]) -> dict[str, Any]:
    """Return the same as one declaration."""
    adsets = [
        {
            **ADSET,
            "name": country,
            "targeting": targeting(country),
            "ads": [{"name": file.stem, "creative": {"image": file.stem}} for file in files[n * ADS : (n + 1) * ADS]],
        }
        for n, country in enumerate(COUNTRIES)
    ]
    return {
        "campaign": CAMPAIGN,
        "defaults": {"creative": {"page_id": "1", **LINK}},
        "images": {file.stem: str(file) for file in files},
        "adsets": adsets,
    }


def large_tree(file: Path) -> dict[str, Any]:
    """Return 50 ad sets with 10 ads each; all show one picture, each with its own text."""
    adsets = [
        {
            **ADSET,
            "name": f"Ad set {number}",
            "targeting": targeting(COUNTRIES[number % len(COUNTRIES)]),
            "ads": [
                {"name": f"Ad {number}.{ad}", "creative": {"message": f"New in {number}.{ad}"}}
                for ad in range(LARGE_ADS)
            ],
        }
        for number in range(LARGE_ADSETS)
    ]
    creative = {"page_id": "1", **LINK, "image": "hero"}
    return {"campaign": CAMPAIGN, "defaults": {"creative": creative}, "images": {"hero": str(file)}, "adsets": adsets}


def at_once(url: str, token: str, spec: dict[str, Any], folder: Path) -> int:
    """Launch with this library; return how many HTTP requests it took, reading back included."""
    sent: list[object] = []
    settings = Settings(endpoint=url)
    with FacebookAds(token, "act_1", settings=settings, on_request=sent.append) as fb:
        done = launch(fb, "act_1", spec, journal=folder / f"{time.monotonic_ns()}.journal")
        assert (done.state, done.different) == ("complete", ())
    return len(sent)


def measured(way: Callable[[str, str], Any]) -> tuple[float, Any]:
    """Return the seconds that a way takes, in the best of some rounds on a new sandbox each, and what it returned."""
    best, returned = float("inf"), None
    for _ in range(ROUNDS):
        with serve(Sandbox(history=0, latency=LATENCY)) as server:
            began = time.perf_counter()
            returned = way(server.url, server.sandbox.token)
            best = min(best, time.perf_counter() - began)
            check(server.sandbox)
    return best, returned


def check(sandbox: Sandbox) -> None:
    """Refuse to measure what does not make the whole tree."""
    kinds = [*sandbox.kinds().values()]
    made = [kinds.count(kind) for kind in ("Campaign", "AdSet", "Ad", "AdImage")]
    assert made == [1, ADSETS, ADSETS * ADS, ADSETS * ADS], made


def large() -> int:
    """Measure the large launch; return 1 beyond a limit."""
    best = float("inf")
    with tempfile.TemporaryDirectory() as name:
        spec = large_tree(pictures(Path(name))[0])
        for _ in range(ROUNDS):
            command = [sys.executable, __file__, "serve"]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
                try:
                    url, token = json.loads(server.stdout.readline() if server.stdout else "")
                    began, cpu = time.perf_counter(), time.process_time()
                    requests = at_once(url, token, spec, Path(name))
                    best, cpu = min(best, time.perf_counter() - began), time.process_time() - cpu
                finally:
                    server.kill()
    print(
        f"launch: 1 campaign, {LARGE_ADSETS} ad sets, {LARGE_ADSETS * LARGE_ADS} ads, {LATENCY * 1000:.0f} ms a request"
    )
    print(f"  requests  {requests} (at most {LARGE_REQUESTS})")
    print(f"  seconds   {best:.2f} (at most {LARGE_SECONDS:.0f}), of which {cpu:.1f} CPU of this process")
    return int(requests > LARGE_REQUESTS or best > LARGE_SECONDS)


def serve_alone() -> None:
    """Print the address and the token of a sandbox and serve until killed."""
    with serve(Sandbox(history=0, latency=LATENCY)) as server:
        print(json.dumps([server.url, server.sandbox.token]), flush=True)
        threading.Event().wait()


def main() -> int:
    """Measure both; return 1 beyond a limit."""
    with tempfile.TemporaryDirectory() as name:
        files = pictures(Path(name))
        ours, requests = measured(lambda url, token: at_once(url, token, tree(files), Path(name)))
        theirs, _ = measured(lambda url, token: one_by_one(url, token, files))
    print(f"launch: 1 campaign, {ADSETS} ad sets, {ADSETS * ADS} ads with pictures, {LATENCY * 1000:.0f} ms a request")
    print(f"  requests  {requests} (at most {MOST_REQUESTS})")
    print(f"  seconds   {ours:.2f} (under {MOST_SECONDS:.0f})")
    print(f"  SDK       {theirs:.2f} s one by one: {theirs / ours:.1f} times as long")
    return int(requests > MOST_REQUESTS or ours >= MOST_SECONDS)


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve_alone()
    else:
        sys.exit(large() if sys.argv[1:] == ["large"] else main())
