"""Pages of the token's user. https://developers.facebook.com/docs/graph-api/reference/page"""

from __future__ import annotations

from typing import Unpack

from facebook_business.adobjects import page as sdk
from facebook_business.adobjects import user

from admonster_fb.models.common import EdgeList
from admonster_fb.models.page import PageRole
from admonster_fb.operation import READ_SCOPES, op
from admonster_fb.services._base import Edge, Fields, ListingService, checked, node_id

SCOPES = (*READ_SCOPES, "pages_show_list", "pages_read_engagement")


class Pages(ListingService):
    """The edge `accounts` of a user, and its nodes: Pages. Their tokens are read and used when a call needs one."""

    @op("get_page", group="account", access="read", scopes=SCOPES, then=("list_lead_forms",))
    def get(self, page_id: str, *, fields: Fields = None) -> PageRole:
        """Return a Page with its rights. Leads can be read, it may be advertised, terms are accepted: yes or no.

        Sent with the Page's own token.

        >>> fb.pages.get(page_id).has_lead_access.can_access_lead
        True
        """
        requested = [name for name in PageRole.fields() if name != "tasks"]
        requested += [PageRole.EXPANDED.get(name, name) for name in PageRole.RIGHTS]
        node = self._node(sdk.Page, page_id, "page_id")
        return self._get(node, PageRole, requested if fields is None else fields, page_id)

    @op("list_user_pages", group="account", access="read", scopes=SCOPES[:2], then=("get_page", "list_lead_forms"))
    def iter(self, user_id: str = "me", *, fields: Fields = None, **params: Unpack[EdgeList]) -> Edge[PageRole]:
        """List the user's Pages, with the tasks. Those on which the token's user has a role, page by page.

        Lead forms need the task ADVERTISE or MANAGE.

        >>> [page.can_advertise for page in fb.pages.iter()][:1]
        [True]
        """
        node = self._sdk(user.User, user_id if user_id == "me" else node_id(user_id, "user_id"))
        return self._edge(node.get_accounts, PageRole, checked(EdgeList, params), fields)
