"""Help is cheap, complete and right: budgets of characters, golden files, and every example as shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from golden_help import FOLDER, helps, pages
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.help import example
from admonster_fb.bot.registry import registry


@pytest.fixture
def tool() -> FacebookTool:
    return FacebookTool(FacebookAds.sandbox())


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return helps(tmp_path_factory.mktemp("files"))


@pytest.mark.thorough
def test_help_costs_no_more_than_its_budget(texts: dict[str, str]) -> None:
    ops = {name: text for name, text in texts.items() if name != "list"}
    assert ops.keys() == registry().keys() - {"read_leads"}
    assert max(len(text) for text in ops.values()) <= 4_000
    assert sum(len(text) for text in ops.values()) <= 90_000
    assert len(texts["list"]) <= 5_600
    assert not any(text.startswith("Showing") or "\nMore: " in text for text in texts.values())


def test_help_is_as_in_the_golden_files(texts: dict[str, str]) -> None:
    made = pages(texts)
    assert {path.name for path in FOLDER.iterdir()} == made.keys()
    for name, content in made.items():
        assert (FOLDER / name).read_text(encoding="utf-8") == content, "python docs/build_reference.py"


def test_the_list_says_the_first_sentence_whole(texts: dict[str, str]) -> None:
    *lines, about, _ = texts["list"].splitlines()
    assert about == "An op without a sentence does what its name says."
    alone = {name for line in lines if ":" not in line and line[0] != "[" for name in line.split(", ")}
    said = dict(line.split(": ", 1) for line in lines if ":" in line)
    assert alone | said.keys() == registry().keys() - {"read_leads"}
    for name, sentence in said.items():
        rest = registry()[name].summary.removeprefix(sentence)
        assert sentence.endswith(".")
        assert rest == "" or rest.startswith(" "), (name, sentence, rest)


SAID_BY_NAMES = {"return": "get", "many": "bulk", "set": "adset setup", "b": "ab"}
NOTHING_MORE = {"a", "an", "the", "of", "s", "ad", "account", "accounts", "with", "at", "once", "up", "from"}


def test_what_stands_alone_in_the_list_has_a_sentence_that_says_its_name(texts: dict[str, str]) -> None:
    lines = [line for line in texts["list"].splitlines() if ":" not in line and line[0] != "["][:-1]
    for name in [name for line in lines for name in line.split(", ")]:
        sentence = registry()[name].summary.partition(".")[0].lower()
        for word in set(re.findall(r"[a-z]+", sentence)) - NOTHING_MORE:
            assert {word, word.rstrip("s"), *SAID_BY_NAMES.get(word.rstrip("s"), "").split()} & {
                part.rstrip(end) for part in name.split("_") for end in ("", "s")
            }, (name, sentence)


def test_a_group_says_what_each_of_its_ops_does_and_takes(tool: FacebookTool, texts: dict[str, str]) -> None:
    assert "args={group: NAME}" in texts["list"].splitlines()[-1]
    for group in {op.spec.group for op in tool.ops.values()}:
        lines = tool.call({"op": "help", "args": {"group": group}}).text.splitlines()
        own = [op for op in tool.usable_ops.values() if op.spec.group == group]
        assert lines[0] == f"[{group}]"
        for op, line in zip(own, lines[1:], strict=False):
            sentence = line.removeprefix(f"{op.name}: ").partition(" Requires ")[0]
            assert op.summary == sentence or op.summary.startswith(f"{sentence} "), line
    wrong = tool.call({"op": "help", "args": {"group": "ads"}})
    assert 'group: given "ads"' in wrong.text
    assert "adset" in wrong.text


def test_a_long_type_is_listed_only_where_a_required_argument_needs_it(texts: dict[str, str]) -> None:
    assert "TargetingSpec: {" in texts["create_adset"]
    for name in ("update_adset", "boost_post", "duplicate_adset"):
        assert "TargetingSpec: (…)" in texts[name], name
        assert "GeoLocations" not in texts[name], name
    assert "AdCreativeCreate: {" in texts["create_ad"]
    assert "LinkData" not in texts["update_ad"]


def test_what_lists_have_in_common_is_one_line(texts: dict[str, str]) -> None:
    [line] = [line for line in texts["list_ads"].splitlines() if line.startswith("  and: ")]
    assert line.startswith("  and: fields, limit, after (cursor)")
    assert "filtering ([{field*, operator*, value*}])" in line


def test_required_arguments_come_first_with_their_types(texts: dict[str, str]) -> None:
    for name, op in registry().items():
        if op.spec.private:
            continue
        required = {*op.schema.get("required", ())} - {"ad_account_id", "parent_id", "object_id"}
        lines = texts[name].partition("\nArguments")[2].splitlines()[1:]
        marked = [re.match(r"\* (\w+): \S", line) for line in lines]
        first = [found[1] for found in marked[: len(required)] if found]
        assert {*first} == required, name
        named = {*re.findall(r"\w+", "\n".join(lines))}
        assert op.schema["properties"].keys() <= named, name


def test_money_is_explained_once(texts: dict[str, str]) -> None:
    text = texts["create_adset"]
    assert text.count("50.00 USD") == 1
    assert "daily_budget: money" in text
    assert not [name for name, each in texts.items() if each.lower().count("minor units (5000") > 1]


@pytest.mark.thorough
def test_an_argument_is_shown_whole(tool: FacebookTool) -> None:
    for name, op in registry().items():
        for argument, kind in op.schema["properties"].items():
            shown = tool.call({"op": "help", "args": {"op": name, "argument": argument}})
            if name in tool.usable_ops:
                assert shown.ok
                for value in kind.get("enum", ()):
                    assert str(value) in shown.text
    goal = tool.call({"op": "help", "args": {"op": "create_adset", "argument": "optimization_goal"}}).text
    assert "LANDING_PAGE_VIEWS" in goal
    targeting = tool.call({"op": "help", "args": {"op": "create_adset", "argument": "targeting"}}).text
    assert "custom_audiences: list of Id" in targeting
    assert "one of name\n" in tool.call({"op": "help", "args": {"op": "create_ad", "argument": "nmae"}}).text


SEARCHES = [
    ("raise budget", {"scale_campaign", "update_campaign", "update_adset"}),
    ("lower the budget", {"scale_campaign", "update_campaign", "update_adset"}),
    ("explain", {"weekly_report"}),
    ("rejected", {"list_ads"}),
    ("why was my ad rejected", {"list_ads", "diagnose"}),
    ("cost per result", {"get_insights"}),
    ("pause ad", {"update_ad"}),
    ("copy campaign", {"duplicate_campaign"}),
    ("remove ad set", {"delete_adset"}),
    ("upload customers", {"add_users_to_audience"}),
    ("spend today", {"status"}),
    ("new a/b test", {"create_ab_test"}),
    ("change bid", {"update_adset"}),
]


@pytest.mark.thorough
@table("query, first", SEARCHES)
def test_search_finds_what_people_call_it(tool: FacebookTool, query: str, first: set[str]) -> None:
    lines = tool.call({"op": "help", "args": {"query": query}}).text.splitlines()
    assert lines[1].partition(":")[0] in first
    assert len(lines) <= 16


PHRASES = {
    "stop spending": "bulk_update_campaigns update_campaign status",
    "turn off ad": "update_ad",
    "turn off campaign": "update_campaign",
    "switch off ad set": "update_adset",
    "resume campaign": "update_campaign activate_campaign",
    "go live": "activate_campaign",
    "publish campaign": "activate_campaign launch_campaign",
    "start campaign": "activate_campaign launch_campaign",
    "schedule ads for weekends": "update_adset create_adset",
    "run ads only in the evening": "update_adset create_adset",
    "dayparting": "update_adset create_adset",
    "best performing ads": "get_detailed_insights",
    "worst ads": "get_detailed_insights",
    "top campaigns": "get_detailed_insights",
    "roas": "get_insights get_detailed_insights",
    "ctr by placement": "get_detailed_insights",
    "instagram vs facebook results": "get_detailed_insights",
    "report for the client": "weekly_report",
    "pdf report": "weekly_report",
    "export to excel": "export_insights_to_csv",
    "download csv": "export_insights_to_csv",
    "new ad": "create_ad",
    "make an image ad": "create_creative create_ad",
    "video ad": "upload_video create_creative",
    "carousel": "create_creative",
    "boost post": "boost_post",
    "collect leads for my driving school, 10 a day": "launch_campaign",
    "lead generation": "launch_campaign",
    "no impressions since yesterday": "diagnose",
    "upload photo": "upload_image",
    "duplicate ad": "duplicate_ad",
    "clone ad set": "duplicate_adset",
    "move budget": "update_campaign update_adset scale_campaign",
    "increase budget 20%": "scale_campaign",
    "temporary budget increase": "create_budget_schedule",
    "retargeting": "create_custom_audience",
    "remarketing list": "create_custom_audience add_users_to_audience",
    "people who visited my website": "create_custom_audience",
    "similar people": "create_lookalike_audience",
    "custom audience": "create_custom_audience list_audiences",
    "exclude customers": "update_adset add_users_to_audience create_adset",
    "interests": "search_interests",
    "target city": "search_locations",
    "zip code": "search_locations",
    "language": "update_adset create_adset validate_targeting",
    "is my targeting ok": "validate_targeting",
    "audience size": "get_reach_estimate",
    "estimated reach": "get_reach_estimate",
    "potential reach": "get_reach_estimate get_delivery_estimate",
    "pixel installed": "get_pixel_stats get_pixel get_pixel_code",
    "install pixel": "get_pixel_code create_pixel",
    "conversion tracking": "get_pixel_code create_custom_conversion send_conversion_events",
    "offline conversions": "send_conversion_events",
    "server side events": "send_conversion_events",
    "alert me when cost is high": "setup_performance_alert create_ad_rule check_alerts",
    "automatic rule": "create_ad_rule",
    "pause ads with high cpa automatically": "create_ad_rule setup_performance_alert check_alerts",
    "rule history": "get_ad_rule_history",
    "give colleague access": "add_account_user",
    "who has access": "list_account_users",
    "remove user": "remove_account_user",
    "permissions": "list_account_users add_account_user",
    "why is my ad not delivering": "get_ad status list_ads",
    "ad not running": "get_ad list_ads status",
    "learning phase": "get_adset",
    "ad status": "get_ad list_ads",
    "account disabled": "status get_ad_account_info",
    "unpaid bill": "status get_ad_account_info",
    "payment": "status get_ad_account_info",
    "approve plan": "apply",
    "cancel plan": "discard",
    "pending plans": "list_plans",
    "preview": "preview_ad",
    "how does my ad look": "preview_ad",
    "see ad": "get_ad preview_ad",
    "ad text": "get_creative get_ad list_creatives create_creative",
    "login": "connect",
    "connect account": "connect",
    "bid cap": "update_adset create_adset",
    "minimum budget": "get_minimum_budgets",
    "spending cap": "update_spending_limit update_campaign",
    "pages": "list_pages",
    "instagram account": "list_instagram_accounts",
    "saved audiences": "list_saved_audiences",
    "winner of test": "get_ab_test",
    "split test": "create_ab_test",
    "fatigue": "check_alerts weekly_report get_detailed_insights",
    "compare weeks": "weekly_report get_detailed_insights",
    "yesterday": "get_insights get_detailed_insights",
    "hourly": "get_detailed_insights",
    "country breakdown": "get_detailed_insights",
    "archive": "archive_campaign archive_ad archive_adset",
    "delete audience": "delete_audience",
    "change ad text": "update_ad create_creative",
    "new headline": "create_creative update_ad create_ad",
    "utm": "create_creative duplicate_campaign update_ad",
    "leads": "get_insights get_detailed_insights create_custom_audience",
}
"""What people write, and the ops of which one must be among the first three."""


@pytest.mark.thorough
@table("query, ops", PHRASES.items())
def test_search_understands_what_people_write(tmp_path_factory: pytest.TempPathFactory, query: str, ops: str) -> None:
    tool = FacebookTool(FacebookAds.sandbox(), files=tmp_path_factory.getbasetemp())
    lines = tool.call({"op": "help", "args": {"query": query}}).text.splitlines()
    found = [line.partition(":")[0] for line in lines if line[0] != "["]
    assert {*ops.split()} & {*found[:3]}, found


@pytest.mark.thorough
def test_each_op_is_found_by_its_own_name(tool: FacebookTool) -> None:
    for name in tool.usable_ops:
        lines = tool.call({"op": "help", "args": {"query": name.replace("_", " ")}}).text
        assert re.search(rf"^{name}: ", lines, re.MULTILINE), name


@pytest.mark.thorough
@pytest.mark.parametrize("files", [False, True])
def test_each_example_of_a_listed_op_is_accepted_as_shown(tmp_path: Path, files: bool) -> None:
    tool = FacebookTool(FacebookAds.sandbox(), files=tmp_path if files else None)
    lines = tool.call({"op": "help"}).text.splitlines()
    listed = {name for line in lines for name in line.partition(":")[0].split(", ")}
    assert {"save_previews", "sync_insights", "export_insights_to_csv"} & listed == (
        {"save_previews", "sync_insights", "export_insights_to_csv"} if files else set()
    )
    assert "undo" not in listed
    for name in tool.usable_ops:
        error = tool.call(example(registry()[name])).error or {}
        assert error.get("type") != "ParameterError", error
