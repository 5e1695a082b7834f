"""Importing is cheap: nothing is loaded before it is used."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

import admonster_fb

pytestmark = pytest.mark.slow


def loaded(statement: str) -> set[str]:
    """Return the top-level packages, and our own modules, that a statement loads in a fresh interpreter."""
    code = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name if name.startswith("admonster_fb.") else name.partition(".")[0] for name in done.stdout.split()}


def test_the_package_loads_nothing() -> None:
    names = loaded("import admonster_fb")
    assert not names & {"requests", "urllib3", "pydantic", "pydantic_core", "facebook_business", "dotenv"}
    assert not [name for name in names if name.startswith("admonster_fb.")]


def test_errors_and_money_load_no_library() -> None:
    names = loaded("from admonster_fb import APIError, Money")
    assert not names & {"requests", "urllib3", "pydantic", "pydantic_core", "facebook_business"}


def test_the_facade_loads_no_sandbox_no_face_and_no_service() -> None:
    names = loaded("import admonster_fb.client")
    assert not names & {"rich", "typer", "mcp", "dotenv", "redis", "vcr", "yaml"}
    ours = {name.split(".")[1] for name in names if name.startswith("admonster_fb.")}
    assert not ours & {"sandbox", "bot", "cli", "mcp", "demo", "workflows", "reference", "testing", "enums"}
    assert not [name for name in names if name.startswith("admonster_fb.services.") and "._" not in name]
    assert "facebook_business" in names


def test_a_call_loads_what_its_op_needs_and_no_other() -> None:
    """A pause on the command line leaves within a second: what other ops and results need is loaded after it."""
    code = (
        "from admonster_fb.bot import FacebookTool; from admonster_fb import FacebookAds;"
        "from admonster_fb.bot.registry import registry;"
        "tool = FacebookTool(FacebookAds('sandbox-x', settings=__import__('admonster_fb').Settings(endpoint='http://127.0.0.1:1')));"
        "registry()['update_campaign'].prepare(tool.fb, {'campaign_id': '1', 'status': 'PAUSED'})"
    )
    ours = {name.removeprefix("admonster_fb.") for name in loaded(code) if name.startswith("admonster_fb.")}
    services = {name for name in ours if name.startswith("services.") and "._" not in name}
    assert services == {"services.campaigns"}
    assert {name for name in ours if name.startswith("workflows.")} == {"workflows.bulk", "workflows.scale"}
    assert not ours & {"audience_data", "alerts", "webhooks", "sandbox", "bot.render.nodes", "models.adrule"}


def test_the_sdk_is_not_made_the_processs_default() -> None:
    code = (
        "from admonster_fb import FacebookAds; FacebookAds.sandbox().adaccounts.list();"
        "from facebook_business.api import FacebookAdsApi; print(FacebookAdsApi.get_default_api())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "None"


def test_version_is_that_of_the_package() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", admonster_fb.__version__)


def test_every_public_name_is_there() -> None:
    assert [name for name in admonster_fb.__all__ if getattr(admonster_fb, name).__name__ != name] == []


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Nonsense'"):
        _ = admonster_fb.Nonsense  # type: ignore[attr-defined]
