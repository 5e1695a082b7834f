"""Whatever the advice of an error names exists here: ops, their parameters, Meta's fields and values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, get_args, get_type_hints

from facebook_business.adobjects.adassetfeedspec import AdAssetFeedSpec
from facebook_business.adobjects.adcreative import AdCreative
from facebook_business.adobjects.adpromotedobject import AdPromotedObject
from facebook_business.adobjects.targeting import Targeting
from facebook_business.adobjects.targetingautomation import TargetingAutomation

from admonster_fb import enums, error_atlas
from admonster_fb.bot.registry import registry
from admonster_fb.error_atlas import Entry
from admonster_fb.models.adaccount import AdAccount
from admonster_fb.transport.sdk_adapter import readable_fields

_NAME = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b")
_CALL = re.compile(r"\b([a-z]+_[a-z_]+) (?=[a-z_]+=)((?:[a-z_]+=\w*(?:, )?)+)")
_VALUE = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")
SCOPES = {"ads_management", "ads_read", "redirect_uri"}
REPORTED = {*get_type_hints(AdAccount), "error_data", "batch_seq"}
"""What Meta returns or what the program itself sends."""
NESTED = (AdCreative, AdAssetFeedSpec, AdPromotedObject, Targeting, TargetingAutomation)
"""Objects within parameters, by the SDK's own tables."""


def advised() -> list[Entry]:
    others = (error_atlas.UNBLAMED, error_atlas.WRONG_LEVEL, error_atlas.UNKNOWN)
    return [*error_atlas.entries(), *error_atlas.DEFAULTS.values(), *others]


def _properties(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for inner in schema.values():
            yield from _properties(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _properties(inner)


@cache
def known() -> frozenset[str]:
    fields = {name for op in registry().values() for name in _properties(op.schema)}
    fields |= {name for node in NESTED for name in readable_fields(node)}
    return frozenset(fields | set(registry()) | SCOPES | REPORTED)


@cache
def values() -> str:
    listed = [get_args(kind) for kind in vars(enums).values()]
    return json.dumps([listed, [op.schema for op in registry().values()]], default=str)


def wrong(advice: str) -> list[str]:
    found = [name for name in _NAME.findall(advice) if name not in known()]
    found += [value for value in _VALUE.findall(advice) if f'"{value}"' not in values()]
    for op, arguments in _CALL.findall(advice):
        names = re.findall(r"([a-z_]+)=", arguments)
        found += [f"{op} {name}=" for name in names if name not in registry()[op].schema["properties"]]
    return found


def test_each_name_in_an_advice_exists_and_is_accepted() -> None:
    assert {entry.advice: wrong(entry.advice) for entry in advised() if wrong(entry.advice)} == {}


def test_the_walk_itself_sees_what_does_not_exist() -> None:
    for advice in ("Call fix_it.", "Use LOWEST_COST_WITH_NOTHING.", "Copy it: duplicate_adset objective=."):
        assert wrong(advice), advice


def test_the_cures_are_our_ops() -> None:
    assert "duplicate_adset promoted_object=" in error_atlas.lookup(100, 3260011).advice
    assert "Link the number to the Page" in error_atlas.lookup(100, 1487246).advice
