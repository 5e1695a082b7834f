"""Errors: one class for each thing that a caller can do about a failure.

Every message is one line, contains no secret, and says what to do next.
"""

import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal

from admonster_fb.error_atlas import DEFAULTS, PERMANENT, UNBLAMED, WRONG_LEVEL, Retry, Who, classify
from admonster_fb.redaction import MASK, PRIVATE_NAMES, SECRET_NAMES, read_json, redact

ErrorData = dict[str, Any] | list[Any] | str | None

_VALUE_LENGTH = 80
_LINE_LENGTH = 600
_LIST_LENGTH = 4000


class _Missing(Enum):
    MISSING = "missing"  # an enum member, so that copies and pickles remain identical to it

    def __repr__(self) -> str:
        return self.value


MISSING: Final = _Missing.MISSING
"""The value of `Violation.given` for a parameter that was not given."""

POLICY: Final = "policy"
"""The source of a violation of the policy of who runs the bot."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One wrong parameter: the value given and what is allowed.

    >>> print(Violation("daily_budget", "50", 'integer minor units or "50.00 USD"'))
    daily_budget: given "50"; allowed: integer minor units or "50.00 USD"
    """

    field: str
    given: object
    allowed: str
    source: str = dataclasses.field(default="", compare=False)
    """What shows that Meta refuses it, in a rule's test as in `rules.core.rule`: pages of Meta's, recorded answers.

    `POLICY` if it is the bot's own policy.
    """

    def __str__(self) -> str:
        field, allowed = _line(self.field), _line(self.allowed)
        if self.given is MISSING:
            return redact(f"{field} is required" + (f": {allowed}" if allowed != "required" else ""))
        return redact(f"{field}: {self.shown()}; allowed: {allowed}")

    def shown(self) -> str:
        """Return the value given as text, private ones masked.

        >>> Violation("daily_budget", "50", "an integer").shown()
        'given "50"'
        """
        if self.given is MISSING:
            return "missing"
        parts = re.split(r"[.\[\]]+", self.field.rstrip("]"))
        if parts[-1] in SECRET_NAMES or not PRIVATE_NAMES.isdisjoint(parts):
            return f"given {MASK}"
        return redact(f"given {_line(_json(self.given), _VALUE_LENGTH)}")


class FacebookAdsError(Exception):
    """The base class of all errors of this library.

    `advice` says what to do, `retryable` whether the same request may succeed later, `who` who must act, and `request`
    is the request without its query ("POST act_1/campaigns").

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

    @property
    def words(self) -> str:
        """What happened, without what to do."""
        return _sentences(self._head())

    def _tail(self) -> Iterator[str]:
        """Yield the parts that are never shortened: what to do, and the request."""
        if self.advice:
            yield f"What to do: {_line(self.advice, 240)}"
        if self.request:
            yield f"[{_line(self.request, 90)}]"

    def __str__(self) -> str:
        tail = _sentences(self._tail())
        return _sentences([_line(_sentences(self._head()), _LINE_LENGTH - len(tail) - 2), tail])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    # The default calls the class with `args`, which the constructors with keyword-only parameters refuse.
    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, dict(self.__dict__))


MOST_SHOWN = 50
"""Violations that are shown in full. A list of thousands of wrong values would take seconds."""


class ParameterError(FacebookAdsError):
    """Wrong parameters, found before a request was sent; `violations` lists all of them.

    >>> print(ParameterError([Violation("name", MISSING, "text")]))
    name is required: text. What to do: Correct these parameters; nothing was sent.
    """

    def __init__(self, violations: Iterable[Violation], *, request: str | None = None) -> None:
        self.violations = tuple(violations)
        texts = [str(each) for each in self.violations[:MOST_SHOWN]]
        whole = 1  # are shown in full, as long as they fit; of the others the names
        while whole < len(texts) and len("; ".join(texts[: whole + 1])) <= _LIST_LENGTH:
            whole += 1
        rest = ", ".join(_line(each.field) for each in self.violations[whole:])
        message = " | ".join(texts[:whole]) + (f" | also wrong: {rest}" if rest else "")
        super().__init__(message, advice="Correct these parameters; nothing was sent.", who="model", request=request)

    def __str__(self) -> str:
        # Not shortened: every violation must be named.
        return _line(_sentences([*self._head(), *self._tail()]))


def refused(check: Callable[..., object], *arguments: Any, **named: Any) -> tuple[Violation, ...]:
    """Return the violations for which a function refuses its arguments.

    >>> refused(int, "5")
    ()
    """
    try:
        check(*arguments, **named)
    except ParameterError as error:
        return error.violations
    return ()


@contextmanager
def collecting(wrong: list[Violation], field: str = "") -> Iterator[None]:
    """Add the violations of a `ParameterError` within the block to `wrong`; `field` is what they are about.

    >>> wrong = []
    >>> with collecting(wrong, "adsets.0"):
    ...     raise ParameterError([Violation("name", MISSING, "a text")])
    >>> wrong[0].field
    'adsets.0.name'
    """
    try:
        yield
    except ParameterError as error:
        for each in error.violations:
            wrong.append(dataclasses.replace(each, field=".".join(filter(None, (field, each.field)))))


class NetworkError(FacebookAdsError):
    """No response: connection refused, unknown host, timeout. A write without a response is `OutcomeUnknown`.

    >>> NetworkError("connection refused", request="GET act_1").retryable
    True
    """

    def __init__(self, message: str, *, request: str | None = None) -> None:
        super().__init__(message, advice="Check the connection, then retry.", retryable=True, request=request)


class OutcomeUnknown(FacebookAdsError):  # noqa: N818 - it is not known whether it is an error
    """A write whose response was lost, so it may have happened. Do what `check` says before you send it again.

    `answer` is Meta's error, if there was one that leaves the outcome open.

    >>> error = OutcomeUnknown(request="POST act_1/campaigns", check="list campaigns named Sale")
    >>> error.retryable, error.check
    (False, 'list campaigns named Sale')
    """

    def __init__(
        self,
        message: str = "The answer to a write was lost; it may have happened",
        *,
        request: str,
        check: str,
        answer: "APIError | None" = None,
    ) -> None:
        self.check = redact(check)
        self.answer = answer
        super().__init__(message, advice=f"Do not resend; first check: {self.check}", request=request)


class APIError(FacebookAdsError):
    """An error that Meta returned, with Meta's own names of attributes; `api_error` chooses the subclass.

    `cause`, `advice`, `retry`, `retryable` and `who` come from the error atlas. `retryable` is about the same request:
    false if smaller parts are needed (`retry == "split"`). `retry_after` is in seconds. `login_url` is a login
    link for the user, if a login helps and the app is known. Source: `docs/meta-rules.md#error-envelope`.

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
        entry = classify(code, error_subcode, is_transient=is_transient, http_status=http_status, message=message)
        data = _decoded(error_data)
        if code is None and error_subcode is None and entry.retry != "split":
            entry = DEFAULTS.get(self.__class__.__name__, entry)
        elif (entry.code, entry.subcode) == (100, None) and not _blamed(data):
            entry = UNBLAMED if error_subcode is None else UNBLAMED._replace(who="model")
        retryable = entry.retry in ("backoff", "later")
        super().__init__(message, advice=entry.advice, retryable=retryable, who=entry.who, request=request)
        self.code = code
        self.error_subcode = error_subcode
        self.type = type and redact(type)
        self.error_user_title = error_user_title and redact(error_user_title)
        self.error_user_msg = error_user_msg and redact(error_user_msg)
        self.error_data: ErrorData = data
        self.blame_field_specs = _blamed(self.error_data)
        self.is_transient = is_transient
        self.fbtrace_id = fbtrace_id and redact(fbtrace_id)
        self.http_status = http_status
        self.retry_after = retry_after
        self.cause = entry.cause
        self.retry: Retry = entry.retry

    @property
    def definite(self) -> bool:
        """Whether Meta certainly carried nothing out.

        A temporary fault leaves that open, unless a subcode names it; so does an answer with neither code nor type.
        """
        if self.code is self.error_subcode is None and self.http_status not in {None, *PERMANENT}:
            return bool(self.type) and 400 <= (self.http_status or 0) < 500
        named = self.error_subcode is not None and (self.http_status or 500) < 500
        return named or not isinstance(self, TransientError)

    def _head(self) -> Iterator[str]:
        numbers = _named(code=self.code, subcode=self.error_subcode)
        message = _line(self.message or self.cause, 300)
        yield f"{message.rstrip('.')} ({numbers})" if numbers else message
        texts = (self.error_user_title, self.error_user_msg)
        if not any(texts) and message.rstrip(".").lower() in _SAYS_NOTHING and self.cause:
            yield self.cause
        for text in texts:
            if text and text not in self.message:  # Meta often repeats the message here
                yield _line(text, 200)

    @property
    def words(self) -> str:
        """What Meta said: message, numbers, title and text for the user, trace."""
        return _sentences([*self._head(), _named(fbtrace_id=self.fbtrace_id)])

    def _tail(self) -> Iterator[str]:
        if self.blame_field_specs:
            yield "Fields: " + _line(", ".join(".".join(path) for path in self.blame_field_specs), 80)
        wait = "" if self.retry_after is None else f"Wait {self.retry_after:.0f} s"
        if wait and _WAITS.match(self.advice):  # the time instead of "wait a while"
            yield f"What to do: {wait}, then continue"
        else:
            yield f"What to do: {_line(self.advice, 120)}"
            yield wait
        where = _named(request=self.request and _line(self.request, 60), fbtrace_id=self.fbtrace_id)
        if where:
            yield f"[{_line(where.removeprefix('request '), 110)}]"


class InvalidParameterError(APIError):
    """Parameters that Meta refuses; the same request will fail again.

    >>> error = InvalidParameterError(code=100, message="Invalid parameter", error_data='{"blame_field":"targeting"}')
    >>> error.blame_field_specs
    [['targeting']]
    """


class AuthenticationError(APIError):
    """A token that Meta does not accept any more: a new login or token is required.

    >>> AuthenticationError(code=190, error_subcode=463, message="Session has expired").advice
    'Log in again for a new token.'
    """


class PermissionDeniedError(APIError):
    """A missing scope, role, capability or acceptance of terms; the token itself is valid.

    >>> PermissionDeniedError(code=10, message="(#10) Application does not have permission").who
    'user'
    """


class RateLimited(APIError):  # noqa: N818 - a temporary state
    """A rate limit, of Meta or applied by this library before sending; `retry_after` is in seconds.

    >>> RateLimited(message="the account is at 95 %", retry_after=120).retryable
    True
    """


class TransientError(APIError):
    """A temporary fault at Meta; retry later.

    >>> TransientError(code=2, message="Service temporarily unavailable").retryable
    True
    """


class NotFoundError(APIError):
    """An object that does not exist or that the token cannot see; Meta does not say which.

    >>> NotFoundError(code=100, error_subcode=33, message="Unsupported get request").who
    'model'
    """


class BlockedError(APIError):
    """A block for reasons of policy, payment or identity: a person must act.

    >>> BlockedError(code=31, error_subcode=3858385, message="Verify your identity").who
    'user'
    """


Refusal = Literal["unknown", "expired", "altered", "applied", "stale", "host", "chat", "terminal", "changed"]


class PlanRefused(FacebookAdsError):  # noqa: N818 - nothing was sent
    """A plan that cannot be applied; nothing was sent. `reason` says why, `changed` what has changed, or forbids it.

    >>> error = PlanRefused("stale", "plan_1", changed=["campaign ID: 1 | Daily budget: $20.00 → $30.00 USD"])
    >>> print(error.reason, len(error.changed))
    stale 1
    """

    def __init__(
        self, reason: Refusal, plan_id: str, *, op: str = "", changed: Iterable[str] = (), advice: str = ""
    ) -> None:
        self.reason: Refusal = reason
        self.changed = tuple(changed)
        again = f"Call {op} again for a new plan." if op else "Call the op again for a new plan."
        again = _NEWS.get(reason, again).format(op=op or "the op")
        message = _REFUSALS[reason].format(plan=plan_id[:60])
        more = len(self.changed) - _MAX_CHANGES
        shown = [*self.changed[:_MAX_CHANGES], *([f"and {more} more"] if more > 0 else [])]
        message = f"{message}: {'; '.join(shown)}" if shown else message
        given = _ASK_USER if reason == "host" else "" if reason in ("applied", "terminal") else again
        who: Who = "user" if reason in ("host", "chat", "terminal") else "model"
        super().__init__(message, advice=advice or given, who=who)


class PlanNeeded(FacebookAdsError):  # noqa: N818 - nothing was sent
    """A write that the policy holds until a person has approved it; nothing was sent. `plan` says what it would do.

    >>> PlanNeeded("update_campaign", plan=None).plan
    """

    def __init__(self, op: str, *, plan: Any) -> None:
        plan_id = getattr(plan, "id", "")
        super().__init__(
            f"nothing {'else ' if getattr(plan, 'done', ()) else ''}was sent: {op} is held as plan {plan_id}",
            advice="Show the plan to a person, then apply it with approve(plan_id).",
            who="user",
        )
        self.plan = plan


class LaunchStopped(FacebookAdsError):  # noqa: N818 - the launch can be resumed or rolled back
    """A launch that stopped early. `launched` has what was created, what failed, and the launch journal.

    >>> LaunchStopped("launch_1 stopped", "launch_campaign with resume=launch_1 goes on.", launched=None).launched
    """

    def __init__(self, message: str, advice: str = "", *, launched: Any) -> None:
        failed: list[FacebookAdsError] = [*getattr(launched, "failed", {}).values()]
        retryable = any(error.retryable for error in failed)
        super().__init__(message, advice=advice, retryable=retryable, who=failed[0].who if failed else "code")
        self.launched = launched


_SAYS_NOTHING = {"invalid parameter", "an unknown error occurred"}
"""Messages of Meta's behind which the number says more."""
_WAITS = re.compile("Wait|Pause|Retry after")
_MAX_CHANGES = 5
_REFUSALS: dict[Refusal, str] = {
    "unknown": "there is no plan {plan}: it was discarded, applied long ago, or created by another process",
    "expired": "plan {plan} has expired",
    "altered": "plan {plan} was modified after it was created (its content does not match its ID)",
    "applied": "plan {plan} was applied before: a plan can be applied only once, even if Meta refused it",
    "stale": "plan {plan} is out of date: the objects that it is based on have been changed",
    "changed": "{plan} cannot be undone: the value was changed later",
    "host": "plan {plan} needs a person: the policy lets only the host apply it",
    "chat": "plan {plan} needs a person's yes, but not in a form or chat",
    "terminal": "plan {plan} needs a person at a terminal: stdin and stdout must be one, without a pipe or file",
}
_NEWS: dict[Refusal, str] = {
    "stale": "Tell the user what has changed; call {op} again only if they still want it.",
    "changed": "Tell the user the current value; change it only if they still want it.",
}
"""What to do where somebody else has changed something: it may no longer be wanted."""
_ASK_USER = "Show the plan to the user; once they agree, the host applies it with tool.approve(plan_id)."

_CLASSES = {"APIError": APIError} | {kind.__name__: kind for kind in APIError.__subclasses__()}

# The keys of each attribute: in an error body, a failed report run, debug_token.
_KEYS: dict[str, tuple[str, ...]] = {
    "code": ("code", "error_code"),
    "error_subcode": ("error_subcode", "subcode"),
    "message": ("message", "error_message", "error_description"),
    **{
        name: (name,)
        for name in ("type", "error_user_title", "error_user_msg", "error_data", "is_transient", "fbtrace_id")
    },
}


def api_error(error: object, *, http_status: int, request: str, retry_after: float | None = None) -> APIError:
    """Return the error for the value of the `error` key, whatever its shape. Never raises.

    The class depends on code and subcode only. Exception: responses of very old APIs have no code but a message that
    begins with "(#NNN)". Source: `docs/meta-rules.md#error-envelope`.

    >>> print(api_error({"code": 190, "error_subcode": 463}, http_status=400, request="GET me"))
    The token has expired (code 190, subcode 463). What to do: Log in again for a new token. [GET me]
    """
    raw = error if isinstance(error, Mapping) else {"message": error}
    fields = {name: next((raw[key] for key in keys if raw.get(key) is not None), None) for name, keys in _KEYS.items()}
    message = _text(fields["message"]) or ""
    code, subcode = _number(fields["code"]), _number(fields["error_subcode"])
    if code is None and (named := re.search(r"\(#(-?\d{1,9})\)", message)):
        code = int(named[1])
    transient = fields["is_transient"] if isinstance(fields["is_transient"], bool) else None
    entry = classify(code, subcode, is_transient=transient, http_status=http_status, message=message)
    return _CLASSES[entry.error](
        message=message,
        code=code,
        error_subcode=subcode,
        type=_text(fields["type"]),
        error_user_title=_text(fields["error_user_title"]),
        error_user_msg=_text(fields["error_user_msg"]),
        error_data=fields["error_data"],
        is_transient=transient,
        fbtrace_id=_text(fields["fbtrace_id"]),
        http_status=http_status,
        request=request,
        retry_after=retry_after,
    )


def for_level(error: APIError) -> APIError:
    """Return the error of a call that had a `level`: Meta's 1/99 is then about the level, otherwise a fault.

    >>> for_level(TransientError(code=1, error_subcode=99, http_status=500)).who
    'model'
    """
    if (error.code, error.error_subcode) != (1, 99):
        return error
    entry = WRONG_LEVEL
    verdict = {"cause": entry.cause, "advice": entry.advice, "retry": entry.retry, "retryable": False, "who": entry.who}
    return _rebuild(InvalidParameterError, error.args, {**error.__dict__, **verdict})  # type: ignore[return-value]


def unreadable(http_status: int, body: bytes | str, request: str) -> APIError:
    """Return a `TransientError` for a body that is not JSON: an HTML page, a truncated or an empty response.

    It is a plain `APIError` where the HTTP status says that a retry does not help.

    >>> unreadable(502, b"<html>Bad Gateway</html>", "GET me").message
    'HTTP 502 with an HTML page instead of JSON'
    """
    text = (body[:200].decode("utf-8", "replace") if isinstance(body, bytes) else body[:200]).lstrip("\ufeff \t\r\n")
    what = next((words for start, words in _BODIES if text.startswith(start)), "text")
    what = what if text else "an empty body"
    kind = APIError if http_status in PERMANENT else TransientError
    return kind(message=f"HTTP {http_status} with {what} instead of JSON", http_status=http_status, request=request)


_BODIES = (("<", "an HTML page"), ("{", "a broken object"), ("[", "a broken list"))


def _rebuild(kind: type[FacebookAdsError], args: tuple[Any, ...], state: dict[str, Any]) -> FacebookAdsError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


def _line(text: str, limit: int | None = None) -> str:
    """Return a text on one line, without control or invisible characters; secrets are masked before it is cut."""
    printable = text if text.isprintable() else "".join(char if char.isprintable() else " " for char in text)
    line = redact(" ".join(printable.split()))
    return line if limit is None or len(line) <= limit else f"{line[: limit - 1]}…"


def _sentences(parts: Iterable[str]) -> str:
    text = ""
    for part in filter(None, parts):
        joint = " " if not text or text.endswith((".", "!", "?", "…")) or part.startswith("[") else ". "
        text = f"{text}{joint}{part}" if text else part
    return text


def _named(**values: object) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items() if value not in (None, ""))


def _json(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=repr)
    except (TypeError, ValueError, RecursionError):
        return f"<{type(value).__name__}>"


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else _json(value)


def _number(value: object) -> int | None:
    """Return a code that is an int, a float or a string."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return int(value)
    except (ValueError, OverflowError):
        return None


def _decoded(value: object) -> ErrorData:
    """Return `error_data` decoded: it is an object, JSON text, or JSON text within JSON text."""
    value = read_json(redact(value if isinstance(value, str) else _json(value)))
    if isinstance(value, str):
        value = read_json(value)
    return value if value is None or isinstance(value, dict | list | str) else str(value)


_BLAME: Final[tuple[str, ...]] = ("blame_field_specs", "blame_field")


def _blamed(data: ErrorData) -> list[list[str]]:
    """Return the paths of the fields that Meta blames; Meta sends a list of paths, a list of names, or one name."""
    blamed = next((data[key] for key in _BLAME if data.get(key)), None) if isinstance(data, dict) else None
    specs = blamed if isinstance(blamed, list) else [blamed]
    paths = [spec if isinstance(spec, list) else [spec] for spec in specs]
    named = [[str(step) for step in path if step not in (None, "")] for path in paths]
    return [path for path in named if path]
