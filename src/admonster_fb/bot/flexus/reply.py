"""What functions for a bot's own code return: a text, as existing bots parse it, with the data beside it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Self

from admonster_fb.bot.render.insights import format_figure
from admonster_fb.bot.render.values import label
from admonster_fb.models.insights.row import InsightsRow

_AMOUNTS = ("cpc", "cpm", "spend")
_SIGNS = "€£¥"


class Reply(str):
    """The text of a success. `data` is the result itself, such as a `Campaign`; `None` if there is none.

    >>> Reply("OK: updated.", None).data
    """

    data: Any

    def __new__(cls, text: str, data: Any = None) -> Self:
        """Return the text with its data."""
        reply = super().__new__(cls, text)
        reply.data = data
        return reply


class Figures(Reply):
    """The text of figures, and the figures as numbers. Amounts are in major units of `currency`.

    In the text every amount begins with `$`, also in an account of another currency: existing bots find amounts by it.

    >>> Figures("Spend: ¥120 JPY", InsightsRow.from_api({"spend": "120"}), "JPY").spend
    Decimal('120')
    """

    currency: str

    def __new__(cls, text: str, row: InsightsRow | None, currency: str) -> Self:
        """Return the figures of a row; without a row all are zero."""
        figures = super().__new__(cls, _with_dollar_signs(text, row, currency), row)
        figures.currency = currency
        return figures

    @property
    def row(self) -> InsightsRow:
        """All figures that Meta sent; empty if nothing was delivered."""
        return self.data or InsightsRow(account_currency=self.currency)

    @property
    def spend(self) -> Decimal:
        """The amount spent, in major units of `currency`."""
        return Decimal(self.row.spend or 0)

    @property
    def impressions(self) -> int:
        """The number of impressions."""
        return self.row.impressions or 0

    @property
    def clicks(self) -> int:
        """The number of clicks."""
        return self.row.clicks or 0

    @property
    def ctr(self) -> Decimal:
        """The click-through rate, in percent."""
        return Decimal(self.row.ctr or 0)

    @property
    def cpc(self) -> Decimal | None:
        """The cost per click, in major units of `currency`; `None` if there was no click."""
        return Decimal(self.row.cpc) if self.clicks and self.row.cpc is not None else None


def _with_dollar_signs(text: str, row: InsightsRow | None, currency: str) -> str:
    """Return the text with `$` before each amount; its currency follows it, as in `$1200 JPY`."""
    if format_figure("spend", Decimal(0), currency).startswith("$"):
        return text
    for name in _AMOUNTS:
        shown = format_figure(name, getattr(row, name, None) or Decimal(0), currency)
        text = text.replace(f"{label(name)}: {shown}", f"{label(name)}: ${shown.lstrip(_SIGNS)}")
    return f"{text}\nAmounts are in {currency}; $ is a mark for programs."
