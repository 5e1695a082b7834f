"""The declaration that makes a public method an op of the bot, or says why it is not one.

It stands next to the method. `bot.registry` builds the tool, the command line, the MCP server and the reference from
it and from the method's signature and docstring. Nothing is derived from how an op's name begins.
"""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

Access = Literal["read", "write", "destroy"]
"""How far an op goes: it reads, it writes, or it removes something for good."""
Effect = Literal["create", "add", "update", "remove"]
"""What a write does: creates an object, adds to one (people, events, access), updates fields, or removes."""

READ_SCOPES = ("ads_read|ads_management",)
WRITE_SCOPES = ("ads_management",)
"""The scopes an op needs by default. Of several with `|` between them one is enough; the least comes first."""


@dataclass(frozen=True, slots=True)
class OpSpec:
    """The declaration of an op. `op` checks it and fills in the defaults."""

    name: str
    group: str
    access: Access
    cost: str = ""
    """What a call can spend or destroy; empty for ops that read."""
    effect: Effect | None = None
    """What a write does; `None` for ops that read."""
    changes: str = ""
    """Meta's edge of the objects that a write changes, such as `campaigns`; empty for ops that read."""
    past: str = ""
    """The verb that reports a write: "paused"."""
    scopes: tuple[str, ...] = WRITE_SCOPES
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Alternative names of arguments, each with the argument's own name."""
    also: tuple[str, ...] = ()
    """Alternative names of the op."""
    then: tuple[str, ...] = ()
    """Ops that usually come next."""
    like: str = ""
    """The op whose help explains the other arguments of this one."""
    call_per_object: bool = False
    """Whether each object that a write changes costs an API call."""
    cumulative: bool = False
    """Whether a second call with the same arguments changes more, as a budget that is scaled twice."""
    shows_changes: bool = False
    """Whether the result of a write that creates says the changes too: what the new object itself does not say."""
    private: bool = False
    """Whether it shows personal data: a tool loads it only with `show_leads`."""
    judge: Callable[[Any, Mapping[str, Any]], Iterable[Any]] | None = None
    """What the op refuses beyond types: violations, given the facade and the arguments. They join those of types."""
    resolve: Callable[[Any, Mapping[str, Any]], dict[str, Any]] | None = None
    """What replaces names among the arguments by what Meta has of these names, given the facade and the arguments."""
    example: Mapping[str, Any] | None = None
    """Arguments of an example, where the call in the docstring is not a good one."""

    @property
    def idempotent(self) -> bool:
        """Whether a second call with the same arguments changes nothing more."""
        return self.access == "read" or (self.effect in ("update", "remove") and not self.cumulative)


_DEFAULTS: Mapping[Effect, tuple[Access, str]] = {
    "create": ("write", "created"),
    "add": ("write", "added"),
    "update": ("write", "updated"),
    "remove": ("destroy", "deleted"),
}
"""Access and past tense of a write that says only its effect."""


def op(name: str, *, group: str, effect: Effect | None = None, **declared: Any) -> Callable[[F], F]:
    """Declare a method to be the op `name`; the other parameters are the fields of `OpSpec`.

    An op that reads says `access="read"`; a write says its `effect`, from which `access` and `past` follow by default.
    Raises `TypeError` where a write does not say its `cost`, `effect` and `changes`, or a read does: an op whose
    effect is unknown would pass the spending guard.

    >>> @op("get_campaign", group="campaign", access="read")
    ... def get(campaign_id: str) -> None: ...
    >>> spec_of(get).scopes
    ('ads_read|ads_management',)
    """
    if effect:
        declared = {**dict(zip(("access", "past"), _DEFAULTS[effect], strict=True)), **declared}
    if "access" not in declared:
        raise TypeError(f"@op({name!r}): `access` or `effect` is required")
    reads = declared["access"] == "read"
    spec = OpSpec(name, group, effect=effect, **{"scopes": READ_SCOPES if reads else WRITE_SCOPES, **declared})
    for fact in ("cost", "effect", "changes", "past"):
        if bool(getattr(spec, fact)) == reads:
            raise TypeError(f"@op({name!r}): `{fact}` is {'for writes only' if reads else 'required'}")

    def declare(method: F) -> F:
        restore_docstring(method)
        method.__op__ = spec  # type: ignore[attr-defined]
        return method

    return declare


def ops_of(
    group: str, changes: str, *, reads: tuple[str, ...] = READ_SCOPES, writes: tuple[str, ...] = WRITE_SCOPES
) -> Callable[..., Callable[[F], F]]:
    """Return `op` for the methods of a service: their group, the edge that writes change, and the scopes of both."""

    def declare(name: str, **declared: Any) -> Callable[[F], F]:
        shared = {"changes": changes, "scopes": writes} if "effect" in declared else {"scopes": reads}
        return op(name, **{"group": group, **shared, **declared})

    return declare


def no_op(reason: str) -> Callable[[F], F]:
    """Declare that a public method is not an op, and why."""

    def declare(method: F) -> F:
        method.__no_op__ = reason  # type: ignore[attr-defined]
        return method

    return declare


def spec_of(method: Callable[..., Any]) -> OpSpec | None:
    """Return the declaration of a method; `None` if it is not an op."""
    return getattr(method, "__op__", None)


def restore_docstring(function: Callable[..., Any]) -> None:
    """Set the docstring of a function from its source if `python -OO` removed it: help and rules are made of them."""
    code = getattr(function, "__code__", None)
    if sys.flags.optimize >= 2 and code is not None and not function.__doc__:
        function.__doc__ = _docstrings(code.co_filename).get(code.co_firstlineno)


@functools.cache
def _docstrings(filename: str) -> dict[int, str | None]:
    """Return the docstring of each function of a file by the line where the function or its decorators begin."""
    functions = (node for node in ast.walk(ast.parse(Path(filename).read_bytes())) if isinstance(node, ast.FunctionDef))
    return {
        min([node.lineno, *(each.lineno for each in node.decorator_list)]): ast.get_docstring(node)
        for node in functions
    }
