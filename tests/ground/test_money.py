import copy
import decimal
import doctest
import pickle
import re
import subprocess
import sys
from decimal import Decimal

import pytest
from facebook_business.adobjects.adaccount import AdAccount
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

import admonster_fb.money as module
from admonster_fb.money import OFFSETS, Money, MoneyError, offset_of, whole

CURRENCIES = st.sampled_from(sorted(OFFSETS))
MINOR = st.integers(-(2**62), 2**62)
AMOUNTS = st.builds(Money.from_minor, MINOR, CURRENCIES)


@pytest.mark.thorough
def test_money_doctests_pass():
    assert doctest.testmod(module).failed == 0


# Meta: currencies, https://developers.facebook.com/docs/marketing-api/currencies (docs/meta-rules.md, Currencies)
CURRENCIES_WITHOUT_MINOR_UNITS = ["CLP", "COP", "CRC", "HUF", "IDR", "ISK", "JPY", "KRW", "PYG", "TWD", "VND"]


def test_offset_of_currencies_without_decimals_is_1(subtests):
    for currency in CURRENCIES_WITHOUT_MINOR_UNITS:
        with subtests.test(currency=currency):
            assert offset_of(currency) == 1
            assert Money(f"5000 {currency}").minor == 5000


# Not what ISO 4217 says: these have three digits there.
def test_offset_of_currencies_with_decimals_is_100(subtests):
    for currency in ["BHD", "JOD", "USD", "EUR", "PLN", "SAR"]:
        with subtests.test(currency=currency):
            assert Money(f"50.00 {currency}").minor == 5000


def test_offsets_are_those_of_meta():
    assert set(OFFSETS.values()) == {1, 100}
    assert len(OFFSETS) == 66
    in_sdk = {value for name, value in vars(AdAccount.Currency).items() if not name.startswith("_")}
    assert in_sdk - set(OFFSETS) == {"LKR"}  # in the SDK, not in Meta's table: refused rather than guessed


@pytest.mark.thorough
@given(AMOUNTS)
def test_money_round_trips_exactly(money):
    assert Money(str(money)) == money
    assert eval(repr(money)) == money
    assert Money.from_minor(money.minor, money.currency) == money
    assert Money.from_major(money.amount, money.currency) == money
    assert Money.from_major(f"{money.amount:f}", money.currency) == money
    assert money.amount * money.offset == money.minor
    assert pickle.loads(pickle.dumps(money)) == copy.copy(money) == copy.deepcopy(money) == money
    adapter = TypeAdapter(Money)
    assert adapter.validate_json(adapter.dump_json(money)) == money


@pytest.mark.thorough
@given(MINOR, CURRENCIES)
def test_money_ignores_the_decimal_context(minor, currency):
    with decimal.localcontext(decimal.Context(prec=2)):
        money = Money.from_minor(minor, currency)
        assert Money(str(money)) == money
        assert Money.from_major(money.amount, currency).minor == minor


@pytest.mark.thorough
@given(st.integers(-(2**61), 2**61), st.integers(-(2**61), 2**61), CURRENCIES)
def test_money_arithmetic_is_that_of_minor_units(one, two, currency):
    a, b = Money.from_minor(one, currency), Money.from_minor(two, currency)
    assert (a + b).minor == one + two
    assert (a - b).minor == one - two
    assert (-a).minor == -one
    assert (a < b, a <= b, a > b, a == b) == (one < two, one <= two, one > two, one == two)
    assert bool(a) == bool(one)
    assert (a == b) <= (hash(a) == hash(b))


@pytest.mark.thorough
@given(st.integers(-(10**9), 10**9), st.integers(-(10**6), 10**6), CURRENCIES)
def test_money_times_whole_number_is_exact(minor, factor, currency):
    assert (Money.from_minor(minor, currency) * factor).minor == minor * factor
    assert factor * Money.from_minor(minor, currency) == Money.from_minor(minor, currency) * factor


def test_money_times_decimal_is_exact_or_refused():
    assert Money("50.00 USD") * Decimal("1.2") == Money("60.00 USD")
    with pytest.raises(MoneyError, match="not a whole number of minor units"):
        Money("33.33 USD") * Decimal("1.2")
    with pytest.raises(MoneyError):
        Money("1.00 USD") * Decimal("NaN")
    for bad in (1.2, True, "2", Money("1.00 USD")):
        with pytest.raises(TypeError):
            Money("50.00 USD") * bad


PRINTED = [
    ("50.00 USD", "$50.00 USD"),
    ("50 USD", "$50.00 USD"),
    ("50.5 USD", "$50.50 USD"),
    ("$50.00 USD", "$50.00 USD"),
    ("-$0.05 USD", "-$0.05 USD"),
    ("0 USD", "$0.00 USD"),
    ("5000 JPY", "¥5000 JPY"),
    ("1.50 EUR", "€1.50 EUR"),
    ("1.50 GBP", "£1.50 GBP"),
    ("50.00 PLN", "50.00 PLN"),
    ("50.00 CAD", "50.00 CAD"),
    ("50.00 CNY", "50.00 CNY"),
    ("5000 IDR", "5000 IDR"),
]


def test_money_str_has_sign_amount_and_currency(subtests):
    for text, printed in PRINTED:
        with subtests.test(text=text, printed=printed):
            assert str(Money(text)) == printed


REFUSED = [
    ("50.5 JPY", "JPY has no decimals"),
    ("5000.00 JPY", "JPY has no decimals"),
    ("1.005 USD", "two decimals"),
    ("1.000 USD", "could mean a thousand"),
    ("1,000 USD", "separators are ambiguous"),
    ("1,50 EUR", "separators are ambiguous"),
    ("1 000.00 USD", "separators are ambiguous"),
    ("1_000 USD", "separators are ambiguous"),
    ("USD 50", "the amount comes first"),
    ("50", "the currency is missing"),
    ("50 usd", "capitals"),
    ("50.00 XXX", "unknown currency XXX: Meta supports AED, "),
    ("50.00 LKR", "unknown currency LKR"),
    ("$50.00 CAD", r"\$ is not the sign of CAD"),
    ("¥50 CNY", "is not the sign of CNY"),
    ("NaN USD", "not a number"),
    ("Infinity USD", "not a number"),
    ("1e3 USD", "write it like"),
    ("50.00USD", "write it like"),
    ("50. USD", "write it like"),
    (".50 USD", "write it like"),
    ("+50 USD", "write it like"),
    ("\N{ARABIC-INDIC DIGIT FIVE}0 USD", "write it like"),
    ("50.00 USD\n", "write it like"),
    ("", "empty"),
    ("  ", "empty"),
    ("fifty", "write it like"),
    ("9" * 5000 + " USD", "write it like"),
    ("9" * 19 + ".00 USD", "more than Meta can store"),
    (5000, "must be text, not int"),
    (50.0, "must be text, not float"),
    (None, "must be text"),
    (b"50.00 USD", "must be text"),
]


@pytest.mark.thorough
def test_money_invalid_text_is_refused_with_reason(subtests):
    for value, why in REFUSED:
        with subtests.test(value=value, why=why):
            with pytest.raises(MoneyError, match=why) as caught:
                Money(value)
            assert isinstance(caught.value, ValueError)
            assert len(str(caught.value)) < 400


def test_from_minor_non_int_is_refused(subtests):
    for minor in [True, 50.0, "50.00", Decimal(5000), None, 2**63]:
        with subtests.test(minor=minor), pytest.raises(MoneyError):
            Money.from_minor(minor, "USD")


def test_from_minor_unknown_currency_is_refused(subtests):
    for currency in ["XXX", "usd", "", None, 5, ["USD"]]:
        with subtests.test(currency=currency), pytest.raises(MoneyError, match="unknown currency"):
            Money.from_minor(1, currency)


INEXACT = [
    1.5,
    True,
    None,
    "",
    "1.005",
    "1,5",
    "1e2",
    " 1",
    "NaN",
    Decimal("Infinity"),
    Decimal("1.005"),
    Decimal("1e999999"),
    Decimal("1e-999999"),
]


def test_from_major_inexact_value_is_refused(subtests):
    for major in INEXACT:
        with subtests.test(major=major), pytest.raises(MoneyError):
            Money.from_major(major, "USD")


def test_from_major_exact_value_is_converted():
    # Account spend_cap is written in major units (23.50) and read in minor ones ("2350").
    assert Money.from_major("23.50", "USD").minor == 2350
    assert Money.from_major(Decimal("23.500"), "USD").minor == 2350
    assert Money.from_major(5000, "JPY") == Money("5000 JPY")
    with pytest.raises(MoneyError):
        Money.from_major("50.5", "JPY")


def test_money_different_currencies_cannot_be_combined():
    dollars, yen = Money("50.00 USD"), Money("5000 JPY")
    assert dollars != yen
    assert dollars.minor == yen.minor
    for mixed in (lambda: dollars + yen, lambda: dollars - yen, lambda: dollars < yen, lambda: dollars >= yen):
        with pytest.raises(MoneyError, match=r"USD and JPY|JPY and USD"):
            mixed()
    for wrong in (lambda: dollars + 1, lambda: 1 - dollars, lambda: dollars < 1, lambda: sum([dollars])):
        with pytest.raises(TypeError):
            wrong()
    assert dollars != "50.00 USD"


def test_money_is_immutable():
    money = Money("1.00 USD")
    for act in (lambda: setattr(money, "_minor", 5), lambda: setattr(money, "x", 1), lambda: delattr(money, "_minor")):
        with pytest.raises(AttributeError):
            act()


class Budget(BaseModel):
    daily_budget: Money
    cap: Money | None = None


def test_money_in_pydantic_models_is_validated():
    budget = Budget.model_validate({"daily_budget": "50.00 USD", "cap": Money("5000 JPY")})
    assert budget.daily_budget == Money("50.00 USD")
    assert budget.model_dump() == {"daily_budget": Money("50.00 USD"), "cap": Money("5000 JPY")}
    assert budget.model_dump_json() == '{"daily_budget":"50.00 USD","cap":"5000 JPY"}'
    for bad in ("50", 50, 50.0, "50.00 XXX", None):
        with pytest.raises(ValidationError) as caught:
            Budget(daily_budget=bad)
        assert caught.value.error_count() == 1


@pytest.mark.thorough
@given(AMOUNTS)
def test_money_json_schema_accepts_its_text(money):
    schema = TypeAdapter(Money).json_schema()
    assert (schema["type"], schema["examples"]) == ("string", ["50.00 USD"])
    assert re.search(schema["pattern"], str(money))
    assert re.search(schema["pattern"], money._plain())


@pytest.mark.thorough
def test_money_import_loads_no_heavy_module():
    heavy = ("pydantic", "requests", "facebook_business")
    code = f"import sys, admonster_fb.money; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_whole_numbers_in_digits_are_as_long_as_amounts_are():
    assert whole("9" * 18) == 10**18 - 1
    assert whole("1" + "0" * 19) is None, "more than 64 bits, in which Meta keeps an amount"
    assert [whole(text) for text in ("-5", "5.0", " 5", "٣", "")] == [None] * 5
    assert whole("9" * 19) is None


def test_limits_of_amounts_are_exact():
    most = 2**63 - 1
    for minor in (most, -most):
        assert Money.from_minor(str(minor), "JPY").minor == minor
    for beyond in (most + 1, -most - 1):
        with pytest.raises(MoneyError, match="more than Meta can store"):
            Money.from_minor(beyond, "JPY")
    nothing = Money("0 USD")
    for factor in ("1e40", "1e-40", f"1.{'0' * 59}"):
        assert nothing * Decimal(factor) == nothing
    for factor in ("1e41", "1e-41", f"1.{'0' * 60}"):
        with pytest.raises(MoneyError, match="too large or too fine"):
            nothing * Decimal(factor)


def test_a_long_text_is_shown_in_part():
    for text, shown in (("x" * 40, "x" * 40), ("x" * 41, f"{'x' * 40}…")):
        with pytest.raises(MoneyError) as caught:
            Money(text)
        assert str(caught.value).startswith(f"'{shown}': not an amount")
