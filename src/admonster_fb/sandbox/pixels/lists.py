"""Which pixels edges list, and what a pixel tells that is not written down: its snippet, when it fired last."""

from __future__ import annotations

from admonster_fb.sandbox import times
from admonster_fb.sandbox.pixels.constants import ACCOUNTS, CODE, PIXEL
from admonster_fb.sandbox.pixels.web import INSTALLED
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.validation.refusals import not_one_of
from admonster_fb.sandbox.world import Call, World


def of_account(call: Call, account: Node) -> list[Node]:
    """Return the pixels an account can use, newest first or as `sort_by` says."""
    found = [pixel for pixel in call.store.of_kind(PIXEL) if account.id in pixel.hidden[ACCOUNTS]][::-1]
    order = call.params.get("sort_by") if call.path.endswith("/adspixels") else None
    if order not in (None, "", "NAME", "LAST_FIRED_TIME"):
        raise not_one_of("sort_by", ("NAME", "LAST_FIRED_TIME"))
    if order == "NAME":
        return sorted(found, key=lambda pixel: str(pixel.data["name"]))
    if order == "LAST_FIRED_TIME":
        return sorted(found, key=lambda pixel: str(last_fired(call.world, pixel) or ""), reverse=True)
    return found


def of_business(call: Call, business: Node) -> list[Node]:
    """Return the pixels a business owns, newest first."""
    return [pixel for pixel in call.store.of_kind(PIXEL) if pixel.hidden["business"] == business.id][::-1]


def accounts(call: Call, pixel: Node) -> list[Node]:
    """Return the accounts of a business that a pixel is shared with."""
    business = call.params.get("business")
    found = [call.store.nodes[each] for each in pixel.hidden[ACCOUNTS]]
    return [each for each in found if business is None or each.hidden.get("business") == str(business)]


def code(_world: World, pixel: Node) -> str:
    """Return the snippet that puts a pixel on a page."""
    return CODE.format(id=pixel.id)


def last_fired(world: World, pixel: Node) -> str | None:
    """Return when a pixel fired last: on a site with visitors in this very hour."""
    if not pixel.hidden.get(INSTALLED):
        found: str | None = pixel.data.get("last_fired_time")
        return found
    hour = world.clock().replace(minute=0, second=0, microsecond=0)
    return times.stamp(hour, world.zone_of(pixel))
