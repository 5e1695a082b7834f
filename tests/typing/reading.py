"""What reading gives, as an editor sees it. Checked by pyright, never run."""
# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

from datetime import date, datetime
from decimal import Decimal
from typing import assert_type

from admonster_fb import FacebookAds, Money, RateLimited
from admonster_fb.models.ad import Ad, AdPreview
from admonster_fb.models.adaccount import AdAccount, Business
from admonster_fb.models.adcreative import AdCreative
from admonster_fb.models.adimage import AdImage
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.models.targeting.options import ReachEstimate, TargetingOption
from admonster_fb.models.targeting.spec import AdSetTargeting
from admonster_fb.services.adaccounts import BusinessAccounts
from admonster_fb.transport.paging import Edge, Page


def facade() -> None:
    assert_type(FacebookAds("EAA", account="act_1"), FacebookAds)
    assert_type(FacebookAds.from_env(), FacebookAds)
    with FacebookAds.sandbox(seed=2) as fb:
        assert_type(fb, FacebookAds)
        assert_type(fb.account, str)
        assert_type(fb.currency("act_1"), str)
        assert_type(fb.today("act_1"), date)


def services(fb: FacebookAds) -> None:
    assert_type(fb.adaccounts.get("act_1"), AdAccount)
    assert_type(fb.adaccounts.list(), list[AdAccount])
    assert_type(fb.adaccounts.by_business(), list[BusinessAccounts])
    assert_type(fb.campaigns.get("1", fields=["name"]), Campaign)
    assert_type(fb.campaigns.list("act_1", effective_status=["ACTIVE"], limit=5), list[Campaign])
    assert_type(fb.campaigns.iter("act_1"), Edge[Campaign])
    assert_type(fb.adsets.list("1"), list[AdSet])
    assert_type(fb.ads.list("1"), list[Ad])
    assert_type(fb.ads.previews(ad_id="1", ad_format="MOBILE_FEED_STANDARD"), list[AdPreview])
    assert_type(fb.adcreatives.iter("act_1"), Edge[AdCreative])
    assert_type(fb.adimages.get("act_1", "a1"), AdImage | None)
    assert_type(fb.targeting.search_interests("movies"), list[TargetingOption])
    assert_type(fb.targeting.reachestimate("act_1", targeting_spec={"age_min": 25}), ReachEstimate)
    assert_type(fb.insights.list("act_1", level="ad", time_increment="monthly"), list[InsightsRow])


def edges(fb: FacebookAds) -> None:
    for campaign in fb.campaigns.iter("act_1"):
        assert_type(campaign, Campaign)
    for page in fb.insights.iter("act_1").pages():
        assert_type(page, Page[InsightsRow])
        assert_type(page.data, list[InsightsRow])
        assert_type(page.after, str | None)
    for business, accounts in fb.adaccounts.by_business():
        assert_type(business, Business | None)
        assert_type(accounts, list[AdAccount])


def fields(campaign: Campaign, adset: AdSet, ad: Ad, row: InsightsRow) -> None:
    assert_type(campaign.id, str)
    assert_type(campaign.status, str | None)
    assert_type(campaign.daily_budget, int | None)
    assert_type(campaign.created_time, datetime | None)
    assert_type(campaign.special_ad_categories, list[str] | None)
    assert_type(adset.targeting, AdSetTargeting | None)
    assert_type(ad.creative, AdCreative | None)
    assert_type(row.spend, Decimal | None)
    assert_type(row.impressions, int | None)


def misspelt(fb: FacebookAds, campaign: Campaign) -> None:
    print(campaign.dialy_budget)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType, reportUnknownMemberType]
    print(fb.campaing)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType, reportUnknownMemberType]


def wrong(fb: FacebookAds) -> None:
    fb.campaigns.get(5)  # pyright: ignore[reportArgumentType]
    fb.campaigns.get()  # pyright: ignore[reportCallIssue]
    fb.campaigns.get("1", campaign="2")  # pyright: ignore[reportCallIssue]
    fb.campaigns.list("act_1", status=["ACTIVE"])  # pyright: ignore[reportCallIssue]
    fb.campaigns.list("act_1", effective_status="ACTIVE")  # pyright: ignore[reportArgumentType]
    fb.insights.list("act_1", level="business")  # pyright: ignore[reportArgumentType]
    fb.insights.list("act_1", time_range={"since": "2026-10-01"})  # pyright: ignore[reportArgumentType]
    fb.ads.previews(ad_id="1")  # pyright: ignore[reportCallIssue]


def money(amount: Money, error: RateLimited) -> None:
    assert_type(Money("50.00 USD"), Money)
    assert_type(Money.from_minor(5000, "USD").minor, int)
    assert_type(amount.amount, Decimal)
    assert_type(amount + amount, Money)
    assert_type(2 * amount, Money)
    assert_type(amount < amount, bool)
    assert_type(error.retry_after, float | None)
    Money(50)  # pyright: ignore[reportArgumentType]
    Money.from_minor(50.0, "USD")  # pyright: ignore[reportArgumentType]
    Money.from_major(0.5, "USD")  # pyright: ignore[reportArgumentType]
    amount.minor = 5  # pyright: ignore[reportAttributeAccessIssue]
