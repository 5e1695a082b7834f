"""The payload of an upload, parsed by column. An invalid value makes its row invalid, not the call."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from admonster_fb.sandbox import need
from admonster_fb.sandbox.audiences import people
from admonster_fb.sandbox.audiences.people import Column, is_hash, pack, packed
from admonster_fb.sandbox.audiences.state import MOST_ROWS, MOST_SAMPLES
from admonster_fb.sandbox.errors import NotModelled, bad_param, invalid, not_one_of, required
from admonster_fb.sandbox.world import Call


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


def read(call: Call) -> Upload:
    """Return what a call sends; refuse what cannot be read as rows of the keys it names."""
    payload = call.params.get("payload")
    need.something("payload", payload)
    need.fields("payload", payload)
    names, rows = _schema(call, payload), payload.get("data")
    need.items("payload[data]", rows)
    need.value("payload[data]", rows)
    if len(rows) > MOST_ROWS:
        text = f"A request can hold up to {MOST_ROWS} people; this one has {len(rows)}."
        raise invalid("payload", "Too Many People In One Request", text)
    _check_apps(payload, names)
    return _judge(names, rows, _columns(names, rows))


def _schema(call: Call, payload: dict[str, Any]) -> tuple[str, ...]:
    schema = payload.get("schema")
    if schema in (None, "", []):
        raise required("payload[schema]")
    sent = [schema] if isinstance(schema, str) else schema
    need.items("payload[schema]", sent)
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
    samples = {_text(rows[place]): wrong[place] for place in sorted(wrong)[:MOST_SAMPLES]}
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
    check = people.CHECKS[name]
    return [(place, reason) for place, value in enumerate(values) if (reason := check(value))]


def _text(row: Any) -> str:
    """Return a row as Meta writes it in samples: its JSON, recorded of rows that are lists."""
    return json.dumps(row, separators=(",", ":"), ensure_ascii=False)
