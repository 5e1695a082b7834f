"""The data of a weekly report, one account at a time: currencies are never added together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from admonster_fb.analysis.change import Change, Figure
from admonster_fb.analysis.compare import Explanation
from admonster_fb.analysis.pacing import Pacing
from admonster_fb.analysis.significance import judge
from admonster_fb.errors import FacebookAdsError

FIGURES = ("spend", "impressions", "clicks", "ctr", "cpc", "cpm", "purchase_value", "roas")
By = Literal["roas", "cost_per_result", "change"]


@dataclass(frozen=True, slots=True)
class CampaignWeek:
    """One campaign, this week and the one before. Amounts are in major units of the account's currency."""

    id: str
    name: str
    status: str
    """Meta's `effective_status` now; "" for an archived or deleted campaign."""
    kind: str
    """The field that holds its results, such as `actions.purchase`; "" if that is not known."""
    figures: dict[str, Change]
    pacing: Pacing | None = None
    """Pacing of daily budgets this week, or of a lifetime budget until now; only of active campaigns."""
    daily: bool = True


@dataclass(frozen=True, slots=True)
class ResultsWeek:
    """Results of one kind: count, cost, and spend of the campaigns that have this kind of result."""

    kind: str
    count: Change
    cost: Change
    spend: Change

    @property
    def chances(self) -> tuple[str, str]:
        """Whether the changes of count and cost are more than chance, in words; "" where that cannot be asked."""
        return judge(self.count), judge(self.count, self.spend)


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One day, compared with the same weekday of the week before; `None` if nothing was delivered."""

    day: date
    spend: Change
    results: Change
    """Results of the account's main kind."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change that a user made, such as a start, a pause or a new budget."""

    when: datetime | None
    what: str
    object_id: str
    name: str
    detail: str = ""
    actor: str = ""

    @property
    def of_budget(self) -> bool:
        """Whether a budget was changed."""
        return self.what.endswith(("scaled up", "scaled down", "budget changed"))


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning; `name` is the advertiser's text, `text` the library's."""

    text: str
    object_id: str = ""
    name: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best and the worst campaign: by ROAS, by cost of the same kind of result, or by the change of that cost."""

    by: By
    best: CampaignWeek | None = None
    worst: CampaignWeek | None = None


@dataclass(frozen=True, slots=True)
class AccountWeek:
    """Seven days of one account, compared with the seven before: days in its time zone, amounts in major units."""

    id: str
    name: str
    currency: str
    timezone_name: str
    since: date
    until: date
    figures: dict[str, Change]
    results: tuple[ResultsWeek, ...]
    """By kind, by spend: the highest first."""
    campaigns: tuple[CampaignWeek, ...]
    """All campaigns that delivered in either week, by spend."""
    days: tuple[DayFigures, ...]
    ranking: Ranking | None = None
    why: Explanation | None = None
    """Why the cost per result of the main kind changed."""
    pacing: Pacing | None = None
    """Pacing of all daily budgets together."""
    edits: tuple[Edit, ...] = ()
    warnings: tuple[Notice, ...] = ()
    gone: Change = field(default_factory=lambda: Change(None, None))
    """Spend of campaigns deleted or archived since: part of `figures` and `days`, but of no campaign or result."""

    @property
    def delivered(self) -> bool:
        """Whether anything was delivered in either week."""
        return self.figures["spend"] != Change(None, None) or bool(self.campaigns)

    @property
    def spend(self) -> Figure | None:
        """The spend: exactly the sum of the account's days; `None` if nothing was delivered."""
        return self.figures["spend"].after

    @property
    def kind(self) -> str:
        """The kind of results with the highest spend."""
        return self.results[0].kind if self.results else ""


@dataclass(frozen=True, slots=True)
class WeeklyReport:
    """The week of one or more accounts; `failed` has the errors of accounts that could not be read."""

    accounts: tuple[AccountWeek, ...]
    failed: dict[str, FacebookAdsError] = field(default_factory=dict)
    filename: str = ""
    """The HTML or PDF file that was written."""
