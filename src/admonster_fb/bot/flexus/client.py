"""The tool behind a Flexus bot: it follows the current token and account, and uses a sandbox in test scenarios."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from admonster_fb.bot.audit import AuditLog
from admonster_fb.bot.flexus import default_account as documents
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.plans.store import FolderPlans, MemoryPlans, PlanStore
from admonster_fb.bot.plans.write_record import OnWrite
from admonster_fb.bot.render import errors
from admonster_fb.bot.tool import FacebookTool
from admonster_fb.client import FacebookAds
from admonster_fb.errors import FacebookAdsError

if TYPE_CHECKING:
    from admonster_fb.sandbox import Sandbox

NOT_CONNECTED = (
    "ERROR NotConnected: nothing was sent. Facebook is not connected to this workspace.\n"
    "Ask the user to connect Facebook in the workspace's settings, then call again."
)
_TOKEN = ("facebook", "token", "access_token")


class RobotContext(Protocol):
    """The part of the runtime's context that this client uses."""

    @property
    def external_auth(self) -> Mapping[str, Any]:
        """The sign-ins of the workspace, by provider."""

    @property
    def running_test_scenario(self) -> bool:
        """Whether this is a test, in which no request may leave the process."""


class Connect(Protocol):
    """A function that returns a facade."""

    def __call__(self, access_token: str, account: str | None, /) -> FacebookAds:
        """Connect with a token; `account` is the default ad account."""


class FlexusClient:
    """The connection of one bot, made on first use and again when its token or account has changed."""

    def __init__(
        self,
        rcx: RobotContext,
        ad_account_id: str = "",
        pdoc_integration: object | None = None,
        *,
        connect: Connect = FacebookAds,
        policy: SpendPolicy | None = None,
        plans: Path | None = None,
        on_write: OnWrite | None = None,
        audit: Path | None = None,
        who: str | Callable[[], str] = "",
    ) -> None:
        self.ad_account_id = ad_account_id
        self._policy = policy or SpendPolicy()
        self._plans: PlanStore = FolderPlans(plans) if plans else MemoryPlans()  # survives a change of the token
        self._options: dict[str, Any] = {"on_write": on_write, "audit": AuditLog(audit) if audit else None, "who": who}
        self._rcx = rcx
        self._pdoc = pdoc_integration
        self._connect = connect
        self._lock = threading.RLock()
        self._made: tuple[tuple[str, str], FacebookTool] | None = None

    @property
    def ad_account_id(self) -> str:
        """The default ad account with its `act_`; "" if none is known yet."""
        return self._ad_account_id

    @ad_account_id.setter
    def ad_account_id(self, value: str) -> None:
        self._ad_account_id = _with_act(value)

    @property
    def is_test_mode(self) -> bool:
        """Whether this is a test scenario: all calls go to a sandbox, never to Meta."""
        return bool(getattr(self._rcx, "running_test_scenario", False))

    @cached_property
    def sandbox(self) -> Sandbox:
        """The sandbox of the test scenario; it lives as long as this client."""
        from admonster_fb.sandbox import Sandbox

        return Sandbox()

    async def call(self, arguments: Any, toolcall: object | None = None) -> str:
        """Call the tool. The text contains ERROR if and only if the call failed: bots rely on it."""
        if not self.ad_account_id:
            self.ad_account_id = await documents.account_id(self._pdoc, self._rcx, toolcall)
        token = "" if self.is_test_mode else _token(self._rcx)
        if not (token or self.is_test_mode):
            return NOT_CONNECTED
        try:
            tool = await self._tool(token)
        except FacebookAdsError as error:
            return errors.text(error)
        result = await tool.acall(arguments)
        return result.text.replace("ERROR", "Error") if result.ok else result.text

    async def approve(self, plan_id: str, by: str = "host") -> str:
        """Apply a plan that a person has approved, and return the text of the result."""
        token = "" if self.is_test_mode else _token(self._rcx)
        if not (token or self.is_test_mode):
            return NOT_CONNECTED
        result = await asyncio.to_thread((await self._tool(token)).approve, plan_id, by)
        return result.text.replace("ERROR", "Error") if result.ok else result.text

    async def run(self, op: str, **args: Any) -> str:
        """Call an op from code. Arguments that are `None`, and an empty account, are left out."""
        arguments = {name: value for name, value in args.items() if value is not None}
        account = _with_act(arguments.pop("ad_account_id", ""))
        if account:
            arguments["ad_account_id"] = account
            if self.is_test_mode:
                await asyncio.to_thread(self._ensure_account, account)
        return await self.call({"op": op, "args": arguments})

    async def _tool(self, token: str) -> FacebookTool:
        current = (token, self.ad_account_id)
        made = self._made
        if made is not None and made[0] == current:
            return made[1]
        return await asyncio.to_thread(self._replace, current)

    def _replace(self, current: tuple[str, str]) -> FacebookTool:
        with self._lock:
            if self._made is not None:
                if self._made[0] == current:
                    return self._made[1]
                self._made[1].fb.close()  # calls in progress still finish
            token, account = current
            fb = self._connect(token, account or None) if token else self._in_sandbox(account)
            tool = FacebookTool(fb, policy=self._policy, plans=self._plans, **self._options)
            self._made = current, tool
            return tool

    def _in_sandbox(self, account: str) -> FacebookAds:
        self._ensure_account(account)
        return FacebookAds.sandbox(self.sandbox, account=account or self.sandbox.account)

    def _ensure_account(self, account: str) -> None:
        """Add an account to the sandbox that the scenario's code or policy names."""
        with self._lock:
            known = {node["id"] for node in self.sandbox.objects("AdAccount")}
            if account.removeprefix("act_").isdecimal() and account not in known:
                self.sandbox.add_account(account)


def _with_act(account: object) -> str:
    return f"act_{account}" if str(account).isdecimal() else str(account or "")


def _token(rcx: RobotContext) -> str:
    """Return the token; "" if any part of the path to it is missing."""
    found: Any = getattr(rcx, "external_auth", None)
    for name in _TOKEN:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found.strip() if isinstance(found, str) else ""
