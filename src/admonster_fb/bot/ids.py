"""What a model passed where an id belongs: the name of an object, or the id of another kind of object."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from admonster_fb.bot.render.values import quoted
from admonster_fb.client import FacebookAds
from admonster_fb.errors import MISSING, APIError, FacebookAdsError, NotFoundError, ParameterError, Violation
from admonster_fb.objects import DELIVERS, OBJECTS

_MOST = 10
"""The most ids that an answer names."""
_PAGE = 100
_NODE_TYPES = {
    "AdCampaignGroup": "campaigns",
    "AdCampaign": "adsets",
    "AdGroup": "ads",
    "Adgroup": "ads",
    "AdCreative": "adcreatives",
}
_NODE_TYPE = re.compile(r"node type \((\w+)\)")
_NAMED = {
    row.id_argument: row
    for row in OBJECTS.values()
    if row.id_argument and row.parent in ("adaccounts", *DELIVERS) and row.edge not in ("adimages", "budget_schedules")
} | {"parent_id": OBJECTS["campaigns"], "object_id": OBJECTS["campaigns"], "ad_object_id": OBJECTS["campaigns"]}
"""The objects that an account lists by name, by the argument for their id."""
_KINDS: Mapping[str, tuple[str, ...]] = {
    **{row.id_argument: (row.edge,) for row in OBJECTS.values() if row.edge in _NODE_TYPES.values()},
    **dict.fromkeys(("parent_id", "ad_object_id"), ("campaigns", "adsets")),
    "campaign_ids": ("campaigns",),
}
"""The kinds of object that an argument takes the ID of."""


def with_ids(fb: FacebookAds, error: ParameterError, arguments: Mapping[str, Any]) -> ParameterError:
    """Return an error that says the ids of objects whose names were passed as ids. One read for each such argument.

    It names the arguments as the caller did: what an op calls `form_id` may be an `object_id` further in.
    """
    account = arguments.get("ad_account_id") or (fb.account if fb.has_account else None)
    name = arguments.get("name") if any(each.field == "name" for each in error.violations) else None
    found = []
    for each in error.violations:
        if each.given is MISSING and name:
            found.append(replace(_with_ids(fb, replace(each, given=name), account), given=MISSING))
            continue
        # The argument that holds the value, if it is of another name and only one.
        same = [key for key, value in arguments.items() if value == each.given and key.endswith("_id")]
        foreign = re.fullmatch(r"\w+_id", each.field) and each.field not in arguments
        found.append(_with_ids(fb, replace(each, field=same[0]) if foreign and len(same) == 1 else each, account))
    return error if found == [*error.violations] else ParameterError(found)


def _with_ids(fb: FacebookAds, violation: Violation, account: str | None) -> Violation:
    row, name = _NAMED.get(violation.field), violation.given
    if row is None or account is None or not isinstance(name, str):
        return violation
    if name.startswith("act_") or not re.search(r"[^\W\d_]", name):
        return violation
    named = [{"field": "name", "operator": "CONTAIN", "value": name}]
    by_name: Any = {"filtering": named} if row.edge in DELIVERS else {}
    try:
        service = getattr(fb, row.attribute or row.edge)
        page = next(iter(service.iter(account, fields=["id", "name"], limit=_PAGE, **by_name).pages()))
        same = [each for each in page.data if name.casefold() in str(each.name).casefold()]
    except (FacebookAdsError, AttributeError):
        return violation
    exact = [each for each in same if str(each.name).casefold() == name.casefold()]
    ids = [f"{each.id} {quoted(each.name)}" for each in (exact or same)[:_MOST]]
    ids += [f"{len(exact or same) - _MOST} more"] if len(exact or same) > _MOST else []
    if ids:
        return replace(violation, allowed=f"an id; {row.plural} of that name: {', '.join(ids)}")
    return replace(violation, allowed=f"an id; no {row.noun} of that name in {account}")


def other_kind(fb: FacebookAds, error: FacebookAdsError, arguments: Mapping[str, Any]) -> str:
    """Return that an id belongs to another kind of object than its argument is for; empty if it does not."""
    if not isinstance(error, APIError) or not (isinstance(error, NotFoundError) or _NODE_TYPE.search(str(error))):
        return ""
    for name, kinds, value in _ids(arguments):
        edge = "ads"
        try:
            fb.ads.get(value, fields=["adset_id"])  # a field that only ads have
        except FacebookAdsError as refused:
            edge = kind_in(refused)
        if edge and edge not in kinds:
            meant = " or ".join(_a(OBJECTS[kind].noun) for kind in kinds)
            return f"{name} {value} is the id of {_a(OBJECTS[edge].noun)}, not of {meant}."
    return ""


def _ids(arguments: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield the ids among arguments, of lists the first few, with the kinds of object that they may be of."""
    rows = [row.get("id") for row in arguments.get("campaigns") or () if isinstance(row, Mapping)]
    for name, value in {**arguments, **({"campaign_ids": rows} if rows else {})}.items():
        for each in (value if isinstance(value, list) else [value])[:_MOST]:
            if name in _KINDS and isinstance(each, str) and each.isdecimal():
                yield name, _KINDS[name], each


def kind_in(error: FacebookAdsError) -> str:
    """Return the edge of the object that an error of Meta's is about, by the type that it names; "" if none."""
    found = _NODE_TYPE.search(str(error))
    return _NODE_TYPES.get(found[1], "") if found else ""


def wrong_kinds(errors: Mapping[str, FacebookAdsError | None], edge: str) -> list[str]:
    """Return which objects are not of an edge, by Meta's errors to their fields."""
    found = {node_id: kind_in(error) for node_id, error in errors.items() if error is not None}
    meant, wrong = _a(OBJECTS[edge].noun), {node_id: kind for node_id, kind in found.items() if kind not in ("", edge)}
    return [f"{node_id} is the id of {_a(OBJECTS[kind].noun)}, not of {meant}." for node_id, kind in wrong.items()]


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'ae' else 'a'} {noun}"
