"""What a bot may spend: which writes need a plan, who may apply one, and caps that no argument can lift."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Self

from admonster_fb.bot.plans.classify import KINDS
from admonster_fb.errors import ParameterError, Violation
from admonster_fb.money import Money, MoneyError

Cap = str | Money | Mapping[str, str | Money]
"""An amount such as "50.00 USD", or one for each ad account."""


@dataclass(frozen=True)
class SpendPolicy:
    """What the host allows its bot. On by default; no argument of an op can lift it. Python calls are not under it.

    `needs_plan` are the kinds of write that are shown as a plan first: `spend`, `destroy`, `many`. Plans are applied by
    the `model`, or only by the `host` with `tool.approve(plan_id)`. `max_daily_budget` bounds what one campaign or ad
    set may spend on a day, `max_increase_percent` how much a budget may rise from what it was a day ago, and
    `max_total_daily` what all of an account could spend on a day; each is an amount or one by account, and an account
    that is not named then may spend nothing more. `accounts` are the only ones in which may be written.

    >>> SpendPolicy(max_daily_budget="50.00 USD", apply_by="host").cap("max_daily_budget", "act_1")
    Money('50.00 USD')
    """

    needs_plan: Iterable[str] = KINDS
    apply_by: Literal["model", "host"] = "model"
    max_daily_budget: Cap | None = None
    max_increase_percent: int | Decimal | None = None
    max_total_daily: Cap | None = None
    accounts: Iterable[str] | None = None
    read_only: bool = False

    def __post_init__(self) -> None:
        wrong = [Violation("needs_plan", kind, ", ".join(KINDS)) for kind in self.needs_plan if kind not in KINDS]
        if self.apply_by not in ("model", "host"):
            wrong.append(Violation("apply_by", self.apply_by, "model or host"))
        percent = self.max_increase_percent
        if percent is not None and (isinstance(percent, (bool, float)) or percent < 0):
            wrong.append(Violation("max_increase_percent", percent, "a whole number or a Decimal, not negative"))
        for name in ("max_daily_budget", "max_total_daily"):
            try:
                object.__setattr__(self, name, _money(getattr(self, name)))
            except MoneyError as error:
                wrong.append(Violation(name, getattr(self, name), str(error)))
        if wrong:
            raise ParameterError(wrong)
        object.__setattr__(self, "needs_plan", frozenset(self.needs_plan))
        if self.accounts is not None:
            object.__setattr__(self, "accounts", frozenset(map(_with_act, self.accounts)))

    def cap(self, name: str, account: str) -> Money | None:
        """Return a cap as it holds for an account. Raises `ParameterError` for one that a mapping does not name."""
        given = getattr(self, name)
        if isinstance(given, Mapping):
            if account not in given:
                raise ParameterError([Violation("account", account, f"one that the policy's {name} names")])
            given = given[account]
        return given if given is None or isinstance(given, Money) else Money(given)

    @property
    def caps(self) -> tuple[str, ...]:
        """The caps that are set."""
        names = ("max_daily_budget", "max_increase_percent", "max_total_daily")
        return tuple(name for name in names if getattr(self, name) is not None)

    @classmethod
    def from_env(cls, env_file: str | Path = ".env") -> Self:
        """Read a policy from the environment, or else `env_file`: `FACEBOOK_MAX_DAILY_BUDGET` …, see `.env.example`.

        >>> SpendPolicy.from_env("none.env").apply_by
        'model'
        """
        from dotenv import dotenv_values

        env = {**dotenv_values(env_file), **os.environ}
        said = {name: (env.get(f"FACEBOOK_{name.upper()}") or "").strip() for name in _READ}
        given = {name: _READ[name](value) for name, value in said.items() if value}
        return cls(**given)


def _by_account(text: str) -> object:
    """Read an amount, or `act_1=50.00 USD, act_2=5000 JPY`."""
    if "=" not in text:
        return text
    return {_with_act(name.strip()): amount.strip() for name, _, amount in (p.partition("=") for p in text.split(","))}


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _percent(text: str) -> Decimal:
    try:
        return Decimal(text.removesuffix("%").strip())
    except ArithmeticError:
        raise ParameterError([Violation("FACEBOOK_MAX_INCREASE_PERCENT", text, "a number such as 20")]) from None


def _yes(text: str) -> bool:
    if text.lower() not in ("1", "true", "yes", "on", "0", "false", "no", "off"):
        raise ParameterError([Violation("FACEBOOK_READ_ONLY", text, "1 or 0")])
    return text.lower() in ("1", "true", "yes", "on")


_READ: dict[str, Callable[[str], Any]] = {
    "needs_plan": _names,
    "apply_by": str,
    "max_daily_budget": _by_account,
    "max_increase_percent": _percent,
    "max_total_daily": _by_account,
    "accounts": _names,
    "read_only": _yes,
}
"""How each part of a policy is read from `FACEBOOK_…`."""


def _with_act(account: str) -> str:
    return f"act_{account.removeprefix('act_')}"


def _money(given: Cap | None) -> Money | Mapping[str, Money] | None:
    if given is None or isinstance(given, Money):
        return given
    if isinstance(given, Mapping):
        return {_with_act(str(name)): _amount(each) for name, each in given.items()}
    return _amount(given)


def _amount(given: object) -> Money:
    amount = given if isinstance(given, Money) else Money(given)  # type: ignore[arg-type]  # checked by Money
    if amount.minor < 0:
        raise MoneyError(f"{given}: a cap cannot be negative")
    return amount
