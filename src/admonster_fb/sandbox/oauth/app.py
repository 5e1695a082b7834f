"""The one app of a sandbox, its configurations of Facebook Login for Business, and the state of logins."""

from __future__ import annotations

import base64
import hashlib
import random
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

APP_ID = "880000000000001"
_LOCAL = re.compile(r"http://localhost(:\d{1,5})?(/[!-~]*)?")
_PLAIN = re.compile(r"[!-~]+")


@dataclass(slots=True)
class Config:
    """A login configuration (`config_id`): all of its scopes are granted, or none."""

    scopes: tuple[str, ...]
    kind: str = "USER"
    """Whose token the login ends with: USER, or SYSTEM_USER of the business."""


@dataclass(slots=True)
class App:
    """An app as its dashboard shows it. In development mode only people with a role can log in, and it makes no ads."""

    secret: str
    id: str = APP_ID
    name: str = "Sandbox Bot"
    live: bool = True
    needs_proof: bool = False
    """Whether calls without `appsecret_proof` are refused: "Require app secret"."""
    redirect_uris: list[str] = field(default_factory=list)
    """Valid OAuth redirect URIs, letter by letter. In development mode `http://localhost` needs none."""
    strangers: set[str] = field(default_factory=set)
    """Users without a role in the app."""
    not_for_app: set[str] = field(default_factory=set)
    """Scopes that exist and that this app may not ask for."""
    configs: dict[str, Config] = field(default_factory=dict)

    @property
    def token(self) -> str:
        """Return the app's own token."""
        return f"{self.id}|{self.secret}"

    def allows(self, redirect_uri: str) -> bool:
        """Return whether the dialog may come back to an address."""
        if not _PLAIN.fullmatch(redirect_uri) or "#" in redirect_uri:
            return False
        local = _LOCAL.fullmatch(redirect_uri) is not None and not self.live
        return redirect_uri in self.redirect_uris or local

    def dump(self) -> dict[str, Any]:
        """Return what can be changed, but for the secret, as JSON-ready data."""
        configs = {name: [list(config.scopes), config.kind] for name, config in self.configs.items()}
        lists = {"redirect_uris": list(self.redirect_uris), "strangers": sorted(self.strangers), "configs": configs}
        return {"name": self.name, "live": self.live, "not_for_app": sorted(self.not_for_app), **lists}

    def load(self, dumped: dict[str, Any]) -> None:
        """Restore the values that `dump` returned."""
        self.name, self.live, self.redirect_uris = dumped["name"], dumped["live"], list(dumped["redirect_uris"])
        self.strangers, self.not_for_app = set(dumped["strangers"]), set(dumped["not_for_app"])
        self.configs = {name: Config(tuple(scopes), kind) for name, (scopes, kind) in dumped["configs"].items()}


def make_secret(seed: int) -> str:
    """Return a secret that is recognizable as the sandbox's.

    >>> make_secret(1).startswith("sandbox-")
    True
    """
    return f"sandbox-{hashlib.sha256(f'app secret {seed}'.encode()).hexdigest()[:32]}"


CODE_LIVES = timedelta(minutes=10)


@dataclass(slots=True)
class Code:
    """A code on its way from the dialog to the exchange."""

    value: str
    user_id: str
    redirect_uri: str
    kind: str
    expires_at: str
    challenge: str = ""
    used: bool = False


@dataclass(slots=True)
class Consent:
    """A user's decisions on scopes, and the time of the last one."""

    at: str
    granted: set[str] = field(default_factory=set)
    declined: set[str] = field(default_factory=set)

    def decide(self, granted: Iterable[str], declined: Iterable[str], at: datetime) -> None:
        """Record a decision: the last one counts."""
        self.granted = (self.granted | set(granted)) - set(declined)
        self.declined = (self.declined | set(declined)) - set(granted)
        self.at = at.isoformat()


class Logins:
    """Codes by value, consents by user."""

    def __init__(self, seed: int) -> None:
        # Codes draw from their own stream, so that a login changes no id and no token.
        self._random = random.Random(f"codes {seed}")  # noqa: S311 - reproducible on purpose
        self.codes: dict[str, Code] = {}
        self.consents: dict[str, Consent] = {}

    def issue(self, user_id: str, redirect_uri: str, kind: str, now: datetime, challenge: str = "") -> Code:
        """Return a new code; `challenge` is that of PKCE."""
        value = ""
        while not value or value in self.codes:
            value = "AQD" + base64.urlsafe_b64encode(self._random.randbytes(60)).decode()
        until = (now + CODE_LIVES).isoformat()
        self.codes[value] = Code(value, user_id, redirect_uri, kind, until, challenge)
        return self.codes[value]

    def consent(self, user_id: str, now: datetime) -> Consent:
        """Return what a user decided; nothing yet, if they have never logged in."""
        return self.consents.setdefault(user_id, Consent(now.isoformat()))

    def dump(self) -> dict[str, Any]:
        """Return all of it as JSON-ready data."""
        consents = {
            user: [consent.at, sorted(consent.granted), sorted(consent.declined)]
            for user, consent in self.consents.items()
        }
        return {"codes": [asdict(code) for code in self.codes.values()], "consents": consents}

    def load(self, dumped: dict[str, Any]) -> None:
        """Replace all of it by what `dump` returned."""
        self.codes = {code["value"]: Code(**code) for code in dumped["codes"]}
        self.consents = {
            user: Consent(at, set(granted), set(declined))
            for user, (at, granted, declined) in dumped["consents"].items()
        }
