"""Access tokens: who calls, with which scopes, for which accounts; and the refusals that follow."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from admonster_fb.sandbox import times
from admonster_fb.sandbox.errors import DEFAULTS, GraphError
from admonster_fb.sandbox.oauth.app import APP_ID, App
from admonster_fb.sandbox.spec import names_in

ENDS = (458, 459, 460, 464, 466, 467, 490)
"""The subcodes of 190 with which a token can end."""
PASSING = frozenset({459, 464, 490})
"""The user can put these right, and the same token goes on."""
_FLOW = {"checkpoint_flow_id": "207799259245384", "checkpoint_content_id": "0"}


def refusal(subcode: int, app_id: str) -> GraphError:
    """Return the refusal of a token that ended so.

    >>> refusal(458, "1").message
    'Error validating access token: The user has not authorized application 1.'
    """
    data = _FLOW if subcode == 490 else None
    text = DEFAULTS[190, subcode].message.replace("application 1.", f"application {app_id}.")
    return GraphError(190, subcode, text, error_data=data, error_data_as_string=True)


ALL_SCOPES = names_in(
    "ads_management ads_read business_management read_insights pages_show_list pages_read_engagement pages_manage_ads "
    "public_profile leads_retrieval pages_manage_metadata "
    "pages_read_user_content pages_manage_engagement instagram_basic instagram_manage_comments catalog_management"
)
_CLOCK = "%A, %d-%b-%y %H:%M:%S %Z"
# Any of these scopes opens the door; the message is Meta's when none is there.
READ_ADS = (("ads_read", "ads_management"), "Ad account owner has NOT grant ads_management or ads_read permission")
WRITE_ADS = (("ads_management",), "Requires ads_management permission to manage the object")
READ_CATALOGS = (("catalog_management",), "Requires catalog_management permission to manage the object")
READ_BUSINESS = (("business_management",), "Requires business_management permission to manage the object")
_SETS = ("scopes", "revoked", "lapsed")
Need = tuple[tuple[str, ...], str]


@dataclass(slots=True)
class Token:
    """One token. `accounts` and `businesses` are what its user can see; moments are ISO texts."""

    value: str
    user_id: str
    scopes: set[str]
    accounts: list[str]
    businesses: list[str]
    expires_at: str | None = None
    revoked: set[str] = field(default_factory=set)
    kind: str = "USER"
    app_id: str = APP_ID
    issued_at: str | None = None
    data_access_expires_at: str | None = None
    profile_id: str | None = None
    """The Page that a Page's token speaks for."""
    ended: int | None = None
    """The subcode of 190 that ended it."""
    lapsed: set[str] = field(default_factory=set)
    """Scopes that were granted and not used for long."""

    @property
    def me(self) -> str:
        """Return the id that `me` refers to."""
        return self.profile_id or self.user_id

    def check_alive(self, now: datetime) -> None:
        """Raise 190 once the token has ended or expired: a user's with 463, a system user's with no subcode."""
        if self.ended is not None:
            raise refusal(self.ended, self.app_id)
        if self.expires_at is None or times.parse(self.expires_at, "UTC") > now:
            return
        pacific = times.zone("America/Los_Angeles")
        then, current = (
            moment.astimezone(pacific).strftime(_CLOCK) for moment in (times.parse(self.expires_at, "UTC"), now)
        )
        if self.kind == "SYSTEM_USER":
            raise GraphError(190, message=f"The token has expired on {then}. The current time is {current}.")
        message = f"Error validating access token: Session has expired on {then}. The current time is {current}."
        raise GraphError(190, 463, message)

    def check_scope(self, need: Need) -> None:
        """Raise 200 unless the token holds one of the scopes."""
        scopes, text = need
        if not self.scopes.intersection(scopes):
            raise GraphError(200, message=f"(#200) {text}")

    def has_any(self, accounts: Iterable[str]) -> bool:
        """Return whether the token's user sees one of these accounts."""
        return not set(accounts).isdisjoint(self.accounts)

    def dump(self) -> dict[str, Any]:
        """Return the token as JSON-ready data."""
        return {**asdict(self), **{name: sorted(getattr(self, name)) for name in _SETS}}

    @classmethod
    def restore(cls, dumped: dict[str, Any]) -> Token:
        """Return the token `dump` described."""
        return cls(**{**dumped, **{name: set(dumped[name]) for name in _SETS}})


class TokenBook:
    """Every token ever issued, by value, and the app they were issued to."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.tokens: dict[str, Token] = {}

    def of_user(self, user_id: str) -> list[Token]:
        """Return the tokens of a user, those of their Pages too."""
        return [token for token in self.tokens.values() if token.user_id == user_id]

    def find(self, value: str) -> Token | None:
        """Return a token. The app's own token is its id and secret, and is not stored."""
        if value == self.app.token:
            return Token(value, "", set(), [], [], kind="APP", app_id=self.app.id)
        return self.tokens.get(value)

    def authenticate(self, value: str | None, proof: str | None, path: str, now: datetime) -> Token:
        """Return the caller's token. Raises Meta's error for a missing, unreadable or expired one."""
        if not value:
            # "me" without a token and an object without one are refused with different errors.
            raise GraphError(2500) if path.split("/")[0] == "me" else GraphError(104)
        token = self.find(value)
        if token is None:
            raise GraphError(190)
        if token.kind == "APP" and path.split("/")[0] == "me":
            raise GraphError(2500)
        token.check_alive(now)
        self._check_proof(value, proof)
        return token

    def _check_proof(self, value: str, proof: str | None) -> None:
        if not self.app.needs_proof:
            return
        expected = hmac.new(self.app.secret.encode(), value.encode(), hashlib.sha256).hexdigest()
        message = "Invalid appsecret_proof provided in the API argument"
        if not proof:
            message = "API calls from the server require an appsecret_proof argument"
        if not proof or not hmac.compare_digest(expected, proof):
            raise GraphError(100, message=message, type="GraphMethodException")


def token_value(headers: dict[str, str], params: dict[str, Any]) -> str | None:
    """Return the token a request carries: the parameter wins over the header."""
    if value := params.get("access_token"):
        return str(value)
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    return rest.strip() or None if scheme.lower() in ("bearer", "oauth") else None
