"""Webhooks: subscriptions of the app and of its assets, and deliveries, signed, batched, repeated, out of order."""

from __future__ import annotations

import hmac
import json
import random
from collections.abc import Iterable
from typing import Any

from admonster_fb.sandbox import need
from admonster_fb.sandbox.convert import listed, words_of
from admonster_fb.sandbox.errors import GraphError, bad_param, missing_object, not_one_of, required
from admonster_fb.sandbox.leads import forms
from admonster_fb.sandbox.world import Call, Node, World

OBJECTS = ("ad_account", "application", "catalog", "instagram", "page", "permissions", "user")
EVENTS = ("OBJECT_CREATED", "OBJECT_UPDATED", "INSIGHTS_UPDATED", "INSIGHTS_MILESTONE_REACHED")
STATUSES = ("ENABLED", "DISABLED")
MOST_CHANGES = 1_000
LEAST = {"impressions": 1000, "unique_impressions": 1000, "reach": 1000, "spent": 1000, "clicks": 10, "results": 5}
"""The smallest milestone of each metric; 1 for all others."""


Post = tuple[dict[str, str], bytes]
"""Headers and body."""


def page_change(world: World, page_id: str, name: str, value: dict[str, Any]) -> None:
    """Queue a change of a Page for its subscribers."""
    subscribed = world.hooks.app.get("page", {}).get("fields", ())
    if name in subscribed and name in world.hooks.assets.get(page_id, ()):
        queue(world, "page", page_id, name, value)


def queue(world: World, kind: str, asset_id: str, name: str, value: Any) -> None:
    """Queue any change."""
    change = {"field": name} if value is None else {"value": value, "field": name}
    world.hooks.waiting.append((kind, asset_id, int(world.clock().timestamp()), change))


def deliveries(world: World, seed: int, batch: int, repeat: float, *, shuffle: bool) -> list[Post]:
    """Return the waiting changes as signed posts: headers and body. None is waiting afterwards."""
    chance = random.Random(f"webhooks {seed}")  # noqa: S311 - reproducible on purpose
    changes, world.hooks.waiting = world.hooks.waiting, []
    changes = changes + [change for change in changes if chance.random() < repeat]
    if shuffle:
        chance.shuffle(changes)
    posts = []
    for start in range(0, len(changes), min(batch, MOST_CHANGES)):
        part = changes[start : start + min(batch, MOST_CHANGES)]
        for kind in dict.fromkeys(each[0] for each in part):
            entries: dict[str, dict[str, Any]] = {}
            for _, asset, at, change in (each for each in part if each[0] == kind):
                entries.setdefault(asset, {"id": asset, "time": at, "changes": []})["changes"].append(change)
            body = json.dumps({"object": kind, "entry": list(entries.values())}).replace("/", "\\/").encode()
            sha1, sha256 = (hmac.new(world.app.secret.encode(), body, name).hexdigest() for name in ("sha1", "sha256"))
            headers = {"Content-Type": "application/json", "User-Agent": "facebookexternalua"}
            headers |= {"X-Hub-Signature": f"sha1={sha1}", "X-Hub-Signature-256": f"sha256={sha256}"}
            posts.append((headers, body))
    return posts


def subscribe_app(call: Call, _app: Node) -> dict[str, Any]:
    """Subscribe the app to fields of an object; its callback is verified at once."""
    _check_app(call)
    for name in ("object", "callback_url", "verify_token", "fields"):
        need.value(name, call.params.get(name))
    kind, url = str(call.params["object"]), str(call.params["callback_url"])
    need.one_of("object", kind, OBJECTS)
    if not url.startswith("https://"):
        raise bad_param("Invalid callback URL: https is required")
    challenge = str(1_158_201_444 + len(call.world.hooks.app))
    query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": str(call.params["verify_token"])}
    if listener := call.world.hooks.listeners.get(url):
        status, text = listener("GET", query)
        if (status, text) != (200, challenge):
            reason = f"HTTP Status Code = {status}" if status != 200 else "Hub Challenge did not match"
            message = f"(#2200) Callback verification failed with the following errors: {reason}"
            raise GraphError(2200, message=message)
    fields = words_of(call.params["fields"])
    call.world.hooks.app[kind] = {"object": kind, "callback_url": url, "active": True, "fields": fields}
    return {"success": True}


def read_app(call: Call, _app: Node) -> dict[str, Any]:
    """Return the subscriptions of the app."""
    _check_app(call)
    listed_app = call.world.hooks.app.values()
    rows = [(row, [{"name": name, "version": call.version} for name in row["fields"]]) for row in listed_app]
    return {"data": [{**row, "fields": fields} for row, fields in rows]}


def unsubscribe_app(call: Call, _app: Node) -> dict[str, Any]:
    """Remove subscriptions of the app: of an object, or all."""
    _check_app(call)
    kind = call.params.get("object")
    for each in [kind] if kind else list(call.world.hooks.app):
        call.world.hooks.app.pop(str(each), None)
    return {"success": True}


def _check_app(call: Call) -> None:
    if call.token.kind != "APP":
        raise GraphError(15, message="(#15) This method must be called with an app access_token.")


def _check_asset(call: Call, node: Node, fields: Iterable[str] = ()) -> None:
    if node.kind == "Page":
        forms.check_page(call, node.id, "pages_manage_metadata")
        if "leadgen" in fields:
            forms.check_page(call, node.id, "leads_retrieval")


def install(call: Call, node: Node) -> dict[str, Any]:
    """Install the app on a Page or an ad account. The fields of a Page replace those before."""
    fields = words_of(call.params.get("subscribed_fields"))
    if node.kind == "Page" and not fields:
        raise required("subscribed_fields")
    _check_asset(call, node, fields)
    call.world.hooks.assets[node.id] = fields
    return {"success": True}


def installed(call: Call, node: Node) -> dict[str, Any]:
    """Return the app if it is installed."""
    _check_asset(call, node)
    if node.id not in call.world.hooks.assets:
        return {"data": []}
    app = call.world.app
    if node.kind == "Page":
        return {"data": [{"id": app.id, "subscribed_fields": call.world.hooks.assets[node.id]}]}
    return {"data": [{"app_id": app.id, "app_name": app.name}]}


def uninstall(call: Call, node: Node) -> dict[str, Any]:
    """Remove the app."""
    _check_asset(call, node)
    call.world.hooks.assets.pop(node.id, None)
    return {"success": True}


def create_fine(call: Call, account: Node) -> dict[str, Any]:
    """Create a subscription of an ad account to one kind of event."""
    if "subscriptions" not in call.world.hooks.app.get("ad_account", {}).get("fields", ()):
        raise bad_param("The app is not subscribed to the field subscriptions of ad_account")
    event, filters = str(call.params.get("event_type", "")), listed(call.params.get("filters"))
    need.one_of("event_type", event, EVENTS)
    if len(filters) > 20:
        raise bad_param("Param filters can hold up to 20 filters")
    for each in filters if event == "INSIGHTS_MILESTONE_REACHED" else ():
        if int(each.get("value") or 0) < LEAST.get(str(each.get("field")), 1):
            raise bad_param(f"The milestone of {each.get('field')} is too small")
    number = str(990_000_000_000_001 + len(call.world.hooks.fine))
    sent: dict[str, Any] = {
        name: call.params[name] for name in ("event_type", "entity_type", "filters") if name in call.params
    }
    status = str(call.params.get("status", "ENABLED"))
    call.world.hooks.fine[number] = {"id": number, "account_id": account.data["account_id"], **sent, "status": status}
    return {"subscription_id": number}


def list_fine(call: Call, account: Node) -> dict[str, Any]:
    """Return the subscriptions of an ad account."""
    mine = [row for row in call.world.hooks.fine.values() if row["account_id"] == account.data["account_id"]]
    return {"data": mine}


def one_fine(call: Call, account: Node) -> dict[str, Any]:
    """Read, switch or delete a subscription of an ad account: the last part of the path is its id."""
    number = call.path.rpartition("/")[2]
    found = call.world.hooks.fine.get(number)
    if found is None or found["account_id"] != account.data["account_id"]:
        raise missing_object(call.method, number)
    if call.method == "GET":
        return dict(found)
    sent = call.params.get("status")
    if call.method == "DELETE":
        del call.world.hooks.fine[number]
    elif call.params.keys() - {"status", "access_token", "appsecret_proof"} or sent not in STATUSES:
        raise not_one_of("status", STATUSES)
    else:
        found["status"] = str(sent)
    return {"success": True}
