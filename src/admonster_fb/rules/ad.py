"""Rules of ads, and of creatives within their ad set. Source: `docs/meta-rules.md#ads`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from admonster_fb.rules.core import ParameterView, Problem, required, rule
from admonster_fb.rules.creatives import POSTS
from admonster_fb.rules.goals import FORM_GOALS
from admonster_fb.rules.values import items, mapping, text, texts

_STORES = ("://apps.apple.com/", "://itunes.apple.com/", "://play.google.com/store/apps/")
_CHOICES = ("images", "videos", "bodies", "titles", "descriptions")  # the lists of an asset feed of which Meta chooses
_AD_SET_FIELDS = ("targeting", "bid_type")


@rule("ad-adset", "ad", "D Ad reference", create_only=True)
def _adset(view: ParameterView) -> Iterator[Problem]:
    """Give adset_id."""
    if view.context.adset is None and not (view.params.get("adset_id") or view.params.get("adset_spec")):
        yield Problem("adset_id", "neither adset_id nor adset_spec is given")


@rule("ad-moved", "ad", "D Ad reference")
def _moved(view: ParameterView) -> Iterator[Problem]:
    """Make another ad there."""
    if view.update and "adset_id" in view.params:
        yield Problem("adset_id", "an ad stays in its ad set", view.params["adset_id"])


@rule("ad-bid", "ad", "F ads")
def _bid(view: ParameterView) -> Iterator[Problem]:
    """Set it on the ad set."""
    if view.params.get("bid_amount") is not None:
        yield Problem("bid_amount", "an ad has no bid of its own any more", view.params["bid_amount"])


@rule("ad-targeting", "ad", "R 100/1487989", subcode=1487989)
def _of_adset(view: ParameterView) -> Iterator[Problem]:
    """Set it on the ad set."""
    for name in _AD_SET_FIELDS:
        if view.params.get(name):
            yield Problem(name, f"{name} is set on the ad set", view.params[name])


@rule("conversion-domain", "ad", "D Ad reference")
def _domain(view: ParameterView) -> Iterator[Problem]:
    """Give the domain alone."""
    value = view.text("conversion_domain") or ""
    if value and (any(mark in value for mark in "/:@ ") or value.startswith("www.") or "." not in value):
        yield Problem("conversion_domain", f"{value} is not a registrable domain such as example.com", value)


@rule("ad-schedule", "ad", "D Ad reference")
def _schedule(view: ParameterView) -> Iterator[Problem]:
    """Set the times on the ad set."""
    timed = view.objective in (None, "OUTCOME_SALES", "OUTCOME_APP_PROMOTION")
    for name in ("ad_schedule_start_time", "ad_schedule_end_time"):
        if view.params.get(name) and not timed:
            message = f"only under OUTCOME_SALES and OUTCOME_APP_PROMOTION; the objective is {view.objective}"
            yield Problem(name, message, view.params[name])


def inline_creative(view: ParameterView) -> Mapping[str, Any]:
    """Return the creative of an ad if it is given inline, not by its ID."""
    value = mapping(view.params.get("creative"))
    return {} if value.get("creative_id") else value


def _posts(creative: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    story = mapping(creative.get("object_story_spec"))
    for name in POSTS:
        if post := mapping(story.get(name)):
            yield f"creative.object_story_spec.{name}", post


@rule("dynamic-adset", "ad", "R 100/1885998", subcode=1885998)
def _dynamic(view: ParameterView) -> Iterator[Problem]:
    """Make the ad set with is_dynamic_creative=true."""
    feed = mapping(inline_creative(view).get("asset_feed_spec"))
    ruled = feed.get("asset_customization_rules") or text(feed.get("optimization_type")) not in (None, "REGULAR")
    several = any(len(items(feed.get(name))) > 1 for name in _CHOICES)
    automatic = "AUTOMATIC_FORMAT" in texts(feed.get("ad_formats"))
    adset = view.context.adset
    if several and not ruled and not automatic and adset is not None and adset.get("is_dynamic_creative") is not True:
        yield Problem("creative.asset_feed_spec", "a dynamic creative in an ad set that is not for them")


@rule("dynamic-creative", "ad", "D Dynamic creative")
def _in_dynamic(view: ParameterView) -> Iterator[Problem]:
    """Give an asset_feed_spec."""
    creative = inline_creative(view)
    if not creative or mapping(view.context.adset).get("is_dynamic_creative") is not True:
        return
    feed = mapping(creative.get("asset_feed_spec"))
    if not feed or feed.get("asset_customization_rules"):
        why = "without asset_customization_rules" if feed else "which this is not"
        yield Problem("creative", f"the ad set accepts only dynamic creatives (asset_feed_spec), {why}")


@rule("clicks-button", "ad", "D Billing events")
def _clicked(view: ParameterView) -> Iterator[Problem]:
    """Add call_to_action."""
    adset = mapping(view.context.adset)
    clicks = adset.get("billing_event") == adset.get("optimization_goal") == "LINK_CLICKS"
    for path, post in _posts(inline_creative(view)) if clicks else ():
        catalog = path.endswith(".template_data")
        if not catalog and not post.get("call_to_action") and not post.get("child_attachments"):
            yield Problem(f"{path}.call_to_action", "the ad set pays for LINK_CLICKS, so the creative needs a button")


@rule("store-link", "ad", "R 100/1815430; D Promoted object", subcode=1487810)
def _store_link(view: ParameterView) -> Iterator[Problem]:
    """Use OUTCOME_APP_PROMOTION, or promoted_object with application_id and object_store_url."""
    adset, objective = view.context.adset, view.objective
    if adset is None or objective in (None, "OUTCOME_APP_PROMOTION"):
        return
    promoted = mapping(adset.get("promoted_object"))
    if promoted.get("application_id") or mapping(promoted.get("omnichannel_object")).get("app"):
        return
    for path, post in _posts(inline_creative(view)):
        link = text(post.get("link")) or text(mapping(mapping(post.get("call_to_action")).get("value")).get("link"))
        if link and any(store in link for store in _STORES):
            yield Problem(f"{path}.link", f"an app store under {objective}, and no app in promoted_object", link)


@rule("web-only", "ad", "F changes-by-version", code=None)
def _web_only(view: ParameterView) -> Iterator[Problem]:
    """Use another applink_treatment, or leave it out."""
    both = mapping(mapping(mapping(view.context.adset).get("promoted_object")).get("omnichannel_object"))
    treatment = inline_creative(view).get("applink_treatment")
    if both.get("app") and treatment == "web_only":
        message = "web_only does not lead to the app, and the ad set is for website and app"
        yield Problem("creative.applink_treatment", message, treatment)


def _names(value: object) -> Iterator[str]:
    """Yield the names in parameters, at any depth."""
    if isinstance(value, Mapping):
        yield from map(str, value)
        value = [*value.values()]
    for item in items(value) if isinstance(value, list) else ():
        yield from _names(item)


_OF_POSTS = ("object_story_id", "source_instagram_media_id", "source_facebook_post_id", "branded_content")


@rule("lead-form", "ad", "F error-numbers", subcode=3390001)
def _form(view: ParameterView) -> Iterator[Problem]:
    """Give call_to_action.value.lead_gen_form_id."""
    adset, creative = mapping(view.context.adset), inline_creative(view)
    for_forms = adset.get("destination_type") == "ON_AD" and adset.get("optimization_goal") in FORM_GOALS
    of_post = any(creative.get(name) for name in _OF_POSTS)
    if for_forms and creative and not of_post and "lead_gen_form_id" not in _names(creative):
        yield Problem("creative", "the ad set collects leads in a form, and the creative names none")


@rule("chat-post", "ad", "F notes-on-goals", subcode=1487891)
def _chat_post(view: ParameterView) -> Iterator[Problem]:
    """Make a new creative with object_story_spec."""
    story = inline_creative(view).get("object_story_id")
    place = mapping(view.context.adset).get("destination_type")
    if story and place in ("WHATSAPP", "MESSENGER"):
        yield Problem("creative.object_story_id", f"Meta may refuse an existing post that leads to {place}", story)


@rule("page-mismatch", "ad", "D Promoted object", subcode=1885029)
def _page(view: ParameterView) -> Iterator[Problem]:
    """Use the same Page in both."""
    promoted = mapping(mapping(view.context.adset).get("promoted_object")).get("page_id")
    page = mapping(inline_creative(view).get("object_story_spec")).get("page_id")
    if promoted and page and str(promoted) != str(page):
        message = f"the Page {page}; the ad set promotes {promoted}"
        yield Problem("creative.object_story_spec.page_id", message, page)


rule("ad-required", "ad", "D Ad reference", fix="Give name and creative.", create_only=True)(
    required("name", "creative")
)
