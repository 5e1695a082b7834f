"""Validation of writes: the first violation is raised, as Meta returns only one.

Written from `docs/meta-rules.md`, not from the library's own
checks, so that the two can disagree. What the notes mark as weak is not refused unless they give a code for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from admonster_fb.sandbox.store import Node, Store
from admonster_fb.sandbox.validation import ad, adset, campaign, creative
from admonster_fb.sandbox.validation.case import Case, check_options, check_types, is_dry, normalise

__all__ = ["check", "is_dry", "normalise"]

# In the order of the checks: the first violation is returned.
RULES: dict[tuple[str, str], tuple[Callable[[Case], None], ...]] = {
    ("create", "Campaign"): campaign.CREATE,
    ("update", "Campaign"): campaign.UPDATE,
    ("create", "AdSet"): adset.CREATE,
    ("update", "AdSet"): adset.UPDATE,
    ("create", "Ad"): ad.CREATE,
    ("update", "Ad"): ad.UPDATE,
    ("create", "AdCreative"): creative.CREATE,
    ("update", "AdCreative"): creative.UPDATE,
}


def check(
    operation: str, kind: str, node: Node | None, parent: Node | None, params: dict[str, Any], store: Store
) -> None:
    """Raise GraphError for the first rule that writing `params` would break.

    `operation` is "create" (`parent` is the ad account) or "update" (`node` is the object).
    """
    rules = RULES.get((operation, kind))
    if rules is None:
        return
    account = parent
    if account is None and node is not None:
        account = store.get(f"act_{node.data.get('account_id')}")
    if account is None:
        return
    case = Case(params, store, account, node)
    check_types(kind, params, case.zone_name)
    check_options(kind, params)
    for rule in rules:
        rule(case)
