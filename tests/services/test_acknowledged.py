"""What Meta must say before a write is told as done: a count, a list or `success: true`, never merely HTTP 200."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tables import table
from wire import Wire

from admonster_fb import FacebookAds, FacebookAdsError, Settings
from admonster_fb.errors import OutcomeUnknown

pytestmark = pytest.mark.thorough

EVENT = {
    "event_name": "Purchase",
    "event_time": 1_793_534_400,
    "action_source": "physical_store",
    "user_data": {"em": ["mary@example.com"]},
    "custom_data": {"currency": "USD", "value": 5},
}
WRITES: Mapping[str, Callable[[FacebookAds], Any]] = {
    "share": lambda fb: fb.customaudiences.share("5", ad_account_ids=["act_2"]),
    "unshare": lambda fb: fb.customaudiences.unshare("5", ad_account_ids=["act_2"]),
    "events": lambda fb: fb.conversions.send("5", [EVENT]),
    "add": lambda fb: fb.audience_users.add("5", ["mary@example.com"], schema="EMAIL"),
    "replace": lambda fb: fb.audience_users.replace("5", ["mary@example.com"], schema="EMAIL"),
    "revoke": lambda fb: fb.token.revoke(),
}
ODD: list[Any] = [
    *({}, [], "x", "", "<html>", None, True, {"id": None}, {"data": []}, {"success": None}, {"success": "false"}),
    *({name: odd} for name in ("num_received", "events_received", "sharing_data") for odd in (None, "x", [], {}, [1])),
]


@table("write", WRITES)
def test_an_answer_that_says_nothing_is_not_told_as_done(write: str) -> None:
    for odd in ODD:
        wire = Wire(lambda *_, odd=odd: (200, odd))  # type: ignore[misc]
        with FacebookAds.sandbox(settings=Settings(adapter=wire)) as fb, pytest.raises(FacebookAdsError) as caught:
            WRITES[write](fb)
        assert isinstance(caught.value, OutcomeUnknown), (odd, caught.value)


@table("write", WRITES)
def test_success_is_enough(write: str) -> None:
    with FacebookAds.sandbox(settings=Settings(adapter=Wire(lambda *_: (200, {"success": True})))) as fb:
        WRITES[write](fb)
