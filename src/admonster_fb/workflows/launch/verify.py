"""Verification of a launch: its objects are read back and compared with what was requested."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from admonster_fb.errors import FacebookAdsError
from admonster_fb.models.campaign import BUDGETS
from admonster_fb.models.launch import kind_of
from admonster_fb.workflows.launch.expand import Spec, object_at, places
from admonster_fb.workflows.launch.journal import LaunchJournal
from admonster_fb.workflows.launch.validate import WITH_STATUS, build_tree, in_minor_units

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds
    from admonster_fb.models._node import Node

_BUDGETS = (*BUDGETS, "bid_strategy")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "campaigns": ("name", "objective", "status", "spend_cap", "buying_type", "special_ad_categories", *_BUDGETS),
    "adsets": ("name", "status", "campaign_id", "optimization_goal", "billing_event", "bid_amount", *_BUDGETS),
    "ads": ("name", "status", "adset_id"),
}
"""Fields that Meta returns as they were written. Targeting is not among them: Meta adds to it."""
PAGE = 500
"""Objects in a page of the lists that are read."""
_DATED_NAME = re.compile(r" (\d{4}-\d\d-\d\d)-[0-9a-f]{32}\Z")


def find_differences(fb: FacebookAds, journal: LaunchJournal) -> list[str]:
    """Return one sentence per field whose value is not the requested one.

    Reads the lists of the campaign's ad sets and ads; what they lack one by one, in batches.
    """
    expected = dict(_expected_objects(fb, journal))
    listed = _listed(fb, journal)
    with fb.batch() as batch:
        items = {
            place: batch.add(getattr(fb, edge).get, journal.created[place], fields=["id", *FIELDS[edge]])
            for place, (edge, _) in expected.items()
            if journal.created[place] not in listed
        }
    differences: list[str] = []
    for place, (edge, params) in expected.items():
        item = items.get(place)
        if item is not None and item.error is not None:
            differences.append(f"{place}: could not be read back: {item.error}")
            continue
        node = item.result() if item is not None else listed[journal.created[place]]
        for name in FIELDS[edge]:
            requested, actual = _comparable(params.get(name)), _comparable(getattr(node, name, None))
            if name in params and requested != actual and (requested or actual):
                differences.append(f"{place}.{name}: requested {requested}, is {actual}")
    return differences


def _listed(fb: FacebookAds, journal: LaunchJournal) -> dict[str, Node]:
    """Return the campaign, its ad sets and its ads by ID, as far as lists have them."""
    campaign_id = journal.created["campaign"]
    with fb.batch() as batch:
        campaign = batch.add(fb.campaigns.get, campaign_id, fields=["id", *FIELDS["campaigns"]])
        edges = [
            batch.add(getattr(fb, edge).iter, campaign_id, fields=["id", *FIELDS[edge]], limit=PAGE)
            for edge in ("adsets", "ads")
        ]
    found: dict[str, Node] = {} if campaign.error else {campaign_id: campaign.result()}
    for edge in edges:
        with suppress(FacebookAdsError):
            found |= {node.id: node for node in edge.result()}
    return found


def _expected_objects(fb: FacebookAds, journal: LaunchJournal) -> Iterator[tuple[str, tuple[str, Spec]]]:
    """Yield each object that can be read back: its place, its edge, and the requested parameters."""
    spec = journal.spec
    try:
        tree = {**spec, **in_minor_units(fb, journal.account, build_tree(spec, []))}
    except FacebookAdsError:  # the account has another currency now: its amounts differ and are reported
        tree = spec
    for place in places(spec):
        if kind_of(place) not in WITH_STATUS:
            continue
        params = {"status": "PAUSED", **object_at(tree, place)}
        if place.startswith("adsets."):
            adset, _, ad = place.partition(".ads.")
            parent = {"adset_id": journal.created[adset]} if ad else {"campaign_id": journal.created["campaign"]}
            params |= parent
        yield place, ("campaigns" if place == "campaign" else kind_of(place), params)


def _comparable(value: Any) -> Any:
    return sorted(map(str, value)) if isinstance(value, list | tuple) else value


def is_older(name: str | None, since: datetime) -> bool:
    """Return whether the date that Meta adds to a creative's name proves that it existed before `since`.

    Meta answers a request for the same content with the existing creative, and a rollback must not delete that one.

    >>> from datetime import UTC
    >>> since = datetime(2026, 11, 1, 12, tzinfo=UTC)
    >>> is_older(f"Sale 2026-10-30-{'a' * 32}", since), is_older("Sale", since)
    (True, False)
    """
    dated = _DATED_NAME.search(name or "")
    # The date is in the account's time zone, which may be a day behind: one day less proves nothing.
    return dated is not None and dated[1] < (since - timedelta(days=1)).date().isoformat()
