"""The sandbox's data file about the SDK, against the SDK that is installed."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest
from facebook_business.apiconfig import ads_api_config

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    found = importlib.util.spec_from_file_location("build_sdk_spec", Path(__file__).parents[1] / "build_sdk_spec.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_sdk_spec_is_what_the_installed_sdk_says(builder: ModuleType) -> None:
    stored, installed = json.loads(builder.PATH.read_text()), builder.build()
    versions = stored.pop("sdk_version"), installed.pop("sdk_version")
    lines = builder.differences(stored, installed)
    report = f"sandbox/sdk_spec.json of {versions[0]} and the installed SDK {versions[1]} differ:\n" + "\n".join(lines)
    if versions[0] != ads_api_config["SDK_VERSION"] and lines:
        pytest.skip(f"{report}\nTo take it over: python tests/build_sdk_spec.py")
    assert not lines, report


def test_differences_names_each_endpoint_and_field(builder: ModuleType) -> None:
    ours = {"fields": {"Ad": {"name": "string", "bid": "int"}}}
    theirs = {"fields": {"Ad": {"name": "Object", "cost": "int"}}}
    assert builder.differences(ours, theirs) == [
        "+ /fields/Ad/cost",
        "- /fields/Ad/bid",
        "~ /fields/Ad/name: 'string' -> 'Object'",
    ]
