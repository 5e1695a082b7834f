"""Rules that several kinds of objects share."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.validation.case import Case
from admonster_fb.sandbox.validation.refusals import not_one_of, plain, refuse, required

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
