"""The tools and the help as the model sees them, in golden files: `python docs/build_reference.py` writes them anew."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.registry import registry

FOLDER = Path(__file__).parents[1] / "agent/golden"


def helps(folder: Path) -> dict[str, str]:
    """Return the answer of help to the list and to each op, of a tool with a folder for files and an audit log."""
    tool = FacebookTool(FacebookAds.sandbox(), files=folder, audit=folder / "audit.jsonl")
    texts = {"list": tool.call({"op": "help"}).text}
    return texts | {name: tool.call({"op": "help", "args": {"op": name}}).text for name in tool.ops}


def tools() -> str:
    """Return what an MCP client lists, of one tool and of three; all ops as tools are too many to read."""
    from admonster_fb.bot.mcp_server import offered

    tool = FacebookTool(FacebookAds.sandbox())
    listed = {
        layout: [each.model_dump(mode="json", by_alias=True, exclude_none=True) for each in offered(tool, layout)]
        for layout in ("one", "three")
    }
    return json.dumps(listed, indent=1, ensure_ascii=False) + "\n"


def pages(texts: dict[str, str]) -> dict[str, str]:
    """Return the content of the golden files: the list, and one page per group of ops."""
    found: dict[str, str] = {"tools.json": tools()}
    for name, text in texts.items():
        page = "list" if name == "list" else registry()[name].spec.group
        found[f"{page}.txt"] = found.get(f"{page}.txt", "") + text + "\n\n"
    return found


def write() -> None:
    """Write the golden files."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for title, content in pages(helps(Path(folder))).items():
            (FOLDER / title).write_text(content, encoding="utf-8")
