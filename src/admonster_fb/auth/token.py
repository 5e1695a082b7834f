"""A token and all that is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from admonster_fb._secret import Secret
from admonster_fb.errors import MISSING, ParameterError, Violation

Kind = Literal["USER", "SYSTEM_USER", "PAGE", "APP"]
RENEW_BEFORE = timedelta(days=7)
_TIMES = ("expires_at", "data_access_expires_at", "issued_at", "renewed_at")
_LISTS = ("scopes", "declined")


@dataclass(frozen=True)
class Token:
    """An access token. Times are aware; `expires_at=None` is never; no `scopes` means that they are not known.

    The secret is masked wherever the token is printed: `reveal` gives it, `to_dict` writes it down for a store.
    """

    secret: Secret = field(repr=False)
    user_id: str = ""
    kind: Kind | str = "USER"
    app_id: str = ""
    scopes: tuple[str, ...] = ()
    declined: tuple[str, ...] = ()
    expires_at: datetime | None = None
    data_access_expires_at: datetime | None = None
    issued_at: datetime | None = None
    renewed_at: datetime | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "secret", Secret(self.secret))

    def reveal(self) -> str:
        """Return the token itself.

        >>> Token(Secret("EAAB")).reveal()
        'EAAB'
        """
        return self.secret.reveal()

    def expired(self, now: datetime) -> bool:
        """Tell whether it has expired.

        >>> Token(Secret("EAAB")).expired(datetime.now().astimezone())
        False
        """
        return self.expires_at is not None and now >= self.expires_at

    def due(self, now: datetime, renew_before: timedelta = RENEW_BEFORE) -> bool:
        """Tell whether it expires so soon that it should be renewed; a Page's and an app's never are.

        >>> Token(Secret("EAAB")).due(datetime.now().astimezone())
        False
        """
        return self.renewable and self.expires_at is not None and now >= self.expires_at - renew_before

    @property
    def renewable(self) -> bool:
        """Whether Meta exchanges its like for a later one."""
        return self.kind in ("USER", "SYSTEM_USER") and self.expires_at is not None

    def to_dict(self) -> dict[str, Any]:
        """Return all of it, the secret too, as JSON takes it: for stores only.

        >>> Token(Secret("EAAB"), user_id="7").to_dict()["user_id"]
        '7'
        """
        told: dict[str, Any] = {"access_token": self.reveal()}
        for each in fields(self)[1:]:
            value = getattr(self, each.name)
            told[each.name] = value.isoformat() if isinstance(value, datetime) else value
        return {name: [*value] if name in _LISTS else value for name, value in told.items()}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        """Return the token that `to_dict` wrote; a mere `access_token` will do.

        >>> Token.from_dict({"access_token": "EAAB", "user_id": "7"}).user_id
        '7'
        """
        if not isinstance(told.get("access_token"), str) or not told["access_token"]:
            raise ParameterError([Violation("access_token", MISSING, "a token, as Token.to_dict wrote it")])
        known = {each.name: told[each.name] for each in fields(cls) if told.get(each.name) is not None}
        known |= {name: datetime.fromisoformat(known[name]) for name in _TIMES if name in known}
        known |= {name: tuple(known[name]) for name in _LISTS if name in known}
        return cls(**{**known, "secret": Secret(told["access_token"])})

    def __reduce__(self) -> Any:
        raise TypeError("tokens are not pickled; a TokenStore keeps them")


@dataclass(frozen=True, slots=True)
class TokenStatus:
    """What Meta says of a token. `expires_at=None` is never, unless `expiry_known` is false.

    `missing` are the scopes without which some op cannot work; `todo` says what to do, and is empty if all is well.
    """

    valid: bool
    kind: Kind | str = "USER"
    user_id: str = ""
    app_id: str = ""
    application: str = ""
    scopes: tuple[str, ...] = ()
    declined: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    expires_at: datetime | None = None
    expiry_known: bool = True
    data_access_expires_at: datetime | None = None
    issued_at: datetime | None = None
    now: datetime | None = None
    """When it was asked, by this library's clock."""
    error: str = ""
    error_subcode: int | None = None
    todo: str = ""

    @property
    def expires_in(self) -> timedelta | None:
        """How long it is still valid, as of `now`."""
        return self.expires_at - self.now if self.expires_at and self.now else None

    @property
    def data_access_expires_in(self) -> timedelta | None:
        """How long the app may still read what the user shared, as of `now`. Ads scopes are exempt."""
        return self.data_access_expires_at - self.now if self.data_access_expires_at and self.now else None
