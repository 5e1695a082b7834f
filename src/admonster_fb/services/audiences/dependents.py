"""What depends on an audience, in its own ad account and in accounts that it is shared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from facebook_business.adobjects import adaccount
from facebook_business.adobjects import customaudience as sdk

from admonster_fb.models._node import Map, Node
from admonster_fb.models.audiences.dependents import Dependents, Use
from admonster_fb.services._base import Service
from admonster_fb.transport.paging import Edge

_INCLUDED, _EXCLUDED = "custom_audiences", "excluded_custom_audiences"
_PAGE_SIZE = 200


class _Audience(Node):
    account_id: str | None = None
    lookalike_audience_ids: list[str] | None = None


class _User(Node):
    """An ad set, an ad, a saved audience or an ad account: any object that uses an audience."""

    id: str = ""
    name: str | None = None
    effective_status: str | None = None
    targeting: Map | None = None
    adset: Map | None = None


class DependentsOf(Service):
    """Looks for what depends on an audience."""

    def find(self, audience_id: str) -> Dependents:
        """Return what depends on an audience."""
        node = self._sdk(sdk.CustomAudience, audience_id)
        audience = self._get(node, _Audience, ["id", "account_id", "lookalike_audience_ids"])
        account = self._sdk(adaccount.AdAccount, f"act_{audience.account_id}")
        fields = ["id", "name", "effective_status", "targeting"]
        adsets = {use.id: use for use in self._using(account.get_ad_sets, fields, audience_id)}
        for ad in self._users(node.get_ads, ["id", "adset{id,name,effective_status}"]):
            adset = ad.adset or {}
            if adset.get("id") and str(adset["id"]) not in adsets:
                adsets[str(adset["id"])] = Use(str(adset["id"]), adset.get("name"), adset.get("effective_status"))
        accounts = {user.id.removeprefix("act_") for user in self._users(node.get_ad_accounts, ["id"])}
        lookalikes = [
            Use(each, self._get(self._sdk(sdk.CustomAudience, each), _User, ["id", "name"]).name)
            for each in audience.lookalike_audience_ids or ()
        ]
        return Dependents(
            audience_id,
            [*adsets.values()],
            lookalikes,
            [*self._using(account.get_saved_audiences, ["id", "name", "targeting"], audience_id)],
            [Use(f"act_{number}") for number in sorted(accounts - {audience.account_id})],
        )

    def _users(self, prepare: Any, fields: list[str]) -> Edge[_User]:
        return self._edge(prepare, _User, {"limit": _PAGE_SIZE}, fields)

    def _using(self, prepare: Any, fields: list[str], audience_id: str) -> Iterator[Use]:
        for user in self._users(prepare, fields):
            if ways := {*_ways(user.targeting or {}, audience_id)}:
                yield Use(user.id, user.name, user.effective_status, excludes=ways == {_EXCLUDED})


def _ways(targeting: Any, audience_id: str, excluded: bool = False) -> Iterator[str]:
    """Yield how targeting uses an audience (`_INCLUDED`, `_EXCLUDED`), at any depth."""
    for name, value in targeting.items() if isinstance(targeting, Mapping) else ():
        out = excluded or name in (_EXCLUDED, "exclusions")
        if name in (_INCLUDED, _EXCLUDED) and isinstance(value, list):
            if any(isinstance(item, Mapping) and str(item.get("id")) == audience_id for item in value):
                yield _EXCLUDED if out else _INCLUDED
        else:
            for item in value if isinstance(value, list) else [value]:
                yield from _ways(item, audience_id, out)
