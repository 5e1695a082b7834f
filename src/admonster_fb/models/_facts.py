"""Facts about fields: money, effect on spend, learning and undo, declared once in the annotation of each field.

A parameter declares its `Fact` where it declares its type:

    daily_spend_cap: Annotated[MinorUnits, Fact(spend="limit", undo=True)]

Everything else (which amounts are formatted as money, which changes need a plan, what `undo` can restore) is derived.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel
from typing_extensions import get_type_hints, is_typeddict

from admonster_fb.models._params import MinorUnits, OwnAmount

Amount = Literal["budget", "minimum", "limit", "schedule"]
Spend = (
    Amount
    | Literal["status", "bid_strategy", "roas_floor", "start", "end", "hours", "pacing"]
    | Literal["limit_action", "switch", "any", "parts", "none"]
)
Replaces = Literal["audience", "delivery"]


@dataclass(frozen=True, slots=True)
class Fact:
    """What a field means beyond its type.

    >>> Fact(spend="budget", undo=True).relearn
    False
    """

    spend: Spend | None = None
    """Effect of a change: `COMPARISONS` says which values allow more; `None` with no `replaces` needs a plan."""
    relearn: bool = False
    """Whether a change of the value can restart the learning phase."""
    undo: bool = False
    """Whether the previous value can be written again."""
    replaces: Replaces | None = None
    """What a new value replaces where an object is ACTIVE: who sees the ads, or what they see, where, when and to what
    end."""
    money: bool = False
    """Whether the value is an amount in minor units. Derived for the types `MinorUnits` and `OwnAmount`."""
    money_if: tuple[str, str] | None = None
    """The field and the value of it with which an amount is money; otherwise it is a plain number."""

    @property
    def affects_spend(self) -> bool:
        """Whether a change of the value can affect spend, reach or duration."""
        return self.spend not in (None, "none")

    def is_money(self, siblings: Mapping[str, Any]) -> bool:
        """Return whether the value is money, given the other fields of its object."""
        return self.money and (self.money_if is None or siblings.get(self.money_if[0]) == self.money_if[1])


NoEffect = Fact(spend="none")
"""The fact of a field that changes neither spend nor reach nor duration."""
Minor = Annotated[int, Fact(money=True)]
"""An amount that Meta returns: an integer in minor units of the account's currency."""


@functools.cache
def facts(fields: Any) -> Mapping[str, Fact]:
    """Return the facts of a TypedDict of parameters or of a model, by field. Fields without facts are left out."""
    found = {}
    for name, hint in get_type_hints(fields, include_extras=True).items():
        fact = next((each for each in _annotations(hint) if isinstance(each, Fact)), None)
        money = any(each in _AMOUNTS for each in _annotations(hint, nested=True))
        if fact is not None or money:
            found[name] = replace(fact or Fact(), money=money or (fact is not None and fact.money))
    return found


def names(fields: Any, **attributes: Any) -> tuple[str, ...]:
    """Return the fields of a TypedDict or a model whose facts have these attributes, in the order of declaration."""
    return tuple(
        name
        for name, fact in facts(fields).items()
        if all(getattr(fact, attribute) == value for attribute, value in attributes.items())
    )


_AMOUNTS = tuple(kind.__metadata__[0] for kind in (MinorUnits, OwnAmount))  # type: ignore[attr-defined]


def _annotations(hint: Any, *, nested: bool = False) -> Iterator[Any]:
    """Yield the annotations of a type and of its parts; with `nested`, of the fields of TypedDicts in it too."""
    yield from getattr(hint, "__metadata__", ())
    if nested and is_typeddict(hint):
        for inner in get_type_hints(hint, include_extras=True).values():
            yield from _annotations(inner, nested=True)
    for part in get_args(hint):
        if not (isinstance(part, type) and issubclass(part, BaseModel)):
            yield from _annotations(part, nested=nested)
