"""All rules, and parameters checked against them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from admonster_fb.rules import (  # noqa: F401 - importing a module registers its rules
    ad,
    adset,
    bids,
    budgets,
    campaign,
    categories,
    creatives,
    geo,
    goals,
    known_values,
    placements,
    schedule,
    targeting,
)
from admonster_fb.rules.core import BY_KIND, UNKNOWN, Context, Finding, Kind, ParameterView, Rule
from admonster_fb.rules.values import mapping, rows

RULES: tuple[Rule, ...] = tuple(rule for kind in get_args(Kind) for rule in BY_KIND[kind])
"""Every rule for campaigns, ad sets, creatives, ads and accounts."""
_FOR_UPDATES = {kind: [rule for rule in BY_KIND[kind] if not rule.create_only] for kind in get_args(Kind)}


def check(
    kind: Kind,
    params: Mapping[str, Any],
    context: Context = UNKNOWN,
    *,
    update: bool = False,
    children: Sequence[Mapping[str, Any]] = (),
) -> list[Finding]:
    """Return everything that is wrong with the parameters of one object, ordered by field. Sends nothing.

    With `update`, only the given parameters are checked: none is required, and absent ones count as unknown.
    `children` are the ad sets of a campaign, or the ads of an ad set, if they are known. The creative within an ad is
    checked too, unless it is given by ID. Source: `docs/meta-rules.md#checks-before-sending`.

    >>> for finding in check("campaign", {"name": "A", "objective": "LINK_CLICKS", "special_ad_categories": []}):
    ...     print(finding.severity, finding.field, finding.rule, finding.subcode)
    error is_adset_budget_sharing_enabled sharing-flag 4834011
    error objective campaign-objective None
    """
    return _ordered(_apply_rules(kind, ParameterView(mapping(params), context, update=update, children=children)))


def check_tree(tree: Mapping[str, Any], context: Context = UNKNOWN) -> list[Finding]:
    """Return everything that is wrong with a new campaign, its ad sets and their ads, ordered by field. Sends nothing.

    The tree is `{"campaign": {…}, "adsets": [{…, "ads": [{…, "creative": {…}}]}]}`. The parent of a node is the one
    that contains it, so `campaign_id` and `adset_id` are not required.

    >>> tree = {"campaign": {"name": "A", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": [],
    ...     "daily_budget": 5000, "bid_strategy": "LOWEST_COST_WITHOUT_CAP"}, "adsets": [{"name": "B",
    ...     "daily_budget": 2000, "optimization_goal": "LINK_CLICKS", "billing_event": "IMPRESSIONS",
    ...     "targeting": {"geo_locations": {"countries": ["US"]}}}]}
    >>> [(finding.field, finding.rule) for finding in check_tree(tree)]
    [('adsets.0.daily_budget', 'budget-level')]
    """
    tree = mapping(tree)
    top, adsets = mapping(tree.get("campaign")), [*rows(tree.get("adsets"))]
    found = _apply_rules("campaign", ParameterView(top, context, children=[child for _, child in adsets]))
    found = [each if each.field == "adsets" else _prefix_path("campaign", each) for each in found]
    inside = replace(context, campaign={"promoted_object": None, **top})
    for place, params in adsets:
        found += [_prefix_path(f"adsets.{place}", finding) for finding in _check_adset(params, inside)]
    return _ordered(found)


def _check_adset(params: Mapping[str, Any], context: Context) -> list[Finding]:
    ads = [*rows(params.get("ads"))]
    found = _apply_rules("adset", ParameterView(params, context, children=[child for _, child in ads]))
    inside = replace(context, adset=params)
    for place, spec in ads:
        found += [_prefix_path(f"ads.{place}", finding) for finding in _apply_rules("ad", ParameterView(spec, inside))]
    return found


def _apply_rules(kind: Kind, view: ParameterView) -> list[Finding]:
    rules = (_FOR_UPDATES if view.update else BY_KIND)[kind]
    found = [rule.finding(*problem) for rule in rules for problem in rule.test(view)]
    if kind == "ad" and (creative := ad.inline_creative(view)):
        inside = ParameterView(creative, view.context)
        found += [_prefix_path("creative", finding) for finding in _apply_rules("creative", inside)]
    return found


def _prefix_path(path: str, finding: Finding) -> Finding:
    return replace(finding, field=f"{path}.{finding.field}")


def _ordered(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=_sort_key) if len(findings) > 1 else findings


def _sort_key(finding: Finding) -> tuple[list[tuple[int, str]], str]:
    """Sort by field, list positions by number, then by rule."""
    parts = [(len(part) if part.isdecimal() else 0, part) for part in finding.field.split(".")]
    return parts, finding.rule
