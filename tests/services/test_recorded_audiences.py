"""Audiences, pixels and conversions as they were answered once, played from cassettes: see test_recorded.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sandboxes import carried_out

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool

pytestmark = pytest.mark.vcr

Call = Callable[..., Any]
THANKS: Any = {"and": [{"url": {"i_contains": "thankyou"}}]}


@pytest.fixture
def call(fb: FacebookAds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call an op, apply the plan it may need, and return its data; it must succeed."""
    monkeypatch.setattr("admonster_fb.services.audiences.users.secrets.randbits", lambda _bits: 7)
    return carried_out(FacebookTool(fb, files=tmp_path))


@pytest.fixture
def audience(call: Call) -> Iterator[str]:
    made = call("create_custom_audience", name="Recorded list", customer_file_source="USER_PROVIDED_ONLY").id
    yield made
    call("delete_audience", audience_id=made, force=True)


@pytest.fixture
def pixel(call: Call) -> str:
    return str(call("list_pixels")[0].id)


@pytest.mark.thorough
def test_a_list_of_customers(call: Call, audience: str, tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("E-mail,Phone\nmary@example.com,+1 555 987 6543\nnobody,\n")
    done = call("add_users_to_audience", audience_id=audience, csv_path="customers.csv")
    assert (done.received, done.report["skipped"][0]["rows"]) == (1, [2])
    assert call("remove_users_from_audience", audience_id=audience, emails=["mary@example.com"]).received == 1
    read = call("get_audience", audience_id=audience)
    assert (read.subtype, read.customer_file_source) == ("CUSTOM", "USER_PROVIDED_ONLY")
    assert audience in [each.id for each in call("list_audiences", limit=5)]


@pytest.mark.thorough
def test_an_audience_of_visitors(call: Call, pixel: str) -> None:
    made = call("create_custom_audience", name="Recorded visitors", pixel_id=pixel, url_contains=["/shoes"])
    call("update_audience", audience_id=made.id, description="Looked at shoes")
    read = call("get_audience", audience_id=made.id)
    assert read.description == "Looked at shoes"
    assert read.rule["inclusions"]["rules"][0]["retention_seconds"] == 2592000
    assert not call("get_audience_dependants", audience_id=made.id).any
    call("delete_audience", audience_id=made.id)


@pytest.mark.thorough
def test_people_like_others(call: Call) -> None:
    [seed, *_] = [each.id for each in call("list_audiences") if each.size and each.size[0] >= 1000]
    made = call("create_lookalike_audience", name="Recorded", origin_audience_id=seed, country="US", ratio=0.02)
    assert (made.subtype, made.lookalike_spec["ratio"]) == ("LOOKALIKE", 0.02)
    assert made.id in [each.id for each in call("get_audience_dependants", audience_id=seed).lookalikes]
    call("delete_audience", audience_id=made.id)


@pytest.mark.thorough
def test_a_shared_audience(call: Call, audience: str, recording_live: bool) -> None:
    if recording_live:
        pytest.skip("needs a second ad account of the same business")
    [told] = call("share_audience", audience_id=audience, ad_account_ids=["act_2"])
    assert told.ad_acct_id == "2"
    call("unshare_audience", audience_id=audience, ad_account_ids=["act_2"])
    assert call("list_audience_accounts", audience_id=audience) == []


def test_saved_audiences(call: Call) -> None:
    [first, *_] = call("list_saved_audiences")
    assert call("get_saved_audience", saved_audience_id=first.id).targeting == first.targeting


@pytest.mark.thorough
def test_a_pixel(call: Call, pixel: str, recording_live: bool) -> None:
    if recording_live:
        pytest.skip("hours are counted from the moment of the recording, which a cassette does not hold")
    assert call("get_pixel", pixel_id=pixel).last_fired_time
    assert pixel in call("get_pixel_code", pixel_id=pixel).code
    assert call("get_pixel_stats", pixel_id=pixel, days=1).totals["PageView"] > 0


@pytest.mark.thorough
def test_a_custom_conversion(call: Call, pixel: str) -> None:
    named = {"name": "Recorded thanks", "custom_event_type": "PURCHASE", "rule": THANKS}
    made = call("create_custom_conversion", event_source_id=pixel, **named)
    call("update_custom_conversion", conversion_id=made.id, description="After checkout")
    assert call("get_custom_conversion", conversion_id=made.id).rule == THANKS
    assert made.id in [each.id for each in call("list_custom_conversions")]
    call("delete_custom_conversion", conversion_id=made.id)


def test_events_of_a_server(fb: FacebookAds, call: Call, pixel: str, recording_live: bool) -> None:
    if recording_live:
        pytest.skip("an event says when it was, which is the moment of the recording")
    event = {"event_name": "Lead", "event_time": int(fb.now().timestamp()) - 86400, "action_source": "email"}
    sent = call("send_conversion_events", pixel_id=pixel, events=[{**event, "user_data": {"em": "mary@example.com"}}])
    assert sent.received == 1
    assert sent.batches[0].fbtrace_id
