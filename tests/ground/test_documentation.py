"""Every field of every model says what it means, and every model shows an example."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import pydoc
from typing import Any

import pytest
from pydantic import BaseModel
from typing_extensions import is_typeddict

import admonster_fb.models
from admonster_fb.models._documentation import field_docs
from admonster_fb.models._facts import names
from admonster_fb.models._params import documented_hints, parameter_docs, schema
from admonster_fb.models.adset import AdSetCreate
from admonster_fb.models.campaign import Campaign, CampaignCreate

LONGEST = 120
NESTED = {"adset_budgets", "campaign", "adsets"}
"""Hold amounts, which say their unit where they are."""
MODULES = [
    importlib.import_module(module.name)
    for module in pkgutil.walk_packages(admonster_fb.models.__path__, "admonster_fb.models.")
]


def is_model(value: Any) -> bool:
    is_class = isinstance(value, type)
    return is_class and (is_typeddict(value) or dataclasses.is_dataclass(value) or issubclass(value, BaseModel))


MODELS = [
    value
    for module in MODULES
    for value in vars(module).values()
    if is_model(value) and value.__module__ == module.__name__
]


@pytest.mark.thorough
def test_every_field_says_what_it_means() -> None:
    silent = [
        f"{model.__module__}.{model.__name__}.{name}"
        for model in MODELS
        for name, text in field_docs(model).items()
        if not text or text == "a JSON object as Meta documents it"
    ]
    assert silent == []


def test_meanings_are_sentences_of_one_line() -> None:
    odd = [
        f"{model.__name__}.{name}: {text}"
        for model in MODELS
        for name, text in field_docs(model).items()
        if len(text) > LONGEST or text[-1] not in ".…"
    ]
    assert odd == []


@pytest.mark.thorough
def test_money_says_its_unit() -> None:
    silent = [
        f"{model.__name__}.{name}: {text}"
        for model in MODELS
        if not dataclasses.is_dataclass(model)
        for name, text in field_docs(model).items()
        if name in names(model, money=True) and "inor unit" not in text and name not in NESTED
    ]
    assert silent == []


def test_every_public_model_shows_an_example() -> None:
    without = [
        f"{model.__module__}.{model.__name__}"
        for model in MODELS
        if not model.__name__.startswith("_") and ">>>" not in (inspect.getdoc(model) or "")
    ]
    assert without == []


def test_help_of_a_model_lists_its_fields() -> None:
    text = pydoc.plain(pydoc.render_doc(Campaign))
    assert "daily_budget: Campaign budget per day, in minor units." in text
    assert "created_time: Time of creation." in text


@pytest.mark.thorough
def test_schema_hints_and_parameters_show_the_same_text() -> None:
    for spec in (CampaignCreate, AdSetCreate):
        properties = schema(spec)["properties"]
        for parameter in parameter_docs(spec):
            assert properties[parameter.name]["description"] == parameter.meaning == field_docs(spec)[parameter.name]
            assert parameter.meaning in repr(documented_hints(spec)[parameter.name]) or '"' in parameter.meaning


@pytest.mark.parametrize("spec", [CampaignCreate])
def test_parameters_show_type_and_default_the_required_ones_first(spec: Any) -> None:
    rows = {row.name: row for row in parameter_docs(spec)}
    assert [row.required for row in rows.values()] == sorted((row.required for row in rows.values()), reverse=True)
    assert (rows["status"].default, rows["daily_budget"].type) == ("PAUSED", "int | str | Money")
    assert rows["name"].required
