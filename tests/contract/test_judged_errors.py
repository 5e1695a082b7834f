"""Every recorded error means to the library what a reader judged of it by hand (`judged_errors.txt`)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from recordings import FOLDER, error_catalog, recordings

from admonster_fb.errors import APIError, api_error

Numbers = tuple[str, str]
"""Code and subcode, `-` for none, and the HTTP status."""


def judged() -> dict[Numbers, list[str]]:
    lines = Path(__file__).with_name("judged_errors.txt").read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.split("|")] for line in lines if not line.startswith("#")]
    return {(row[0].split()[0], row[0].split()[1]): row[1:] for row in rows}


def answers() -> Iterator[tuple[str, Any, int | None]]:
    """Yield each recorded error: its name, the value of `error`, and the HTTP status."""
    for kind in sorted(file.stem for file in FOLDER.glob("*.jsonl") if file.stem != "error_catalog"):
        for name, recording in recordings(kind).items():
            if isinstance(recording.body, dict) and "error" in recording.body:
                yield f"{kind}/{name}", recording.body["error"], recording.status_code
    for row in error_catalog():
        yield f"catalog/{row['name']}", row["error"], row["http_status"]


def verdict(error: APIError) -> list[str]:
    return [type(error).__name__, error.who, error.retry, "yes" if error.definite else "no"]


def test_each_recorded_error_is_judged_as_by_hand() -> None:
    rows, wrong, used, count = judged(), [], set(), 0
    for name, raw, status in answers():
        error = api_error(raw, http_status=status or 400, request="POST it")
        key = (f"{error.code or '-'}/{error.error_subcode or '-'}", str(status or 400))
        if "reduce the amount of data" in error.message:
            key = (key[0], "reduce")
        key = key if key in rows else (key[0], "-")
        used.add(key)
        count += 1
        if rows.get(key) != verdict(error):
            wrong.append(f"{name} {key}: {verdict(error)}, by hand {rows.get(key)}")
    assert wrong == []
    assert (
        count == 188 + 155
    )  # of 194 recordings three are HTML pages, two are parts of a batch, one stands in a report


def test_the_errors_of_other_programs_are_judged_as_by_hand() -> None:
    for (numbers, status), row in judged().items():
        if status == "reduce":  # known by its words
            continue
        code, subcode = (None if part == "-" else int(part) for part in numbers.split("/"))
        raw = {"code": code, "error_subcode": subcode, "message": "x"}
        error = api_error(raw, http_status=int(status) if status != "-" else 400, request="POST it")
        if code is not None:
            assert verdict(error) == row, (numbers, status)


def test_code_100_shows_metas_words_and_blames_nobody_unless_meta_does() -> None:
    for name, raw, status in answers():
        if not isinstance(raw, dict) or (raw.get("code"), raw.get("error_subcode")) != (100, None):
            continue
        error = api_error(raw, http_status=status or 400, request="POST it")
        assert error.who == ("model" if error.blame_field_specs else "code"), name
        assert " ".join(str(raw["message"]).split())[:100].rstrip(".") in str(error), name
    blamed = {"code": 100, "message": "x", "error_data": json.dumps({"blame_field_specs": [["targeting"]]})}
    assert api_error(blamed, http_status=400, request="POST it").who == "model"
