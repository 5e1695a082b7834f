"""The same thing is said in the same form: percentages, names of objects, what comes next, and amounts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
from admonster_fb.cli.output import for_a_person

READS = {
    "get_insights": {"days": 7},
    "get_detailed_insights": {"object_id": "act_1", "level": "campaign", "days": 7},
    "weekly_report": {},
    "status": {},
    "list_ads": {},
    "list_adsets": {},
    "get_adset": {"adset_id": "ADSET"},
    "get_ad": {"ad_id": "AD"},
    "diagnose": {},
}


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> FacebookTool:
    return FacebookTool(FacebookAds.sandbox(), audit=tmp_path_factory.mktemp("audit") / "audit.jsonl")


def filled(tool: FacebookTool, args: dict[str, object]) -> dict[str, object]:
    ids = {"ADSET": tool.fb.adsets.list("act_1")[0].id, "AD": tool.fb.ads.list("act_1")[0].id}
    return {name: ids.get(str(value), value) for name, value in args.items()}


@pytest.mark.thorough
@table("op", READS, fresh=True)
def test_a_percentage_has_a_space_and_an_ad_set_two_words(tool: FacebookTool, op: str) -> None:
    told = tool.call({"op": op, "args": filled(tool, READS[op])})
    assert told.ok
    text = re.sub(r"CTR: [\d.]+%", "", told.text)  # as existing bots read it
    assert not re.findall(r"\d%", text)
    assert not re.findall(r"(?i)\badset id\b", told.text)


@pytest.mark.thorough
def test_these_reads_show_what_is_looked_for(tool: FacebookTool) -> None:
    texts = [tool.call({"op": op, "args": filled(tool, args)}).text for op, args in READS.items()]
    assert sum(len(re.findall(r"\d %", text)) for text in texts) > 20
    assert sum("Ad set ID: " in text for text in texts) >= 2


@pytest.mark.thorough
def test_how_to_take_a_write_back_is_a_whole_call(tool: FacebookTool) -> None:
    campaign = next(each.id for each in tool.fb.campaigns.list("act_1") if each.status == "ACTIVE")
    told = tool.call({"op": "update_campaign", "args": {"campaign_id": campaign, "status": "PAUSED"}}).text
    [audit_id] = re.findall(r"^Audit: (write_\w+)", told, re.MULTILINE)
    assert f'(op=undo args={{"audit_id": "{audit_id}"}} reverts it)' in told
    assert f"(admonster-fb call undo audit_id={audit_id} reverts it)" in for_a_person(told)
    assert tool.call({"op": "undo", "args": {"audit_id": audit_id}}).text.startswith("PLAN")


BARE = [
    ("act_1", 72, '$1.00 USD or more a day: 72 is $0.72 USD; write "72.00 USD"'),
    ("act_2", 72, "¥150 JPY or more a day"),
    ("act_3", 5, '€1.00 EUR or more a day: 5 is €0.05 EUR; write "5.00 EUR"'),
]


@table(("account", "budget", "said"), BARE, fresh=True)
def test_a_bare_number_far_too_low_is_shown_in_both_readings(
    tool: FacebookTool, account: str, budget: int, said: str
) -> None:
    sale = {"name": "Sale", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": [], "ad_account_id": account}
    told = tool.call({"op": "create_campaign", "args": {**sale, "daily_budget": budget}})
    assert f"daily_budget: given {budget}; allowed: {said}" in told.text
    if "write" in said:
        typed = re.findall(r'write "([^"]+)"', told.text)[0]
        assert tool.call({"op": "create_campaign", "args": {**sale, "daily_budget": typed}}).ok
    else:
        assert "write" not in told.text


@pytest.mark.parametrize(("budget", "given"), [("0.50 USD", '"0.50 USD"'), (50, "50")])
def test_an_amount_that_breaks_a_rule_is_shown_as_it_was_given(tool: FacebookTool, budget: object, given: str) -> None:
    campaign = next(
        each.id for each in tool.fb.campaigns.list("act_1", fields=["daily_budget"]) if not each.daily_budget
    )
    adset = {"campaign_id": campaign, "name": "A", "optimization_goal": "LINK_CLICKS", "billing_event": "IMPRESSIONS"}
    adset["targeting"] = {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}}
    told = tool.call({"op": "create_adset", "args": {**adset, "daily_budget": budget}}).text
    assert f"daily_budget: given {given}" in told
    assert ("is meant" in told) == isinstance(budget, int), "an amount with its currency has one reading"


def test_a_status_that_does_not_exist_is_answered_with_those_that_do(tool: FacebookTool) -> None:
    told = tool.call({"op": "list_ads", "args": {"effective_status": "rejected"}})
    assert not told.ok
    assert {"DISAPPROVED", "PENDING_REVIEW", "WITH_ISSUES"} <= {*re.findall(r"[A-Z_]+", told.text)}
    page = tool.call({"op": "help", "args": {"op": "list_ads"}}).text
    assert "DISAPPROVED: rejected ads" in page
    values = tool.call({"op": "help", "args": {"op": "list_ads", "argument": "effective_status"}}).text
    assert "PENDING_BILLING_INFO" in values


def test_the_served_sandbox_prints_lines_for_a_dotenv() -> None:
    from admonster_fb.sandbox.__main__ import BANNER

    known = {"url": "http://127.0.0.1:1", "token": "t", "account": "act_1", "app": "1", "secret": "s", "mode": "live"}
    lines = BANNER.format(help="", **known).splitlines()
    assert [line for line in lines if re.fullmatch(r"FACEBOOK_\w+=\S+", line)] == [
        "FACEBOOK_ENDPOINT=http://127.0.0.1:1",
        "FACEBOOK_ACCESS_TOKEN=t",
        "FACEBOOK_AD_ACCOUNT_ID=act_1",
    ]
    page = (Path(__file__).parents[2] / "docs/start-terminal.md").read_text(encoding="utf-8")
    assert all(line.partition("=")[0] in page for line in lines if line.startswith("FACEBOOK_"))
