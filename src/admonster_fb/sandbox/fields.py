"""The `fields` language: `id,name,adsets.limit(5){id,ads{name}}.as(sets)`, read into selections."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from admonster_fb.sandbox.errors import GraphError

_NAME = re.compile(r"[A-Za-z_]\w*")
_SPACE = re.compile(r"\s*")
_OPENERS = {"(": ")", "[": "]", "{": "}"}


@dataclass(slots=True)
class Selection:
    """One requested field: its modifiers (`.limit(5)`), its alias and the fields requested of its object."""

    name: str
    modifiers: dict[str, str] = field(default_factory=dict)
    children: list[Selection] | None = None
    inner: str = ""
    """The text of the children, as it was sent."""

    @property
    def key(self) -> str:
        """Return the key of the answer."""
        return self.modifiers.get("as", self.name)


def parse(text: str) -> list[Selection]:
    """Return the selections of a `fields` text, or raise Meta's 2500."""
    parser = _Parser(text)
    selections = parser.selections("")
    if parser.position < len(text):
        raise parser.error("end of string")
    return selections


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.position = text, 0

    def error(self, expected: str) -> GraphError:
        found = self.text[self.position : self.position + 1] or "end of string"
        message = f'Syntax error "Expected {expected} instead of "{found}"." at character {self.position}: {self.text}'
        return GraphError(2500, message=message)

    def selections(self, closing: str) -> list[Selection]:
        found: list[Selection] = []
        while not self._at(closing):
            found.append(self.selection())
            if not self._take(","):
                break
        return found

    def selection(self) -> Selection:
        selection = Selection(self._name())
        self._read_modifiers(selection)
        if self._take("{"):
            start = self.position
            selection.children = self.selections("}")
            selection.inner = self.text[start : self.position]
            self._expect("}")
            self._read_modifiers(selection)
        return selection

    def _read_modifiers(self, selection: Selection) -> None:
        while self._take("."):
            modifier = self._name()
            self._expect("(")
            selection.modifiers[modifier] = self._argument()

    def _argument(self) -> str:
        """Return the text up to the closing parenthesis, minding nesting and quotes."""
        start, stack, quote = self.position, [")"], ""
        for position, char in enumerate(self.text[start:], start):
            if quote:
                quote = "" if char == quote else quote
            elif char in "'\"":
                quote = char
            elif char in _OPENERS:
                stack.append(_OPENERS[char])
            elif char == stack[-1]:
                stack.pop()
            if not stack:
                self.position = position + 1
                return self.text[start:position]
        self.position = len(self.text)
        raise self.error('")"')

    def _name(self) -> str:
        self._skip()
        match = _NAME.match(self.text, self.position)
        if match is None:
            raise self.error("end of string" if self.position else "field name")
        self.position = match.end()
        return match[0]

    def _at(self, closing: str) -> bool:
        self._skip()
        return self.position >= len(self.text) or (closing != "" and self.text.startswith(closing, self.position))

    def _take(self, token: str) -> bool:
        self._skip()
        if self.text.startswith(token, self.position):
            self.position += 1
            return True
        return False

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise self.error(f'"{token}"')

    def _skip(self) -> None:
        match = _SPACE.match(self.text, self.position)
        self.position = match.end() if match else self.position
