"""The tool behind a Flexus bot: it follows the current token and account, and uses a sandbox in test scenarios."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, Self, TypeAlias

from admonster_fb.bot.arguments import parse_call
from admonster_fb.bot.audit import AuditLog
from admonster_fb.bot.flexus import host
from admonster_fb.bot.plans.plan import OnWrite, Plan
from admonster_fb.bot.plans.policy import HostPolicy, SpendPolicy
from admonster_fb.bot.plans.store import FolderPlans, MemoryPlans
from admonster_fb.bot.registry import names, registry
from admonster_fb.bot.render import errors
from admonster_fb.bot.tool import MAX_CHARS, PARAMETERS, FacebookTool, ToolResult, describe
from admonster_fb.client import FacebookAds
from admonster_fb.errors import AuthenticationError, FacebookAdsError, ParameterError, PlanNeeded, PlanRefused
from admonster_fb.models.campaign import BUDGETS

if TYPE_CHECKING:
    from admonster_fb.sandbox import Sandbox

_ABOUT = describe(registry().values())
FACEBOOK_TOOL: Final[Mapping[str, Any]] = {"name": "facebook", "description": _ABOUT, "parameters": PARAMETERS}
"""The tool's schema, for hosts that register tools before there is a bot."""
NOT_CONNECTED = "ERROR NotConnected: nothing was sent. Facebook is not connected to this workspace."
_SETTINGS = "Ask the user to connect Facebook in the workspace's settings, then call again."
_BIDS = frozenset({"bid_strategy", "bid_amount", "bid_constraints"})
_LIST = frozenset({"ad_account_id", "name", "description", "subtype"})
"""The arguments of a custom audience that is a list of customers."""
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "create_campaign": {"special_ad_categories": []},
    "create_adset": {"billing_event": "IMPRESSIONS"},
    "preview_ad": {"ad_format": "DESKTOP_FEED_STANDARD"},
    "get_delivery_estimate": {"optimization_goal": "LINK_CLICKS"},
    "create_custom_audience": {},
    "create_lookalike_audience": {"ratio": 0.01},
}
"""What the earlier integration of the runtime filled in, which prompts of that time leave out."""
_TOKEN = ("facebook", "token", "access_token")


class RobotContext(Protocol):
    """The part of the runtime's context that this client uses."""

    @property
    def external_auth(self) -> Mapping[str, Any]:
        """The sign-ins of the workspace, by provider."""

    @property
    def running_test_scenario(self) -> bool:
        """Whether this is a test, in which no request may leave the process."""


Connect: TypeAlias = Callable[[str, str | None], FacebookAds]
"""A function that returns a facade for a token and a default ad account."""
SignIn: TypeAlias = Callable[[str | None], FacebookAds]
"""A function that returns a facade with a login of its own, as `FacebookAds.from_store`; it takes the ad account."""


class Reply(str):
    """The text of a success. `data` is the result itself, such as a `Campaign`; `None` if there is none.

    >>> Reply("OK: updated.", None).data
    """

    data: Any

    def __new__(cls, text: str, data: Any = None) -> Self:
        """Return the text with its data."""
        reply = super().__new__(cls, text)
        reply.data = data
        return reply


class _Tools(NamedTuple):
    """The tool of the model, and the tool behind functions that the bot's own code calls."""

    model: FacebookTool
    code: FacebookTool


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
        plans_for_code: bool = False,
        read_only: bool = False,
        plans: Path | None = None,
        audit: Path | None = None,
        fclient: object | None = None,
        sign_in: SignIn | None = None,
        shared: Mapping[str, Any] | None = None,
        for_model: Mapping[str, Any] | None = None,
    ) -> None:
        """`shared` holds further options of both tools, `for_model` those of the model's tool only."""
        self.ad_account_id = ad_account_id
        # The plans survive a change of the token; both tools share them, and with them the raises of a day.
        store = FolderPlans(plans) if plans else MemoryPlans()
        both = {"plans": store, "audit": AuditLog(audit) if audit else None, "read_only": read_only, **(shared or {})}
        code = HostPolicy(**vars(policy or SpendPolicy()))
        code = code if plans_for_code else dataclasses.replace(code, needs_plan=())
        self._model_options = {**both, **({"policy": policy} if policy else {}), **(for_model or {})}
        self._code_options = {**both, "policy": code}
        self._rcx, self._pdoc, self._fclient = rcx, pdoc_integration, fclient
        self._connect, self._sign_in = connect, sign_in
        self._asked: dict[str, str] = {}
        """The plans that a person was asked to confirm, by the id of the runtime's call."""
        self._lock = threading.RLock()
        self._made: tuple[tuple[str, str], _Tools] | None = None

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
        """Call the tool for the model. The text contains ERROR if and only if the call failed: bots rely on it.

        Raises the runtime's `NeedsConfirmation` for a plan, if `toolcall` is the runtime's own.
        """
        if not (self.is_test_mode or _token(self._rcx)):
            link = await self._link(toolcall)
            if link or self._sign_in is None:
                return f"{NOT_CONNECTED}\n{_how(link)}"
        arguments = with_defaults(arguments)
        try:
            tool = (await self._tools(toolcall)).model
        except FacebookAdsError as error:
            return errors.text(error)
        result = await self._confirmed(tool, arguments, toolcall)
        if isinstance(result.exception, AuthenticationError) and not result.exception.login_url:
            return f"{result.text}\n{_how(await self._link(toolcall))}"
        return _without_error(result.text) if result.ok else result.text

    async def _link(self, toolcall: object | None = None) -> str:
        return await host.sign_in_link(self._fclient, self._rcx, toolcall)

    async def _confirmed(self, tool: FacebookTool, arguments: Any, toolcall: object | None) -> ToolResult:
        """Return the result of a call, or raise the request to confirm its plan: the runtime then repeats the call."""
        request, call_id = host.confirmation(toolcall), str(getattr(toolcall, "fcall_id", ""))
        if request is not None and host.is_confirmed(toolcall):
            shown = None if call_id in self._asked else await asyncio.to_thread(tool.pending_plan, arguments)
            if plan_id := self._asked.pop(call_id, shown.id if shown else ""):
                return await asyncio.to_thread(tool.approve, plan_id, "confirmed_by_human", channel="chat")
        result = await tool.acall(arguments)
        plan = result.data if isinstance(result.data, Plan) else None
        if isinstance(result.exception, PlanRefused) and result.exception.reason == "host":
            plan = await asyncio.to_thread(tool.pending_plan, arguments)
        if request is not None and plan is not None and not tool.guard.beyond_chat(plan):
            self._asked |= {call_id: plan.id} if call_id else {}
            words = await asyncio.to_thread(tool.shown, plan)
            raise request(
                confirm_setup_key=host.SETUP_KEY, confirm_command=f"apply {plan.id}", confirm_explanation=words
            )
        return result

    async def approve(self, plan_id: str, by: str = "host") -> Reply:
        """Apply a plan that a person has approved, and return the text of the result.

        Raises `PlanRefused` if the plan cannot be applied, and what Meta or the network refused.
        """
        tools = await self._tools()
        return _reply("apply", await asyncio.to_thread(tools.model.approve, plan_id, by))

    async def run(self, op: str, **args: Any) -> Reply:
        """Call an op from code. Arguments that are `None`, and an empty account, are left out.

        Raises the error if the call fails, `ParameterError` if it exceeds a limit of the policy, and `PlanNeeded` if
        it needs a plan. A text is always that of a success.
        """
        arguments = {name: value for name, value in args.items() if value is not None}
        account = _with_act(arguments.pop("ad_account_id", ""))
        if account:
            arguments["ad_account_id"] = account
            if self.is_test_mode:
                await asyncio.to_thread(self._ensure_account, account)
        tools = await self._tools()
        result = await tools.code.acall(with_defaults({"op": op, "args": arguments}))
        if isinstance(result.exception, AuthenticationError):
            raise _signed_out(result.exception, await self._link())
        return _reply(op, result)

    async def today(self, object_id: str) -> date:
        """Return today's date in the time zone of an object's ad account."""
        return await asyncio.to_thread((await self._tools()).code.fb.today, object_id)

    async def currency(self, object_id: str) -> str:
        """Return the currency of an object's ad account."""
        return await asyncio.to_thread((await self._tools()).code.fb.currency, object_id)

    async def _tools(self, toolcall: object | None = None) -> _Tools:
        """Return the tools of the current token and account. Raises an `AuthenticationError` if there is no token."""
        if not self.ad_account_id:
            self.ad_account_id = await host.account_id(self._pdoc, self._rcx, toolcall)
        token = "" if self.is_test_mode else _token(self._rcx)
        if not (token or self.is_test_mode or self._sign_in):
            error = AuthenticationError(message="Facebook is not connected to this workspace; nothing was sent")
            raise _signed_out(error, await self._link(toolcall))
        current = (token, self.ad_account_id)
        made = self._made
        if made is not None and made[0] == current:
            return made[1]
        return await asyncio.to_thread(self._replace, current)

    def _replace(self, current: tuple[str, str]) -> _Tools:
        with self._lock:
            if self._made is not None:
                if self._made[0] == current:
                    return self._made[1]
                self._made[1].model.fb.close(0)  # calls in progress still finish
            token, account = current
            if token:
                fb = self._connect(token, account or None)
            elif self._sign_in is not None and not self.is_test_mode:
                fb = self._sign_in(account or None)
            else:
                self._ensure_account(account)
                fb = FacebookAds.sandbox(self.sandbox, account=account or self.sandbox.account)
            tools = _Tools(FacebookTool(fb, **self._model_options), FacebookTool(fb, **self._code_options))
            self._made = current, tools
            return tools

    def _ensure_account(self, account: str) -> None:
        """Add an account to the sandbox that the scenario's code or policy names."""
        with self._lock:
            known = {node["id"] for node in self.sandbox.objects("AdAccount")}
            if account.removeprefix("act_").isdecimal() and account not in known:
                self.sandbox.add_account(account)


class IntegrationFacebook:
    """The tool of one bot. Token and test scenario are read from `rcx` at each call.

    The default of `ad_account_id` is the account in the policy document `/company/ad-ops-config`. `connect` returns a
    facade for a token and an account, for hosts with settings of their own. `sign_in` returns one with a login of its
    own (`FacebookAds.from_store`), used while there is neither a token nor a link of the runtime's. `policy` says what
    the bot may spend and who applies its plans. Its limits apply to the bot's own code too (`campaigns`, `adsets`,
    `client.run`); its plans apply to code only with `plans_for_code`. `plans` is the folder in which plans survive a
    restart; `on_write` is called after each write; `audit` is the file that logs writes, and `who` the user on whose
    behalf they are. `files` is the folder of the model's files. Default: `rcx.workdir`. `groups`, `read_only` and
    `max_chars` are those of `FacebookTool`; `read_only` applies to code too.
    """

    def __init__(
        self,
        fclient: object,
        rcx: RobotContext,
        ad_account_id: str = "",
        pdoc_integration: object | None = None,
        *,
        connect: Connect = FacebookAds,
        sign_in: SignIn | None = None,
        policy: SpendPolicy | None = None,
        plans_for_code: bool = False,
        plans: Path | None = None,
        on_write: OnWrite | None = None,
        audit: Path | None = None,
        who: str | Callable[[], str] = "",
        files: Path | None = None,
        groups: Iterable[str] | None = None,
        read_only: bool = False,
        max_chars: int = MAX_CHARS,
    ) -> None:
        self.fclient = fclient
        self.rcx = rcx
        self.pdoc_integration = pdoc_integration
        folder = files or getattr(rcx, "workdir", None)
        options: dict[str, Any] = {"connect": connect, "sign_in": sign_in, "policy": policy, "plans": plans}
        options |= {"plans_for_code": plans_for_code, "read_only": read_only, "audit": audit, "fclient": fclient}
        options["shared"] = {"on_write": on_write, "who": who, "files": Path(folder) if folder else None}
        options["for_model"] = {"groups": groups, "max_chars": max_chars}
        self.client = FlexusClient(rcx, ad_account_id, pdoc_integration, **options)

    async def called_by_model(self, toolcall: object, model_produced_args: Mapping[str, Any] | None) -> str:
        """Run the model's call and return the text. It contains ERROR if and only if the call failed.

        A plan raises the runtime's own `NeedsConfirmation`, which shows it to a person. The runtime then repeats the
        call with `confirmed_by_human`, and the plan is applied. Outside of the runtime the text is the plan.
        """
        return await self.client.call(model_produced_args or {"op": "help"}, toolcall)

    async def approve(self, plan_id: str, by: str = "host") -> Reply:
        """Apply a plan that a person has approved, and return the text of the result.

        Raises `PlanRefused` if the plan cannot be applied, and what Meta or the network refused.
        """
        return await self.client.approve(plan_id, by)


def _how(link: str) -> str:
    """Return what connects Facebook: the link of the runtime's own sign-in, or else the workspace's settings."""
    return f"Show the user this link to connect Facebook: {link}" if link else _SETTINGS


def _signed_out(error: AuthenticationError, link: str) -> AuthenticationError:
    """Return an error of a token that is missing or dead, with the runtime's way to a new one, or else ours."""
    error.login_url = link or error.login_url
    error.advice = _how(error.login_url or "")
    return error


def _reply(op: str, result: ToolResult) -> Reply:
    """Return the text of a success. Raises `PlanNeeded` for a plan, and the first error, also of only some objects."""
    if result.exception is not None:
        raise result.exception
    if isinstance(result.data, Plan):
        raise PlanNeeded(op, plan=result.data)
    for error in result.failed:
        error.add_note(f"Not all of {op} was done:\n{result.text}")
        raise error
    return Reply(_without_error(result.text), result.data)


def _without_error(text: str) -> str:
    """Return the text of a success: a name that contains ERROR must not look like a failure."""
    return text.replace("ERROR", "Error")


def with_defaults(call: Any) -> Any:
    """Return a model's call with the defaults of the earlier integration; a call that cannot be read as it is.

    Campaigns have no special ad category; previews show the desktop feed; ad sets pay for impressions, and their
    targeting is used as written. There is no default budget.
    """
    try:
        name, args = parse_call(call)
    except ParameterError:
        return call
    op = names().get(name, name)
    if op not in _DEFAULTS:
        return call
    args = {**_DEFAULTS[op], **args}
    if op == "create_adset":
        if args.keys() & BUDGETS and not _BIDS & args.keys():
            args["bid_strategy"] = "LOWEST_COST_WITHOUT_CAP"
        if isinstance(args.get("targeting"), Mapping):
            args["targeting"] = {"targeting_automation": {"advantage_audience": 0}, **args["targeting"]}
    elif op == "create_custom_audience" and args.keys() <= _LIST and args.get("subtype") in (None, "CUSTOM"):
        args["customer_file_source"] = "USER_PROVIDED_ONLY"
    elif op == "create_lookalike_audience":
        args = {"name": f"Lookalike {args.get('country', '')} {args['ratio']}", **args}
    return {"op": name, "args": args}


def _with_act(account: object) -> str:
    return f"act_{account}" if str(account).isdecimal() else str(account or "")


def _token(rcx: RobotContext) -> str:
    """Return the token; "" if any part of the path to it is missing."""
    found: Any = getattr(rcx, "external_auth", None)
    for name in _TOKEN:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found.strip() if isinstance(found, str) else ""
