"""Custom audiences. https://developers.facebook.com/docs/marketing-api/reference/custom-audience

Their people are the business of `audience_users`.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from typing import Any

from facebook_business.adobjects import adaccount
from facebook_business.adobjects import customaudience as sdk
from typing_extensions import Unpack

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._params import checked
from admonster_fb.models.adaccount import AdAccount
from admonster_fb.models.audiences.custom import (
    CustomAudience,
    CustomAudienceCreate,
    CustomAudienceList,
    CustomAudienceUpdate,
    Shared,
    SharePermission,
)
from admonster_fb.models.audiences.dependents import Dependents
from admonster_fb.operation import no_op, op
from admonster_fb.rules import audiences
from admonster_fb.services._again import repeated
from admonster_fb.services._base import Service, account_id, node_id
from admonster_fb.services.audiences.dependents import dependants
from admonster_fb.transport.api import RawResponse, decode_object
from admonster_fb.transport.paging import Edge
from admonster_fb.transport.transport import parse_change

_ID = {"id": "audience_id", "custom_audience_id": "audience_id"}
_TO = {**_ID, "accounts": "ad_account_ids", "adaccounts": "ad_account_ids", "ad_account_id": "ad_account_ids"}


class CustomAudiences(Service):
    """The edge `customaudiences` of an ad account and its nodes."""

    @op("get_audience", group="audience", access="read", aliases=_ID, then=("create_lookalike_audience",))
    def get(self, audience_id: str, *, fields: Sequence[str] = CustomAudience.fields()) -> CustomAudience:
        """Read an audience: how many people it is, as a range, and whether ads can use it.

        >>> fb.customaudiences.get(audience_id).name
        'Customers'
        """
        return self._transport.node(self._call(self._node(audience_id).api_get, fields=fields), CustomAudience)

    @no_op("list_audiences shows page by page what `iter` gives")
    def list(
        self,
        ad_account_id: str,
        *,
        fields: Sequence[str] = CustomAudience.fields(),
        **params: Unpack[CustomAudienceList],
    ) -> builtins.list[CustomAudience]:
        """Read all custom audiences of an account, to the last page.

        >>> "Customers" in [audience.name for audience in fb.customaudiences.list("act_1")]
        True
        """
        return [*self.iter(ad_account_id, fields=fields, **params)]

    @op("list_audiences", group="audience", access="read", then=("get_audience", "create_lookalike_audience"))
    def iter(
        self,
        ad_account_id: str,
        *,
        fields: Sequence[str] = CustomAudience.fields(),
        **params: Unpack[CustomAudienceList],
    ) -> Edge[CustomAudience]:
        """Read the custom audiences and lookalikes of an account, page by page as they are wanted.

        >>> next(iter(fb.customaudiences.iter("act_1", limit=1))).account_id
        '1'
        """
        account = self._sdk(adaccount.AdAccount, account_id(ad_account_id))
        call = self._call(account.get_custom_audiences, checked(CustomAudienceList, params), fields)
        return self._transport.edge(call, CustomAudience)

    @no_op("create_custom_audience and create_lookalike_audience build rules and likeness from plain words")
    def create(
        self,
        ad_account_id: str,
        *,
        fields: Sequence[str] = CustomAudience.fields(),
        **params: Unpack[CustomAudienceCreate],
    ) -> CustomAudience:
        """Create an audience; a customer list is empty until people are added with `fb.audience_users`.

        A customer list has subtype CUSTOM and says its `customer_file_source`. An audience of events has a `rule`, by
        `AudienceRule` or as Meta has it, which tells its kind: WEBSITE, APP and the like are not sent, as Meta has
        taken none since 2018. A rule for videos is a list (`AudienceRule.videos`). A lookalike has subtype LOOKALIKE, a
        `lookalike_spec` and one seed. Meta: ad-account/customaudiences.

        >>> fb.customaudiences.create("act_1", name="List", subtype="CUSTOM",
        ...     customer_file_source="USER_PROVIDED_ONLY").subtype
        'CUSTOM'
        """
        said = _sendable(checked(CustomAudienceCreate, params))
        account = self._sdk(adaccount.AdAccount, account_id(ad_account_id))
        return self._transport.create(self._call(account.create_custom_audience, said, fields), CustomAudience)

    @op(
        "update_audience",
        group="audience",
        access="write",
        effect="update",
        changes="customaudiences",
        past="updated",
        cost="another rule changes who sees the ads that use it",
        aliases=_ID,
        then=("get_audience",),
    )
    def update(self, audience_id: str, **params: Unpack[CustomAudienceUpdate]) -> None:
        """Change an audience. Who matched an old rule stays in it until the retention ends.

        >>> fb.customaudiences.update(audience_id, description="From the shop")
        """
        said = checked(CustomAudienceUpdate, params)
        if wrong := audiences.violations(said, update=True):
            raise ParameterError(wrong)
        self._transport.change(self._call(self._node(audience_id).api_update, said))

    @op("get_audience_dependants", group="audience", access="read", aliases=_ID, also=("get_audience_dependents",))
    def dependants(self, audience_id: str) -> Dependents:
        """Read what depends on an audience: ad sets, lookalikes, saved audiences, accounts it is shared with.

        Ad sets that target or exclude it are found in its own account, archived ones left out; of other accounts only
        those that have ads.

        >>> fb.customaudiences.dependants(audience_id).any
        False
        """
        return dependants(self._transport, node_id(audience_id, "audience_id"))

    @op(
        "delete_audience",
        group="audience",
        access="destroy",
        effect="remove",
        changes="customaudiences",
        past="deleted",
        cost="gone for good, with its people; ad sets that target it stop or reach others",
        aliases=_ID,
    )
    def delete(self, audience_id: str, *, force: bool = False) -> None:
        """Delete an audience, for good. Refused while anything depends on it, unless `force` is given.

        Raises `ParameterError` that names the ad sets, lookalikes, saved audiences and accounts.

        >>> fb.customaudiences.delete(audience_id)
        """
        if not isinstance(force, bool):
            raise ParameterError([Violation("force", force, "true or false")])
        node = self._node(audience_id)
        if not force and (found := self.dependants(audience_id)).any:
            allowed = f"an audience that nothing depends on, or force=true. On this one depend {found.summary()}"
            raise ParameterError([Violation("audience_id", audience_id, allowed)])
        self._transport.change(self._call(node.api_delete))

    @op(
        "share_audience",
        group="audience",
        access="write",
        effect="add",
        changes="customaudiences",
        past="shared",
        cost="the other accounts can show ads to its people",
        aliases=_TO,
        then=("list_audience_accounts",),
    )
    def share(
        self,
        audience_id: str,
        *,
        ad_account_ids: builtins.list[str],
        permissions: SharePermission | None = None,
        relationship_type: builtins.list[str] | None = None,
    ) -> builtins.list[Shared]:
        """Share an audience with other ad accounts; they come beside those that have it.

        `permissions` is targeting, or targeting_and_insights, which is Meta's own default. A business must have claimed
        all accounts. Each answer says whether it is shared, or why not.

        >>> fb.customaudiences.share(audience_id, ad_account_ids=["act_2"], permissions="targeting")[0].ad_acct_id
        '2'
        """
        params: dict[str, Any] = {"adaccounts": _numbers(ad_account_ids)}
        wrong = [] if permissions in (None, "targeting", "targeting_and_insights") else [permissions]
        if wrong:
            raise ParameterError([Violation("permissions", wrong[0], "targeting or targeting_and_insights")])
        params |= {} if permissions is None else {"permissions": permissions}
        params |= {} if relationship_type is None else {"relationship_type": relationship_type}
        return repeated(self._transport, self._call(self._node(audience_id).create_ad_account, params), _shared)

    @op(
        "unshare_audience",
        group="audience",
        access="destroy",
        effect="remove",
        changes="customaudiences",
        past="no longer shared",
        cost="in the other accounts ads that use it stop, and cannot be started again with it",
        aliases=_TO,
        then=("list_audience_accounts",),
    )
    def unshare(self, audience_id: str, *, ad_account_ids: builtins.list[str]) -> None:
        """Take an audience back from ad accounts it was shared with.

        >>> fb.customaudiences.unshare(audience_id, ad_account_ids=["act_2"])
        """
        params = {"adaccounts": _numbers(ad_account_ids)}
        call = self._call(self._node(audience_id).delete_ad_accounts, params)
        repeated(self._transport, call, parse_change)

    @op(
        "list_audience_accounts",
        group="audience",
        access="read",
        aliases=_ID,
        then=("share_audience", "unshare_audience"),
    )
    def accounts(self, audience_id: str, *, fields: Sequence[str] = ("id",)) -> Edge[AdAccount]:
        """Read the ad accounts an audience is shared with: their ids, as Meta tells no more here.

        >>> [*fb.customaudiences.accounts(audience_id)]
        []
        """
        return self._transport.edge(self._call(self._node(audience_id).get_ad_accounts, fields=fields), AdAccount)

    def _node(self, audience_id: str) -> Any:
        return self._sdk(sdk.CustomAudience, node_id(audience_id, "audience_id"))


def _sendable(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters once no rule is against them, without a subtype that Meta tells from the rule."""
    if wrong := audiences.violations(said):
        raise ParameterError(wrong)
    if said.get("subtype") not in audiences.TOLD_BY_RULE and not isinstance(said.get("rule"), list):
        return dict(said)
    # Videos are the one kind that needs it.
    video = {"subtype": "ENGAGEMENT"} if isinstance(said["rule"], list) else {}
    return {name: value for name, value in said.items() if name != "subtype"} | video


def _numbers(accounts: object) -> builtins.list[str]:
    """Return the ids of ad accounts as this edge takes them: without `act_`."""
    if not isinstance(accounts, (list, tuple)) or not accounts:
        raise ParameterError([Violation("ad_account_ids", accounts or MISSING, 'a list of accounts such as ["act_2"]')])
    return [account_id(each, "ad_account_ids").removeprefix("act_") for each in accounts]


def _shared(response: RawResponse, request: str) -> builtins.list[Shared]:
    answer = decode_object(response, request)
    return [Shared.from_api(each) for each in answer.get("sharing_data") or []]
