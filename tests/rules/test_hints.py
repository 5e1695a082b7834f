"""What a refusal of a parameter recommends is accepted in its place: names, values and combinations, walked."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any, get_type_hints

from facebook_business.adobjects.adsinsights import AdsInsights
from written_parameters import KINDS, WRITTEN

import admonster_fb
from admonster_fb import FacebookAds, ParameterError, facts
from admonster_fb.bot.registry import names, registry
from admonster_fb.error_atlas import entries
from admonster_fb.models._params import checked, schema
from admonster_fb.rules import check
from admonster_fb.services.insights.query import violations
from admonster_fb.transport.sdk_adapter import REFUSED, TABLES, known_names, known_values, listed
from admonster_fb.variables import VARIABLES

WORD = re.compile(r"\b[A-Za-z][A-Za-z0-9_]+\b")


def told(spec: Any, params: dict[str, Any], name: str) -> list[str]:
    """Return what is said of a parameter by its type and by Meta's rules."""
    try:
        valid = checked(spec, params)
    except ParameterError as error:
        return [each.allowed for each in error.violations if each.field.startswith(name)]
    kind = KINDS.get(spec)
    found = check(kind, valid, update=spec.__name__.endswith("Update")) if kind else []
    return [f"{each.fix} {each.message}" for each in found if each.severity == "error" and each.field.startswith(name)]


def offered(text: str) -> list[str]:
    """Return the values or names that a hint offers."""
    hints = re.findall(r"did you mean ([\w ]+?)\?|(?<![\w.])(\w+), the nearest|nearest is (\w+)", text)
    lists = re.findall(r"\bone of ((?:\w+, )+\w+)", text)
    found = [word for group in hints for part in group for word in part.split(" or ") if word] + [
        word for part in lists for word in part.split(", ")
    ]
    return [word for word in found if not word.isdigit()]


def _as_given(value: str, like: Any) -> Any:
    return [value] if isinstance(like, list) else value


def test_each_value_that_a_misspelt_one_is_told_passes() -> None:
    """A value of the SDK's or of this library's lists without its fourth letter, and one that is like none."""
    wrong, tried = set(), 0
    for spec, required in WRITTEN:
        types, kinds = listed(TABLES[spec.__name__]), get_type_hints(spec, include_extras=True)
        least = {**required, "rule": {"and": [{"url": {"i_contains": "a"}}]}} if "rule" in required else required
        for name in {*types, *kinds} - {"extra", "billing_event", "execution_options"}:
            several = types.get(name, "").startswith("list<") or schema(spec)["properties"].get(name, {}).get("items")
            for value in [*sorted(known_values(spec.__name__, name)), "ZZZZ"]:
                like: Any = [] if several else ""
                for text in told(spec, {**least, name: _as_given(value[:3] + value[4:], like)}, name):
                    for other in offered(text) if not text.startswith(("no such", "an object")) else ():
                        tried += 1
                        if again := told(spec, {**least, name: _as_given(other, like)}, name):
                            wrong.add((spec.__name__, name, value, other, again[0]))
    assert tried > 1000
    assert sorted(wrong) == []


def test_each_name_that_a_misspelt_one_is_told_is_a_parameter() -> None:
    wrong, tried = set(), 0
    for spec, required in WRITTEN:
        own = {*get_type_hints(spec)}
        for name in own | {*listed(TABLES[spec.__name__])}:
            misspelt = f"{name[:3]}{name[4:]}x"
            for text in told(spec, {**required, misspelt: 1}, misspelt):
                for other in offered(text):
                    tried += 1
                    wrong |= (
                        {(spec.__name__, misspelt, other)} if other not in own | known_names(spec.__name__) else set()
                    )
    assert tried > 1000
    assert sorted(wrong) == []


def test_what_is_used_instead_of_a_refused_parameter_is_a_parameter_or_an_op() -> None:
    for place, reason in REFUSED.items():
        holder, _, name = place.rpartition(".")
        for spec, _ in WRITTEN:
            if holder in ("", spec.__name__) and name in listed(TABLES[spec.__name__]):
                for word in re.findall(r"\buse (\w+)|\bwith (\w+_\w+)", reason):
                    assert set(filter(None, word)) <= {*get_type_hints(spec), *names()}, (place, reason)


def test_each_op_that_follows_another_exists() -> None:
    assert {then for op in registry().values() for then in op.spec.then} <= {*registry(), *names()}


def test_each_op_that_a_text_names_exists() -> None:
    source = Path(admonster_fb.__file__).parent
    files = [path for path in source.rglob("*.py") if "sandbox" not in path.parts]
    nodes = [node for path in files for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    named = {op for text in texts for op in re.findall(r"\bop[= ](?:\")?([a-z]+_[a-z_]+)", text)}
    assert len(named) > 3
    assert named - names().keys() == set()


TODAY = date(2026, 11, 29)


def _refused(query: dict[str, Any], name: str) -> list[str]:
    found = violations({"days": 7, "level": "campaign", **query}, TODAY)
    return [each.allowed for each in found if each.field.startswith(name) and "asynchronous" not in each.allowed]


def test_each_combination_of_breakdowns_that_is_offered_passes() -> None:
    """Every breakdown of the SDK alone, and every pair: each combination that a refusal lists is accepted."""
    known = [value for name, value in vars(AdsInsights.Breakdowns).items() if not name.startswith("_")]
    wrong, tried = set(), set[str]()
    for asked in [*((name,) for name in known), *combinations(known, 2)]:
        for text in _refused({"breakdowns": [*asked], "fields": ["impressions"]}, "breakdowns"):
            for each in text.partition("one of these combinations: ")[2].partition(" (Meta")[0].split("; "):
                if each and each not in tried:
                    tried.add(each)
                    again = _refused({"breakdowns": each.split(" + "), "fields": ["impressions"]}, "breakdowns")
                    wrong |= {(asked, each, text) for text in again}
    assert len(tried) > 10
    assert sorted(wrong) == []


def test_each_value_of_a_report_that_a_misspelt_one_is_told_passes() -> None:
    lists = {
        "breakdowns": AdsInsights.Breakdowns,
        "action_breakdowns": AdsInsights.ActionBreakdowns,
        "action_attribution_windows": AdsInsights.ActionAttributionWindows,
        "date_preset": AdsInsights.DatePreset,
        "action_report_time": AdsInsights.ActionReportTime,
        "level": AdsInsights.Level,
        "fields": AdsInsights.Field,
    }
    wrong, tried = set(), 0
    for name, kind in lists.items():
        like: Any = [] if name.endswith("s") and name != "days" else ""
        rest = {} if name in ("date_preset", "fields") else {"fields": ["actions", "impressions"]}
        days = {} if name == "date_preset" else {"days": 7}
        for key, value in vars(kind).items():
            if key.startswith("_") or not isinstance(value, str):
                continue
            for text in _refused({**rest, **days, "days": None, name: _as_given(value[:3] + value[4:], like)}, name):
                for other in offered(text):
                    tried += 1
                    query = {**rest, **days, name: _as_given(other, like)}
                    again = [each.allowed for each in violations(query, TODAY) if each.field.startswith(name)]
                    again = [text for text in again if not re.search("combination|level|asynchronous|splits", text)]
                    wrong |= {(name, value, other, text) for text in again}
    assert tried > 150
    assert sorted(wrong) == []


MESSAGES = re.compile(r"Violation|Problem|Finding|Plan\w+|RateLimited|OutcomeUnknown|LaunchStopped|\w+Error")
NAMED = re.compile(r"_?(?:allowed|advice|why|hint|known|fix)")
ELSEWHERE = {
    *("act_123", "act_2", "admonster_fb"),
    *("stop_rules", "accelerate_rules", "pause_campaign", "increase_budget"),
    *("i_contains", "in_range", "not_in_range"),
    *("targeting_and_insights", "client_ip_address", "ACCOUNT_CURRENCY", "LOCATION_MANAGER", "PLAN_ID"),
}
"""Examples, keys and actions of documents of rules, operators of audience rules, and values that have no list."""


def _literals(node: ast.AST) -> Iterator[str]:
    yield from (part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str))


def _messages(tree: ast.AST) -> Iterator[str]:
    """Yield each text of an error or a hint: within the calls that make them, and under the names they have before."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            parts = [*node.args, *node.keywords] if MESSAGES.fullmatch(called) else []
            for part in [*parts, *(each.value for each in node.keywords if each.arg and NAMED.fullmatch(each.arg))]:
                yield from _literals(part)
        elif isinstance(node, ast.Assign) and any(NAMED.fullmatch(ast.unparse(target)) for target in node.targets):
            yield from _literals(node.value)


def test_each_name_in_the_prose_of_an_error_is_an_op_a_parameter_or_a_value_of_meta_s() -> None:
    """Walked in the source: what services, workflows, the bot and the atlas say, not only what rules say."""
    source = Path(admonster_fb.__file__).parent
    trees = [ast.parse(path.read_text("utf-8")) for path in source.rglob("*.py") if "sandbox" not in path.parts]
    texts = {text for tree in trees for text in _messages(tree)} | {row.advice for row in entries()}
    nodes = [node for tree in trees for node in ast.walk(tree)]
    known = {*names(), *registry(), *VARIABLES, *ELSEWHERE}
    known |= {node.arg for node in nodes if isinstance(node, ast.arg | ast.keyword) and node.arg}
    known |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    known |= {node.target.id for node in nodes if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)}
    known |= {*re.findall(r'"(\w+)"', (source / "sandbox/sdk_spec.json").read_text("utf-8"))}
    known |= {word for name in facts.names() for word in re.findall(r"\w+", f"{facts.rows(name)}")}
    named = {name for text in texts for name in re.findall(r"(?<![\w./-])[a-z]+(?:_[a-z0-9]+)+\b", text)}
    named |= {name for text in texts for name in re.findall(r"\b[A-Z]{2,}(?:_[A-Z0-9]+)+\b", text)}
    assert len(named) > 200
    assert sorted(named - known) == []


def test_each_call_of_the_facade_in_a_text_exists(fb: FacebookAds) -> None:
    source = Path(admonster_fb.__file__).parent
    trees = [ast.parse(path.read_text("utf-8")) for path in source.rglob("*.py") if "sandbox" not in path.parts]
    calls = {
        call for tree in trees for text in _literals(tree) for call in re.findall(r"\bfb\.([a-z_]+)\.([a-z_]+)", text)
    }
    assert len(calls) > 100
    assert [call for call in calls if not hasattr(getattr(fb, call[0], None), call[1])] == []
