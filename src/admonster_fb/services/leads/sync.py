"""Leads kept up to date in a file: none lost, none twice, whenever the process dies and however pages shift.

A source (a form or an ad) is read in rounds, newest lead first, from where all leads are stored (`done`, minus
`OVERLAP`: Meta may show a lead late). Each page is stored with how far the round has come (`low`): there the next run
goes on. A round of several pages may miss leads: rows that appear or go while it reads shift the pages. So a source is
done when a whole round, read without a break, has found no lead that was there before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from admonster_fb.errors import FacebookAdsError
from admonster_fb.models.leadgen import RETENTION_DAYS, Lead
from admonster_fb.services.leads.stores import LeadStore, row_of
from admonster_fb.transport.paging import Edge

OVERLAP = 6 * 3600
"""Seconds that are read again behind the newest stored lead."""
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
        warnings = [*self._expired(state.get("done") or since)]
        floor = max(0, state["done"] - OVERLAP) if state.get("done") else since
        for _ in range(MOST_ROUNDS):
            resumed, state["top"] = state.get("low"), state.get("top") or int(self.now.timestamp())
            pages, missed = self._round(state, floor, resumed)
            if resumed is None and (pages < 2 or not missed):
                break
        else:
            raise FacebookAdsError(
                f"the leads of {self.source} keep moving while they are read",
                advice="What was read is stored. Sync again later.",
                retryable=True,
            )
        state |= {"done": max(state.get("newest") or 0, state.get("done") or 0) or None}
        state.pop("top")
        self.store.add([])
        return warnings

    def _round(self, state: dict[str, Any], floor: int | None, low: int | None) -> tuple[int, int]:
        """Read one round, and return the number of its pages and of new leads that were there before the sync."""
        pages = missed = 0
        times: list[int] = []
        ordered = True
        for page in self.read(floor, None if low is None else low + 1).pages():
            pages += 1
            times = [*times[-1:], *map(_unix, page.data)]
            ordered = ordered and times == sorted(times, reverse=True)
            new = self._unknown(page.data)
            missed += sum(_unix(lead) < state["top"] for lead in new)
            state["low"] = times[-1] if ordered and times and page.next else None
            state["newest"] = max([state.get("newest") or 0, *times])
            self.store.add([row_of(lead) for lead in new])
            self.new += len(new)
            if self.progress:
                self.progress(self.new)
        state["low"] = None
        return pages, missed

    def _unknown(self, leads: Sequence[Lead]) -> list[Lead]:
        """Return the leads of a page that are not stored, each once, oldest first."""
        by_id = {lead.id: lead for lead in leads if lead.id}
        unknown = self.store.unknown([*by_id]) if by_id else set()
        return [lead for lead in reversed(by_id.values()) if lead.id in unknown]

    def _expired(self, since: int | None) -> Iterator[str]:
        kept = self.now - timedelta(days=RETENTION_DAYS)
        if since is not None and since < kept.timestamp():
            begin = datetime.fromtimestamp(since, UTC)
            yield (
                f"{self.source}: leads from {begin:%Y-%m-%d} to {kept:%Y-%m-%d} that are not stored yet are gone: "
                f"Meta keeps leads for {RETENTION_DAYS} days"
            )


def _unix(lead: Lead) -> int:
    return int(lead.created_time.timestamp()) if lead.created_time else 0


def newest(store: LeadStore, sources: Iterable[str]) -> datetime | None:
    """Return the time of the newest lead that was read of sources."""
    times = [state.get("newest") or 0 for name, state in store.journal.items() if name in sources]
    return datetime.fromtimestamp(max(times), UTC) if any(times) else None
