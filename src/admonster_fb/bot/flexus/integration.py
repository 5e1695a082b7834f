"""The Facebook tool that a bot of the Flexus runtime registers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from admonster_fb.bot.flexus.client import Connect, FlexusClient, RobotContext
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.plans.write_record import OnWrite
from admonster_fb.client import FacebookAds


class IntegrationFacebook:
    """The tool of one bot. Token and test scenario are read from `rcx` at each call.

    The default of `ad_account_id` is the account in the policy document `/company/ad-ops-config`. `connect` returns a
    facade for a token and an account, for hosts with settings of their own. `policy` says what the bot may spend and
    who applies its plans; `plans` is the folder in which they survive a restart; `on_write` is called after each
    write; `audit` is the file that logs writes, and `who` the user on whose behalf they are.
    """

    def __init__(
        self,
        fclient: object,
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
        self.fclient = fclient
        self.rcx = rcx
        self.pdoc_integration = pdoc_integration
        options: dict[str, Any] = {"plans": plans, "on_write": on_write, "audit": audit, "who": who}
        self.client = FlexusClient(rcx, ad_account_id, pdoc_integration, connect=connect, policy=policy, **options)

    async def called_by_model(self, toolcall: object, model_produced_args: Mapping[str, Any] | None) -> str:
        """Run the model's call and return the text. It contains ERROR if and only if the call failed."""
        return await self.client.call(model_produced_args or {"op": "help"}, toolcall)

    async def approve(self, plan_id: str, by: str = "host") -> str:
        """Apply a plan that a person has approved, and return the text of the result."""
        return await self.client.approve(plan_id, by)
