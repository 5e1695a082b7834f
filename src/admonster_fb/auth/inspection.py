"""What Meta says of a token: `debug_token`. Source: `api_facts.md` section 9 and recordings of it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from admonster_fb._secret import Secret
from admonster_fb.auth.app import App
from admonster_fb.auth.scopes import missing_scopes
from admonster_fb.auth.token import Token, TokenStatus
from admonster_fb.errors import APIError, AuthenticationError, BlockedError, FacebookAdsError, api_error
from admonster_fb.transport.api import Api, decode_object
from admonster_fb.transport.request import Call

SOON = timedelta(days=7)
_DEBUG, _PERMISSIONS = ("debug_token",), ("me", "permissions")
_KINDS = {"SYSTEM": "SYSTEM_USER", "BUSINESS": "SYSTEM_USER"}


def inspect(app: App, token: Token) -> TokenStatus:
    """Return what Meta says of a token, with what the user declined. Never raises because the token is dead.

    >>> inspect(app, token).valid  # doctest: +SKIP
    True
    """
    with app.api(app.token) as api:
        told = api.send(Call("GET", _DEBUG, {"input_token": token.secret}), decode_object)
    status = status_of(told, app.clock.now())
    if not (status.valid and status.kind in ("USER", "SYSTEM_USER")):
        return status
    with app.api(token.secret) as api:
        return _with_declined(status, api)


def inspect_itself(api: Api, access_token: Secret) -> TokenStatus:
    """Return what Meta says of a connection's own token: less than it tells an app.

    >>> inspect_itself(fb.api, Secret("EAAB…")).valid  # doctest: +SKIP
    True
    """
    now = api.clock.now()
    try:
        try:
            told = api.send(Call("GET", _DEBUG, {"input_token": access_token}), decode_object)
        except (AuthenticationError, BlockedError):
            raise
        except APIError:  # it takes an app's token, then; the user's own calls tell whether it lives, and its scopes
            me = api.send(Call("GET", ("me",), {"fields": "id"}), decode_object)
            granted, declined = _decided(api)
            user_id, lacking = str(me.get("id") or ""), missing_scopes(granted)
            return _advised(
                TokenStatus(True, "USER", user_id, "", "", granted, declined, lacking, expiry_known=False, now=now)
            )
        return _with_declined(status_of(told, now), api)
    except (AuthenticationError, BlockedError) as error:
        return _dead(error, TokenStatus(False, expiry_known=False, now=now))


def status_of(told: Mapping[str, Any], now: datetime) -> TokenStatus:
    """Read the answer of `debug_token`. Ids may be numbers, and anything may be missing.

    >>> status_of({"data": {"is_valid": True, "expires_at": 0, "scopes": []}}, datetime.now(UTC)).valid
    True
    """
    data: Mapping[str, Any] = told["data"] if isinstance(told.get("data"), Mapping) else told
    kind = str(data.get("type") or ("PAGE" if data.get("profile_id") else "USER" if data.get("user_id") else "APP"))
    scopes = tuple(str(scope) for scope in data.get("scopes") or ())
    status = TokenStatus(
        valid=data.get("is_valid") is True,
        kind=_KINDS.get(kind, kind),
        user_id=str(data.get("user_id") or ""),
        app_id=str(data.get("app_id") or ""),
        application=str(data.get("application") or ""),
        scopes=scopes,
        missing=missing_scopes(scopes) if kind != "APP" else (),
        expires_at=_moment(data.get("expires_at")),
        expiry_known=data.get("expires_at") is not None,
        data_access_expires_at=_moment(data.get("data_access_expires_at")),
        issued_at=_moment(data.get("issued_at")),
        now=now,
    )
    error = data.get("error")
    if status.valid or not isinstance(error, Mapping):
        return _advised(status)
    return _dead(api_error(error, http_status=200, request="GET debug_token"), status)


def _with_declined(status: TokenStatus, api: Api) -> TokenStatus:
    """Add what the user declined, if Meta tells; the scopes too, where `debug_token` told none."""
    with suppress(FacebookAdsError):
        granted, declined = _decided(api)
        scopes = status.scopes or granted
        return _advised(replace(status, scopes=scopes, declined=declined, missing=missing_scopes(scopes)))
    return status


def _decided(api: Api) -> tuple[tuple[str, ...], tuple[str, ...]]:
    rows = api.send(Call("GET", _PERMISSIONS), decode_object).get("data") or ()
    decided = [(str(row.get("permission")), row.get("status")) for row in rows if isinstance(row, Mapping)]
    granted = tuple(name for name, decision in decided if decision == "granted")
    return granted, tuple(name for name, decision in decided if decision == "declined")


def _dead(error: APIError, status: TokenStatus) -> TokenStatus:
    told = error.message or error.cause
    return replace(status, valid=False, error=told, error_subcode=error.error_subcode, todo=error.advice)


def _advised(status: TokenStatus) -> TokenStatus:
    """Say what to do, the most urgent first."""
    now = status.now or datetime.now(UTC)
    rows = (
        (not status.valid, "Log in again for a new token."),
        (bool(status.missing), f"Log in again and grant {', '.join(status.missing)}."),
        (
            status.expires_at is not None and status.expires_at - now < SOON,
            "Renew the token; after it has expired only a new login helps.",
        ),
        (
            status.data_access_expires_at is not None and status.data_access_expires_at <= now,
            "Log in again: the app's access to the user's data has ended (ads scopes go on).",
        ),
    )
    return replace(status, todo=next((words for holds, words in rows if holds), ""))


def _moment(seconds: Any) -> datetime | None:
    """Read a time in unix seconds; 0 is never."""
    try:
        return datetime.fromtimestamp(int(seconds or 0), UTC) if int(seconds or 0) > 0 else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None
