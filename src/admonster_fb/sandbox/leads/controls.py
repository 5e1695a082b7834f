"""Leads and webhooks of the sandbox, for tests: filled and sent without a call. Part of `Sandbox`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from threading import RLock
from typing import Any

from admonster_fb.sandbox.leads import hooks, library
from admonster_fb.sandbox.world import Listener, World

Receiver = Callable[[bytes, Mapping[str, str]], int]


class LeadControls:
    """Leads that people send, rights of Pages, and webhooks."""

    _lock: RLock
    world: World

    def add_leads(
        self, form_id: str, answers: Iterable[dict[str, Any] | None], ad_id: str | None = None, *, seconds: int = 1
    ) -> list[str]:
        """Let people send a form, one after the other, the last one now; return the ids of the leads.

        `None` is dummy answers. The sandbox's clock does not move: each lead is `seconds` older than the next.

        >>> sandbox = Sandbox(history=0)
        >>> form_id = sandbox.add_form()
        >>> len(sandbox.add_leads(form_id, [{"email": "a@example.com"}, None]))
        2
        """
        with self._lock:
            store, rows = self.world.store, list(answers)
            ad, form = (store.nodes[ad_id] if ad_id else None), store.nodes[form_id]
            now = int(self.world.clock().timestamp())
            ages = range((len(rows) - 1) * seconds, -1, -seconds) if seconds else [0] * len(rows)
            return [library.add(self.world, form, row, now - age, ad).id for row, age in zip(rows, ages, strict=True)]

    def add_form(self, page_id: str | None = None, **fields: Any) -> str:
        """Add a form with name, e-mail and phone, unchecked, and return its id. Default: on the first Page.

        >>> Sandbox(history=0).add_form(name="Course")
        '3370774453101952'
        """
        with self._lock:
            count = sum(1 for _ in self.world.store.of_kind("LeadgenForm"))
            keys = {"FULL_NAME": "full_name", "EMAIL": "email", "PHONE": "phone_number"}
            questions = [
                {"type": kind, "key": key, "label": key, "id": str(i)} for i, (kind, key) in enumerate(keys.items())
            ]
            page = page_id or next(node.id for node in self.world.store.of_kind("Page"))
            policy = {"privacy_policy": {"url": "https://example.com/privacy", "link_text": "Privacy"}}
            data: dict[str, Any] = {
                "name": f"Form {count}",
                "status": "ACTIVE",
                "page_id": page,
                "questions": questions,
            }
            data |= {"legal_content": policy, "follow_up_action_url": "https://example.com/", "tracking_parameters": []}
            data |= {"created_time": self.world.clock().strftime("%Y-%m-%dT%H:%M:%S+0000"), **fields}
            return self.world.store.add("LeadgenForm", data, id=str(3_370_774_453_101_952 + 7 * count)).id

    def remove_lead(self, lead_id: str) -> None:
        """Remove a lead as if it had expired: the pages behind it shift.

        >>> sandbox = Sandbox(history=0)
        >>> sandbox.remove_lead(sandbox.add_leads(sandbox.add_form(), [None])[0])
        """
        with self._lock:
            self.world.store.remove(lead_id)

    def listen(self, callback_url: str, listener: Listener) -> None:
        """Let a function answer the verification of a callback URL: method and query in, status and text out.

        >>> Sandbox(history=0).listen("https://bot.example/hook", lambda method, query: (200, query["hub.challenge"]))
        """
        self.world.hooks.listeners[callback_url] = listener

    def queue_webhook(self, kind: str, asset_id: str, field: str, value: Any = None) -> None:
        """Queue a change for delivery, subscribed or not: `queue_webhook("ad_account", "1", "creative_fatigue", {…})`.

        >>> Sandbox(history=0).queue_webhook("page", "1", "parking")
        """
        with self._lock:
            hooks.queue(self.world, kind, asset_id, field, value)

    def webhooks(
        self, *, seed: int = 1, batch: int = 1000, repeat: float = 0.0, shuffle: bool = False
    ) -> list[tuple[dict[str, str], bytes]]:
        """Return the waiting changes as posts (headers, body): signed, `batch` to a post, some sent twice, shuffled.

        >>> sandbox = Sandbox(history=0)
        >>> sandbox.queue_webhook("page", "1", "parking")
        >>> sandbox.webhooks()[0][1]
        b'{"object": "page", "entry": [{"id": "1", "time": 1793534400, "changes": [{"field": "parking"}]}]}'
        """
        with self._lock:
            return hooks.deliveries(self.world, seed, batch, repeat, shuffle=shuffle)

    def send_webhooks(self, receiver: Receiver, **how: Any) -> list[int]:
        """Post the waiting changes to a receiver (body and headers in, status out); return the statuses.

        >>> sandbox = Sandbox(history=0)
        >>> sandbox.queue_webhook("page", "1", "parking")
        >>> sandbox.send_webhooks(lambda body, headers: 200)
        [200]
        """
        return [receiver(body, headers) for headers, body in self.webhooks(**how)]
