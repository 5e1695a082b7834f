"""Businesses. https://developers.facebook.com/docs/marketing-api/reference/business"""

from __future__ import annotations

from admonster_fb.models._node import Node


class Business(Node):
    """A business that owns or uses ad accounts."""

    id: str = ""
    name: str | None = None
