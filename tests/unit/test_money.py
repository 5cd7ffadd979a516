"""Money in fen: rounding at every boundary, and shares that add up to the whole (plan 4.12)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import duckdb
import pytest
from dbt_sql import render
from hypothesis import given, settings
from hypothesis import strategies as st

HUGE = 9_000_000_000_000_000  # ninety trillion yuan in fen


def compute(call: str) -> object:
    row = duckdb.execute("select " + render(f"{{{{ {call} }}}}")).fetchone()
    assert row is not None
    return row[0]


def share(whole: int, weights: list[int]) -> list[int | None]:
    """Shares of a whole, in the declared order of the weights."""
    with duckdb.connect() as con:
        con.execute("create table lines as select ?::bigint as whole, unnest(?::bigint[]) as weight", [whole, weights])
        con.execute("alter table lines add column n integer")
        con.execute("update lines set n = rowid")
        query = render("{{ with_shares('lines', 'whole', 'weight', ['whole'], ['n']) }}")
        return [fen for (fen,) in con.execute(f"select share_fen from ({query}) order by n").fetchall()]


@pytest.mark.parametrize(
    ("yuan", "fen"),
    [
        ("0.125", 13),  # half a fen goes away from zero
        ("-0.125", -13),  # so that a refund cancels its sale
        ("0.1249", 12),
        ("0.005", 1),
        ("0.0049", 0),
        ("1234567890123.45", 123456789012345),
        ("0", 0),
    ],
)
def test_yuan_become_fen_half_up(yuan: str, fen: int) -> None:
    assert compute(f"to_fen('{yuan}::decimal(18, 4)')") == fen


def test_an_amount_that_is_not_given_stays_missing() -> None:
    assert compute("to_fen('null::decimal(18, 4)')") is None


@pytest.mark.parametrize(
    ("quantity", "price", "line", "fen"),
    [
        ("3", "0.335", "null", 101),  # 1.005 is rounded once, after the product
        ("3", "0.335", "1.00", 100),  # the delivered amount of the line wins
        ("-3", "0.335", "null", -101),
        ("0", "9.99", "null", 0),
        ("null", "9.99", "null", 0),  # neither amount nor quantity: nothing was charged
        ("2", "9.99", "0.00", 0),  # a gift is no missing amount
    ],
)
def test_a_line_is_its_amount_or_quantity_times_price(quantity: str, price: str, line: str, fen: int) -> None:
    columns = [f"'{value}::decimal(18, 4)'" for value in (quantity, price, line)]
    assert compute(f"line_fen({', '.join(columns)})") == fen


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [
        (1, 2, 1), (-1, 2, -1), (1, -2, -1), (-1, -2, 1), (49, 100, 0), (50, 100, 1), (149, 100, 1), (2, 3, 1),
        (0, 5, 0), (5, 0, None), (0, 0, None), (HUGE, 7, 1_285_714_285_714_286),
    ],
)  # fmt: skip
def test_division_rounds_a_half_away_from_zero(numerator: int, denominator: int, rounded: int | None) -> None:
    assert compute(f"divide_half_up('({numerator})', '({denominator})')") == rounded


@given(numerator=st.integers(-HUGE, HUGE), denominator=st.integers(-HUGE, HUGE).filter(bool))
def test_division_agrees_with_exact_decimals(numerator: int, denominator: int) -> None:
    quotient = (Decimal(numerator) / Decimal(denominator)).quantize(Decimal(1), ROUND_HALF_UP)
    assert compute(f"divide_half_up('({numerator})', '({denominator})')") == int(quotient)


@pytest.mark.parametrize(
    ("whole", "weights", "shares"),
    [
        (10001, [1, 1, 1], [3334, 3334, 3333]),  # 100.01 into thirds: ties in the declared order
        (-10001, [1, 1, 1], [-3334, -3334, -3333]),
        (100, [3333, 3333, 3334], [33, 33, 34]),  # the largest remainder first, wherever it stands
        (1, [5000, 5000], [1, 0]),
        (0, [1, 1], [0, 0]),
        (100, [10000, 0], [100, 0]),
        (100, [0, 0], [None, None]),  # nobody to share with
        (HUGE, [1, 2], [HUGE // 3, HUGE // 3 * 2]),
    ],
)
def test_shares_by_largest_remainder(whole: int, weights: list[int], shares: list[int | None]) -> None:
    assert share(whole, weights) == shares


@settings(max_examples=60, deadline=None)
@given(whole=st.integers(-HUGE, HUGE), weights=st.lists(st.integers(0, 10_000), min_size=1, max_size=8).filter(any))
def test_shares_add_up_to_the_whole_and_none_is_a_fen_off(whole: int, weights: list[int]) -> None:
    shares = share(whole, weights)
    assert sum(fen or 0 for fen in shares) == whole
    for fen, weight in zip(shares, weights, strict=True):
        exact = Decimal(whole) * weight / sum(weights)
        assert fen is not None
        assert abs(fen - exact) < 1
