"""Insights. https://developers.facebook.com/docs/marketing-api/insights"""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload
from zoneinfo import ZoneInfo

from facebook_business.adobjects import adaccount, campaign
from typing_extensions import Unpack

from admonster_fb.errors import ParameterError, Violation
from admonster_fb.graph.pages import Edge
from admonster_fb.graph.transport import Transport
from admonster_fb.models import insights_fields, insights_meta, insights_rules
from admonster_fb.models._write import checked
from admonster_fb.models.insights import InsightsQuery, InsightsRow
from admonster_fb.models.insights_columns import ordered
from admonster_fb.models.insights_fields import FieldInfo
from admonster_fb.models.insights_meta import InsightsMeta
from admonster_fb.models.insights_time import BY_DAYS, last
from admonster_fb.opspec import no_op, op
from admonster_fb.services import _insights_files as files
from admonster_fb.services import _insights_frames as frames
from admonster_fb.services._service import Service, account_or_node_id

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

# What says which object a row is about, per level.
NAMES: dict[str, tuple[str, ...]] = {
    "account": (),
    "campaign": ("campaign_id", "campaign_name"),
    "adset": ("campaign_id", "campaign_name", "adset_id", "adset_name"),
    "ad": ("campaign_id", "campaign_name", "adset_id", "adset_name", "ad_id", "ad_name"),
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query that has passed the rules."""

    object_id: str
    query: dict[str, Any]
    fields: tuple[str, ...]

    @property
    def breakdowns(self) -> tuple[str, ...]:
        return tuple(self.query.get("breakdowns") or ())

    @property
    def shape(self) -> frames.Shape:
        """What its rows look like."""
        named = (tuple(self.query.get(name) or ()) for name in ("action_breakdowns", "action_attribution_windows"))
        return frames.Shape(self.fields, self.breakdowns, *named)

    def about(self, transport: Transport) -> InsightsMeta:
        """Return what its figures are about; asks for the account once."""
        books = transport.account_of(self.object_id)
        today = _today(transport, self.object_id)
        additive, rest = insights_meta.sums(self.fields)
        return InsightsMeta(
            object_id=self.object_id,
            windows=insights_rules.windows(self.query, today),
            timezone_name=books.timezone_name,
            currency=books.currency,
            attribution=tuple(self.query.get("action_attribution_windows") or (insights_meta.BY_AD_SET,)),
            settled_until=insights_meta.settled_until(today),
            additive=additive,
            not_additive=rest,
            notes=insights_meta.notes(self.query, self.fields),
        )


class InsightsEdge(Edge[InsightsRow]):
    """Rows of figures, page by page as they are wanted; `meta` says what they are about."""

    def __init__(self, edge: Edge[InsightsRow], asked: _Asked, transport: Transport) -> None:
        super().__init__(edge._api, edge._call, InsightsRow)
        self._asked = asked
        self._transport = transport

    @cached_property
    def meta(self) -> InsightsMeta:
        """Window, time zone, currency, attribution and what may be added up; asks for the account once."""
        return self._asked.about(self._transport)

    @property
    def about(self) -> str:
        """What to know of all rows, in a line."""
        never = f"; never add up {', '.join(self.meta.not_additive)}" if self.meta.not_additive else ""
        return "".join([f"Figures: {self.meta}{never}", *(f"\nNote: {note}" for note in self.meta.notes)])


class Insights(Service):
    """The edge `insights` of an account, a campaign, an ad set or an ad."""

    @no_op("get_detailed_insights shows page by page what `iter` gives")
    def list(
        self, object_id: str, *, fields: Sequence[str] | None = None, **query: Unpack[InsightsQuery]
    ) -> builtins.list[InsightsRow]:
        """Read all rows, to the last page. No activity in the window means no rows.

        >>> [row.campaign_name for row in fb.insights.list("act_1", level="campaign", sort=["spend_descending"])][0]
        'Juniper Roast | Sales | Evergreen'
        """
        return [*self.iter(object_id, fields=fields, **query)]

    @op(
        "get_detailed_insights",
        group="insights",
        aliases={
            "campaign_id": "object_id",
            "adset_id": "object_id",
            "ad_id": "object_id",
            "ad_account_id": "object_id",
            "id": "object_id",
        },
    )
    def iter(
        self, object_id: str, *, fields: Sequence[str] | None = None, **query: Unpack[InsightsQuery]
    ) -> InsightsEdge:
        """Read figures by level, day, breakdown, …: rows, page by page as they are wanted.

        Pages hold 500 rows unless `limit` says otherwise. Days are the account's. Money is in major units of its
        currency, ctr in percent; a figure that is zero is absent. Unless `fields` names them, they are the usual ones
        that Meta has with these breakdowns. What Meta would refuse, or answer with nothing, raises `ParameterError`
        with what it takes instead. Meta: insights, Parameters.

        >>> report = fb.insights.iter("act_1", date_preset="last_7d", time_increment=1)
        >>> sum(1 for row in report), report.meta.timezone_name
        (7, 'America/Los_Angeles')
        """
        asked = self._asked(object_id, fields, query)
        kind = adaccount.AdAccount if asked.object_id.startswith("act_") else campaign.Campaign
        node = self._sdk(kind, asked.object_id)
        params = {"limit": 500} | self._sent(asked)
        edge = self._transport.edge(self._call(node.get_insights, params, asked.fields), InsightsRow)
        return InsightsEdge(edge, asked, self._transport)

    @no_op("every answer with figures says it")
    def meta(
        self, object_id: str, *, fields: Sequence[str] | None = None, **query: Unpack[InsightsQuery]
    ) -> InsightsMeta:
        """Return what the figures of a query are about, without reading them.

        >>> print(fb.insights.meta("act_2", days=2))
        2026-10-30 to 2026-10-31, days of Asia/Tokyo, amounts in JPY, attribution as set on the ad sets; figures after \
2026-10-04 may still move
        """
        return self._asked(object_id, fields, query).about(self._transport)

    @overload
    def frame(
        self,
        object_id: str,
        *,
        as_: Literal["polars"] = "polars",
        fields: Sequence[str] | None = None,
        **query: Unpack[InsightsQuery],
    ) -> pl.DataFrame: ...

    @overload
    def frame(
        self,
        object_id: str,
        *,
        as_: Literal["pandas"],
        fields: Sequence[str] | None = None,
        **query: Unpack[InsightsQuery],
    ) -> pd.DataFrame: ...

    @no_op("a bot reads rows, or has them written to a file with export_insights_to_csv")
    def frame(
        self,
        object_id: str,
        *,
        as_: Literal["polars", "pandas"] = "polars",
        fields: Sequence[str] | None = None,
        **query: Unpack[InsightsQuery],
    ) -> pl.DataFrame | pd.DataFrame:
        """Read all rows as a DataFrame, made column by column; needs the extra `data` (and pandas, if asked for).

        Counts are Int64, all other figures Float64, days Date, names, ids and breakdowns text; what Meta left out is
        null. Lists of actions become columns: `actions.purchase`, `actions.purchase.7d_click` for an attribution
        window that was asked for, `actions.post_reaction[wow]` with an action breakdown.

        >>> fb.insights.frame("act_1", fields=["spend", "actions"], days=7, time_increment=1)["spend"].dtype
        Float64
        """
        if as_ not in ("polars", "pandas"):
            raise ParameterError([Violation("as_", as_, "polars or pandas")])
        edge = self.iter(object_id, fields=fields, **query)
        made = frames.frame(edge.bodies(), edge._asked.shape)
        if as_ == "polars":
            return made
        frames.optional("pandas", extra="")
        frames.optional("pyarrow")
        return made.to_pandas(use_pyarrow_extension_array=True)

    @no_op("export_insights_to_csv does it for bots, within their folder for files")
    def to_csv(
        self,
        object_id: str,
        path: str | Path,
        *,
        overwrite: bool = False,
        fields: Sequence[str] | None = None,
        **query: Unpack[InsightsQuery],
    ) -> files.Exported:
        """Write all rows to a CSV file in UTF-8, columns as in `frame`, figures exactly as Meta wrote them.

        The file is there whole or not at all. Texts that a spreadsheet would take for a formula get a `'` before them.
        Memory does not grow with the rows. Raises `ParameterError` if the file exists, unless `overwrite`.

        >>> fb.insights.to_csv("act_1", "week.csv", days=7, time_increment=1).rows
        7
        """
        return self._export(Path(path), overwrite, self.iter(object_id, fields=fields, **query), parquet=False)

    @no_op("export_insights_to_csv does it for bots, within their folder for files")
    def to_parquet(
        self,
        object_id: str,
        path: str | Path,
        *,
        overwrite: bool = False,
        fields: Sequence[str] | None = None,
        **query: Unpack[InsightsQuery],
    ) -> files.Exported:
        """Write all rows to a Parquet file, with the columns and types of `frame`; needs the extra `data`.

        The file is there whole or not at all, and what its figures are about stands in its metadata. Memory does not
        grow with the rows. Raises `ParameterError` if the file exists, unless `overwrite`.

        >>> fb.insights.to_parquet("act_1", "week.parquet", days=7, time_increment=1).rows
        7
        """
        frames.optional("polars")
        frames.optional("pyarrow")
        return self._export(Path(path), overwrite, self.iter(object_id, fields=fields, **query), parquet=True)

    @no_op("every answer with figures says its units")
    def describe(self, name: str) -> FieldInfo:
        """Return what a field means: its unit, levels, and whether rows of it may be added up.

        >>> fb.insights.describe("reach").additive
        False
        """
        return insights_fields.describe(name)

    @no_op("a bot asks Meta for the total")
    def total(self, rows: Iterable[InsightsRow], name: str) -> int | Decimal | None:
        """Add up a figure over rows: `spend`, `actions.purchase`, …; `None` if no row tells it.

        Raises `ParameterError` for people and ratios, which cannot be added up, and for amounts in two currencies.

        >>> days = fb.insights.list("act_1", days=7, time_increment=1)
        >>> fb.insights.total(days, "clicks") == sum(day.clicks or 0 for day in days)
        True
        """
        return insights_meta.total(rows, name)

    def _export(self, path: Path, overwrite: bool, edge: InsightsEdge, *, parquet: bool) -> files.Exported:
        with files.in_place_of(path, overwrite=overwrite) as file, files.Spool(path.parent) as spool:
            for rows in edge.raw():
                spool.add(rows)
            names = ordered(spool.names, edge._asked.fields, edge._asked.breakdowns)
            if parquet:
                files.write_parquet(file, spool, names, edge.meta)
            else:
                files.write_csv(file, spool, names)
            return files.Exported(str(path), spool.rows, tuple(names), edge.meta)

    def _asked(self, object_id: str, fields: Sequence[str] | None, query: InsightsQuery) -> _Asked:
        """Check a query by type and rule; nothing is asked of Meta unless it is about a limit of age."""
        node = account_or_node_id(object_id, "object_id")
        said, wrong = _well_typed(query, fields)
        today = self._transport.facts.now().date()
        if insights_rules.reaches_back(said, today):
            today = _today(self._transport, node)
        named = tuple(fields) if fields and not any(each.field == "fields" for each in wrong) else ()
        asked = insights_rules.Asked(said, named, node.startswith("act_"), today)
        wrong += insights_rules.violations(asked)
        if wrong:
            raise ParameterError(wrong)
        usual = (*InsightsRow.fields(), *NAMES.get(asked.level or "campaign", ()))
        return _Asked(node, said, named or insights_rules.allowed_fields(asked, usual))

    def _sent(self, asked: _Asked) -> dict[str, Any]:
        """Return the query as Meta takes it: `days` are a preset, or a range in the account's time zone."""
        query = {name: value for name, value in asked.query.items() if name != "days"}
        days = asked.query.get("days")
        if days is None:
            return query
        if days in BY_DAYS:
            return {**query, "date_preset": BY_DAYS[days]}
        since, until = last(days, _today(self._transport, asked.object_id))
        return {**query, "time_range": {"since": since.isoformat(), "until": until.isoformat()}}


def _today(transport: Transport, object_id: str) -> date:
    """Return the date it is where the object's account keeps its days."""
    return transport.facts.now().astimezone(ZoneInfo(transport.account_of(object_id).timezone_name)).date()


def _well_typed(query: InsightsQuery, fields: Any) -> tuple[dict[str, Any], builtins.list[Violation]]:
    """Return what of a query is of the right type, and what is wrong with the rest."""
    wrong: builtins.list[Violation] = []
    said: dict[str, Any] = dict(query)
    if fields and not (isinstance(fields, (builtins.list, tuple)) and all(isinstance(each, str) for each in fields)):
        wrong.append(Violation("fields", fields, 'a list of names such as ["spend", "impressions"]'))
    try:
        return checked(InsightsQuery, said), wrong
    except ParameterError as error:
        odd = {violation.field.partition(".")[0] for violation in error.violations}
        return {name: value for name, value in said.items() if name not in odd}, [*wrong, *error.violations]
