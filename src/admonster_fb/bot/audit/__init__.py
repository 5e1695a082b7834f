"""The audit log: every write with its time, user and outcome, in a hash-chained file; and undo."""

from admonster_fb.bot.audit.log import AuditLog, Verified, verify

__all__ = ["AuditLog", "Verified", "verify"]
