"""Ad accounts. https://developers.facebook.com/docs/marketing-api/reference/ad-account"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import NamedTuple

from facebook_business.adobjects import adaccount as sdk
from facebook_business.adobjects import user
from typing_extensions import Unpack

from admonster_fb.graph.pages import Edge
from admonster_fb.models._write import checked
from admonster_fb.models.adaccount import AdAccount
from admonster_fb.models.business import Business
from admonster_fb.models.common import EdgeList
from admonster_fb.opspec import no_op, op
from admonster_fb.services._service import Service, account_id, node_id


class BusinessAccounts(NamedTuple):
    """The ad accounts of one business; `business` is `None` for personal ones."""

    business: Business | None
    accounts: builtins.list[AdAccount]


class AdAccounts(Service):
    """The edge `adaccounts` and its nodes."""

    @op("get_ad_account_info", group="account", then=("status", "list_campaigns"))
    def get(self, ad_account_id: str, *, fields: Sequence[str] = AdAccount.fields()) -> AdAccount:
        """Read an ad account. Amounts are in minor units of its `currency`.

        >>> fb.adaccounts.get("act_1").currency
        'USD'
        """
        node = self._sdk(sdk.AdAccount, account_id(ad_account_id))
        return self._transport.node(self._call(node.api_get, fields=fields), AdAccount)

    @no_op("list_ad_accounts groups them by business")
    def list(
        self, user_id: str = "me", *, fields: Sequence[str] = AdAccount.fields(), **params: Unpack[EdgeList]
    ) -> builtins.list[AdAccount]:
        """Read all ad accounts a user can see, to the last page.

        >>> [account.currency for account in fb.adaccounts.list()]
        ['USD', 'JPY', 'EUR', 'GBP']
        """
        return [*self.iter(user_id, fields=fields, **params)]

    @no_op("list_ad_accounts groups them by business")
    def iter(
        self, user_id: str = "me", *, fields: Sequence[str] = AdAccount.fields(), **params: Unpack[EdgeList]
    ) -> Edge[AdAccount]:
        """Read the ad accounts a user can see, page by page as they are wanted.

        >>> next(iter(fb.adaccounts.iter())).id
        'act_1'
        """
        node = self._sdk(user.User, user_id if user_id == "me" else node_id(user_id, "user_id"))
        return self._transport.edge(self._call(node.get_ad_accounts, checked(EdgeList, params), fields), AdAccount)

    @op("list_ad_accounts", group="account", then=("status",))
    def by_business(self, user_id: str = "me") -> builtins.list[BusinessAccounts]:
        """Read all ad accounts, grouped by business, personal ones last.

        >>> [(group.business.name if group.business else None, len(group.accounts)) for group in
        ...     fb.adaccounts.by_business()][-1]
        (None, 1)
        """
        groups: dict[str, BusinessAccounts] = {}
        for account in self.iter(user_id):
            key = account.business.id if account.business else ""
            groups.setdefault(key, BusinessAccounts(account.business, [])).accounts.append(account)
        return sorted(groups.values(), key=lambda group: group.business is None)
