"""What the Flexus runtime itself offers: a person's confirmation of a plan, and the link of its sign-in.

Nothing of the runtime is imported unless it is there; its own classes are found where its calls come from.
"""

from __future__ import annotations

import importlib
import inspect
import logging
import sys
from collections.abc import Callable
from typing import Any, TypeAlias

from admonster_fb.auth.scopes import SCOPES

log = logging.getLogger(__name__)
Request: TypeAlias = Callable[..., Exception]
"""The runtime's class of a request for a person's confirmation."""

SETUP_KEY = "facebook_plan"
"""The key of the bot's setup under which the runtime may look up a standing decision."""
_CLOUDTOOL, _EXTERNAL_AUTH = "flexus_client_kit.ckit_cloudtool", "flexus_client_kit.ckit_external_auth"
_START = """mutation StartExternalAuth(
    $ws_id: String!, $provider: String!, $scope_values: [String!], $fuser_id: String, $persona_id: String
) {
    external_auth_start(
        ws_id: $ws_id, provider: $provider, scope_values: $scope_values, fuser_id: $fuser_id, persona_id: $persona_id
    ) { authorization_url }
}"""


def confirmation(toolcall: object) -> Request | None:
    """Return the runtime's `NeedsConfirmation`; `None` outside of the runtime.

    >>> confirmation(None) is None
    True
    """
    modules = (sys.modules.get(name) for name in (type(toolcall).__module__, _CLOUDTOOL))
    found = next((each for module in modules if (each := getattr(module, "NeedsConfirmation", None))), None)
    return found if isinstance(found, type) and issubclass(found, Exception) else None


def is_confirmed(toolcall: object) -> bool:
    """Return whether a person has confirmed this call of the runtime's.

    >>> is_confirmed(None)
    False
    """
    return getattr(toolcall, "confirmed_by_human", None) is True


async def sign_in_link(fclient: Any, rcx: Any, toolcall: object | None) -> str:
    """Return the link of the runtime's own sign-in with Facebook; "" if there is none.

    >>> import asyncio
    >>> asyncio.run(sign_in_link(None, None, None))
    ''
    """
    if not hasattr(fclient, "use_http"):
        return ""
    try:
        persona = rcx.persona
        values = {"provider": "facebook", "ws_id": persona.ws_id, "fuser_id": _user(rcx, toolcall)}
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


def _user(rcx: Any, toolcall: object | None) -> str:
    """Return the user of the thread in which the call was made, or else the bot's owner."""
    thread = getattr(rcx, "latest_threads", {}).get(getattr(toolcall, "fcall_ft_id", None))
    owner = rcx.persona if thread is None else thread.thread_fields
    return str(owner.owner_fuser_id)


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
