"""Meta's endpoints and fields, learned from the installed SDK's generated classes. Nothing here is written by hand.

The SDK keeps what we need under private names; the project pins its major version for that reason.
"""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from functools import cache
from typing import Any

from facebook_business.api import FacebookAdsApi, FacebookRequest

# Node kind: module of the SDK. These are the classes whose endpoints the sandbox knows about.
MODULES = {
    "User": "user",
    "Business": "business",
    "AdAccount": "adaccount",
    "Campaign": "campaign",
    "AdSet": "adset",
    "Ad": "ad",
    "AdCreative": "adcreative",
    "AdImage": "adimage",
    "AdVideo": "advideo",
    "VideoThumbnail": "videothumbnail",
    "AdReportRun": "adreportrun",
    "AdRule": "adrule",
    "AdsPixel": "adspixel",
    "AdStudy": "adstudy",
    "AdStudyCell": "adstudycell",
    "AdStudyObjective": "adstudyobjective",
    "CustomAudience": "customaudience",
    "CustomConversion": "customconversion",
    "SavedAudience": "savedaudience",
    "Page": "page",
    "BusinessUser": "businessuser",
    "HighDemandPeriod": "highdemandperiod",
}
# Kinds of which the fields alone are known: rows of edges, and a class of the SDK whose calls import broken Python.
ROWS = {
    "AdAccountAdRulesHistory": "adaccountadruleshistory",
    "AdAccountDsaRecommendations": "adaccountdsarecommendations",
    "AdActivity": "adactivity",
    "AdRuleHistory": "adrulehistory",
    "AssignedUser": "assigneduser",
    "CustomAudienceAdAccount": "customaudienceadaccount",
    "CustomAudienceSession": "customaudiencesession",
    "IGUser": "iguser",
    "MinimumBudget": "minimumbudget",
}
# Where an account creates each kind.
CREATION_EDGES = {"Campaign": "campaigns", "AdSet": "adsets", "Ad": "ads", "AdCreative": "adcreatives"}
# How Meta names node types in its error messages: the words of 2010 live on (live/error_catalog.json).
NODE_TYPES = {"Campaign": "AdCampaignGroup", "AdSet": "AdCampaign", "Ad": "Adgroup", "AdVideo": "Video"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One call the SDK can make: `edge` is empty for the node itself."""

    method: str
    edge: str
    target: str
    params: dict[str, str]
    enums: dict[str, tuple[str, ...]]


@cache
def sdk_class(kind: str) -> Any:
    """Return the SDK's class for a node kind."""
    module = importlib.import_module(f"facebook_business.adobjects.{(MODULES | ROWS)[kind]}")
    return getattr(module, kind)


@cache
def endpoints(kind: str) -> dict[tuple[str, str], Endpoint]:
    """Return every endpoint of a node kind by (method, edge)."""
    found: dict[tuple[str, str], Endpoint] = {}
    node = sdk_class(kind)("1", api=FacebookAdsApi(None))
    for name, function in inspect.getmembers(type(node), inspect.isfunction):
        if (
            name.startswith(("api_", "get_", "create_", "delete_"))
            and "pending" in inspect.signature(function).parameters
        ) and (endpoint := _read(getattr(node, name))):
            found.setdefault((endpoint.method, endpoint.edge), endpoint)
    return found


@cache
def readable_fields(kind: str) -> dict[str, str]:
    """Return the fields that can be read, with their types.

    `_field_types` holds two runs in alphabetical order: readable fields, then write-only ones.
    """
    types: dict[str, str] = sdk_class(kind)._field_types
    readable: dict[str, str] = {}
    last = ""
    for name, type_name in types.items():
        if name < last:
            break
        readable[name] = type_name
        last = name
    return readable


@cache
def all_names() -> frozenset[str]:
    """Return every field and edge name of any class: what Meta can tell from a word it never heard."""
    names = {edge for kind in MODULES for _, edge in endpoints(kind)}
    return frozenset(names.union(*(readable_fields(kind) for kind in MODULES)))


def find(kind: str, method: str, edge: str) -> Endpoint | None:
    """Return the endpoint, if the SDK knows it."""
    return endpoints(kind).get((method, edge)) if kind in MODULES else None


@cache
def writable_fields(kind: str, operation: str) -> frozenset[str]:
    """Return the fields a "create" or "update" may set: what it takes of what can be read."""
    owner, edge = ("AdAccount", CREATION_EDGES[kind]) if operation == "create" else (kind, "")
    endpoint = find(owner, "POST", edge)
    return frozenset(endpoint.params).intersection(readable_fields(kind)) - {"account_id"} if endpoint else frozenset()


def node_type(kind: str) -> str:
    """Return Meta's own name of a node kind."""
    return NODE_TYPES.get(kind, kind)


def _read(method: Any) -> Endpoint | None:
    try:
        request = method(pending=True)
    except (TypeError, AttributeError):  # helpers of the SDK's mixins that take other arguments
        return None
    if not isinstance(request, FacebookRequest):
        return None
    checker = request._param_checker
    target = getattr(request._target_class, "__name__", "")
    enums = {name: tuple(filter(_is_enum_value, map(str, values))) for name, values in checker._enum_data.items()}
    return Endpoint(request._method, request._endpoint, target, dict(checker._type_check_info), enums)


def _is_enum_value(value: str) -> bool:
    # The SDK lists a class's whole __dict__, so its module name and slots come along.
    return value.replace("_", "").isalnum() and value != "None"
