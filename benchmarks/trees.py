"""Campaign trees launched from many threads against a sandbox that fails on purpose, and what has come of them."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from admonster_fb import FacebookAds, FacebookAdsError, OutcomeUnknown
from admonster_fb.sandbox import Sandbox

TARGETING = {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}}
KINDS = {"Campaign": 1, "AdSet": 2, "Ad": 2}
"""What a whole tree holds."""


@dataclass
class Outcome:
    """Counts over all trees. Each must be zero but `trees`, `whole` and `reported`."""

    trees: int = 0
    whole: int = 0
    reported: int = 0
    """Trees that ended in an error or `OutcomeUnknown`: somebody knows."""
    duplicates: int = 0
    lost: int = 0
    orphans: int = 0
    """Objects that exist but that nobody was told of."""
    crashes: list[str] = field(default_factory=list)


def launch(fb: FacebookAds, name: str, creative_id: str) -> list[str]:
    """Make a campaign with two ad sets and two ads; return the ids."""
    account = fb.account
    campaign = fb.campaigns.create(
        account, name=name, objective="OUTCOME_TRAFFIC", special_ad_categories=[], fields=["id", "name"]
    )
    made = [campaign.id]
    for number in (1, 2):
        adset = fb.adsets.create(
            account,
            name=f"{name} set {number}",
            campaign_id=campaign.id,
            daily_budget=1000,
            bid_strategy="LOWEST_COST_WITHOUT_CAP",
            optimization_goal="LINK_CLICKS",
            billing_event="IMPRESSIONS",
            targeting=TARGETING,
            fields=["id", "name"],
        )
        ad = fb.ads.create(
            account,
            name=f"{name} ad {number}",
            adset_id=adset.id,
            creative={"creative_id": creative_id},
            fields=["id", "name"],
        )
        made += [adset.id, ad.id]
    return made


def prepare(sandbox: Sandbox) -> str:
    """Make the creative that all ads share, while nothing fails yet."""
    from admonster_fb.sandbox import png

    with FacebookAds.sandbox(sandbox) as fb:
        image = fb.adimages.create(fb.account, bytes=png(600, 600))
        link_data = {"link": "https://example.com/", "image_hash": str(image.hash)}
        return fb.adcreatives.create(fb.account, object_story_spec={"page_id": "1", "link_data": link_data}).id


def run(sandbox: Sandbox, trees: int, *, threads: int = 8, seed: int = 1, rate: float = 0.2) -> Outcome:
    """Launch `trees` trees while the sandbox fails at `rate`, then compare what exists with what was told."""
    creative = prepare(sandbox)
    told: dict[str, list[str] | FacebookAdsError] = {}
    sandbox.chaos(seed=seed, rate=rate)
    outcome = Outcome(trees=trees)
    with FacebookAds.sandbox(sandbox, deadline=3600.0, max_wait=600.0) as fb:

        def one(number: int) -> None:
            name = f"tree {number:05}"
            try:
                told[name] = launch(fb, name, creative)
            except FacebookAdsError as error:
                told[name] = error
            except Exception as error:  # noqa: BLE001 - a crash is what this looks for
                outcome.crashes.append(f"{name}: {type(error).__name__}: {error}")

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(one, range(trees)))
    sandbox.chaos_stop()
    return _compared(sandbox, told, outcome)


def _compared(sandbox: Sandbox, told: dict[str, list[str] | FacebookAdsError], outcome: Outcome) -> Outcome:
    names = Counter(
        (kind, node["name"])
        for kind in KINDS
        for node in sandbox.objects(kind)
        if str(node.get("name", "")).startswith("tree ")
    )
    outcome.duplicates = sum(count - 1 for count in names.values())
    for name, result in told.items():
        parts = [(kind, each) for kind, each in names if each.startswith(name)]
        if isinstance(result, list):
            outcome.whole += 1
            outcome.lost += sum(KINDS.values()) - len(parts)
        else:
            outcome.reported += 1
            unknown = isinstance(result, OutcomeUnknown)
            outcome.orphans += 0 if unknown or len(parts) < sum(KINDS.values()) else 1
    return outcome
