"""Constants of custom audiences (`docs/meta-rules.md`, Audiences, and Meta's page "Custom Audience")."""

from __future__ import annotations

import json
from datetime import timedelta
from importlib import resources

AUDIENCE, SAVED, SESSION, ACCOUNT_ROW = (
    "CustomAudience",
    "SavedAudience",
    "CustomAudienceSession",
    "CustomAudienceAdAccount",
)
LIST, LOOKALIKE, WEBSITE, APP, ENGAGEMENT, VIDEO = "CUSTOM", "LOOKALIKE", "WEBSITE", "APP", "ENGAGEMENT", "VIDEO"
SOURCES = ("USER_PROVIDED_ONLY", "PARTNER_PROVIDED_ONLY", "BOTH_USER_AND_PARTNER_PROVIDED")
# Subtypes that are no longer sent when creating: the rule defines them (`docs/meta-rules.md`, Audiences).
TOLD_BY_RULE = frozenset({WEBSITE, APP, ENGAGEMENT, VIDEO, "OFFLINE_CONVERSION"})
# How many an account may have.
LIMITS = {LIST: 500, WEBSITE: 10_000, APP: 200, LOOKALIKE: 500, ENGAGEMENT: 500, VIDEO: 500}
LONGEST_RETENTION = 180

LEAST_SEED = 100
REPLACE_LIMIT = 100_000_000
MOST_ROWS = 10_000
MOST_SAMPLES = 100
WINDOW = timedelta(minutes=90)
# Meta takes up to a day; lookalikes and new rules take hours. The sandbox is quicker, and the same every time.
PROCESSING, POPULATING = timedelta(minutes=30), timedelta(hours=6)
# Of a hundred rows, how many are people on Meta: the sandbox's own number.
MATCHED = 70
# The share of invalid entries from which Meta warns. Not documented.
MANY_INVALID = 0.5

NORMAL, NO_UPLOAD, LOW_MATCH, INVALID_ENTRIES = 200, 410, 411, 412
REPLACING, REPLACE_FAILED, REFRESH_FAILED, FILLING, FLAGGED = 414, 415, 431, 441, 471
READY, TOO_SMALL = 200, 300
# After these the people of a list can be replaced: it is normal, or it holds what is to be replaced.
REPLACEABLE = frozenset({NORMAL, LOW_MATCH, INVALID_ENTRIES, REPLACE_FAILED})
# Descriptions of `operation_status` and `delivery_status` by code.
_STATUSES = json.loads(resources.files(__package__).joinpath("statuses.json").read_text(encoding="utf-8"))
OPERATIONS, DELIVERIES = ({int(code): text for code, text in table.items()} for table in _STATUSES.values())
# The `data_source` of each subtype (SDK enumerations).
DATA_SOURCES = {
    LIST: ("FILE_IMPORTED", "HASHES_OR_USER_IDS"),
    WEBSITE: ("EVENT_BASED", "WEB_PIXEL_HITS"),
    APP: ("EVENT_BASED", "MOBILE_APP_EVENTS"),
    ENGAGEMENT: ("EVENT_BASED", "ENGAGEMENT_EVENT_USERS"),
    VIDEO: ("EVENT_BASED", "VIDEO_EVENT_USERS"),
    LOOKALIKE: ("SEED_BASED", "LOOKALIKE_PLATFORM"),
}
UNKNOWN_SOURCE = ("UNKNOWN", "ANYTHING")
