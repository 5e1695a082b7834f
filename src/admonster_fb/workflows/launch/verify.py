"""What was made read back, and held against what was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

from admonster_fb.errors import FacebookAdsError
from admonster_fb.models._facts import names
from admonster_fb.models.adset import AdSetCreate
from admonster_fb.models.campaign import BUDGETS, CampaignCreate
from admonster_fb.money import Money
from admonster_fb.workflows.launch.journal import Notes

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

_BUDGET = (*BUDGETS, "bid_strategy")
READ: Mapping[str, tuple[str, ...]] = {
    "campaigns": ("name", "objective", "status", "spend_cap", "buying_type", "special_ad_categories", *_BUDGET),
    "adsets": ("name", "status", "campaign_id", "optimization_goal", "billing_event", "bid_amount", *_BUDGET),
    "ads": ("name", "status", "adset_id"),
}
"""Fields that read as they are written. Targeting does not: Meta adds to it."""
_MONEY = {*names(CampaignCreate, money=True), *names(AdSetCreate, money=True)}
_DATED = re.compile(r" (\d{4}-\d\d-\d\d)-[0-9a-f]{32}\Z")


def different(fb: FacebookAds, notes: Notes) -> list[str]:
    """Return what reads otherwise than it was asked for, each as a sentence. One read for each object, in batches.

    >>> different(fb, Notes.read(launched.journal))
    []
    """
    wanted = dict(_wanted(notes))
    with fb.batch() as batch:
        items = {
            place: batch.add(getattr(fb, edge).get, notes.ids[place], fields=["id", *(each for each in READ[edge])])
            for place, (edge, _) in wanted.items()
        }
    found: list[str] = []
    for place, item in items.items():
        if item.error is not None:
            found.append(f"{place}: could not be read back: {item.error}")
            continue
        node, (edge, asked) = item.result(), wanted[place]
        minor = _in_minor_units(fb, notes.account, asked)
        shown = {name: (minor[name], getattr(node, name, None)) for name in READ[edge] if name in minor}
        found += [
            f"{place}.{name}: asked for {_plain(want)}, is {_plain(got)}"
            for name, (want, got) in shown.items()
            if _plain(want) != _plain(got) and (want or got)
        ]
    return found


def _wanted(notes: Notes) -> Iterator[tuple[str, tuple[str, Mapping[str, Any]]]]:
    """Yield each object that can be read back: its edge, and what was asked for."""
    paused = {"status": "PAUSED"}
    yield "campaign", ("campaigns", {**paused, **notes.whole["campaign"]})
    for number, adset in enumerate(notes.whole["adsets"]):
        place = f"adsets.{number}"
        yield place, ("adsets", {**paused, **adset, "campaign_id": notes.ids["campaign"]})
        for index, ad in enumerate(adset["ads"]):
            yield f"{place}.ads.{index}", ("ads", {**paused, **ad, "adset_id": notes.ids[place]})


def _in_minor_units(fb: FacebookAds, account: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    typed = {name: Money(value) if _is_amount(name, value) else value for name, value in asked.items()}
    try:
        return fb.in_minor_units(typed, account)
    except FacebookAdsError:  # the account's currency has become another one: the amounts differ, and are told
        return typed


def _is_amount(name: str, value: Any) -> bool:
    return isinstance(value, str) and name in _MONEY


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return sorted(map(str, value)) if isinstance(value, list | tuple) else value


def older(name: str | None, since: datetime) -> bool:
    """Tell by the day that Meta adds to a creative's name whether it was there before `since`.

    The same content made again is the creative there is: a launch must not take back what it has not made.

    >>> from datetime import UTC
    >>> older(f"Sale 2026-10-30-{'a' * 32}", datetime(2026, 11, 1, 12, tzinfo=UTC)), older("Sale", datetime.now(UTC))
    (True, False)
    """
    dated = _DATED.search(name or "")
    # The day is the account's, which may be the one before: a day less is no proof.
    return bool(dated) and dated is not None and dated[1] < (since - timedelta(days=1)).date().isoformat()
