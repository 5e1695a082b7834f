"""Significance: values from textbooks and tables, and what must hold of any figures."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from admonster_fb.analysis.significance import chi_square_tail, chi_square_test, has_enough_data, z_test

# Critical values of chi-square: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.4.
TABLE = [
    *((3.841, 1, 0.05), (6.635, 1, 0.01), (10.828, 1, 0.001), (2.706, 1, 0.10)),
    *((5.991, 2, 0.05), (9.210, 2, 0.01), (13.816, 2, 0.001)),
    *((7.815, 3, 0.05), (11.345, 3, 0.01), (9.488, 4, 0.05), (18.467, 4, 0.001)),
    *((18.307, 10, 0.05), (23.209, 10, 0.01)),
]


def test_the_table_of_critical_values(subtests: pytest.Subtests) -> None:
    for chi, freedom, p in TABLE:
        with subtests.test(chi=chi, freedom=freedom, p=p):
            assert chi_square_tail(chi, freedom) == pytest.approx(p, rel=2e-3)


def test_the_salk_vaccine_trial() -> None:
    """Freedman, Pisani, Purves, Statistics, chapters 1 and 27: 57 of 200,745 against 142 of 201,229 polio cases."""
    z, p = z_test((57, 200_745), (142, 201_229))
    assert z == pytest.approx(-6.01, abs=0.01)
    assert p == pytest.approx(1.86e-9, rel=0.02)


def test_aspirin_and_heart_attacks() -> None:
    """Agresti, An Introduction to Categorical Data Analysis, 2.2 and 2.4: 104 of 11,037 against 189 of 11,034."""
    chi, p = chi_square_test([(104, 11_037), (189, 11_034)])
    assert chi == pytest.approx(25.01, abs=0.01)
    assert p < 1e-6
    assert z_test((104, 11_037), (189, 11_034))[0] == pytest.approx(-5.00, abs=0.01)


def test_what_is_nearly_impossible_is_not_impossible() -> None:
    """Φ(-10) = 7.6199e-24: Abramowitz and Stegun, table 26.2."""
    assert z_test((900, 1000), (100, 1000))[1] > 0
    assert chi_square_tail(100, 1) == pytest.approx(2 * 7.61985e-24, rel=1e-5)


def test_a_test_with_nothing_in_it() -> None:
    assert z_test((0, 100), (0, 200)) == (0.0, 1.0)
    assert chi_square_test([(100, 100), (50, 50), (1, 1)]) == (0.0, 1.0)
    assert chi_square_tail(0, 3) == 1.0


FIVE_ARE_TO_BE_EXPECTED_OF_EIT = [
    ([(5, 1000), (5, 1000)], True),
    ([(4, 1000), (5, 1000)], False),
    ([(996, 1000), (996, 1000)], False),
    ([(10, 1000)], False),
    ([(10, 0), (10, 1000)], False),
    ([(11, 10), (5, 1000)], False),
    ([], False),
]


def test_five_are_to_be_expected_of_either(subtests: pytest.Subtests) -> None:
    for cells, holds in FIVE_ARE_TO_BE_EXPECTED_OF_EIT:
        with subtests.test(cells=cells, holds=holds):
            assert has_enough_data(cells) is holds


counts = st.integers(1, 50_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.thorough
@given(one=counts, other=counts)
def test_two_cells_by_either_test_are_the_same(one: tuple[int, int], other: tuple[int, int]) -> None:
    z, p = z_test(one, other)
    chi, q = chi_square_test([one, other])
    assert chi == pytest.approx(z * z, rel=1e-6, abs=1e-6)
    assert q == pytest.approx(p, rel=1e-4, abs=1e-9)


@pytest.mark.thorough
@given(one=counts, other=counts)
def test_which_comes_first_does_not_matter(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert z_test(one, other)[0] == pytest.approx(-z_test(other, one)[0])
    assert z_test(one, other)[1] == pytest.approx(z_test(other, one)[1])


@pytest.mark.thorough
@given(cells=st.lists(counts, min_size=2, max_size=5))
def test_a_p_value_is_a_probability(cells: list[tuple[int, int]]) -> None:
    chi, p = chi_square_test(cells)
    assert chi >= 0
    assert 0 <= p <= 1


@pytest.mark.thorough
@given(x=st.floats(0.01, 500), y=st.floats(0.01, 500), freedom=st.integers(1, 12))
def test_a_greater_chi_square_is_less_likely(x: float, y: float, freedom: int) -> None:
    assume(abs(x - y) > 0.01)
    assert (chi_square_tail(x, freedom) >= chi_square_tail(y, freedom)) == (x < y)
