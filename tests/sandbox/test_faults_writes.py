"""What makes a lost answer hard: objects that show late, writes that are done late, values rewritten, wrong answers."""

from __future__ import annotations

import json

import pytest
import requests

from admonster_fb.sandbox import Queued, Repeated, Sandbox, Shuffled, Swapped

ROOT = "https://graph.facebook.com/"
CAMPAIGN = {"name": "Sale ", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": "[]", "status": "PAUSED"}


@pytest.fixture
def sandbox():
    return Sandbox(history=0)


@pytest.fixture
def session(sandbox):
    return sandbox.session()


def create(session, **more):
    shared = {"is_adset_budget_sharing_enabled": "false"}
    return session.post(f"{ROOT}act_1/campaigns", {**CAMPAIGN, **shared, **more}).json()


def listed(session):
    return [row["id"] for row in session.get(f"{ROOT}act_1/campaigns").json()["data"]]


def test_a_new_object_shows_in_edges_after_its_delay_and_by_its_id_at_once(sandbox, session):
    sandbox.hide_new(30)
    made = create(session)["id"]
    assert session.get(f"{ROOT}{made}?fields=name").json()["id"] == made
    sandbox.sleep(29)
    assert listed(session) == []
    sandbox.sleep(1)
    assert listed(session) == [made]


def test_both_can_be_set_over_http(sandbox, session):
    url = f"{ROOT}_sandbox/store"
    assert session.post(url, json={"hide_new": [30, 30], "rewrite": True}).json() == {"success": True}
    assert create(session, fields="name")["name"] == "Sale"
    assert listed(session) == []
    assert session.delete(url).json() == {"success": True}
    assert create(session, fields="name")["name"] == "Sale "
    assert len(listed(session)) == 1
    assert session.post(url, json={"hide_new": "soon"}).status_code == 400


def test_a_queued_write_is_done_at_its_time(sandbox, session):
    sandbox.fail_next("POST act_*/campaigns", Queued(30))
    with pytest.raises(requests.ConnectionError):
        create(session)
    sandbox.sleep(29)
    assert listed(session) == []
    sandbox.sleep(11)
    (made,) = listed(session)
    assert session.get(f"{ROOT}{made}?fields=created_time").json()["created_time"].endswith(":00:30-0800")


def test_names_and_goals_are_rewritten(sandbox, session):
    sandbox.rewrite()
    campaign = create(session, fields="name")
    assert campaign["name"] == "Sale"
    targeting = {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}}
    adset = {"name": "US", "campaign_id": campaign["id"], "optimization_goal": "REACH", "billing_event": "IMPRESSIONS"}
    adset |= {"daily_budget": "1000", "targeting": json.dumps(targeting), "fields": "optimization_goal"}
    assert session.post(f"{ROOT}act_1/adsets", adset).json()["optimization_goal"] == "IMPRESSIONS"


@pytest.mark.parametrize(("fault", "right"), [(Repeated(), "first"), (Swapped(), "other")])
def test_a_wrong_answer_hides_work_that_was_done(sandbox, session, fault, right):
    made = {"first": create(session)["id"], "other": create(sandbox.session(sandbox.issue_token()))["id"]}
    sandbox.fail_next("POST act_*/campaigns", fault)
    assert create(session)["id"] == made[right]
    assert len(listed(session)) == 3


def test_a_shuffled_batch_answers_from_the_last_to_the_first(sandbox, session):
    sandbox.fail_next("POST /", Shuffled())
    batch = [{"method": "GET", "relative_url": account} for account in ("act_1", "act_2")]
    rows = session.post(ROOT, {"batch": json.dumps(batch)}).json()
    assert [json.loads(row["body"])["id"] for row in rows] == ["act_2", "act_1"]


def test_a_lifetime_budget_replaces_a_daily_one(sandbox, session):
    campaign = create(session)["id"]
    targeting = {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}}
    adset = {"name": "US", "campaign_id": campaign, "optimization_goal": "LINK_CLICKS", "billing_event": "IMPRESSIONS"}
    adset |= {"daily_budget": "1000", "targeting": json.dumps(targeting)}
    made = session.post(f"{ROOT}act_1/adsets", adset).json()["id"]
    answer = session.post(f"{ROOT}{made}", {"lifetime_budget": "90000", "end_time": "2026-12-24T12:00:00+0000"}).json()
    assert answer == {"success": True}
    read = session.get(f"{ROOT}{made}?fields=daily_budget,lifetime_budget").json()
    assert (read["daily_budget"], read["lifetime_budget"]) == ("0", "90000")
