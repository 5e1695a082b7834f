"""The calls that the sandbox models: a table from (kind of node, method, edge) to the function that handles it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from admonster_fb.sandbox import (
    accounts,
    activities,
    auth,
    catalogs,
    copies,
    creatives,
    images,
    listing,
    nodes,
    posts,
    preview_html,
    project,
    recommendations,
    reports,
    schedules,
    search,
    spec,
    studies,
    targeting_help,
    videos,
    views,
)
from admonster_fb.sandbox.adrules import library as rules
from admonster_fb.sandbox.audiences import library as audiences
from admonster_fb.sandbox.audiences import state, uploads
from admonster_fb.sandbox.errors import GraphError, NotModelled, missing_object
from admonster_fb.sandbox.leads import forms, hooks
from admonster_fb.sandbox.leads import library as leads
from admonster_fb.sandbox.oauth import exchange, people
from admonster_fb.sandbox.pixels import library as pixels
from admonster_fb.sandbox.pixels import stats
from admonster_fb.sandbox.project import Selection
from admonster_fb.sandbox.sources import SOURCES
from admonster_fb.sandbox.world import Call, Node

Handler = Callable[[Call, Node], Any]


def read_insights(call: Call, node: Node) -> Any:
    """Return a page of insights; a `fields` that can't be parsed is refused before its names are checked."""
    project.selections(call.params)
    return project.insights_edge(call, node, call.params)


def read_assigned_users(call: Call, account: Node) -> Any:
    """Return the users of an account; Meta requires the business they belong to."""
    accounts.check_business(call)
    return project.read_edge(call, account, accounts.ASSIGNED)


def read_activities(call: Call, node: Node) -> Any:
    """Return a page of what was changed."""
    activities.check(call.params)
    return project.read_edge(call, node, "activities")


def read_my_pages(call: Call, user: Node) -> Any:
    """Return a page of the caller's Pages, with their tokens unless other fields are requested."""
    requested = project.selections(call.params) or [Selection(name) for name in people.PAGE_FIELDS]
    return project.list_edge(call, user, people.PAGES_EDGE, call.params, requested)


READABLE = spec.names_in(
    "User Business AdAccount AdImage AdCreative Campaign AdSet Ad BusinessUser HighDemandPeriod IGUser "
    "IGMedia Comment IGComment ProductCatalog ProductSet ProductFeed ProductFeedUpload AdRule AdStudy "
    "AdStudyCell AdStudyObjective CustomAudience SavedAudience AdsPixel CustomConversion LeadgenForm"
)
OBJECTS = ("Campaign", "AdSet", "Ad")
listing.SOURCES.update(SOURCES)
HANDLERS: dict[tuple[str, str, str], Handler] = {
    **{(kind, "GET", edge): partial(project.read_edge, edge=edge) for kind, edge in SOURCES},
    **{(kind, "GET", ""): project.read for kind in READABLE},
    **{(kind, "GET", "insights"): read_insights for kind in sorted(project.INSIGHT_KINDS)},
    **{(kind, "POST", "insights"): reports.create for kind in sorted(project.INSIGHT_KINDS)},
    ("AdReportRun", "GET", ""): reports.read,
    ("AdReportRun", "GET", "insights"): reports.read_rows,
    **{(kind, "POST", ""): nodes.update for kind in OBJECTS},
    **{(kind, "DELETE", ""): nodes.delete for kind in OBJECTS},
    ("AdCreative", "DELETE", ""): creatives.delete,
    ("User", "GET", people.PAGES_EDGE): read_my_pages,
    ("User", "GET", exchange.PERMISSIONS): exchange.read_permissions,
    ("User", "DELETE", exchange.PERMISSIONS): exchange.take_back,
    ("User", "POST", people.TOKENS_EDGE): people.make_token,
    ("AdAccount", "POST", ""): accounts.update,
    ("AdAccount", "GET", "recommendations"): recommendations.read,
    ("AdAccount", "POST", "recommendations"): recommendations.apply,
    ("AdsPixel", "GET", "da_checks"): stats.catalog_checks,
    ("Business", "POST", "adaccount"): accounts.create,
    ("AdAccount", "GET", "assigned_users"): read_assigned_users,
    ("AdAccount", "POST", "assigned_users"): accounts.assign,
    ("AdAccount", "DELETE", "assigned_users"): accounts.unassign,
    **{(kind, "GET", "activities"): read_activities for kind in ("AdAccount", "AdSet")},
    ("Page", "GET", ""): forms.read_page,
    ("Page", "POST", "leadgen_forms"): forms.create,
    ("LeadgenForm", "POST", ""): forms.update,
    ("LeadgenForm", "DELETE", ""): forms.delete,
    **{(kind, "GET", "leads"): leads.read_leads for kind in ("LeadgenForm", "Ad")},
    ("LeadgenForm", "GET", "test_leads"): leads.read_tests,
    ("LeadgenForm", "POST", "test_leads"): leads.create_test,
    ("Lead", "GET", ""): leads.read,
    ("Lead", "DELETE", ""): leads.delete,
    **{(kind, "POST", "subscribed_apps"): hooks.install for kind in ("Page", "AdAccount")},
    **{(kind, "GET", "subscribed_apps"): hooks.installed for kind in ("Page", "AdAccount")},
    **{(kind, "DELETE", "subscribed_apps"): hooks.uninstall for kind in ("Page", "AdAccount")},
    ("AdAccount", "POST", "subscriptions"): hooks.create_fine,
    ("AdAccount", "GET", "subscriptions"): hooks.list_fine,
    **{("AdAccount", method, "subscriptions/"): hooks.one_fine for method in ("GET", "PATCH", "DELETE")},
    ("Application", "POST", "subscriptions"): hooks.subscribe_app,
    ("Application", "GET", "subscriptions"): hooks.read_app,
    ("Application", "DELETE", "subscriptions"): hooks.unsubscribe_app,
    ("PagePost", "GET", ""): posts.read_post,
    **{(kind, "POST", "comments"): posts.reply for kind in ("PagePost", "Comment", "IGMedia")},
    ("IGComment", "POST", "replies"): posts.reply,
    **{(kind, "POST", ""): posts.hide for kind in ("Comment", "IGComment")},
    ("ProductCatalog", "GET", "diagnostics"): catalogs.diagnostics,
    ("ProductCatalog", "GET", "event_stats"): catalogs.event_stats,
    ("ProductFeedUpload", "GET", "errors"): catalogs.errors,
    **{(kind, "POST", "copies"): copies.create for kind in OBJECTS},
    **{(kind, "POST", "budget_schedules"): schedules.create for kind in ("Campaign", "AdSet")},
    ("HighDemandPeriod", "POST", ""): schedules.update,
    ("HighDemandPeriod", "DELETE", ""): schedules.delete,
    ("AdAccount", "POST", "adrules_library"): rules.create,
    ("AdAccount", "GET", "adrules_history"): rules.read_history,
    ("AdRule", "GET", "history"): rules.read_history,
    ("AdRule", "POST", ""): rules.update,
    ("AdRule", "DELETE", ""): rules.delete,
    ("AdRule", "POST", "execute"): rules.execute,
    ("AdRule", "POST", "preview"): rules.preview,
    ("Business", "POST", "ad_studies"): studies.create,
    ("AdStudy", "POST", ""): studies.update,
    ("AdStudy", "DELETE", ""): studies.delete,
    ("AdStudyCell", "POST", ""): studies.update_cell,
    ("AdAccount", "POST", "customaudiences"): audiences.create,
    ("AdAccount", "DELETE", "usersofanyaudience"): uploads.remove_everywhere,
    ("CustomAudience", "POST", ""): audiences.update,
    ("CustomAudience", "DELETE", ""): audiences.delete,
    ("CustomAudience", "POST", "users"): partial(uploads.change, kind=state.ADD),
    ("CustomAudience", "DELETE", "users"): partial(uploads.change, kind=state.REMOVE),
    ("CustomAudience", "POST", "usersreplace"): uploads.replace,
    # The SDK writes where it reads, Meta's pages write to `ad_accounts`.
    **{("CustomAudience", "POST", edge): audiences.share for edge in ("adaccounts", "ad_accounts")},
    **{("CustomAudience", "DELETE", edge): audiences.unshare for edge in ("adaccounts", "ad_accounts")},
    ("AdAccount", "POST", "adspixels"): pixels.create,
    ("AdsPixel", "POST", ""): pixels.update,
    ("AdsPixel", "POST", "shared_accounts"): pixels.share,
    ("AdsPixel", "DELETE", "shared_accounts"): pixels.unshare,
    ("AdsPixel", "POST", "events"): pixels.receive,
    ("AdsPixel", "GET", "stats"): stats.read,
    ("AdAccount", "POST", "customconversions"): pixels.create_conversion,
    ("CustomConversion", "POST", ""): pixels.update_conversion,
    ("CustomConversion", "DELETE", ""): pixels.delete_conversion,
    **{("AdAccount", "POST", spec.CREATION_EDGES[kind]): partial(nodes.create, kind=kind) for kind in OBJECTS},
    ("AdAccount", "POST", "adcreatives"): creatives.create,
    ("AdAccount", "POST", "adimages"): images.upload,
    ("AdAccount", "DELETE", "adimages"): images.delete,
    ("AdAccount", "GET", "generatepreviews"): preview_html.generate,
    ("AdAccount", "GET", "targetingsearch"): targeting_help.find,
    ("AdAccount", "GET", "targetingbrowse"): targeting_help.browse,
    ("AdAccount", "GET", "targetingsuggestions"): targeting_help.suggest,
    ("AdAccount", "GET", "targetingvalidation"): targeting_help.validate,
    ("AdAccount", "GET", "reachestimate"): targeting_help.reach,
    **{(kind, "GET", "delivery_estimate"): targeting_help.delivery for kind in ("AdAccount", "AdSet")},
    **{(kind, "GET", "targetingsentencelines"): targeting_help.describe for kind in ("AdAccount", "AdSet")},
    ("AdAccount", "POST", "advideos"): videos.upload,
    ("AdVideo", "GET", ""): videos.read,
    ("AdVideo", "POST", ""): videos.update,
    ("AdVideo", "DELETE", ""): videos.delete,
    ("AdCreative", "POST", ""): creatives.update,
    ("AdCreative", "GET", "previews"): preview_html.of_node,
    ("Ad", "GET", "previews"): preview_html.of_node,
}
# Calls on the root of the graph, by path.
ROOT: dict[str, Callable[[Call], Any]] = {
    search.PATH: search.answer,
    exchange.PATH: exchange.answer,
    exchange.DEBUG_PATH: exchange.debug_token,
    stats.QUALITY_PATH: stats.quality,
}
PAGE_KINDS = frozenset(
    {"Page", "LeadgenForm", "Lead", "Application", "PagePost", "IGMedia", "IGUser", "Comment", "IGComment"}
)
CATALOG_KINDS = frozenset({"ProductCatalog", "ProductSet", "ProductFeed", "ProductFeedUpload"})
"""Kinds whose calls check their own permissions."""
BUSINESS_EDGES = frozenset({"businesses", "owned_ad_accounts", "client_ad_accounts"})


def answer(call: Call) -> Any:
    """Find the node and the handler, check the scope, and answer."""
    if call.path in ROOT:
        return ROOT[call.path](call)
    node_id, _, edge = call.path.partition("/")
    edge = exchange.split_edge(call, edge)
    if edge.startswith("subscriptions/"):
        edge = "subscriptions/"
    is_app = node_id == call.world.app.id
    node = Node(node_id, "Application", {}) if is_app else call.find(node_id)
    if node is None:
        raise missing_object(call.method, node_id)
    handler = HANDLERS.get((node.kind, call.method, edge))
    if handler is None:
        raise _not_modelled(call, node, edge)
    if need := _need(call, node, edge):
        call.token.check_scope(need)
    return handler(call, node)


def _need(call: Call, node: Node, edge: str) -> auth.Need | None:
    if node.kind in CATALOG_KINDS or edge.endswith("_product_catalogs"):
        return auth.READ_CATALOGS
    if edge in BUSINESS_EDGES or node.kind == "Business":
        return auth.READ_BUSINESS
    if (node.kind == "User" and edge != "adaccounts") or node.kind in PAGE_KINDS:
        return None
    return auth.READ_ADS if call.method == "GET" or edge == "insights" else auth.WRITE_ADS


def _not_modelled(call: Call, node: Node, edge: str) -> Exception:
    """Return the error for a call that is not modelled, that this node does not have, or that Meta does not know."""
    if spec.find(node.kind, call.method, edge):
        return NotModelled(call.method, call.path)
    if call.method != "GET":
        return missing_object(call.method, node.id)
    # Both refusals are in the recordings: a word known elsewhere, and one known nowhere.
    if edge in spec.all_names() and not views.exists(node.kind, edge):
        return views.nonexisting(node.kind, edge)
    return GraphError(2500, message=f"Unknown path components: /{edge}")
