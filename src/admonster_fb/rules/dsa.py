"""Who benefits and who pays, told where ads reach the EU. `api_facts.md` section 1.2."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from admonster_fb.rules._countries import DSA, EU_GROUPS
from admonster_fb.rules.core import Problem, Rule, Subject
from admonster_fb.rules.values import texts


def _reached(subject: Subject) -> list[str]:
    """Return the countries or groups that ask for it."""
    groups = subject.geo.get("country_groups")
    return sorted(subject.countries & DSA) or (sorted(EU_GROUPS & {*texts(groups)}) if groups else [])


def _told(name: str, subject: Subject) -> Iterator[Problem]:
    if subject.text(name) is not None or not subject.geo:
        return
    if (reached := _reached(subject)) and subject.context.dsa_defaults.isdisjoint((name, f"default_{name}")):
        message = f"{name} is missing, and the account has no default; ads reach {', '.join(reached)}"
        yield Problem(name, message)


_FIX = "Give dsa_beneficiary and dsa_payor, or set the account's defaults; neither is taken from the other."
RULES: tuple[Rule, ...] = tuple(
    Rule(
        name.replace("_", "-"),
        "adset",
        "error",
        100,
        subcode,
        "api_facts 1.2",
        _FIX,
        partial(_told, name),
        create_only=True,
    )
    for name, subcode in (("dsa_beneficiary", 3858079), ("dsa_payor", 3858081))
)
