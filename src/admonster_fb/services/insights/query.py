"""A query of insights: checked by type and rule, and as Meta takes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from facebook_business.adobjects import adaccount, campaign

from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models._params import checked
from admonster_fb.models.insights import metadata as insights_meta
from admonster_fb.models.insights.dates import BY_DAYS
from admonster_fb.models.insights.metadata import InsightsMeta
from admonster_fb.models.insights.row import InsightsQuery, InsightsRow
from admonster_fb.rules import insights as insights_rules
from admonster_fb.services._base import account_or_node_id
from admonster_fb.services.insights.frames import Shape
from admonster_fb.transport.request import Call
from admonster_fb.transport.transport import Transport

# What says which object a row is about, per level.
NAMES: dict[str, tuple[str, ...]] = {
    "account": (),
    "campaign": ("campaign_id", "campaign_name"),
    "adset": ("campaign_id", "campaign_name", "adset_id", "adset_name"),
    "ad": ("campaign_id", "campaign_name", "adset_id", "adset_name", "ad_id", "ad_name"),
}
_TIMES = frozenset({"days", "date_preset", "time_range", "time_ranges"})
PAGE = 500
"""How many rows a page holds unless the query says otherwise."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query that has passed the rules."""

    object_id: str
    params: dict[str, Any]
    fields: tuple[str, ...]
    requested: tuple[str, ...] = ()
    """The fields that the caller named; empty if `fields` are the default ones."""

    @property
    def breakdowns(self) -> tuple[str, ...]:
        """The breakdowns, in the order given."""
        return tuple(self.params.get("breakdowns") or ())

    @property
    def shape(self) -> Shape:
        """What its rows look like."""
        named = (tuple(self.params.get(name) or ()) for name in ("action_breakdowns", "action_attribution_windows"))
        return Shape(self.fields, self.breakdowns, *named)

    def about(self, transport: Transport) -> InsightsMeta:
        """Return what its figures are about; asks for the account once."""
        books = transport.account_facts(self.object_id)
        today = today_of(transport, self.object_id)
        additive, rest = insights_meta.split_additive(self.fields)
        return InsightsMeta(
            object_id=self.object_id,
            windows=insights_rules.windows(self.params, today),
            timezone_name=books.timezone_name,
            currency=books.currency,
            attribution=tuple(self.params.get("action_attribution_windows") or (insights_meta.BY_AD_SET,)),
            settled_until=insights_meta.settled_until(today),
            additive=additive,
            not_additive=rest,
            notes=insights_meta.notes(self.params, self.fields),
        )

    def dated(self, transport: Transport) -> Query:
        """Return the same query with its days by date, in the account's time zone; `maximum` stays as it is."""
        windows = insights_rules.windows(self.params, today_of(transport, self.object_id))
        if "time_ranges" in self.params or not windows:
            return self
        ((since, until),) = windows
        rest = {name: value for name, value in self.params.items() if name not in _TIMES}
        return replace(self, params={**rest, "time_range": {"since": str(since), "until": str(until)}})

    def call(self, transport: Transport, *, report: bool = False) -> Call:
        """Prepare the call that reads it, or that has Meta make a report of it."""
        kind = adaccount.AdAccount if self.object_id.startswith("act_") else campaign.Campaign
        node = kind(self.object_id, api=transport.api)
        days = self.params.get("days")
        asked = self if days is None or days in BY_DAYS else self.dated(transport)
        params = {name: value for name, value in asked.params.items() if name != "days"}
        if days in BY_DAYS:
            params["date_preset"] = BY_DAYS[days]
        if report:
            return Call.of(node.get_insights_async(pending=True), params, self.fields)
        return Call.of(node.get_insights(pending=True), {"limit": PAGE} | params, self.fields)


def ask(
    transport: Transport,
    object_id: str,
    fields: Sequence[str] | None,
    params: InsightsQuery,
    *,
    report: bool = False,
) -> Query:
    """Check a query by type and rule; nothing is asked of Meta unless it is about a limit of age."""
    node = account_or_node_id(object_id, "object_id")
    said, wrong = _well_typed(params, fields)
    today = transport.cache.now().date()
    if insights_rules.reaches_back(said, today):
        today = today_of(transport, node)
    named = tuple(fields) if fields and not any(each.field == "fields" for each in wrong) else ()
    asked = insights_rules.Asked(said, named, node.startswith("act_"), today, report)
    wrong += insights_rules.violations(asked)
    if wrong:
        raise ParameterError(wrong)
    usual = (*InsightsRow.fields(), *NAMES.get(asked.level or "campaign", ()))
    return Query(node, said, named or insights_rules.allowed_fields(asked, usual), named)


def today_of(transport: Transport, object_id: str) -> date:
    """Return the date it is where the object's account keeps its days."""
    return transport.cache.now().astimezone(ZoneInfo(transport.account_facts(object_id).timezone_name)).date()


def _well_typed(query: InsightsQuery, fields: Any) -> tuple[dict[str, Any], list[Violation]]:
    """Return what of a query is of the right type, and what is wrong with the rest."""
    wrong: list[Violation] = []
    said: dict[str, Any] = dict(query)
    if fields and not (isinstance(fields, (list, tuple)) and all(isinstance(each, str) and each for each in fields)):
        wrong.append(Violation("fields", fields, 'a list of names such as ["spend", "impressions"]'))
    try:
        return checked(InsightsQuery, said), wrong
    except ParameterError as error:
        odd = {violation.field.partition(".")[0] for violation in error.violations}
        return {name: value for name, value in said.items() if name not in odd}, [*wrong, *error.violations]
