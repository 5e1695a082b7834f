"""Ad accounts. https://developers.facebook.com/docs/marketing-api/reference/ad-account"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple, Unpack

from facebook_business.adobjects import business as sdk_business
from facebook_business.adobjects import user

from admonster_fb.errors import InvalidParameterError, ParameterError, PermissionDeniedError, Violation
from admonster_fb.models import adaccount as models
from admonster_fb.models._node import Node, objects_in
from admonster_fb.models.adaccount import (
    Activity,
    ActivityList,
    AdAccount,
    AdVolume,
    Business,
    InstagramAccount,
    MinimumBudget,
    Page,
    Recommendation,
)
from admonster_fb.models.common import EdgeList
from admonster_fb.money import Money
from admonster_fb.operation import no_op, ops_of
from admonster_fb.services._base import Edge, Fields, ListingService, account_id, checked, node_id

op = ops_of("account", "adaccounts")


class BusinessAccounts(NamedTuple):
    """The ad accounts of one business. `business` is `None` for personal accounts."""

    business: Business | None
    accounts: list[AdAccount]


class AdAccounts(ListingService):
    """The edge `adaccounts` of a user, and its nodes."""

    @op("get_ad_account_info", access="read", then=("status", "list_campaigns"))
    def get(self, ad_account_id: str, *, fields: Fields = None) -> AdAccount:
        """Return an ad account. Amounts are in minor units of its `currency`.

        Its way of payment (`funding_source_details`) takes the task MANAGE: if Meta refuses it, it is left out.

        >>> fb.adaccounts.get("act_1").currency
        'USD'
        """
        node, alone = self._account(ad_account_id), (*AdAccount.fields(),)
        names = tuple(fields or (alone if self._transport.prepares else (*alone, models.FUNDING)))
        rest = tuple(name for name in names if name not in (models.FUNDING, models.EXPIRED))
        try:
            return self._get(node, AdAccount, names)
        except (PermissionDeniedError, InvalidParameterError) as error:
            if not rest or rest == names or error.code not in (10, 100, 200):
                raise
        return self._get(node, AdAccount, rest)

    @no_op("list_ad_accounts groups them by business")
    def iter(self, user_id: str = "me", *, fields: Fields = None, **params: Unpack[EdgeList]) -> Edge[AdAccount]:
        """List the ad accounts that a user can access, page by page.

        >>> next(iter(fb.adaccounts.iter())).id
        'act_1'
        """
        node = self._sdk(user.User, user_id if user_id == "me" else node_id(user_id, "user_id"))
        return self._edge(node.get_ad_accounts, AdAccount, checked(EdgeList, params), fields)

    @op("list_ad_accounts", access="read", then=("status",))
    def by_business(self, user_id: str = "me") -> list[BusinessAccounts]:
        """List the user's ad accounts, by business. Personal accounts come last. Spend of this month: `status`.

        >>> [(group.business.name if group.business else None, len(group.accounts)) for group in
        ...     fb.adaccounts.by_business()][-1]
        (None, 1)
        """
        groups: dict[str, BusinessAccounts] = {}
        for account in self.iter(user_id):
            key = account.business.id if account.business else ""
            groups.setdefault(key, BusinessAccounts(account.business, [])).accounts.append(account)
        return sorted(groups.values(), key=lambda group: group.business is None)

    @no_op("list_ad_accounts groups those of the user by business")
    def of_business(self, business_id: str, *, fields: Fields = None) -> list[AdAccount]:
        """List the ad accounts of a business: those that it owns, then those that its clients share with it.

        >>> [account.id for account in fb.adaccounts.of_business(business_id)][:1]
        ['act_1']
        """
        node = self._node(sdk_business.Business, business_id, "business_id")
        edges = (node.get_owned_ad_accounts, node.get_client_ad_accounts)
        found = [account for edge in edges for account in self._edge(edge, AdAccount, {"limit": 500}, fields)]
        return [*{account.id: account for account in found}.values()]

    @op(
        "create_ad_account",
        effect="create",
        scopes=("business_management", "ads_management"),
        cost="an ad account cannot be deleted",
        aliases={"end_advertiser_id": "end_advertiser"},
        then=("add_account_user",),
    )
    def create(self, business_id: str, **params: Unpack[models.AdAccountCreate]) -> AdAccount:
        """Create an ad account in a business. Its currency can never change, and it cannot be deleted.

        Meta limits the number of accounts of a business (error 3979). Returns only the id. Meta: business, adaccount.

        >>> account = fb.adaccounts.create(
        ...     business_id, name="B", currency="EUR", timezone_id=1, end_advertiser="NONE")
        >>> account.id[:4]
        'act_'
        """
        node = self._node(sdk_business.Business, business_id, "business_id")
        valid = {"media_agency": "NONE", "partner": "NONE"} | self._checked(models.AdAccountCreate, params)
        return self._create(node.create_ad_account, AdAccount, valid, ())

    @no_op("update_spending_limit, the one change of an account that bots make")
    def update(self, ad_account_id: str, **params: Unpack[models.AdAccountUpdate]) -> None:
        """Update an ad account.

        `spend_cap` is in minor units (or text such as `"2500.00 USD"`), as all amounts here, and must be above 0. Meta
        reads it in minor units but takes it in major units; the library converts. It counts spend from now on, and Meta
        accepts 10 changes a day. `spend_cap_action` "delete" removes it, "reset" restarts the count.
        `docs/meta-rules.md#money-fields`.

        >>> fb.adaccounts.update("act_1", spend_cap="2500.00 USD")
        >>> fb.adaccounts.get("act_1").spend_cap
        250000
        """
        account = account_id(ad_account_id)
        changes, reads = self._validated("account", models.AdAccountUpdate, params, account, update=True), {}
        if "spend_cap" in changes:  # Meta takes it in major units and returns it in minor ones
            limit = Money.from_minor(changes["spend_cap"], self._transport.account_facts(account).currency)
            if not limit:
                allowed = 'more than 0; spend_cap_action="delete" removes the limit'
                raise ParameterError([Violation("spend_cap", 0, allowed)])
            changes, reads = changes | {"spend_cap": limit.amount}, {"spend_cap": str(limit.minor)}
        self._transport.change(replace(self._call(self._account(account).api_update, changes), reads=reads))

    @op("list_pages", access="read", scopes=("ads_read|ads_management", "pages_show_list"), then=("create_creative",))
    def promote_pages(self, ad_account_id: str, *, fields: Fields = None) -> Edge[Page]:
        """List the Pages that ads can use. They are the identity of an ad account's ads.

        >>> [page.name for page in fb.adaccounts.promote_pages("act_1")][:1]
        ['Juniper Roast']
        """
        return self._edge(self._account(ad_account_id).get_promote_pages, Page, fields=fields)

    @op("list_instagram_accounts", access="read", then=("create_creative",))
    def instagram_accounts(self, ad_account_id: str, *, fields: Fields = None) -> Edge[InstagramAccount]:
        """List the Instagram accounts of an ad account. They are the identity of its ads.

        >>> [account.username for account in fb.adaccounts.instagram_accounts("act_1")][:1]
        ['juniperroast']
        """
        return self._edge(self._account(ad_account_id).get_instagram_accounts, InstagramAccount, fields=fields)

    @op("list_activities", access="read", aliases={"object_id": "oid"})
    def activities(
        self, ad_account_id: str, *, fields: Fields = None, **params: Unpack[ActivityList]
    ) -> Edge[Activity]:
        """List the changes in an ad account, with user and time. Newest first.

        >>> next(iter(fb.adaccounts.activities("act_1"))).event_type is not None
        True
        """
        valid = checked(ActivityList, params)
        edge = self._edge(self._account(ad_account_id).get_activities, Activity, valid, fields)
        since, until = valid.get("since"), valid.get("until")
        start = f"from {since} on" if since else "of the period that Meta chooses without since, about a week"
        edge.note = f"Changes {start}{f', up to {until}' if until else ''}"
        return edge

    @no_op("list_recommendations shows them with the score")
    def recommendations(self, ad_account_id: str) -> list[Recommendation]:
        """Return what Meta recommends for an account. Meta puts the list into a row.

        >>> [row.type for row in fb.adaccounts.recommendations("act_1")][:1]
        ['SCALE_GOOD_CAMPAIGN']
        """
        rows = self._edge(self._account(ad_account_id).get_recommendations, Node, fields=())
        found = [each for row in rows for each in objects_in((row.model_extra or {}).get("recommendations"))]
        return [Recommendation.from_api(each) for each in found]

    @no_op("apply_recommendation does it, and says what it may spend")
    def apply_recommendation(self, ad_account_id: str, signature: str, extra_data: Mapping[str, Any]) -> None:
        """Apply a recommendation. It can raise budgets or copy ad sets.

        >>> campaign = fb.adaccounts.recommendations("act_1")[0].object_ids[0]
        >>> added = f'[{{"ad_object_id": "{campaign}", "additional_budget": 500}}]'
        >>> fb.adaccounts.apply_recommendation("act_1", "sig-1-scale", {"campaigns": added})
        """
        params = {"recommendation_signature": signature, "extra_data": extra_data}
        self._change(self._account(ad_account_id).create_recommendation, params)

    @op("get_ads_volume", access="read")
    def ads_volume(self, ad_account_id: str, *, page_id: str | None = None) -> list[AdVolume]:
        """Count running ads per Page. Ads in review count too; Meta refuses ads above the limit of the Page.

        `page_id` names one Page. Default: every Page that the account's ads are published by.

        >>> [row.actor_name for row in fb.adaccounts.ads_volume("act_1")][:1]
        ['Juniper Roast']
        """
        params = {"page_id": page_id} if page_id is not None else {"show_breakdown_by_actor": True}
        return [*self._edge(self._account(ad_account_id).get_ads_volume, AdVolume, params)]

    @op("get_minimum_budgets", access="read")
    def minimum_budgets(self, ad_account_id: str) -> list[MinimumBudget]:
        """Return the minimum budgets of an ad account. They are per day, in minor units, by billing event.

        >>> fb.adaccounts.minimum_budgets("act_1")[0].currency
        'USD'
        """
        rows = self._edge(self._account(ad_account_id).get_minimum_budgets, MinimumBudget)
        currency = self._transport.account_facts(account_id(ad_account_id)).currency
        return [row for row in rows if row.currency == currency]
