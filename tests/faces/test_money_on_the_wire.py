"""Every parameter of money of every op, in four currencies: refused, or exactly what was meant on the wire.

The parameters are found by walking the registry and its types. What each value means is computed here from ISO-like
text and Meta's published offsets, without the library; what was sent is read from the sandbox's journal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from tables import table
from tests.faces.test_own_amounts import parameters

from admonster_fb import FacebookAds, SpendPolicy
from admonster_fb.bot import FacebookTool
from admonster_fb.models._params import MinorUnits, OwnAmount
from admonster_fb.sandbox import Sandbox

pytestmark = pytest.mark.thorough

OFFSET = {"USD": 100, "JPY": 1, "KWD": None, "LKR": None}
"""Minor units of one major unit; `None` where Meta publishes no offset: only whole minor units are certain there."""
VALUES: list[Any] = [
    *(70000, 0, -1, 2**63, 2**63 - 1, True, 700.0, 0.5, float("nan"), float("inf"), None, "", " ", [], {}, "70000"),
    *(
        "700 USD",
        "700.00 USD",
        "$700.00 USD",
        "70000 JPY",
        "70000.5 JPY",
        "700 KWD",
        "700.000 KWD",
        "700 LKR",
        "700 EUR",
    ),
    *("5,00", "5,00 USD", "1,000.00 USD", "1e3 USD", "\u0661\u0660\u0660 USD", "NaN USD", "inf USD", "-5.00 USD"),
    *("700.001 USD", f"{2**63} USD", "700 usd", "USD 700", "700USD", "\uff17\uff10 USD"),
]
OURS = parameters(OwnAmount)
PATHS = sorted({*parameters(MinorUnits), *OURS})
TEXT = re.compile(r"[$]?([0-9]{1,19})(?:\.([0-9]+))? ([A-Z]{3})")
AMOUNTS = [value for value in VALUES if type(value) is int or (isinstance(value, str) and TEXT.fullmatch(value))]
"""What is no amount in any currency is refused by its type or form: that is tried in one currency."""
PRESENT = 60000
END = "2026-12-24T18:00:00+0000"


def meant(value: Any, currency: str, *, ours: bool) -> int | None:
    """Return the minor units that a value can only mean; `None` if it must be refused."""
    if isinstance(value, int) and not isinstance(value, bool) and not ours:
        return value if 0 <= value < 2**63 else None
    found = TEXT.fullmatch(value) if isinstance(value, str) else None
    if found is None or found[3] != currency or OFFSET[currency] is None:
        return None
    minor = Decimal(value.strip("$").split()[0]) * int(OFFSET[currency] or 0)
    return int(minor) if minor == minor.to_integral_value() and 0 <= minor < 2**63 else None


def arguments(path: tuple[str, ...], value: Any, ids: dict[str, str]) -> dict[str, Any]:
    """Return a call of an op that is right but for this value."""
    op, *names = path
    new = {"name": "B", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
    adset = {"name": "S", "billing_event": "IMPRESSIONS", "optimization_goal": "LINK_CLICKS"}
    adset |= {"targeting": {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}}}
    times = {"time_start": 1798790400, "time_end": 1798801200}
    base: dict[str, dict[str, Any]] = {
        "create_campaign": {"ad_account_id": ids["account"], **new},
        "update_campaign": {"campaign_id": ids["campaign"]},
        "bulk_update_campaigns": {} if names[0] == "campaigns" else {"campaign_ids": [ids["campaign"]]},
        "bulk_update_adsets": {} if names[0] == "adsets" else {"adset_ids": [ids["adset"]]},
        "create_budget_schedule": {"ad_object_id": ids["campaign"], "budget_value_type": "ABSOLUTE", **times},
        "create_adset": {"ad_account_id": ids["account"], "campaign_id": ids["plain"], **adset},
        "update_adset": {"adset_id": ids["adset"]},
        "duplicate_campaign": {"campaign_id": ids["campaign"]},
        "duplicate_adset": {"adset_id": ids["adset"]},
        "scale_campaign": {"campaign_id": ids["campaign"]},
        "update_spending_limit": {"ad_account_id": ids["account"]},
        "boost_post": {"ad_account_id": ids["account"], "days": 5, "places": ["US"]},
        "apply_recommendation": {"ad_account_id": ids["account"], "recommendation_signature": "s1"},
    }
    return base[op] | context(op, names[0], ids) | nested(names, value, ids)


def context(op: str, name: str, ids: dict[str, str]) -> dict[str, Any]:
    """Return what a parameter needs beside it."""
    if op == "scale_campaign":
        return {"factor": 2} if name == "max_daily_budget" else {"max_daily_budget": f"9000000 {ids['currency']}"}
    if op != "create_adset":
        return {"bid_strategy": "LOWEST_COST_WITH_BID_CAP"} if name == "bid_amount" and op == "duplicate_adset" else {}
    if name.endswith(("spend_target", "spend_cap")):
        return {"campaign_id": ids["whole" if name.startswith("lifetime") else "campaign"], "end_time": END}
    automatic = {"bid_strategy": "LOWEST_COST_WITHOUT_CAP"}
    return {
        "bid_amount": {"bid_strategy": "LOWEST_COST_WITH_BID_CAP", "daily_budget": 9_000_000},
        "budget_schedule_specs": {"daily_budget": PRESENT, **automatic},
        "lifetime_budget": {"end_time": END, **automatic},
        "daily_budget": automatic,
    }.get(name, {})


def nested(names: list[str], value: Any, ids: dict[str, str]) -> dict[str, Any]:
    name, *rest = names
    inner: Any = value
    if name in ("campaigns", "adsets"):
        inner = [{"id": ids[name[:-1]], **nested(rest, value, ids)}]
    elif name == "budgets":
        inner = [{"id": ids["campaign"], **nested(rest, value, ids)}]
    elif name == "adset_budgets":
        inner = [{"adset_id": ids["adset"], **nested(rest, value, ids)}]
    elif name == "adset_bid_amounts":
        inner = {ids["adset"]: value}
    elif name == "amounts":
        inner = {ids["campaign"]: {"daily_budget": value}}
    elif name == "budget_schedule_specs":
        times = {"time_start": 1798790400, "time_end": 1798801200, "budget_value_type": "ABSOLUTE"}
        inner = [{**times, **nested(rest, value, ids)}]
    elif rest:
        inner = nested(rest, value, ids)
    return {name: inner}


def leaves(value: Any, name: str) -> Iterator[Any]:
    """Yield what was sent under a name, at any depth, also within JSON."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        value = json.loads(value)
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == name and not isinstance(inner, (dict, list)):
                yield inner
            elif name == "adset_bid_amounts" and key == name:
                yield from (json.loads(inner) if isinstance(inner, str) else inner).values()
            else:
                yield from leaves(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, name)


def world(currency: str) -> tuple[Sandbox, FacebookAds, dict[str, str]]:
    sandbox = Sandbox(history=0)
    account = sandbox.add_account("act_77", currency=currency)
    fb = FacebookAds.sandbox(sandbox, account=account)
    new: Any = {"objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
    campaign = fb.campaigns.create(account, **new, name="A", daily_budget=PRESENT)
    plain = fb.campaigns.create(account, **new, name="P")
    adset = fb.adsets.create(
        account, name="S", campaign_id=plain.id, billing_event="IMPRESSIONS", optimization_goal="LINK_CLICKS",
        daily_budget=PRESENT, bid_strategy="LOWEST_COST_WITH_BID_CAP", bid_amount=300,
        targeting={"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}},
    )  # fmt: skip
    whole = fb.campaigns.create(account, **new, name="W", lifetime_budget=9_000_000)
    row = {"type": "SCALE_GOOD_CAMPAIGN", "recommendation_signature": "s1", "object_ids": [campaign.id]}
    sandbox.change_internals(account, recommendations=[{**row, "recommendation_content": {}}])
    ids = {"currency": currency, "whole": whole.id}
    return sandbox, fb, ids | {"account": account, "campaign": campaign.id, "plain": plain.id, "adset": adset.id}


def sent_as(path: tuple[str, ...]) -> str:
    return {"max_daily_budget": "daily_budget", "spending_limit": "spend_cap", "amounts": "daily_budget"}.get(
        path[-1], path[-1]
    )


def expected(path: tuple[str, ...], minor: int, currency: str) -> set[Decimal]:
    """Return what may be on the wire for an amount: Meta takes an account's limit in major units."""
    if path[-1] == "spending_limit":
        return {Decimal(minor) / int(OFFSET[currency] or 1)}
    if path[-1] == "max_daily_budget":
        return {Decimal(min(2 * PRESENT, minor))}
    if path == ("scale_campaign", "daily_budget"):
        return {Decimal(min(minor, 9_000_000 * int(OFFSET[currency] or 1)))}
    return {Decimal(minor), Decimal(PRESENT)}  # copies show what they copy


OPS = sorted({path[0] for path in PATHS})


@pytest.mark.parametrize(
    "currency", ["USD", *(pytest.param(each, marks=pytest.mark.slow) for each in OFFSET if each != "USD")]
)
@pytest.mark.parametrize("op", OPS)
def test_an_amount_is_refused_or_arrives_as_what_it_says(op: str, currency: str, subtests: pytest.Subtests) -> None:
    for path in PATHS:
        if path[0] == op:
            with subtests.test(".".join(path)):
                _arrives_or_is_refused(path, currency)


def _arrives_or_is_refused(path: tuple[str, ...], currency: str) -> None:
    sandbox, fb, ids = world(currency)
    tool = FacebookTool(fb, policy=SpendPolicy(needs_plan=()))
    arrived = 0
    for value in VALUES if currency == "USD" else AMOUNTS:
        before = len(sandbox.journal)
        result = tool.call({"op": path[0], "args": arguments(path, value, ids)})
        assert "unexpected" not in result.text, (value, result.text)
        minor = meant(value, currency, ours=path in OURS)
        written = [entry.params for entry in [*sandbox.journal][before:] if entry.method == "POST"]
        found = {Decimal(str(leaf)) for params in written for leaf in leaves(params, sent_as(path)) if leaf is not None}
        if minor is None:
            assert not result.ok, (value, result.text)
            assert not found, (value, found)
        else:
            assert found <= expected(path, minor, currency), (value, found)
            arrived += bool(found)
    if OFFSET[currency] or (path not in OURS and path[0] != "scale_campaign"):
        assert arrived, "nothing arrived: the call itself is wrong"


@table("path", PATHS, ids=".".join)
def test_an_amount_without_a_currency_is_said_with_it(path: tuple[str, ...]) -> None:
    """A model that means 70000 dollars reads what 70000 is: in the plan, in the result, or where Meta refuses it."""
    _, fb, ids = world("USD")
    result = FacebookTool(fb).call({"op": path[0], "args": arguments(path, 70000, ids)})
    if path in OURS:
        assert "70000 could be minor units (in dollars $700.00) or not ($70000.00)" in result.text
    elif not result.text.startswith("ERROR ParameterError"):  # refused for another reason, before anything was sent
        added = path[0] == "apply_recommendation"  # to the 600.00 that are there
        assert ("$1300.00 USD" if added else "$700.00 USD") in result.text, result.text
