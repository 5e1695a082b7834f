"""Amounts in parameters: minor units of the account's currency, or nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.errors import ParameterError
from admonster_fb.money import Money
from admonster_fb.sandbox import Sandbox


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(history=0)


@pytest.fixture
def fb(sandbox: Sandbox) -> Iterator[FacebookAds]:
    with FacebookAds.sandbox(sandbox) as facade:
        yield facade


def campaign(fb: FacebookAds, account: str, **params: Any) -> Any:
    needed: Any = {"name": "N", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": [], **params}
    return fb.campaigns.create(account, **needed)


def adset(fb: FacebookAds, account: str, **params: Any) -> Any:
    needed: Any = {
        "name": "N",
        "campaign_id": campaign(fb, account).id,
        "optimization_goal": "LINK_CLICKS",
        "billing_event": "IMPRESSIONS",
        "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
        "targeting": {
            "geo_locations": {"countries": ["US"]},
            "targeting_automation": {"advantage_audience": 0},
        },
        **params,
    }
    return fb.adsets.create(account, **needed)


def writes(sandbox: Sandbox) -> list[str]:
    return [entry.path for entry in sandbox.journal if entry.method != "GET"]


def sent(sandbox: Sandbox, name: str) -> Any:
    return [entry.params[name] for entry in sandbox.journal if name in entry.params][-1]


@pytest.mark.thorough
@table(
    ("account", "given", "minor"),
    [
        ("act_1", "50.00 USD", 5000),
        ("act_1", "50 USD", 5000),
        ("act_1", "$50.50 USD", 5050),
        ("act_1", Money("50.00 USD"), 5000),
        ("act_1", 5000, 5000),
        ("act_2", "5000 JPY", 5000),
        ("act_2", Money("5000 JPY"), 5000),
        ("act_2", 5000, 5000),
    ],
    fresh=True,
)
def test_amounts_go_out_as_minor_units(account: str, given: Any, minor: int, fb: FacebookAds, sandbox: Sandbox) -> None:
    assert campaign(fb, account, daily_budget=given).daily_budget == minor
    assert sent(sandbox, "daily_budget") == str(minor)
    assert adset(fb, account, daily_budget=given).daily_budget == minor


FOREIGN: dict[str, Callable[[FacebookAds], Any]] = {
    "campaign": lambda fb: campaign(fb, "act_2", daily_budget="50.00 USD"),
    "campaign, as money": lambda fb: campaign(fb, "act_2", lifetime_budget=Money("50.00 USD")),
    "campaign spend_cap": lambda fb: campaign(fb, "act_2", spend_cap="500.00 EUR"),
    "ad set": lambda fb: fb.adsets.create(
        "act_2",
        name="N",
        campaign_id="1",
        daily_budget="50.00 USD",
        optimization_goal="LINK_CLICKS",
        billing_event="IMPRESSIONS",
        targeting={"geo_locations": {"countries": ["JP"]}},
    ),
    "ad rule": lambda fb: fb.adrules.create(
        "act_2",
        name="N",
        evaluation_spec={
            "evaluation_type": "SCHEDULE",
            "filters": [
                {"field": "entity_type", "operator": "EQUAL", "value": "CAMPAIGN"},
                {"field": "time_preset", "operator": "EQUAL", "value": "TODAY"},
                {"field": "spent", "operator": "GREATER_THAN", "value": "50.00 USD"},
            ],
        },
        execution_spec={"execution_type": "PAUSE"},
        schedule_spec={"schedule_type": "DAILY"},
    ),
    "alert": lambda fb: fb.alerts.evaluate(
        "act_2", rules=[{"metric": "spend", "operator": ">", "threshold": "50.00 USD"}]
    ),
}


@table("name", FOREIGN, fresh=True)
def test_another_currency_is_refused_before_anything_is_sent(name: str, fb: FacebookAds, sandbox: Sandbox) -> None:
    with pytest.raises(ParameterError, match="JPY, the currency of the ad account"):
        FOREIGN[name](fb)
    assert writes(sandbox) == []


def test_every_amount_in_another_currency_is_named(fb: FacebookAds, sandbox: Sandbox) -> None:
    with pytest.raises(ParameterError) as caught:
        campaign(fb, "act_2", daily_budget="50.00 USD", spend_cap="500.00 EUR")
    assert [violation.field for violation in caught.value.violations] == ["daily_budget", "spend_cap"]
    assert writes(sandbox) == []


def test_the_currency_of_an_object_is_that_of_its_account(fb: FacebookAds, sandbox: Sandbox) -> None:
    dollars, yen = campaign(fb, "act_1", daily_budget=5000), campaign(fb, "act_2", daily_budget=5000)
    sandbox.journal.clear()
    with pytest.raises(ParameterError, match="JPY"):
        fb.campaigns.update(yen.id, daily_budget="50.00 USD")
    assert writes(sandbox) == []
    fb.campaigns.update(yen.id, daily_budget="6000 JPY")
    fb.campaigns.update(dollars.id, daily_budget="60.00 USD")
    assert (fb.campaigns.get(yen.id).daily_budget, fb.campaigns.get(dollars.id).daily_budget) == (6000, 6000)


def test_an_ad_set_too(fb: FacebookAds, sandbox: Sandbox) -> None:
    yen = adset(fb, "act_2", daily_budget=5000)
    sandbox.journal.clear()
    with pytest.raises(ParameterError, match="JPY"):
        fb.adsets.update(yen.id, daily_budget="50.00 USD")
    assert writes(sandbox) == []
    fb.adsets.update(yen.id, daily_budget="7000 JPY")
    assert fb.adsets.get(yen.id).daily_budget == 7000


def test_the_currency_is_asked_for_once(fb: FacebookAds, sandbox: Sandbox) -> None:
    made = campaign(fb, "act_2", daily_budget="5000 JPY")
    for amount in ("5100 JPY", "5200 JPY", "5300 JPY"):
        fb.campaigns.update(made.id, daily_budget=amount)
    asked = [entry.path for entry in sandbox.journal if "currency" in str(entry.params.get("fields"))]
    assert asked == ["act_2"]
    owners = [entry.path for entry in sandbox.journal if entry.params.get("fields") == "account_id"]
    assert owners == [], "the answer to the create has told whose it is"


def test_the_owner_of_what_another_has_made_is_asked_for_once(fb: FacebookAds, sandbox: Sandbox) -> None:
    made = campaign(FacebookAds.sandbox(sandbox), "act_2", daily_budget=5000)
    sandbox.journal.clear()
    for amount in ("5100 JPY", "5200 JPY"):
        fb.campaigns.update(made.id, daily_budget=amount)
    assert [entry.path for entry in sandbox.journal if entry.method == "GET"] == [made.id, "act_2"]


def test_plain_minor_units_of_a_change_ask_nothing(fb: FacebookAds, sandbox: Sandbox) -> None:
    made = campaign(FacebookAds.sandbox(sandbox), "act_2", daily_budget=5000)
    sandbox.journal.clear()
    fb.campaigns.update(made.id, daily_budget=5100)
    assert [entry.method for entry in sandbox.journal] == ["POST"]


def test_no_budget_is_ever_made_up(fb: FacebookAds, sandbox: Sandbox) -> None:
    campaign(fb, "act_1")
    adset(fb, "act_1", daily_budget=5000)
    budgets = {"daily_budget", "lifetime_budget", "spend_cap", "bid_amount"}
    named = [sorted(budgets & entry.params.keys()) for entry in sandbox.journal if entry.method == "POST"]
    assert named == [[], [], ["daily_budget"]]


def test_a_campaign_starts_paused_unless_told(fb: FacebookAds, sandbox: Sandbox) -> None:
    assert campaign(fb, "act_1").status == "PAUSED"
    assert sent(sandbox, "status") == "PAUSED"
    assert campaign(fb, "act_1", status="ACTIVE").status == "ACTIVE"


def test_a_wrong_amount_beside_other_wrong_things_names_all(fb: FacebookAds, sandbox: Sandbox) -> None:
    with pytest.raises(ParameterError) as caught:
        fb.campaigns.create(  # type: ignore[call-arg,misc]
            "act_2",
            daily_budget="50.005 USD",
            nmae="N",  # codespell:ignore
            objective="OUTCOME_TRAFIC",  # type: ignore[arg-type]
            special_ad_categories="NONE",  # type: ignore[arg-type]
            is_adset_budget_sharing_enabled=1,  # type: ignore[arg-type]
        )
    fields = {violation.field for violation in caught.value.violations}
    assert {"name", "nmae", "objective", "daily_budget", "special_ad_categories"} <= fields
    assert "is_adset_budget_sharing_enabled" in fields
    assert "did you mean name?" in str(caught.value)
    assert not sandbox.journal
