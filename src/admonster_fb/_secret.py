"""A text that shows itself to nobody by accident."""

from __future__ import annotations

import hmac
from typing import Any, Self

from admonster_fb.redaction import MASK


class Secret:
    """A secret text. Printing, formatting, copying and comparing it are safe; pickling it is refused."""

    __slots__ = ("__value",)

    def __init__(self, value: str | Secret) -> None:
        self.__value: str = value.reveal() if isinstance(value, Secret) else value

    def reveal(self) -> str:
        """Return the text itself."""
        return self.__value

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self.__value.encode(), other.reveal().encode())

    def __hash__(self) -> int:
        return hash(self.__value)

    def __repr__(self) -> str:
        return "Secret(…)"

    def __str__(self) -> str:
        return MASK

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self

    def __reduce__(self) -> Any:
        raise TypeError("secrets are not pickled; a TokenStore keeps them")
