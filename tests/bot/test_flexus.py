"""The adapter for Flexus, with stand-ins of its runtime's shape; Flexus itself is not installed."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, FacebookAdsError
from admonster_fb.bot.flexus import FlexusClient, IntegrationFacebook, adsets, campaigns
from admonster_fb.sandbox import Sandbox

FIGURES = (
    r"Impressions:\s*([\d,]+)", r"Clicks:\s*([\d,]+)", r"Spend:\s*\$([\d,.]+)", r"CTR:\s*([\d.]+)%",
    r"CPC:\s*\$([\d.]+)",
)  # fmt: skip
TARGETING = {"geo_locations": {"countries": ["US"]}, "age_min": 25, "age_max": 45}
CALL = SimpleNamespace(fcall_id="c", fcall_ft_id="t", fcall_untrusted_key="key")


def sign_in(token: str) -> dict[str, Any]:
    return {"facebook": {"token": {"access_token": token}}}


@dataclass
class Robot:
    """What the runtime hands to a bot."""

    external_auth: Any = field(default_factory=dict)
    running_test_scenario: bool = False
    persona: Any = field(default_factory=lambda: SimpleNamespace(persona_id="persona"))


@dataclass
class Live:
    """A sandbox in Meta's place: notes every connection."""

    sandbox: Sandbox
    connected: list[tuple[str, str | None]] = field(default_factory=list)

    def __call__(self, access_token: str, account: str | None, /) -> FacebookAds:
        self.connected.append((access_token, account))
        fb = FacebookAds.sandbox(self.sandbox, account=account)
        if account is None:  # the sandbox's own would stand in
            fb._account = None
        return fb


@pytest.fixture
def live(sandbox: Sandbox) -> Live:
    return Live(sandbox)


def ask(facebook: IntegrationFacebook, **arguments: Any) -> str:
    return asyncio.run(facebook.called_by_model(CALL, arguments))


def scenario(**options: Any) -> IntegrationFacebook:
    return IntegrationFacebook(None, Robot(running_test_scenario=True), **options)


def do(coroutine: Coroutine[Any, Any, str]) -> str:
    return asyncio.run(coroutine)


def found_id(text: str) -> str:
    match = re.search(r"ID:\s*(\d+)", text)
    assert match, text
    assert "ERROR" not in text
    return match[1]


def written(client: FlexusClient) -> dict[str, Any]:
    """Return the parameters of the last write."""
    return next(entry.params for entry in reversed(client.sandbox.journal) if entry.method == "POST")


def test_the_token_is_the_workspaces(live: Live) -> None:
    facebook = IntegrationFacebook(None, Robot(sign_in("EAA1")), "1", connect=live)
    assert facebook.client.ad_account_id == "act_1"
    assert facebook.client.is_test_mode is False
    assert found_id(ask(facebook, op="status"))
    assert live.connected == [("EAA1", "act_1")]


@table(
    "auth",
    [None, {}, {"facebook": None}, {"facebook": {}}, {"facebook": {"token": None}}, {"facebook": {"token": "x"}},
     sign_in(""), sign_in("  "), {"facebook": {"token": {"access_token": 5}}}], fresh=True,
)  # fmt: skip
def test_without_a_token_the_answer_is_to_connect(live: Live, auth: Any) -> None:
    text = ask(IntegrationFacebook(None, Robot(auth), connect=live), op="status")
    assert text.startswith("ERROR ")
    assert "connect Facebook" in text
    assert "Traceback" not in text
    assert live.connected == []


def test_a_context_without_sign_ins_is_not_connected_either() -> None:
    assert "connect Facebook" in ask(IntegrationFacebook(None, SimpleNamespace()), op="status")  # type: ignore[arg-type]


@pytest.mark.thorough
def test_a_renewed_token_is_used_from_the_next_call_on(live: Live) -> None:
    robot = Robot()
    facebook = IntegrationFacebook(None, robot, "act_1", connect=live)
    assert "ERROR" in ask(facebook, op="status")
    for token in ("EAA1", "EAA1", "EAA2"):
        robot.external_auth = sign_in(token)
        assert "ERROR" not in ask(facebook, op="status")
    assert live.connected == [("EAA1", "act_1"), ("EAA2", "act_1")]


def test_code_may_change_the_account(live: Live) -> None:
    facebook = IntegrationFacebook(None, Robot(sign_in("EAA1")), connect=live)
    facebook.client.ad_account_id = "act_1"
    assert "Currency: USD" in ask(facebook, op="get_ad_account_info")
    facebook.client.ad_account_id = "2"
    assert "Currency: JPY" in ask(facebook, op="get_ad_account_info")
    assert [account for _, account in live.connected] == ["act_1", "act_2"]


def test_an_account_id_that_is_none_is_an_answer_not_a_traceback(live: Live) -> None:
    facebook = IntegrationFacebook(None, Robot(sign_in("EAA1")), "my account", connect=live)
    text = ask(facebook, op="status")
    assert text.startswith("ERROR ParameterError")
    assert "my account" in text


class Policy:
    """The forms in which the runtime has offered its documents."""

    def __init__(self, content: Any, *, wrap: bool = True) -> None:
        self.document = SimpleNamespace(pdoc_content=content) if wrap else content
        self.asked: list[tuple[Any, ...]] = []

    async def only_a_path(self, p: str) -> Any:
        self.asked.append((p,))
        return self.document

    async def with_a_user(self, p: str, fuser_id: str) -> Any:
        self.asked.append((p, fuser_id))
        return self.document

    async def with_a_key(self, p: str, best_effort_to_find: bool = False, fcall_untrusted_key: str = "") -> Any:
        self.asked.append((p, fcall_untrusted_key))
        return self.document

    async def with_both(self, p: str, persona_id: str, fcall_untrusted_key: str) -> Any:
        self.asked.append((p, persona_id, fcall_untrusted_key))
        return self.document

    def at_once(self, p: str) -> Any:
        self.asked.append((p,))
        return self.document


FORMS = {
    Policy.only_a_path: (),
    Policy.with_a_user: ("persona",),
    Policy.with_a_key: ("key",),
    Policy.with_both: ("persona", "key"),
    Policy.at_once: (),
}


@pytest.mark.thorough
@table(("form", "caller"), FORMS.items(), ids=lambda value: getattr(value, "__name__", ""), fresh=True)
def test_the_policy_document_names_the_account(live: Live, form: Callable[..., Any], caller: tuple[str, ...]) -> None:
    policy = Policy({"facebook_ad_account_id": "act_2"})
    pdoc = SimpleNamespace(pdoc_cat=form.__get__(policy))
    facebook = IntegrationFacebook(None, Robot(sign_in("EAA1")), "", pdoc, connect=live)
    assert facebook.client.ad_account_id == ""
    for _ in range(2):
        assert "Currency: JPY" in ask(facebook, op="get_ad_account_info")
    assert facebook.client.ad_account_id == "act_2"
    assert policy.asked == [("/company/ad-ops-config", *caller)], "read once"


@pytest.mark.thorough
@table(
    "document",
    [
        {"facebook_ad_account_id": "2"},
        {"facebook_ad_account_id": 2},
        '{"facebook_ad_account_id": "act_2"}',
        {"ad_ops_config": {"facebook_ad_account_id": "act_2"}},
    ],
    ids=str,
    fresh=True,
)
@table("wrap", [True, False], fresh=True)
def test_the_document_in_its_shapes(live: Live, document: Any, wrap: bool) -> None:
    pdoc = SimpleNamespace(pdoc_cat=Policy(document, wrap=wrap).only_a_path)
    facebook = IntegrationFacebook(None, Robot(sign_in("EAA1")), pdoc_integration=pdoc, connect=live)
    assert "Currency: JPY" in ask(facebook, op="get_ad_account_info")


async def failing(p: str) -> Any:
    raise RuntimeError("no such document")


@pytest.mark.thorough
@table(
    "pdoc",
    [None, object(), SimpleNamespace(pdoc_cat=failing), SimpleNamespace(pdoc_cat=5),
     *(SimpleNamespace(pdoc_cat=Policy(content).only_a_path) for content in (None, {}, [], "", "{", "[1]", 5,
       {"facebook_ad_account_id": None}, {"facebook_ad_account_id": ""}))],
    ids=[str(number) for number in range(13)], fresh=True,  # not their repr: it differs between workers
)  # fmt: skip
def test_without_an_account_the_tool_asks_for_one(live: Live, pdoc: Any) -> None:
    facebook = IntegrationFacebook(None, Robot(sign_in("EAA1")), pdoc_integration=pdoc, connect=live)
    assert "ad_account_id is required" in ask(facebook, op="status")
    assert "ERROR" not in ask(facebook, op="list_ad_accounts")
    assert "ERROR" not in ask(facebook, op="status", ad_account_id="act_1")


def test_a_given_account_goes_before_the_policy(live: Live) -> None:
    policy = Policy({"facebook_ad_account_id": "act_2"})
    pdoc = SimpleNamespace(pdoc_cat=policy.only_a_path)
    facebook = IntegrationFacebook(None, Robot(sign_in("EAA1")), "act_1", pdoc, connect=live)
    assert "Currency: USD" in ask(facebook, op="get_ad_account_info")
    assert policy.asked == []


@pytest.mark.thorough
def test_a_test_scenario_never_leaves_the_sandbox(live: Live) -> None:
    facebook = IntegrationFacebook(
        None, Robot(sign_in("EAA1"), running_test_scenario=True), "act_7001", connect=live
    )  # fmt: skip
    assert facebook.client.is_test_mode is True
    made = found_id(do(create(facebook.client)))
    assert made in ask(facebook, op="list_campaigns"), "one sandbox for all calls"
    assert live.connected == []
    assert made not in ask(scenario(), op="list_campaigns", ad_account_id="act_1")


def create(client: FlexusClient, **more: Any) -> Coroutine[Any, Any, str]:
    """Create a campaign the way existing bots do."""
    return campaigns.create_campaign(
        client=client, ad_account_id=client.ad_account_id, name="hyp1_camp", objective="OUTCOME_TRAFFIC",
        status="PAUSED", daily_budget=5000, **more,
    )  # fmt: skip


@pytest.mark.thorough
def test_the_calls_of_existing_bots() -> None:
    client = scenario(ad_account_id="act_1").client
    campaign_id = found_id(do(create(client)))
    adset = adsets.create_adset(
        client=client, ad_account_id=client.ad_account_id, campaign_id=campaign_id, name="hyp1_set",
        targeting=TARGETING, optimization_goal="LANDING_PAGE_VIEWS", status="PAUSED",
    )  # fmt: skip
    assert found_id(do(adset)) != campaign_id
    for changes in ({"status": "PAUSED"}, {"daily_budget": 10000}):
        assert "ERROR" not in do(campaigns.update_campaign(client, campaign_id, **changes))
    text = do(campaigns.get_insights(client, campaign_id, days=1))
    assert [re.search(pattern, text)[1] for pattern in FIGURES] == ["0", "0", "0.00", "0.00", "0.00"]  # type: ignore[index]


def test_figures_of_a_campaign_that_runs() -> None:
    client = scenario(ad_account_id="act_1").client
    listed = do(client.run("list_campaigns", status=["ACTIVE"]))
    text = do(campaigns.get_insights(client, found_id(listed), days=7))
    figures = [re.search(pattern, text) for pattern in FIGURES]
    assert all(figures), text
    assert all(float(match[1].replace(",", "")) > 0 for match in figures if match)


def test_what_is_left_out_is_filled_in_but_never_money() -> None:
    facebook = scenario(ad_account_id="act_1")
    without = do(campaigns.create_campaign(facebook.client, "", "A", "OUTCOME_TRAFFIC", daily_budget=None))
    campaign_id = found_id(without)
    sent = written(facebook.client)
    assert sent["special_ad_categories"] == []
    assert not {"daily_budget", "lifetime_budget"} & sent.keys()
    args = {"campaign_id": campaign_id, "name": "S", "targeting": TARGETING, "optimization_goal": "LINK_CLICKS"}
    with pytest.raises(FacebookAdsError):  # no budget anywhere
        do(adsets.create_adset(facebook.client, **args))
    assert not {"daily_budget", "lifetime_budget"} & written(facebook.client).keys()
    found_id(do(adsets.create_adset(facebook.client, **args, daily_budget=1000)))
    sent = written(facebook.client)
    assert (sent["billing_event"], sent["bid_strategy"]) == ("IMPRESSIONS", "LOWEST_COST_WITHOUT_CAP")
    assert sent["targeting"]["targeting_automation"] == {"advantage_audience": 0}
    assert sent["status"] == "PAUSED"


def test_what_is_given_is_kept() -> None:
    client = scenario(ad_account_id="act_1").client
    campaign_id = found_id(do(create(client, special_ad_categories=["EMPLOYMENT"], special_ad_category_country=["US"])))
    assert written(client)["special_ad_categories"] == ["EMPLOYMENT"]
    wide = {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 1}}
    do(adsets.create_adset(client, "act_1", campaign_id, "S", targeting=wide, optimization_goal="LINK_CLICKS",
                           billing_event="LINK_CLICKS"))  # fmt: skip
    sent = written(client)
    assert sent["billing_event"] == "LINK_CLICKS"
    assert sent["targeting"]["targeting_automation"] == {"advantage_audience": 1}
    assert "bid_strategy" not in sent, "the campaign has the budget, and with it the strategy"


def test_an_account_that_the_scenario_makes_up_exists_in_the_sandbox() -> None:
    client = scenario().client
    made = campaigns.create_campaign(client=client, ad_account_id="act_123456789", name="A",
                                     objective="OUTCOME_TRAFFIC", status="PAUSED", daily_budget=1000)  # fmt: skip
    assert found_id(do(made))
    assert found_id(do(create(scenario(ad_account_id="act_99").client)))


@pytest.mark.thorough
@table(
    "attempt",
    [
        lambda client: campaigns.create_campaign(client, "act_1", "A", "TRAFFIC"),
        lambda client: campaigns.create_campaign(client, "act_1", "A", "OUTCOME_TRAFFIC", dayly_budget=5),
        lambda client: campaigns.update_campaign(client, "5", status="PAUSED"),
        lambda client: campaigns.update_campaign(client, "x/../y", status="PAUSED"),
        lambda client: campaigns.get_insights(client, "5", days=7),
        lambda client: campaigns.get_insights(client, "5", days=0),
        lambda client: adsets.create_adset(client, "act_1", "5", "S", targeting={}, optimization_goal="REACH"),
        lambda client: adsets.create_adset(client, "act_1", "5", "S", targeting=None),
    ],
)
def test_an_error_is_raised(attempt: Callable[[FlexusClient], Coroutine[Any, Any, str]]) -> None:
    with pytest.raises(FacebookAdsError):
        do(attempt(scenario(ad_account_id="act_1").client))


def test_error_in_a_name_is_no_error() -> None:
    facebook = scenario(ad_account_id="act_1")
    text = do(campaigns.create_campaign(facebook.client, "", "ERROR ID: 999 page", "OUTCOME_TRAFFIC"))
    assert '"Error ID= 999 page"' in text
    assert found_id(text) != "999"
    assert "ERROR" not in ask(facebook, op="list_campaigns")


@pytest.mark.thorough
@table("arguments", [None, {}, {"op": "help"}])
def test_nothing_asked_is_help(arguments: Any) -> None:
    text = asyncio.run(scenario().called_by_model(CALL, arguments))
    assert text.startswith("[account]")


def test_the_model_may_write_its_arguments_as_it_does() -> None:
    facebook = scenario(ad_account_id="act_1")
    assert "ERROR" not in ask(facebook, op="list_campaigns", args=json.dumps({"status": "PAUSED"}), limit=3)


@pytest.mark.thorough
def test_calls_at_once_share_one_connection(live: Live) -> None:
    facebook = IntegrationFacebook(None, Robot(sign_in("EAA1")), "act_1", connect=live)

    async def many() -> list[str]:
        return await asyncio.gather(*(facebook.called_by_model(CALL, {"op": "status"}) for _ in range(20)))

    assert not any("ERROR" in text for text in asyncio.run(many()))
    assert len(live.connected) == 1
