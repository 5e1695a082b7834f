"""Lead forms and leads. https://developers.facebook.com/docs/marketing-api/guides/lead-ads"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Required

from pydantic import Field

from admonster_fb.models._node import Map, NamedNode, Node, Time
from admonster_fb.models._params import ANY_OBJECT, Extra, Open, Params, WriteTime

_TYPES = """
    EMAIL FULL_NAME FIRST_NAME LAST_NAME PHONE PHONE_OTP USER_PROVIDED_PHONE_NUMBER WHATSAPP_NUMBER
    EMAIL_ALIAS MESSENGER FACEBOOK_LEAD_ID STREET_ADDRESS ADDRESS_LINE_TWO CITY STATE PROVINCE COUNTRY ZIP
    POST_CODE DOB GENDER MARITIAL_STATUS RELATIONSHIP_STATUS EDUCATION_LEVEL MILITARY_STATUS COMPANY_NAME
    JOB_TITLE WORK_EMAIL WORK_PHONE_NUMBER WEBSITE CUSTOM DATE_TIME SLIDER STORE_LOOKUP
    STORE_LOOKUP_WITH_TYPEAHEAD VIN LICENSE_PLATE THREAD_LINK JOIN_CODE ID_CPF ID_AR_DNI ID_CL_RUT ID_CO_CC
    ID_EC_CI ID_PE_DNI ID_MX_RFC
"""
QUESTION_TYPES = frozenset(_TYPES.split())
"""Types of questions that Meta documents."""
ORGANIC, NOT_VISIBLE = "organic", "not visible to this token"
"""In place of an ad's name: the lead came without an ad, or the token may not see which."""
RETENTION_DAYS = 90
"""Days for which Meta lets leads be read."""


class LeadgenForm(NamedNode):
    """A lead form of a Page. It can be archived, never changed or deleted.

    >>> LeadgenForm.from_api({"id": "7", "status": "ACTIVE", "leads_count": 12}).leads_count
    12
    """

    NOT_REQUESTED: ClassVar = frozenset({"creator", "page", "follow_up_action_text", "privacy_policy_url"})

    status: str | None = None
    """ACTIVE, ARCHIVED, DRAFT or DELETED."""
    locale: str | None = None
    """Language of the standard questions, such as DE_DE."""
    created_time: Time | None = None
    """Time of creation."""
    page_id: str | None = None
    """ID of the Page."""
    page: Map | None = None
    """The Page."""
    creator: Map | None = None
    """Who created the form."""
    leads_count: int | None = None
    """Number of leads, expired ones too. It lags behind."""
    expired_leads_count: int | None = None
    """Number of leads that can no longer be read."""
    organic_leads_count: int | None = None
    """Number of leads without an ad."""
    questions: list[Map] | None = None
    """Questions in order: `id`, `key`, `label`, `type` and `options`."""
    thank_you_page: Map | None = None
    """The last page."""
    context_card: Map | None = None
    """The intro page."""
    legal_content: Map | None = None
    """`privacy_policy` and `custom_disclaimer`."""
    privacy_policy_url: str | None = None
    """URL of the privacy policy."""
    follow_up_action_url: str | None = None
    """URL that the last page opens."""
    follow_up_action_text: str | None = None
    """Text of its button."""
    is_optimized_for_quality: bool | None = None
    """Higher intent: people review their answers before they send them."""
    allow_organic_lead: bool | None = None
    """Whether leads can come without an ad."""
    block_display_for_non_targeted_viewer: bool | None = None
    """Whether only people whom the ad targets may open the form."""
    question_page_custom_headline: str | None = None
    """Headline above the questions."""
    tracking_parameters: Any = None
    """Hidden answers: written as an object, read as a list of `key` and `value`."""


class Lead(Node):
    """A lead: the answers of a person. Its `repr` shows the names of the answers and no value.

    >>> lead = Lead.from_api({"id": "8", "field_data": [{"name": "email", "values": ["a@example.com"]}]})
    >>> lead, lead.answers
    (Lead(id='8', field_data=['email']), {'email': ['a@example.com']})
    """

    NOT_REQUESTED: ClassVar = frozenset(
        {"home_listing", "vehicle", "post", "post_submission_check_result", "retailer_item_id", "partner_name"}
    )
    PUBLIC: ClassVar = (
        *("id", "created_time", "form_id", "ad_id", "ad_name", "adset_id", "adset_name", "campaign_id"),
        *("campaign_name", "is_organic", "platform"),
    )
    """Fields that hold no personal data."""

    id: str = ""
    """Meta's ID of the lead."""
    created_time: Time | None = None
    """Time at which the person sent the form."""
    form_id: str | None = None
    """ID of the form."""
    ad_id: str | None = None
    """ID of the ad. Missing without an ad, or if the token may not advertise for that account."""
    ad_name: str | None = None
    """Name of the ad."""
    adset_id: str | None = None
    """ID of the ad set."""
    adset_name: str | None = None
    """Name of the ad set."""
    campaign_id: str | None = None
    """ID of the campaign."""
    campaign_name: str | None = None
    """Name of the campaign."""
    is_organic: bool | None = None
    """Whether the lead came without an ad."""
    platform: str | None = None
    """fb or ig."""
    field_data: list[Map] | None = None
    """Answers in Meta's format: `name` and `values`. Tracking parameters come first."""
    custom_disclaimer_responses: list[Map] | None = None
    """Consents: `checkbox_key` and `is_checked`, which is "1" or ""."""
    retailer_item_id: str | None = None
    """ID of the product, in catalogue ads."""
    partner_name: str | None = None
    """Partner through which the lead came."""
    home_listing: Map | None = None
    """Home of the ad."""
    vehicle: Map | None = None
    """Vehicle of the ad."""
    post: Map | None = None
    """Post of the ad."""
    post_submission_check_result: Map | None = None
    """Result of the check after the form was sent."""

    @property
    def answers(self) -> dict[str, list[str]]:
        """All answers by name, in Meta's order. The values of a name that comes twice are joined."""
        found: dict[str, list[str]] = {}
        for row in self.field_data or ():
            values = row.get("values")
            texts = values if isinstance(values, list) else [] if values is None else [values]
            found.setdefault(str(row.get("name")), []).extend(map(str, texts))
        for row in self.custom_disclaimer_responses or ():
            found.setdefault(str(row.get("checkbox_key")), []).append("1" if row.get("is_checked") else "")
        return found

    @property
    def ad(self) -> str:
        """Name of the ad, or a word in its place."""
        return self.ad_name or (ORGANIC if self.is_organic and not self.ad_id else NOT_VISIBLE)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Show the names of the answers only."""
        for name, value in super().__repr_args__():
            if name == "field_data":
                yield name, [str(row.get("name")) for row in self.field_data or ()]
            elif name in self.PUBLIC:
                yield name, value


@dataclass(frozen=True, slots=True)
class LeadsSynced:
    """The result of a sync of leads. It holds no personal data.

    >>> LeadsSynced("leads.csv", new=2, stored=10, sources=("7",)).new
    2
    """

    store: str
    """Path of the store."""
    new: int
    """Number of leads that were new."""
    stored: int
    """Number of leads that the store holds."""
    sources: tuple[str, ...]
    """IDs of the forms or ads that were read."""
    newest: datetime | None = None
    """Time of the newest stored lead of these sources."""
    warnings: tuple[str, ...] = ()
    """What could not be read, such as leads that Meta keeps no longer."""


class LeadQuestion(Params, total=False):
    """A question of a form. Standard ones need only `type`; one of your own has `label`, and `options` to choose from.

    >>> question: LeadQuestion = {"label": "Which course?", "options": ["Car", "Motorbike"]}
    """

    type: str
    """EMAIL, FULL_NAME, PHONE, … Default: CUSTOM."""
    key: str
    """Name of the answer in each lead."""
    label: str
    """Text of the question."""
    inline_context: str
    """Hint below the question."""
    options: list[str | ANY_OBJECT]
    """Answers to choose from: texts, or `key` and `value`. A lead has the key."""
    context_provider_type: str
    """LOCATION_MANAGER, for STORE_LOOKUP."""


class PrivacyPolicy(Params, total=False):
    """The advertiser's privacy policy.

    >>> policy: PrivacyPolicy = {"url": "https://example.com/privacy"}
    """

    url: Required[str]
    """URL of the policy, open to everybody."""
    link_text: Annotated[str, Field(max_length=70)]
    """Text of the link."""


class ThankYouPage(Params, total=False):
    """The last page of a form.

    >>> page: ThankYouPage = {"title": "Thank you", "button_type": "NONE"}
    """

    title: str
    """Headline."""
    body: str
    """Text."""
    short_message: str
    """Short text."""
    button_type: str
    """NONE, VIEW_WEBSITE, DOWNLOAD, CALL_BUSINESS, WHATSAPP, VIEW_ON_FACEBOOK, PROMO_CODE, BOOK_ON_WEBSITE."""
    button_text: str
    """Text of the button; required unless button_type is NONE."""
    button_description: str
    """Text below the button."""
    website_url: str
    """URL of the button, for VIEW_WEBSITE, DOWNLOAD and BOOK_ON_WEBSITE."""
    business_phone_number: str
    """Phone number with country code (+49…), for CALL_BUSINESS."""
    country_code: str
    """Country of that number: DE."""
    enable_messenger: bool
    """Whether the page offers Messenger."""
    gated_file: ANY_OBJECT
    """File that people receive."""


class ContextCard(Params, total=False):
    """The intro page of a form.

    >>> card: ContextCard = {"title": "Driving school", "style": "LIST_STYLE", "content": ["Cars", "Motorbikes"]}
    """

    title: str
    """Headline."""
    style: str
    """LIST_STYLE (`content` are bullets) or PARAGRAPH_STYLE (`content` is one text)."""
    content: list[str]
    """Texts."""
    button_text: str
    """Text of the button."""
    cover_photo_id: str
    """ID of a photo of the Page."""


class LeadgenFormCreate(Params, total=False):
    """Parameters of a new lead form. Meta: Page, leadgen_forms.

    >>> params: LeadgenFormCreate = {"name": "Course", "questions": ["full name", "email", "Which course?"],
    ...     "privacy_policy": "https://example.com/privacy"}
    """

    name: Required[Annotated[str, Field(min_length=1)]]
    """Name of the form, unique on the Page."""
    questions: Required[Annotated[list[str | LeadQuestion], Field(min_length=1)]]
    """Questions in order: "email", "full name", "phone", a text of your own, or an object."""
    privacy_policy: Required[str | PrivacyPolicy]
    """URL of the privacy policy, or `url` and `link_text`."""
    follow_up_action_url: str
    """URL that the form opens at the end. Default: the URL of the last page's button, else of the privacy policy."""
    thank_you_page: ThankYouPage
    """The last page."""
    context_card: ContextCard
    """The intro page."""
    locale: str
    """Language of the standard questions: DE_DE, EN_US, …"""
    question_page_custom_headline: str
    """Headline above the questions."""
    is_optimized_for_quality: bool
    """Higher intent: people review their answers before they send them. Fewer leads, better ones."""
    block_display_for_non_targeted_viewer: bool
    """Only people whom the ad targets may open the form: no organic leads."""
    allow_organic_lead_retrieval: bool
    """Accepted and ignored by Meta."""
    tracking_parameters: dict[str, str]
    """Hidden answers that each lead has."""
    custom_disclaimer: ANY_OBJECT
    """Consents: `title`, `body` and `checkboxes` with `text` and `key`."""
    is_phone_sms_verify_enabled: bool
    """Whether people confirm their phone number by SMS."""
    phone_otp_verification_type: Annotated[Literal["required", "optional", "disabled"], Open()]
    """Whether people confirm their phone number by a code, since v27."""
    is_lead_capture_ai_agent_enabled: bool
    """Whether Meta's AI agent asks the questions."""
    should_enforce_work_email: bool
    """Whether WORK_EMAIL refuses free mail addresses."""
    is_for_canvas: bool
    """Whether the form is used within an Instant Experience."""
    extra: Extra


class LeadgenFormUpdate(Params):
    """What can change in a form.

    >>> params: LeadgenFormUpdate = {"status": "ARCHIVED"}
    """

    status: Literal["ACTIVE", "ARCHIVED"]
    """ACTIVE or ARCHIVED."""


class LeadList(Params, total=False):
    """Parameters of a list of leads.

    >>> params: LeadList = {"since": 1793520000, "limit": 500}
    """

    since: WriteTime
    """Only leads from this time on."""
    until: WriteTime
    """Only leads before this time."""
    limit: Annotated[int, Field(ge=1, le=1000)]
    """Leads per page, not in total."""
    after: str
    """Cursor of the page to continue after."""


class LeadStage(Params, total=False):
    """A stage that a lead has reached in the CRM. Meta: conversion leads.

    >>> stage: LeadStage = {"lead_id": "123456789012345", "stage": "qualified", "time": 1793520000}
    """

    lead_id: Required[Annotated[str, Field(pattern=r"^\d{15,17}$")]]
    """ID of the lead, 15 to 17 digits."""
    stage: Required[Annotated[str, Field(min_length=1)]]
    """Name of the stage in your funnel."""
    time: Required[WriteTime]
    """When the lead reached it, at most 7 days ago."""


@dataclass(frozen=True, slots=True)
class FormUse:
    """An ad that uses a lead form.

    >>> FormUse("9", "Course ad", "PAUSED").id
    '9'
    """

    id: str
    """ID of the ad."""
    name: str | None
    """Name of the ad."""
    status: str | None
    """`effective_status` of the ad."""
