"""Why ads do not deliver: broken deliveries of the sandbox, alone and in pairs, and the recorded rows."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from broken_deliveries import CASES, FRESH, ONE, PAIRS, broken, diagnosed
from recordings import recordings
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.analysis.diagnosis import (
    ACCOUNT_STATUSES,
    CAUSES,
    CHECKS,
    ISSUES,
    STAGES,
    DeliveryState,
    Unit,
    problems,
)
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.registry import registry
from admonster_fb.enums import ACCOUNT_STATUS
from admonster_fb.models.ad import Ad
from admonster_fb.models.adaccount import AdAccount
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import NO_SPEND_CAP
from admonster_fb.sandbox import GraphError, Sandbox
from admonster_fb.workflows.diagnose import diagnose

DOCS = Path(__file__).parents[2] / "docs" / "diagnose.md"
FEW = ["bill-unpaid", "campaign-paused", "rejected-in-translation", "bid-cap", "issue-of-new-code", "pixel-silent"]


def first(*names: str, of: str = "act_1") -> str:
    found = diagnosed(*names, of=of).problems
    return found[0].cause.code if found else "none"


@pytest.mark.thorough
@table("name", FEW)
def test_a_broken_delivery_is_named_first(name: str) -> None:
    assert first(name) == ONE[name]


@pytest.mark.slow
def test_every_broken_delivery_and_pair_is_named_first_never_another_one() -> None:
    assert len(CASES) >= 40
    found = {(names, of): first(*names, of=of) for names in CASES for of in ("act_1", "campaign", "adset", "ad")}
    assert {case: code for case, code in found.items() if code != CASES[case[0]]} == {}


def test_every_broken_delivery_of_the_sandbox_has_its_cause_here() -> None:
    assert {*ONE} == {*Sandbox(history=0).broken_deliveries}
    assert {name for pair in PAIRS for name in pair} <= {*ONE}


def test_every_cause_is_found_by_a_case_or_needs_an_object_without_ads() -> None:
    assert {*CAUSES} - {*ONE.values()} == {"campaign_empty", "adset_empty"}


ORDER = {
    "account: status": "account_disabled account_risk_review account_closed account_unknown_status",
    "account: bill": "account_unsettled account_pending_settlement account_grace_period",
    "account: funding": "no_payment_method prepaid_balance_empty pending_billing_info",
    "account: spend cap": "account_spend_limit",
    "status: paused": "campaign_paused adset_paused ad_paused",
    "status: archived or deleted": "campaign_archived adset_archived ad_archived",
    "nothing below": "campaign_empty adset_empty",
    "schedule": "not_started ended outside_hours",
    "budget": "lifetime_budget_spent daily_budget_spent no_budget",
    "spend caps and minimums": "campaign_spend_cap adset_spend_cap budget_reserved",
    "audience": "audience_too_small audience_not_ready",
    "learning": "learning learning_limited",
    "bid": "bid_too_low",
    "creative": "creative_deleted creative_with_issues creative_in_process creative_fatigue",
    "review": "ad_rejected in_review adset_review_feedback",
    "placement": "rejected_on_placements rejected_on_all_placements",
    "issues: known codes": "audience_gone post_unavailable not_certified special_category_targeting seen_without_text",
    "issues: unknown": "issue issue_warning failed_check issue_without_reason in_process unknown_status",
    "pixel": "pixel_unavailable pixel_silent pixel_event_missing",
    "no cause": "new_ad no_reason",
}
"""What a diagnosis looks for, as `docs/meta-rules.md#delivery` has it, with its causes."""


def test_everything_that_the_facts_name_has_its_causes_and_nothing_else_is_one() -> None:
    assert sorted(" ".join(ORDER.values()).split()) == sorted(CAUSES)


@pytest.mark.slow
def test_the_call_that_cures_a_cause_is_one_that_the_tool_takes() -> None:
    wrong, seen = {}, set()
    for names in CASES:
        for problem in diagnosed(*names).problems:
            if problem.op:
                known = registry()[problem.op].schema["properties"]
                seen.add(problem.cause.code)
                if unknown := {*problem.args, *problem.choose} - {*known}:
                    wrong[names] = problem.op, unknown
    assert wrong == {}
    assert {code for code, cause in CAUSES.items() if cause.op} - seen == {"campaign_empty", "adset_empty"}


@pytest.mark.slow
def test_the_text_of_every_broken_delivery_names_its_cause_and_evidence() -> None:
    wrong = {}
    for name, code in ONE.items():
        text = FacebookTool(broken(name)[1]).call({"op": "diagnose", "args": {}}).text
        if not re.search(rf"1\. [A-Z ]+ {code} \(.*\n   Evidence: .+: .+\n(?s:.*)   Cure: ", text):
            wrong[name] = text
    assert wrong == {}


@pytest.mark.thorough
@table("name", ["rejected", "card-expired", "learning", "rejected-on-instagram"])
def test_evidence_of_several_parts_is_text(name: str) -> None:
    text = FacebookTool(broken(name)[1]).call({"op": "diagnose", "args": {}}).text
    assert f" {ONE[name]} (" in text, text


@table("spent, found", [(499, []), (500, ["adset_spend_cap"]), (501, ["adset_spend_cap"]), (None, [])])
def test_the_limit_of_an_ad_set_stops_it_once_it_is_spent(spent: int | None, found: list[str]) -> None:
    known = {} if spent is None else {"2": spent}
    for name in ("daily_spend_cap", "lifetime_spend_cap"):
        assert state(AdSet.from_api({"id": "2", "status": "ACTIVE", name: "500"}), spent=known) == found
    assert state(AdSet(id="2", status="ACTIVE", daily_spend_cap=NO_SPEND_CAP), spent={"2": 10**9}) == []


@pytest.mark.thorough
def test_the_sandbox_spends_no_more_than_the_limits_of_an_ad_set() -> None:
    for name, lasts in (("adset-daily-limit", 1), ("adset-lifetime-limit", 2)):
        sandbox, fb, ad_id = broken(name)
        before = fb.insights.list(ad_id, fields=["spend"], date_preset="maximum")[0].spend
        sandbox.advance(days=lasts / 24)
        assert fb.insights.list(ad_id, fields=["spend"], date_preset="maximum")[0].spend == before, name


@pytest.mark.thorough
@table(
    "minimum, status, codes",
    [
        ("1999", "ACTIVE", ["no_reason"]),
        ("2000", "ACTIVE", ["budget_reserved"]),
        ("2000", "PAUSED", ["no_reason"]),
    ],
)
def test_only_what_active_ad_sets_must_spend_is_taken_from_the_budget(
    minimum: str, status: str, codes: list[str]
) -> None:
    sandbox, fb, ad_id = broken("budget-reserved")
    campaign = sandbox.object(ad_id)["campaign_id"]
    other = next(each["id"] for each in sandbox.objects("AdSet", campaign) if each["name"] == "Favoured")
    sandbox.change(other, daily_min_spend_target=minimum, status=status)
    assert [problem.cause.code for problem in diagnose(fb, ad_id).problems] == codes


def test_codes_and_statuses_of_meta_lead_to_causes_that_exist() -> None:
    assert {*ISSUES.values(), *ACCOUNT_STATUSES.values(), *CHECKS.values()} <= {*CAUSES}
    assert {*ACCOUNT_STATUSES} == {*ACCOUNT_STATUS} - {1, 201, 202}
    stages = [STAGES.index(cause.stage) for cause in CAUSES.values()]
    assert stages == sorted(stages), "the table is in the order of a diagnosis"


@pytest.mark.thorough
def test_a_healthy_account_has_no_cause_and_what_was_paused_long_ago_is_none(fb: FacebookAds) -> None:
    found = diagnose(fb, "act_1")
    assert (found.ads, found.delivering, found.problems) == (6, 6, [])


@pytest.mark.slow
def test_the_cause_of_one_ad_is_named_first_while_the_rest_of_the_account_delivers() -> None:
    wrong = {}
    for name, code in ONE.items():
        sandbox = Sandbox()
        sandbox.break_delivery(name, sandbox.objects("Ad", "act_1")[3]["id"])
        if name not in FRESH:
            sandbox.advance(days=2)
        found = [problem.cause.code for problem in diagnose(FacebookAds.sandbox(sandbox), "act_1").problems]
        if found[:1] != [code]:
            wrong[name] = found
    assert wrong == {}


@pytest.mark.thorough
def test_an_account_in_which_all_is_paused_says_so(fb: FacebookAds, sandbox: Sandbox) -> None:
    for campaign in sandbox.objects("Campaign", "act_1"):
        if campaign["status"] == "ACTIVE":
            fb.campaigns.update(campaign["id"], status="PAUSED")
    cause = diagnose(fb, "act_1").problems[0]
    assert (cause.cause.code, cause.actor, cause.op) == ("campaign_paused", "Sandbox User", "bulk_update_campaigns")
    assert cause.time == sandbox.now()
    assert len(cause.more) == 1
    assert {*cause.args["campaign_ids"]} == {cause.id, *cause.more}
    tool = FacebookTool(fb)
    text = tool.call({"op": "diagnose", "args": {}}).text
    assert all(f'{node_id} "{name}"' in text for node_id, name in cause.more.items())
    plan = re.search(r"plan_[0-9a-f]+", tool.call({"op": cause.op, "args": dict(cause.args)}).text)
    assert plan
    assert tool.call({"op": "apply", "args": {"plan_id": plan[0]}}).ok
    assert {sandbox.object(each)["status"] for each in cause.args["campaign_ids"]} == {"ACTIVE"}


@pytest.mark.thorough
def test_objects_without_anything_in_them(fb: FacebookAds, sandbox: Sandbox) -> None:
    params: Any = {"objective": "OUTCOME_TRAFFIC", "special_ad_categories": [], "status": "ACTIVE"}
    campaign = fb.campaigns.create("act_3", name="Empty", **params).id
    assert [each.cause.code for each in diagnose(fb, campaign).problems] == ["campaign_empty"]
    sandbox.seed("AdSet", account_id="3", campaign_id=campaign, name="Empty", status="ACTIVE", daily_budget="500")
    assert [each.cause.code for each in diagnose(fb, campaign).problems] == ["adset_empty"]


def test_what_the_token_may_not_read_is_a_note_and_no_cause() -> None:
    sandbox, fb, _ = broken("rejected")
    sandbox.fail_next("GET act_1/activities", GraphError(200, message="(#200) No permission"))
    sandbox.fail_next("GET act_1", GraphError(200, message="(#200) Requires MANAGE"), times=2)
    found = diagnose(fb, "act_1")
    assert found.problems[0].cause.code == "ad_rejected"
    assert len(found.notes) == 2


def state(adset: AdSet, ad: Ad | None = None, **more: Any) -> list[str]:
    ad = ad or Ad(id="3", status="ACTIVE", adset_id="2", effective_status="ACTIVE")
    account = AdAccount(id="act_1", account_status=1, funding_source="9")  # type: ignore[call-arg]
    known = DeliveryState(datetime(2026, 11, 1, tzinfo=UTC), account, adsets=[adset], ads=[ad], **more)
    return [problem.cause.code for problem in problems(known, [Unit(None, adset, ad)])]


def test_recorded_rows_of_the_learning_phase() -> None:
    found = {}
    for name, recording in recordings("delivery").items():
        for row in recording.body["data"] if "learning" in name else ():
            found[name] = state(AdSet.from_api({**row, "id": "2", "status": "ACTIVE"}))
    assert [codes for name, codes in found.items() if "fail" in name] == [["learning_limited"]] * 2
    assert [codes for name, codes in found.items() if "fail" not in name] == [[], []]


def test_placements_and_checks_and_feedback_of_an_ad_set() -> None:
    adset = AdSet(id="2", status="ACTIVE", effective_status="ACTIVE")
    places = {"placement_specific": {"instagram": {"MUSIC": "Outro áudio."}}}
    ad = Ad(id="3", status="ACTIVE", adset_id="2", effective_status="ACTIVE", ad_review_feedback=places)
    assert state(adset, ad) == ["rejected_on_placements"]
    assert state(adset, ad, placements={"2": ["instagram"]}) == ["rejected_on_all_placements"]
    checked = Ad.from_api(
        {**dict(ad), "ad_review_feedback": None, "failed_delivery_checks": [{"check_name": "new_one"}]}
    )
    assert state(adset, checked) == ["failed_check"]
    told = AdSet.from_api({"id": "2", "status": "ACTIVE", "review_feedback": "Bitte prüfen"})
    assert state(told) == ["adset_review_feedback"]


@table(
    "field, value",
    [
        ("learning_stage_info", {"status": "NEW_WORD", "last_sig_edit_ts": "soon"}),
        ("issues_info", [{"error_code": "0x1", "error_type": "HARD_ERROR"}, {}]),
        ("adset_schedule", [{"days": ["0"]}]),
        ("promoted_object", {"pixel_id": 8}),
        ("budget_remaining", "12.5"),
        ("effective_status", "ON_HOLD"),
        ("bid_constraints", {"roas_average_floor": "x"}),
    ],
)
def test_odd_values_of_meta_are_shown_and_break_nothing(field: str, value: Any) -> None:
    assert isinstance(state(AdSet.from_api({"id": "2", "status": "ACTIVE", field: value})), list)


def test_a_daily_budget_that_is_spent_says_so_only_of_its_own_day() -> None:
    spent = AdSet(id="2", status="ACTIVE", daily_budget=500, budget_remaining=0)
    assert state(spent) == ["daily_budget_spent"]
    later = AdSet(id="2", status="ACTIVE", start_time=datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=1))
    assert state(later) == ["not_started"]


def test_the_text_names_evidence_cure_and_unknown_codes() -> None:
    _, fb, _ = broken("issue-of-new-code")
    text = FacebookTool(fb).call({"op": "diagnose", "args": {}}).text
    assert "1. STOPS issue (issues)" in text
    assert "issues_info: 9999999" in text
    assert 'Meta says: "Une raison inconnue"' in text
    assert "Cure: Do what Meta's text says." in text


@pytest.mark.thorough
def test_why_did_my_ads_stop_is_answered_and_cured_in_four_calls() -> None:
    """As a model does that sees the tool alone: each call comes from the text before."""
    sandbox, fb, ad_id = broken("campaign-paused")
    tool, calls = FacebookTool(fb), 0

    def call(op: str, **args: Any) -> str:
        nonlocal calls
        calls += 1
        result = tool.call({"op": op, "args": args})
        assert result.ok, result.text
        return result.text

    listing = call("help", query="why did my ads stop")
    op = listing.splitlines()[1].partition(":")[0]
    found = call(op)
    assert "STOPS campaign_paused" in found
    campaign = re.search(r'"campaign_id": "(\d+)"', found)
    assert campaign
    plan = re.search(r"plan_[0-9a-f]+", call("update_campaign", campaign_id=campaign[1], status="ACTIVE"))
    assert plan
    call("apply", plan_id=plan[0])
    assert sandbox.effective_status(ad_id) == "ACTIVE"
    assert calls <= 8


def test_the_table_of_the_documentation_is_the_table_of_causes() -> None:
    text = DOCS.read_text("utf-8")
    assert [code for code in CAUSES if f"| `{code}` |" not in text] == []
    assert [name for name in ONE if f"| {name} |" not in text] == []


QUIET = ["no-payment-method", "card-expired", "bid-cap", "audience-small", "account-limit", "no-reason"]


@pytest.mark.thorough
@table("name", QUIET)
def test_what_stopped_in_the_night_is_named_on_the_next_morning(name: str) -> None:
    sandbox = Sandbox()
    for ad in sandbox.objects("Ad", "act_1"):
        sandbox.break_delivery(name, ad["id"])
    sandbox.advance(days=26 / 24)
    found = diagnose(FacebookAds.sandbox(sandbox), "act_1")
    assert (found.delivering, found.problems[0].cause.code) == (0, ONE[name])


@table("zone, code", [("USER", "no_reason"), ("ADVERTISER", "outside_hours"), (None, "outside_hours")])
def test_hours_in_the_time_zone_of_those_who_see_the_ad_are_somewhere_now(zone: str | None, code: str) -> None:
    rows = [{"start_minute": 600, "end_minute": 660, "days": [*range(7)], **({"timezone_type": zone} if zone else {})}]
    adset = AdSet(id="2", status="ACTIVE", effective_status="ACTIVE", adset_schedule=rows)
    assert state(adset, impressions={}) == [code]
    never = AdSet(id="2", status="ACTIVE", effective_status="ACTIVE", adset_schedule=[{**rows[0], "days": []}])
    assert state(never, impressions={}) == ["outside_hours"]


@table("rows", [[None], ["text"], [{"days": ["x"], "start_minute": None}], "text"])
def test_rows_of_another_shape_are_no_error(rows: Any) -> None:
    odd: Any = {"issues_info": rows, "failed_delivery_checks": rows}
    ad = Ad.model_construct(id="3", status="ACTIVE", adset_id="2", effective_status="ACTIVE", **odd)
    adset = AdSet.model_construct(id="2", status="ACTIVE", effective_status="ACTIVE", **odd)
    assert {"outside_hours"}.isdisjoint(state(adset, ad))


@pytest.mark.thorough
def test_a_used_up_limit_of_the_account_is_cured_by_an_amount_of_the_owner() -> None:
    """A reset would free the old amount alone: one cent here."""
    _, fb, _ = broken("account-limit")
    tool = FacebookTool(fb)
    text = tool.call({"op": "diagnose", "args": {}}).text
    spent = fb.adaccounts.get("act_1").amount_spent or 0
    assert f"spend_cap: $0.01 USD, amount_spent: ${spent / 100:.2f} USD" in text
    cure = 'op=update_spending_limit args={"ad_account_id": "act_1"} with spending_limit as the owner wants it'
    assert cure in text
    most = sum(row.daily_budget or 0 for row in fb.adsets.list("act_1") if row.status == "ACTIVE") / 100
    for args, limit in (({"spend_cap_action": "delete"}, "no limit"), ({"spending_limit": "500.00 USD"}, "the higher")):
        plan = tool.call({"op": "update_spending_limit", "args": args}).text
        assert f"with {limit}" in plan
        assert f"may spend up to ${most:.2f} USD a day by its budgets" in plan


@pytest.mark.thorough
@table("name", ["campaign-limit", "adset-daily-limit", "adset-lifetime-limit"])
def test_a_used_up_limit_is_told_beside_what_was_spent(name: str) -> None:
    problem = diagnosed(name).problems[0]
    assert problem.related["amount_spent"] >= problem.value > 0


@pytest.mark.thorough
def test_ads_that_are_not_counted_are_told(fb: FacebookAds, sandbox: Sandbox) -> None:
    for of in ("act_1", *(row["id"] for row in sandbox.objects("Campaign", "act_1"))):
        found = diagnose(fb, of)
        assert found.ads + found.off >= len(fb.ads.list(of)), of
    text = FacebookTool(fb).call({"op": "diagnose", "args": {}}).text
    off = len(fb.ads.list("act_1")) - diagnose(fb, "act_1").ads
    assert (f"Not counted: {off} more ad" in text) == bool(off)


def test_what_never_changed_since_it_was_made_has_no_last_change() -> None:
    made = datetime(2026, 10, 1, tzinfo=UTC)
    for later, shown in ((made, None), (made + timedelta(days=1), made + timedelta(days=1))):
        ad = Ad(id="3", status="PAUSED", created_time=made, updated_time=later)
        account = AdAccount(id="act_1", account_status=1)
        found = problems(DeliveryState(made, account, ads=[ad]), [Unit(ad=ad)])
        assert [each.changed for each in found] == [shown]


def test_a_rejected_ad_is_shown_with_its_text_and_the_op_that_changes_it() -> None:
    _, fb, ad_id = broken("rejected")
    text = FacebookTool(fb).call({"op": "diagnose", "args": {}}).text
    body = fb.adcreatives.get(str(fb.ads.get(ad_id).creative.id), fields=["body"]).body  # type: ignore[union-attr]
    assert body
    assert f"Text: {body!r}".replace("'", '"') in text
    assert f'op=update_ad args={{"ad_id": "{ad_id}"}} with creative' in text
    assert "a person does, in Account Quality" in text


@pytest.mark.thorough
def test_a_dead_card_is_told_by_the_status_too(fb: FacebookAds) -> None:
    _, with_card, _ = broken("card-expired")
    found = FacebookTool(with_card).call({"op": "diagnose", "args": {}}).text
    assert 'expired_funding_source_details: "Visa *0001"' in found
    texts = [FacebookTool(each).call({"op": "status", "args": {}}).text for each in (with_card, fb)]
    assert ["Visa *0001 is no longer valid" in text for text in texts] == [True, False]


@pytest.mark.thorough
@table("case", ["card-expired", "account-limit", "bill-unpaid"])
def test_a_status_that_can_run_no_ads_does_not_say_that_it_can(case: str) -> None:
    _, fb, _ = broken(case)
    result = FacebookTool(fb).call({"op": "status", "args": {}})
    assert "It can run ads" not in result.text
    assert "\nNext: diagnose, list_campaigns" in result.text
    assert result.next_actions[0] == "diagnose"


@pytest.mark.thorough
def test_the_next_of_a_status_is_to_diagnose_where_an_active_campaign_is_not_shown(
    fb: FacebookAds, sandbox: Sandbox
) -> None:
    def following() -> tuple[str, ...]:
        return tuple(FacebookTool(fb).call({"op": "status", "args": {}}).next_actions)

    assert "diagnose" not in following()
    for campaign in sandbox.objects("Campaign"):
        sandbox.change(campaign["id"], status="PAUSED")
    assert following()[0] == "diagnose"
    made = fb.campaigns.create("act_1", name="A", objective="OUTCOME_TRAFFIC", special_ad_categories=[])
    fb.campaigns.update(made.id, status="ACTIVE")
    assert following()[0] == "diagnose"
