"""A typo in a standard is refused with a sentence that names the file and the key; it never changes a score unseen."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import data_quality
from data_quality.standards import STANDARDS_FOLDER, load_standards
from warehouse.errors import ContractError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(STANDARDS_FOLDER, tmp_path / "standards"))


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_shipped_standards_ask_for_ninety_percent_and_are_marked_as_not_signed() -> None:
    standards = load_standards()
    assert {s.entity for s in standards.entities} == {
        "crm.user", "crm.account", "crm.opportunity", "ref.product", "oa.approval_instance", "mtg.meeting",
        "ec.order", "ec.order_item",
    }  # fmt: skip
    assert {s.target_bp for s in standards.entities} == {9000}
    assert (standards.headline.target_bp, standards.headline.baseline_bp) == (9000, 6130)
    assert [s for s in standards.entities if s.decided or s.approved_by] == []


@pytest.mark.parametrize(
    ("field", "stages"),
    [
        ("account_id", {"lead_acquisition", "needs_analysis", "contract_signed", "after_sales", "lost", "unheard_of"}),
        ("engaged_on", {"needs_analysis", "contract_signed", "after_sales", "lost"}),  # lost had been engaged
        ("amount", {"contract_signed", "after_sales"}),  # a lost deal owes no amount
        ("closed_on", {"contract_signed", "after_sales", "lost"}),  # but a day on which it was lost
    ],
)
def test_a_field_is_required_from_its_stage_on(field: str, stages: set[str]) -> None:
    standards = load_standards()
    required = next(f for f in standards.get_entity("crm.opportunity").fields if f.field == field)
    candidates = ["lead_acquisition", "needs_analysis", "contract_signed", "after_sales", "lost", "unheard_of"]
    assert {stage for stage in candidates if standards.is_required(required, stage)} == stages


@pytest.mark.parametrize(
    ("file", "old", "new", "key"),
    [
        ("crm__account.yml", "weight: 1", "wieght: 1", "fields.0.weight"),
        ("crm__account.yml", "owner: sales_operations", "owner: sales_operations\nownr: x", "ownr"),
        ("crm__account.yml", "target: 0.90", "target: 90", "target"),
        ("crm__account.yml", "target: 0.90", "target: 0.90001", "target"),  # finer than a basis point
        ("crm__account.yml", "decided: false", "decided: true", "approved_by"),  # signed by nobody
        ("crm__account.yml", "field: industry", "field: account_id", "account_id"),  # twice
        ("crm__account.yml", "required_from: always", "required_from: proposal", "fields.account_id.required_from"),
        ("crm__account.yml", "entity: crm.account", "entity: crm.acount", "entity"),
        ("crm__opportunity.yml", "required_from: needs_analysis", "required_from: needs", "fields.engaged_on"),
        ("crm__opportunity.yml", "also_required_at: [lost]", "also_required_at: [lsot]", "fields.closed_on"),
        ("stages.yml", "counts_as: needs_analysis", "counts_as: needs", "counts_as"),
        ("stages.yml", "rank: 2", "rank: 1", "rank"),
        ("headline.yml", "crm.user", "crm.usr", "entities"),
        ("placeholders.yml", "version: 1", "version: one", "version"),
        ("placeholders.yml", "version: 1", "version: [", "YAML"),
    ],
)
def test_a_typo_is_refused_and_the_message_names_file_and_key(
    folder: Path, file: str, old: str, new: str, key: str
) -> None:
    replace_in(folder / file, old, new)
    with pytest.raises(ContractError, match=f"{re.escape(file)}: .*{re.escape(key)}"):
        load_standards(folder)


def test_the_fingerprint_changes_with_any_word_of_any_standard(folder: Path) -> None:
    before = load_standards(folder).fingerprint
    assert before == load_standards().fingerprint
    replace_in(folder / "placeholders.yml", "- 待定", "- 待议")
    assert load_standards(folder).fingerprint != before


def test_importing_the_room_imports_neither_great_expectations_nor_pandas() -> None:
    """`dealhouse --help` and the Dagster definitions import this room; the engine costs seconds and 250 MB."""
    modules = [
        f"data_quality.{path.stem}"
        for path in Path(data_quality.__file__).parent.glob("*.py")
        if path.stem != "__init__"
    ]
    assert "data_quality.judgement" in modules
    code = (
        f"import sys, {', '.join(modules)}\n"
        "print([m for m in ('great_expectations', 'pandas', 'sklearn', 'dagster') if m in sys.modules])"
    )
    root = Path(data_quality.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
