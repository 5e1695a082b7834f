"""Errors and the sign-in as text for the model: what was wrong, what is allowed, and who has to act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from admonster_fb.bot.render.values import plain
from admonster_fb.errors import (
    MOST_SHOWN,
    POLICY,
    APIError,
    FacebookAdsError,
    LaunchStopped,
    OutcomeUnknown,
    ParameterError,
    PlanRefused,
    RateLimited,
)

if TYPE_CHECKING:
    from admonster_fb.workflows.connect import Connection

_WHO = {
    "code": "You cannot fix this: tell the bot's developer.",
    "model": "Change the arguments and call again.",
    "policy": "Look for no way around this limit: tell the user. Who runs this bot can change its policy.",
    "user": "The advertiser has to act; calling again will not help.",
    "admin": "An administrator of the app or business has to act; calling again will not help.",
}
DECLINED = "Nothing was sent. The person did not agree: do not apply it again; ask what they want instead."
"""What a model reads after a person has said no to a plan."""
_VAGUE = "If the message names one of your arguments, change it; otherwise tell the bot's developer."
_THEN = (
    "The user signs in there, chooses ad accounts and Pages, and ends at an address{where}. Ask for that whole address "
    "and call op=connect args={{redirect_url}}, or code and state from it; then continue with the user's request."
)
_NEVER = "The token does not expire, or Meta does not say when"
_NOBODY = "There is no link: the host provided the token and has to provide a new one."


def text(error: FacebookAdsError) -> str:
    """Return an error as lines; the first begins with ERROR."""
    if isinstance(error, ParameterError):
        violations = [f"- {plain_line(str(violation))}" for violation in error.violations[:MOST_SHOWN]]
        violations += [f"- also wrong: {each.field}" for each in error.violations[MOST_SHOWN:]]
        sent = "nothing else" if "nothing else" in error.advice else "nothing"
        who = "policy" if any(each.source == POLICY for each in error.violations) else "model"
        return "\n".join([f"ERROR ParameterError: {sent} was sent.", *violations, _WHO[who]])
    if isinstance(error, RateLimited):  # says once how long to wait
        return f"ERROR RateLimited: {plain_line(error.words)}\n{_next_step(error)}"
    link = getattr(error, "login_url", None)
    next_step = "\n".join(sign_in_instructions(link)) if link else _next_step(error)
    return f"ERROR {type(error).__name__}: {plain_line(str(error))}\n{next_step}"


def plain_line(line: str) -> str:
    """Return a line without code fences; an error is one line already."""
    return line.replace("`", "'")


def _next_step(error: FacebookAdsError) -> str:
    if isinstance(error, OutcomeUnknown):
        return f"Do not call again before you have checked: {plain(error.check)}"
    if isinstance(error, PlanRefused):
        return "Nothing was done."
    if isinstance(error, RateLimited) and error.retry_after is None:
        advice = plain_line(error.advice).rstrip(".")
        return f"{advice}. Then call again, unchanged." if advice.startswith(("Wait", "Pause")) else f"{advice}."
    if error.retryable:
        wait = error.retry_after if isinstance(error, APIError) else None
        return f"Call again, unchanged, in {wait:.0f} s." if wait else "Call again, unchanged, in a minute."
    first = next(iter(error.launched.failed.values()), error) if isinstance(error, LaunchStopped) else error
    vague = isinstance(first, APIError) and first.code in (1, 100) and first.who == "code"
    return _VAGUE if vague else _WHO[error.who]


def data(error: FacebookAdsError) -> dict[str, Any]:
    """Return an error as an object for code."""
    fields: dict[str, Any] = {"type": type(error).__name__, "message": str(error)}
    fields |= {name: getattr(error, name) for name in ("advice", "retryable", "who")}
    if isinstance(error, ParameterError):
        fields["violations"] = [
            {"field": v.field, "allowed": v.allowed, "text": str(v)} | ({"source": v.source} if v.source else {})
            for v in error.violations[:MOST_SHOWN]
        ]
    if isinstance(error, APIError):
        names = ("code", "error_subcode", "retry_after", "http_status", "fbtrace_id", "login_url")
        fields |= {name: getattr(error, name) for name in names if getattr(error, name) is not None}
    return fields


def failures(value: Any) -> tuple[list[FacebookAdsError], bool]:
    """Return the errors within a result (of its rows, or the `failed` of a copy), and whether all of it failed."""
    if isinstance(of_copy := getattr(value, "failed", None), dict):
        return [*of_copy.values()], False
    rows = value if isinstance(value, list) else getattr(value, "changes", None)
    results = [row.error for row in rows if hasattr(row, "error")] if isinstance(rows, list) else []
    failed = [error for error in results if isinstance(error, FacebookAdsError)]
    return failed, bool(failed) and len(failed) == len(results)


def sign_in_instructions(login_url: str, redirect_uri: str | None = None) -> list[str]:
    """Return the link and what to do with it, as lines."""
    where = f" that begins with {redirect_uri}" if redirect_uri else ""
    return [f"Show the user this link to sign in with Facebook: {login_url}", _THEN.format(where=where)]


def connection(found: Connection) -> list[str]:
    """Return the state of the sign-in as lines."""
    if not found.connected:
        lines = [f"Not connected{f': {plain(found.problem)}' if found.problem else ''}."]
        return lines + (sign_in_instructions(found.login_url, found.redirect_uri) if found.login_url else [_NOBODY])
    until = f"The token is valid until {found.expires_at:%Y-%m-%d}" if found.expires_at else _NEVER
    lines = [f"Connected{f' as user {found.user_id}' if found.user_id else ''}. {until}."]
    if found.missing:
        lacking = ", ".join(found.missing)
        lines.append(f"Not granted: {lacking}. What needs it is refused until the user signs in again and grants it.")
    if found.login_url:
        lines.append(f"To sign in again, as another user or with more scopes: {found.login_url}")
    return [*lines, "Next: list_ad_accounts, status"]
