"""A Page, what its token is for, and its lead forms: created, listed, archived; never changed, never deleted."""

from __future__ import annotations

import re
from typing import Any

from admonster_fb.sandbox import need, project, times
from admonster_fb.sandbox.auth import Token
from admonster_fb.sandbox.convert import mapping, objects, truth
from admonster_fb.sandbox.errors import GraphError, bad_param, missing_object, refuse
from admonster_fb.sandbox.oauth import people
from admonster_fb.sandbox.spec import names_in
from admonster_fb.sandbox.world import Call, Node

NEEDS_PAGE = GraphError(190, message="(#190) This method must be called with a Page Access Token")
_LEAD_FIELDS = ("has_lead_access", "access_token")


def check_page(call: Call, page_id: str, *scopes: str, system: bool = False) -> None:
    """Raise Meta's error unless the call comes with the Page's token, which holds these scopes.

    With `system`, a system user's own token will do, as one live account has shown.
    """
    token = call.token
    if token.profile_id != page_id and not (system and token.kind == "SYSTEM_USER"):
        raise NEEDS_PAGE
    for scope in scopes:
        token.check_scope(((scope,), f"Requires {scope} permission to manage the object"))
    page = call.store.nodes[page_id]
    if page.hidden.get("tasks") is not None and not {"ADVERTISE", "MANAGE"} & {*page.hidden["tasks"]}:
        raise GraphError(200, message="(#200) The user has no permission to advertise for this Page")


def read_page(call: Call, page: Node) -> dict[str, Any]:
    """Return a Page. Its token comes with a person's token that has a role there, its lead rights with its own."""
    requested = project.selections(call.params) or []
    if "pages_read_engagement" not in call.token.scopes and any(each.name in _LEAD_FIELDS for each in requested):
        message = (
            "(#100) Object does not exist, cannot be loaded due to missing permission or reviewable feature, or does "
            "not support this operation. This endpoint requires the 'pages_read_engagement' permission"
        )
        raise GraphError(100, message=message)
    data = {**page.data, **_rights(page, call.token)}
    if call.token.kind in ("USER", "SYSTEM_USER") and page.hidden.get("token", True):
        data["access_token"] = people.page_token(call.world, call.token, page.id).value
    return project.read(call, Node(page.id, "Page", data, page.hidden))


def _rights(page: Node, token: Token) -> dict[str, Any]:
    reason = page.hidden.get("no_lead_access")
    granted = "leads_retrieval" in token.scopes
    access: dict[str, Any] = {
        "app_has_leads_permission": granted,
        "user_has_leads_permission": not reason,
        "is_page_admin": True,
        "enabled_lead_access_manager": bool(reason),
        "can_access_lead": granted and not reason,
    }
    access |= {"failure_reason": reason, "failure_resolution": "Ask an admin of the business."} if reason else {}
    accepted = page.hidden.get("terms", True)
    return {"has_lead_access": access, "leadgen_tos_accepted": accepted, "promotion_eligible": True}


FORM = "LeadgenForm"
FIRST_FORM = 3_370_774_453_101_952
_PLAIN = names_in(
    "name locale follow_up_action_url question_page_custom_headline is_optimized_for_quality "
    "block_display_for_non_targeted_viewer"
)
_BOOLEAN = frozenset({"is_optimized_for_quality", "block_display_for_non_targeted_viewer"})
_QUESTION = frozenset(
    {"type", "key", "label", "inline_context", "options", "context_provider_type", "conditional_questions_group_id"}
    | {"dependent_conditional_questions", "conditional_questions_choices"}
)
_UNSUPPORTED = {
    "MESSAGE_BUSINESS": "This button type is not yet supported for Thank You Page",
    "SCHEDULE_APPOINTMENT": "Appointment integration is missing for Thank You Page",
}
_PHONE = re.compile(r"\+[1-9]\d{6,14}")
ANSWERS = {"PHONE": "phone_number", "ZIP": "zip_code", "DOB": "date_of_birth"}
"""Names of answers that are not their question's type in lower case."""


def of_page(call: Call, page: Node) -> list[Node]:
    """Return the forms of a Page, newest first, archived ones too."""
    check_page(call, page.id, "pages_manage_ads")
    return list(call.store.children(page.id, FORM))[::-1]


def create(call: Call, page: Node) -> dict[str, Any]:
    """Create a form."""
    check_page(call, page.id, "pages_manage_ads", system=True)
    if not page.hidden.get("terms", True):
        raise refuse(1815089)
    sent = call.params
    for name in ("name", "questions", "privacy_policy"):
        need.value(name, sent.get(name))
    questions = _questions(sent["questions"])
    policy = mapping(sent["privacy_policy"])
    if not str(policy.get("url", "")).startswith(("http://", "https://")):
        raise GraphError(1, message="An unknown error occurred", http_status=500)
    if not sent.get("follow_up_action_url"):
        raise GraphError(100, 1892085, user_msg="Missing field(s): FollowUpActionURL")
    if any(form.data["name"] == sent["name"] for form in call.store.children(page.id, FORM)):
        raise bad_param("A form with this name exists already")
    data: dict[str, Any] = {
        name: truth(sent[name]) if name in _BOOLEAN else sent[name] for name in _PLAIN if name in sent
    }
    data |= {"questions": questions, "legal_content": {"privacy_policy": policy}, "status": "ACTIVE"}
    if disclaimer := mapping(sent.get("custom_disclaimer")):
        data["legal_content"]["custom_disclaimer"] = disclaimer
    if "thank_you_page" in sent:
        data["thank_you_page"] = _thank_you(call, mapping(sent["thank_you_page"]))
    if "context_card" in sent:
        data["context_card"] = _card(mapping(sent["context_card"]))
    tracking = mapping(sent.get("tracking_parameters"))
    data["tracking_parameters"] = [{"key": key, "value": str(value)} for key, value in tracking.items()]
    data |= {"page_id": page.id, "created_time": times.stamp(call.world.clock(), "UTC"), "allow_organic_lead": True}
    # Ids of a series of their own: forms change no other ids.
    form_id = str(FIRST_FORM + 7 * sum(1 for _ in call.store.of_kind(FORM)))
    return {"id": call.store.add(FORM, data, id=form_id).id}


def _questions(sent: Any) -> list[dict[str, Any]]:
    need.items("questions", sent)
    found = []
    for number, question in enumerate(objects(sent)):
        if unknown := question.keys() - _QUESTION:
            names = ", ".join(f'"{name}"' for name in sorted(unknown))
            raise bad_param(f'Invalid keys {names} were found in param "questions[{number}]".')
        if "conditional_questions_group_id" in question:
            place = f"questions[{number}][conditional_questions_group_id]"
            raise bad_param(f"Param {place} is not a valid LeadGen Conditional Questions Group ID")
        if "dependent_conditional_questions" in question:
            raise GraphError(194, 1892112, user_title="Value is Missing for conditional_questions_choices_id")
        kind = str(question.get("type", ""))
        if not kind:
            raise bad_param(f"The parameter questions[{number}][type] is required.")
        if kind == "CUSTOM" and not question.get("label"):
            raise bad_param(f"The parameter questions[{number}][label] is required.")
        label = question.get("label") or kind.replace("_", " ").capitalize()
        slug = re.sub(r"[^\w]+", "_", label).strip("_").lower()
        key = question.get("key") or (slug if kind == "CUSTOM" else ANSWERS.get(kind, kind.lower()))
        found.append({**question, "id": str(880_000_000_000_000 + number), "label": label, "key": key})
    if len({question["key"] for question in found}) < len(found):
        raise bad_param("Keys of questions must be unique")
    return found


def _thank_you(call: Call, page: dict[str, Any]) -> dict[str, Any]:
    kind = page.get("button_type")
    if not kind:
        raise bad_param("The parameter thank_you_page[button_type] is required.")
    if kind != "NONE" and not page.get("button_text"):
        raise bad_param("Button text is missing for Thank You Page")
    if kind in _UNSUPPORTED:
        raise bad_param(_UNSUPPORTED[kind])
    if kind in ("VIEW_WEBSITE", "DOWNLOAD") and not page.get("website_url"):
        raise bad_param("Website URL is missing for Thank You Page")
    plausible = _PHONE.fullmatch(str(page.get("business_phone_number", ""))) and page.get("country_code")
    if kind == "CALL_BUSINESS" and not plausible:
        raise GraphError(192, message="(#192) not a valid phone number")
    number = 1_064_335_322_592_035 + sum(1 for _ in call.store.of_kind(FORM))
    return {"enable_messenger": False, **page, "id": str(number)}


def _card(card: dict[str, Any]) -> dict[str, Any]:
    if not card.get("style"):
        raise bad_param("Context card style is not provided")
    photo = card.pop("cover_photo_id", None)
    return {**card, **({"cover_photo": {"id": photo}} if photo else {}), "id": "1064335322500000"}


def update(call: Call, form: Node) -> dict[str, Any]:
    """Archive a form or take it back; nothing else of it changes."""
    check_page(call, str(form.data["page_id"]), "pages_manage_ads")
    status = str(call.params.get("status", ""))
    need.one_of("status", status, ("ACTIVE", "ARCHIVED"))
    form.data["status"] = status
    return {"success": True}


def delete(call: Call, form: Node) -> dict[str, Any]:
    """Refuse: a form cannot be deleted with any token."""
    raise missing_object(call.method, form.id)
