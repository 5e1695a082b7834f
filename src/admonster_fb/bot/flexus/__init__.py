"""The tool for bots of the Flexus runtime. The runtime itself is not required: only its shape is known here.

from admonster_fb.bot.flexus import IntegrationFacebook, adsets, campaigns

facebook = IntegrationFacebook(fclient, rcx, pdoc_integration=pdoc)
text = await facebook.called_by_model(toolcall, {"op": "status"})

`called_by_model` returns text for the model, errors and plans included. The functions for the bot's own code
(`campaigns`, `adsets`, `facebook.approve`, `facebook.client.run`) raise instead: our error classes for what Meta or the
network refused, `PlanNeeded` for what the policy holds. What they return is always the text of a success.
"""

from admonster_fb.bot.flexus import adsets, campaigns
from admonster_fb.bot.flexus.campaigns import Figures
from admonster_fb.bot.flexus.client import FACEBOOK_TOOL, FlexusClient, IntegrationFacebook, Reply

__all__ = ["FACEBOOK_TOOL", "Figures", "FlexusClient", "IntegrationFacebook", "Reply", "adsets", "campaigns"]
