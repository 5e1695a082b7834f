"""Tokens, versions, unknown paths, usage headers and batches."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

from admonster_fb.sandbox import Request, Response, Sandbox

GRAPH = "https://graph.facebook.com/v26.0"


def error(answer: Any) -> tuple[int, int, int | None]:
    body = answer.json()["error"]
    assert body["fbtrace_id"]
    return answer.status_code, body["code"], body.get("error_subcode")


def test_token_missing_or_invalid_is_refused(client: Any) -> None:
    bare = client.anonymous()
    assert error(bare.get(f"{GRAPH}/me")) == (400, 2500, None)
    assert error(bare.get(f"{GRAPH}/act_1")) == (400, 104, None)
    assert error(bare.get(f"{GRAPH}/me?access_token=EAAG")) == (401, 190, None)
    assert bare.get(f"{GRAPH}/me?access_token={client.sandbox.token}").status_code == 200
    assert bare.post(f"{GRAPH}/act_1", data={"access_token": client.sandbox.token}).status_code == 200
    client.sandbox.expire_token()
    expired = bare.get(f"{GRAPH}/me?access_token={client.sandbox.token}")
    assert error(expired) == (400, 190, 463)
    assert "Session has expired on Sunday, 01-Nov-26 03:00:00 PST." in expired.json()["error"]["message"]


def test_scope_missing_is_refused(client: Any) -> None:
    client.sandbox.revoke("ads_management")
    assert client.session.get(f"{GRAPH}/act_1/campaigns").status_code == 200
    assert error(client.session.post(f"{GRAPH}/act_1/campaigns", data=client.form(client.CAMPAIGN))) == (403, 200, None)
    client.sandbox.revoke("ads_read", "business_management")
    assert error(client.session.get(f"{GRAPH}/act_1/campaigns")) == (403, 200, None)
    assert error(client.session.get(f"{GRAPH}/me/businesses")) == (403, 200, None)
    assert client.session.get(f"{GRAPH}/me").status_code == 200
    declined = {row["permission"] for row in client.get("me/permissions")["data"] if row["status"] == "declined"}
    assert declined == {"ads_management", "ads_read", "business_management"}


def test_two_users_do_not_see_each_other(client: Any) -> None:
    (campaign,) = client.campaigns(1)
    other = client.sandbox.session(client.sandbox.issue_token(accounts=["act_3"]))
    assert error(other.get(f"{GRAPH}/{campaign}")) == (400, 100, 33)
    assert error(other.post(f"{GRAPH}/{campaign}", data={"name": "Mine"})) == (400, 100, 33)
    assert [row["id"] for row in other.get(f"{GRAPH}/me/adaccounts").json()["data"]] == ["act_3"]
    assert len(other.get(f"{GRAPH}/me/businesses").json()["data"]) == 1
    assert other.get(f"{GRAPH}/me").json()["id"] != client.get("me")["id"]


def test_appsecret_proof_missing_or_wrong_is_refused() -> None:
    sandbox = Sandbox(history=0, app_secret="secret")
    session = sandbox.session()
    assert session.get(f"{GRAPH}/me").json()["error"]["type"] == "GraphMethodException"
    assert (
        session.get(f"{GRAPH}/me?appsecret_proof=00").json()["error"]["message"].startswith("Invalid appsecret_proof")
    )
    proof = hmac.new(b"secret", sandbox.token.encode(), hashlib.sha256).hexdigest()
    assert session.get(f"{GRAPH}/me?appsecret_proof={proof}").status_code == 200


def test_versions_and_removed_parameters(client: Any) -> None:
    root = "https://graph.facebook.com"
    assert client.session.get(f"{root}/me").headers["facebook-api-version"] == "v24.0"
    assert client.session.get(f"{root}/v27.0/me").headers["facebook-api-version"] == "v27.0"
    assert error(client.session.get(f"{root}/v99.0/me")) == (400, 2500, None)
    assert client.session.get(f"{root}/v26.0/?ids=act_1,act_2").status_code == 500
    assert client.get("act_1/campaigns", date_format="U")["error"]["code"] == 12


def test_a_call_of_an_expired_version_is_raised(client: Any) -> None:
    # Recorded: v20.0 was served as v22.0 with this text, and `next` led to the newer version.
    client.campaigns(3)
    answer = client.session.get("https://graph.facebook.com/v20.0/act_1/campaigns?limit=2")
    text = "The call has been auto-upgraded to v24.0 as v20.0 has been deprecated."
    assert answer.headers["facebook-api-version"] == "v24.0"
    assert answer.headers["x-ad-api-version-warning"] == text
    assert answer.json()["paging"]["next"].startswith("https://graph.facebook.com/v24.0/")
    assert "x-ad-api-version-warning" not in client.session.get(f"{GRAPH}/me").headers
    lost = client.session.get("https://graph.facebook.com/v20.0/1202")
    assert (lost.status_code, lost.headers["x-ad-api-version-warning"]) == (400, text)
    client.sandbox.advance(days=10)
    later = client.session.get("https://graph.facebook.com/v24.0/me").headers
    assert later["facebook-api-version"] == "v25.0"


def test_path_version_and_root_calls(client: Any) -> None:
    assert error(client.session.get(f"{GRAPH}/act_1/navigation")) == (400, 2500, None)
    assert client.get("act_1/navigation")["error"]["message"] == "Unknown path components: /navigation"
    assert "nonexisting field (feed) on node type (AdAccount)" in client.get("act_1/feed")["error"]["message"]
    assert error(client.session.post(f"{GRAPH}/act_1/navigation")) == (400, 100, 33)
    assert error(client.session.get(f"{GRAPH}/1202")) == (400, 100, 33)
    unplayed = client.session.get(f"{GRAPH}/act_1/audience_funnel")
    assert unplayed.status_code == 501
    body = unplayed.json()["error"]
    assert (body["type"], body["method"], body["path"]) == ("SandboxNotModelled", "GET", "act_1/audience_funnel")
    assert client.session.get(f"{GRAPH}/ads_archive").status_code == 501


def test_every_answer_says_that_it_is_not_meta(client: Any) -> None:
    for path in ("me", "act_1", "nothing", "act_1/customaudiences"):
        headers = client.session.get(f"{GRAPH}/{path}").headers
        assert headers["x-graph-sandbox"]
        assert headers["x-fb-trace-id"]


def test_usage_headers(client: Any) -> None:
    answer = client.session.get(f"{GRAPH}/act_1/campaigns")
    use = json.loads(answer.headers["x-business-use-case-usage"])["1"][0]
    assert use.keys() == {
        "type",
        "call_count",
        "total_cputime",
        "total_time",
        "estimated_time_to_regain_access",
        "ads_api_access_tier",
    }
    assert use["type"] == "ads_management"
    score = json.loads(answer.headers["x-ad-account-usage"])
    assert score.keys() == {"acc_id_util_pct", "reset_time_duration", "ads_api_access_tier"}
    client.sandbox.usage("act_1", call_count=95)
    pinned = client.session.get(f"{GRAPH}/act_1").headers["x-business-use-case-usage"]
    assert json.loads(pinned)["1"][0]["call_count"] == 95
    app = json.loads(client.session.get(f"{GRAPH}/me").headers["x-app-usage"])
    assert app.keys() == {"call_count", "total_cputime", "total_time"}


def batch(client: Any, items: list[dict[str, Any]], **params: str) -> Any:
    return client.session.post("https://graph.facebook.com/v26.0/", data={"batch": json.dumps(items), **params})


def test_batch_keeps_order_and_hides_nothing(client: Any) -> None:
    answer = batch(
        client,
        [
            {"method": "GET", "relative_url": "act_1?fields=name"},
            {"method": "GET", "relative_url": "1202"},
            {"method": "POST", "relative_url": "act_1/campaigns", "body": _body(client)},
            {"method": "GET", "relative_url": "v25.0/me"},
        ],
    )
    assert answer.status_code == 200
    items = answer.json()
    assert [item["code"] for item in items] == [200, 400, 200, 200]
    assert json.loads(items[0]["body"])["name"] == "Sandbox Coffee US"
    headers = {header["name"].lower(): header["value"] for header in items[3]["headers"]}
    assert headers["facebook-api-version"] == "v25.0"
    assert [entry.path for entry in client.sandbox.journal] == ["act_1", "1202", "act_1/campaigns", "me"]


def test_batch_references(client: Any) -> None:
    rename = {"method": "POST", "relative_url": "{result=made:$.id}", "body": "name=Renamed"}
    made = {"method": "POST", "name": "made", "relative_url": "act_1/campaigns", "body": _body(client)}
    listed = {"method": "GET", "name": "all", "relative_url": "act_1/campaigns?fields=name"}
    first = {"method": "GET", "relative_url": "{result=all:$.data[0].id}?fields=name"}
    answer = batch(client, [made, rename, listed, first], include_headers="false").json()
    assert answer[0] is None
    assert answer[1] == {"code": 200, "body": '{"success":true}'}
    assert json.loads(answer[3]["body"])["name"] == "Renamed"


def test_batch_failed_dependency(client: Any) -> None:
    items = [
        {"method": "GET", "name": "gone", "relative_url": "1202"},
        {"method": "GET", "relative_url": "me", "depends_on": "gone"},
    ]
    assert [item["code"] for item in batch(client, items).json()] == [400, 424]


def test_batch_limit(client: Any) -> None:
    items = [{"method": "GET", "relative_url": "me"}] * 51
    assert batch(client, items).status_code == 400
    assert len(batch(client, items[:50]).json()) == 50


def test_hooks_see_batch_items(client: Any) -> None:
    class Refuse:
        def before(self, request: Request) -> Response | None:
            return Response(502, {}, b"<html>") if request.path == "/v26.0/act_2" else None

        def after(self, request: Request, response: Response) -> Response:
            return response

    client.sandbox.hooks.append(Refuse())
    assert [item["code"] for item in batch(client, [_get("act_1"), _get("act_2")]).json()] == [200, 502]
    assert client.session.get(f"{GRAPH}/act_2").text == "<html>"


def _get(path: str) -> dict[str, str]:
    return {"method": "GET", "relative_url": path}


def _body(client: Any) -> str:
    return urlencode(client.form(client.CAMPAIGN))
