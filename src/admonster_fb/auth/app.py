"""An app of Meta's, by which users sign in, and the calls that exchange, inspect and revoke their tokens.

Source: `docs/meta-rules.md#login-and-tokens`. Meta documents the exchanges as GET, with secrets in the query. The token
endpoint takes the POST of OAuth 2.0 as well (RFC 6749, section 3.2; maintained clients such as requests-oauthlib send
it): no secret is in a URL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from admonster_fb import errors
from admonster_fb.auth.scopes import missing_scopes
from admonster_fb.auth.token import RENEW_BEFORE, Token, TokenStatus
from admonster_fb.errors import MISSING, APIError, AuthenticationError, BlockedError, ParameterError, Violation
from admonster_fb.models._node import parse_time
from admonster_fb.redaction import Secret
from admonster_fb.transport.api import Api, decode_object
from admonster_fb.transport.clock import Clock, SystemClock
from admonster_fb.transport.observability import Observer
from admonster_fb.transport.paging import raw_page
from admonster_fb.transport.rate_limits import Usage
from admonster_fb.transport.request import OAUTH, Call
from admonster_fb.transport.retry import Retry
from admonster_fb.transport.session import Credentials, Session, Settings, check_app, check_endpoint

TIMEOUT = (5.0, 20.0)
"""Most seconds to connect and to wait for a response: a user waits for the sign-in, and ops wait for a renewal."""
DEADLINE = 45.0
MAX_WAIT = 10.0
NO_TOKEN = Secret("")
_KINDS = {"SYSTEM": "SYSTEM_USER", "BUSINESS": "SYSTEM_USER"}
_EXPIRING = {"set_token_expires_in_60_days": "true"}


@dataclass(frozen=True)
class App:
    """An app of Meta's. Its secret is never printed, and the app is not pickled.

    >>> App("1234", "secret").token
    Secret(…)
    """

    app_id: str
    app_secret: Secret | str = field(repr=False)
    settings: Settings = field(default_factory=Settings, repr=False)
    clock: Clock = field(default_factory=SystemClock, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "app_secret", Secret(self.app_secret))
        if empty := [name for name in ("app_id", "app_secret") if not getattr(self, name)]:
            raise ParameterError([Violation(name, MISSING, f"the app's {name[4:]}, from its page") for name in empty])
        check_app(self.settings.endpoint, self.secret, in_process=self.settings.adapter is not None)

    @property
    def secret(self) -> str:
        """The app secret itself."""
        return Secret(self.app_secret).reveal()

    @property
    def token(self) -> Secret:
        """The app's own token, made of its id and its secret."""
        return Secret(f"{self.app_id}|{self.secret}")

    def check_endpoint(self, access_token: Secret) -> None:
        """Raise `ParameterError` if a token must not go to the app's host."""
        check_endpoint(self.settings.endpoint, access_token.reveal(), in_process=self.settings.adapter is not None)

    @contextmanager
    def api(self, access_token: Secret = NO_TOKEN) -> Iterator[Api]:
        """Open a connection for a few calls. Default: without a token."""
        connect, read = self.settings.timeout
        settings = replace(self.settings, timeout=(min(connect, TIMEOUT[0]), min(read, TIMEOUT[1])))
        session = Session(settings, Credentials(access_token.reveal(), self.secret))
        retry = Retry(self.clock, max_wait=MAX_WAIT, deadline=DEADLINE)
        try:
            yield Api(session, retry, Usage(self.clock), self.clock, Observer())
        finally:
            if self.settings.adapter is None:  # its owner closes an adapter that was passed in
                session.close()

    def __reduce__(self) -> Any:
        raise TypeError("an app's secret is not pickled")


def exchange_code(app: App, code: str, redirect_uri: str, verifier: str = "") -> Token:
    """Exchange the code of a login, and its PKCE verifier if any, for a short-lived token. A code works once."""
    proof = {"code_verifier": verifier} if verifier else {}
    return _exchange(app, {"redirect_uri": redirect_uri, "code": code, **proof}, once=True)


def extend(app: App, token: Token) -> Token:
    """Exchange a valid token for one that is valid for 60 days from now."""
    params = {"grant_type": "fb_exchange_token", "fb_exchange_token": token.secret}
    if token.kind == "SYSTEM_USER":
        params |= _EXPIRING
    fresh = _exchange(app, params)
    expires_at = fresh.expires_at or debug(app, fresh).expires_at  # Meta does not always return it
    issued_at = fresh.issued_at
    return replace(token, secret=fresh.secret, expires_at=expires_at, issued_at=issued_at, renewed_at=issued_at)


def renew(app: App, token: Token) -> Token:
    """Exchange a token as `extend` does, unless the new one is not valid, or of another user: `AuthenticationError`."""
    fresh = extend(app, token)
    status = debug(app, fresh)
    same = (not status.user_id or token.user_id in ("", status.user_id)) and status.app_id in ("", app.app_id)
    if not (status.valid and same):
        reason = status.error or "it is dead, or of another user or app"
        raise AuthenticationError(message=f"the renewed token is not valid: {reason}", request="GET debug_token")
    return replace(fresh, expires_at=status.expires_at or fresh.expires_at)


def revoke(app: App, token: Token) -> None:
    """Revoke the app's access to a user's account. Every token of the user for this app ends."""
    with app.api(token.secret) as api:
        response = api.send(Call("DELETE", ("me", "permissions")), decode_object)
    if response.get("success") is not True:
        raise errors.TransientError(message="Meta did not revoke the permissions", request="DELETE me/permissions")


def _exchange(app: App, params: Mapping[str, Any], *, once: bool = False) -> Token:
    credentials = {"client_id": app.app_id, "client_secret": app.app_secret}
    with app.api() as api:
        response = api.send(Call("POST", OAUTH, {**credentials, **params}, once=once), decode_object)
    access_token = response.get("access_token")
    if not isinstance(access_token, str) or not access_token:
        raise AuthenticationError(message="Meta answered without a token", request="POST oauth/access_token")
    now = app.clock.now()
    try:
        seconds = int(response.get("expires_in") or 0)  # a number, or text
        expires_at = now + timedelta(seconds=seconds) if seconds > 0 else None
    except (TypeError, ValueError, OverflowError):
        expires_at = None
    return Token(Secret(access_token), app_id=app.app_id, issued_at=now, expires_at=expires_at)


def inspect(app: App, token: Token) -> TokenStatus:
    """Return the status of a token, with the scopes that the user declined. A token that has ended is no error."""
    status = debug(app, token)
    if not (status.valid and status.kind in ("USER", "SYSTEM_USER")):
        return status
    with app.api(token.secret) as api:
        return _with_declined(status, api)


def debug(app: App, token: Token) -> TokenStatus:
    """Return the status of a token by `debug_token` alone. Its times are by Meta's clock."""
    with app.api(app.token) as api:
        return parse_status(_debug_token(api, token.secret), app.clock.now())


def inspect_itself(api: Api, access_token: Secret) -> TokenStatus:
    """Return the status of a connection's own token. Without the app's secret Meta may return less."""
    now = api.clock.now()
    try:
        try:
            response = _debug_token(api, access_token)
        except (AuthenticationError, BlockedError):
            raise
        except APIError:  # Meta wants an app's token: the user's own calls show whether it is valid, and its scopes
            me = api.send(Call("GET", ("me",), {"fields": "id"}), decode_object)
            granted, declined = _decisions(api)
            user_id = str(me.get("id") or "")
            status = TokenStatus(True, user_id=user_id, scopes=granted, declined=declined, expiry_known=False, now=now)
            return _with_todo(replace(status, missing=missing_scopes(granted)))
        return _with_declined(parse_status(response, now), api)
    except (AuthenticationError, BlockedError) as error:
        return _invalid(error, TokenStatus(False, expiry_known=False, now=now))


def _debug_token(api: Api, access_token: Secret) -> dict[str, Any]:
    return api.send(Call("GET", ("debug_token",), {"input_token": access_token}), decode_object)


def parse_status(response: Mapping[str, Any], now: datetime) -> TokenStatus:
    """Read the response of `debug_token`. Ids may be numbers, and any field may be missing."""
    data: Mapping[str, Any] = response["data"] if isinstance(response.get("data"), Mapping) else response
    kind = str(data.get("type") or ("PAGE" if data.get("profile_id") else "USER" if data.get("user_id") else "APP"))
    listed = data.get("scopes")
    scopes = tuple(str(scope) for scope in listed) if isinstance(listed, list) else ()
    status = TokenStatus(
        valid=data.get("is_valid") is True,
        kind=_KINDS.get(kind, kind),
        user_id=str(data.get("user_id") or ""),
        app_id=str(data.get("app_id") or ""),
        application=str(data.get("application") or ""),
        scopes=scopes,
        missing=missing_scopes(scopes) if kind != "APP" else (),
        expires_at=parse_time(data.get("expires_at")),
        expiry_known=data.get("expires_at") is not None,
        data_access_expires_at=parse_time(data.get("data_access_expires_at")),
        issued_at=parse_time(data.get("issued_at")),
        now=now,
    )
    error = data.get("error")
    if status.valid or not isinstance(error, Mapping):
        return _with_todo(status)
    return _invalid(errors.api_error(error, http_status=200, request="GET debug_token"), status)


def _with_declined(status: TokenStatus, api: Api) -> TokenStatus:
    """Add the declined scopes if Meta returns them, and the granted ones if `debug_token` returned none."""
    with suppress(errors.FacebookAdsError):
        granted, declined = _decisions(api)
        scopes = status.scopes or granted
        return _with_todo(replace(status, scopes=scopes, declined=declined, missing=missing_scopes(scopes)))
    return status


def _decisions(api: Api) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the scopes that the user granted, and those that the user declined."""
    rows = api.send(Call("GET", ("me", "permissions")), raw_page).data
    decisions = [(str(row.get("permission")), row.get("status")) for row in rows]
    granted = tuple(name for name, decision in decisions if decision == "granted")
    return granted, tuple(name for name, decision in decisions if decision == "declined")


def _invalid(error: APIError, status: TokenStatus) -> TokenStatus:
    message = error.message or error.cause
    return replace(status, valid=False, error=message, error_subcode=error.error_subcode, todo=error.advice)


def _with_todo(status: TokenStatus) -> TokenStatus:
    """Add the most urgent thing to do."""
    now = status.now or datetime.now(UTC)
    expiring = status.expires_at is not None and status.expires_at - now < RENEW_BEFORE
    data_access_ended = status.data_access_expires_at is not None and status.data_access_expires_at <= now
    rows = (
        (not status.valid, "Log in again for a new token."),
        (bool(status.missing), f"Log in again and grant {', '.join(status.missing)}."),
        (expiring, "Renew the token; after it has expired only a new login helps."),
        (data_access_ended, "Log in again: the app's access to the user's data has ended (ads scopes go on)."),
    )
    return replace(status, todo=next((todo for applies, todo in rows if applies), ""))
