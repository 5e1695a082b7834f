"""A cache of the ad accounts and campaigns that were read: checks before a write seldom need a request."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Generic, NamedTuple, TypeVar

from admonster_fb.errors import APIError, ParameterError, TransientError, Violation, unreadable
from admonster_fb.models._node import Node, zone_of
from admonster_fb.models.change import Change
from admonster_fb.money import BUDGETS, Money, whole
from admonster_fb.objects import budgeted_kinds, facts_of
from admonster_fb.transport.answers import answer_to
from admonster_fb.transport.api import Api
from admonster_fb.transport.clock import Clock
from admonster_fb.transport.last_seen import Recent
from admonster_fb.transport.request import Call
from admonster_fb.transport.turn import end_turn

V = TypeVar("V")
CAMPAIGN_LIFETIME = timedelta(seconds=60)
"""How long a campaign's fields are taken as current: other people change them too, in Ads Manager."""
MAX_CAMPAIGNS = 1000
MAX_ACCOUNTS = 10_000


class ExpiringCache(Generic[V]):
    """Values by key, each for `lifetime`, at most `size` of them. Safe to share between threads."""

    def __init__(self, lifetime: timedelta, size: int, now: Callable[[], datetime]) -> None:
        self._lifetime, self._size, self._now = lifetime, size, now
        self._values: OrderedDict[str, tuple[datetime, V]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> V | None:
        """Return the value of a key. `None` if there is none, or if it has expired."""
        with self._lock:
            stored = self._values.get(key)
        return stored[1] if stored is not None and self._now() - stored[0] < self._lifetime else None

    def put(self, key: str, value: V) -> None:
        """Store a value, and delete the oldest beyond `size`."""
        with self._lock:
            self._values.pop(key, None)
            self._values[key] = (self._now(), value)
            while len(self._values) > self._size:
                self._values.popitem(last=False)

    def delete(self, key: str) -> None:
        """Delete the value of a key. No error without one."""
        with self._lock:
            self._values.pop(key, None)


class KeyedLocks:
    """A lock for each key, for as long as somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[str, tuple[threading.Lock, int]] = {}

    def __len__(self) -> int:
        return len(self._locks)

    @contextmanager
    def __call__(self, key: str) -> Iterator[None]:
        """Hold the lock of a key within a `with` block."""
        end_turn()
        own = self._count(key, 1)
        try:
            with own:
                yield
        finally:
            self._count(key, -1)

    def _count(self, key: str, more: int) -> threading.Lock:
        with self._lock:
            own, users = self._locks.get(key) or (threading.Lock(), 0)
            if users + more:
                self._locks[key] = own, users + more
            else:
                del self._locks[key]
            return own


class AccountFacts(NamedTuple):
    """Currency, time zone and minimum amounts (in minor units) of an ad account."""

    currency: str
    timezone_name: str = "UTC"
    min_daily_budget: int | None = None
    min_campaign_group_spend_cap: int | None = None
    default_dsa_beneficiary: str | None = None
    default_dsa_payor: str | None = None


_LOCAL_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+)?")
_INTEGERS = frozenset({"min_daily_budget", "min_campaign_group_spend_cap"})
_CAMPAIGN_FIELDS: tuple[str, ...] = ("account_id", "objective", "buying_type", *BUDGETS, "bid_strategy")
_CAMPAIGN_FIELDS += ("special_ad_categories", "is_adset_budget_sharing_enabled")


class AccountCache:
    """Facts of accounts and campaigns by id. Safe to share between threads."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._accounts = Recent[str, AccountFacts](MAX_ACCOUNTS)
        self._campaigns = ExpiringCache[Mapping[str, Any]](CAMPAIGN_LIFETIME, MAX_CAMPAIGNS, clock.now)
        self._fetching = KeyedLocks()

    def account_facts(self, node_id: str) -> AccountFacts:
        """Return the facts of the account that is, or holds, a node. Cached after the first request."""
        if not node_id.startswith("act_"):
            return self.known_account_facts(node_id) or self.account_facts(self.owner(node_id))
        if known := self.known_account_facts(node_id):
            return known  # without the lock, which a read that hangs holds
        with self._fetching(node_id):
            return self.known_account_facts(node_id) or self._fetch_account(node_id)

    def _fetch_account(self, account_id: str) -> AccountFacts:
        response = self._read(account_id, {"fields": ",".join(AccountFacts._fields)})
        fields: dict[str, Any] = {name: response[name] for name in AccountFacts._fields if name in response}
        if not isinstance(fields.get("currency"), str):
            raise unreadable(200, "{", f"GET {account_id}")
        fields |= {name: whole(fields[name]) for name in _INTEGERS & fields.keys()}
        fields["timezone_name"] = zone_of(fields.get("timezone_name")).key
        self._accounts[account_id] = facts = AccountFacts(**fields)
        return facts

    def _read(self, node_id: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Read a node. What is cached for good must come with the node's own id."""
        call = Call("GET", (node_id,), params)
        return self._api.send(call, answer_to(call, whole=True))

    def known_account_facts(self, node_id: str) -> AccountFacts | None:
        """Return the facts of a node's account if they are cached, without a request."""
        return self._accounts.get(node_id if node_id.startswith("act_") else self._api.owners.get(node_id, ""))

    def owner(self, node_id: str) -> str:
        """Return the account that is, or holds, a node. Cached after the first request."""
        if node_id.startswith("act_"):
            return node_id
        if (owner := self._api.owners.get(node_id)) is None:
            response = self._read(node_id, {"fields": "account_id"})
            if "account_id" not in response:
                raise ParameterError([Violation("id", node_id, "an object of an ad account")])
            self._api.owners[node_id] = owner = f"act_{response['account_id']}"
        return owner

    def campaign(self, campaign_id: str) -> Mapping[str, Any]:
        """Return the fields of an ad set's campaign that rules need, read at most a minute ago."""
        if (fields := self._campaigns.get(campaign_id)) is None:
            response = self._read(campaign_id, {"fields": ",".join(_CAMPAIGN_FIELDS)})
            fields = {name: response[name] for name in _CAMPAIGN_FIELDS if name in response}
            self._campaigns.put(campaign_id, fields)
        return fields

    def known_campaign(self, campaign_id: str) -> Mapping[str, Any] | None:
        """Return the same fields if they are cached, without a request."""
        return self._campaigns.get(campaign_id)

    def now(self) -> datetime:
        """Return the time by the connection's clock."""
        return self._clock.now()

    def remember(self, node: Node) -> None:
        """Store which account a node belongs to, and the fields of a campaign that was read as a whole."""
        node_id, owner = str(getattr(node, "id", "")), getattr(node, "account_id", None)
        if owner and node_id:
            self._api.owners[node_id] = f"act_{owner}"
        self._api.last_seen.store(node)
        # Only a campaign has both fields.
        if {"objective", "special_ad_categories"} <= getattr(node, "model_fields_set", set()):
            fields = {name: getattr(node, name) for name in _CAMPAIGN_FIELDS}
            self._campaigns.put(node_id, {name: value for name, value in fields.items() if value is not None})

    def forget(self, node_id: str) -> None:
        """Delete what a change of a node has made outdated."""
        self._campaigns.delete(node_id)

    def known_change(self, edge: str, node_id: str, params: Mapping[str, Any]) -> Change:
        """Return an update as a change from the values last seen, without a request; `before` has those known."""
        facts = self.known_account_facts(node_id)
        seen = self._api.last_seen.get(node_id)
        times = {name for name, fact in facts_of(edge).items() if fact.spend in ("start", "end")}
        after = {name: _comparable(value, facts, is_time=name in times) for name, value in params.items()}
        known = {name for name, value in after.items() if name in seen and not _depends_on_account(value)}
        return Change(edge, node_id, None, {name: seen[name] for name in after if name in known}, after)

    def marked(self, call: Call) -> Call:
        """Return a call that is marked as a stop if it only lowers spend, by the values last seen."""
        from admonster_fb.analysis.daily_exposure import can_only_lower

        edge = budgeted_kinds().get(call.kind)
        if edge is None or len(call.path) != 1 or call.method != "POST":
            return call
        return replace(call, stop=can_only_lower(self.known_change(edge, call.path[0], call.params)))

    @contextmanager
    def writing(self, call: Call) -> Iterator[None]:
        """Store what a change has set if it succeeds within a `with` block; until then the values are unknown."""
        seen = self._api.last_seen
        older = seen.pop(call.path[0])
        try:
            yield
        except BaseException as error:
            if isinstance(error, APIError) and not isinstance(error, TransientError):  # refused: nothing has changed
                seen.put(call.path[0], {}, older)
            else:
                seen.doubt(call.path[0], call.params)
            raise
        if (edge := budgeted_kinds().get(call.kind)) and call.method == "POST":
            after = self.known_change(edge, call.path[0], call.params).after
            sent = {name: after[name] for name, fact in facts_of(edge).items() if fact.affects_spend and name in after}
            seen.wrote(call.path[0], {name: sent[name] for name in sent if not _depends_on_account(sent[name])}, older)


def _comparable(value: Any, facts: AccountFacts | None, *, is_time: bool) -> Any:
    """Return an amount in minor units and a local time with its offset, if the account is known."""
    if facts is not None and isinstance(value, Money) and value.currency == facts.currency:
        return value.minor
    if is_time and facts is not None and isinstance(value, str) and _depends_on_account(value):
        with suppress(ValueError):  # no such day: the op says so
            return datetime.fromisoformat(value).replace(tzinfo=zone_of(facts.timezone_name)).isoformat()
    return value


def _depends_on_account(value: Any) -> bool:
    """Return whether a value means something else in another account: an amount as text, a local time."""
    return isinstance(value, Money) or (isinstance(value, str) and _LOCAL_TIME.fullmatch(value) is not None)
