"""Meta's endpoints and fields, read from `sdk_spec.json`, which `tests/build_sdk_spec.py` makes from Meta's SDK."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


def names_in(text: str) -> tuple[str, ...]:
    """Return the names in a text, which blanks separate: tables of names are easier to read so.

    >>> names_in("ACTIVE PAUSED")
    ('ACTIVE', 'PAUSED')
    """
    return tuple(text.split())


def word_set(text: str) -> frozenset[str]:
    """Return the names in a text as a set."""
    return frozenset(text.split())


# Where an account creates each kind.
CREATION_EDGES = {"Campaign": "campaigns", "AdSet": "adsets", "Ad": "ads", "AdCreative": "adcreatives"}
# How Meta names node types in its error messages: its names of 2010 (recorded errors).
NODE_TYPES = {"Campaign": "AdCampaignGroup", "AdSet": "AdCampaign", "Ad": "Adgroup", "AdVideo": "Video"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One call that Meta's SDK can make. `edge` is empty for the node itself."""

    method: str
    edge: str
    params: dict[str, str]
    enums: dict[str, tuple[str, ...]]


@cache
def _data() -> dict[str, Any]:
    return json.loads(resources.files(__package__).joinpath("sdk_spec.json").read_bytes())  # type: ignore[no-any-return]


@cache
def endpoints(kind: str) -> dict[tuple[str, str], Endpoint]:
    """Return every endpoint of a node kind by (method, edge)."""
    found = {}
    for key, row in _data()["endpoints"].get(kind, {}).items():
        method, _, edge = key.partition(" ")
        found[method, edge] = Endpoint(
            method, edge, row["params"], {name: tuple(values) for name, values in row["enums"].items()}
        )
    return found


def readable_fields(kind: str) -> dict[str, str]:
    """Return the fields that can be read, with their types."""
    return _data()["fields"][kind]  # type: ignore[no-any-return]


def actions(kind: str) -> tuple[str, ...]:
    """Return the actions in a history of ad rules."""
    return tuple(_data()["actions"][kind])


@cache
def all_names() -> frozenset[str]:
    """Return every field and edge name of any class: the names that Meta knows."""
    kinds = _data()["endpoints"]
    names = {edge for kind in kinds for _, edge in endpoints(kind)}
    return frozenset(names.union(*map(readable_fields, kinds)))


def find(kind: str, method: str, edge: str) -> Endpoint | None:
    """Return the endpoint, if the SDK knows it."""
    return endpoints(kind).get((method, edge))


def values(kind: str, method: str, edge: str, param: str) -> tuple[str, ...]:
    """Return the words that a parameter of an endpoint takes."""
    endpoint = find(kind, method, edge)
    return endpoint.enums[f"{param}_enum"] if endpoint else ()


@cache
def writable_fields(kind: str, operation: str) -> frozenset[str]:
    """Return the fields a "create" or "update" may set: what it takes of what can be read."""
    owner, edge = ("AdAccount", CREATION_EDGES[kind]) if operation == "create" else (kind, "")
    endpoint = find(owner, "POST", edge)
    return frozenset(endpoint.params).intersection(readable_fields(kind)) - {"account_id"} if endpoint else frozenset()
