"""How long an event loop is blocked while others work: shared by `many.py` and `tool.py`."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable


def blocked(work: Callable[[], Awaitable[object]], *, frozen: bool = True) -> tuple[float, float]:
    """Return the seconds that work took in a loop of its own, and the longest block of that loop in ms.

    A full garbage collection looks at all that was imported, some 30 ms; a host can keep it from that (`gc.freeze`).
    """
    late: list[float] = []

    async def heart() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            late.append(time.perf_counter() - began - 0.001)

    async def use() -> float:
        beating = asyncio.create_task(heart())
        began = time.perf_counter()
        await work()
        took = time.perf_counter() - began
        beating.cancel()
        return took

    gc.collect()
    if frozen:
        gc.freeze()
    return asyncio.run(use()), max(late) * 1000
