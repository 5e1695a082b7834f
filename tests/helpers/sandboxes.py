"""What tests of several folders put around a sandbox: an adapter that waits, a wrong clock, ops with their plans."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import requests

from admonster_fb.bot import FacebookTool
from admonster_fb.bot.plans.plan import Plan
from admonster_fb.sandbox import Sandbox, SandboxAdapter


class Held(SandboxAdapter):
    """A sandbox that answers a write when the test says so."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.arrived, self.free = threading.Event(), threading.Event()

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        if request.method == "POST":
            self.arrived.set()
            assert self.free.wait(10)
        return super().send(request, *args, **options)


class WrongClock:
    """The clock of a machine that is wrong."""

    def __init__(self, sandbox: Sandbox, ahead: float) -> None:
        self.sandbox, self.ahead, self.sleep = sandbox, timedelta(seconds=ahead), sandbox.sleep

    def now(self) -> datetime:
        return self.sandbox.now() + self.ahead


def carried_out(tool: FacebookTool) -> Callable[..., Any]:
    """Return a function that calls an op, applies the plan it may need, and returns its data; it must succeed."""

    def calling(op: str, /, **args: Any) -> Any:
        result = tool.call({"op": op, "args": args})
        if isinstance(result.data, Plan):
            result = tool.approve(result.data.id)
        assert result.ok, result.text
        return result.data

    return calling
