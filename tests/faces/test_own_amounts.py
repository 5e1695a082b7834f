"""Amounts in parameters that are not Meta's: each names its currency. Which fields are Meta's, the SDK says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import pytest
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adset import AdSet
from facebook_business.adobjects.campaign import Campaign
from facebook_business.adobjects.highdemandperiod import HighDemandPeriod
from tables import table
from typing_extensions import is_typeddict

from admonster_fb import FacebookAds, Money, ParameterError, SpendPolicy
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.registry import registry
from admonster_fb.models._params import MinorUnits, OwnAmount
from admonster_fb.sandbox import Sandbox
from admonster_fb.workflows.account_access import update_spending_limit
from admonster_fb.workflows.scale import scale_campaign

pytestmark = pytest.mark.thorough

METAS = {
    value
    for node in (Campaign, AdSet, AdAccount, HighDemandPeriod)
    for name, value in vars(node.Field).items()
    if not name.startswith("_")
} | {"adset_bid_amounts", "additional_budget"}  # of the SDK's Campaign.api_update and AdAccount.create_recommendation
BAD: list[Any] = [
    *(100, 0, -1, 2**63, True, None, 3.0, 0.5, float("nan"), float("inf"), [], {}),
    *(
        "5",
        "5.00",
        "5,00",
        "5 usd",
        "1,000.00 USD",
        "1e3 USD",
        "NaN USD",
        "\u0661\u0660\u0660 USD",
        "-5.00 USD",
        "5.001 USD",
        "5 LKR",
    ),
    *("5.00 EUR", f"{2**63} USD", "9" * 400, "USD 5", "", " "),
]


def of_type(hint: Any, kind: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the paths within a type at which a value has this annotated type."""
    if kind.__metadata__[0] in getattr(hint, "__metadata__", ()):
        yield path
    elif is_typeddict(hint):
        for name, inner in get_type_hints(hint, include_extras=True).items():
            yield from of_type(inner, kind, (*path, name))
    else:
        for part in get_args(hint):
            yield from of_type(part, kind, path)


def parameters(kind: Any) -> set[tuple[str, ...]]:
    found = {path for op in registry().values() for path in of_type(op.accepts, kind, (op.name,))}
    return {tuple(path) for path in found}


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(history=0)


@pytest.fixture
def fb(sandbox: Sandbox) -> FacebookAds:
    return FacebookAds.sandbox(sandbox)


@pytest.fixture
def sixty(fb: FacebookAds) -> str:
    campaign: Any = {"name": "A", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
    return fb.campaigns.create("act_1", **campaign, daily_budget=6000).id


def test_bare_integers_are_taken_in_meta_s_own_fields_only() -> None:
    assert {path[-1] for path in parameters(MinorUnits)} <= METAS
    own = {path[:2] for path in parameters(OwnAmount)}
    assert {("scale_campaign", "max_daily_budget"), ("update_spending_limit", "spending_limit")} <= own
    assert not {path[-1] for path in parameters(OwnAmount)} & METAS


def calls(campaign: str, amount: Any) -> dict[str, dict[str, Any]]:
    """Every op that takes an amount of ours, with this one."""
    money = {"metric": "cpc", "operator": ">"}
    return {
        "scale_campaign": {"campaign_id": campaign, "factor": 2, "max_daily_budget": amount},
        "update_spending_limit": {"ad_account_id": "act_1", "spending_limit": amount},
        "setup_performance_alert": {"campaign_id": campaign, "conditions": [{**money, "threshold": amount}]},
        "duplicate_campaign": {"campaign_id": campaign, "amounts": {campaign: {"daily_budget": amount}}},
        "check_alerts": {"rules": [{**money, "value": amount, "action": "notify"}]},
    }


def test_the_walk_below_knows_every_op_with_an_amount_of_ours() -> None:
    with_money = {path[0] for path in parameters(OwnAmount)} | {"setup_performance_alert", "check_alerts"}
    assert with_money == calls("1", None).keys()


@table("bad", BAD, ids=str, fresh=True)
def test_what_is_no_amount_of_the_account_is_one_clear_error(
    fb: FacebookAds, sandbox: Sandbox, sixty: str, bad: Any
) -> None:
    tool = FacebookTool(fb)
    sent = len([entry for entry in sandbox.journal if entry.method != "GET"])
    for op, args in calls(sixty, bad).items():
        result = tool.call({"op": op, "args": args})
        assert not result.ok, op
        assert result.error is not None
        assert result.error["type"] == "ParameterError", (op, result.text)
    assert len([entry for entry in sandbox.journal if entry.method != "GET"]) == sent
    assert fb.campaigns.get(sixty).daily_budget == 6000


@table("good", ["120.00 USD", "120 USD", "$120.00 USD"], fresh=True)
def test_what_is_an_amount_is_taken(fb: FacebookAds, sixty: str, good: str) -> None:
    for op, args in calls(sixty, good).items():
        assert FacebookTool(fb).call({"op": op, "args": args}).ok, op


@table("bare", [100, "100", 100.0], fresh=True)
def test_both_readings_are_spelled_out(fb: FacebookAds, sixty: str, bare: Any) -> None:
    for op, args in calls(sixty, bare).items():
        text = FacebookTool(fb).call({"op": op, "args": args}).text
        for words in ("minor units (in dollars $1.00)", "$100.00", '"100.00 USD"'):
            assert words in text, (op, text)


def test_python_and_the_policy_refuse_them_as_well(fb: FacebookAds, sixty: str) -> None:
    anything: Any = 100
    for call in (
        lambda: scale_campaign(fb, sixty, factor=2, max_daily_budget=anything),
        lambda: update_spending_limit(fb, "act_1", spending_limit=anything),
        lambda: SpendPolicy(max_daily_budget=anything),
        lambda: SpendPolicy(max_total_daily={"act_1": anything}),
        lambda: fb.alerts.evaluate("act_1", rules=[{"metric": "cpc", "operator": ">", "threshold": anything}]),
    ):
        with pytest.raises(ParameterError, match=r"minor units \(in dollars \$1\.00\) or not \(\$100\.00\)"):
            call()
    for bad in BAD[:-7]:
        if bad not in (None, {}):
            with pytest.raises(ParameterError, match="max_daily_budget"):
                SpendPolicy(max_daily_budget=bad)


@table("more", [{"factor": 2}, {"factor": 1.01}, {"daily_budget": "70.00 USD"}], fresh=True)
@table("limit", ["1.00 USD", "59.99 USD"], fresh=True)
def test_an_increase_never_lowers(fb: FacebookAds, sixty: str, more: Any, limit: str) -> None:
    with pytest.raises(ParameterError, match=r"\$60\.00 USD, the present daily budget"):
        scale_campaign(fb, sixty, max_daily_budget=limit, **more)
    assert fb.campaigns.get(sixty).daily_budget == 6000


def test_a_decrease_still_lowers(fb: FacebookAds, sixty: str) -> None:
    scale_campaign(fb, sixty, factor=0.5, max_daily_budget="20.00 USD")
    assert fb.campaigns.get(sixty).daily_budget == 2000
    scale_campaign(fb, sixty, factor=2, max_daily_budget=Money("20.00 USD"))
    assert fb.campaigns.get(sixty).daily_budget == 2000


MINOR: list[Any] = [
    2**63,
    10**30,
    -1,
    5.0,
    float("nan"),
    "5",
    "5,00",
    "1e3 USD",
    "\u0661\u0660\u0660 USD",
    "5.00 EUR",
    "5 LKR",
]


@table("bad", MINOR, ids=str, fresh=True)
def test_meta_s_own_amounts_never_raise_past_the_tool(fb: FacebookAds, sixty: str, bad: Any) -> None:
    tool = FacebookTool(fb)
    for path in sorted(parameters(MinorUnits)):
        if len(path) == 2:
            required = {"campaign_id": sixty, "adset_id": sixty, "ad_object_id": sixty, "campaign_ids": [sixty]}
            known = {
                name: value for name, value in required.items() if name in registry()[path[0]].schema["properties"]
            }
            result = tool.call({"op": path[0], "args": {**known, path[1]: bad}})
            assert not result.ok, (path, result.text)


def test_an_account_whose_currency_meta_does_not_list_is_an_error_not_a_crash(sandbox: Sandbox) -> None:
    sandbox.change("act_1", currency="LKR")
    fb = FacebookAds.sandbox(sandbox)
    made = fb.campaigns.create("act_1", name="A", objective="OUTCOME_TRAFFIC", special_ad_categories=[])
    tool = FacebookTool(fb)
    for op, args in calls(made.id, "5.00 USD").items():
        result = tool.call({"op": op, "args": args})
        assert not result.ok, op
        assert result.error is not None
        assert result.error["type"] == "ParameterError", (op, result.text)


@pytest.mark.slow
@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD", "LKR"])
def test_every_money_parameter_of_every_op_is_refused_or_right(
    fb: FacebookAds, sandbox: Sandbox, sixty: str, currency: str
) -> None:
    """Of these values only "5 USD" is an amount, and only of an account in dollars; nothing raises past the tool."""
    sandbox.change("act_1", currency=currency)
    tool, wrong, before = FacebookTool(FacebookAds.sandbox(sandbox)), [], sandbox.object(sixty)["daily_budget"]
    for bad in [*MINOR, *(() if currency == "USD" else ("5 USD", "60.00 USD"))]:
        tried = {op: args for op, args in calls(sixty, bad).items() if op != "check_alerts"}
        for path in sorted(parameters(MinorUnits)):
            names = registry()[path[0]].schema["properties"]
            places = dict.fromkeys(("campaign_id", "ad_object_id"), sixty) | {"campaign_ids": [sixty]}
            if len(path) == 2:
                tried[".".join(path)] = {**{name: places[name] for name in places.keys() & names}, path[1]: bad}
        for op, args in tried.items():
            result = tool.call({"op": op.partition(".")[0], "args": args})
            wrong += [(op, bad, result.text)] if result.ok or "unexpected" in result.text else []
    assert wrong == []
    assert sandbox.object(sixty)["daily_budget"] == before
