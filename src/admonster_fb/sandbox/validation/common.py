"""Rules that several kinds of objects share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from admonster_fb.sandbox.errors import GraphError, not_one_of, plain, refuse, required
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.validation.case import Case, listed


def normalise(kind: str, params: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters as Meta keeps them.

    The Messenger story placement disappears from targeting (since 27 October 2026).
    """
    targeting = params.get("targeting")
    if kind != "AdSet" or not isinstance(targeting, dict):
        return params
    positions = targeting.get("messenger_positions")
    if not isinstance(positions, list) or "story" not in positions:
        return params
    kept = [position for position in positions if position != "story"]
    rest = {name: value for name, value in targeting.items() if name != "messenger_positions"}
    return {**params, "targeting": {**rest, **({"messenger_positions": kept} if kept else {})}}


def check_options(kind: str, params: dict[str, Any]) -> None:
    """Refuse options that need the company of validate_only."""
    options = {str(option) for option in listed(params.get("execution_options"))}
    if options == {"include_recommendations"}:
        raise plain("The execution option include_recommendations can't be used alone.")
    if "synchronous_ad_review" in options and (kind != "Ad" or "validate_only" not in options):
        raise plain("The execution option synchronous_ad_review needs validate_only, and an ad.")


STATUSES = ("ACTIVE", "ARCHIVED", "DELETED", "PAUSED")
NEW_STATUSES = ("ACTIVE", "PAUSED")


def check_name(longest: int | None = None, *, needed: bool = True) -> Callable[[Case], None]:
    """Return the rule for names: there must be one, of at most so many characters."""

    def rule(case: Case) -> None:
        if not case.value("name") or case.params.get("name") == "":
            if needed:
                raise required("name")
            return
        if longest and len(str(case.value("name"))) > longest and case.sent("name"):
            raise plain(f"Param name must be at most {longest} characters long")

    return rule


def check_enum(case: Case, name: str, values: Iterable[str]) -> None:
    """Refuse a word that is none of `values`."""
    if case.sent(name) and case.params[name] not in values:
        raise not_one_of(name, values)


def check_new_status(case: Case) -> None:
    """Refuse to create what is already gone."""
    check_enum(case, "status", STATUSES)
    if case.sent("status") and case.params["status"] not in NEW_STATUSES:
        raise GraphError(100, 1487564)


def check_campaign_alive(campaign: Node) -> None:
    """Refuse to put anything under a deleted campaign."""
    if campaign.data.get("status") == "DELETED":
        raise refuse(1487566, "campaign_id")
