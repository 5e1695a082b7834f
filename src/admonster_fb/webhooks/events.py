"""Deliveries of Meta as typed events. Ids are text, whatever they came as. What is unknown is an `Event`."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from admonster_fb.models._node import Map, Node

_ID = re.compile(r"(^|_)ids?$")
_NO_AD = frozenset({"0", ""})


class Event(Node):
    """A change that Meta reported. Read the object again for its values. Its `repr` shows no text of people.

    >>> Event.from_api({"object": "page", "field": "parking", "entry_id": "1"}).field
    'parking'
    """

    object: str = ""
    """page, ad_account, permissions, instagram, application, …"""
    field: str = ""
    """What changed: leadgen, effective_status, …"""
    entry_id: str = ""
    """ID of the Page, the ad account or the person."""
    time: int | None = None
    """When Meta sent it, in unix seconds; not when it happened."""
    uid: str | None = None
    """The person, for permissions."""
    value: Any = Field(None, repr=False)
    """The change as Meta sent it, with ids as text."""

    @property
    def key(self) -> str:
        """What tells events apart: content and time of sending, as the same change may happen again."""
        parts = [self.object, self.field, self.entry_id, self.uid, self.time, self.value]
        content = json.dumps(parts, sort_keys=True, default=str)
        return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Show only what holds no personal data: no field with `repr=False`, none without a type."""
        shown = {name for name, field in type(self).model_fields.items() if field.repr}
        yield from ((name, value) for name, value in super().__repr_args__() if name in shown)


class LeadCreated(Event):
    """A person sent a lead form. Read the answers with `fb.leads.get`, or let `fb.leads.collect` add them to a file.

    >>> change = b'{"field":"leadgen","value":{"leadgen_id":7}}'
    >>> parse(b'{"object":"page","entry":[{"id":1,"changes":[%b]}]}' % change)[0].leadgen_id
    '7'
    """

    leadgen_id: str = ""
    """ID of the lead."""
    page_id: str | None = None
    """ID of the Page."""
    form_id: str | None = None
    """ID of the form."""
    ad_id: str | None = None
    """ID of the ad; `None` without one."""
    created_time: int | None = None
    """When the person sent it, in unix seconds."""

    @property
    def key(self) -> str:
        """A lead is created once, whenever that is sent."""
        return f"leadgen {self.leadgen_id}" if self.leadgen_id else super().key


class CommentChanged(Event):
    """A comment on a Page's post or an Instagram medium."""

    verb: str | None = None
    """add, edited, hide, unhide or remove."""
    comment_id: str | None = None
    """ID of the comment."""
    post_id: str | None = None
    """ID of the post or medium."""
    parent_id: str | None = None
    """ID of what it answers."""
    message: str | None = Field(None, repr=False)
    """Text of the comment."""
    created_time: int | None = None
    """When it was written, in unix seconds."""
    ad_id: str | None = None
    """ID of the ad."""


class PermissionChanged(Event):
    """A person granted or revoked a permission: after `revoked`, stop writes and ask to connect again."""

    verb: str | None = None
    """granted or revoked."""
    target_ids: list[str] | None = None
    """The assets it is about."""


class StatusChanged(Event):
    """The effective status of a campaign, ad set or ad changed. The new value is not in it."""

    object_id: str | None = None
    """ID of the object."""
    object_type: str | None = None
    """campaign, adset or ad."""
    changed_fields: list[str] | None = None
    """Names of the fields."""


class AdIssue(Event):
    """An object cannot be delivered."""

    id: str | None = None
    """ID of the object."""
    level: str | None = None
    """AD, AD_SET, CAMPAIGN or CREATIVE."""
    error_code: str | None = None
    """Meta's number of the issue."""
    error_summary: str | None = None
    """What it is, in the language of the account."""
    error_message: str | None = Field(None, repr=False)
    """What to do."""


class ObjectProcessed(Event):
    """Meta finished processing an object."""

    id: str | None = None
    """ID of the object."""
    level: str | None = None
    """CREATIVE, AD, AD_SET or CAMPAIGN."""
    status_name: str | None = None
    """Its status, such as ACTIVE."""


class Recommendation(Event):
    """A recommendation for ads. Ask Meta for the current ones before you apply it."""

    ad_object_ids: list[str] | None = None
    """IDs of the objects."""
    recommendation_type: str | None = None
    """Kind of recommendation."""
    recommendation_signature: str | None = None
    """Its signature; may be empty."""
    recommendation_message: str | None = Field(None, repr=False)
    """Text of the recommendation."""


class CreativeFatigue(Event):
    """People have seen an ad too often."""

    ad_id: str | None = Field(None, alias="adgroup_id")
    """ID of the ad."""
    creative_fatigue_level: str | None = None
    """LOW, MEDIUM or HIGH."""


class SubscriptionFired(Event):
    """A subscription of `fb.webhooks.watch` applies: a cheap alarm, not a brake. It may be late or lost."""

    subscription_id: str | None = None
    """ID of the subscription."""
    object_id: str | None = None
    """ID of the object."""
    object_type: str | None = None
    """Kind of the object."""
    current_value: str | None = None
    """The value that was reached."""


_KINDS: Mapping[tuple[str, str], type[Event]] = {
    ("page", "leadgen"): LeadCreated,
    ("page", "feed"): CommentChanged,
    ("instagram", "comments"): CommentChanged,
    ("ad_account", "effective_status"): StatusChanged,
    ("ad_account", "field_changed"): StatusChanged,
    ("ad_account", "with_issues_ad_objects"): AdIssue,
    ("ad_account", "in_process_ad_objects"): ObjectProcessed,
    ("ad_account", "ad_recommendations"): Recommendation,
    ("ad_account", "creative_fatigue"): CreativeFatigue,
    ("ad_account", "subscriptions"): SubscriptionFired,
}


def parse(body: bytes | str) -> list[Event]:
    """Return the events of a delivery. Verify its signature first. Raises `ValueError` if it is no delivery.

    A change of a kind that is not known is an `Event`; messages of Page conversations are none.

    >>> parse(b'{"object":"page","entry":[{"id":1,"time":2,"changes":[{"field":"parking"}]}]}')
    [Event(object='page', field='parking', entry_id='1', time=2)]
    """
    try:
        data = json.loads(body)
        if isinstance(data, dict) and isinstance(data.get("entry"), list):
            kind, entries = str(data.get("object")), [entry for entry in data["entry"] if isinstance(entry, dict)]
            return [event for entry in entries for event in _events(kind, entry)]
    except (ValueError, RecursionError):  # the error of the decoder would hold the body
        pass
    raise ValueError("no delivery of Meta")


def _events(kind: str, entry: Map) -> Iterator[Event]:
    changes, names = entry.get("changes"), entry.get("changed_fields")
    if not isinstance(changes, list):  # without `include_values` there are only names
        changes = [{"field": name} for name in names] if isinstance(names, list) else []
    yield from (_event(kind, entry, change) for change in changes if isinstance(change, dict))


def _event(kind: str, entry: Map, change: Map) -> Event:
    value = _as_text(change.get("value"))
    verb = {"verb": change["verb"]} if "verb" in change else {}
    details = {**verb, **(value if isinstance(value, dict) else {})}
    field = str(change.get("field"))
    model = PermissionChanged if kind == "permissions" else _KINDS.get((kind, field), Event)
    if model is CommentChanged and kind == "page" and details.get("item") != "comment":
        model = Event
    if model is CommentChanged and kind == "instagram":
        medium = media if isinstance(media := details.get("media"), dict) else {}
        details |= {"comment_id": details.get("id"), "message": details.get("text")}
        details |= {"post_id": medium.get("id"), "ad_id": medium.get("ad_id")}
    names = {field.alias or name for name, field in model.model_fields.items()} - Event.model_fields.keys()
    known = {name: each for name, each in details.items() if name in names and each is not None}
    head = {"object": kind, "field": field, "entry_id": str(entry.get("id", "")), "time": entry.get("time")}
    head |= {"uid": str(entry["uid"])} if entry.get("uid") else {}
    content = {**verb, "value": value} if verb else value
    return model.from_api({**known, **head, **({} if content is None else {"value": content})})


def _as_text(value: Any, name: str = "") -> Any:
    """Return a value with every id as text, and without the ids of ads that do not exist."""
    if isinstance(value, dict):
        items = {key: _as_text(item, key) for key, item in value.items()}
        return {key: item for key, item in items.items() if not (key in ("ad_id", "adgroup_id") and item in _NO_AD)}
    if isinstance(value, list):
        return [_as_text(item, name) for item in value]
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    is_id = _ID.search(name) and isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_id else value
