"""What is known of accounts and campaigns, for how long, and what a write leaves of it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tables import table

from admonster_fb import errors
from admonster_fb.models.adaccount import AdAccount
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign
from admonster_fb.money import Money
from admonster_fb.transport.account_cache import AccountCache
from admonster_fb.transport.last_seen import LastSeen, Recent
from admonster_fb.transport.request import Call

from .conftest import Clock

ACCOUNT = {"id": "act_1", "currency": "USD", "timezone_name": "Europe/Berlin", "min_daily_budget": "100"}
CAMPAIGN = {"id": "7", "account_id": "1", "objective": "OUTCOME_SALES", "special_ad_categories": []}


class Answers:
    """Stands in for the connection: answers by id, and the calls that were made."""

    def __init__(self, clock: Clock) -> None:
        self.owners = Recent[str, str](100)
        self.last_seen = LastSeen(clock.now)
        self.rows: dict[str, Mapping[str, Any]] = {"act_1": ACCOUNT, "7": CAMPAIGN, "9": {"id": "9"}}
        self.calls: list[Call] = []

    def send(self, call: Call, parse: Any) -> Any:
        self.calls.append(call)
        return self.rows[call.path[0]]


@pytest.fixture
def api(clock: Clock) -> Answers:
    return Answers(clock)


@pytest.fixture
def cache(api: Any, clock: Clock) -> AccountCache:
    return AccountCache(api, clock)


def test_an_account_is_read_once_also_for_what_it_holds(cache: AccountCache, api: Answers) -> None:
    assert cache.known_account_facts("7") is None
    facts = cache.account_facts("7")
    assert (facts.currency, facts.timezone_name, facts.min_daily_budget) == ("USD", "Europe/Berlin", 100)
    assert (facts.min_campaign_group_spend_cap, facts.default_dsa_payor) == (None, None)
    assert cache.account_facts("act_1") is cache.known_account_facts("7") is facts
    assert cache.owner("7") == "act_1" == cache.owner("act_1")
    assert [call.name for call in api.calls] == ["GET 7", "GET act_1"]


def test_an_account_without_a_currency_is_not_stored(cache: AccountCache, api: Answers) -> None:
    for row in ({"id": "act_1"}, {"id": "act_1", "currency": 5}):
        api.rows["act_1"] = row
        with pytest.raises(errors.TransientError, match=r"HTTP 200 with a broken object.*GET act_1"):
            cache.account_facts("act_1")
    api.rows["act_1"] = {"id": "act_1", "currency": "JPY", "timezone_name": "No/Where", "min_daily_budget": "many"}
    facts = cache.account_facts("act_1")
    assert (facts.currency, facts.timezone_name, facts.min_daily_budget) == ("JPY", "UTC", None)


def test_what_no_account_holds_has_no_owner(cache: AccountCache) -> None:
    with pytest.raises(errors.ParameterError, match="an object of an ad account"):
        cache.owner("9")


def test_a_campaign_is_current_for_a_minute(cache: AccountCache, api: Answers, clock: Clock) -> None:
    assert cache.known_campaign("7") is None
    expected = {name: CAMPAIGN[name] for name in ("account_id", "objective", "special_ad_categories")}
    for seconds in (0, 59, 1):
        clock.pass_by(seconds)
        assert cache.campaign("7") == expected
    assert len(api.calls) == 2
    cache.forget("7")
    assert cache.known_campaign("7") is None


def test_what_is_read_as_a_whole_needs_no_request(cache: AccountCache, api: Answers) -> None:
    cache.remember(Campaign.from_api({**CAMPAIGN, "daily_budget": "5000"}))
    assert cache.known_campaign("7") == {**{k: v for k, v in CAMPAIGN.items() if k != "id"}, "daily_budget": 5000}
    assert api.owners["7"] == "act_1"
    assert api.last_seen.get("7") == {"daily_budget": 5000}
    cache.remember(Campaign.from_api({"id": "8", "objective": "OUTCOME_SALES"}))
    assert cache.known_campaign("8") is None, "it may have special categories"
    assert "8" not in api.owners
    assert api.calls == []


DAYS = "2026-12-01T09:00:00"


@table(
    "edge, params, after, known",
    [
        ("campaigns", {"daily_budget": Money("40.00 USD")}, {"daily_budget": 4000}, True),
        ("campaigns", {"daily_budget": Money("40.00 EUR")}, {"daily_budget": Money("40.00 EUR")}, False),
        ("adsets", {"end_time": DAYS}, {"end_time": f"{DAYS}+01:00"}, True),
        ("adsets", {"end_time": "2026-12-01"}, {"end_time": "2026-12-01T00:00:00+01:00"}, True),
        ("adsets", {"end_time": f"{DAYS}-0800"}, {"end_time": f"{DAYS}-0800"}, True),
        ("adsets", {"end_time": "2026-12-41"}, {"end_time": "2026-12-41"}, False),
        ("adsets", {"name": DAYS}, {"name": DAYS}, False),
    ],
)
def test_an_update_is_a_change_in_the_account_s_currency_and_zone(
    edge: str, params: Any, after: Any, known: bool
) -> None:
    clock = Clock()
    api: Any = Answers(clock)
    cache = AccountCache(api, clock)
    assert cache.known_change(edge, "7", params).after == params, "the account is not known yet"
    cache.account_facts("7")
    api.last_seen.put(
        "7", {"daily_budget": 5000, "end_time": "2026-12-31T00:00:00+0000", "name": "A", "status": "ACTIVE"}
    )
    change = cache.known_change(edge, "7", params)
    assert change.after == after
    assert [*change.before] == ([*params] if known else [])


@table(
    "call, stop",
    [
        (Call("POST", ("7",), {"daily_budget": 4000}, kind="Campaign"), True),
        (Call("POST", ("7",), {"daily_budget": 6000}, kind="Campaign"), False),
        (Call("POST", ("8",), {"daily_budget": 4000}, kind="Campaign"), False),
        (Call("POST", ("7", "copies"), {"daily_budget": 4000}, kind="Campaign"), False),
        (Call("DELETE", ("7",), {"daily_budget": 4000}, kind="Campaign"), False),
        (Call("POST", ("7",), {"daily_budget": 4000}, kind="AdImage"), False),
    ],
)
def test_a_change_that_lowers_what_was_seen_is_marked_as_a_stop(call: Call, stop: bool) -> None:
    clock = Clock()
    api: Any = Answers(clock)
    api.last_seen.put("7", {"daily_budget": 5000})
    assert AccountCache(api, clock).marked(call).stop is stop


LOWER = Call("POST", ("7",), {"daily_budget": 4000, "name": "A"}, kind="Campaign")
REFUSED, FAULT = errors.InvalidParameterError(code=100), errors.TransientError(code=2)
LOST = errors.OutcomeUnknown("lost", request="POST 7", check="")


@table(
    "call, failure, seen",
    [
        (LOWER, None, {"daily_budget": 4000, "status": "ACTIVE"}),
        (LOWER, REFUSED, {"daily_budget": 5000, "status": "ACTIVE"}),
        (LOWER, FAULT, {}),
        (LOWER, LOST, {}),
        (LOWER, KeyboardInterrupt(), {}),
        (Call("DELETE", ("7",), kind="Campaign"), None, {}),
        (Call("POST", ("7",), {"name": "A"}, kind="AdImage"), None, {}),
        (
            Call("POST", ("7",), {"daily_budget": Money("40.00 USD")}, kind="Campaign"),
            *(None, {"daily_budget": 5000, "status": "ACTIVE"}),
        ),
    ],
)
def test_after_a_write_is_known_what_it_has_set(call: Call, failure: BaseException | None, seen: Any) -> None:
    clock = Clock()
    api: Any = Answers(clock)
    cache = AccountCache(api, clock)
    api.last_seen.put("7", {"daily_budget": 5000, "status": "ACTIVE"})
    with pytest.raises(type(failure)) if failure else nullcontext(), cache.writing(call):
        assert api.last_seen.get("7") == {}, "nobody knows it now"
        if failure:
            raise failure
    assert api.last_seen.get("7") == seen


# What was last seen.


def test_a_value_is_gone_by_for_fifteen_minutes(api: Answers, clock: Clock) -> None:
    seen = api.last_seen
    seen.put("7", {"daily_budget": 5000})
    clock.pass_by(300)
    seen.put("7", {"status": "ACTIVE"})
    clock.pass_by(600)
    assert seen.get("7") == {"daily_budget": 5000, "status": "ACTIVE"}
    clock.pass_by(0.001)
    assert seen.get("7") == {"status": "ACTIVE"}


@table(
    "written, read, seconds, seen",
    [
        (4000, "5000", 60, None),
        (4000, "5000", 61, 5000),
        (4000, "4000", 1, 4000),
        (None, "5000", 60, None),
        (None, "5000", 61, 5000),
    ],
)
def test_a_read_just_after_a_write_may_be_older(written: int | None, read: str, seconds: float, seen: Any) -> None:
    clock = Clock()
    last = LastSeen(clock.now)
    if written is None:
        last.doubt("7", ["daily_budget"])
    else:
        last.wrote("7", {"daily_budget": written}, {})
    clock.pass_by(seconds)
    last.store(Campaign.from_api({"id": "7", "daily_budget": read}))
    assert last.get("7").get("daily_budget") == seen


def test_the_same_time_in_another_zone_is_no_contradiction(api: Answers) -> None:
    api.last_seen.wrote("7", {"end_time": "2026-12-01T09:00:00+01:00"}, {})
    api.last_seen.store(AdSet.from_api({"id": "7", "end_time": "2026-12-01T08:00:00+0000"}))
    assert "end_time" in api.last_seen.get("7")
    api.last_seen.store(AdSet.from_api({"id": "7", "end_time": "2026-12-01T08:00:01+0000"}))
    assert "end_time" not in api.last_seen.get("7")


def test_ad_sets_are_found_by_their_campaign(api: Answers) -> None:
    for node_id, campaign in (("1", "7"), ("2", "8"), ("3", None)):
        row = {"id": node_id, "daily_budget": "5000", **({"campaign_id": campaign} if campaign else {})}
        api.last_seen.store(AdSet.from_api(row))
    assert api.last_seen.of_campaign("7") == {"1": {"daily_budget": 5000, "campaign_id": "7"}}


def test_of_an_account_its_cap_and_what_was_spent_are_seen(api: Answers) -> None:
    api.last_seen.store(AdAccount.from_api({"id": "act_1", "name": "A", "spend_cap": "900", "amount_spent": "5"}))
    assert api.last_seen.get("act_1") == {"spend_cap": 900, "amount_spent": 5}
    api.last_seen.store(AdAccount.from_api({"spend_cap": "900"}))


def test_the_time_is_the_connection_s(cache: AccountCache, clock: Clock) -> None:
    clock.pass_by(7)
    assert cache.now() == datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=7)
