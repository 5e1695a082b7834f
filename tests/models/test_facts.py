"""What fields mean for spending is declared at the field; every list is derived from it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from typing_extensions import get_type_hints, is_typeddict

import admonster_fb
from admonster_fb import money
from admonster_fb.models._facts import _AMOUNTS, Fact, _annotations, facts, names
from admonster_fb.models.ad import Ad, AdUpdate
from admonster_fb.models.adaccount import AdAccount, AdAccountUpdate
from admonster_fb.models.adset import AdSet, AdSetCreate, AdSetOverrides, AdSetUpdate
from admonster_fb.models.budgetschedule import BudgetSchedule, BudgetScheduleCreate
from admonster_fb.models.campaign import BUDGETS, Campaign, CampaignCreate, CampaignUpdate

PARAMETERS: list[Any] = [CampaignCreate, CampaignUpdate, AdSetCreate, AdSetUpdate, AdSetOverrides, AdUpdate]
READ_AS: list[tuple[Any, Any]] = [
    (CampaignUpdate, Campaign),
    (AdSetUpdate, AdSet),
    (AdUpdate, Ad),
    (AdAccountUpdate, AdAccount),
    (BudgetScheduleCreate, BudgetSchedule),
]


def typed_dicts() -> Iterator[Any]:
    for package in ("models", "alerts", "workflows", "services"):
        root = importlib.import_module(f"admonster_fb.{package}")
        for module in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
            for value in vars(importlib.import_module(module.name)).values():
                if is_typeddict(value) and value.__module__ == module.name:
                    yield value


@pytest.mark.thorough
def test_every_minor_units_field_of_every_typed_dict_has_a_fact() -> None:
    found = [*typed_dicts()]
    assert CampaignUpdate in found
    assert AdSetUpdate in found
    without = []
    for fields in found:
        for name, hint in get_type_hints(fields, include_extras=True).items():
            annotations = [*_annotations(hint)]
            if any(each in _AMOUNTS for each in annotations) and not any(
                isinstance(each, Fact) for each in annotations
            ):
                without.append(f"{fields.__module__}.{fields.__name__}.{name}")
    assert not without


def test_every_amount_that_can_be_written_and_read_is_an_amount_in_its_model() -> None:
    wrong = [
        f"{model.__name__}.{name}"
        for parameters, model in READ_AS
        for name in names(parameters, money=True)
        if name not in ("adset_budgets", "adset_bid_amounts", "budget_schedule_specs")
        and name not in names(model, money=True)
    ]
    assert not wrong


def test_a_field_means_the_same_wherever_it_is_declared() -> None:
    first: dict[str, Fact] = {}
    different = [
        f"{parameters.__name__}.{name}"
        for parameters in PARAMETERS
        for name, fact in facts(parameters).items()
        if first.setdefault(name, fact) != fact
    ]
    assert not different


def test_the_budgets_are_those_two() -> None:
    assert BUDGETS == ("daily_budget", "lifetime_budget")
    assert names(AdSetUpdate, spend="budget") == BUDGETS


def test_facts_of_parameters_by_kind_of_effect() -> None:
    assert names(AdSetUpdate, spend="limit") == ("bid_amount", "daily_spend_cap", "lifetime_spend_cap")
    assert names(AdSetUpdate, spend="minimum") == ("daily_min_spend_target", "lifetime_min_spend_target")
    assert {*names(AdSetUpdate, relearn=True)} == {
        *("bid_strategy", "bid_amount", "optimization_goal", "billing_event", "targeting")
    }
    assert names(AdUpdate, undo=True) == ("name", "status")
    assert names(CampaignUpdate, spend="end") == ("stop_time",)
    assert names(AdSetUpdate, spend="end") == ("end_time",)


def test_a_multiplier_is_no_money() -> None:
    fact = facts(BudgetSchedule)["budget_value"]
    assert fact.is_money({"budget_value_type": "ABSOLUTE"})
    assert not fact.is_money({"budget_value_type": "MULTIPLIER"})
    assert not fact.is_money({})


def test_no_list_of_budgets_is_written_a_second_time() -> None:
    """The sandbox is a stranger and has its own."""
    from pathlib import Path

    root = Path(admonster_fb.__file__).parent
    again = [
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if "sandbox" not in path.parts
        for line in path.read_text("utf-8").splitlines()
        if '"daily_budget", "lifetime_budget"' in line and not line.strip().startswith(("'", ">>>", "('"))
    ]
    # What ad rules can compare is Meta's own list; `money` has the names for modules that load no model.
    assert sorted(again) == ["money.py", "rules/ad_rules.py"]
    assert money.BUDGETS == BUDGETS
