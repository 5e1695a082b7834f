"""Users with access to an ad account. https://developers.facebook.com/docs/marketing-api/reference/ad-account"""

from __future__ import annotations

import builtins
from typing import Unpack

from admonster_fb.models.adaccount import AssignedUser, AssignedUserCreate
from admonster_fb.operation import costs, no_op, ops_of
from admonster_fb.services._base import Fields, Service, node_id

op = ops_of("account", "assigned_users")


class AssignedUsers(Service):
    """The edge `assigned_users` of an ad account."""

    @no_op("list_account_users finds the account's business by itself")
    def list(self, ad_account_id: str, *, business_id: str, fields: Fields = None) -> builtins.list[AssignedUser]:
        """List the users of a business that have access to an ad account, with their tasks.

        >>> "MANAGE" in fb.assigned_users.list("act_1", business_id=business_id)[0].tasks
        True
        """
        params = {"business": node_id(business_id, "business_id")}
        return [*self._edge(self._account(ad_account_id).get_assigned_users, AssignedUser, params, fields)]

    @op("add_account_user", effect="add", aliases={"user_id": "user"}, then=("list_account_users",))
    @costs("MANAGE and ADVERTISE let a person spend")
    def create(self, ad_account_id: str, **params: Unpack[AssignedUserCreate]) -> None:
        """Give a user access to an ad account. Replaces the tasks that the user had.

        >>> fb.assigned_users.create("act_1", user=user_id, tasks=["ANALYZE"])
        """
        self._change(self._account(ad_account_id).create_assigned_user, self._checked(AssignedUserCreate, params))

    @op("remove_account_user", effect="remove", past="removed", cost="the person can no longer work there")
    def delete(self, ad_account_id: str, user_id: str) -> None:
        """Remove a user from an ad account.

        >>> fb.assigned_users.delete("act_1", user_id)
        """
        params = {"user": node_id(user_id, "user_id")}
        self._change(self._account(ad_account_id).delete_assigned_users, params)
