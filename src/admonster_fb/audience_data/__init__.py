"""Lists of customers: read, normalised by Meta's rules and hashed, in batches, without a word of them in any report.

Pure: nothing here sends anything. `docs/audience-data.md` says how to use it.
"""

from admonster_fb.audience_data.batches import LARGEST, Batch, Batches, batches
from admonster_fb.audience_data.capi import user_data
from admonster_fb.audience_data.column_mapping import Schema
from admonster_fb.audience_data.reasons import Reason
from admonster_fb.audience_data.report import Report, Tally, Understood
from admonster_fb.audience_data.schema_keys import CAPI, EXTRAS, KEYS, Key, hashed, normalise

__all__ = [
    "CAPI",
    "EXTRAS",
    "KEYS",
    "LARGEST",
    "Batch",
    "Batches",
    "Key",
    "Reason",
    "Report",
    "Schema",
    "Tally",
    "Understood",
    "batches",
    "hashed",
    "normalise",
    "user_data",
]
