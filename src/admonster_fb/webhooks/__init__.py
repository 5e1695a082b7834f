"""Webhooks of Meta: verified, read as typed events, each once, and routed to your functions."""

from admonster_fb.webhooks.events import (
    AdIssue,
    CommentChanged,
    CreativeFatigue,
    Event,
    LeadCreated,
    ObjectProcessed,
    PermissionChanged,
    Recommendation,
    StatusChanged,
    SubscriptionFired,
    parse,
)
from admonster_fb.webhooks.receiver import Receiver, Reply, verify_challenge, verify_signature

__all__ = [
    "AdIssue",
    "CommentChanged",
    "CreativeFatigue",
    "Event",
    "LeadCreated",
    "ObjectProcessed",
    "PermissionChanged",
    "Receiver",
    "Recommendation",
    "Reply",
    "StatusChanged",
    "SubscriptionFired",
    "parse",
    "verify_challenge",
    "verify_signature",
]
