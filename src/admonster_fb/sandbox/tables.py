"""Rows that hang on an account and are no objects: smallest budgets, names for the European Union, Pages."""

from __future__ import annotations

from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.validation import budgets
from admonster_fb.sandbox.world import Call


def minimum_budgets(_call: Call, account: Node) -> list[Node]:
    """Return the smallest daily budgets of every currency; the account's own is what the account says."""
    own = {str(account.data["currency"]): budgets.minimum(account)}
    return [_minimum(currency, smallest) for currency, smallest in sorted({**budgets.MINIMUM, **own}.items())]


def dsa_recommendations(call: Call, account: Node) -> list[Node]:
    """Return who probably benefits and pays: the account's defaults, who was named before, its business."""
    named = [account.data.get(f"default_dsa_{role}") for role in ("beneficiary", "payor")]
    for adset in call.store.children(account.id, "AdSet"):
        named += [adset.data.get("dsa_beneficiary"), adset.data.get("dsa_payor")]
    names = list(dict.fromkeys(str(name) for name in (*named, account.data.get("business_name")) if name))
    return [Node(account.id, "AdAccountDsaRecommendations", {"recommendations": names})] if names else []


def _minimum(currency: str, smallest: int) -> Node:
    floors = {f"min_daily_budget_{name}": smallest * factor for name, factor in budgets.FLOORS.items()}
    return Node(currency, "MinimumBudget", {"currency": currency, **floors})


def pages(call: Call, _account: Node) -> list[Node]:
    """Return the Pages to advertise: those of the person behind the token, in every account alike."""
    return list(call.store.of_kind("Page"))


def instagram_accounts(call: Call, _account: Node) -> list[Node]:
    """Return the Instagram accounts of those Pages."""
    return list(call.store.of_kind("IGUser"))
