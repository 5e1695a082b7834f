"""A big video: through cut connections, in little memory, to a sandbox in another process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "video.py"


def test_300_mb_through_three_cuts_in_40_mb():
    told = subprocess.run([sys.executable, str(BENCHMARK), "300"], check=True, capture_output=True, text=True).stdout
    result = json.loads(told)
    assert result["whole"]
    assert result["cuts"] == {"Reset": 1, "LostResponse": 1, "Http(503)": 1}
    assert result["memory_grown_mb"] < 40
    assert 60 <= result["transfers"] <= 60 + 3
