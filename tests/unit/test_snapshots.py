"""Full lists: what is no longer in them is marked as deleted, but never because of a list that is too short."""

from __future__ import annotations

from datetime import date

from intake_company import EXTRACT_SET, Company

from ingestion.extract_set import ExtractFile

HEAD = "product_id,product_name,list_price\n"
STATE = """select product_id, _op from raw.ref__product
    qualify row_number() over (partition by product_id order by _load_date desc, _batch_id desc, _row_no desc) = 1
    order by 1"""


def _list(*keys: str) -> str:
    return HEAD + "".join(f"{key},Name of {key},1\n" for key in keys)


def _day(company: Company, day: int, content: str, *, accept_shrinking: bool = False) -> list[str]:
    load_date = date(2024, 5, day)
    company.land("ref.product", {"part-0001.csv": content}, load_date=load_date)
    outcomes = company.take_in_landed(load_date=load_date, accept_shrinking=accept_shrinking)
    return sorted(outcome.status for outcome in outcomes.values())


def test_missing_key_is_marked_as_deleted_once_and_comes_back(company: Company) -> None:
    _day(company, 1, _list("a", "b", "c"))
    assert _day(company, 2, _list("a", "b")) == ["loaded"]
    assert company.rows(STATE) == [("a", "U"), ("b", "U"), ("c", "D")]
    # The tombstone keeps what was last known of the row.
    assert company.rows("select product_name from raw.ref__product where _op = 'D'") == [("Name of c",)]
    assert _day(company, 2, _list("a", "b")) == ["duplicate"]
    assert company.rows("select count(*) from raw.ref__product where _op = 'D'") == [(1,)]
    # The very bytes of the first day again: c is back, although its content is known.
    assert _day(company, 3, _list("a", "b", "c")) == ["loaded"]
    assert company.rows(STATE) == [("a", "U"), ("b", "U"), ("c", "U")]
    assert company.rows("select load_date::varchar, keys_deleted from ops.snapshot where keys_deleted > 0") == [
        ("2024-05-02", 1)
    ]


def test_identical_list_is_evidence_that_nothing_was_deleted(company: Company) -> None:
    _day(company, 1, _list("a", "b"))
    assert _day(company, 2, _list("a", "b")) == ["duplicate"]
    assert company.rows(
        "select load_date::varchar, keys_known, keys_now, keys_deleted from ops.snapshot order by 1"
    ) == [("2024-05-01", 2, 2, 0), ("2024-05-02", 2, 2, 0)]
    assert company.rows("select data_through::varchar from ops.source") == [("2024-05-01",)]


def test_list_that_shrinks_past_the_gate_deletes_nothing_until_somebody_says_so(company: Company) -> None:
    _day(company, 1, _list("a", "b", "c", "d"))
    # Exactly the half may go, by the contract's default; one more may not.
    assert _day(company, 2, _list("a")) == ["held_back", "loaded"]
    assert [op for _, op in company.rows(STATE)] == ["U", "U", "U", "U"]
    (decision,) = company.rows("select decision from ops.snapshot where load_date = '2024-05-02'")
    assert "3 of 4 keys are missing" in str(decision[0])
    assert _day(company, 2, _list("a"), accept_shrinking=True) == ["duplicate"]
    assert [op for _, op in company.rows(STATE)] == ["U", "D", "D", "D"]


def test_half_of_the_keys_may_go(company: Company) -> None:
    _day(company, 1, _list("a", "b", "c", "d"))
    assert _day(company, 2, _list("a", "b")) == ["loaded"]
    assert [op for _, op in company.rows(STATE)] == ["U", "U", "D", "D"]


def test_row_in_quarantine_is_not_a_deleted_row(company: Company) -> None:
    _day(company, 1, _list("a", "b", "c"))
    _day(company, 2, HEAD + "a,A,1\nb,B,not a price\n")
    assert company.rows(STATE) == [("a", "U"), ("b", "U"), ("c", "D")]


def test_row_without_readable_key_holds_back_all_deletions(company: Company) -> None:
    _day(company, 1, _list("a", "b", "c"))
    assert _day(company, 2, HEAD + "a,A,1\n,B,1\n") == ["held_back", "loaded"]
    assert [op for _, op in company.rows(STATE)] == ["U", "U", "U"]


def test_list_that_comes_late_deletes_nothing(company: Company) -> None:
    _day(company, 3, _list("a", "b", "c"))
    assert _day(company, 2, _list("a", "b")) == ["held_back", "loaded"]
    assert [op for _, op in company.rows(STATE)] == ["U", "U", "U"]


def test_load_date_that_is_taken_in_again_keeps_what_was_decided_on_its_day(company: Company) -> None:
    _day(company, 1, _list("a", "b", "c"))
    _day(company, 2, _list("a", "b", "d"))
    _day(company, 3, _list("b", "d"))
    before = company.rows("select * from ops.snapshot order by load_date, decision")
    for day, content in ((1, _list("a", "b", "c")), (2, _list("a", "b", "d")), (3, _list("b", "d"))):
        assert _day(company, day, content) == ["duplicate"]
    assert company.rows("select * from ops.snapshot order by load_date, decision") == before
    assert company.rows(STATE) == [("a", "D"), ("b", "U"), ("c", "D"), ("d", "U")]


def test_list_of_which_a_delivery_may_still_come_deletes_nothing(company: Company) -> None:
    north, south = _list("a", "b"), _list("c")
    for day, files in ((1, {"n": north, "s": south}), (2, {"n": north})):
        for delivery, content in files.items():
            company.land("ref.product", {"part-0001.csv": content}, load_date=date(2024, 5, day), delivery=delivery)
    late = company.folder / "arrivals" / "ref" / "ref.product" / "dt=2024-05-02" / "s"
    late.mkdir()
    company.take_in_landed(load_date=date(2024, 5, 1))
    outcomes = company.take_in_landed(load_date=date(2024, 5, 2))
    assert "incomplete" in {outcome.status for outcome in outcomes.values()}
    assert company.rows(STATE) == [("a", "U"), ("b", "U"), ("c", "U")]


def test_list_in_two_parts_is_one_list(company: Company) -> None:
    load_date = date(2024, 5, 1)
    parts: dict[str, str | bytes] = {"part-0001.csv": _list("a", "b"), "part-0002.csv": _list("c", "d")}
    company.land("ref.product", parts, load_date=load_date)
    company.take_in_landed(load_date=load_date)
    assert [op for _, op in company.rows(STATE)] == ["U", "U", "U", "U"]
    # One part of the next list is refused: the rest of it says nothing about what is gone.
    parts = {"part-0001.csv": _list("a"), "part-0002.csv": b""}
    company.land("ref.product", parts, load_date=date(2024, 5, 2))
    company.take_in_landed(load_date=date(2024, 5, 2))
    assert [op for _, op in company.rows(STATE)] == ["U", "U", "U", "U"]


def test_systems_do_not_delete_each_others_rows(company: Company) -> None:
    _day(company, 1, _list("a", "b"))
    company.land(
        "ref.product", {"part-0001.csv": _list("x")}, load_date=date(2024, 5, 2), manifest={"source_system": "other"}
    )
    company.take_in_landed(load_date=date(2024, 5, 2))
    assert company.rows("select count(*) from raw.ref__product where _op = 'D'") == [(0,)]


def test_row_of_a_late_list_that_no_newer_list_has_is_deleted_as_of_that_list(company: Company) -> None:
    _day(company, 1, _list("a"))
    _day(company, 3, _list("a", "b"))
    _day(company, 5, _list("a", "b"))
    assert _day(company, 2, _list("a", "c")) == ["held_back", "loaded"]
    assert company.rows(STATE) == [("a", "U"), ("b", "U"), ("c", "D")]
    tombstone = "select product_id, _load_date::varchar from raw.ref__product where _op = 'D'"
    assert company.rows(tombstone) == [("c", "2024-05-03")]
    # Taken in again, and the next list: it is deleted once.
    assert _day(company, 2, _list("a", "c")) == ["duplicate", "held_back"]
    assert _day(company, 6, _list("a", "b", "d")) == ["loaded"]
    assert company.rows(tombstone) == [("c", "2024-05-03")]
    assert company.rows("select decision from ops.snapshot where keys_deleted > 0") == [
        ("came late, marked as deleted",)
    ]


def test_late_list_keeps_what_the_newer_list_confirms_without_a_row_of_its_own(company: Company) -> None:
    _day(company, 1, _list("a", "b"))
    # The newer list is a duplicate of the first one: its keys are those of that content.
    assert _day(company, 3, _list("a", "b")) == ["duplicate"]
    _day(company, 2, _list("a", "b", "c"))
    assert company.rows(STATE) == [("a", "U"), ("b", "U"), ("c", "D")]


def test_row_of_a_late_list_stays_while_the_newer_list_holds_it_in_quarantine(company: Company) -> None:
    _day(company, 3, HEAD + "a,A,1\nc,C,not a price\n")
    _day(company, 2, _list("a", "c"))
    assert company.rows(STATE) == [("a", "U"), ("c", "U")]


def test_file_that_need_not_come_deletes_nothing_by_its_absence(company: Company) -> None:
    extract_set = EXTRACT_SET.model_copy(
        update={
            "files": tuple(
                ExtractFile(path=path, mapping="product", source="crm", required=path == "main.csv")
                for path in ("main.csv", "extra.csv")
            )
        }
    )

    def take_in(day: int, **files: str) -> None:
        for old in (company.folder / "extracts").glob("*.csv"):
            old.unlink()
        company.deliver({f"{name}.csv": "sku,name,series,price\n" + rows for name, rows in files.items()})
        company.take_in(load_date=date(2024, 5, day), extract_set=extract_set)

    take_in(1, main="a,A,S,1\nb,B,S,1\n", extra="x,X,S,1\ny,Y,S,1\n")
    take_in(2, main="a,A,S,2\n")
    assert company.rows(STATE) == [("a", "U"), ("b", "D"), ("x", "U"), ("y", "U")]
    # It comes again, and then its absent rows are deleted.
    take_in(3, main="a,A,S,2\n", extra="x,X,S,3\n")
    assert company.rows(STATE) == [("a", "U"), ("b", "D"), ("x", "U"), ("y", "D")]
