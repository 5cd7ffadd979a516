"""Mappings, extract sets and the key for personal data, each at its boundaries."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from intake_company import Company

from ingestion.contract import load_contracts
from ingestion.extract_set import choose_extract_set, load_extract_sets, plan_intake
from ingestion.mapping import Mapping
from ingestion.mapping_files import check_mapping, load_mappings
from ingestion.personal_data import use_key
from warehouse.errors import ConfigError, ContractError


def test_shipped_contracts_mappings_and_extract_sets_fit_together() -> None:
    mappings = load_mappings()
    for extract_set in load_extract_sets().values():
        assert {file.mapping for file in extract_set.files} <= set(mappings)


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
    with pytest.raises(ContractError, match=r"m\.yml: line 4, file\.delimeter"):
        load_mappings(tmp_path)


def test_extract_set_is_found_by_its_files(tmp_path: Path) -> None:
    (tmp_path / "crm_maven").mkdir()
    (tmp_path / "crm_maven" / "accounts.csv").write_text("account\n")
    (tmp_path / "crm_maven" / "stray.csv").write_text("x\n")
    chosen = choose_extract_set(tmp_path)
    assert chosen.extract_set == "public_data"
    plan = plan_intake(chosen, tmp_path)
    assert [file.name for file in plan.files] == ["crm_maven/accounts.csv"]
    assert [entry.name for entry in plan.not_loaded if entry.status == "unknown"] == ["crm_maven/stray.csv"]


def test_folder_that_no_set_fits_is_refused_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "strange.csv").write_text("x\n")
    with pytest.raises(ConfigError, match=r"extract_set\.yml"):
        choose_extract_set(tmp_path)


def test_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not a folder"):
        choose_extract_set(tmp_path / "nowhere")
