"""Subscriptions of Pages and ad accounts to webhooks. `admonster_fb.webhooks` receives them.

The app itself subscribes first, with its callback: `workflows.webhooks.subscribe_app`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar, Unpack

from facebook_business.adobjects import page as sdk_page

from admonster_fb.models._node import Node
from admonster_fb.models.page import InstalledApp, Watch, WatchCreate
from admonster_fb.operation import costs, no_op, ops_of
from admonster_fb.services._base import Service, account_id, node_id
from admonster_fb.transport.answers import acknowledged
from admonster_fb.transport.api import decode_object
from admonster_fb.transport.paging import raw_page
from admonster_fb.transport.request import Call

PAGE_SCOPES = ("ads_management", "pages_manage_metadata", "pages_show_list", "pages_read_engagement")
LEADGEN = ("leadgen",)
M = TypeVar("M", bound=Node)
page_op = ops_of("lead", "accounts", writes=PAGE_SCOPES)
account_op = ops_of("automation", "subscriptions")


class Webhooks(Service):
    """The edges `subscribed_apps` of Pages and ad accounts, and `subscriptions` of ad accounts."""

    @no_op("subscribe_page adds to it")
    def of_page(self, page_id: str) -> list[InstalledApp]:
        """List the apps that receive the webhooks of a Page, with the fields.

        >>> fb.webhooks.of_page(page_id)
        []
        """
        prepare = self._page(page_id).get_subscribed_apps
        return self._rows(self._call(prepare, fields=["subscribed_fields"], page=page_id), InstalledApp)

    @page_op("subscribe_page", effect="add", past="subscribed", scopes=(*PAGE_SCOPES, "leads_retrieval"))
    @costs("nothing: the app's callback receives what happens on the Page")
    def subscribe_page(self, page_id: str, *, subscribed_fields: Sequence[str] = LEADGEN) -> list[str]:
        """Send a Page's webhooks to the app. New leads, or other fields; returns all fields that it sends now.

        Fields that were subscribed before stay.

        >>> fb.webhooks.subscribe_page(page_id)
        ['leadgen']
        """
        before = [name for app in self.of_page(page_id) for name in app.subscribed_fields or ()]
        given = [subscribed_fields] if isinstance(subscribed_fields, str) else subscribed_fields
        new = (name.strip() for each in given for name in each.split(","))
        names = [*dict.fromkeys((*before, *filter(None, new)))]
        params = {"subscribed_fields": ",".join(names)}
        self._send(self._call(self._page(page_id).create_subscribed_app, params, page=page_id))
        return names

    @page_op("unsubscribe_page", access="write", effect="remove", past="unsubscribed")
    @costs("the app's callback receives nothing of the Page any more")
    def unsubscribe_page(self, page_id: str) -> None:
        """Stop a Page's webhooks to the app.

        >>> fb.webhooks.unsubscribe_page(page_id)
        """
        self._send(self._call(self._page(page_id).delete_subscribed_apps, page=page_id))

    @no_op("watch_account installs the app")
    def subscribe_account(self, ad_account_id: str, app_id: str) -> None:
        """Send the webhooks of an ad account to the app.

        >>> fb.webhooks.subscribe_account("act_1", "880000000000001")
        """
        self._send(self._call(self._account(ad_account_id).create_subscribed_app, {"app_id": app_id}))

    @no_op("watch_account installs the app")
    def unsubscribe_account(self, ad_account_id: str, app_id: str) -> None:
        """Stop the webhooks of an ad account for an app.

        >>> fb.webhooks.unsubscribe_account("act_1", "880000000000001")
        """
        self._send(self._call(self._account(ad_account_id).delete_subscribed_apps, {"app_id": app_id}))

    @no_op("list_watches shows what the account reports")
    def of_account(self, ad_account_id: str) -> list[InstalledApp]:
        """List the apps that receive the webhooks of an ad account.

        >>> fb.webhooks.of_account("act_1")
        []
        """
        return self._rows(self._call(self._account(ad_account_id).get_subscribed_apps), InstalledApp)

    @account_op("list_watches", access="read", then=("watch_account",))
    def watches(self, ad_account_id: str) -> list[Watch]:
        """List the subscriptions of an ad account. Each to one kind of event.

        >>> fb.webhooks.watches("act_1")
        []
        """
        return self._rows(Call("GET", (account_id(ad_account_id), "subscriptions")), Watch)

    @account_op("watch_account", effect="create", then=("list_watches",))
    @costs("nothing: an alarm that may be late or lost, no brake")
    def watch(self, ad_account_id: str, **params: Unpack[WatchCreate]) -> Watch:
        """Subscribe an ad account to one kind of event. Amounts in minor units: today_spent above 5000 is 50.00 USD.

        The app must have subscribed to the field `subscriptions` of `ad_account`.

        >>> fb.webhooks.watch("act_1", event_type="OBJECT_CREATED", entity_type="AD")  # doctest: +SKIP
        Watch(id='9')
        """
        valid: Any = {"status": "ENABLED", **self._checked(WatchCreate, params)}
        call = Call("POST", (account_id(ad_account_id), "subscriptions"), valid)
        return self._transport.api.send(call, lambda response, name: Watch.from_api(decode_object(response, name)))

    @no_op("an alarm costs nothing; the host's code deletes it")
    def unwatch(self, ad_account_id: str, subscription_id: str) -> None:
        """Delete a subscription of an ad account.

        >>> fb.webhooks.unwatch("act_1", "9")  # doctest: +SKIP
        """
        path = (account_id(ad_account_id), "subscriptions", node_id(subscription_id, "subscription_id"))
        self._send(Call("DELETE", path))

    @no_op("an alarm costs nothing; the host's code switches it")
    def switch(self, ad_account_id: str, subscription_id: str, *, enabled: bool) -> None:
        """Enable or disable a subscription of an ad account.

        >>> fb.webhooks.switch("act_1", "9", enabled=False)  # doctest: +SKIP
        """
        path = (account_id(ad_account_id), "subscriptions", node_id(subscription_id, "subscription_id"))
        self._send(Call("PATCH", path, {"status": "ENABLED" if enabled else "DISABLED"}))

    def _page(self, page_id: str) -> Any:
        return self._node(sdk_page.Page, page_id, "page_id")

    def _rows(self, call: Call, model: type[M]) -> list[M]:
        return [model.from_api(row) for row in self._transport.api.send(call, raw_page).data]

    def _send(self, call: Call) -> None:
        self._transport.api.send(call, acknowledged())
