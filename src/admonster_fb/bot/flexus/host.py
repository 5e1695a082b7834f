"""What the Flexus runtime itself offers: a person's confirmation of a plan, its sign-in, the default ad account.

Nothing of the runtime is imported unless it is there; its own classes are found where its calls come from.
"""

from __future__ import annotations

import importlib
import inspect
import json
import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from admonster_fb.auth.scopes import SCOPES

log = logging.getLogger(__name__)
Request: TypeAlias = Callable[..., Exception]
"""The runtime's class of a request for a person's confirmation."""

SETUP_KEY = "facebook_plan"
"""The key of the bot's setup under which the runtime may look up a standing decision."""
DOCUMENT, KEY = "/company/ad-ops-config", "facebook_ad_account_id"
"""The company's policy document, and the entry in it that names the default ad account."""
_CLOUDTOOL, _EXTERNAL_AUTH = "flexus_client_kit.ckit_cloudtool", "flexus_client_kit.ckit_external_auth"
_START = """mutation StartExternalAuth(
    $ws_id: String!, $provider: String!, $scope_values: [String!], $fuser_id: String, $persona_id: String
) {
    external_auth_start(
        ws_id: $ws_id, provider: $provider, scope_values: $scope_values, fuser_id: $fuser_id, persona_id: $persona_id
    ) { authorization_url }
}"""


def confirmation(toolcall: object) -> Request | None:
    """Return the runtime's `NeedsConfirmation`; `None` outside of the runtime."""
    modules = (sys.modules.get(name) for name in (type(toolcall).__module__, _CLOUDTOOL))
    found = next((each for module in modules if (each := getattr(module, "NeedsConfirmation", None))), None)
    return found if isinstance(found, type) and issubclass(found, Exception) else None


def is_confirmed(toolcall: object) -> bool:
    """Return whether a person has confirmed this call of the runtime's."""
    return getattr(toolcall, "confirmed_by_human", None) is True


async def sign_in_link(fclient: Any, rcx: Any, toolcall: object | None) -> str:
    """Return the link of the runtime's own sign-in with Facebook; "" if there is none."""
    if not hasattr(fclient, "use_http"):
        return ""
    try:
        persona = rcx.persona
        # The user of the thread in which the call was made, or else the bot's owner.
        thread = getattr(rcx, "latest_threads", {}).get(getattr(toolcall, "fcall_ft_id", None))
        user = str((persona if thread is None else thread.thread_fields).owner_fuser_id)
        values = {"provider": "facebook", "ws_id": persona.ws_id, "fuser_id": user}
        values["persona_id"] = getattr(persona, "persona_id", None)
        start = getattr(_module(_EXTERNAL_AUTH), "start_external_auth_flow", None)
        if start is not None:
            accepted = inspect.signature(start).parameters
            return str(await start(fclient, scopes=[*SCOPES], **{k: v for k, v in values.items() if k in accepted}))
        document = getattr(_module("gql"), "gql", str)(_START)
        async with await fclient.use_http() as http:
            found = await http.execute(document, variable_values={**values, "scope_values": [*SCOPES]})
        return str(found["external_auth_start"]["authorization_url"] or "")
    except Exception:  # without a link the user signs in in the workspace's settings
        log.debug("the runtime gave no link to sign in", exc_info=True)
        return ""


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


async def account_id(pdoc_integration: object | None, rcx: object, toolcall: object | None) -> str:
    """Return the account in the document; "" if there is no document, or it cannot be read.

    Versions of the runtime's `pdoc_cat(path, …)` name the caller differently: it gets the arguments that it accepts.
    """
    read = getattr(pdoc_integration, "pdoc_cat", None)
    if read is None:
        return ""
    try:
        accepted = inspect.signature(read).parameters
        persona = str(getattr(getattr(rcx, "persona", None), "persona_id", ""))
        caller = {"persona_id": persona, "fuser_id": persona}
        caller["fcall_untrusted_key"] = str(getattr(toolcall, "fcall_untrusted_key", ""))
        answer = read(DOCUMENT, **{name: value for name, value in caller.items() if name in accepted})
        document = await answer if inspect.isawaitable(answer) else answer
        content = getattr(document, "pdoc_content", document)
        content = json.loads(content) if isinstance(content, str) else content
        parts = (content, *content.values()) if isinstance(content, Mapping) else ()  # at the top level or one below
        found = next((part[KEY] for part in parts if isinstance(part, Mapping) and KEY in part), "")
        return str(found).strip() if isinstance(found, (str, int)) else ""
    except Exception:  # without the document, the tool has no default account
        log.debug("no default account: %s cannot be read", DOCUMENT, exc_info=True)
        return ""
