"""Mappings, extract sets, keys for personal data and typing, each at its boundaries."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake_company import Company

from ingestion.contract import Column, load_contracts
from ingestion.extract_set import choose_extract_set, load_extract_sets, plan_intake
from ingestion.mapping import ColumnSource, Mapping, check_mapping, load_mappings
from ingestion.personal_data import token_expression, use_key
from ingestion.typing_sql import typed_column
from warehouse.errors import ConfigError, ContractError


def test_shipped_contracts_mappings_and_extract_sets_fit_together() -> None:
    mappings = load_mappings()
    for extract_set in load_extract_sets().values():
        assert {file.mapping for file in extract_set.files} <= set(mappings)


@pytest.mark.parametrize(
    ("text", "kind", "source", "expected"),
    [
        ("12", "INTEGER", {}, "12"),
        ("1.5", "INTEGER", {}, None),
        ("12.30", "DECIMAL(18,2)", {}, "12.30"),
        ("12.300", "DECIMAL(18,2)", {}, "12.30"),  # zeros beyond the scale are not rounding
        ("1.005", "DECIMAL(18,2)", {}, None),
        ("1.005", "DECIMAL(18,2)", {"round": "half_up"}, "1.01"),
        ("-1.005", "DECIMAL(18,2)", {"round": "half_up"}, "-1.01"),
        ("1.004", "DECIMAL(18,2)", {"round": "half_up"}, "1.00"),
        ("1250", "DECIMAL(18,2)", {"unit": "fen"}, "12.50"),
        ("12.6", "DECIMAL(18,2)", {"unit": "wan_yuan"}, "126000.00"),
        ("1,234", "DECIMAL(18,2)", {}, None),
        ("2024-02-29", "DATE", {}, "2024-02-29"),
        ("2023-02-29", "DATE", {}, None),
        ("17/01/2024", "DATE", {}, None),  # day or month first: nobody can know
        ("17/01/2024", "DATE", {"formats": ["%d/%m/%Y"]}, "2024-01-17"),
        ("是", "BOOLEAN", {}, "true"),
        ("perhaps", "BOOLEAN", {}, None),
        ("2023-12-31 23:30:00", "TIMESTAMPTZ", {"zone": "Asia/Shanghai"}, "2023-12-31 15:30:00+00"),
        ("2024-01-01T00:00:00+08:00", "TIMESTAMPTZ", {"formats": ["iso_offset"]}, "2023-12-31 16:00:00+00"),
        ("2024-01-01T00:00:00", "TIMESTAMPTZ", {"formats": ["iso_offset"]}, None),  # no offset, no instant
        ("Won", "VARCHAR", {"values": {"Won": "won"}, "values_only": True}, "won"),
        ("Other", "VARCHAR", {"values": {"Won": "won"}, "values_only": True}, "Other"),
    ],
)
def test_text_becomes_a_value_or_a_reason(
    text: str, kind: str, source: dict[str, object], expected: str | None
) -> None:
    column = Column(name="x", type=kind, label_en="X", label_zh="某")
    typed = typed_column("t", column, ColumnSource.model_validate({"from": "x", **source}))
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    row = con.execute(
        f"select cast({typed.value} as varchar), {typed.is_bad or 'false'} from (select ? as t)", [text]
    ).fetchone()
    assert row is not None
    is_bad = expected is None or expected == "Other"
    assert bool(row[1]) is is_bad
    assert is_bad or row[0] == expected


@settings(max_examples=60, deadline=None)
@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_every_amount_with_two_places_loads_as_it_is(amount: object) -> None:
    column = Column(name="x", type="DECIMAL(18,2)", label_en="X", label_zh="某")
    typed = typed_column("t", column, ColumnSource.model_validate({"from": "x"}))
    row = duckdb.execute(f"select {typed.value}, {typed.is_bad} from (select ? as t)", [f"{amount:f}"]).fetchone()
    assert row == (amount, False)


def test_token_is_hmac_sha256_of_the_normalised_value(company: Company) -> None:
    row = company.con.execute(f"select {token_expression('t')} from (select ' Ab@C.d ' as t)").fetchone()
    expected = hmac.new(b"a key for tests", b"ab@c.d", hashlib.sha256).hexdigest()[:32]
    assert row == (expected,)


def test_another_key_is_refused(company: Company) -> None:
    with pytest.raises(ConfigError, match="DEALHOUSE_PII_KEY"):
        use_key(company.con, b"another key", now=datetime(2024, 5, 6, tzinfo=UTC))


def _mapping(**changes: object) -> Mapping:
    output = {"name": "o", "entity": "ref.product", "columns": {"product_id": {"from": "id"}}, **changes}
    return Mapping.model_validate(
        {"mapping": "m", "version": 1, "description": "d", "file": {"format": "csv"}, "outputs": [output]}
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"entity": "ref.nothing"}, "no contract ref.nothing"),
        ({"columns": {"product_name": {"from": "n"}}}, "the key product_id is not mapped"),
        ({"columns": {"product_id": {"from": "id"}, "colour": {"from": "c"}}}, "has no column colour"),
        (
            {"entity": "oa.approval_event", "columns": {
                "corp_id": {"constant": "c"}, "instance_id": {"from": "i"}, "event_seq": {"from": "s"},
                "occurred_at": {"from": "at"}}},
            "say the zone",
        ),
    ],
)  # fmt: skip
def test_wrong_mapping_says_where_and_what(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ContractError, match=words):
        check_mapping(_mapping(**changes), load_contracts())


def test_misspelt_key_names_file_and_place(tmp_path: Path) -> None:
    (tmp_path / "m.yml").write_text(
        "mapping: m\nversion: 1\ndescription: d\nfile: {format: csv, delimeter: ';'}\noutputs: []\n"
    )
    with pytest.raises(ContractError, match=r"m\.yml: file\.delimeter"):
        load_mappings(tmp_path)


def test_extract_set_is_found_by_its_files(tmp_path: Path) -> None:
    (tmp_path / "crm_maven").mkdir()
    (tmp_path / "crm_maven" / "accounts.csv").write_text("account\n")
    (tmp_path / "crm_maven" / "stray.csv").write_text("x\n")
    chosen = choose_extract_set(tmp_path)
    assert chosen.extract_set == "public_data"
    plan = plan_intake(chosen, tmp_path)
    assert [file.name for file in plan.files] == ["crm_maven/accounts.csv"]
    assert plan.unknown == ("crm_maven/stray.csv",)


def test_folder_that_no_set_fits_is_refused_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "strange.csv").write_text("x\n")
    with pytest.raises(ConfigError, match=r"extract_set\.yml"):
        choose_extract_set(tmp_path)


def test_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not a folder"):
        choose_extract_set(tmp_path / "nowhere")
