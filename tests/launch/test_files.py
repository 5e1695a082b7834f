"""Files of launches: what they say, and that all that is doubtful is refused with its line or its way."""

from __future__ import annotations

import json
import re

import pytest

from admonster_fb import ParameterError
from admonster_fb.errors import FacebookAdsError
from admonster_fb.workflows.launch.parse import MAX_BYTES, parse_file


@pytest.fixture
def say(tmp_path):
    """Write a file and read it."""

    def said(content: str | bytes, name: str = "a.yaml"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return parse_file(path)

    return said


def refusal(say, content, name="a.yaml") -> str:
    with pytest.raises(ParameterError) as told:
        say(content, name)
    assert len(told.value.violations) == 1
    return str(told.value.violations[0])


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


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_doubtful_in_yaml_is_refused_by_its_line(say, what):
    content, expected = REFUSED[what]
    assert re.search(expected, told := refusal(say, content)), told


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


@pytest.mark.parametrize("what", REFUSED_JSON)
def test_what_is_doubtful_in_json_is_refused_by_its_line_or_way(say, what):
    content, expected = REFUSED_JSON[what]
    assert re.search(expected, told := refusal(say, content, "a.json")), told


def test_words_stay_words(say):
    text = (
        "countries: [NO, ON, YES, NULLS]\nid: 0123\nsince: 2026-11-05\nat: 12:30\nbudget: 1_000\n"
        "hash: 1234e5678\nage: 25\nneg: -3\nradius: 10.5\non: true\nnothing: ~\nempty:\n"
    )
    assert say(text).data == {
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
        "nothing": None,
        "empty": None,
    }


def test_anchors_and_merges_are_unfolded_and_what_is_said_itself_wins(say):
    text = "base: &base {a: 1, b: 2}\nmore: &more {b: 3, c: 4}\nx:\n  <<: [*base, *more]\n  a: 9\ny: *base\n"
    told = say(text)
    assert told.data["x"] == {"a": 9, "b": 2, "c": 4}
    assert told.data["y"] == {"a": 1, "b": 2}
    assert told.data["y"] is not told.data["base"]
    assert told.lines["x", "a"] == 5


def test_lines_of_values(say):
    told = say("campaign:\n  name: A\nadsets:\n  - name: B\n    targeting:\n      age_min: 25\n  - name: C\n")
    at = {".".join(place): line for place, line in told.lines.items()}
    assert at["campaign.name"] == 2
    assert at["adsets.0.targeting.age_min"] == 6
    assert at["adsets.1"] == 7


def test_json_and_yaml_say_the_same(say):
    tree = {"campaign": {"name": "Füße", "n": [1, 2.5, None, True, "NO"]}, "adsets": [{"a": {}}, []]}
    assert say(json.dumps(tree), "a.json").data == tree
    assert say(json.dumps(tree, indent=2)).data == tree
    assert say(b"\xef\xbb\xbfname: A\n").data == {"name": "A"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("no.yaml", "No such file"), ("a.txt", "a file that ends in .yaml, .yml, .json"), ("a\0.yaml", "a file")],
)
def test_files_that_cannot_be_parse_file(tmp_path, name, expected):
    with pytest.raises(ParameterError, match=expected):
        parse_file(tmp_path / name)


def test_without_pyyaml_the_extra_is_named(say, monkeypatch):
    import sys

    from admonster_fb.workflows.launch import parse as text

    text._loader.cache_clear()
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(FacebookAdsError, match=r"admonster-fb\[yaml\]"):
        say("x: 1\n")
    assert say('{"x": 1}', "a.json").data == {"x": 1}
