"""Words and limits of pixels and conversions."""

from __future__ import annotations

from datetime import timedelta
from importlib import resources

PIXEL, CONVERSION = "AdsPixel", "CustomConversion"
ACCOUNTS = "accounts"
"""The internal value of a pixel with the accounts that use it; the first one owns it."""
MOST_EVENTS = 1_000
MOST_CONVERSIONS = 100
# How old events may be (Meta's pages "Using the API" and "Server Event Parameters").
OLDEST, OLDEST_IN_STORES = timedelta(days=7), timedelta(days=62)
STORE, SITE, APP = "physical_store", "website", "app"
ACTION_SOURCES = (
    *("email", SITE, APP, "phone_call", "chat", STORE, "system_generated", "business_messaging", "other"),
)
# Two events of one name and id are the same within this time.
SAME_WITHIN = timedelta(hours=48)
HASHED = ("em", "ph", "ge", "db", "ln", "fn", "ct", "st", "zp", "country")
CODE = resources.files(__package__).joinpath("pixel.html").read_text(encoding="utf-8").strip()
