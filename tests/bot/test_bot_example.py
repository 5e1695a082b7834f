"""The bot example, run as its reader runs it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("copies")]

EXAMPLE = Path(__file__).parents[2] / "examples" / "admonster_bot.py"


def test_the_bot_example_holds_three_conversations(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("FACEBOOK_")}
    run = subprocess.run([sys.executable, EXAMPLE], capture_output=True, text=True, timeout=60, cwd=tmp_path, env=env)
    assert run.returncode == 0, run.stderr
    assert "ERROR" not in run.stdout
    conversations = run.stdout.split("=== ")[1:]
    ids = [set(re.findall(r"Campaign ID: (\d+)", conversation)) for conversation in conversations]
    assert [len(found) for found in ids] == [1, 1, 1]
    assert len(set.union(*ids)) == 3
    for conversation in conversations:
        assert re.search(r"\| Impressions: [1-9]", conversation)
        assert "| Status: PAUSED" in conversation
    assert len(EXAMPLE.read_text().splitlines()) < 60
