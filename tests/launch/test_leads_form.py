"""The preset `leads_form`: form, ad set, creative and ad in one tree, resumed and rolled back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from admonster_fb import FacebookAds, LaunchStopped, ParameterError
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import GraphError, LostResponse, Sandbox, png
from admonster_fb.workflows.launch import launch, resume, rollback

PAGE = "108356564252733"
FORM: dict[str, Any] = {"name": "Course", "questions": ["email"], "privacy_policy": "https://example.com/privacy"}


@pytest.fixture
def spec(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "a.png").write_bytes(png())
    ad = {"name": "A", "creative": {"page_id": PAGE, "message": "Learn", "image": "a", "form": "main"}}
    us = {"geo_locations": {"countries": ["US"]}}
    return {
        "preset": "leads_form",
        "images": {"a": str(tmp_path / "a.png")},
        "forms": {"main": FORM},
        "campaign": {"name": "School", "special_ad_categories": []},
        "adsets": [{"name": "US", "daily_budget": 1000, "targeting": us, "ads": [ad]}],
    }


def test_the_ad_opens_the_form_and_the_ad_set_promotes_its_page(fb: FacebookAds, spec: dict[str, Any]) -> None:
    made = launch(fb, "act_1", spec)
    form = made.made["forms.main"]
    creative = fb.adcreatives.get(made.ids("creatives")[0]).object_story_spec["link_data"]
    assert creative["link"] == "https://fb.me/"
    assert creative["call_to_action"]["value"]["lead_gen_form_id"] == form
    assert fb.adsets.get(made.ids("adsets")[0]).promoted_object["page_id"] == PAGE
    assert rollback(fb, made.id).state == "gone"
    assert fb.leadgen_forms.get(form).status == "ARCHIVED"


def test_a_plan_shows_the_form_which_can_never_be_changed(
    fb: FacebookAds, spec: dict[str, Any], tmp_path: Path
) -> None:
    choice = {"label": "Which course?", "options": ["Car", "Bike"]}
    spec = {**spec, "images": {"a": "a.png"}, "forms": {"main": {**FORM, "questions": ["full name", choice]}}}
    plan = FacebookTool(fb, files=tmp_path).call({"op": "launch_campaign", "args": spec}).text
    [form] = [line for line in plan.splitlines() if line.startswith("- new lead form")]
    for words in ('"Course"', 'full name; "Which course?" (Car, Bike)', FORM["privacy_policy"]):
        assert words in form


def test_a_form_whose_answer_was_lost_is_not_made_twice(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]
) -> None:
    sandbox.fail_next(f"POST {PAGE}/leadgen_forms", LostResponse())
    launch(fb, "act_1", spec)
    assert len(sandbox.objects("LeadgenForm")) == 1


def test_a_form_that_was_found_by_search_is_left_alone(fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]) -> None:
    sandbox.fail_next(f"POST {PAGE}/leadgen_forms", LostResponse())
    made = launch(fb, "act_1", spec)
    form = made.made["forms.main"]
    back = rollback(fb, made.id)
    assert (back.state, dict(back.left)) == ("gone", {"forms.main": form})
    assert fb.leadgen_forms.get(form).status == "ACTIVE"


def test_a_form_that_another_ad_uses_is_left_alone(fb: FacebookAds, spec: dict[str, Any]) -> None:
    made = launch(fb, "act_1", spec)
    form, [creative] = made.made["forms.main"], made.ids("creatives")
    other = {**spec, "forms": {}, "images": {}, "campaign": {**spec["campaign"], "name": "Another"}}
    other["adsets"] = [{**spec["adsets"][0], "ads": [{"name": "B", "creative": creative}]}]
    launch(fb, "act_1", {**other, "defaults": {"adset": {"promoted_object": {"page_id": PAGE}}}})
    back = rollback(fb, made.id)
    assert (back.state, back.left["forms.main"]) == ("gone", form)
    assert fb.leadgen_forms.get(form).status == "ACTIVE"


def test_a_launch_that_stopped_behind_its_form_goes_on_with_it(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]
) -> None:
    sandbox.fail_next("POST act_1/ads", GraphError(200), times=9)
    with pytest.raises(LaunchStopped) as stopped:
        launch(fb, "act_1", spec)
    assert "forms.main" in stopped.value.launched.made
    sandbox.faults.plans.clear()
    assert resume(fb, stopped.value.launched.id).state == "complete"
    assert len(sandbox.objects("LeadgenForm")) == 1


def test_what_is_wrong_with_a_form_is_found_before_anything_is_sent(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]
) -> None:
    spec["forms"]["main"] = {**FORM, "thank_you_page": {"title": "T"}}
    spec["forms"]["alone"] = FORM
    spec["adsets"][0]["ads"].append({"name": "B", "creative": {"page_id": PAGE, "image": "a", "message": "No form"}})
    spec["adsets"][0]["ads"].append({"name": "C", "creative": {"page_id": PAGE, "image": "a", "form": "other"}})
    with pytest.raises(ParameterError) as refused:
        launch(fb, "act_1", spec)
    fields = {violation.field for violation in refused.value.violations}
    assert {"forms.main.thank_you_page.button_type", "forms.alone.page_id"} <= fields
    assert [field for field in fields if field.endswith(".form")], fields
    assert not [entry for entry in sandbox.requests if entry.method == "POST"]


def test_a_launch_that_meta_refuses_at_its_campaign_or_ad_set_leaves_no_form(spec: dict[str, Any]) -> None:
    for path in ("POST act_*/campaigns", "POST act_*/adsets", "POST act_*/adimages"):
        sandbox = Sandbox()
        sandbox.fail_next(path, GraphError(100, 1885364))
        with pytest.raises(LaunchStopped):
            launch(FacebookAds.sandbox(sandbox), "act_1", spec)
        assert sandbox.objects("LeadgenForm") == [], path


BERLIN = {"geo_locations": {"cities": [{"key": "2900031"}]}}


def test_a_city_by_its_key_alone_has_the_rules_of_its_country_and_its_name_in_the_plan(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any], tmp_path: Path
) -> None:
    spec = {**spec, "images": {"a": "a.png"}}
    spec["adsets"][0]["targeting"] = BERLIN
    tool = FacebookTool(fb, files=tmp_path)
    refused = tool.call({"op": "launch_campaign", "args": spec}).exception
    assert isinstance(refused, ParameterError)
    assert {each.field for each in refused.violations} == {"adsets.0.dsa_beneficiary", "adsets.0.dsa_payor"}
    spec["adsets"][0] |= {"dsa_beneficiary": "School", "dsa_payor": "School"}
    assert "in Berlin (DE)" in tool.call({"op": "launch_campaign", "args": spec}).text
    sandbox.fail_next("GET search", GraphError(1), times=None)
    assert "PLAN" in tool.call({"op": "launch_campaign", "args": spec}).text
    assert spec["adsets"][0]["targeting"] == BERLIN
