"""Advantage+ audience. `api_facts.md` section 1.2, `targeting_automation`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from admonster_fb.rules.core import Problem, Rule, Subject
from admonster_fb.rules.targeting import DETAILS
from admonster_fb.rules.values import items, mapping, whole

HIGHEST_AGE_MIN, LOWEST_AGE_MIN, AGE_MAX = 25, 18, 65
_WIDEST = {"age_min": LOWEST_AGE_MIN, "age_max": AGE_MAX}
_NARROWING = (*DETAILS, "custom_audiences")


def _automation(subject: Subject) -> Mapping[str, Any]:
    return mapping(subject.targeting.get("targeting_automation"))


def _restricted(subject: Subject) -> list[str]:
    """Return what narrows the audience beyond place and language, unless that is only a suggestion."""
    targeting, relaxed = subject.targeting, mapping(_automation(subject).get("individual_setting"))
    found = [name for name in _NARROWING if targeting.get(name)]
    if relaxed.get("age") != 1:
        found += [name for name, widest in _WIDEST.items() if whole(targeting.get(name)) not in (None, widest)]
    if relaxed.get("gender") != 1 and len({whole(each) for each in items(targeting.get("genders"))} & {1, 2}) == 1:
        found.append("genders")
    return found


def _explicit(subject: Subject) -> Iterator[Problem]:
    if _automation(subject).get("advantage_audience") is None and (narrowed := _restricted(subject)):
        message = f"not given, though {', '.join(narrowed)} narrow the audience"
        yield Problem("targeting.targeting_automation.advantage_audience", message)


def _value(subject: Subject) -> Iterator[Problem]:
    automation = _automation(subject)
    given = whole(automation.get("advantage_audience"))
    if given not in (None, 0, 1):
        yield Problem("targeting.targeting_automation.advantage_audience", f"{given}; allowed: 0, 1", given)
    for name, setting in mapping(automation.get("individual_setting")).items():
        if (given := whole(setting)) not in (None, 0, 1):
            yield Problem(f"targeting.targeting_automation.individual_setting.{name}", f"{given}; allowed: 0, 1", given)


def _on(subject: Subject) -> bool:
    given = _automation(subject).get("advantage_audience")
    return given is True or whole(given) == 1


def _age_min(subject: Subject) -> Iterator[Problem]:
    age = whole(subject.targeting.get("age_min"))
    if age is not None and not LOWEST_AGE_MIN <= age <= HIGHEST_AGE_MIN and _on(subject):
        message = f"{age}; with Advantage+ audience: {LOWEST_AGE_MIN} to {HIGHEST_AGE_MIN}"
        yield Problem("targeting.age_min", message, age)


def _age_max(subject: Subject) -> Iterator[Problem]:
    age = whole(subject.targeting.get("age_max"))
    if age is not None and age != AGE_MAX and _on(subject):
        yield Problem("targeting.age_max", f"{age}; with Advantage+ audience: {AGE_MAX}", age)


_ABOUT = "api_facts 1.2"
_SUGGEST = "Send the ages as age_range, a suggestion, or set advantage_audience to 0."
RULES: tuple[Rule, ...] = (
    Rule(
        "advantage-explicit",
        *("adset", "error", 100, 1870227, _ABOUT),
        'Give targeting_automation={"advantage_audience": 0} to keep these limits, 1 to let Meta go beyond them.',
        _explicit,
        create_only=True,
    ),
    Rule("advantage-value", "adset", "error", 100, None, _ABOUT, "Use 0 or 1.", _value),
    Rule("advantage-age-min", "adset", "error", 100, 1870188, _ABOUT, _SUGGEST, _age_min),
    Rule("advantage-age-max", "adset", "error", 100, 1870189, _ABOUT, _SUGGEST, _age_max),
)
