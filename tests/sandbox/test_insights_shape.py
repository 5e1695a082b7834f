"""The shape of rows, held against answers of the live API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from recordings import body_of, recordings

from admonster_fb.sandbox import Sandbox
from admonster_fb.sandbox.insights.breakdowns import KNOWN_FIELDS

pytestmark = pytest.mark.thorough

# Before v2.5 numbers were JSON numbers; the masks of one set of fixtures are no numbers.
OLD_OR_MASKED = ("sebast26_", "keboola_exfb_v4.0_")
DECIMAL = re.compile(r"-?\d+(\.\d{0,5}[1-9])?")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
NUMBERS = frozenset(
    {"impressions", "reach", "clicks", "spend", "cpc", "cpm", "ctr", "frequency", "cpp", "inline_link_clicks"}
    | {"inline_link_click_ctr", "inline_post_engagement", "cost_per_inline_link_click", "unique_clicks"}
)


def live_rows() -> Iterator[dict[str, Any]]:
    for name, recording in recordings("insights").items():
        if not name.startswith(OLD_OR_MASKED):
            yield from _rows(recording.body)


def _rows(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if {"date_start", "date_stop"} <= value.keys() and "data" not in value:
            yield value
        for each in value.values():
            yield from _rows(each)
    elif isinstance(value, list):
        for each in value:
            yield from _rows(each)


def sandbox_rows() -> list[dict[str, Any]]:
    fields = sorted(KNOWN_FIELDS)
    windows = ["1d_click", "7d_click", "28d_click"]
    params = {"level": "ad", "fields": fields, "time_increment": 7, "action_attribution_windows": windows}
    return Sandbox().insights("act_1", **params)


def shape(value: Any) -> Any:
    """What a value is, whatever it says: a number in a text, a date, a text, a list of entries with their keys."""
    if isinstance(value, list):
        return {"list": frozenset(key for entry in value for key in entry)}
    if not isinstance(value, str):
        return type(value).__name__
    return "number" if DECIMAL.fullmatch(value) else "date" if DATE.fullmatch(value) else "text"


def test_fields_have_the_live_shape() -> None:
    ours: dict[str, Any] = {}
    for row in sandbox_rows():
        ours |= {name: shape(value) for name, value in row.items()}
    compared = set()
    for row in live_rows():
        for name, value in row.items():
            if name not in ours or name.endswith("_name"):
                continue
            compared.add(name)
            live, own = shape(value), ours[name]
            if isinstance(live, dict):
                # A live entry may carry what we do not play (reactions); it never lacks what we send, windows apart.
                assert {"action_type", "value"} <= live["list"] & own["list"], name
                assert own["list"] - live["list"] <= {"1d_click", "7d_click", "28d_click"}, name
            else:
                assert live == own, name
    assert {"spend", "impressions", "cpc", "actions", "cost_per_action_type", "website_ctr", "date_start"} <= compared


def test_numbers_are_written_alike() -> None:
    for source in (live_rows(), sandbox_rows()):
        seen = 0
        for row in source:
            for name in NUMBERS & row.keys():
                seen += 1
                assert DECIMAL.fullmatch(row[name]), (name, row[name])
        assert seen > 10


def test_recorded_action_types_are_known_to_us() -> None:
    live = {entry["action_type"] for row in live_rows() for entry in row.get("actions", ())}
    ours = {entry["action_type"] for row in sandbox_rows() for entry in row.get("actions", ())}
    # A lead's pixel type and those of other objectives are in no recording; most others must be.
    assert len(ours & live) >= 10
    unseen = {kind for kind in ours - live if "lead" not in kind}
    assert unseen == set()


def test_post_engagement_is_the_sum_it_is_live() -> None:
    parts = ("comment", "onsite_conversion.post_save", "link_click", "post", "post_reaction", "video_view")
    checked = 0
    for row in [*_modern_rows(), *sandbox_rows()]:
        values: dict[str, int] = {}
        for entry in row.get("actions", ()):
            if "action_reaction" not in entry:
                values[entry["action_type"]] = int(entry["value"])
        if "post_engagement" in values:
            checked += 1
            assert sum(values.get(part, 0) for part in parts) == values["post_engagement"]
    assert checked > 20


def _modern_rows() -> Iterator[dict[str, Any]]:
    yield from _rows(body_of("insights", "keboola_exfb_v10.0_GET_asyncinisghtscampaigns_N-insights_1"))
