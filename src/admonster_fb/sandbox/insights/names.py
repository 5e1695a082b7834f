"""Names of Insights that Meta knows, from `names.txt`; all others are refused. A test compares them with the SDK."""

from __future__ import annotations

import re
from importlib import resources

_TEXT = resources.files(__package__).joinpath("names.txt").read_text(encoding="utf-8")
_NAMES = {name: frozenset(words.split()) for name, words in re.findall(r"^\[(\w+)\]\n([^\[]*)", _TEXT, re.MULTILINE)}

FIELDS = _NAMES["fields"]
# Still in the SDK, refused by the live API "after V19.0".
GONE_FIELDS = _NAMES["gone_fields"]
BREAKDOWNS = _NAMES["breakdowns"]
ACTION_BREAKDOWNS = _NAMES["action_breakdowns"]
WINDOWS = _NAMES["windows"]
