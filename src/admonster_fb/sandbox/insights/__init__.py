"""Insights: delivery that accrues with time, and reports on it in the shape of Meta's."""

from __future__ import annotations

from admonster_fb.sandbox.insights.delivery import advance
from admonster_fb.sandbox.insights.query import asked, query

__all__ = ["advance", "asked", "query"]
