"""A token in use: `fb.token`. A stored one is renewed by one process before it expires, and deleted when it ended."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from admonster_fb.auth.app import App, debug, inspect, inspect_itself, renew, revoke
from admonster_fb.auth.login import Login
from admonster_fb.auth.scopes import missing_scopes, require
from admonster_fb.auth.stores import WAIT, TokenStore
from admonster_fb.auth.token import RENEW_BEFORE, Token, TokenStatus
from admonster_fb.errors import APIError, AuthenticationError, FacebookAdsError
from admonster_fb.redaction import Secret
from admonster_fb.storage import Busy
from admonster_fb.transport.answers import acknowledged
from admonster_fb.transport.api import Api
from admonster_fb.transport.clock import Clock, SystemClock
from admonster_fb.transport.request import Call
from admonster_fb.transport.session import Credentials

log = logging.getLogger("admonster_fb")
ENDED = frozenset({458, 460, 463, 467})
"""Subcodes of 190 that end a token. A checkpoint (459) and refusals (10, 200-299, 368) do not end it."""
AFTER_FAILURE = timedelta(hours=1)  # how long after a failed renewal the next one begins
WHILE_OTHERS_RENEW = timedelta(seconds=15)
JUST_RENEWED = timedelta(minutes=1)
LINK_LIFETIME = timedelta(minutes=1)
_NO_USER = "no user is signed in"
_LOG_IN = "Log in: with the link of the op connect, or by admonster-fb login."
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class TokenManager:
    """The token of one user, from a store. Safe to share between threads; the store, between processes.

    Without a login or app, the token is used and cannot be renewed. Links to log in with are bound to `key`, which is
    the `bound_to` of `Login.finish`.

    >>> from admonster_fb.auth.stores import MemoryStore
    >>> TokenManager(None, MemoryStore(), "ann")
    TokenManager(key='ann')
    """

    def __init__(
        self,
        login_or_app: Login | App | None,
        store: TokenStore,
        key: str,
        renew_before: timedelta = RENEW_BEFORE,
        *,
        clock: Clock | None = None,
    ) -> None:
        self.login = login_or_app if isinstance(login_or_app, Login) else None
        self.app = login_or_app.app if isinstance(login_or_app, Login) else login_or_app
        self.store, self.key, self.renew_before = store, key, renew_before
        self._clock = clock or (self.app.clock if self.app else SystemClock())
        self._token: Token | None = None
        self._renewing = threading.Lock()
        self._renew_after = _LONG_AGO
        self._ended: tuple[Secret | None, datetime, bool] = (None, _LONG_AGO, True)
        self._link: tuple[str, datetime] | None = None

    def __repr__(self) -> str:
        return f"TokenManager(key={self.key!r})"

    def current(self) -> Token:
        """Return the token to use now, renewed if it is due. Raises `AuthenticationError` without a valid one.

        A renewal that fails while the token is still valid is logged, and tried again in an hour.
        """
        token, now = self._signed_in(), self._clock.now()
        if token.expired(now):  # only a new login helps, or a newer token that another process has stored
            token = self.reload() or token
        elif token.due(now, self.renew_before) and self.app is not None:
            failed_lately = now < self._renew_after <= now + AFTER_FAILURE  # else the clock has jumped back
            token = token if failed_lately else self._renew_if_free(token, now)
        if self._has_ended(token, now):
            raise self._login_needed("the token has expired")
        return token

    def _has_ended(self, token: Token, now: datetime) -> bool:
        """Return whether a token has expired, by Meta too if there is an app: this machine's clock may be ahead."""
        if not token.expired(now) or self.app is None:
            return token.expired(now)
        secret, checked_at, ended = self._ended
        if secret != token.secret or abs(now - checked_at) > AFTER_FAILURE:
            ended = True
            with suppress(FacebookAdsError):
                ended = not debug(self.app, token).valid
            if not ended:
                log.warning("the token of %s is valid by Meta: this machine's clock is ahead", self.key)
            self._ended = (token.secret, now, ended)
        return ended

    def access_token(self) -> str:
        """Return the token to use now, as text."""
        return self.current().reveal()

    def reload(self) -> Token | None:
        """Read the store again and return its token. Raises `ParameterError` if it must not go to the app's host."""
        token = self.store.load(self.key)
        if token is not None and self.app is not None:  # before a renewal sends it
            self.app.check_endpoint(token.secret)
        self._token = token
        return token

    def adopt(self, token: Token) -> None:
        """Store the token of a login, and use it from now on."""
        with self.store.locked(self.key):
            self.store.save(self.key, token)
        self._token, self._link = token, None  # the link has been used

    def renew(self) -> Token:
        """Exchange the token for one that is valid for 60 days from now, if no other process has just done it.

        A token that never expires is returned as it is.
        """
        token = self._signed_in()
        return self._renew(token, WAIT) if token.renewable else token

    def status(self) -> TokenStatus:
        """Return the status of the token, by Meta. Raises `FacebookAdsError` without an app."""
        if (token := self.reload()) is None:
            return TokenStatus(False, expiry_known=False, now=self._clock.now(), error=_NO_USER, todo=_LOG_IN)
        return inspect(self._known_app("ask"), token)

    def revoke(self) -> None:
        """Revoke the app's access at Meta, and delete the token. A token that has ended is only deleted."""
        token = self._signed_in()
        app = self._known_app("ask")
        with suppress(AuthenticationError):  # it has ended
            revoke(app, token)
        with self.store.locked(self.key):
            self.store.delete(self.key)
        self._token = None

    def refused(self, error: APIError, access_token: str) -> None:
        """Delete a token that Meta has ended, and add to the error a link to log in with."""
        try:
            if error.code == 190 and error.error_subcode in ENDED:
                with self.store.locked(self.key):
                    stored = self.store.load(self.key)
                    if stored is not None and stored.reveal() == access_token:  # no newer one has replaced it
                        self.store.delete(self.key)
                        stored = None
                self._token = stored
            error.login_url = error.login_url or self.login_url()
        except Exception as failure:  # noqa: BLE001 - Meta's error is the one to raise
            log.warning("the end of a token could not be stored: %s", type(failure).__name__)

    def login_url(self, *, rerequest: bool = False) -> str | None:
        """Return a link to log in with, if the login is known. For a minute it is the same link."""
        if self.login is None:
            return None
        if rerequest:
            return self.login.url(self.key, rerequest=True)
        now = self._clock.now()
        if self._link is None or not self._link[1] - LINK_LIFETIME <= now < self._link[1]:
            self._link = (self.login.url(self.key), now + LINK_LIFETIME)
        return self._link[0]

    def _signed_in(self) -> Token:
        if (token := self._token or self.reload()) is None:
            raise self._login_needed(_NO_USER)
        return token

    def _known_app(self, purpose: str) -> App:
        if self.app is None:
            raise FacebookAdsError(f"no app to {purpose} with", advice="Give from_store a login=.", who="code")
        return self.app

    def _login_needed(self, message: str) -> AuthenticationError:
        error = AuthenticationError(message=message)
        error.advice = "Log in: show login_url to the user." if self.login else "Log in."
        error.login_url = self.login_url()
        return error

    def _renew_if_free(self, token: Token, now: datetime) -> Token:
        """Renew a token that is still valid. While another thread or process renews it, return the old one."""
        if not self._renewing.acquire(blocking=False):
            return token
        try:
            return self._renew(token, 0)
        except Busy:
            self._renew_after = now + WHILE_OTHERS_RENEW
            return self.reload() or token
        except Exception as error:  # noqa: BLE001 - whatever a host's store raises: the token is still valid
            self._renew_after = now + AFTER_FAILURE
            reason = str(error) if isinstance(error, FacebookAdsError) else type(error).__name__
            log.warning("the token of %s was not renewed, it is valid until %s: %s", self.key, token.expires_at, reason)
            return self._token or token
        finally:
            self._renewing.release()

    def _renew(self, token: Token, timeout: float) -> Token:
        app = self._known_app("renew the token")
        with self.store.locked(self.key, timeout):
            if (stored := self.reload()) is None:
                raise self._login_needed("the token was removed from the store")
            now = self._clock.now()
            if stored.secret != token.secret or (stored.renewed_at and abs(now - stored.renewed_at) < JUST_RENEWED):
                return stored  # another process has renewed it
            if self._has_ended(stored, now):
                raise self._login_needed("the token has expired and cannot be renewed any more")
            renewed = renew(app, stored)
            app.check_endpoint(renewed.secret)  # before it replaces one that can be sent
            self._renew_after = now + AFTER_FAILURE
            self._token = renewed  # also if it cannot be stored
            self.store.save(self.key, renewed)
            return renewed


@dataclass(frozen=True, repr=False)
class TokenAccess:
    """The token of a facade, from a store (`tokens`) or from its constructor. `app` is set if it is known."""

    _api: Api
    _credentials: Credentials
    app: App | None = None
    tokens: TokenManager | None = None

    @property
    def login(self) -> Login | None:
        """The login of the token's user, if it is known."""
        return self.tokens.login if self.tokens else None

    def status(self) -> TokenStatus:
        """Return the status of the token: whether it is valid, its user, scopes and expiry, and what to do.

        A token that has ended is no error here. Without the app's secret Meta may return less: see `expiry_known`.

        >>> fb.token.status().valid
        True
        """
        if self.tokens is not None and (self.tokens.app is not None or self.tokens.reload() is None):
            return self.tokens.status()
        if self.app is not None:
            return inspect(self.app, Token(self._secret))
        return inspect_itself(self._api, self._secret)

    def renew(self) -> Token:
        """Exchange the token for one that is valid for 60 days from now, use it at once, and store it.

        A token that never expires is returned as it is. Raises `FacebookAdsError` without the app's secret.

        >>> fb.token.renew().expires_at  # doctest: +SKIP
        datetime.datetime(2027, 1, 22, …)
        """
        if self.tokens is not None:
            token = self.tokens.renew()
        elif self.app is not None:
            status = self.status()
            token = Token(self._secret, status.user_id, status.kind, status.app_id, status.scopes, status.declined)
            if status.expires_at is not None or not status.expiry_known:
                token = renew(self.app, token)
        else:
            advice = (
                "Give the app's id and secret: FacebookAds.from_store(…, login=), or FACEBOOK_CLIENT_ID and _SECRET."
            )
            raise FacebookAdsError("no app to renew the token with", advice=advice, who="code")
        self._credentials.renew(token.reveal())
        return token

    def revoke(self) -> None:
        """Revoke the app's access to the user's account. Every token of the user ends, and the store deletes it.

        >>> fb.token.revoke()  # doctest: +SKIP
        """
        if self.tokens is not None and self.tokens.app is not None:
            self.tokens.revoke()
            return
        self._api.send(Call("DELETE", ("me", "permissions")), acknowledged())
        if self.tokens is not None:
            self.tokens.store.delete(self.tokens.key)
            self.tokens.reload()

    def login_url(self, *, rerequest: bool = False) -> str | None:
        """Return a link to log in with, if the login is known. `rerequest` requests declined scopes again.

        >>> fb.token.login_url() is None
        True
        """
        return self.tokens.login_url(rerequest=rerequest) if self.tokens else None

    def require(self, scopes: Sequence[str], purpose: str) -> None:
        """Raise `PermissionDeniedError`, which names the scope, if the token is known to lack one of these.

        `purpose` is what needs them, usually an op.

        >>> fb.token.require(["ads_management"], "create_campaign")
        """
        if self.tokens is None:
            return
        try:
            if not _lacks(self.tokens.current(), scopes):
                return
        except AuthenticationError:
            return  # the call itself raises it, if there is one
        token = self.tokens.reload()  # the user may have granted it since, in another process
        if token is not None and _lacks(token, scopes):
            require(token.scopes, scopes, purpose, self.login_url(rerequest=True))

    @property
    def _secret(self) -> Secret:
        return Secret(self._credentials.current().reveal())

    def __repr__(self) -> str:
        return f"TokenAccess({self.tokens!r})"


def _lacks(token: Token, scopes: Sequence[str]) -> bool:
    return bool(token.scopes) and bool(missing_scopes(token.scopes, scopes))
