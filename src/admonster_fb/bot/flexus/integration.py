"""What a bot of the Flexus runtime registers as its Facebook tool."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from admonster_fb.bot.flexus.client import Connect, FlexusClient, RobotContext
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.plans.write_record import OnWrite
from admonster_fb.client import FacebookAds


class IntegrationFacebook:
    """The one tool for one bot. The token and the test scenario come from `rcx`, at each call anew.

    Without `ad_account_id` the default account is the one in the policy document `/company/ad-ops-config`.
    `connect` makes the facade from a token and an account, where a host wants settings of its own. `policy` says what
    the bot may spend and who applies its plans, `plans` is the folder in which they survive a restart, and `on_write`
    is told of each write; `audit` is the file that keeps them, and `who` on whose behalf they are.
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
        kept: dict[str, Any] = {"plans": plans, "on_write": on_write, "audit": audit, "who": who}
        self.client = FlexusClient(rcx, ad_account_id, pdoc_integration, connect=connect, policy=policy, **kept)

    async def called_by_model(self, toolcall: object, model_produced_args: Mapping[str, Any] | None) -> str:
        """Carry out what the model asked for and return the text for it; ERROR is in it if and only if it failed."""
        return await self.client.call(model_produced_args or {"op": "help"}, toolcall)

    async def approve(self, plan_id: str, by: str = "host") -> str:
        """Apply a plan that a person has agreed to, and return the text of what was done."""
        return await self.client.approve(plan_id, by)
