"""People with access to an ad account. https://developers.facebook.com/docs/marketing-api/reference/ad-account"""

from __future__ import annotations

import builtins
from collections.abc import Sequence

from facebook_business.adobjects import adaccount
from typing_extensions import Unpack

from admonster_fb.models._params import checked
from admonster_fb.models.adaccount import AssignedUser, AssignedUserCreate
from admonster_fb.operation import no_op, op
from admonster_fb.services._base import Service, account_id, node_id


class AssignedUsers(Service):
    """The edge `assigned_users` of an ad account."""

    @no_op("list_account_users finds the account's business by itself")
    def list(
        self, ad_account_id: str, *, business_id: str, fields: Sequence[str] = AssignedUser.fields()
    ) -> builtins.list[AssignedUser]:
        """Read who of a business has access to an ad account, and for which tasks.

        >>> "MANAGE" in fb.assigned_users.list("act_1", business_id=business_id)[0].tasks
        True
        """
        account = self._sdk(adaccount.AdAccount, account_id(ad_account_id))
        params = {"business": node_id(business_id, "business_id")}
        return [*self._transport.edge(self._call(account.get_assigned_users, params, fields), AssignedUser)]

    @op(
        "add_account_user",
        group="account",
        access="write",
        effect="add",
        changes="assigned_users",
        past="added",
        cost="MANAGE and ADVERTISE let a person spend",
        aliases={"user_id": "user"},
        then=("list_account_users",),
    )
    def create(self, ad_account_id: str, **params: Unpack[AssignedUserCreate]) -> None:
        """Give a person of the business access to an ad account; other tasks given before are replaced.

        >>> fb.assigned_users.create("act_1", user=user_id, tasks=["ANALYZE"])
        """
        account = self._sdk(adaccount.AdAccount, account_id(ad_account_id))
        call = self._call(account.create_assigned_user, checked(AssignedUserCreate, params))
        self._transport.change(call)

    @op(
        "remove_account_user",
        group="account",
        access="destroy",
        effect="remove",
        changes="assigned_users",
        past="removed",
        cost="the person can no longer work there",
    )
    def delete(self, ad_account_id: str, user_id: str) -> None:
        """Take a person's access to an ad account away.

        >>> fb.assigned_users.delete("act_1", user_id)
        """
        account = self._sdk(adaccount.AdAccount, account_id(ad_account_id))
        params = {"user": node_id(user_id, "user_id")}
        self._transport.change(self._call(account.delete_assigned_users, params))
