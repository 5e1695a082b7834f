"""Lists of actions, read as one value for each action type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, get_args

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema
from typing_extensions import TypedDict

from admonster_fb.enums import ActionBreakdown
from admonster_fb.models.insights.fields import number

PARTS = tuple(sorted({*get_args(ActionBreakdown)} - {"action_type"}))
_NAMES = frozenset(PARTS) | {"action_type"}


class AdsActionStats(TypedDict, total=False):
    """One action type and its value, in all and per attribution window (`7d_click`, …), as Meta sends them."""

    action_type: str
    value: str


def key(entry: Mapping[str, Any]) -> str:
    """Return what an entry is about: its action type, and in brackets the values of other action breakdowns.

    >>> key({"action_type": "post_reaction", "action_reaction": "wow", "value": "1"})
    'post_reaction[wow]'
    """
    kind = str(entry.get("action_type", ""))
    if len(entry) < 3:  # only a type and a value, as nearly always
        return kind
    parts = [str(entry[name]) for name in PARTS if entry.get(name) is not None]
    return f"{kind}[{','.join(parts)}]" if parts else kind


def windows(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield the attribution windows for which an entry has a value of its own."""
    return (name for name in entry if name != "value" and name not in _NAMES)


class Actions(Mapping[str, int | Decimal]):
    """Values by action type in the default attribution window; a type that did not happen is not there.

    Types contain one another (`purchase` those of the pixel, of the app, …): never add them up. `raw` is Meta's list.

    >>> Actions([{"action_type": "purchase", "value": "3", "7d_click": "2"}])["purchase"]
    3
    """

    __slots__ = ("_by_type", "raw")

    def __init__(self, raw: list[Any]) -> None:
        self.raw = raw
        self._by_type: dict[str, int | Decimal] | None = None

    def _values(self) -> dict[str, int | Decimal]:
        if self._by_type is None:
            read = ((key(entry), number(entry.get("value"))) for entry in self.raw if isinstance(entry, dict))
            self._by_type = {name: value for name, value in read if value is not None}
        return self._by_type

    def __getitem__(self, action_type: str) -> int | Decimal:
        return self._values()[action_type]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values())

    def __len__(self) -> int:
        return len(self._values())

    def __eq__(self, other: object) -> bool:
        return self.raw == other.raw if isinstance(other, Actions) else self._values() == other

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Actions({self._values()!r})"

    def window(self, action_type: str, window: str) -> int | Decimal | None:
        """Return the value within one attribution window, which the query must have asked for."""
        found = (entry for entry in self.raw if isinstance(entry, dict) and key(entry) == action_type)
        return number(next(found, {}).get(window))

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read a list as it comes, without a look at what is in it: rows come by the hundred thousand."""
        return core_schema.no_info_plain_validator_function(
            cls._read,
            serialization=core_schema.plain_serializer_function_ser_schema(lambda actions: actions.raw),
        )

    @classmethod
    def _read(cls, value: Any) -> Actions:
        if value.__class__ is list:
            return cls(value)
        if isinstance(value, Actions):
            return value
        raise ValueError("a list of actions")
