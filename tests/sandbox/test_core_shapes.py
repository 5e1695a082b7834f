"""The sandbox's answers beside recordings of Meta's: same keys, same types, same headers."""

from __future__ import annotations

import base64
import json
from typing import Any

from recordings import Recording, recordings
from tables import table

from admonster_fb.sandbox import png

GRAPH = "https://graph.facebook.com/v26.0"

# Fields of recordings of 2017 that no longer exist.
GONE = {"is_autobid"}


def recording(path: str) -> Recording:
    kind, _, name = path.partition("/")
    return recordings(kind)[name]


def shape(value: Any) -> str:
    """The type on the wire, and for texts the form: an id and a moment are not any text."""
    if isinstance(value, str) and value.isdigit():
        return "digits"
    if isinstance(value, str) and len(value) == 24 and value[10:11] == "T" and value[-5] in "+-":
        return "moment"
    return type(value).__name__


def same_shapes(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert ours.keys() == theirs.keys() - GONE
    assert {key: shape(ours[key]) for key in ours} == {key: shape(theirs[key]) for key in ours}


def fields_of(theirs: dict[str, Any]) -> str:
    return ",".join(key for key in theirs if key not in GONE)


def test_campaign_has_the_recorded_shape(client: Any) -> None:
    page = recording("campaigns/tophatter_GET__ad_campaigns_lists_campaigns_0").body
    client.campaigns(1)
    ours = client.get("act_1/campaigns", fields=fields_of(page["data"][0]))
    same_shapes(ours["data"][0], page["data"][0])
    assert ours["paging"].keys() == page["paging"].keys()
    assert ours["paging"]["cursors"].keys() == page["paging"]["cursors"].keys()
    assert ours["data"][0]["start_time"] == page["data"][0]["start_time"]


def test_adset_has_the_recorded_shape(client: Any) -> None:
    theirs = recording("adsets/tophatter_GET__create_ad_set_creates_valid_ad_set_1").body
    same_shapes(client.get(client.adset(), fields=fields_of(theirs)), theirs)


@table(
    "name",
    [
        "campaigns/ahoydig_create_outcome_engagement",
        "adsets/ahoydig_create_on_post",
        "ads/zumo_create_ad",
    ],
    fresh=True,
)
def test_creation_has_the_recorded_shape(client: Any, name: str) -> None:
    same_shapes(client.post("act_1/campaigns", **client.CAMPAIGN), recording(name).body)


def test_accounts_have_the_recorded_shape(client: Any) -> None:
    theirs = recording("accounts/tophatter_GET__all_lists_all_accounts_0").body["data"][0]
    ours = client.get("me/adaccounts", fields=fields_of(theirs))["data"][0]
    # Our ids are small so that people can type them.
    same_shapes({**ours, "id": theirs["id"]}, theirs)
    plain = recording("accounts/ahoydig_min_daily_budget").body
    same_shapes(client.get("act_1", fields=fields_of(plain)), plain)


def test_image_has_the_recorded_shape(client: Any) -> None:
    uploaded = recording("adimages/zumo_upload_image").body["images"]["source.png"]
    answer = client.session.post(f"{GRAPH}/act_1/adimages", files={"filename": ("source.png", png())}).json()
    same_shapes(answer["images"]["source.png"], {key: value for key, value in uploaded.items() if key != "_"})
    listed = recording("adimages/tophatter_GET__ad_images_lists_images_0").body
    ours = client.get("act_1/adimages", fields=fields_of(listed["data"][0]))
    same_shapes(ours["data"][0], listed["data"][0])
    assert ours["paging"].keys() == listed["paging"].keys()


def test_creative_has_the_recorded_shape(client: Any) -> None:
    theirs = recording("creatives/keboola_meta_v23.0_GET_act_N-adcreatives_09f1273").body["data"][0]
    digest = client.post("act_1/adimages", bytes=base64.b64encode(png()).decode())["images"]["bytes"]["hash"]
    made = client.post("act_1/adcreatives", name="C", object_story_spec=client.story(digest))["id"]
    ours = client.get(made, fields=fields_of(theirs))
    same_shapes(ours, theirs)
    assert len(ours["name"].rpartition(" ")[2]) == len(theirs["name"].rpartition(" ")[2])


def test_deleted_objects_still_read(client: Any) -> None:
    theirs = recording("ads/ahoydig_deleted_objects_still_readable").body
    (campaign,) = client.campaigns(1)
    client.delete(campaign)
    ours = client.get(campaign, fields="id,status")
    same_shapes(ours, theirs)
    assert ours["status"] == theirs["status"]


def test_preview_has_the_recorded_shape(client: Any) -> None:
    theirs = recording("previews/ahoydig_preview_iframe").body
    creative = {"object_story_spec": client.story("0" * 32)}
    ours = client.get("act_1/generatepreviews", creative=json.dumps(creative), ad_format="INSTAGRAM_STANDARD")
    same_shapes(ours, theirs)
    same_shapes(ours["data"][0], theirs["data"][0])
    assert ours["data"][0]["body"].partition("?")[0] == theirs["data"][0]["body"].partition("?")[0]


# Recording, and the call that makes the sandbox say the same.
ERRORS = {
    "keboola_meta_2500_0_v24.0_GET_N-navigation_549b25": "act_1/navigation",
    "keboola_meta_100_0_v24.0_GET_N-feed_549b11": "act_1/feed",
    "quoted_190_0_cannot_parse_token_http401": "me?access_token=EAAG",
    "keboola_meta_2500_0_v23.0_GET_act_N-insights_09f1409": "act_1/insights?fields=spend%26breakdowns",
}


@table("name", ERRORS)
def test_errors_have_the_recorded_shape(client: Any, name: str) -> None:
    theirs = recording(f"errors/{name}")
    answer = client.session.get(f"{GRAPH}/{ERRORS[name]}")
    ours, recorded = answer.json()["error"], theirs.body["error"]
    assert answer.status_code == theirs.status_code
    assert (ours["code"], ours["type"]) == (recorded["code"], recorded["type"])
    assert ours.keys() == recorded.keys()
    assert ours["message"].split("(")[0].split('"')[0] == recorded["message"].split("(")[0].split('"')[0]
    assert len(ours["fbtrace_id"]) == len(recorded["fbtrace_id"])


def test_usage_header(client: Any) -> None:
    theirs = recording("usage_headers/from_accounts_keboola_meta_v20.0_GET_act_N_0c9a0").headers
    name = "x-business-use-case-usage"
    headers = client.session.get(f"{GRAPH}/act_1").headers
    ours, recorded = (next(iter(json.loads(each[name]).values()))[0] for each in (headers, theirs))
    same_shapes(ours, recorded)
    assert len(headers["x-fb-trace-id"]) == len(theirs["x-fb-trace-id"])
    assert headers["content-type"] == theirs["Content-Type"]
    # The answer to a read without fields, byte for byte as long as the recorded one but for the longer id.
    extra = 2 * (len("186649832776475") - 1)
    assert int(headers["content-length"]) == int(theirs["Content-Length"]) - extra


def test_batch_items(client: Any) -> None:
    theirs = recording("batch/restfb_batch_batch-first-error").body
    items = [{"method": "GET", "relative_url": each} for each in ("2", "me?fields=id,name")]
    ours = client.session.post("https://graph.facebook.com/", data={"batch": json.dumps(items)}).json()
    for mine, recorded in zip(ours, theirs, strict=True):
        same_shapes(mine, recorded)
        assert mine["code"] == recorded["code"]
        assert mine["headers"][0].keys() == recorded["headers"][0].keys()
    assert json.loads(ours[0]["body"])["error"]["message"] == json.loads(theirs[0]["body"])["error"]["message"]
