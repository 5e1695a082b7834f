"""Changes Meta makes without a word: what was sent is not what is stored."""

from __future__ import annotations

from typing import Any


def normalise(kind: str, params: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters as Meta keeps them.

    The Messenger story placement disappears from targeting (since 27 October 2026).
    """
    targeting = params.get("targeting")
    if kind != "AdSet" or not isinstance(targeting, dict):
        return params
    positions = targeting.get("messenger_positions")
    if not isinstance(positions, list) or "story" not in positions:
        return params
    kept = [position for position in positions if position != "story"]
    rest = {name: value for name, value in targeting.items() if name != "messenger_positions"}
    return {**params, "targeting": {**rest, **({"messenger_positions": kept} if kept else {})}}
