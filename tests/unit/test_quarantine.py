"""Quarantine: a mended mapping brings rows back once, a waiver keeps them on record, and the counts always agree."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from intake_company import ACCOUNT, APPROVAL, GOOD, LOAD_DATE, PRODUCT, Company

from ingestion.contract import load_contracts
from ingestion.ledger import find_lost_rows
from ingestion.mapping import Mapping
from ingestion.quarantine import Selection, list_groups, list_refused_files, show_rows, waive_rows
from ingestion.replay import ReplayOutcome, Workshop, find_replayable, replay_delivery
from warehouse.errors import ConfigError

NOW = datetime(2024, 5, 8, tzinfo=UTC)
BAD_PRICES = "sku,name,series,price\np1,Alpha,A,10.50\np2,Beta,B,1.005\np3,Gamma,A,20\np4,Delta,A,abc\n"


def _replay(company: Company, *mended: Mapping) -> list[ReplayOutcome]:
    known = {mapping.mapping: mapping for mapping in (PRODUCT, ACCOUNT, APPROVAL)}
    known |= {mapping.mapping: mapping for mapping in mended}
    workshop = Workshop(known, load_contracts(), company.folder / "landing", NOW)
    chosen = find_replayable(company.con, workshop.contracts, entity=None, batch_id=None)
    return [replay_delivery(company.con, workshop, delivery_id) for delivery_id in chosen]


def _rounding() -> Mapping:
    output = PRODUCT.outputs[0]
    price = output.columns["list_price"].model_copy(update={"round": "half_up"})
    return PRODUCT.model_copy(
        update={"outputs": (output.model_copy(update={"columns": {**output.columns, "list_price": price}}),)}
    )


def _counts(company: Company, file: str) -> tuple[object, ...]:
    (row,) = company.rows(
        f"""select rows_read, rows_filtered, rows_in, rows_loaded, rows_quarantined from ops.delivery
        where file = '{file}' and status = 'loaded' order by batch_id limit 1"""
    )
    return row


def test_rows_come_back_after_the_mapping_is_mended_and_only_once(company: Company) -> None:
    company.deliver({**GOOD, "products.csv": BAD_PRICES})
    company.take_in()
    assert _counts(company, "products.csv") == (4, 0, 4, 2, 2)
    (outcome,) = _replay(company, _rounding())
    assert (outcome.rows_loaded, outcome.rows_left) == (1, 1)
    assert _counts(company, "products.csv") == (4, 0, 4, 3, 1)
    assert company.rows("select product_id, list_price::varchar, _row_no from raw.ref__product order by _row_no") == [
        ("p1", "10.50", 1),
        ("p2", "1.01", 2),
        ("p3", "20.00", 3),
    ]
    assert company.rows("select _row_no, status from quarantine.ref__product order by 1") == [
        (2, "replayed"),
        (4, "open"),
    ]
    again = _replay(company, _rounding())
    assert [(o.rows_loaded, o.rows_left) for o in again] == [(0, 1)]
    assert company.rows("select count(*) from raw.ref__product") == [(3,)]
    assert find_lost_rows(company.con, LOAD_DATE) == []
    assert company.rows('select action, "rows" from ops.quarantine_decision') == [("replayed", 1)]


def test_replayed_row_does_not_overtake_a_correction_that_came_after_it(company: Company) -> None:
    company.deliver({**GOOD, "products.csv": BAD_PRICES})
    company.take_in()
    company.deliver({"products.csv": BAD_PRICES.replace("1.005", "9").replace("abc", "7")})
    company.take_in(load_date=date(2024, 5, 7))
    _replay(company, _rounding())
    newest = company.rows(
        """select list_price::varchar from raw.ref__product where product_id = 'p2'
        qualify row_number() over (order by _load_date desc, _batch_id desc, _row_no desc) = 1"""
    )
    assert newest == [("9.00",)]
    # Incremental models find the replayed row although its batch is an old one.
    assert company.rows(
        "select arg_max(list_price, _load_seq)::varchar from raw.ref__product where product_id = 'p2'"
    ) == [("1.01",)]


def test_case_is_folded_anew_when_its_first_step_comes_back(company: Company) -> None:
    log = (
        "case,step,amount,at\n"
        "k1,submit,5,2024.05.01T09h00\n"
        "k1,done,5,2024-05-02 10:00:00\n"
        "k2,submit,7,2024-05-02 11:00:00\n"
    )
    company.deliver({**GOOD, "approvals.csv": log})
    company.take_in()
    cases = "select instance_id, created_at::varchar from raw.oa__approval_instance order by _load_seq, 1"
    as_loaded = [("k1", "2024-05-02 02:00:00+00"), ("k2", "2024-05-02 03:00:00+00")]
    assert company.rows(cases) == as_loaded
    output = APPROVAL.outputs[0]
    columns = {
        name: source.model_copy(update={"formats": ("%Y-%m-%d %H:%M:%S", "%Y.%m.%dT%Hh%M")})
        if name.endswith("_at")
        else source
        for name, source in output.columns.items()
    }
    mended = APPROVAL.model_copy(update={"outputs": (output.model_copy(update={"columns": columns}),)})
    (outcome,) = _replay(company, mended)
    assert (outcome.rows_loaded, outcome.rows_left) == (1, 0)
    # Raw only grows: a further version of the case that has changed, nothing of the other.
    assert company.rows(cases) == [*as_loaded, ("k1", "2024-05-01 01:00:00+00")]
    assert company.rows(
        "select rows_read, rows_folded, rows_loaded, rows_quarantined from ops.delivery where source = 'oa'"
    ) == [(3, 1, 2, 0)]
    assert find_lost_rows(company.con, LOAD_DATE) == []


def test_refused_file_loads_whole_after_the_mapping_is_mended(company: Company) -> None:
    company.deliver({**GOOD, "products.csv": "sku,name,series,price\np1,A,A,1.005\np2,B,B,2.005\n"})
    assert company.take_in()["products.csv"].status == "rejected"
    (refused,) = list_refused_files(company.con)
    assert refused.file == "products.csv"
    (outcome,) = _replay(company, _rounding())
    assert (outcome.rows_loaded, outcome.rows_left) == (2, 0)
    assert list_refused_files(company.con) == []
    company.deliver(GOOD)
    assert find_lost_rows(company.con, LOAD_DATE) == []


def test_replay_is_refused_where_rows_could_not_be_found_again(company: Company) -> None:
    company.deliver({**GOOD, "products.csv": BAD_PRICES})
    company.take_in()
    moved = _rounding().model_copy(update={"file": PRODUCT.file.model_copy(update={"header_row": 2})})
    (outcome,) = _replay(company, moved)
    assert outcome.rows_loaded == 0
    assert outcome.message is not None
    assert _counts(company, "products.csv") == (4, 0, 4, 2, 2)


def test_replay_needs_the_very_bytes_that_were_landed(company: Company) -> None:
    company.deliver({**GOOD, "products.csv": BAD_PRICES})
    company.take_in()
    (path,) = (company.folder / "landing").rglob("products.csv")
    path.write_text(BAD_PRICES.replace("1.005", "3"))
    (outcome,) = _replay(company, _rounding())
    assert "Restore it" in str(outcome.message)
    path.unlink()
    (outcome,) = _replay(company, _rounding())
    assert "no longer in landing" in str(outcome.message)
    assert _counts(company, "products.csv") == (4, 0, 4, 2, 2)


SPLIT = Mapping.model_validate(
    {
        "mapping": "product",
        "version": 1,
        "description": "Two kinds of rows in one file.",
        "file": {"format": "csv"},
        "outputs": [
            {
                "name": "product",
                "entity": "ref.product",
                "filter": {"column": "kind", "equals": "product"},
                "columns": {"product_id": {"from": "id"}, "product_name": {"from": "name"}},
            },
            {
                "name": "user",
                "entity": "crm.user",
                "filter": {"column": "kind", "equals": "user"},
                "columns": {"user_id": {"from": "id"}, "display_name": {"from": "name"}},
            },
        ],
    }
)


def test_row_that_no_output_takes_waits_and_is_loaded_or_left_out_once_a_filter_says_so(company: Company) -> None:
    company.deliver({**GOOD, "products.csv": "kind,id,name\nproduct,p1,A\nuser,u1,U\nUSER,u2,V\nnote,n1,N\n"})
    company.take_in(mappings=(SPLIT, ACCOUNT, APPROVAL))
    assert company.rows("select _row_no, reason_codes from quarantine.ref__product order by 1") == [
        (3, ["no_output_takes_it"]),
        (4, ["no_output_takes_it"]),
    ]
    assert _counts(company, "products.csv") == (4, 1, 3, 1, 2)
    users = SPLIT.outputs[1].model_copy(
        update={"filter": SPLIT.outputs[1].filter.model_validate({"column": "kind", "in": ["user", "USER"]})}  # type: ignore[union-attr]
    )
    mended = SPLIT.model_copy(update={"outputs": (SPLIT.outputs[0], users)})
    (outcome,) = _replay(company, mended)
    assert outcome.rows_left == 1
    assert company.rows("select user_id from raw.crm__user order by 1") == [("u1",), ("u2",)]
    assert find_lost_rows(company.con, LOAD_DATE) == []
    left_out = mended.model_validate(
        {**mended.model_dump(by_alias=True), "left_out": [{"column": "kind", "equals": "note", "reason": "for people"}]}
    )
    (outcome,) = _replay(company, left_out)
    assert outcome.rows_left == 0
    assert company.rows("select _row_no, status from quarantine.ref__product order by 1") == [
        (3, "replayed"),
        (4, "waived"),
    ]
    assert find_lost_rows(company.con, LOAD_DATE) == []


def test_waived_rows_stay_on_record_with_who_and_why(company: Company) -> None:
    company.deliver({**GOOD, "products.csv": BAD_PRICES})
    company.take_in()
    contracts = load_contracts()
    assert (
        waive_rows(
            company.con, contracts, Selection(entity="ref.product", rows=(4,)), by="ann", reason="a test", now=NOW
        )
        == 1
    )
    assert company.rows("select _row_no, status, decision from quarantine.ref__product order by 1") == [
        (2, "open", None),
        (4, "waived", "waived by ann: a test"),
    ]
    assert _counts(company, "products.csv") == (4, 0, 4, 2, 2)
    (outcome,) = _replay(company, _rounding())
    assert (outcome.rows_loaded, outcome.rows_left) == (1, 0)
    assert find_lost_rows(company.con, LOAD_DATE) == []


def test_listing_counts_by_delivery_and_reason_and_shows_no_personal_value(company: Company) -> None:
    company.deliver({**GOOD, "accounts.csv": "id,name,phone,staff\na1,Acme,13800001234,many\na2,B,,1\n"})
    company.take_in()
    contracts = load_contracts()
    (group,) = list_groups(company.con, contracts, Selection())
    assert (group.entity, group.reason, group.rows, group.status) == (
        "crm.account", "employee_count:not_a_whole_number", 1, "open",
    )  # fmt: skip
    (row,) = show_rows(company.con, contracts, Selection(entity="crm__account"), limit=10)
    assert row["row"] == {"id": "a1", "name": "Acme", "phone": "(withheld)", "staff": "many"}
    assert row["key"] == "a1"
    with pytest.raises(ConfigError, match="crm\\.account"):
        list_groups(company.con, contracts, Selection(entity="crm.acount"))


def test_shown_row_is_searched_for_personal_data_and_stays_json(company: Company) -> None:
    name = 'see https://x.y/a?token=se"cret\\ and ＂１３８００００１２３４＂ \\" end'
    quoted = '"' + name.replace('"', '""') + '"'
    company.deliver({**GOOD, "products.csv": f"sku,name,series,price\np1,Alpha,A,1\np2,{quoted},B,x\n"})
    company.take_in()
    (row,) = show_rows(company.con, load_contracts(), Selection(entity="ref.product"), limit=5)
    assert row["row"]["name"] == 'see https://x.y/a?token=[secret]"cret\\ and ＂[mobile]＂ \\" end'


def test_totals_and_repeated_headers_are_kept_but_wait_for_nobody(company: Company) -> None:
    content = "sku,name,series,price\np1,Alpha,A,10\nsku,name,series,price\np2,Beta,B,20\n合计,,,30\n"
    company.deliver({**GOOD, "products.csv": content})
    outcome = company.take_in()["products.csv"]
    assert (outcome.rows_loaded, outcome.rows_quarantined) == (2, 2)
    assert company.rows("select _row_no, reason_codes, status from quarantine.ref__product order by 1") == [
        (2, ["repeated_header"], "waived"),
        (4, ["summary_row"], "waived"),
    ]
    assert _replay(company) == []


def test_customer_called_total_waits_for_somebody(company: Company) -> None:
    company.deliver({**GOOD, "accounts.csv": "name,id,phone,staff\nTotal,a5,,1\nAcme,a1,,2\n合计,,,3\n"})
    company.take_in()
    assert company.rows("select _row_no, status from quarantine.crm__account order by 1") == [
        (1, "open"),
        (3, "waived"),
    ]


def test_more_bad_rows_than_the_contract_allows_refuse_the_file(company: Company) -> None:
    def content(bad: int) -> str:
        rows = [f"p{i},N,A,{'x' if i < bad else i}\n" for i in range(1000)]
        return "sku,name,series,price\n" + "".join(rows)

    # Ten bad rows are tolerated in any file, and one in a hundred in a large one.
    company.deliver({**GOOD, "products.csv": content(10)})
    assert company.take_in()["products.csv"].rows_quarantined == 10
    company.deliver({"products.csv": content(11)})
    outcome = company.take_in(load_date=date(2024, 5, 7))["products.csv"]
    assert outcome.status == "rejected"
    assert "11 of 1000 rows" in str(outcome.message)
    assert "list_price:not_a_number in 11" in str(outcome.message)
    assert company.rows("select count(*) from raw.ref__product where _load_date = '2024-05-07'") == [(0,)]
