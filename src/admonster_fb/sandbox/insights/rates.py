"""The performance of ads: each metric follows from the one above it. All numbers are invented."""

from __future__ import annotations

import json
import random
from functools import lru_cache
from importlib import resources

_RATES = json.loads(resources.files(__package__).joinpath("rates.json").read_bytes())
# Figure, the figure it comes from, and how many of the one make one of the other. In this order they can be worked
# out, and split: a part of a figure never exceeds its part of the figure above.
STEPS: list[tuple[str, str, float]] = _RATES["steps"]
PARENT: dict[str, str] = {"spend": "impressions", "purchase_value": "purchase"} | {
    figure: above for figure, above, _ in STEPS
}
# People, not events: they do not add up over days and ads.
UNIQUE = ("reach", "unique_clicks", "unique_inline_link_clicks")
FIGURES = ("impressions", "spend", *(figure for figure, _, _ in STEPS), "purchase_value")

# What is different under an objective or a goal, by figure.
OF_OBJECTIVE: dict[str, dict[str, float]] = _RATES["of_objective"]
OF_GOAL: dict[str, dict[str, float]] = _RATES["of_goal"]
VIDEO = {"video_play": 0.9}
# In units of the currency's smallest daily budget, about a dollar: a thousand impressions, and an order.
CPM, ORDER = 8.5, 34.0


@lru_cache(maxsize=16_384)
def draw(low: float, high: float, *salt: object) -> float:
    """Return a random number that follows from the salt: what one ad does changes nothing for another."""
    return dice_of(*salt).uniform(low, high)


def dice_of(*salt: object) -> random.Random:
    """Return a random stream that follows from the salt. Ids are part of it, and they follow from the seed."""
    return random.Random(" ".join(map(str, salt)))  # noqa: S311 - reproducible on purpose


@lru_cache(maxsize=16_384)
def perform(salt: str, spend: int, unit: int, objective: str, goal: str, has_video: bool) -> dict[str, int]:
    """Return what `spend` (in minor units) brings, without zeros. The result is cached: do not change it.

    `unit` is about a dollar's worth of minor units.
    """
    dice, rates = dice_of(salt), rates_of(objective, goal, has_video)
    figures = {"spend": spend, "impressions": max(1, round(spend * 1000 / (unit * CPM * dice.uniform(0.8, 1.25))))}
    for figure, above, rate in STEPS:
        share = rates.get(figure, rate) * dice.uniform(0.8, 1.2)
        figures[figure] = min(figures[above], round_by_chance(dice, figures[above] * share))
    # An ad that was shown reached at least one person.
    figures["reach"] = max(1, figures["reach"])
    figures["purchase_value"] = round(figures["purchase"] * unit * ORDER * dice.uniform(0.75, 1.3))
    return {figure: amount for figure, amount in figures.items() if amount}


def rates_of(objective: str, goal: str, has_video: bool) -> dict[str, float]:
    """Return the rates of an ad that differ from the usual ones."""
    video = VIDEO if has_video or goal == "THRUPLAY" else {}
    return {**OF_OBJECTIVE.get(objective, {}), **OF_GOAL.get(goal, {}), **video}


def round_by_chance(dice: random.Random, amount: float) -> int:
    """Round up as often as the fraction says, so that rare things happen now and then."""
    return int(amount) + (dice.random() < amount % 1)
