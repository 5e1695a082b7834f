"""The goal matrix, pair by pair: transcribed a second time from Meta's pages, so that a slip in one shows."""

from __future__ import annotations

from typing import Any, get_args

from admonster_fb.enums import BillingEvent
from admonster_fb.rules import Context, Finding, check
from admonster_fb.rules import goal_matrix as matrix

VIDEO = "TWO_SECOND_CONTINUOUS_VIDEO_VIEWS"
SITE = ["OFFSITE_CONVERSIONS", "LANDING_PAGE_VIEWS", "LINK_CLICKS", "REACH", "IMPRESSIONS"]
APP_GOALS = ["OFFSITE_CONVERSIONS", "APP_INSTALLS_AND_OFFSITE_CONVERSIONS", "LINK_CLICKS", "REACH"]
CHAT = ["LINK_CLICKS", "REACH", "IMPRESSIONS"]
PAGE = {"page_id": "1"}
PIXEL = {"pixel_id": "1", "custom_event_type": "PURCHASE"}
APP = {"application_id": "1", "object_store_url": "https://apps.apple.com/app/id1"}
EVENT = {"custom_event_type": "PURCHASE"}

Row = tuple[str, str | None, list[str], dict[str, str]]
TABLE: list[Row] = [
    ("AWARENESS", None, ["AD_RECALL_LIFT", "REACH", "IMPRESSIONS", "THRUPLAY", VIDEO], PAGE),
    ("AWARENESS", None, ["REACH"], {"place_page_set_id": "1"}),
    ("TRAFFIC", None, ["LINK_CLICKS", "LANDING_PAGE_VIEWS", "REACH", "IMPRESSIONS"], {}),
    ("TRAFFIC", None, ["LINK_CLICKS", "REACH"], APP),
    ("TRAFFIC", "MESSENGER", CHAT, {}),
    ("TRAFFIC", "WHATSAPP", CHAT, PAGE),
    ("TRAFFIC", "PHONE_CALL", ["QUALITY_CALL", "LINK_CLICKS"], {}),
    ("TRAFFIC", "INSTAGRAM_PROFILE", ["VISIT_INSTAGRAM_PROFILE", "PROFILE_VISIT"], PAGE),
    ("ENGAGEMENT", "ON_POST", ["POST_ENGAGEMENT", "REACH"], {}),
    ("ENGAGEMENT", "ON_VIDEO", ["THRUPLAY", VIDEO], {}),
    ("ENGAGEMENT", "ON_PAGE", ["PAGE_LIKES"], PAGE),
    ("ENGAGEMENT", "ON_EVENT", ["EVENT_RESPONSES", "POST_ENGAGEMENT", "REACH", "IMPRESSIONS"], {}),
    ("ENGAGEMENT", "MESSENGER", ["CONVERSATIONS", "LINK_CLICKS", "LEAD_GENERATION"], PAGE),
    ("ENGAGEMENT", "WHATSAPP", ["CONVERSATIONS", "LINK_CLICKS"], PAGE),
    ("ENGAGEMENT", "INSTAGRAM_DIRECT", ["CONVERSATIONS", "LINK_CLICKS"], PAGE),
    ("ENGAGEMENT", None, SITE, PIXEL),
    ("ENGAGEMENT", None, APP_GOALS, APP),
    ("LEADS", "ON_AD", ["LEAD_GENERATION", "QUALITY_LEAD"], PAGE),
    ("LEADS", "LEAD_FROM_IG_DIRECT", ["LEAD_GENERATION"], PAGE),
    ("LEADS", "PHONE_CALL", ["QUALITY_CALL"], PAGE),
    ("LEADS", None, SITE, PIXEL),
    ("LEADS", "WEBSITE", SITE, PIXEL),
    ("LEADS", None, APP_GOALS, APP),
    ("SALES", None, [*SITE, "VALUE"], PIXEL),
    ("SALES", "WEBSITE", [*SITE, "VALUE"], PIXEL),
    ("SALES", None, ["OFFSITE_CONVERSIONS", "LINK_CLICKS", "REACH"], APP | EVENT),
    ("SALES", "MESSENGER", ["CONVERSATIONS", "OFFSITE_CONVERSIONS", *CHAT], PAGE | PIXEL),
    ("SALES", "WHATSAPP", ["OFFSITE_CONVERSIONS", *CHAT], PAGE | PIXEL),
    ("SALES", "PHONE_CALL", ["QUALITY_CALL"], PAGE),
    ("SALES", "WEBSITE", ["LINK_CLICKS", "OFFSITE_CONVERSIONS", "VALUE"], {"product_set_id": "1"}),
    ("SALES", "WEBSITE", ["OFFSITE_CONVERSIONS"], {"product_set_id": "1"} | EVENT),
    ("APP_PROMOTION", None, ["APP_INSTALLS", "LINK_CLICKS", "VALUE", *APP_GOALS[:2]], APP),
]
ENDED: Row = ("LEADS", "LEAD_FROM_MESSENGER", ["LEAD_GENERATION"], PAGE)
BILLED = {goal: ["IMPRESSIONS", goal] for goal in ("LINK_CLICKS", "THRUPLAY", VIDEO)}
GOALS = sorted({goal for _, _, goals, _ in TABLE for goal in goals})
CLICKS = {"LANDING_PAGE_VIEWS", "LINK_CLICKS", "REACH", "IMPRESSIONS"}

Pair = tuple[str, str | None, str, str, dict[str, str]]
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


def test_matrix_listed_pair_passes() -> None:
    allowed = {"IMPRESSIONS": {"goal-impressions"}}
    findings = {named(pair): {each.rule for each in found(pair)} - allowed.get(pair[2], set()) for pair in RIGHT}
    assert len(findings) > 100
    assert {name: rules for name, rules in findings.items() if rules} == {}


def _goals_elsewhere() -> list[Pair]:
    """Each destination with the goals of other rows."""
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


def _without_part() -> list[tuple[Pair, str]]:
    """Each combination that needs a promoted object, with each part of it taken away in turn."""
    wrong = []
    for objective, destination, goal, billing, promoted in RIGHT:
        for key in promoted:
            rest = {name: value for name, value in promoted.items() if name != key}
            optional = "product_set_id" in promoted or destination == "INSTAGRAM_PROFILE" or key == "place_page_set_id"
            event = key in ("pixel_id", "custom_event_type") and destination in (None, "WEBSITE")
            clicks = goal in CLICKS and event
            another = promoted == APP and key == "application_id" and objective == "TRAFFIC"
            if not (optional or clicks or another):
                wrong.append(((objective, destination, goal, billing, rest), key))
    return wrong


WRONG_GOALS, WRONG_BILLING, WITHOUT = _goals_elsewhere(), _billed_wrongly(), _without_part()


def test_matrix_goal_of_another_row_is_refused() -> None:
    assert len(WRONG_GOALS) >= 200
    assert [pair for pair in WRONG_GOALS if ("goal-objective", "optimization_goal") not in errors(pair)] == []


def test_matrix_billing_event_of_another_goal_is_refused() -> None:
    assert len(WRONG_BILLING) >= 200
    assert [pair for pair in WRONG_BILLING if errors(pair) != [("billing-goal", "billing_event")]] == []


def test_matrix_missing_part_of_the_promoted_object_is_refused() -> None:
    assert len(WITHOUT) >= 40
    missed = [(pair, key) for pair, key in WITHOUT if ("promoted-object", f"promoted_object.{key}") not in errors(pair)]
    pairs = {"custom_event_type", "pixel_id", "application_id", "object_store_url"}  # a rule of their own
    assert [(pair, key) for pair, key in missed if key not in pairs] == []
    wrong = [pair for pair, key in missed if ("promoted-object-pairs", f"promoted_object.{key}") not in errors(pair)]
    assert wrong == []


def test_matrix_pixel_for_click_goals_is_advised_not_required() -> None:
    for objective in ("ENGAGEMENT", "LEADS", "SALES"):
        for goal in sorted(CLICKS):
            verdicts = {(each.rule, each.severity) for each in found((objective, None, goal, "IMPRESSIONS", {}))}
            assert ("promoted-object-advised", "warning") in verdicts, (objective, goal)
            assert "error" not in {severity for _, severity in verdicts}, (objective, goal)


def test_matrix_refused_goal_names_fitting_goals_and_destinations() -> None:
    refused = next(
        each
        for each in found(("LEADS", None, "LEAD_GENERATION", "IMPRESSIONS", PIXEL))
        if each.rule == "goal-objective"
    )
    assert refused.subcode == 2490408
    assert "LANDING_PAGE_VIEWS" in refused.message
    assert "ON_AD" in refused.fix


def test_matrix_ended_destination_is_refused_only_for_new_ad_sets() -> None:
    pair: Pair = (*ENDED[:2], ENDED[2][0], "IMPRESSIONS", ENDED[3])
    assert errors(pair) == [("destination-ended", "destination_type")]
    assert found(pair, update=True) == []


def test_matrix_destination_with_disagreeing_sources_is_a_warning() -> None:
    for objective, destination in (
        ("TRAFFIC", "WEBSITE"),
        ("ENGAGEMENT", "MESSAGING_MESSENGER_WHATSAPP"),
        ("AWARENESS", "WHATSAPP"),
        ("LEADS", "APP"),
    ):
        findings = found((objective, destination, "LINK_CLICKS", "IMPRESSIONS", PAGE | APP))
        assert ("destination-doubtful", "warning") in [(each.rule, each.severity) for each in findings], objective
        assert "destination-objective" not in [each.rule for each in findings], objective


DESTINATIONS = sorted({destination for _, destination, _, _ in TABLE if destination} - {"WEBSITE"})
KNOWN = {(row.objective.removeprefix("OUTCOME_"), row.destination) for row in matrix.rows()}
ELSEWHERE = [
    (objective, destination)
    for objective in ("AWARENESS", "TRAFFIC", "ENGAGEMENT", "LEADS", "SALES", "APP_PROMOTION")
    for destination in DESTINATIONS
    if (objective, destination) not in KNOWN
]


def test_matrix_destination_of_another_objective_is_refused() -> None:
    pairs: list[Pair] = [(*where, "LINK_CLICKS", "IMPRESSIONS", PAGE | APP) for where in ELSEWHERE]
    assert len(pairs) > 30
    assert [pair for pair in pairs if ("destination-objective", "destination_type") not in errors(pair)] == []


def test_matrix_rows_equal_the_table() -> None:
    """No row too few or too many, but for the doubtful and the ended."""
    sure = [row for row in matrix.rows() if not (row.doubtful or row.ended)]
    ours = {(row.objective, row.destination, goal) for row in sure for goal in row.goals}
    theirs = {
        (f"OUTCOME_{objective}", destination, goal) for objective, destination, goals, _ in TABLE for goal in goals
    }
    assert ours == theirs


def test_matrix_rows_have_billing_and_attribution() -> None:
    app = next(row for row in matrix.rows() if row.objective == "OUTCOME_APP_PROMOTION")
    assert app.billing["LINK_CLICKS"] == ("IMPRESSIONS", "LINK_CLICKS")
    assert app.attribution["APP_INSTALLS"][-1] == "1d_click+1d_ev+1d_view"
    assert app.attribution["OFFSITE_CONVERSIONS"] == ("1d_click", "7d_click")
    web = next(row for row in matrix.rows() if row.objective == "OUTCOME_SALES" and row.thing == "site")
    assert web.attribution["OFFSITE_CONVERSIONS"] == ("1d_click", "7d_click", "1d_click+1d_view", "7d_click+1d_view")


WINDOWS = {"click": "CLICK_THROUGH", "view": "VIEW_THROUGH", "ev": "ENGAGED_VIDEO_VIEW"}


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
