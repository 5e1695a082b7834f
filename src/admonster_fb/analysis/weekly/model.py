"""What a weekly report says, as data: accounts apart, since their currencies are never added together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from admonster_fb.analysis.change import Change, Figure
from admonster_fb.analysis.explain import Explanation
from admonster_fb.analysis.pacing import Pacing
from admonster_fb.errors import FacebookAdsError

FIGURES = ("spend", "impressions", "clicks", "ctr", "cpc", "cpm", "purchase_value", "roas")
"""What is told of an account and of each campaign, besides results."""
By = Literal["roas", "cost_per_result", "change"]


@dataclass(frozen=True, slots=True)
class CampaignWeek:
    """One campaign, this week and the one before. Amounts are in major units of the account's currency."""

    id: str
    name: str
    status: str
    """Meta's `effective_status` now; "" for a campaign that has been put away."""
    kind: str
    """The figure in which its results stand, such as `actions.purchase`; "" if that is not known."""
    figures: dict[str, Change]
    """Those of `FIGURES`, and `results`, `cost_per_result`, `frequency`."""
    pacing: Pacing | None = None
    """Of daily budgets this week, or of a lifetime budget until now; only if it is active."""
    daily: bool = True
    """Whether the pacing is of daily budgets."""


@dataclass(frozen=True, slots=True)
class ResultsWeek:
    """Results of one kind: how many, and what was spent for each by the campaigns that aim at them."""

    kind: str
    count: Change
    cost: Change
    spend: Change


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One day and, a week earlier, the same day of the week; `None` where nothing was delivered."""

    day: date
    spend: Change
    results: Change
    """Of the account's main kind."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change somebody made: started, paused, scaled up, …, with the values in words."""

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
    """Something to look at; `name` is the advertiser's text, `text` is ours."""

    text: str
    object_id: str = ""
    name: str = ""
    said: str = ""
    """Meta's own words."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Best and worst campaign: by ROAS, by cost of the same kind of result, or by how that cost changed."""

    by: By
    best: CampaignWeek | None = None
    worst: CampaignWeek | None = None


@dataclass(frozen=True, slots=True)
class AccountWeek:
    """One account: seven days, and the seven before. Days are the account's, amounts major units of `currency`."""

    id: str
    name: str
    currency: str
    timezone_name: str
    since: date
    until: date
    figures: dict[str, Change]
    results: tuple[ResultsWeek, ...]
    """By kind, the one on which most was spent first."""
    campaigns: tuple[CampaignWeek, ...]
    """All that delivered in either week, dearest first."""
    days: tuple[DayFigures, ...]
    ranking: Ranking | None = None
    why: Explanation | None = None
    """Why a result of the main kind costs more or less than the week before."""
    pacing: Pacing | None = None
    """Of all daily budgets together."""
    edits: tuple[Edit, ...] = ()
    warnings: tuple[Notice, ...] = ()

    @property
    def spend(self) -> Figure | None:
        """What was spent, exactly the sum of the rows; `None` if nothing was delivered."""
        return self.figures["spend"].after

    @property
    def kind(self) -> str:
        """The kind of results on which most was spent."""
        return self.results[0].kind if self.results else ""


@dataclass(frozen=True, slots=True)
class WeeklyReport:
    """The week of one or more accounts; `failed` are those that could not be read, and why."""

    accounts: tuple[AccountWeek, ...]
    failed: dict[str, FacebookAdsError] = field(default_factory=dict)
    filename: str = ""
    """Where the HTML or PDF was written."""
