"""What importing costs, as a ratio to importing Meta's SDK and pydantic: python benchmarks/import_time.py [ROUNDS]."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

BASE = "import facebook_business.api, pydantic"
OURS = ("import admonster_fb", "from admonster_fb import FacebookAds")
LIMIT = 1.15
"""What `import admonster_fb` may cost at most, as a ratio to the base."""
USED = "import facebook_business.api; from pydantic import BaseModel; type('M', (BaseModel,), {})"
"""The base once pydantic, which loads lazily, is really used: what any program with a model pays."""


def seconds(statement: str) -> float:
    """Run a statement in a fresh interpreter."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - began


def medians(rounds: int) -> dict[str, float]:
    """Return the median of each statement, all taken in turns so that a slow moment hits each alike."""
    statements = ("pass", BASE, USED, *OURS)
    times = [{statement: seconds(statement) for statement in statements} for _ in range(rounds + 1)][1:]
    return {statement: statistics.median(each[statement] for each in times) for statement in statements}


def ratio(taken: dict[str, float], statement: str, base: str) -> float:
    """Return the ratio of two statements, without the interpreter's own start."""
    return (taken[statement] - taken["pass"]) / (taken[base] - taken["pass"])


if __name__ == "__main__":
    taken = medians(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
    for statement in (BASE, USED, *OURS):
        print(f"{(taken[statement] - taken['pass']) * 1000:7.1f} ms  {statement}")
    for statement in OURS:
        print(f"{ratio(taken, statement, BASE):7.2f} x base, {ratio(taken, statement, USED):.2f} x used: {statement}")
    sys.exit(ratio(taken, OURS[0], BASE) > LIMIT)
