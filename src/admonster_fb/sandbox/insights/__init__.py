"""Insights: delivery that accrues with time, and reports on it in the shape of Meta's."""

from __future__ import annotations

from admonster_fb.sandbox.insights.delivery import advance, settle
from admonster_fb.sandbox.insights.query import Report, check, place, query

__all__ = ["Report", "advance", "check", "place", "query", "settle"]
