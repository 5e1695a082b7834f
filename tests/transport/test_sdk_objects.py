"""The way out: every object of Meta's SDK works over our connection, and its failures are our errors."""

from __future__ import annotations

from typing import Any

import pytest
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adset import AdSet
from facebook_business.adobjects.campaign import Campaign
from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi, FacebookRequest
from facebook_business.exceptions import FacebookError
from tables import table

from admonster_fb import FacebookAds, errors
from admonster_fb.sandbox import Sandbox

from .conftest import Connect, Wire, answer, error, one_line, raw

NEW = {
    "name": "By the SDK",
    "objective": "OUTCOME_TRAFFIC",
    "status": "PAUSED",
    "special_ad_categories": [],
    "is_adset_budget_sharing_enabled": False,
}


@pytest.fixture
def fb(sandbox: Sandbox) -> Any:
    with FacebookAds.sandbox(sandbox) as facade:
        yield facade


def test_an_edge(fb: FacebookAds) -> None:
    names = [campaign["name"] for campaign in AdAccount("act_1", api=fb.api).get_campaigns(fields=["name"])]
    assert sorted(names) == sorted(campaign.name or "" for campaign in fb.campaigns.list("act_1"))


def test_an_edge_of_several_pages(fb: FacebookAds, sandbox: Sandbox) -> None:
    before = len(sandbox.journal)
    cursor = AdAccount("act_1", api=fb.api).get_campaigns(fields=["name"], params={"limit": 1})
    assert len({campaign["id"] for campaign in cursor}) == len(fb.campaigns.list("act_1"))
    assert len(sandbox.journal) - before > 2
    assert {entry.token for entry in sandbox.journal} == {sandbox.token}


def test_a_node(fb: FacebookAds) -> None:
    account = AdAccount("act_2", api=fb.api).api_get(fields=["currency", "timezone_name"])
    assert (account["currency"], account["timezone_name"]) == ("JPY", "Asia/Tokyo")


def test_me(fb: FacebookAds) -> None:
    accounts = User("me", api=fb.api).get_ad_accounts(fields=["currency"])
    assert [account["currency"] for account in accounts] == ["USD", "JPY", "EUR", "GBP"]


def test_create_change_and_delete(fb: FacebookAds) -> None:
    made = AdAccount("act_1", api=fb.api).create_campaign(params=NEW)
    assert isinstance(made, Campaign)
    assert fb.campaigns.get(made["id"]).name == "By the SDK"
    made.api_update(params={"name": "Changed"})
    assert made.api_get(fields=["name"])["name"] == "Changed"
    made.api_delete()
    assert fb.campaigns.get(made["id"]).status == "DELETED"


def test_figures(fb: FacebookAds) -> None:
    rows = AdAccount("act_1", api=fb.api).get_insights(
        fields=["spend", "impressions"], params={"date_preset": "last_7d", "time_increment": 1}
    )
    assert len(list(rows)) == 7


def test_a_raw_call(fb: FacebookAds) -> None:
    response = fb.api.call("GET", ["act_1"], {"fields": "currency"})
    assert response.json() == {"currency": "USD", "id": "act_1"}
    assert response.is_success()
    assert response.status() == 200
    assert "x-graph-sandbox" in response.headers()
    assert isinstance(response.body(), str)
    assert fb.api.call("GET", "/act_1/", {"fields": "currency"}).json()["currency"] == "USD"


def test_a_request_prepared_by_the_sdk(fb: FacebookAds) -> None:
    request = AdAccount("act_1", api=fb.api).get_campaigns(fields=["name"], pending=True)
    assert isinstance(request, FacebookRequest)
    assert [*request.execute()]


def test_an_error_is_ours(fb: FacebookAds, sandbox: Sandbox) -> None:
    with pytest.raises(errors.NotFoundError):
        Campaign("999", api=fb.api).api_get(fields=["name"])
    with pytest.raises(errors.APIError, match="nonexisting"):
        fb.api.call("GET", [fb.campaigns.list("act_1")[0].id], {"fields": "no_such_field"})
    with pytest.raises(errors.InvalidParameterError):
        AdAccount("act_1", api=fb.api).create_campaign(params={"name": "No objective"})
    sandbox.expire_token()
    with pytest.raises(errors.AuthenticationError):
        list(AdAccount("act_1", api=fb.api).get_campaigns(fields=["name"]))


@pytest.mark.thorough
@table(
    ("said", "kind"),
    [
        (raw(502, "<html>", "text/html"), errors.TransientError),
        (raw(200, '{"id":'), errors.TransientError),
        (raw(200), errors.TransientError),
        (answer({"error": "text"}), errors.APIError),
        (answer(error(100, error_data="text")), errors.InvalidParameterError),
    ],
    fresh=True,
)
def test_what_breaks_the_sdk_s_own_parsing_does_not_reach_it(
    said: bytes, kind: type[errors.FacebookAdsError], wire: Wire, connect: Connect
) -> None:
    wire.otherwise = said
    with pytest.raises(kind) as caught:
        AdSet("120", api=connect().api).api_get(fields=["name"])
    assert one_line(caught.value)
    assert not isinstance(caught.value, FacebookError)


def test_nothing_uses_the_sdk_s_default(fb: FacebookAds) -> None:
    fb.campaigns.list("act_1")
    AdAccount("act_1", api=fb.api).get_campaigns(fields=["name"])
    assert FacebookAdsApi.get_default_api() is None


def test_the_api_shows_where_it_goes_and_no_more(fb: FacebookAds) -> None:
    assert repr(fb.api) == "Api(https://graph.facebook.com, v26.0)"
