"""The performance of ads: each metric follows from the one above it. All numbers are invented."""

from __future__ import annotations

import random
from functools import lru_cache

# Figure, the figure it comes from, and how many of the one make one of the other. In this order they can be worked
# out, and split: a part of a figure never exceeds its part of the figure above.
STEPS: tuple[tuple[str, str, float], ...] = (
    ("reach", "impressions", 0.82),
    ("clicks", "impressions", 0.016),
    ("unique_clicks", "clicks", 0.94),
    ("inline_link_clicks", "clicks", 0.72),
    ("unique_inline_link_clicks", "inline_link_clicks", 0.95),
    ("landing_page_view", "inline_link_clicks", 0.78),
    ("view_content", "landing_page_view", 0.0),
    ("add_to_cart", "view_content", 0.16),
    ("initiate_checkout", "add_to_cart", 0.55),
    ("purchase", "initiate_checkout", 0.5),
    ("lead", "landing_page_view", 0.0),
    ("onsite_lead", "inline_link_clicks", 0.0),
    ("messaging", "inline_link_clicks", 0.0),
    ("app_install", "inline_link_clicks", 0.0),
    ("post_reaction", "impressions", 0.0018),
    ("comment", "post_reaction", 0.12),
    ("post", "post_reaction", 0.08),
    ("post_save", "post_reaction", 0.1),
    ("video_play", "impressions", 0.0),
    ("video_view", "video_play", 0.4),
    ("video_p25", "video_play", 0.3),
    ("video_p50", "video_p25", 0.6),
    ("video_p75", "video_p50", 0.7),
    ("video_p95", "video_p75", 0.75),
    ("video_p100", "video_p95", 0.9),
    ("thruplay", "video_view", 0.35),
    ("video_30_sec", "video_view", 0.2),
)
PARENT: dict[str, str] = {"spend": "impressions", "purchase_value": "purchase"} | {
    figure: above for figure, above, _ in STEPS
}
# People, not events: they do not add up over days and ads.
UNIQUE = ("reach", "unique_clicks", "unique_inline_link_clicks")
FIGURES = ("impressions", "spend", *(figure for figure, _, _ in STEPS), "purchase_value")

# What is different under an objective, by figure.
OF_OBJECTIVE: dict[str, dict[str, float]] = {
    "OUTCOME_SALES": {"view_content": 0.65},
    "OUTCOME_LEADS": {"lead": 0.07},
    "OUTCOME_TRAFFIC": {"clicks": 0.024},
    "OUTCOME_ENGAGEMENT": {"clicks": 0.02, "post_reaction": 0.012},
    "OUTCOME_AWARENESS": {"reach": 0.9, "clicks": 0.006},
    "OUTCOME_APP_PROMOTION": {"landing_page_view": 0.0, "app_install": 0.12},
}
OF_GOAL: dict[str, dict[str, float]] = {
    "LEAD_GENERATION": {"landing_page_view": 0.0, "onsite_lead": 0.09},
    "QUALITY_LEAD": {"landing_page_view": 0.0, "onsite_lead": 0.06},
    "CONVERSATIONS": {"landing_page_view": 0.0, "messaging": 0.2},
}
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
