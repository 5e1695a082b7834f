"""Reading: fields, pages, filters, groups, figures."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, InvalidParameterError
from admonster_fb.models.ad import Ad
from admonster_fb.models.adcreative import AdCreative
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign
from admonster_fb.sandbox import Sandbox, png
from admonster_fb.transport.paging import Edge

CAMPAIGN: Any = {"objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}

EDGES: dict[str, Callable[..., Any]] = {
    "adaccounts": lambda edge, **more: edge(**more),
    **{
        name: lambda edge, **more: edge("act_1", **more)
        for name in ("campaigns", "adsets", "ads", "adcreatives", "adimages", "insights")
    },
}


@pytest.fixture
def sandbox() -> Sandbox:
    """With 30 days of history."""
    return Sandbox()


@pytest.mark.thorough
@table("service", EDGES)
def test_list_is_all_of_iter(fb: FacebookAds, service: str) -> None:
    listed, iterated = (EDGES[service](getattr(getattr(fb, service), method)) for method in ("list", "iter"))
    assert isinstance(listed, list)
    assert isinstance(iterated, Edge)
    assert listed
    assert [*iterated] == listed
    assert [*iterated] == listed, "an edge can be read again"


@pytest.mark.thorough
@table("service", EDGES, fresh=True)
def test_iter_asks_for_nothing_until_it_is_read(fb: FacebookAds, sandbox: Sandbox, service: str) -> None:
    edge = EDGES[service](getattr(fb, service).iter, limit=1)
    assert not sandbox.journal
    next(iter(edge))
    assert len(sandbox.journal) == 1


@table("service", [name for name in EDGES if name != "insights"])
def test_fields_are_those_asked_for(fb: FacebookAds, sandbox: Sandbox, service: str) -> None:
    nodes = EDGES[service](getattr(fb, service).list, fields=["name"])
    assert all({*node.model_dump(exclude_unset=True)} <= {"id", "hash", "name"} for node in nodes)
    assert sandbox.journal[-1].params["fields"] == "name"


@table("kind", ["campaign", "adset", "ad", "adcreative"])
def test_get_brings_the_fields_asked_for(fb: FacebookAds, kind: str) -> None:
    service = getattr(fb, f"{kind}s")
    node = service.list("act_1", fields=["id"])[0]
    read = service.get(node.id, fields=("name", "account_id"))
    assert {*read.model_dump(exclude_unset=True)} == {"id", "name", "account_id"}


def test_other_gets_bring_the_fields_asked_for(fb: FacebookAds) -> None:
    assert repr(fb.adaccounts.get("act_2", fields=["currency"])) == "AdAccount(id='act_2', currency='JPY')"
    made = fb.adimages.create("act_1", bytes=png())
    image = fb.adimages.get("act_1", str(made.hash), fields=["width"])
    assert image is not None
    assert (image.width, image.height) == (1200, None)


def test_a_new_object_brings_the_fields_asked_for(fb: FacebookAds) -> None:
    made = fb.campaigns.create("act_1", name="A", **CAMPAIGN, fields=["id", "status"])
    assert {*made.model_dump(exclude_unset=True)} == {"id", "status"}


@table("service", EDGES)
def test_a_field_that_is_not_there_is_metas_error(fb: FacebookAds, service: str) -> None:
    with pytest.raises(InvalidParameterError, match="nonsense") as error:
        EDGES[service](getattr(fb, service).list, fields=["nonsense"])
    assert error.value.code == 100
    assert error.value.advice


@pytest.mark.thorough
def test_a_list_goes_to_the_last_page(fb: FacebookAds, sandbox: Sandbox) -> None:
    names = [f"Campaign {number:02}" for number in range(30)]
    for name in names:
        fb.campaigns.create("act_4", name=name, **CAMPAIGN)
    sandbox.journal.clear()
    assert sorted(str(campaign.name) for campaign in fb.campaigns.list("act_4", fields=["name"])) == names
    assert len(sandbox.journal) == 2
    sandbox.empty_pages("act_*/campaigns", [2, 3])
    assert sorted(str(campaign.name) for campaign in fb.campaigns.list("act_4", fields=["name"], limit=4)) == names


def test_limit_is_per_page_and_not_in_all(fb: FacebookAds, sandbox: Sandbox) -> None:
    whole = fb.ads.list("act_1", fields=["name"])
    sandbox.journal.clear()
    assert fb.ads.list("act_1", fields=["name"], limit=3) == whole
    assert len(sandbox.journal) == -(-len(whole) // 3)


def test_after_goes_on_from_a_cursor(fb: FacebookAds) -> None:
    first = next(fb.campaigns.iter("act_1", limit=1).pages())
    assert first.after is not None
    assert fb.campaigns.list("act_1", after=first.after) == fb.campaigns.list("act_1")[1:]


def test_archived_and_deleted_come_only_when_asked_for(fb: FacebookAds) -> None:
    archived, deleted = (fb.campaigns.create("act_4", name="A", **CAMPAIGN).id for _ in range(2))
    fb.campaigns.update(archived, status="ARCHIVED")
    fb.campaigns.delete(deleted)
    assert fb.campaigns.list("act_4") == []
    assert [each.id for each in fb.campaigns.list("act_4", effective_status=["ARCHIVED"])] == [archived]


def test_filters_reach_meta(fb: FacebookAds) -> None:
    active = fb.campaigns.list("act_1", effective_status=["ACTIVE"])
    assert {campaign.effective_status for campaign in active} == {"ACTIVE"}
    chosen = fb.campaigns.list("act_1", filtering=[{"field": "name", "operator": "CONTAIN", "value": "Leads"}])
    assert ["Leads" in str(campaign.name) for campaign in chosen] == [True]


def test_ad_sets_and_ads_of_an_account_and_of_what_holds_them(fb: FacebookAds) -> None:
    campaign = fb.campaigns.list("act_1", effective_status=["ACTIVE"])[0]
    adsets = fb.adsets.list(campaign.id)
    assert adsets
    assert {adset.campaign_id for adset in adsets} == {campaign.id}
    ads = fb.ads.list(adsets[0].id)
    assert {ad.adset_id for ad in ads} == {adsets[0].id}
    assert {ad.campaign_id for ad in fb.ads.list(campaign.id)} == {campaign.id}
    assert len(fb.ads.list("act_1")) > len(fb.ads.list(campaign.id)) >= len(ads)


def test_images_are_chosen_by_hash(fb: FacebookAds) -> None:
    some = [str(image.hash) for image in fb.adimages.list("act_1")][:2]
    assert sorted(str(image.hash) for image in fb.adimages.list("act_1", hashes=some)) == sorted(some)


def test_accounts_are_grouped_by_business_with_personal_ones_last(fb: FacebookAds) -> None:
    groups = fb.adaccounts.by_business()
    assert [(group.business and group.business.name, [a.id for a in group.accounts]) for group in groups] == [
        ("Sandbox Coffee Group", ["act_1", "act_2"]),
        ("Sandbox Bakery", ["act_3"]),
        (None, ["act_4"]),
    ]


def test_accounts_come_to_the_last_page(fb: FacebookAds, sandbox: Sandbox) -> None:
    for number in range(100, 160):
        sandbox.add_account(f"act_{number}", business=sandbox.businesses()[0])
    assert len(fb.adaccounts.list(fields=["id"])) == 64
    assert [len(group.accounts) for group in fb.adaccounts.by_business()] == [62, 1, 1]


def test_only_what_the_token_sees(sandbox: Sandbox) -> None:
    sandbox.token = sandbox.issue_token(accounts=["act_3"])
    with FacebookAds.sandbox(sandbox) as fb:
        assert [account.id for account in fb.adaccounts.list()] == ["act_3"]


def test_an_account_reads_whole(fb: FacebookAds) -> None:
    account = fb.adaccounts.get("act_1")
    assert (account.currency, account.timezone_name, account.account_status) == ("USD", "America/Los_Angeles", 1)
    assert account.business is not None
    assert account.business.name == "Sandbox Coffee Group"


def test_deleted_nodes_read_by_id(fb: FacebookAds) -> None:
    made = fb.campaigns.create("act_1", name="A", **CAMPAIGN)
    fb.campaigns.delete(made.id)
    assert fb.campaigns.get(made.id).effective_status == "DELETED"


@table("level", ["account", "campaign", "adset", "ad"])
def test_rows_say_what_they_are_about(fb: FacebookAds, level: Any) -> None:
    rows = fb.insights.list("act_1", level=level)
    assert rows
    for row in rows:
        for above in ("campaign", "adset", "ad")[: ("account", "campaign", "adset", "ad").index(level)]:
            assert getattr(row, f"{above}_id")
            assert getattr(row, f"{above}_name")
        assert (row.date_start, row.date_stop) == ("2026-10-02", "2026-10-31")
        assert row.account_currency == "USD"
        assert isinstance(row.impressions, int)
        assert isinstance(row.spend, Decimal)


@table("level", ["campaign", "adset", "ad"])
def test_figures_of_one_object(fb: FacebookAds, level: str) -> None:
    of_account = fb.insights.list("act_1", level=level, sort=["spend_descending"])[0]  # type: ignore[arg-type]
    [own] = fb.insights.list(getattr(of_account, f"{level}_id"))
    assert (own.spend, own.impressions) == (of_account.spend, of_account.impressions)


def test_days_add_up(fb: FacebookAds) -> None:
    window: Any = {"time_range": {"since": "2026-10-25", "until": "2026-10-31"}}
    days = fb.insights.list("act_1", **window, time_increment=1)
    [week] = fb.insights.list("act_1", **window)
    assert [day.date_start for day in days] == [f"2026-10-{day}" for day in range(25, 32)]
    assert sum(day.impressions or 0 for day in days) == week.impressions
    assert sum(day.spend or 0 for day in days) == week.spend


def test_breakdowns_fields_and_attribution_windows(fb: FacebookAds) -> None:
    rows = fb.insights.list("act_1", fields=["impressions", "actions"], breakdowns=["age", "gender"])
    assert len({(row.age, row.gender) for row in rows}) == len(rows) > 1
    assert all(row.spend is None for row in rows)
    [row] = fb.insights.list("act_1", fields=["actions"], action_attribution_windows=["1d_click"])
    assert row.actions is not None
    assert any("1d_click" in action for action in row.actions.raw)
    assert any(row.action(name, window="1d_click") for name in row.actions)


def test_no_activity_is_no_rows(fb: FacebookAds) -> None:
    assert fb.insights.list("act_3") == []


def test_the_first_of_each_edge(fb: FacebookAds) -> None:
    assert next(iter(fb.adaccounts.iter())).id == "act_1"
    assert next(iter(fb.campaigns.iter("act_1"))).account_id == "1"
    assert next(iter(fb.adsets.iter("act_1"))).account_id == "1"
    assert next(iter(fb.ads.iter("act_1"))).account_id == "1"
    assert next(iter(fb.adcreatives.iter("act_1"))).account_id == "1"
    assert next(iter(fb.adimages.iter("act_1"))).account_id == "1"
    assert next(iter(fb.insights.iter("act_1"))).account_id == "1"


@pytest.mark.thorough
def test_pages_of_figures_hold_500_unless_said(fb: FacebookAds, sandbox: Sandbox) -> None:
    fb.insights.list("act_1", level="ad")
    assert sandbox.journal[-1].params["limit"] in (500, "500")
    fb.insights.list("act_1", level="ad", limit=2)
    assert sandbox.journal[-1].params["limit"] in (2, "2")


def test_a_whole_funnel_reads_back(fb: FacebookAds, campaign: Campaign, adset: AdSet, ad: Ad) -> None:
    assert fb.campaigns.get(campaign.id) == campaign
    assert fb.adsets.get(adset.id) == adset
    assert fb.ads.get(ad.id).model_dump(exclude={"creative"}) == ad.model_dump(exclude={"creative"})


def test_what_create_returns_for_a_creative_is_only_its_id_and_name(fb: FacebookAds, creative: AdCreative) -> None:
    assert {*creative.model_dump(exclude_unset=True)} == {"id", "name"}
    assert fb.adcreatives.get(creative.id).id == creative.id
