"""The token of a facade: `fb.token`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from admonster_fb.auth.exchange import inspect, inspect_itself, renew
from admonster_fb.auth.scopes import missing_scopes, require
from admonster_fb.auth.token import Token, TokenStatus
from admonster_fb.errors import AuthenticationError, FacebookAdsError
from admonster_fb.redaction import Secret
from admonster_fb.transport.answers import acknowledged
from admonster_fb.transport.request import Call

if TYPE_CHECKING:
    from admonster_fb.auth.app import App
    from admonster_fb.auth.login import Login
    from admonster_fb.auth.token_manager import TokenManager
    from admonster_fb.transport.api import Api
    from admonster_fb.transport.session import Credentials


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
