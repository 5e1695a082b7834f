"""What a bot may spend: which writes need a plan, who may apply plans, and limits that no argument can change.

A model may answer a form by itself, and a person in a chat reads fast: on a live account a yes there counts for little.
The approval page, a terminal and the host's own code count for everything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self

from admonster_fb import variables
from admonster_fb.bot.plans.classify import CHANGE_CLASSES, DESTROY, SPEND, raises_spend, raising_fields, untyped
from admonster_fb.bot.plans.plan import LIFETIME, UNREAD, Plan
from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._params import own_amount
from admonster_fb.models.campaign import BUDGETS
from admonster_fb.models.change import Change
from admonster_fb.money import Money, MoneyError, minor_text
from admonster_fb.objects import DELIVERS

Channel = Literal["model", "chat", "host"]
"""How a plan is applied: by the model's call alone; by a person's yes in a form, a chat or a runtime's button; by the
host: its approval page, a terminal, its own code."""

_NAMES = "SpendPolicy, FACEBOOK_CHAT_MAX_INCREASE_PERCENT, FACEBOOK_CHAT_MAX_ADDED_DAILY"
Cap = str | Money | Mapping[str, str | Money]  # an amount such as "50.00 USD", or one for each ad account
_DAY = 24 * 60  # the minutes of a day, so that a person need not look at once
_CEILING = ("max_total_daily", "max_daily_budget")
"""The limits without which a model may raise no spend on a live account."""
_CAPS = ("max_daily_budget", "max_increase_percent", "max_total_daily")
_PERCENTS = ("max_increase_percent", "chat_max_increase_percent")
_AMOUNTS = ("max_daily_budget", "max_total_daily", "chat_max_added_daily")
_CHAT_PERCENT = 20
"""How much a budget of a live account may rise by a yes in a chat, unless the policy says otherwise."""


@dataclass(frozen=True)
class SpendPolicy:
    """What the host allows its bot. No argument of an op can change it. Calls of the Python facade are not limited.

    An account that a mapping of amounts does not name may spend nothing more. Raises `ParameterError` for a policy
    that is unclear.

    >>> SpendPolicy(max_daily_budget="50.00 USD", apply_by="host").cap("max_daily_budget", "act_1")
    Money('50.00 USD')
    """

    needs_plan: Iterable[str] = CHANGE_CLASSES
    """The classes of writes that return a plan first: `spend`, `destroy`, `many`, `audience`, `delivery`.
    Default: all."""
    apply_by: Literal["model", "host"] | None = None
    """Who applies plans. `host`: only a person's yes does. Default: `host`; on a sandbox `model`."""
    max_daily_budget: Cap | None = None
    """The most that one campaign or ad set may spend on a day."""
    max_increase_percent: int | Decimal | None = None
    """How much a budget may rise from what it was a day ago, in percent."""
    max_total_daily: Cap | None = None
    """The most that all of an account can spend on a day."""
    accounts: Iterable[str] | None = None
    """The only accounts that may be written to. Default: all."""
    read_only: bool = False
    chat_max_increase_percent: int | Decimal | None = None
    """Up to which rise of a budget within a day, in percent, a person's yes in a form or chat counts. Above it, and for
    what removes, only a yes on the approval page, at a terminal or in the host's own code does (`beyond_chat`).
    Default: 20; on a sandbox a yes counts for everything."""
    chat_max_added_daily: Cap | None = None
    """What yeses in forms and chats may add to an account's spend of a day, within a day, whatever the percent.
    Default: nothing."""
    plan_minutes: int | None = None
    """How long a plan can be applied, in minutes, 1,440 at most. Default: 1,440 where the host applies it, else 15."""

    def __post_init__(self) -> None:
        allowed = ", ".join(CHANGE_CLASSES)
        wrong = [Violation("needs_plan", name, allowed) for name in self.needs_plan if name not in CHANGE_CLASSES]
        if self.apply_by not in (None, "model", "host"):
            wrong.append(Violation("apply_by", self.apply_by, "model or host"))
        for name in _PERCENTS:
            percent = getattr(self, name)
            if percent is not None and (isinstance(percent, (bool, float)) or percent < 0):
                wrong.append(Violation(name, percent, "an integer or a Decimal, not negative"))
        minutes = 1 if self.plan_minutes is None else self.plan_minutes
        if not isinstance(minutes, int) or isinstance(minutes, bool) or not 1 <= minutes <= _DAY:
            wrong.append(Violation("plan_minutes", self.plan_minutes, f"an integer from 1 to {_DAY}"))
        for name in _AMOUNTS:
            try:
                object.__setattr__(self, name, _parse_cap(getattr(self, name)))
            except MoneyError as error:
                wrong.append(Violation(name, getattr(self, name), str(error)))
        if wrong:
            raise ParameterError(wrong)
        object.__setattr__(self, "needs_plan", frozenset(self.needs_plan))
        if self.accounts is not None:
            object.__setattr__(self, "accounts", frozenset(map(_with_prefix, self.accounts)))

    def resolved(self, *, sandbox: bool) -> Self:
        """Return the policy as it holds on a sandbox or on a live account.

        On a live account a model may raise spend only below a ceiling. Raises `ParameterError` if it could apply its
        plans, or needs none to spend, and `max_total_daily` or `max_daily_budget` is not set.

        >>> SpendPolicy().resolved(sandbox=False).apply_by, SpendPolicy().resolved(sandbox=True).apply_by
        ('host', 'model')
        """
        alone = self.apply_by == "model" or "spend" not in {*self.needs_plan}
        missing = [name for name in _CEILING if getattr(self, name) is None]
        if alone and missing and not sandbox and not self.read_only:
            allowed = 'an amount such as "50.00 USD" on a live account, or apply_by="host" with plans for spend'
            raise ParameterError([Violation(name, MISSING, allowed) for name in missing])
        percent, by = self.chat_max_increase_percent, self.apply_by or ("model" if sandbox else "host")
        percent = _CHAT_PERCENT if percent is None and not sandbox else percent
        return replace(self, apply_by=by, chat_max_increase_percent=percent)

    def cap(self, name: str, account: str) -> Money | None:
        """Return a limit for an account. Raises `ParameterError` if it is a mapping without the account.

        >>> SpendPolicy(max_total_daily={"1": "50.00 USD"}).cap("max_total_daily", "act_1")
        Money('50.00 USD')
        """
        value = getattr(self, name)
        if isinstance(value, Mapping):
            if account not in value:
                raise ParameterError([Violation("account", account, f"an account that the policy's {name} names")])
            value = value[account]
        return value if value is None or isinstance(value, Money) else Money(value)

    @property
    def plan_life(self) -> timedelta:
        """How long a plan can be applied."""
        default = _DAY if self.apply_by == "host" else LIFETIME // timedelta(minutes=1)
        return timedelta(minutes=self.plan_minutes or default)

    @property
    def caps(self) -> tuple[str, ...]:
        """The names of the limits that are set."""
        return tuple(name for name in _CAPS if getattr(self, name) is not None)

    @classmethod
    def from_env(cls, env_file: str | Path = ".env") -> Self:
        """Return a policy from environment variables, else from `env_file`: `FACEBOOK_MAX_DAILY_BUDGET` and others.

        See `.env.example`.

        >>> SpendPolicy.from_env("none.env").caps
        ()
        """
        env = variables.read(env_file)
        texts = {name: env.get(f"FACEBOOK_{name.upper()}", "").strip() for name in _PARSERS}
        return cls(**{name: _PARSERS[name](text) for name, text in texts.items() if text})


class HostPolicy(SpendPolicy):
    """The policy of calls that the host's own code makes, on a live account too: limits hold, it decides on plans."""

    def resolved(self, *, sandbox: bool) -> Self:  # noqa: ARG002 - the same on both
        """Return the policy itself, with the host applying plans.

        >>> HostPolicy().resolved(sandbox=True).apply_by
        'host'
        """
        return replace(self, apply_by="host")


def _parse_amounts(text: str) -> object:
    """Return an amount, or amounts by account from `act_1=50.00 USD, act_2=5000 JPY`."""
    if "=" not in text:
        return text
    parts = (part.partition("=") for part in text.split(","))
    return {_with_prefix(name.strip()): amount.strip() for name, _, amount in parts}


def _parse_names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _parse_percent(name: str, text: str) -> Decimal:
    try:
        return Decimal(text.removesuffix("%").strip())
    except ArithmeticError:
        raise ParameterError([Violation(f"FACEBOOK_{name.upper()}", text, "a number such as 20")]) from None


def _parse_minutes(text: str) -> object:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 9 else text


def _parse_switch(text: str) -> bool:
    if text.lower() not in ("1", "true", "yes", "on", "0", "false", "no", "off"):
        raise ParameterError([Violation("FACEBOOK_READ_ONLY", text, "1 or 0")])
    return text.lower() in ("1", "true", "yes", "on")


_PARSERS: dict[str, Callable[[str], Any]] = {
    "apply_by": str,
    **dict.fromkeys(("needs_plan", "accounts"), _parse_names),
    **dict.fromkeys(_AMOUNTS, _parse_amounts),
    **{name: partial(_parse_percent, name) for name in _PERCENTS},
    "read_only": _parse_switch,
    "plan_minutes": _parse_minutes,
}
"""How each part of a policy is read from `FACEBOOK_…`."""


def _with_prefix(account: str) -> str:
    return f"act_{account.removeprefix('act_')}"


def _parse_cap(cap: Cap | None) -> Money | Mapping[str, Money] | None:
    if isinstance(cap, Mapping):
        return {_with_prefix(str(account)): own_amount(amount) for account, amount in cap.items()}
    return None if cap is None else own_amount(cap)


def beyond_chat(policy: SpendPolicy, plan: Plan, added: Callable[[], int]) -> str:
    """Return why a yes in a chat does not apply a plan, "" if it does; `added` returns what such added in a day."""
    percent = policy.chat_max_increase_percent
    if policy.apply_by != "host" or percent is None:
        return ""
    if DESTROY in plan.kinds:
        stops = any(change.node in DELIVERS for change in plan.changes)
        return f"A yes in a form or chat removes nothing{' (status=PAUSED stops spend at once)' if stops else ''}"
    if SPEND not in plan.kinds:
        return ""
    steep = [each for each in plan.raises if each.after > each.day_ago + int(each.day_ago * percent / 100)]
    if not steep and _raises_amounts_only(plan):
        return ""
    allowed = f"amounts that rise by at most {Decimal(percent):f} % within a day"
    if steep and plan.currency:
        before, after = (minor_text(amount, plan.currency) for amount in (steep[0].day_ago, steep[0].after))
        allowed += f" (this one: {before.removesuffix(f' {plan.currency}')} → {after})"
    beyond = _beyond_ceiling(policy, plan, added)
    who = f"Only who runs this bot can lift that ({_NAMES})"
    return beyond and f"A yes in a form or chat counts for {allowed}{beyond}. {who}"


def _raises_amounts_only(plan: Plan) -> bool:
    """Return whether all that raises spend is amounts whose rise is known in percent."""
    known = {(each.id, each.field) for each in plan.raises}

    def is_amount(change: Change) -> bool:
        if change.node == "budget_schedules":
            return (str(change.after.get("ad_object_id")), "day") in known
        fields = raising_fields(change) if change.before else set()
        return bool(fields) and all(name in BUDGETS or (change.id, name) in known for name in fields)

    known_state = UNREAD not in plan.warnings and plan.adds <= rise(plan)
    return known_state and all(map(is_amount, filter(raises_spend, plan.changes)))


def _beyond_ceiling(policy: SpendPolicy, plan: Plan, added: Callable[[], int]) -> str:
    """Return why a plan is not below the policy's ceiling in money; "" if it is."""
    name = "chat_max_added_daily"
    raised = [each for each in plan.changes if raises_spend(each)]
    known = all(change.node in (*DELIVERS, "budget_schedules") and not untyped(change) for change in raised)
    if policy.chat_max_added_daily is None:
        return f"; the policy sets no {name} for others"
    if not known or UNREAD in plan.warnings:
        return f"; what this one adds to a day is not known, so the policy's {name} does not cover it"
    try:
        ceiling = policy.cap(name, str(plan.account))
    except ParameterError:
        ceiling = None
    if ceiling is None:
        return f"; the policy's {name} names no amount for {plan.account}"
    if ceiling.currency != plan.currency:
        return f"; the policy's {name} is {ceiling}, but {plan.account} is in {plan.currency}"
    total = max(added() + max(plan.adds, rise(plan)), rise(plan, "day_ago"))
    if total <= ceiling.minor:
        return ""
    return f" and for at most {ceiling} more a day (with this one: {minor_text(total, plan.currency)})"


def rise(plan: Plan, since: Literal["before", "day_ago"] = "before") -> int:
    """Return by how much the budgets of a plan rise together, in minor units."""
    most: Counter[str] = Counter()
    for each in plan.raises:
        if each.field in (*BUDGETS, "day"):
            most[each.id] = max(most[each.id], each.after - int(getattr(each, since)))
    return most.total()
