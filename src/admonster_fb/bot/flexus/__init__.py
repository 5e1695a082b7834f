"""The tool for bots of the Flexus runtime. The runtime itself is not required: only its shape is known here.

from admonster_fb.bot.flexus import IntegrationFacebook, adsets, campaigns

facebook = IntegrationFacebook(fclient, rcx, pdoc_integration=pdoc)
text = await facebook.called_by_model(toolcall, {"op": "status"})
"""

from admonster_fb.bot.flexus import adsets, campaigns
from admonster_fb.bot.flexus.client import FlexusClient
from admonster_fb.bot.flexus.integration import IntegrationFacebook

__all__ = ["FlexusClient", "IntegrationFacebook", "adsets", "campaigns"]
