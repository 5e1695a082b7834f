"""`docs/oauth-setup.md`: its tables say what the library says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from admonster_fb.auth.login import DIALOG_ERRORS
from admonster_fb.auth.scopes import SCOPES
from admonster_fb.auth.token_manager import ENDED
from admonster_fb.bot.registry import registry
from admonster_fb.error_atlas import Entry, entries

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "oauth-setup.md").read_text("utf-8")
TOLD = {3, 10, 15, 31, 200, 210, 270, 283, 294, 368, 415, 900, 102, 104, 190, 191, 457}
"""Codes of the table; of the rest of the atlas it has what ends or blocks a sign-in."""
SUBCODES = {458, 459, 460, 463, 464, 466, 467, 490, 36007, 36008, 36009, 1885183, 3858385}


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _numbers(entry: Entry) -> str:
    return f"{entry.code}" if entry.subcode is None else f"{entry.code or 'any'}/{entry.subcode}"


def atlas() -> Iterator[str]:
    """Yield the rows of Meta's numbers."""
    for entry in entries():
        if (entry.subcode is None and entry.code in TOLD) or (entry.code is None and entry.subcode in SUBCODES):
            yield _row(_numbers(entry), f"`{entry.error}`", entry.cause, entry.advice)


def dialog() -> Iterator[str]:
    """Yield the rows of what the dialog says."""
    by_words: dict[tuple[str, str], list[str]] = {}
    for name, (words, advice, _) in DIALOG_ERRORS.items():
        by_words.setdefault((words, advice), []).append(f"`{name}`")
    for (words, advice), names in by_words.items():
        yield _row(", ".join(names), words, advice)


def test_oauth_page_has_each_error_with_the_text_of_the_library() -> None:
    lines = {*PAGE.splitlines()}
    assert [row for row in (*atlas(), *dialog()) if row not in lines] == []


def test_oauth_page_explains_each_scope() -> None:
    assert [scope for scope in SCOPES if f"\n| `{scope}` |" not in PAGE] == []


def test_the_page_names_every_variable_of_signing_in() -> None:
    named = "CLIENT_ID CLIENT_SECRET REDIRECT_URI CONFIG_ID SCOPES TOKEN_STORE TOKEN_KEY TOKEN_NAME ACCESS_TOKEN"
    example = (ROOT / ".env.example").read_text("utf-8")
    for name in (f"FACEBOOK_{each}" for each in named.split()):
        assert f"| `{name}` |" in PAGE
        assert f"\n{name}=" in example


OURS = [
    line.split(" | ")[0] for line in PAGE.partition("From this library:")[2].partition("From Meta")[0].splitlines()[4:]
]
SOURCE = "".join(file.read_text("utf-8") for file in (ROOT / "src" / "admonster_fb").rglob("*.py"))


def test_oauth_page_quotes_texts_that_the_library_has() -> None:
    texts = [text for row in OURS for text in re.findall("`([^`]+)`", row)]
    assert texts
    assert [text for text in texts if text not in SOURCE] == []


def test_the_page_tells_which_answers_end_a_token() -> None:
    told = " ".join(PAGE.split())
    assert f"of these {', '.join(map(str, sorted(ENDED)[:-1]))} and {max(ENDED)} also take the token out" in told


def test_the_links_of_the_page_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", PAGE)
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
    assert "reference/scopes.md" in links


def test_no_place_was_left_to_be_filled() -> None:
    assert not [line for line in PAGE.splitlines() if line.isalpha() and line.isupper()]


def test_the_op_is_on_the_page() -> None:
    assert "connect" in registry()
    assert 'op="connect"' in PAGE or '"op": "connect"' in PAGE
