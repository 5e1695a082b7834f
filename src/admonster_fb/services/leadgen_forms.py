"""Lead forms of Pages. https://developers.facebook.com/docs/marketing-api/guides/lead-ads/create"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Unpack

from facebook_business.adobjects import leadgenform as sdk
from facebook_business.adobjects import page as sdk_page
from facebook_business.adobjects import user

from admonster_fb.errors import APIError, ParameterError, Violation
from admonster_fb.models._node import object_in, objects_in
from admonster_fb.models.ad import Ad
from admonster_fb.models.adaccount import AdAccount
from admonster_fb.models.common import EdgeList
from admonster_fb.models.leadgen import FormUse, LeadgenForm, LeadgenFormCreate, LeadgenFormUpdate
from admonster_fb.operation import READ_SCOPES, WRITE_SCOPES, costs, no_op, ops_of
from admonster_fb.rules import Finding, leadgen
from admonster_fb.services._base import Edge, Fields, ListingService, checked, node_id
from admonster_fb.services._validation import warn

_PAGE = ("pages_manage_ads", "pages_read_engagement", "pages_show_list")
READS, SCOPES = (*READ_SCOPES, *_PAGE), (*WRITE_SCOPES, *_PAGE)
op = ops_of("lead", "leadgen_forms", reads=READS, writes=SCOPES, aliases={"id": "form_id"})
CREATIVE = "creative{object_story_spec,asset_feed_spec}"
_COPIED = (
    *("questions", "locale", "follow_up_action_url", "is_optimized_for_quality", "question_page_custom_headline"),
    *("block_display_for_non_targeted_viewer", "thank_you_page", "context_card"),
)


class LeadgenForms(ListingService):
    """The edge `leadgen_forms` of a Page, and its nodes. All calls use the Page's token."""

    @op("get_lead_form", access="read")
    def get(self, form_id: str, *, page_id: str | None = None, fields: Fields = None) -> LeadgenForm:
        """Return a lead form. With its questions; `page_id` saves a request.

        >>> fb.leadgen_forms.get(form_id).status
        'ACTIVE'
        """
        node = self._node(sdk.LeadgenForm, form_id, "form_id")
        return self._get(node, LeadgenForm, fields, self._page_of(form_id, page_id))

    @op("list_lead_forms", access="read", then=("get_lead_form", "list_leads"))
    def iter(self, page_id: str, *, fields: Fields = None, **params: Unpack[EdgeList]) -> Edge[LeadgenForm]:
        """List the lead forms of a Page. Archived ones too, newest first.

        >>> form_id in [form.id for form in fb.leadgen_forms.iter(page_id)]
        True
        """
        prepare = self._node(sdk_page.Page, page_id, "page_id").get_lead_gen_forms
        return self._edge(prepare, LeadgenForm, checked(EdgeList, params), fields, page_id)

    @op(
        "create_lead_form",
        effect="create",
        cost="nothing until an ad uses it; a form cannot be changed or deleted, only archived",
        aliases={"higher_intent": "is_optimized_for_quality", "headline": "question_page_custom_headline"},
        then=("launch_campaign", "create_test_lead"),
        judge=lambda _, params: leadgen.refusals(params),
    )
    def create(self, page_id: str, **params: Unpack[LeadgenFormCreate]) -> LeadgenForm:
        """Create a lead form. Of plain words. Returns only the ID.

        `questions` are "email", "full name", "phone", "city", …, a text of your own, or `{"label", "options"}`. A form
        never changes: to correct one, create another and archive the first. A person must have accepted the terms of
        lead ads for the Page.

        >>> fb.leadgen_forms.create(page_id, name="Course", questions=["full name", "phone", "Which course?"],
        ...     privacy_policy="https://example.com/privacy").id.isdigit()
        True
        """
        valid = leadgen.in_meta_terms(self._checked(LeadgenFormCreate, params, leadgen.refusals))
        warn(leadgen.doubts(valid))
        prepare = self._node(sdk_page.Page, page_id, "page_id").create_lead_gen_form
        form = self._create(prepare, LeadgenForm, valid, (), page_id)
        self._transport.api.page_tokens.pages[form.id] = page_id
        return form

    @op("duplicate_lead_form", effect="create", cost="nothing until an ad uses it", then=("get_lead_form",))
    def duplicate(self, form_id: str, name: str, *, page_id: str | None = None) -> LeadgenForm:
        """Copy a lead form under a new name. Returns only the ID.

        Files that people receive and conditional questions are not copied; a warning says so.

        >>> fb.leadgen_forms.duplicate(form_id, "Course 2").id != form_id
        True
        """
        form = self.get(form_id, page_id=page_id)
        params, lost = copied(form)
        warn(Finding(field, "lead-copy", f"{field} is not copied", "Add it.") for field in lost)
        return self.create(str(form.page_id or page_id), name=name, **params)

    @op("archive_lead_form", effect="update", past="archived", then=("list_lead_forms",))
    @costs("ads that use the form stop; refused while there is one")
    def archive(self, form_id: str, *, page_id: str | None = None) -> None:
        """Archive a lead form. No ad may use it. Raises `ParameterError` with the ads that do.

        Ads of all ad accounts that the token can read are looked at.

        >>> unused = fb.leadgen_forms.duplicate(form_id, "Course 3")
        >>> fb.leadgen_forms.archive(unused.id)
        """
        if used := self.ads_using(form_id):
            names = ", ".join(f"{use.id} ({use.status})" for use in used[:10])
            raise ParameterError([Violation("form_id", form_id, f"a form that no ad uses; these do: {names}")])
        self.update(form_id, page_id=page_id, status="ARCHIVED")

    @op("restore_lead_form", effect="update", past="restored", cost="nothing")
    def restore(self, form_id: str, *, page_id: str | None = None) -> None:
        """Restore a lead form. It was archived, and is ACTIVE again.

        >>> fb.leadgen_forms.restore(form_id)
        """
        self.update(form_id, page_id=page_id, status="ACTIVE")

    @no_op("archive_lead_form looks for them")
    def ads_using(self, form_id: str, ad_account_ids: Iterable[str] | None = None) -> list[FormUse]:
        """Return the ads that use a form and are not archived. Default: of all ad accounts of the token.

        >>> fb.leadgen_forms.ads_using(form_id)
        []
        """
        node_id(form_id, "form_id")
        me = self._sdk(user.User, "me")
        if ad_account_ids is None:
            rows = self._edge(me.get_ad_accounts, AdAccount, {"limit": 200}, ["id"])
            ad_account_ids = [account.id for account in rows]
        found, names = list[FormUse](), ["id", "name", "effective_status", CREATIVE]
        for account in ad_account_ids:
            try:
                for ad in self._edge(self._account(account).get_ads, Ad, {"limit": 100}, names):
                    if form_id in forms_in(ad.creative):
                        found.append(FormUse(ad.id, ad.name, ad.effective_status))
            except APIError as error:
                if error.retryable or error.code == 190:
                    raise
                fix = "Make sure that no ad of it uses the form."
                warn([Finding("form_id", "lead-form-use", f"{account}: {error.words}", fix)])
        return found

    @no_op("archive_lead_form looks for ads first")
    def update(self, form_id: str, *, page_id: str | None = None, **params: Unpack[LeadgenFormUpdate]) -> None:
        """Set the status of a form, whether or not ads use it: nothing else of it can change.

        >>> fb.leadgen_forms.update(form_id, status="ACTIVE")
        """
        node = self._node(sdk.LeadgenForm, form_id, "form_id")
        self._change(node.api_update, checked(LeadgenFormUpdate, params), self._page_of(form_id, page_id))


def forms_in(creative: Any) -> set[str]:
    """Return the IDs of the lead forms that a creative opens, wherever they stand in it.

    >>> forms_in({"object_story_spec": {"link_data": {"call_to_action": {"value": {"lead_gen_form_id": "7"}}}}})
    {'7'}
    """
    if isinstance(creative, Mapping):
        own = {str(creative["lead_gen_form_id"])} if creative.get("lead_gen_form_id") else set()
        return own.union(*map(forms_in, creative.values()))
    if isinstance(creative, list):
        return set().union(*map(forms_in, creative))
    return forms_in(creative.model_dump()) if hasattr(creative, "model_dump") else set()


def copied(form: LeadgenForm) -> tuple[Any, list[str]]:
    """Return the parameters of a form like another, and what cannot be copied.

    >>> copied(LeadgenForm.from_api({"tracking_parameters": [{"key": "a", "value": "b"}]}))
    ({'tracking_parameters': {'a': 'b'}}, [])
    """
    params = {name: value for name in _COPIED if (value := getattr(form, name)) not in (None, "", [], {})}
    params, lost = json.loads(json.dumps(params)), list[str]()
    for question in params.get("questions", ()):
        lost += [name for name in question if name.startswith(("conditional_", "dependent_"))]
        for name in [name for name in question if name not in ("type", "key", "label", "inline_context", "options")]:
            del question[name]
        question["options"] = [{n: o[n] for n in ("key", "value") if n in o} for o in question.pop("options", [])]
        if question["type"] != "CUSTOM" or not question["options"]:
            question.pop("options")
        if question["type"] != "CUSTOM":
            question.pop("label", None)
    if card := params.get("context_card"):
        card.pop("id", None)
        photo = card.pop("cover_photo", None)
        card |= {"cover_photo_id": photo["id"]} if isinstance(photo, dict) and "id" in photo else {}
    if page := params.get("thank_you_page"):
        page.pop("id", None)
        lost += ["thank_you_page.gated_file"] if page.pop("gated_file", None) else []
    legal = form.legal_content or {}
    for name in ("privacy_policy", "custom_disclaimer"):
        if value := object_in(legal.get(name)):
            params[name] = {key: item for key, item in value.items() if key != "id"}
    if isinstance(form.tracking_parameters, list):
        rows = objects_in(form.tracking_parameters)
        params["tracking_parameters"] = {row["key"]: row["value"] for row in rows if {"key", "value"} <= row.keys()}
    return params, lost
