"""Rules of lead forms. Source: `docs/meta-rules.md#leads`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from admonster_fb.errors import MISSING, Violation
from admonster_fb.models._params import near
from admonster_fb.models.leadgen import QUESTION_TYPES
from admonster_fb.rules import core
from admonster_fb.rules.core import rule
from admonster_fb.rules.values import mapping, rows

Params = Mapping[str, Any]
_WORDS = {
    "NAME": "FULL_NAME",
    "GIVEN_NAME": "FIRST_NAME",
    "SURNAME": "LAST_NAME",
    "WHATSAPP": "WHATSAPP_NUMBER",
    **dict.fromkeys(("E_MAIL", "MAIL", "EMAIL_ADDRESS"), "EMAIL"),
    **dict.fromkeys(("PHONE_NUMBER", "TELEPHONE", "MOBILE"), "PHONE"),
    "POSTCODE": "POST_CODE",
    "ZIP_CODE": "ZIP",
    "STREET": "STREET_ADDRESS",
    **dict.fromkeys(("BIRTHDAY", "DATE_OF_BIRTH"), "DOB"),
    "JOB": "JOB_TITLE",
    "COMPANY": "COMPANY_NAME",
    "MARITAL_STATUS": "MARITIAL_STATUS",
}
"""Plain words for standard questions."""
_WITH_URL = frozenset({"VIEW_WEBSITE", "DOWNLOAD"})
_BUTTONS = (*sorted(_WITH_URL), "NONE", "BOOK_ON_WEBSITE", "VIEW_ON_FACEBOOK", "PROMO_CODE", "CALL_BUSINESS")
MOST_OWN = 15


def in_meta_terms(params: Params) -> dict[str, Any]:
    """Return a form's parameters in Meta's format: plain words as questions, the URL of a policy as an object.

    `follow_up_action_url` is filled in: Meta has refused a form without it.

    >>> form = in_meta_terms({"questions": ["full name", "Which course?"], "privacy_policy": "https://a.example/p"})
    >>> form["questions"]
    [{'type': 'FULL_NAME'}, {'type': 'CUSTOM', 'label': 'Which course?', 'key': 'which_course'}]
    """
    found = {**params}
    found["questions"] = [_question(part) for each in params.get("questions", ()) for part in _parts(each)]
    if isinstance(policy := params.get("privacy_policy"), str):
        found["privacy_policy"] = {"url": policy}
    if isinstance(locale := params.get("locale"), str):
        found["locale"] = locale.replace("-", "_").upper()
    url = mapping(params.get("thank_you_page")).get("website_url") or mapping(found.get("privacy_policy")).get("url")
    found.setdefault("follow_up_action_url", url)
    return {name: value for name, value in found.items() if value is not None}


def _parts(question: Any) -> Sequence[Any]:
    """Return the standard questions that a text lists, as in "email, phone"; else the question itself."""
    words = question.split(",") if isinstance(question, str) else []
    listed = len(words) > 1 and all(_question(word)["type"] != "CUSTOM" for word in words)
    return words if listed else [question]


def _question(question: Any) -> Any:
    if isinstance(question, str):
        word = re.sub(r"\W+", "_", question.strip()).strip("_").upper()
        kind = _WORDS.get(word, word)
        return {"type": kind} if kind in QUESTION_TYPES - {"CUSTOM"} else _question({"label": question.strip()})
    if not isinstance(question, Mapping):
        return question
    found = {"type": "CUSTOM", **question}
    if found["type"] == "CUSTOM" and isinstance(found.get("label"), str):
        found.setdefault("key", _key(found["label"]))
    if isinstance(found.get("options"), list):
        found["options"] = [{"key": _key(o), "value": o} if isinstance(o, str) else o for o in found["options"]]
    return found


def _key(text: str) -> str:
    return re.sub(r"\W+", "_", text).strip("_").lower()


violations = partial(core.violations, "lead_form")
"""Return what Meta would refuse in a new form, in Meta's format."""
doubts = partial(core.doubts, "lead_form")
"""Return what Meta may refuse in a new form."""


def refusals(params: Params) -> list[Violation]:
    """Return what Meta would refuse in a new form of plain words."""
    return violations(in_meta_terms(params))


@rule("lead-question", "lead_form", "D Lead ads, forms")
def _questions(form: Params) -> Iterator[Violation]:
    """Give each question a type, and one of your own a label."""
    for number, each in rows(form.get("questions")):
        place = f"questions.{number}"
        if each["type"] == "CUSTOM" and not each.get("label"):
            yield Violation(f"{place}.label", MISSING, "the text of a question of your own")
        if each["type"] == "STORE_LOOKUP" and each.get("context_provider_type") != "LOCATION_MANAGER":
            given = each.get("context_provider_type", MISSING)
            yield Violation(f"{place}.context_provider_type", given, "LOCATION_MANAGER")
        for option, choice in rows(each.get("options")):
            if not choice.get("value"):
                allowed = "the text of an answer"
                yield Violation(f"{place}.options.{option}.value", choice.get("value", MISSING), allowed)
    ids = [each["type"] for _, each in rows(form.get("questions")) if each["type"].startswith("ID_")]
    if len(ids) > 1:
        yield Violation("questions", ids, "one national ID in a form")


@rule("lead-question-keys", "lead_form", "L two answers of one name cannot be told apart")
def _keys(form: Params) -> Iterator[Violation]:
    """Give each question a key of its own."""
    keys = [str(each.get("key") or each["type"]).casefold() for _, each in rows(form.get("questions"))]
    for number, key in enumerate(keys):
        if key in keys[:number]:
            yield Violation(f"questions.{number}.key", key, "a key that no other question has")


@rule("lead-privacy", "lead_form", "D Lead ads, forms")
def _privacy(form: Params) -> Iterator[Violation]:
    """Give URLs that open for everybody."""
    policy, thanks = mapping(form.get("privacy_policy")), mapping(form.get("thank_you_page"))
    urls = {"privacy_policy.url": policy.get("url"), "follow_up_action_url": form.get("follow_up_action_url")}
    for field, url in {**urls, "thank_you_page.website_url": thanks.get("website_url")}.items():
        parts = urlsplit(url) if isinstance(url, str) else None
        if url is not None and (parts is None or parts.scheme not in ("http", "https") or not parts.netloc):
            yield Violation(field, url, "a URL that begins with https:// and opens for everybody")


@rule(
    "lead-thank-you", "lead_form", "R (#100) thank_you_page[button_type] is required; R (#192) not a valid phone number"
)
def _thank_you(form: Params) -> Iterator[Violation]:
    """Complete the last page."""
    page = form.get("thank_you_page")
    if not isinstance(page, Mapping):
        return
    kind, field = page.get("button_type"), "thank_you_page."
    if not kind:
        yield Violation(f"{field}button_type", MISSING, f"{', '.join(_BUTTONS)} or WHATSAPP")
    elif kind == "MESSAGE_BUSINESS":
        yield Violation(f"{field}button_type", kind, "another button: Meta does not support this one yet")
    if kind not in (None, "NONE") and not page.get("button_text"):
        yield Violation(f"{field}button_text", MISSING, "the text of the button")
    if kind in _WITH_URL and not page.get("website_url"):
        yield Violation(f"{field}website_url", MISSING, "the URL that the button opens")
    if kind == "CALL_BUSINESS":
        phone, country = page.get("business_phone_number"), page.get("country_code")
        if not re.fullmatch(r"\+[1-9]\d{6,14}", re.sub(r"[ ()/.-]", "", str(phone or ""))):
            yield Violation(f"{field}business_phone_number", phone or MISSING, "a number with its country code: +49…")
        if not re.fullmatch("[A-Z]{2}", str(country or "")):
            yield Violation(f"{field}country_code", country or MISSING, "the country of the number: DE")


@rule("lead-context-card", "lead_form", "R (#100) Context card style is not provided; D Lead ads, forms")
def _card(form: Params) -> Iterator[Violation]:
    """Name the style of the intro page."""
    card = form.get("context_card")
    if not isinstance(card, Mapping):
        return
    if card.get("style") not in ("LIST_STYLE", "PARAGRAPH_STYLE"):
        yield Violation("context_card.style", card.get("style") or MISSING, "LIST_STYLE or PARAGRAPH_STYLE")
    elif card["style"] == "PARAGRAPH_STYLE" and len(card.get("content") or ()) > 1:
        yield Violation("context_card.content", card["content"], "one text for PARAGRAPH_STYLE")


@rule("lead-disclaimer", "lead_form", "D Lead ads, forms")
def _disclaimer(form: Params) -> Iterator[Violation]:
    """Complete the consents."""
    disclaimer = mapping(form.get("custom_disclaimer"))
    body = disclaimer.get("body")
    if body is not None and not mapping(body).get("text"):
        yield Violation("custom_disclaimer.body.text", MISSING, "the text of the consents")
    for number, box in rows(disclaimer.get("checkboxes")):
        for name in ("text", "key"):
            if not box.get(name):
                yield Violation(f"custom_disclaimer.checkboxes.{number}.{name}", MISSING, "required")


@rule("lead-doubts", "lead_form", "X public reports")
def _doubts(form: Params) -> Iterator[Violation]:
    """Make sure of it; Meta decides."""
    questions = [each for _, each in rows(form.get("questions"))]
    for number, each in enumerate(questions):
        if each["type"] not in QUESTION_TYPES:
            known = near(each["type"], QUESTION_TYPES) or "EMAIL"
            yield Violation(f"questions.{number}.type", each["type"], f"a documented type, such as {known}")
    if Counter(each["type"] for each in questions)["CUSTOM"] > MOST_OWN:
        yield Violation("questions", len(questions), f"at most about {MOST_OWN} questions of your own; 5 are cheaper")
    page = mapping(form.get("thank_you_page"))
    if page.get("button_type") == "SCHEDULE_APPOINTMENT":
        yield Violation("thank_you_page.button_type", "SCHEDULE_APPOINTMENT", "a Page with a booking integration")
    if page.get("button_type") == "BOOK_ON_WEBSITE" and not page.get("website_url"):
        yield Violation("thank_you_page.website_url", MISSING, "the URL that the button opens")


def lead_stages(stages: Sequence[Params], funnel: Sequence[str] | None, now: int) -> list[Violation]:
    """Return what is wrong with stages of leads in a CRM: unknown or out of order, too old, in the future."""
    found, last = [], dict[str, tuple[int, int]]()
    for number, each in sorted(enumerate(stages), key=lambda item: item[1]["time"]):
        field, when, name = f"stages.{number}", each["time"], each["stage"]
        if funnel and name not in funnel:
            found.append(Violation(f"{field}.stage", name, f"one of the funnel: {', '.join(funnel)}"))
            continue
        if not now - 7 * 86_400 <= when <= now + 60:
            found.append(Violation(f"{field}.time", when, "a time within the last 7 days"))
        place = funnel.index(name) if funnel else 0
        before = last.get(each["lead_id"], (-1, 0))
        if place < before[0]:
            found.append(Violation(f"{field}.stage", name, "no earlier stage than the lead had before"))
        last[each["lead_id"]] = (place, when)
    return found
