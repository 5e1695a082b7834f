"""Ad accounts. https://developers.facebook.com/docs/marketing-api/reference/ad-account"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from facebook_business.adobjects import adaccount as sdk
from facebook_business.adobjects import business as sdk_business
from facebook_business.adobjects import user
from typing_extensions import Unpack

from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models._params import checked
from admonster_fb.models.activity import Activity, ActivityList
from admonster_fb.models.adaccount import (
    AdAccount,
    AdAccountCreate,
    AdAccountUpdate,
    Business,
    InstagramAccount,
    MinimumBudget,
    Page,
)
from admonster_fb.models.common import EdgeList
from admonster_fb.money import Money
from admonster_fb.operation import no_op, op
from admonster_fb.services._base import Service, account_id, node_id
from admonster_fb.transport.paging import Edge


class BusinessAccounts(NamedTuple):
    """The ad accounts of one business; `business` is `None` for personal ones."""

    business: Business | None
    accounts: builtins.list[AdAccount]


class AdAccounts(Service):
    """The edge `adaccounts` and its nodes."""

    @op("get_ad_account_info", group="account", access="read", then=("status", "list_campaigns"))
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

    @op("list_ad_accounts", group="account", access="read", then=("status",))
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

    @op(
        "create_ad_account",
        group="account",
        access="write",
        effect="create",
        changes="adaccounts",
        past="created",
        scopes=("business_management", "ads_management"),
        cost="an ad account cannot be deleted",
        aliases={"end_advertiser_id": "end_advertiser"},
        then=("add_account_user",),
    )
    def create(self, business_id: str, **params: Unpack[AdAccountCreate]) -> AdAccount:
        """Create an ad account of a business; its currency stays for good.

        Meta limits how many a business may have (error 3979). Meta: business, adaccount.

        >>> made = fb.adaccounts.create(business_id, name="B", currency="EUR", timezone_id=1, end_advertiser="NONE")
        >>> made.id[:4]
        'act_'
        """
        node = self._sdk(sdk_business.Business, node_id(business_id, "business_id"))
        said = {"media_agency": "NONE", "partner": "NONE"} | checked(AdAccountCreate, params)
        return self._transport.create(self._call(node.create_ad_account, said), AdAccount)

    @no_op("update_spending_limit, the one change of an account that bots make")
    def update(self, ad_account_id: str, **params: Unpack[AdAccountUpdate]) -> None:
        """Change an ad account.

        `spend_cap` is minor units or money like every amount here, and more than 0: Meta, which takes it in major
        units and reads it in minor ones, gets it converted. It counts what is spent from now on, and can be changed
        10 times a day. `spend_cap_action` "delete" removes it, "reset" counts from zero. `api_facts.md` section 4.

        >>> fb.adaccounts.update("act_1", spend_cap="2500.00 USD")
        >>> fb.adaccounts.get("act_1").spend_cap
        250000
        """
        account = account_id(ad_account_id)
        said = self._ready("account", AdAccountUpdate, params, account, update=True)
        changes, reads = self._in_major_units(said, account)
        call = self._call(self._sdk(sdk.AdAccount, account).api_update, changes)
        self._transport.change(replace(call, reads=reads))

    def _in_major_units(self, changes: dict[str, Any], account: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the changes with the limit as Meta takes it, and how it reads afterwards."""
        if "spend_cap" not in changes:
            return changes, {}
        limit = Money.from_minor(changes["spend_cap"], self._transport.account_facts(account).currency)
        if not limit:
            raise ParameterError(
                [Violation("spend_cap", 0, 'more than 0; spend_cap_action="delete" removes the limit')]
            )
        return changes | {"spend_cap": limit.amount}, {"spend_cap": str(limit.minor)}

    @op(
        "list_pages",
        group="account",
        access="read",
        scopes=("ads_read|ads_management", "pages_show_list"),
        then=("create_creative",),
    )
    def promote_pages(self, ad_account_id: str, *, fields: Sequence[str] = Page.fields()) -> Edge[Page]:
        """Read the Facebook Pages that ads of this account can speak for.

        >>> [page.name for page in fb.adaccounts.promote_pages("act_1")][:1]
        ['Juniper Roast']
        """
        node = self._sdk(sdk.AdAccount, account_id(ad_account_id))
        return self._transport.edge(self._call(node.get_promote_pages, fields=fields), Page)

    @op("list_instagram_accounts", group="account", access="read", then=("create_creative",))
    def instagram_accounts(
        self, ad_account_id: str, *, fields: Sequence[str] = InstagramAccount.fields()
    ) -> Edge[InstagramAccount]:
        """Read the Instagram accounts that ads of this account can speak for.

        >>> [account.username for account in fb.adaccounts.instagram_accounts("act_1")][:1]
        ['juniperroast']
        """
        node = self._sdk(sdk.AdAccount, account_id(ad_account_id))
        return self._transport.edge(self._call(node.get_instagram_accounts, fields=fields), InstagramAccount)

    @op("list_activities", group="account", access="read", aliases={"object_id": "oid"})
    def activities(
        self, ad_account_id: str, *, fields: Sequence[str] = Activity.fields(), **params: Unpack[ActivityList]
    ) -> Edge[Activity]:
        """Read what was changed in an account, by whom and when, the newest first.

        >>> next(iter(fb.adaccounts.activities("act_1"))).event_type is not None
        True
        """
        node = self._sdk(sdk.AdAccount, account_id(ad_account_id))
        return self._transport.edge(self._call(node.get_activities, checked(ActivityList, params), fields), Activity)

    @op("get_minimum_budgets", group="account", access="read")
    def minimum_budgets(self, ad_account_id: str) -> builtins.list[MinimumBudget]:
        """Read the least daily budgets in the account's currency, by what is paid for, in minor units.

        >>> fb.adaccounts.minimum_budgets("act_1")[0].currency
        'USD'
        """
        account = account_id(ad_account_id)
        node = self._sdk(sdk.AdAccount, account)
        rows = self._transport.edge(self._call(node.get_minimum_budgets, fields=MinimumBudget.fields()), MinimumBudget)
        currency = self._transport.account_facts(account).currency
        return [row for row in rows if row.currency == currency]
