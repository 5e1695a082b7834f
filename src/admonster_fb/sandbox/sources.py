"""Where the nodes of each edge come from: a table from (kind of node, edge) to the function that lists them."""

from __future__ import annotations

from admonster_fb.sandbox import accounts, activities, catalogs, posts, status, studies, times, videos
from admonster_fb.sandbox.adrules import matching, running
from admonster_fb.sandbox.adrules.properties import RULE, RuleNotModelled
from admonster_fb.sandbox.audiences import library
from admonster_fb.sandbox.convert import listed, truth
from admonster_fb.sandbox.errors import NotModelled
from admonster_fb.sandbox.leads import forms
from admonster_fb.sandbox.listing import Source
from admonster_fb.sandbox.oauth import people
from admonster_fb.sandbox.pixels import library as pixels
from admonster_fb.sandbox.validation import budgets
from admonster_fb.sandbox.world import Call, Node


def minimum_budgets(_call: Call, account: Node) -> list[Node]:
    """Return the smallest daily budgets of every currency; the account's own currency has the account's value."""
    own = {str(account.data["currency"]): budgets.minimum(account)}
    rows = []
    for currency, smallest in sorted({**budgets.MINIMUM, **own}.items()):
        floors = {f"min_daily_budget_{name}": smallest * factor for name, factor in budgets.FLOORS.items()}
        rows.append(Node(currency, "MinimumBudget", {"currency": currency, **floors}))
    return rows


def ads_volume(call: Call, account: Node) -> list[Node]:
    """Return the number of ads that run or are in review: of the account, of each Page, or of the Page `page_id`."""
    running = [ad for ad in call.store.of_kind("Ad") if _runs_or_is_in_review(call, ad)]
    own = [ad for ad in running if ad.data["account_id"] == account.data["account_id"]]
    page_id = call.params.get("page_id")
    if page_id is None and not truth(call.params.get("show_breakdown_by_actor", False)):
        return [Node(account.id, "AdAccountAdVolume", {"ads_running_or_in_review_count": len(own)})]
    rows = []
    for page in call.store.of_kind("Page"):
        everywhere, here = ([ad for ad in ads if _page_of(call, ad) == page.id] for ads in (running, own))
        data = {"ads_running_or_in_review_count": len(everywhere), "actor_id": page.id, "recommendations": []}
        data |= {"actor_name": page.data["name"], "limit_on_ads_running_or_in_review": ADS_OF_A_PAGE}
        data["current_account_ads_running_or_in_review_count"] = len(here)
        rows += [Node(page.id, "AdAccountAdVolume", data)] if page_id in (None, page.id) else []
    return rows


ADS_OF_A_PAGE = 250
"""Meta Business Help, ad volume: the limit of a Page whose advertisers spend under 100,000 USD in their best month."""


def _runs_or_is_in_review(call: Call, ad: Node) -> bool:
    """Return whether Meta counts an ad (insights-api/ads-volume): by statuses, and by the ad set's schedule."""
    account, adset = call.store.get(f"act_{ad.data['account_id']}"), call.store.get(str(ad.data["adset_id"]))
    now, shown = call.world.clock(), status.effective(call.store, ad)
    counts = shown == "ACTIVE" or (ad.data["status"] == "ACTIVE" and shown in ("PENDING_REVIEW", "IN_PROCESS"))
    if not counts or account is None or adset is None or account.data.get("account_status") not in (1, 8, 9):
        return False
    begins, ends = (adset.data.get(name) for name in ("start_time", "end_time"))
    return (not begins or times.parse(begins, "UTC") <= now) and (not ends or now < times.parse(ends, "UTC"))


def _page_of(call: Call, ad: Node) -> str:
    creative = call.store.get(str((ad.data.get("creative") or {}).get("id", "")))
    return str((creative.data.get("object_story_spec") or {}).get("page_id", "")) if creative else ""


def dsa_recommendations(call: Call, account: Node) -> list[Node]:
    """Return the probable beneficiaries and payers: the account's defaults, names used before, its business."""
    named = [account.data.get(f"default_dsa_{role}") for role in ("beneficiary", "payor")]
    for adset in call.store.children(account.id, "AdSet"):
        named += [adset.data.get("dsa_beneficiary"), adset.data.get("dsa_payor")]
    names = list(dict.fromkeys(str(name) for name in (*named, account.data.get("business_name")) if name))
    return [Node(account.id, "AdAccountDsaRecommendations", {"recommendations": names})] if names else []


def existing_rules(call: Call, account: Node) -> list[Node]:
    """Return the rules of an account, newest first, deleted ones left out."""
    return [rule for rule in call.store.children(account.id, RULE) if rule.data["status"] != "DELETED"][::-1]


def governing(call: Call, node: Node) -> list[Node]:
    """Return the rules that look at an object, or of them those it would pass now (`pass_evaluation`)."""
    account = call.store.nodes[f"act_{node.data['account_id']}"]
    rules = [rule for rule in existing_rules(call, account) if matching.governs(call.world, rule, node)]
    pass_evaluation = call.params.get("pass_evaluation") if call.path.endswith("/adrules_governed") else None
    if pass_evaluation is None:
        return rules
    try:
        return [rule for rule in rules if matching.passes(call.world, rule, node) is truth(pass_evaluation)]
    except RuleNotModelled as gap:
        raise NotModelled(call.method, call.path, str(gap)) from None


def _all(kind: str) -> Source:
    """Return the source of every object of a kind: each account may advertise for all Pages of the person behind it."""
    return lambda call, _: list(call.store.of_kind(kind))


def _children(kind: str) -> Source:
    return lambda call, node: list(call.store.children(node.id, kind))[::-1]


def _copies(call: Call, source: Node) -> list[Node]:
    siblings = call.store.children(f"act_{source.data['account_id']}", source.kind)
    link = f"source_{source.kind.lower()}_id"
    return [node for node in siblings if node.data.get(link) == source.id][::-1]


def _creatives_of_ads(call: Call, node: Node) -> list[Node]:
    ads = [node] if node.kind == "Ad" else list(call.store.children(node.id, "Ad"))
    ids = dict.fromkeys(str((ad.data.get("creative") or {}).get("id", "")) for ad in ads)
    return [creative for creative in map(call.store.get, ids) if creative]


def _pages_of(call: Call, business: Node, link: str) -> list[Node]:
    """Return the Pages of a business: the first business owns all unless a Page says otherwise."""
    first = next(call.store.of_kind("Business")).id
    return [
        page
        for page in call.store.of_kind("Page")
        if business.id in listed(page.hidden.get(link, [first] if link == "business" else []))
    ]


# Edges that list all children of a kind, newest first.
CHILDREN = {
    "AdAccount": {
        "campaigns": "Campaign", "adsets": "AdSet", "ads": "Ad", "adcreatives": "AdCreative", "adimages": "AdImage",
        "saved_audiences": "SavedAudience", "customconversions": "CustomConversion",
    },
    "AdSet": {"ads": "Ad"},
    "Business": {"business_users": "BusinessUser", "ad_studies": "AdStudy"},
    "Campaign": {"adsets": "AdSet", "ads": "Ad"},
    "ProductCatalog": {"product_sets": "ProductSet", "product_feeds": "ProductFeed"},
    "ProductFeed": {"uploads": "ProductFeedUpload"},
}  # fmt: skip
# Every edge that lists nodes, with the function that returns them before any filter.
SOURCES: dict[tuple[str, str], Source] = {
    **{(owner, edge): _children(kind) for owner, edges in CHILDREN.items() for edge, kind in edges.items()},
    ("User", "adaccounts"): lambda call, _: call.world.accounts(lambda account: account.id in call.token.accounts),
    ("User", "businesses"): lambda call, _: [
        node for node in call.store.of_kind("Business") if node.id in call.token.businesses
    ],
    ("User", people.PAGES_EDGE): people.my_pages,
    ("Business", "owned_pages"): lambda call, business: _pages_of(call, business, "business"),
    ("Business", "client_pages"): lambda call, business: _pages_of(call, business, "agencies"),
    ("Business", "owned_instagram_accounts"): lambda call, business: (
        list(call.store.of_kind("IGUser")) if _pages_of(call, business, "business") else []
    ),
    ("Page", "leadgen_forms"): forms.of_page,
    ("Page", "published_posts"): posts.of_page,
    ("IGUser", "media"): posts.of_instagram,
    ("PagePost", "reactions"): posts.reactions,
    **{(kind, "comments"): posts.comments for kind in ("PagePost", "Comment", "IGMedia")},
    ("IGComment", "replies"): posts.comments,
    **{("Business", edge): catalogs.of_business for edge in ("owned_product_catalogs", "client_product_catalogs")},
    ("Business", "owned_ad_accounts"): lambda call, business: call.world.accounts(
        lambda account: account.hidden.get("business") == business.id
    ),
    ("Business", "client_ad_accounts"): lambda call, business: call.world.accounts(
        lambda account: business.id in account.hidden.get("agencies", ())
    ),
    ("AdAccount", "advideos"): videos.of_account,
    ("AdVideo", "thumbnails"): videos.thumbnails,
    ("AdSet", "adcreatives"): _creatives_of_ads,
    ("Ad", "adcreatives"): _creatives_of_ads,
    ("AdAccount", "assigned_users"): accounts.assigned,
    ("AdAccount", "activities"): activities.rows,
    ("AdSet", "activities"): activities.rows_of_adset,
    ("AdAccount", "promote_pages"): _all("Page"),
    **{("AdAccount", edge): _all("IGUser") for edge in ("instagram_accounts", "connected_instagram_accounts")},
    ("AdAccount", "minimum_budgets"): minimum_budgets,
    ("AdAccount", "ads_volume"): ads_volume,
    ("AdAccount", "dsa_recommendations"): dsa_recommendations,
    ("AdAccount", "adrules_library"): existing_rules,
    ("AdAccount", "adrules_history"): running.rows_of_account,
    ("AdRule", "history"): running.rows,
    **{(kind, "adrules_governed"): governing for kind in ("Campaign", "AdSet", "Ad")},
    **{(kind, "ad_studies"): studies.containing for kind in ("AdAccount", "Campaign", "AdSet")},
    ("AdStudy", "cells"): studies.cells,
    ("AdStudy", "objectives"): studies.objectives,
    **{("AdStudyCell", name): studies.members(name) for name in ("adaccounts", "campaigns", "adsets")},
    ("AdAccount", "customaudiences"): library.of_account,
    ("CustomAudience", "adaccounts"): library.accounts,
    ("CustomAudience", "ads"): library.ads,
    ("CustomAudience", "sessions"): library.uploads,
    ("AdAccount", "adspixels"): pixels.of_account,
    **{("Business", edge): pixels.of_business for edge in ("adspixels", "owned_pixels")},
    **{("AdsPixel", edge): pixels.accounts for edge in ("adaccounts", "shared_accounts")},
    **{(kind, "copies"): _copies for kind in ("Campaign", "AdSet", "Ad")},
    **{(kind, "budget_schedules"): _children("HighDemandPeriod") for kind in ("Campaign", "AdSet")},
}
