"""The calls that bring people to an audience and take them away (`docs/meta-rules.md`, Audiences)."""

from __future__ import annotations

import hashlib
from typing import Any

from admonster_fb.sandbox.audiences import payload, state
from admonster_fb.sandbox.audiences.access import check_owner, check_terms_to_upload, is_flagged
from admonster_fb.sandbox.audiences.payload import Upload
from admonster_fb.sandbox.audiences.people import VALUE
from admonster_fb.sandbox.audiences.state import (
    ADD,
    PEOPLE,
    REMOVE,
    REPLACE,
    Batch,
    Session,
    disturb,
    is_busy,
    operation,
    was_filled,
)
from admonster_fb.sandbox.errors import GraphError, bad_param, invalid, refuse, required
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import Call

Answer = dict[str, Any]


def add(call: Call, audience: Node) -> Answer:
    """Add people to a list."""
    return _change(call, audience, ADD)


def remove(call: Call, audience: Node) -> Answer:
    """Remove people from a list."""
    return _change(call, audience, REMOVE)


def _change(call: Call, audience: Node, kind: str) -> Answer:
    _check_list(call, audience)
    upload, batch = payload.read(call), state.read_batch(call)
    _check_replacing(call, audience)
    if kind == ADD:
        _check_value(audience, upload)
    session = None
    if batch is not None:
        session = state.find_session(audience, kind, batch)
        if (before := _before(session, batch)) is not None:
            return _answer(audience, batch, *before, {})
        session = _current(call, audience, kind, batch, upload, session)
    disturb(call.world, audience)
    call.world.people.change(audience.id, upload.keys, upload.columns, upload.valid, adds=kind == ADD)
    return _taken(call, audience, batch, session, upload)


def replace(call: Call, audience: Node) -> Answer:
    """Replace all people of a list: the first batch of a session empties it."""
    _check_list(call, audience)
    upload, batch = payload.read(call), state.read_batch(call)
    if batch is None:
        raise required("session")
    _check_value(audience, upload)
    session = state.find_session(audience, REPLACE, batch)
    if (before := _before(session, batch)) is not None:
        return _answer(audience, batch, *before, {})
    if session is None:
        _check_replaceable(call, audience, batch)
        disturb(call.world, audience)
        call.world.people.held[audience.id].clear()
        audience.hidden.pop(PEOPLE, None)
        session = state.begin_session(call.world, audience, REPLACE, batch, upload.keys)
    elif session["last"]:
        raise refuse(1870159)
    elif state.is_late(call.world, session):
        raise refuse(1870158)
    elif tuple(session["keys"]) != upload.keys:
        raise _not_replaceable()
    disturb(call.world, audience)
    call.world.people.change(audience.id, upload.keys, upload.columns, upload.valid, adds=True)
    return _taken(call, audience, batch, session, upload)


def remove_everywhere(call: Call, account: Node) -> Answer:
    """Remove people from every list of an account."""
    check_terms_to_upload(account)
    upload, batch = payload.read(call), state.read_batch(call)
    session = None
    if batch is not None:
        session = state.find_session(account, REMOVE, batch)
        if (before := _before(session, batch)) is not None:
            return _answer(account, batch, *before, {})
        session = _current(call, account, REMOVE, batch, upload, session)
    for audience in call.store.children(account.id, state.AUDIENCE):
        if audience.data["subtype"] == state.LIST and was_filled(audience) and not is_flagged(audience):
            disturb(call.world, audience)
            call.world.people.change(audience.id, upload.keys, upload.columns, upload.valid, adds=False)
    return _taken(call, account, batch, session, upload)


def _check_list(call: Call, audience: Node) -> None:
    check_owner(call, audience)
    check_terms_to_upload(call.store.nodes[f"act_{audience.data['account_id']}"])
    if audience.data["subtype"] != state.LIST:
        raise invalid("id", "Not A Customer List", "People can only be added to customer lists and taken out of them.")
    if is_flagged(audience):
        raise refuse(1713230)


def _check_replacing(call: Call, audience: Node) -> None:
    if operation(call.world, audience) == state.REPLACING:
        raise refuse(1870145)


def _check_value(audience: Node, upload: Upload) -> None:
    if audience.data.get("is_value_based") and VALUE not in upload.keys:
        raise bad_param("Value-Based Custom Audience requires LOOKALIKE_VALUE attribute.")


def _check_replaceable(call: Call, audience: Node, batch: Batch) -> None:
    if is_busy(call.world, audience):
        raise refuse(1870145)
    if batch.number != 1:
        raise refuse(1870147)
    held = call.world.people.held.get(audience.id)
    if int(audience.hidden.get(PEOPLE, 0)) + (held.people() if held else 0) >= state.REPLACE_LIMIT:
        raise refuse(1870144)
    if operation(call.world, audience) not in state.REPLACEABLE:
        raise _not_replaceable()


def _not_replaceable() -> GraphError:
    text = "Only a list in normal state can be replaced, with one schema in a session."
    return GraphError(2650, user_title="Audience Can't Be Replaced", user_msg=text)


def _before(session: Session | None, batch: Batch) -> tuple[int, int] | None:
    """Return the counts of a batch that was received before: its rows and the invalid ones."""
    if session is None or (found := session["batches"].get(str(batch.number))) is None:
        return None
    session["repeated"] += 1
    return found[0], found[1]


def _current(call: Call, node: Node, kind: str, batch: Batch, upload: Upload, session: Session | None) -> Session:
    """Return the session of a new batch. Nobody wrote down the numbers of these refusals."""
    if session is None:
        return state.begin_session(call.world, node, kind, batch, upload.keys)
    if session["last"]:
        raise invalid("session", "Session Finished", "The last batch of this session has already come.")
    if state.is_late(call.world, session):
        raise invalid("session", "Session Timed Out", "Batches are taken for 90 minutes after the first one.")
    return session


def _taken(call: Call, node: Node, batch: Batch | None, session: Session | None, upload: Upload) -> Answer:
    # Without a session Meta makes one up, as recorded.
    if batch is None:
        number = len(state.sessions_of(node)) + 1
        made_up = int(hashlib.sha256(f"{call.world.seed} {node.id} {number}".encode()).hexdigest()[:15], 16)
        batch = Batch(str(10**18 + made_up), 1, is_last=True)
        kind = ADD if call.method == "POST" else REMOVE
        session = state.begin_session(call.world, node, kind, batch, upload.keys)
    if session is not None:
        state.note_batch(call.world, session, batch, upload.received, upload.invalid)
    return _answer(node, batch, upload.received, upload.invalid, upload.samples)


def _answer(node: Node, batch: Batch, received: int, wrong: int, samples: dict[str, str]) -> Answer:
    whose = {"audience_id": node.id} if node.kind == state.AUDIENCE else {}
    counts = {"num_received": received, "num_invalid_entries": wrong, "invalid_entry_samples": samples}
    return {**whose, "session_id": batch.session_id, **counts}
