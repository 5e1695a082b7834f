"""The Facebook tool that a bot of the Flexus runtime registers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from admonster_fb.bot.flexus.client import Connect, FlexusClient, RobotContext, SignIn
from admonster_fb.bot.flexus.reply import Reply
from admonster_fb.bot.plans.plan import OnWrite
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.registry import registry
from admonster_fb.bot.tool import MAX_CHARS, PARAMETERS, describe
from admonster_fb.client import FacebookAds

FACEBOOK_TOOL: Final[Mapping[str, Any]] = {
    "name": "facebook",
    "description": describe(registry().values()),
    "parameters": PARAMETERS,
}
"""The tool's schema, for hosts that register tools before there is a bot."""


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
        shared = {"on_write": on_write, "who": who, "files": Path(folder) if folder else None}
        self.client = FlexusClient(
            rcx,
            ad_account_id,
            pdoc_integration,
            connect=connect,
            policy=policy,
            plans_for_code=plans_for_code,
            read_only=read_only,
            plans=plans,
            audit=audit,
            fclient=fclient,
            sign_in=sign_in,
            shared=shared,
            for_model={"groups": groups, "max_chars": max_chars},
        )

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
