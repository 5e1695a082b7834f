"""One class for each thing a caller can do about a failure.

Every text is one line, holds no secret, and says what to do next.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal

from admonster_fb.error_atlas import DEFAULTS, Retry, Who, classify
from admonster_fb.redaction import MASK, PRIVATE_NAMES, SECRET_NAMES, redact

ErrorData = dict[str, Any] | list[Any] | str | None

_GIVEN = 80
_LINE = 600
_LIST = 4000


class _Missing(Enum):
    MISSING = "missing"  # an enum member, so that it stays itself through pickling and copying

    def __repr__(self) -> str:
        return self.value


MISSING: Final = _Missing.MISSING
"""Stands in `Violation.given` for a parameter that was not given at all."""


@dataclass(frozen=True, slots=True)
class Violation:
    """Name one wrong parameter: what was given and what is allowed.

    >>> print(Violation("daily_budget", "50", 'integer minor units or "50.00 USD"'))
    daily_budget: given "50"; allowed: integer minor units or "50.00 USD"
    """

    field: str
    given: object
    allowed: str

    def __str__(self) -> str:
        return redact(f"{_line(self.field)}: given {self._shown()}; allowed: {_line(self.allowed)}")

    def _shown(self) -> str:
        if self.given is MISSING:
            return "missing"
        parts = re.split(r"[.\[\]]+", self.field.rstrip("]"))
        if parts[-1] in SECRET_NAMES or not PRIVATE_NAMES.isdisjoint(parts):
            return MASK
        return _line(_json(self.given), _GIVEN)


class FacebookAdsError(Exception):
    """Be the base of every error this library raises.

    `advice` says what to do, `retryable` whether the same request may succeed later, `who` can put it right, and
    `request` names the call without its query ("POST act_1/campaigns").

    >>> FacebookAdsError("the store is locked", advice="Close the other program.")
    FacebookAdsError('the store is locked. What to do: Close the other program.')
    """

    def __init__(
        self,
        message: str = "",
        *,
        advice: str = "",
        retryable: bool = False,
        who: Who = "code",
        request: str | None = None,
    ) -> None:
        self.message = redact(message)
        super().__init__(self.message)
        self.advice = advice
        self.retryable = retryable
        self.who: Who = who
        self.request = None if request is None else redact(request.partition("?")[0])

    def _head(self) -> Iterator[str]:
        """Yield what happened."""
        yield self.message or type(self).__name__

    def _tail(self) -> Iterator[str]:
        """Yield what must not be lost when the line is cut: what to do, and the request."""
        if self.advice:
            yield f"What to do: {_line(self.advice, 240)}"
        if self.request:
            yield f"[{_line(self.request, 90)}]"

    def __str__(self) -> str:
        tail = _sentences(self._tail())
        return _sentences([_line(_sentences(self._head()), _LINE - len(tail) - 2), tail])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    # The default would call the class with `args`, which the keyword-only constructors refuse.
    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, dict(self.__dict__))


class ParameterError(FacebookAdsError):
    """Report parameters refused before anything was sent; `violations` lists every one of them.

    >>> print(ParameterError([Violation("name", MISSING, "text")]))
    name: given missing; allowed: text. What to do: Correct these parameters; nothing was sent.
    """

    def __init__(self, violations: Iterable[Violation], *, request: str | None = None) -> None:
        self.violations = tuple(violations)
        told = _listed([str(violation) for violation in self.violations], [v.field for v in self.violations])
        super().__init__(told, advice="Correct these parameters; nothing was sent.", who="model", request=request)

    def __str__(self) -> str:
        # Not cut: the list of all violations must not lose one.
        return _line(_sentences([*self._head(), *self._tail()]))


class NetworkError(FacebookAdsError):
    """Report that no answer came: refused, unknown host, timeout. A write whose answer was lost is `OutcomeUnknown`.

    >>> NetworkError("connection refused", request="GET act_1").retryable
    True
    """

    def __init__(self, message: str, *, request: str | None = None) -> None:
        super().__init__(message, advice="Check the connection, then retry.", retryable=True, request=request)


class OutcomeUnknown(FacebookAdsError):  # noqa: N818 - nobody knows yet whether it is an error
    """Report a write whose answer was lost: it may have happened. `check` says how to find out; do not resend before.

    >>> error = OutcomeUnknown(request="POST act_1/campaigns", check="list campaigns named Sale")
    >>> error.retryable, error.check
    (False, 'list campaigns named Sale')
    """

    def __init__(
        self, message: str = "The answer to a write was lost; it may have happened", *, request: str, check: str
    ) -> None:
        self.check = redact(check)
        super().__init__(message, advice=f"Do not resend; first check: {self.check}", request=request)


class APIError(FacebookAdsError):
    """Hold an error that Meta answered, under Meta's own names; `api_error` chooses the subclass.

    `cause`, `advice`, `retry`, `retryable` and `who` come from the error atlas. `retryable` is about the same request:
    an answer that asks for smaller parts (`retry == "split"`) is not. `retry_after` is in seconds.
    `login_url` is a link for the user to log in with, where one helps and the app is known.
    Source: Meta: error reference; `api_facts.md` section 6.

    >>> APIError(code=100, error_subcode=33, message="Unsupported get request").retry
    'no'
    """

    login_url: str | None = None

    def __init__(
        self,
        *,
        message: str = "",
        code: int | None = None,
        error_subcode: int | None = None,
        type: str | None = None,
        error_user_title: str | None = None,
        error_user_msg: str | None = None,
        error_data: object = None,
        is_transient: bool | None = None,
        fbtrace_id: str | None = None,
        http_status: int | None = None,
        request: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        entry = classify(code, error_subcode, is_transient=is_transient, http_status=http_status)
        if code is None and error_subcode is None:
            entry = DEFAULTS.get(self.__class__.__name__, entry)
        retryable = entry.retry in ("backoff", "later")
        super().__init__(message, advice=entry.advice, retryable=retryable, who=entry.who, request=request)
        self.code = code
        self.error_subcode = error_subcode
        self.type = type and redact(type)
        self.error_user_title = error_user_title and redact(error_user_title)
        self.error_user_msg = error_user_msg and redact(error_user_msg)
        self.error_data: ErrorData = _decoded(error_data)
        self.blame_field_specs = _blamed(self.error_data)
        self.is_transient = is_transient
        self.fbtrace_id = fbtrace_id and redact(fbtrace_id)
        self.http_status = http_status
        self.retry_after = retry_after
        self.cause = entry.cause
        self.retry: Retry = entry.retry

    def _head(self) -> Iterator[str]:
        numbers = _named(code=self.code, subcode=self.error_subcode)
        message = _line(self.message or self.cause, 300)
        yield f"{message.rstrip('.')} ({numbers})" if numbers else message
        for text in (self.error_user_title, self.error_user_msg):
            if text and text not in self.message:  # Meta often says it twice
                yield _line(text, 200)

    def _tail(self) -> Iterator[str]:
        if self.blame_field_specs:
            yield "Fields: " + _line(", ".join(".".join(path) for path in self.blame_field_specs), 80)
        yield f"What to do: {_line(self.advice, 120)}"
        if self.retry_after is not None:
            yield f"Wait {self.retry_after:.0f} s"
        where = _named(request=self.request and _line(self.request, 60), fbtrace_id=self.fbtrace_id)
        if where:
            yield f"[{_line(where.removeprefix('request '), 110)}]"


class InvalidParameterError(APIError):
    """Report arguments that Meta refuses; sending them again unchanged fails again.

    >>> error = InvalidParameterError(code=100, message="Invalid parameter", error_data='{"blame_field":"targeting"}')
    >>> error.blame_field_specs
    [['targeting']]
    """


class AuthenticationError(APIError):
    """Report a token that Meta no longer accepts: a new login or token is needed.

    >>> AuthenticationError(code=190, error_subcode=463, message="Session has expired").advice
    'Log in again for a new token.'
    """


class PermissionDeniedError(APIError):
    """Report a missing scope, role, capability or accepted terms; the token itself is alive.

    >>> PermissionDeniedError(code=10, message="(#10) Application does not have permission").who
    'user'
    """


class RateLimited(APIError):  # noqa: N818 - a state to wait out
    """Report a limit on calls, by Meta or by this library before sending; `retry_after` is in seconds.

    >>> RateLimited(message="the account is at 95 %", retry_after=120).retryable
    True
    """


class TransientError(APIError):
    """Report a fault at Meta that goes away by itself.

    >>> TransientError(code=2, message="Service temporarily unavailable").retryable
    True
    """


class NotFoundError(APIError):
    """Report an object that does not exist or that the token may not see; Meta does not say which.

    >>> NotFoundError(code=100, error_subcode=33, message="Unsupported get request").who
    'model'
    """


class BlockedError(APIError):
    """Report a policy, payment or identity block: no code helps, a person must act.

    >>> BlockedError(code=31, error_subcode=3858385, message="Verify your identity").who
    'user'
    """


Refusal = Literal["unknown", "expired", "altered", "applied", "stale", "host", "changed"]


class PlanRefused(FacebookAdsError):  # noqa: N818 - nothing went wrong: nothing was done
    """Report a plan that is not applied; nothing was sent. `reason` says why, `changed` what has changed since.

    >>> error = PlanRefused("stale", "plan_1", changed=["campaign ID: 1 | Daily budget: $20.00 USD to $30.00 USD"])
    >>> print(error.reason, len(error.changed))
    stale 1
    """

    def __init__(self, reason: Refusal, plan_id: str, *, op: str = "", changed: Iterable[str] = ()) -> None:
        self.reason: Refusal = reason
        self.changed = tuple(changed)
        again = f"Call {op} again for a new plan." if op else "Call the op again for a new plan."
        again = "Look at what it is now, and change that." if reason == "changed" else again
        told = _REFUSALS[reason].format(plan=plan_id[:60])
        shown = [*self.changed[:_FEW], *([f"and {len(self.changed) - _FEW} more"] if self.changed[_FEW:] else [])]
        told = f"{told}: {'; '.join(shown)}" if shown else told
        advice = _ASK if reason == "host" else "" if reason == "applied" else again
        super().__init__(told, advice=advice, who="user" if reason == "host" else "model")


class LaunchStopped(FacebookAdsError):  # noqa: N818 - what is there can be completed or taken back
    """Report a launch that did not come to its end. `launched` says what exists, what failed, and its journal.

    >>> LaunchStopped("launch_1 stopped", "launch_campaign with resume=launch_1 goes on.", launched=None).launched
    """

    def __init__(self, message: str, advice: str = "", *, launched: Any) -> None:
        failed: list[FacebookAdsError] = [*getattr(launched, "failed", {}).values()]
        retryable = any(error.retryable for error in failed)
        super().__init__(message, advice=advice, retryable=retryable, who=failed[0].who if failed else "code")
        self.launched = launched


_FEW = 5
_REFUSALS: dict[Refusal, str] = {
    "unknown": "there is no plan {plan}: it was discarded, applied long ago, or made by another process",
    "expired": "plan {plan} is older than 15 minutes",
    "altered": "plan {plan} is not as it was made: its content no longer gives its id",
    "applied": "plan {plan} was applied before: a plan is applied once, and used up even if Meta then refused it",
    "stale": "plan {plan} no longer holds, since meanwhile somebody changed what it was made from",
    "changed": "{plan} cannot be taken back: what it wrote has been changed since",
    "host": "plan {plan} waits for a person: the policy lets only the host apply it",
}
_ASK = "Show the plan to the user; once they agree, the host applies it with tool.approve(plan_id)."

_CLASSES: dict[str, type[APIError]] = {
    kind.__name__: kind
    for kind in (
        APIError,
        InvalidParameterError,
        AuthenticationError,
        PermissionDeniedError,
        RateLimited,
        TransientError,
        NotFoundError,
        BlockedError,
    )
}

# Under which keys the same thing arrives: an error body, a failed report run, debug_token.
_KEYS: dict[str, tuple[str, ...]] = {
    "code": ("code", "error_code"),
    "error_subcode": ("error_subcode", "subcode"),
    "type": ("type",),
    "message": ("message", "error_message", "error_description"),
    "error_user_title": ("error_user_title",),
    "error_user_msg": ("error_user_msg",),
    "error_data": ("error_data",),
    "is_transient": ("is_transient",),
    "fbtrace_id": ("fbtrace_id",),
}


def api_error(error: object, *, http_status: int, request: str, retry_after: float | None = None) -> APIError:
    """Make the right error from the value of the `error` key, whatever its shape; never raise.

    The class follows from code and subcode only. One exception: answers of very old APIs without a code, where the
    number is read out of "(#NNN)". Source: Meta: error reference; `api_facts.md` section 6.

    >>> print(api_error({"code": 190, "error_subcode": 463}, http_status=400, request="GET me"))
    The token has expired (code 190, subcode 463). What to do: Log in again for a new token. [GET me]
    """
    raw = error if isinstance(error, Mapping) else {"message": error}
    told = {name: next((raw[key] for key in keys if raw.get(key) is not None), None) for name, keys in _KEYS.items()}
    message = _text(told["message"]) or ""
    code, subcode = _number(told["code"]), _number(told["error_subcode"])
    if told["code"] is None:
        code = _number_in(message)
    transient = told["is_transient"] if isinstance(told["is_transient"], bool) else None
    entry = classify(code, subcode, is_transient=transient, http_status=http_status)
    return _CLASSES[entry.error](
        message=message,
        code=code,
        error_subcode=subcode,
        type=_text(told["type"]),
        error_user_title=_text(told["error_user_title"]),
        error_user_msg=_text(told["error_user_msg"]),
        error_data=told["error_data"],
        is_transient=transient,
        fbtrace_id=_text(told["fbtrace_id"]),
        http_status=http_status,
        request=request,
        retry_after=retry_after,
    )


def unreadable(http_status: int, body: bytes | str, request: str) -> APIError:
    """Make a `TransientError` for a body that is no JSON: an HTML page, a cut or an empty answer.

    >>> unreadable(502, b"<html>Bad Gateway</html>", "GET me").message
    'HTTP 502 with an HTML page instead of JSON'
    """
    text = (body[:200].decode("utf-8", "replace") if isinstance(body, bytes) else body[:200]).lstrip("\ufeff \t\r\n")
    what = next((words for start, words in _BODIES if text.startswith(start)), "text")
    what = what if text else "an empty body"
    return TransientError(
        message=f"HTTP {http_status} with {what} instead of JSON", http_status=http_status, request=request
    )


_BODIES = (("<", "an HTML page"), ("{", "a broken object"), ("[", "a broken list"))


def _rebuild(kind: type[FacebookAdsError], args: tuple[Any, ...], state: dict[str, Any]) -> FacebookAdsError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


def _line(text: str, limit: int | None = None) -> str:
    """Put a text on one line: controls and invisible characters become spaces; secrets are masked before the cut."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    line = redact(" ".join(printable.split()))
    return line if limit is None or len(line) <= limit else f"{line[: limit - 1]}…"


def _sentences(parts: Iterable[str]) -> str:
    text = ""
    for part in filter(None, parts):
        joint = " " if not text or text.endswith((".", "!", "?", "…")) or part.startswith("[") else ". "
        text = f"{text}{joint}{part}" if text else part
    return text


def _listed(texts: list[str], names: list[str]) -> str:
    """List the violations whole while they fit, then by name: every one is told, and the line stays readable."""
    whole = 0
    while whole < len(texts) and len("; ".join(texts[: whole + 1])) <= _LIST:
        whole += 1
    whole = max(whole, 1)
    rest = ", ".join(_line(name) for name in names[whole:])
    return " | ".join(texts[:whole]) + (f" | also wrong: {rest}" if rest else "")


def _named(**values: object) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items() if value not in (None, ""))


def _json(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=repr)
    except (TypeError, ValueError, RecursionError):
        return f"<{type(value).__name__}>"


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return _json(value)


def _number(value: object) -> int | None:
    """Read a code that may come as an int, a float or a string."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return int(value)
    except (ValueError, OverflowError):
        return None


def _number_in(message: str) -> int | None:
    match = re.search(r"\(#(-?\d{1,9})\)", message)
    return int(match[1]) if match else None


def _decoded(value: object) -> ErrorData:
    """Decode `error_data`, which comes as an object, as JSON text, or as JSON text of JSON text."""
    value = _loads(redact(value if isinstance(value, str) else _json(value)))
    if isinstance(value, str):
        value = _loads(value)
    return value if value is None or isinstance(value, dict | list | str) else str(value)


def _loads(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


_BLAME: Final[tuple[str, ...]] = ("blame_field_specs", "blame_field")


def _blamed(data: ErrorData) -> list[list[str]]:
    """Collect the paths of the fields Meta blames: a list of paths, a list of names, or one name."""
    blamed = next((data[key] for key in _BLAME if data.get(key)), None) if isinstance(data, dict) else None
    specs = blamed if isinstance(blamed, list) else [blamed]
    paths = [spec if isinstance(spec, list) else [spec] for spec in specs]
    named = [[str(step) for step in path if step not in (None, "")] for path in paths]
    return [path for path in named if path]
