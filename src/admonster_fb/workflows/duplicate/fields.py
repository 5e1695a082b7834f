"""What a copy that is created anew keeps: every field that Meta can read or write, carried, derived or refused.

*Carried*: read from the source and written to the copy. *Derived*: Meta or this library determines it, or it is no
state of the object. *Refused*: Meta can read and write it and this library cannot: a source that has it is not copied
unless `allow_loss` names the field. `copy_fields.json` lists the last two.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from admonster_fb.errors import InvalidParameterError, ParameterError, Violation
from admonster_fb.models._node import Node
from admonster_fb.models.ad import Ad, AdCreate
from admonster_fb.models.adcreative import AdCreative
from admonster_fb.models.adset import AdSet, AdSetCreate
from admonster_fb.models.campaign import Campaign, CampaignCreate
from admonster_fb.workflows.creative import EXTRAS

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

_NO_VALUE: tuple[Any, ...] = (None, "", [], {}, 0, "0", False, "DEFAULT", "UNSET", "NONE", "GUIDED_CREATION")
"""Values with which Meta returns a field that is not set, or that it sets itself."""
SCHEDULES = "budget_schedules"
"""What `allow_loss` calls the budget schedules of a source."""


@dataclass(frozen=True, slots=True)
class CopyFields:
    """The fields of one kind of object, by what a copy does with them."""

    model: type[Node]
    writable: frozenset[str]
    """What this library can write to a new object."""
    derived: frozenset[str]
    refusable: frozenset[str]
    """What Meta can write to a new object; refused as long as this library cannot."""

    @property
    def carried(self) -> frozenset[str]:
        """The fields that are read from the source and written to the copy."""
        return frozenset(self.model.model_fields.keys() & self.writable) - self.derived

    @property
    def refused(self) -> frozenset[str]:
        """The fields with which a source is not copied."""
        return self.refusable - self.carried


_TABLE = json.loads(resources.files(__package__).joinpath("copy_fields.json").read_text(encoding="utf-8"))


def _fields(edge: str, model: type[Node], writable: Iterable[str]) -> CopyFields:
    row = _TABLE[edge]
    derived = {*_TABLE["every object"]["derived"], *row["derived"]}
    return CopyFields(model, frozenset(writable), frozenset(derived), frozenset(row["refused"]))


_CONTENT = ("object_story_spec", "object_story_id", "source_instagram_media_id", "asset_feed_spec", "url_tags")
_OF_CREATIVES = {*_CONTENT, "degrees_of_freedom_spec", "product_set_id", *EXTRAS}
COPY_FIELDS: Mapping[str, CopyFields] = {
    "campaigns": _fields("campaigns", Campaign, CampaignCreate.__annotations__),
    "adsets": _fields("adsets", AdSet, AdSetCreate.__annotations__),
    "ads": _fields("ads", Ad, AdCreate.__annotations__),
    "adcreatives": _fields("adcreatives", AdCreative, _OF_CREATIVES),
}
"""The fields of each kind of object that is copied."""


def losses(fb: FacebookAds, nodes: Mapping[str, Iterable[str]], allowed: Iterable[str]) -> Iterator[Violation]:
    """Yield what sources have that a copy cannot carry; `nodes` are IDs by edge, `allowed` what may be left out."""
    names = {edge: sorted(COPY_FIELDS[edge].refused - {*allowed}) for edge in nodes}
    found = _read(fb, {(edge, node_id): names[edge] for edge, ids in nodes.items() for node_id in ids})
    for edge in {edge for (edge, _), item in found.items() if isinstance(item.error, InvalidParameterError)}:
        keys = [key for key in found if key[0] == edge]
        found |= _read(fb, dict.fromkeys(keys, _existing(fb, keys[0], names[edge])))
    for (edge, node_id), item in found.items():
        if isinstance(item.error, InvalidParameterError):
            continue
        node = item.result()
        for name in sorted({*names[edge]} & node.model_fields_set):
            if (value := getattr(node, name)) not in _NO_VALUE:
                yield lost_field(edge, node_id, name, value)


def _read(fb: FacebookAds, fields: Mapping[tuple[str, str], list[str]]) -> dict[tuple[str, str], Any]:
    """Return the reads of objects, by edge and ID, with fields of each."""
    with fb.batch() as batch:
        return {
            (edge, node_id): batch.add(getattr(fb, edge).get, node_id, fields=["id", *names])
            for (edge, node_id), names in fields.items()
        }


def _existing(fb: FacebookAds, key: tuple[str, str], names: list[str]) -> list[str]:
    """Return the fields that Meta has for this app: one that it does not have cannot be set either."""
    edge, node_id = key
    with fb.batch() as batch:
        items = {name: batch.add(getattr(fb, edge).get, node_id, fields=["id", name]) for name in names}
    return [name for name, item in items.items() if not isinstance(item.error, InvalidParameterError)]


def schedule_losses(
    fb: FacebookAds, holders: Iterable[Mapping[str, Any]], allowed: Iterable[str]
) -> Iterator[Violation]:
    """Yield the budget schedules of campaigns and ad sets, as fields, that are not over. A copy has none."""
    for holder in holders if SCHEDULES not in allowed else ():
        if holder.get("is_budget_schedule_enabled"):
            rows = fb.budget_schedules.iter(holder["id"])
            ahead = [row for row in rows if not row.time_end or row.time_end > fb.now()]
            if ahead:
                edge = "adsets" if holder.get("campaign_id") else "campaigns"
                yield lost_field(edge, holder["id"], SCHEDULES, f"{len(ahead)} ahead")


def lost_field(edge: str, node_id: str, name: str, value: object) -> Violation:
    """Return the violation of a field that a copy cannot carry.

    >>> lost_field("adsets", "1", "lifetime_imps", 5).allowed
    'no value: a copy cannot carry it; allow_loss=["lifetime_imps"] leaves it out'
    """
    return Violation(
        f"{edge}.{node_id}.{name}", value, f'no value: a copy cannot carry it; allow_loss=["{name}"] leaves it out'
    )


def unsupported(overrides: Mapping[str, Any]) -> Iterator[Violation]:
    """Yield the overrides that a copy does not take: it is always made, PAUSED, under `new_name`.

    >>> [each.field for each in unsupported({"status": "ACTIVE", "daily_budget": 2000})]
    ['status']
    """
    if overrides.get("status", "PAUSED") != "PAUSED":
        yield Violation(
            "status", overrides["status"], "PAUSED or no status: a copy never spends. Activate it afterwards"
        )
    if "name" in overrides:
        yield Violation("name", overrides["name"], "no value: new_name names the copy")
    if "execution_options" in overrides:
        yield Violation("execution_options", overrides["execution_options"], "no value: a copy is always made")


def check_losses(violations: Iterable[Violation]) -> None:
    """Raise `ParameterError` if there are violations."""
    if found := [*violations]:
        raise ParameterError(found)
