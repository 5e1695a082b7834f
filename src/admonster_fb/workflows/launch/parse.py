"""Launch files: YAML and JSON read as plain data, with lines of values; what is ambiguous is refused with its line.

Of YAML only what JSON can express is accepted: no tags, no dates, and `no` is text. Anchors may be used; the values
that they repeat are counted before they are expanded.
"""

from __future__ import annotations

import codecs
import functools
import json
import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from yaml import Node

from admonster_fb._optional import optional
from admonster_fb.errors import FacebookAdsError, ParameterError, Violation
from admonster_fb.paths import regular_file
from admonster_fb.workflows.launch.expand import expand
from admonster_fb.workflows.launch.journal import PREFIX, LaunchJournal, journal_folder

MAX_BYTES = 1 << 20
"""Of a file. A launch with a hundred ads takes 50,000 bytes."""
MAX_VALUES = 50_000
"""In a file; values repeated by an anchor count each time."""
SUFFIXES = {".yaml": "yaml", ".yml": "yaml", ".json": "json"}
Place = tuple[str, ...]
"""The path of a value, as violations name it: `("adsets", "0", "name")`."""
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """The content of a file, and the line on which each value begins; JSON files have no lines."""

    data: dict[str, Any]
    lines: Mapping[Place, int]


def parse_file(path: Path) -> ParsedFile:
    r"""Return the content of a YAML or JSON file. Raises `ParameterError` that names file and line, or the path.

    >>> _ = Path("a.yaml").write_text("campaign:\n  name: Norway\n  countries: [NO]\n")
    >>> parsed = parse_file(Path("a.yaml"))
    >>> parsed.data, parsed.lines["campaign", "countries"]
    ({'campaign': {'name': 'Norway', 'countries': ['NO']}}, 3)
    """
    kind = SUFFIXES.get(path.suffix.lower())
    if kind is None:
        _refuse("file", path.name, f"a file that ends in {', '.join(SUFFIXES)}")
    text = _read_text(path)
    try:
        parsed = (_parse_json if kind == "json" else _parse_yaml)(text, path.name)
    except RecursionError:
        _refuse(path.name, "too many levels of nested values", "a few dozen levels")
    if not isinstance(parsed.data, dict):
        _refuse(path.name, parsed.data, "an object: names with values")
    return parsed


def load(path: str | Path) -> dict[str, Any]:
    r"""Return the launch that a YAML or JSON file declares; paths in it are relative to the file.

    Raises `ParameterError` that names the line or the field. YAML needs the extra `yaml`.

    >>> _ = Path("sale.yaml").write_text("preset: traffic\ncampaign: {name: Sale}")
    >>> load("sale.yaml")
    {'preset': 'traffic', 'campaign': {'name': 'Sale'}}
    """
    file = Path(path)
    launch, folder = parse_file(file).data, file.resolve().parent
    for kind in ("images", "videos"):
        if isinstance(sources := launch.get(kind), dict):
            for name, source in sources.items():
                if isinstance(source, str) and "://" not in source:
                    sources[name] = str(folder / source)
    return launch


def with_lines(error: ParameterError, path: str | Path) -> ParameterError:
    r"""Return an error with the file's name and line in front of each field that the file holds.

    >>> _ = Path("sale.yaml").write_text("campaign:\n  name: Sale")
    >>> error = with_lines(ParameterError([Violation("campaign.name", "Sale", "another name")]), "sale.yaml")
    >>> error.violations[0].field
    'sale.yaml, line 2, campaign.name'
    """
    try:
        lines = parse_file(Path(path)).lines
    except ParameterError:
        return error
    found = []
    for violation in error.violations:
        place = tuple(violation.field.split("."))
        around = (place[:end] for end in range(len(place), 0, -1))  # the value, and the objects around it
        line = next((lines[each] for each in around if each in lines), None)
        where = "" if line is None else f"{Path(path).name}, line {line}, "
        found.append(replace(violation, field=f"{where}{violation.field}"))
    return ParameterError(found, request=error.request)


def find_launches(path: str | Path) -> list[LaunchJournal]:
    """Return the launches of this machine with exactly the content of a file, newest first."""
    spec = json.loads(json.dumps(expand(load(path))))
    found = []
    for each in journal_folder().glob(f"{PREFIX}*.jsonl"):
        with suppress(FacebookAdsError, OSError, ValueError):  # another process is creating it, or it is no journal
            found.append(LaunchJournal.load(each))
    same = [journal for journal in found if journal.spec == spec]
    return sorted(same, key=lambda journal: journal.started, reverse=True)


def _refuse(field: str, given: object, allowed: str) -> NoReturn:
    raise ParameterError([Violation(field, given, allowed)])


def _read_text(path: Path) -> str:
    """Return the text of a UTF-8 file, with or without a byte order mark."""
    try:
        with open(path, "rb", opener=regular_file) as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        _refuse("file", path.name, f"the path of a readable file: {error.strerror}")
    except ValueError:  # a NUL in it
        _refuse("file", "a text", "the path of a file")
    if len(content) > MAX_BYTES:
        _refuse(path.name, f"more than {MAX_BYTES:,} bytes", f"at most {MAX_BYTES:,} bytes")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        _refuse(path.name, "text in UTF-16", "UTF-8: save the file in this encoding")
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = f"the byte 0x{content[error.start]:02x}"
        _refuse(f"{path.name}, line {line}", byte, "UTF-8: save the file in this encoding")


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as it is written, with names that may occur twice."""


def _parse_json(text: str, name: str) -> ParsedFile:
    try:
        found = json.loads(text, object_pairs_hook=_Pairs, parse_constant=_finite_float, parse_float=_finite_float)
    except json.JSONDecodeError as error:
        _refuse(f"{name}, line {error.lineno}", error.doc[error.pos : error.pos + 20], f"JSON: {error.msg}")
    except ValueError as error:
        _refuse(name, str(error)[:80], "numbers that JSON allows")
    return ParsedFile(_unique_names(found, (), name), {})


def _finite_float(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(text)
    return number


def _unique_names(value: Any, place: Place, name: str) -> Any:
    if isinstance(value, _Pairs):
        unique: dict[str, Any] = {}
        for key, item in value:
            if key in unique:
                _refuse(f"{name}, {'.'.join((*place, key))}", "a name that occurs twice", "each name once")
            unique[key] = _unique_names(item, (*place, key), name)
        return unique
    if isinstance(value, list):
        return [_unique_names(item, (*place, str(number)), name) for number, item in enumerate(value)]
    return value


def _parse_yaml(text: str, name: str) -> ParsedFile:
    yaml = optional("yaml", "yaml")
    try:
        root = yaml.compose(text, Loader=_loader())
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        _refuse(f"{name}, line {line}", f"the character 0x{error.character:02x}", "printable text")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        content = next(iter(text.splitlines()[line - 1 : line]), "").strip()
        allowed = f"YAML: {error.problem or error.context}"
        if "'\\t'" in allowed:
            allowed = "spaces instead of a tab: YAML is indented with spaces"
        elif "expected a single document" in str(error.context):
            allowed = "one document: no second ---"
        _refuse(f"{name}, line {line}", content, allowed)
    if root is None:
        _refuse(name, "an empty file", "an object: names with values")
    if _count_values(root, {}, name) > MAX_VALUES:
        _refuse(name, f"more than {MAX_VALUES:,} values, with anchors expanded", f"at most {MAX_VALUES:,}")
    lines: dict[Place, int] = {}
    return ParsedFile(_NodeReader(name, lines).value(root, ()), lines)


@functools.cache
def _loader() -> Any:
    """Return a loader that knows the literals of JSON only: a date is text, and so are `no`, 012 and 1:30."""
    loader: Any = type("Loader", (optional("yaml", "yaml").SafeLoader,), {"yaml_implicit_resolvers": {}})
    number = r"-?(?:0|[1-9][0-9]*)"
    for kind, pattern, first in (
        ("int", number, "-0123456789"),
        ("float", rf"{number}\.[0-9]+(?:[eE][-+]?[0-9]+)?", "-0123456789"),
        ("bool", "true|True|TRUE|false|False|FALSE", "tTfF"),
        ("null", "~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("merge", "<<", "<"),
    ):
        loader.add_implicit_resolver(_TAG + kind, re.compile(rf"(?:{pattern})\Z"), first)
    return loader


def _count_values(node: Node, counts: dict[int, int], name: str) -> int:
    """Return how many values a node holds, each as often as anchors repeat it. Refuse a node within itself."""
    key = id(node)
    if counts.get(key) == 0:
        _refuse(f"{name}, line {node.start_mark.line + 1}", "an anchor within itself", "values that end")
    if key not in counts:
        counts[key] = 0
        items = node.value if isinstance(node.value, list) else ()
        children = (child for item in items for child in (item if isinstance(item, tuple) else (item,)))
        counts[key] = 1 + sum(_count_values(child, counts, name) for child in children)
    return counts[key]


class _NodeReader:
    """Turns YAML's nodes into data, and notes their lines."""

    def __init__(self, name: str, lines: dict[Place, int]) -> None:
        self.name = name
        self.lines = lines

    def value(self, node: Node, place: Place) -> Any:
        self.lines.setdefault(place, node.start_mark.line + 1)
        kind = node.tag.removeprefix(_TAG)
        if kind not in ("map", "seq", *_SCALARS):
            self._refuse(node, node.tag, "a value without a tag")
        is_text = isinstance(node.value, str)
        try:
            if is_text == (kind in ("map", "seq")):
                raise TypeError(kind)
            if kind == "map":
                return self.mapping(node, place)
            if kind == "seq":
                return [self.value(item, (*place, str(number))) for number, item in enumerate(node.value)]
            return _SCALARS[kind](node.value)
        except (ValueError, TypeError, KeyError):
            self._refuse(node, node.value if is_text else node.tag, f"a value of type !!{kind}")

    def _refuse(self, node: Node, given: object, allowed: str) -> NoReturn:
        _refuse(f"{self.name}, line {node.start_mark.line + 1}", given, allowed)

    def mapping(self, node: Node, place: Place) -> dict[str, Any]:
        data: dict[str, Any] = {}
        merged: list[Node] = []
        for key, value in node.value:
            if key.tag == f"{_TAG}merge":
                merged += value.value if value.tag == f"{_TAG}seq" else [value]
                continue
            if key.tag != f"{_TAG}str":
                self._refuse(key, key.value if isinstance(key.value, str) else "a list or object", "a name")
            if key.value in data:
                self._refuse(key, f"{key.value} a second time", "each name once")
            self.lines.setdefault((*place, key.value), key.start_mark.line + 1)
            data[key.value] = self.value(value, (*place, key.value))
        for base in merged:
            if base.tag != f"{_TAG}map":
                self._refuse(base, "<<", "an object to take values from")
            data = {**self.mapping(base, place), **data}
        return data


_SCALARS: Mapping[str, Callable[[str], Any]] = {
    "str": str,
    "int": int,
    "float": _finite_float,
    "bool": lambda text: {"true": True, "false": False}[text.lower()],
    "null": lambda _text: None,
}
