"""Versions of the Graph API: which one a call is served by (`docs/meta-rules.md`, Versions)."""

from __future__ import annotations

import re
from datetime import datetime

from admonster_fb import facts
from admonster_fb.sandbox.errors import GraphError

_VERSION = re.compile(r"^v(\d+)\.\d+$")


def split(path: str) -> tuple[str, str]:
    """Return the version and the rest of a path. The version is empty if the path has none."""
    head, _, rest = path.strip("/").partition("/")
    version, rest = (head, rest) if _VERSION.match(head) else ("", path)
    return version, re.sub("/+", "/", rest).strip("/")


def live(now: datetime) -> tuple[str, ...]:
    """Return the versions that still take ads calls, oldest first.

    A version that is released later is live too: nobody is helped by a clock that refuses what Meta has.
    """
    today = now.date().isoformat()
    rows = facts.rows("versions")
    return tuple(row.version for row in rows if row.marketing_until is None or today < row.marketing_until)


def serving(version: str, now: datetime, path: str = "") -> str:
    """Return the version that serves a call: an expired one, or none, is raised to the oldest live one.

    Raises `GraphError` 2500 if Meta has no such version yet.
    """
    served = live(now)
    if version in served:
        return version
    if version and _number(version) > _number(served[-1]):
        raise GraphError(2500, message=f"Unknown path components: /{path}")
    return served[0]


def headers(version: str, now: datetime) -> dict[str, str]:
    """Return the headers that name the version, with Meta's warning if the call was raised (recorded)."""
    try:
        served = serving(version, now)
    except GraphError:
        return {"facebook-api-version": live(now)[0]}
    if version in ("", served):
        return {"facebook-api-version": served}
    text = f"The call has been auto-upgraded to {served} as {version} has been deprecated."
    return {"facebook-api-version": served, "x-ad-api-version-warning": text}


def _number(version: str) -> int:
    return int(version[1:].partition(".")[0])
