"""A value of another type than its field, in any field of any model: the types hold, and the value is not lost."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ConfigDict, TypeAdapter
from tables import table

from admonster_fb.bot.render.nodes import brief, render
from admonster_fb.client import FacebookAds
from admonster_fb.models._facts import names
from admonster_fb.models._node import Node
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.objects import OBJECTS

pytestmark = pytest.mark.thorough

ODD: list[Any] = ["x", [], {}, [None], {"a": None}, -1, True, 1.5, "", "1e999", "\u0661", [[]], 10**25]
MODELS = sorted({each.model for each in OBJECTS.values() if each.model_path}, key=lambda model: model.__name__)
MISFIT_CONFIG = ConfigDict(coerce_numbers_to_str=True, arbitrary_types_allowed=True)


@table("model", MODELS, ids=lambda model: model.__name__)
def test_a_value_that_does_not_fit_keeps_the_type_of_its_field(model: type[Node]) -> None:
    fb = FacebookAds.sandbox()
    as_sent = {"id", *names(model, money=True)}
    for name, field in model.model_fields.items():
        allowed: TypeAdapter[Any] = TypeAdapter(field.annotation, config=MISFIT_CONFIG)
        for odd in ODD:
            node = model.from_api({"id": "5", "account_id": "1", name: odd})
            assert name in node.model_fields_set
            assert {**node.__dict__, **(node.model_extra or {})}[name] is not None or odd is None or odd == -1
            if name not in as_sent and not (model is InsightsRow and isinstance(odd, str)):
                allowed.validate_python(getattr(node, name))
            assert render(node, fb), (name, odd)
            assert brief(node, fb, "USD"), (name, odd)
