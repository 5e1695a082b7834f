"""Values the live API answered, transcribed with their source, and what the library makes of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tables import table

from admonster_fb import errors
from admonster_fb.errors import api_error
from admonster_fb.models.ad import Ad
from admonster_fb.models.adaccount import AdAccount
from admonster_fb.models.adcreative import AdCreative
from admonster_fb.models.adimage import AdImage
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.transport.api import decode
from admonster_fb.transport.clock import SystemClock
from admonster_fb.transport.paging import StoredResponse, _next_request, raw_page
from admonster_fb.transport.rate_limits import Usage
from admonster_fb.transport.request import Call


def test_an_account_of_2026() -> None:
    # ahoydig/meta-ads-pro, docs/spikes/2026-07-boost-ig.md, live v25.0
    account = AdAccount.from_api(
        {"timezone_name": "America/Recife", "currency": "BRL", "min_daily_budget": 522, "id": "act_763408067802379"}
    )
    assert (account.currency, account.min_daily_budget, account.spend_cap) == ("BRL", 522, None)


def test_an_account_in_full() -> None:
    # sebast26/spring-social-facebook-marketing, ad-account.json
    account = AdAccount.from_api(
        {
            "id": "act_123456789",
            "account_id": 123456789,
            "age": 10.003622685185185,
            "amount_spent": "1234",
            "created_time": "2015-02-19T00:31:33+0100",
            "spend_cap": "0",
            "timezone_offset_hours_utc": 2,
            "tax_id_status": 3,
        }
    )
    assert account.account_id == "123456789"  # a number once; text today, and here always
    assert (account.amount_spent, account.spend_cap, account.timezone_offset_hours_utc) == (1234, 0, 2)
    assert account.age == Decimal("10.003622685185185")
    assert account.created_time == datetime(2015, 2, 18, 23, 31, 33, tzinfo=UTC)
    assert account.tax_id_status == 3  # type: ignore[attr-defined]  # a field without a name here


def test_a_campaign_without_a_schedule() -> None:
    # tophatter/facebook-ruby-ads-sdk, cassette _create_ad_campaign/creates_a_new_ad_campaign.yml
    campaign = Campaign.from_api(
        {
            "id": "6076262393242",
            "can_use_spend_cap": True,
            "configured_status": "ACTIVE",
            "created_time": "2017-04-25T17:48:41-0700",
            "objective": "MOBILE_APP_INSTALLS",
            "start_time": "1969-12-31T15:59:59-0800",
        }
    )
    assert campaign.start_time is None
    assert campaign.objective == "MOBILE_APP_INSTALLS"  # an objective of those days: kept
    assert campaign.created_time is not None
    assert campaign.created_time.utcoffset() == timedelta(hours=-7)


def test_an_ad_set() -> None:
    # tophatter/facebook-ruby-ads-sdk, cassette _create_ad_set/creates_valid_ad_set.yml; sebast26, ad-set.json
    adset = AdSet.from_api(
        {
            "id": "120330000008135715",
            "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
            "pacing_type": ["standard"],
            "daily_budget": "500",
            "budget_remaining": "0",
            "lifetime_budget": "0",
            "bid_amount": 4444,
            "targeting": {
                "age_max": 65,
                "genders": [2],
                "app_install_state": "not_installed",
                "education_schools": [{"id": 105930651606, "name": "Harvard University"}],
                "geo_locations": {"countries": ["US"], "location_types": ["home"]},
            },
        }
    )
    assert (adset.daily_budget, adset.lifetime_budget, adset.bid_amount) == (500, 0, 4444)
    assert adset.targeting is not None
    assert adset.targeting.geo_locations == {"countries": ["US"], "location_types": ["home"]}
    assert adset.targeting.app_install_state == "not_installed"  # type: ignore[attr-defined]


def test_a_deleted_ad_can_still_be_read() -> None:
    # ahoydig/meta-ads-pro, docs/spikes/2026-07-boost-ig.md, live v25.0
    ad = Ad.from_api({"id": "120255176198420196", "status": "DELETED"})
    assert (ad.status, ad.effective_status) == ("DELETED", None)


def test_a_creative_with_crops() -> None:
    # ahoydig/meta-ads-pro, docs/spikes/2026-07-api-version.md, live v25.0
    crops = {"100x100": [[0, 420], [1080, 1500]]}
    creative = AdCreative.from_api({"image_crops": crops, "id": "2074362566500876"})
    assert creative.image_crops == crops  # type: ignore[attr-defined]


def test_an_uploaded_image() -> None:
    # an unnamed public repository's API log, v21.0
    body = {"images": {"source.png": {"hash": "7bf18eb86e07b663e9e57b020f4d9683", "height": 1080, "width": 1080}}}
    image = AdImage.from_api(body["images"]["source.png"])
    assert (image.hash, image.width, image.height) == ("7bf18eb86e07b663e9e57b020f4d9683", 1080, 1080)


def test_figures() -> None:
    # keboola/ex-facebook-graph-api, asyncinisghtscampaigns, v10.0; sebast26, ad-insights.json for the numbers
    row = InsightsRow.from_api(
        {
            "account_id": "522606278080331",
            "impressions": "187",
            "spend": 2.01,
            "cpm": 10.695187165775,
            "unique_clicks": 5,
            "actions": [
                {"action_reaction": "wow", "action_type": "post_reaction", "value": "1"},
                {"action_type": "offsite_conversion.fb_pixel_purchase", "value": "1"},
            ],
            "cost_per_action_type": [{"action_type": "comment", "value": 0.66666666666667}],
        }
    )
    assert (row.impressions, row.spend, row.cpm) == (187, Decimal("2.01"), Decimal("10.695187165775"))
    assert row.actions is not None
    assert row.actions == {"post_reaction[wow]": 1, "offsite_conversion.fb_pixel_purchase": 1}
    assert row.actions.raw[0] == {"action_reaction": "wow", "action_type": "post_reaction", "value": "1"}
    assert row.cost_per_action_type == {"comment": Decimal("0.66666666666667")}
    assert row.unique_clicks == 5


def test_next_of_another_version_is_asked_at_ours() -> None:
    # an unnamed public repository's API log: asked v21.0, `next` says v24.0
    paging = {
        "cursors": {"before": "MjkwOTkzOTI2MjI5OTk3NzUZD", "after": "MjkwOTkzOTI2MjI5OTk3NzUZD"},
        "next": "https://graph.facebook.com/v24.0/act_4522342371386479/adcreatives?fields=id%2Cname&limit=1"
        "&access_token=REDACTED&after=MjkwOTkzOTI2MjI5OTk3NzUZD",
    }
    page = raw_page(StoredResponse(json.dumps({"data": [], "paging": paging}).encode(), 200, {}), "GET adcreatives")
    call = _next_request(Call("GET", ("act_4522342371386479", "adcreatives")), str(page.next))
    assert call.path == ("act_4522342371386479", "adcreatives")
    assert call.params == {"fields": "id,name", "limit": "1", "after": "MjkwOTkzOTI2MjI5OTk3NzUZD"}
    assert "REDACTED" not in repr(page)


def test_a_usage_header() -> None:
    # keboola/component-meta, gen_facebook_pages_v2_v20_0.json, interaction 0, 2026-01-13
    use = {"type": "ads_management", "call_count": 1, "total_cputime": 1, "total_time": 1}
    told = {
        "186649832776475": [{**use, "estimated_time_to_regain_access": 0, "ads_api_access_tier": "standard_access"}]
    }
    usage = Usage(SystemClock())
    usage.record_headers({"x-business-use-case-usage": json.dumps(told)}, "act_186649832776475")
    (reading,) = usage.readings("act_186649832776475").values()
    assert (reading.percent, reading.tier, reading.free_at) == (1.0, "standard_access", None)


ERRORS: list[tuple[str, dict[str, Any], int, type[errors.APIError], bool]] = [
    # the recordings: status 400, said not to be transient, and yet goes away (30 times in 90 days)
    ("2/1504044", {"code": 2, "error_subcode": 1504044, "is_transient": False}, 400, errors.TransientError, True),
    # the limit of an app is 403, that of an account 400
    ("4", {"code": 4, "message": "Application request limit reached"}, 403, errors.RateLimited, True),
    ("80004", {"code": 80004, "error_subcode": 2446079}, 400, errors.RateLimited, True),
    # front-end errors have no type or trace; 99 means a wrong level only in answer to a call with one
    ("1", {"code": 1, "message": "Please reduce the amount of data"}, 500, errors.TransientError, False),
    ("1/99", {"code": 1, "error_subcode": 99}, 500, errors.TransientError, True),
    # an expired token of a system user has no subcode
    ("190", {"code": 190, "message": "The token has expired on …"}, 400, errors.AuthenticationError, False),
    ("190, unreadable", {"code": 190, "message": "Cannot parse access token"}, 401, errors.AuthenticationError, False),
    # 100/33: no such object, or not for this token
    ("100/33", {"code": 100, "error_subcode": 33}, 400, errors.NotFoundError, False),
    # error_data as JSON text of JSON text
    ("1815629", {"code": 100, "error_subcode": 1815629, "error_data": '"\\"null\\""'}, 400, errors.APIError, False),
    # very old: no code, only a number in the words
    ("(#4)", {"message": "(#4) User request limit reached"}, 400, errors.RateLimited, True),
]


@table(("name", "raw", "status", "kind", "retryable"), ERRORS, ids=[row[0] for row in ERRORS])
def test_errors_of_the_live_api(
    name: str, raw: dict[str, Any], status: int, kind: type[errors.APIError], retryable: bool
) -> None:
    failure = api_error(raw, http_status=status, request="GET 1")
    assert isinstance(failure, kind)
    assert failure.retryable is retryable


def test_blamed_fields_come_in_many_forms() -> None:
    # the recordings, "error_data comes as …"
    for data, paths in (
        ('{"blame_field":"targeting"}', [["targeting"]]),
        ({"blame_field_specs": [["optimization_goal"]]}, [["optimization_goal"]]),
        ('{"blame_field_specs":[["optimization_goal"]]}', [["optimization_goal"]]),
        ({"blame_field_specs": [[""]]}, []),
        ('"\\"null\\""', []),
    ):
        assert api_error({"code": 100, "error_data": data}, http_status=400, request="").blame_field_specs == paths


@pytest.mark.parametrize(
    ("status", "body"),
    [
        # python SDK issue 675: in the middle of paging, and counted as success there
        (400, b'<!DOCTYPE html>\n<html lang="en" id="facebook">\n<head><title>Facebook | Error</title>'),
        (400, b"<html>\r\n<head><title>400 Bad Request</title></head>\r\n<body><center><h1>400 Bad Request</h1>"),
    ],
)
def test_html_pages(status: int, body: bytes) -> None:
    with pytest.raises(errors.TransientError, match=f"HTTP {status} with an HTML page"):
        decode(StoredResponse(body, status, {}), "GET 1")
