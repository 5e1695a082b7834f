"""One call, prepared but not sent, and how its parameters look on the wire."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from admonster_fb._secret import Secret
from admonster_fb.transport.sdk_adapter import prepared

if TYPE_CHECKING:
    from facebook_business.api import FacebookRequest


@dataclass(frozen=True, slots=True)
class Call:
    """A request as Meta's SDK prepared it (`pending=True`), with parameters that we have checked ourselves."""

    method: str
    path: tuple[str, ...]
    params: Mapping[str, Any] = field(default_factory=dict, repr=False)
    files: Mapping[str, Any] = field(default_factory=dict, repr=False)
    version: str | None = None
    kind: str = ""
    """The SDK's class of what is answered: `AdSet`."""
    once: bool = False
    """Whether it is sent but once and without waiting, because its caller comes back by itself."""
    reads: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Parameters that read otherwise than they are written: `spend_cap` of an account is read in minor units."""

    @property
    def edge(self) -> str:
        """The last part of the path where it names an edge: `campaigns` of `act_1/campaigns`."""
        return self.path[-1] if len(self.path) > 1 else ""

    @property
    def name(self) -> str:
        """The call as it may be shown: `POST act_1/campaigns`."""
        return f"{self.method} {'/'.join(self.path)}"

    @classmethod
    def of(
        cls,
        request: FacebookRequest,
        params: Mapping[str, Any],
        fields: Iterable[str] = (),
        files: Mapping[str, Any] | None = None,
    ) -> Call:
        """Take method and path from the SDK's pending request."""
        asked = ",".join(fields)
        method, path, kind = prepared(request)
        return cls(method, path, {**params, **({"fields": asked} if asked else {})}, files or {}, kind=kind)


def encode(params: Mapping[str, Any]) -> dict[str, str]:
    """Return `params` as Graph takes them: text, with lists and objects as JSON; `None` is left out.

    >>> encode({"name": "Sale", "limit": 5, "special_ad_categories": [], "note": None})
    {'name': 'Sale', 'limit': '5', 'special_ad_categories': '[]'}
    """
    return {name: _text(value) for name, value in params.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, str) and not isinstance(value, Enum):
        return value
    plain = _plain(value)
    return plain if isinstance(plain, str) else json.dumps(plain, default=_plain, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Secret):  # up to here it shows itself to nobody
        return value.reveal()
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S%z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_unset=True)
    if isinstance(value, (bool, int, float, Mapping, list, tuple)) or value is None:
        return value
    raise TypeError(f"{type(value).__name__} cannot be sent")
