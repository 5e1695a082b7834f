"""Money as Meta counts it: a whole number of minor units and a currency.

Meta's minor units differ from ISO 4217: TWD, COP, CRC, HUF and IDR have no decimals, BHD and JOD have two.
"""

import re
from decimal import Decimal
from functools import total_ordering
from typing import TYPE_CHECKING, Any, NoReturn, Self

from admonster_fb import facts
from admonster_fb.errors import FacebookAdsError

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema
    from pydantic_core.core_schema import CoreSchema as JsonCoreSchema

OFFSETS: dict[str, int] = {row.currency: row.offset for row in facts.rows("currencies") if row.offset}
"""Minor units in one major unit, by currency. Source: `docs/meta-rules.md#currencies`.

LKR is in the SDK's list but not in Meta's table: its offset is unknown, so it is refused.
"""

# Only signs that cannot be mistaken: not "$" for other dollars, not "¥" for CNY.
_SYMBOLS = {"USD": "$", "JPY": "¥", "EUR": "€", "GBP": "£"}

_PATTERN = r"^-?[$¥€£]?[0-9]+(\.[0-9]{1,2})? [A-Z]{3}$"
_TEXT = re.compile(r"(-?)([$¥€£]?)([0-9]{1,19})(?:\.([0-9]+))? ([A-Z]{3})")
_NUMBER = re.compile(r"-?[0-9]{1,19}(\.[0-9]+)?")
_EXAMPLE = 'write it like "50.00 USD"'
_ABOUT = "An amount and its currency, such as 50.00 USD or 5000 JPY."
_SCHEMA = {"type": "string", "pattern": _PATTERN, "examples": ["50.00 USD"], "description": _ABOUT}
_MAX_MINOR = 2**63 - 1  # Meta stores amounts as signed 64-bit integers

BUDGETS = ("daily_budget", "lifetime_budget")
"""The budget fields of campaigns and ad sets. The same as `models.campaign.BUDGETS`, without loading a model."""


def whole(value: object) -> int | None:
    """Return an integer, also one written in digits, as Meta sends it; `None` for more digits than an amount has.

    >>> whole(5), whole("5"), whole(5.0), whole(True)
    (5, 5, None, None)
    """
    if isinstance(value, int):
        return None if isinstance(value, bool) else value
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 19:
        return int(value)
    return None


class MoneyError(FacebookAdsError, ValueError):
    """An amount or a currency that is not valid. Nothing is guessed or rounded.

    It is a `ValueError`, so pydantic reports it as a validation error.

    >>> try:
    ...     Money("50.5 JPY")
    ... except MoneyError as error:
    ...     print(error)
    '50.5 JPY': JPY has no decimals at Meta; write a whole amount like "50 JPY"
    """


@total_ordering
class Money:
    """An exact amount in one currency, in Meta's minor units (cents for USD, whole yen for JPY).

    Its text is a number, a space and the currency, without separators and with no more decimals than the currency has
    at Meta. Only amounts of the same currency can be added or compared. Raises `MoneyError` instead of rounding.
    Source: `docs/meta-rules.md#currencies`.

    >>> Money("50.00 USD").minor, Money("5000 JPY").minor
    (5000, 5000)
    >>> print(Money("50.00 USD") + Money("0.50 USD"))
    $50.50 USD
    """

    __slots__ = ("_currency", "_minor")
    _minor: int
    _currency: str

    def __init__(self, text: str) -> None:
        minor, currency = _parse(text)
        _set(self, minor, currency)

    @classmethod
    def from_minor(cls, minor: int | str, currency: str) -> Self:
        """Return an amount from minor units, which campaigns, ad sets, bids and most responses use, also as text.

        >>> Money.from_minor(5000, "USD")
        Money('50.00 USD')
        """
        offset_of(currency)
        if isinstance(minor, str) and re.fullmatch(r"-?[0-9]{1,19}", minor):
            minor = int(minor)
        if not isinstance(minor, int) or isinstance(minor, bool):
            raise MoneyError(f"{minor!r}: minor units must be an int, not {type(minor).__name__}")
        self = cls.__new__(cls)
        _set(self, minor, currency)
        return self

    @classmethod
    def from_major(cls, major: Decimal | str | int, currency: str) -> Self:
        """Return an amount from major units, which insights and the account's `spend_cap` (on writing) use.

        Raises `MoneyError` if it is not a whole number of minor units (`"1.005"` USD), or a float.

        >>> Money.from_major("23.50", "USD").minor
        2350
        """
        plain = _NUMBER.fullmatch(major) if isinstance(major, str) else isinstance(major, Decimal | int)
        if not plain or isinstance(major, bool):
            raise MoneyError(
                f"{major!r}: major units must be a Decimal, an int or a plain decimal string, never a float"
            )
        return cls.from_minor(_exact(Decimal(major), offset_of(currency), f"{major} {currency}"), currency)

    @property
    def minor(self) -> int:
        """The amount in Meta's minor units."""
        return self._minor

    @property
    def currency(self) -> str:
        """The three-letter code of the currency."""
        return self._currency

    @property
    def offset(self) -> int:
        """The number of minor units in one major unit: 1 or 100."""
        return OFFSETS[self.currency]

    @property
    def amount(self) -> Decimal:
        """The exact amount in major units."""
        return Decimal(f"{self.minor}E-{_decimals(self.currency)}")

    def __str__(self) -> str:
        sign = "-" if self.minor < 0 else ""
        return f"{sign}{_SYMBOLS.get(self.currency, '')}{self._plain().removeprefix('-')}"

    def __repr__(self) -> str:
        return f"Money({self._plain()!r})"

    def _plain(self) -> str:
        return f"{self.amount:f} {self.currency}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        return (self.minor, self.currency) == (other.minor, other.currency)

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        return self.minor < _same(self, other).minor

    def __hash__(self) -> int:
        return hash((self.minor, self.currency))

    def __bool__(self) -> bool:
        return bool(self.minor)

    def __add__(self, other: Self) -> Self:
        if not isinstance(other, Money):
            return NotImplemented
        return self.from_minor(self.minor + _same(self, other).minor, self.currency)

    def __sub__(self, other: Self) -> Self:
        if not isinstance(other, Money):
            return NotImplemented
        return self.from_minor(self.minor - _same(self, other).minor, self.currency)

    def __neg__(self) -> Self:
        return self.from_minor(-self.minor, self.currency)

    def __abs__(self) -> Self:
        return self.from_minor(abs(self.minor), self.currency)

    def __mul__(self, factor: int | Decimal) -> Self:
        if not isinstance(factor, int | Decimal) or isinstance(factor, bool):
            return NotImplemented
        return self.from_minor(_exact(Decimal(factor), self.minor, f"{self._plain()} * {factor}"), self.currency)

    __rmul__ = __mul__

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"Money is immutable: cannot set {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"Money is immutable: cannot delete {name}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_minor, (self.minor, self.currency)

    # pydantic is imported only when a pydantic model uses Money, and is loaded by then.
    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        from pydantic_core import core_schema

        as_text = core_schema.plain_serializer_function_ser_schema(cls._plain, when_used="json")
        return core_schema.no_info_plain_validator_function(cls._validate, serialization=as_text)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: "JsonCoreSchema", handler: "GetJsonSchemaHandler"
    ) -> "JsonSchemaValue":
        return dict(_SCHEMA)

    @classmethod
    def _validate(cls, value: object) -> "Money":
        return value if isinstance(value, Money) else cls(value)  # type: ignore[arg-type]  # checked by _parse


def offset_of(currency: str) -> int:
    """Return the minor units in one major unit of `currency`. Raises `MoneyError` if Meta does not list it.

    >>> offset_of("HUF"), offset_of("USD")
    (1, 100)
    """
    offset = OFFSETS.get(currency) if isinstance(currency, str) else None
    if offset is None:
        raise MoneyError(f"unknown currency {currency}: Meta supports {', '.join(sorted(OFFSETS))}")
    return offset


def minor_text(minor: int, currency: str) -> str:
    """Return an amount as text, also one in a currency of unknown offset or beyond what Meta can store.

    >>> minor_text(5000, "USD"), minor_text(50000, "LKR")
    ('$50.00 USD', '50000 minor units of LKR')
    """
    try:
        return str(Money.from_minor(minor, currency))
    except MoneyError:
        return f"{minor} minor units of {currency}"


def _set(money: Money, minor: int, currency: str) -> None:
    if abs(minor) > _MAX_MINOR:
        raise MoneyError(f"{minor} minor units of {currency}: more than Meta can store")
    object.__setattr__(money, "_minor", minor)
    object.__setattr__(money, "_currency", currency)


def _decimals(currency: str) -> int:
    return 2 if OFFSETS[currency] == 100 else 0


def _same(left: Money, right: Money) -> Money:
    if left.currency != right.currency:
        raise MoneyError(f"cannot mix {left.currency} and {right.currency}")
    return right


def _parse(text: object) -> tuple[int, str]:
    if not isinstance(text, str):
        raise MoneyError(f"{text!r}: money must be text, not {type(text).__name__}; {_EXAMPLE}")
    match = _TEXT.fullmatch(text)
    if match is None:
        why = next((words for pattern, words in _COMPLAINTS if pattern.fullmatch(text)), f"not an amount; {_EXAMPLE}")
        raise MoneyError(f"{text if len(text) <= 40 else f'{text[:40]}…'!r}: {why}")
    sign, symbol, whole, fraction, currency = match.groups(default="")
    offset_of(currency)
    if symbol and symbol != _SYMBOLS.get(currency):
        raise MoneyError(f"{text!r}: {symbol} is not the sign of {currency}; write {whole} {currency}")
    if len(fraction) > (decimals := _decimals(currency)):
        why = "two decimals at Meta (1.000 could mean a thousand)" if decimals else "no decimals at Meta"
        form = f'it like "{whole}.00 {currency}"' if decimals else f'a whole amount like "{whole} {currency}"'
        raise MoneyError(f"{text!r}: {currency} has {why}; write {form}")
    return int(sign + whole + fraction.ljust(decimals, "0")), currency


_WITHOUT = 'write one thousand and a half like "1000.50 USD"'
_COMPLAINTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\s*"), f"empty; {_EXAMPLE}"),
    (re.compile(r".*(nan|inf).*", re.IGNORECASE), f"not a number; {_EXAMPLE}"),
    (re.compile(r".*\d[^\w.]+\d.*|.*\d_\d.*"), f"separators are ambiguous; {_WITHOUT}"),
    (re.compile(r"\D{3,}\s*[\d.]+"), f"the amount comes first; {_EXAMPLE}"),
    (re.compile(r"-?\D?[\d.]+"), f"the currency is missing; {_EXAMPLE}"),
    (re.compile(r"-?\D?[\d.]+ [A-Za-z]{3}"), f"the currency must be in capitals; {_EXAMPLE}"),
)


def _exact(factor: Decimal, times: int, what: str) -> int:
    """Return a product without rounding; Decimal arithmetic would round to the precision of the caller's context."""
    if not factor.is_finite():
        raise MoneyError(f"{what}: not a number")
    if abs(factor.adjusted()) > 40 or len(factor.as_tuple().digits) > 60:
        raise MoneyError(f"{what[:60]}: too large or too fine for an amount of money")
    numerator, denominator = factor.as_integer_ratio()
    minor, rest = divmod(numerator * times, denominator)
    if rest:
        raise MoneyError(f"{what}: not a whole number of minor units; round it yourself first")
    return minor
