"""Write `src/admonster_fb/sandbox/sdk_spec.json` from the installed SDK: run it after an upgrade of the SDK.

python tests/build_sdk_spec.py
"""

from __future__ import annotations

import importlib
import inspect
import json
from pathlib import Path
from typing import Any

from facebook_business.api import FacebookAdsApi, FacebookRequest
from facebook_business.apiconfig import ads_api_config

from admonster_fb.sandbox import spec, views
from admonster_fb.transport import sdk_adapter

PATH = Path(spec.__file__).with_name("sdk_spec.json")
NODES = spec.names_in(
    "User Business AdAccount Campaign AdSet Ad AdCreative AdImage AdVideo VideoThumbnail AdReportRun AdRule AdsPixel "
    "AdStudy AdStudyCell AdStudyObjective CustomAudience CustomConversion SavedAudience Page BusinessUser "
    "HighDemandPeriod LeadgenForm Lead PagePost IGMedia Comment IGComment ProductCatalog ProductSet ProductFeed "
    "ProductFeedUpload"
)
"""Kinds of nodes whose endpoints the sandbox knows."""
ROWS = spec.names_in("CustomAudienceAdAccount IGUser")
"""Kinds of which only the fields are known, besides the rows of edges that `views` names."""


def build() -> dict[str, Any]:
    """Return what the sandbox knows of the SDK: endpoints, fields and actions, by kind of node."""
    return {
        "sdk_version": ads_api_config["SDK_VERSION"],
        "endpoints": {kind: endpoints(kind) for kind in NODES},
        "fields": {kind: sdk_adapter.readable_fields(sdk_class(kind)) for kind in kinds()},
        "actions": {kind: actions(kind) for kind in ("AdAccountAdRulesHistory", "AdRuleHistory")},
    }


def kinds() -> list[str]:
    """Return the kinds of which the fields are known: nodes, and rows of edges."""
    return [*NODES, *sorted({*ROWS, *views.DEFAULT_FIELDS} - {*NODES})]


def sdk_class(kind: str) -> Any:
    return getattr(importlib.import_module(f"facebook_business.adobjects.{kind.lower()}"), kind)


def endpoints(kind: str) -> dict[str, Any]:
    node = sdk_class(kind)("1", api=FacebookAdsApi(None))
    found: dict[str, Any] = {}
    for name, function in inspect.getmembers(type(node), inspect.isfunction):
        takes_pending = "pending" in inspect.signature(function).parameters
        if not (takes_pending and name.startswith(("api_", "get_", "create_", "delete_"))):
            continue
        try:
            request = getattr(node, name)(pending=True)
        except (TypeError, AttributeError):  # helpers of the SDK's mixins that take other arguments
            continue
        if isinstance(request, FacebookRequest):
            method, path, _result = sdk_adapter.prepared(request)
            params, enums = sdk_adapter.parameters(request)
            found.setdefault(" ".join((method, *path[1:])), {"params": params, "enums": enums})
    return found


def actions(kind: str) -> list[str]:
    return [value for name, value in vars(sdk_class(kind).Action).items() if not name.startswith("_")]


def differences(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Return the differences between two specs, one line each: `+` only in `theirs`, `-` only in `ours`."""
    if ours == theirs:
        return []
    if not (isinstance(ours, dict) and isinstance(theirs, dict)):
        return [f"~ {path}: {ours!r} -> {theirs!r}"]
    lines = [f"- {path}/{key}" for key in ours if key not in theirs]
    lines += [f"+ {path}/{key}" for key in theirs if key not in ours]
    for key in ours.keys() & theirs.keys():
        lines += differences(ours[key], theirs[key], f"{path}/{key}")
    return sorted(lines)


def text(data: dict[str, Any]) -> str:
    """Return the data as JSON with a line per endpoint, so that a new SDK gives a readable difference."""
    parts = []
    for name, value in data.items():
        if not isinstance(value, dict):
            parts.append(f" {json.dumps(name)}: {json.dumps(value)}")
            continue
        kinds = ",\n".join(f"  {json.dumps(kind)}: {_lines(rows)}" for kind, rows in value.items())
        parts.append(f" {json.dumps(name)}: {{\n{kinds}\n }}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _lines(rows: Any) -> str:
    if isinstance(rows, list):
        return json.dumps(rows)
    lines = (f"   {json.dumps(key)}: {json.dumps(row, separators=(',', ':'))}" for key, row in rows.items())
    return "{\n" + ",\n".join(lines) + "\n  }"


if __name__ == "__main__":
    PATH.write_text(text(build()))
    print(f"{PATH}: {PATH.stat().st_size:,} bytes")
