"""A bot with a scripted model: several conversations at once, each through the one tool."""

import asyncio
import json
import re
from typing import Any

from _connect import confirm, connect

from admonster_fb.bot import FacebookTool

# What the model thinks and calls, turn by turn; {id} is the last campaign that it was told of.
SCRIPT: list[tuple[str, dict[str, Any]]] = [
    ("Which accounts are there?", {"op": "list_ad_accounts"}),
    ("A campaign for {name}, 20 a day.", {
        "op": "create_campaign",
        "args": {"name": "{name}", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": [], "daily_budget": 2000},
    }),
    ("Has it delivered yet?", {"op": "get_insights", "campaign_id": "{id}", "args": {"days": 7}}),
    ("And the account as a whole?", {"op": "get_insights", "args": {"days": 7}}),
    ("Pause it all the same.", {"op": "update_campaign", "args": {"campaign_id": "{id}", "status": "PAUSED"}}),
    ("Is it paused?", {"op": "get_campaign", "args": {"campaign_id": "{id}", "fields": ["name", "status"]}}),
]  # fmt: skip


def filled(value: Any, known: dict[str, str]) -> Any:
    """Put what is known by now into a scripted call."""
    text = json.dumps(value)
    for name, found in known.items():
        text = text.replace(f"{{{name}}}", found)
    return json.loads(text)


async def conversation(tool: FacebookTool, name: str) -> str:
    """Play the script for one advertiser and return the transcript."""
    known, lines = {"name": name}, [f"=== {name}"]
    for thought, call in SCRIPT:
        arguments = filled(call, known)
        result = await tool.acall(arguments)
        if found := re.search(r"Campaign ID: (\d+)", result.text):
            known["id"] = found[1]
        lines += [f"model: {filled(thought, known)}", f"  facebook({json.dumps(arguments)})"]
        lines += [f"  | {line}" for line in result.text.splitlines()[:6]]
    return "\n".join(lines)


async def main() -> None:
    """Hold three conversations at once."""
    with connect() as fb:
        tool = FacebookTool(fb)
        names = ("Autumn shoes", "Winter coats", "Spring hats")
        confirm(fb, *(f"create the campaign {name}, PAUSED, 20.00 a day" for name in names))
        for transcript in await asyncio.gather(*(conversation(tool, name) for name in names)):
            print(transcript, end="\n\n")


asyncio.run(main())
