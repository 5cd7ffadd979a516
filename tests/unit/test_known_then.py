"""The raw tables as they were on an earlier day: late files, corrections and deletions of later days are left out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_company import Company, open_company

from ingestion.contract import load_contracts
from ingestion.known_then import restore_known_then

HEAD = "product_id,product_name,list_price\n"
STATE = "select product_id, product_name, _op, _load_date::varchar from {}raw.ref__product order by all"


def _load(company: Company, day: int, *products: str, delivery: str = "d1") -> None:
    content = HEAD + "".join(f"{product[0]},{product},1\n" for product in products)
    company.land("ref.product", {"p.csv": content}, load_date=date(2024, 5, day), delivery=delivery)
    company.take_in_landed(load_date=date(2024, 5, day))


def _then(company: Company, day: int) -> list[tuple[object, ...]]:
    """What the product table held when that day was loaded, read from the restored warehouse."""
    company.con.execute("checkpoint")
    target = company.folder / f"then-{day}" / "warehouse.duckdb"
    # The live file is open here; a copy of it is what a closed one would be.
    copy = company.folder / "copy.duckdb"
    copy.write_bytes((company.folder / "warehouse.duckdb").read_bytes())
    restore_known_then(copy, target, load_contracts(), load_date=date(2024, 5, day))
    with duckdb.connect(str(target), read_only=True) as con:
        return con.execute(STATE.format("")).fetchall()


def test_correction_deletion_and_late_list_show_from_the_day_on_which_they_came(company: Company) -> None:
    _load(company, 1, "a", "b")
    before = company.rows(STATE.format(""))
    _load(company, 3, "a2", "c")
    on_third = company.rows(STATE.format(""))
    # A list of the second comes late: it belongs to no day before the third was known.
    _load(company, 2, "a1", "b", "d", delivery="late")
    assert _then(company, 1) == before
    assert _then(company, 2) == before
    assert set(on_third) < set(_then(company, 3))
    assert _then(company, 3) == company.rows(STATE.format(""))


def test_data_reaches_no_further_than_it_did(company: Company) -> None:
    _load(company, 1, "a")
    _load(company, 3, "a2")
    _then(company, 1)
    with duckdb.connect(str(company.folder / "then-1" / "warehouse.duckdb"), read_only=True) as con:
        assert con.execute("select data_through::varchar from ops.source").fetchall() == [("2024-04-30",)]
        assert con.execute("select as_of::varchar, load_date::varchar from ops.run_context").fetchall() == [
            ("2024-04-30", "2024-05-01")
        ]
        assert con.execute("select count(*) from ops.delivery").fetchall() == [(1,)]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=st.lists(
        st.lists(st.sampled_from(["a", "a2", "b", "b2", "c", "d"]), min_size=1, max_size=4, unique_by=lambda p: p[0]),
        min_size=2,
        max_size=5,
    )
)
def test_every_past_day_is_what_it_was(days: list[list[str]], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Rows that change, vanish and come back, day after day: each day restored is what the table held on it."""
    folder: Path = tmp_path_factory.mktemp("then")
    with open_company(folder) as company:
        held = []
        for number, products in enumerate(days, start=1):
            _load(company, number, *products)
            held.append(company.rows(STATE.format("")))
        for number, state in enumerate(held, start=1):
            assert _then(company, number) == state
