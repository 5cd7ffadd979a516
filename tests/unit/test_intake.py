"""Intake: nothing is lost, nothing is doubled, and every refusal is one sentence that says what to do."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest
from intake_company import ACCOUNT, APPROVAL, GOOD, LOAD_DATE, PRODUCT, Company

from ingestion.files.delivered import open_delivered
from ingestion.ledger import find_lost_rows
from ingestion.mapping import FileFormat
from warehouse.errors import DeliveryError

OTHERS_OF = {
    "products.csv": ("accounts.csv", "approvals.csv"),
    "accounts.csv": ("products.csv", "approvals.csv"),
}


def test_good_delivery_is_loaded_typed_and_counted(company: Company) -> None:
    company.deliver(GOOD)
    outcomes = company.take_in()
    assert {o.status for o in outcomes.values()} == {"loaded"}
    assert company.rows("select product_id, list_price::varchar, currency from raw.ref__product order by 1") == [
        ("p1", "10.50", "CNY"),
        ("p2", "20.00", "CNY"),
    ]


def test_event_log_becomes_one_row_a_case_with_instants_in_utc(company: Company) -> None:
    company.deliver(GOOD)
    company.take_in()
    assert company.rows(
        "select instance_id, status_raw, amount::varchar, created_at::varchar, finished_at::varchar "
        "from raw.oa__approval_instance"
    ) == [("k1", "done", "5.01", "2024-05-01 01:00:00+00", "2024-05-02 02:00:00+00")]
    assert company.rows(
        "select rows_read, rows_folded, rows_in, rows_loaded, rows_rounded from ops.delivery where source = 'oa'"
    ) == [(2, 1, 1, 1, 2)]


@pytest.mark.parametrize(
    ("name", "content", "reason", "words"),
    [
        ("products.csv", b"", "empty_file", "0 bytes"),
        ("products.csv", "sku,name,series,price\n", "no_rows", "no rows"),
        ("products.csv", "code,name,series,price\np1,A,A,1\n", "missing_key_column", "product_id"),
        ("products.csv", 'sku,name,series,price\n"p1,A,A,1\np2,B,B,2\n', "unclosed_quote", "never closed"),
        ("products.csv", "sku,sku,name,price\np1,p2,A,1\n", "doubled_header", "headed sku"),
        ("products.csv", "编号,name,series,price\np1,名,A,1\n".encode("utf-16-le"), "wrong_encoding", "UTF-16"),
        ("accounts.csv", gzip.compress(b"id,name\n" * 500)[:-20], "cut_archive", "accounts.csv"),
    ],
    ids=["zero bytes", "header only", "no key column", "lost quote", "doubled header", "wrong encoding", "cut gzip"],
)  # fmt: skip
def test_bad_file_is_refused_whole_and_the_others_load(
    company: Company, name: str, content: str | bytes, reason: str, words: str
) -> None:
    company.deliver({**GOOD, name: content})
    outcomes = company.take_in()
    refused = outcomes[name]
    assert refused.status == "rejected"
    assert refused.message is not None
    assert name in refused.message
    assert words in refused.message
    (recorded,) = company.rows("select reason from ops.delivery where status = 'rejected'")
    assert str(recorded[0]).startswith(f"{reason}: ")
    assert [outcomes[other].status for other in OTHERS_OF[name]] == ["loaded", "loaded"]
    table = "raw.ref__product" if name == "products.csv" else "raw.crm__account"
    assert company.rows(f"select count(*) from {table}") == [(0,)]


def test_unknown_missing_and_ignored_files_are_named(company: Company) -> None:
    company.deliver({"products.csv": GOOD["products.csv"], "extra.csv": "a\n1\n", "notes/readme.txt": "hello"})
    outcomes = company.take_in()
    assert {name: outcome.status for name, outcome in outcomes.items()} == {
        "products.csv": "loaded",
        "accounts.csv": "missing",
        "approvals.csv": "missing",
        "extra.csv": "unknown",
        "notes/readme.txt": "ignored",
    }
    assert "Ask for it" in str(outcomes["accounts.csv"].message)
    assert "ignored" in str(outcomes["extra.csv"].message)


def test_missing_file_that_comes_later_is_no_longer_missing(company: Company) -> None:
    company.deliver({"products.csv": GOOD["products.csv"]})
    company.take_in()
    company.deliver(GOOD)
    outcomes = company.take_in()
    assert outcomes["accounts.csv"].status == "loaded"
    assert company.rows("select count(*) from ops.delivery where status <> 'loaded'") == [(0,)]


def test_unreadable_cells_go_to_quarantine_with_a_code_and_the_rest_loads(company: Company) -> None:
    company.deliver(
        {
            **GOOD,
            "products.csv": "sku,name,series,price\n"
            "p1,Alpha,A,10.50\n"
            ",Nameless,A,1\n"  # key missing
            "p3,Gamma,A,abc\n"  # not a number
            "p4,Delta,A,1.005\n"  # would have to be rounded, and the mapping does not say so
            "p5,Eps,A,n/a\n"  # a null value of this mapping: loads, and lowers completeness
            "p6,Zeta,A,1e3\n",  # exponent: a tool's notation, not an amount
        }
    )
    outcome = company.take_in()["products.csv"]
    assert (outcome.rows_loaded, outcome.rows_quarantined) == (2, 4)
    assert company.rows("select _row_no, reason_codes, status from quarantine.ref__product order by 1") == [
        (2, ["product_id:missing_key"], "open"),
        (3, ["list_price:not_a_number"], "open"),
        (4, ["list_price:not_an_exact_number"], "open"),
        (6, ["list_price:not_an_exact_number"], "open"),
    ]
    assert company.rows("select product_id from raw.ref__product where list_price is null") == [("p5",)]


def test_reordered_and_new_columns_find_their_place(company: Company) -> None:
    company.deliver({**GOOD, "products.csv": "price,colour,编号,series,name\n7,red,p9,S,Nine\n"})
    company.take_in()
    assert company.rows("select product_id, list_price::varchar, _extra::varchar from raw.ref__product") == [
        ("p9", "7.00", '{"colour":"(withheld)"}')
    ]
    (note,) = company.rows("select reason from ops.delivery where entity = 'ref.product'")
    assert "colour" in str(note[0])


def test_absent_optional_column_loads_and_is_named(company: Company) -> None:
    company.deliver({**GOOD, "products.csv": "sku,name,price\np1,A,1\n"})
    assert company.take_in()["products.csv"].status == "loaded"
    (note,) = company.rows("select reason from ops.delivery where entity = 'ref.product'")
    assert note[0] == "not delivered, left empty: series"


def test_header_that_looks_like_sql_stays_a_header(company: Company) -> None:
    hostile = 'sku,name,series,price,"x\'); drop table raw.ref__product; --"\np1,A,A,1,boo\n'
    company.deliver({**GOOD, "products.csv": hostile})
    assert company.take_in()["products.csv"].status == "loaded"
    assert company.rows("select count(*) from raw.ref__product") == [(1,)]


def test_same_bytes_again_change_nothing(company: Company) -> None:
    company.deliver(GOOD)
    company.take_in()
    before = company.rows("select * exclude (_loaded_at) from raw.ref__product order by all")
    deliveries = company.rows("select count(*) from ops.delivery")
    again = company.take_in()
    assert {o.status for o in again.values()} == {"duplicate"}
    assert company.rows("select * exclude (_loaded_at) from raw.ref__product order by all") == before
    assert company.rows("select count(*) from ops.delivery") == deliveries


def test_same_bytes_on_another_day_count_as_delivered_but_load_nothing(company: Company) -> None:
    company.deliver(GOOD)
    company.take_in()
    company.take_in(load_date=date(2024, 5, 7))
    assert company.rows("select count(*) from raw.ref__product") == [(2,)]
    assert company.rows("select count(*) from ops.delivery where status = 'duplicate'") == [(3,)]


def test_correction_is_a_new_batch_beside_the_old_one(company: Company) -> None:
    company.deliver(GOOD)
    company.take_in()
    company.deliver({"products.csv": GOOD["products.csv"].replace("10.50", "11.00")})
    company.take_in()
    prices = company.rows("select list_price::varchar from raw.ref__product where product_id = 'p1' order by _batch_id")
    assert prices == [("10.50",), ("11.00",)]


def test_personal_data_is_a_token_everywhere_in_the_warehouse(company: Company) -> None:
    company.deliver({**GOOD, "accounts.csv": "id,name,phone,staff\na1,Acme,13800001234,many\na2,B, 13800001234 ,1\n"})
    company.take_in()
    (loaded,) = company.rows("select phone from raw.crm__account")
    assert len(str(loaded[0])) == 32
    (held,) = company.rows("select row_text::varchar from quarantine.crm__account")
    assert "(withheld)" in str(held[0])
    for table in ("raw.crm__account", "quarantine.crm__account", "ops.delivery", "ops.column_profile"):
        assert not company.rows(f"select 1 from {table} as t where contains(t::varchar, '13800001234')")


def test_column_profile_counts_filled_cells_of_the_file_as_it_came(company: Company) -> None:
    company.deliver({**GOOD, "products.csv": "sku,name,series,price\np1,,A,1\np2, ,n/a,2\n"})
    company.take_in()
    assert company.rows(
        "select column_name, \"rows\", filled from ops.column_profile where file = 'products.csv' order by 1"
    ) == [("name", 2, 0), ("price", 2, 2), ("series", 2, 1), ("sku", 2, 2)]


def test_cut_off_gzip_is_refused(company: Company, tmp_path: Path) -> None:
    whole = gzip.compress(b"sku,name\n" + b"".join(b"p%d,name %d\n" % (i, i * 7919) for i in range(5000)))
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(whole[: len(whole) // 2])
    with (
        pytest.raises(DeliveryError, match=r"cut\.csv\.gz") as caught,
        open_delivered(company.con, cut, name="cut.csv.gz", file=FileFormat(format="csv"), wanted=frozenset({"sku"})),
    ):
        pass
    assert caught.value.reason == "cut_archive"


def test_file_that_was_refused_and_comes_corrected_is_no_longer_trouble(company: Company) -> None:
    company.deliver({**GOOD, "products.csv": b"", "extra.csv": "a\n1\n"})
    company.take_in()
    company.deliver(GOOD)
    (company.folder / "extracts" / "extra.csv").unlink()
    company.take_in()
    assert company.rows("select distinct status from ops.delivery") == [("loaded",)]


def test_file_that_goes_back_to_what_it_was_is_news(company: Company) -> None:
    for day, price in ((6, "10.50"), (7, "12.00"), (8, "10.50")):
        company.deliver({**GOOD, "products.csv": GOOD["products.csv"].replace("10.50", price)})
        company.take_in(load_date=date(2024, 5, day))
    prices = company.rows("select list_price::varchar from raw.ref__product where product_id = 'p1' order by _batch_id")
    assert prices == [("10.50",), ("12.00",), ("10.50",)]
    company.take_in(load_date=date(2024, 5, 8))
    assert company.rows("select count(*) from raw.ref__product where product_id = 'p1'") == [(3,)]


def test_values_of_columns_that_nobody_mapped_never_reach_the_warehouse(company: Company) -> None:
    company.deliver({**GOOD, "accounts.csv": "id,name,staff,mobile\na1,Acme,many,13911112222\na2,B,1,13911113333\n"})
    company.take_in()
    for table in ("raw.crm__account", "quarantine.crm__account"):
        assert company.rows(f"select count(*) from {table}") == [(1,)]
        assert not company.rows(f"select 1 from {table} as t where contains(t::varchar, '1391111')")


def test_first_line_of_a_file_without_header_is_not_repeated_in_messages(company: Company) -> None:
    company.deliver({**GOOD, "accounts.csv": "a1,Acme,13800001234,12\na2,B,13800005678,1\n"})
    outcome = company.take_in()["accounts.csv"]
    assert outcome.status == "rejected"
    assert not company.rows("select 1 from ops.delivery as t where contains(t::varchar, '13800001234')")
    assert "13800001234" not in str(outcome.message)


def test_file_of_which_no_row_can_be_read_is_refused_and_loads_once_the_mapping_is_mended(company: Company) -> None:
    company.deliver({**GOOD, "products.csv": "sku,name,series,price\np1,A,A,abc\np2,B,B,def\n"})
    outcome = company.take_in()["products.csv"]
    assert outcome.status == "rejected"
    assert "none of its 2 rows" in str(outcome.message)
    assert company.rows("select count(*) from quarantine.ref__product") == [(0,)]
    columns = {**PRODUCT.outputs[0].columns}
    del columns["list_price"]
    output = PRODUCT.outputs[0].model_copy(update={"columns": columns})
    mended = PRODUCT.model_copy(update={"outputs": (output,)})
    assert company.take_in(mappings=(mended, ACCOUNT, APPROVAL))["products.csv"].rows_loaded == 2


def test_day_to_which_a_source_reaches_waits_for_the_whole_delivery(company: Company) -> None:
    company.deliver(GOOD)
    company.take_in()
    (company.folder / "extracts" / "accounts.csv").unlink()
    company.take_in(load_date=date(2024, 5, 20))
    assert company.rows("select data_through::varchar from ops.source where source = 'crm'") == [("2024-05-05",)]
    company.deliver({"accounts.csv": GOOD["accounts.csv"]})
    company.take_in(load_date=date(2024, 5, 20))
    assert company.rows("select data_through::varchar from ops.source where source = 'crm'") == [("2024-05-19",)]


def test_rows_that_vanish_after_loading_are_noticed(company: Company) -> None:
    company.deliver({**GOOD, "products.csv": GOOD["products.csv"] + "p3,C,A,abc\n"})
    company.take_in()
    assert find_lost_rows(company.con, LOAD_DATE) == []
    company.con.execute("delete from raw.ref__product where product_id = 'p1'")
    (lost,) = find_lost_rows(company.con, LOAD_DATE)
    assert "products-csv" in lost
