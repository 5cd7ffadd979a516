"""Hostile files: each has one promised outcome, and whatever it is, every row is accounted for."""

from __future__ import annotations

import pytest
from hostile_files import ALL, HEADER, ORDER, SOUND, Hostile
from intake_company import LOAD_DATE, Company

from ingestion.extract_set import ExtractSet
from ingestion.ledger import find_lost_rows
from ingestion.mapping import Mapping


def _shop(file_name: str) -> ExtractSet:
    return ExtractSet.model_validate(
        {
            "extract_set": "shop",
            "description": "One file of one shop.",
            "sources": {"ecommerce": {"system": "tmall", "business_zone": "Asia/Shanghai", "currency": "CNY"}},
            "files": [{"path": file_name, "mapping": "order", "source": "ecommerce"}],
        }
    )


def _mapping(hostile: Hostile) -> Mapping:
    return ORDER.model_copy(update={"file": ORDER.file.model_validate({"format": "csv", **hostile.file})})


@pytest.mark.parametrize("hostile", ALL, ids=lambda hostile: hostile.what)
def test_hostile_file_has_its_promised_outcome(company: Company, hostile: Hostile) -> None:
    company.deliver({hostile.file_name: hostile.content})
    outcome = company.take_in(mappings=(_mapping(hostile),), extract_set=_shop(hostile.file_name))[hostile.file_name]
    loaded = company.rows("select order_id, total_amount::varchar from raw.ec__order order by _row_no")
    waiting = dict(company.rows("select _row_no, reason_codes from quarantine.ec__order"))
    (recorded,) = company.rows("select status, reason, rows_read, rows_loaded, rows_quarantined from ops.delivery")
    if hostile.refused:
        assert (outcome.status, loaded, waiting) == ("rejected", [], {})
        assert str(recorded[1]).startswith(f"{hostile.refused}: "), recorded[1]
        assert hostile.file_name in str(outcome.message)
        assert str(outcome.message).endswith(".")
        return
    assert outcome.status == "loaded", outcome.message
    assert tuple(loaded) == hostile.rows
    assert waiting == hostile.waiting
    assert recorded[2:] == (len(loaded) + len(waiting), len(loaded), len(waiting))
    assert hostile.note is None or hostile.note in str(recorded[1])
    assert find_lost_rows(company.con, LOAD_DATE) == []


def test_names_are_unique_and_there_is_more_than_one_of_every_outcome() -> None:
    assert len({hostile.what for hostile in ALL}) == len(ALL)
    assert sum(hostile.refused is not None for hostile in ALL) >= 15
    assert sum(bool(hostile.waiting) for hostile in ALL) >= 15


@pytest.mark.parametrize("cut", [1, 3, 8], ids=lambda cut: f"{cut} bytes short")
def test_file_cut_inside_its_last_field_is_seen_by_its_manifest(company: Company, cut: int) -> None:
    """The cut file has all of its rows, so that only size and hash can tell."""
    content = SOUND.encode()
    company.land("ec.order", {"orders.csv": content}, manifest={"mapping": "taobao_orders"})
    folder = next((company.folder / "arrivals").rglob("orders.csv"))
    folder.write_bytes(content[:-cut])
    (outcome,) = company.take_in_landed().values()
    assert outcome.status == "rejected"
    assert "bytes" in str(outcome.message)
    assert company.rows("select count(*) from raw.ec__order") == [(0,)]


def test_header_never_becomes_sql(company: Company) -> None:
    evil = "\"'); drop table raw.ec__order; select ('"
    header = f'{HEADER},"{evil.replace(chr(34), chr(34) * 2)}"'
    company.deliver({"orders.csv": f"{header}\n1,2,3,2024-05-01,4,5\nx,y,z,2024-05-01,4,5\n"})
    company.take_in(mappings=(ORDER,), extract_set=_shop("orders.csv"))
    assert company.rows("select count(*) from raw.ec__order") == [(1,)]
    (row,) = company.rows("select json_keys(row_text) from quarantine.ec__order")
    assert evil in row[0]  # type: ignore[operator]
