"""Which campaign did best, and which worst."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from admonster_fb.analysis.weekly.model import By, CampaignWeek, Ranking


def ranking(campaigns: Sequence[CampaignWeek]) -> Ranking | None:
    """Rank by ROAS where two campaigns have one, else by cost of the same results, else by how that cost changed.

    A campaign without a result counts as if it had one: its result costs at least what was spent for none.
    """
    with_value = [each for each in campaigns if each.figures["roas"].after is not None]
    if len(with_value) > 1:
        return _ends("roas", sorted(with_value, key=lambda each: -(each.figures["roas"].after or 0)))
    kinds: dict[str, list[CampaignWeek]] = defaultdict(list)
    for each in campaigns:
        if each.kind:
            kinds[each.kind].append(each)
    for rivals in kinds.values():  # campaigns come dearest first, and so do kinds
        if len(rivals) > 1 and any(each.figures["results"].after for each in rivals):
            return _ends("cost_per_result", sorted(rivals, key=lambda each: (_cost(each), each.id)))
    moved = sorted((each for each in campaigns if each.figures["cost_per_result"].percent is not None), key=_moved)
    cheaper, dearer = [each for each in moved if _moved(each) < 0], [each for each in moved if _moved(each) > 0]
    if not cheaper and not dearer:
        return None
    return Ranking("change", cheaper[0] if cheaper else None, dearer[-1] if dearer else None)


def _moved(week: CampaignWeek) -> Decimal:
    return week.figures["cost_per_result"].percent or Decimal(0)


def _cost(week: CampaignWeek) -> Decimal:
    told = week.figures["cost_per_result"].after
    return Decimal(told if told is not None else week.figures["spend"].after or 0)


def _ends(by: By, ranked: Sequence[CampaignWeek]) -> Ranking | None:
    if not ranked:
        return None
    best = next((each for each in ranked if each.figures["results"].after or by == "roas"), None)
    if best is None:
        return None
    return Ranking(by, best, ranked[-1] if ranked[-1] is not best else None)
