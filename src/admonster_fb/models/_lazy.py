"""Rows of JSON that become models when they are read: most fields of a report's many rows never are.

A page is decoded into structs whose cells are text or still encoded. A model may hold such a row. Its plain fields are
read from there one by one; anything else (a nested field, a dump, a comparison) lets pydantic read the row as usual.
"""

from __future__ import annotations

import functools
import keyword
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

import msgspec
from msgspec import Raw
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from admonster_fb.redaction import SECRET_NAMES

SMALL = 32_768
"""Bytes below which a page is decoded as a whole: making a decoder takes as long as reading some fifty rows."""
_MOST_FIELDS = 300


def decoded(cell: Any) -> Any:
    """Decode a cell. One that is no text in UTF-8 has the sign for unknown characters."""
    if cell.__class__ is not Raw:
        return cell
    try:
        return from_json(bytes(cell))
    except ValueError:
        return from_json(bytes(cell).decode("utf-8", "replace"))


def _whole(cell: str) -> int:
    if not (cell.isdecimal() and cell.isascii()):
        raise ValueError
    return int(cell)


def _decimal(cell: str) -> Decimal:
    number = Decimal(cell)
    if not number.is_finite():
        raise ValueError
    return number


PLAIN: dict[Any, Callable[[str], Any]] = {str: str, int: _whole, Decimal: _decimal}
"""How text becomes the value of a plain field, as by pydantic. Where pydantic might do otherwise, it is an error."""


class _Field:
    """An attribute of the class that reads a plain field of the row a model holds. A model's own values come first."""

    __slots__ = ("_default", "_name", "_of", "_read")

    def __init__(self, name: str, of: type, read: Callable[[Any], Any], default: Any) -> None:
        self._name, self._of, self._read, self._default = name, of, read, default

    def __get__(self, node: LazyModel | None, owner: type | None = None) -> Any:
        if node is None:
            raise AttributeError(f"{owner} has no attribute {self._name!r}")
        row = _get_row(node)  # raises `AttributeError` if there never was one: then `__getattr__` is asked
        if row is None:
            raise AttributeError(self._name)
        cell = getattr(row, self._name, None)
        if cell.__class__ is self._of:
            try:
                cell = self._read(cell)
            except (ValueError, TypeError, ArithmeticError):
                raise AttributeError(self._name) from None  # pydantic says what becomes of it
            setattr(row, self._name, cell)
        elif cell is None:
            return self._default
        elif cell.__class__ is Raw:
            raise AttributeError(self._name)
        return cell


class LazyModel(BaseModel):
    """A model that may hold a row, decoded by `Layout`, instead of its values.

    >>> class Shop(LazyModel):
    ...     name: str | None = None
    >>> [shop.name for shop in Shop.of_rows(Layout(Shop, ["name"]).decode(b'{"data":[{"name":"A"}]}').data)]
    ['A']
    """

    __slots__ = ("_row",)
    LISTS: ClassVar[frozenset[str]] = frozenset()
    """Fields that stay encoded until they are read, by `_read_list`."""

    @classmethod
    def of_rows(cls, rows: Iterable[Any]) -> Iterator[Self]:
        """Yield a model that holds the row, for each row."""
        _install(cls)
        new, hold = functools.partial(object.__new__, cls), _ROW.__set__
        for row in rows:
            node = new()
            hold(node, row)
            yield node

    @staticmethod
    def _read_list(cell: Raw) -> Any:
        raise ValueError(cell)

    @classmethod
    def _is_text(cls, name: str) -> bool:
        """Return whether the cells of a field are text, as a rule."""
        return _reader(cls, name) in PLAIN.values()

    def _read_row(self) -> bool:
        """Let pydantic read the row that this model holds. Return whether it holds one."""
        row = row_of(self)
        if row is None:
            return False
        cells = {name: cell for name, cell in msgspec.structs.asdict(row).items() if cell is not None}
        for name in SECRET_NAMES & cells.keys() - type(self).model_fields.keys():
            del cells[name]  # as in `from_api`
        data = {name: self._cell(name, cell) if cell.__class__ is Raw else cell for name, cell in cells.items()}
        try:
            type(self).__pydantic_validator__.validate_python(data, self_instance=self)
        except ValidationError:
            node = self.from_api(data)
            for name in ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__"):
                object.__setattr__(self, name, getattr(node, name))
        _ROW.__set__(self, None)
        return True

    def _cell(self, name: str, cell: Raw) -> Any:
        try:
            return self._read_list(cell) if name in self.LISTS else decoded(cell)
        except ValueError:
            return decoded(cell)

    if TYPE_CHECKING:

        @classmethod
        def from_api(cls, data: dict[str, Any]) -> Self: ...

    else:

        def __getattr__(self, name: str) -> Any:
            """Return what is no plain field."""
            if self._read_row():
                return getattr(self, name)
            # Another thread has read the row since this one looked for the value.
            values = _VALUES.__get__(self)
            return values[name] if name in values else super().__getattr__(name)

        def _all_values(self) -> dict[str, Any]:
            self._read_row()
            return _VALUES.__get__(self)

        # Dumps, copies, comparisons and pickles all begin with it.
        __dict__ = property(_all_values, BaseModel.__dict__["__dict__"].__set__)


_ROW, _VALUES = LazyModel.__dict__["_row"], BaseModel.__dict__["__dict__"]
_get_row = _ROW.__get__


def row_of(model: LazyModel) -> Any:
    """Return the row that a model holds, or `None`."""
    try:
        return _get_row(model)
    except AttributeError:
        return None


def cells_of(model: LazyModel, names: Iterable[str]) -> dict[str, Any] | None:
    """Return those cells, not decoded, that the row of a model has; `None` if it holds no row."""
    if (row := row_of(model)) is None:
        return None
    cells = {name: cell for name in names if (cell := getattr(row, name, None)) is not None}
    return {name: cell.copy() if cell.__class__ is Raw else cell for name, cell in cells.items()}


def _reader(model: type[LazyModel], name: str) -> Callable[[Any], Any] | None:
    """Return how a cell of a field is read; `None` if pydantic has to."""
    field = model.model_fields.get(name)
    if field is None or field.metadata or field.default_factory:
        return None
    if name in model.LISTS:
        return model._read_list
    return next((read for kind, read in PLAIN.items() if field.annotation in (kind, kind | None)), None)


@functools.cache
def _install(model: type[LazyModel]) -> None:
    """Give a class the attributes that read its plain fields."""
    model.model_rebuild()
    for name, field in model.model_fields.items():
        read = _reader(model, name)
        if read:
            setattr(model, name, _Field(name, Raw if name in model.LISTS else str, read, field.default))


class Layout:
    """The fields that rows of a query have. A page with others is decoded as a whole, and they are learned from it."""

    def __init__(self, model: type[LazyModel], names: Iterable[str]) -> None:
        self._model = model
        self._text = {name: model._is_text(name) for name in names}

    def decode(self, body: bytes) -> Any:
        """Return a page with `data`, `paging` and `summary`; `None` if it does not fit."""
        if len(self._text) > _MOST_FIELDS:
            return None
        decoder = _decoder(tuple(self._text.items()))
        with suppress(ValueError, RecursionError):
            return decoder.decode(body) if decoder else None
        return None

    def learn(self, rows: Iterable[dict[str, Any]]) -> None:
        """Add the fields of rows, and which of them are not text."""
        for row in rows:
            for name, value in row.items():
                if value.__class__ is not str or name not in self._text:
                    self._text[name] = value.__class__ is str and self._model._is_text(name)


@functools.lru_cache(256)
def _decoder(fields: tuple[tuple[str, bool], ...]) -> msgspec.json.Decoder[Any] | None:
    """Return a decoder of pages. Names that are no names in Python have none."""
    if not all(name.isidentifier() and not name.startswith("_") and not keyword.iskeyword(name) for name, _ in fields):
        return None
    cells = [(name, str if text else Raw, None) for name, text in fields]
    row = msgspec.defstruct("Row", cells, forbid_unknown_fields=True, gc=False)
    rows: Any = list[row]  # type: ignore[valid-type]
    page = [("paging", Any, None), ("summary", Any, None)]
    return msgspec.json.Decoder(msgspec.defstruct("Page", [("data", rows), *page], forbid_unknown_fields=True))


def release(rows: Sequence[Any]) -> None:
    """Copy what rows still in use have encoded, so that a stored row does not keep its whole page in memory."""
    if rows and Raw in getattr(type(rows[0]), "__annotations__", {}).values():
        for row in [row for row in rows if sys.getrefcount(row) > 3]:  # the list, the loop and the argument
            for name in row.__struct_fields__:
                if (cell := getattr(row, name)).__class__ is Raw:
                    setattr(row, name, cell.copy())
