"""A stored token in use: one process renews it before it expires, and it is deleted when Meta has ended it."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from admonster_fb.auth.app import App
from admonster_fb.auth.encrypted_file import WAIT
from admonster_fb.auth.exchange import debug, inspect, renew, revoke
from admonster_fb.auth.login import Login
from admonster_fb.auth.stores import TokenStore
from admonster_fb.auth.token import RENEW_BEFORE, Token, TokenStatus
from admonster_fb.errors import APIError, AuthenticationError, FacebookAdsError
from admonster_fb.redaction import Secret
from admonster_fb.storage import Busy
from admonster_fb.transport.clock import Clock, SystemClock

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
        token = self._token or self.reload()
        if token is None:
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
            stored = self.reload()
            if stored is None:
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
