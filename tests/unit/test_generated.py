"""Generated files say what the contracts say today."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ingestion.contract import Contract, load_contracts
from ingestion.generated import DICTIONARY_PATH, SOURCES_PATH, render_dictionary, render_sources

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("path", "render"), [(SOURCES_PATH, render_sources), (DICTIONARY_PATH, render_dictionary)])
def test_checked_in_file_is_not_stale(path: Path, render: object) -> None:
    assert callable(render)
    assert (ROOT / path).read_text(encoding="utf-8") == render(load_contracts()), (
        f"run `make generate`: {path} is stale"
    )


def test_sources_are_yaml_with_every_column_of_every_contract() -> None:
    contracts = load_contracts()
    (source,) = yaml.safe_load(render_sources(contracts))["sources"]
    tables = {table["name"]: [column["name"] for column in table["columns"]] for table in source["tables"]}
    assert set(tables) == {contract.table for contract in contracts.values()}
    for contract in contracts.values():
        assert tables[contract.table][-len(contract.columns) :] == [column.name for column in contract.columns]


def test_quotes_in_a_description_do_not_break_the_yaml() -> None:
    contract = load_contracts()["ref.product"]
    hostile = contract.model_copy(update={"description_en": 'One row per "product": {a}, #1 \\ end.'})
    (source,) = yaml.safe_load(render_sources({"ref.product": Contract.model_validate(hostile.model_dump())}))[
        "sources"
    ]
    assert source["tables"][0]["description"].startswith('One row per "product": {a}, #1 \\ end.')


def test_every_column_is_described_and_not_by_its_own_name() -> None:
    for contract in load_contracts().values():
        for column in contract.columns:
            place = f"{contract.entity}.{column.name}"
            assert column.description_en.endswith("."), place
            assert column.description_zh.endswith("。"), place
            for text, label in ((column.description_en, column.label_en), (column.description_zh, column.label_zh)):
                assert text.casefold().strip(".。") != label.casefold(), place
                assert text.casefold().strip(".。") != column.name.replace("_", " "), place


def test_no_header_means_two_columns_of_one_contract() -> None:
    from ingestion.headers import normalise_header

    for contract in load_contracts().values():
        seen: dict[str, str] = {}
        for column in contract.columns:
            for header in {normalise_header(text) for text in column.headers}:
                assert seen.setdefault(header, column.name) == column.name, f"{contract.entity}: {header}"
