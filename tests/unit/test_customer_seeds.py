"""The reference data of customers: each cell of the segmentation once, rules complete, words in comparable case."""

import csv
from collections import Counter
from itertools import product
from pathlib import Path

import pytest

SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds"
TIERS = ("strategic", "core", "important", "standard")
POTENTIALS = ("high", "medium", "low")
LOYALTIES = ("loyal", "stable", "at_risk")


def read_seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_36_cells_are_covered_once_by_nine_groups() -> None:
    """No gap, no overlap, and each group of the size that was counted by hand."""
    rows = read_seed("segment_rule")
    cells = [(row["value_tier"], row["potential"], row["loyalty"]) for row in rows]
    assert sorted(cells) == sorted(product(TIERS, POTENTIALS, LOYALTIES))
    sizes = Counter(row["segment_code"] for row in rows)
    assert [sizes[f"G{n}"] for n in range(1, 10)] == [2, 10, 4, 2, 2, 4, 3, 3, 6]


@pytest.mark.parametrize(
    ("cell", "group"),
    [
        (("strategic", "high", "loyal"), "G1"),  # plan 5.2: high value, high potential, high loyalty
        (("core", "high", "stable"), "G2"),
        (("core", "medium", "at_risk"), "G3"),
        (("strategic", "low", "at_risk"), "G4"),  # plan 5.2: analyse why they leave, plan how to keep them
        (("important", "high", "stable"), "G5"),
        (("important", "low", "loyal"), "G6"),
        (("important", "high", "at_risk"), "G7"),
        (("standard", "high", "at_risk"), "G8"),
        (("standard", "medium", "loyal"), "G9"),
    ],
)
def test_each_group_holds_its_cell(cell: tuple[str, str, str], group: str) -> None:
    found = {
        (row["value_tier"], row["potential"], row["loyalty"]): row["segment_code"] for row in read_seed("segment_rule")
    }
    assert found[cell] == group


def test_the_lowest_tier_and_bands_leave_nobody_out() -> None:
    tiers = {row["tier_code"]: row for row in read_seed("value_tier_rule")}
    assert tuple(tiers) == TIERS
    assert tiers["standard"]["low_fen"] == "", "the lowest tier has no bound"
    lowest = {row["dimension"]: row["low_points"] for row in read_seed("segment_band") if row["band_order"] == "1"}
    assert lowest == {"potential": "0", "loyalty": "0"}


def test_every_customer_rule_is_read_and_every_one_that_is_read_is_there() -> None:
    models = SEEDS.parent / "models"
    # The rate of a reward is read as it held on the day of the order, the other rules as they hold today.
    readers = ["intermediate/customers/int_customer_rule.sql", "marts/customers/referral.sql"]
    sql = "".join((models / reader).read_text("utf-8") for reader in readers)
    codes = {row["rule_code"] for row in read_seed("customer_rule")}
    assert codes == {part.split("'")[0] for part in sql.split("rule_code = '")[1:]}


@pytest.mark.parametrize(
    ("seed", "column"),
    [
        ("contract_status_rule", "status"),
        ("payment_status_rule", "status"),
        ("invoice_status_rule", "status"),
        ("social_source", "source_code"),
        ("referral_source", "source_code"),
        ("no_service_reason", "churn_reason"),
        ("potential_word", "word"),
        ("revisit_activity", "activity_type"),
        ("activity_status_rule", "status"),
        ("approval_outcome_rule", "word"),
    ],
)
def test_words_are_unique_and_in_the_case_in_which_they_are_compared(seed: str, column: str) -> None:
    words = [row[column] for row in read_seed(seed)]
    assert words == [word.strip().lower() for word in words]
    assert len(words) == len(set(words))
