"""The input of a validation rule: the sent parameters, the stored object and its parents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from admonster_fb.sandbox.convert import mapping, whole
from admonster_fb.sandbox.store import Node, Store

BUDGETS = ("daily_budget", "lifetime_budget")


@dataclass(frozen=True, slots=True)
class Case:
    """One write. On creation there is no `node` yet."""

    params: dict[str, Any]
    store: Store
    account: Node
    node: Node | None = None

    @property
    def zone_name(self) -> str:
        """Return the account's time zone."""
        return str(self.account.data.get("timezone_name", "UTC"))

    def sent(self, name: str) -> bool:
        """Return whether the caller sent a value."""
        return self.params.get(name) not in (None, "")

    def value(self, name: str) -> Any:
        """Return what the object would hold: what was sent, else what is stored."""
        if self.sent(name):
            return self.params[name]
        return self.node.data.get(name) if self.node else None

    def mapping(self, name: str) -> dict[str, Any]:
        """Return an object parameter, empty when there is none."""
        return mapping(self.value(name))

    def budgets_sent(self) -> list[str]:
        """Return the budgets the caller sent."""
        return [name for name in BUDGETS if self.sent(name)]

    def parent(self, link: str, kind: str) -> Node | None:
        """Return the object above in this account, if it is there."""
        above = self.store.get(str(self.value(link)))
        if above is None or above.kind != kind or above.data.get("account_id") != self.account.data.get("account_id"):
            return None
        return above

    @property
    def is_dry(self) -> bool:
        """Return whether the call is `validate_only`."""
        options = self.params.get("execution_options") or []
        return "validate_only" in (options if isinstance(options, list) else str(options))


def budget_of(node: Node) -> str | None:
    """Return the name of the budget a stored campaign or ad set has."""
    return next((name for name in BUDGETS if whole(node.data.get(name)) not in (None, 0)), None)
