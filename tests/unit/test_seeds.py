"""Seeds are tables: every row has the columns of the header, every rule a pattern that compiles."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.csv")), ids=lambda path: path.stem)
def test_every_row_has_the_columns_of_the_header(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    # A company without days of its own leaves company_day empty.
    assert rows or path.stem in ("company_day", "bridge_date")
    assert [row for row in rows if len(row) != len(header)] == []


def test_every_meeting_rule_compiles() -> None:
    with (SEEDS / "meeting_mode_rule.csv").open(encoding="utf-8", newline="") as file:
        rules = list(csv.DictReader(file))
    for rule in rules:
        assert duckdb.execute("select regexp_matches('a place', ?)", [rule["pattern"]]).fetchone() is not None
