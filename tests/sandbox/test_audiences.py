"""Custom audiences: created, refused, read, shared, grown into lookalikes, deleted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tables import table

GRAPH = "https://graph.facebook.com/v26.0"
PIXEL, PAGE = "604381177220931", "108356564252733"
LIST = {"name": "Customers", "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}
DAY = 86_400
Answer = dict[str, Any]


def a_rule(*parts: Answer, operator: str = "or", **more: Any) -> Answer:
    return {"inclusions": {"operator": operator, "rules": list(parts)}, **more}


def a_part(kind: str = "pixel", source: str = PIXEL, days: int = 30, **changes: Any) -> Answer:
    bought = {"operator": "and", "filters": [{"field": "event", "operator": "eq", "value": "Purchase"}]}
    sources = [{"id": source, "type": kind}]
    return {"event_sources": sources, "retention_seconds": days * DAY, "filter": bought, **changes}


def refused(client: Any, **params: Any) -> Answer:
    """The refusal, which leaves nothing behind."""
    before = len(client.get("act_1/customaudiences", limit=100)["data"])
    error = client.post("act_1/customaudiences", **params)["error"]
    assert len(client.get("act_1/customaudiences", limit=100)["data"]) == before
    return dict(error)


@pytest.fixture
def past(client: Any) -> Any:
    """A client whose account has a past: audiences and a pixel among it."""
    return type(client)(history=2)


def seeded(past: Any, subtype: str) -> str:
    rows = past.get("act_1/customaudiences", fields="subtype,approximate_count_lower_bound")["data"]
    return str(next(r["id"] for r in reversed(rows) if r["subtype"] == subtype))


# Lists


def test_a_list_is_created_as_recorded_and_read_back(client: Any) -> None:
    """grouparoo v12.0, POST customaudiences 7: nothing but the id."""
    made = client.post("act_1/customaudiences", **LIST, description="Created from Grouparoo", retention_days=90)
    assert set(made) == {"id"}
    fields = "account_id,name,subtype,description,customer_file_source,retention_days,time_created,time_updated"
    assert client.get(made["id"], fields=f"{fields},is_value_based,operation_status,data_source,lookalike_spec") == {
        **LIST,
        "id": made["id"],
        "account_id": "1",
        "description": "Created from Grouparoo",
        "retention_days": 90,
        "is_value_based": False,
        "time_created": 1793534400,
        "time_updated": 1793534400,
        "operation_status": {"code": 410, "description": "No file has been uploaded."},
        "data_source": {"type": "UNKNOWN", "sub_type": "ANYTHING", "creation_params": "[]"},
    }
    assert client.get("act_1/customaudiences", fields="name")["data"] == [{"id": made["id"], "name": "Customers"}]


def test_a_new_list_answers_fields(client: Any) -> None:
    made = client.post("act_1/customaudiences", **LIST, fields="name,subtype")
    assert (made["name"], made["subtype"]) == ("Customers", "CUSTOM")


@table(
    ("changes", "words"),
    [
        ({"name": ""}, "The parameter name is required."),
        ({"customer_file_source": ""}, "The parameter customer_file_source is required."),
        ({"customer_file_source": "MINE"}, "Param customer_file_source must be one of"),
        ({"subtype": "LIST"}, "Param subtype must be one of"),
        ({"subtype": ""}, "The parameter subtype is required."),
        ({"retention_days": 181}, "Param retention_days must be from 1 to 180"),
        ({"retention_days": 0}, "Param retention_days must be from 1 to 180"),
        ({"rule": a_rule(a_part())}, "Param rule can't be used with subtype CUSTOM"),
    ],
)
def test_a_list_that_can_not_be(client: Any, changes: Answer, words: str) -> None:
    error = refused(client, **{**LIST, **changes})
    assert error["code"] == 100
    assert words in error["message"]


@table("params", [{"subtype": "CLAIM"}, {"claim_objective": "TRAVEL"}, {"enable_fetch_or_create": True}], fresh=True)
def test_other_kinds_are_not_modelled(client: Any, params: Answer) -> None:
    form = client.form({**LIST, **params})
    assert client.session.post(f"{GRAPH}/act_1/customaudiences", data=form).status_code == 501


def test_terms_that_are_not_accepted(past: Any) -> None:
    """tests/contract/recordings/errors.jsonl: quoted_2663_0_customaudience_tos."""
    past.sandbox.accept_terms("act_1", "custom_audience_tos", False)
    error = refused(past, **LIST)
    assert error["code"] == 2663
    assert error["message"].endswith("https://www.facebook.com/customaudiences/app/tos/?act=1")
    assert "id" in past.post("act_1/customaudiences", name="Visitors", rule=a_rule(a_part()))
    past.sandbox.accept_terms("act_1", "web_custom_audience_tos", False)
    error = refused(past, name="Visitors", rule=a_rule(a_part()))
    assert (error["code"], error["error_subcode"]) == (200, 1870092)


def test_an_account_has_500_lists(client: Any) -> None:
    for number in range(500):
        fields = {"name": str(number), "subtype": "CUSTOM", "account_id": "1", "time_created": number}
        client.sandbox.seed("CustomAudience", **fields)
    assert client.post("act_1/customaudiences", **LIST)["error"]["error_user_title"] == "Too Many Audiences"
    assert "id" in client.post("act_2/customaudiences", **LIST)


# Events


def test_visitors_of_a_site(past: Any) -> None:
    rule = json.dumps(a_rule(a_part(days=180), a_part(days=30)))
    audience = past.post("act_1/customaudiences", name="Buyers", rule=rule, prefill=True)["id"]
    fields = "subtype,rule,pixel_id,retention_days,external_event_source,data_source,operation_status,delivery_status"
    read = past.get(audience, fields=f"{fields},approximate_count_lower_bound")
    assert (read["subtype"], read["rule"], read["pixel_id"], read["retention_days"]) == ("WEBSITE", rule, PIXEL, 180)
    assert read["external_event_source"]["id"] == PIXEL
    assert read["data_source"]["sub_type"] == "WEB_PIXEL_HITS"
    assert (read["operation_status"]["code"], read["delivery_status"]["code"]) == (441, 200)
    assert read["approximate_count_lower_bound"] == -1
    past.sandbox.advance(minutes=30)
    read = past.get(audience, fields="operation_status,approximate_count_lower_bound,approximate_count_upper_bound")
    assert read["operation_status"]["code"] == 200
    assert 10_000 < read["approximate_count_lower_bound"] < read["approximate_count_upper_bound"]
    without = past.post("act_1/customaudiences", name="From now on", rule=rule, prefill=False)["id"]
    past.sandbox.advance(minutes=30)
    assert past.get(without, fields="approximate_count_lower_bound")["approximate_count_lower_bound"] == -1
    assert [r["id"] for r in past.get("act_1/customaudiences", pixel_id=PIXEL)["data"]][:2] == [without, audience]


@table(("kind", "days"), [("page", 730), ("ig_business", 730), ("lead", 90), ("canvas", 730)])
def test_people_who_engage(client: Any, kind: str, days: int) -> None:
    rule = a_rule(a_part(kind, PAGE, days))
    audience = client.post("act_1/customaudiences", name="Engaged", rule=rule)["id"]
    assert client.get(audience, fields="subtype,retention_days") == {
        "id": audience,
        "subtype": "ENGAGEMENT",
        "retention_days": days,
    }
    error = refused(client, name="Too long", rule=a_rule(a_part(kind, PAGE, days + 1)))
    assert (error["code"], error["error_subcode"]) == (100, 1713098)


def test_people_of_an_app_and_of_videos(client: Any) -> None:
    app = client.post("act_1/customaudiences", name="App", rule=a_rule(a_part("app", "1234567890")))["id"]
    assert client.get(app, fields="subtype")["subtype"] == "APP"
    videos = [{"event_name": "video_watched", "object_id": "1", "retention_seconds": 30 * DAY}]
    seen = client.post("act_1/customaudiences", name="Seen", subtype="ENGAGEMENT", rule=videos)["id"]
    assert client.get(seen, fields="subtype,retention_days") == {"id": seen, "subtype": "VIDEO", "retention_days": 30}
    assert refused(client, name="Seen", rule=videos)["message"] == "(#100) The parameter subtype is required."
    assert refused(client, name="Seen", subtype="ENGAGEMENT", rule=[{"event_name": "x"}])["error_subcode"] == 1713098


def test_a_subtype_is_not_said_of_events(past: Any) -> None:
    for subtype in ("WEBSITE", "APP", "ENGAGEMENT"):
        error = refused(past, name="Visitors", subtype=subtype, rule=a_rule(a_part()))
        assert "leave it out" in error["message"]
    assert refused(past, name="Visitors", subtype="WEBSITE")["message"] == "(#100) The parameter rule is required."


LIKED = {"operator": "and", "filters": [{"field": "event", "operator": "eq", "value": "page_liked"}]}
NESTED = {"operator": "or", "filters": [LIKED, {"field": "url", "operator": "i_contains", "value": "shop"}]}


@table(
    "rule",
    [
        a_rule(a_part(), exclusions={"operator": "or", "rules": [a_part()]}),
        a_rule(a_part(aggregation={"type": "count", "operator": ">", "value": 3})),
        a_rule(a_part("page", PAGE, 0, filter=LIKED)),
        a_rule(a_part(filter=None)),
        a_rule(*[a_part()] * 10),
    ],
)
def test_rules_that_meta_takes(past: Any, rule: Answer) -> None:
    assert "id" in past.post("act_1/customaudiences", name="Visitors", rule=rule)


@pytest.mark.thorough
@table(
    "rule",
    [
        "{not json",
        {"inclusions": []},
        a_rule(),
        a_rule(a_part(), operator="xor"),
        a_rule(*[a_part()] * 11),
        a_rule(a_part(), exclusions={"operator": "or", "rules": []}),
        a_rule(a_part(event_sources=[])),
        a_rule(a_part("fax")),
        a_rule(a_part(source="999")),
        a_rule(a_part(days=181)),
        a_rule(a_part(days=0)),
        a_rule(a_part(filter=LIKED)),
        a_rule(
            a_part(filter={"operator": "and", "filters": [{"field": "event", "operator": "contains", "value": "P"}]})
        ),
        a_rule(a_part(filter={"operator": "and", "filters": [{"field": "url", "operator": "like", "value": "P"}]})),
        a_rule(a_part(filter={"operator": "and", "filters": [{"field": "url", "operator": "eq"}]})),
        a_rule(a_part(filter={"operator": "nor", "filters": []})),
        a_rule(a_part(filter={"operator": "or", "filters": [NESTED["filters"][1]] * 101})),
        a_rule(a_part(aggregation={"type": "median", "operator": ">", "value": 3})),
        a_rule(a_part(aggregation={"type": "sum", "method": "odd", "operator": ">", "value": 3})),
        a_rule(a_part(aggregation={"type": "sum", "value": 3})),
    ],
)
def test_rules_that_meta_refuses(past: Any, rule: Any) -> None:
    error = refused(past, name="Visitors", rule=rule)
    assert (error["code"], error["error_subcode"]) == (100, 1713098)
    assert json.loads(error["error_data"]) == {"blame_field_specs": [["rule"]]}


# Lookalikes


def a_lookalike(past: Any, **spec: Any) -> Answer:
    spec = {"country": "US", "ratio": 0.02, **spec}
    spec = {name: value for name, value in spec.items() if value is not None}
    params = {"name": "Like them", "subtype": "LOOKALIKE", "lookalike_spec": spec}
    return {**params, "origin_audience_id": seeded(past, "WEBSITE")}


def test_a_lookalike_grows_from_an_audience(past: Any) -> None:
    params = a_lookalike(past, starting_ratio=0.01)
    audience = past.post("act_1/customaudiences", **params)["id"]
    origin = params["origin_audience_id"]
    fields = "subtype,lookalike_spec,operation_status,approximate_count_lower_bound"
    read = past.get(audience, fields=fields)
    assert read["lookalike_spec"] == {
        "country": "US",
        "ratio": 0.02,
        "starting_ratio": 0.01,
        "type": "custom_ratio",
        "target_countries": ["US"],
        "origin": [{"id": origin, "name": "Buyers, 180 days", "type": "custom_audience"}],
    }
    assert (read["operation_status"]["code"], read["approximate_count_lower_bound"]) == (441, -1)
    assert audience in past.get(origin, fields="lookalike_audience_ids")["lookalike_audience_ids"]
    past.sandbox.advance(minutes=360)
    small = past.get(audience, fields=fields)["approximate_count_lower_bound"]
    wide = past.post("act_1/customaudiences", **a_lookalike(past, ratio=0.1))["id"]
    past.sandbox.advance(minutes=360)
    assert past.get(wide, fields=fields)["approximate_count_lower_bound"] > 8 * small > 10_000_000


@table(
    "spec",
    [
        {"ratio": None, "type": "similarity"},
        {"ratio": None, "type": "reach"},
        {"ratio": 0.2},
        {"country": None, "location_spec": {"geo_locations": {"countries": ["US", "CA"]}}},
        {"country": None, "location_spec": {"geo_locations": {"country_groups": ["europe"]}}},
        {"allow_international_seeds": True},
    ],
)
def test_specs_that_meta_takes(past: Any, spec: Answer) -> None:
    assert "id" in past.post("act_1/customaudiences", **a_lookalike(past, **spec))


@pytest.mark.thorough
@table(
    "spec",
    [
        {"ratio": None},
        {"type": "similarity"},
        {"ratio": None, "type": "best"},
        {"ratio": 0.21},
        {"ratio": 0.015},
        {"ratio": 0},
        {"ratio": "0.02"},
        {"starting_ratio": 0.02},
        {"starting_ratio": "0.01"},
        {"country": None},
        {"country": ["US"]},
        {"country": "XX"},
        {"location_spec": {"geo_locations": {"countries": ["US"]}}},
        {"country": None, "location_spec": {"countries": ["US"]}},
        {"country": None, "location_spec": {"geo_locations": {}}},
        {"allow_international_seeds": "true"},
        {"conversion_type": "campaign_conversions"},
        {"page_id": "999"},
    ],
)
def test_specs_that_meta_refuses(past: Any, spec: Answer) -> None:
    assert refused(past, **a_lookalike(past, **spec))["code"] == 100


def test_seeds_that_can_not_be_used(past: Any) -> None:
    params = a_lookalike(past)
    assert refused(past, **{**params, "origin_audience_id": "999"})["error_subcode"] == 33
    assert "is required" in refused(past, **{**params, "origin_audience_id": ""})["message"]
    small = past.post("act_1/customaudiences", **LIST)["id"]
    error = refused(past, **{**params, "origin_audience_id": small})
    assert error["error_user_title"] == "Seed Audience Too Small"
    past.sandbox.audience_status(params["origin_audience_id"], 471, ["name"])
    assert refused(past, **params)["error_subcode"] == 1713232
    past.sandbox.audience_status(params["origin_audience_id"], None)
    past.post(f"{params['origin_audience_id']}/adaccounts", adaccounts=["2"])
    error = past.post("act_2/customaudiences", **params)["error"]
    assert error["error_user_title"] == "Seed Not Available"


def test_lookalikes_of_campaigns_and_pages(past: Any) -> None:
    campaign = past.get("act_1/campaigns")["data"][0]["id"]
    for spec, origin in (
        ({"origin_ids": [campaign], "conversion_type": "campaign_conversions"}, {"id": campaign, "type": "campaign"}),
        ({"page_id": PAGE, "conversion_type": "page_like"}, {"id": PAGE, "type": "page"}),
    ):
        params = {**a_lookalike(past, **spec), "origin_audience_id": ""}
        audience = past.post("act_1/customaudiences", **params)["id"]
        assert past.get(audience, fields="lookalike_spec")["lookalike_spec"]["origin"] == [origin]


# Read, changed, deleted


def test_a_fresh_account_has_audiences(past: Any) -> None:
    rows = past.get("act_1/customaudiences", fields="name,subtype,operation_status,approximate_count_lower_bound")[
        "data"
    ]
    found = {row["name"]: (row["subtype"], row["operation_status"]["code"]) for row in rows}
    assert found == {
        "Newsletter subscribers": ("CUSTOM", 200),
        "Trade fair visitors": ("CUSTOM", 450),
        "Buyers, 180 days": ("WEBSITE", 200),
        "Page engagement, 365 days": ("ENGAGEMENT", 200),
        "Lookalike (US, 1%) - Buyers, 180 days": ("LOOKALIKE", 200),
    }
    sizes = {row["name"]: row["approximate_count_lower_bound"] for row in rows}
    assert (sizes["Newsletter subscribers"], sizes["Trade fair visitors"]) == (8400, -1)
    assert past.get("act_2/customaudiences") == {"data": []}
    named = [{"field": "name", "operator": "CONTAIN", "value": "Lookalike"}]
    assert len(past.get("act_1/customaudiences", filtering=json.dumps(named))["data"]) == 1


def test_saved_audiences(past: Any) -> None:
    rows = past.get("act_1/saved_audiences", fields="name,targeting,sentence_lines,account,run_status")["data"]
    assert [row["name"] for row in rows] == ["Newsletter, no buyers", "Coffee lovers, 25 to 54"]
    assert rows[1]["account"] == {"id": "act_1"}
    assert {"content": "Age:", "children": ["25 - 54"]} in rows[1]["sentence_lines"]
    read = past.get(rows[1]["id"], fields="approximate_count_lower_bound,approximate_count_upper_bound,time_created")
    assert (read["approximate_count_lower_bound"], read["approximate_count_upper_bound"]) == (1_900_000, 2_200_000)
    assert past.get("act_2/saved_audiences") == {"data": []}


def test_words_of_an_audience_change(client: Any) -> None:
    audience = client.post("act_1/customaudiences", **LIST)["id"]
    client.sandbox.advance(minutes=5)
    link = "https://example.com/out"
    assert client.post(audience, name="Renamed", description="Better", opt_out_link=link) == {"success": True}
    read = client.get(audience, fields="name,description,opt_out_link,time_created,time_updated")
    assert (read["name"], read["description"], read["opt_out_link"]) == ("Renamed", "Better", link)
    assert read["time_updated"] - read["time_created"] == 300
    assert "name is required" in client.post(audience, name="")["error"]["message"]
    assert "Param rule" in client.post(audience, rule=a_rule(a_part()))["error"]["message"]


def test_the_rule_of_visitors_changes(past: Any) -> None:
    audience = seeded(past, "WEBSITE")
    rule = json.dumps(a_rule(a_part(days=7)))
    assert past.post(audience, rule=rule)["success"] is True
    read = past.get(audience, fields="rule,retention_days,operation_status,approximate_count_lower_bound")
    assert (read["rule"], read["retention_days"], read["operation_status"]["code"]) == (rule, 7, 441)
    assert read["approximate_count_lower_bound"] == 3100
    past.sandbox.advance(minutes=30)
    assert past.get(audience, fields="approximate_count_lower_bound")["approximate_count_lower_bound"] < 1000
    other = past.post(audience, rule=a_rule(a_part("page", PAGE)))["error"]
    assert other["error_subcode"] == 1713098


def test_flagged_audiences(past: Any) -> None:
    customers, visitors = seeded(past, "CUSTOM"), seeded(past, "WEBSITE")
    for audience in (customers, visitors):
        past.sandbox.audience_status(audience, 471, ["name"])
    read = past.get(visitors, fields="operation_status,delivery_status,fields_violating_integrity_policy")
    assert (read["operation_status"]["code"], read["delivery_status"]["code"]) == (471, 400)
    assert read["fields_violating_integrity_policy"] == ["name"]
    assert past.post(customers, name="Other")["error"]["error_subcode"] == 1713228
    assert past.post(visitors, description="Other")["error"]["error_subcode"] == 1713231
    assert past.post(visitors, name="Other") == {"success": True}
    assert past.get(visitors, fields="operation_status")["operation_status"]["code"] == 200


def test_deleting_stops_what_used_it(past: Any) -> None:
    seed, lookalike = seeded(past, "WEBSITE"), seeded(past, "LOOKALIKE")
    targeting = {**past.ADSET["targeting"], "custom_audiences": [{"id": seed}]}
    adset, other = past.adset(targeting=targeting), past.adset()
    spec = {"page_id": PAGE, "link_data": {"link": "https://example.com/"}}
    ad = past.post("act_1/ads", name="Ad", adset_id=adset, creative={"object_story_spec": spec})["id"]
    assert [row["id"] for row in past.get(f"{seed}/ads")["data"]] == [ad]
    assert past.delete(seed) == {"success": True}
    assert past.get(seed)["error"]["error_subcode"] == 33
    assert past.get(adset, fields="effective_status")["effective_status"] == "PAUSED"
    assert past.get(other, fields="effective_status")["effective_status"] == "ACTIVE"
    assert past.get(lookalike, fields="operation_status")["operation_status"]["code"] == 431
    assert past.delete(seed)["error"]["error_subcode"] == 33


# Sharing


def test_an_audience_is_shared_with_accounts(past: Any) -> None:
    audience = seeded(past, "CUSTOM")
    answer = past.post(f"{audience}/adaccounts", adaccounts=["2", "act_4", "1", "77"], permissions="targeting")
    rows = {row["ad_acct_id"]: (row["audience_share_status"], bool(row["errors"])) for row in answer["sharing_data"]}
    refused_ones = dict.fromkeys(("4", "1", "77"), ("NOT_SHARED", True))
    assert rows == {"2": ("SHARED", False), **refused_ones}
    assert answer["success"] is False
    assert answer["sharing_data"][0]["business_id"] == past.sandbox.businesses()[0]
    assert past.get(f"{audience}/adaccounts")["data"] == [{"id": "2"}]
    assert past.get(f"{audience}/adaccounts", permissions="targeting_and_insights") == {"data": []}
    assert [row["id"] for row in past.get("act_2/customaudiences")["data"]] == [audience]
    past.post(f"{audience}/ad_accounts", adaccounts=["3"], replace=True)
    assert past.get(f"{audience}/adaccounts")["data"] == [{"id": "3"}]
    assert past.get("act_2/customaudiences") == {"data": []}
    form = {"adaccounts": json.dumps(["3"])}
    assert past.session.delete(f"{GRAPH}/{audience}/ad_accounts", data=form).json() == {"success": True}
    assert past.get(f"{audience}/adaccounts") == {"data": []}


def test_who_got_an_audience_sees_it_and_does_not_change_it(past: Any) -> None:
    audience = seeded(past, "CUSTOM")
    stranger = past.sandbox.session(past.sandbox.issue_token(accounts=["act_2"]))
    assert stranger.get(f"{GRAPH}/{audience}").json()["error"]["error_subcode"] == 33
    past.post(f"{audience}/adaccounts", adaccounts=["2"])
    assert stranger.get(f"{GRAPH}/{audience}?fields=name").json()["name"] == "Trade fair visitors"
    answer = stranger.post(f"{GRAPH}/{audience}", data={"name": "Mine"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, 200)
    assert stranger.delete(f"{GRAPH}/{audience}").json()["error"]["code"] == 200


def test_sharing_needs_a_business_and_accounts(client: Any) -> None:
    lonely = client.post("act_4/customaudiences", **LIST)["id"]
    error = client.post(f"{lonely}/adaccounts", adaccounts=["1"])["error"]
    assert (error["code"], error["error_subcode"]) == (200, 1870050)
    audience = client.post("act_1/customaudiences", **LIST)["id"]
    assert "adaccounts is required" in client.post(f"{audience}/adaccounts")["error"]["message"]
    assert (
        "must be one of"
        in client.post(f"{audience}/adaccounts", adaccounts=["2"], permissions="all")["error"]["message"]
    )


# Around


def test_calls_are_charged_to_custom_audiences(client: Any) -> None:
    audience = client.post("act_1/customaudiences", **LIST)["id"]
    for path in ("act_1/customaudiences", audience, f"{audience}/sessions"):
        headers = client.session.get(f"{GRAPH}/{path}").headers
        [use] = json.loads(headers["x-business-use-case-usage"])["1"]
        assert use["type"] == "custom_audience"
    client.sandbox.quota(calls=1, use_case="custom_audience")
    client.get(audience)
    assert client.get(audience)["error"]["code"] == 80003
    assert client.get("act_1")["id"] == "act_1"


def test_what_others_are_known_for_is_not_played(client: Any) -> None:
    audience = client.post("act_1/customaudiences", **LIST)["id"]
    for edge in ("health", "salts", "shared_account_info"):
        assert client.session.get(f"{GRAPH}/{audience}/{edge}").status_code == 501


def test_seeded_ids_are_fixed_whatever_the_seed(past: Any) -> None:
    """Drawing them would change all later ids, and cassettes rest on those."""
    other = type(past)(history=3, seed=7)
    for edge in ("customaudiences", "saved_audiences", "adspixels"):
        ids = [[row["id"] for row in each.get(f"act_1/{edge}")["data"]] for each in (past, other)]
        assert ids[0]
        assert ids[0] == ids[1]
