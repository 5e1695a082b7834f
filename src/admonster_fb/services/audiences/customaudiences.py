"""Custom audiences. https://developers.facebook.com/docs/marketing-api/reference/custom-audience

For the people in a customer list see `audiences.users`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Unpack

from facebook_business.adobjects import adaccount
from facebook_business.adobjects import customaudience as sdk

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._node import Map, Node, objects_in
from admonster_fb.models.adaccount import AdAccount
from admonster_fb.models.audiences import custom as models
from admonster_fb.models.audiences.custom import CustomAudience, Dependents, Shared, SharePermission, Use
from admonster_fb.operation import costs, no_op, ops_of
from admonster_fb.rules import audiences
from admonster_fb.services._base import Edge, Fields, ListingService, account_id, checked, retry_until_acknowledged
from admonster_fb.services._validation import warn
from admonster_fb.transport.answers import acknowledged, answer_to

_ALIASES = {
    **dict.fromkeys(("id", "custom_audience_id"), "audience_id"),
    **dict.fromkeys(("accounts", "adaccounts", "ad_account_id"), "ad_account_ids"),
}
op = ops_of("audience", "customaudiences", aliases=_ALIASES)

_INCLUDED, _EXCLUDED = "custom_audiences", "excluded_custom_audiences"
_PAGE_SIZE = 200


def _judge(_: Any, params: Mapping[str, Any]) -> Iterable[Violation]:
    return audiences.violations(params, update=True)


class CustomAudiences(ListingService):
    """The edge `customaudiences` of an ad account, and its nodes."""

    @op("get_audience", access="read", also=("get_custom_audience",), then=("create_lookalike_audience",))
    def get(self, audience_id: str, *, fields: Fields = None) -> CustomAudience:
        """Return an audience. Its size is a range; it says whether ads can use it.

        >>> fb.customaudiences.get(audience_id).name
        'Customers'
        """
        return self._get(self._audience(audience_id), CustomAudience, fields)

    @op(
        "list_audiences",
        access="read",
        also=("list_custom_audiences",),
        then=("get_audience", "create_lookalike_audience"),
    )
    def iter(
        self, ad_account_id: str, *, fields: Fields = None, **params: Unpack[models.CustomAudienceList]
    ) -> Edge[CustomAudience]:
        """List the audiences of an ad account. Custom audiences and lookalikes, page by page.

        >>> next(iter(fb.customaudiences.iter("act_1", limit=1))).account_id
        '1'
        """
        valid = checked(models.CustomAudienceList, params)
        return self._edge(self._account(ad_account_id).get_custom_audiences, CustomAudience, valid, fields)

    @no_op("create_custom_audience and create_lookalike_audience build rules and likeness from plain words")
    def create(
        self, ad_account_id: str, *, fields: Fields = None, **params: Unpack[models.CustomAudienceCreate]
    ) -> CustomAudience:
        """Create an audience. A customer list is empty until you add people with `fb.audience_users`.

        A customer list has subtype CUSTOM and a `customer_file_source`. A lookalike has subtype LOOKALIKE, a
        `lookalike_spec` and one seed. An audience of events has a `rule`, built by `AudienceRule` or in Meta's format;
        for videos it is a list (`AudienceRule.videos`). Meta derives its subtype from the rule and has refused WEBSITE,
        APP and the like since 2018, so the library does not send them. Meta: ad-account/customaudiences.

        >>> fb.customaudiences.create("act_1", name="List", subtype="CUSTOM",
        ...     customer_file_source="USER_PROVIDED_ONLY").subtype
        'CUSTOM'
        """
        version = self._transport.api.connection.settings.version
        judge = functools.partial(audiences.violations, version=version)
        valid = self._checked(models.CustomAudienceCreate, params, judge)
        warn(audiences.doubts(valid, False))
        of_videos = isinstance(valid.get("rule"), list)
        if valid.get("rule") and (of_videos or valid.get("subtype") in audiences.IMPLIED_BY_RULE):
            valid.pop("subtype", None)  # Meta derives it from the rule, but for videos
            valid |= {"subtype": "ENGAGEMENT"} if of_videos else {}
        return self._create(self._account(ad_account_id).create_custom_audience, CustomAudience, valid, fields)

    @op("update_audience", effect="update", also=("update_custom_audience",), then=("get_audience",), judge=_judge)
    @costs("another rule changes who sees the ads that use it")
    def update(self, audience_id: str, **params: Unpack[models.CustomAudienceUpdate]) -> None:
        """Update an audience. After a change of the rule, earlier members stay until their retention ends.

        >>> fb.customaudiences.update(audience_id, description="From the shop")
        """
        judge = functools.partial(audiences.violations, update=True)
        changes = self._checked(models.CustomAudienceUpdate, params, judge)
        warn(audiences.doubts(changes, True))
        self._change(self._audience(audience_id).api_update, changes)

    @op("get_audience_dependants", access="read", also=("get_audience_dependents",))
    def dependants(self, audience_id: str) -> Dependents:
        """List what depends on an audience. That is ad sets, lookalikes, saved audiences and other accounts.

        Finds ad sets of the audience's own account that target or exclude it, archived ones left out. Of other
        accounts, Meta returns only ad sets with ads.

        >>> fb.customaudiences.dependants(audience_id).any
        False
        """
        node = self._audience(audience_id)
        audience = self._get(node, _User, ["id", "account_id", "lookalike_audience_ids"])
        account = self._sdk(adaccount.AdAccount, f"act_{audience.account_id}")
        fields = ["id", "name", "effective_status", "targeting"]
        adsets = {use.id: use for use in self._using(account.get_ad_sets, fields, audience_id)}
        for ad in self._users(node.get_ads, ["id", "adset{id,name,effective_status}"]):
            adset = ad.adset or {}
            if adset.get("id") and str(adset["id"]) not in adsets:
                adsets[str(adset["id"])] = Use(str(adset["id"]), adset.get("name"), adset.get("effective_status"))
        accounts = {user.id.removeprefix("act_") for user in self._users(node.get_ad_accounts, ["id"])}
        lookalikes = [
            Use(each, self._get(self._sdk(sdk.CustomAudience, each), _User, ["id", "name"]).name)
            for each in audience.lookalike_audience_ids or ()
        ]
        saved = [*self._using(account.get_saved_audiences, ["id", "name", "targeting"], audience_id)]
        shared = [Use(f"act_{number}") for number in sorted(accounts - {audience.account_id})]
        return Dependents(audience_id, [*adsets.values()], lookalikes, saved, shared)

    @op("delete_audience", effect="remove", also=("delete_custom_audience",))
    @costs("gone for good, with its people; ad sets that target it stop or reach others")
    def delete(self, audience_id: str, *, force: bool = False) -> None:
        """Delete an audience.

        Unless `force` is true, raises `ParameterError` with the ad sets, lookalikes, saved audiences and accounts that
        depend on it, if any.

        >>> fb.customaudiences.delete(audience_id)
        """
        if not isinstance(force, bool):
            raise ParameterError([Violation("force", force, "true or false")])
        node = self._audience(audience_id)
        if not force and (found := self.dependants(audience_id)).any:
            allowed = f"an audience that nothing depends on, or force=true. On this one depend {found.summary()}"
            raise ParameterError([Violation("audience_id", audience_id, allowed)])
        self._change(node.api_delete)

    @op(
        "share_audience",
        effect="add",
        past="shared",
        cost="the other accounts can show ads to its people, at once and without a plan",
        also=("share_custom_audience",),
        then=("list_audience_accounts",),
    )
    def share(
        self,
        audience_id: str,
        *,
        ad_account_ids: list[str],
        permissions: SharePermission | None = None,
        relationship_type: list[str] | None = None,
    ) -> list[Shared]:
        """Share an audience with accounts. Accounts that it is shared with already keep it.

        `permissions` is "targeting" or "targeting_and_insights". Meta's default: "targeting_and_insights". All accounts
        must be claimed by a business. Returns for each account whether it is shared, or why not.

        >>> fb.customaudiences.share(audience_id, ad_account_ids=["act_2"], permissions="targeting")[0].ad_acct_id
        '2'
        """
        if permissions not in (None, "targeting", "targeting_and_insights"):
            raise ParameterError([Violation("permissions", permissions, "targeting or targeting_and_insights")])
        params: dict[str, Any] = {"adaccounts": _account_numbers(ad_account_ids)}
        params |= {} if permissions is None else {"permissions": permissions}
        params |= {} if relationship_type is None else {"relationship_type": relationship_type}
        call = self._call(self._audience(audience_id).create_ad_account, params)
        answer = retry_until_acknowledged(self._transport, call, acknowledged("sharing_data"))
        return [Shared.from_api(row) for row in objects_in(answer.get("sharing_data"))]

    @op(
        "unshare_audience",
        effect="remove",
        past="no longer shared",
        cost="in the other accounts ads that use it stop, and cannot be started again with it",
        also=("unshare_custom_audience",),
        then=("list_audience_accounts",),
    )
    def unshare(self, audience_id: str, *, ad_account_ids: list[str]) -> None:
        """Stop sharing an audience. Ads of the other ad accounts that use it stop.

        >>> fb.customaudiences.unshare(audience_id, ad_account_ids=["act_2"])
        """
        params = {"adaccounts": _account_numbers(ad_account_ids)}
        call = self._call(self._audience(audience_id).delete_ad_accounts, params)
        retry_until_acknowledged(self._transport, call, answer_to(call))

    @op("list_audience_accounts", access="read", then=("share_audience", "unshare_audience"))
    def accounts(self, audience_id: str, *, fields: Fields = ("id",)) -> Edge[AdAccount]:
        """List an audience's accounts. The ad accounts that it is shared with. Meta returns only their ids.

        >>> [*fb.customaudiences.accounts(audience_id)]
        []
        """
        return self._edge(self._audience(audience_id).get_ad_accounts, AdAccount, fields=fields)

    def _audience(self, audience_id: str) -> Any:
        return self._node(sdk.CustomAudience, audience_id, "audience_id")

    def _users(self, prepare: Any, fields: list[str]) -> Edge[_User]:
        return self._edge(prepare, _User, {"limit": _PAGE_SIZE}, fields)

    def _using(self, prepare: Any, fields: list[str], audience_id: str) -> Iterator[Use]:
        for user in self._users(prepare, fields):
            if ways := {*_ways(user.targeting or {}, audience_id)}:
                yield Use(user.id, user.name, user.effective_status, excludes=ways == {_EXCLUDED})


def _account_numbers(accounts: object) -> list[str]:
    """Return the ids of ad accounts as this edge takes them: without `act_`."""
    if not isinstance(accounts, (list, tuple)) or not accounts:
        raise ParameterError([Violation("ad_account_ids", accounts or MISSING, 'a list of accounts such as ["act_2"]')])
    return [account_id(account, "ad_account_ids").removeprefix("act_") for account in accounts]


class _User(Node):
    """An ad set, an ad, a saved audience or an ad account: any object that uses an audience. Or the audience."""

    id: str = ""
    account_id: str | None = None
    lookalike_audience_ids: list[str] | None = None
    name: str | None = None
    effective_status: str | None = None
    targeting: Map | None = None
    adset: Map | None = None


def _ways(targeting: Any, audience_id: str, excluded: bool = False) -> Iterator[str]:
    """Yield how targeting uses an audience (`_INCLUDED`, `_EXCLUDED`), at any depth."""
    for name, value in targeting.items() if isinstance(targeting, Mapping) else ():
        out = excluded or name in (_EXCLUDED, "exclusions")
        if name in (_INCLUDED, _EXCLUDED) and isinstance(value, list):
            if any(isinstance(item, Mapping) and str(item.get("id")) == audience_id for item in value):
                yield _EXCLUDED if out else _INCLUDED
        else:
            for item in value if isinstance(value, list) else [value]:
                yield from _ways(item, audience_id, out)
