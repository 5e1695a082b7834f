"""What the bot's tool costs: to build, per call over the plain method, in bytes of schema, and with 200 calls at once.

python benchmarks/tool.py    prints each figure with its limit and ends with 1 if one is over.
"""

from __future__ import annotations

import asyncio
import functools
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import requests
from blocked import blocked

from admonster_fb import FacebookAds, Settings
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import Sandbox, SandboxAdapter

LATENCY = 0.05
CALLS = 200
BUILD = """
import time
from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
fb = FacebookAds.sandbox()
began = time.perf_counter()
FacebookTool(fb).parameters
print((time.perf_counter() - began) * 1000)
"""


def build_ms() -> float:
    """Return how long the first tool of a process takes; the median of some processes."""
    runs = [subprocess.run([sys.executable, "-c", BUILD], capture_output=True, text=True, check=True) for _ in range(5)]
    return statistics.median(float(run.stdout) for run in runs)


def overhead_us(fb: FacebookAds) -> float:
    """Return what `call` adds to the method it calls, with the answer as text; the method does nothing here."""
    tool = FacebookTool(fb)
    campaign = fb.campaigns.list(fb.account)[0]
    arguments = {"op": "get_campaign", "args": {"campaign_id": campaign.id}}
    text = tool.call(arguments).text
    op = tool.ops["get_campaign"]

    def method(_service: Any, campaign_id: str) -> Any:
        return campaign if campaign_id else None

    kept, op.__dict__["function"] = op.function, method
    try:
        assert tool.call(arguments).text == text
        return per_call(lambda: tool.call(arguments)) - per_call(lambda: method(fb.campaigns, campaign.id))
    finally:
        op.__dict__["function"] = kept


def per_call(function: Callable[[], Any], rounds: int = 7, times: int = 500) -> float:
    """Return microseconds a call, of the best round."""
    best = float("inf")
    for _ in range(rounds):
        began = time.perf_counter()
        for _ in range(times):
            function()
        best = min(best, (time.perf_counter() - began) / times)
    return best * 1e6


def schema_bytes(fb: FacebookAds) -> float:
    """Return the size of the tool's compact JSON Schema, with name and description as a provider gets them."""
    return float(len(json.dumps(FacebookTool(fb).openai_schema(), separators=(",", ":"), ensure_ascii=False).encode()))


class Distant(SandboxAdapter):
    """A sandbox 50 ms away."""

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Answer after a while."""
        time.sleep(LATENCY)
        return super().send(request, *args, **options)


async def at_once(tool: FacebookTool) -> None:
    """Let 200 conversations create a campaign and read it back."""

    async def conversation(number: int) -> None:
        args = {"name": f"C{number}", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
        made = await tool.acall({"op": "create_campaign", "args": args | {"daily_budget": 1000 + number}})
        read = await tool.acall({"op": "get_campaign", "campaign_id": made.data.id})
        assert (read.data.name, read.data.daily_budget) == (f"C{number}", 1000 + number)

    await asyncio.gather(*(conversation(number) for number in range(CALLS)))


def crowd(*, frozen: bool) -> tuple[float, float]:
    """Return seconds and longest block in ms."""
    sandbox = Sandbox()
    with FacebookAds.sandbox(sandbox, settings=Settings(adapter=Distant(sandbox))) as fb:
        return blocked(functools.partial(at_once, FacebookTool(fb)), frozen=frozen)


def main() -> int:
    """Print all figures."""
    fb = FacebookAds.sandbox()
    collected = crowd(frozen=False)[1]
    crowds = [crowd(frozen=True) for _ in range(5)]
    rows = [
        ("building the tool, first in its process", build_ms(), "ms", 20.0),
        ("overhead of tool.call over the method", overhead_us(fb), "µs", 150.0),
        ("compact schema", schema_bytes(fb), "bytes", 1000.0),
        (f"{CALLS} conversations of 2 calls, {LATENCY * 1000:.0f} ms away", min(took for took, _ in crowds), "s", 4.0),
        ("longest block of the event loop, best of 5 runs", min(block for _, block in crowds), "ms", 20.0),
        ("the worst of them: what else the machine does", max(block for _, block in crowds), "ms", float("inf")),
        ("the first run, collecting garbage as it comes", collected, "ms", float("inf")),
    ]
    for what, figure, unit, limit in rows:
        bound = "" if limit == float("inf") else f" (limit {limit:g})" + ("" if figure <= limit else "  OVER")
        print(f"{what:<47} {figure:8.1f} {unit:<5}{bound}")
    return any(figure > limit for _, figure, _, limit in rows)


if __name__ == "__main__":
    sys.exit(main())
