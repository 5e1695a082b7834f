"""200 facades in 30 threads, and calls that are cancelled: each facade uses its own token and gets its own answers."""

from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from admonster_fb import FacebookAds, Settings
from admonster_fb.bot import FacebookTool

FACADES, THREADS = 200, 30


class Own(BaseAdapter):
    """Answers with the number of the facade, and records which tokens it was sent."""

    def __init__(self, number: int, gate: threading.Event) -> None:
        super().__init__()
        self.number, self.gate = number, gate
        self.tokens: set[Any] = set()

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self.tokens.add(request.headers.get("Authorization"))
        self.gate.wait(5)
        response = requests.Response()
        response.status_code, response.request, response.url = 200, request, str(request.url)
        node = str(request.url).partition("?")[0].rpartition("/")[2]
        answer = {"id": node, "name": f"Facade {self.number}", "account_id": node[4:] or node, "currency": "USD"}
        response._content = json.dumps(answer).encode()
        return response

    def close(self) -> None:
        """Close nothing."""


@pytest.mark.slow
def test_nothing_crosses() -> None:
    gate = threading.Event()
    adapters = [Own(number, gate) for number in range(FACADES)]
    facades = [
        FacebookAds(f"sandbox-{number:032x}", f"act_{number + 1}", settings=Settings(adapter=adapter))
        for number, adapter in enumerate(adapters)
    ]

    async def cancelled(fb: FacebookAds) -> None:
        """Cancel a call when it is under way, then make it again."""
        tool = FacebookTool(fb)
        call = asyncio.create_task(tool.acall({"op": "get_ad_account_info"}))
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        gate.set()
        again = await tool.acall({"op": "get_ad_account_info"})
        assert again.ok, again.text
        assert again.data.id == fb.account

    def use(number: int) -> tuple[str, str | None]:
        fb = facades[number]
        if number % 2:
            asyncio.run(cancelled(fb))
        account = fb.adaccounts.get(fb.account)
        return account.id, account.name

    threading.Timer(0.2, gate.set).start()
    with ThreadPoolExecutor(THREADS) as pool:
        found = [*pool.map(use, [*range(FACADES)] * 2)]
    assert found == [(f"act_{number + 1}", f"Facade {number}") for number in range(FACADES)] * 2
    assert [each.tokens for each in adapters] == [{f"Bearer sandbox-{number:032x}"} for number in range(FACADES)]
    for fb in facades:
        fb.close()
