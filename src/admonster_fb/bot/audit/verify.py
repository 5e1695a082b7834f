"""Whether an audit is as it was written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from admonster_fb.bot.audit.entry import FIRST, read


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found: how many entries there are, the hash of the last, and what is wrong, the first first."""

    entries: int
    head: str
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What looks odd but is explained: lines that a crash has cut."""

    @property
    def whole(self) -> bool:
        """Whether nothing is missing or changed."""
        return not self.problems


def verify(path: str | Path, head: str | None = None) -> Verified:
    """Read an audit whole and say whether a line is missing, edited, added or out of its place.

    `head` is a hash that was kept elsewhere: it must be that of one of the lines. Without it, lines cut from the end
    cannot be found, nor a file that somebody has written anew.

    >>> import tempfile
    >>> verify(Path(tempfile.mkdtemp()) / "none.jsonl").problems
    ('there is no such file',)
    """
    file = Path(path)
    if not file.is_file():
        return Verified(0, FIRST, ("there is no such file",))
    lines = file.read_bytes().split(b"\n")
    last = [] if lines[-1] == b"" else [f"line {len(lines)} is cut: a crash, or an edit"]
    problems, notes, hashes = [], [], [FIRST]
    for problem, excused, digest in _read(lines[:-1]):
        problems += [problem] if problem and not excused else []
        notes += [problem] if problem and excused else []
        hashes += [digest] if digest else []
    problems += last
    if head is not None and head not in hashes:
        problems.append(f"the line with the hash {head[:12]}… is missing: lines were cut, or the file written anew")
    return Verified(len(hashes) - 1, hashes[-1], tuple(problems), tuple(notes))


def _read(lines: list[bytes]) -> Iterator[tuple[str, bool, str]]:
    """Yield of each line what is wrong with it, whether a crash explains that, and its hash."""
    before, fragment = FIRST, b""
    for number, line in enumerate(lines, 1):
        found = read(line.decode("utf-8", "replace"))
        if found is None:
            fragment = line
            told = _next_cut(lines, number)
            excused = told == hashlib.sha256(line).hexdigest()
            yield f"line {number} {'was cut by a crash' if excused else 'is no entry, or was edited'}", excused, ""
            continue
        entry, prev, digest = found
        problem = "" if prev == before else f"line {number} does not follow the one before: one is missing or moved"
        if not problem and "cut" in entry and entry["cut"] != hashlib.sha256(fragment).hexdigest():
            problem = f"the line that a crash had cut before line {number} is missing or edited"
        yield problem, False, digest
        before, fragment = digest, b""


def _next_cut(lines: list[bytes], number: int) -> str | None:
    """Return the hash that the next line has of what a crash had cut."""
    found = read(lines[number].decode("utf-8", "replace")) if number < len(lines) else None
    return found[0].get("cut") if found else None
