"""The causes for which ads do not deliver: `causes.json`, in the order in which they are looked for.

Facts: `docs/meta-rules.md#delivery`. `stops`: nothing delivers while it lasts. `may stop`: Meta gives no reason, and
this explains why nothing delivers. `limits`: it delivers less.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Literal

Effect = Literal["stops", "may stop", "limits"]
STAGES = (
    *("account", "payment", "campaign", "ad set", "ad", "schedule", "budget", "audience", "learning", "bid"),
    *("creative", "review", "issues", "placement", "pixel", "delivery"),
)
"""The order of a diagnosis."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause: where it is looked for, what it does, what it means and how to cure it.

    >>> CAUSES["campaign_paused"].effect
    'stops'
    """

    code: str
    stage: str
    effect: Effect
    meaning: str
    cure: str
    events: tuple[str, ...] = ()
    """Parts of the `event_type` of the changes in the account that tell when it began."""
    issues: tuple[int, ...] = ()
    """The `error_code` of `issues_info` that means it. Any other one is shown as an `issue`."""
    checks: tuple[str, ...] = ()
    """The `check_name` of `failed_delivery_checks` that means it. Any other one is a `failed_check`."""
    account_status: tuple[int, ...] = ()
    op: str = ""
    """The op that cures it: a whole name, or `update` or `duplicate` of the object that has the problem."""
    args: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of the op, beside the object's ID."""
    choose: tuple[str, ...] = ()
    """Arguments whose values a person chooses; `{field}` is the field that shows the problem."""


def _read(row: dict[str, Any]) -> Cause:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return Cause(**fields)


_ROWS = json.loads(resources.files(__package__).joinpath("causes.json").read_text(encoding="utf-8"))
CAUSES: Mapping[str, Cause] = {row["code"]: _read(row) for row in _ROWS}
"""Every cause by its code, in the order of a diagnosis."""
ISSUES: Mapping[int, str] = {code: cause.code for cause in CAUSES.values() for code in cause.issues}
CHECKS: Mapping[str, str] = {name: cause.code for cause in CAUSES.values() for name in cause.checks}
ACCOUNT_STATUSES: Mapping[int, str] = {code: cause.code for cause in CAUSES.values() for code in cause.account_status}
"""The cause of each `account_status` but 1, ACTIVE."""
