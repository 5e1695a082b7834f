"""Asynchronous reports of insights. https://developers.facebook.com/docs/marketing-api/insights/best-practices"""

from __future__ import annotations

from typing import ClassVar, Literal

from admonster_fb.errors import APIError, api_error
from admonster_fb.models._node import Node

COMPLETED, FAILED, SKIPPED = "Job Completed", "Job Failed", "Job Skipped"
State = Literal["waiting", "running", "done"]


class AdReportRun(Node):
    """An asynchronous report. Its rows can be read only when it is done.

    >>> AdReportRun(async_status="Job Failed", error_code=2, error_subcode=1504038).error.retry
    'split'
    """

    NOT_REQUESTED: ClassVar = frozenset({"is_running", "report_run_id"})
    """Fields that Meta returns at times without a request."""

    id: str | None = None
    """ID of the report."""
    account_id: str | None = None
    """ID of the ad account, without `act_`."""
    async_status: str | None = None
    """Job Not Started, Job Started, Job Running, Job Completed, Job Failed, or Job Skipped (it waited too long)."""
    async_percent_completion: int | None = None
    """Progress, 0-100; at 100 the status may still be "Job Running"."""
    date_start: str | None = None
    """First day of the report, YYYY-MM-DD."""
    date_stop: str | None = None
    """Last day of the report, YYYY-MM-DD."""
    time_ref: int | None = None
    """Time of the request, in unix seconds."""
    time_completed: int | None = None
    """Time of completion, in unix seconds."""
    error_code: int | None = None
    """Number of the error for which it failed."""
    error_subcode: int | None = None
    """Subcode of the error."""
    error_message: str | None = None
    """Text of the error."""
    error_user_title: str | None = None
    """Title of the error for the user, in the user's language."""
    error_user_msg: str | None = None
    """Text of the error for the user, in the user's language."""
    is_running: bool | None = None
    """Whether the report is running."""
    report_run_id: str | None = None
    """ID of the report, as the response to the request names it."""

    @property
    def done(self) -> bool:
        """Whether the rows can be read: completed, and at 100 percent."""
        return self.async_status == COMPLETED and self.async_percent_completion == 100

    @property
    def error(self) -> APIError | None:
        """The error for which it failed or was skipped; `None` if it did not."""
        if self.async_status not in (FAILED, SKIPPED):
            return None
        raw = {name: value for name, value in self if name.startswith("error_") and value is not None}
        # -2 is Meta's number of a failed report.
        raw = {"error_code": -2, "error_message": f"{self.async_status} without a reason", **raw}
        return api_error(raw, http_status=200, request=f"GET {self.id}")
