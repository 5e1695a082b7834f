"""The private names of Meta's SDK that `transport.sdk_adapter` reads: this fails first and says which one changed."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from facebook_business.adobjects.ad import Ad
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.campaign import Campaign
from facebook_business.api import FacebookAdsApi, FacebookRequest, FacebookResponse
from facebook_business.apiconfig import ads_api_config
from tables import table

import admonster_fb
from admonster_fb import FacebookAds
from admonster_fb.transport.sdk_adapter import (
    known_names,
    known_values,
    offered_values,
    parameters,
    prepared,
    readable_fields,
    why_refused,
)

API = FacebookAdsApi(None)
ACCOUNT, CAMPAIGN, AD = AdAccount("act_1", api=API), Campaign("1", api=API), Ad("1", api=API)
REQUESTS: list[tuple[FacebookRequest, tuple[Any, ...]]] = [
    (ACCOUNT.get_campaigns(pending=True), ("GET", ("act_1", "campaigns"), "Campaign")),
    (ACCOUNT.create_ad_set(pending=True), ("POST", ("act_1", "adsets"), "AbstractCrudObject")),
    (CAMPAIGN.api_update(pending=True), ("POST", ("1",), "Campaign")),
    (CAMPAIGN.api_delete(pending=True), ("DELETE", ("1",), "AbstractCrudObject")),
    (AD.get_previews(pending=True), ("GET", ("1", "previews"), "AdPreview")),
]


def reads_requests() -> None:
    for request, expected in REQUESTS:
        assert prepared(request) == expected


def reads_parameters() -> None:
    types, enums = parameters(ACCOUNT.create_campaign(pending=True))
    assert types["daily_budget"] == "unsigned int"
    assert "OUTCOME_SALES" in enums["objective_enum"]
    assert not any("." in value for values in enums.values() for value in values)


def reads_fields() -> None:
    fields = readable_fields(Campaign)
    assert fields["updated_time"] == "datetime"
    assert "execution_options" not in fields, "write-only"


def calls_the_api() -> None:
    """All that the SDK asks of an API object that is given as `api=`."""
    with FacebookAds.sandbox() as fb:
        assert isinstance(fb.api, FacebookAdsApi)
        assert isinstance(fb.api.call("GET", ["act_1"]), FacebookResponse)
        for name in ("GRAPH", "requests", "timeout"):
            assert hasattr(fb.api._session, name), name
    ours = inspect.signature(type(fb.api).call).parameters
    assert list(ours) == list(inspect.signature(FacebookAdsApi.call).parameters)


NEEDS: list[tuple[str, Callable[[], None]]] = [
    ("FacebookRequest._method, ._path, ._target_class (every call of every service)", reads_requests),
    ("TypeChecker._type_check_info, ._enum_data (tests/build_sdk_spec.py, tests/contract)", reads_parameters),
    ("AbstractObject._field_types, readable fields first (tests/build_sdk_spec.py)", reads_fields),
    ("FacebookAdsApi: session, call's signature (the SDK's own objects with api=fb.api)", calls_the_api),
]


def test_sdk_private_names_are_as_the_adapter_reads_them() -> None:
    broken = []
    for what, check in NEEDS:
        try:
            check()
        except (AttributeError, AssertionError, KeyError, TypeError) as error:
            broken.append(f"{what}: {type(error).__name__}: {error}")
    version = ads_api_config["SDK_VERSION"]
    assert not broken, f"facebook-business {version}: adapt transport/sdk_adapter.py\n" + "\n".join(broken)


PRIVATE = re.compile(r"\.(_target_class|_param_checker|_type_check_info|_enum_data|_field_types|_endpoint)\b")


def test_sdk_private_names_are_read_in_the_adapter_only() -> None:
    source = Path(admonster_fb.__file__).parent
    readers = {path.name for path in source.rglob("*.py") if PRIVATE.search(path.read_text())}
    assert readers == {"sdk_adapter.py"}


def test_names_are_those_of_the_sdk_and_the_facts_but_the_refused() -> None:
    assert {"daily_budget", "topline_id", "multi_advertiser_ads"} <= known_names("AdSetCreate")
    assert known_names("AdSetCreate").isdisjoint({"date_format", "account_id"})
    assert "multi_advertiser_ads" not in known_names("AdCreate"), "the facts say it of ad sets"
    assert ("bid_amount" in known_names("AdSetCreate"), "bid_amount" in known_names("AdCreate")) == (True, False)
    assert known_names("NoSuchSpec") == frozenset()


@table(
    "spec, name, why",
    [
        ("AdCreate", "bid_amount", "it has no effect on an ad; bids belong to the ad set"),
        ("AdSetCreate", "bid_amount", ""),
        ("CreativeParts", "title", "use headline"),
        ("CreativeChanges", "object_url", "use link"),
        ("AdCreativeCreate", "title", ""),
        ("AdSetCreate", "date_format", "Meta refuses it since v26"),
        ("AdVideoCreate", "source", "the upload of the file sends it"),
        ("TargetingSpec", "effective_facebook_positions", "Meta computes it"),
    ],
)
def test_a_refused_name_has_its_reason(spec: str, name: str, why: str) -> None:
    assert why_refused(spec, name) == why


def test_values_are_those_of_the_sdk_s_list_of_one_or_several() -> None:
    assert "HOUSING" in known_values("CampaignCreate", "special_ad_categories")
    assert "OUTCOME_SALES" in known_values("CampaignCreate", "objective")
    assert "PURCHASE" in known_values("AdPromotedObject", "custom_event_type")
    for spec, name in (
        ("CampaignCreate", "name"),
        ("CampaignCreate", "nothing"),
        ("NoSuchSpec", "objective"),
        ("UserData", "emails"),
    ):
        assert known_values(spec, name) == frozenset()
    assert "LINK_CLICKS" in known_values("CampaignCreate", "objective") - offered_values("CampaignCreate", "objective")
    assert {name for name in offered_values("CampaignCreate", "objective") if not name.startswith("OUTCOME_")} == set()
    assert offered_values("CampaignCreate", "smart_promotion_type") == {"GUIDED_CREATION"}
    assert offered_values("AdPromotedObject", "custom_event_type") == known_values(
        "AdPromotedObject", "custom_event_type"
    )


def test_fields_are_read_up_to_where_the_alphabet_begins_again() -> None:
    types = [("adlabels", "list"), ("id", "string"), ("name", "string"), ("adbatch", "list"), ("status", "Status")]
    for end in (2, 3):
        node = SimpleNamespace(_field_types=dict([*types[:end], *types[3:]]))
        assert [*readable_fields(node)] == [name for name, _ in types[:end]]
    assert [*readable_fields(SimpleNamespace(_field_types=dict(types[:3])))] == ["adlabels", "id", "name"]
