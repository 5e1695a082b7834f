"""Print what a row of figures costs in CPU of this process: python benchmarks/rows.py [ROWS].

Pages come from memory: neither a network nor a server is measured. The ways run in turns, and the best run of each
counts. The last lines are loops by hand over the same pages, decoded by orjson if it is installed (pydantic's decoder
otherwise): one number per row; a file of flat rows, by `csv` and by polars; whole rows, by requests. By hand nothing is
checked.
"""

from __future__ import annotations

import csv
import io
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars
import requests
from pydantic_core import from_json
from requests.adapters import BaseAdapter

from admonster_fb import FacebookAds, Settings
from insights import FIELDS, TYPES, insights_row

try:
    from orjson import loads
except ImportError:
    loads = from_json

PAGE = 500
ROUNDS = 9


class Pages(BaseAdapter):
    """Answers with pages of rows until `count` were sent."""

    def __init__(self, count: int) -> None:
        super().__init__()
        rows = json.dumps([insights_row(n) for n in range(PAGE)], separators=(",", ":"))
        following = ',"paging":{"cursors":{"before":"b","after":"a"}%s}'
        ends = [f',"next":"https://x/v26.0/act_1/insights?after={n}"' for n in range(count // PAGE - 1)] + [""]
        self.bodies = [f'{{"data":{rows}{following % end}}}'.encode() for end in ends]
        self.sent = 0

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        """Return the account, or the next page."""
        response = requests.Response()
        response.status_code = 200
        body = b'{"id":"act_1","currency":"USD","timezone_name":"UTC"}'
        if "insights" in str(request.url):
            body = self.bodies[self.sent % len(self.bodies)]
            self.sent += 1
        response.raw = io.BytesIO(body)
        return response

    def close(self) -> None:
        """Nothing is open."""


def flat(bodies: list[bytes]) -> list[dict[str, Any]]:
    """Return the rows with a column per action type."""
    rows = []
    for body in bodies:
        for row in loads(body)["data"]:
            for name in LISTS:
                for entry in row.pop(name, ()):
                    row[f"{name}.{entry['action_type']}"] = entry["value"]
            rows.append(row)
    return rows


def csv_by_hand(bodies: list[bytes], path: Path) -> None:
    """Write rows by `csv.writer`, page by page; which types there are is known before."""
    plain = [name for name in FIELDS if name not in LISTS]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*plain, *(f"{name}.{kind}" for name in LISTS for kind in TYPES)])
        for body in bodies:
            lines = []
            for row in loads(body)["data"]:
                by_type = [{each["action_type"]: each["value"] for each in row.get(name, ())} for name in LISTS]
                lines.append([*map(row.get, plain), *(values.get(kind) for values in by_type for kind in TYPES)])
            writer.writerows(lines)


def parquet_by_hand(bodies: list[bytes], path: Path) -> None:
    """Write flat rows by polars, numbers as numbers."""
    frame = polars.DataFrame(flat(bodies))
    numbers = [name for name in frame.columns if "." in name or name in NUMBERS]
    frame.with_columns(polars.col(numbers).cast(polars.Float64)).write_parquet(path)


def pages_by_hand(pages: Pages) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of each page by requests, page after page."""
    with requests.Session() as session:
        session.mount("https://", pages)
        url = "https://graph.facebook.com/v26.0/act_1/insights"
        while url:
            answer = loads(session.get(url, params={"access_token": "x"}, timeout=9).content)
            yield answer["data"]
            url = answer["paging"].get("next")


LISTS = ("actions", "cost_per_action_type")
NUMBERS = ("impressions", "reach", "frequency", "clicks", "inline_link_clicks", "spend", "cpc", "cpm", "ctr")


def main(count: int) -> None:
    """Print microseconds per row."""
    pages = Pages(count)
    fb = FacebookAds("sandbox-rows", settings=Settings(adapter=pages))
    folder = Path(tempfile.mkdtemp())

    def edge() -> Any:
        return fb.insights.iter("act_1", fields=FIELDS)

    ways: dict[str, Callable[[], object]] = {
        "iter": lambda: sum(1 for _ in edge()),
        "iter, spend and one action read": lambda: [row.spend and row.action("purchase") for row in edge()],
        "list": lambda: [*edge()],
        "pages": lambda: sum(len(page.data) for page in edge().pages()),
        "raw": lambda: sum(map(len, edge().raw())),
        "iter, all lists read": lambda: [[*row.actions, *row.cost_per_action_type] for row in edge()],
        "frame": lambda: edge().frame(),
        "to_csv": lambda: edge().to_csv(folder / "a.csv", overwrite=True),
        "to_parquet": lambda: edge().to_parquet(folder / "a.parquet", overwrite=True),
        "csv by hand": lambda: csv_by_hand(pages.bodies, folder / "b.csv"),
        "parquet by hand": lambda: parquet_by_hand(pages.bodies, folder / "b.parquet"),
        "raw by hand": lambda: sum(map(len, pages_by_hand(pages))),
        "by hand": lambda: [float(row["spend"]) for body in pages.bodies for row in loads(body)["data"]],
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for name, way in ways.items():
            began = time.process_time()
            way()
            best[name] = min(best[name], time.process_time() - began)
    for name, seconds in best.items():
        print(f"{name:32} {seconds / count * 1e6:6.1f} us a row  {seconds / best['by hand']:5.2f} x by hand")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
