"""A token and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.redaction import Secret

TokenKind = Literal["USER", "SYSTEM_USER", "PAGE", "APP"]
RENEW_BEFORE = timedelta(days=7)  # how long before its expiry a token should be renewed
APART = timedelta(hours=1)  # how far the clocks of two machines may be apart
_TIMES = ("expires_at", "data_access_expires_at", "issued_at", "renewed_at")
_LISTS = ("scopes", "declined")


@dataclass(frozen=True)
class Token:
    """An access token. The secret is masked wherever the token is printed.

    >>> Token(Secret("EAAB"), user_id="7").user_id
    '7'
    """

    secret: Secret = field(repr=False)
    user_id: str = ""
    kind: TokenKind | str = "USER"
    app_id: str = ""
    scopes: tuple[str, ...] = ()
    """Granted scopes. Empty if they are not known."""
    declined: tuple[str, ...] = ()
    """Scopes that the user declined."""
    expires_at: datetime | None = None
    """`None`: never."""
    data_access_expires_at: datetime | None = None
    issued_at: datetime | None = None
    renewed_at: datetime | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "secret", Secret(self.secret))

    def reveal(self) -> str:
        """Return the token itself."""
        return self.secret.reveal()

    def expired(self, now: datetime) -> bool:
        """Return whether the token has expired."""
        return self.expires_at is not None and now >= self.expires_at

    def due(self, now: datetime, renew_before: timedelta = RENEW_BEFORE) -> bool:
        """Return whether the token expires so soon that it should be renewed, or was renewed in the future.

        In the second case the clock has jumped, and what was believed of the expiry is not certain.
        """
        if not self.renewable or self.expires_at is None:
            return False
        return now >= self.expires_at - renew_before or (self.renewed_at or now) - now > APART

    @property
    def renewable(self) -> bool:
        """Whether Meta exchanges a token of this kind for a later one."""
        return self.kind in ("USER", "SYSTEM_USER") and self.expires_at is not None

    def to_dict(self) -> dict[str, Any]:
        """Return the token as a dict for JSON, with the secret: for stores only.

        >>> Token(Secret("EAAB"), user_id="7").to_dict()["user_id"]
        '7'
        """
        row: dict[str, Any] = {"access_token": self.reveal()}
        for attribute in fields(self)[1:]:
            value = getattr(self, attribute.name)
            row[attribute.name] = value.isoformat() if isinstance(value, datetime) else value
        return {name: [*value] if name in _LISTS else value for name, value in row.items()}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Self:
        """Return the token of a dict that `to_dict` returned. An `access_token` alone is enough.

        >>> Token.from_dict({"access_token": "EAAB", "user_id": "7"}).user_id
        '7'
        """
        if not isinstance(row.get("access_token"), str) or not row["access_token"]:
            raise ParameterError([Violation("access_token", MISSING, "a token, as Token.to_dict wrote it")])
        known = {item.name: row[item.name] for item in fields(cls) if row.get(item.name) is not None}
        known |= {name: datetime.fromisoformat(known[name]) for name in _TIMES if name in known}
        known |= {name: tuple(known[name]) for name in _LISTS if name in known}
        return cls(**{**known, "secret": Secret(row["access_token"])})

    def __reduce__(self) -> Any:
        raise TypeError("tokens are not pickled; a TokenStore keeps them")


@dataclass(frozen=True, slots=True)
class TokenStatus:
    """The status of a token, as Meta returned it."""

    valid: bool
    kind: TokenKind | str = "USER"
    user_id: str = ""
    app_id: str = ""
    application: str = ""
    """Name of the app."""
    scopes: tuple[str, ...] = ()
    declined: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Scopes without which some op cannot work."""
    expires_at: datetime | None = None
    """`None`: never, if `expiry_known`."""
    expiry_known: bool = True
    data_access_expires_at: datetime | None = None
    issued_at: datetime | None = None
    now: datetime | None = None
    """When the token was inspected, by the library's clock."""
    error: str = ""
    error_subcode: int | None = None
    todo: str = ""
    """What to do. Empty if all is well."""

    @property
    def expires_in(self) -> timedelta | None:
        """How long the token is still valid, as of `now`."""
        return self.expires_at - self.now if self.expires_at and self.now else None

    @property
    def data_access_expires_in(self) -> timedelta | None:
        """How long the app may still read what the user shared, as of `now`. Ads scopes are exempt."""
        return self.data_access_expires_at - self.now if self.data_access_expires_at and self.now else None
