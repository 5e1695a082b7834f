"""The guard of all writes: it says what each would do, holds what needs a plan, and applies plans.

For the audit and for `undo`:

- every write that is carried out, immediate or applied, is told to `on_write` as a `Written` (`bot/plans/written.py`),
  with what was before and after per object, the plan's id, and the outcome: `FacebookTool(fb, on_write=log.write)`;
- `propose(op, arguments, always=True)` makes a plan of any op, even of one that would be immediate: an op that undoes
  returns `tool.guard.propose(registry()["update_campaign"], {"campaign_id": …, "daily_budget": 5000}, always=True)`,
  and the tool shows a `Plan` that an op returns as it shows its own;
- an op that needs the tool is a function of `bot/plans/ops.py` or of a module that `bot/own.py` lists, takes
  the tool as its first argument, and is declared with `@op(…, group="plan")`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from admonster_fb.bot.plans.plan import Plan

if TYPE_CHECKING:
    from admonster_fb.bot.ops import Op


class Guarding(Protocol):
    """What others use of the guard."""

    def propose(self, op: Op, arguments: Mapping[str, Any], *, always: bool = False) -> Plan | None:
        """Return the plan that a write needs, `None` if it may be carried out at once; `always` forces a plan.

        `arguments` are as `op.prepare` returns them. Raises `ParameterError` for what the policy refuses, and what
        Meta answers if the state cannot be read.
        """

    def write(self, op: Op, arguments: Mapping[str, Any], *, by: str = "model") -> Any:
        """Carry out a write, or return the `Plan` that it needs first."""

    def apply(self, plan_id: str, by: str) -> Any:
        """Carry out a plan once and return what its op returns; raises `PlanRefused` with the reason."""

    def discard(self, plan_id: str) -> None:
        """Forget a plan that has not been applied."""
