"""Shared by the command line and the MCP server: connection, policy and audit, results as JSON, exit codes."""

from __future__ import annotations

import dataclasses
import getpass
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from admonster_fb import variables
from admonster_fb.errors import FacebookAdsError, ParameterError
from admonster_fb.paths import state_folder
from admonster_fb.redaction import MASK, SECRET_NAMES, without_tokens

if TYPE_CHECKING:  # what a command needs is imported when it runs: --help must not wait for it
    from admonster_fb.bot import FacebookTool, ToolResult
    from admonster_fb.bot.audit import AuditLog
    from admonster_fb.bot.plans.plan import WriteRecord
    from admonster_fb.client import FacebookAds
    from admonster_fb.models.change import Change
    from admonster_fb.workflows.doctor import Check

EXIT_CODES: Final[Mapping[str, int]] = {
    "ParameterError": 2,
    "AuthenticationError": 3,
    "PermissionDeniedError": 4,
    "NotFoundError": 5,
    "RateLimited": 6,
    "TransientError": 7,
    "NetworkError": 7,
    "OutcomeUnknown": 8,
    "BlockedError": 9,
    "PlanRefused": 10,
    "LaunchStopped": 11,
}
"""Exit codes of the command line by class of error; 0 is success, 1 any other error."""


def codes() -> dict[int, str]:
    """Return the meaning of each exit code."""
    named: dict[int, str] = {0: "success", 1: "any other error"}
    for name, code in EXIT_CODES.items():
        named[code] = f"{named[code]} or {name}" if code in named else name
    named[EXIT_CODES["ParameterError"]] += " or wrong usage"
    return named


def exit_code(result: ToolResult) -> int:
    """Return the exit code of the command line for a result. What failed in part has the code of its first error."""
    if result.ok and not result.failed:
        return 0
    kind = type(result.failed[0]).__name__ if result.failed else (result.error or {}).get("type", "")
    return EXIT_CODES.get(kind, 1)


def connect(*, sandbox: bool, account: str | None, token_name: str | None = None) -> FacebookAds:
    """Return a facade of a new sandbox of this process, or as environment and `.env` say, with a default account."""
    from admonster_fb.client import FacebookAds

    if sandbox:
        return FacebookAds.sandbox(account=account)
    return FacebookAds.from_env(account=account, token_name=token_name)


def guarded_tool(fb: FacebookAds, *, sandbox: bool, **options: Any) -> FacebookTool:
    """Return a tool with the policy of the environment or `.env`. Unless in a sandbox, plans and audit are stored."""
    from admonster_fb.bot import FacebookTool
    from admonster_fb.bot.plans.policy import SpendPolicy

    if not sandbox:
        options |= {"plans": plans_folder(), "audit": audit_log(), "who": user()}
    return FacebookTool(fb, policy=SpendPolicy.from_env(), **options)


def spending_check(fb: FacebookAds) -> Check:
    """Return, as a check of `doctor`, who may raise spend by the policy of the environment or `.env`."""
    from admonster_fb.bot.plans.policy import SpendPolicy
    from admonster_fb.workflows.doctor import Check

    try:
        policy = SpendPolicy.from_env().resolved(sandbox=fb.is_sandbox)
    except ParameterError as error:
        return Check("spending", "wrong", error.message, error.advice)
    limits = ", ".join(policy.caps) or "no limit is set"
    if policy.read_only:
        return Check("spending", "ok", "nothing can be written: the policy is read_only")
    if policy.apply_by == "model":
        where = "sandbox" if fb.is_sandbox else "below the policy's ceiling"
        return Check("spending", "ok", f"a model may raise spend ({where}); {limits}")
    percent = policy.chat_max_increase_percent
    chat = "" if percent is None else f"; a yes in a chat counts for raises up to {Decimal(percent):f} % within a day"
    return Check("spending", "ok", f"only a person raises spend: admonster-fb apply PLAN_ID{chat}; {limits}")


def check_account_allowed(fb: FacebookAds, object_id: str) -> None:
    """Raise `ParameterError` if the policy of the environment forbids writes to the account of an object."""
    from admonster_fb.bot.plans.assessment import check_accounts
    from admonster_fb.bot.plans.policy import SpendPolicy

    policy = SpendPolicy.from_env()
    check_accounts(policy, [] if policy.accounts is None else [fb.owner(object_id)])


def plans_folder() -> Path | None:
    """Return the folder of plans: `FACEBOOK_PLANS`, or the user's state folder; `None` if it cannot be created."""
    return state_folder("plans", variables.read().get("FACEBOOK_PLANS"))


def audit_log() -> AuditLog | None:
    """Return the audit log: `FACEBOOK_AUDIT`, or in the user's state folder; `None` if that cannot be created."""
    from admonster_fb.bot.audit import AuditLog

    named = variables.read().get("FACEBOOK_AUDIT")
    path = Path(named or "audit.jsonl")
    folder = state_folder("", str(path.parent) if named else None)
    return None if folder is None else AuditLog(folder / path.name)


@contextmanager
def recorded(fb: FacebookAds, op: str, change: Change, *, sandbox: bool) -> Iterator[None]:
    """Log a write that the block makes without an op, and its outcome."""
    from admonster_fb.bot.plans.plan import WriteRecord
    from admonster_fb.transport.observability import collect_trace_ids

    log = None if sandbox else audit_log()
    written = WriteRecord(fb.now(), "command line", op, None, {}, (change,), who=user())
    if log is not None:
        written = dataclasses.replace(written, audit_id=_written(log.begin, written))
    error: BaseException | None = None
    with collect_trace_ids() as traces:
        try:
            yield
        except BaseException as raised:
            error = raised
            raise
        finally:
            if log is not None:
                _written(log.write, dataclasses.replace(written, error=error, traces=tuple(traces)))


def _written(write: Callable[[WriteRecord], str], record: WriteRecord) -> str:
    """Log a write, and return its ID: what it returned must not be lost if the disk is full."""
    try:
        return write(record)
    except FacebookAdsError as error:
        logging.getLogger("admonster_fb").warning("this write could not be recorded: %s", error)
        return ""


def user() -> str:
    """Return the name of this machine's user; "" if the system has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without names
        return ""


def as_json(result: ToolResult) -> dict[str, Any]:
    """Return a result as a JSON object."""
    return {
        "ok": result.ok,
        "data": _without_secrets(jsonable(result.data)),
        "error": result.error,
        "next_actions": [*result.next_actions],
        "after": result.after,
    }


def _without_secrets(value: Any) -> Any:
    """Return a JSON value without tokens: Meta may have sent them back within an object, or in a text."""
    if isinstance(value, str):
        return without_tokens(value)
    if isinstance(value, dict):
        return {name: MASK if name in SECRET_NAMES else _without_secrets(item) for name, item in value.items()}
    return [_without_secrets(item) for item in value] if isinstance(value, list) else value


def jsonable(value: Any) -> Any:
    """Return a method's result as JSON: objects with the fields that Meta sent, exact numbers as strings.

    Fields that a dataclass hides from its `repr` are left out, such as the state that a plan was computed from.
    """
    from pydantic import BaseModel
    from pydantic_core import to_jsonable_python

    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_unset=True, warnings=False)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        shown = [field.name for field in dataclasses.fields(value) if field.repr]
        return {name: jsonable(getattr(value, name)) for name in shown}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return jsonable(value._asdict())
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    return to_jsonable_python(value, fallback=str)
