"""YAML and JSON files read as plain data, with the line of each value; all that is doubtful is refused by its line.

Of YAML only what JSON can say is taken: no tags, no dates, and `no` is Norway. Anchors may be used, bombs are refused.
"""

from __future__ import annotations

import codecs
import functools
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from admonster_fb._optional import optional
from admonster_fb.errors import ParameterError, Violation

if TYPE_CHECKING:
    from yaml import Node

LARGEST = 1 << 20
"""Bytes of a file. A tree of a hundred ads takes fifty thousand."""
MOST = 50_000
"""Values in a file, those that come again by an anchor counted again."""
KINDS = {".yaml": "yaml", ".yml": "yaml", ".json": "json"}
Place = tuple[str, ...]
"""The way to a value, as violations name it: `("adsets", "0", "name")`."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a file says, and on which line each value begins; of JSON no lines are known."""

    data: dict[str, Any]
    lines: Mapping[Place, int]


def read(path: Path) -> Told:
    r"""Return what a YAML or JSON file says. Raises `ParameterError` that names file and line, or way to a value.

    >>> _ = Path("a.yaml").write_text("campaign:\n  name: Norway\n  countries: [NO]\n")
    >>> told = read(Path("a.yaml"))
    >>> told.data, told.lines["campaign", "countries"]
    ({'campaign': {'name': 'Norway', 'countries': ['NO']}}, 3)
    """
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        _refuse("file", path.name, f"a file that ends in {', '.join(KINDS)}")
    text = _text(path)
    try:
        told = (_json if kind == "json" else _yaml)(text, path.name)
    except RecursionError:
        _refuse(path.name, "values within values without end", "at most some dozens of levels")
    if not isinstance(told.data, dict):
        _refuse(path.name, told.data, "an object: names with values")
    return told


def _refuse(where: str, given: object, allowed: str) -> NoReturn:
    raise ParameterError([Violation(where, given, allowed)])


def _text(path: Path) -> str:
    """Return the text of a file, in UTF-8 with or without its mark."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        _refuse("file", path.name, f"the path of a file that can be read: {error.strerror}")
    except ValueError:  # a NUL in it
        _refuse("file", "a text", "the path of a file")
    if len(content) > LARGEST:
        _refuse(path.name, f"more than {LARGEST:,} bytes", f"at most {LARGEST:,} bytes")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        _refuse(path.name, "text in UTF-16", "UTF-8: save the file in this encoding")
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        _refuse(
            f"{path.name}, line {line}", f"the byte 0x{content[error.start]:02x}", "UTF-8: save it in this encoding"
        )


class _Pairs(list[tuple[str, Any]]):
    """An object as it is written, with names that may come twice."""


def _json(text: str, name: str) -> Told:
    try:
        found = json.loads(text, object_pairs_hook=_Pairs, parse_constant=_finite, parse_float=_finite)
    except json.JSONDecodeError as error:
        _refuse(f"{name}, line {error.lineno}", error.doc[error.pos : error.pos + 20], f"JSON: {error.msg}")
    except ValueError as error:
        _refuse(name, str(error)[:80], "numbers that JSON knows")
    return Told(_plain(found, (), name), {})


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(text)
    return number


def _plain(value: Any, place: Place, name: str) -> Any:
    if isinstance(value, _Pairs):
        made: dict[str, Any] = {}
        for key, each in value:
            if key in made:
                _refuse(f"{name}, {'.'.join((*place, key))}", "given twice", "each name once")
            made[key] = _plain(each, (*place, key), name)
        return made
    if isinstance(value, list):
        return [_plain(each, (*place, str(number)), name) for number, each in enumerate(value)]
    return value


def _yaml(text: str, name: str) -> Told:
    yaml = optional("yaml", "yaml")
    try:
        root = yaml.compose(text, Loader=_loader())
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        _refuse(f"{name}, line {line}", f"the character 0x{error.character:02x}", "text that can be seen")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        _refuse(f"{name}, line {line}", _line_of(text, line), _problem(error))
    if root is None:
        _refuse(name, "an empty file", "an object: names with values")
    if _size(root, {}, name) > MOST:
        _refuse(name, f"more than {MOST:,} values, anchors unfolded", f"at most {MOST:,}")
    lines: dict[Place, int] = {}
    return Told(_Built(name, lines).value(root, ()), lines)


def _line_of(text: str, number: int) -> str:
    lines = text.splitlines()
    return lines[number - 1].strip() if number <= len(lines) else ""


def _problem(error: Any) -> str:
    """Return what YAML wants, in words for those who do not know it."""
    problem = str(error.problem or error.context)
    if "'\\t'" in problem:
        return "spaces in place of a tab: YAML is indented by spaces"
    if "expected a single document" in str(error.context):
        return "one document: no second ---"
    return f"YAML: {problem}"


_NUMBERS = {
    "tag:yaml.org,2002:int": r"-?(?:0|[1-9][0-9]*)",
    "tag:yaml.org,2002:float": r"-?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]+)?",
}
_WORDS = {
    "tag:yaml.org,2002:bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "tag:yaml.org,2002:null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "tag:yaml.org,2002:merge": (r"<<", "<"),
}


@functools.cache
def _loader() -> Any:
    """Return a loader that knows JSON's words alone: a date is text, `no` is text, 012 and 1:30 are text."""
    yaml = optional("yaml", "yaml")
    loader: Any = type("Loader", (yaml.SafeLoader,), {"yaml_implicit_resolvers": {}})
    for tag, pattern in _NUMBERS.items():
        loader.add_implicit_resolver(tag, re.compile(rf"(?:{pattern})\Z"), "-0123456789")
    for tag, (pattern, first) in _WORDS.items():
        loader.add_implicit_resolver(tag, re.compile(rf"(?:{pattern})\Z"), first)
    return loader


def _children(node: Node) -> Iterator[Node]:
    for each in node.value if isinstance(node.value, list) else ():
        yield from each if isinstance(each, tuple) else (each,)


def _size(node: Node, known: dict[int, int], name: str) -> int:
    """Return how many values a node holds, each as often as anchors repeat it; a node within itself is refused."""
    key = id(node)
    if known.get(key) == 0:
        _refuse(f"{name}, line {node.start_mark.line + 1}", "an anchor within itself", "values that end")
    if key not in known:
        known[key] = 0
        known[key] = 1 + sum(_size(child, known, name) for child in _children(node))
    return known[key]


class _Built:
    """Makes data of YAML's nodes."""

    def __init__(self, name: str, lines: dict[Place, int]) -> None:
        self.name = name
        self.lines = lines

    def value(self, node: Node, place: Place) -> Any:
        self.lines.setdefault(place, node.start_mark.line + 1)
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        make = _MAKERS.get(kind)
        if make is None:
            _refuse(self._at(node), node.tag, "a value without a tag")
        try:
            if (kind in ("map", "seq")) == isinstance(node.value, str):
                raise TypeError(kind)
            return make(self, node, place)
        except (ValueError, TypeError):
            _refuse(self._at(node), node.value if isinstance(node.value, str) else node.tag, f"what !!{kind} says")

    def _at(self, node: Node) -> str:
        return f"{self.name}, line {node.start_mark.line + 1}"

    def mapping(self, node: Node, place: Place) -> dict[str, Any]:
        made: dict[str, Any] = {}
        merged: list[Node] = []
        for key, value in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                merged += value.value if value.tag.endswith(":seq") else [value]
                continue
            if not key.tag.endswith(":str"):
                _refuse(self._at(key), key.value if isinstance(key.value, str) else "a list or object", "a name")
            if key.value in made:
                _refuse(self._at(key), f"{key.value} a second time", "each name once")
            self.lines.setdefault((*place, key.value), key.start_mark.line + 1)
            made[key.value] = self.value(value, (*place, key.value))
        for each in merged:
            if not each.tag.endswith(":map"):
                _refuse(self._at(each), "<<", "an object to take values from")
            made = {**self.mapping(each, place), **made}
        return made

    def sequence(self, node: Node, place: Place) -> list[Any]:
        return [self.value(each, (*place, str(number))) for number, each in enumerate(node.value)]


_MAKERS: dict[str, Any] = {
    "map": _Built.mapping,
    "seq": _Built.sequence,
    "str": lambda _self, node, _place: str(node.value),
    "int": lambda _self, node, _place: int(node.value),
    "float": lambda _self, node, _place: _finite(node.value),
    "bool": lambda _self, node, _place: _truth(node.value),
    "null": lambda _self, _node, _place: None,
}


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"
