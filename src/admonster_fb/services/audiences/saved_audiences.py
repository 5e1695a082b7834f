"""Saved audiences. https://developers.facebook.com/docs/graph-api/reference/saved-audience"""

from __future__ import annotations

from typing import Unpack

from facebook_business.adobjects import savedaudience as sdk

from admonster_fb.models.audiences.custom import SavedAudience
from admonster_fb.models.common import EdgeList
from admonster_fb.operation import op
from admonster_fb.services._base import Edge, Fields, ListingService, checked


class SavedAudiences(ListingService):
    """The edge `saved_audiences` of an ad account, and its nodes: reusable targeting, made in Ads Manager."""

    @op("get_saved_audience", group="audience", access="read", then=("create_adset",))
    def get(self, saved_audience_id: str, *, fields: Fields = None) -> SavedAudience:
        """Return a saved audience. An ad set can use its `targeting`.

        >>> fb.saved_audiences.get(saved_audience_id).targeting is not None
        True
        """
        node = self._node(sdk.SavedAudience, saved_audience_id, "saved_audience_id")
        return self._get(node, SavedAudience, fields)

    @op("list_saved_audiences", group="audience", access="read", then=("get_saved_audience",))
    def iter(self, ad_account_id: str, *, fields: Fields = None, **params: Unpack[EdgeList]) -> Edge[SavedAudience]:
        """List the saved audiences of an ad account. Page by page.

        >>> next(iter(fb.saved_audiences.iter("act_1"))).id.isdigit()
        True
        """
        account = self._account(ad_account_id)
        return self._edge(account.get_saved_audiences, SavedAudience, checked(EdgeList, params), fields)
