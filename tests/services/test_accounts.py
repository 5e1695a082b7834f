"""Ad accounts: made, limited, shared, and what is wrong with them in words."""

from __future__ import annotations

from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, InvalidParameterError, OutcomeUnknown, ParameterError
from admonster_fb.bot import FacebookTool
from admonster_fb.models.ad import Ad
from admonster_fb.models.adaccount import AdAccount
from admonster_fb.models.campaign import Campaign
from admonster_fb.sandbox import GraphError, LostResponse, Sandbox
from admonster_fb.workflows.account_access import list_account_users, update_spending_limit
from admonster_fb.workflows.account_status import account_health, delivery_problems


@pytest.fixture
def business(fb: FacebookAds) -> str:
    owner = fb.adaccounts.get("act_1").business
    assert owner
    return owner.id


def test_an_account_is_made_under_a_business(fb: FacebookAds, business: str) -> None:
    made = fb.adaccounts.create(business, name="Berlin", currency="EUR", timezone_id=1, end_advertiser="NONE")
    read = fb.adaccounts.get(made.id)
    assert (read.name, read.currency, read.timezone_name) == ("Berlin", "EUR", "America/Los_Angeles")
    assert read.business
    assert read.business.id == business
    assert read.id in [account.id for account in fb.adaccounts.list()]


@table(
    ("wrong", "field"),
    [({"currency": "euro"}, "currency"), ({"timezone_id": 0}, "timezone_id"), ({"name": ""}, "name")],
)
def test_a_new_account_is_checked_before_it_is_sent(fb: FacebookAds, refused: Any, wrong: Any, field: str) -> None:
    good: Any = {"name": "Berlin", "currency": "EUR", "timezone_id": 1, "end_advertiser": "NONE"}
    with refused(field):
        fb.adaccounts.create("100", **{**good, **wrong})


def test_a_lost_new_account_is_never_sent_again(fb: FacebookAds, sandbox: Sandbox, business: str, writes: Any) -> None:
    sandbox.fail_next(f"POST {business}/adaccount", LostResponse())
    with pytest.raises(OutcomeUnknown):
        fb.adaccounts.create(business, name="Berlin", currency="EUR", timezone_id=1, end_advertiser="NONE")
    assert len(writes()) == 1


def test_a_limit_is_set_reset_and_removed(fb: FacebookAds) -> None:
    update_spending_limit(fb, "act_1", spending_limit="2500.50 USD")
    assert fb.adaccounts.get("act_1").spend_cap == 250050
    update_spending_limit(fb, "act_1", spend_cap_action="reset")
    account = fb.adaccounts.get("act_1")
    assert (account.spend_cap, account.amount_spent) == (250050, 0)
    update_spending_limit(fb, "act_1", spend_cap_action="delete")
    assert not fb.adaccounts.get("act_1").spend_cap


@table("given", [{}, {"spending_limit": "50.00 USD", "spend_cap_action": "reset"}])
def test_a_limit_is_one_thing(fb: FacebookAds, refused: Any, given: Any) -> None:
    with refused("spending_limit"):
        update_spending_limit(fb, "act_1", **given)


def test_a_limit_of_nothing_does_not_pass_for_no_limit(fb: FacebookAds, writes: Any) -> None:
    with pytest.raises(ParameterError, match="delete"):
        update_spending_limit(fb, "act_1", spending_limit="0.00 USD")
    assert writes() == []


def test_a_limit_whose_answer_was_lost_is_read_back_in_minor_units(
    fb: FacebookAds, sandbox: Sandbox, writes: Any
) -> None:
    sandbox.fail_next("POST act_1", LostResponse())
    update_spending_limit(fb, "act_1", spending_limit="2500.00 USD")
    assert [entry.path for entry in writes()] == ["act_1"]
    assert fb.adaccounts.get("act_1").spend_cap == 250000


def test_people_come_and_go(fb: FacebookAds, business: str) -> None:
    users = list_account_users(fb, "act_1")
    assert all(user.tasks for user in users)
    user = users[-1].id
    fb.assigned_users.create("act_1", user=user, tasks=["ANALYZE"])
    assert {each.id: each.tasks for each in list_account_users(fb, "act_1", business_id=business)}[user] == ["ANALYZE"]
    fb.assigned_users.delete("act_1", user)
    assert user not in [each.id for each in list_account_users(fb, "act_1")]


@table("tasks", [[], ["ADMIN"], "MANAGE"])
def test_tasks_are_meta_s(fb: FacebookAds, refused: Any, tasks: Any) -> None:
    with refused("tasks.0" if tasks == ["ADMIN"] else "tasks"):
        fb.assigned_users.create("act_1", user="100", tasks=tasks)


def test_a_personal_account_has_no_business_to_list(fb: FacebookAds, sandbox: Sandbox) -> None:
    personal = sandbox.add_account()
    with pytest.raises(ParameterError, match="business_id"):
        list_account_users(fb, personal)


def test_pages_and_instagram_accounts_serve_creatives(fb: FacebookAds, image: Any) -> None:
    page = next(iter(fb.adaccounts.promote_pages("act_1")))
    instagram = next(iter(fb.adaccounts.instagram_accounts("act_1")))
    link: Any = {"link": "https://example.com/", "image_hash": image.hash}
    story: Any = {"page_id": page.id, "instagram_user_id": instagram.id, "link_data": link}
    assert fb.adcreatives.create("act_1", object_story_spec=story).id


def test_changes_are_told_newest_first(fb: FacebookAds, campaign: Campaign) -> None:
    fb.campaigns.update(campaign.id, name="Winter")
    told = list(fb.adaccounts.activities("act_1"))
    assert told[0].object_id == campaign.id
    assert told[0].event_time
    assert "Winter" in (told[0].extra_data or "")
    assert "create_campaign_group" in [each.event_type for each in told]


def test_ads_that_run_are_counted_by_page() -> None:
    """The oracle is the status of each ad: all of the sandbox's are of one Page."""
    fb = FacebookAds.sandbox()
    found = fb.adaccounts.ads_volume("act_1")
    active = [ad for ad in fb.ads.iter("act_1") if ad.effective_status == "ACTIVE"]
    assert found[0].current_account_ads_running_or_in_review_count == len(active) > 0
    assert {row.limit_on_ads_running_or_in_review for row in found} == {250}
    page = found[0].actor_id
    assert [row.actor_id for row in fb.adaccounts.ads_volume("act_1", page_id=page)] == [page]
    fb.campaigns.update(str(active[0].campaign_id), status="PAUSED")
    left = fb.adaccounts.ads_volume("act_1", page_id=page)[0].current_account_ads_running_or_in_review_count
    assert left == sum(ad.campaign_id != active[0].campaign_id for ad in active)


def test_the_least_budgets_are_of_the_account_s_currency(fb: FacebookAds) -> None:
    [row] = fb.adaccounts.minimum_budgets("act_2")
    assert row.currency == "JPY"
    least = fb.adaccounts.get("act_2").min_daily_budget
    assert row.min_daily_budget_imp == least
    with pytest.raises((InvalidParameterError, ParameterError), match="1885272"):
        fb.campaigns.create(
            "act_2", name="A", objective="OUTCOME_TRAFFIC", special_ad_categories=[], daily_budget=(least or 0) - 1
        )


@table(
    ("account", "said"),
    [
        (AdAccount(account_status=1), "It can run ads"),
        (AdAccount(account_status=2, disable_reason=1), "ADS_INTEGRITY_POLICY"),
        (AdAccount(account_status=3, balance=500, currency="JPY"), "500 JPY"),
        (AdAccount(account_status=1, spend_cap=5000, amount_spent=4000, currency="USD"), "left $10.00 USD"),
        (AdAccount(account_status=1, spend_cap=5000, amount_spent=6000, currency="USD"), "No ads run until"),
        (AdAccount(account_status=77), "of status 77"),
    ],
)
def test_health_in_words(account: AdAccount, said: str) -> None:
    assert said in " ".join(account_health(account))


def test_what_review_said_in_words(fb: FacebookAds, sandbox: Sandbox, ad: Ad) -> None:
    assert delivery_problems(fb.ads.get(ad.id)) == []
    sandbox.disapprove(ad.id, reason="PERSONAL_ATTRIBUTES")
    read = fb.ads.get(ad.id)
    assert read.effective_status == "DISAPPROVED"
    assert any("PERSONAL_ATTRIBUTES" in line for line in delivery_problems(read))


def test_feedback_by_placement_and_issues() -> None:
    ad = Ad(
        ad_review_feedback={
            "placement_specific": {"instagram": {"ADULT": "Not here."}},
            "global": {"TEXT": "Too much."},
        },
        issues_info=[{"error_code": 1815869, "error_summary": "Post deleted", "error_message": "The post is gone."}],
    )
    assert delivery_problems(ad) == [
        "Review (instagram): ADULT: Not here.",
        "Review: TEXT: Too much.",
        "Issue: Post deleted: The post is gone. (code 1815869)",
    ]


def test_who_of_a_business_has_access(fb: FacebookAds, business: str) -> None:
    assert [user.id for user in fb.assigned_users.list("act_1", business_id=business)]
    assert fb.assigned_users.list("act_1", business_id=business, fields=["id"])[0].tasks is None


def test_accounts_of_a_business(fb: FacebookAds) -> None:
    business = next(group.business for group in fb.adaccounts.by_business() if group.business)
    ids = [account.id for account in fb.adaccounts.of_business(business.id, fields=["id"])]
    assert ids
    assert len({*ids}) == len(ids)


PREPAID: Any = {"id": "9", "display_string": "Saldo dispon\u00edvel (R$278,60 BRL)", "type": 20}


@table("op", ["get_ad_account_info", "status"])
def test_the_bill_due_and_the_money_left_are_both_named(fb: FacebookAds, sandbox: Sandbox, op: str) -> None:
    sandbox.change("act_1", balance="1250", funding_source_details=PREPAID)
    text = FacebookTool(fb).call({"op": op}).text
    assert "Bill due (balance, not money left): $12.50 USD" in text
    assert 'Money left (prepaid): "Saldo dispon\u00edvel (R$278,60 BRL)"' in text
    sandbox.change("act_1", funding_source_details={"id": "9", "display_string": "Visa *0001", "type": 1})
    assert (
        'Way of payment, with the money left if it is prepaid: "Visa *0001"' in FacebookTool(fb).call({"op": op}).text
    )


@pytest.mark.thorough
def test_no_text_calls_the_bill_due_a_balance(fb: FacebookAds, sandbox: Sandbox) -> None:
    sandbox.change("act_1", balance="1250")
    tool = FacebookTool(fb)
    reading = [op for op in tool.ops.values() if op.spec.access == "read"]
    texts = [text for op in reading if (text := tool.call({"op": op.name}).text) and "$12.50 USD" in text]
    assert len(texts) > 2
    assert not [text for text in texts if "Balance: " in text]


@pytest.mark.thorough
@table("code", [10, 100, 200])
@table("op", ["get_ad_account_info", "status"])
def test_a_token_that_may_not_see_the_payment_sees_the_rest(
    fb: FacebookAds, sandbox: Sandbox, op: str, code: int
) -> None:
    sandbox.change("act_1", balance="1250")
    tool = FacebookTool(fb)
    tool.call({"op": op})
    sandbox.fail_next("GET act_1", GraphError(code))
    result = tool.call({"op": op})
    assert "Bill due (balance, not money left): $12.50 USD" in result.text
    sent = [call.params.get("fields", "") for call in sandbox.journal if call.path == "act_1"][-2:]
    assert ["funding_source_details" in fields for fields in sent] == [True, False]


def test_in_a_batch_the_payment_is_not_requested(fb: FacebookAds) -> None:
    with fb.batch() as batch:
        item = batch.add(fb.adaccounts.get, "act_1")
    assert "funding_source_details" not in item.call.params["fields"]
    assert item.result().currency == "USD"
