"""Signing in: a link to Meta's dialog, and what it brings back turned into a token."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from admonster_fb._secret import Secret
from admonster_fb.auth.app import App
from admonster_fb.auth.dialog import brought_back, refusal
from admonster_fb.auth.exchange import exchange_code, extend, inspect
from admonster_fb.auth.pending_logins import LIFETIME, MemoryStates, PendingLogin, StateStore
from admonster_fb.auth.scopes import SCOPES
from admonster_fb.auth.token import Token, TokenStatus
from admonster_fb.errors import (
    MISSING,
    APIError,
    AuthenticationError,
    FacebookAdsError,
    NetworkError,
    ParameterError,
    Violation,
)
from admonster_fb.redaction import MASK
from admonster_fb.transport.clock import Clock, SystemClock
from admonster_fb.transport.session import META, Settings

log = logging.getLogger("admonster_fb")
DIALOG = "https://www.facebook.com"
_CREDENTIALS = "Check the app's id and secret; then start the login again."
_REFUSED = {1: _CREDENTIALS, 100: "Start the login again.", 101: _CREDENTIALS, 191: "Start the login again."}
"""What helps where a code was not exchanged, by Meta's number: 1 is also what a wrong secret is answered with."""


@dataclass(frozen=True, repr=False, init=False)
class Login:
    """Signing in to one app. `redirect_uri` must be one of the app's, letter by letter.

    `scopes` are asked for one by one; with `config_id` (Facebook Login for Business) the configuration says them.
    `states` keeps logins under way: in memory, unless a host with several processes gives a `FileStates` or its own.

    >>> Login("1234", "secret", "https://bot.example/callback")
    Login(app_id='1234', redirect_uri='https://bot.example/callback')
    """

    app: App
    redirect_uri: str
    scopes: tuple[str, ...]
    config_id: str | None
    states: StateStore

    def __init__(
        self,
        app_id: str,
        app_secret: str | Secret,
        redirect_uri: str,
        *,
        scopes: Iterable[str] = SCOPES,
        config_id: str | None = None,
        settings: Settings | None = None,
        clock: Clock | None = None,
        states: StateStore | None = None,
    ) -> None:
        if not redirect_uri:
            raise ParameterError([Violation("redirect_uri", MISSING, "an address that the app allows")])
        app = App(app_id, app_secret, settings or Settings(), clock or SystemClock())
        kept = {"app": app, "redirect_uri": redirect_uri, "scopes": tuple(scopes), "config_id": config_id}
        for name, value in {**kept, "states": states or MemoryStates()}.items():
            object.__setattr__(self, name, value)

    @property
    def app_id(self) -> str:
        """The app's id."""
        return self.app.app_id

    def url(self, bound_to: str = "", *, rerequest: bool = False) -> str:
        """Return a link to the login dialog. It works once, for ten minutes.

        `bound_to` names who is to sign in (the host's user or session) and must be given to `finish` again;
        `rerequest` asks again for scopes that were declined.

        >>> login = Login("1234", "secret", "https://bot.example/callback")
        >>> login.url("ann").split("?")[0]
        'https://www.facebook.com/v26.0/dialog/oauth'
        """
        state, now = secrets.token_urlsafe(32), self.app.clock.now()
        self.states.put(state, PendingLogin(bound_to, self.redirect_uri, now + LIFETIME), now)
        asked = {"config_id": self.config_id} if self.config_id else {"scope": ",".join(self.scopes)}
        told = {"client_id": self.app_id, "redirect_uri": self.redirect_uri, "state": state, "response_type": "code"}
        more = {"auth_type": "rerequest"} if rerequest else {}
        settings = self.app.settings
        host = DIALOG if settings.endpoint == META else settings.endpoint.rstrip("/")
        return f"{host}/{settings.version}/dialog/oauth?{urlencode({**told, **asked, **more})}"

    def finish(self, redirect: str | Mapping[str, str], bound_to: str = "") -> Token:
        """Return the long-lived token that a login ended with.

        `redirect` is the whole address that the browser was sent to, or its `code` and `state`. Raises
        `ParameterError` for a state that is not of a login under way, `AuthenticationError` (with a new `login_url`)
        for what the dialog or the exchange refused. Which scopes were declined is in the token.

        >>> login.finish("https://bot.example/callback?code=AQB…&state=…", "ann")  # doctest: +SKIP
        Token(user_id='7', kind='USER', …)
        """
        told = brought_back(redirect, self.redirect_uri)
        refused = refusal(told)
        if refused is None or told.get("state"):
            self._check(told.get("state", ""), bound_to)
        try:
            if refused is not None:
                raise refused
            return self._exchanged(told.get("code", ""))
        except AuthenticationError as error:
            error.login_url = self.url(bound_to, rerequest=refused is not None)
            raise

    def _check(self, state: str, bound_to: str) -> None:
        """Refuse a state that is unknown, used, too old, another's, or of another address."""
        begun = self.states.take(state) if state else None
        wrong = (
            (begun is None, "the state of a login that was begun here and has not been used yet"),
            (begun and begun.expires_at <= self.app.clock.now(), "a state less than 10 minutes old"),
            (begun and begun.bound_to != bound_to, "the state of a login of the same user"),
            (begun and begun.redirect_uri != self.redirect_uri, "the state of a login with the same redirect_uri"),
        )
        told = next((words for holds, words in wrong if holds), None)
        if told:
            given = MASK if state else MISSING
            raise ParameterError([Violation("state", given, f"{told}; start the login again")])

    def _exchanged(self, code: str) -> Token:
        if not code:
            raise ParameterError([Violation("code", MISSING, "the code that the dialog brought back")])
        told: FacebookAdsError
        try:
            short = exchange_code(self.app, code, self.redirect_uri)
        except NetworkError as error:
            told = FacebookAdsError(f"the exchange of the login's code was lost: {error.message}", who="user")
            told.advice = "Check the connection and start the login again: a code works once."
        except APIError as error:
            told = _refused(error)
        else:
            return self._inspected(self._long_lived(short))
        raise told

    def _long_lived(self, short: Token) -> Token:
        """Exchange a token for a long-lived one; if that fails, the short-lived one is still a sign-in."""
        if short.expires_at is None:  # one of a system user does not expire
            return short
        try:
            return replace(extend(self.app, short), renewed_at=None)
        except FacebookAdsError as error:
            log.warning("the new token stays short-lived: %s", error)
            return short

    def _inspected(self, token: Token) -> Token:
        """Add what Meta tells of a token. A token of another app, or one that is dead already, is refused."""
        try:
            status = inspect(self.app, token)
        except FacebookAdsError as error:
            log.warning("the new token could not be inspected: %s", error)
            return token
        if not status.valid or (status.app_id and status.app_id != self.app_id):
            told = status.error or "the token belongs to another app"
            raise AuthenticationError(message=f"the new token is not valid: {told}", request="GET debug_token")
        return known(token, status)

    def __repr__(self) -> str:
        return f"Login(app_id={self.app_id!r}, redirect_uri={self.redirect_uri!r})"

    def __reduce__(self) -> Any:
        raise TypeError("an app's secret is not pickled")


def _refused(error: APIError) -> APIError:
    """Return the refusal of a code as what it means: there is no token, and how to get one."""
    if isinstance(error, AuthenticationError) or error.code not in _REFUSED:
        return error
    told = AuthenticationError(
        message=error.message,
        code=error.code,
        error_subcode=error.error_subcode,
        type=error.type,
        fbtrace_id=error.fbtrace_id,
        http_status=error.http_status,
        request=error.request,
    )
    told.advice, told.who, told.retryable = _REFUSED[error.code], "admin", False
    return told.with_traceback(error.__traceback__)


def known(token: Token, status: TokenStatus) -> Token:
    """Return a token with what Meta says of it.

    >>> known(Token(Secret("EAAB")), TokenStatus(True, user_id="7")).user_id
    '7'
    """
    return replace(
        token,
        kind=status.kind,
        user_id=status.user_id or token.user_id,
        app_id=status.app_id or token.app_id,
        scopes=status.scopes,
        declined=status.declined,
        expires_at=status.expires_at if status.expiry_known else token.expires_at,
        data_access_expires_at=status.data_access_expires_at,
    )
