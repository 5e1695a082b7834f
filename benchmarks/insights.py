"""Print how fast figures and ads are read, as ratios to Meta's SDK: python benchmarks/insights.py [ROWS] [ADS].

Each way runs in a process of its own against a local server of canned pages, so that memory is its own too. Figures are
read 500 rows to a page by all. Ads are listed by the SDK as it does unless told otherwise, 25 to a page, and by us 500
to a page; the ratio with 500 for both is printed beside it.
"""

from __future__ import annotations

import json
import resource
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

TYPES = ("link_click", "landing_page_view", "post_engagement", "page_engagement", "purchase", "omni_purchase")
BLOCKS = 8
"""How many different pages the server has; they come in turns."""
FLOORS = {"iter": 3.5, "frame": 6.0, "ads": 20.0}
MEMORY = 70.0
ROUNDS = 3


def insights_row(n: int) -> dict[str, object]:
    """Return a row as Meta sends it: a day of an ad with six types of actions and their costs."""
    return {
        "account_id": "1",
        "account_name": "Shop",
        "account_currency": "USD",
        "campaign_id": f"{120210000000000000 + n // 100}",
        "campaign_name": f"Campaign {n // 100}",
        "adset_id": f"{120220000000000000 + n // 10}",
        "adset_name": f"Ad set {n // 10}",
        "ad_id": f"{120230000000000000 + n}",
        "ad_name": f"Ad {n}",
        "date_start": "2026-10-01",
        "date_stop": "2026-10-01",
        "impressions": f"{1000 + n}",
        "reach": f"{900 + n % 700}",
        "frequency": "1.111111",
        "clicks": f"{n % 50}",
        "inline_link_clicks": f"{n % 40}",
        "spend": f"{n % 1000}.{n % 100:02}",
        "cpc": "0.213333",
        "cpm": "4.512345",
        "ctr": "2.116667",
        "actions": [{"action_type": kind, "value": f"{n % 97 + i}"} for i, kind in enumerate(TYPES)],
        "cost_per_action_type": [
            {"action_type": kind, "value": f"{(n % 97 + i) / 7:.6f}"} for i, kind in enumerate(TYPES)
        ],
    }


def ad_row(n: int) -> dict[str, object]:
    """Return an ad as Meta sends it."""
    return {
        "id": f"{120230000000000000 + n}",
        "account_id": "1",
        "campaign_id": "120210000000000001",
        "adset_id": "120220000000000001",
        "name": f"Ad {n}",
        "status": "ACTIVE",
        "effective_status": "ACTIVE",
        "creative": {"id": f"{120240000000000000 + n}", "name": f"Creative {n}"},
        "conversion_domain": "example.com",
        "created_time": "2026-09-01T09:00:00-0700",
        "tracking_specs": [{"action.type": ["offsite_conversion"], "fb_pixel": ["1"]}],
        "updated_time": "2026-10-01T09:00:00-0700",
    }


class Server(threading.Thread):
    """Answers `limit` rows at a time until `count` are told; bodies are made before the clock runs."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self._blocks: dict[tuple[str, int], list[bytes]] = {}

    def run(self) -> None:
        while True:
            connection, _ = self.listening.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            while request := lines.readline():
                while lines.readline() not in (b"\r\n", b""):
                    pass
                body = self._answer(request.split()[1].decode())
                head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
                connection.sendall(head + body)

    def _answer(self, target: str) -> bytes:
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        edge, account = path.rsplit("/", 1)[-1], path.rsplit("/", 2)[-2]
        if edge.startswith("act_"):
            return b'{"id":"act_1","currency":"USD","timezone_name":"America/New_York"}'
        count, size = int(account.removeprefix("act_")), int(query.get("limit", ["25"])[0])
        begun = int(query.get("after", ["0"])[0])
        block = self.block(edge, size)[begun // size % BLOCKS]
        end = begun + size
        following = b',"next":"https://graph.facebook.com/v26.0/x/%s?limit=%d&after=%d"' % (edge.encode(), size, end)
        return block + b',"paging":{"cursors":{"before":"%d","after":"%d"}%s}}' % (
            *(begun, end),
            following if end < count else b"",
        )

    def block(self, edge: str, size: int) -> list[bytes]:
        """Return the rows of some pages, encoded."""
        if (edge, size) not in self._blocks:
            row = insights_row if edge == "insights" else ad_row
            self._blocks[edge, size] = [
                b'{"data":'
                + json.dumps([row(n) for n in range(b * size, (b + 1) * size)], separators=(",", ":")).encode()
                for b in range(BLOCKS)
            ]
        return self._blocks[edge, size]


def _ours(url: str) -> object:
    from admonster_fb import FacebookAds, Settings

    return FacebookAds("sandbox-benchmark", settings=Settings(endpoint=url))


def _sdk_account(url: str, account: str) -> object:
    from facebook_business.adobjects.adaccount import AdAccount
    from facebook_business.api import FacebookAdsApi, FacebookSession

    session = FacebookSession(access_token="EAAbench")
    session.GRAPH = url
    return AdAccount(account, api=FacebookAdsApi(session))


FIELDS = list(insights_row(0))
ADS = list(ad_row(0))


def walk(rows: Iterable[object]) -> int:
    """Take rows one by one, keeping none."""
    return sum(1 for _ in rows)


WAYS: dict[str, Callable[[str, str], int]] = {
    "sdk insights": lambda url, account: walk(_sdk_account(url, account).get_insights(FIELDS, {"limit": 500})),
    "our insights": lambda url, account: walk(_ours(url).insights.iter(account, fields=FIELDS)),
    "our frame": lambda url, account: _ours(url).insights.iter(account, fields=FIELDS).frame().height,
    "sdk ads 25": lambda url, account: walk(_sdk_account(url, account).get_ads(ADS)),
    "sdk ads 500": lambda url, account: walk(_sdk_account(url, account).get_ads(ADS, {"limit": 500})),
    "our ads 500": lambda url, account: walk(_ours(url).ads.iter(account, fields=ADS, limit=500)),
}


def one(way: str, url: str, count: int) -> None:
    """Run one way in this process and print seconds and the most memory, in MB."""
    WAYS[way](url, "act_50" if way.endswith("25") else "act_1000")  # what is loaded and built once is not counted
    began = time.perf_counter()
    got = WAYS[way](url, f"act_{count}")
    took = time.perf_counter() - began
    assert got == count, f"{way}: {got} of {count}"
    print(json.dumps([took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


def measured(way: str, url: str, count: int) -> tuple[float, float]:
    """Return rows a second and peak memory of a fresh process."""
    command = [sys.executable, __file__, "--one", way, url, str(count)]
    seconds, memory = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return count / seconds, memory


@contextmanager
def served() -> Iterator[str]:
    """Serve from a process of its own."""
    command = [sys.executable, __file__, "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def serve() -> None:
    """Print the address and serve until ended."""
    server = Server()
    for edge, size in (("insights", 500), ("ads", 25), ("ads", 500)):
        server.block(edge, size)
    server.start()
    print(server.url, flush=True)
    server.join()


def compare(rows: int, ads: int) -> bool:
    """Print all; tell whether every figure is where it has to be."""
    counts = {way: ads if "ads" in way else rows for way in WAYS}
    with served() as url:
        # In turns, so that a slow moment of the machine hits each alike.
        runs = [{way: measured(way, url, count) for way, count in counts.items()} for _ in range(ROUNDS)]
        few = measured("our insights", url, rows // 4)[1]
    speed = {way: statistics.median(run[way][0] for run in runs) for way in WAYS}
    memory = {way: max(run[way][1] for run in runs) for way in WAYS}
    for way in WAYS:
        print(f"{way:13} {counts[way]:>7,} rows {speed[way]:>9,.0f} rows/s  {memory[way]:5.0f} MB")
    ratios = {
        "iter": speed["our insights"] / speed["sdk insights"],
        "frame": speed["our frame"] / speed["sdk insights"],
        "ads": speed["our ads 500"] / speed["sdk ads 25"],
    }
    for name, ratio in ratios.items():
        print(f"{name}: {ratio:.1f} x the SDK (at least {FLOORS[name]:g})")
    print(f"ads, both 500 to a page: {speed['our ads 500'] / speed['sdk ads 500']:.1f} x the SDK")
    most = memory["our insights"]
    print(f"memory of iter: {most:.0f} MB at {rows:,} rows, {few:.0f} MB at {rows // 4:,} (at most {MEMORY:g})")
    return all(ratios[name] >= floor for name, floor in FLOORS.items()) and most < MEMORY and most - few < 3


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve()
    elif sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        numbers = [int(argument) for argument in sys.argv[1:]]
        sys.exit(not compare(*(numbers + [100_000, 50_000][len(numbers) :])))
