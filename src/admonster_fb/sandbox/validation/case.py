"""The input of a validation rule, and the rules that several kinds of objects share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from admonster_fb.sandbox import status, times
from admonster_fb.sandbox.convert import listed, mapping, whole
from admonster_fb.sandbox.errors import GraphError, bad_param, missing_object, not_list, not_one_of, refuse, required
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

    def find(self, node_id: object, kind: str) -> Node | None:
        """Return an object of this kind in this account, if it is there."""
        node = self.store.get(str(node_id))
        here = node and node.kind == kind and node.data.get("account_id") == self.account.data.get("account_id")
        return node if here else None

    def parent(self, link: str, kind: str) -> Node | None:
        """Return the object above, if it is there."""
        return self.find(self.value(link), kind)

    def existing(self, node_id: object, kind: str) -> Node:
        """Return an object of this kind in this account, or refuse the call with 100/33."""
        if (node := self.find(node_id, kind)) is None:
            raise missing_object("POST", str(node_id))
        return node


def is_dry(params: dict[str, Any]) -> bool:
    """Return whether a call asks for a check without a change (`validate_only`)."""
    options = params.get("execution_options") or []
    return "validate_only" in (options if isinstance(options, list) else str(options))


def budget_of(node: Node) -> str | None:
    """Return the name of the budget a stored campaign or ad set has."""
    return next((name for name in BUDGETS if whole(node.data.get(name)) not in (None, 0)), None)


# Names by type, in the order in which they are checked.
TYPES: dict[str, dict[str, str]] = {
    "Campaign": {
        "integer": "daily_budget lifetime_budget spend_cap",
        "boolean": "is_adset_budget_sharing_enabled",
        "list": "special_ad_categories special_ad_category_country adset_budgets",
        "object": "promoted_object",
        "date": "start_time stop_time",
    },
    "AdSet": {
        "integer": "daily_budget lifetime_budget bid_amount daily_min_spend_target daily_spend_cap "
        "lifetime_min_spend_target lifetime_spend_cap",
        "boolean": "is_dynamic_creative",
        "object": "bid_constraints promoted_object targeting",
        "list": "attribution_spec frequency_control_specs adset_schedule",
        "date": "start_time end_time",
    },
    "Ad": {"object": "creative", "container": "tracking_specs"},
    "AdCreative": {"object": "object_story_spec asset_feed_spec degrees_of_freedom_spec"},
}
_BOOLEANS = frozenset({"true", "false", "1", "0"})


def check_types(kind: str, params: dict[str, Any], zone_name: str) -> None:
    """Refuse values of the wrong JSON type."""
    typed = [(name, type_name) for type_name, names in TYPES.get(kind, {}).items() for name in names.split()]
    for name, type_name in typed:
        value = params.get(name)
        if value is None or (value == "" and type_name != "integer"):
            continue
        if type_name == "date":
            times.parse(value, zone_name, name)
            continue
        passes, refusal = CHECKS[type_name]
        if not passes(value):
            raise refusal(name)


# What passes as a value of each type, and the refusal of all else. PHP does not distinguish an empty list from an empty
# object.
CHECKS: dict[str, tuple[Callable[[Any], bool], Callable[[str], GraphError]]] = {
    "integer": (lambda value: whole(value) is not None, lambda name: bad_param(f"Param {name} must be an integer")),
    "boolean": (lambda sent: str(sent).lower() in _BOOLEANS, lambda name: bad_param(f"Param {name} must be a boolean")),
    "object": (lambda value: isinstance(value, dict) or value == [], not_list),
    "list": (lambda value: isinstance(value, list), not_list),
    "container": (lambda value: isinstance(value, list | dict), not_list),
}


def normalise(kind: str, params: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters as Meta stores them.

    The Messenger story placement disappears from targeting (since 27 October 2026).
    """
    targeting = params.get("targeting")
    if kind != "AdSet" or not isinstance(targeting, dict):
        return params
    positions = targeting.get("messenger_positions")
    if not isinstance(positions, list) or "story" not in positions:
        return params
    remaining = [position for position in positions if position != "story"]
    rest = {name: value for name, value in targeting.items() if name != "messenger_positions"}
    return {**params, "targeting": {**rest, **({"messenger_positions": remaining} if remaining else {})}}


def check_options(kind: str, params: dict[str, Any]) -> None:
    """Refuse options that need the company of validate_only."""
    options = {str(option) for option in listed(params.get("execution_options"))}
    if options == {"include_recommendations"}:
        raise bad_param("The execution option include_recommendations can't be used alone.")
    if "synchronous_ad_review" in options and (kind != "Ad" or "validate_only" not in options):
        raise bad_param("The execution option synchronous_ad_review needs validate_only, and an ad.")


NEW_STATUSES = ("ACTIVE", "PAUSED")


def check_name(longest: int | None = None, *, needed: bool = True) -> Callable[[Case], None]:
    """Return the rule for names: there must be one, of at most so many characters."""

    def rule(case: Case) -> None:
        if not case.value("name") or case.params.get("name") == "":
            if needed:
                raise required("name")
            return
        if longest and len(str(case.value("name"))) > longest and case.sent("name"):
            raise bad_param(f"Param name must be at most {longest} characters long")

    return rule


def check_enum(case: Case, name: str, values: Iterable[str]) -> None:
    """Refuse a word that is none of `values`."""
    if case.sent(name) and case.params[name] not in values:
        raise not_one_of(name, values)


def check_new_status(case: Case) -> None:
    """Refuse to create what is already gone."""
    check_enum(case, "status", status.STATUSES)
    if case.sent("status") and case.params["status"] not in NEW_STATUSES:
        raise GraphError(100, 1487564)


def check_transition(case: Case) -> None:
    """Refuse what an archived or deleted object does not accept."""
    if case.node:
        status.check_transition(case.node, case.params)


def check_fixed(name: str, kind: str) -> Callable[[Case], None]:
    """Return the rule that an object can't be moved to another parent."""

    def rule(case: Case) -> None:
        if case.node and case.sent(name) and str(case.params[name]) != case.node.data.get(name):
            raise bad_param(f"The {name} of {kind} can't be changed after creation.")

    return rule


def check_campaign_alive(campaign: Node) -> None:
    """Refuse to put anything under a deleted campaign."""
    if campaign.data.get("status") == "DELETED":
        raise refuse(1487566, "campaign_id")
