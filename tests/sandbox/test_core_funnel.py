"""The whole way from a campaign to its figures, by plain requests and by the SDK as it is."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from facebook_business.adobjects.ad import Ad
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.campaign import Campaign
from facebook_business.api import FacebookAdsApi
from facebook_business.session import FacebookSession

from admonster_fb.sandbox import Sandbox, png

GRAPH = "https://graph.facebook.com/v26.0"


def test_funnel_by_plain_requests(client: Any) -> None:
    sandbox = client.sandbox
    session = sandbox.session()

    def post(path: str, **params: Any) -> dict[str, Any]:
        answer = session.post(f"{GRAPH}/{path}", data=client.form(params))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    campaign = post("act_1/campaigns", **client.CAMPAIGN)
    assert list(campaign) == ["id"]
    adset = post("act_1/adsets", campaign_id=campaign["id"], **client.ADSET)
    picture = png()
    images = session.post(f"{GRAPH}/act_1/adimages", files={"filename": ("a b.png", picture)}).json()["images"]
    assert images["a b.png"]["hash"] == hashlib.md5(picture).hexdigest()
    assert (images["a b.png"]["width"], images["a b.png"]["height"]) == (1200, 628)
    creative = post("act_1/adcreatives", name="Creative", object_story_spec=client.story(images["a b.png"]["hash"]))
    made = {"adset_id": adset["id"], "creative": {"creative_id": creative["id"]}}
    ad = post("act_1/ads", name="Ad", status="ACTIVE", **made)

    sandbox.advance(days=3)
    assert session.get(f"{GRAPH}/{ad['id']}?fields=effective_status").json()["effective_status"] == "ACTIVE"
    rows = session.get(f"{GRAPH}/{ad['id']}/insights?fields=impressions,spend&date_preset=maximum").json()["data"]
    assert int(rows[0]["impressions"]) > 0
    assert isinstance(rows[0]["spend"], str)

    assert post(campaign["id"], status="PAUSED") == {"success": True}
    read = session.get(f"{GRAPH}/{ad['id']}?fields=status,effective_status").json()
    assert read == {"status": "ACTIVE", "effective_status": "CAMPAIGN_PAUSED", "id": ad["id"]}


def test_funnel_by_the_unmodified_sdk(client: Any, tmp_path: Any) -> None:
    sandbox = client.sandbox
    session = FacebookSession(access_token=sandbox.token)
    session.requests.mount("https://", sandbox.adapter())
    api = FacebookAdsApi(session)
    account = AdAccount("act_1", api=api)
    campaign = account.create_campaign(params=client.CAMPAIGN)
    adset = account.create_ad_set(params={**client.ADSET, "campaign_id": campaign["id"]})
    file = tmp_path / "picture.png"
    file.write_bytes(png())
    image = account.create_ad_image(params={"filename": str(file)})
    creative = account.create_ad_creative(params={"name": "C", "object_story_spec": client.story(image["hash"])})
    ad = account.create_ad(
        params={"name": "Ad", "adset_id": adset["id"], "creative": {"creative_id": creative["id"]}, "status": "PAUSED"}
    )
    assert [each["name"] for each in account.get_ads(fields=["name"])] == ["Ad"]
    assert Ad(ad["id"], api=api).get_previews(params={"ad_format": "MOBILE_FEED_STANDARD"})[0]["body"]
    sandbox.advance(days=1)
    assert list(Ad(ad["id"], api=api).get_insights(fields=["spend"])) == []
    Campaign(campaign["id"], api=api).api_update(params={"status": "PAUSED"})
    assert Campaign(campaign["id"], api=api).api_get(fields=["status"])["status"] == "PAUSED"
    # Children of a page come back typed by the SDK: every shape it parses was met.
    with pytest.warns(UserWarning, match="does not allow field"):
        nested = account.get_campaigns(fields=["name", "adsets{name,ads{name}}"])
    assert nested[0]["adsets"][0]["name"] == "Set"
    # An update left empty goes out chunked or without a body; both must be taken.
    Campaign(campaign["id"], api=api).api_update(params={})
    Campaign(campaign["id"], api=api).api_delete()
    assert Campaign(campaign["id"], api=api).api_get(fields=["status"])["status"] == "DELETED"


def test_same_seed_same_answers(client: Any) -> None:
    def run() -> list[bytes]:
        sandbox = Sandbox(seed=7, history=5)
        session = sandbox.session()
        created = session.post(f"{GRAPH}/act_1/campaigns", data=client.form(client.CAMPAIGN))
        listed = session.get(f"{GRAPH}/act_1/campaigns?fields=id,name,created_time&limit=5")
        return [created.content, listed.content, str(dict(listed.headers)).encode()]

    assert run() == run()
    assert Sandbox(seed=7, history=0).token != Sandbox(seed=8, history=0).token


def test_snapshot_restores_the_state(client: Any, tmp_path: Any) -> None:
    sandbox = client.sandbox
    session = sandbox.session()
    created = session.post(f"{GRAPH}/act_1/campaigns", data=client.form(client.CAMPAIGN)).json()["id"]
    sandbox.advance(days=2)
    sandbox.save(tmp_path / "state.json")
    other = Sandbox(seed=99, history=0)
    other.load(tmp_path / "state.json")
    assert other.now() == sandbox.now()
    assert other.session().get(f"{GRAPH}/{created}?fields=name").json()["name"] == "Traffic"
    new = [
        each.session().post(f"{GRAPH}/act_1/campaigns", data=client.form(client.CAMPAIGN)).json()["id"]
        for each in (sandbox, other)
    ]
    assert new[0] == new[1]


def test_journal_records_calls_without_secrets(client: Any) -> None:
    sandbox = client.sandbox
    session = sandbox.session()
    session.get(f"{GRAPH}/me", params={"fields": "name", "access_token": sandbox.token})
    session.post(f"{GRAPH}/act_1/campaigns", data=client.form(client.CAMPAIGN))
    read, write = sandbox.journal
    assert (read.method, read.path, read.version, read.params) == ("GET", "me", "v26.0", {"fields": "name"})
    assert (write.params["special_ad_categories"], write.token, write.status) == ([], sandbox.token, 200)
