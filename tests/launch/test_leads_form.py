"""The preset `leads_form`: form, ad set, creative and ad in one tree, resumed and rolled back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, LaunchStopped, ParameterError
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.render.delivery import creative_words
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


@pytest.mark.thorough
def test_the_ad_opens_the_form_and_the_ad_set_promotes_its_page(fb: FacebookAds, spec: dict[str, Any]) -> None:
    made = launch(fb, "act_1", spec)
    form = made.made["forms.main"]
    creative = fb.adcreatives.get(made.ids("creatives")[0]).object_story_spec["link_data"]
    assert creative["link"] == "https://fb.me/"
    assert creative["call_to_action"]["value"]["lead_gen_form_id"] == form
    assert fb.adsets.get(made.ids("adsets")[0]).promoted_object["page_id"] == PAGE
    assert rollback(fb, made.id).state == "gone"
    assert fb.leadgen_forms.get(form).status == "ARCHIVED"


@pytest.mark.thorough
def test_a_creative_whose_picture_exists_waits_for_its_form_too(fb: FacebookAds, spec: dict[str, Any]) -> None:
    content = spec["adsets"][0]["ads"][0]["creative"]
    del spec["images"], content["image"]
    content["image_hash"] = fb.adimages.create("act_1", bytes=png()).hash
    made = launch(fb, "act_1", spec)
    creative = fb.adcreatives.get(made.ids("creatives")[0]).object_story_spec["link_data"]
    assert creative["call_to_action"]["value"]["lead_gen_form_id"] == made.made["forms.main"]


def test_a_creative_that_opens_no_form_is_refused(fb: FacebookAds, spec: dict[str, Any]) -> None:
    del spec["adsets"][0]["ads"][0]["creative"]["form"]
    with pytest.raises(ParameterError, match="a name among forms, or lead_gen_form_id"):
        launch(fb, "act_1", spec)


def test_a_plan_shows_the_form_which_can_never_be_changed(
    fb: FacebookAds, spec: dict[str, Any], tmp_path: Path
) -> None:
    choice = {"label": "Which course?", "options": ["Car", "Bike"]}
    spec = {**spec, "images": {"a": "a.png"}, "forms": {"main": {**FORM, "questions": ["full name", choice]}}}
    plan = FacebookTool(fb, files=tmp_path).call({"op": "launch_campaign", "args": spec}).text
    [form] = [line for line in plan.splitlines() if line.startswith("- new lead form")]
    for words in ('"Course"', 'full name; "Which course?" (Car, Bike)', FORM["privacy_policy"]):
        assert words in form


@pytest.mark.thorough
@pytest.mark.parametrize("shared", [False, True])
def test_the_ad_of_a_plan_names_the_form_that_it_opens(
    fb: FacebookAds, spec: dict[str, Any], tmp_path: Path, *, shared: bool
) -> None:
    spec = {**spec, "images": {"a": "a.png"}}
    [ad] = spec["adsets"][0]["ads"]
    if shared:
        spec["creatives"] = {"c": ad["creative"]}
        ad["creative"] = "c"
    tool = FacebookTool(fb, files=tmp_path)
    planned = tool.call({"op": "launch_campaign", "args": spec}).text
    assert "Form: Course" in next(line for line in planned.splitlines() if line.startswith('- new ad "'))
    form = launch(fb, "act_1", {**spec, "images": {"a": str(tmp_path / "a.png")}}).made["forms.main"]
    creative = {"page_id": PAGE, "message": "Learn", "image": "a", "lead_gen_form_id": form}
    old = {**spec, "adsets": [{**spec["adsets"][0], "ads": [{"name": "B", "creative": creative}]}]}
    old = {name: value for name, value in old.items() if name not in ("forms", "creatives")}
    planned = tool.call({"op": "launch_campaign", "args": {**old, "campaign": {**old["campaign"], "name": "New"}}}).text
    assert 'Form: "Course (' in next(line for line in planned.splitlines() if line.startswith('- new ad "'))


@pytest.mark.thorough
def test_a_form_whose_answer_was_lost_is_not_made_twice(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]
) -> None:
    sandbox.fail_next(f"POST {PAGE}/leadgen_forms", LostResponse())
    launch(fb, "act_1", spec)
    assert len(sandbox.objects("LeadgenForm")) == 1


@pytest.mark.thorough
def test_a_form_that_was_found_by_search_is_left_alone(fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]) -> None:
    sandbox.fail_next(f"POST {PAGE}/leadgen_forms", LostResponse())
    made = launch(fb, "act_1", spec)
    form = made.made["forms.main"]
    back = rollback(fb, made.id)
    assert (back.state, dict(back.left)) == ("gone", {"forms.main": form})
    assert fb.leadgen_forms.get(form).status == "ACTIVE"


@pytest.mark.thorough
def test_beside_a_form_that_is_left_alone_the_others_are_archived(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]
) -> None:
    spec["forms"]["other"] = {**FORM, "name": "Other"}
    [ad] = spec["adsets"][0]["ads"]
    spec["adsets"][0]["ads"] = [ad, {"name": "B", "creative": {**ad["creative"], "form": "other"}}]
    sandbox.fail_next(f"POST {PAGE}/leadgen_forms", LostResponse())
    made = launch(fb, "act_1", spec)
    assert [*rollback(fb, made.id).left] == ["forms.main"]
    forms = [fb.leadgen_forms.get(made.made[f"forms.{name}"]).status for name in ("main", "other")]
    assert forms == ["ACTIVE", "ARCHIVED"]


@pytest.mark.thorough
def test_a_form_that_another_ad_uses_is_left_alone(fb: FacebookAds, spec: dict[str, Any]) -> None:
    made = launch(fb, "act_1", spec)
    form, [creative] = made.made["forms.main"], made.ids("creatives")
    other = {**spec, "forms": {}, "images": {}, "campaign": {**spec["campaign"], "name": "Another"}}
    other["adsets"] = [{**spec["adsets"][0], "ads": [{"name": "B", "creative": creative}]}]
    launch(fb, "act_1", {**other, "defaults": {"adset": {"promoted_object": {"page_id": PAGE}}}})
    back = rollback(fb, made.id)
    assert (back.state, back.left["forms.main"]) == ("gone", form)
    assert fb.leadgen_forms.get(form).status == "ACTIVE"


@pytest.mark.thorough
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


@pytest.mark.thorough
def test_a_launch_that_meta_refuses_at_its_campaign_or_ad_set_leaves_no_form(spec: dict[str, Any]) -> None:
    for path in ("POST act_*/campaigns", "POST act_*/adsets", "POST act_*/adimages"):
        sandbox = Sandbox()
        sandbox.fail_next(path, GraphError(100, 1885364))
        with pytest.raises(LaunchStopped):
            launch(FacebookAds.sandbox(sandbox), "act_1", spec)
        assert sandbox.objects("LeadgenForm") == [], path


BERLIN = {"geo_locations": {"cities": [{"key": "2900031"}]}}


@pytest.mark.thorough
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


def with_places(spec: dict[str, Any], **places: list[Any]) -> dict[str, Any]:
    """Return the launch in other places, with what the EU wants."""
    eu = {"dsa_beneficiary": "School", "dsa_payor": "School", "targeting": {"geo_locations": places}}
    return {**spec, "adsets": [{**spec["adsets"][0], **eu}]}


@pytest.mark.thorough
@table("kind, name", [("cities", "Berlin"), ("cities", "Berlin, DE"), ("regions", "California")])
def test_a_place_is_given_by_its_name(fb: FacebookAds, spec: dict[str, Any], kind: str, name: str) -> None:
    made = launch(fb, "act_1", with_places({**spec, "forms": {"main": {**FORM, "name": name}}}, **{kind: [name]}))
    targeting: Any = fb.adsets.get(made.ids("adsets")[0], fields=["targeting"]).targeting
    [place] = dict(targeting)["geo_locations"][kind]
    options = fb.targeting.search_locations(name.partition(",")[0], location_types=["city", "region"])
    assert place["key"] in [option.key for option in options]


@table("name", ["Nowhereville", "London, US", "", " , ()"])
def test_a_place_that_is_not_clear_is_refused_with_what_there_is(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any], name: str
) -> None:
    before = len(sandbox.objects("Campaign"))
    with pytest.raises(ParameterError) as refused:
        launch(fb, "act_1", with_places(spec, cities=[name]))
    assert [each.field for each in refused.value.violations] == ["adsets.0.targeting.geo_locations.cities.0"]
    assert len(sandbox.objects("Campaign")) == before


def test_a_missing_page_names_those_of_the_account(fb: FacebookAds, spec: dict[str, Any]) -> None:
    ad = spec["adsets"][0]["ads"][0]
    creative = {name: value for name, value in ad["creative"].items() if name != "page_id"}
    bare = {**spec, "adsets": [{**spec["adsets"][0], "ads": [{**ad, "creative": creative}]}]}
    with pytest.raises(ParameterError) as refused:
        launch(fb, "act_1", bare)
    told = {each.field: each.allowed for each in refused.value.violations}
    pages = ", ".join(f'{page.id} "{page.name}"' for page in fb.adaccounts.promote_pages("act_1"))
    assert told["forms.main.page_id"].endswith(f"list_pages: {pages}")


@pytest.mark.thorough
def test_the_ask_for_leads_is_done_in_eight_calls_by_one_who_knows_the_tool_alone(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]
) -> None:
    """As a naive model does: a city by its name, no Page, no word for the EU; each next call comes from a text."""
    tool, calls = FacebookTool(fb, files=Path(spec["images"]["a"]).parent), 0

    def call(op: str, /, **args: Any) -> str:
        nonlocal calls
        calls += 1
        return tool.call({"op": op, "args": args}).text

    creative = {"message": "Learn", "image": "a", "form": "main"}
    adset = {"name": "A", "daily_budget": "10.00 USD", "targeting": {"geo_locations": {"cities": ["Berlin"]}}}
    naive = {**spec, "images": {"a": "a.png"}, "adsets": [{**adset, "ads": [{"name": "A", "creative": creative}]}]}
    assert "launch_campaign" in call("help", query="collect leads for my driving school, 10 € a day")
    assert "leads_form" in call("help", op="launch_campaign")
    wrong = call("launch_campaign", **naive)
    page = re.search(r"page_id is required.*list_pages: (\d+)", wrong)
    assert page, wrong
    creative["page_id"] = page[1]
    for name in re.findall(r"adsets\.0\.(dsa_\w+) is required", wrong):
        naive["adsets"][0][name] = "School"
    plan = call("launch_campaign", **naive)
    made = call("apply", plan_id=re.search(r"plan_[0-9a-f]+", plan)[0])  # type: ignore[index]
    campaign = re.search(r"Campaign ID: (\d+)", made)
    assert campaign, plan
    plan = call("activate_campaign", campaign_id=campaign[1])
    assert f"Form: \"{FORM['name']} ('Email')\"" in plan
    assert "Picture: a.png" in plan
    call("apply", plan_id=re.search(r"plan_[0-9a-f]+", plan)[0])  # type: ignore[index]
    assert sandbox.object(campaign[1])["status"] == "ACTIVE"
    assert calls <= 8


@pytest.mark.thorough
def test_an_activation_tells_what_the_ads_show_as_the_launch_did(fb: FacebookAds, spec: dict[str, Any]) -> None:
    """But the picture of a URL: Meta calls it "bytes", which is no name."""
    creative = spec["adsets"][0]["ads"][0]["creative"]
    creative["headline"] = "Book now"
    made = launch(fb, "act_1", spec)
    before = len(fb.ads.list("act_1"))
    plan = FacebookTool(fb).call({"op": "activate_campaign", "args": {"campaign_id": made.campaign_id}}).text
    assert [word for word in ("Text: Learn", 'Headline: "Book now"', 'Form: "Course') if word not in plan] == []
    assert len(fb.ads.list("act_1")) == before


@table("picture, shown", [("bytes", False), ("5e55395ae070929b4db9a081c0bad7f3", False), ("hero.png", True)])
def test_a_picture_is_shown_if_it_has_a_name(picture: str, shown: bool) -> None:
    text = creative_words({"page_id": "1", "image_hash": picture})
    assert text == ("Page: 1, Picture: hero.png" if shown else "Page: 1")
