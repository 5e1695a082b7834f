"""Users of an ad account, and its spending limit."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from admonster_fb.client import FacebookAds
from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._facts import Fact
from admonster_fb.models._node import Node
from admonster_fb.models._params import OwnAmount, Params, checked
from admonster_fb.models.adaccount import AssignedUser
from admonster_fb.operation import ops_of

op = ops_of("account", "adaccounts")


_ACTION = Field(description="reset: count from zero again; delete: remove the limit")


class _Limit(Params):
    spending_limit: Annotated[OwnAmount, Fact(spend="limit")]


@op("list_account_users", access="read", then=("add_account_user", "remove_account_user"))
def list_account_users(fb: FacebookAds, ad_account_id: str, *, business_id: str | None = None) -> list[AssignedUser]:
    """List the users of an ad account. Each has tasks, for a business; default: the account's own business.

    >>> "MANAGE" in list_account_users(fb, "act_1")[0].tasks
    True
    """
    if business_id is None:
        business = fb.adaccounts.get(ad_account_id, fields=["business"]).business
        if not isinstance(business, Node):
            raise ParameterError([Violation("business_id", MISSING, "a business: this ad account belongs to none")])
        business_id = business.id
    return fb.assigned_users.list(ad_account_id, business_id=business_id)


@op(
    "update_spending_limit",
    effect="update",
    cost="a higher limit, or no limit, allows more spend",
    aliases={"spend_cap": "spending_limit", "action": "spend_cap_action"},
    also=("update_ad_account_spending_limit",),
    then=("get_ad_account_info",),
)
def update_spending_limit(
    fb: FacebookAds,
    ad_account_id: str,
    *,
    spending_limit: Annotated[OwnAmount, Field(description="maximum spend from now on")] | None = None,
    spend_cap_action: Annotated[Literal["reset", "delete"], _ACTION] | None = None,
) -> None:
    """Set, reset or remove an account's spending limit. Such as "2500.00 USD".

    It counts only what is spent after it is set or reset: "in all" of a limit is from now on. After a reset the same
    amount can be spent once more; after a delete only budgets hold. All ads of the account stop when it is reached.
    Meta allows 10 changes a day.

    >>> update_spending_limit(fb, "act_1", spending_limit="2500.00 USD")
    >>> fb.adaccounts.get("act_1").spend_cap
    250000
    """
    if (spending_limit is None) == (spend_cap_action is None):
        value = MISSING if spending_limit is None else "both"
        raise ParameterError([Violation("spending_limit", value, "exactly one of spending_limit and spend_cap_action")])
    if spend_cap_action is not None:
        fb.adaccounts.update(ad_account_id, spend_cap_action=spend_cap_action)
    else:
        limit = checked(_Limit, {"spending_limit": spending_limit})["spending_limit"]
        fb.adaccounts.update(ad_account_id, spend_cap=limit)
