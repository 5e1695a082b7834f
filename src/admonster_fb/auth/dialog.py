"""What the browser brings back from the login dialog, read and put into words."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from admonster_fb.errors import MISSING, AuthenticationError, ParameterError, Violation

_AGAIN = "Start the login again."
_REDIRECT = "Add exactly this redirect URI to the app: Facebook Login, Settings, Valid OAuth Redirect URIs."
_MODE = "Switch the app to Live, or give the user a role in it (App roles); then start the login again."
_SCOPES = "Ask only for scopes that the app may use: see App Review, Permissions and features."

_DENIED = ("the user did not allow the app to act", "Ask the user to log in again and to allow it.", "user")
_MISMATCH = ("the redirect URI is not one the app allows", _REDIRECT, "admin")
_NOT_LIVE = ("the app is in development mode or switched off, and this user has no role in it", _MODE, "admin")
_INVALID = ("a scope was asked for that the app may not use", _SCOPES, "admin")
_DOWN = ("Meta could not show the login dialog", "Start the login again in a few minutes.", "user")

# By error, error_reason or error_code. Which of them the dialog brings back and which it only shows is not documented.
_WORDS: dict[str, tuple[str, str, str]] = {
    "access_denied": _DENIED,
    "user_denied": _DENIED,
    "200": _DENIED,
    "redirect_uri_mismatch": _MISMATCH,
    "191": _MISMATCH,
    "1349048": _MISMATCH,
    "1349168": _MISMATCH,
    "36008": _MISMATCH,
    "app_not_active": _NOT_LIVE,
    "app_in_development": _NOT_LIVE,
    "unauthorized_client": _NOT_LIVE,
    "1349126": _NOT_LIVE,
    "1349220": _NOT_LIVE,
    "invalid_scope": _INVALID,
    "temporarily_unavailable": _DOWN,
    "server_error": _DOWN,
    "1": _DOWN,
    "2": _DOWN,
}
_SAID = ("error_code", "error_reason", "error")
_TEXTS = ("error_description", "error_message")


def brought_back(redirect: str | Mapping[str, str], redirect_uri: str) -> dict[str, str]:
    """Return the parameters of the address that the browser ended at, or of a mapping of them.

    Raises `ParameterError` for another address than the login's redirect URI.

    >>> brought_back("https://bot.example/cb?code=AQB&state=s#_=_", "https://bot.example/cb")
    {'code': 'AQB', 'state': 's'}
    """
    if isinstance(redirect, Mapping):
        return {str(name): str(value) for name, value in redirect.items()}
    try:
        url, ours = urlsplit(redirect.strip()), urlsplit(redirect_uri)
    except ValueError:
        raise _another("no address", redirect_uri) from None
    if url.scheme and (url.scheme, url.netloc, url.path or "/") != (ours.scheme, ours.netloc, ours.path or "/"):
        raise _another(f"{url.scheme}://{url.hostname or ''}{url.path}", redirect_uri)
    query = url.query or ("" if url.scheme else url.path.lstrip("?"))
    told = dict(parse_qsl(query, keep_blank_values=True))
    if not told:
        raise ParameterError([Violation("redirect", MISSING, "the whole address the browser ended at, with code=")])
    return told


def _another(given: str, redirect_uri: str) -> ParameterError:
    return ParameterError([Violation("redirect", given, f"the whole address that begins with {redirect_uri}")])


def refusal(told: Mapping[str, str]) -> AuthenticationError | None:
    """Return the error that the dialog brought back, in words; nothing if it brought a code.

    >>> refusal({"error": "access_denied", "error_reason": "user_denied"}).advice
    'Ask the user to log in again and to allow it.'
    """
    named = [told[name] for name in _SAID if told.get(name)]
    if not named and not any(told.get(name) for name in _TEXTS):
        return None
    said = next((told[name] for name in _TEXTS if told.get(name)), "")
    words, advice, who = next((_WORDS[name] for name in named if name in _WORDS), ("", _AGAIN, "user"))
    parts = [words or "the login dialog reported an error", said or ", ".join(named)]
    error = AuthenticationError(message=": ".join(part for part in parts if part), request="GET dialog/oauth")
    error.advice, error.who = advice, "admin" if who == "admin" else "user"
    return error
