"""Every recorded answer of the real API is read, and nothing of it is lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

import pytest
from pydantic import BaseModel
from recordings import FOLDER, Recording, recordings
from tables import table

from admonster_fb import FacebookAds, errors
from admonster_fb.models._node import NamedNode, Node
from admonster_fb.models.ad import Ad, AdPreview
from admonster_fb.models.adaccount import AdAccount
from admonster_fb.models.adcreative import AdCreative
from admonster_fb.models.adimage import AdImage
from admonster_fb.models.adset import AdSet
from admonster_fb.models.adspixel import AdsPixel
from admonster_fb.models.audiences.custom import CustomAudience
from admonster_fb.models.campaign import Campaign
from admonster_fb.models.insights.report_run import AdReportRun
from admonster_fb.models.insights.row import Actions, InsightsRow
from admonster_fb.models.leadgen import Lead, LeadgenForm
from admonster_fb.redaction import SECRET_NAMES
from admonster_fb.transport.api import decode, decode_object
from admonster_fb.transport.clock import SystemClock
from admonster_fb.transport.paging import Edge
from admonster_fb.transport.rate_limits import Usage, regain_seconds
from admonster_fb.transport.request import Call

MODELS: dict[str, type[Node]] = {
    "accounts": AdAccount,
    "adimages": AdImage,
    "ads": Ad,
    "adsets": AdSet,
    "async_reports": AdReportRun,
    "audiences": CustomAudience,
    "campaigns": Campaign,
    "creatives": AdCreative,
    "businesses": NamedNode,
    "insights": InsightsRow,
    "leads": Lead,
    "pixels": AdsPixel,
    "previews": AdPreview,
}
UNMODELLED = ["copies", "delivery", "oauth_debug_token", "paging", "posts"]
UNMODELLED += ["reach_delivery_estimate", "targeting_search", "webhooks"]
"""Kinds without a model of their own: the base class keeps all of them too."""
OTHERS = ["batch", "errors", "usage_headers"]
KINDS = [*MODELS, *UNMODELLED]
NOT_SCHEDULED = "1969-12-31T15:59:59-0800"
"""The `start_time` of a campaign without a schedule: the one value that is read as another one, `None`."""


def failures(kind: str, check: Callable[[Recording], None]) -> str:
    """Return a line for each recording of a kind that fails a check."""
    lines = []
    for name, recording in recordings(kind).items():
        try:
            check(recording)
        except (AssertionError, pytest.fail.Exception, errors.FacebookAdsError, TypeError, ValueError) as error:
            lines.append(f"{kind}/{name}: {type(error).__name__}: {error}")
    return "\n".join(lines)


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
    """Return what was not kept, apart from tokens: by key, what is there and what came."""
    raw = {key: value for key, value in raw.items() if key not in SECRET_NAMES}
    held = {**node.__dict__, **(node.__pydantic_extra__ or {})}
    gone = {key: (held.get(key), value) for key, value in raw.items() if not same(held.get(key), value)}
    unset = {key: ("not marked as set", raw[key]) for key in raw.keys() - node.model_fields_set}
    return gone | unset


API = FacebookAds.sandbox()._transport.api


def rows(model: type[Node], recorded: Recording, body: dict[str, Any]) -> Iterator[tuple[BaseModel, dict[str, Any]]]:
    """Read an answer as the library would, and yield each model with what it was made of."""
    if isinstance(body.get("data"), list) and all(isinstance(row, dict) for row in body["data"]):
        page = Edge(API, Call("GET", ()), model)._parse(recorded, "GET it")
        assert len(page.data) == len(body["data"])
        assert (page.next or False) == body.get("paging", {}).get("next", False) or (
            "next" not in body.get("paging", {})
        )
        yield from zip(page.data, body["data"], strict=True)
    elif isinstance(body.get("images"), dict):
        yield from ((model.from_api(image), image) for image in body["images"].values())
    elif body and all(isinstance(part, dict) and isinstance(part.get("data"), list) for part in body.values()):
        for part in body.values():  # `?ids=`: an edge of each of several nodes
            inner = Recording(recorded.name, recorded.source, recorded.status_code, recorded.headers, part)
            yield from rows(model, inner, part)
    else:
        yield model.from_api(decode_object(recorded, "GET it")), body


def is_ours(failure: errors.APIError, raw: Any) -> None:
    assert len(str(failure).splitlines()) == 1
    assert len(str(failure)) < 700
    assert failure.advice
    assert failure.request == "GET it"
    if isinstance(raw, dict):
        if raw.get("code") != "REDACTED":  # by the recorder of some cassettes
            assert failure.code == raw.get("code", failure.code)
        assert failure.error_subcode == (raw.get("error_subcode") or failure.error_subcode)
        assert failure.fbtrace_id == raw.get("fbtrace_id")
        assert failure.is_transient == raw.get("is_transient")
        words = " ".join(str(raw.get("message", ""))[:20].split())
        assert words.rstrip(".") in str(failure)


def is_read(recording: Recording, model: type[Node] = Node) -> None:
    body = recording.body
    if not isinstance(body, dict) or "error" in body:
        is_raised(recording)
        return
    model = AdSet if "-adsets" in recording.name else LeadgenForm if "_form_" in recording.name else model
    for node, raw in rows(model, recording, body):
        assert lost(node, raw) == {}
        assert repr(node)


def is_raised(recording: Recording) -> None:
    with pytest.raises(errors.APIError) as caught:
        decode(recording, "GET it")
    is_ours(caught.value, recording.body["error"] if isinstance(recording.body, dict) else None)
    edge = Edge(None, Call("GET", ()), Campaign)  # type: ignore[arg-type]
    with pytest.raises(type(caught.value)):
        edge._parse(recording, "GET it")


def items_are_read(recording: Recording) -> None:
    for item in recording.body:
        raw = json.loads(item["body"])
        inner = Recording(recording.name, recording.source, item["code"], {}, raw)
        if "error" in raw:
            is_raised(inner)
        else:
            assert lost(Node.from_api(decode_object(inner, "GET it")), raw) == {}


def usage_is_read(recording: Recording) -> None:
    usage = Usage(SystemClock())
    usage.record_headers(recording.headers, "act_1")
    known = {"x-app-usage", "x-business-use-case-usage", "x-ad-account-usage", "x-fb-ads-insights-throttle"}
    present = known & {name.lower() for name in recording.headers}
    full = {name for name in present if recording.headers[name] not in ("", "{}", "[]")}
    assert bool(usage.readings()) >= bool(full)
    regain_seconds(recording.headers)


@pytest.mark.thorough
@table("kind", KINDS)
def test_answers_are_read_and_nothing_is_lost(kind: str) -> None:
    assert failures(kind, partial(is_read, model=MODELS.get(kind, Node))) == ""


@pytest.mark.thorough
def test_errors_become_exceptions_of_the_library() -> None:
    assert failures("errors", is_raised) == ""


def test_items_of_batches_are_read() -> None:
    assert failures("batch", items_are_read) == ""


def test_usage_headers_are_read() -> None:
    assert "".join(failures(kind, usage_is_read) for kind in [*KINDS, *OTHERS]) == ""


def test_every_kind_of_recording_is_walked() -> None:
    files = {file.stem for file in FOLDER.glob("*.jsonl")}
    assert files == {*KINDS, *OTHERS, "error_catalog"}
    assert sum(len(recordings(kind)) for kind in files - {"error_catalog"}) > 450


def test_the_comparison_itself_sees_a_loss() -> None:
    for kept, raw in [("1", 2), (1, "1.5"), (None, "x"), ([1], [1, 2]), ({}, {"a": 1}), (Decimal("0.1"), 0.2)]:
        assert not same(kept, raw)
        assert lost(Campaign.from_api({"id": "1"}), {"id": "1", "name": raw})
