"""Checking mappings: everything that is wrong is named at once, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from intake_company import PRODUCT

from ingestion.contract import load_contracts
from ingestion.mapping_files import check_mapping_file
from ingestion.trial import try_mapping
from orchestration.cli import main
from warehouse.yaml_file import find_line

GOOD = """\
mapping: deals
version: 1
description: Deals.
file: {format: csv}
outputs:
  - name: row
    entity: crm.opportunity
    columns:
      opportunity_id: {from: id}
      amount: {from: sum}
      created_at: {from: at, zone: Asia/Shanghai}
"""


def _problems(folder: Path, text: str) -> list[str]:
    path = folder / "deals.yml"
    path.write_text(text, encoding="utf-8")
    return [str(problem) for problem in check_mapping_file(path, load_contracts())[1]]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("from: sum}", "form: sum}", "line 10, outputs.0.columns.amount.form: there is no key form here."),
        ("mapping: deals", "mapping: others", "line 1, mapping: is others, but the file is called deals.yml."),
        ("crm.opportunity", "crm.deal", "line 7, outputs.0.entity: output row: no contract crm.deal; known: "),
        (
            "      amount",
            "      amuont",
            "line 10, outputs.0.columns.amuont: output row: crm.opportunity has no",
        ),
        (", zone: Asia/Shanghai", "", "line 11, outputs.0.columns.created_at: output row: created_at: say the zone"),
        ("Asia/Shanghai", "Asia/Shanghi", "line 11, outputs.0.columns.created_at: output row: created_at: 'Asia/Shan"),
        ("from: sum", "from: sum, values_only: true", "line 10, outputs.0.columns.amount: output row: amount: values_"),
        ("from: sum", 'from: sum, formats: ["%Y"]', "line 10, outputs.0.columns.amount: output row: amount: formats"),
        ("from: id", "from: id, unit: fen", "line 9, outputs.0.columns.opportunity_id: output row: opportunity_id: un"),
        ("zone: Asia/Shanghai", "zone: UTC, formats: [YYYY]", "line 11, outputs.0.columns.created_at: output row: cr"),
        ("      opportunity_id: {from: id}\n", "", "line 8, outputs.0.columns: output row: the key opportunity_id is"),
        ("outputs:", "outputs: [", "line 6, the file as a whole: not YAML: "),
    ],
)
def test_each_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in GOOD
    problems = _problems(tmp_path, GOOD.replace(old, new, 1))
    assert any(problem.startswith(expected) for problem in problems), problems


def test_good_mapping_has_no_problems_and_several_mistakes_are_all_named(tmp_path: Path) -> None:
    assert _problems(tmp_path, GOOD) == []
    wrong = GOOD.replace("from: sum", "from: sum, formats: [x]").replace("Asia/Shanghai", "Mars/Olympus")
    assert len(_problems(tmp_path, wrong)) == 2


def test_line_of_a_place_that_is_not_there_is_the_nearest_above_it() -> None:
    assert find_line(GOOD, ("outputs", 0, "columns", "nothing")) == 8
    assert find_line(GOOD, ("outputs", 7)) == 5
    assert find_line("", ("outputs",)) is None


def test_trial_counts_rows_and_reasons_and_leaves_no_trace(tmp_path: Path) -> None:
    data = tmp_path / "products.csv"
    data.write_text(
        "sku,name,series,price,colour\np1,Alpha,A,10,red\n,Beta,B,2,\np3,Gamma,C,1.005,\n", encoding="utf-8"
    )
    trial = try_mapping(data, PRODUCT, load_contracts())
    (output,) = trial.outputs
    assert (output.rows_read, output.rows_loaded, output.rows_quarantined) == (3, 1, 2)
    assert output.reasons == {"list_price:not_an_exact_number": 1, "product_id:missing_key": 1}
    assert output.note == "unknown columns, named in _extra: colour"
    assert not trial.is_clean
    assert [path.name for path in tmp_path.iterdir()] == ["products.csv"]


def test_trial_says_where_a_contract_would_refuse_the_file(tmp_path: Path) -> None:
    data = tmp_path / "products.csv"
    data.write_text("sku,price\n" + "".join(f"p{i},{'x' if i < 11 else i}\n" for i in range(1000)), encoding="utf-8")
    assert try_mapping(data, PRODUCT, load_contracts()).too_many_bad == ("ref.product",)
    data.write_bytes(b"")
    assert "0 bytes" in str(try_mapping(data, PRODUCT, load_contracts()).refused)


def test_check_exits_with_2_for_a_wrong_mapping_and_3_for_data_that_does_not_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping, data = tmp_path / "deals.yml", tmp_path / "deals.csv"
    mapping.write_text(GOOD, encoding="utf-8")
    data.write_text("id,sum,at\nd1,5,2024-05-01 10:00:00\n", encoding="utf-8")
    command = ["mapping", "check", "--home", str(tmp_path / "home"), str(mapping)]
    assert main(command) == 0
    assert main([*command, "--against", str(data)]) == 0
    assert "1 of 1 rows load" in capsys.readouterr().out
    data.write_text("id,sum,at\nd1,five,2024-05-01 10:00:00\nd2,5,2024-05-01 10:00:00\n", encoding="utf-8")
    assert main([*command, "--against", str(data)]) == 3
    assert "amount:not_a_number" in capsys.readouterr().out
    mapping.write_text(GOOD.replace("from: sum", "form: sum"), encoding="utf-8")
    assert main(command) == 2
    assert "line 10" in capsys.readouterr().err
