"""Make `recordings/` of a whole collection: `python tests/contract/select_recordings.py COLLECTION`.

A collection has a folder per kind and a file per recording: `{"source", "response": {"status", "headers", "body"}, …}`.
Of a long list the rows stay that show a key, or a type of a value, that no row before them shows; long texts are cut.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "recordings"
WHOLE = ("batch", "errors")  # JSON within texts, which must not be cut
LONGEST = 120
SHORTEST_LIST = 3
HEADERS = ("usage", "version", "throttle", "trace", "www-authenticate", "retry")
CATALOG = ("code", "error_subcode", "message", "error_user_title", "error_user_msg", "is_transient", "error_data")


def shape(value: Any) -> Iterator[tuple[str, str]]:
    """Yield each path within a value with the type that stands there."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from ((f".{name}{path}", kind) for path, kind in shape(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from ((f"[]{path}", kind) for path, kind in shape(inner))
    yield "", type(value).__name__


def selected(rows: list[Any]) -> list[Any]:
    """Return the first rows, and those after them that show something new."""
    seen: set[tuple[str, str]] = set()
    chosen = []
    for number, row in enumerate(rows):
        new = set(shape(row)) - seen
        if new or number < SHORTEST_LIST:
            seen |= new
            chosen.append(row)
    return chosen


def shortened(value: Any) -> Any:
    """Return a body with its pages of objects (`data`) selected and long texts cut."""
    if isinstance(value, dict):
        rows = {"data": selected(value["data"])} if isinstance(value.get("data"), list) else {}
        return {name: shortened(inner) for name, inner in {**value, **rows}.items()}
    if isinstance(value, list):
        return [shortened(inner) for inner in value]
    if isinstance(value, str) and len(value) > LONGEST and value[:1] not in "{[<":
        return value[:LONGEST] + "…"
    return value


def recording(file: Path) -> dict[str, Any]:
    row = json.loads(file.read_text("utf-8"))
    response = row["response"]
    headers = response.get("headers") or {}
    if file.parent.name != "usage_headers":
        headers = {name: headers[name] for name in headers if any(part in name.lower() for part in HEADERS)}
    body = response.get("body")
    body = body if file.parent.name in WHOLE else shortened(body)
    response = {"status": response.get("status"), "headers": headers, "body": body}
    return {"name": file.stem, "source": row["source"], "response": response}


def catalog(file: Path) -> Iterator[dict[str, Any]]:
    renamed = {"error_subcode": "subcode", "error_user_title": "user_title", "error_user_msg": "user_msg"}
    for row in json.loads(file.read_text("utf-8")):
        error = {name: row[renamed.get(name, name)] for name in CATALOG}
        yield {"name": row["file"].rpartition("/")[2], "http_status": row["http_status"], "error": shortened(error)}


def write(name: str, rows: Iterator[dict[str, Any]]) -> None:
    lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows]
    (FOLDER / name).write_text("\n".join(lines) + "\n", "utf-8")


def main(collection: Path) -> None:
    for kind in sorted(folder for folder in (collection / "recordings").iterdir() if folder.is_dir()):
        write(f"{kind.name}.jsonl", (recording(file) for file in sorted(kind.glob("*.json"))))
    write("error_catalog.jsonl", catalog(collection / "error_catalog.json"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
