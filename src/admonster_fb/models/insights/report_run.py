"""Asynchronous reports of insights. https://developers.facebook.com/docs/marketing-api/insights/best-practices"""

from __future__ import annotations

from typing import ClassVar, Literal

from admonster_fb.errors import APIError, api_error
from admonster_fb.models._node import Node

COMPLETED, FAILED, SKIPPED = "Job Completed", "Job Failed", "Job Skipped"
State = Literal["waiting", "running", "done"]


class AdReportRun(Node):
    """A report that Meta makes in its own time. Its rows can be read only once it is done."""

    NOT_ASKED: ClassVar = frozenset({"is_running", "report_run_id"})
    """What Meta tells unasked, at times."""

    id: str | None = None
    account_id: str | None = None
    async_status: str | None = None
    """Job Not Started, Job Started, Job Running, Job Completed, Job Failed, Job Skipped (it waited too long)."""
    async_percent_completion: int | None = None
    """0 to 100; 100 may still be "Job Running"."""
    date_start: str | None = None
    date_stop: str | None = None
    time_ref: int | None = None
    time_completed: int | None = None
    error_code: int | None = None
    error_subcode: int | None = None
    error_message: str | None = None
    error_user_title: str | None = None
    error_user_msg: str | None = None
    is_running: bool | None = None
    report_run_id: str | None = None

    @property
    def done(self) -> bool:
        """Whether its rows can be read: completed, and to 100 percent.

        >>> AdReportRun(async_status="Job Running", async_percent_completion=100).done
        False
        """
        return self.async_status == COMPLETED and self.async_percent_completion == 100

    @property
    def error(self) -> APIError | None:
        """Why it failed or was skipped, if it did.

        >>> AdReportRun(async_status="Job Failed", error_code=2, error_subcode=1504038).error.retry
        'split'
        """
        if self.async_status not in (FAILED, SKIPPED):
            return None
        told = {name: value for name, value in self if name.startswith("error_") and value is not None}
        # Without a number it is what -2 says: the report failed.
        told = {"error_code": -2, "error_message": f"{self.async_status} without a reason", **told}
        return api_error(told, http_status=200, request=f"GET {self.id}")
