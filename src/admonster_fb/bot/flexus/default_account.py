"""The default ad account, from the company's policy document."""

from __future__ import annotations

import inspect
import json
import logging
from collections.abc import Mapping
from typing import Any

log = logging.getLogger(__name__)

DOCUMENT = "/company/ad-ops-config"
KEY = "facebook_ad_account_id"


async def account_id(pdoc_integration: object | None, rcx: object, toolcall: object | None) -> str:
    """Return the account in the document; "" if there is no document, or it cannot be read.

    Versions of the runtime's `pdoc_cat(path, …)` name the caller differently: it gets the arguments that it accepts.
    """
    read = getattr(pdoc_integration, "pdoc_cat", None)
    if read is None:
        return ""
    try:
        accepted = inspect.signature(read).parameters
        caller = _caller(rcx, toolcall)
        answer = read(DOCUMENT, **{name: value for name, value in caller.items() if name in accepted})
        document = await answer if inspect.isawaitable(answer) else answer
        return _find_account(getattr(document, "pdoc_content", document))
    except Exception:  # without the document, the tool has no default account
        log.debug("no default account: %s cannot be read", DOCUMENT, exc_info=True)
        return ""


def _caller(rcx: object, toolcall: object | None) -> dict[str, str]:
    persona = str(getattr(getattr(rcx, "persona", None), "persona_id", ""))
    key = str(getattr(toolcall, "fcall_untrusted_key", ""))
    return {"persona_id": persona, "fuser_id": persona, "fcall_untrusted_key": key}


def _find_account(content: Any) -> str:
    """Return the account in the document (an object or JSON text), at the top level or one below."""
    if isinstance(content, str):
        content = json.loads(content)
    if not isinstance(content, Mapping):
        return ""
    found = next((part[KEY] for part in (content, *content.values()) if isinstance(part, Mapping) and KEY in part), "")
    return str(found).strip() if isinstance(found, (str, int)) else ""
