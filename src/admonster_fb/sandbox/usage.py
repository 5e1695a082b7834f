"""The usage headers: how much of its allowance a caller has used, in Meta's three shapes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from admonster_fb.sandbox.wire import compact_json

TIER = "standard_access"
# Points of an ad account's score (full access): a read costs 1, a write 3, of 9,000. Hourly allowances per use case.
COST = {"GET": 1}
WRITE_COST = 3
ACCOUNT_SCORE = 9_000
HOURLY = {"ads_management": 100_000, "ads_insights": 190_000, "custom_audience": 190_000}
APP_CALLS = 10_000
REPORT = "AdReportRun"
# What is charged to another use case than managing ads: edges, and all calls on nodes of a kind.
USE_CASES = {"insights": "ads_insights"} | dict.fromkeys(("customaudiences", "usersofanyaudience"), "custom_audience")
KIND_USE_CASES = {REPORT: "ads_insights", "CustomAudience": "custom_audience"}
# Nothing is enforced unless a test sets a quota, so the reported usage stays low too: the
# sandbox's clock stands still by default, and all calls fall into the same hour.
LOW = 25


class UsageMeter:
    """Counts calls and writes the headers. `override` pins what an account or the app reports."""

    def __init__(self) -> None:
        self.calls: Counter[tuple[str, str]] = Counter()
        self.score: Counter[str] = Counter()
        self.overrides: dict[str, dict[str, Any]] = {}
        self.enforced: Callable[[str, str], dict[str, Any]] = lambda _account, _use_case: {}
        """The values that a quota adds to the usage header."""

    def count(self, method: str, account: str | None, use_case: str) -> None:
        """Count one call on an account (bare id), or on the app alone."""
        self.calls[account or "app", use_case] += 1
        self.score[account or "app"] += COST.get(method, WRITE_COST)

    def headers(self, account: str | None, use_case: str, kind: str = "") -> dict[str, str]:
        """Return the headers of an answer: ads calls report per account, all others per app.

        Responses of a report and its rows have no header for the load of Insights (recorded).
        """
        if account is None:
            count = _percent(sum(self.calls.values()), APP_CALLS)
            app = {"call_count": count, "total_cputime": 0, "total_time": count, **self.overrides.get("app", {})}
            return {"x-app-usage": compact_json(app)}
        overrides = self.overrides.get(account, {})
        pinned = {name: value for name, value in overrides.items() if name.endswith("_util_pct")}
        use = {
            "type": use_case,
            "call_count": _percent(self.calls[account, use_case], HOURLY[use_case]),
            "total_cputime": 1,
            "total_time": 1,
            "estimated_time_to_regain_access": 0,
            "ads_api_access_tier": TIER,
            **self.enforced(account, use_case),
            **{name: value for name, value in overrides.items() if name not in pinned},
        }
        utilisation = min(round(100 * self.score[account] / ACCOUNT_SCORE, 2), LOW)
        score = {"acc_id_util_pct": utilisation, "reset_time_duration": 300, "ads_api_access_tier": TIER}
        found = {"x-business-use-case-usage": compact_json({account: [use]}), "x-ad-account-usage": compact_json(score)}
        if use_case == "ads_insights" and kind != REPORT:
            found["x-fb-ads-insights-throttle"] = compact_json(
                {"app_id_util_pct": 0.04, "acc_id_util_pct": utilisation, "ads_api_access_tier": TIER, **pinned}
            )
        return found


def use_case_of(path: str, kind: str = "") -> str:
    """Return the use case a path on a node of a kind is charged to: to ask about a report is part of it."""
    edge = path.rpartition("/")[2]
    use_case = USE_CASES.get(edge, "ads_management")
    return KIND_USE_CASES.get(kind, use_case)


def _percent(used: int, allowed: int) -> int:
    return min(-(-100 * used // allowed), LOW)
