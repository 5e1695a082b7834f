"""All rules, and parameters judged by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from admonster_fb.rules import (
    ad,
    adset,
    advantage,
    assets,
    bids,
    budgets,
    campaign,
    categories,
    creatives,
    dsa,
    geo,
    options,
    placements,
    schedule,
    targeting,
)
from admonster_fb.rules import goals as combinations
from admonster_fb.rules.core import UNKNOWN, Context, Finding, Kind, Problem, Rule, Subject
from admonster_fb.rules.values import mapping, rows

_TOPICS = (
    *(campaign, adset, budgets, bids, combinations, targeting, geo, placements, categories, advantage, dsa, schedule),
    *(creatives, assets, ad, options),
)
RULES: tuple[Rule, ...] = tuple(rule for topic in _TOPICS for rule in topic.RULES)
"""Every rule, by topic."""
_CREATE: dict[Kind, tuple[Rule, ...]] = {
    kind: tuple(rule for rule in RULES if rule.kind == kind) for kind in get_args(Kind)
}
_UPDATE: dict[Kind, tuple[Rule, ...]] = {
    kind: tuple(rule for rule in found if not rule.create_only) for kind, found in _CREATE.items()
}


def check(kind: Kind, params: Mapping[str, Any], context: Context = UNKNOWN, *, update: bool = False) -> list[Finding]:
    """Return all that is wrong with the parameters of one object, ordered by field; nothing is sent.

    With `update`, only what is sent is judged: nothing is missed, and nothing is held against what is not there.
    What an ad's creative holds is judged too, unless it is named by id. Meta: `api_facts.md` sections 1, 2, 3 and 10.

    >>> for finding in check("campaign", {"name": "A", "objective": "LINK_CLICKS", "special_ad_categories": []}):
    ...     print(finding.severity, finding.field, finding.rule, finding.subcode)
    error is_adset_budget_sharing_enabled sharing-flag 4834011
    error objective campaign-objective None
    """
    return _ordered(_judged(kind, Subject(mapping(params), context, update=update)))


def check_tree(tree: Mapping[str, Any], context: Context = UNKNOWN) -> list[Finding]:
    """Return all that is wrong with a new campaign, its ad sets and their ads, ordered by field; nothing is sent.

    The tree is `{"campaign": {…}, "adsets": [{…, "ads": [{…, "creative": {…}}]}]}`. Parents are known by their place,
    so no `campaign_id` or `adset_id` is asked for.

    >>> tree = {"campaign": {"name": "A", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": [],
    ...     "daily_budget": 5000, "bid_strategy": "LOWEST_COST_WITHOUT_CAP"}, "adsets": [{"name": "B",
    ...     "daily_budget": 2000, "optimization_goal": "LINK_CLICKS", "billing_event": "IMPRESSIONS",
    ...     "targeting": {"geo_locations": {"countries": ["US"]}}}]}
    >>> [(finding.field, finding.rule) for finding in check_tree(tree)]
    [('adsets.0.daily_budget', 'budget-level')]
    """
    tree = mapping(tree)
    top = mapping(tree.get("campaign"))
    below = [*rows(tree.get("adsets"))]
    found = _judged("campaign", Subject(top, context, children=[each for _, each in below]))
    found = [each if each.field == "adsets" else _under("campaign", each) for each in found]
    inside = replace(context, campaign={"promoted_object": None, **top})
    for place, params in below:
        found += [_under(f"adsets.{place}", each) for each in _adset(params, inside)]
    return _ordered(found)


def _adset(params: Mapping[str, Any], context: Context) -> list[Finding]:
    ads = [*rows(params.get("ads"))]
    found = _judged("adset", Subject(params, context, children=[each for _, each in ads]))
    inside = replace(context, adset=params)
    for place, each in ads:
        found += [_under(f"ads.{place}", wrong) for wrong in _judged("ad", Subject(each, inside))]
    return found


def _judged(kind: Kind, subject: Subject) -> list[Finding]:
    found = [
        _finding(rule, problem)
        for rule in (_UPDATE if subject.update else _CREATE)[kind]
        for problem in rule.test(subject)
    ]
    if kind == "ad" and (creative := ad.whole_creative(subject)):
        found += [_under("creative", each) for each in _judged("creative", Subject(creative, subject.context))]
    return found


def _finding(rule: Rule, problem: Problem) -> Finding:
    fix = rule.fix if problem.fix is None else problem.fix
    about = rule.code, rule.subcode, rule.source, rule.severity
    return Finding(problem.field, rule.slug, problem.message, fix, *about, problem.given)


def _under(path: str, finding: Finding) -> Finding:
    return replace(finding, field=f"{path}.{finding.field}")


def _ordered(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=_place) if len(findings) > 1 else findings


def _place(finding: Finding) -> tuple[list[tuple[int, str]], str]:
    """Order numbered fields by their number."""
    parts = [(len(part) if part.isdecimal() else 0, part) for part in finding.field.split(".")]
    return parts, finding.rule
