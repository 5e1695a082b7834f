"""Media before an upload: fetched from public addresses only, and inspected."""

from __future__ import annotations

from admonster_fb.media.image import SUFFIXES, check_size, inspect_image, read_file
from admonster_fb.media.web import INTERNET, Net, check_url, fetch, offline

__all__ = ["INTERNET", "SUFFIXES", "Net", "check_size", "check_url", "fetch", "inspect_image", "offline", "read_file"]
