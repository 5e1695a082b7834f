"""Breakdowns with rules of their own: markets, frequencies, assets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tables import table

from admonster_fb.sandbox import Sandbox
from admonster_fb.sandbox.errors import GraphError

FIELDS = "impressions,reach,clicks,spend,actions,action_values,ctr,frequency"
KEYS = {
    "image_asset": {"hash", "url", "name", "id"},
    "body_asset": {"text", "id"},
    "title_asset": {"text", "id"},
    "link_url_asset": {"website_url", "id"},
    "call_to_action_asset": {"name", "id"},
}


@pytest.fixture
def account() -> str:
    return "act_1"


def rows(sandbox: Sandbox, object_id: str, **params: Any) -> list[dict[str, Any]]:
    return sandbox.insights(object_id, **{"date_preset": "last_30d", "fields": FIELDS, **params})


def total(found: list[dict[str, Any]], field: str) -> float:
    return round(sum(float(row.get(field, 0)) for row in found), 2)


def purchases(found: list[dict[str, Any]]) -> int:
    entries = [entry for row in found for entry in row.get("actions", ()) if entry["action_type"] == "purchase"]
    return sum(int(entry["value"]) for entry in entries)


def test_markets_make_the_whole_and_know_nothing_of_what_is_bought_elsewhere(sandbox: Sandbox, account: str) -> None:
    (whole,) = rows(sandbox, account)
    parts = rows(sandbox, account, breakdowns="comscore_market")
    assert {"New York", "Los Angeles"} < {row["comscore_market"] for row in parts}
    for field in ("impressions", "reach", "clicks", "spend"):
        assert total(parts, field) == float(whole[field])
    assert purchases(parts) == 0 < purchases([whole])
    japan = rows(sandbox, "act_2", breakdowns="comscore_market")
    assert {row["comscore_market"] for row in japan} == {"Unknown"}


def test_products_share_what_happens_on_meta_and_each_repeat_what_does_not(sandbox: Sandbox, account: str) -> None:
    assert rows(sandbox, account, breakdowns="product_id") == []  # nothing of a catalog is advertised
    adset = sandbox.objects("AdSet", account)[0]["id"]
    sandbox.change(adset, promoted_object={"product_set_id": "1"})
    (whole,) = rows(sandbox, adset)
    parts = rows(sandbox, adset, breakdowns="product_id")
    assert len({row["product_id"] for row in parts}) == len(parts) == 3
    for field in ("impressions", "clicks", "spend"):
        assert total(parts, field) == float(whole[field])
    assert not any("reach" in row for row in parts)
    assert purchases(parts) == 3 * purchases([whole])
    with pytest.raises(GraphError, match="comscore_market"):
        rows(sandbox, account, breakdowns="dma")


@pytest.mark.thorough
def test_frequencies_tell_of_people_alone(sandbox: Sandbox, account: str) -> None:
    (whole,) = rows(sandbox, account)
    parts = rows(sandbox, account, breakdowns="frequency_value", fields="account_id,reach,impressions,spend")
    assert total(parts, "reach") == float(whole["reach"])
    assert {"1", "2", "6-10"} < {row["frequency_value"] for row in parts}
    assert all({*row} == {"account_id", "reach", "date_start", "date_stop", "frequency_value"} for row in parts)
    with pytest.raises(GraphError, match="reach"):
        rows(sandbox, account, breakdowns="frequency_value", fields="impressions")
    sandbox.advance(days=190)
    old = {"since": "2026-10-20", "until": "2026-10-31"}
    assert rows(sandbox, account, time_range=old, fields="reach")
    assert rows(sandbox, account, time_range=old, fields="reach", breakdowns="frequency_value") == []


@table("breakdown", KEYS)
def test_assets_make_the_whole(breakdown: str, sandbox: Sandbox, account: str) -> None:
    level = {"level": "ad"} if breakdown == "image_asset" else {}
    whole = rows(sandbox, account, **level)
    parts = rows(sandbox, account, **level, breakdowns=breakdown)
    assert {frozenset(row[breakdown]) for row in parts} == {frozenset(KEYS[breakdown])}
    for field in ("impressions", "clicks", "spend"):
        assert total(parts, field) == total(whole, field)
    assert purchases(parts) == purchases(whole) > 0
    assert not any({"ctr", "frequency"} & row.keys() for row in parts), "not of assets"


def test_pictures_are_not_told_of_accounts_and_films_only_of_ads_that_have_one(sandbox: Sandbox, account: str) -> None:
    with pytest.raises(GraphError, match="image_asset"):
        rows(sandbox, account, breakdowns="image_asset")
    with pytest.raises(GraphError, match="invalid"):
        rows(sandbox, account, breakdowns="title_asset,body_asset")
    assert rows(sandbox, account, breakdowns="video_asset", level="ad") == []


def test_a_feed_is_told_by_each_of_its_assets(sandbox: Sandbox) -> None:
    ad = _ad_with_feed(sandbox)
    (whole,) = rows(sandbox, ad)
    titles = rows(sandbox, ad, breakdowns="title_asset")
    assert [row["title_asset"]["text"] for row in titles] == ["Brunch", "Lunch", "Supper"]
    assert len({row["title_asset"]["id"] for row in titles}) == 3
    assert total(titles, "impressions") == float(whole["impressions"])
    assert total(titles, "reach") == float(whole["reach"])
    films = rows(sandbox, ad, breakdowns="video_asset")
    assert [row["video_asset"]["video_id"] for row in films] == ["7001"]
    actions = rows(sandbox, ad, breakdowns="call_to_action_asset")
    assert {row["call_to_action_asset"]["name"] for row in actions} == {"BOOK_NOW", "LEARN_MORE"}


@pytest.mark.thorough
def test_breakdowns_of_an_account_that_did_not_opt_in_are_empty(sandbox: Sandbox) -> None:
    http, url = sandbox.session(), "https://graph.facebook.com/v26.0/act_1/insights"
    opted = ("publisher_platform,impression_device", "hourly_stats_aggregated_by_audience_time_zone")
    open_to_all = ("publisher_platform", "hourly_stats_aggregated_by_advertiser_time_zone")

    def told(breakdowns: str) -> Any:
        return http.get(url, params={"breakdowns": breakdowns}).json()["data"]

    assert all(told(each) for each in (*opted, *open_to_all))
    sandbox.withhold_breakdowns("act_1")
    assert [told(each) for each in opted] == [[], []]
    assert all(told(each) for each in open_to_all)
    sandbox.withhold_breakdowns("act_1", on=False)
    assert told(opted[0])


def test_assets_come_as_objects_over_http(sandbox: Sandbox) -> None:
    query_ = {"level": "ad", "breakdowns": json.dumps(["body_asset"]), "fields": "ad_id,spend", "limit": "3"}
    answer = sandbox.session().get("https://graph.facebook.com/v26.0/act_1/insights", params=query_).json()
    assert answer["data"]
    assert all(row["body_asset"]["id"].isdecimal() for row in answer["data"])


def _ad_with_feed(sandbox: Sandbox) -> str:
    ad = next(ad for ad in sandbox.objects("Ad", "act_1") if sandbox.spent(ad["id"]))
    feed = {
        "titles": [{"text": "Brunch"}, {"text": "Lunch"}, {"text": "Supper"}],
        "videos": [{"video_id": "7001"}],
        "call_to_action_types": ["LEARN_MORE", "BOOK_NOW"],
    }
    sandbox.change(ad["creative"]["id"], asset_feed_spec=feed)
    return str(ad["id"])
