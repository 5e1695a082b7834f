"""Cases of every rule, from the files beside this one."""

from __future__ import annotations

import copy
import runpy
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from admonster_fb.rules import Context, Finding, Kind, check

TRAFFIC = {"objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
BASE: dict[str, dict[str, Any]] = {
    "campaign": {
        "name": "Autumn",
        "status": "PAUSED",
        "is_adset_budget_sharing_enabled": False,
        **TRAFFIC,
    },
    "adset": {
        "name": "US",
        "campaign_id": "1",
        "status": "PAUSED",
        "daily_budget": 2000,
        "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
        "optimization_goal": "LINK_CLICKS",
        "billing_event": "IMPRESSIONS",
        "targeting": {
            "geo_locations": {"countries": ["US"]},
            "targeting_automation": {"advantage_audience": 0},
        },
    },
    "creative": {
        "name": "Shoes",
        "object_story_spec": {"page_id": "1", "link_data": {"link": "https://example.com/", "image_hash": "0" * 32}},
    },
    "ad": {"name": "Ad", "status": "PAUSED", "adset_id": "1", "creative": {"creative_id": "1"}},
    "account": {"name": "Shop"},
}
AROUND: dict[str, dict[str, Any]] = {"adset": {"campaign": TRAFFIC}}
CHILDREN = {"campaign": "adsets", "adset": "ads"}


class Case(NamedTuple):
    """One rule, broken and kept. `verdict` is the severity and Meta's numbers: "error 100/1885272"."""

    kind: Kind
    rule: str
    verdict: str
    field: str
    bad: dict[str, Any]
    good: dict[str, Any]
    context: Any = None
    update: bool = False

    def context_of(self, *, good: bool) -> Context:
        """The context; a list of two has one for each."""
        given = self.context[good] if isinstance(self.context, list) else self.context or {}
        return Context(**{"currency": "USD", **AROUND.get(self.kind, {}), **given})

    def findings(self, *, good: bool) -> list[Finding]:
        """All findings with the changes that break the rule, or keep it."""
        params = changed(BASE[self.kind], self.good if good else self.bad)
        children = params.pop(CHILDREN.get(self.kind, ""), [])
        return check(self.kind, params, self.context_of(good=good), update=self.update, children=children)

    def under(self, objectives: Iterable[str]) -> Iterator[tuple[dict[str, Any], Context, list[Finding]]]:
        """Parameters, context and findings of the case that breaks the rule; of an ad set also under each objective."""
        params, context = changed(BASE[self.kind], self.bad), self.context_of(good=False)
        children = params.pop(CHILDREN.get(self.kind, ""), [])
        contexts = [context]
        if self.kind == "adset" and context.campaign is not None:
            contexts += [replace(context, campaign={**context.campaign, "objective": each}) for each in objectives]
        for each in contexts:
            yield params, each, check(self.kind, params, each, update=self.update, children=children)


def changed(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A copy of the base with changes; a dotted name leads inwards, `...` takes away."""
    made = copy.deepcopy(base)
    for way, value in changes.items():
        *outer, name = way.split(".")
        holder = made
        for part in outer:
            holder = holder.setdefault(part, {})
        if value is ...:
            holder.pop(name, None)
        else:
            holder[name] = value
    return made


def all_cases() -> list[Case]:
    """Every case there is."""
    files = sorted(Path(__file__).parent.glob("cases_*.py"))
    groups = [group for file in files for group in runpy.run_path(str(file))["CASES"].items()]
    return [Case(*name.split(), *row) for name, rows in groups for row in rows]


@pytest.fixture(scope="session")
def cases() -> list[Case]:
    """All cases."""
    return all_cases()


@pytest.fixture
def check_base() -> Any:
    """Check a base with changes: `check_base("adset", {"targeting.age_min": 12}, campaign={…})`."""

    def run(kind: Kind, changes: dict[str, Any], *, update: bool = False, **context: Any) -> list[Finding]:
        around = Context(**{"currency": "USD", **AROUND.get(kind, {}), **context})
        params = changed(BASE[kind], changes)
        children = params.pop(CHILDREN.get(kind, ""), [])
        return check(kind, params, around, update=update, children=children)

    return run
