"""`help()` of a service's method shows each parameter, with its meaning."""

from __future__ import annotations

import inspect
import pydoc
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from admonster_fb import FacebookAds
from admonster_fb.models._params import parameter_docs
from admonster_fb.services import by_attribute, methods
from admonster_fb.services._methods import ServiceMethod, unpacked

pytestmark = pytest.mark.thorough


def documented() -> Iterator[tuple[str, Any]]:
    """Each method whose keyword parameters are a TypedDict, as users see it."""
    for attribute, service in by_attribute().items():
        for name, function in methods(service):
            method = vars(service)[name]
            if isinstance(method, ServiceMethod) and (name == "list" or unpacked(function)):
                yield f"{attribute}.{name}", method


def test_help_of_a_method_lists_every_parameter_with_a_meaning() -> None:
    assert len([*documented()]) > 60
    wrong = []
    for name, method in documented():
        shown = inspect.getdoc(method) or ""
        _, _, section = shown.partition("\nParameters:\n")
        rows = re.split(r"\n(?=    \w)", section.partition("\n\n>>> ")[0])
        described = {row.split()[0] for row in rows if re.search(r"\):\s+\S", row)}
        for parameter in [*inspect.signature(method).parameters][1:]:
            wrong += [f"{name}: {parameter}"] if parameter not in described else []
    assert wrong == []


def test_the_signature_has_the_keys_of_the_typed_dict_required_ones_without_default(fb: FacebookAds) -> None:
    parameters = inspect.signature(fb.campaigns.create).parameters
    assert [*parameters][:4] == ["ad_account_id", "name", "objective", "special_ad_categories"]
    assert parameters["name"].default is inspect.Parameter.empty
    assert repr(parameters["status"].default) == "PAUSED"
    assert repr(parameters["spend_cap"].default) == "..."
    assert repr(parameters["daily_budget"].annotation) == "int | str | Money"
    wrong = []
    for name, method in documented():
        spec = unpacked(method) if name.partition(".")[2] != "list" else None
        keys = {row.name: row.required for row in parameter_docs(spec)} if spec else {}
        shown = {p.name: p.default is p.empty for p in inspect.signature(method).parameters.values()}
        wrong += [name for key, required in keys.items() if shown.get(key) != required]
    assert wrong == []


def test_pydoc_shows_them_for_the_instance_and_the_class(fb: FacebookAds) -> None:
    text = pydoc.render_doc(fb.campaigns.create, renderer=pydoc.plaintext)
    assert re.search(r"create\(\s*ad_account_id: str,\s+\*,\s+name: str,", text)  # 3.13 writes a parameter a line
    assert "    special_ad_categories (list[" in text
    text = pydoc.render_doc(type(fb.campaigns), renderer=pydoc.plaintext)
    assert re.search(r"list\(\W*self, *[\s|]*ad_account_id: str,[\s|]+\*,", text)
    assert "-> list[Campaign]" in text


def test_list_is_made_from_iter(fb: FacebookAds) -> None:
    shown, walked = inspect.signature(fb.campaigns.list), inspect.signature(fb.campaigns.iter)
    assert shown.parameters.keys() == walked.parameters.keys()
    assert (inspect.getdoc(fb.campaigns.list) or "").startswith("List the campaigns of an ad account. All pages")
    assert (inspect.getdoc(fb.campaigns.iter) or "").startswith("List the campaigns of an ad account. Page by page")


def test_importing_a_service_makes_no_signature() -> None:
    code = """
        import admonster_fb.services.campaigns as module, admonster_fb.models._documentation as documentation
        assert documentation.field_docs.cache_info().currsize == 0
        module.Campaigns.create.__doc__
        assert documentation.field_docs.cache_info().currsize > 0
    """
    code = "\n".join(line.strip() for line in code.splitlines())
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
