"""Ad previews. https://developers.facebook.com/docs/marketing-api/generatepreview"""

from __future__ import annotations

from admonster_fb.models._node import Node


class AdPreview(Node):
    """A preview: HTML with one iframe whose address expires after a day."""

    body: str | None = None
