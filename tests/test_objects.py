"""The rows of Meta's objects agree with what they are about."""

from __future__ import annotations

from pathlib import Path

from admonster_fb import FacebookAds, money
from admonster_fb.bot.registry import registry
from admonster_fb.models import campaign
from admonster_fb.objects import DELIVERS, OBJECTS, SERVICES, brief_fields, money_fields, named, service_class
from admonster_fb.transport.recovery import CREATE_LOOKUPS

PAGE = Path(__file__).parent.parent / "docs/python.md"


def test_every_row_names_a_model_and_parameters_that_exist_and_fields_that_the_model_has() -> None:
    wrong = []
    for row in OBJECTS.values():
        fields = row.model.model_fields if row.model_path else {}
        wrong += [f"{row.edge}: {name}" for name in row.brief if name not in fields and not hasattr(row.model, name)]
        wrong += [f"{row.edge}: parent {row.parent}"] if row.parent not in (*OBJECTS, "businesses") else []
        assert row.facts is not None
        assert brief_fields(row.model) == row.brief if row.model_path else True
    assert not wrong


def test_every_service_of_the_facade_has_a_row_and_the_page_for_python_names_it() -> None:
    with FacebookAds.sandbox() as fb:
        wrong = [name for name in SERVICES if type(getattr(fb, name)) is not service_class(name)]
    assert not wrong
    page = PAGE.read_text("utf-8")
    assert not [name for name in SERVICES if f"`{name}`" not in page and f"`fb.{name}`" not in page]


def test_every_write_changes_objects_that_have_a_row() -> None:
    unknown = {op.spec.name for op in registry().values() if op.spec.changes and op.spec.changes not in OBJECTS}
    assert unknown == {name for name, op in registry().items() if op.spec.changes == "plans"}


def test_the_id_argument_is_the_one_that_the_ops_of_an_object_take() -> None:
    wrong = [
        f"{op.spec.name}: {sorted(op.schema['properties'])}"
        for op in registry().values()
        if op.spec.changes in OBJECTS
        and op.spec.effect in ("update", "remove")
        and not op.spec.call_per_object
        and OBJECTS[op.spec.changes].id_argument not in op.schema["properties"]
    ]
    assert not wrong


def test_every_lookup_of_a_lost_create_is_of_an_object_or_of_copies() -> None:
    assert {*CREATE_LOOKUPS} - {*OBJECTS} == {"copies"}


def test_what_delivers_and_what_holds_budgets() -> None:
    assert DELIVERS == ("campaigns", "adsets", "ads")
    assert [edge for edge, row in OBJECTS.items() if row.has_budget] == ["campaigns", "adsets"]
    assert OBJECTS["assigned_users"].plural == "people"
    assert OBJECTS["adsets"].plural == "ad sets"


def test_a_place_of_a_launch_is_found_by_noun_plural_or_edge() -> None:
    places = {"campaign": "campaigns", "images": "adimages", "videos": "advideos", "creatives": "adcreatives"}
    for name, edge in {**places, "adsets": "adsets", "ads": "ads"}.items():
        row = named(name)
        assert row is not None, name
        assert row.edge == edge
    assert named("planets") is None


def test_money_fields_are_those_that_meta_returns_in_minor_units() -> None:
    written = {"daily_budget", "lifetime_budget", "spend_cap", "bid_amount", "budget_value"}
    limits = {"daily_spend_cap", "lifetime_spend_cap", "daily_min_spend_target", "lifetime_min_spend_target"}
    least = {"min_daily_budget", "min_campaign_group_spend_cap", "min_daily_budget_imp", "min_daily_budget_high_freq"}
    least |= {"min_daily_budget_low_freq", "min_daily_budget_video_views"}
    assert {*money_fields()} == written | limits | least | {"budget_remaining", "amount_spent", "balance"}


def test_budgets_of_money_are_the_budget_fields_of_campaigns() -> None:
    assert money.BUDGETS == campaign.BUDGETS
