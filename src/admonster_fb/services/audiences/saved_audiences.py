"""Saved audiences. https://developers.facebook.com/docs/graph-api/reference/saved-audience"""

from __future__ import annotations

import builtins
from collections.abc import Sequence

from facebook_business.adobjects import adaccount
from facebook_business.adobjects import savedaudience as sdk
from typing_extensions import Unpack

from admonster_fb.models._params import checked
from admonster_fb.models.audiences.saved import SavedAudience
from admonster_fb.models.common import EdgeList
from admonster_fb.operation import no_op, op
from admonster_fb.services._base import Service, account_id, node_id
from admonster_fb.transport.paging import Edge


class SavedAudiences(Service):
    """The edge `saved_audiences` of an ad account and its nodes: targeting kept under a name, made in Ads Manager."""

    @op("get_saved_audience", group="audience", access="read", then=("create_adset",))
    def get(self, saved_audience_id: str, *, fields: Sequence[str] = SavedAudience.fields()) -> SavedAudience:
        """Read a saved audience; its `targeting` can be given to an ad set.

        >>> fb.saved_audiences.get(saved_audience_id).targeting is not None
        True
        """
        node = self._sdk(sdk.SavedAudience, node_id(saved_audience_id, "saved_audience_id"))
        return self._transport.node(self._call(node.api_get, fields=fields), SavedAudience)

    @no_op("list_saved_audiences shows page by page what `iter` gives")
    def list(
        self, ad_account_id: str, *, fields: Sequence[str] = SavedAudience.fields(), **params: Unpack[EdgeList]
    ) -> builtins.list[SavedAudience]:
        """Read all saved audiences of an account, to the last page.

        >>> saved_audience_id in [audience.id for audience in fb.saved_audiences.list("act_1")]
        True
        """
        return [*self.iter(ad_account_id, fields=fields, **params)]

    @op("list_saved_audiences", group="audience", access="read", then=("get_saved_audience",))
    def iter(
        self, ad_account_id: str, *, fields: Sequence[str] = SavedAudience.fields(), **params: Unpack[EdgeList]
    ) -> Edge[SavedAudience]:
        """Read the saved audiences of an account, page by page as they are wanted.

        >>> next(iter(fb.saved_audiences.iter("act_1"))).id.isdigit()
        True
        """
        account = self._sdk(adaccount.AdAccount, account_id(ad_account_id))
        call = self._call(account.get_saved_audiences, checked(EdgeList, params), fields)
        return self._transport.edge(call, SavedAudience)
