"""The one declaration that makes a public method an op of the bot, or says why it is none.

It stands beside the method; `bot.ops` builds every face from it and from the method's signature and docstring.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

Access = Literal["read", "write", "destroy"]
"""What an op does: reads; makes or changes; or removes for good."""


@dataclass(frozen=True, slots=True)
class OpSpec:
    """How a method appears as an op. `aliases` maps other names of arguments to their own; `also` names the op anew."""

    name: str
    group: str
    access: Access
    cost: str
    aliases: Mapping[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    """Ops that naturally come next."""


def op(
    name: str,
    *,
    group: str,
    access: Access = "read",
    cost: str = "",
    aliases: Mapping[str, str] | None = None,
    also: tuple[str, ...] = (),
    then: tuple[str, ...] = (),
) -> Callable[[F], F]:
    """Declare a method to be the op `name`. `cost` says what it can spend or destroy.

    >>> @op("get_campaign", group="campaign")
    ... def get(campaign_id: str) -> None: ...
    >>> spec_of(get).name
    'get_campaign'
    """

    def declare(method: F) -> F:
        method.__op__ = OpSpec(name, group, access, cost, aliases or {}, also, then)  # type: ignore[attr-defined]
        return method

    return declare


def no_op(reason: str) -> Callable[[F], F]:
    """Declare that a public method is no op, and why."""

    def declare(method: F) -> F:
        method.__no_op__ = reason  # type: ignore[attr-defined]
        return method

    return declare


def spec_of(method: Callable[..., Any]) -> OpSpec | None:
    """Return the declaration of a method, if it is an op."""
    return getattr(method, "__op__", None)
