"""The objects of the sandbox, for tests: read, seed and change them without a call. Part of `Sandbox`."""

from __future__ import annotations

import json
from collections import deque
from copy import deepcopy
from dataclasses import dataclass
from threading import RLock
from typing import Any

from admonster_fb.sandbox import nodes, status
from admonster_fb.sandbox.history import seed_history
from admonster_fb.sandbox.insights.delivery import spent_total
from admonster_fb.sandbox.insights.query import query
from admonster_fb.sandbox.uploads import Footage
from admonster_fb.sandbox.world import World

# Edges that bring people, and the parameter that holds them: the journal must not record it.
EDGES = dict.fromkeys(("users", "usersreplace", "usersofanyaudience"), "payload")
EDGES |= {"events": "data", "test_leads": "field_data"}


def shown(name: str, value: Any) -> Any:
    """Return the summary of that parameter for the journal.

    >>> shown("payload", {"schema": ["EMAIL"], "data": [["f1904c…"]]})
    {'schema': ['EMAIL'], 'rows': 1}
    """
    if name == "data" and isinstance(value, list):
        return {"events": len(value)}
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        schema = value.get("schema")
        plain = schema if isinstance(schema, str) else [str(item)[:40] for item in schema or ()]
        return {"schema": plain, "rows": len(value["data"])}
    return {"characters": len(value if isinstance(value, str) else json.dumps(value, default=str))}


@dataclass(frozen=True, slots=True)
class Entry:
    """One call in the journal. `params` are decoded and without secrets; `token` is what the caller sent.

    `status` is what the client received or would have received; 0 where a `fault` left no answer.
    """

    method: str
    path: str
    version: str
    params: dict[str, Any]
    token: str | None
    status: int
    fault: str = ""


class Inspection:
    """Access to the sandbox's objects without calls."""

    _lock: RLock
    world: World
    journal: deque[Entry]

    @property
    def requests(self) -> list[Entry]:
        """The calls so far, oldest first, at most the last 10,000.

        >>> sandbox = Sandbox(history=0)
        >>> _ = sandbox.session().get("https://graph.facebook.com/act_1")
        >>> [(entry.method, entry.path, entry.status) for entry in sandbox.requests]
        [('GET', 'act_1', 200)]
        """
        return list(self.journal)

    def objects(self, kind: str, parent: str | None = None) -> list[dict[str, Any]]:
        """Return copies of the objects of a kind ("Campaign"), oldest first, of all parents or of one.

        >>> len(Sandbox().objects("Campaign", "act_1"))
        4
        """
        store = self.world.store
        with self._lock:
            return [dict(node.data) for node in (store.children(parent, kind) if parent else store.of_kind(kind))]

    def object(self, object_id: str) -> dict[str, Any]:
        """Return a copy of the stored fields of an object, in the API's types. Raises `KeyError` if there is none.

        >>> Sandbox(history=0).object("act_2")["currency"]
        'JPY'
        """
        with self._lock:
            return dict(self.world.store.nodes[object_id].data)

    def kinds(self) -> dict[str, str]:
        """Return the kind of every object by id.

        >>> Sandbox(history=0).kinds()["act_1"]
        'AdAccount'
        """
        with self._lock:
            return {node.id: node.kind for node in self.world.store.nodes.values()}

    def seed(self, kind: str, **fields: Any) -> str:
        """Add an object as if it had always been there, unchecked, and return its id.

        Fields have the API's types: amounts and ids are strings.

        >>> sandbox = Sandbox(history=0)
        >>> campaign_id = sandbox.seed("Campaign", account_id="1", name="Old", status="ACTIVE", daily_budget="5000")
        >>> sandbox.object(campaign_id)["name"]
        'Old'
        """
        with self._lock:
            return self.world.store.add(kind, fields, id=fields.pop("id", None)).id

    def change(self, object_id: str, **fields: Any) -> None:
        """Set stored fields of an object, unchecked, as another user of the account might; `None` removes one.

        >>> sandbox = Sandbox()
        >>> sandbox.change(sandbox.objects("Campaign")[0]["id"], status="PAUSED")
        >>> sandbox.objects("Campaign")[0]["status"]
        'PAUSED'
        """
        with self._lock:
            nodes.lay(self.world.store.nodes[object_id].data, fields)

    def remove(self, *names: str) -> None:
        """Remove objects without a trace: every object of a kind ("Page"), or one object by its id.

        >>> sandbox = Sandbox(history=0)
        >>> sandbox.remove("Page")
        >>> sandbox.objects("Page")
        []
        """
        with self._lock:
            for node in [node for node in self.world.store.nodes.values() if {node.id, node.kind} & {*names}]:
                self.world.store.remove(node.id)

    def internals(self, object_id: str) -> dict[str, Any]:
        """Return a copy of what the sandbox stores of an object and the API does not show.

        >>> Sandbox(history=0).internals("act_1")["assigned_users"]
        {'122100000000000001': ['MANAGE', 'ADVERTISE', 'ANALYZE', 'DRAFT'], '122100000000000002': ['ANALYZE']}
        """
        with self._lock:
            return deepcopy(self.world.store.nodes[object_id].hidden)

    def change_internals(self, object_id: str, **values: Any) -> None:
        """Set values that `internals` returns; `None` removes one.

        >>> Sandbox(history=0).change_internals("act_1", business=None)
        """
        with self._lock:
            nodes.lay(self.world.store.nodes[object_id].hidden, values)

    def effective_status(self, object_id: str, *, approved: bool = False) -> str:
        """Return the effective status of an object; with `approved` as if its review had ended well.

        >>> sandbox = Sandbox()
        >>> [sandbox.effective_status(campaign["id"]) for campaign in sandbox.objects("Campaign", "act_1")]
        ['ACTIVE', 'ACTIVE', 'PAUSED', 'ARCHIVED']
        """
        with self._lock:
            return status.effective(self.world.store, self.world.store.nodes[object_id], approved=approved)

    def spent(self, object_id: str) -> int:
        """Return what an account, campaign, ad set or ad has spent, in minor units.

        >>> Sandbox(history=0).spent("act_1")
        0
        """
        with self._lock:
            return spent_total(self.world.store, self.world.store.nodes[object_id])

    def insights(self, object_id: str, **params: Any) -> list[dict[str, Any]]:
        """Return all rows of an insights query, without pages and limits. Raises `GraphError` as the call would.

        >>> Sandbox().insights("act_1", fields=["spend"], date_preset="yesterday")[0]["date_start"]
        '2026-10-31'
        """
        with self._lock:
            return query(self.world.store, self.world.store.nodes[object_id], params)

    def add_history(self, account: str, days: int = 30) -> None:
        """Give an account the campaigns that the default account has, with their delivery of the last days.

        >>> sandbox = Sandbox(history=0)
        >>> sandbox.add_history("act_3", days=2)
        >>> len(sandbox.objects("Campaign", "act_3"))
        4
        """
        with self._lock:
            seed_history(self.world.store, self.world.store.nodes[account], days)

    @property
    def open_uploads(self) -> dict[str, int]:
        """The bytes received so far, by the id of each video that is being uploaded.

        >>> Sandbox(history=0).open_uploads
        {}
        """
        with self._lock:
            return {session.video_id: session.footage.size for session in self.world.uploads.sessions.values()}

    def lose_upload(self, video_id: str) -> None:
        """Remove the bytes received of a video: the client has to send them again."""
        with self._lock:
            for session in self.world.uploads.sessions.values():
                if session.video_id == video_id:
                    session.footage = Footage()
