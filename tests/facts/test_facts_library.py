"""The library agrees with the facts, but for the differences listed here, which may only become fewer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import pytest

from admonster_fb import enums, facts, money
from admonster_fb.error_atlas import entries, lookup
from admonster_fb.models.insights import dates
from admonster_fb.rules import RULES, Context, adset, audiences, bids, campaign, categories, check, creatives
from admonster_fb.rules.goal_matrix import DOUBTFUL_BILLING, EXTRA_BILLING, GOALS_OF, MatrixRow, rows

KNOWN_DIFFERENCES: dict[str, dict[Any, Any]] = {
    "goals": {},
    "goals of objectives": {},
    "promoted object": {},
    "billing": {},
    "attribution": {},
    "geo": {},
    "targeting": {},
    "currencies": {},
    "errors": {},
    "errors beyond": {
        (-1, None): "Meta failed without saying why.",
        (-2, None): "The asynchronous report failed.",
        (2601, None): "The report cannot be loaded yet.",
        (-3, None): "The report is too large.",
        (31, None): "Meta wants a person to act before more changes.",
        (3001, None): "The query is invalid.",
        (110, None): "The user id is invalid.",
        (9004, None): "Meta could not fetch the media.",
    },
    "special ad categories": {},
    "accepted requests": {},
    "audit": {"post-field": "an error without an audit"},  # newer than the audit: what no post has is misspelt
    "audit subcodes": {},
}
"""By subject: what differs, and how (the library's side, then the facts' side)."""


def _report(subject: str, found: Mapping[Any, Any]) -> list[str]:
    """Return a line for each difference that is not known, and for each known one that is gone."""
    known = KNOWN_DIFFERENCES[subject]
    new = [f"differs: {key!r}: {found[key]!r}," for key in found if known.get(key) != found[key]]
    return new + [f"no longer differs, remove it: {key!r}" for key in known if key not in found]


Key = tuple[str, str | None, str]
"""Objective, destination_type (None: left out), and "app", "catalog" or "" for all else."""
_KINDS = {"app": "app", "catalog": "catalog", "shop": "catalog", "website and app": "both"}
_THINGS = {"app": "app", "catalog": "catalog", "both": "both"}


def _theirs() -> dict[Key, list[facts.Row]]:
    found: dict[Key, list[facts.Row]] = {}
    for row in facts.rows("goal_matrix"):
        for destination in row.destinations:
            found.setdefault((row.objective, destination, _KINDS.get(row.promotes, "")), []).append(row)
    return {key: rows for key, rows in found.items() if key[2] != "both"}


def _ours() -> dict[Key, list[MatrixRow]]:
    found: dict[Key, list[MatrixRow]] = {}
    for row in rows():
        found.setdefault((row.objective, row.destination, _THINGS.get(row.thing, "")), []).append(row)
    return {key: rows for key, rows in found.items() if key[2] != "both"}


def _sorted(keys: set[Key]) -> list[Key]:
    return sorted(keys, key=lambda key: (key[0], key[1] or "", key[2]))


def test_goals_by_destination() -> None:
    ours, theirs, found = _ours(), _theirs(), {}
    for key in _sorted(ours.keys() | theirs.keys()):
        mine = {goal for row in ours.get(key, ()) for goal in row.goals}
        sure = {goal for row in theirs.get(key, ()) for goal in (*row.goals, *row.older_goals)}
        doubtful = {goal for row in theirs.get(key, ()) for goal in row.doubtful_goals}
        beyond, lacking = mine - sure - doubtful, sure - mine
        if beyond or lacking:
            found[key] = (" ".join(sorted(beyond)), " ".join(sorted(lacking)))
    assert _report("goals", found) == []


def test_goals_by_objective() -> None:
    found = {}
    for row in facts.rows("goals_by_objective"):
        mine = {*GOALS_OF[row.objective]}
        if mine != {*row.goals}:
            found[row.objective] = (" ".join(sorted(mine - {*row.goals})), " ".join(sorted({*row.goals} - mine)))
    assert _report("goals of objectives", found) == []


def test_promoted_object() -> None:
    ours, theirs = _ours(), _theirs()
    found: dict[Key, Any] = {}
    for key in _sorted(ours.keys() & theirs.keys()):
        mine = {frozenset(keys) for row in ours[key] for keys in (row.promoted_object, *row.promoted_instead)}
        allowed = {frozenset(keys) for row in theirs[key] for keys in row.promoted_object or ((),)}
        if mine != allowed:
            found[key] = tuple(" or ".join(sorted("+".join(sorted(each)) for each in side)) for side in (mine, allowed))
    assert _report("promoted object", found) == []


def test_billing() -> None:
    found = {}
    for row in facts.rows("billing_events"):
        mine = {*EXTRA_BILLING.get(row.goal, ())}
        if row.stay_open:
            mine |= {event for goal, event in DOUBTFUL_BILLING if goal == row.goal}
        if mine != {*row.also}:
            found[row.goal] = (" ".join(sorted(mine)), " ".join(row.also))
    assert _report("billing", found) == []


def test_attribution_windows() -> None:
    sure = [row for row in facts.rows("attribution_windows") if not row.stay_open]
    theirs = {(row.goal, row.promotes): {*row.windows} for row in sure}
    found = {}
    for row in rows():
        to_app = row.thing == "app" or row.objective == "OUTCOME_TRAFFIC"
        places = {"OFFSITE_CONVERSIONS": "app or traffic" if to_app else "website or catalog", "APP_INSTALLS": "app"}
        for goal, windows in row.attribution.items():
            right = theirs.get((goal, places.get(goal, "any")), theirs["*", "any"])
            if {*windows} != right:
                found[(row.objective, row.destination, goal)] = (" ".join(windows), " ".join(sorted(right)))
    assert _report("attribution", found) == []


def _refused(slug: str, targeting: Mapping[str, Any], context: Context | None = None, severity: str = "error") -> bool:
    found = check("adset", {"targeting": targeting}, context or Context(), update=True)
    return any(finding.rule == slug and finding.severity == severity for finding in found)


def _most(slug: str, spec: Any, high: int, severity: str = "error") -> int | None:
    """Return `high` if the rule takes so many and no more; None if it has another limit."""
    over, within = _refused(slug, spec(high + 1), None, severity), _refused(slug, spec(high), None, severity)
    return high if over and not within else None


def _severity(row: facts.Row) -> str:
    """Return the severity of a limit: a warning where Meta's pages disagree (markets: above the larger, an error)."""
    return "warning" if row.stay_open and "markets" not in getattr(row, "kind", "") else "error"


@pytest.mark.thorough
def test_places() -> None:
    found: dict[Any, Any] = {}
    for row in facts.rows("geo_limits"):
        kind = row.kind
        if row.value is not None:

            def spec(count: int, kind: str = kind) -> dict[str, Any]:
                return {"geo_locations": {kind: [{"key": "US:1"}] * count}}

            if _most("geo-counts", spec, row.value, _severity(row)) is None:
                found[(kind, "count")] = row.value
        elif row.low is not None and row.high is not None:
            taken = [
                _refused("geo-radius", {"geo_locations": {kind: [{"radius": radius, "distance_unit": row.unit}]}})
                for radius in (row.low - 0.01, row.low, row.high, row.high + 0.01)
            ]
            if taken != [True, False, False, True]:
                found[(kind, "radius", row.unit)] = (row.low, row.high)
    assert _report("geo", found) == []


def test_targeting() -> None:
    found: dict[Any, Any] = {}
    for row in facts.rows("targeting_limits"):
        field = row.field
        if row.limit == "count" and row.high is not None and not field.startswith("flexible_spec"):

            def spec(count: int, field: str = field) -> dict[str, Any]:
                return {field: [{"id": "1"}] * count}

            if _most("targeting-counts", spec, row.high, _severity(row)) is None:
                found[field] = row.high
        elif field in ("age_min", "age_max") and row.low is not None and row.high is not None:
            taken = [_refused("ages", {field: age}) for age in (row.low - 1, row.low, row.high, row.high + 1)]
            if taken != [True, False, False, True]:
                found[field] = (row.low, row.high)
    limits = {row.field: row.high for row in facts.rows("targeting_limits")}
    groups, entries = limits["flexible_spec groups"] or 0, limits["flexible_spec entries in a group"] or 0
    if (
        _most("flexible-limits", lambda count: {"flexible_spec": [{"interests": [{"id": "1"}]}] * count}, groups)
        is None
    ):
        found["flexible_spec groups"] = groups
    if (
        _most("flexible-limits", lambda count: {"flexible_spec": [{"interests": [{"id": "1"}] * count}]}, entries)
        is None
    ):
        found["flexible_spec entries in a group"] = entries
    assert _report("targeting", found) == []


def test_currencies() -> None:
    offsets = {row.currency: row.offset for row in facts.rows("currencies")}
    found = {
        name: (money.OFFSETS.get(name), offsets.get(name))
        for name in sorted(offsets.keys() | money.OFFSETS.keys())
        if money.OFFSETS.get(name) != offsets.get(name)
    }
    assert _report("currencies", found) == []


def test_error_numbers() -> None:
    found: dict[Any, Any] = {}
    for row in facts.rows("error_numbers"):
        entry = lookup(row.code or 100, row.subcode)
        if entry.subcode != row.subcode or (row.subcode is None and entry.code != row.code):
            found[(row.code, row.subcode)] = "missing"
        elif (entry.retry, entry.who) != (row.retry, row.who):
            found[(row.code, row.subcode)] = (f"{entry.retry} {entry.who}", f"{row.retry} {row.who}")
    assert _report("errors", found) == []


def test_error_numbers_beyond_the_facts() -> None:
    known = facts.rows("error_numbers")
    pairs, subcodes = {(row.code, row.subcode) for row in known}, {row.subcode for row in known}
    found = {}
    for entry in entries():
        if (entry.code, entry.subcode) not in pairs and (entry.subcode is None or entry.subcode not in subcodes):
            found[(entry.code, entry.subcode)] = entry.cause
    assert _report("errors beyond", found) == []


def test_special_ad_categories() -> None:
    theirs = {name for row in facts.rows("special_ad_categories") for name in row.categories}
    found: dict[str, Any] = {}
    if {*get_args(enums.SpecialAdCategory)} != theirs or theirs != categories.KNOWN:
        found["values"] = (sorted(categories.KNOWN - theirs), sorted(theirs - categories.KNOWN))
    narrow = next(row for row in facts.rows("special_ad_categories") if row.rule == "genders")
    if {*narrow.categories} != categories.HEC_F:
        found["narrowed"] = (sorted(categories.HEC_F), sorted(narrow.categories))
    places = ("zips", "subcities", "neighborhoods", "electoral_districts", "small_geo_areas", "metro_areas")
    housing = Context(campaign={"objective": "OUTCOME_TRAFFIC", "special_ad_categories": ["HOUSING"]})
    passed = [
        kind for kind in places if not _refused("hecf-places", {"geo_locations": {kind: [{"key": "1"}]}}, housing)
    ]
    if passed:
        found["places let through"] = " ".join(passed)
    assert _report("special ad categories", found) == []


def test_each_check_has_the_severity_of_the_audit() -> None:
    audit = {row.rule: row.verdict for row in facts.rows("rules_audit")}
    missed = {row.rule for row in facts.rows("missing_checks") if row.tier == "D"}
    found: dict[str, str] = {}
    severities: dict[str, set[str]] = {}
    for rule in RULES:
        severities.setdefault(rule.slug, set()).add(rule.severity)
    for slug, given in severities.items():
        if "error" in given and slug not in audit.keys() | missed:
            found[slug] = "an error without an audit"
        if audit.get(slug) == "doubtful" and "error" in given:
            found[slug] = "an error, though doubtful"
    found |= dict.fromkeys(audit.keys() - severities.keys(), "no such rule")
    assert _report("audit", found) == []


_ADSET = {
    "name": "A",
    "campaign_id": "1",
    "status": "PAUSED",
    "daily_budget": 5000,
    "billing_event": "IMPRESSIONS",
    "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
    "targeting": {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}},
}


def _errors(row: facts.Row) -> set[str]:
    params = {**_ADSET, **row.params} if row.kind == "adset" else row.params
    special = params.get("special_ad_categories", [])
    given = {name: value for name, value in params.items() if value is not None}
    if row.kind == "adset":
        given.pop("special_ad_categories", None)
    parent = {"objective": row.objective, "special_ad_categories": special, "is_adset_budget_sharing_enabled": False}
    context = Context(
        currency="USD",
        campaign=None if row.kind == "campaign" else {**parent, "buying_type": "AUCTION", "promoted_object": None},
        adset={"optimization_goal": "LINK_CLICKS", "billing_event": "IMPRESSIONS", "is_dynamic_creative": False},
    )
    return {finding.rule for finding in check(row.kind, given, context) if finding.severity == "error"}


def test_accepted_requests_are_not_refused() -> None:
    found = {row.request: " ".join(sorted(_errors(row))) for row in facts.rows("accepted_requests") if _errors(row)}
    assert _report("accepted requests", found) == []


def test_each_check_names_the_subcode_of_the_audit() -> None:
    audit = {row.rule: row.subcode for row in facts.rows("rules_audit")}
    found = {}
    for rule in RULES:
        if rule.severity == "error" and rule.slug in audit and rule.subcode != audit[rule.slug]:
            found[rule.slug] = (rule.subcode, audit[rule.slug])
    assert _report("audit subcodes", found) == []


def test_field_limits() -> None:
    theirs = {(row.object, row.field): (row.low, row.high) for row in facts.rows("field_limits")}
    assert theirs["campaign", "ad sets"] == (None, campaign.MAX_ADSETS)
    assert theirs["campaign", "ad sets under a campaign budget"] == (None, campaign.FIXED_FROM)
    assert theirs["ad set", "ads"] == (None, adset.MAX_ADS)
    assert theirs["ad set", "bid_constraints.roas_average_floor"] == bids.ROAS_FLOORS
    assert theirs["creative", "child_attachments (carousel cards)"] == (creatives.CARDS[0], creatives.CARDS[-1])
    assert theirs["creative", "picture URL"] == (None, creatives.MAX_URL_LENGTH)
    assert theirs["audience", "rules in a rule spec"] == (None, audiences.MAX_RULES)
    assert theirs["audience", "filters in a rule spec"] == (None, audiences.MAX_FILTERS)


def test_insights_retention() -> None:
    theirs = {row.subject: row.months for row in facts.rows("insights_retention")}
    assert theirs["totals"] == dates.TOTALS_MONTHS
    assert theirs["unique counts with breakdowns"] == dates.DETAIL_MONTHS
    assert theirs["hourly breakdowns"] == dates.DETAIL_MONTHS
    assert theirs["frequency"] == dates.FREQUENCY_MONTHS
