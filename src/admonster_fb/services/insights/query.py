"""Queries of insights: checked by type and rule, in the form that Meta accepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from facebook_business.adobjects import adaccount, campaign

from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models._params import checked
from admonster_fb.models.insights import metadata
from admonster_fb.models.insights.dates import BY_DAYS
from admonster_fb.models.insights.fields import by_type
from admonster_fb.models.insights.metadata import InsightsMeta
from admonster_fb.models.insights.row import InsightsQuery, InsightsRow
from admonster_fb.rules import insights as insights_rules
from admonster_fb.services._base import account_or_node_id, today_of
from admonster_fb.services.insights.columns import Shape
from admonster_fb.transport.request import Call
from admonster_fb.transport.transport import Transport

ID_FIELDS: dict[str, tuple[str, ...]] = {
    "account": (),
    "campaign": ("campaign_id", "campaign_name"),
    "adset": ("campaign_id", "campaign_name", "adset_id", "adset_name"),
    "ad": ("campaign_id", "campaign_name", "adset_id", "adset_name", "ad_id", "ad_name"),
}
"""The fields that identify the object of a row, by level."""
GOALS = {"campaign": ("objective",), "adset": ("objective", "optimization_goal")}
"""The fields that say what counts as a result, by level."""
_SPLIT_LESS = frozenset({"results", "cost_per_result"})
"""Default fields of rows without breakdowns only: no source shows that Meta splits them."""
_OLD_PEOPLE = "with breakdowns Meta keeps people for 13 months"
_TIMES = frozenset({"days", "date_preset", "time_range", "time_ranges"})
PAGE_SIZE = 500  # rows per page. The query's `limit` overrides it


@dataclass(frozen=True, slots=True)
class Query:
    """A query that passed the rules."""

    object_id: str
    params: dict[str, Any]
    fields: tuple[str, ...]
    requested: tuple[str, ...] = ()  # the fields that the caller named; empty if `fields` are the default ones
    notes: tuple[str, ...] = ()  # sentences on what Meta does not have for this query, or may not know

    @property
    def breakdowns(self) -> tuple[str, ...]:
        """The breakdowns, in the order given."""
        return tuple(self.params.get("breakdowns") or ())

    @property
    def shape(self) -> Shape:
        """The fields and breakdowns of its rows."""
        named = (tuple(self.params.get(name) or ()) for name in ("action_breakdowns", "action_attribution_windows"))
        return Shape(self.fields, self.breakdowns, *named)

    def metadata(self, transport: Transport) -> InsightsMeta:
        """Return window, time zone, currency and so on of its rows. Reads the account, once per connection."""
        books = transport.account_facts(self.object_id)
        today = today_of(transport, self.object_id)
        additive, rest = metadata.split_additive(self.fields)
        if insights_rules.REPEATING & {*self.breakdowns}:  # the same action is in several rows
            repeated = tuple(name for name in additive if by_type(name))
            additive, rest = tuple(name for name in additive if name not in repeated), (*rest, *repeated)
        return InsightsMeta(
            object_id=self.object_id,
            windows=insights_rules.windows(self.params, today),
            timezone_name=books.timezone_name,
            currency=books.currency,
            attribution=tuple(self.params.get("action_attribution_windows") or (metadata.BY_AD_SET,)),
            settled_until=metadata.settled_until(today),
            additive=additive,
            not_additive=rest,
            split=bool(self.breakdowns),
            notes=(*metadata.notes(self.params, self.fields), *self.notes),
        )

    def dated(self, transport: Transport) -> Query:
        """Return the same query with dates in the account's time zone instead of a preset. `maximum` stays."""
        windows = insights_rules.windows(self.params, today_of(transport, self.object_id))
        maximum = self.params.get("date_preset") in ("maximum", "data_maximum")  # its last day changes
        if "time_ranges" in self.params or maximum or not windows:
            return self
        ((since, until),) = windows
        rest = {name: value for name, value in self.params.items() if name not in _TIMES}
        return replace(self, params={**rest, "time_range": {"since": str(since), "until": str(until)}})

    def call(self, transport: Transport, *, report: bool = False) -> Call:
        """Prepare the call that reads its rows, or that starts a report job."""
        kind = adaccount.AdAccount if self.object_id.startswith("act_") else campaign.Campaign
        node = kind(self.object_id, api=transport.api)
        days = self.params.get("days")
        dated = self if days is None or days in BY_DAYS else self.dated(transport)
        params = {name: value for name, value in dated.params.items() if name != "days"}
        if days in BY_DAYS:
            params["date_preset"] = BY_DAYS[days]
        if report:
            return Call.of(node.get_insights_async(pending=True), params, self.fields)
        return Call.of(node.get_insights(pending=True), {"limit": PAGE_SIZE} | params, self.fields)


def build_query(
    transport: Transport, object_id: str, fields: Sequence[str] | None, params: InsightsQuery, *, report: bool = False
) -> Query:
    """Return a checked query. Reads the account only if the query is near Meta's limit of age."""
    node = account_or_node_id(object_id, "object_id")
    valid, named, wrong = _well_typed(params, fields)
    today = transport.cache.now().date()
    if insights_rules.reaches_back(valid, today):
        today = today_of(transport, node)
    checked_query = insights_rules.ValidatedQuery(valid, named, node.startswith("act_"), today, report)
    wrong += insights_rules.violations(checked_query)
    if wrong:
        raise ParameterError(wrong)
    level = checked_query.level or "campaign"
    usual = [*InsightsRow.fields(), *ID_FIELDS.get(level, ()), *GOALS.get("adset" if level == "ad" else level, ())]
    if checked_query.breakdowns or checked_query.action_breakdowns:
        usual = [name for name in usual if name not in _SPLIT_LESS]
    allowed = insights_rules.allowed_fields(checked_query, usual)
    dropped = [name for name in usual if name not in allowed]
    reasons = dict.fromkeys(insights_rules.missing(checked_query.breakdowns, name) or _OLD_PEOPLE for name in dropped)
    left_out = f"left out of the usual fields: {', '.join(dropped)} ({'; '.join(reasons)})"
    doubts = [f"{doubt.field}: {doubt.message}" for doubt in insights_rules.doubts(checked_query)]
    return Query(node, valid, named or allowed, named, (*doubts, *([left_out] if dropped and not named else ())))


def violations(params: Mapping[str, Any], today: date) -> list[Violation]:
    """Return what is wrong with the arguments of insights by type and rule, without a request."""
    query: Any = {name: value for name, value in params.items() if name in InsightsQuery.__annotations__}
    valid, named, wrong = _well_typed(query, params.get("fields"))
    return [*wrong, *insights_rules.violations(insights_rules.ValidatedQuery(valid, named, True, today))]


def _well_typed(query: InsightsQuery, fields: Any) -> tuple[dict[str, Any], tuple[str, ...], list[Violation]]:
    """Return the parameters and the named fields with the right type, and what is wrong with the others."""
    params, named, wrong = dict[str, Any](query), tuple[str, ...](), list[Violation]()
    if isinstance(fields, (list, tuple)) and all(isinstance(name, str) and name for name in fields):
        named = tuple(fields)
    elif fields:
        wrong.append(Violation("fields", fields, 'a list of names such as ["spend", "impressions"]'))
    try:
        return checked(InsightsQuery, params), named, wrong
    except ParameterError as error:
        odd = {violation.field.partition(".")[0] for violation in error.violations}
        right = {name: value for name, value in params.items() if name not in odd}
        return right, named, [*wrong, *error.violations]
