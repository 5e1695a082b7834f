"""The sandbox as its users know it: a request goes in, a response comes out, with the header `x-graph-sandbox`."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import requests

from admonster_fb.sandbox import accounts, batch, control, insights, inspection, posts, seeding, versions
from admonster_fb.sandbox.adrules import running
from admonster_fb.sandbox.auth import token_value
from admonster_fb.sandbox.controls import Controls
from admonster_fb.sandbox.faults.faults import BATCH, CALL, ITEM, Faulty
from admonster_fb.sandbox.faults.injection import FaultInjection, Faults
from admonster_fb.sandbox.faults.problems import BROKEN, PROBLEMS, Ad
from admonster_fb.sandbox.graph import LABEL, Graph
from admonster_fb.sandbox.history import add_campaigns
from admonster_fb.sandbox.inspection import Entry, Inspection
from admonster_fb.sandbox.jobs import Jobs
from admonster_fb.sandbox.oauth import dialog, exchange
from admonster_fb.sandbox.quota import Limits
from admonster_fb.sandbox.times import parse
from admonster_fb.sandbox.transport import SandboxAdapter
from admonster_fb.sandbox.wire import Request, Response, decode
from admonster_fb.sandbox.world import World

START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
JOURNAL_LENGTH = 10_000
_SECRETS = frozenset(
    {"access_token", "appsecret_proof", "client_secret", "fb_exchange_token", "input_token", "verify_token"}
)


class Hook(Protocol):
    """A place for faults: sees every call, batch items too, before and after its work."""

    def before(self, request: Request) -> Response | None:
        """Return an answer to give instead of doing the work, or None."""

    def after(self, request: Request, response: Response) -> Response:
        """Return the answer to give now that the work is done."""


class Sandbox(FaultInjection, Controls, Inspection):
    """A Graph API in memory: same seed, same ids, same clock, same answers.

    Default: 30 days of history in two of four ad accounts, and a clock that only `advance` and `sleep` change.
    `latency` is in seconds of real time, before each answer; calls of several threads wait side by side.

    >>> sandbox = Sandbox(seed=1, history=0)
    >>> sandbox.session().get("https://graph.facebook.com/act_1?fields=currency").json()["currency"]
    'USD'
    """

    def __init__(
        self,
        seed: int = 1,
        clock: Callable[[], datetime] | None = None,
        history: int = 30,
        page_size: int = 25,
        app_secret: str | None = None,
        latency: float = 0.0,
    ) -> None:
        self._base_clock = clock or (lambda: START)
        self._shift = timedelta()
        self._lock = threading.RLock()
        self.world = World(seed, self.now, page_size, app_secret)
        self.journal: deque[Entry] = deque(maxlen=JOURNAL_LENGTH)
        self.hooks: list[Hook] = []
        self.latency = latency
        self.faults = Faults(self.world)
        self.limits = Limits(self.world)
        self._graph = Graph(self.world)
        self.user_id = seeding.populate(self.world, history)
        self.account = seeding.ACCOUNTS[0][0]
        self.token = self.issue_token()

    def now(self) -> datetime:
        """Return the sandbox's time: its clock, plus what `advance` added."""
        return self._base_clock() + self._shift

    @property
    def video_chunk(self) -> int:
        """The size of the chunks in which videos are requested, in bytes; tests may set it."""
        return self.world.uploads.chunk

    @video_chunk.setter
    def video_chunk(self, length: int) -> None:
        self.world.uploads.chunk = length

    @property
    def jobs(self) -> Jobs:
        """The endings of asynchronous reports, and their limits: `sandbox.jobs.next(end="Job Failed")`."""
        return self.world.jobs

    def populate(
        self,
        campaigns: int = 1000,
        days: int = 90,
        account: str | None = None,
        *,
        adsets: int = 1,
        ads: int = 1,
        every: int = 4,
    ) -> list[str]:
        """Fill an account (the default one) with active campaigns that have a past of `days`; return their ids.

        Each has `adsets` ad sets with `ads` ads, and each ad delivered on one of `every` days, to people of 25 to 44.
        What they delivered follows from the seed. 1,000 campaigns take a second.

        >>> sandbox = Sandbox(history=0)
        >>> len(sandbox.populate(campaigns=3, adsets=2, ads=2, days=7))
        3
        """
        with self._lock:
            place = self.world.store.nodes[account or self.account]
            return add_campaigns(self.world, place, campaigns, days, every, adsets, ads)

    def settle(self) -> int:
        """Add one day's late conversions without advancing the clock; return their number.

        They fall on any of the last 28 days. `advance` adds them with each new day.

        >>> Sandbox().settle() > 0
        True
        """
        with self._lock:
            return insights.settle(self.world.store)

    def sleep(self, seconds: float) -> None:
        """Advance the clock without waiting: a client in this process can use the sandbox as its clock."""
        with self._lock:
            self._shift += timedelta(seconds=seconds)
            self._do_queued()

    def _do_queued(self) -> None:
        """Do what `Queued` faults have put off until now, each at its own time."""
        while (queued := self.faults.due(self.now())) is not None:
            late = self.now() - queued[0]
            self._shift -= late
            queued[1]()
            self._shift += late

    def handle(self, request: Request) -> Response:
        """Return a request, a batch included. Thread-safe: one call at a time."""
        with self._lock:
            self._do_queued()
            response = self._answer(request)
            # The sandbox's time, not the machine's: clients compare it with `created_time`.
            moment = format_datetime(self.now().astimezone(UTC), usegmt=True)
            response.headers = {"date": moment, "x-graph-sandbox": LABEL, **response.headers}
            return response

    def _answer(self, request: Request) -> Response:
        if request.path.startswith(control.PREFIX):
            return control.answer(self, request)
        if versions.split(request.path)[1] == dialog.PATH:
            return self._serve(CALL, request, partial(dialog.answer, self.world, request))
        return self._whole_batch(request) if batch.is_batch(request) else self._serve(CALL, request)

    def _whole_batch(self, request: Request) -> Response:
        work = partial(batch.run, request, partial(self._serve, ITEM))
        response = self.faults.around(request, BATCH, work)
        response.headers = {**self._graph.envelope(), **response.headers}
        return response

    def _serve(self, part: str, request: Request, work: Callable[[], Response] | None = None) -> Response:
        """Serve one call or one item of a batch: the only place where limits, hooks and faults step in."""
        hooks = (self.limits, *self.hooks)
        for hook in hooks:
            if (instead := hook.before(request)) is not None:
                return self._noted(request, instead)
        response = self.faults.around(request, part, work or partial(self._graph.serve, request))
        for hook in hooks:
            response = hook.after(request, response)
        return self._noted(request, response)

    def _noted(self, request: Request, response: Response) -> Response:
        version, path = versions.split(request.path)
        sent = {**request.query, **request.form}
        token = token_value(request.headers, sent)
        hidden = inspection.EDGES.get(path.rpartition("/")[2])
        if hidden is not None and hidden in sent:
            decoded = request.decoded or sent
            sent[hidden] = inspection.shown(hidden, decoded.get(hidden, sent[hidden]))
        secret = _SECRETS | {"code"} if path == exchange.PATH else _SECRETS
        params = {name: value for name, value in decode(sent).items() if name not in secret}
        fault = response.fault if isinstance(response, Faulty) else ""
        version = version or versions.live(self.world.clock())[0]
        self.journal.append(Entry(request.method, path, version, params, token, response.status, fault))
        return response

    def add_account(
        self,
        id: str | None = None,
        currency: str = "USD",
        name: str = "Another account",
        business: str | None = None,
        timezone_name: str = "America/Los_Angeles",
    ) -> str:
        """Add an ad account that the default token sees, optionally owned by `business` (an id)."""
        with self._lock:
            bare = (id or self.world.store.new_id()).removeprefix("act_")
            accounts.add_account(self.world, f"act_{bare}", name, currency, timezone_name, business)
            self.world.tokens.tokens[self.token].accounts.append(f"act_{bare}")
            return f"act_{bare}"

    def businesses(self) -> list[str]:
        """Return the ids of the businesses, in order of creation."""
        return [node.id for node in self.world.store.of_kind("Business")]

    def posts(self) -> list[str]:
        """Return the ids of the Page posts there are to promote; the last one can't be."""
        return [node.id for node in self.world.store.of_kind("PagePost")]

    def instagram_media(self) -> list[str]:
        """Return the ids of the Instagram posts that can be promoted."""
        return [node.id for node in self.world.store.of_kind("IGMedia") if posts.REFUSED not in node.hidden]

    def issue_token(self, scopes: Iterable[str] | None = None, accounts: Iterable[str] | None = None) -> str:
        """Return a token. Naming `accounts` makes it another user's, who sees only those and their businesses."""
        with self._lock:
            store, user_id, businesses = self.world.store, self.user_id, self.businesses()
            seen = [node.id for node in store.of_kind("AdAccount")] if accounts is None else list(accounts)
            if accounts is not None:
                user_id = self.add_user("Another User", seen)
                owners = (node.hidden.get("business") for node in map(store.get, seen) if node)
                businesses = list(dict.fromkeys(owner for owner in owners if owner))
            granted = None if scopes is None else set(scopes)
            return self.world.issue(user_id, seen, businesses, granted).value

    def expire_token(self, token: str | None = None) -> None:
        """Expire a token (the default one): it expired an hour ago."""
        self.world.tokens.tokens[token or self.token].expires_at = (self.now() - timedelta(hours=1)).isoformat()

    def revoke(self, *scopes: str, token: str | None = None) -> None:
        """Revoke scopes of a token (the default one); its user has declined them, for later logins too."""
        held = self.world.tokens.tokens[token or self.token]
        held.scopes.difference_update(scopes)
        held.revoked.update(scopes)
        if (consent := self.world.logins.consents.get(held.user_id)) is not None:
            consent.decide((), scopes, self.now())

    def advance(self, days: int = 0, *, minutes: int = 0) -> None:
        """Advance the clock: whole days accrue delivery, minutes only end reviews.

        Ad rules run at the times of their schedules, on what was delivered until then.
        """
        with self._lock:
            self._pass(timedelta(days=days), delivering=True)
            self._pass(timedelta(minutes=minutes), delivering=False)

    def elapse(self, seconds: float) -> None:
        """Let time go by as it does at Meta: ads deliver, reviews end, and ad rules run when they are due.

        >>> sandbox = Sandbox(history=0)
        >>> began = sandbox.now()
        >>> sandbox.elapse(90)
        >>> (sandbox.now() - began).seconds
        90
        """
        with self._lock:
            self._pass(timedelta(seconds=seconds), delivering=True)

    def _pass(self, span: timedelta, *, delivering: bool) -> None:
        end = self.now() + span
        for moment in running.moments(self.world, end):
            self._move(moment, delivering)
            running.run_due(self.world)
        self._move(end, delivering)

    def _move(self, moment: datetime, delivering: bool) -> None:
        span = moment - self.now()
        if delivering and span:
            insights.advance(self.world.store, span / timedelta(days=1))
        self._shift += span

    def run_rules(self) -> dict[str, list[dict[str, Any]]]:
        """Run every enabled schedule-based ad rule now, whatever its schedule; return what each did, by id."""
        with self._lock:
            return running.run_all(self.world)

    def empty_pages(self, edge_pattern: str, pages: Iterable[int]) -> None:
        """Make these pages (from 1) of matching edges (`act_*/campaigns`) come back empty, with a `next`."""
        self.world.gaps.append((edge_pattern, frozenset(pages)))

    def usage(self, account: str, **values: Any) -> None:
        """Pin what the usage header of an account (or "app") reports: `usage("act_1", call_count=95)`."""
        self.world.usage.overrides.setdefault(account.removeprefix("act_"), {}).update(values)

    def save(self, file: str | Path) -> None:
        """Write a snapshot of the state as JSON."""
        with self._lock:
            snapshot = {"user_id": self.user_id, "token": self.token, "now": self.now().isoformat()}
            text = json.dumps({**snapshot, **self.world.dump()})
        Path(file).write_text(text, encoding="utf-8")

    def load(self, file: str | Path) -> None:
        """Replace the state by a snapshot; the clock goes on from its time."""
        snapshot = json.loads(Path(file).read_text(encoding="utf-8"))
        with self._lock:
            self.world.load(snapshot)
            self.user_id, self.token = snapshot["user_id"], snapshot["token"]
            self._shift = parse(snapshot["now"], "UTC") - self._base_clock()

    @property
    def problems(self) -> dict[str, Callable[[], None]]:
        """Problems of the token, the app or the account, by name; calling one causes it.

        >>> sandbox = Sandbox(history=0)
        >>> sandbox.problems["disabled"]()
        >>> sandbox.object("act_1")["account_status"]
        2
        """
        return {name: partial(cause, self) for name, cause in PROBLEMS.items()}

    def break_delivery(self, name: str, ad_id: str) -> None:
        """Let an ad deliver no more, or less, by one of the causes in `sandbox.broken_deliveries`.

        >>> sandbox = Sandbox()
        >>> sandbox.break_delivery("campaign-paused", sandbox.objects("Ad")[0]["id"])
        >>> sandbox.objects("Campaign")[0]["status"]
        'PAUSED'
        """
        BROKEN[name](Ad(self, ad_id))

    @property
    def broken_deliveries(self) -> tuple[str, ...]:
        """The names of what `break_delivery` can break."""
        return tuple(BROKEN)

    def adapter(self) -> SandboxAdapter:
        """Return a `requests` adapter that answers in process.

        >>> Sandbox(history=0).adapter().sandbox.account
        'act_1'
        """
        return SandboxAdapter(self)

    def session(self, token: str | None = None) -> requests.Session:
        """Return a `requests` session that reaches this sandbox whatever the host. Default: the default token.

        >>> Sandbox(history=0).session().get("https://graph.facebook.com/act_1").status_code
        200
        """
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {token or self.token}"
        for scheme in ("https://", "http://"):
            session.mount(scheme, self.adapter())
        return session
