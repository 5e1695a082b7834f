"""Server events of other programs' test suites and of Meta's own pages, sent to a server that only records the form.

`event_cases.json`: id, where it stands, the event, the parameters that are refused (none: it is sent), and what is
rightly sent in another form (`None`: left out). Everything else leaves as it came. Meta requires the URL and the user
agent of website events, which some of the suites leave out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
from facebook_business.adobjects.serverside.event import Event
from facebook_business.adobjects.serverside.user_data import UserData
from requests.adapters import BaseAdapter
from tables import table

from admonster_fb import FacebookAds, ParameterError, Settings
from admonster_fb.audience_data.schema_keys import CAPI
from admonster_fb.models.serverevent import EventData
from admonster_fb.sandbox import Sandbox

CASES = json.loads((Path(__file__).parent / "event_cases.json").read_text("utf-8"))
NOW = 1795867200
SITE = {"event_source_url": "https://example.com/", "client_user_agent": "Mozilla/5.0"}
EVENT = {"event_name": "Lead", "event_time": NOW - 60, "action_source": "email", "user_data": {"em": "a" * 64}}


class Recorder(BaseAdapter):
    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        events = json.loads(parse_qs(str(request.body), strict_parsing=True)["data"][0])
        self.events += events
        response = requests.Response()
        response.status_code, response._content = 200, json.dumps({"events_received": len(events)}).encode()
        return response

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def server() -> Recorder:
    return Recorder()


@pytest.fixture
def fb(server: Recorder) -> Iterator[FacebookAds]:
    clock = Sandbox(history=0, clock=lambda: datetime.fromtimestamp(NOW, UTC))
    with FacebookAds("sandbox-events", settings=Settings(adapter=server), clock=clock) as facade:
        yield facade


def right(event: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    changed = deepcopy(event)
    for path, value in changes.items():
        *holders, name = path.split(".")
        holder = changed
        for each in holders:
            holder = holder[each]
        holder[name] = value
        if value is None:
            del holder[name]
    return changed


@pytest.mark.thorough
@table("name, source, event, refused, changes", CASES)
def test_an_event_leaves_as_it_came_or_is_refused_with_its_parameter(
    name: str, source: str, event: Any, refused: Any, changes: Any, fb: FacebookAds, server: Recorder
) -> None:
    if refused:
        with pytest.raises(ParameterError) as error:
            fb.conversions.send("1", [event])
        assert [each.field.removeprefix("events.0.") for each in error.value.violations] == refused
    if {*refused} - {"event_source_url", "user_data.client_user_agent"}:
        return
    if refused:  # with what Meta requires it leaves as it is
        user = {**event["user_data"], "client_user_agent": SITE["client_user_agent"]}
        event = {**event, "event_source_url": SITE["event_source_url"], "user_data": user}
        cookies = [key for key in ("fbc", "fbp") if not user.get(key, "fb.").startswith("fb.")]
        changes = {f"user_data.{key}": None for key in cookies}
        if user.get("em") == "abc@gmail.com":
            changes["user_data.em"] = "48ddb93f0b30c475423fe177832912c5bcdce3cc72872f8051627967ef278e08"
    fb.conversions.send("1", [event])
    arrived = server.events[-1]
    assert {**arrived, "event_id": None} == {**right(event, changes), "event_id": None}
    assert arrived["event_id"] == event.get("event_id", arrived["event_id"])


@table(
    "value",
    ["ab" * 32, "AB" * 32, "ab" * 32 + ".AQQAAQEA", "ab" * 32 + ".Bg"],
)
def test_a_sha256_is_never_hashed_again(value: str, fb: FacebookAds, server: Recorder) -> None:
    keys = [key for key, found in CAPI.items() if found.hashed]
    fb.conversions.send("1", [{**EVENT, "user_data": dict.fromkeys(keys, value)}])
    digest, dot, appendix = value.partition(".")
    assert server.events[-1]["user_data"] == dict.fromkeys(keys, digest.lower() + dot + appendix)


@table("value", ["ab" * 16, "AB" * 20, "ab" * 28, "ab" * 48, "ab" * 64])
def test_another_digest_is_left_out_and_told(value: str, fb: FacebookAds, server: Recorder) -> None:
    keys = [key for key, found in CAPI.items() if found.hashed]
    sent = fb.conversions.send("1", [{**EVENT, "user_data": {**dict.fromkeys(keys, value), "lead_id": "7"}}])
    assert server.events[-1]["user_data"] == {"lead_id": "7"}
    assert {(each.key, each.reason) for each in sent.left_out} == {
        (key, "hashed, but not with SHA-256") for key in keys
    }


def test_every_key_that_the_sdk_sends_is_known() -> None:
    sent = {name for name in UserData.param_types if name in CAPI}
    names = {"email", "phone", "gender", "date_of_birth", "last_name", "first_name", "city", "state", "zip_code"}
    plural = {f"{name}s" for name in names} | {"dates_of_birth", "cities", "country_code", "country_codes"}
    assert set(UserData.param_types) - sent - names - plural - {"external_ids"} == set()
    assert "event_time" in Event.param_types


@table("ahead, is_sent", [(2, True), (10, True), (11, False), (3600, False)])
def test_a_clock_a_few_seconds_ahead_is_forgiven(ahead: int, is_sent: bool, fb: FacebookAds, server: Recorder) -> None:
    before = len(server.events)
    event = {**EVENT, "event_time": NOW + ahead}
    if is_sent:
        fb.conversions.send("1", [event])
    else:
        with pytest.raises(ParameterError, match="event_time"):
            fb.conversions.send("1", [event])
    assert len(server.events) == before + is_sent


@table(
    "channel, user",
    [
        ("whatsapp", {"whatsapp_business_account_id": 102290, "ctwa_clid": "ARAk"}),
        ("instagram", {"instagram_business_account_id": "178414", "ig_sid": "1254459"}),
        ("messenger", {"page_id": "1", "page_scoped_user_id": "2"}),
    ],
)
def test_events_of_business_messaging(channel: str, user: Any, fb: FacebookAds, server: Recorder) -> None:
    event = {**EVENT, "action_source": "business_messaging", "messaging_channel": channel, "user_data": user}
    fb.conversions.send("1", [event])
    assert server.events[-1]["user_data"] == {key: str(value) for key, value in user.items()}


DOUBTS: list[tuple[dict[str, Any], list[str]]] = [
    ({"custom_data": {"vaule": 5, "currency": "USD", "my_shelf": 1, "item_number": "1"}}, ["custom_data.vaule"]),
    ({"custom_data": {"contents": [{"id": 1, "quantiy": 2, "product_id": "x"}]}}, ["contents.quantiy"]),
    ({"data_processing_options": ["LDU"], "data_processing_options_country": 1}, ["data_processing_options_state"]),
    ({"data_processing_options": [], "data_processing_options_country": 1}, []),
]


@table("more, doubtful", DOUBTS)
def test_what_may_be_wrong_is_sent_and_told(
    more: dict[str, Any], doubtful: list[str], fb: FacebookAds, server: Recorder
) -> None:
    sent = fb.conversions.send("1", [{**EVENT, **more}])
    assert [each.key for each in sent.doubtful] == doubtful
    assert {name: server.events[-1][name] for name in more} == more


def test_a_letter_too_few_in_any_name_of_metas_is_told(fb: FacebookAds) -> None:
    names = sorted(name for name in {*EventData.__annotations__} if len(name) > 5)
    sent = fb.conversions.send("1", [{**EVENT, "custom_data": {name[:2] + name[3:]: 1 for name in names}}])
    assert [each.reason.rpartition(" ")[2] for each in sorted(sent.doubtful, key=lambda each: each.key)] == [
        f"{name}?" for name in sorted(names, key=lambda name: name[:2] + name[3:])
    ]
