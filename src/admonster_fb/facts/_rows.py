"""The rows of the tables in this package, one class per kind of table."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

Tier = Literal["D", "R", "S", "X", "M"]
"""Kind of source: Meta's documentation, a recorded answer, Meta's SDK, other people's experience, memory."""

Retry = Literal["backoff", "split", "later", "no"]
"""How to repeat a request: soon with growing waits, in smaller parts, after hours, or never unchanged."""

Who = Literal["code", "model", "user", "admin"]
"""Who can correct it: the program, whoever chose the arguments, the advertiser, the admin of app or business."""

Verdict = Literal["keep", "doubtful", "remove", "unchecked"]
"""What the sources say about a check: Meta refuses it, nobody knows, Meta allows it, nobody looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A fact about Meta with its source.

    `date` is the date of the copy that was read, or the day on which the answer or code was seen. `stay_open` marks a
    contradiction or a gap: accept both readings and never raise because of it. A source is one or more names of
    `sources()`, or `owner/repository#number` of GitHub, separated by "; ".
    """

    FILE: ClassVar = ""

    source: str
    tier: Tier
    date: dt.date
    stay_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Row):
    """A fact in a sentence."""

    subject: str
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalRow(Row):
    """The optimization goals of an objective at some destinations.

    A destination of None means that `destination_type` is left out. `promoted_object` lists alternatives, each a set
    of keys; empty if none is needed. `older_goals` stand only in Meta's table of older objective names;
    `doubtful_goals` have no page of Meta's behind them.
    """

    FILE: ClassVar = "goal_matrix"
    objective: str
    destinations: tuple[str | None, ...]
    promotes: str
    goals: tuple[str, ...]
    older_goals: tuple[str, ...]
    doubtful_goals: tuple[str, ...]
    promoted_object: tuple[tuple[str, ...], ...]
    optional_keys: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveGoals(Row):
    """All goals that any source lists for an objective."""

    FILE: ClassVar = "goals_by_objective"
    objective: str
    goals: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing(Row):
    """What a goal can be billed by apart from IMPRESSIONS; the goal "*" stands for all others."""

    FILE: ClassVar = "billing_events"
    goal: str
    also: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution(Row):
    """The attribution windows of a goal; the goal "*" stands for all others."""

    FILE: ClassVar = "attribution_windows"
    goal: str
    promotes: str
    windows: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotedObjectKey(Row):
    """A key of `promoted_object`."""

    FILE: ClassVar = "promoted_object"
    key: str
    documented: bool
    in_sdk: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version(Row):
    """A version of the API. Days are ISO dates; None if Meta has not named one."""

    FILE: ClassVar = "versions"
    version: str
    released: str
    graph_until: str | None
    marketing_until: str | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency(Row):
    """A currency and the number of minor units in one major unit; None if it is not documented."""

    FILE: ClassVar = "currencies"
    currency: str
    offset: int | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimumBudget(Row):
    """A minimum of budgets or bids."""

    FILE: ClassVar = "minimum_budgets"
    subject: str
    applies_to: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRule(Row):
    """What special ad categories require or forbid."""

    FILE: ClassVar = "special_ad_categories"
    categories: tuple[str, ...]
    rule: str
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GeoLimit(Row):
    """A limit of a kind of place: a count in `value`, a radius from `low` to `high`, or a form in `note`."""

    FILE: ClassVar = "geo_limits"
    kind: str
    limit: Literal["count", "radius", "form"]
    value: int | None
    low: float | None
    high: float | None
    unit: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetingLimit(Row):
    """A limit of a field of targeting; `low` and `high` are inclusive."""

    FILE: ClassVar = "targeting_limits"
    field: str
    limit: Literal["count", "value", "form"]
    low: int | None
    high: int | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLimit(Row):
    """A length, count or range of a field, or a quota of an account; `low` and `high` are inclusive."""

    FILE: ClassVar = "field_limits"
    object: str
    field: str
    limit: Literal["count", "length", "percent", "size", "value"]
    low: float | None
    high: float | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit(Row):
    """A limit of calls or a header that reports it."""

    FILE: ClassVar = "rate_limits"
    mechanism: str
    numbers: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention(Row):
    """How many months back insights reach."""

    FILE: ClassVar = "insights_retention"
    subject: str
    months: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorNumber(Row):
    """An error number of Meta; a code of None means that the subcode is the same under any code."""

    FILE: ClassVar = "error_numbers"
    code: int | None
    subcode: int | None
    meaning: str
    action: str
    who: Who
    retry: Retry


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceKey(Row):
    """How a key of an audience is normalised; `sha256` is the hash of `example`, which is normalised already."""

    FILE: ClassVar = "audience_keys"
    key: str
    normalise: str
    hashed: bool
    example: str
    sha256: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAudit(Row):
    """A check that the library makes, and whether Meta refuses the same.

    `entries` is the number of objects the check is made for. `change` says what should change.
    """

    FILE: ClassVar = "rules_audit"
    area: str
    rule: str
    entries: int
    subcode: int | None
    refuses: str
    verdict: Verdict
    evidence: str
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCheck(Row):
    """A check outside the table of rules."""

    FILE: ClassVar = "other_checks"
    check: str
    verdict: Verdict
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingCheck(Row):
    """A request that Meta refuses or drops."""

    FILE: ClassVar = "missing_checks"
    request: str
    outcome: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedRequest(Row):
    """A request that must not be refused, though `rule` once did."""

    FILE: ClassVar = "accepted_requests"

    request: str
    kind: Literal["campaign", "adset", "creative", "ad"]
    objective: str
    params: dict[str, Any]
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedParameters(Row):
    """Parameters of an object that the typed models lack."""

    FILE: ClassVar = "typed_parameters"
    object: str
    parameters: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source by name; `url` is empty if a page is known by its title only."""

    FILE: ClassVar = "sources"
    name: str
    url: str
    about: str
