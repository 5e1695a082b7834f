"""What each field means: the docstring under it, or the description that its type brings along.

`help()`, JSON Schema and the signatures of services show the same text. Python does not keep docstrings of attributes,
so they are read from the source when something first needs them.
"""

from __future__ import annotations

import ast
import functools
import inspect
import itertools
import sys
import threading
import types
import typing
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NotRequired, Required, SupportsIndex

from pydantic.fields import FieldInfo
from typing_extensions import get_original_bases

_LITERALS_SHOWN = 4


@functools.cache
def field_docs(cls: type) -> dict[str, str]:
    """Return the meaning of each field of a model, dataclass or TypedDict, inherited ones included."""
    bases = [base for base in get_original_bases(cls) if getattr(base, "__module__", "").startswith("admonster_fb.")]
    docs = {name: text for base in bases for name, text in field_docs(base).items()}
    hints = typing.get_type_hints(cls, include_extras=True)
    for name, text in _docstrings(cls):
        docs[name] = text or _description(hints.get(name)) or docs.get(name, "")
    return docs


def _docstrings(cls: type) -> Iterator[tuple[str, str]]:
    """Yield the fields that a class declares itself, each with the docstring under it."""
    body = _class_bodies(cls.__module__).get(cls.__name__, [])
    for_type_checkers = [inner for part in body if isinstance(part, ast.If) for inner in part.body]
    for statement, following in itertools.pairwise([*body, *for_type_checkers, ast.Pass()]):
        if isinstance(statement, ast.AnnAssign) and "ClassVar" not in ast.unparse(statement.annotation):
            text = following.value if isinstance(following, ast.Expr) else None
            words = str(text.value).split() if isinstance(text, ast.Constant) else ()
            yield ast.unparse(statement.target), " ".join(words)


def _description(hint: Any) -> str:
    """Return the description of an annotated type, within `Required`, `list` or a union too."""
    for part in getattr(hint, "__metadata__", ()):
        if isinstance(part, FieldInfo) and part.description:
            return part.description
    return next(filter(None, map(_description, typing.get_args(hint)[:1])), "")


_PARSING = threading.Lock()
"""Python 3.11 parses in one thread at a time: in two it may raise SystemError ("recursion depth mismatch")."""


@functools.cache
def _class_bodies(module: str) -> dict[str, list[ast.stmt]]:
    """Return the statements of each class of a module; none if its source is not available."""
    try:
        with _PARSING:
            tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (OSError, TypeError, KeyError):
        return {}
    return {node.name: node.body for node in tree.body if isinstance(node, ast.ClassDef)}


def type_text(hint: Any) -> str:
    """Return a type as short text; of many literals only the first ones."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return " | ".join([*map(repr, parts[:_LITERALS_SHOWN]), *(["…"] if len(parts) > _LITERALS_SHOWN else [])])
    if origin in (typing.Union, types.UnionType):
        return " | ".join(map(type_text, parts))
    if origin is Annotated or origin in (Required, NotRequired):
        return type_text(parts[0])
    if origin is not None:
        return f"{origin.__name__}[{', '.join(map(type_text, parts))}]"
    return "None" if hint is type(None) else getattr(hint, "__name__", str(hint))


class ModelDoc(str):
    """The docstring of a model, which lists the fields with their meanings where it is shown.

    `Model.__doc__` is resolved by `__get__`. `help()` takes the object itself and passes it to `inspect.cleandoc`,
    whose first step is `expandtabs`.
    """

    _model: type

    def __new__(cls, model: type) -> ModelDoc:
        doc = super().__new__(cls, model.__doc__ or "")
        doc._model = model
        return doc

    def __get__(self, _instance: object, _owner: type) -> str:
        rows = [f"    {name}: {text}" for name, text in field_docs(self._model).items()]
        return "\n".join([inspect.cleandoc(str(self)), "", "Fields:", *rows])

    def expandtabs(self, tabsize: SupportsIndex = 8) -> str:
        """Return the text that `help()` shows."""
        return self.__get__(None, self._model).expandtabs(tabsize)
