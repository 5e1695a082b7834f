"""Inspection of a token by Meta: `debug_token`. Source: `docs/meta-rules.md#login-and-tokens`, recorded responses."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from admonster_fb.auth.app import App
from admonster_fb.auth.scopes import missing_scopes
from admonster_fb.auth.token import RENEW_BEFORE, Token, TokenStatus
from admonster_fb.errors import APIError, AuthenticationError, BlockedError, FacebookAdsError, api_error
from admonster_fb.redaction import Secret
from admonster_fb.transport.api import Api, decode_object
from admonster_fb.transport.paging import raw_page
from admonster_fb.transport.request import Call

_KINDS = {"SYSTEM": "SYSTEM_USER", "BUSINESS": "SYSTEM_USER"}


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
            status = TokenStatus(
                True,
                user_id=str(me.get("id") or ""),
                scopes=granted,
                declined=declined,
                missing=missing_scopes(granted),
                expiry_known=False,
                now=now,
            )
            return _with_todo(status)
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
        expires_at=_parse_time(data.get("expires_at")),
        expiry_known=data.get("expires_at") is not None,
        data_access_expires_at=_parse_time(data.get("data_access_expires_at")),
        issued_at=_parse_time(data.get("issued_at")),
        now=now,
    )
    error = data.get("error")
    if status.valid or not isinstance(error, Mapping):
        return _with_todo(status)
    return _invalid(api_error(error, http_status=200, request="GET debug_token"), status)


def _with_declined(status: TokenStatus, api: Api) -> TokenStatus:
    """Add the declined scopes if Meta returns them, and the granted ones if `debug_token` returned none."""
    with suppress(FacebookAdsError):
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


def _parse_time(seconds: Any) -> datetime | None:
    """Return a time in unix seconds. 0 means never."""
    try:
        return datetime.fromtimestamp(int(seconds or 0), UTC) if int(seconds or 0) > 0 else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None
