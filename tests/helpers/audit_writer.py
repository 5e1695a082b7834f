"""What other processes write into an audit file: they import no more than it takes."""

from __future__ import annotations

from datetime import UTC, datetime

from admonster_fb.bot.audit import AuditLog
from admonster_fb.bot.plans.plan import WriteRecord
from admonster_fb.models.change import Change

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def write(log: AuditLog, number: int = 1) -> str:
    change = Change("campaigns", str(number), "Sale", {"daily_budget": 2000}, {"daily_budget": 1000})
    return log.write(WriteRecord(NOW, "model", "update_campaign", "act_1", {}, (change,)))
