"""A checker of histories in the manner of Jepsen: concurrent clients, faults, and what must hold afterwards.

Clients run one at a time in virtual time: at each request and each pause the next one is drawn by the seed, so that a
seed gives the same history each time. Each has a facade, a token and a clock of its own, up to 5 minutes wrong. What an
invocation made is known by its amount, which no other has; names are shared. Nothing is imported but the facade.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter

from admonster_fb import FacebookAds, FacebookAdsError, OutcomeUnknown, Settings
from admonster_fb.sandbox import (
    Empty,
    GraphError,
    Http,
    LostResponse,
    NullItem,
    Queued,
    Repeated,
    Reset,
    Sandbox,
    Shuffled,
    Swapped,
    Truncated,
)

CLIENTS, INVOCATIONS, RATE = 5, 12, 0.2
FAULTS = [
    *(LostResponse(), Reset(), Truncated(), Empty(), NullItem(), NullItem(after=True), Shuffled()),
    *(Http(status, after=after) for status in (500, 502) for after in (False, True)),
    *(Queued(seconds) for seconds in (5, 30, 50)),
    *(Repeated(), Swapped(), Repeated(), Swapped()),
    *(GraphError(code) for code in (1, 2, 17, 613)),
]
NAMES = ("Sale", "Sale ", "Autumn")
TARGETING = {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}}


class Schedule:
    """Lets one client run at a time, and virtual time pass when all of them wait."""

    def __init__(self, sandbox: Sandbox, seed: int) -> None:
        self._sandbox, self._random = sandbox, random.Random(f"schedule {seed}")
        self._waiting: dict[int, tuple[datetime, threading.Event]] = {}
        self._running = CLIENTS

    def pause(self, client: int, seconds: float) -> None:
        """Wait in virtual time; another client goes on meanwhile."""
        turn = threading.Event()
        self._waiting[client] = (self._sandbox.now() + timedelta(seconds=seconds), turn)
        self._next()
        turn.wait()

    def end(self) -> None:
        """A client has ended."""
        self._running -= 1
        self._next()

    def _next(self) -> None:
        """Once every client waits, wake one of those that are due first."""
        if not self._waiting or len(self._waiting) < self._running:
            return
        now = max(self._sandbox.now(), min(at for at, _ in self._waiting.values()))
        self._sandbox.sleep((now - self._sandbox.now()).total_seconds())
        client = self._random.choice(sorted(client for client, (at, _) in self._waiting.items() if at <= now))
        self._waiting.pop(client)[1].set()


class Wire(BaseAdapter):
    """The way to the sandbox: a request takes up to 2 seconds."""

    def __init__(self, client: Client) -> None:
        super().__init__()
        self._client, self._inner = client, client.sandbox.adapter()

    def send(self, request: PreparedRequest, **options: Any) -> Response:  # type: ignore[override]
        """Pass a request on."""
        self._client.sleep(self._client.random.uniform(0, 2))
        return self._inner.send(request, **options)

    def close(self) -> None:
        """Close nothing."""


@dataclass
class Invocation:
    """What a client has called, and what it was told."""

    client: int
    op: str
    key: int
    """The amount that only this create has, or the number of a change."""
    target: str = ""
    outcome: str = ""
    """ok, fail or unknown."""
    id: str = ""
    adopted: bool = False
    error: str = ""


@dataclass
class Client:
    """One process: its facade, its clock, and its part of the history."""

    number: int
    sandbox: Sandbox
    schedule: Schedule
    keys: Callable[[], int]
    random: random.Random
    history: list[Invocation] = field(default_factory=list)
    mine: list[str] = field(default_factory=list)
    """IDs of campaigns that Meta's own answers named."""

    def __post_init__(self) -> None:
        self._skew = timedelta(seconds=self.random.uniform(-300, 300))
        settings = Settings(adapter=Wire(self))
        self.fb = FacebookAds(self.sandbox.issue_token(), "act_1", settings=settings, clock=self, deadline=3600.0)

    def now(self) -> datetime:
        """The time by a clock that is wrong."""
        return self.sandbox.now() + self._skew

    def sleep(self, seconds: float) -> None:
        """Wait in virtual time."""
        self.schedule.pause(self.number, seconds)

    def run(self) -> None:
        """Make the invocations of this client."""
        self.sleep(self.random.uniform(0, 5))
        try:
            for _ in range(INVOCATIONS):
                ops = [
                    self.create,
                    self.create,
                    self.batch,
                    *([self.part, self.change, self.delete] if self.mine else []),
                ]
                self.random.choice(ops)()
                self.sleep(self.random.uniform(0, 20))
        finally:
            self.schedule.end()

    def create(self) -> None:
        """Create a campaign."""
        key = self.keys()
        self._log(
            Invocation(self.number, "Campaign", key), lambda: self.fb.campaigns.create("act_1", **self._spec(key))
        )

    def batch(self) -> None:
        """Create three campaigns in one request."""
        keys = [self.keys() for _ in range(3)]
        made = [Invocation(self.number, "Campaign", key) for key in keys]
        try:
            with self.fb.batch() as batch:
                items = [batch.add(self.fb.campaigns.create, "act_1", **self._spec(key)) for key in keys]
        except FacebookAdsError as error:  # a check before it was sent
            self.history += [replace(each, outcome="fail", error=str(error)) for each in made]
            return
        for each, item in zip(made, items, strict=True):
            self._log(each, item.result)

    def part(self) -> None:
        """Create an ad set."""
        key, campaign = self.keys(), self.random.choice(self.mine)
        spec = {"name": "US", "daily_budget": key, "optimization_goal": "REACH", "billing_event": "IMPRESSIONS"}
        spec |= {"campaign_id": campaign, "bid_strategy": "LOWEST_COST_WITHOUT_CAP", "targeting": TARGETING}
        self._log(Invocation(self.number, "AdSet", key, campaign), lambda: self.fb.adsets.create("act_1", **spec))

    def change(self) -> None:
        """Start or pause a campaign."""
        campaign, status = self.random.choice(self.mine), self.random.choice(["ACTIVE", "PAUSED"])
        self._log(
            Invocation(self.number, status, 0, campaign), lambda: self.fb.campaigns.update(campaign, status=status)
        )

    def delete(self) -> None:
        """Delete a campaign that Meta's own answer named."""
        campaign = self.mine.pop(self.random.randrange(len(self.mine)))
        self._log(Invocation(self.number, "DELETED", 0, campaign), lambda: self.fb.campaigns.delete(campaign))

    def _spec(self, key: int) -> dict[str, Any]:
        name = self.random.choice(NAMES)
        return {"name": name, "objective": "OUTCOME_TRAFFIC", "special_ad_categories": [], "spend_cap": key}

    def _log(self, made: Invocation, call: Callable[[], Any]) -> None:
        try:
            node = call()
            made.outcome, made.id = "ok", getattr(node, "id", "")
        except OutcomeUnknown as error:
            made.outcome, made.error = "unknown", f"{error} {error.check}"
        except FacebookAdsError as error:
            made.outcome, made.error = "fail", str(error)
        made.adopted = made.id in self.fb.adopted
        if made.op == "Campaign" and made.id and not made.adopted:
            self.mine.append(made.id)
        self.history.append(made)


@dataclass
class Verdict:
    """What was wrong, each as a line, and counts of what was told."""

    wrong: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def run(seed: int) -> Verdict:
    """Run the clients of a seed against a sandbox and check their history against its memory."""
    sandbox = Sandbox(seed=seed + 1, history=0)
    sandbox.hide_new(0, 90, seed)
    sandbox.rewrite()
    numbers = iter(range(10_001, 1_000_000))
    schedule = Schedule(sandbox, seed)
    draw = random.Random(f"clients {seed}")
    clients = [
        Client(number, sandbox, schedule, lambda: next(numbers), random.Random(draw.random()))
        for number in range(CLIENTS)
    ]
    crashes: list[str] = []

    def work(client: Client) -> None:
        try:
            client.run()
        except BaseException as error:  # noqa: BLE001 - a crash is what this looks for
            crashes.append(f"client {client.number}: {type(error).__name__}: {error}")

    sandbox.chaos(seed, RATE, FAULTS)
    threads = [threading.Thread(target=work, args=[client], daemon=True) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    sandbox.chaos_stop()
    sandbox.sleep(200)  # what is queued is done, and all shows
    verdict = check([made for client in clients for made in client.history], sandbox)
    verdict.wrong += crashes + [f"client {n} hangs" for n, thread in enumerate(threads) if thread.is_alive()]
    verdict.counts["faults"] = sum(sandbox.faults_met.values())
    return verdict


def check(history: list[Invocation], sandbox: Sandbox) -> Verdict:
    """Compare what clients were told with what exists."""
    verdict = Verdict(counts=Counter(made.outcome for made in history))
    verdict.counts["adopted"] = sum(made.adopted for made in history)
    existing: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for kind, amount in (("Campaign", "spend_cap"), ("AdSet", "daily_budget")):
        for node in sandbox.objects(kind):
            existing.setdefault((kind, int(node[amount])), []).append(node)
    creates = {(made.op, made.key): made for made in history if made.key}
    for key, nodes in existing.items():
        if len(nodes) > 1:
            verdict.wrong.append(f"duplicate: {key} exists {len(nodes)} times")
        if key not in creates:
            verdict.wrong.append(f"lost: {key} exists and no invocation ended")
    for key, made in creates.items():
        verdict.wrong += _wrong_create(made, existing.get(key, []))
    owners = {node["id"]: creates[key].client for key, nodes in existing.items() if key in creates for node in nodes}
    verdict.wrong += _wrong_changes(history, sandbox, owners)
    return verdict


def _wrong_create(made: Invocation, nodes: list[dict[str, Any]]) -> list[str]:
    if made.outcome == "fail" and nodes:
        return [f"lost: {made} was refused, and exists"]
    if made.outcome == "unknown":
        return [] if "check" in made.error else [f"unknown and not named: {made}"]
    if made.outcome == "ok" and made.id not in [node["id"] for node in nodes]:
        return [f"lost: {made} is {[node['id'] for node in nodes]}"]
    return []


def _wrong_changes(history: list[Invocation], sandbox: Sandbox, owners: dict[str, int]) -> list[str]:
    wrong = []
    deleted = {node["id"] for node in sandbox.objects("Campaign") if node["status"] == "DELETED"}
    ours = {(made.target, made.client) for made in history if made.op == "DELETED"}
    wrong += [f"deleted: {node} is another's" for node in deleted if (node, owners.get(node)) not in ours]
    last: dict[str, Invocation] = {}
    for made in history:
        if made.op in ("ACTIVE", "PAUSED", "DELETED"):
            last[made.target] = made
    status = {node["id"]: node["status"] for node in sandbox.objects("Campaign")}
    settled = {target for target in last if all(m.outcome == "ok" for m in history if m.target == target and not m.key)}
    wrong += [f"lost: {last[each]} is {status.get(each)}" for each in settled if status.get(each) != last[each].op]
    return wrong
