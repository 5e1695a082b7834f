"""Errors of the Graph API in Meta's own envelope. Their texts are in `errors.json`, in Meta's words where recorded."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from typing import Any

_DOCS = "Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api"


@dataclass(frozen=True, slots=True)
class Default:
    """The default texts and status of an error."""

    message: str
    status: int = 400
    type: str = "OAuthException"
    transient: bool = False
    user_title: str | None = None
    user_msg: str | None = None


def _read_defaults() -> dict[tuple[int, int | None], Default]:
    found: dict[tuple[int, int | None], Default] = {}
    for numbers, fields in _DATA["defaults"].items():
        code, _, subcode = numbers.partition("/")
        found[int(code), int(subcode) if subcode else None] = Default(**fields)
    return found


_DATA = json.loads(resources.files(__package__).joinpath("errors.json").read_text(encoding="utf-8"))
# Messages, statuses and types of recorded errors by code and subcode. A missing pair falls back to its code.
DEFAULTS = _read_defaults()
# Titles and texts of refusals of code 100, by subcode.
REFUSALS: dict[int, tuple[str, str]] = {int(code): (title, text) for code, (title, text) in _DATA["refusals"].items()}
# Codes, titles and texts of the errors that the login dialog shows, by name.
DIALOG: dict[str, tuple[int, str, str]] = _DATA["dialog"]
_THROTTLE_PAIRS = {80000: 2446079, 80004: 2446079}
_UNKNOWN = Default("Invalid parameter")


class GraphError(Exception):
    """A refusal of the Graph API. What is left out is filled from `DEFAULTS`."""

    def __init__(
        self,
        code: int,
        subcode: int | None = None,
        message: str | None = None,
        *,
        type: str | None = None,
        http_status: int | None = None,
        user_title: str | None = None,
        user_msg: str | None = None,
        error_data: Any = None,
        error_data_as_string: bool = False,
        is_transient: bool | None = None,
    ) -> None:
        subcode = subcode if subcode is not None else _THROTTLE_PAIRS.get(code)
        default = DEFAULTS.get((code, subcode)) or DEFAULTS.get((code, None), _UNKNOWN)
        self.code, self.subcode = code, subcode
        self.message = message or default.message
        self.type = type or default.type
        self.http_status = http_status or (400 if code == 190 and (subcode or message) else default.status)
        self.user_title = user_title or default.user_title
        self.user_msg = user_msg or default.user_msg
        self.error_data, self.error_data_as_string = error_data, error_data_as_string
        self.is_transient = default.transient if is_transient is None else is_transient
        super().__init__(f"({code}{f'/{subcode}' if subcode else ''}) {self.message}")

    def envelope(self, trace_id: str) -> dict[str, Any]:
        """Return the body Meta would send, keys in Meta's order."""
        error: dict[str, Any] = {"message": self.message, "type": self.type, "code": self.code}
        if self.error_data is not None:
            error["error_data"] = json.dumps(self.error_data) if self.error_data_as_string else self.error_data
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        # Recordings leave is_transient out of plain errors and put it on validation errors and on true ones.
        if self.is_transient or self.user_title or self.user_msg:
            error["is_transient"] = self.is_transient
        optional = {"error_user_title": self.user_title, "error_user_msg": self.user_msg}
        return {"error": {**error, **{k: v for k, v in optional.items() if v}, "fbtrace_id": trace_id}}


class NotModelled(Exception):  # noqa: N818 - a plain statement, not a Graph error
    """A call that the SDK knows and the sandbox does not model. Answered with HTTP 501, never with a guess."""

    def __init__(self, method: str, path: str, why: str = "") -> None:
        self.method, self.path = method, path
        super().__init__(f"The sandbox does not model {method} {path}{f' ({why})' if why else ''}.")

    def envelope(self) -> dict[str, Any]:
        """Return a Graph-like error body that no real answer can be mistaken for."""
        error = {"message": str(self), "type": "SandboxNotModelled", "code": 501, "method": self.method}
        return {"error": {**error, "path": self.path}}


def missing_object(method: str, object_id: str) -> GraphError:
    """Return 100/33: the object is not there, or this token may not see it. Meta does not distinguish these."""
    message = (
        f"Unsupported {method.lower()} request. Object with ID '{object_id}' does not exist, cannot be loaded due to "
        f"missing permissions, or does not support this operation. {_DOCS}"
    )
    return GraphError(100, 33, message)


# Recorded with `error_data` as an object; newer recordings carry JSON text.
OBJECT_BLAME = frozenset({1885272})
# The code of subcodes that do not belong to 100.
CODES = {1487632: 613, **dict.fromkeys((1870144, 1870145, 1870147, 1870158, 1870159), 2650)}


def refuse(subcode: int, *blame: str, msg: str | None = None) -> GraphError:
    """Return the refusal of this subcode, blaming fields of the call."""
    title, text = REFUSALS.get(subcode, (None, None))
    return GraphError(
        CODES.get(subcode, 100),
        subcode,
        user_title=title,
        user_msg=msg or text,
        error_data=_blame(blame),
        error_data_as_string=subcode not in OBJECT_BLAME,
    )


def invalid(field: str, title: str, text: str) -> GraphError:
    """Return a refusal whose subcode is not documented."""
    return GraphError(100, user_title=title, user_msg=text, error_data=_blame((field,)), error_data_as_string=True)


def invalid_spec(reason: str) -> GraphError:
    """Return the refusal of a targeting spec for a reason whose subcode is not known."""
    text = f"The specified targeting spec is not valid because: {reason}"
    return invalid("targeting", "Invalid Targeting Spec", text)


def bad_param(text: str) -> GraphError:
    """Return code 100 in the short form: the code repeated in the message, nothing else."""
    return GraphError(100, message=f"(#100) {text}")


def required(name: str) -> GraphError:
    """Return the refusal of a call that lacks a parameter."""
    return bad_param(f"The parameter {name} is required.")


def not_one_of(name: str, values: Iterable[str]) -> GraphError:
    """Return the refusal of a word Meta does not know."""
    return bad_param(f"Param {name} must be one of {{{', '.join(sorted(values))}}}")


def not_value(name: str, values: Iterable[str]) -> GraphError:
    """Return the refusal of an unknown value with the text of Insights."""
    return bad_param(f"{name} must be one of the following values: {', '.join(values)}")


def not_list(name: str) -> GraphError:
    """Return the refusal of what should be a list or an object; PHP calls both arrays."""
    return bad_param(f"param {name} must be an array.")


def _blame(fields: Iterable[str]) -> dict[str, list[list[str]]] | None:
    paths = [field.split(".") for field in fields]
    return {"blame_field_specs": paths} if paths else None
