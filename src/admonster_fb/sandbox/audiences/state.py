"""What an audience is: its words and limits, its upload sessions, its size as a range, its status in Meta's codes.

Sources: `docs/meta-rules.md`, Audiences and Audience users, and Meta's page "Custom Audience".
`usersreplace` is documented with code 2650; of `users` only the fields are. The
sandbox takes its batches in any order, since several may be on their way; none but a repeated one after the last, and
none after 90 minutes. A repeated batch gets its first response and is not applied twice: a client whose response was
lost has no other way to know.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from importlib import resources
from typing import Any

from admonster_fb.sandbox import need, times
from admonster_fb.sandbox.catalog.nodes import SPREAD
from admonster_fb.sandbox.convert import truth, whole
from admonster_fb.sandbox.errors import GraphError, bad_param
from admonster_fb.sandbox.world import Call, Node, World

AUDIENCE, SAVED = "CustomAudience", "SavedAudience"
SESSION, ACCOUNT_ROW = "CustomAudienceSession", "CustomAudienceAdAccount"
LIST, LOOKALIKE, WEBSITE, APP, ENGAGEMENT, VIDEO = "CUSTOM", "LOOKALIKE", "WEBSITE", "APP", "ENGAGEMENT", "VIDEO"
SOURCES = ("USER_PROVIDED_ONLY", "PARTNER_PROVIDED_ONLY", "BOTH_USER_AND_PARTNER_PROVIDED")
# Subtypes that are no longer sent when creating: the rule defines them (`docs/meta-rules.md`, Audiences).
TOLD_BY_RULE = frozenset({WEBSITE, APP, ENGAGEMENT, VIDEO, "OFFLINE_CONVERSION"})
# How many an account may have.
LIMITS = {LIST: 500, WEBSITE: 10_000, APP: 200, LOOKALIKE: 500, ENGAGEMENT: 500, VIDEO: 500}
LONGEST_RETENTION = 180
LONGEST_OF_VIDEOS = 365

LEAST_SEED = 100
REPLACE_LIMIT = 100_000_000
MOST_ROWS = 10_000
MOST_SAMPLES = 100
WINDOW = timedelta(minutes=90)
# Meta takes up to a day; lookalikes and new rules take hours. The sandbox is quicker, and the same every time.
PROCESSING, POPULATING = timedelta(minutes=30), timedelta(hours=6)
# Of a hundred rows, how many are people on Meta: the sandbox's own number.
MATCHED = 70
# The share of invalid entries from which Meta warns. Not documented.
MANY_INVALID = 0.5

NORMAL, NO_UPLOAD, LOW_MATCH, INVALID_ENTRIES = 200, 410, 411, 412
REPLACING, REPLACE_FAILED, REFRESH_FAILED, FILLING, FLAGGED = 414, 415, 431, 441, 471
READY, TOO_SMALL = 200, 300
# After these the people of a list can be replaced: it is normal, or it holds what is to be replaced.
REPLACEABLE = frozenset({NORMAL, LOW_MATCH, INVALID_ENTRIES, REPLACE_FAILED})
# Descriptions of `operation_status` and `delivery_status` by code.
_STATUSES = json.loads(resources.files(__package__).joinpath("statuses.json").read_text(encoding="utf-8"))
OPERATIONS, DELIVERIES = ({int(code): text for code, text in table.items()} for table in _STATUSES.values())
# The `data_source` of each subtype (SDK enumerations).
DATA_SOURCES = {
    LIST: ("FILE_IMPORTED", "HASHES_OR_USER_IDS"),
    WEBSITE: ("EVENT_BASED", "WEB_PIXEL_HITS"),
    APP: ("EVENT_BASED", "MOBILE_APP_EVENTS"),
    ENGAGEMENT: ("EVENT_BASED", "ENGAGEMENT_EVENT_USERS"),
    VIDEO: ("EVENT_BASED", "VIDEO_EVENT_USERS"),
    LOOKALIKE: ("SEED_BASED", "LOOKALIKE_PLATFORM"),
}
UNKNOWN_SOURCE = ("UNKNOWN", "ANYTHING")


ADD, REMOVE, REPLACE = "add", "remove", "replace"
SESSIONS = "sessions"
Session = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """The `session` parameter of a call."""

    session_id: str
    number: int
    is_last: bool
    estimated: int | None = None


def read_batch(call: Call) -> Batch | None:
    """Return which batch of which session a call is, or None if it is alone."""
    sent = call.params.get("session")
    if sent in (None, ""):
        return None
    need.fields("session", sent)
    session_id, number = whole(sent.get("session_id")), whole(sent.get("batch_seq"))
    for name, value in (("session_id", session_id), ("batch_seq", number)):
        need.something(f"session[{name}]", sent.get(name))
        if value is None or value < 1:
            raise bad_param(f"Param session[{name}] must be an integer greater than 0")
    estimated = whole(sent.get("estimated_num_total"))
    if sent.get("estimated_num_total") is not None and (estimated is None or estimated < 0):
        raise bad_param("Param session[estimated_num_total] must be an integer of 0 or more")
    return Batch(str(session_id), number or 0, truth(sent.get("last_batch_flag", False)), estimated)


def find_session(node: Node, kind: str, batch: Batch) -> Session | None:
    """Return the session a batch belongs to, if it has begun."""
    return next((item for item in sessions_of(node) if (item["kind"], item["id"]) == (kind, batch.session_id)), None)


def sessions_of(node: Node) -> list[Session]:
    """Return all sessions of an audience (or of an account, for removals from all audiences), oldest first."""
    found: list[Session] = node.hidden.get(SESSIONS, [])
    return found


def begin_session(world: World, node: Node, kind: str, batch: Batch, keys: tuple[str, ...]) -> Session:
    """Begin a session."""
    session: Session = {"id": batch.session_id, "kind": kind, "keys": list(keys), "batches": {}, "last": False}
    session |= {"began": world.clock().isoformat(), "ended": None, "repeated": 0}
    node.hidden.setdefault(SESSIONS, []).append(session)
    return session


def note_batch(world: World, session: Session, batch: Batch, received: int, invalid: int) -> None:
    """Record an accepted batch."""
    session["batches"][str(batch.number)] = [received, invalid]
    if batch.is_last:
        session |= {"last": True, "ended": world.clock().isoformat()}


def counts_of(session: Session) -> tuple[int, int]:
    """Return how many rows a session brought, and how many of them were invalid."""
    batches = session["batches"].values()
    return sum(batch[0] for batch in batches), sum(batch[1] for batch in batches)


def is_late(world: World, session: Session) -> bool:
    """Return whether the window of an open session has closed."""
    return not session["last"] and world.clock() - times.parse(session["began"], "UTC") > WINDOW


def is_open(world: World, session: Session) -> bool:
    """Return whether batches are still to come."""
    return not session["last"] and not is_late(world, session)


def has_many_invalid(session: Session) -> bool:
    """Return whether so much of a session was invalid that Meta warns."""
    received, invalid = counts_of(session)
    return received > 0 and invalid >= MANY_INVALID * received


# Internal values of an audience: its initial people, the moment it is ready, the size it last showed, and a status
# that a test set.
PEOPLE, READY_AT, SHOWN, STATUS, FIELDS = "people", "ready_at", "shown", "operation", "violating"
# Sizes are rounded to two digits.
DIGITS = 2
UNKNOWN = -1


def is_busy(world: World, node: Node) -> bool:
    """Return whether people are being brought, or Meta is still at work on them."""
    if any(is_open(world, item) for item in sessions_of(node)):
        return True
    until = node.hidden.get(READY_AT)
    return bool(until) and world.clock() < times.parse(until, "UTC")


def disturb(world: World, node: Node) -> None:
    """Start the processing of an audience; until it ends the audience shows its old size."""
    if not is_busy(world, node):
        node.hidden[SHOWN] = _count(world, node) if was_filled(node) else None
    node.hidden[READY_AT] = (world.clock() + PROCESSING).isoformat()
    node.data["time_content_updated"] = int(world.clock().timestamp())


def was_filled(node: Node) -> bool:
    """Return whether anybody was ever in an audience."""
    return PEOPLE in node.hidden or bool(sessions_of(node))


def people(world: World, node: Node) -> int | None:
    """Return how many people Meta shows of an audience, None as long as it does not know."""
    if is_busy(world, node):
        shown: int | None = node.hidden.get(SHOWN)
        return shown
    return _count(world, node) if was_filled(node) else None


def _count(world: World, node: Node) -> int:
    held = world.people.held.get(node.id)
    return int(node.hidden.get(PEOPLE, 0)) + (held.people() * MATCHED // 100 if held else 0)


def bounds(world: World, node: Node) -> tuple[int, int]:
    """Return the lower and upper bound of an audience's size, -1 if it is not ready or too small."""
    count = people(world, node)
    if count is None or count < LEAST_SEED:
        return UNKNOWN, UNKNOWN
    return _rounded(count), _rounded(int(count / SPREAD))


def _rounded(count: int) -> int:
    step = int("1" + "0" * max(0, len(str(count)) - DIGITS))
    return count // step * step


def operation(world: World, node: Node) -> int:
    """Return the code of the last operation's status."""
    if STATUS in node.hidden:
        return int(node.hidden[STATUS])
    of_lists = sessions_of(node)
    last = of_lists[-1] if of_lists else None
    replaces = last is not None and last["kind"] == REPLACE
    if is_busy(world, node):
        return REPLACING if replaces else FILLING
    if node.data["subtype"] == LIST and not was_filled(node):
        return NO_UPLOAD
    if last is None:
        return NORMAL
    if replaces and not last["last"]:
        return REPLACE_FAILED
    return INVALID_ENTRIES if has_many_invalid(last) else NORMAL


def delivery(world: World, node: Node) -> int:
    """Return the code of the delivery status. An audience that is being filled can be used."""
    code = operation(world, node)
    if code == FLAGGED:
        return 400
    if code == FILLING and node.data["subtype"] != LIST:
        return READY
    return READY if (people(world, node) or 0) >= LEAST_SEED else TOO_SMALL


def read_status(texts: dict[int, str], code: int) -> dict[str, Any]:
    """Return a status as the API shows it."""
    return {"code": code, "description": texts[code]}


def read_source(_world: World, node: Node) -> dict[str, Any]:
    """Return `data_source`: of a list not before something was uploaded."""
    subtype = node.data["subtype"]
    empty = subtype == LIST and not was_filled(node)
    kind, sub_type = UNKNOWN_SOURCE if empty else DATA_SOURCES.get(subtype, UNKNOWN_SOURCE)
    return {"type": kind, "sub_type": sub_type, "creation_params": "[]"}


def lookalikes_of(world: World, node: Node) -> list[Node]:
    """Return the lookalikes that grew from an audience."""
    return [audience for audience in world.store.of_kind(AUDIENCE) if audience.hidden.get("origin") == node.id]


def read_permissions(_world: World, node: Node) -> dict[str, bool]:
    """Return `permission_for_actions` for the owner."""
    can_seed = node.data["subtype"] != LOOKALIKE
    permissions = {"can_edit": True, "can_see_insight": True, "can_share": True, "subtype_supports_lookalike": can_seed}
    return {**permissions, "supports_recipient_lookalike": False}


SHARED = "shared"
LIST_TERMS, TOOLS_TERMS = "custom_audience_tos", "web_custom_audience_tos"
TERMS_URL = "https://www.facebook.com/customaudiences/app/tos/?act="


def accepted(account: Node, terms: str) -> bool:
    """Return whether an account has accepted terms."""
    return bool(account.data["tos_accepted"].get(terms))


def check_terms_to_create(account: Node, *, of_events: bool) -> None:
    """Refuse an account whose terms are not accepted: recorded for lists (2663), of event tools known by its number."""
    if of_events and not accepted(account, TOOLS_TERMS):
        raise GraphError(200, 1870092)
    if not of_events and not accepted(account, LIST_TERMS):
        where = f"{TERMS_URL}{account.data['account_id']}"
        raise GraphError(2663, message=f"(#2663) Terms of service has not been accepted. To accept, go to {where}")


def check_terms_to_upload(account: Node) -> None:
    """Refuse an account that has not accepted the terms of customer lists (`docs/meta-rules.md`, Error numbers)."""
    if not accepted(account, LIST_TERMS):
        where = f"{TERMS_URL}{account.data['account_id']}"
        raise GraphError(200, 1870090, user_msg=f"Please accept the Custom Audience Terms: {where}")


def check_owner(call: Call, audience: Node) -> None:
    """Refuse users without access to the account that owns an audience (recorded)."""
    if f"act_{audience.data['account_id']}" not in call.token.accounts:
        raise GraphError(200, message=f"(#200) The current user can not update audience {audience.id}")


def is_flagged(audience: Node) -> bool:
    """Return whether an audience was flagged."""
    return audience.hidden.get(STATUS) == FLAGGED
