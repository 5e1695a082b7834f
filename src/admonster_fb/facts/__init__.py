"""What the library knows of Meta, as data with sources: rows of JSON files, readable in `docs/meta-rules.md`.

Each file has one subject. A row says where the fact comes from (`source`), how far it can be trusted (`tier`), and how
old the copy is (`date`).

>>> {row.currency: row.offset for row in rows(Currency)}["JPY"]
1
>>> [row.statement for row in statements("copies") if row.subject == "Answer, campaign"]
['copied_campaign_id.']
"""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final, TypeVar

from admonster_fb.facts._rows import (
    AcceptedRequest,
    Attribution,
    AudienceKey,
    Billing,
    CategoryRule,
    Currency,
    ErrorNumber,
    FieldLimit,
    GeoLimit,
    GoalRow,
    MinimumBudget,
    MissingCheck,
    ObjectiveGoals,
    OtherCheck,
    PromotedObjectKey,
    RateLimit,
    Retention,
    Row,
    RuleAudit,
    Source,
    Statement,
    TargetingLimit,
    Tier,
    TypedParameters,
    Version,
)

__all__ = [
    "STATEMENTS",
    "TABLES",
    "AcceptedRequest",
    "Attribution",
    "AudienceKey",
    "Billing",
    "CategoryRule",
    "Currency",
    "ErrorNumber",
    "FieldLimit",
    "GeoLimit",
    "GoalRow",
    "MinimumBudget",
    "MissingCheck",
    "ObjectiveGoals",
    "OtherCheck",
    "PromotedObjectKey",
    "RateLimit",
    "Retention",
    "Row",
    "RuleAudit",
    "Source",
    "Statement",
    "TargetingLimit",
    "Tier",
    "TypedParameters",
    "Version",
    "heading",
    "rows",
    "statements",
    "table",
]

_R = TypeVar("_R", bound=Row | Source)

STATEMENTS: Final = (
    *("goal_notes", "changes_by_version", "protocol", "batch", "campaigns", "ad_sets", "budgets_and_bids", "ads"),
    *("advantage_audience", "status", "copies", "targeting", "placements", "regional_rules"),
    *("targeting_search_and_estimates", "money_fields", "insights", "breakdowns", "asynchronous_reports"),
    *("error_envelope", "audiences", "audience_users", "login_and_tokens", "creatives", "images_and_videos"),
    *("previews", "pixels_and_server_events", "ad_rules", "leads", "posts", "delivery", "webhooks", "businesses"),
    *("catalogs", "open_questions"),
)
"""Names of the files of plain statements."""

_KINDS: Final[tuple[type[Row], ...]] = (
    *(GoalRow, ObjectiveGoals, Billing, Attribution, PromotedObjectKey, Version, Currency, MinimumBudget),
    *(CategoryRule, GeoLimit, TargetingLimit, FieldLimit, RateLimit, Retention, ErrorNumber, AudienceKey),
    *(RuleAudit, OtherCheck, MissingCheck, AcceptedRequest, TypedParameters),
)
TABLES: Final = MappingProxyType(
    {kind.FILE: kind for kind in _KINDS} | dict.fromkeys(STATEMENTS, Statement),
)
"""The class of the rows of each file; `sources` is apart."""


@cache
def _file(name: str) -> dict[str, Any]:
    text = (files(__name__) / f"{name}.json").read_text(encoding="utf-8")
    read: dict[str, Any] = json.loads(text)
    return read


def _plain(key: str, value: Any) -> Any:
    if key == "date":
        return dt.date.fromisoformat(value)
    return tuple(_plain("", each) for each in value) if isinstance(value, list) else value


@cache
def _read(name: str) -> tuple[Any, ...]:
    kind: type[Any] = Source if name == Source.FILE else TABLES[name]
    return tuple(kind(**{key: _plain(key, value) for key, value in row.items()}) for row in _file(name)["rows"])


def heading(name: str) -> tuple[str, str]:
    """Return the heading of a file in `docs/meta-rules.md`, and the paragraph under it.

    >>> heading("geo_limits")[0]
    'Geo limits'
    """
    return _file(name)["section"], _file(name)["about"]


def rows(kind: type[_R]) -> tuple[_R, ...]:
    """Return all rows of one kind, such as `Currency` or `ErrorNumber`; for plain statements use `statements`.

    >>> [row.marketing_until for row in rows(Version) if row.version == "v25.0"]
    ['2027-02-23']
    """
    return _read(kind.FILE)


def table(name: str) -> tuple[Row, ...]:
    """Return the rows of any file by its name. Raises `KeyError` if there is none.

    >>> len(table("goals_by_objective"))
    6
    """
    return _read(name)


def statements(name: str) -> tuple[Statement, ...]:
    """Return the rows of a file of plain statements, one of `STATEMENTS`. Raises `KeyError` for another name.

    >>> statements("webhooks")[0].subject
    'Two calls'
    """
    if name not in STATEMENTS:
        raise KeyError(name)
    return _read(name)
