"""Read a tactics document: campaigns with audience, budget in major units, and objectives in plain words."""

from pathlib import Path
from typing import Any

from admonster_fb import FacebookAds, Money
from admonster_fb.analysis.metrics import metric, named
from admonster_fb.workflows.launch.parse import parse_file


def launches(fb: FacebookAds, document: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return a launch for each campaign of a YAML or JSON document, and the document."""
    tactics, currency = parse_file(document).data, fb.currency(fb.account)
    tactics["picture"] = str(document.resolve().parent / tactics["picture"])
    tactics["rules"] = [_rule(each, currency) for each in tactics.get("rules", ())]
    return [_launch(each, tactics, currency) for each in tactics["campaigns"]], tactics


def _rule(rule: dict[str, Any], currency: str) -> dict[str, Any]:
    """Return a rule with an amount of money, which the document has in major units, in the account's currency."""
    if metric(named(rule["metric"])).kind == "money":
        rule = {**rule, "threshold": Money.from_major(str(rule["threshold"]), currency)}
    return rule


def _launch(each: dict[str, Any], tactics: dict[str, Any], currency: str) -> dict[str, Any]:
    """Return one campaign with one ad set and one ad; the objective is the name of a preset."""
    words = {"page_id": tactics["page_id"], "link": tactics["link"], "message": each["text"], "image": "picture"}
    adset: dict[str, Any] = {
        "name": each["name"],
        "daily_budget": f"{each['budget']} {currency}",
        "targeting": each["audience"],
        "ads": [{"name": each["name"], "creative": words}],
    }
    if each["objective"] == "awareness":  # Meta asks whom people are to be aware of
        adset["promoted_object"] = {"page_id": tactics["page_id"]}
    campaign = {"name": each["name"], "special_ad_categories": tactics.get("special_ad_categories", [])}
    parts = {"campaign": campaign, "images": {"picture": tactics["picture"]}, "adsets": [adset]}
    return {"preset": each["objective"], **parts}
