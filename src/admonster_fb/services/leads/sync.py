"""Leads kept up to date in a file: none lost, none twice, whenever the process dies and however pages shift.

A source (a form or an ad) is read newest lead first, down to where all leads are stored (`done`, minus `OVERLAP`: Meta
may show a lead late). Each page is stored with the time of its last lead (`low`), and the next request begins at that
second: leads that come or go meanwhile shift positions, not times. There the next run goes on, too, and then reads what
came after the one before it began. Only within one second, or if the order is another, pages are followed by their
cursors: then whole rounds are read until one finds no lead that was there before the sync.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from admonster_fb.errors import FacebookAdsError
from admonster_fb.models.leadgen import RETENTION_DAYS, Lead
from admonster_fb.services.leads.stores import LeadStore, row_of
from admonster_fb.transport.paging import Edge

OVERLAP = 6 * 3600  # seconds that are read again behind the newest stored lead
MOST_ROUNDS = 6
Progress = Callable[[int], None]
Read = Callable[[int | None, int | None], Edge[Lead]]
"""Returns the leads of a source from one unix second to another; `None` for no end."""


@dataclass
class SourceSync:
    """The sync of one source into an open store."""

    store: LeadStore
    source: str
    read: Read
    now: datetime
    progress: Progress | None = None
    new: int = 0

    def run(self, since: int | None) -> list[str]:
        """Read what the store lacks, and return warnings."""
        state = self.store.journal.setdefault(self.source, {})
        resumed, warnings = "top" in state, list[str]()
        begin, kept = state.get("done") or since, self.now - timedelta(days=RETENTION_DAYS)
        if begin is not None and begin < kept.timestamp():
            days = f"{datetime.fromtimestamp(begin, UTC):%Y-%m-%d} to {kept:%Y-%m-%d}"
            why = f"are gone: Meta keeps leads for {RETENTION_DAYS} days"
            warnings.append(f"{self.source}: leads from {days} that are not stored yet {why}")
        floor = max(0, state["done"] - OVERLAP) if state.get("done") else since
        state["top"] = state.get("top") or int(self.now.timestamp())
        for _ in range(MOST_ROUNDS):
            whole = state.get("low") is None
            missed = self._round(state, floor)
            if state["exact"] or (whole and not missed):
                break
        else:
            message = f"the leads of {self.source} keep moving while they are read"
            raise FacebookAdsError(message, advice="What was read is stored. Sync again later.", retryable=True)
        state |= {"done": max(state.get("newest") or 0, state.get("done") or 0) or None}
        del state["top"], state["exact"]
        self.store.add([])
        return warnings + (self.run(since) if resumed else [])

    def _round(self, state: dict[str, Any], floor: int | None) -> int:
        """Read down to `floor`, and return the number of new leads that were there before."""
        missed, ordered, more = 0, True, True
        until = None if state.get("low") is None else state["low"] + 1
        state["exact"] = until is None or state.get("exact", False)
        while more:
            more = False
            for number, page in enumerate(self.read(floor, until).pages()):
                state["exact"] = state["exact"] and number == 0
                times = [*map(_unix, page.data)]
                ordered = ordered and times == sorted(times, reverse=True)
                by_id = {lead.id: lead for lead in page.data if lead.id}
                unknown = self.store.unknown([*by_id]) if by_id else set()
                new = [lead for lead in reversed(by_id.values()) if lead.id in unknown]  # oldest first
                missed += sum(_unix(lead) < state["top"] for lead in new)
                more = ordered and bool(times) and bool(page.next) and (until is None or times[-1] + 1 < until)
                state["low"] = times[-1] if more else state.get("low")
                state["newest"] = max([state.get("newest") or 0, *times])
                self.store.add([row_of(lead) for lead in new])
                self.new += len(new)
                if self.progress:
                    self.progress(self.new)
                if more:
                    until = times[-1] + 1
                    break
        state["low"] = None
        return missed


def _unix(lead: Lead) -> int:
    return int(lead.created_time.timestamp()) if lead.created_time else 0


def newest(store: LeadStore, sources: Iterable[str]) -> datetime | None:
    """Return the time of the newest lead that was read of sources."""
    times = [state.get("newest") or 0 for name, state in store.journal.items() if name in sources]
    return datetime.fromtimestamp(max(times), UTC) if any(times) else None
