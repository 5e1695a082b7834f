"""Ads, and how their creatives fit where they are. `api_facts.md` section 1.3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from admonster_fb.enums import ConfiguredStatus, Status
from admonster_fb.rules.core import Problem, Rule, Subject, longest, one_of, required
from admonster_fb.rules.creatives import POSTS
from admonster_fb.rules.values import mapping, text

_STORES = ("://apps.apple.com/", "://itunes.apple.com/", "://play.google.com/store/apps/")
_SET_APART = ("targeting", "bid_type")


def _adset(subject: Subject) -> Iterator[Problem]:
    if subject.context.adset is None and not (subject.params.get("adset_id") or subject.params.get("adset_spec")):
        yield Problem("adset_id", "neither adset_id nor adset_spec is given")


def _moved(subject: Subject) -> Iterator[Problem]:
    if subject.update and "adset_id" in subject.params:
        yield Problem("adset_id", "an ad stays in its ad set", subject.params["adset_id"])


def _bid(subject: Subject) -> Iterator[Problem]:
    if subject.params.get("bid_amount") is not None:
        yield Problem("bid_amount", "an ad has no bid of its own any more", subject.params["bid_amount"])


def _of_adset(subject: Subject) -> Iterator[Problem]:
    for name in _SET_APART:
        if subject.params.get(name):
            yield Problem(name, f"{name} is set on the ad set", subject.params[name])


def _domain(subject: Subject) -> Iterator[Problem]:
    given = subject.text("conversion_domain")
    if given is None:
        return
    if any(mark in given for mark in ("/", ":", "@", " ")) or given.startswith("www.") or "." not in given:
        yield Problem("conversion_domain", f"{given} is not a registrable domain such as example.com", given)


def _schedule(subject: Subject) -> Iterator[Problem]:
    objective = subject.objective
    if objective in (None, "OUTCOME_SALES", "OUTCOME_APP_PROMOTION"):
        return
    for name in ("ad_schedule_start_time", "ad_schedule_end_time"):
        if subject.params.get(name):
            message = f"only under OUTCOME_SALES and OUTCOME_APP_PROMOTION; the objective is {objective}"
            yield Problem(name, message, subject.params[name])


def whole_creative(subject: Subject) -> Mapping[str, Any]:
    """Return the creative if it is given whole, not by its id.

    >>> dict(whole_creative(Subject({"creative": {"creative_id": "1"}})))
    {}
    """
    given = mapping(subject.params.get("creative"))
    return {} if given.get("creative_id") else given


def _posts(creative: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    story = mapping(creative.get("object_story_spec"))
    for name in POSTS:
        if post := mapping(story.get(name)):
            yield f"creative.object_story_spec.{name}", post


def _dynamic(subject: Subject) -> Iterator[Problem]:
    feed = mapping(whole_creative(subject).get("asset_feed_spec"))
    plain = (
        feed and not feed.get("asset_customization_rules") and text(feed.get("optimization_type")) in (None, "REGULAR")
    )
    if plain and subject.context.adset is not None and subject.context.adset.get("is_dynamic_creative") is not True:
        yield Problem("creative.asset_feed_spec", "a dynamic creative in an ad set that is not for them")


def _in_dynamic(subject: Subject) -> Iterator[Problem]:
    creative = whole_creative(subject)
    if not creative or mapping(subject.context.adset).get("is_dynamic_creative") is not True:
        return
    feed = mapping(creative.get("asset_feed_spec"))
    if not feed or feed.get("asset_customization_rules"):
        wanted = "without asset_customization_rules" if feed else "which this is not"
        yield Problem("creative", f"the ad set takes only dynamic creatives (asset_feed_spec), {wanted}")


def _clicked(subject: Subject) -> Iterator[Problem]:
    if mapping(subject.context.adset).get("billing_event") != "LINK_CLICKS":
        return
    for path, post in _posts(whole_creative(subject)):
        if not post.get("call_to_action") and not post.get("child_attachments"):
            yield Problem(f"{path}.call_to_action", "the ad set pays for LINK_CLICKS, so the creative needs a button")


def _store_link(subject: Subject) -> Iterator[Problem]:
    adset, objective = subject.context.adset, subject.objective
    if adset is None or objective in (None, "OUTCOME_APP_PROMOTION"):
        return
    if mapping(adset.get("promoted_object")).get("application_id"):
        return
    for path, post in _posts(whole_creative(subject)):
        link = text(post.get("link")) or text(mapping(mapping(post.get("call_to_action")).get("value")).get("link"))
        if link and any(store in link for store in _STORES):
            yield Problem(f"{path}.link", f"an app store under {objective}, and no app in promoted_object", link)


def _page(subject: Subject) -> Iterator[Problem]:
    promoted = mapping(mapping(subject.context.adset).get("promoted_object")).get("page_id")
    page = mapping(whole_creative(subject).get("object_story_spec")).get("page_id")
    if promoted and page and str(promoted) != str(page):
        message = f"the Page {page}; the ad set promotes {promoted}"
        yield Problem("creative.object_story_spec.page_id", message, page)


_ABOUT = "api_facts 1.3"
RULES: tuple[Rule, ...] = (
    Rule(
        "ad-required",
        *("ad", "error", 100, None, _ABOUT),
        "Give name and creative.",
        required("name", "creative"),
        create_only=True,
    ),
    Rule("ad-name", "ad", "warning", 100, None, "api_facts 1.2", "Shorten it.", longest("name", 400)),
    Rule("ad-adset", "ad", "error", 100, None, _ABOUT, "Give adset_id.", _adset, create_only=True),
    Rule("ad-moved", "ad", "error", 100, None, _ABOUT, "Make another ad there.", _moved),
    Rule(
        "ad-status",
        *("ad", "error", 100, None, "api_facts 1.5"),
        "Create it ACTIVE or PAUSED.",
        one_of("status", get_args(Status)),
        create_only=True,
    ),
    Rule(
        "ad-status-known",
        *("ad", "error", 100, None, "api_facts 1.5"),
        "Use ACTIVE, PAUSED, ARCHIVED or DELETED.",
        one_of("status", get_args(ConfiguredStatus)),
    ),
    Rule("ad-bid", "ad", "warning", 100, None, _ABOUT, "Set it on the ad set.", _bid),
    Rule("ad-targeting", "ad", "error", 100, 1487989, "error_catalog", "Set it on the ad set.", _of_adset),
    Rule("conversion-domain", "ad", "error", 100, None, _ABOUT, "Give the domain alone.", _domain),
    Rule("ad-schedule", "ad", "error", 100, None, _ABOUT, "Set the times on the ad set.", _schedule),
    Rule(
        "dynamic-adset",
        *("ad", "error", 100, 1885998, "error_catalog"),
        "Make the ad set with is_dynamic_creative=true.",
        _dynamic,
    ),
    Rule("dynamic-creative", "ad", "error", 100, None, "api_facts 1.2", "Give an asset_feed_spec.", _in_dynamic),
    Rule("clicks-button", "ad", "error", 100, None, "api_facts 2.2", "Add call_to_action.", _clicked),
    Rule(
        "store-link",
        *("ad", "error", 100, 1487810, "field_notes"),
        "Use OUTCOME_APP_PROMOTION, or promoted_object with application_id and object_store_url.",
        _store_link,
    ),
    Rule("page-mismatch", "ad", "error", 100, 1885029, "Meta: ad-promoted-object", "Speak for the same Page.", _page),
)
