"""The goal matrix, pair by pair: transcribed a second time from Meta's pages, so that a slip in one shows."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest

from admonster_fb.enums import BillingEvent
from admonster_fb.rules import Context, Finding, check
from admonster_fb.rules import goal_matrix as matrix

VIDEO = "TWO_SECOND_CONTINUOUS_VIDEO_VIEWS"
SITE = ["OFFSITE_CONVERSIONS", "LANDING_PAGE_VIEWS", "LINK_CLICKS", "REACH", "IMPRESSIONS"]
APP_GOALS = ["OFFSITE_CONVERSIONS", "APP_INSTALLS_AND_OFFSITE_CONVERSIONS", "LINK_CLICKS", "REACH"]
CHAT = ["LINK_CLICKS", "REACH", "IMPRESSIONS"]
SHOWN = ["AD_RECALL_LIFT", "REACH", "IMPRESSIONS", "THRUPLAY", VIDEO]
CHATS = [
    "MESSAGING_INSTAGRAM_DIRECT_MESSENGER",
    "MESSAGING_INSTAGRAM_DIRECT_MESSENGER_WHATSAPP",
    "MESSAGING_INSTAGRAM_DIRECT_WHATSAPP",
    "MESSAGING_MESSENGER_WHATSAPP",
]
PAGE = {"page_id": "1"}
PIXEL = {"pixel_id": "1", "custom_event_type": "PURCHASE"}
APP = {"application_id": "1", "object_store_url": "https://apps.apple.com/app/id1"}
APPS = {"application_id": "1", "object_store_urls": ["https://apps.apple.com/app/id1"]}
EVENT = {"custom_event_type": "PURCHASE"}
SET = {"product_set_id": "1"}

Row = tuple[str, str | None, list[str], dict[str, Any]]
TABLE: list[Row] = [
    *(("AWARENESS", place, SHOWN, PAGE) for place in (None, "WEBSITE")),
    ("AWARENESS", None, ["REACH"], {"place_page_set_id": "1"}),
    *(("AWARENESS", place, SHOWN, PAGE) for place in ("MESSENGER", "WHATSAPP", "INSTAGRAM_DIRECT", *CHATS)),
    ("AWARENESS", "PHONE_CALL", ["QUALITY_CALL"], {}),
    *(("TRAFFIC", place, ["LANDING_PAGE_VIEWS", *CHAT], {}) for place in (None, "WEBSITE")),
    *(
        ("TRAFFIC", place, ["LINK_CLICKS", "REACH", "IMPRESSIONS", "OFFSITE_CONVERSIONS"], app)
        for place in (None, "APP")
        for app in (APP, APPS)
    ),
    ("TRAFFIC", "MESSENGER", ["CONVERSATIONS", *CHAT], {}),
    ("TRAFFIC", "MESSENGER", ["CONVERSATIONS", *CHAT], PAGE),
    *(
        ("TRAFFIC", place, ["CONVERSATIONS", "LANDING_PAGE_VIEWS", "POST_ENGAGEMENT", *CHAT], PAGE)
        for place in ("WHATSAPP", "INSTAGRAM_DIRECT")
    ),
    *(
        (objective, place, ["CONVERSATIONS"], PAGE)
        for objective in ("TRAFFIC", "ENGAGEMENT", "SALES")
        for place in CHATS
    ),
    ("TRAFFIC", "PHONE_CALL", ["QUALITY_CALL", "LINK_CLICKS"], {}),
    *(
        ("TRAFFIC", place, ["PROFILE_VISIT"], PAGE)
        for place in ("INSTAGRAM_PROFILE", "FACEBOOK_PAGE", "INSTAGRAM_PROFILE_AND_FACEBOOK_PAGE")
    ),
    ("ENGAGEMENT", "ON_POST", ["POST_ENGAGEMENT", "REACH", "LINK_CLICKS"], PAGE),
    ("ENGAGEMENT", "ON_VIDEO", ["THRUPLAY", VIDEO], {}),
    ("ENGAGEMENT", "ON_PAGE", ["PAGE_LIKES", "IMPRESSIONS", "POST_ENGAGEMENT", "REACH"], PAGE),
    ("ENGAGEMENT", "ON_EVENT", ["EVENT_RESPONSES", "POST_ENGAGEMENT", "REACH", "IMPRESSIONS"], {}),
    (
        *("ENGAGEMENT", "MESSENGER"),
        *(["CONVERSATIONS", "LINK_CLICKS", "LEAD_GENERATION", "IMPRESSIONS", "POST_ENGAGEMENT"], PAGE),
    ),
    *(("ENGAGEMENT", place, ["CONVERSATIONS", "LINK_CLICKS"], PAGE) for place in ("WHATSAPP", "INSTAGRAM_DIRECT")),
    ("ENGAGEMENT", "PHONE_CALL", ["QUALITY_CALL"], {}),
    ("ENGAGEMENT", "INSTAGRAM_PROFILE", ["PROFILE_VISIT"], PAGE),
    ("ENGAGEMENT", None, ["POST_ENGAGEMENT", "THRUPLAY", "PAGE_LIKES", "CONVERSATIONS"], PAGE),
    *(
        (objective, place, ["ONSITE_CONVERSIONS", *SITE], PIXEL)
        for objective in ("ENGAGEMENT", "LEADS")
        for place in (None, "WEBSITE")
    ),
    *((objective, place, APP_GOALS, APP) for objective in ("ENGAGEMENT", "LEADS") for place in (None, "APP")),
    ("LEADS", "ON_AD", ["LEAD_GENERATION", "QUALITY_LEAD", "LINK_CLICKS", "QUALITY_CALL"], PAGE),
    *(
        ("LEADS", place, ["LEAD_GENERATION", "QUALITY_LEAD"], PAGE | {"pixel_id": "1"})
        for place in ("ON_AD", "MESSENGER")
    ),
    ("LEADS", "MESSENGER", ["LEAD_GENERATION", "QUALITY_LEAD"], PAGE),
    ("LEADS", "WHATSAPP", ["CONVERSATIONS"], PAGE),
    ("LEADS", "LEAD_FROM_IG_DIRECT", ["LEAD_GENERATION"], PAGE),
    *(
        (objective, "PHONE_CALL", ["QUALITY_CALL"], promoted)
        for objective in ("LEADS", "SALES")
        for promoted in ({}, PAGE)
    ),
    *(("SALES", place, [*SITE, "VALUE"], PIXEL) for place in (None, "WEBSITE")),
    *(
        (
            "SALES",
            place,
            ["LINK_CLICKS", "OFFSITE_CONVERSIONS", "VALUE", "IMPRESSIONS", "POST_ENGAGEMENT", "REACH", "CONVERSATIONS"],
            SET,
        )
        for place in (None, "WEBSITE", "FACEBOOK", "SHOP_AUTOMATIC", "APPLINKS_AUTOMATIC")
    ),
    ("SALES", "WEBSITE", ["OFFSITE_CONVERSIONS"], SET | EVENT),
    *(("SALES", place, ["OFFSITE_CONVERSIONS", "LINK_CLICKS", "REACH"], APP | EVENT) for place in (None, "APP")),
    ("SALES", None, ["OFFSITE_CONVERSIONS"], {"omnichannel_object": {"app": []}}),
    *(
        ("SALES", place, ["CONVERSATIONS", "OFFSITE_CONVERSIONS", *CHAT], promoted)
        for place in ("MESSENGER", "WHATSAPP", "INSTAGRAM_DIRECT")
        for promoted in (PAGE, PAGE | PIXEL)
    ),
    *(
        ("APP_PROMOTION", place, ["APP_INSTALLS", "VALUE", "IMPRESSIONS", *APP_GOALS], app)
        for place in (None, "APP")
        for app in (APP, APPS)
    ),
]
UNIONS = {
    "AWARENESS": f"REACH IMPRESSIONS AD_RECALL_LIFT THRUPLAY {VIDEO} QUALITY_CALL",
    "TRAFFIC": "LINK_CLICKS LANDING_PAGE_VIEWS OFFSITE_CONVERSIONS IMPRESSIONS POST_ENGAGEMENT REACH CONVERSATIONS "
    "THRUPLAY VISIT_INSTAGRAM_PROFILE PROFILE_VISIT QUALITY_CALL REMINDERS_SET",
    "ENGAGEMENT": f"THRUPLAY POST_ENGAGEMENT EVENT_RESPONSES PAGE_LIKES IMPRESSIONS REACH {VIDEO} LINK_CLICKS "
    "CONVERSATIONS LEAD_GENERATION OFFSITE_CONVERSIONS ONSITE_CONVERSIONS LANDING_PAGE_VIEWS QUALITY_CALL "
    "PROFILE_VISIT VISIT_INSTAGRAM_PROFILE REMINDERS_SET APP_INSTALLS_AND_OFFSITE_CONVERSIONS",
    "LEADS": "OFFSITE_CONVERSIONS ONSITE_CONVERSIONS LEAD_GENERATION QUALITY_LEAD LANDING_PAGE_VIEWS LINK_CLICKS "
    "IMPRESSIONS REACH VALUE CONVERSATIONS QUALITY_CALL APP_INSTALLS_AND_OFFSITE_CONVERSIONS",
    "SALES": "OFFSITE_CONVERSIONS VALUE LANDING_PAGE_VIEWS IMPRESSIONS POST_ENGAGEMENT REACH LINK_CLICKS CONVERSATIONS "
    "QUALITY_CALL",
    "APP_PROMOTION": "APP_INSTALLS OFFSITE_CONVERSIONS APP_INSTALLS_AND_OFFSITE_CONVERSIONS IMPRESSIONS LINK_CLICKS "
    "REACH VALUE VIDEO_VIEWS",
}
"""All goals that any source lists for an objective."""
ENDED: Row = ("LEADS", "LEAD_FROM_MESSENGER", ["LEAD_GENERATION"], PAGE)
BILLED = {goal: ["IMPRESSIONS", goal] for goal in ("LINK_CLICKS", "THRUPLAY", VIDEO)}
GOALS = sorted({goal for goals in UNIONS.values() for goal in goals.split()})
CLICKS = {"LANDING_PAGE_VIEWS", "LINK_CLICKS", "REACH", "IMPRESSIONS"}

Pair = tuple[str, str | None, str, str, dict[str, Any]]
RIGHT: list[Pair] = [
    (objective, destination, goal, billing, promoted)
    for objective, destination, goals, promoted in TABLE
    for goal in goals
    for billing in BILLED.get(goal, ["IMPRESSIONS"])
]


def found(pair: Pair, **more: Any) -> list[Finding]:
    objective, destination, goal, billing, promoted = pair
    params = {
        "name": "US",
        "campaign_id": "1",
        "daily_budget": 2000,
        "optimization_goal": goal,
        "billing_event": billing,
        "targeting": {"geo_locations": {"countries": ["US"]}},
        **({"destination_type": destination} if destination else {}),
        **({"promoted_object": promoted} if promoted else {}),
    }
    context = Context(campaign={"objective": f"OUTCOME_{objective}", "special_ad_categories": []})
    return check("adset", params, context, **more)


def errors(pair: Pair) -> list[tuple[str, str]]:
    return [(each.rule, each.field) for each in found(pair) if each.severity == "error"]


def named(pair: Pair) -> str:
    return "-".join(str(part) for part in pair[:4]) + "-" + "+".join(pair[4])


@pytest.mark.thorough
def test_matrix_listed_pair_passes() -> None:
    allowed = {"IMPRESSIONS": {"goal-impressions"}}
    findings = {named(pair): {each.rule for each in found(pair)} - allowed.get(pair[2], set()) for pair in RIGHT}
    assert len(findings) > 100
    assert {name: rules for name, rules in findings.items() if rules} == {}


def _goals_elsewhere() -> list[Pair]:
    """Each destination with the goals that are not in its row."""
    wrong = []
    for objective, destination, _, promoted in TABLE:
        own = {goal for o, d, goals, _ in TABLE if (o, d) == (objective, destination) for goal in goals}
        wrong += [(objective, destination, goal, "IMPRESSIONS", promoted) for goal in GOALS if goal not in own]
    return list({named(pair): pair for pair in wrong}.values())


def _billed_wrongly() -> list[Pair]:
    """Each listed goal with all that it cannot be billed by."""
    events = [event for event in get_args(BillingEvent) if event != "NONE"]
    return [
        (objective, destination, goal, billing, promoted)
        for objective, destination, goals, promoted in TABLE
        for goal in goals
        for billing in events
        if billing not in BILLED.get(goal, ["IMPRESSIONS"]) and (goal, billing) != ("PAGE_LIKES", "PAGE_LIKES")
    ]


FIRM = {"WHATSAPP", "INSTAGRAM_DIRECT", "ON_AD", "LEAD_FROM_IG_DIRECT", *CHATS}
WRONG_GOALS, WRONG_BILLING = _goals_elsewhere(), _billed_wrongly()


@pytest.mark.thorough
def test_matrix_goal_outside_its_objective_is_refused_and_within_it_only_warned_about() -> None:
    assert len(WRONG_GOALS) >= 400
    wrong = []
    for pair in WRONG_GOALS:
        of_goal = {(each.rule, each.severity) for each in found(pair) if each.field == "optimization_goal"}
        value_of_app = pair[0] == "SALES" and pair[2] == "VALUE" and "application_id" in pair[4]
        if pair[2] not in UNIONS[pair[0]].split() or value_of_app:
            wrong += [] if ("goal-objective", "error") in of_goal else [pair]
        elif "error" in {severity for _, severity in of_goal} or of_goal == set():
            narrowed = [row for row in TABLE if row[:2] == pair[:2] and pair[2] in row[2]]
            wrong += [] if narrowed else [pair]
    assert wrong == []


@pytest.mark.thorough
def test_matrix_billing_event_of_another_goal_is_refused() -> None:
    assert len(WRONG_BILLING) >= 200
    outside = {"CLICKS", "LISTING_INTERACTION", "OFFER_CLAIMS", "PURCHASE"}
    wrong = []
    for pair in WRONG_BILLING:
        verdicts = [(each.severity, each.field) for each in found(pair) if each.rule == "billing-goal"]
        if verdicts != [("warning" if pair[3] in outside else "error", "billing_event")]:
            wrong.append(pair)
    assert wrong == []


@pytest.mark.thorough
def test_matrix_page_of_a_chat_or_form_and_app_of_an_app_goal_are_required() -> None:
    without: list[Pair] = [
        (*pair[:4], {key: value for key, value in pair[4].items() if key != missing})
        for pair in RIGHT
        for missing in ("page_id", "application_id")
        if missing in pair[4]
    ]
    assert len(without) >= 100
    wrong = []
    for pair in without:
        objective, destination, goal, _, _ = pair
        messenger = destination == "MESSENGER" and objective in ("ENGAGEMENT", "LEADS", "SALES")
        page = destination in FIRM or messenger
        firm = page or (objective == "APP_PROMOTION" or goal.startswith("APP_INSTALLS"))
        refused = [rule for rule, _ in errors(pair) if rule == "promoted-object"]
        if bool(refused) is not firm:
            wrong.append(pair)
    assert wrong == []


def test_matrix_pixel_for_click_goals_is_advised_not_required() -> None:
    for objective in ("ENGAGEMENT", "LEADS", "SALES"):
        for goal in sorted(CLICKS):
            verdicts = {(each.rule, each.severity) for each in found((objective, None, goal, "IMPRESSIONS", {}))}
            assert ("promoted-object-advised", "warning") in verdicts, (objective, goal)
            assert "error" not in {severity for _, severity in verdicts}, (objective, goal)


def test_matrix_refused_goal_names_fitting_goals() -> None:
    refused = next(
        each for each in found(("SALES", None, "THRUPLAY", "IMPRESSIONS", PIXEL)) if each.severity == "error"
    )
    assert (refused.rule, refused.subcode) == ("goal-objective", 2490408)
    assert "LANDING_PAGE_VIEWS" in refused.fix
    assert "IMPRESSIONS" not in refused.fix


def test_matrix_ended_destination_is_only_warned_about() -> None:
    pair: Pair = (*ENDED[:2], ENDED[2][0], "IMPRESSIONS", ENDED[3])
    assert [(each.rule, each.severity) for each in found(pair)] == [("destination-ended", "warning")]
    assert [each.rule for each in found(pair, update=True)] == ["fixed-promoted-object"]


OBJECTIVES = [*UNIONS]
DESTINATIONS = sorted({destination for _, destination, _, _ in TABLE if destination})
LISTED = {(objective, destination) for objective, destination, _, _ in [*TABLE, ENDED]}


def test_matrix_unlisted_destination_is_a_warning_except_forms_under_engagement() -> None:
    elsewhere = [(o, d) for o in OBJECTIVES for d in DESTINATIONS if (o, d) not in LISTED]
    assert len(elsewhere) > 60
    verdicts = {
        where: {
            (each.rule, each.severity)
            for each in found((*where, "REACH", "IMPRESSIONS", PAGE | APP))
            if each.field == "destination_type"
        }
        for where in elsewhere
    }
    doubtful = ("destination-doubtful", "warning")
    assert ("destination-objective", "error") in verdicts.pop(("ENGAGEMENT", "ON_AD"))
    assert {where: given for where, given in verdicts.items() if given != {doubtful}} == {}


def test_matrix_unknown_values_are_warned_about_and_misspelt_ones_refused() -> None:
    def severities(**params: Any) -> list[tuple[str, str]]:
        context = Context(campaign={"objective": "OUTCOME_TRAFFIC", "special_ad_categories": []})
        return [(each.severity, each.fix) for each in check("adset", params, context, update=True)]

    for name, unknown, misspelt, right in (
        ("destination_type", "HOLODECK", "WHATSAP", "WHATSAPP"),
        ("destination_type", "FACEBOOK_LIVE", "instagram direct", "INSTAGRAM_DIRECT"),
        ("optimization_goal", "NEW_GOAL", "LINK_CLICK", "LINK_CLICKS"),
        ("optimization_goal", "MESSAGING_PURCHASE_CONVERSION", "landing_page_views", "LANDING_PAGE_VIEWS"),
        ("billing_event", "LISTING_INTERACTION", "IMPRESSION", "IMPRESSIONS"),
    ):
        assert [severity for severity, _ in severities(**{name: unknown})] == ["warning"], unknown
        refused = severities(**{name: misspelt})
        assert [severity for severity, _ in refused] == ["error"], misspelt
        assert right in refused[0][1], misspelt


def test_matrix_unknown_objective_is_warned_about_and_a_misspelt_one_refused() -> None:
    base = {"name": "A", "special_ad_categories": [], "is_adset_budget_sharing_enabled": False}
    for objective, severity in (("OUTCOME_NEW", "warning"), ("OUTCOME_TRAFIC", "error"), ("LINK_CLICKS", "error")):
        assert [each.severity for each in check("campaign", base | {"objective": objective})] == [severity], objective


def test_matrix_rows_equal_the_table() -> None:
    """No row too few or too many, but for the one that ended."""
    ours = {
        (row.objective, row.destination, goal)
        for row in matrix.rows()
        for goal in row.goals
        if row.destination != ENDED[1]
    }
    theirs = {
        (f"OUTCOME_{objective}", destination, goal) for objective, destination, goals, _ in TABLE for goal in goals
    }
    assert ours == theirs
    assert {objective: {*goals.split()} for objective, goals in UNIONS.items()} == {
        objective.removeprefix("OUTCOME_"): {*goals} for objective, goals in matrix.GOALS_OF.items()
    }


def test_matrix_rows_have_billing_and_attribution() -> None:
    app = next(row for row in matrix.rows() if row.objective == "OUTCOME_APP_PROMOTION")
    assert app.billing["LINK_CLICKS"] == ("IMPRESSIONS", "LINK_CLICKS")
    assert app.attribution["APP_INSTALLS"][-1] == "1d_click+1d_ev+1d_view"
    assert app.attribution["OFFSITE_CONVERSIONS"] == ("1d_click", "7d_click")
    web = next(row for row in matrix.rows() if row.objective == "OUTCOME_SALES" and row.thing == "site")
    assert web.attribution["OFFSITE_CONVERSIONS"] == ("1d_click", "7d_click", "1d_click+1d_view", "7d_click+1d_view")


WINDOWS = {"click": "CLICK_THROUGH", "view": "VIEW_THROUGH", "ev": "ENGAGED_VIDEO_VIEW"}


@pytest.mark.thorough
def test_matrix_every_window_of_a_row_is_accepted() -> None:
    refused = []
    for row in matrix.rows():
        for goal, allowed in row.attribution.items():
            for windows in allowed:
                spec = [
                    {"event_type": WINDOWS[event], "window_days": int(days[:-1])}
                    for days, event in (part.split("_") for part in windows.split("+"))
                ]
                params = {
                    "optimization_goal": goal,
                    "attribution_spec": spec,
                    "destination_type": row.destination or "UNDEFINED",
                    "promoted_object": dict.fromkeys(row.promoted_object, "1"),
                }
                findings = check("adset", params, Context(campaign={"objective": row.objective}), update=True)
                if any(each.rule.startswith("attribution") for each in findings):
                    refused.append((row, goal, windows))
    assert refused == []


def _values(text: str) -> list[str]:
    return [word for word in re.findall(r"[A-Z][A-Z_]{3,}", text) if word in {*GOALS, *DESTINATIONS}]


@pytest.mark.thorough
def test_matrix_no_advice_names_a_value_that_is_refused() -> None:
    """Each goal, destination and billing event that a message offers is checked in its place."""
    wrong, offered = [], 0
    places = sorted({(row[0], row[1] or "", str(row[3])): row for row in [*TABLE, ENDED]}.items())
    for _, (objective, destination, _, promoted) in places:
        for goal in [*GOALS, "FOO", "LINK_CLICK"]:
            for each in found((objective, destination, goal, "IMPRESSIONS", promoted)):
                if each.field != "optimization_goal":
                    continue
                for value in _values(each.fix):
                    offered += 1
                    again = found((objective, destination, value, "IMPRESSIONS", promoted))
                    if (
                        any(one.severity == "error" and one.field == each.field for one in again)
                        and goal != "LINK_CLICK"
                    ):
                        wrong.append((objective, destination, goal, value))
    assert offered > 1000
    assert wrong == []


def test_matrix_no_advice_on_floors_and_frequency_names_a_refused_goal() -> None:
    for objective, goals in UNIONS.items():
        campaign = {"objective": f"OUTCOME_{objective}", "special_ad_categories": []}
        for params in (
            {"optimization_goal": "LINK_CLICKS", "bid_constraints": {"roas_average_floor": 10000}},
            {"optimization_goal": "LINK_CLICKS", "frequency_control_specs": [{"event": "IMPRESSIONS"}]},
        ):
            for each in check("adset", params, Context(campaign=campaign), update=True):
                if each.rule in ("roas-goal", "frequency-goal"):
                    assert {*_values(each.fix)} <= {*goals.split()}, (objective, each.fix)


def test_matrix_a_row_says_whether_it_is_doubtful() -> None:
    for row in matrix.rows():
        doubt = ["doubtful"] if row.doubtful else []
        assert row.description == "; ".join([*filter(None, [row.note.removesuffix(".")]), *doubt])
