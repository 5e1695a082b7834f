"""Finding what depends on an audience, of its own account and of those it is shared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from facebook_business.adobjects import adaccount
from facebook_business.adobjects import customaudience as sdk

from admonster_fb.models._node import Map, Node
from admonster_fb.models.audiences.dependents import Dependents, Use
from admonster_fb.transport.request import Call
from admonster_fb.transport.transport import Transport

_INCLUDED, _EXCLUDED = "custom_audiences", "excluded_custom_audiences"
_PAGE = 200


class _Audience(Node):
    account_id: str | None = None
    lookalike_audience_ids: list[str] | None = None


class _User(Node):
    """An ad set, an ad, a saved audience or an account: whatever uses an audience."""

    id: str = ""
    name: str | None = None
    effective_status: str | None = None
    targeting: Map | None = None
    adset: Map | None = None


def dependants(transport: Transport, audience_id: str) -> Dependents:
    """Read what depends on an audience."""
    node = sdk.CustomAudience(audience_id, api=transport.api)
    asked = ["id", "account_id", "lookalike_audience_ids"]
    audience = transport.node(Call.of(node.api_get(pending=True), {}, asked), _Audience)
    account = adaccount.AdAccount(f"act_{audience.account_id}", api=transport.api)
    fields = ["id", "name", "effective_status", "targeting"]
    adsets = {use.id: use for use in _using(transport, account.get_ad_sets, fields, audience_id)}
    for ad in _edge(transport, node.get_ads, ["id", "adset{id,name,effective_status}"]):
        told = ad.adset or {}
        if told.get("id") and str(told["id"]) not in adsets:
            adsets[str(told["id"])] = Use(str(told["id"]), told.get("name"), told.get("effective_status"))
    accounts = {each.id.removeprefix("act_") for each in _edge(transport, node.get_ad_accounts, ["id"])}
    return Dependents(
        audience_id,
        [*adsets.values()],
        [*_lookalikes(transport, audience.lookalike_audience_ids or [])],
        [*_using(transport, account.get_saved_audiences, ["id", "name", "targeting"], audience_id)],
        [Use(f"act_{each}") for each in sorted(accounts - {audience.account_id})],
    )


def _edge(transport: Transport, prepare: Any, fields: list[str]) -> Iterator[_User]:
    yield from transport.edge(Call.of(prepare(pending=True), {"limit": _PAGE}, fields), _User)


def _using(transport: Transport, prepare: Any, fields: list[str], audience_id: str) -> Iterator[Use]:
    for each in _edge(transport, prepare, fields):
        ways = {*_ways(each.targeting or {}, audience_id)}
        if ways:
            yield Use(each.id, each.name, each.effective_status, excludes=ways == {_EXCLUDED})


def _ways(targeting: Any, audience_id: str, excluded: bool = False) -> Iterator[str]:
    """Yield how targeting uses an audience, wherever in it."""
    for name, value in targeting.items() if isinstance(targeting, Mapping) else ():
        out = excluded or name in (_EXCLUDED, "exclusions")
        if name in (_INCLUDED, _EXCLUDED) and isinstance(value, list):
            if any(isinstance(each, Mapping) and str(each.get("id")) == audience_id for each in value):
                yield _EXCLUDED if out else _INCLUDED
        else:
            for each in value if isinstance(value, list) else [value]:
                yield from _ways(each, audience_id, out)


def _lookalikes(transport: Transport, ids: list[str]) -> Iterator[Use]:
    """Yield lookalikes with their names."""
    for each in ids:
        node = sdk.CustomAudience(each, api=transport.api)
        read = transport.node(Call.of(node.api_get(pending=True), {}, ["id", "name"]), _User)
        yield Use(each, read.name)
