"""A stored token in use: renewed before it expires by one process alone, and dropped when Meta has ended it."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from admonster_fb.auth.app import App
from admonster_fb.auth.encrypted_file import WAIT
from admonster_fb.auth.exchange import extend, inspect, revoke
from admonster_fb.auth.login import Login
from admonster_fb.auth.stores import TokenStore
from admonster_fb.auth.token import RENEW_BEFORE, Token, TokenStatus
from admonster_fb.errors import APIError, AuthenticationError, FacebookAdsError
from admonster_fb.storage import Busy
from admonster_fb.transport.clock import Clock, SystemClock

log = logging.getLogger("admonster_fb")
ENDED = frozenset({458, 460, 463, 467})
"""Subcodes of 190 that end a token. At a checkpoint (459) and after refusals (10, 200-299, 368) it lives on."""
AFTER_FAILURE = timedelta(hours=1)
WHILE_OTHERS_RENEW = timedelta(seconds=15)
JUST_NOW = timedelta(minutes=1)
LINK_LIVES = timedelta(minutes=1)
_LOG_IN = "Log in: with the link of the op connect, or by admonster-fb login."
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class TokenManager:
    """The token of one user, from a store. Safe to share between threads, and the store between processes.

    Without a login or app it is used but cannot be renewed. Links to log in with are bound to `key`, as
    `Login.finish` must be told.

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
        self._turn = threading.Lock()
        self._again = _LONG_AGO
        self._link: tuple[str, datetime] | None = None

    def __repr__(self) -> str:
        return f"TokenManager(key={self.key!r})"

    def current(self) -> Token:
        """Return the token to use now, renewed if it is due. Raises `AuthenticationError` if there is none that lives.

        A renewal that fails while the token still lives is logged and tried again in an hour.
        """
        token = self._token or self.reload()
        if token is None:
            raise self._needed("nobody has logged in yet")
        now = self._clock.now()
        if token.expired(now):  # unless another process knows a better one, only a new login helps
            token = self.reload() or token
        elif token.due(now, self.renew_before) and self.app is not None and now >= self._again:
            token = self._renewed_in_passing(token, now)
        if token.expired(now):
            raise self._needed("the token has expired")
        return token

    def access_token(self) -> str:
        """Return the token to use now, as text."""
        return self.current().reveal()

    def reload(self) -> Token | None:
        """Read the store again and return what it holds."""
        self._token = self.store.load(self.key)
        return self._token

    def adopt(self, token: Token) -> None:
        """Keep the token that a login ended with, and use it from now on."""
        with self.store.locked(self.key):
            self.store.save(self.key, token)
        self._token, self._link = token, None  # the link has been used

    def renew(self) -> Token:
        """Exchange the token for one that lives 60 days from now, unless another process has just done it.

        A token that never expires is returned as it is.
        """
        held = self._token or self.reload()
        if held is None:
            raise self._needed("nobody has logged in yet")
        return self._renew(held, WAIT) if held.renewable else held

    def status(self) -> TokenStatus:
        """Return what Meta says of the token; without an app, what the store says."""
        token = self.reload()
        now = self._clock.now()
        if token is None:
            return TokenStatus(False, expiry_known=False, now=now, error="nobody has logged in yet", todo=_LOG_IN)
        if self.app is not None:
            return inspect(self.app, token)
        raise FacebookAdsError("no app to ask with", advice="Give from_store a login=.", who="code")

    def revoke(self) -> None:
        """Take the app's access away at Meta, and forget the token. One that has died already is forgotten only."""
        token = self._token or self.reload()
        if token is None:
            raise self._needed("nobody has logged in yet")
        if self.app is None:
            raise FacebookAdsError("no app to ask with", advice="Give from_store a login=.", who="code")
        with suppress(AuthenticationError):  # dead already
            revoke(self.app, token)
        with self.store.locked(self.key):
            self.store.delete(self.key)
        self._token = None

    def refused(self, error: APIError, access_token: str) -> None:
        """Take note that Meta refused a token: forget it if it has ended, and tell the error how to log in."""
        ended = error.code == 190 and error.error_subcode in ENDED
        try:
            if ended:
                self._drop(access_token)
            error.login_url = error.login_url or self.login_url()
        except Exception as trouble:  # noqa: BLE001 - Meta's refusal is what must be raised
            log.warning("the end of a token could not be noted: %s", type(trouble).__name__)

    def login_url(self, *, rerequest: bool = False) -> str | None:
        """Return a link to log in with, if the login is known; the same one for a minute."""
        if self.login is None:
            return None
        now = self._clock.now()
        if rerequest or self._link is None or now >= self._link[1]:
            url = self.login.url(self.key, rerequest=rerequest)
            if rerequest:
                return url
            self._link = (url, now + LINK_LIVES)
        return self._link[0]

    def _needed(self, message: str) -> AuthenticationError:
        error = AuthenticationError(message=message)
        error.advice = "Log in: show login_url to the user." if self.login else "Log in."
        error.login_url = self.login_url()
        return error

    def _drop(self, access_token: str) -> None:
        """Forget a token that has ended, unless a newer one has taken its place."""
        with self.store.locked(self.key):
            kept = self.store.load(self.key)
            if kept is not None and kept.reveal() == access_token:
                self.store.delete(self.key)
                kept = None
        self._token = kept

    def _renewed_in_passing(self, token: Token, now: datetime) -> Token:
        """Renew a token that still lives. Whoever comes while another is at it goes on with the old one."""
        if not self._turn.acquire(blocking=False):
            return token
        try:
            return self._renew(token, 0)
        except Busy:
            self._again = now + WHILE_OTHERS_RENEW
            return self.reload() or token
        except Exception as error:  # noqa: BLE001 - whatever a host's store raises: the token still lives
            self._again = now + AFTER_FAILURE
            told = str(error) if isinstance(error, FacebookAdsError) else type(error).__name__
            log.warning("the token of %s was not renewed, it is valid until %s: %s", self.key, token.expires_at, told)
            return self._token or token
        finally:
            self._turn.release()

    def _renew(self, held: Token, timeout: float) -> Token:
        if self.app is None:
            raise FacebookAdsError("no app to renew the token with", advice="Give from_store a login=.", who="code")
        with self.store.locked(self.key, timeout):
            kept = self.reload()
            if kept is None:
                raise self._needed("the token was removed from the store")
            now = self._clock.now()
            if kept.secret != held.secret or (kept.renewed_at and now - kept.renewed_at < JUST_NOW):
                return kept  # another has renewed it
            if kept.expired(now):
                raise self._needed("the token has expired and cannot be renewed any more")
            self._token = fresh = extend(self.app, kept)
            self.store.save(self.key, fresh)
            return fresh
