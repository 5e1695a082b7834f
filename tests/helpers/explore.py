"""How many examples a property tries.

`EXPLORE=5000 pytest -m slow tests/bot/test_fuzz.py` tries that many, other ones in each run.
"""

from __future__ import annotations

import os

EXPLORE = int(os.environ.get("EXPLORE", "0"))


def examples(number: int) -> int:
    """Return how many to try: `number`, the same ones in each run, unless `EXPLORE` says more."""
    return EXPLORE or number
