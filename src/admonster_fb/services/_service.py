"""What every service has: a transport, and two ways to prepare a call for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

from admonster_fb.errors import ParameterError, Violation
from admonster_fb.graph.call import Call
from admonster_fb.graph.transport import Transport
from admonster_fb.models._write import checked

_ACCOUNT = re.compile(r"(?:act_)?(\d+)")
_NODE = re.compile(r"(?:act_)?\d+|me|\d+:[0-9a-f]+|\{result=\w+:[^{}]+\}")  # the last: another call of a batch


class Service:
    """The methods of one edge. Holds no state of its own: a call says which node it is about."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def _on(self, transport: Transport) -> Self:
        """Return the same service over another transport: a batch takes its calls that way."""
        return type(self)(transport)

    def _call(
        self,
        prepare: Callable[..., Any],
        params: Mapping[str, Any] | None = None,
        fields: Iterable[str] = (),
        files: Mapping[str, Any] | None = None,
    ) -> Call:
        """Prepare a call with a method of an SDK object, which knows HTTP method and path."""
        return Call.of(prepare(pending=True), params or {}, fields, files)

    def _sdk(self, kind: Callable[..., Any], node_id: str) -> Any:
        """Return the SDK object for a node, tied to our API object so that the SDK's global one is never used."""
        return kind(node_id, api=self._transport.api)

    def _amounts(self, spec: Any, params: Mapping[str, Any], node_id: str) -> dict[str, Any]:
        """Check `params` against `spec` and turn money into minor units of the account's currency."""
        return self._transport.in_minor_units(checked(spec, params), node_id)


def account_id(value: str, field: str = "ad_account_id") -> str:
    """Return an ad account's id with its `act_`, given with or without.

    >>> account_id("123")
    'act_123'
    """
    match = _ACCOUNT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ParameterError([Violation(field, value, 'an ad account id such as "act_123"')])
    return f"act_{match[1]}"


def node_id(value: str, field: str) -> str:
    """Return an object's id, once it is known to be one and not a piece of a path.

    >>> node_id("120210000000000001", "campaign_id")
    '120210000000000001'
    """
    if not (isinstance(value, str) and _NODE.fullmatch(value)):
        raise ParameterError([Violation(field, value, "the object's id, digits in a string")])
    return value
