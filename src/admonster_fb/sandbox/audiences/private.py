"""What the journal does not keep: the people of uploads and the events of conversions. It counts them instead."""

from __future__ import annotations

import json
from typing import Any

# Edges that bring people, and the parameter that holds them.
EDGES = {"users": "payload", "usersreplace": "payload", "usersofanyaudience": "payload", "events": "data"}


def hides(path: str) -> str | None:
    """Return the parameter of a call that the journal must not keep, if there is one."""
    return EDGES.get(path.rpartition("/")[2])


def shown(name: str, value: Any) -> Any:
    """Return what the journal keeps of that parameter.

    >>> shown("payload", {"schema": ["EMAIL"], "data": [["f1904c…"]]})
    {'schema': ['EMAIL'], 'rows': 1}
    """
    if name == "data" and isinstance(value, list):
        return {"events": len(value)}
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        schema = value.get("schema")
        plain = schema if isinstance(schema, str) else [str(each)[:40] for each in schema or ()]
        return {"schema": plain, "rows": len(value["data"])}
    return {"characters": len(value if isinstance(value, str) else json.dumps(value, default=str))}
