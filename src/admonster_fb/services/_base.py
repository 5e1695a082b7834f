"""What every service has: a transport, and two ways to prepare a call for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Self

from admonster_fb.errors import ParameterError, Violation
from admonster_fb.transport.request import Call
from admonster_fb.transport.transport import Transport

if TYPE_CHECKING:
    from admonster_fb.rules import Kind

_ACCOUNT = re.compile(r"(?:act_)?([0-9]+)")
_NODE = re.compile(r"[0-9]+|\{result=\w+:[^{}]+\}")  # the last: another call of a batch


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
        return Call.of(prepare(pending=True), params or {}, _names(fields), files)

    def _sdk(self, kind: Callable[..., Any], node_id: str) -> Any:
        """Return the SDK object for a node, tied to our API object so that the SDK's global one is never used."""
        return kind(node_id, api=self._transport.api)

    def _ready(
        self, kind: Kind, spec: Any, params: Mapping[str, Any], node_id: str, *, update: bool = False
    ) -> dict[str, Any]:
        """Check `params` by type and rule, and turn money into minor units of the account's currency."""
        from admonster_fb.services._validation import ready

        return ready(self._transport, kind, spec, params, node_id, update=update)


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
    """Return an object's id, once it is known to be one: no piece of a path, and no ad account.

    An account's `spend_cap` is written in other units than a campaign's, so one must not pass for the other.

    >>> node_id("120210000000000001", "campaign_id")
    '120210000000000001'
    """
    if not (isinstance(value, str) and _NODE.fullmatch(value)):
        raise ParameterError([Violation(field, value, "the object's id, digits in a string")])
    return value


def account_or_node_id(value: str, field: str) -> str:
    """Return the id of an object, or of an ad account with its `act_`: digits alone are an object's.

    >>> account_or_node_id("act_1", "parent_id")
    'act_1'
    """
    return account_id(value, field) if str(value).startswith("act_") else node_id(value, field)


def _names(fields: Iterable[str]) -> Iterable[str]:
    """Return names of fields, once they are known to be no single text, which would be taken letter by letter."""
    if isinstance(fields, (list, tuple)) and all(isinstance(name, str) and name for name in fields):
        return fields
    raise ParameterError([Violation("fields", fields, 'a list of names such as ["id", "name"]')])
