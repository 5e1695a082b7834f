"""The whole funnel on the embedded sandbox, over real HTTP: from nothing to a paused, previewed, measured campaign."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

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


@dataclass
class Funnel:
    """What the steps have made so far; each step returns what to say about it."""

    fb: FacebookAds
    ids: dict[str, str] = field(default_factory=dict)

    def accounts(self) -> str:
        """List what the token can see."""
        groups = self.fb.adaccounts.by_business()
        return ", ".join(f"{account.id} {account.currency}" for group in groups for account in group.accounts)

    def campaign(self) -> str:
        """Create the campaign, with the budget."""
        campaign = self.fb.campaigns.create(
            self.fb.account,
            name="Autumn shoes",
            objective="OUTCOME_TRAFFIC",
            special_ad_categories=[],
            daily_budget="20.00 USD",
        )
        self.ids["campaign"] = campaign.id
        budget = Money.from_minor(campaign.daily_budget or 0, "USD")
        return f"ID: {campaign.id}  {campaign.status}  {budget} a day"

    def adset(self) -> str:
        """Create the ad set: who sees it."""
        adset = self.fb.adsets.create(
            self.fb.account,
            name="US 25-45",
            campaign_id=self.ids["campaign"],
            optimization_goal="LINK_CLICKS",
            billing_event="IMPRESSIONS",
            targeting={
                "geo_locations": {"countries": ["US"]},
                "age_min": 25,
                "age_max": 45,
                "targeting_automation": {"advantage_audience": 0},
            },
        )
        self.ids["adset"] = adset.id
        return f"ID: {adset.id}  {adset.status}  effective {adset.effective_status}"

    def image(self) -> str:
        """Upload a picture."""
        image = self.fb.adimages.create(self.fb.account, bytes=png())
        self.ids["image"] = str(image.hash)
        return f"hash {image.hash}  {image.width} x {image.height}"

    def creative(self) -> str:
        """Make the creative from picture, text and link."""
        creative = self.fb.adcreatives.create(
            self.fb.account,
            name="Autumn shoes",
            object_story_spec={
                "page_id": "1",
                "link_data": {
                    "link": "https://example.com/shoes",
                    "message": "Warm feet all autumn.",
                    "name": "New autumn shoes",
                    "image_hash": self.ids["image"],
                    "call_to_action": {"type": "SHOP_NOW"},
                },
            },
        )
        self.ids["creative"] = creative.id
        return f"ID: {creative.id}"

    def ad(self) -> str:
        """Put the creative into the ad set."""
        ad = self.fb.ads.create(
            self.fb.account,
            name="Autumn shoes",
            adset_id=self.ids["adset"],
            creative={"creative_id": self.ids["creative"]},
        )
        self.ids["ad"] = ad.id
        return f"ID: {ad.id}  {ad.status}  effective {ad.effective_status}"

    def preview(self) -> str:
        """Ask for a preview."""
        body = self.fb.ads.previews(ad_id=self.ids["ad"], ad_format="MOBILE_FEED_STANDARD")[0].body or ""
        return f"HTML of MOBILE_FEED_STANDARD, {body.count('<iframe')} iframe"

    def steps(self) -> Iterator[tuple[str, Callable[[], str]]]:
        """Yield the steps in order, with their titles."""
        yield "Ad accounts", self.accounts
        yield "Campaign", self.campaign
        yield "Ad set", self.adset
        yield "Image", self.image
        yield "Creative", self.creative
        yield "Ad", self.ad
        yield "Preview", self.preview


def run(console: Console) -> None:
    """Run the demo and show each step, then the figures of the campaigns that have run before."""
    with (
        serve(Sandbox()) as server,
        FacebookAds(server.sandbox.token, server.sandbox.account, settings=Settings(endpoint=server.url)) as fb,
    ):
        console.print(f"[bold]admonster_fb demo[/] on a sandbox at {server.url}")
        console.print("The sandbox is not Meta: nothing is published, nothing is spent.\n")
        funnel = Funnel(fb)
        _walk(console, funnel)
        console.print()
        rows = fb.insights.list(fb.account, level="campaign", date_preset="last_30d")
        console.print(_table(rows, wide=console.width >= WIDE))
        campaign = fb.campaigns.get(funnel.ids["campaign"])
        console.print(f"\nThe new campaign is [bold]{campaign.status}[/]: it spends nothing until it is set ACTIVE.")
        console.print("Next: python examples/launch_funnel.py; with a token in .env, at Meta itself.")


def _walk(console: Console, funnel: Funnel) -> None:
    steps = list(funnel.steps())
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Starting", total=len(steps))
        for title, step in steps:
            progress.update(task, description=title)
            progress.console.print(f"[green]✓[/] [bold]{title:<12}[/] {step()}", highlight=False)
            progress.advance(task)


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
