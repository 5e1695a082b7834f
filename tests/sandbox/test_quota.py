"""Limits that are enforced: truthful headers, refusals, and time that frees."""

from __future__ import annotations

import json
from typing import Any

import pytest

from admonster_fb.sandbox import LostResponse, Sandbox

GRAPH = "https://graph.facebook.com/v26.0"


def _use(answer: Any, account: str = "1") -> dict[str, Any]:
    return dict(json.loads(answer.headers["x-business-use-case-usage"])[account][0])


def _get(client: Any, path: str = "act_1") -> Any:
    return client.session.get(f"{GRAPH}/{path}")


def test_percent_and_refusal(client: Any) -> None:
    client.sandbox.quota(calls=4, window=3600)
    uses = [_use(_get(client)) for _ in range(4)]
    assert [use["call_count"] for use in uses] == [25, 50, 75, 100]
    assert [use["estimated_time_to_regain_access"] for use in uses] == [0, 0, 0, 60]
    refused = _get(client)
    assert refused.status_code == 400
    assert (refused.json()["error"]["code"], refused.json()["error"]["error_subcode"]) == (80004, 2446079)
    assert _use(refused)["call_count"] == 125
    assert _use(refused)["type"] == "ads_management"


def test_the_window_rolls(client: Any) -> None:
    client.sandbox.quota(calls=2, window=600)
    _get(client)
    client.sandbox.sleep(295)
    assert _use(_get(client))["estimated_time_to_regain_access"] == 6  # 305 s, rounded up
    client.sandbox.sleep(306)
    assert _get(client).status_code == 200
    assert _get(client).status_code == 400
    client.sandbox.advance(minutes=10)
    assert _use(_get(client))["call_count"] == 50


def test_use_cases_and_accounts_are_apart(client: Any) -> None:
    client.sandbox.quota(calls=1, use_case="ads_insights", account="act_1")
    assert _get(client, "act_1/insights").status_code == 200
    refused = _get(client, "act_1/insights")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, 80000)
    assert _get(client, "act_1").status_code == 200
    assert [_get(client, "act_2/insights").status_code for _ in range(3)] == [200, 200, 200]
    client.sandbox.quota(calls=1, use_case="custom_audience")
    first, second = (_get(client, "act_1/customaudiences").json() for _ in range(2))
    assert first == {"data": []}
    assert second["error"]["code"] == 80003


def test_nodes_count_for_their_account_and_batch_items_each(client: Any) -> None:
    campaign = client.campaigns(1)[0]
    client.sandbox.quota(calls=3)
    items = [{"method": "GET", "relative_url": campaign}] * 4
    answers = client.session.post(GRAPH, data={"batch": json.dumps(items)}).json()
    assert [answer["code"] for answer in answers] == [200, 200, 200, 400]
    headers = {header["name"]: header["value"] for header in answers[-1]["headers"]}
    assert json.loads(headers["x-business-use-case-usage"])["1"][0]["estimated_time_to_regain_access"] == 60


def test_strangers_use_up_nothing(client: Any) -> None:
    client.sandbox.quota(calls=1)
    for _ in range(3):
        assert client.anonymous().get(f"{GRAPH}/act_1").json()["error"]["code"] == 104
    assert _get(client).status_code == 200


def test_a_quota_can_be_lifted_and_pinned(client: Any) -> None:
    client.sandbox.quota(calls=1)
    client.sandbox.usage("act_1", call_count=7)
    assert _use(_get(client))["call_count"] == 7
    assert _get(client).status_code == 400
    client.sandbox.quota(calls=None)
    assert _get(client).status_code == 200


def test_without_a_quota_figures_stay_low() -> None:
    sandbox = Sandbox(history=0)
    for _ in range(40_000):
        sandbox.world.usage.count("POST", "1", "ads_management")
    answer = sandbox.session().get(f"{GRAPH}/act_1")
    assert _use(answer)["call_count"] < 75
    assert json.loads(answer.headers["x-ad-account-usage"])["acc_id_util_pct"] < 75
    app = sandbox.session().get(f"{GRAPH}/me").headers["x-app-usage"]
    assert max(json.loads(app).values()) < 75


@pytest.mark.parametrize("wrong", [{"calls": 0}, {"use_case": "leadgen"}])
def test_quotas_that_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a quota needs"):
        Sandbox(history=0).quota(**wrong)


def test_writes_per_second(client: Any) -> None:
    client.sandbox.mutations(per_second=2)
    ids = client.campaigns(2)
    refused = client.post("act_1/campaigns", **client.CAMPAIGN)["error"]
    assert (refused["code"], refused["error_subcode"]) == (613, 5044001)
    assert client.post(ids[0], name="New")["error"]["code"] == 613
    assert client.get(ids[0])["id"] == ids[0]
    assert "error" not in client.post("act_2/campaigns", **client.CAMPAIGN)
    client.sandbox.sleep(1)
    assert client.post(ids[0], name="New") == {"success": True}


def test_ten_spending_caps_a_day(client: Any) -> None:
    client.sandbox.fail_next("POST act_1", LostResponse())
    with pytest.raises(OSError, match="reset"):
        client.post("act_1", spend_cap=99)
    assert [client.post("act_1", spend_cap=100 + n) for n in range(9)] == [{"success": True}] * 9
    refused = client.post("act_1", spend_cap=200)["error"]
    assert (refused["code"], refused["error_subcode"]) == (17, 1885172)
    assert client.get("act_1", fields="spend_cap")["spend_cap"] == "10800"
    assert client.post("act_1", name="Another name") == {"success": True}
    assert client.post("act_2", spend_cap=200) == {"success": True}
    client.sandbox.advance(days=1)
    assert client.post("act_1", spend_cap=200) == {"success": True}


def test_four_budgets_an_hour_by_the_sandboxes_time(client: Any) -> None:
    adset = client.adset()
    assert [client.post(adset, daily_budget=3000 + n) for n in range(4)] == [{"success": True}] * 4
    refused = client.post(adset, daily_budget=4000)["error"]
    assert (refused["code"], refused["error_subcode"]) == (613, 1487632)
    client.sandbox.advance(minutes=60)
    assert client.post(adset, daily_budget=4000) == {"success": True}
