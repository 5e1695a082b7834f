"""Businesses and their assets. https://developers.facebook.com/docs/marketing-api/reference/business"""

from __future__ import annotations

from typing import Unpack

from facebook_business.adobjects import business as sdk
from facebook_business.adobjects import user

from admonster_fb.errors import APIError
from admonster_fb.models._node import NamedNode
from admonster_fb.models.adaccount import Business
from admonster_fb.models.common import EdgeList
from admonster_fb.models.page import Asset, BusinessAssets
from admonster_fb.operation import READ_SCOPES, no_op, op
from admonster_fb.services._base import Edge, Fields, ListingService, checked, node_id

SCOPES = (*READ_SCOPES, "business_management")
EDGES = (
    ("ad account", "owned", "get_owned_ad_accounts", "name"),
    ("ad account", "client", "get_client_ad_accounts", "name"),
    ("Page", "owned", "get_owned_pages", "name"),
    ("Page", "client", "get_client_pages", "name"),
    ("Instagram account", "owned", "get_owned_instagram_accounts", "username"),
)
"""Kind and relation of assets, the SDK's method that lists them, and the field with their name."""


class Businesses(ListingService):
    """The edge `businesses` of a user, and its nodes. Claiming and sharing of assets belongs to people."""

    @no_op("list_businesses and list_business_assets show more")
    def get(self, business_id: str, *, fields: Fields = None) -> Business:
        """Return a business.

        >>> fb.businesses.get(business_id).id == business_id
        True
        """
        return self._get(self._node(sdk.Business, business_id, "business_id"), Business, fields)

    @op("list_businesses", group="account", access="read", scopes=SCOPES, then=("list_business_assets",))
    def iter(self, user_id: str = "me", *, fields: Fields = None, **params: Unpack[EdgeList]) -> Edge[Business]:
        """List the user's businesses. Those of the token's user, page by page.

        The list of a system user may be empty: its business can still be read by its ID.

        >>> business_id in [business.id for business in fb.businesses.iter()]
        True
        """
        node = self._sdk(user.User, user_id if user_id == "me" else node_id(user_id, "user_id"))
        return self._edge(node.get_businesses, Business, checked(EdgeList, params), fields)

    @op("list_business_assets", group="account", access="read", scopes=SCOPES, then=("get_page", "status"))
    def assets(self, business_id: str) -> BusinessAssets:
        """List the ad accounts and Pages of a business. Instagram accounts too; each once: owned, of a client, or both.

        What the token may not read is in `unread`, with the reason.

        >>> fb.businesses.assets(business_id).assets[0].relations
        ('owned',)
        """
        node = self._node(sdk.Business, business_id, "business_id")
        found: dict[tuple[str, str], Asset] = {}
        unread = dict[str, str]()
        for kind, relation, method, name in EDGES:
            try:
                for row in self._edge(getattr(node, method), NamedNode, {"limit": 200}, ["id", name]):
                    known = found.get((kind, row.id))
                    relations = dict.fromkeys((*(known.relations if known else ()), relation))
                    found[kind, row.id] = Asset(kind, row.id, getattr(row, name, None), (*relations,))
            except APIError as error:
                if error.retryable or error.code == 190:
                    raise
                unread[f"{relation} {kind}s"] = error.words
        return BusinessAssets(business_id, [*found.values()], unread)
