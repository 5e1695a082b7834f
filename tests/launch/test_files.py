"""Launch files: what is read from YAML and JSON, and that everything ambiguous is refused with its line or path."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest

from admonster_fb import ParameterError
from admonster_fb.errors import FacebookAdsError, Violation
from admonster_fb.workflows.launch.expand import expand
from admonster_fb.workflows.launch.journal import LaunchJournal, journal_folder
from admonster_fb.workflows.launch.parse import MAX_BYTES, find_launches, load, parse_file, with_lines


@pytest.fixture
def parse(tmp_path):
    """Write a file and parse it."""

    def write_and_parse(content: str | bytes, name: str = "a.yaml"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return parse_file(path)

    return write_and_parse


def wrong_refusals(parse, table, name: str) -> dict[str, str]:
    """Return the rows of a table whose file is accepted, or refused with other words than expected."""
    wrong = {}
    for what, (content, expected) in table.items():
        try:
            wrong[what] = f"accepted: {parse(content, name).data!r:.80}"
        except ParameterError as error:
            message = " | ".join(map(str, error.violations))
            if len(error.violations) > 1 or not re.search(expected, message):
                wrong[what] = message
            else:
                wrong.pop(what, None)
    return wrong


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdef", "bcdefg", strict=True)
)
MERGE_BOMB = "a: &a {x: 1}\n" + "".join(
    f"{new}: &{new} {{<<: [{', '.join([f'*{old}'] * 10)}]}}\n" for old, new in zip("abcdef", "bcdefg", strict=True)
)
REFUSED = {
    "a name twice": ("campaign:\n  name: A\n  name: B\n", "a.yaml, line 3: given \"name a second time\""),
    "a tab": ("campaign:\n\tname: A\n", "a.yaml, line 2: .*spaces instead of a tab"),
    "a bomb": (BOMB, "a.yaml: given \"more than 50,000 values"),
    "a bomb of merges": (MERGE_BOMB, "a.yaml: given \"more than 50,000 values"),
    "an anchor within itself": ("campaign: &a\n  again: *a\n", "a.yaml, line 1: .*an anchor within itself"),
    "an unknown anchor": ("campaign: *b\n", "a.yaml, line 1: .*undefined alias"),
    "a tag of Python": ("campaign: 1\nx: !!python/object/apply:os.system [ls]\n", "line 2: .*a value without a tag"),
    "a binary": ("x: !!binary aGk=\n", "line 1: .*a value without a tag"),
    "a number that is none": ("x: 1\ny: !!int three\n", "line 2: given \"three\"; allowed: a value of type !!int"),
    "no number": ("x: !!float nan\n", "line 1: given \"nan\""),
    "too large a number": ("x: 1.0e999\n", "line 1"),
    "a list as text": ("x: !!str [a]\n", "line 1"),
    "text as a list": ("x: !!seq abc\n", "line 1"),
    "a name that is a number": ("x: 1\n5: y\n", "a.yaml, line 2: given \"5\"; allowed: a name"),
    "a name that is a list": ("? [a]\n: y\n", "a.yaml, line 1: given \"a list or object\"; allowed: a name"),
    "Latin-1": ("x: 1\nname: Caf\xe9\n".encode("latin-1"), "a.yaml, line 2: given \"the byte 0xe9\"; allowed: UTF-8"),
    "UTF-16": ("name: A\n".encode("utf-16"), "a.yaml: given \"text in UTF-16\""),
    "a control character": ("x: 1\ny: a\x00b\n", "a.yaml, line 2: given \"the character 0x00\""),
    "two documents": ("x: 1\n---\ny: 2\n", "a.yaml, line 2: .*no second ---"),
    "nothing": ("# only a remark\n", "a.yaml: given \"an empty file\""),
    "a list": ("- x\n", "a.yaml: .*an object: names with values"),
    "a bracket that is not closed": ("x: [1, 2\ny: 3\n", "a.yaml, line 2"),
    "two colons": ("name: Sale: now\n", "a.yaml, line 1: given \"name: Sale: now\"; .*not allowed here"),
    "too many levels": ("x: " + "[" * 3000 + "]" * 3000, "a.yaml: given \"too many levels of nested values\""),
    "too much": (b"#" * (MAX_BYTES + 1), "a.yaml: given \"more than 1,048,576 bytes\""),
    "a merge of no object": ("x:\n  <<: 5\n", "a.yaml, line 2: given \"<<\""),
}  # fmt: skip


@pytest.mark.thorough
def test_ambiguous_yaml_is_refused_with_its_line(parse):
    assert wrong_refusals(parse, REFUSED, "a.yaml") == {}


REFUSED_JSON = {
    "a name twice": (
        '{"adsets": [{"name": 1}, {"name": 1, "name": 2}]}',
        r"a\.json, adsets\.1\.name: given \"a name that occurs twice",
    ),
    "no JSON": ('{\n  "x": 1,\n}', r"a\.json, line \d: .*JSON: "),
    "no number": ('{"x": NaN}', r"a\.json: given \"NaN\""),
    "too large a number": ('{"x": 1e999}', r"a\.json: given \"1e999\""),
    "too many digits": ('{"x": ' + "9" * 5000 + "}", r"a\.json"),
    "too many levels": ('{"x": ' + "[" * 100_000, "too many levels"),
    "a list": ("[1]", "an object: names with values"),
    "nothing": ("", r"a\.json, line 1"),
}


def test_ambiguous_json_is_refused_with_its_line_or_path(parse):
    assert wrong_refusals(parse, REFUSED_JSON, "a.json") == {}


def test_yaml_literals_are_those_of_json(parse):
    text = (
        "countries: [NO, ON, YES, NULLS]\nid: 0123\nsince: 2026-11-05\nat: 12:30\nbudget: 1_000\n"
        "hash: 1234e5678\nage: 25\nneg: -3\nradius: 10.5\non: true\noff: False\nnothing: ~\nempty:\n"
    )
    assert parse(text).data == {
        "countries": ["NO", "ON", "YES", "NULLS"],
        "id": "0123",
        "since": "2026-11-05",
        "at": "12:30",
        "budget": "1_000",
        "hash": "1234e5678",
        "age": 25,
        "neg": -3,
        "radius": 10.5,
        "on": True,
        "off": False,
        "nothing": None,
        "empty": None,
    }


def test_anchors_and_merges_are_expanded_and_own_values_win(parse):
    text = "base: &base {a: 1, b: 2}\nmore: &more {b: 3, c: 4}\nx:\n  <<: [*base, *more]\n  a: 9\ny: *base\n"
    parsed = parse(text)
    assert parsed.data["x"] == {"a": 9, "b": 2, "c": 4}
    assert parsed.data["y"] == {"a": 1, "b": 2}
    assert parsed.data["y"] is not parsed.data["base"]
    assert parsed.lines["x", "a"] == 5


def test_yaml_values_have_their_lines(parse):
    parsed = parse("campaign:\n  name: A\nadsets:\n  - name: B\n    targeting:\n      age_min: 25\n  - name: C\n")
    at = {".".join(place): line for place, line in parsed.lines.items()}
    assert at["campaign.name"] == 2
    assert at["adsets.0.targeting.age_min"] == 6
    assert at["adsets.1"] == 7


def test_json_and_yaml_with_the_same_content_are_equal(parse):
    tree = {"campaign": {"name": "Füße", "n": [1, 2.5, None, True, "NO"]}, "adsets": [{"a": {}}, []]}
    assert parse(json.dumps(tree), "a.json").data == tree
    assert parse(json.dumps(tree, indent=2)).data == tree
    assert parse(b"\xef\xbb\xbfname: A\n").data == {"name": "A"}


def test_paths_are_relative_to_the_file_and_urls_stay(tmp_path):
    images = {"hero": "pictures/hero.png", "shop": "https://example.com/shop.png", "own": "/srv/own.png", "odd": 7}
    (tmp_path / "sale.json").write_text(json.dumps({"images": images, "videos": {"clip": "clip.mp4"}, "forms": 7}))
    assert load(tmp_path / "sale.json") == {
        "images": {**images, "hero": str(tmp_path / "pictures" / "hero.png")},
        "videos": {"clip": str(tmp_path / "clip.mp4")},
        "forms": 7,
    }


def test_an_error_names_the_line_of_its_field_or_of_what_is_around_it(tmp_path):
    (tmp_path / "sale.yaml").write_text("preset: traffic\ncampaign:\n  name: Sale\n")
    wrong = [Violation(field, "x", "another") for field in ("campaign", "campaign.name", "campaign.goal", "adsets")]
    found = with_lines(ParameterError(wrong), tmp_path / "sale.yaml").violations
    lines = ["sale.yaml, line 2, campaign", "sale.yaml, line 3, campaign.name", "sale.yaml, line 2, campaign.goal"]
    assert [each.field for each in found] == [*lines, "adsets"]


def test_launches_of_a_file_are_found_newest_first(tmp_path, monkeypatch):
    monkeypatch.setenv("FACEBOOK_LAUNCHES", str(tmp_path / "launches"))
    file = tmp_path / "sale.json"
    file.write_text(json.dumps({"preset": "traffic", "campaign": {"name": "Sale"}}))
    full = expand(load(file))
    made = []
    for day in (2, 3, 1):
        made.append(LaunchJournal.create(None, "act_1", full, datetime(2026, 11, day, tzinfo=UTC)))
    other = {**full, "campaign": {**full["campaign"], "name": "Other"}}
    LaunchJournal.create(None, "act_1", other, datetime(2026, 11, 4, tzinfo=UTC))
    (journal_folder() / "launch_0.jsonl").write_text('{"launch": "launch_0"}\n')
    (journal_folder() / "launch_1.jsonl").write_text("no journal\n")
    (journal_folder() / "launch_2.jsonl").mkdir()
    assert [found.id for found in find_launches(file)] == [made[1].id, made[0].id, made[2].id]


def test_unreadable_files_are_refused(tmp_path):
    rows = {"no.yaml": "No such file", "a.txt": "a file that ends in .yaml, .yml, .json", "a\0.yaml": "a file"}
    for name, expected in rows.items():
        with pytest.raises(ParameterError, match=expected):
            parse_file(tmp_path / name)


def test_yaml_without_pyyaml_names_the_extra(parse, monkeypatch):
    import sys

    from admonster_fb.workflows.launch import parse as text

    text._loader.cache_clear()
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(FacebookAdsError, match=r"admonster-fb\[yaml\]"):
        parse("x: 1\n")
    assert parse('{"x": 1}', "a.json").data == {"x": 1}
