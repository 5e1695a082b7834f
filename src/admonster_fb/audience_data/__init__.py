"""Customer lists: read, normalised by Meta's rules, hashed and cut into batches. No report contains customer data.

Nothing here sends a request. See `docs/audience-data.md`.
"""

from admonster_fb.audience_data.batches import LARGEST, Batch, Batches, Tally, Understood, ValidationReport, batches
from admonster_fb.audience_data.cells import Reason
from admonster_fb.audience_data.column_mapping import Schema, user_data
from admonster_fb.audience_data.schema_keys import CAPI, EXTRAS, KEYS, Key, hashed, normalise

__all__ = ["CAPI", "EXTRAS", "KEYS", "LARGEST"]
__all__ += ["Batch", "Batches", "Key", "Reason", "Schema", "Tally", "Understood", "ValidationReport"]
__all__ += ["batches", "hashed", "normalise", "user_data"]
