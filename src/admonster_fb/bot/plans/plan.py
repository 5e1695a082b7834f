"""A plan: exactly what a write will do, bound to its content and state. Its ops, and the record of what was sent."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, Field

from admonster_fb.models.change import Change
from admonster_fb.money import Money
from admonster_fb.operation import op

LIFETIME = timedelta(minutes=15)  # how long a model can apply a plan, unless the policy says otherwise
_CHANGES = ("changes", "done", "delivers")  # the fields that hold changes
PRIVATE = frozenset({"emails", "phones", "data", "users", "events", "user_data", "field_data"})
"""Arguments that contain personal data: never written to disk and never shown."""
UNREAD = "the present state could not be read in time"  # a warning
PREFIX = "plan_"  # how the ID of every plan begins
Arguments = Mapping[str, Any]
Changes = tuple[Change, ...]


class Raise(NamedTuple):
    """A budget, bid or limit that a plan raises, in minor units."""

    id: str  # the campaign, ad set or account
    field: str  # the parameter; `day` is what a budget allows on a day, with its schedules
    day_ago: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A write that has not been sent. `apply` with its `id` sends it, once, before it expires."""

    id: str
    """`plan_` and a hash of the content."""
    op: str
    account: str | None
    currency: str | None
    changes: tuple[Change, ...]
    kinds: tuple[str, ...]
    """Why the write needs a plan: `spend`, `destroy`, `many`, `audience`, `delivery`."""
    adds: int
    """The most it can add to the spend of a day, in minor units of `currency`. Negative: it lowers that maximum."""
    total: int
    """What the campaigns it changes can then spend on a day, in minor units."""
    warnings: tuple[str, ...]
    calls: int  # how many calls count against Meta's rate limits
    fits: str  # whether the rate limits allow these calls now
    made: datetime
    expires: datetime
    fingerprint: str  # the hash of `state`
    arguments: Mapping[str, Any] = field(repr=False, default_factory=dict)  # the op's arguments, as JSON
    state: Mapping[str, Any] = field(repr=False, default_factory=dict)  # what was read: fields by edge and ID
    files: Mapping[str, str] = field(repr=False, default_factory=dict)  # the digest of each file among the arguments
    nonce: str = field(repr=False, default="")
    full: bool = field(repr=False, default=False)
    """Whether the effect on spend was computed even if the write needs no plan."""
    done: tuple[Change, ...] = ()
    """The part of the write that only lowers spend: it was sent before the plan was made."""
    delivers: tuple[Change, ...] = ()
    """What the write activates, and all within it, as it is: shown, and changed by nothing but its status."""
    notes: tuple[str, ...] = ()
    """What a person asks of the write that is no part of it: why this post, how much in all."""
    raises: tuple[Raise, ...] = field(repr=False, default=())
    """The amounts that it raises, for `chat_max_increase_percent`."""
    private: bool = False
    """Whether it contains customer data. Such a plan is stored in memory only."""


@dataclass(frozen=True, slots=True)
class WriteRecord:
    """One write that was sent to Meta, and its outcome. Writes that were refused before are not recorded."""

    at: datetime
    by: str  # `model`, `host`, or the name that the host passed
    op: str
    account: str | None
    arguments: Arguments = field(repr=False)
    """The op's arguments. They can contain customer data: a log must leave out those in `PRIVATE`."""
    changes: Changes  # the fields before and after, also of a write that needed no plan
    plan_id: str | None = None
    value: Any = None  # what the op returned
    error: BaseException | None = None
    """The exception that was raised; `None` on success. After `OutcomeUnknown` the outcome is not known."""
    who: str = ""  # the user on whose behalf the host called, as the host names them
    traces: tuple[str, ...] = ()  # Meta's `fbtrace_id` of each request that wrote
    audit_id: str = ""  # ID of its entry in the audit log, if it was logged before it was sent


OnWrite = Callable[[WriteRecord], object]
"""Called once for each write, in the thread that sent it, before its result is returned. If it raises, the write
stands, and the result says that it could not be recorded."""


def canonical(value: Any) -> str:
    """Return a value as JSON in one fixed form, for digests and comparisons."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_to_json)


def _to_json(value: Any) -> Any:
    if isinstance(value, Money):
        return f"{value.amount:f} {value.currency}"
    if isinstance(value, date):  # a datetime too
        return value.isoformat()
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_unset=True)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be part of a plan")


def digest(value: Any) -> str:
    """Return the SHA-256 of a value's canonical JSON."""
    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()


def content(plan: Plan) -> dict[str, Any]:
    """Return a plan without its ID, as JSON."""
    fields = {each.name: getattr(plan, each.name) for each in dataclasses.fields(plan) if each.name != "id"}
    changes = {name: [dataclasses.asdict(change) for change in fields[name]] for name in _CHANGES}
    data: dict[str, Any] = json.loads(canonical({**fields, **changes}))
    return data


def with_content_id(plan: Plan) -> Plan:
    """Return a plan with the ID that its content determines."""
    return dataclasses.replace(plan, id=f"{PREFIX}{digest(content(plan))[:20]}")


def is_unmodified(plan: Plan) -> bool:
    """Return whether the content of a plan still matches its ID."""
    return with_content_id(plan).id == plan.id


def from_json(plan_id: str, data: Mapping[str, Any]) -> Plan:
    """Return the plan with this content. Raises `KeyError`, `TypeError` or `ValueError` if the data is not a plan."""
    times = {name: datetime.fromisoformat(data[name]) for name in ("made", "expires")}
    tuples = {name: tuple(data[name]) for name in ("kinds", "warnings", "notes")}
    changes = {name: tuple(Change(**change) for change in data[name]) for name in _CHANGES}
    raises = tuple(Raise(*each) for each in data["raises"])
    return Plan(**{**data, **times, **tuples, **changes, "raises": raises, "id": plan_id})


def example() -> Plan:
    """Return a plan for documentation and tests."""
    made = datetime.fromisoformat("2026-11-01T12:00:00+00:00")
    changes = (Change("campaigns", "1", "Sale", {"status": "PAUSED"}, {"status": "ACTIVE"}),)
    arguments = {"campaign_id": "1", "status": "ACTIVE"}
    times: dict[str, Any] = {"made": made, "expires": made + LIFETIME}
    spend: dict[str, Any] = {"kinds": ("spend",), "adds": 5000, "total": 5000, "warnings": (), "calls": 1, "fits": ""}
    about: dict[str, Any] = {"account": "act_1", "currency": "USD", "fingerprint": "", "arguments": arguments}
    return Plan(id="", op="update_campaign", changes=changes, **about, **spend, **times)


PlanId = Annotated[str, Field(description="ID of the plan")]
_EXAMPLE = {"plan_id": "plan_3f8a1c29d04b7e65a2c1"}
_of_plan = functools.partial(op, group="plan", access="write", changes="plans", scopes=(), example=_EXAMPLE)


@_of_plan("apply", effect="update", past="applied", cumulative=True, cost="what the plan says", also=("apply_plan",))
def apply(tool: Any, plan_id: PlanId) -> Any:
    """Apply a plan once. Exactly what it says is sent.

    Refused if the plan has expired, was applied before, or the objects it changes were changed meanwhile.
    """
    return tool.guard.apply(plan_id, "model")


@_of_plan("discard", effect="remove", past="discarded", cost="nothing: the plan is deleted", also=("discard_plan",))
def discard(tool: Any, plan_id: PlanId) -> None:
    """Delete a plan without applying it."""
    tool.guard.discard(plan_id)


@op("list_plans", group="plan", access="read", then=("apply", "discard"))
def list_plans(tool: Any) -> list[Plan]:
    """List plans that can be applied."""
    plans: list[Plan] = tool.guard.plans()
    return plans
