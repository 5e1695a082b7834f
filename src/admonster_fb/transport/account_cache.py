"""What has been learnt of accounts and campaigns, so that checks before a write seldom have to ask."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models.campaign import BUDGETS
from admonster_fb.transport.api import Api, decode_object
from admonster_fb.transport.clock import Clock
from admonster_fb.transport.request import Call

KEEP = timedelta(seconds=60)
"""How long what was read of a campaign is taken to hold: others change it too, in Ads Manager."""
MOST = 1000


class Books(NamedTuple):
    """In what currency and by what days an ad account is kept, and Meta's least amounts there in minor units."""

    currency: str
    timezone_name: str = "UTC"
    min_daily_budget: int | None = None
    min_campaign_group_spend_cap: int | None = None
    default_dsa_beneficiary: str | None = None
    default_dsa_payor: str | None = None


_WHOLE = frozenset({"min_daily_budget", "min_campaign_group_spend_cap"})
_OF_CAMPAIGN = (
    *("account_id", "objective", "buying_type", *BUDGETS, "bid_strategy"),
    *("special_ad_categories", "is_adset_budget_sharing_enabled"),
)


class Known:
    """Facts by id. Safe to share between threads."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._books: dict[str, Books] = {}
        self._campaigns: OrderedDict[str, tuple[datetime, Mapping[str, Any]]] = OrderedDict()
        self._lock = threading.Lock()
        self._asking = threading.Lock()

    def account_of(self, node_id: str) -> Books:
        """Return the books of the account that is, or holds, the node; asked of Meta once."""
        if not node_id.startswith("act_"):
            return self.books(node_id) or self.account_of(self.owner(node_id))
        with self._asking:
            return self.books(node_id) or self._read(node_id)

    def _read(self, node_id: str) -> Books:
        answer = self._api.send(Call("GET", (node_id,), {"fields": ",".join(Books._fields)}), decode_object)
        read = {name: answer[name] for name in Books._fields if name in answer}
        whole: dict[str, Any] = {name: int(read[name]) for name in _WHOLE & read.keys()}
        self._books[node_id] = Books(**{**read, **whole})
        return self._books[node_id]

    def books(self, node_id: str) -> Books | None:
        """Return the books of a node's account if they are known, without asking."""
        return self._books.get(node_id if node_id.startswith("act_") else self._api.owners.get(node_id, ""))

    def owner(self, node_id: str) -> str:
        """Return the account that is, or holds, the node; asked of Meta once."""
        if node_id.startswith("act_"):
            return node_id
        if node_id not in self._api.owners:
            answer = self._api.send(Call("GET", (node_id,), {"fields": "account_id"}), decode_object)
            if "account_id" not in answer:
                raise ParameterError([Violation("id", node_id, "an object of an ad account")])
            self._api.owners[node_id] = f"act_{answer['account_id']}"
        return self._api.owners[node_id]

    def campaign(self, campaign_id: str) -> Mapping[str, Any]:
        """Return what rules ask of an ad set's campaign, as of a minute ago at most."""
        if (read := self.recent(campaign_id)) is not None:
            return read
        answer = self._api.send(Call("GET", (campaign_id,), {"fields": ",".join(_OF_CAMPAIGN)}), decode_object)
        return self._keep(campaign_id, {name: answer[name] for name in _OF_CAMPAIGN if name in answer})

    def recent(self, campaign_id: str) -> Mapping[str, Any] | None:
        """Return the same if it is known, without asking."""
        with self._lock:
            read = self._campaigns.get(campaign_id)
        return read[1] if read is not None and self.now() - read[0] < KEEP else None

    def now(self) -> datetime:
        """Return the time by the connection's clock."""
        return self._clock.now()

    def learn(self, node: object) -> None:
        """Remember whose a node is, and of a campaign that was read whole what rules ask of it."""
        node_id, owner = str(getattr(node, "id", "")), getattr(node, "account_id", None)
        if owner and node_id:
            self._api.owners[node_id] = f"act_{owner}"
        # Only a campaign has both: to import its model here would load it with every facade.
        if {"objective", "special_ad_categories"} <= getattr(node, "model_fields_set", set()):
            facts = {name: getattr(node, name) for name in _OF_CAMPAIGN}
            self._keep(node_id, {name: value for name, value in facts.items() if value is not None})

    def _keep(self, campaign_id: str, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        with self._lock:
            self._campaigns[campaign_id] = (self.now(), facts)
            while len(self._campaigns) > MOST:
                self._campaigns.popitem(last=False)
        return facts

    def forget(self, node_id: str) -> None:
        """Forget what a change of the node has made stale."""
        with self._lock:
            self._campaigns.pop(node_id, None)
