"""Many campaigns at once."""

from __future__ import annotations

from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, NotFoundError, ParameterError
from admonster_fb.sandbox import GraphError, LostResponse, Sandbox
from admonster_fb.workflows.bulk import bulk_update_campaigns

CAMPAIGN: Any = {"objective": "OUTCOME_TRAFFIC", "special_ad_categories": [], "daily_budget": 5000}


@pytest.fixture
def ids(fb: FacebookAds) -> list[str]:
    return [fb.campaigns.create("act_1", name=f"C{n}", **CAMPAIGN).id for n in range(3)]


def test_one_change_for_all_in_one_request(fb: FacebookAds, sandbox: Sandbox, ids: list[str]) -> None:
    sandbox.journal.clear()
    done = bulk_update_campaigns(fb, campaign_ids=ids, name="Same")
    assert [(each.id, each.error) for each in done] == [(each, None) for each in ids]
    assert {fb.campaigns.get(each).name for each in ids} == {"Same"}


def test_each_campaign_gets_its_own_change(fb: FacebookAds, ids: list[str]) -> None:
    changes: Any = [{"id": each, "daily_budget": f"{60 + n}.00 USD"} for n, each in enumerate(ids)]
    bulk_update_campaigns(fb, campaigns=changes)
    assert [fb.campaigns.get(each).daily_budget for each in ids] == [6000, 6100, 6200]


def test_one_refused_does_not_keep_the_others(fb: FacebookAds, sandbox: Sandbox, ids: list[str]) -> None:
    sandbox.fail_next(f"POST {ids[1]}", GraphError(100, 1885272))
    done = bulk_update_campaigns(fb, campaign_ids=ids, name="New")
    assert [each.error is None for each in done] == [True, False, True]
    assert [fb.campaigns.get(each).name for each in ids] == ["New", "C1", "New"]


def test_a_missing_campaign_fails_alone(fb: FacebookAds, ids: list[str]) -> None:
    done = bulk_update_campaigns(fb, campaign_ids=[ids[0], "120999999999999999"], daily_budget="70.00 USD")
    assert done[0].error is None
    assert isinstance(done[1].error, NotFoundError)
    assert fb.campaigns.get(ids[0]).daily_budget == 7000


def test_all_that_is_wrong_is_told_at_once_and_nothing_sent(fb: FacebookAds, ids: list[str], writes: Any) -> None:
    before = writes()
    changes: Any = [{"id": ids[0], "daily_budget": "70.00 EUR"}, {"id": ids[1], "colour": 1}, {"id": "x", "name": "A"}]
    with pytest.raises(ParameterError) as error:
        bulk_update_campaigns(fb, campaigns=changes)
    fields = [violation.field for violation in error.value.violations]
    assert fields == ["campaigns.0.daily_budget", "campaigns.1.colour", "campaigns.2.campaign_id"]
    assert writes() == before


@table(
    ("given", "field"),
    [
        ({}, "campaigns"),
        ({"campaigns": [], "campaign_ids": []}, "campaigns"),
        ({"campaigns": [{"id": "1", "name": "A"}], "name": "B"}, "name"),
        ({"campaign_ids": ["1", "1"], "name": "A"}, "campaigns"),
    ],
)
def test_what_cannot_be_meant(fb: FacebookAds, refused: Any, given: Any, field: str) -> None:
    with refused(field):
        bulk_update_campaigns(fb, **given)


def test_lost_answers_are_settled_by_each_campaign(fb: FacebookAds, sandbox: Sandbox, ids: list[str]) -> None:
    sandbox.fail_next(f"POST {ids[0]}", LostResponse())
    done = bulk_update_campaigns(fb, campaign_ids=ids, name="New")
    assert [each.error for each in done] == [None] * 3
    assert {fb.campaigns.get(each).name for each in ids} == {"New"}


def test_fifty_to_a_request(sandbox: Sandbox, ids: list[str]) -> None:
    sent: list[str] = []
    fb = FacebookAds.sandbox(sandbox, on_request=lambda event: sent.append(event.method))
    many = [*ids, *(fb.campaigns.create("act_1", name="D", **CAMPAIGN).id for _ in range(98))]
    sent.clear()
    done = bulk_update_campaigns(fb, campaign_ids=many, name="New")
    assert [each.error for each in done] == [None] * 101
    assert sent == ["POST"] * 3
