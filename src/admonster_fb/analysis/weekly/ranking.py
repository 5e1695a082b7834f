"""The best and the worst campaign of a week."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from admonster_fb.analysis.figures import grouped
from admonster_fb.analysis.weekly.model import By, CampaignWeek, Ranking


def rank_campaigns(campaigns: Sequence[CampaignWeek]) -> Ranking | None:
    """Rank by ROAS if two campaigns have one, else by cost of the same results, else by how that cost changed.

    A campaign without a result counts as if it had one: a result costs at least what was spent without any.
    """
    with_value = [campaign for campaign in campaigns if campaign.figures["roas"].after is not None]
    if len(with_value) > 1:
        return _best_and_worst("roas", sorted(with_value, key=lambda week: -(week.figures["roas"].after or 0)))
    for kind, rivals in grouped(campaigns, lambda week: week.kind).items():  # campaigns come by spend, and so do kinds
        if kind and len(rivals) > 1 and any(campaign.figures["results"].after for campaign in rivals):
            return _best_and_worst("cost_per_result", sorted(rivals, key=lambda week: (_cost(week), week.id)))
    changes = [(week.figures["cost_per_result"].percent, week) for week in campaigns]
    changed = sorted(((percent, week) for percent, week in changes if percent), key=lambda row: row[0])
    if not changed:
        return None
    (least, first), (most, last) = changed[0], changed[-1]
    return Ranking("change", first if least < 0 else None, last if most > 0 else None)


def _cost(week: CampaignWeek) -> Decimal:
    cost = week.figures["cost_per_result"].after
    return Decimal(cost if cost is not None else week.figures["spend"].after or 0)


def _best_and_worst(by: By, ranked: Sequence[CampaignWeek]) -> Ranking | None:
    best = next((week for week in ranked if week.figures["results"].after or by == "roas"), None)
    if best is None:
        return None
    return Ranking(by, best, ranked[-1] if ranked[-1] is not best else None)
