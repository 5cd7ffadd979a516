"""The raw tables as they were on an earlier day: late files, corrections and deletions of later days are left out."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_company import APPROVAL, EXTRACT_SET, Company, open_company

from ingestion.contract import load_contracts
from ingestion.known_then import restore_known_then
from ingestion.mapping import Mapping
from ingestion.replay import Workshop, find_replayable, replay_delivery

HEAD = "product_id,product_name,list_price\n"
STATE = "select product_id, product_name, _op, _load_date::varchar from {}raw.ref__product order by all"


def _load(company: Company, day: int, *products: str, delivery: str = "d1") -> None:
    content = HEAD + "".join(f"{product[0]},{product},1\n" for product in products)
    company.land("ref.product", {"p.csv": content}, load_date=date(2024, 5, day), delivery=delivery)
    company.take_in_landed(load_date=date(2024, 5, day))


def _then(company: Company, day: int, state: str = STATE) -> list[tuple[object, ...]]:
    """What a table held when that day was loaded, by default that of products, read from the restored warehouse."""
    company.con.execute("checkpoint")
    target = company.folder / f"then-{day}" / "warehouse.duckdb"
    # The live file is open here; a copy of it is what a closed one would be.
    copy = company.folder / "copy.duckdb"
    copy.write_bytes((company.folder / "warehouse.duckdb").read_bytes())
    restore_known_then(copy, target, load_contracts(), load_date=date(2024, 5, day))
    with duckdb.connect(str(target), read_only=True) as con:
        return con.execute(state.format("")).fetchall()


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


STEPS = "case,step,amount,at\n"
CASES = """select instance_id, amount::varchar, created_at::varchar, _load_date::varchar
    from raw.oa__approval_instance
    qualify row_number() over (
        partition by instance_id order by _load_date desc, _batch_id desc, _row_no desc, _load_seq desc
    ) = 1 order by all"""


def _log(company: Company, day: int, *steps: str) -> None:
    company.deliver({"approvals.csv": STEPS + "".join(f"{step}\n" for step in steps)})
    files = [file for file in EXTRACT_SET.files if file.mapping == "approval"]
    company.take_in(
        load_date=date(2024, 5, day),
        mappings=(APPROVAL,),
        extract_set=EXTRACT_SET.model_copy(update={"files": tuple(files)}),
    )


def _replay_with(company: Company, amounts: dict[str, str]) -> None:
    """Replay all that waits, with words for amounts."""
    said = APPROVAL.model_dump(by_alias=True)
    said["outputs"][0]["columns"]["amount"]["values"] = amounts
    workshop = Workshop(
        {"approval": Mapping.model_validate(said)},
        load_contracts(),
        company.folder / "landing",
        datetime(2024, 5, 8, tzinfo=UTC),
    )
    for delivery_id in find_replayable(company.con, load_contracts(), entity=None, batch_id=None):
        replay_delivery(company.con, workshop, delivery_id)


def test_cases_of_a_past_day_are_there_as_they_were_after_one_of_them_is_folded_anew(company: Company) -> None:
    _log(
        company,
        1,
        "k1,submit,x,2024-05-01 09:00:00",
        "k1,done,5,2024-05-02 10:00:00",
        "k2,submit,6,2024-05-01 09:00:00",
    )
    before = company.rows(CASES)
    assert before == [
        ("k1", "5.00", "2024-05-02 02:00:00+00", "2024-05-01"),
        ("k2", "6.00", "2024-05-01 01:00:00+00", "2024-05-01"),
    ]
    _log(company, 2, "k9,submit,9,2024-05-02 09:00:00")
    on_second = company.rows(CASES)
    _replay_with(company, {"x": "7"})
    assert _then(company, 1, CASES) == before
    # The replay came after the second was loaded, and before anything later: it shows on that day.
    assert on_second[1:] == [*before[1:], ("k9", "9.00", "2024-05-02 01:00:00+00", "2024-05-02")]
    assert _then(company, 2, CASES) == [("k1", "7.00", "2024-05-01 01:00:00+00", "2024-05-01"), *on_second[1:]]
    _log(company, 3, "k2,done,6,2024-05-03 09:00:00")
    assert _then(company, 1, CASES) == before
    assert len(_then(company, 3, CASES)) == 3


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


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=st.lists(
        st.tuples(
            st.lists(
                st.tuples(st.sampled_from("kl"), st.sampled_from(["1", "2", "x", "y"]), st.integers(1, 9)),
                min_size=1,
                max_size=4,
            ),
            st.sampled_from([{}, {"x": "7"}, {"x": "7", "y": "8"}]),
        ),
        min_size=2,
        max_size=4,
    )
)
def test_every_past_day_has_the_cases_that_it_had(
    days: list[tuple[list[tuple[str, str, int]], dict[str, str]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Logs with rows that wait, of which some are replayed each day: each day restored is what it was at its end."""
    with open_company(tmp_path_factory.mktemp("cases")) as company:
        held = []
        for number, (steps, amounts) in enumerate(days, start=1):
            good = f"g{number},submit,1,2024-05-01 09:00:00"
            lines = [f"{case},s{hour},{amount},2024-05-0{number} 0{hour}:00:00" for case, amount, hour in steps]
            _log(company, number, *lines, good)
            _replay_with(company, amounts)
            held.append(company.rows(CASES))
        for number, state in enumerate(held, start=1):
            assert _then(company, number, CASES) == state
