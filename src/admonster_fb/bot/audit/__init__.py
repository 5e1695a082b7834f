"""The audit: what was written, when, for whom and with what outcome, in a file whose lines vouch for each other."""

from admonster_fb.bot.audit.log import AuditLog
from admonster_fb.bot.audit.verify import Verified, verify

__all__ = ["AuditLog", "Verified", "verify"]
