"""The arrows between the rooms: who may import whom, and what may not be imported before it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("warehouse", "ingestion", "data_quality", "ml", "serving", "orchestration")
MAY_IMPORT = {
    "warehouse": set(),
    "ingestion": {"warehouse"},
    "data_quality": {"warehouse"},
    "ml": {"warehouse"},
    "serving": {"warehouse"},
    "orchestration": set(ROOMS),
}


def imported_names(path: Path) -> set[str]:
    """Top-level packages that a module imports anywhere, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("room", ROOMS)
def test_room_imports_only_what_it_may(room: str) -> None:
    for path in (ROOT / room).rglob("*.py"):
        foreign = imported_names(path) & set(ROOMS) - MAY_IMPORT[room] - {room}
        assert not foreign, f"{path.relative_to(ROOT)} imports {foreign}"


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "orchestration"])
def test_only_orchestration_knows_dagster(room: str) -> None:
    for path in (ROOT / room).rglob("*.py"):
        assert not imported_names(path) & {"dagster", "dagster_dbt"}, path.relative_to(ROOT)


@pytest.mark.parametrize("path", sorted(p for room in ROOMS for p in (ROOT / room).rglob("*.py")), ids=str)
def test_module_says_in_its_first_line_why_it_exists_and_stays_readable(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(text))
    assert docstring, f"{path.relative_to(ROOT)} has no docstring"
    assert text.count("\n") <= 300, f"{path.relative_to(ROOT)}: which two things is this?"


@pytest.mark.parametrize("room", ROOMS)
def test_room_says_what_lives_in_it(room: str) -> None:
    docstring = ast.get_docstring(ast.parse((ROOT / room / "__init__.py").read_text(encoding="utf-8"))) or ""
    assert "here:" in docstring.lower()
    assert "not here" in docstring.lower()


def loaded_modules(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(result.stdout.split())


def test_help_imports_neither_dagster_nor_great_expectations() -> None:
    modules = loaded_modules(
        "from orchestration.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass"
    )
    assert not modules & {"dagster", "great_expectations", "dbt", "sklearn", "pandas"}


@pytest.mark.parametrize(
    "room", ["ingestion.intake", "data_quality.report", "ml.churn", "ml.forecast", "serving.publish"]
)
def test_rooms_work_from_a_plain_prompt(room: str) -> None:
    modules = loaded_modules(f"import {room}")
    assert not modules & {"dagster", "great_expectations", "sklearn", "statsforecast", "pandas"}
