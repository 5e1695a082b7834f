"""What Meta's SDK lists where the library writes: each name is typed, passed, or refused for a reason."""

from __future__ import annotations

import contextlib
import inspect
import json
import typing
from collections.abc import Iterator
from typing import Any

import pytest
import typing_extensions
from tables import table
from written_parameters import (
    AD,
    ADSET,
    AUDIENCE,
    BY_URL,
    CAMPAIGN,
    EVENT,
    KINDS,
    RULE,
    STORY,
    STUDY,
    TARGETING,
    USER,
    WRITTEN,
)

from admonster_fb import APIError, FacebookAds, ParameterError
from admonster_fb.bot.registry import registry
from admonster_fb.models import (
    ad,
    adaccount,
    adcreative,
    adrule,
    adset,
    adstudy,
    campaign,
    common,
    customconversion,
    serverevent,
)
from admonster_fb.models._params import Open, checked, checked_with_untyped, schema, with_extra
from admonster_fb.models.audiences import custom
from admonster_fb.rules import check
from admonster_fb.services import by_attribute, methods
from admonster_fb.services._methods import unpacked
from admonster_fb.services._validation import warnings
from admonster_fb.transport.sdk_adapter import REFUSED, TABLES, known_names, listed, why_refused

SOFT: list[tuple[Any, tuple[str, ...], str, str]] = [
    (adset.AdSetUpdate, ("bid_constraints",), "AdCampaignBidConstraint", "roas_average_flor"),
    (adset.AdSetUpdate, ("attribution_spec", "0"), "AttributionSpec", "windows_days"),
    (adset.AdSetUpdate, ("frequency_control_specs", "0"), "AdCampaignFrequencyControlSpecs", "intervall_days"),
    (adset.AdSetUpdate, ("regional_regulation_identities",), "RegionalRegulationIdentities", "universal_payr"),
    (adset.AdSetUpdate, ("placement_soft_opt_out",), "PlacementSoftOptOut", "facebook_position"),
    (ad.AdUpdate, ("tracking_specs", "0"), "ConversionActionQuery", "fb_pixl"),
    (adcreative.AdCreativeCreate, ("call_to_action",), "AdCreativeLinkDataCallToAction", "valu"),
    *(
        (adcreative.AdCreativeCreate, ("object_story_spec", name), kind, misspelt)
        for name, kind, misspelt in (
            ("video_data", "AdCreativeVideoData", "mesage"),
            ("photo_data", "AdCreativePhotoData", "captions"),
            ("text_data", "AdCreativeTextData", "mesage"),
            ("template_data", "AdCreativeLinkData", "mesage"),
        )
    ),
    (adcreative.AdCreativeCreate, ("object_story_spec", "link_data", "child_attachments", "0"), "Card", "descripton"),
]
"""Objects without a type of their own that pass keys which the SDK does not know, with a warning."""
OPEN_OR_UNTYPED = {"AdAssetFeedSpec", "AdPromotedObject", "UserData", "EventData", "EventContent", "CreativeChanges"}
OPEN_OR_UNTYPED |= {kind for _, _, kind, _ in SOFT if kind != "Card"}
FREE = {
    **dict.fromkeys(("extra", "amounts"), "its own rule refuses or shows it"),
    **dict.fromkeys(("images", "videos", "tracking_parameters", "adset_bid_amounts", "images_by_place"), "names"),
    **dict.fromkeys(("forms", "creatives", "campaign", "adsets[]", "document"), "checked when it is read"),
    **dict.fromkeys(("adset_schedule[]", "creative_features", "rule", "custom_disclaimer"), "checked by its rule"),
    **dict.fromkeys(("adlabels[]", "contextual_multi_ads", "destination_spec"), "changes neither money nor people"),
    **dict.fromkeys(
        ("platform_customizations", "portrait_customizations", "template_url_spec"), "media, shown in plans"
    ),
    **dict.fromkeys(("branded_content", "creative_test_config", "objectives[]", "filters[]"), "as Meta documents it"),
    "field_data[]": "a test lead's answers",
}
"""Objects in which any key passes, with the reason."""


def _free(schema: dict[str, Any], path: str, types: dict[str, Any]) -> Iterator[str]:
    for branch in schema.get("anyOf", ()):
        yield from _free(branch, path, types)
    if schema.get("type") == "array":
        yield from _free(schema.get("items", {}), f"{path}[]", types)
    if schema.get("type") == "object" and "properties" not in schema:
        yield path


def test_no_op_has_an_object_whose_keys_nobody_checks() -> None:
    soft = {path[0] + "[]" * (len(path) > 1) for _, path, _, _ in SOFT} | {path[0] for _, path, _, _ in SOFT}
    found = {
        path
        for op in registry().values()
        for name, kind in op.schema["properties"].items()
        for path in _free(kind, name, op.schema.get("$defs", {}))
        if op.access != "read"
    }
    assert found - soft - {"promoted_object", "asset_feed_spec"} <= FREE.keys()


def _holding(path: tuple[str, ...], name: str) -> dict[str, Any]:
    inner: Any = {name: 1}
    for part in reversed(path):
        inner = [inner] if part == "0" else {part: inner}
    return inner


@table("spec, path, kind, misspelt", SOFT)
def test_a_key_that_the_sdk_does_not_know_is_refused_if_misspelt_and_else_warned_of(
    spec: Any, path: tuple[str, ...], kind: str, misspelt: str
) -> None:
    for name in listed(TABLES[kind]):
        assert checked_with_untyped(spec, _holding(path, name))[1] == []
    valid, untyped = checked_with_untyped(spec, _holding(path, "xyzzy"))
    assert (valid, untyped) == (_holding(path, "xyzzy"), [".".join((*path, "xyzzy"))])
    with pytest.raises(ParameterError, match="did you mean"):
        checked(spec, _holding(path, misspelt))


@pytest.mark.thorough
def test_nobody_must_pass_extra() -> None:
    assert [spec.__name__ for spec, _ in WRITTEN if "extra" in schema(spec).get("required", [])] == []


def test_every_table_of_the_sdk_is_walked() -> None:
    assert {spec.__name__ for spec, _ in WRITTEN} | OPEN_OR_UNTYPED == TABLES.keys()


@pytest.mark.thorough
@table("spec, required", WRITTEN)
def test_each_name_of_the_sdk_is_typed_passed_or_refused_for_a_reason(spec: Any, required: dict[str, Any]) -> None:
    typed = set(typing.get_type_hints(spec))
    for name in {*listed(TABLES[spec.__name__])} - typed:
        value = object()
        if reason := why_refused(spec.__name__, name):
            with pytest.raises(ParameterError, match=reason):
                checked(spec, {**required, name: value})
        else:
            valid, untyped = checked_with_untyped(spec, {**required, name: value})
            assert (valid[name], untyped) == (value, [name])


WITHOUT_TABLE = {"LeadgenFormCreate", "Overrides", "WatchCreate"}
"""Plain words that become Meta's, overrides by kind of object, and an edge that the SDK does not have."""


def test_each_endpoint_that_is_written_to_has_its_table() -> None:
    specs = {parameter.__name__ for op in registry().values() if op.access != "read" for parameter in _unpacked(op)}
    named = {name for name in specs if name.endswith(("Create", "Update", "Overrides", "Parts"))}
    assert "CampaignUpdate" in named
    assert named - TABLES.keys() == WITHOUT_TABLE


def _unpacked(op: Any) -> list[Any]:
    hints = typing.get_type_hints(op.function, localns={"FacebookAds": object}, include_extras=True)
    unpacks = (typing.Unpack, typing_extensions.Unpack)  # two things before Python 3.12
    return [typing.get_args(hint)[0] for hint in hints.values() if typing.get_origin(hint) in unpacks]


def test_a_reason_is_given_only_for_names_of_the_sdk() -> None:
    names = {name for spec in TABLES for name in listed(TABLES[spec])}
    assert {name.rpartition(".")[2] for name in REFUSED} <= names


REFUSALS: list[tuple[Any, dict[str, Any], str]] = [
    (campaign.CampaignCreate, {**CAMPAIGN, "toplin_id": "1"}, "did you mean topline_id"),
    (campaign.CampaignUpdate, {"dayly_budget": 1}, "did you mean daily_budget"),
    (campaign.CampaignUpdate, {"xyzzy": 1}, "goes into extra"),
    (adset.AdSetUpdate, {"promoted_object": {"pixelid": "1"}}, "did you mean pixel_id"),
    (adset.AdSetUpdate, {"targeting": {**TARGETING, "mom": []}}, "did you mean moms"),
    (adset.AdSetUpdate, {"targeting": {"geo_locations": {"political_district": []}}}, "political_districts"),
    (adcreative.AdCreativeCreate, {"object_story_spec": {"page": "1"}}, "did you mean page_id"),
    (
        adcreative.AdCreativeCreate,
        {"object_story_spec": {**STORY, "link_data": {"ad_contxt": "x"}}},
        "did you mean ad_context",
    ),
    (adcreative.AdCreativeCreate, {"asset_feed_spec": {"bodys": []}}, "did you mean bodies"),
]


@table("spec, params, words", REFUSALS)
def test_unknown_names_are_refused_with_the_nearest(spec: Any, params: dict[str, Any], words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        checked(spec, params)


NESTED: list[tuple[Any, dict[str, Any], list[str]]] = [
    (adset.AdSetUpdate, {"targeting": {**TARGETING, "moms": [1]}}, ["targeting.moms"]),
    (
        adset.AdSetUpdate,
        {"targeting": {"geo_locations": {"countries": ["US"], "political_districts": [1]}}},
        ["targeting.geo_locations.political_districts"],
    ),
    (
        adcreative.AdCreativeCreate,
        {"object_story_spec": {"page_id": "1", "link_data": {"link": "x", "ad_context": "y"}}},
        ["object_story_spec.link_data.ad_context"],
    ),
    (adcreative.AdCreativeCreate, {"object_story_spec": {"whats_app_business_phone_number": "1"}}, []),
    (adcreative.AdCreativeCreate, {"asset_feed_spec": {"bodies": [], "ctwa_consent_data": {}}}, []),
]


@table("spec, params, paths", NESTED)
def test_what_the_sdk_knows_passes_at_any_depth(spec: Any, params: dict[str, Any], paths: list[str]) -> None:
    valid, untyped = checked_with_untyped(spec, params)
    assert valid == params
    assert set(paths) <= set(untyped)


def test_the_wire_has_what_the_sdk_knows_and_what_is_new(fb: FacebookAds, sent: list[dict[str, Any]]) -> None:
    extra = {"new_at_meta": {"a": 1}}
    with warnings() as found:
        fb.campaigns.create("act_1", **CAMPAIGN, topline_id="5", extra=extra)  # type: ignore[call-arg]
    assert (sent[-1]["topline_id"], sent[-1]["new_at_meta"]) == ("5", '{"a":1}')
    assert "extra" not in sent[-1]
    assert [(finding.rule, finding.field) for finding in found] == [
        ("untyped", "topline_id"),
        ("untyped", "extra.new_at_meta"),
    ]


WITH_EXTRA: list[tuple[str, str, dict[str, Any]]] = [
    ("customaudiences", "create", {"ad_account_id": "act_1", **AUDIENCE}),
    ("adspixels", "create", {"ad_account_id": "act_3", "name": "A"}),
    ("advideos", "create", {"ad_account_id": "act_1", "file_url": "https://example.com/a.mp4"}),
    ("adstudies", "update", {"study_id": "1"}),
    ("adrules", "update", {"rule_id": "1"}),
    ("customconversions", "update", {"conversion_id": "1"}),
    ("campaigns", "copies", {"campaign_id": "1"}),
]


@table("service, method, arguments", WITH_EXTRA)
def test_extra_reaches_meta_at_every_endpoint_and_is_told(
    service: str, method: str, arguments: dict[str, Any], fb: FacebookAds, sent: list[dict[str, Any]]
) -> None:
    with warnings() as found, contextlib.suppress(APIError):
        getattr(getattr(fb, service), method)(**arguments, extra={"new_at_meta": 1})
    assert sent[-1]["new_at_meta"] == "1"
    assert "extra" not in sent[-1]
    assert [finding.field for finding in found] == ["extra.new_at_meta"]


def test_a_new_creative_within_an_ad_takes_what_a_creative_takes(fb: FacebookAds, sent: list[dict[str, Any]]) -> None:
    typed = typing.get_type_hints(adcreative.AdCreativeCreate)
    for name in known_names("AdCreativeCreate") - typed.keys():
        for spec, params in ((ad.AdCreate, AD), (ad.AdUpdate, {})):
            valid, untyped = checked_with_untyped(spec, {**params, "creative": {name: 1}})
            assert (valid["creative"], untyped) == ({name: 1}, [f"creative.{name}"])
    for wrong in ("", 0, None, {"creative_id": True}, {"creative_id": "1", "name": "A"}):
        with pytest.raises(ParameterError, match=r"an ID, .* or the parameters of a new creative"):
            checked(ad.AdCreate, {**AD, "creative": wrong})
    with pytest.raises(ParameterError, match=r"creative is missing"):
        fb.ads.create("act_1", name="A", adset_id="1", creative={})
    with pytest.raises(ParameterError, match=r"creative\.object_story_spec\.page: .*did you mean page_id"):
        checked(ad.AdUpdate, {"creative": {"object_story_spec": {"page": "1"}}})
    with contextlib.suppress(APIError):
        fb.ads.create("act_1", **{**AD, "creative": {"object_story_spec": STORY}})  # type: ignore[typeddict-item]
    assert json.loads(sent[-1]["creative"]) == {"object_story_spec": STORY}


def test_extra_joins_objects_and_replaces_nothing() -> None:
    params = {"targeting": TARGETING, "extra": {"targeting": {"new": 1}}}
    assert with_extra(adset.AdSetUpdate, params) == {"targeting": {**TARGETING, "new": 1}}
    for wrong in ({"daily_budget": 1}, {"status": "ACTIVE"}, {"targeting": {"geo_locations": 1}}):
        with pytest.raises(ParameterError, match="extra"):
            with_extra(adset.AdSetUpdate, {"targeting": TARGETING, "extra": wrong})


def test_the_shared_types_are_the_sdk_s() -> None:
    assert common.PromotedObject.__metadata__[0]._kind in TABLES


@pytest.fixture
def fb() -> FacebookAds:
    return FacebookAds.sandbox()


@pytest.fixture
def sent(fb: FacebookAds) -> list[dict[str, Any]]:
    """The form of each POST, as it leaves."""
    bodies: list[dict[str, Any]] = []
    send = fb._session.requests.request

    def request(method: str, url: str, **rest: Any) -> Any:
        if method == "POST":
            bodies.append(dict(rest["data"]))
        return send(method, url, **rest)

    fb._session.requests.request = request  # type: ignore[method-assign]
    return bodies


OPEN: list[tuple[Any, dict[str, Any], str, Any, Any]] = [
    (campaign.CampaignCreate, CAMPAIGN, "objective", "OUTCOME_STORE_TRAFFIC", "OUTCOME_SALE"),
    (campaign.CampaignCreate, CAMPAIGN, "special_ad_categories", ["PAYDAY_LENDING"], ["FINANCIAL_PRODUCT_SERVICES"]),
    (serverevent.ServerEvent, EVENT, "action_source", "smart_glasses", "phonecall"),
    (serverevent.ServerEvent, EVENT, "action_source", "kiosk", "web"),
    (serverevent.ServerEvent, EVENT, "action_source", "kiosk", "store"),
    (serverevent.EventData, {}, "delivery_category", "by_drone", "instore"),
]


@table("spec, required, name, new, misspelt", OPEN)
def test_a_new_value_of_metas_form_passes_and_a_misspelt_one_does_not(
    spec: Any, required: dict[str, Any], name: str, new: Any, misspelt: Any
) -> None:
    assert checked(spec, {**required, name: new})[name] == new
    for wrong in (misspelt, "FOO", 5):
        with pytest.raises(ParameterError, match=name):
            checked(spec, {**required, name: wrong})


def test_extra_of_an_event_reaches_meta_but_not_unhashed_customer_data(fb: FacebookAds, sent: list[Any]) -> None:
    event = {**EVENT, "event_time": int(fb.now().timestamp()), "extra": {"new_at_meta": 1}}
    fb.conversions.send("604381177220931", [event])
    assert '"new_at_meta":1' in sent[-1]["data"]
    fb.conversions.send("604381177220931", [{**event, "extra": {"user_data": {"email": "new@example.com"}}}])
    assert "new@example.com" not in sent[-1]["data"]


INLINE: list[tuple[Any, dict[str, Any], str, str]] = [
    (ad.AdCreate, AD, "adset_id", "adset_spec"),
    (adset.AdSetCreate, ADSET, "campaign_id", "campaign_spec"),
]


@table("spec, params, parent, inline", INLINE)
def test_a_parent_made_in_the_same_call_passes_in_place_of_its_id(
    spec: Any, params: dict[str, Any], parent: str, inline: str
) -> None:
    rest = {name: value for name, value in params.items() if name != parent}
    assert checked_with_untyped(spec, {**rest, inline: {"name": "P"}}) == ({**rest, inline: {"name": "P"}}, [inline])
    for none in ({}, {inline: None}, {inline: {}}):
        with pytest.raises(ParameterError, match=parent):
            checked(spec, {**rest, **none})


def test_an_ad_set_with_its_campaign_leaves_in_one_call(fb: FacebookAds, sent: list[dict[str, Any]]) -> None:
    rest = {name: value for name, value in ADSET.items() if name != "campaign_id"}
    with warnings() as found, contextlib.suppress(APIError):
        fb.adsets.create("act_1", **rest, daily_budget=5000, campaign_spec=CAMPAIGN)
    made = {"status": "PAUSED", "is_adset_budget_sharing_enabled": False, **CAMPAIGN}
    assert json.loads(sent[-1]["campaign_spec"]) == made
    assert "campaign_id" not in sent[-1]
    assert "campaign_spec" not in [finding.field for finding in found]
    with contextlib.suppress(APIError):
        inline = {**rest, "campaign_spec": CAMPAIGN, "status": "ACTIVE", "daily_budget": 5000}
        fb.ads.create("act_1", name="A", adset_spec=inline, creative={"creative_id": "2"})
    made = json.loads(sent[-1]["adset_spec"])
    assert (made["status"], made["campaign_spec"]["status"]) == ("ACTIVE", "PAUSED")


@table(
    "wrong, field",
    [
        ({"daily_budget": "50.00 EUR"}, "adset_spec.daily_budget"),
        ({"optimization_goal": "LINK_CLICK"}, "adset_spec.optimization_goal"),
        ({"bid_strategi": "COST_CAP"}, "adset_spec.bid_strategi"),
        ({"campaign_spec": {**CAMPAIGN, "objective": "OUTCOME_TRAFIC"}}, "adset_spec.campaign_spec.objective"),
    ],
)
def test_a_parent_in_the_same_call_is_checked_as_if_it_was_created_alone(
    wrong: dict[str, Any], field: str, fb: FacebookAds, sent: list[dict[str, Any]]
) -> None:
    rest = {name: value for name, value in ADSET.items() if name != "campaign_id"}
    inline = {**rest, "daily_budget": "50.00 USD", "bid_strategy": "LOWEST_COST_WITHOUT_CAP", "campaign_spec": CAMPAIGN}
    with contextlib.suppress(APIError):
        fb.ads.create("act_1", name="A", adset_spec=inline, creative={"creative_id": "2"})
    assert json.loads(sent[-1]["adset_spec"])["daily_budget"] == 5000
    sent.clear()
    with pytest.raises(ParameterError) as caught:
        fb.ads.create("act_1", name="A", adset_spec={**inline, **wrong}, creative={"creative_id": "2"})
    assert field in [violation.field for violation in caught.value.violations]
    assert sent == []


@pytest.mark.thorough
@table("specs", [[{"action.type": ["leadgen"]}], {"action.type": ["offsite_conversion"], "fb_pixel": ["1"]}])
def test_tracking_specs_leave_as_a_list_or_one_object(specs: Any, fb: FacebookAds, sent: list[dict[str, Any]]) -> None:
    with contextlib.suppress(APIError):
        fb.ads.create("act_1", **AD, tracking_specs=specs)  # type: ignore[arg-type]
    assert json.loads(sent[-1]["tracking_specs"]) == specs


def test_every_table_that_is_written_takes_extra() -> None:
    """But for parts of others, into whose object `extra` of the whole goes."""
    parts = {"ObjectStorySpec", "LinkData", "TargetingSpec", "GeoLocations", "Card", "LookalikeSpec"}
    without = {spec.__name__ for spec, _ in WRITTEN if "extra" not in typing.get_type_hints(spec)}
    assert without == parts | {"BudgetScheduleSpec", "InsightsQuery"}


def _literals(hint: Any) -> list[str]:
    if typing.get_origin(hint) is typing.Literal:
        return [value for value in typing.get_args(hint) if isinstance(value, str)]
    return [value for part in typing.get_args(hint) if not isinstance(part, str) for value in _literals(part)]


@pytest.mark.thorough
def test_a_near_miss_of_any_known_value_is_refused_with_it() -> None:
    """Each enumeration of the parameters with rules: a letter less is refused with the right value."""
    wrong, tried = [], 0
    for spec, required in WRITTEN:
        for name, hint in typing.get_type_hints(spec, include_extras=True).items():
            for value in [v for v in _literals(hint) if len(v) > 6] if spec in KINDS else []:
                near = value[:3] + value[4:]
                given: Any = [near] if "list[" in str(hint) else near
                tried += 1
                try:
                    found = check(KINDS[spec], checked(spec, {**required, name: given}), update=not required)
                except ParameterError as error:
                    told = [violation.allowed for violation in error.violations if violation.field.startswith(name)]
                else:
                    told = [
                        each.message + each.fix for each in found if each.severity == "error" and name in each.field
                    ]
                if not any(value in text or "one of" in text for text in told):
                    wrong.append((spec.__name__, name, near, told))
    assert tried > 150
    assert wrong == []


WITHIN: list[tuple[Any, dict[str, Any], tuple[str, ...], str, str]] = [
    (adset.AdSetCreate, ADSET, ("promoted_object",), "AdPromotedObject", "pixel_di"),
    (adcreative.AdCreativeCreate, {}, ("asset_feed_spec",), "AdAssetFeedSpec", "titels"),
    (adset.AdSetCreate, ADSET, ("targeting",), "TargetingSpec", "user_sos"),
    (adset.AdSetCreate, ADSET, ("targeting", "geo_locations"), "GeoLocations", "countrise"),
    (adcreative.AdCreativeCreate, {}, ("object_story_spec",), "ObjectStorySpec", "pageid"),
    (adcreative.AdCreativeCreate, {}, ("object_story_spec", "link_data"), "LinkData", "capton"),
]


@table("spec, required, path, kind, misspelt", WITHIN)
def test_each_name_of_the_sdk_passes_within_its_object(
    spec: Any, required: dict[str, Any], path: tuple[str, ...], kind: str, misspelt: str
) -> None:
    def holding(name: str) -> dict[str, Any]:
        inner: Any = {name: None}
        for part in reversed(path):
            inner = {part: inner}
        return {**required, **inner}

    for name in listed(TABLES[kind]):
        try:
            checked_with_untyped(spec, holding(name))
        except ParameterError as error:  # its type, what it needs beside it, or a reason; never "no such parameter"
            told = [each.allowed for each in error.violations if each.field.endswith(name)]
            assert why_refused(kind, name) or not any("no such parameter" in text for text in told), (name, told)
    with pytest.raises(ParameterError, match="did you mean"):
        checked(spec, holding(misspelt))


def test_each_name_of_the_sdk_leaves_within_the_data_of_an_event(fb: FacebookAds, sent: list[Any]) -> None:
    now = int(fb.now().timestamp())
    typed = typing.get_type_hints(serverevent.EventData)
    data = {name: "1" for name in listed(TABLES["EventData"]) if name not in typed}
    typed_too = typing.get_type_hints(serverevent.EventContent)
    item = {name: "1" for name in listed(TABLES["EventContent"]) if name not in typed_too}
    event = {**EVENT, "event_time": now, "custom_data": {**data, "contents": [{"id": "1", **item}]}}
    fb.conversions.send("604381177220931", [event])  # type: ignore[list-item]
    left = json.loads(sent[-1]["data"])[0]["custom_data"]
    assert left == {**data, "contents": [{"id": "1", **item}]}


@table(
    "spec, params, path, new, misspelt",
    [
        (custom.CustomAudienceCreate, AUDIENCE, "subtype", "LOYALTY_PROGRAM", "CUSTM"),
        (custom.CustomAudienceCreate, AUDIENCE, "customer_file_source", "FROM_A_PARTNER", "USER_PROVIDED"),
        (adaccount.AssignedUserCreate, USER, "tasks.0", "AA_ANALYZE", "ANALYSE"),
        (adstudy.AdStudyCreate, STUDY, "type", "HOLDOUT_TEST", "SPLIT_TESTS"),
        (customconversion.CustomConversionCreate, BY_URL, "custom_event_type", "NEW_EVENT", "PURCHAS"),
        (adrule.AdRuleCreate, RULE, "execution_spec.execution_type", "CHANGE_PLACEMENT", "PAUSED"),
        (adset.AdSetUpdate, {}, "pacing_type.0", "evenly", "day-parting"),
        (adset.AdSetUpdate, {}, "tune_for_category", "NEW_CATEGORY", "HOUSIN"),
        (adset.AdSetUpdate, {}, "automatic_manual_state", "SOMETHING_NEW", "AUTOMATC"),
        (adset.AdSetUpdate, {}, "promoted_object.custom_event_type", "NEW_EVENT", "purchase"),
        (serverevent.EventData, {}, "delivery_category", "drone", "in_stor"),
    ],
)
def test_a_value_new_in_a_list_passes_with_a_note_and_a_misspelt_one_is_refused(
    spec: Any, params: dict[str, Any], path: str, new: str, misspelt: str
) -> None:
    names = path.split(".")

    def with_value(value: str) -> dict[str, Any]:
        for name in reversed(names[1:]):
            value = [value] if name.isdecimal() else {name: value}  # type: ignore[assignment]
        inner = {**params[names[0]], **value} if isinstance(value, dict) and names[0] in params else value  # type: ignore[dict-item]
        return {**params, names[0]: inner}

    assert f"{path}={new}" in checked_with_untyped(spec, with_value(new))[1]
    with pytest.raises(ParameterError, match=misspelt):
        checked(spec, with_value(misspelt))


CLOSED = {
    "spend": "campaigns.create.budget_schedule_specs.budget_value_type campaigns.create.status campaigns.update.status "
    "campaigns.copies.status_option adrules.create.status adaccounts.update.spend_cap_action",
    "a dry run must not write": "campaigns.create.execution_options",
    "Meta's page has no other": "webhooks.watch.event_type webhooks.watch.entity_type "
    "adrules.create.evaluation_spec.evaluation_type insights.iter.level "
    "customaudiences.create.rule.inclusions.operator adrules.create.execution_spec.execution_options.operator",
    "this library's own": "alerts.evaluate.level customaudiences.share.permissions",
    "privacy: a misread option would not limit the use of data": "conversions.send.events.data_processing_options",
    "yes and no": "conversions.send.events.app_data.advertiser_tracking_enabled",
}
"""Lists that refuse a value they do not have, by the reason; of alike ones the first parameter."""


def _lists(kind: Any, path: str, *, opened: bool, above: tuple[Any, ...] = ()) -> Iterator[tuple[bool, str]]:
    """Yield each list of values in a type, with whether it takes others."""
    if typing.get_origin(kind) is typing.Annotated:
        opened = opened or any(isinstance(each, Open) for each in kind.__metadata__)
        yield from _lists(kind.__origin__, path, opened=opened, above=above)
    elif typing.get_origin(kind) is typing.Literal:
        yield opened, path
    elif hasattr(kind, "__required_keys__") and kind not in above:
        for name, inner in typing.get_type_hints(kind, include_extras=True).items():
            yield from _lists(inner, f"{path}.{name}", opened=False, above=(*above, kind))
    else:
        for inner in typing.get_args(kind):
            yield from _lists(inner, path, opened=opened or str in typing.get_args(kind), above=above)


@pytest.mark.thorough
def test_every_list_of_values_takes_new_ones_or_is_closed_for_a_reason() -> None:
    closed: dict[tuple[Any, ...], str] = {}
    for attribute, service in by_attribute().items():
        for name, function in methods(service):
            hints = typing.get_type_hints(function, include_extras=True) if inspect.isfunction(function) else {}
            hints |= {"": unpacked(function)} if unpacked(function) else {}
            for argument, hint in hints.items():
                path = ".".join(filter(None, (attribute, name, argument)))
                for is_open, place in _lists(hint, path, opened=False) if argument not in ("return", "params") else ():
                    closed.setdefault(place.rpartition(".")[2:], place) if not is_open else None
    reasons = {place.rpartition(".")[2] for places in CLOSED.values() for place in places.split()}
    known = reasons | {"application_tracking_enabled", "opt_out"}
    assert {name for (name,) in closed} == known
