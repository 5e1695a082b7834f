"""The whole funnel on the embedded sandbox, over real HTTP: from nothing to a paused, previewed, measured campaign."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from admonster_fb.cli.tables import table
from admonster_fb.client import FacebookAds
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.money import Money
from admonster_fb.sandbox import Sandbox, serve
from admonster_fb.sandbox.sample_media import png
from admonster_fb.transport.session import Settings

WIDE = 100
"""Columns of a terminal from which on the table shows all figures."""
_COUNTS = ("Impressions", "Reach", "Clicks")
_FIGURES = {**dict.fromkeys(_COUNTS, "{:,}"), "CTR": "{:.2f} %", "CPC": "{:.2f}", "Spend": "{:,.2f}"}
"""The figures in the table, and how each is written."""


_STEPS = ("Ad accounts", "Campaign", "Ad set", "Image", "Creative", "Ad", "Preview")


def _delivery(fb: FacebookAds, ids: dict[str, str]) -> Iterator[str]:
    """Create the campaign, with the budget, and the ad set: who sees it. Yield what to say about each step."""
    groups = fb.adaccounts.by_business()
    yield ", ".join(f"{account.id} {account.currency}" for group in groups for account in group.accounts)
    campaign = fb.campaigns.create(
        fb.account, name="Autumn shoes", objective="OUTCOME_TRAFFIC", special_ad_categories=[], daily_budget="20.00 USD"
    )
    ids["campaign"] = campaign.id
    yield f"ID: {campaign.id}  {campaign.status}  {Money.from_minor(campaign.daily_budget or 0, 'USD')} a day"
    targeting: Any = {"geo_locations": {"countries": ["US"]}, "age_min": 25, "age_max": 45}
    targeting["targeting_automation"] = {"advantage_audience": 0}
    adset = fb.adsets.create(
        fb.account,
        name="US 25-45",
        campaign_id=campaign.id,
        optimization_goal="LINK_CLICKS",
        billing_event="IMPRESSIONS",
        targeting=targeting,
    )
    ids["adset"] = adset.id
    yield f"ID: {adset.id}  {adset.status}  effective {adset.effective_status}"


def _content(fb: FacebookAds, ids: dict[str, str]) -> Iterator[str]:
    """Upload a picture, make the creative from it, put that into the ad set and ask for a preview."""
    image = fb.adimages.create(fb.account, bytes=png())
    yield f"hash {image.hash}  {image.width} x {image.height}"
    creative = fb.adcreatives.create(
        fb.account,
        name="Autumn shoes",
        object_story_spec={
            "page_id": "1",
            "link_data": {
                "link": "https://example.com/shoes",
                "message": "Warm feet all autumn.",
                "name": "New autumn shoes",
                "image_hash": str(image.hash),
                "call_to_action": {"type": "SHOP_NOW"},
            },
        },
    )
    yield f"ID: {creative.id}"
    ad = fb.ads.create(fb.account, name="Autumn shoes", adset_id=ids["adset"], creative={"creative_id": creative.id})
    yield f"ID: {ad.id}  {ad.status}  effective {ad.effective_status}"
    body = fb.ads.previews(ad_id=ad.id, ad_format="MOBILE_FEED_STANDARD")[0].body or ""
    yield f"HTML of MOBILE_FEED_STANDARD, {body.count('<iframe')} iframe"


def run(console: Console) -> None:
    """Run the demo and show each step, then the figures of the campaigns that have run before."""
    with (
        serve(Sandbox()) as server,
        FacebookAds(server.sandbox.token, server.sandbox.account, settings=Settings(endpoint=server.url)) as fb,
    ):
        console.print(f"[bold]admonster_fb demo[/] on a sandbox at {server.url}")
        console.print("The sandbox is not Meta: nothing is published, nothing is spent.\n")
        ids: dict[str, str] = {}
        steps = chain(_delivery(fb, ids), _content(fb, ids))
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("Starting", total=len(_STEPS))
            for title in _STEPS:
                progress.update(task, description=title)
                progress.console.print(f"[green]✓[/] [bold]{title:<12}[/] {next(steps)}", highlight=False)
                progress.advance(task)
        console.print()
        rows = fb.insights.list(fb.account, level="campaign", date_preset="last_30d")
        console.print(_table(rows, wide=console.width >= WIDE))
        campaign = fb.campaigns.get(ids["campaign"])
        console.print(f"\nThe new campaign is [bold]{campaign.status}[/]: it spends nothing until it is set ACTIVE.")
        console.print("Next: python examples/launch_funnel.py; with a token in .env, at Meta itself.")


def _table(rows: list[InsightsRow], *, wide: bool) -> Table:
    period = f"{rows[0].date_start} to {rows[0].date_stop}, in {rows[0].account_currency}" if rows else "no activity"
    figures = {title: form for title, form in _FIGURES.items() if wide or title not in ("Reach", "CPC")}

    def cells(row: InsightsRow) -> list[str]:
        shown = (form.format(getattr(row, title.lower()) or 0) for title, form in figures.items())
        return [row.campaign_name or "", *shown]

    made = table(("Campaign", *figures), map(cells, rows), f"Figures by campaign, {period}")
    made.columns[0].no_wrap = True
    for column in made.columns[1:]:
        column.justify = "right"
    return made
