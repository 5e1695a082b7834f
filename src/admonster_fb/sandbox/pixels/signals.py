"""The events that pixels received by the Conversions API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from admonster_fb.sandbox.pixels.constants import SAME_WITHIN

Event = dict[str, Any]


class Signals:
    """Events by pixel, as they came, and when the last of each name and id did."""

    def __init__(self) -> None:
        self.events: dict[str, list[Event]] = {}
        self._seen: dict[tuple[str, str, str], datetime] = {}

    def take(self, pixel_id: str, event: Event, now: datetime, test_code: str | None) -> None:
        """Keep an event; one that came before is marked (Meta's page "Deduplicate Pixel and Server Events")."""
        kept = dict(event)
        if test_code:
            kept["test_event_code"] = test_code
        if event.get("event_id"):
            key = (pixel_id, str(event["event_name"]), str(event["event_id"]))
            first = self._seen.get(key)
            if first is not None and now - first <= SAME_WITHIN:
                kept["duplicate"] = True
            else:
                self._seen[key] = now
        self.events.setdefault(pixel_id, []).append(kept)

    def counted(self, pixel_id: str) -> list[Event]:
        """Return the events of a pixel that count: each customer action once."""
        return [event for event in self.events.get(pixel_id, []) if "duplicate" not in event]

    def dump(self) -> dict[str, Any]:
        """Return everything as JSON-ready data."""
        return {"events": self.events, "seen": [[*key, moment.isoformat()] for key, moment in self._seen.items()]}

    def load(self, dumped: dict[str, Any]) -> None:
        """Replace everything by what `dump` returned."""
        self.events = dumped["events"]
        self._seen = {(row[0], row[1], row[2]): datetime.fromisoformat(row[3]) for row in dumped["seen"]}
