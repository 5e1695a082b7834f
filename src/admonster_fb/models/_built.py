"""Parameters that builders make: taken as they are, or as Meta has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


@runtime_checkable
class Builder(Protocol):
    """Something that makes a parameter as Meta has it."""

    def spec(self) -> Any:
        """Return the parameter as it is sent."""


def plain(value: Any) -> Any:
    """Return what a builder makes; anything else as it is.

    >>> from admonster_fb import Targeting
    >>> plain(Targeting.countries("US")), plain(5)
    ({'geo_locations': {'countries': ['US']}}, 5)
    """
    return value.spec() if isinstance(value, Builder) else value


class Built:
    """Marks a type that also takes a builder; it is checked, and described in JSON Schema, as the plain type."""

    def __init__(self, kind: Any, make: Callable[[Any], Any] = plain) -> None:
        self._kind = kind
        self._make = make

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check as the plain type what the builder made."""
        return core_schema.no_info_before_validator_function(self._make, handler.generate_schema(self._kind))
