"""How a write is carried out. `api_facts.md` section 11, `execution_options`."""

from __future__ import annotations

from collections.abc import Iterator

from admonster_fb.rules.core import Kind, Problem, Rule, Subject
from admonster_fb.rules.values import texts

_KINDS: tuple[Kind, ...] = ("campaign", "adset", "creative", "ad")


def _alone(subject: Subject) -> Iterator[Problem]:
    given = texts(subject.params.get("execution_options"))
    if given and set(given) == {"include_recommendations"}:
        yield Problem("execution_options", "include_recommendations cannot stand alone", given)


def _review(subject: Subject) -> Iterator[Problem]:
    given = texts(subject.params.get("execution_options"))
    if "synchronous_ad_review" in given:
        yield Problem("execution_options", "only ads are reviewed; synchronous_ad_review is for them", given)


def _unasked_review(subject: Subject) -> Iterator[Problem]:
    given = texts(subject.params.get("execution_options"))
    if "synchronous_ad_review" in given and "validate_only" not in given:
        yield Problem("execution_options", "synchronous_ad_review goes only with validate_only", given)


_ABOUT = "api_facts 11"
RULES: tuple[Rule, ...] = (
    *(Rule("recommendations-alone", kind, "error", 100, None, _ABOUT, "Add validate_only.", _alone) for kind in _KINDS),
    *(
        Rule("review-of-ads", kind, "error", 100, None, "api_facts 1.3", "Leave it out.", _review)
        for kind in _KINDS
        if kind != "ad"
    ),
    Rule("ad-review", "ad", "error", 100, None, "api_facts 1.3", "Add validate_only.", _unasked_review),
)
