"""Graph errors: what Meta answers when it refuses, in Meta's own envelope."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

_DOCS = "Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api"
_LIMITS = "For more info, please refer to https://developers.facebook.com/docs/graph-api/overview/rate-limiting."


@dataclass(frozen=True, slots=True)
class Default:
    """What an error says when its raiser adds nothing."""

    message: str
    status: int = 400
    type: str = "OAuthException"
    transient: bool = False
    user_title: str | None = None
    user_msg: str | None = None


# Words, statuses and types of recorded answers (shared/live/error_catalog.json). A missing pair falls back to its code.
DEFAULTS: dict[tuple[int, int | None], Default] = {
    (1, None): Default("An unknown error has occurred.", 500),
    (1, 99): Default("An unknown error occurred", 500),
    (2, None): Default("An unexpected error has occurred. Please retry your request later.", 500, transient=True),
    (2, 1504044): Default("Service temporarily unavailable"),
    (3, None): Default("(#3) Application does not have the capability to make this API call."),
    (4, None): Default("Application request limit reached", 403, transient=True),
    (10, None): Default("(#10) Application does not have permission for this action", 403),
    (12, None): Default("(#12) This parameter is deprecated"),
    (17, None): Default("User request limit reached", transient=True),
    (17, 2446079): Default(
        "User request limit reached",
        transient=True,
        user_title="Ad Account Has Too Many API Calls",
        user_msg=f"There have been too many calls to this ad-account. Wait a bit and try again. {_LIMITS}",
    ),
    (100, None): Default("Invalid parameter"),
    (100, 33): Default(
        "Unsupported get request. Object with ID '0' does not exist, cannot be loaded due to missing permissions, "
        f"or does not support this operation. {_DOCS}",
        type="GraphMethodException",
    ),
    (100, 1487411): Default(
        "Invalid parameter", user_title="FileTypeNotSupported", user_msg="The type of file is not supported."
    ),
    (100, 1487534): Default(
        "Invalid parameter",
        user_title="Too many rows",
        user_msg="The reporting data you are trying to fetch has too many rows. Please use asynchronous query or "
        "restrict amount of ad IDs or time ranges to fetch the data.",
    ),
    (100, 1487564): Default(
        "Invalid parameter",
        user_title="Update Campaign Status",
        user_msg="New campaigns need to be either active or paused.",
    ),
    (100, 1487833): Default("Invalid parameter", transient=True, user_title="Image wasn't downloaded"),
    (100, 1815001): Default(
        "Invalid parameter",
        user_title="Cannot Request for Deleted Objects",
        user_msg="Request for deleted objects is not supported in this endpoint.",
    ),
    (100, 1815573): Default(
        "Invalid parameter",
        user_title="Ad Creative Content Cannot Be Updated",
        user_msg="The content of this creative cannot be updated after creation.",
    ),
    (100, 1870227): Default(
        "Invalid parameter",
        user_title="Advantage Audience Flag Required",
        user_msg="To create your ad set, you need to enable or disable the Advantage audience feature. This can be "
        "done by setting the advantage_audience flag to either 1 or 0 within the targeting_automation field in the "
        "targeting spec.",
    ),
    (100, 1885621): Default(
        "Invalid parameter",
        user_title="Budget conflict",
        user_msg="You can only set an ad set budget or a campaign budget.",
    ),
    (100, 2490408): Default(
        "Invalid parameter",
        user_title="Performance goal isn't available",
        user_msg="You can't use the selected performance goal with your campaign objective. Please select a "
        "different performance goal.",
    ),
    (100, 4834011): Default(
        "Invalid parameter",
        user_title="Must specify True or False in is_adset_budget_sharing_enabled field",
        user_msg="You must specify True or False in the field is_adset_budget_sharing_enabled if you are not using "
        "campaign budget.",
    ),
    (104, None): Default("An access token is required to request this resource."),
    (190, None): Default("Invalid OAuth access token - Cannot parse access token", 401),
    (190, 458): Default("Error validating access token: The user has not authorized application 1."),
    (190, 460): Default(
        "Error validating access token: The session has been invalidated because the user changed their password or "
        "Facebook has changed the session for security reasons."
    ),
    (190, 463): Default("Error validating access token: Session has expired."),
    (190, 467): Default("Error validating access token: The session is invalid because the user logged out."),
    (200, None): Default("(#200) Requires ads_management permission to manage the object", 403),
    (210, None): Default("(#210) A page access token is required to request this resource.", 403),
    (294, None): Default(
        "(#294) Managing advertisements requires the extended permission ads_management and an application that is "
        "whitelisted to access the Ads API"
    ),
    (341, None): Default("(#341) Feed action request limit reached", transient=True),
    (368, None): Default(
        "It looks like you were misusing this feature by going too fast. You’ve been blocked from using it."  # noqa: RUF001
    ),
    (613, None): Default("(#613) Calls to this api have exceeded the rate limit.", transient=True),
    (803, None): Default("(#803) Some of the aliases you requested do not exist: 0", 404),
    (2500, None): Default("An active access token must be used to query information about the current user."),
    (2601, 1815107): Default(
        "Error accessing adreport job.",
        transient=True,
        user_title="Loading Async Ads Report Failed",
        user_msg="Sorry, the report cannot be loaded successfully. Please check if your job status is completed "
        "instead of failed or running before fetching the data.",
    ),
    (2635, None): Default(
        "(#2635) You are calling a deprecated version of the Ads API. Please update to the latest version: v26.0."
    ),
    (2650, None): Default("Failed to update the custom audience", type="GraphMethodException"),
    (3018, None): Default("(#3018) The start date of the time range cannot be beyond 37 months from the current date"),
    (80000, 2446079): Default(
        f"(#80000) There have been too many calls from this ad-account. Wait a bit and try again. {_LIMITS}"
    ),
    (80003, None): Default(
        "There have been too many calls to this ad-account.", 429, "GraphMethodException", transient=True
    ),
    (80004, 2446079): Default(
        f"(#80004) There have been too many calls to this ad-account. Wait a bit and try again. {_LIMITS}"
    ),
}
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
    """The SDK knows this call, the sandbox does not play it. Answered with HTTP 501, never with a guess."""

    def __init__(self, method: str, path: str, why: str = "") -> None:
        self.method, self.path = method, path
        super().__init__(f"The sandbox does not model {method} {path}{f' ({why})' if why else ''}.")

    def envelope(self) -> dict[str, Any]:
        """Return a Graph-like error body that no real answer can be mistaken for."""
        error = {"message": str(self), "type": "SandboxNotModelled", "code": 501, "method": self.method}
        return {"error": {**error, "path": self.path}}


def missing_object(method: str, object_id: str) -> GraphError:
    """Return 100/33: the object is not there, or this token may not see it. Meta does not say which."""
    message = (
        f"Unsupported {method.lower()} request. Object with ID '{object_id}' does not exist, cannot be loaded due to "
        f"missing permissions, or does not support this operation. {_DOCS}"
    )
    return GraphError(100, 33, message)


def required(name: str) -> GraphError:
    """Return the refusal of a call that lacks a parameter."""
    return GraphError(100, message=f"(#100) The parameter {name} is required.")
