"""Meta's objects, one row each: edge, id argument, nouns, model, parameters, service, and the fields of a list.

Every list of objects or edges in the library is derived from these rows. Models and services are named by path and
imported when they are used.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

from admonster_fb.models._facts import Fact, facts
from admonster_fb.models._node import Node
from admonster_fb.money import BUDGETS


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One of Meta's objects, or an edge without objects of its own (figures, events)."""

    edge: str
    """Meta's name of the edge that lists the objects."""
    noun: str
    """What a person calls the object."""
    model_path: str = ""
    id_argument: str = ""
    """The argument of an op that takes the object's id."""
    parent: str = "adaccounts"
    """The edge of the object that it belongs to."""
    update_path: str = ""
    """The TypedDict of the parameters that can be written."""
    brief: tuple[str, ...] = ()
    """The fields that a list shows, after id and name."""
    service_path: str = ""
    attribute: str = ""
    """The facade's attribute of the service. Default: `edge`."""
    delivers: bool = False
    """Whether the object must be ACTIVE for ads to be delivered."""
    plural_noun: str = ""

    @property
    def plural(self) -> str:
        """The noun for several objects."""
        return self.plural_noun or f"{self.noun}s"

    @property
    def model(self) -> type[Node]:
        """The model of the object."""
        return _load("models", self.model_path)  # type: ignore[no-any-return]

    @property
    def own_field(self) -> str:
        """A field that Meta refuses to read of a campaign, ad set or ad; "" if there is none."""
        theirs = {name for edge in DELIVERS for name in OBJECTS[edge].model.model_fields}
        return next((name for name in (*self.brief, *self.model.model_fields) if name not in theirs), "")

    @property
    def facts(self) -> Mapping[str, Fact]:
        """The facts of the fields that can be written."""
        return facts(_load("models", self.update_path)) if self.update_path else {}

    @property
    def has_budget(self) -> bool:
        """Whether the object can have a budget of its own."""
        return any(fact.spend == "budget" for fact in self.facts.values())


_STATUS = ("status", "effective_status")
# fmt: off
_ROWS = (
    ObjectType("adaccounts", "account", "adaccount.AdAccount", "ad_account_id", "businesses",
               "adaccount.AdAccountUpdate", ("currency", "timezone_name", "amount_spent", "balance", "spend_cap"),
               "adaccounts.AdAccounts"),
    ObjectType("assigned_users", "person", "adaccount.AssignedUser", "user_id", brief=("tasks",),
               service_path="assigned_users.AssignedUsers", plural_noun="people"),
    ObjectType("users", "audience member", parent="customaudiences", service_path="audiences.users.AudienceUsers",
               attribute="audience_users"),
    ObjectType("campaigns", "campaign", "campaign.Campaign", "campaign_id", "adaccounts", "campaign.CampaignUpdate",
               (*_STATUS, "objective", *BUDGETS), "campaigns.Campaigns", delivers=True),
    ObjectType("budget_schedules", "budget schedule", "budgetschedule.BudgetSchedule", "schedule_id", "campaigns",
               "budgetschedule.BudgetScheduleCreate", ("budget_value_type", "budget_value", "time_start", "time_end"),
               "budget_schedules.BudgetSchedules"),
    ObjectType("adsets", "ad set", "adset.AdSet", "adset_id", "campaigns", "adset.AdSetUpdate",
               (*_STATUS, "campaign_id", "optimization_goal", *BUDGETS), "adsets.AdSets", delivers=True),
    ObjectType("targetingsearch", "targeting option", "targeting.options.TargetingOption",
               service_path="targeting.TargetingHelp", attribute="targeting"),
    ObjectType("adimages", "image", "adimage.AdImage", "image_hash", brief=("hash", "width", "height"),
               service_path="adimages.AdImages"),
    ObjectType("advideos", "video", "advideo.AdVideo", "video_id", brief=("video_status", "length"),
               service_path="advideos.AdVideos"),
    ObjectType("adcreatives", "creative", "adcreative.AdCreative", "creative_id", "adaccounts",
               "adcreative.AdCreativeUpdate", ("status", "object_type", "image_hash", "video_id"),
               "adcreatives.AdCreatives"),
    ObjectType("ads", "ad", "ad.Ad", "ad_id", "adsets", "ad.AdUpdate", (*_STATUS, "adset_id", "ad_review_feedback"),
               "ads.Ads", delivers=True),
    ObjectType("insights", "figure", "insights.row.InsightsRow", service_path="insights.service.Insights"),
    ObjectType("adrules_library", "ad rule", "adrule.AdRule", "rule_id", update_path="adrule.AdRuleUpdate",
               service_path="adrules.AdRules", attribute="adrules"),
    ObjectType("alerts", "alert", service_path="alerts.AlertChecks"),
    ObjectType("ad_studies", "A/B test", "adstudy.AdStudy", "study_id", service_path="adstudies.AdStudies",
               attribute="adstudies", brief=("type", "start_time", "end_time", "canceled_time")),
    ObjectType("customaudiences", "audience", "audiences.custom.CustomAudience", "audience_id",
               service_path="audiences.customaudiences.CustomAudiences"),
    ObjectType("saved_audiences", "saved audience", "audiences.custom.SavedAudience", "saved_audience_id",
               service_path="audiences.saved_audiences.SavedAudiences"),
    ObjectType("adspixels", "pixel", "adspixel.AdsPixel", "pixel_id", brief=("last_fired_time", "is_unavailable"),
               service_path="adspixels.AdsPixels"),
    ObjectType("customconversions", "custom conversion", "customconversion.CustomConversion", "conversion_id",
               brief=("custom_event_type", "rule", "last_fired_time", "is_archived", "is_unavailable"),
               service_path="customconversions.CustomConversions"),
    ObjectType("events", "server event", parent="adspixels", service_path="conversions.Conversions",
               attribute="conversions"),
    ObjectType("activities", "change in the account", "adaccount.Activity", brief=(
        "event_time", "translated_event_type", "object_id", "object_name", "actor_name", "extra_data")),
    ObjectType("history", "run of a rule", "adrule.AdRuleHistory", parent="adrules_library",
               brief=("timestamp", "is_manual", "results", "exception_message")),
    ObjectType("instagram_accounts", "account", "adaccount.InstagramAccount", brief=("username", "followers_count")),
    ObjectType("ads_volume", "Page's number of ads", "adaccount.AdVolume", brief=(
        "actor_id", "actor_name", "ads_running_or_in_review_count", "current_account_ads_running_or_in_review_count",
        "limit_on_ads_running_or_in_review")),
    ObjectType("minimum_budgets", "minimum budget", "adaccount.MinimumBudget", brief=(
        "min_daily_budget_imp", "min_daily_budget_high_freq", "min_daily_budget_low_freq",
        "min_daily_budget_video_views")),
    ObjectType("recommendations", "recommendation", "adaccount.Recommendation", "recommendation_signature",
               brief=("type", "object_ids")),
    ObjectType("product_catalogs", "catalog", "catalog.ProductCatalog", "catalog_id", "businesses",
               brief=("product_count", "vertical"), service_path="product_catalogs.ProductCatalogs"),
    ObjectType("product_sets", "product set", "catalog.ProductSet", "product_set_id", "product_catalogs",
               brief=("product_count", "filter")),
    ObjectType("published_posts", "post", "post.PagePost", "post_id", "accounts", service_path="posts.Posts",
               attribute="posts", brief=("message", "created_time", "permalink_url")),
    ObjectType("comments", "comment", "post.Comment", "comment_id", "published_posts",
               brief=("message", "text", "created_time", "timestamp", "is_hidden", "hidden")),
    ObjectType("promote_pages", "Page", "adaccount.Page", "page_id", brief=("link",)),
    ObjectType("accounts", "Page", "page.PageRole", "page_id", "businesses", brief=("category", "tasks"),
               service_path="pages.Pages", attribute="pages"),
    ObjectType("businesses", "business", "adaccount.Business", "business_id", "businesses",
               brief=("verification_status",), service_path="businesses.Businesses", plural_noun="businesses"),
    ObjectType("leadgen_forms", "lead form", "leadgen.LeadgenForm", "form_id", "accounts", "leadgen.LeadgenFormUpdate",
               ("status", "leads_count", "locale", "created_time"), "leadgen_forms.LeadgenForms"),
    ObjectType("leads", "lead", "leadgen.Lead", "lead_id", "leadgen_forms", service_path="leads.service.Leads",
               brief=("form_id", "created_time", "ad", "campaign_name", "platform")),
    ObjectType("subscriptions", "subscription", "page.Watch", "subscription_id", service_path="webhooks.Webhooks",
               attribute="webhooks", brief=("event_type", "entity_type", "status")),
    ObjectType("thumbnails", "thumbnail", "advideo.VideoThumbnail", parent="advideos",
               brief=("uri", "is_preferred", "width", "height")),
)
# fmt: on
OBJECTS: Mapping[str, ObjectType] = {each.edge: each for each in _ROWS}
"""Every object by its edge; services in the order in which the facade and the reference list them."""
DELIVERS = tuple(each.edge for each in OBJECTS.values() if each.delivers)
"""The edges whose objects must be ACTIVE for ads to be delivered, from the top down."""
SERVICES: Mapping[str, str] = {
    each.attribute or each.edge: each.service_path for each in OBJECTS.values() if each.service_path
}
"""The facade's attributes with module and class of each service."""


def named(name: str) -> ObjectType | None:
    """Return the object of an edge, or with a noun in singular or plural."""
    return OBJECTS.get(name) or next((each for each in OBJECTS.values() if name in (each.noun, each.plural)), None)


GONE = frozenset({"ARCHIVED", "DELETED"})
"""Each status that cannot be made ACTIVE again."""
STOPPED = GONE | {"PAUSED"}
"""Each status with which an object delivers nothing."""

RULES, RULE_OFF = "adrules_library", {"status": "DISABLED"}


def stops_delivery(edge: str, params: Mapping[str, Any]) -> bool:
    """Return whether an update can only end delivery, whatever the object's state: a status, and nothing else.

    A rule of Meta's that is switched off raises nothing any more.
    """
    if edge == RULES:
        return dict(params) == RULE_OFF
    if edge not in DELIVERS or not params:
        return False
    known = facts_of(edge)
    return all(name in known and known[name].spend == "status" and params[name] in STOPPED for name in params)


@functools.cache
def delivering_kinds() -> Mapping[str, str]:
    """Return the edges of the objects that deliver or rule delivery, by the name of their class in Meta's SDK."""
    return {OBJECTS[edge].model_path.rpartition(".")[2]: edge for edge in (*DELIVERS, RULES)}


@functools.cache
def budgeted_kinds() -> Mapping[str, str]:
    """Return those of `delivering_kinds` that can have a budget of their own."""
    return {kind: edge for kind, edge in delivering_kinds().items() if OBJECTS[edge].has_budget}


def facts_of(edge: str) -> Mapping[str, Fact]:
    """Return the facts of what can be written to the objects of an edge."""
    return OBJECTS[edge].facts if edge in OBJECTS else {}


@functools.cache
def typed_names(edge: str, *, new: bool = False) -> frozenset[str]:
    """Return the parameters of an edge's objects that have a type here; of a new object the fields too."""
    kind = OBJECTS[edge]
    names = {*get_type_hints(_load("models", kind.update_path)), *(kind.model.model_fields if new else ())}
    return frozenset(names - {"extra"})


@functools.cache
def money_fields() -> Mapping[str, Fact]:
    """Return the fields that Meta returns in minor units of the account's currency, of all objects."""
    models = [each.model for each in OBJECTS.values() if each.model_path]
    return {name: fact for model in models for name, fact in facts(model).items() if fact.money}


def brief_fields(model: type[Any]) -> tuple[str, ...]:
    """Return the fields that a list shows of a model's objects, after id and name; none of what has no list."""
    return _brief_by_model().get(model, ())


@functools.cache
def _brief_by_model() -> Mapping[type[Node], tuple[str, ...]]:
    return {each.model: each.brief for each in OBJECTS.values() if each.model_path}


@functools.cache
def _load(package: str, path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(f"admonster_fb.{package}.{module}"), name)


def service_class(attribute: str) -> Any:
    """Return the class of a service by the facade's attribute."""
    return _load("services", SERVICES[attribute])
