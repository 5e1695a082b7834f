"""The sandbox agrees with the facts, but for the differences listed here, which may only become fewer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admonster_fb import facts
from admonster_fb.sandbox import Sandbox, convert, graph
from admonster_fb.sandbox.audiences import constants as audiences
from admonster_fb.sandbox.audiences import rules as audience_rules
from admonster_fb.sandbox.errors import DEFAULTS, REFUSALS, GraphError
from admonster_fb.sandbox.insights.periods import MONTHS_KEPT
from admonster_fb.sandbox.insights.query import MONTHS_OF_DETAIL
from admonster_fb.sandbox.validation import adset, bids, budgets, campaign, check, creative, geo, matrix, targeting

KNOWN_DIFFERENCES: dict[str, dict[Any, Any]] = {
    "goals": {
        ("OUTCOME_APP_PROMOTION", "APP"): ("", "IMPRESSIONS REACH"),
        ("OUTCOME_AWARENESS", "PHONE_CALL"): ("", "QUALITY_CALL"),
        ("OUTCOME_ENGAGEMENT", ""): ("", "CONVERSATIONS ONSITE_CONVERSIONS PAGE_LIKES POST_ENGAGEMENT THRUPLAY"),
        ("OUTCOME_ENGAGEMENT", "INSTAGRAM_PROFILE"): ("", "PROFILE_VISIT"),
        ("OUTCOME_ENGAGEMENT", "MESSAGING_INSTAGRAM_DIRECT_MESSENGER"): ("LINK_CLICKS", ""),
        ("OUTCOME_ENGAGEMENT", "MESSAGING_INSTAGRAM_DIRECT_MESSENGER_WHATSAPP"): ("LINK_CLICKS", ""),
        ("OUTCOME_ENGAGEMENT", "MESSAGING_INSTAGRAM_DIRECT_WHATSAPP"): ("LINK_CLICKS", ""),
        ("OUTCOME_ENGAGEMENT", "MESSAGING_MESSENGER_WHATSAPP"): ("LINK_CLICKS", ""),
        ("OUTCOME_ENGAGEMENT", "MESSENGER"): ("", "IMPRESSIONS POST_ENGAGEMENT"),
        ("OUTCOME_ENGAGEMENT", "ON_PAGE"): ("", "IMPRESSIONS POST_ENGAGEMENT REACH"),
        ("OUTCOME_ENGAGEMENT", "ON_POST"): ("", "LINK_CLICKS"),
        ("OUTCOME_ENGAGEMENT", "PHONE_CALL"): ("", "QUALITY_CALL"),
        ("OUTCOME_LEADS", ""): ("", "ONSITE_CONVERSIONS"),
        ("OUTCOME_LEADS", "ON_AD"): ("", "LINK_CLICKS QUALITY_CALL"),
        ("OUTCOME_LEADS", "WHATSAPP"): ("", "CONVERSATIONS"),
        ("OUTCOME_SALES", ""): ("", "CONVERSATIONS POST_ENGAGEMENT"),
        ("OUTCOME_SALES", "APPLINKS_AUTOMATIC"): ("", "POST_ENGAGEMENT"),
        ("OUTCOME_SALES", "FACEBOOK"): ("", "POST_ENGAGEMENT"),
        ("OUTCOME_SALES", "SHOP_AUTOMATIC"): ("", "POST_ENGAGEMENT"),
        ("OUTCOME_SALES", "WHATSAPP"): ("", "CONVERSATIONS"),
        ("OUTCOME_TRAFFIC", "APP"): ("", "IMPRESSIONS OFFSITE_CONVERSIONS"),
        ("OUTCOME_TRAFFIC", "INSTAGRAM_DIRECT"): ("", "CONVERSATIONS POST_ENGAGEMENT"),
        ("OUTCOME_TRAFFIC", "MESSAGING_INSTAGRAM_DIRECT_MESSENGER"): ("", "CONVERSATIONS"),
        ("OUTCOME_TRAFFIC", "MESSAGING_INSTAGRAM_DIRECT_MESSENGER_WHATSAPP"): ("", "CONVERSATIONS"),
        ("OUTCOME_TRAFFIC", "MESSAGING_INSTAGRAM_DIRECT_WHATSAPP"): ("", "CONVERSATIONS"),
        ("OUTCOME_TRAFFIC", "MESSAGING_MESSENGER_WHATSAPP"): ("", "CONVERSATIONS"),
        ("OUTCOME_TRAFFIC", "MESSENGER"): ("", "CONVERSATIONS"),
        ("OUTCOME_TRAFFIC", "WHATSAPP"): ("", "CONVERSATIONS LANDING_PAGE_VIEWS POST_ENGAGEMENT"),
    },
    "goals of objectives": {
        "OUTCOME_AWARENESS": ("", "QUALITY_CALL"),
        "OUTCOME_TRAFFIC": ("", "CONVERSATIONS OFFSITE_CONVERSIONS POST_ENGAGEMENT THRUPLAY"),
        "OUTCOME_ENGAGEMENT": ("", "ONSITE_CONVERSIONS PROFILE_VISIT QUALITY_CALL VISIT_INSTAGRAM_PROFILE"),
        "OUTCOME_LEADS": ("", "CONVERSATIONS ONSITE_CONVERSIONS VALUE"),
        "OUTCOME_SALES": ("", "POST_ENGAGEMENT"),
        "OUTCOME_APP_PROMOTION": ("", "IMPRESSIONS REACH VIDEO_VIEWS"),
    },
    "promoted object": {
        ("OUTCOME_AWARENESS", "PHONE_CALL", "call", ()): "page_id",
        ("OUTCOME_TRAFFIC", None, "app", ("application_id", "object_store_urls")): "object_store_url",
        ("OUTCOME_TRAFFIC", "APP", "app", ("application_id", "object_store_urls")): "object_store_url",
        ("OUTCOME_LEADS", "PHONE_CALL", "call", ()): "page_id",
        ("OUTCOME_SALES", "MESSENGER", "chat", ("page_id",)): "custom_event_type pixel_id",
        ("OUTCOME_SALES", "WHATSAPP", "chat", ("page_id",)): "custom_event_type pixel_id",
        ("OUTCOME_SALES", "PHONE_CALL", "call", ()): "page_id",
        ("OUTCOME_APP_PROMOTION", None, "app", ("application_id", "object_store_urls")): "object_store_url",
        ("OUTCOME_APP_PROMOTION", "APP", "app", ("application_id", "object_store_urls")): "object_store_url",
    },
    "billing": {},
    "geo": {},
    "targeting": {},
    "accepted requests": {
        "SALES, OFFSITE_CONVERSIONS with pixel_id alone": "100",
        "SALES, OFFSITE_CONVERSIONS with event_id and custom_event_type": "100",
        "SALES, OFFSITE_CONVERSIONS with offline_conversion_data_set_id and custom_event_type": "100",
        "SALES, OFFSITE_CONVERSIONS with conversion_goal_id": "100",
        "APP_PROMOTION, APP_INSTALLS with object_store_urls": "100",
        "AWARENESS, REACH without promoted_object": "100",
        "LEADS, PHONE_CALL, QUALITY_CALL without promoted_object": "100",
        "SALES, PHONE_CALL, QUALITY_CALL without promoted_object": "100",
        "LEADS, destination left out, LEAD_GENERATION with page_id": "100/2490408",
        "TRAFFIC, INSTAGRAM_PROFILE, LINK_CLICKS with page_id": "100/2490408",
        "adset_schedule with timezone_type user": "100",
        "relaxed targeting without advantage_audience": "100/1870227",
        "FINANCIAL_PRODUCTS_SERVICES in Germany, ages 25 to 60": "100/2909034",
        "51 to 90 locales": "100",
        "a call to action with app_destination and no link": "100/2061015",
        "a lead form without a link": "100/2061015",
        "the same image twice with other crops and labels": "100/1815629",
        "one asset_customization_rule": "100",
        "message extensions in an ordinary ad set": "100/1487929",
        "branded_content with a Facebook boost token alone": "100",
        "object_story_spec with instagram_user_id and no page_id": "100",
        "a feature with customizations and no enroll_status": "100/3858082",
        "template_data without product_set_id": "100/1487831",
    },
    "errors": {
        (12, None): "unknown",
        (17, None): "unknown",
        (100, 1815001): "unknown",
    },
    "transient": {},
    "regional rules": {
        "dsa_payor": (3858081, 3858079),
        "dsa_beneficiary": (3858079, 3858081),
    },
    "special ad categories": {
        "places": "metro_areas small_geo_areas",
    },
    "versions": {
        "live": (("v25.0", "v26.0"), ("v25.0", "v26.0", "v27.0")),
    },
    "field limits": {},
    "retention": {},
}
"""By subject: what differs, and how (the sandbox's side, then the facts' side)."""


def _report(subject: str, found: Mapping[Any, Any]) -> list[str]:
    """Return a line for each difference that is not known, and for each known one that is gone."""
    known = KNOWN_DIFFERENCES[subject]
    new = [f"differs: {key!r}: {found[key]!r}," for key in found if known.get(key) != found[key]]
    return new + [f"no longer differs, remove it: {key!r}" for key in known if key not in found]


def _place(row: facts.Row, destination: str | None) -> str:
    """Return the destination as the sandbox's matrix names it."""
    if row.promotes == "app":
        return matrix.APP
    return matrix.SITE if destination in (None, "WEBSITE") else destination


def _goals() -> tuple[dict[tuple[str, str], set[str]], dict[tuple[str, str], set[str]]]:
    """Return documented and doubtful goals by objective and the sandbox's destination."""
    sure: dict[tuple[str, str], set[str]] = {}
    doubtful: dict[tuple[str, str], set[str]] = {}
    for row in facts.rows("goal_matrix"):
        for destination in row.destinations:
            key = (row.objective, _place(row, destination))
            sure.setdefault(key, set()).update(row.goals, row.older_goals)
            doubtful.setdefault(key, set()).update(row.doubtful_goals)
    return sure, doubtful


def test_goals_by_destination() -> None:
    sure, doubtful = _goals()
    found = {}
    for key in sorted(sure.keys() | {(o, d) for o, rows in matrix.MATRIX.items() for d in rows}):
        rows = matrix.MATRIX[key[0]]
        allowed = rows.get(key[1]) or frozenset[str]().union(*rows.values())
        allowed |= matrix.OTHER_GOALS
        refused = sure.get(key, set()) - allowed
        beyond = rows.get(key[1], frozenset()) - sure.get(key, set()) - doubtful.get(key, set())
        if refused or beyond:
            found[key] = (" ".join(sorted(beyond)), " ".join(sorted(refused)))
    assert _report("goals", found) == []


def test_goals_by_objective() -> None:
    found = {}
    for row in facts.rows("goals_by_objective"):
        ours = frozenset[str]().union(*matrix.MATRIX[row.objective].values())
        if ours != {*row.goals} - matrix.OTHER_GOALS:
            theirs = {*row.goals} - matrix.OTHER_GOALS
            found[row.objective] = (" ".join(sorted(ours - theirs)), " ".join(sorted(theirs - ours)))
    assert _report("goals of objectives", found) == []


def _demanded(objective: str, destination: str, goal: str) -> tuple[tuple[str, ...], ...]:
    return tuple(
        keys
        for need in matrix.NEEDS
        if objective in need.objectives
        and (not need.destinations or destination in need.destinations)
        and (not need.goals or goal in need.goals)
        for keys in need.keys
    )


def test_promoted_object_of_the_facts_is_enough() -> None:
    found = {}
    for row in facts.rows("goal_matrix"):
        if row.promotes == "website and app":
            continue
        for destination in row.destinations:
            place = _place(row, destination)
            for keys in row.promoted_object or ((),):
                lacking = {
                    groups[0]
                    for goal in (*row.goals, *row.older_goals)
                    for groups in _demanded(row.objective, place, goal)
                    if not {*groups} & {*keys}
                }
                if lacking:
                    found[(row.objective, destination, row.promotes, keys)] = " ".join(sorted(lacking))
    assert _report("promoted object", found) == []


def test_billing() -> None:
    found = {}
    for row in facts.rows("billing_events"):
        ours = {matrix.BILLING[row.goal]} if row.goal in matrix.BILLING else set[str]()
        if ours != {*row.also} and not (row.stay_open and not ours):
            found[row.goal] = (" ".join(ours), " ".join(row.also))
    assert _report("billing", found) == []


def test_places() -> None:
    found = {}
    for row in facts.rows("geo_limits"):
        ours: Any = geo.LIMITS.get(row.kind)
        theirs: Any = row.value
        if row.limit == "radius":
            ours, theirs = geo.RADII[row.kind][row.unit], (row.low, row.high)
        if row.limit != "form" and ours != theirs:
            found[(row.kind, row.limit, row.unit)] = (ours, theirs)
    assert _report("geo", found) == []


def test_targeting() -> None:
    theirs = {row.field: (row.low, row.high) for row in facts.rows("targeting_limits")}
    ours: dict[str, tuple[int | None, int | None]] = {name: (None, most) for name, most in targeting.LIMITS.items()}
    ours["flexible_spec groups"] = ours.pop("flexible_spec")
    ours["age_min"] = ours["age_max"] = (targeting.AGES[0], targeting.AGES[-1])
    ours["age_min with Advantage+ audience"] = (targeting.ADULT, targeting.ADVANTAGE_AGE)
    ours["age_max with Advantage+ audience"] = (targeting.OLDEST, targeting.OLDEST)
    ours["genders"] = (min(targeting.GENDERS), max(targeting.GENDERS))
    found = {name: (ours[name], theirs.get(name)) for name in ours if ours[name] != theirs.get(name)}
    assert _report("targeting", found) == []


def test_currencies() -> None:
    offsets = {row.currency: row.offset for row in facts.rows("currencies")}
    assert {name: convert.offset(name) for name, offset in offsets.items() if offset is not None} == {
        name: offset for name, offset in offsets.items() if offset is not None
    }
    assert budgets.MINIMUM.keys() - offsets.keys() == set()


def test_error_numbers_are_known() -> None:
    rows = facts.rows("error_numbers")
    pairs = {(row.code, row.subcode) for row in rows}
    subcodes = {row.subcode for row in rows}
    found = {pair: "unknown" for pair in DEFAULTS if pair not in pairs and (pair[1] is None or pair[1] not in subcodes)}
    found |= {(100, subcode): "unknown" for subcode in REFUSALS if subcode not in subcodes}
    assert _report("errors", found) == []


def test_transient_errors_can_be_retried() -> None:
    retry = {(row.code, row.subcode): row.retry for row in facts.rows("error_numbers")}
    found = {}
    for pair, default in DEFAULTS.items():
        if default.transient and retry.get(pair, retry.get((pair[0], None))) == "no":
            found[pair] = "transient, but never to be retried"
    assert _report("transient", found) == []


def test_beneficiary_and_payer() -> None:
    theirs = {}
    for row in facts.rows("regional_rules"):
        if row.subject in ("dsa_payor", "dsa_beneficiary"):
            theirs[row.subject] = int(row.statement.removesuffix(".").rpartition("/")[2])
    ours = dict(targeting.TRANSPARENCY)
    found = {name: (ours[name], theirs[name]) for name in theirs if ours[name] != theirs[name]}
    assert _report("regional rules", found) == []


def test_special_ad_categories() -> None:
    theirs = {name for row in facts.rows("special_ad_categories") for name in row.categories}
    found: dict[str, Any] = {}
    if {*campaign.CATEGORIES} != theirs:
        found["values"] = (sorted({*campaign.CATEGORIES} - theirs), sorted(theirs - {*campaign.CATEGORIES}))
    narrow = next(row for row in facts.rows("special_ad_categories") if row.rule == "genders")
    if {*narrow.categories} != targeting.SPECIAL:
        found["narrowed"] = (sorted(targeting.SPECIAL), sorted(narrow.categories))
    barred = {"zips", "subcities", "neighborhoods", "electoral_districts", "small_geo_areas", "metro_areas"}
    if {*targeting.SPECIAL_PLACES} != barred:
        found["places"] = " ".join(sorted(barred - {*targeting.SPECIAL_PLACES}))
    assert geo.WIDE == {"mile": 15, "kilometer": 25}
    assert geo.EUROPEAN_KILOMETERS == 15
    assert _report("special ad categories", found) == []


def test_live_versions() -> None:
    rows = facts.rows("versions")
    today = max(row.date for row in rows).isoformat()
    live = tuple(row.version for row in rows if row.marketing_until is None or row.marketing_until > today)
    found = {} if live == graph.LIVE_VERSIONS else {"live": (graph.LIVE_VERSIONS, live)}
    assert _report("versions", found) == []


def test_field_limits() -> None:
    theirs = {(row.object, row.field): (row.low, row.high) for row in facts.rows("field_limits")}
    ours: dict[tuple[str, str], tuple[float | None, float | None]] = {
        ("ad set", "name"): (None, adset.LONGEST_NAME),
        ("creative", "name"): (None, creative.LONGEST_NAME),
        ("creative", "child_attachments (carousel cards)"): (creative.CARDS[0], creative.CARDS[-1]),
        ("ad set", "bid_constraints.roas_average_floor"): (bids.ROAS_FLOOR[0], bids.ROAS_FLOOR[-1]),
        ("ad set", "frequency_control_specs.interval_days"): (bids.FREQUENCY_RANGE[0], bids.FREQUENCY_RANGE[-1]),
        ("ad set", "frequency_control_specs.max_frequency"): (bids.FREQUENCY_RANGE[0], bids.FREQUENCY_RANGE[-1]),
        ("ad set", "budget changes per hour"): (None, budgets.CHANGES_PER_HOUR),
        ("campaign", "ad sets under a campaign budget"): (None, campaign.FROZEN_BEYOND),
        ("audience", "rows in one users request"): (None, audiences.MOST_ROWS),
        ("audience", "invalid_entry_samples"): (None, audiences.MOST_SAMPLES),
        ("audience", "rules in a rule spec"): (None, audience_rules.MOST_RULES),
        ("audience", "filters in a rule spec"): (None, audience_rules.MOST_FILTERS),
        ("ad account", "customer lists"): (None, audiences.LIMITS[audiences.LIST]),
        ("ad account", "website audiences"): (None, audiences.LIMITS[audiences.WEBSITE]),
        ("ad account", "app audiences"): (None, audiences.LIMITS[audiences.APP]),
        ("ad account", "lookalikes"): (None, audiences.LIMITS[audiences.LOOKALIKE]),
        ("ad account", "engagement audiences"): (None, audiences.LIMITS[audiences.ENGAGEMENT]),
    }
    found = {name: (ours[name], theirs[name]) for name in ours if ours[name] != theirs[name]}
    assert _report("field limits", found) == []


def test_retention() -> None:
    theirs = {row.subject: row.months for row in facts.rows("insights_retention")}
    ours = {
        "totals": MONTHS_KEPT,
        "unique counts with breakdowns": MONTHS_OF_DETAIL,
        "hourly breakdowns": MONTHS_OF_DETAIL,
    }
    found = {name: (ours[name], theirs[name]) for name in ours if ours[name] != theirs[name]}
    assert _report("retention", found) == []


_ADSET = {
    "name": "A",
    "daily_budget": 5000,
    "billing_event": "IMPRESSIONS",
    "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
    "status": "PAUSED",
    "targeting": {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}},
}
_TYPES = {"campaign": "Campaign", "adset": "AdSet", "creative": "AdCreative", "ad": "Ad"}
_IMAGE = "0" * 32


def _refusal(row: facts.Row) -> str | None:
    """Return how the sandbox refuses a request, None if it does not."""
    store = Sandbox(history=0).world.store
    account = store.nodes["act_1"]
    own = {"account_id": account.data["account_id"], "status": "PAUSED", "name": "A"}
    store.add("AdImage", {"account_id": own["account_id"], "hash": _IMAGE}, id=f"1:{_IMAGE}")
    params = dict(row.params)
    special = params.pop("special_ad_categories", [])
    above = {**own, "objective": row.objective, "special_ad_categories": special, "special_ad_category_country": ["DE"]}
    above_id = store.add("Campaign", {**above, "is_adset_budget_sharing_enabled": False}).id
    if row.kind == "campaign":
        params["special_ad_categories"] = special
    if row.kind == "adset":
        params = {name: value for name, value in {**_ADSET, **params}.items() if value is not None}
        params["campaign_id"] = above_id
    if row.kind == "ad":
        inside = {**own, "campaign_id": above_id, "optimization_goal": "LINK_CLICKS", "billing_event": "IMPRESSIONS"}
        params["adset_id"] = store.add("AdSet", inside).id
    if row.kind == "creative":
        params = {"name": "A", **params}
    try:
        check("create", _TYPES[row.kind], None, account, params, store)
    except GraphError as error:
        return f"{error.code}/{error.subcode}" if error.subcode else str(error.code)
    return None


def test_accepted_requests_are_not_refused() -> None:
    # The sandbox has not so many markets in its catalogue.
    asked = [row for row in facts.rows("accepted_requests") if row.rule != "geo-counts"]
    found = {row.request: refusal for row in asked if (refusal := _refusal(row))}
    assert _report("accepted requests", found) == []
