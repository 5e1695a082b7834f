"""Help is cheap, complete and right: budgets of characters, golden files, and every example as shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from golden_help import FOLDER, helps, pages
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.op_help import example
from admonster_fb.bot.registry import registry


@pytest.fixture
def tool() -> FacebookTool:
    return FacebookTool(FacebookAds.sandbox())


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return helps(tmp_path_factory.mktemp("files"))


NAMES_ONLY = {"insights", "automation", "audience", "pixel", "lead", "plan"}
"""Groups of which the list has the names only, since it would be too long."""


def test_help_costs_no_more_than_its_budget(texts: dict[str, str]) -> None:
    ops = {name: text for name, text in texts.items() if name != "list"}
    assert ops.keys() == registry().keys() - {"read_leads"}
    assert max(len(text) for text in ops.values()) <= 4_000
    assert sum(len(text) for text in ops.values()) <= 110_000
    assert len(texts["list"]) <= 5_600
    assert not any(text.startswith("Showing") or "\nMore: " in text for text in texts.values())


def test_help_is_as_in_the_golden_files(texts: dict[str, str]) -> None:
    made = pages(texts)
    assert {path.name for path in FOLDER.iterdir()} == made.keys()
    for name, content in made.items():
        assert (FOLDER / name).read_text(encoding="utf-8") == content, "python docs/build_reference.py"


def test_the_list_says_the_first_sentence_whole(texts: dict[str, str]) -> None:
    for name, op in registry().items():
        if op.spec.private:
            continue
        line = re.search(rf"^{name}: (.+)$", texts["list"], re.MULTILINE)
        if op.spec.group in NAMES_ONLY:
            assert line is None
            assert re.search(rf"\b{name}\b", texts["list"]), name
            continue
        assert line, name
        assert op.summary.startswith(line[1])
        assert line[1].endswith(".")
        rest = op.summary.removeprefix(line[1])
        assert rest == "" or rest.startswith(" "), (name, line[1], rest)


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


@table("query, first", SEARCHES)
def test_search_finds_what_people_call_it(tool: FacebookTool, query: str, first: set[str]) -> None:
    lines = tool.call({"op": "help", "args": {"query": query}}).text.splitlines()
    assert lines[1].partition(":")[0] in first
    assert len(lines) <= 16


def test_each_op_is_found_by_its_own_name(tool: FacebookTool) -> None:
    for name in tool.usable_ops:
        lines = tool.call({"op": "help", "args": {"query": name.replace("_", " ")}}).text
        assert re.search(rf"^{name}: ", lines, re.MULTILINE), name


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
