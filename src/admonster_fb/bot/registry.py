"""The registry: every public method with an `@op` declaration, ready to be called with JSON.

An op's arguments are one TypedDict, joined from the method's signature and its `**params: Unpack[…]`. From it come
the JSON Schema, the check of all arguments at once, and the help text.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import threading
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, NotRequired, Required, get_type_hints

from pydantic import Field, with_config
from typing_extensions import TypedDict

from admonster_fb import services, workflows
from admonster_fb.bot.arguments import coerce_arguments
from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models._params import STRICT, WHY_NOT_MORE, checked, documented_hints, schema
from admonster_fb.operation import Access, OpSpec, spec_of

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

GROUPS = (
    *("account", "campaign", "adset", "targeting", "creative", "ad", "insights", "automation", "audience", "pixel"),
    "plan",
)
TOOL = "tool"
"""The `service` of ops that need the tool, not only the facade: they take it as their first argument."""
_TOOL_MODULES = ("plans.ops", "audit.undo")
_MAKING = threading.Lock()
PAGE = 25
"""How many objects a list op shows unless `limit` says otherwise."""


@dataclass(frozen=True)
class Op:
    """One operation: a declaration, the method behind it, and what its arguments must look like."""

    spec: OpSpec
    function: Callable[..., Any]
    service: str | None
    """The facade's attribute whose method this is; `None` for a function of the facade, `tool` for one of the tool."""

    @property
    def name(self) -> str:
        """The name bots call."""
        return self.spec.name

    @property
    def access(self) -> Access:
        """What it does: read, write or destroy."""
        return self.spec.access

    @functools.cached_property
    def summary(self) -> str:
        """What it does in one line."""
        return (inspect.getdoc(self.function) or "").split("\n", 1)[0]

    @functools.cached_property
    def details(self) -> str:
        """What the docstring says beyond its first line, without the example."""
        text = (inspect.getdoc(self.function) or "").partition("\n")[2].split(">>>")[0]
        return " ".join(text.split())

    @functools.cached_property
    def accepts(self) -> Any:
        """The TypedDict of all arguments."""
        return _arguments(self.function, self.spec.name)

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the arguments. Made once: many threads that begin together wait for the first."""
        with _MAKING:
            return schema(self.accepts)

    def prepare(self, fb: FacebookAds, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments as the method takes them; raises `ParameterError` with all that is wrong."""
        arguments = self._named(given)
        properties: dict[str, Any] = self.schema["properties"]
        for account in ("ad_account_id", "parent_id", "object_id"):
            if account in properties and account not in arguments and fb.has_account:
                arguments[account] = fb.account
        return checked(self.accepts, coerce_arguments(arguments, properties))

    def run(self, fb: Any, arguments: Mapping[str, Any]) -> Any:
        """Call the method with prepared arguments; an op of the tool takes the tool instead of the facade."""
        target = fb if self.service in (None, TOOL) else getattr(fb, str(self.service))
        positional = [arguments[name] for name in self._positional if name in arguments]
        rest = {name: value for name, value in arguments.items() if name not in self._positional}
        return self.function(target, *positional, **rest)

    @functools.cached_property
    def _positional(self) -> tuple[str, ...]:
        parameters = list(inspect.signature(self.function).parameters.values())[1:]
        return tuple(p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD)

    def _named(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Replace aliases; the same argument under two names is an error unless both say the same."""
        named: dict[str, Any] = {}
        for name, value in given.items():
            target = self.spec.aliases.get(name, name)
            value = _account(value) if name in ("ad_account_id", "to_account_id") else value
            if target in named and named[target] != value:
                raise ParameterError([Violation(name, value, f"one value for {target}, not two")])
            named[target] = value
        return named


def _account(value: Any) -> Any:
    """Return an ad account's id with its `act_`, which tells it from other objects; anything else as it is."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return f"act_{text}" if isinstance(text, str) and text.isascii() and text.isdecimal() else value


def _arguments(function: Callable[..., Any], name: str) -> Any:
    """Join a method's own parameters and those of its `Unpack` into one TypedDict."""
    # The facade is named for type checkers only; it is no argument.
    hints = get_type_hints(function, localns={"FacebookAds": object}, include_extras=True)
    items: dict[str, Any] = {}
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        hint = hints[parameter.name]
        if parameter.kind is parameter.VAR_KEYWORD:
            items |= _unpacked(hint)
        elif parameter.name == "fields":
            items["fields"] = NotRequired[Annotated[list[str], Field(description="Meta's names of fields to read")]]
        elif parameter.default is parameter.empty:
            items[parameter.name] = Required[hint]
        else:
            items[parameter.name] = NotRequired[hint]
    joined = with_config(STRICT)(TypedDict(name, items))  # type: ignore[operator]
    if (unpacked := typing.get_args(hints.get("params"))) and unpacked[0] in WHY_NOT_MORE:
        WHY_NOT_MORE[joined] = WHY_NOT_MORE[unpacked[0]]
    return joined


def _unpacked(hint: Any) -> dict[str, Any]:
    spec = typing.get_args(hint)[0]
    kinds = documented_hints(spec)
    return {name: kind if typing.get_origin(kind) is Required else NotRequired[kind] for name, kind in kinds.items()}


def tool_functions() -> list[Callable[..., Any]]:
    """Return the ops that take the tool as their first argument.

    >>> [function.__name__ for function in tool_functions()][:2]
    ['apply', 'discard']
    """
    modules = [importlib.import_module(f"admonster_fb.bot.{name}") for name in _TOOL_MODULES]
    return [
        item
        for module in modules
        for item in vars(module).values()
        if isinstance(item, types.FunctionType) and item.__module__ == module.__name__ and spec_of(item) is not None
    ]


def _declared() -> Iterator[Op]:
    for attribute, service in services.by_attribute().items():
        for _, function in services.methods(service):
            if spec := spec_of(function):
                yield Op(spec, function, attribute)
    for function in workflows.functions():
        if spec := spec_of(function):
            yield Op(spec, function, None)
    for function in tool_functions():
        if spec := spec_of(function):
            yield Op(spec, function, TOOL)


@functools.cache
def registry() -> Mapping[str, Op]:
    """Return every op by name, in the order of groups and declarations."""
    ops = sorted(_declared(), key=lambda op: GROUPS.index(op.spec.group))
    return types.MappingProxyType({op.name: op for op in ops})


@functools.cache
def names() -> Mapping[str, str]:
    """Return every name a bot may use, other names included, with the op's own."""
    return types.MappingProxyType({n: op.name for op in registry().values() for n in (op.name, *op.spec.also)})
