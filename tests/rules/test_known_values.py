"""Texts with known values: each passes, a near miss is refused with the nearest, a new value passes with a warning."""

from __future__ import annotations

from typing import Any

from tables import table

from admonster_fb import facts
from admonster_fb.rules import check

ROWS = {row.path: row for row in facts.rows("known_values")}


def at(path: str, value: str) -> dict[str, Any]:
    """Parameters with a value at a path; every `*` is the first of a list, but among names it is a feature."""
    found: Any = value
    for name in reversed(path.split(".")):
        found = (
            ({"image_touchups": found} if isinstance(found, dict) and "enroll_status" in found else [found])
            if (name == "*")
            else {name: found}
        )
    return dict(found)


def judged(path: str, value: str) -> list[tuple[str, str]]:
    findings = check(ROWS[path].kind, at(path, value), update=True)
    return [(found.severity, found.fix) for found in findings if found.rule == "known-values"]


@table("path", ROWS)
def test_known_values_pass_near_misses_do_not_and_new_ones_are_told(path: str) -> None:
    known = ROWS[path].values
    assert {value: judged(path, value) for value in known} == {value: [] for value in known}
    misspelt = {value: [value.swapcase(), f"{value}X"] for value in known}
    wrong = {
        (value, other)
        for value, others in misspelt.items()
        for other in others
        if judged(path, other) != [("error", f"Write {value}.")]
    }
    assert wrong == set()
    assert [severity for severity, _ in judged(path, "ZEPPELIN_QUALITY_NEW")] == ["warning"]


def test_versions_of_a_system_pass() -> None:
    assert judged("targeting.user_os.*", "iOS_ver_17.0_and_above") == []


def test_values_of_ad_sets_are_not_looked_for_in_creatives() -> None:
    assert [found.rule for found in check("adset", {"cost_bidding_mode": "NEW_AT_META"}, update=True)] == [
        "known-values"
    ]
    found = check("creative", {"cost_bidding_mode": "NEW_AT_META", "name": "A"})
    assert "known-values" not in {each.rule for each in found}
