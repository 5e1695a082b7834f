"""Media before it goes to Meta: fetched from public addresses only, and looked at."""

from __future__ import annotations

from admonster_fb.media.image import ImageFacts, check_size, inspect_image
from admonster_fb.media.web import check_url, fetch

__all__ = ["ImageFacts", "check_size", "check_url", "fetch", "inspect_image"]
