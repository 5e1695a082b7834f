"""One Graph API call, prepared and not sent, and its parameters as Meta takes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from admonster_fb.errors import ParameterError, Violation
from admonster_fb.objects import delivering_kinds, stops_delivery
from admonster_fb.redaction import Secret
from admonster_fb.transport.observability import bound
from admonster_fb.transport.sdk_adapter import prepared

if TYPE_CHECKING:
    from facebook_business.api import FacebookRequest


_PART = re.compile(r"(?!\.+$)[^/?#%\\\s\x00-\x1f\x7f]+")
OAUTH = ("oauth", "access_token")
"""The path of token exchanges. A POST keeps their secrets out of the URL, as maintained OAuth clients do."""


@dataclass(frozen=True, slots=True)
class Call:
    """A Graph API call that is not sent yet. Its parameters are validated."""

    method: str
    path: tuple[str, ...]
    params: Mapping[str, Any] = field(default_factory=dict, repr=False)
    files: Mapping[str, Any] = field(default_factory=dict, repr=False)
    version: str | None = None
    """API version. Default: the version in `Settings`."""
    kind: str = ""
    """Name of the SDK class of the response: `AdSet`."""
    once: bool = False
    """Send it only once and wait for no rate limit: its caller calls again later."""
    stop: bool = False
    """Whether its sender knows that it only lowers spend or risk, or it is a batch that holds such a call."""
    page: str = ""
    """ID of the Page whose token the call needs. Default: the user's token."""
    reads: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Values that Meta returns in other units than it takes: an account's `spend_cap` is read in minor units."""

    def __post_init__(self) -> None:
        """Raise `ParameterError` for an ID that would lead elsewhere: a whole path, or one with parameters."""
        for part in self.path:
            if not _PART.fullmatch(part):
                raise ParameterError([Violation("id", part, "an ID or the name of an edge, without / ? # % or spaces")])

    @property
    def is_read(self) -> bool:
        """Whether the call changes nothing: a lost answer is requested again. Token exchanges are, though a POST."""
        return self.method == "GET" or self.path == OAUTH

    @property
    def edge(self) -> str:
        """The last part of the path if it names an edge: `campaigns` of `act_1/campaigns`."""
        return self.path[-1] if len(self.path) > 1 else ""

    @property
    def name(self) -> str:
        """Method and path, for messages: `POST act_1/campaigns`."""
        return f"{self.method} {'/'.join(self.path)}"

    @property
    def is_create(self) -> bool:
        """Whether the call creates an object at an edge."""
        return self.method == "POST" and bool(self.edge) and not self.is_read

    @property
    def is_stop(self) -> bool:
        """Whether the call only lowers spend or risk: it is never held back."""
        if self.method == "GET" or len(self.path) != 1:
            return self.stop
        stops = stops_delivery(delivering_kinds().get(self.kind, ""), self.params)
        return self.stop or stops or self.method == "DELETE" or _lowering.get()

    @classmethod
    def of(
        cls,
        request: FacebookRequest,
        params: Mapping[str, Any],
        fields: Iterable[str] = (),
        files: Mapping[str, Any] | None = None,
        page: str = "",
    ) -> Call:
        """Return a call with method and path of the SDK's pending request."""
        method, path, kind = prepared(request)
        names = ",".join(fields)
        return cls(method, path, {**params, **({"fields": names} if names else {})}, files or {}, kind=kind, page=page)


_lowering: ContextVar[bool] = ContextVar("lowering", default=False)


@contextmanager
def lowering(*, risk: bool) -> Iterator[None]:
    """Send the changes within a `with` block as stops if their caller knows that they only lower spend or risk."""
    with bound(_lowering, risk):
        yield


def encode(params: Mapping[str, Any]) -> dict[str, str]:
    """Return `params` as Meta takes them: text, with lists and objects as JSON. `None` values are left out."""
    return {name: _encode_value(value) for name, value in params.items() if value is not None}


def _encode_value(value: Any) -> str:
    if isinstance(value, str) and not isinstance(value, Enum):
        return value
    simple = _to_json_type(value)
    return simple if isinstance(simple, str) else json.dumps(simple, default=_to_json_type, separators=(",", ":"))


def _to_json_type(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Secret):
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
