"""What writes of many objects change: bulk updates, scaling, copies, and whole campaigns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from admonster_fb.bot.plans.changes import Arguments, as_read, describes, updated
from admonster_fb.bot.plans.snapshot import Look
from admonster_fb.models.campaign import BUDGETS
from admonster_fb.models.change import Change
from admonster_fb.workflows.bulk import changes_by_id
from admonster_fb.workflows.duplicate.rebuild import rebuild
from admonster_fb.workflows.launch.op import preview
from admonster_fb.workflows.scale import compute_shares

_SELECTING = frozenset({"campaigns", "campaign_ids"})


@describes("bulk_update_campaigns")
def bulk(look: Look, given: Arguments) -> Iterable[Change]:
    """Tell what each campaign becomes."""
    change: Any = {name: value for name, value in given.items() if name not in _SELECTING}
    return updated(look, "campaigns", changes_by_id(given.get("campaigns"), given.get("campaign_ids"), change))


@describes("scale_campaign")
def scale(look: Look, given: Arguments) -> Iterator[Change]:
    """Tell the budgets that scaling sets."""
    shares = compute_shares(look.fb, **given)
    edge = "campaigns" if shares.of_campaign else "adsets"
    if shares.requested > shares.limit.minor:
        look.warnings.append(f"cut to max_daily_budget, {shares.limit}")
    rows = {row["id"]: row for row in look.read(edge, shares.amounts)}
    for node_id, (old, new) in shares.amounts.items():
        if old != new:
            yield Change(edge, node_id, rows[node_id]["name"], {"daily_budget": old}, {"daily_budget": new})


@describes("duplicate_campaign")
def copy_campaign(look: Look, given: Arguments) -> Iterator[Change]:
    """Tell what is copied: the campaign and, unless `deep` is false, all in it."""
    source = given["campaign_id"]
    [campaign] = look.read("campaigns", [source])
    if given.keys() - {"campaign_id", "new_name", "deep"}:
        yield from _rebuild(look, given)
        return
    yield _copied("campaigns", campaign, given.get("new_name"))
    if given.get("deep", True):
        look.tree([source])
        for edge in ("adsets", "ads"):
            yield from (_copied(edge, row) for row in _under(look, edge, "campaign_id", source))


def _rebuild(look: Look, given: Arguments) -> Iterator[Change]:
    """Tell what a copy with something otherwise makes: it is a launch."""
    overrides: Any = {name: value for name, value in given.items() if name not in ("campaign_id", "new_name", "deep")}
    deep = given.get("deep", True)
    wanted = rebuild(look.fb, given["campaign_id"], given.get("new_name"), overrides, deep=deep)
    yield from preview(look.fb, {"ad_account_id": wanted.account, **wanted.spec})


@describes("duplicate_adset")
def copy_adset(look: Look, given: Arguments) -> Iterator[Change]:
    """Tell what is copied: the ad set with what it has otherwise and, unless `deep` is false, its ads."""
    source = given["adset_id"]
    [adset] = look.read("adsets", [source])
    beside = {"adset_id", "new_name", "deep"}
    overrides = as_read(look, source, {name: value for name, value in given.items() if name not in beside})
    own = {} if any(overrides.get(name) for name in BUDGETS) else {name: adset.get(name) for name in BUDGETS}
    yield _copied("adsets", {**adset, **own, **overrides}, given.get("new_name"), overrides)
    if given.get("deep", True):
        look.tree([adset["campaign_id"]])
        yield from (_copied("ads", row) for row in _under(look, "ads", "adset_id", source))


@describes("duplicate_ad")
def copy_ad(look: Look, given: Arguments) -> Iterator[Change]:
    """Tell what is copied: one ad."""
    [ad] = look.read("ads", [given["ad_id"]])
    adset_id = given.get("adset_id") or ad["adset_id"]
    yield _copied("ads", ad, given.get("new_name"), {"adset_id": adset_id})


def _under(look: Look, edge: str, key: str, parent: str) -> list[dict[str, Any]]:
    return [row for row in look.seen.get(edge, {}).values() if row.get(key) == parent]


def _copied(edge: str, row: Arguments, name: Any = None, overrides: Arguments | None = None) -> Change:
    budgets = {each: row[each] for each in BUDGETS if row.get(each)}
    after = {"status": "PAUSED", **budgets, **(overrides or {})}
    return Change(edge, None, name or f"{row['name']} - Copy", {}, after)


@describes("launch_campaign")
def launch(look: Look, given: Arguments) -> Iterable[Change]:
    """Tell what a launch makes, as the launch itself tells it."""
    return preview(look.fb, given)
