"""The base of all services: preparing requests with Meta's SDK, checking ids, and `list` beside `iter`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from types import FunctionType
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, Self, TypeAlias, TypeVar

from admonster_fb.errors import NetworkError, OutcomeUnknown, ParameterError, TransientError, Violation
from admonster_fb.models._node import zone_of
from admonster_fb.models._params import checked
from admonster_fb.services._methods import ListMethod, ServiceMethod
from admonster_fb.transport.api import RawResponse
from admonster_fb.transport.paging import Edge
from admonster_fb.transport.request import Call
from admonster_fb.transport.transport import Transport

if TYPE_CHECKING:
    from admonster_fb.models._node import Node
    from admonster_fb.rules import Kind

    M = TypeVar("M", bound=Node)
    P = ParamSpec("P")
T = TypeVar("T")

__all__ = ["Edge", "checked"]  # what most services need besides the names below

Fields: TypeAlias = Sequence[str] | None
"""Names of the fields that Meta returns, for example `["id", "name"]`. Default: the fields of the model."""
Judge: TypeAlias = Callable[[dict[str, Any]], Iterable[Violation]]
"""What finds fault with parameters, beyond their types."""
Arguments: TypeAlias = Mapping[str, Any] | None
"""Parameters of a call by name."""
Prepare: TypeAlias = Callable[..., Any]
"""A method of an SDK object, which knows the HTTP method and the path of its call."""

_ACCOUNT_ID = re.compile(r"(?:act_)?([0-9]+)")
_NODE_ID = re.compile(r"[0-9]+|\{result=\w+:[^{}]+\}")  # the second form refers to another call of a batch
_MAX_SENDS = 4
_FIRST_PAUSE = 2.0  # seconds before the second send. Each further pause is as much longer


class Service:
    """The methods of one edge. A service has no state: each call names the node it is about."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def __init_subclass__(cls) -> None:
        """Let `help()` show the keyword parameters of each method that takes `**params: Unpack[…]`."""
        for name, function in [*vars(cls).items()]:
            if isinstance(function, FunctionType) and function.__code__.co_flags & inspect.CO_VARKEYWORDS:
                setattr(cls, name, ServiceMethod(function))

    def _on(self, transport: Transport) -> Self:
        """Return the same service on another transport, as batches need it."""
        return type(self)(transport)

    def _account(self, ad_account_id: str, field: str = "ad_account_id") -> Any:
        from facebook_business.adobjects import adaccount

        return self._sdk(adaccount.AdAccount, account_id(ad_account_id, field))

    def _node(self, kind: Callable[..., Any], value: str, field: str) -> Any:
        """Return the SDK object of a node. `field` names the parameter in the error if `value` is no id."""
        return self._sdk(kind, node_id(value, field))

    def _account_or(self, kind: Callable[..., Any], value: str, field: str) -> Any:
        """Return the SDK object of an ad account (`act_…`), or of a node (digits)."""
        return self._account(value, field) if str(value).startswith("act_") else self._node(kind, value, field)

    def _sdk(self, kind: Callable[..., Any], value: str) -> Any:
        """Return an SDK object that uses this connection, never the SDK's global one."""
        return kind(value, api=self._transport.api)

    def _call(
        self,
        prepare: Prepare,
        params: Arguments = None,
        fields: Fields = (),
        files: Arguments = None,
        page: str = "",
        model: type[Node] | None = None,
    ) -> Call:
        """Prepare a call. `page` is the ID of the Page whose token it needs. Default: the user's token."""
        names = model.fields() if fields is None and model else fields
        if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) and name for name in names):
            raise ParameterError([Violation("fields", names, 'a list of names such as ["id", "name"]')])
        if any("access_token" in name for name in names):
            allowed = "other fields: tokens are read where they are used"
            raise ParameterError([Violation("fields", "access_token", allowed)])
        return Call.of(prepare(pending=True), params or {}, names, files, page)

    def _get(self, node: Any, model: type[M], fields: Fields, page: str = "") -> M:
        return self._transport.node(self._call(node.api_get, fields=fields, page=page, model=model), model)

    def _edge(
        self, prepare: Prepare, model: type[M], params: Arguments = None, fields: Fields = None, page: str = ""
    ) -> Edge[M]:
        """Return the objects of an edge. Nothing is sent until the first is read."""
        return self._transport.edge(self._call(prepare, params, fields, page=page, model=model), model)

    def _create(self, prepare: Prepare, model: type[M], params: Arguments, fields: Fields, page: str = "") -> M:
        """Create an object and return the requested fields of it."""
        return self._transport.create(self._call(prepare, params, fields, page=page, model=model), model)

    def _change(self, prepare: Prepare, params: Arguments = None, page: str = "") -> None:
        self._transport.change(self._call(prepare, params, page=page))

    def _page_of(self, form_id: str, page_id: str | None) -> str:
        """Return the Page of a lead form, whose token its calls need."""
        return node_id(page_id, "page_id") if page_id else self._transport.api.page_tokens.page_of(form_id)

    def _checked(self, spec: Any, params: Mapping[str, Any], judge: Judge | None = None) -> dict[str, Any]:
        """Return `params` checked by type, with those of `extra`. What has no type becomes a warning.

        Raises `ParameterError` with all violations, of types and those that `judge` finds.
        """
        from admonster_fb.services._validation import typed_params, warn, with_judged

        try:
            valid, untyped = typed_params(spec, params)
        except ParameterError as error:
            raise (with_judged(error, params, judge) if judge else error) from None
        if wrong := [*judge(valid)] if judge else []:
            raise ParameterError(wrong)
        warn(untyped)
        return valid

    def _validated(
        self, kind: Kind, spec: Any, params: Mapping[str, Any], owner: str, *, update: bool = False
    ) -> dict[str, Any]:
        """Return `params` checked by type and rule, with money in minor units of the account's currency."""
        from admonster_fb.services._validation import validated_params

        return validated_params(self._transport, kind, spec, params, owner, update=update)


if TYPE_CHECKING:

    class _Iterates(Protocol[P, M]):
        @property
        def iter(self) -> Callable[P, Edge[M]]: ...

    class _TypedListMethod:
        def __get__(self, service: _Iterates[P, M], owner: object) -> Callable[P, list[M]]: ...


class ListingService(Service):
    """A service with `iter`, which fetches pages on demand, and with `list`, which is made from `iter`.

    `list` has the parameters of `iter`, fetches all pages and returns a list.
    """

    if TYPE_CHECKING:
        list: _TypedListMethod = _TypedListMethod()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        method = ListMethod(cls, inspect.unwrap(vars(cls)["iter"]))
        setattr(cls, "list", method)  # noqa: B010 - an assignment would hide its type above from pyright


def account_id(value: str, field: str = "ad_account_id") -> str:
    """Return an ad account's id with `act_` in front, whether or not `value` has it."""
    match = _ACCOUNT_ID.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ParameterError([Violation(field, value, 'an ad account id such as "act_123"')])
    return f"act_{match[1]}"


def node_id(value: str, field: str) -> str:
    """Return an object's id after checking that it is one: digits only, neither a path nor an ad account.

    An ad account's `spend_cap` is in other units than a campaign's, so one must never be taken for the other.
    """
    if not (isinstance(value, str) and _NODE_ID.fullmatch(value)):
        raise ParameterError([Violation(field, value, "the object's id, digits in a string")])
    return value


def account_or_node_id(value: str, field: str) -> str:
    """Return the id of an ad account if it begins with `act_`, else of another object."""
    return account_id(value, field) if str(value).startswith("act_") else node_id(value, field)


def retry_until_acknowledged(
    transport: Transport, call: Call, parse: Callable[[RawResponse, str], T], max_sends: int = _MAX_SENDS
) -> T:
    """Send a call that may safely be repeated until Meta answers, `max_sends` times at most."""
    for number in range(1, max_sends):
        try:
            return transport.api.send(call, parse)
        except (OutcomeUnknown, NetworkError, TransientError):
            transport.api.clock.sleep(_FIRST_PAUSE * number)
    return transport.api.send(call, parse)


def today_of(transport: Transport, object_id: str) -> date:
    """Return today's date in the time zone of the object's account."""
    return transport.cache.now().astimezone(zone_of(transport.account_facts(object_id).timezone_name)).date()
