"""Media before an upload: fetched from public addresses only, and inspected."""

from __future__ import annotations

from admonster_fb.media.image import ImageFacts, check_size, inspect_image
from admonster_fb.media.web import check_url, fetch

__all__ = ["ImageFacts", "check_size", "check_url", "fetch", "inspect_image"]
