"""Landing folders: a delivery counts when its manifest is there and true, and is loaded once."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from intake_company import LOAD_DATE, Company

from ingestion.retention import remove_expired

PRODUCTS = "product_id,产品名称,list_price,currency\np1,Alpha,10.50,CNY\np2,Beta,20,CNY\n"
NAME = f"ref/ref.product/dt={LOAD_DATE}/d1/part-0001.csv"


def test_delivery_in_the_shape_of_its_contract_needs_no_mapping(company: Company) -> None:
    company.land("ref.product", {"part-0001.csv": PRODUCTS})
    assert company.take_in_landed()[NAME].status == "loaded"
    assert company.rows("select product_id, list_price::varchar, _source_system from raw.ref__product order by 1") == [
        ("p1", "10.50", "t_crm"),
        ("p2", "20.00", "t_crm"),
    ]
    assert company.take_in_landed()[NAME].status == "duplicate"
    assert company.rows("select count(*) from raw.ref__product") == [(2,)]


def test_what_was_landed_can_be_landed_again_elsewhere(company: Company, tmp_path: Path) -> None:
    company.land("ref.product", {"part-0001.csv": PRODUCTS})
    company.take_in_landed()
    own = company.folder / "landing"
    (own.rename(tmp_path / "kept"), (company.folder / "arrivals").rename(tmp_path / "gone"))
    (tmp_path / "kept").rename(company.folder / "arrivals")
    company.con.execute("delete from raw.ref__product; delete from ops.delivery; delete from ops.file_ledger")
    (outcome,) = company.take_in_landed().values()
    assert (outcome.file, outcome.status, outcome.rows_loaded) == (NAME, "loaded", 2)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"bytes": 5}, "5"),
        ({"sha256": "0" * 64}, "SHA-256"),
        ({"rows": 3}, "says 3"),
    ],
)
def test_file_that_is_not_what_its_manifest_says_is_refused(
    company: Company, change: dict[str, object], words: str
) -> None:
    company.land("ref.product", {"part-0001.csv": PRODUCTS}, manifest={"files": [{"name": "part-0001.csv", **change}]})
    outcome = company.take_in_landed()[NAME]
    assert outcome.status == "rejected"
    assert words in str(outcome.message)
    assert company.rows("select reason like 'manifest_mismatch: %' from ops.delivery") == [(True,)]
    assert company.rows("select count(*) from raw.ref__product") == [(0,)]


def test_rows_may_be_counted_with_or_without_the_line_of_totals(company: Company) -> None:
    content = PRODUCTS + "合计,,,\n"
    for delivery, rows in (("d1", 2), ("d2", 3)):
        company.land(
            "ref.product",
            {"part-0001.csv": content},
            delivery=delivery,
            manifest={"files": [{"name": "part-0001.csv", "rows": rows}]},
        )
    assert {o.status for o in company.take_in_landed().values()} == {"loaded", "duplicate"}


def test_delivery_without_manifest_may_still_be_on_its_way(company: Company) -> None:
    folder = company.land("ref.product", {"part-0001.csv": PRODUCTS})
    manifest = (folder / "_manifest.json").read_text()
    (folder / "_manifest.json").unlink()
    (outcome,) = company.take_in_landed().values()
    assert outcome.status == "incomplete"
    assert "_manifest.json" in str(outcome.message)
    (folder / "_manifest.json").write_text(manifest)
    assert company.take_in_landed()[NAME].status == "loaded"
    assert company.rows("select distinct status from ops.delivery") == [("loaded",)]


@pytest.mark.parametrize(
    ("text", "status"),
    [("{", "rejected"), ('{"entity": "ref.product", "files": []}', "rejected"),
     ('{"entity": "ref.product", "files": [{"name": "../../etc/passwd"}]}', "rejected"),
     ('{"entity": "ref.product", "files": [{"name": "part-0002.csv"}]}', "missing"),
     ('{"entity": "ref.nothing", "files": [{"name": "part-0001.csv"}]}', "unknown")],
    ids=["cut off", "no files", "name with a path", "file not there", "no such entity"],
)  # fmt: skip
def test_wrong_manifest_is_named_and_loads_nothing(company: Company, text: str, status: str) -> None:
    folder = company.land("ref.product", {"part-0001.csv": PRODUCTS})
    (folder / "_manifest.json").write_text(text)
    outcomes = company.take_in_landed()
    assert [outcome.status for outcome in outcomes.values()] == [status]
    assert company.rows("select count(*) from raw.ref__product") == [(0,)]


def test_file_that_the_manifest_does_not_name_is_not_overlooked(company: Company) -> None:
    folder = company.land("ref.product", {"part-0001.csv": PRODUCTS})
    (folder / "extra.csv").write_text(PRODUCTS)
    statuses = {Path(name).name: outcome.status for name, outcome in company.take_in_landed().items()}
    assert statuses == {"part-0001.csv": "loaded", "extra.csv": "unknown"}


def test_late_delivery_names_the_days_it_touches(company: Company) -> None:
    head = "event_id,visitor_id,session_id,event_name,occurred_at,received_at\n"
    on_time = head + "e9,v,s,view,2024-05-06 09:00:00,2024-05-06 09:00:01\n"
    late = head + (
        "e1,v,s,view,2024-05-03 23:30:00,2024-05-03 23:30:01\n"
        "e2,v,s,view,2024-05-01 08:00:00,2024-05-01 08:00:01\n"
        "e3,v,s,view,2024-05-01 10:00:00,2024-05-01 10:00:01\n"
    )
    company.land("ec.web_visit", {"part-0001.csv": on_time}, load_date=date(2024, 5, 7))
    company.take_in_landed(load_date=date(2024, 5, 7))
    company.land("ec.web_visit", {"part-0001.csv": late}, load_date=date(2024, 5, 4))
    (outcome,) = company.take_in_landed(load_date=date(2024, 5, 4)).values()
    assert outcome.note is not None
    assert "late, touches 2024-05-01, 2024-05-03" in outcome.note
    assert company.rows('select event_date::varchar, "rows", is_late from ops.touched_date order by event_date') == [
        ("2024-05-01", 2, True),
        ("2024-05-03", 1, True),
        ("2024-05-06", 1, False),
    ]


def test_clear_text_past_the_audit_horizon_is_removed_but_not_what_a_replay_needs(company: Company) -> None:
    company.land("ref.product", {"part-0001.csv": PRODUCTS})
    company.land("crm.account", {"part-0001.csv": "account_id,account_name\na1,A\n,B\n"})
    company.take_in_landed()
    landing = company.folder / "landing"
    assert remove_expired(company.con, landing, today=LOAD_DATE + timedelta(days=30), kept_days=30) == []
    (removed,) = remove_expired(company.con, landing, today=LOAD_DATE + timedelta(days=31), kept_days=30)
    assert removed.startswith("crm/ref.product/")
    assert not (landing / removed).exists()
    assert "removed_on" in (landing / removed).with_name("_manifest.json").read_text()
    assert remove_expired(company.con, landing, today=LOAD_DATE + timedelta(days=32), kept_days=30) == []
