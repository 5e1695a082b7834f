"""What a plan says could be added to a day is what brute force over the sandbox finds, before and after."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import Any

import plan_brute as brute
import pytest
from explore import examples
from plan_world import ADSET, CAMPAIGN, build, shake

from admonster_fb import APIError, FacebookAds, ParameterError
from admonster_fb.analysis.daily_exposure import max_daily_delivery
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.plans.plan import Plan
from admonster_fb.bot.plans.snapshot import StateSnapshot
from admonster_fb.bot.registry import registry
from admonster_fb.sandbox import Sandbox

pytestmark = pytest.mark.thorough

STATES = examples(120)
TRIES = 40
"""Some writes are refused: by the offline rules, by the sandbox in that state, or since nothing can be read."""


def test_blast_radius_in_some_states() -> None:
    met = _held_against_brute_force(99, 40)
    assert min(met["more"], met["less"]) > 2, met


@pytest.mark.slow
def test_blast_radius_equals_brute_force() -> None:
    met = _held_against_brute_force(0, STATES)
    assert min(met["more"], met["less"]) > 10, met
    assert len(met) > 12, met


def _held_against_brute_force(seed: int, states: int) -> Counter[str]:
    """Return which writes were carried out, and what they did to the most a day; none may differ from its plan."""
    rng, met = random.Random(seed), Counter[str]()
    for number in range(states):
        if number % 50 == 0:  # what the writes make would pile up
            sandbox = Sandbox(history=0)
            fb = FacebookAds.sandbox(sandbox)
            build(fb)
            tool = FacebookTool(fb)
        shake(sandbox, rng)
        before = brute.deliverable(sandbox)
        assert max_daily_delivery(StateSnapshot(fb).read_account("act_1")) == before
        op, args, plan = next(filter(None, (_applied(tool, *write(sandbox, rng)) for _ in range(TRIES))))
        assert (op, args, plan.adds) == (op, args, brute.deliverable(sandbox) - before)
        assert plan.adds <= 0 or "spend" in plan.kinds
        met[op] += 1
        met["more" if plan.adds > 0 else "less" if plan.adds < 0 else "alike"] += 1
    return met


def _applied(tool: FacebookTool, op: str, args: dict[str, Any]) -> tuple[str, dict[str, Any], Plan] | None:
    """Plan a write and apply it, if it is not refused; what is refused has changed nothing."""
    try:
        plan = tool.guard.propose(registry()[op], registry()[op].prepare(tool.fb, args), always=True)
        assert plan is not None
        tool.guard.apply(plan.id)
    except (ParameterError, APIError):
        return None
    return op, args, plan


def write(sandbox: Sandbox, rng: random.Random) -> tuple[str, dict[str, Any]]:
    """Return a write of something in the account."""
    ads = sorted(sandbox.objects("Ad", "act_1"), key=lambda ad: sandbox.object(ad["campaign_id"])["status"])
    ad = rng.choice(ads[: rng.choice([2, len(ads)])])  # more often one whose campaign is ACTIVE
    campaign, adset = (sandbox.object(ad[key]) for key in ("campaign_id", "adset_id"))
    levels = {"campaign": campaign, "adset": adset, "ad": ad}
    off = [name for name, fields in levels.items() if fields["status"] == "PAUSED"]
    if len(off) == 1 and rng.random() < 0.8:  # what alone keeps it from delivering
        return f"update_{off[0]}", {f"{off[0]}_id": levels[off[0]]["id"], "status": "ACTIVE"}
    amount = rng.randrange(800, 30_000)
    soon = sandbox.now() + timedelta(days=2)
    status = rng.choice(["ACTIVE", "ACTIVE", "PAUSED", "ARCHIVED", "DELETED"])
    several = [campaign["id"] for campaign in sandbox.objects("Campaign", "act_1")][: rng.randrange(1, 5)]
    below = sandbox.objects("AdSet", campaign["id"])
    writes: list[tuple[str, dict[str, Any]]] = [
        ("update_campaign", {"campaign_id": campaign["id"], "status": status}),
        ("update_campaign", {"campaign_id": campaign["id"], "daily_budget": amount}),
        ("update_campaign", {"campaign_id": campaign["id"], "status": "ACTIVE", "spend_cap": amount * 10}),
        ("update_adset", {"adset_id": adset["id"], "status": status}),
        ("update_adset", {"adset_id": adset["id"], "daily_budget": amount}),
        ("update_adset", {"adset_id": adset["id"], "end_time": soon.isoformat()}),
        ("update_ad", {"ad_id": ad["id"], "status": status}),
        ("update_ad", {"ad_id": ad["id"], "status": "ACTIVE", "name": "On"}),
        ("bulk_update_campaigns", {"campaign_ids": several, "status": status}),
        ("scale_campaign", {"campaign_id": campaign["id"], "factor": 1.7, "max_daily_budget": "400.00 USD"}),
        ("delete_campaign", {"campaign_id": campaign["id"]}),
        ("archive_adset", {"adset_id": adset["id"]}),
        ("delete_ad", {"ad_id": ad["id"]}),
        ("create_campaign", {**CAMPAIGN, "status": "ACTIVE", "daily_budget": amount}),
        ("create_adset", {**ADSET, "campaign_id": campaign["id"], "status": "ACTIVE", "daily_budget": amount}),
        (
            "create_ad",
            {"name": "New", "adset_id": adset["id"], "status": "ACTIVE", "creative": ad["creative"]["id"]},
        ),
        (
            "create_budget_schedule",
            {
                "ad_object_id": rng.choice([campaign, adset])["id"],
                "budget_value": rng.choice([2, 3]),
                "budget_value_type": rng.choice(["ABSOLUTE", "MULTIPLIER"]),
                "time_start": soon.isoformat(),
                "time_end": (soon + timedelta(hours=5)).isoformat(),
            },
        ),
        (
            "update_campaign",
            {
                "campaign_id": campaign["id"],
                "adset_budgets": [{"adset_id": adset["id"], "daily_budget": amount} for adset in below],
            },
        ),
        ("duplicate_campaign", {"campaign_id": campaign["id"]}),
        ("duplicate_adset", {"adset_id": adset["id"], "daily_budget": amount}),
    ]
    return rng.choice(writes)
