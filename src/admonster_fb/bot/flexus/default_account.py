"""The default ad account, as the company's policy document names it."""

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
    """Return the account that the document names; "" where there is no such document, or it cannot be read.

    The runtime's `pdoc_cat(path, …)` has asked for the caller under several names: it gets those it takes.
    """
    read = getattr(pdoc_integration, "pdoc_cat", None)
    if read is None:
        return ""
    try:
        accepted = inspect.signature(read).parameters
        known = _caller(rcx, toolcall)
        answer = read(DOCUMENT, **{name: known[name] for name in known if name in accepted})
        document = await answer if inspect.isawaitable(answer) else answer
        return _named(getattr(document, "pdoc_content", document))
    except Exception:  # whatever fails there, the tool goes on without a default account
        log.debug("no default account: %s cannot be read", DOCUMENT, exc_info=True)
        return ""


def _caller(rcx: object, toolcall: object | None) -> dict[str, str]:
    persona = str(getattr(getattr(rcx, "persona", None), "persona_id", ""))
    key = str(getattr(toolcall, "fcall_untrusted_key", ""))
    return {"persona_id": persona, "fuser_id": persona, "fcall_untrusted_key": key}


def _named(content: Any) -> str:
    """Find the account in the document, at its top or one level below, as object or as JSON text."""
    if isinstance(content, str):
        content = json.loads(content)
    if not isinstance(content, Mapping):
        return ""
    found = next((part[KEY] for part in (content, *content.values()) if isinstance(part, Mapping) and KEY in part), "")
    return str(found).strip() if isinstance(found, (str, int)) else ""
