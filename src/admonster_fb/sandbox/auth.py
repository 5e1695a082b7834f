"""Access tokens: who calls, with which scopes, for which accounts; and the refusals that follow."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from admonster_fb.sandbox import times
from admonster_fb.sandbox.errors import GraphError

ALL_SCOPES = (
    "ads_management",
    "ads_read",
    "business_management",
    "read_insights",
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_ads",
    "public_profile",
)
_CLOCK = "%A, %d-%b-%y %H:%M:%S %Z"
# Any of these scopes opens the door; the message is Meta's when none is there.
READ_ADS = (("ads_read", "ads_management"), "Ad account owner has NOT grant ads_management or ads_read permission")
WRITE_ADS = (("ads_management",), "Requires ads_management permission to manage the object")
READ_BUSINESS = (("business_management",), "Requires business_management permission to manage the object")
Need = tuple[tuple[str, ...], str]


@dataclass(slots=True)
class Token:
    """One token. `accounts` and `businesses` are what its user can see."""

    value: str
    user_id: str
    scopes: set[str]
    accounts: list[str]
    businesses: list[str]
    expired_at: str | None = None
    revoked: set[str] = field(default_factory=set)

    def check_alive(self, now: datetime) -> None:
        """Raise 190/463 once the token has expired."""
        if self.expired_at is None:
            return
        pacific = times.zone("America/Los_Angeles")
        then, current = (
            moment.astimezone(pacific).strftime(_CLOCK) for moment in (times.parse(self.expired_at, "UTC"), now)
        )
        message = f"Error validating access token: Session has expired on {then}. The current time is {current}."
        raise GraphError(190, 463, message)

    def check_scope(self, need: Need) -> None:
        """Raise 200 unless the token holds one of the scopes."""
        scopes, words = need
        if not self.scopes.intersection(scopes):
            raise GraphError(200, message=f"(#200) {words}")

    def has_any(self, accounts: Iterable[str]) -> bool:
        """Tell whether the token's user sees one of these accounts."""
        return not set(accounts).isdisjoint(self.accounts)

    def dump(self) -> dict[str, Any]:
        """Return the token as JSON-ready data."""
        return {**asdict(self), "scopes": sorted(self.scopes), "revoked": sorted(self.revoked)}

    @classmethod
    def restore(cls, dumped: dict[str, Any]) -> Token:
        """Return the token `dump` described."""
        return cls(**{**dumped, "scopes": set(dumped["scopes"]), "revoked": set(dumped["revoked"])})


class TokenBook:
    """Every token ever issued, by value."""

    def __init__(self, app_secret: str | None) -> None:
        self.app_secret = app_secret
        self.tokens: dict[str, Token] = {}

    def add(self, token: Token) -> Token:
        """Keep a token."""
        self.tokens[token.value] = token
        return token

    def authenticate(self, value: str | None, proof: str | None, path: str, now: datetime) -> Token:
        """Return the caller's token or raise what Meta says of none, an unreadable one, an expired one."""
        if not value:
            # "me" without a token and an object without one are refused in different words.
            raise GraphError(2500) if path.split("/")[0] == "me" else GraphError(104)
        token = self.tokens.get(value)
        if token is None:
            raise GraphError(190)
        token.check_alive(now)
        self._check_proof(value, proof)
        return token

    def _check_proof(self, value: str, proof: str | None) -> None:
        if self.app_secret is None:
            return
        if not proof:
            message = "API calls from the server require an appsecret_proof argument"
            raise GraphError(100, message=message, type="GraphMethodException")
        wanted = hmac.new(self.app_secret.encode(), value.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted, proof):
            message = "Invalid appsecret_proof provided in the API argument"
            raise GraphError(100, message=message, type="GraphMethodException")


def token_value(headers: dict[str, str], params: dict[str, Any]) -> str | None:
    """Return the token a request carries: the parameter wins over the header."""
    if value := params.get("access_token"):
        return str(value)
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    return rest.strip() or None if scheme.lower() in ("bearer", "oauth") else None
