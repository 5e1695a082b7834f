"""What an ad set must say of itself. `api_facts.md` section 1.2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from admonster_fb.enums import ConfiguredStatus, Status
from admonster_fb.rules.campaign import NOW_CALLED
from admonster_fb.rules.core import Problem, Rule, Subject, longest, one_of, required

MOST_ADS = 50


def _parent(subject: Subject) -> Iterator[Problem]:
    given = [name for name in ("campaign_id", "campaign_spec") if subject.params.get(name)]
    if not given and subject.campaign is None:
        yield Problem("campaign_id", "neither campaign_id nor campaign_spec is given")


def _parents(subject: Subject) -> Iterator[Problem]:
    if subject.params.get("campaign_id") and subject.params.get("campaign_spec"):
        yield Problem("campaign_spec", "campaign_id is given too; one of the two")


def _older(subject: Subject) -> Iterator[Problem]:
    if (objective := subject.objective) in NOW_CALLED:
        yield Problem(
            "campaign_id", f"the campaign has the older objective {objective}", subject.params.get("campaign_id")
        )


def _ads(subject: Subject) -> Iterator[Problem]:
    if len(subject.children) > MOST_ADS:
        yield Problem("ads", f"{len(subject.children)} ads; allowed: {MOST_ADS}", len(subject.children))


def _one_dynamic_ad(subject: Subject) -> Iterator[Problem]:
    if subject.params.get("is_dynamic_creative") is True and len(subject.children) > 1:
        message = f"{len(subject.children)} ads; a dynamic creative ad set holds one"
        yield Problem("ads", message, len(subject.children))


_ABOUT = "api_facts 1.2"
RULES: tuple[Rule, ...] = (
    Rule(
        "adset-required",
        *("adset", "error", 100, None, _ABOUT),
        "Give name, optimization_goal and billing_event.",
        required("name", "optimization_goal", "billing_event"),
        create_only=True,
    ),
    Rule("adset-name", "adset", "error", 100, None, _ABOUT, "Shorten it.", longest("name", 400)),
    Rule("adset-campaign", "adset", "error", 100, None, _ABOUT, "Give campaign_id.", _parent, create_only=True),
    Rule("adset-campaigns", "adset", "error", 100, None, _ABOUT, "Leave one out.", _parents),
    Rule(
        "adset-objective",
        *("adset", "error", 100, None, "api_facts 1.1"),
        "Make a campaign with an OUTCOME_ objective: older ones take no new ad sets since v21.",
        _older,
        create_only=True,
    ),
    Rule(
        "adset-status",
        *("adset", "error", 100, None, "api_facts 1.5"),
        "Create it ACTIVE or PAUSED.",
        one_of("status", get_args(Status)),
        create_only=True,
    ),
    Rule(
        "adset-status-known",
        *("adset", "error", 100, None, "api_facts 1.5"),
        "Use ACTIVE, PAUSED, ARCHIVED or DELETED.",
        one_of("status", get_args(ConfiguredStatus)),
    ),
    Rule("ad-count", "adset", "error", 100, None, "api_facts 1.5", "Make several ad sets.", _ads),
    Rule("dynamic-one-ad", "adset", "warning", 100, None, "api_facts 10", "Keep one ad.", _one_dynamic_ad),
)
