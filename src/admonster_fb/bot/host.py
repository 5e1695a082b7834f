"""What the command line and the MCP server share: a connection, results as JSON, and exit codes."""

from __future__ import annotations

import dataclasses
import getpass
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from dotenv import dotenv_values
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.bot.audit import AuditLog
from admonster_fb.bot.plans.assessment import check_accounts
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.plans.write_record import WriteRecord
from admonster_fb.client import FacebookAds
from admonster_fb.models.change import Change
from admonster_fb.paths import state_folder
from admonster_fb.transport.observability import collect_trace_ids

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
"""What the command line exits with, by class of error; 0 is success and 1 any other error."""


def codes() -> dict[int, str]:
    """Return what each exit code means.

    >>> codes()[7]
    'TransientError or NetworkError'
    """
    named: dict[int, str] = {0: "success", 1: "any other error"}
    for name, code in EXIT_CODES.items():
        named[code] = f"{named[code]} or {name}" if code in named else name
    named[EXIT_CODES["ParameterError"]] += " or wrong usage"
    return named


def exit_code(result: ToolResult) -> int:
    """Return what the command line exits with after a result.

    >>> exit_code(ToolResult(False, "ERROR", error={"type": "NotFoundError"}))
    5
    """
    return 0 if result.ok else EXIT_CODES.get((result.error or {}).get("type", ""), 1)


def connect(*, sandbox: bool, account: str | None, token_name: str | None = None) -> FacebookAds:
    """Connect to a fresh sandbox in this process, or as the environment and `.env` say; `account` is the default."""
    return (
        FacebookAds.sandbox(account=account)
        if sandbox
        else FacebookAds.from_env(account=account, token_name=token_name)
    )


def guarded_tool(fb: FacebookAds, *, sandbox: bool, **options: Any) -> FacebookTool:
    """Return a tool under the policy that the environment or `.env` says; plans and audit outlast the process."""
    kept: dict[str, Any] = {} if sandbox else {"plans": plans_folder(), "audit": audit_log(), "who": user()}
    return FacebookTool(fb, policy=SpendPolicy.from_env(), **kept, **options)


def check_account_allowed(fb: FacebookAds, object_id: str) -> None:
    """Raise `ParameterError` where the policy of the environment lets nothing be written of an object."""
    policy = SpendPolicy.from_env()
    check_accounts(policy, [] if policy.accounts is None else [fb.owner(object_id)])


def plans_folder() -> Path | None:
    """Return the folder of plans: `FACEBOOK_PLANS`, or in the user's folder for state; `None` if it cannot be made."""
    return state_folder("plans", _env().get("FACEBOOK_PLANS"))


def audit_log() -> AuditLog | None:
    """Return the audit: `FACEBOOK_AUDIT`, or in the user's folder for state; `None` if that cannot be made."""
    named = _env().get("FACEBOOK_AUDIT")
    folder = Path(named).parent if named else state_folder("")
    if named:
        folder = state_folder("", str(folder))
    return None if folder is None else AuditLog(folder / (Path(named).name if named else "audit.jsonl"))


@contextmanager
def recorded(fb: FacebookAds, op: str, change: Change, *, sandbox: bool) -> Iterator[None]:
    """Record in the audit what the block writes without an op, however it ends.

    >>> with recorded(FacebookAds.sandbox(), "upload", Change("customaudiences", "1", None), sandbox=True):
    ...     pass
    """
    log = None if sandbox else audit_log()
    written = WriteRecord(fb.now(), "command line", op, None, {}, (change,), who=user())
    error: BaseException | None = None
    with collect_trace_ids() as traces:
        try:
            yield
        except BaseException as raised:
            error = raised
            raise
        finally:
            if log is not None:
                log.write(dataclasses.replace(written, error=error, traces=tuple(traces)))


def user() -> str:
    """Return who is at this machine, as its system knows them.

    >>> isinstance(user(), str)
    True
    """
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without names
        return ""


def _env() -> dict[str, str | None]:
    return {**dotenv_values(".env"), **os.environ}


def as_json(result: ToolResult) -> dict[str, Any]:
    """Return a result as a JSON object.

    >>> as_json(ToolResult(True, "…", data=[1], next_actions=("status",)))
    {'ok': True, 'data': [1], 'error': None, 'next_actions': ['status'], 'after': None}
    """
    return {
        "ok": result.ok,
        "data": jsonable(result.data),
        "error": result.error,
        "next_actions": [*result.next_actions],
        "after": result.after,
    }


def jsonable(value: Any) -> Any:
    """Return what a method returned as JSON: objects with the fields that Meta sent, exact figures as strings.

    Fields that a dataclass keeps from its `repr` are left out: the state that a plan was computed from.
    """
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
