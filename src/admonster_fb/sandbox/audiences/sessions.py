"""Upload sessions: which batches came, in which order they may come, and when it is too late.

`usersreplace` is documented (`docs/meta-rules.md`, Audience users) with code 2650; of `users` only the fields are. The
sandbox takes its batches in any order, since several may be on their way; none but a repeated one after the last, and
none after 90 minutes. A repeated batch gets its first response and is not applied twice: a client whose response was
lost has no other way to know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from admonster_fb.sandbox import times
from admonster_fb.sandbox.audiences.constants import MANY_INVALID, WINDOW
from admonster_fb.sandbox.convert import truth, whole
from admonster_fb.sandbox.errors import bad_param, not_list, required
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import Call, World

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


def read(call: Call) -> Batch | None:
    """Return which batch of which session a call is, or None if it is alone."""
    sent = call.params.get("session")
    if sent in (None, ""):
        return None
    if not isinstance(sent, dict):
        raise not_list("session")
    session_id, number = whole(sent.get("session_id")), whole(sent.get("batch_seq"))
    for name, value in (("session_id", session_id), ("batch_seq", number)):
        if sent.get(name) in (None, ""):
            raise required(f"session[{name}]")
        if value is None or value < 1:
            raise bad_param(f"Param session[{name}] must be an integer greater than 0")
    estimated = whole(sent.get("estimated_num_total"))
    if sent.get("estimated_num_total") is not None and (estimated is None or estimated < 0):
        raise bad_param("Param session[estimated_num_total] must be an integer of 0 or more")
    return Batch(str(session_id), number or 0, truth(sent.get("last_batch_flag", False)), estimated)


def find(node: Node, kind: str, batch: Batch) -> Session | None:
    """Return the session a batch belongs to, if it has begun."""
    return next((item for item in of(node) if (item["kind"], item["id"]) == (kind, batch.session_id)), None)


def of(node: Node) -> list[Session]:
    """Return all sessions of an audience (or of an account, for removals from all audiences), oldest first."""
    found: list[Session] = node.hidden.get(SESSIONS, [])
    return found


def begin(world: World, node: Node, kind: str, batch: Batch, keys: tuple[str, ...]) -> Session:
    """Begin a session."""
    session: Session = {"id": batch.session_id, "kind": kind, "keys": list(keys), "batches": {}, "last": False}
    session |= {"began": world.clock().isoformat(), "ended": None, "repeated": 0}
    node.hidden.setdefault(SESSIONS, []).append(session)
    return session


def note(world: World, session: Session, batch: Batch, received: int, invalid: int) -> None:
    """Record an accepted batch."""
    session["batches"][str(batch.number)] = [received, invalid]
    if batch.is_last:
        session |= {"last": True, "ended": world.clock().isoformat()}


def counts(session: Session) -> tuple[int, int]:
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
    received, invalid = counts(session)
    return received > 0 and invalid >= MANY_INVALID * received
