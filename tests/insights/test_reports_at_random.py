"""Reports of random queries whose jobs end at random: the rows of the query, each once."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

import pytest
from explore import examples

from admonster_fb import FacebookAds, FacebookAdsError
from admonster_fb.sandbox import STUCK, Sandbox

pytestmark = pytest.mark.slow

ENDINGS: tuple[dict[str, Any], ...] = (
    {"end": "Job Failed"},
    {"end": "Job Skipped"},
    {"end": STUCK},
    {"end": "Job Completed", "late_rows": 3},
    {"end": "Job Failed", "error": (2, 1504038)},
)
NO_SMALLER = {1504038, 1504045, 2490547}
"""What is said of a part that fails and cannot be split."""
LEVELS = ("account", "campaign", "adset", "ad")
FIELDS: tuple[list[str] | None, ...] = (
    None,
    ["spend", "clicks"],
    ["account_id", "campaign_id", "spend", "reach", "actions", "clicks"],
    ["reach", "frequency", "impressions"],
    ["campaign_name", "spend"],
)
BREAKDOWNS = (["age"], ["gender"], ["age", "gender"], ["country"], ["publisher_platform", "platform_position"])


def told(rows: Any) -> Counter[str]:
    return Counter(json.dumps(row.model_dump(mode="json", exclude_unset=True), sort_keys=True) for row in rows)


def windows(dice: random.Random) -> dict[str, Any]:
    kind = dice.randrange(4)
    if kind == 0:
        return {"days": dice.choice([1, 3, 7, 14, 28, 60])}
    if kind == 1:
        return {"date_preset": dice.choice(["last_30d", "last_month", "last_7d", "yesterday"])}
    if kind == 2:
        since, until = f"2026-09-{dice.randint(1, 30):02}", f"2026-10-{dice.randint(1, 31):02}"
        return {"time_range": {"since": since, "until": until}}
    starts = dice.sample(range(1, 26), dice.randint(1, 6))
    return {"time_ranges": [{"since": f"2026-10-{day:02}", "until": f"2026-10-{day + 3:02}"} for day in starts]}


@pytest.mark.parametrize("seed", range(examples(20)))
def test_every_row_once_whatever_is_asked_for_and_becomes_of_it(seed: int) -> None:
    dice, sandbox = random.Random(seed), Sandbox(history=70)
    sandbox.populate(6, 60, every=2)
    with FacebookAds.sandbox(sandbox) as fb:
        nodes = [fb.campaigns.list("act_1")[-1].id, fb.adsets.list("act_1")[-1].id]
        where = dice.choice(["act_1", "act_1", *nodes])
        query = windows(dice)
        levels = LEVELS[{nodes[0]: 1, nodes[1]: 2}.get(where, 0) :]
        if dice.random() < 0.8:
            query["level"] = dice.choice(levels)
        if "time_ranges" not in query and dice.random() < 0.7:
            query["time_increment"] = dice.choice([1, 1, 2, 7, "monthly", "all_days"])
        if dice.random() < 0.5:
            query["breakdowns"] = dice.choice(BREAKDOWNS)
        if dice.random() < 0.2:
            query["filtering"] = [{"field": "spend", "operator": "GREATER_THAN", "value": 5}]
        query["fields"] = dice.choice(FIELDS)
        expected = told(fb.insights.iter(where, **query))
        sandbox.jobs.limit(rows=max(sum(expected.values()) // dice.choice([1, 2, 3, 5]), 25))
        for _ in range(dice.randint(0, 3)):
            sandbox.jobs.next(**dice.choice(ENDINGS))
        refused, got = None, Counter[str]()
        try:
            got = told(fb.insights.report(where, **query).rows())
        except FacebookAdsError as error:
            refused = getattr(error, "error_subcode", None)
        assert got == expected or refused in NO_SMALLER
