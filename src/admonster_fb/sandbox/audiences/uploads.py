"""The calls that bring people to an audience and take them away (`docs/meta-rules.md`, Audiences).

A payload is parsed by column. An invalid value makes its row invalid, not the call.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from admonster_fb.sandbox import need
from admonster_fb.sandbox.audiences import people, state
from admonster_fb.sandbox.audiences.people import VALUE, Column, is_hash, pack, packed
from admonster_fb.sandbox.audiences.state import Batch, Session, check_owner, check_terms_to_upload, is_flagged
from admonster_fb.sandbox.errors import GraphError, NotModelled, bad_param, invalid, not_one_of, refuse, required
from admonster_fb.sandbox.world import Call, Node


@dataclass(frozen=True, slots=True)
class Upload:
    """One request's people: the valid rows as columns, and what was wrong with the others, by their position."""

    keys: tuple[str, ...]
    columns: tuple[Column, ...]
    received: int
    invalid: int
    samples: dict[str, str]

    @property
    def valid(self) -> int:
        """Return the number of rows that are stored."""
        return self.received - self.invalid


def read_payload(call: Call) -> Upload:
    """Return what a call sends; refuse what cannot be read as rows of the keys it names."""
    payload = need.fields("payload", need.something("payload", call.params.get("payload")))
    names = _schema(call, payload)
    rows = need.items("payload[data]", payload.get("data"))
    need.value("payload[data]", rows)
    if len(rows) > state.MOST_ROWS:
        text = f"A request can hold up to {state.MOST_ROWS} people; this one has {len(rows)}."
        raise invalid("payload", "Too Many People In One Request", text)
    _check_apps(payload, names)
    return _judge(names, rows, _columns(names, rows))


def _schema(call: Call, payload: dict[str, Any]) -> tuple[str, ...]:
    schema = payload.get("schema")
    if schema in (None, "", []):
        raise required("payload[schema]")
    sent = need.items("payload[schema]", [schema] if isinstance(schema, str) else schema)
    names = tuple(people.SAME.get(str(item), str(item)) for item in sent)
    for name in names:
        if name in people.KNOWN:
            continue
        if set(name.split("_")) <= people.KNOWN:
            raise NotModelled(call.method, call.path, f"the combined key {name}")
        raise not_one_of("payload[schema]", people.KNOWN | people.SAME.keys())
    if len(set(names)) < len(names):
        raise bad_param("Param payload[schema] names a key twice")
    if set(names) <= people.BESIDE:
        raise bad_param("Param payload[schema] names no key that tells who a person is")
    return names


def _check_apps(payload: dict[str, Any], names: tuple[str, ...]) -> None:
    for key, name in (("UID", "app_ids"), ("PAGEUID", "page_ids")):
        if key in names and not payload.get(name):
            raise required(f"payload[{name}]")
    if "PAGEUID" in names and len(payload["page_ids"]) != 1:
        raise bad_param("Param payload[page_ids] must name one Page")


def _columns(names: tuple[str, ...], rows: list[Any]) -> list[Sequence[Any]]:
    """Return the rows turned round. A single key may come without brackets around each value."""
    if len(names) == 1 and not any(isinstance(row, list) for row in rows):
        return [rows]
    width = len(names)
    for place, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != width:
            raise bad_param(f"Param payload[data][{place}] must have {width} values, as the schema has")
    return list(zip(*rows, strict=True))


def _judge(names: tuple[str, ...], rows: list[Any], columns: list[Sequence[Any]]) -> Upload:
    wrong: dict[int, str] = {}
    for name, values in zip(names, columns, strict=True):
        for place, reason in _wrong(name, values):
            wrong.setdefault(place, reason)
    telling = [values for name, values in zip(names, columns, strict=True) if name not in people.BESIDE]
    if not any(map(all, telling)):
        for place, values in enumerate(zip(*telling, strict=True)):
            if not any(values):
                wrong.setdefault(place, "empty entry")
    # Meta writes rows as JSON in samples (recorded of rows that are lists).
    texts = (
        (json.dumps(rows[n], separators=(",", ":"), ensure_ascii=False), n) for n in sorted(wrong)[: state.MOST_SAMPLES]
    )
    samples = {text: wrong[place] for text, place in texts}
    if wrong:
        columns = [[value for place, value in enumerate(values) if place not in wrong] for values in columns]
    return Upload(names, tuple(map(pack, columns)), len(rows), len(wrong), samples)


def _wrong(name: str, values: Sequence[Any]) -> list[tuple[int, str]]:
    """Return the positions of bad values with what is wrong. Hashes are looked at one by one only if one is bad."""
    if name in people.HASHED:
        if packed(values) is not None:
            return []
        good = (value == "" or is_hash(value) for value in values)
        return [(place, people.INVALID_HASH) for place, fine in enumerate(good) if not fine]
    passes, reason = people.CHECKS[name]
    return [(place, reason) for place, value in enumerate(values) if not passes(value)]


Answer = dict[str, Any]


def change(call: Call, audience: Node, kind: str) -> Answer:
    """Add people to a list, or remove them from it."""
    _check_list(call, audience)
    upload, batch = read_payload(call), state.read_batch(call)
    if state.operation(call.world, audience) == state.REPLACING:
        raise refuse(1870145)
    if kind == state.ADD:
        _check_value(audience, upload)
    session = None
    if batch is not None:
        session = state.find_session(audience, kind, batch)
        if (before := _before(session, batch)) is not None:
            return _answer(audience, batch, *before, {})
        session = _current(call, audience, kind, batch, upload, session)
    state.disturb(call.world, audience)
    call.world.people.change(audience.id, upload.keys, upload.columns, upload.valid, adds=kind == state.ADD)
    return _taken(call, audience, batch, session, upload)


def replace(call: Call, audience: Node) -> Answer:
    """Replace all people of a list: the first batch of a session empties it."""
    _check_list(call, audience)
    upload, batch = read_payload(call), state.read_batch(call)
    if batch is None:
        raise required("session")
    _check_value(audience, upload)
    session = state.find_session(audience, state.REPLACE, batch)
    if (before := _before(session, batch)) is not None:
        return _answer(audience, batch, *before, {})
    if session is None:
        _check_replaceable(call, audience, batch)
        state.disturb(call.world, audience)
        call.world.people.held[audience.id].clear()
        audience.hidden.pop(state.PEOPLE, None)
        session = state.begin_session(call.world, audience, state.REPLACE, batch, upload.keys)
    elif session["last"]:
        raise refuse(1870159)
    elif state.is_late(call.world, session):
        raise refuse(1870158)
    elif tuple(session["keys"]) != upload.keys:
        raise _not_replaceable()
    state.disturb(call.world, audience)
    call.world.people.change(audience.id, upload.keys, upload.columns, upload.valid, adds=True)
    return _taken(call, audience, batch, session, upload)


def remove_everywhere(call: Call, account: Node) -> Answer:
    """Remove people from every list of an account."""
    check_terms_to_upload(account)
    upload, batch = read_payload(call), state.read_batch(call)
    session = None
    if batch is not None:
        session = state.find_session(account, state.REMOVE, batch)
        if (before := _before(session, batch)) is not None:
            return _answer(account, batch, *before, {})
        session = _current(call, account, state.REMOVE, batch, upload, session)
    for audience in call.store.children(account.id, state.AUDIENCE):
        if audience.data["subtype"] == state.LIST and state.was_filled(audience) and not is_flagged(audience):
            state.disturb(call.world, audience)
            call.world.people.change(audience.id, upload.keys, upload.columns, upload.valid, adds=False)
    return _taken(call, account, batch, session, upload)


def _check_list(call: Call, audience: Node) -> None:
    check_owner(call, audience)
    check_terms_to_upload(call.store.nodes[f"act_{audience.data['account_id']}"])
    if audience.data["subtype"] != state.LIST:
        raise invalid("id", "Not A Customer List", "People can only be added to customer lists and taken out of them.")
    if is_flagged(audience):
        raise refuse(1713230)


def _check_value(audience: Node, upload: Upload) -> None:
    if audience.data.get("is_value_based") and VALUE not in upload.keys:
        raise bad_param("Value-Based Custom Audience requires LOOKALIKE_VALUE attribute.")


def _check_replaceable(call: Call, audience: Node, batch: Batch) -> None:
    if state.is_busy(call.world, audience):
        raise refuse(1870145)
    if batch.number != 1:
        raise refuse(1870147)
    held = call.world.people.held.get(audience.id)
    if int(audience.hidden.get(state.PEOPLE, 0)) + (held.people() if held else 0) >= state.REPLACE_LIMIT:
        raise refuse(1870144)
    if state.operation(call.world, audience) not in state.REPLACEABLE:
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
        kind = state.ADD if call.method == "POST" else state.REMOVE
        session = state.begin_session(call.world, node, kind, batch, upload.keys)
    if session is not None:
        state.note_batch(call.world, session, batch, upload.received, upload.invalid)
    return _answer(node, batch, upload.received, upload.invalid, upload.samples)


def _answer(node: Node, batch: Batch, received: int, wrong: int, samples: dict[str, str]) -> Answer:
    whose = {"audience_id": node.id} if node.kind == state.AUDIENCE else {}
    counts = {"num_received": received, "num_invalid_entries": wrong, "invalid_entry_samples": samples}
    return {**whose, "session_id": batch.session_id, **counts}
