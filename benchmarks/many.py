"""What many accounts and many users cost: python benchmarks/many.py [PART] prints each figure with its limit.

Parts: `accounts` (a call while a facade knows the limits of many accounts), `report` (the week of 50 accounts, 100 ms
a request, the sandbox in a process of its own), `threads` (200 tools after a call of each), `loop` (how long 40 answers
of 500 rows block the event loop), `help` (of the command line). Ends with 1 if one is over. CPU is that of the process.
"""

from __future__ import annotations

import asyncio
import functools
import io
import json
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests
from blocked import blocked
from requests.adapters import BaseAdapter

from admonster_fb import FacebookAds, Settings
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import Sandbox
from admonster_fb.workflows.weekly_report import weekly_report
from insights import insights_row

ACCOUNTS, TOOLS, CALLS, ROWS = 50, 200, 40, 500
Row = tuple[str, float, str, float]


class Limits(BaseAdapter):
    """Answers each read of an account with a usage header of its own."""

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        """Return the account."""
        account = str(request.url).partition("act_")[2].partition("?")[0]
        usage = {account: [{"type": "ads_management", "call_count": 1, "total_cputime": 1, "total_time": 1}]}
        response = requests.Response()
        response.status_code, response.url = 200, str(request.url)
        response.headers["x-business-use-case-usage"] = json.dumps(usage)
        response.raw = io.BytesIO(b'{"id":"act_%s","currency":"USD"}' % account.encode())
        return response

    def close(self) -> None:
        """Nothing is open."""


class Rows(BaseAdapter):
    """Answers each read of a level's insights with a page of 500 rows, of the account's own with one, or an account."""

    def __init__(self) -> None:
        super().__init__()
        rows = [insights_row(number) for number in range(ROWS)]
        following = {"cursors": {"after": "a"}, "next": "https://graph.facebook.com/v26.0/act_1/insights?after=a"}
        self.page = json.dumps({"data": rows, "paging": following}).encode()
        self.total = json.dumps({"data": [insights_row(1)]}).encode()

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        """Return the page, the total, or the account."""
        response = requests.Response()
        response.status_code, response.url = 200, str(request.url)
        account = b'{"id":"act_1","account_id":"1","currency":"USD","timezone_name":"UTC"}'
        figures = self.page if "level=" in response.url else self.total
        response.raw = io.BytesIO(figures if "/insights" in response.url else account)
        return response

    def close(self) -> None:
        """Nothing is open."""


def accounts() -> Iterator[Row]:
    """Yield the CPU of a `get` while the limits of 1, 1,000 and 5,000 accounts are known."""
    for known in (1, 1_000, 5_000):
        with FacebookAds("sandbox-many", "act_1", settings=Settings(adapter=Limits())) as fb:
            for number in range(1, known + 1):
                fb.adaccounts.get(f"act_{number}", fields=["currency"])
            assert len(fb.usage.readings()) == known
            best = float("inf")
            for _ in range(10):
                began = time.process_time()
                for _ in range(100):
                    fb.adaccounts.get("act_1", fields=["currency"])
                best = min(best, (time.process_time() - began) * 10)
            yield f"a call, {known:,} accounts known", best, "ms CPU", 0.8


def report() -> Iterator[Row]:
    """Yield the seconds and requests of the weekly report of 50 accounts."""
    with subprocess.Popen([sys.executable, __file__, "serve"], stdout=subprocess.PIPE, text=True) as server:
        try:
            url, token = json.loads(server.stdout.readline() if server.stdout else "")
            sent: list[object] = []
            with FacebookAds(token, "act_1", settings=Settings(endpoint=url), on_request=sent.append) as fb:
                began = time.perf_counter()
                made = weekly_report(fb, "all")
                took = time.perf_counter() - began
            assert len(made.accounts) == ACCOUNTS
        finally:
            server.kill()
    yield f"weekly report of {ACCOUNTS} accounts", took, "s", 3.0
    yield "its requests", len(sent), "", 120


def serve() -> None:
    """Serve 50 accounts, each with a campaign that delivers."""
    from admonster_fb.sandbox.accounts import add_account
    from admonster_fb.sandbox.server import make_server

    sandbox = Sandbox(history=0)
    for number in range(5, ACCOUNTS + 1):
        add_account(sandbox.world, f"act_{number}", f"Account {number}", "USD", "UTC", None)
    for number in range(1, ACCOUNTS + 1):
        sandbox.populate(1, 14, f"act_{number}", every=1)
    server = make_server(sandbox, 0, 0.1)
    print(json.dumps([f"http://127.0.0.1:{server.server_address[1]}", sandbox.issue_token()]), flush=True)
    server.serve_forever()


def threads() -> Iterator[Row]:
    """Yield the threads of a process in which 200 tools have been called."""
    tools = [FacebookTool(FacebookAds.sandbox()) for _ in range(TOOLS)]

    async def use() -> None:
        await asyncio.gather(*(tool.acall({"op": "list_campaigns"}) for tool in tools))

    asyncio.run(use())
    yield f"threads of {TOOLS} tools in use", threading.active_count(), "", 40


def loop() -> Iterator[Row]:
    """Yield the longest block of the event loop in 40 calls at once that answer 500 rows each, best of 5 runs.

    Beside it that by as many calls of pure Python, which take the same CPU on 8 threads, and on one.
    """
    fb = FacebookAds("sandbox-many", "act_1", settings=Settings(adapter=Rows()))
    tool = FacebookTool(fb)
    call = {"op": "get_detailed_insights", "args": {"object_id": "act_1", "level": "ad", "days": 7}}

    async def use() -> None:
        answers = await asyncio.gather(*(tool.acall(call) for _ in range(CALLS)))
        assert all("after=skip-" in answer.text for answer in answers), "a page is read, 20 rows are shown"

    def burn() -> None:
        ends = time.thread_time() + cpu
        while time.thread_time() < ends:
            sum(range(200))

    async def pure(threads: int) -> None:
        with ThreadPoolExecutor(threads) as pool:
            await asyncio.gather(*(asyncio.get_running_loop().run_in_executor(pool, burn) for _ in range(CALLS)))

    asyncio.run(use())
    began = time.process_time()
    asyncio.run(use())
    cpu = (time.process_time() - began) / CALLS
    works = {"tool": use, "8": functools.partial(pure, 8), "1": functools.partial(pure, 1)}
    blocks = [{name: blocked(work)[1] for name, work in works.items()} for _ in range(5)]
    least = {name: min(block[name] for block in blocks) for name in works}
    yield "an answer", cpu * 1000, "ms CPU", 27.0
    yield f"loop blocked, {CALLS} answers of {ROWS} rows", least["tool"], "ms", 25.0
    yield "  by pure Python on 8 threads", least["8"], "ms", float("inf")
    yield "  on one thread", least["1"], "ms", float("inf")


BARE = """
import typer
app = typer.Typer()
app.command("a")(lambda: None)
app.command("b")(lambda: None)
app()
"""


def help_() -> Iterator[Row]:
    """Yield the CPU of `admonster-fb --help` and its ratio to that of an app with two commands, best of 5 in turns."""
    best = {"-m": float("inf"), "-c": float("inf")}
    for _ in range(5):
        for how, what in (("-m", "admonster_fb"), ("-c", BARE)):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, how, what, "--help"], check=True, capture_output=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            best[how] = min(best[how], after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    yield "admonster-fb --help", best["-m"] * 1000, "ms CPU", 200.0
    yield "  of a Typer app with two commands", best["-m"] / best["-c"], "x", 1.5


PARTS = {"accounts": accounts, "report": report, "threads": threads, "loop": loop, "help": help_}


def main(names: list[str]) -> int:
    """Print the figures of some parts, or of all."""
    over = False
    for name in names or PARTS:
        for what, figure, unit, limit in PARTS[name]():
            over |= figure > limit
            print(f"{what:<42} {figure:8.2f} {unit:<6} (limit {limit:g}){'  OVER' if figure > limit else ''}")
    return int(over)


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve()
    else:
        sys.exit(main(sys.argv[1:]))
