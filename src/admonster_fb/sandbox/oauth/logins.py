"""The state of logins: codes to be exchanged, and the scopes that each user granted and declined."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

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
