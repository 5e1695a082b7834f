"""The state of a sandbox: store, tokens, settings, webhooks. Every handler gets it in its `Call`."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from admonster_fb.sandbox.audiences.people import People
from admonster_fb.sandbox.auth import ALL_SCOPES, Token, TokenBook
from admonster_fb.sandbox.errors import missing_object
from admonster_fb.sandbox.jobs import Jobs
from admonster_fb.sandbox.oauth.app import App, Logins, make_secret
from admonster_fb.sandbox.pixels.checks import SAME_WITHIN

# Handlers take Node and Store from here, beside Call.
from admonster_fb.sandbox.store import Node as Node
from admonster_fb.sandbox.store import Store as Store
from admonster_fb.sandbox.uploads import Uploads
from admonster_fb.sandbox.usage import UsageMeter
from admonster_fb.sandbox.wire import Upload

Listener = Callable[[str, dict[str, str]], tuple[int, str]]
"""Answers the verification of a callback: method and query in, status and text out."""


@dataclass
class Hooks:
    """What the app and its assets have subscribed to, and the changes that wait to be sent."""

    app: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Subscriptions of the app by object."""
    assets: dict[str, list[str]] = field(default_factory=dict)
    """Fields by Page or ad account that installed the app."""
    fine: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Subscriptions of ad accounts by id."""
    waiting: list[tuple[str, str, int, dict[str, Any]]] = field(default_factory=list)
    """Changes to send: object, id of the asset, time, change."""
    listeners: dict[str, Listener] = field(default_factory=dict)
    """Who answers at a callback URL."""


Event = dict[str, Any]
# Prefixes of fields, and the kinds of objects they refer to.
OWNERS = {"campaign": "Campaign", "adset": "AdSet", "ad": "Ad"}
_OF_BUSINESSES = frozenset(
    {"BusinessUser", "ProductCatalog", "ProductSet", "ProductFeed", "ProductFeedUpload"}
    | {"AdStudy", "AdStudyCell", "AdStudyObjective"}
)
_OF_PAGES = frozenset({"Page", "LeadgenForm", "Lead", "IGUser", "PagePost", "IGMedia", "Comment", "IGComment"})


class Signals:
    """Events by pixel, as they came, and when the last of each name and id did."""

    def __init__(self) -> None:
        self.events: dict[str, list[Event]] = {}
        self._seen: dict[tuple[str, str, str], datetime] = {}

    def take(self, pixel_id: str, event: Event, now: datetime, test_code: str | None) -> None:
        """Store an event and mark duplicates (Meta's page "Deduplicate Pixel and Server Events")."""
        stored = dict(event)
        if test_code:
            stored["test_event_code"] = test_code
        if event.get("event_id"):
            key = (pixel_id, str(event["event_name"]), str(event["event_id"]))
            first = self._seen.get(key)
            if first is not None and now - first <= SAME_WITHIN:
                stored["duplicate"] = True
            else:
                self._seen[key] = now
        self.events.setdefault(pixel_id, []).append(stored)

    def counted(self, pixel_id: str) -> list[Event]:
        """Return the events of a pixel that count: each customer action once."""
        return [event for event in self.events.get(pixel_id, []) if "duplicate" not in event]

    def dump(self) -> dict[str, Any]:
        """Return everything as JSON-ready data."""
        return {"events": self.events, "seen": [[*key, moment.isoformat()] for key, moment in self._seen.items()]}

    def load(self, dumped: dict[str, Any]) -> None:
        """Replace everything by what `dump` returned."""
        self.events = dumped["events"]
        self._seen = {(row[0], row[1], row[2]): datetime.fromisoformat(row[3]) for row in dumped["seen"]}


class World:
    """State and settings of one sandbox."""

    def __init__(self, seed: int, clock: Callable[[], datetime], page_size: int, app_secret: str | None) -> None:
        self.seed, self.clock, self.page_size = seed, clock, page_size
        self.store = Store(seed, clock)
        self.app = App(app_secret or make_secret(seed), needs_proof=app_secret is not None)
        self.tokens = TokenBook(self.app)
        self.logins = Logins(seed)
        self.usage = UsageMeter()
        self.uploads = Uploads()
        self.jobs = Jobs()
        self.rewrites = False
        """Whether names and goals are stored as Meta rewrites them (`Sandbox.rewrite`)."""
        self.people = People()
        self.signals = Signals()
        self.pictures: dict[str, list[dict[str, Any]]] = {}
        """Rows of insights that are being paged through, by query."""
        self.hooks = Hooks()
        self.leads_made = 0
        self.lead_orders: dict[str, tuple[tuple[int, str], list[tuple[int, int, str]]]] = {}
        """The leads of a form or an ad, newest first, as long as they are the same."""
        self.gaps: list[tuple[str, frozenset[int]]] = []
        # Tokens draw from their own stream, so that issuing one changes no id.
        self._token_random = random.Random(f"tokens {seed}")  # noqa: S311 - reproducible on purpose

    def account_of(self, node: Node) -> Node | None:
        """Return the ad account a node belongs to (itself, for an account)."""
        if node.kind == "AdAccount":
            return node
        bare = node.data.get("account_id")
        return self.store.get(f"act_{bare}") if bare else None

    def owner(self, node: Node, level: str) -> Node | None:
        """Return the object that a field such as `campaign.name` looks at: the node itself, or one above it."""
        if not level or OWNERS.get(level) == node.kind:
            return node
        return self.store.get(str(node.data.get(f"{level}_id", "")))

    def zone_of(self, node: Node) -> str:
        """Return the time zone of a node's times."""
        account = self.account_of(node)
        return str(account.data["timezone_name"]) if account else "UTC"

    def sees(self, token: Token, node: Node) -> bool:
        """Return whether the token's user may see a node at all."""
        if node.kind == "User":
            if node.hidden.get("system"):
                return node.id == token.user_id or bool(token.businesses)
            return token.kind == "APP" or (node.id == token.user_id and token.kind != "PAGE")
        if token.kind in ("APP", ""):
            return False
        if node.kind == "Business":
            return node.id in token.businesses
        if node.kind in _OF_BUSINESSES:
            return node.data["business_id"] in token.businesses
        if node.kind == "CustomAudience" and token.has_any(node.hidden.get("shared", ())):
            return True
        if node.kind == "AdsPixel":
            return node.hidden["business"] in token.businesses or token.has_any(node.hidden["accounts"])
        if node.kind in _OF_PAGES:  # every token sees all Pages
            return True
        account = self.account_of(node)
        return account is not None and account.id in token.accounts

    def accounts(self, test: Callable[[Node], bool]) -> list[Node]:
        """Return the ad accounts that satisfy `wanted`."""
        return [account for account in self.store.of_kind("AdAccount") if test(account)]

    def issue(self, user_id: str, accounts: list[str], businesses: list[str], scopes: set[str] | None = None) -> Token:
        """Make a token for a user."""
        value = ""
        while not value or value in self.tokens.tokens:
            value = f"sandbox-{self._token_random.getrandbits(160):040x}"
        granted = set(ALL_SCOPES) if scopes is None else scopes
        issued_at = self.clock().isoformat()
        token = Token(value, user_id, granted, accounts, businesses, issued_at=issued_at)
        self.tokens.tokens[value] = token
        return token

    def reissue(self, token: Token, lasts: timedelta | None, **changes: Any) -> Token:
        """Make a token like another: its own value, valid from now on for as long as it lasts."""
        fresh = self.issue(token.user_id, list(token.accounts), list(token.businesses), set(token.scopes))
        fresh.expires_at = (self.clock() + lasts).isoformat() if lasts else None
        fresh.revoked, fresh.lapsed = set(token.revoked), set(token.lapsed)
        for name in ("kind", "app_id", "data_access_expires_at", "profile_id"):
            setattr(fresh, name, changes.get(name, getattr(token, name)))
        return fresh

    def reach(self, user_id: str) -> tuple[list[str], list[str]]:
        """Return the ad accounts and businesses that a user sees: by default all."""
        user = self.store.get(user_id)
        named = user.hidden.get("accounts") if user else None
        seen = self.accounts(lambda account: named is None or account.id in named)
        owners = dict.fromkeys(account.hidden.get("business") for account in seen)
        everything = [node.id for node in self.store.of_kind("Business")]
        return [account.id for account in seen], [one for one in everything if named is None or one in owners]

    def gaps_of(self, path: str) -> set[int]:
        """Return which pages of an edge are configured to be empty."""
        return {page for pattern, pages in self.gaps if fnmatchcase(path, pattern) for page in pages}

    def dump(self) -> dict[str, Any]:
        """Return everything worth keeping as JSON-ready data."""
        tokens = [token.dump() for token in self.tokens.tokens.values()]
        held = {"people": self.people.dump(), "signals": self.signals.dump()}
        held |= {"app": self.app.dump(), "logins": self.logins.dump()}
        return {"store": self.store.dump(), "tokens": tokens, **held}

    def load(self, dumped: dict[str, Any]) -> None:
        """Replace the state by what `dump` returned."""
        self.store.load(dumped["store"])
        self.tokens.tokens = {token["value"]: Token.restore(token) for token in dumped["tokens"]}
        if "people" in dumped:
            self.people.load(dumped["people"])
            self.signals.load(dumped["signals"])
        if "app" in dumped:
            self.app.load(dumped["app"])
            self.logins.load(dumped["logins"])


@dataclass(slots=True)
class Call:
    """One Graph call on its way through the sandbox: version and path apart, parameters decoded."""

    world: World
    method: str
    path: str
    version: str
    params: dict[str, Any]
    raw: dict[str, Any]
    token: Token
    base_url: str
    files: dict[str, Upload] = field(default_factory=dict)
    trace: str = ""

    @property
    def store(self) -> Store:
        """Return the world's store."""
        return self.world.store

    def find(self, node_id: str) -> Node | None:
        """Return a node if it exists and the caller may see it."""
        node = self.store.get(self.token.me if node_id == "me" else node_id)
        return node if node and self.world.sees(self.token, node) else None

    def existing(self, node_id: object, *kinds: str) -> Node:
        """Return a node of one of these kinds, or refuse the call with 100/33."""
        node = self.find(str(node_id))
        if node is None or node.kind not in kinds:
            raise missing_object(self.method, str(node_id))
        return node
