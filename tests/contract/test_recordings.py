"""Every answer of the real API that we have is read, and nothing of it is lost.

The recordings lie beside the repository (`../shared/live`); without them the walk is skipped, and
`test_transcribed.py` still holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from requests.structures import CaseInsensitiveDict

from admonster_fb import errors
from admonster_fb.models._node import Node
from admonster_fb.models.ad import Ad
from admonster_fb.models.adaccount import AdAccount
from admonster_fb.models.adcreative import AdCreative
from admonster_fb.models.adimage import AdImage
from admonster_fb.models.adpreview import AdPreview
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign
from admonster_fb.models.insights.actions import Actions
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.transport.api import decode, decode_object
from admonster_fb.transport.clock import SystemClock
from admonster_fb.transport.paging import Edge
from admonster_fb.transport.rate_limits import Usage, regain_seconds
from admonster_fb.transport.request import Call

LIVE = Path(__file__).resolve().parents[3] / "shared" / "live"
KINDS: dict[str, type[Node]] = {
    "accounts": AdAccount,
    "adimages": AdImage,
    "ads": Ad,
    "adsets": AdSet,
    "campaigns": Campaign,
    "creatives": AdCreative,
    "insights": InsightsRow,
    "previews": AdPreview,
    # No model yet: what is not modelled has to pass through one all the same.
    "async_reports": Node,
    "audiences": Node,
    "copies": Node,
    "oauth_debug_token": Node,
    "paging": Node,
    "pixels": Node,
    "reach_delivery_estimate": Node,
    "targeting_search": Node,
}
OTHERS = ("batch", "errors", "usage_headers")
NOT_SCHEDULED = "1969-12-31T15:59:59-0800"
"""What a campaign without a schedule reads: the one value that is turned into another, `None`, on purpose."""

pytestmark = pytest.mark.skipif(not LIVE.exists(), reason="no recordings of the live API beside this repository")


@dataclass(frozen=True)
class Recorded:
    content: bytes
    status_code: int
    headers: Any


def files(*kinds: str) -> list[Any]:
    return [
        pytest.param(file, id=f"{kind}/{file.stem}")
        for kind in kinds
        for file in sorted((LIVE / "recordings" / kind).glob("*.json"))
    ]


def answer(file: Path) -> tuple[Recorded, Any]:
    response = json.loads(file.read_text("utf-8"))["response"]
    body = response.get("body")
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Recorded(content, response.get("status") or 200, CaseInsensitiveDict(response.get("headers") or {})), body


def same(kept: Any, raw: Any) -> bool:
    """Tell whether a value of a model still says all that the raw one said."""
    if isinstance(kept, Actions):
        return same(kept.raw, raw)
    if isinstance(kept, BaseModel):
        return isinstance(raw, dict) and not lost(kept, raw)
    if isinstance(raw, dict):
        return isinstance(kept, dict) and kept.keys() == raw.keys() and all(same(kept[key], raw[key]) for key in raw)
    if isinstance(raw, list):
        return isinstance(kept, list) and len(kept) == len(raw) and all(map(same, kept, raw))
    if isinstance(kept, datetime):
        then = datetime.fromtimestamp(raw, UTC) if isinstance(raw, int) else datetime.fromisoformat(raw)
        return kept == then
    if isinstance(kept, int | Decimal) and not isinstance(kept, bool):
        try:
            return Decimal(str(raw)) == kept
        except InvalidOperation:
            return False
    if isinstance(kept, str) and isinstance(raw, int | float):
        return kept == str(raw)  # ids: text whatever they came as
    return bool(kept == raw) or (kept is None and raw == NOT_SCHEDULED)


def lost(node: BaseModel, raw: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return what was not kept: by key, what is there and what came."""
    held = {**node.__dict__, **(node.__pydantic_extra__ or {})}
    gone = {key: (held.get(key), value) for key, value in raw.items() if not same(held.get(key), value)}
    unset = {key: ("not marked as set", raw[key]) for key in raw.keys() - node.model_fields_set}
    return gone | unset


def rows(model: type[Node], recorded: Recorded, body: dict[str, Any]) -> Iterator[tuple[BaseModel, dict[str, Any]]]:
    """Read an answer as the library would, and yield each model with what it was made of."""
    if isinstance(body.get("data"), list) and all(isinstance(row, dict) for row in body["data"]):
        page = Edge(None, Call("GET", ()), model)._parse(recorded, "GET it")  # type: ignore[arg-type]
        assert len(page.data) == len(body["data"])
        assert (page.paging is not None and page.paging.next) == body.get("paging", {}).get("next", False) or (
            "next" not in body.get("paging", {})
        )
        yield from zip(page.data, body["data"], strict=True)
    elif isinstance(body.get("images"), dict):
        yield from ((model.from_api(image), image) for image in body["images"].values())
    elif body and all(isinstance(part, dict) and isinstance(part.get("data"), list) for part in body.values()):
        for part in body.values():  # `?ids=`: an edge of each of several nodes
            inner = Recorded(json.dumps(part).encode(), recorded.status_code, recorded.headers)
            yield from rows(model, inner, part)
    else:
        yield model.from_api(decode_object(recorded, "GET it")), body


def is_ours(failure: errors.APIError, raw: Any) -> None:
    assert len(str(failure).splitlines()) == 1
    assert len(str(failure)) < 700
    assert failure.advice
    assert failure.request == "GET it"
    if isinstance(raw, dict):
        assert failure.code == raw.get("code", failure.code)
        assert failure.error_subcode == (raw.get("error_subcode") or failure.error_subcode)
        assert failure.fbtrace_id == raw.get("fbtrace_id")
        assert failure.is_transient == raw.get("is_transient")
        words = " ".join(str(raw.get("message", ""))[:20].split())
        assert words.rstrip(".") in str(failure)


@pytest.mark.parametrize("file", files(*KINDS))
def test_an_answer_is_read_and_nothing_is_lost(file: Path) -> None:
    recorded, body = answer(file)
    model = AdSet if "-adsets" in file.name else KINDS[file.parent.name]
    if not isinstance(body, dict) or "error" in body:
        with pytest.raises(errors.APIError) as caught:
            decode(recorded, "GET it")
        is_ours(caught.value, body.get("error") if isinstance(body, dict) else None)
        return
    for node, raw in rows(model, recorded, body):
        assert lost(node, raw) == {}
        assert repr(node)


@pytest.mark.parametrize("file", files("errors"))
def test_an_error_becomes_one_of_ours(file: Path) -> None:
    recorded, body = answer(file)
    with pytest.raises(errors.APIError) as caught:
        decode(recorded, "GET it")
    is_ours(caught.value, body["error"] if isinstance(body, dict) else None)
    edge = Edge(None, Call("GET", ()), Campaign)  # type: ignore[arg-type]
    with pytest.raises(type(caught.value)):
        edge._parse(recorded, "GET it")


@pytest.mark.parametrize("file", files("batch"))
def test_the_items_of_a_batch_are_read(file: Path) -> None:
    _, body = answer(file)
    for item in body:
        inner = Recorded(item["body"].encode(), item["code"], {})
        raw = json.loads(item["body"])
        if "error" in raw:
            with pytest.raises(errors.APIError) as caught:
                decode(inner, "GET it")
            is_ours(caught.value, raw["error"])
        else:
            assert lost(Node.from_api(decode_object(inner, "GET it")), raw) == {}


@pytest.mark.parametrize("file", files(*KINDS, *OTHERS))
def test_usage_headers_are_read(file: Path) -> None:
    recorded, _ = answer(file)
    told = {name.lower() for name in recorded.headers}
    usage = Usage(SystemClock())
    usage.learn(recorded.headers, "act_1")
    known = {"x-app-usage", "x-business-use-case-usage", "x-ad-account-usage", "x-fb-ads-insights-throttle"}
    named = {name for name in known & told if recorded.headers[name] not in ("", "{}", "[]")}
    assert bool(usage.readings()) >= bool(named)
    regain_seconds(recorded.headers)


def test_every_kind_of_recording_is_walked() -> None:
    there = {folder.name for folder in (LIVE / "recordings").iterdir()}
    assert there == KINDS.keys() | set(OTHERS)
    assert len(files(*there)) > 300


def test_every_error_of_the_catalog_has_a_class_and_advice() -> None:
    catalog = json.loads((LIVE / "error_catalog.json").read_text("utf-8"))
    entries = catalog if isinstance(catalog, list) else next(v for v in catalog.values() if isinstance(v, list))
    for entry in entries:
        raw = {key: entry.get(key) for key in ("code", "error_subcode", "message", "is_transient")}
        raw["error_subcode"] = entry.get("error_subcode", entry.get("subcode"))
        failure = errors.api_error(raw, http_status=400, request="GET it")
        assert failure.advice
        assert len(str(failure).splitlines()) == 1


@pytest.mark.parametrize(
    ("kept", "raw"), [("1", 2), (1, "1.5"), (None, "x"), ([1], [1, 2]), ({}, {"a": 1}), (Decimal("0.1"), 0.2)]
)
def test_the_comparison_itself_sees_a_loss(kept: Any, raw: Any) -> None:
    assert not same(kept, raw)
    assert lost(Campaign.from_api({"id": "1"}), {"id": "1", "name": raw})
