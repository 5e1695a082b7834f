"""Product catalogs: sets, feeds with their uploads, and what is wrong with products (`docs/meta-rules.md`)."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

from admonster_fb.sandbox import times
from admonster_fb.sandbox.convert import listed
from admonster_fb.sandbox.errors import not_one_of
from admonster_fb.sandbox.history import SEED
from admonster_fb.sandbox.world import Call, Node, Store

CATALOG, SET, FEED, UPLOAD = "ProductCatalog", "ProductSet", "ProductFeed", "ProductFeedUpload"
FIRST = 1_008_000_000_000_001
# The internal values of a catalog and of an upload.
FINDINGS, STATS, ERRORS = "diagnostics", "event_stats", "errors"
_SEVERITIES = ("MUST_FIX", "OPPORTUNITY")


def of_business(call: Call, business: Node) -> list[Node]:
    """Return the catalogs that a business owns, or that are shared with it."""
    owned = call.path.endswith("owned_product_catalogs")
    return [each for each in call.store.of_kind(CATALOG) if owned and each.data["business_id"] == business.id]


def diagnostics(call: Call, catalog: Node) -> dict[str, Any]:
    """Return what is wrong, filtered as requested."""
    severities = listed(call.params.get("severities"))
    if any(each not in _SEVERITIES for each in severities):
        raise not_one_of("severities", _SEVERITIES)
    channels = listed(call.params.get("affected_channels"))
    rows = [row for row in catalog.hidden.get(FINDINGS, ()) if not severities or row["severity"] in severities]
    return {"data": [row for row in rows if not channels or {*channels} & {*row["affected_channels"]}]}


def event_stats(call: Call, catalog: Node) -> dict[str, Any]:
    """Return how many events matched products; only of sources that the caller sees."""
    return {"data": [row for row in catalog.hidden.get(STATS, ()) if call.find(row["event_source"]["id"])]}


def errors(_call: Call, upload: Node) -> dict[str, Any]:
    """Return the errors of an upload: they may be there though its `error_count` is 0."""
    rows = list(upload.hidden.get(ERRORS, ()))
    return {"data": rows, "summary": {"total_count": len(rows)}}


def seed(store: Store, business_id: str) -> None:
    """Add a catalog with two sets, of which one is empty, and a feed whose last upload failed. No ids are drawn."""
    ids = map(str, range(FIRST, FIRST + 9))
    owner, rows = {"business_id": business_id}, deepcopy(SEED["catalog"])
    shop = store.add(CATALOG, {**owner, **rows["shop"]}, id=next(ids))
    shop.hidden |= {name: rows[name] for name in (FINDINGS, STATS)}
    for row in rows["sets"]:
        catalog = {"catalog_id": shop.id, "product_catalog": {"id": shop.id, "name": shop.data["name"]}}
        store.add(SET, {**owner, **row, **catalog}, id=next(ids))
    feed = store.add(FEED, {**owner, **rows["feed"], "catalog_id": shop.id}, id=next(ids))
    for hours, items, errors_found in ((26, 42, []), (2, 0, [rows["upload_error"]])):
        start = store.clock() - timedelta(hours=hours)
        data = {**owner, **rows["upload"], "feed_id": feed.id, "start_time": times.stamp(start, "UTC")}
        data |= {"end_time": times.stamp(start + timedelta(minutes=2), "UTC"), "num_detected_items": items}
        upload = store.add(UPLOAD, {**data, "num_persisted_items": items}, id=next(ids))
        upload.hidden[ERRORS] = errors_found
    feed.data["latest_upload"] = {"id": upload.id, "start_time": upload.data["start_time"]}
