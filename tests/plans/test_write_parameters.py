"""Every parameter of a write is judged: by its fact, with its object, or as reviewed here; any other needs a plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tables import table

from admonster_fb.analysis.daily_exposure import COMPARISONS
from admonster_fb.bot.audit.undo import plannable_ops
from admonster_fb.bot.plans.classify import HARMLESS, change_classes, raises_spend
from admonster_fb.models._facts import Fact
from admonster_fb.models.change import Change
from admonster_fb.objects import DELIVERS, OBJECTS, facts_of

JUDGED = (*DELIVERS, "adaccounts")
"""Edges whose parameters are judged one by one."""
BY_RULE = {"budget_schedules": "a factor above 1, or an amount", "adrules_library": "what the rule does when it runs"}
"""Edges whose changes are judged as a whole."""
ALWAYS_PLANNED = frozenset({"assigned_users", "recommendations"})
"""Edges of which every change needs a plan: a person's access to the money of an account, and what may spend."""
PLACES = frozenset(
    {"ad_account_id", "to_account_id", "campaign_id", "campaign_ids", "adset_id", "adset_ids", "ad_id", "ad_ids"}
    | {"ad_object_id", "id"}
    | {"resume", "rollback", "send_again", "verify_ids", "fields", "business_id"}
)
"""Where a write takes place, or what is looked up: a policy's `accounts` bind it."""
PARTS = frozenset(
    {
        "campaigns",
        "campaign",
        "adsets",
        "defaults",
        "ad",
        "ads",
        "adset",
        "budget_value_type",
        "time_start",
        "time_end",
        "extra",
    }
)
"""Objects and schedules, whose own parameters are judged."""
DESCRIBED = frozenset({"factor", "max_daily_budget", "amounts", "spending_limit", "countries"})
"""Amounts and places of our own, which plans show as budgets, limits and targeting before and after."""
NEW = frozenset(
    {
        "new_name",
        "deep",
        "allow_loss",
        "link",
        "pixel_id",
        "url_tags",
        "creative_parameters",
        "creative_id",
    }
    | {"preset", "images", "videos", "creatives", "objective", "buying_type", "is_dynamic_creative"}
    | {
        "forms",
        "post",
        "page_id",
        "partnership_ad_code",
        "goal",
        "days",
        "places",
        "age_min",
        "age_max",
        "gender",
        "interests",
    }
    | {
        "phone",
        "multi_optimization_goal_weight",
        "optimization_sub_event",
        "currency",
        "invoice",
        "po_number",
        "timezone_id",
    }
)
"""Parameters of new objects: they are PAUSED, and a new account needs a plan."""


def paths(
    schema: Mapping[str, Any], node: Any, path: tuple[str, ...] = (), seen: tuple[str, ...] = ()
) -> Iterator[Any]:
    """Yield the path of every parameter of a JSON Schema, nested ones too."""
    if (ref := node.get("$ref")) is not None:
        if ref not in seen:
            yield from paths(schema, schema["$defs"][ref.rsplit("/", 1)[-1]], path, (*seen, ref))
        return
    inner = [*node.get("anyOf", ()), *node.get("allOf", ()), node.get("items"), node.get("additionalProperties")]
    for each in inner:
        if isinstance(each, dict):
            yield from paths(schema, each, path, seen)
    for name, each in node.get("properties", {}).items():
        yield (*path, name)
        if name not in ("targeting", "promoted_object", "creative", "creative_parameters"):  # judged as a whole
            yield from paths(schema, each, (*path, name), seen)


def effects() -> dict[str, set[str]]:
    """Return the parameters of what delivers, and of accounts, by how they are judged."""
    found = defaultdict(set)
    for edge in JUDGED:
        for name, fact in facts_of(edge).items():
            found[fact.spend or f"replaces {fact.replaces}"].add(name)
    return found


def is_judged(edge: str, name: str) -> bool:
    facts = [facts_of(each).get(name) for each in (*JUDGED, "budget_schedules")]
    known = any(fact is not None and (fact.spend or fact.replaces) for fact in facts)
    return known or name in PLACES | PARTS | DESCRIBED | NEW or edge not in JUDGED


def test_every_parameter_of_every_write_is_judged() -> None:
    left = {
        f"{op.name} {'.'.join(path)}"
        for op in plannable_ops().values()
        if op.access != "read"
        for path in paths(op.schema, op.schema)
        if not is_judged(op.spec.changes, path[-1])
    }
    assert not left


def test_every_parameter_of_an_update_has_a_fact_of_its_own() -> None:
    from typing_extensions import get_type_hints

    from admonster_fb.objects import _load

    left = [
        f"{edge}.{name}"
        for edge in JUDGED
        for name in get_type_hints(_load("models", OBJECTS[edge].update_path))
        if name != "extra" and not ((fact := facts_of(edge).get(name)) and (fact.spend or fact.replaces))
    ]
    assert not left


def test_every_edge_that_is_written_is_judged() -> None:
    edges = {op.spec.changes for op in plannable_ops().values() if op.access != "read"}
    assert edges <= {*JUDGED, *BY_RULE, *HARMLESS, *ALWAYS_PLANNED}
    for edge in (*ALWAYS_PLANNED, "something_new"):
        assert raises_spend(Change(edge, None, None, {}, {"user": "7"}))


def test_every_kind_of_fact_can_be_compared() -> None:
    kinds = {fact.spend for edge in JUDGED for fact in facts_of(edge).values()} - {None}
    assert kinds - {"schedule", "parts"} <= COMPARISONS.keys()


@table("edge", JUDGED)
def test_a_parameter_that_nobody_judged_needs_a_plan(edge: str) -> None:
    assert change_classes([Change(edge, "1", None, {"turbo": None, "status": "PAUSED"}, {"turbo": True})]) == {"spend"}
    assert Fact().spend is None, "and so does one whose fact says nothing about it"


NINE = {"start_minute": 540, "end_minute": 600, "days": [1]}
TEN = {"start_minute": 600, "end_minute": 660, "days": [1]}


@table(
    ("edge", "name", "before", "after", "raises"),
    [
        ("adsets", "adset_schedule", [NINE], [NINE, TEN], True),
        ("adsets", "adset_schedule", [NINE, TEN], [NINE], False),
        ("adsets", "adset_schedule", [NINE], [TEN], True),
        ("adsets", "adset_schedule", [NINE], [], True),
        ("adsets", "adset_schedule", None, [NINE], False),
        ("adsets", "adset_schedule", [NINE], [{**NINE, "timezone_type": "USER"}], True),
        ("adsets", "pacing_type", ["standard"], ["day_parting"], False),
        ("adsets", "pacing_type", ["day_parting"], ["standard"], True),
        ("adsets", "pacing_type", ["standard"], ["no_pacing"], True),
        ("adsets", "frequency_control_specs", [{"max_frequency": 1}], [], True),
        ("adsets", "value_rules_applied", None, True, True),
        ("adsets", "value_rules_applied", True, False, False),
        ("adsets", "bid_constraints", {"roas_average_floor": 1}, {"roas_average_floor": 1, "turbo": 2}, True),
        ("adsets", "bid_strategy", "LOWEST_COST_WITHOUT_CAP", "COST_CAP", False),
        ("adsets", "bid_strategy", "LOWEST_COST_WITHOUT_CAP", "SOMETHING_NEW", True),
        ("campaigns", "is_adset_budget_sharing_enabled", False, True, True),
        ("campaigns", "migrate_to_advantage_plus", None, True, True),
        ("ads", "ad_schedule_end_time", "2026-12-01T09:00:00+0000", "2026-12-02T09:00:00+0000", True),
        ("ads", "ad_schedule_end_time", "2026-12-02T09:00:00+0000", "2026-12-01T09:00:00+0000", False),
        ("ads", "ad_schedule_end_time", "2026-12-02T09:00:00+0000", None, True),
        ("ads", "ad_schedule_start_time", "2026-12-02T09:00:00+0000", "2026-12-01T09:00:00+0000", True),
        ("ad_studies", "creative_test_config", None, {"daily_budget": 9000}, True),
        ("ad_studies", "cells", [], [{"treatment_percentage": 50}], True),
        ("ad_studies", "description", "a", "b", False),
        ("adspixels", "name", "a", "b", False),
    ],
)
def test_what_raises_spend_reach_or_duration(edge: str, name: str, before: Any, after: Any, raises: bool) -> None:
    assert raises_spend(Change(edge, "1", None, {name: before}, {name: after})) is raises


@table("name", ["retention_days", "lookalike_spec", "use_in_campaigns", "rule"])
def test_what_changes_the_people_of_an_audience(name: str) -> None:
    assert change_classes([Change("customaudiences", "1", None, {name: None}, {name: 7})]) == {"audience"}


def test_the_documentation_has_the_table() -> None:
    text = (Path(__file__).parents[2] / "docs" / "plans.md").read_text("utf-8")
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in text.splitlines() if line.startswith("| ")}
    for effect, names in effects().items():
        listed = rows[f"`{effect}`"].split(" | ")[1].strip(" |")
        assert listed == ", ".join(f"`{name}`" for name in sorted(names)), effect
