"""Write the tables of `docs/diagnose.md` (causes, broken deliveries of the sandbox) and the transcripts of three pages.

python docs/build_diagnosis.py
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from admonster_fb import FacebookAds
from admonster_fb.analysis.diagnosis import CAUSES
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import png

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent / "tests" / "helpers"))
PAGE = DOCS / "diagnose.md"


def causes() -> str:
    """Return the table of causes."""
    rows = [
        f"| {cause.stage} | `{cause.code}` | {cause.effect} | {cause.meaning} | {cause.cure} |"
        for cause in CAUSES.values()
    ]
    return "\n".join(["| looked for in | cause | effect | meaning | cure |", "|---|---|---|---|---|", *rows])


def broken() -> str:
    """Return what a diagnosis of the account names of each broken delivery, the first cause first."""
    from broken_deliveries import CASES, diagnosed

    rows, right = [], 0
    for names, expected in CASES.items():
        found = [problem.cause.code for problem in diagnosed(*names).problems]
        right += found[:1] == [expected]
        rows.append(f"| {' + '.join(names)} | `{expected}` | {', '.join(f'`{code}`' for code in found)} |")
    head = f"{right} of {len(rows)} name the cause first.\n\n| broken | first cause | found |\n|---|---|---|"
    return "\n".join([head, *rows])


Step = tuple[str, Callable[[str], dict[str, Any]]]
"""An op, and its arguments from the text before, as a model reads it."""


def matched(pattern: str, text: str) -> str:
    """Return the first group of a pattern in a text."""
    found = re.search(pattern, text)
    assert found is not None, (pattern, text)
    return found[1]


STOPPED: tuple[Step, ...] = (
    ("help", lambda _: {"query": "why did my ads stop"}),
    ("diagnose", lambda _: {}),
    ("update_campaign", lambda text: {"campaign_id": matched(r'"campaign_id": "(\d+)"', text), "status": "ACTIVE"}),
    ("apply", lambda text: {"plan_id": matched(r"(plan_[0-9a-f]+)", text)}),
)
BOOST: tuple[Step, ...] = (
    ("help", lambda _: {"query": "boost my best post of last week"}),
    ("list_posts", lambda _: {"days": 7}),
    ("boost_post", lambda _: {"post": "best", "daily_budget": "10.00 USD", "days": 5, "places": ["US"]}),
    ("apply", lambda text: {"plan_id": matched(r"(plan_[0-9a-f]+)", text)}),
    ("activate_campaign", lambda text: {"campaign_id": matched(r"Campaign ID: (\d+)", text)}),
    ("apply", lambda text: {"plan_id": matched(r"(plan_[0-9a-f]+)", text)}),
)

FORM = {
    "name": "Driving school",
    "questions": ["full name", "phone", {"label": "Which course?", "options": ["Car", "Motorbike"]}],
    "privacy_policy": "https://school.example/privacy",
}
LEADS: tuple[Step, ...] = (
    ("help", lambda _: {"query": "collect leads for my driving school, 10 a day"}),
    ("help", lambda _: {"op": "launch_campaign"}),
    ("list_pages", lambda _: {}),
    ("launch_campaign", lambda text: leads_launch(matched(r"ID: (\d+)", text))),
    ("apply", lambda text: {"plan_id": matched(r"(plan_[0-9a-f]+)", text)}),
    ("activate_campaign", lambda text: {"campaign_id": matched(r"Campaign ID: (\d+)", text)}),
    ("apply", lambda text: {"plan_id": matched(r"(plan_[0-9a-f]+)", text)}),
    ("sync_leads", lambda _: {"store": "leads.csv"}),
)


def leads_launch(page_id: str) -> dict[str, Any]:
    """Return the launch that a model makes of the ask and the help."""
    creative = {"page_id": page_id, "message": "Learn to drive", "image": "car", "form": "main"}
    adset: dict[str, Any] = {"name": "US", "daily_budget": "10.00 USD"}
    adset |= {"targeting": {"geo_locations": {"countries": ["US"]}}, "ads": [{"name": "Car", "creative": creative}]}
    campaign = {"name": "Driving school", "special_ad_categories": []}
    made = {"preset": "leads_form", "images": {"car": "car.png"}, "forms": {"main": FORM}}
    return {**made, "campaign": campaign, "adsets": [adset]}


def transcript(fb: FacebookAds, steps: Sequence[Step], files: Path | None = None) -> str:
    """Return calls of the tool with their texts. IDs of plans and launches are drawn, so they are numbered."""
    tool, text, lines, known = FacebookTool(fb, files=files), "", [], dict[str, str]()
    for op, arguments in steps:
        args = arguments(text)
        result = tool.call({"op": op, "args": args})
        assert result.ok, result.text
        text = result.text.replace(f"{files}/", "")
        lines += [f"> facebook(op={json.dumps(op)}, args={json.dumps(args)})", text, ""]

    def numbered(found: re.Match[str]) -> str:
        return known.setdefault(found[0], f"{found[1]}_{len(known) + 1}")

    return "```text\n" + re.sub(r"(plan|launch)_[0-9a-f]{12,}", numbered, "\n".join(lines)).rstrip() + "\n```"


def pages() -> dict[Path, str]:
    """Return the pages with what belongs between their marks."""
    from broken_deliveries import broken as sandbox_with

    stopped = transcript(sandbox_with("campaign-paused")[1], STOPPED)
    found = {PAGE: replaced(PAGE, {"transcript": stopped, "causes": causes(), "broken": broken()})}
    for name, steps in (("boost.md", BOOST), ("leads.md", LEADS)):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "car.png").write_bytes(png())
            part = transcript(FacebookAds.sandbox(), steps, Path(folder))
        found[DOCS / name] = replaced(DOCS / name, {"transcript": part})
    return found


def replaced(page: Path, parts: dict[str, str]) -> str:
    """Return a page with other parts between its marks."""
    text = page.read_text("utf-8")
    for name, part in parts.items():
        head, _, rest = text.partition(f"<!-- {name} -->\n")
        text = f"{head}<!-- {name} -->\n{part}\n<!-- end -->{rest.partition('<!-- end -->')[2]}"
    return text


if __name__ == "__main__":
    for page, text in pages().items():
        page.write_text(text, "utf-8")
