"""Sign-in: a link to Meta's login dialog, and the token that it ends with."""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from admonster_fb import errors
from admonster_fb.auth.app import App, exchange_code, extend, inspect
from admonster_fb.auth.pending_logins import LIFETIME, MemoryStates, PendingLogin, StateStore
from admonster_fb.auth.scopes import SCOPES
from admonster_fb.auth.token import Token
from admonster_fb.errors import MISSING, APIError, AuthenticationError, FacebookAdsError, ParameterError, Violation
from admonster_fb.redaction import MASK, Secret
from admonster_fb.transport.clock import Clock, SystemClock
from admonster_fb.transport.session import META, Settings

log = logging.getLogger("admonster_fb")
DIALOG = "https://www.facebook.com"

_AGAIN = "Start the login again."
_REDIRECT = "Add exactly this redirect URI to the app: Facebook Login, Settings, Valid OAuth Redirect URIs."
_MODE = "Switch the app to Live, or give the user a role in it (App roles); then start the login again."
_SCOPES = "Ask only for scopes that the app may use: see App Review, Permissions and features."
_DENIED = ("the user did not allow the app to act", "Ask the user to log in again and to allow it.", "user")
_MISMATCH = ("the redirect URI is not one the app allows", _REDIRECT, "admin")
_NOT_LIVE = ("the app is in development mode or switched off, and this user has no role in it", _MODE, "admin")
_INVALID = ("a scope was asked for that the app may not use", _SCOPES, "admin")
_DOWN = ("Meta could not show the login dialog", "Start the login again in a few minutes.", "user")
DIALOG_ERRORS: dict[str, tuple[str, str, str]] = {
    **dict.fromkeys(("access_denied", "user_denied", "200"), _DENIED),
    **dict.fromkeys(("redirect_uri_mismatch", "191", "1349048", "1349168", "36008"), _MISMATCH),
    **dict.fromkeys(("app_not_active", "app_in_development", "unauthorized_client", "1349126", "1349220"), _NOT_LIVE),
    "invalid_scope": _INVALID,
    **dict.fromkeys(("temporarily_unavailable", "server_error", "1", "2"), _DOWN),
}
"""Message, advice and who must act, by `error`, `error_reason` or `error_code`.

Meta does not document which of them the dialog returns and which it only shows.
"""
_CREDENTIALS = "Check the app's id and secret; then start the login again."
_EXCHANGE_ADVICE = {1: _CREDENTIALS, 100: _AGAIN, 101: _CREDENTIALS, 191: _AGAIN}
"""Advice by Meta's error code if the code cannot be exchanged. 1 is also the response to a wrong secret."""


@dataclass(frozen=True, repr=False, init=False)
class Login:
    """The sign-in to one app. `redirect_uri` must be one of the app's, character by character.

    `scopes` are the scopes to request. With `config_id` (Facebook Login for Business) the configuration names them.
    `states` stores pending logins. Default: in memory; several processes need a `FileStates` or a store of their own.
    The scope `openid` adds PKCE, which Meta has for OpenID Connect only (`docs/security.md`).

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
        vars(self).update(
            app=App(app_id, app_secret, settings or Settings(), clock or SystemClock()),
            redirect_uri=redirect_uri,
            scopes=tuple(scopes),
            config_id=config_id,
            states=states or MemoryStates(),
        )

    @property
    def app_id(self) -> str:
        """The app's id."""
        return self.app.app_id

    def url(self, bound_to: str = "", *, rerequest: bool = False) -> str:
        """Return a link to the login dialog. It works once, for ten minutes.

        `bound_to` names the user who signs in (the host's user or session); `finish` needs it again. `rerequest`
        requests declined scopes again.

        >>> login = Login("1234", "secret", "https://bot.example/callback")
        >>> login.url("ann").split("?")[0]
        'https://www.facebook.com/v26.0/dialog/oauth'
        """
        state, now = secrets.token_urlsafe(32), self.app.clock.now()
        verifier = secrets.token_urlsafe(48) if "openid" in self.scopes and not self.config_id else ""
        self.states.put(state, PendingLogin(bound_to, self.redirect_uri, now + LIFETIME, verifier), now)
        params = {"client_id": self.app_id, "redirect_uri": self.redirect_uri, "state": state, "response_type": "code"}
        params |= {"config_id": self.config_id} if self.config_id else {"scope": ",".join(self.scopes)}
        if verifier:
            params |= {"code_challenge": _challenge(verifier), "code_challenge_method": "S256"}
        if rerequest:
            params["auth_type"] = "rerequest"
        settings = self.app.settings
        host = DIALOG if settings.endpoint == META else settings.endpoint.rstrip("/")
        return f"{host}/{settings.version}/dialog/oauth?{urlencode(params)}"

    def finish(self, redirect: str | Mapping[str, str], bound_to: str = "") -> Token:
        """Return the long-lived token of a login. The token names the scopes that the user declined.

        `redirect` is the whole address to which the browser was sent, or its `code` and `state`. Raises
        `ParameterError` for a state that is not of a pending login, `AuthenticationError` (with a new `login_url`)
        if the dialog or the exchange failed.

        >>> login.finish("https://bot.example/callback?code=AQB…&state=…", "ann")  # doctest: +SKIP
        Token(user_id='7', kind='USER', …)
        """
        params = _parse_redirect(redirect, self.redirect_uri)
        if not params.get("state"):  # from anyone: only Meta's own names of errors are read from it
            params = {name: value for name, value in params.items() if value in DIALOG_ERRORS}
        refused, verifier = _dialog_error(params), ""
        if refused is None or params.get("state"):
            verifier = self._take(params.get("state", ""), bound_to).verifier
        try:
            if refused is not None:
                raise refused
            return self._exchange(params.get("code", ""), verifier)
        except AuthenticationError as error:
            error.login_url = self.url(bound_to, rerequest=refused is not None)
            raise

    def _take(self, state: str, bound_to: str) -> PendingLogin:
        pending = self.states.take(state) if state else None
        if pending is None:
            expected = "the state of a login that was begun here and has not been used yet"
        elif pending.expires_at <= self.app.clock.now():
            expected = "a state less than 10 minutes old"
        elif pending.bound_to != bound_to:
            expected = "the state of a login of the same user"
        elif pending.redirect_uri != self.redirect_uri:
            expected = "the state of a login with the same redirect_uri"
        else:
            return pending
        raise ParameterError([Violation("state", MASK if state else MISSING, f"{expected}; start the login again")])

    def _exchange(self, code: str, verifier: str) -> Token:
        if not code:
            raise ParameterError([Violation("code", MISSING, "the code that the dialog brought back")])
        failure: FacebookAdsError
        try:
            short_lived = exchange_code(self.app, code, self.redirect_uri, verifier)
        except errors.NetworkError as error:
            failure = FacebookAdsError(f"the exchange of the login's code was lost: {error.message}", who="user")
            failure.advice = "Check the connection and start the login again: a code works once."
        except APIError as error:
            failure = error
            if error.code in _EXCHANGE_ADVICE and not isinstance(error, AuthenticationError):
                names = ("message", "code", "error_subcode", "type", "fbtrace_id", "http_status", "request")
                failure = AuthenticationError(**{name: getattr(error, name) for name in names})
                failure.advice, failure.who, failure.retryable = _EXCHANGE_ADVICE[error.code], "admin", False
                failure = failure.with_traceback(error.__traceback__)
        else:
            return self._inspected(short_lived)
        raise failure  # outside the handler: the original error is not its context

    def _inspected(self, token: Token) -> Token:
        """Return a token long-lived, with what Meta knows of it, or as it is. One that is not valid is refused."""
        try:
            if token.expires_at is not None:  # a system user's token does not expire
                token = replace(extend(self.app, token), renewed_at=None)
        except FacebookAdsError as error:
            log.warning("the new token stays short-lived: %s", error)
        try:
            status = inspect(self.app, token)
        except FacebookAdsError as error:
            log.warning("the new token could not be inspected: %s", error)
            return token
        if not status.valid or (status.app_id and status.app_id != self.app_id):
            reason = status.error or "the token belongs to another app"
            raise AuthenticationError(message=f"the new token is not valid: {reason}", request="GET debug_token")
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

    def __repr__(self) -> str:
        return f"Login(app_id={self.app_id!r}, redirect_uri={self.redirect_uri!r})"

    def __reduce__(self) -> Any:
        raise TypeError("an app's secret is not pickled")


def _challenge(verifier: str) -> str:
    """Return the challenge of a verifier: S256 of RFC 7636."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _parse_redirect(redirect: str | Mapping[str, str], redirect_uri: str) -> dict[str, str]:
    """Return the parameters of the address to which the browser was sent; another address is refused."""
    if isinstance(redirect, Mapping):
        return {str(name): str(value) for name, value in redirect.items()}
    try:
        url, ours = urlsplit(redirect.strip()), urlsplit(redirect_uri)
    except ValueError:
        raise _wrong_address("no address", redirect_uri) from None
    if url.scheme and (url.scheme, url.netloc, url.path or "/") != (ours.scheme, ours.netloc, ours.path or "/"):
        raise _wrong_address(f"{url.scheme}://{url.hostname or ''}{url.path}", redirect_uri)
    params = dict(parse_qsl(url.query or ("" if url.scheme else url.path.lstrip("?")), keep_blank_values=True))
    if not params:
        raise ParameterError([Violation("redirect", MISSING, "the whole address the browser ended at, with code=")])
    return params


def _wrong_address(address: str, redirect_uri: str) -> ParameterError:
    return ParameterError([Violation("redirect", address, f"the whole address that begins with {redirect_uri}")])


def _dialog_error(params: Mapping[str, str]) -> AuthenticationError | None:
    """Return the error that the dialog returned, with advice. `None` if there is none."""
    codes = [params[name] for name in ("error_code", "error_reason", "error") if params.get(name)]
    texts = [params[name] for name in ("error_description", "error_message") if params.get(name)]
    if not codes and not texts:
        return None
    known = (DIALOG_ERRORS[code] for code in codes if code in DIALOG_ERRORS)
    message, advice, who = next(known, ("the login dialog reported an error", _AGAIN, "user"))
    error = AuthenticationError(message=f"{message}: {(texts or [', '.join(codes)])[0]}", request="GET dialog/oauth")
    error.advice, error.who = advice, "admin" if who == "admin" else "user"
    return error
