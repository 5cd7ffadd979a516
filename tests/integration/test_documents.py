"""What the documents say is true: every answer, every command, every setting, every mart."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from documented_answers import PAIR, answer
from loaded_home import LoadedHome

from orchestration.cli import build_parser
from orchestration.run_text import format_report

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = README + "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md")))
QUESTIONS = README + "".join(
    path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs" / "marts").glob("*.md"))
)


@pytest.mark.parametrize(
    "pair", list(PAIR.finditer(QUESTIONS)), ids=lambda pair: pair["query"].split("from ")[1].split()[0]
)
def test_documented_query_gives_the_documented_answer(pair: re.Match[str], plan_home: LoadedHome) -> None:
    assert answer(plan_home.marts, pair["query"]) == pair["answer"]


def test_documented_run_is_what_a_run_prints(plan_home: LoadedHome) -> None:
    block = README.split("<!-- report of make run -->\n```text\n")[1].split("```")[0]
    documented = block.split("Models beside their rivals")[0].splitlines()
    assert documented == "\n".join(format_report(plan_home.report)).split("Models beside their rivals")[0].splitlines()


def test_every_bi_mart_has_a_question(plan_home: LoadedHome) -> None:
    marts = plan_home.query(
        "select schema_name || '.' || table_name from duckdb_tables() where schema_name in "
        "('funnel', 'customers', 'regions', 'incentives', 'service_levels', 'performance', 'governance')"
    )
    for (mart,) in marts:
        assert f"`{mart}`" in QUESTIONS, f"{mart} has no example question"


def test_every_command_and_option_is_documented() -> None:
    parser = build_parser()
    for action in parser._subparsers._group_actions[0].choices:  # type: ignore[union-attr]
        assert f"dealhouse {action}" in DOCS or f"make {action}" in DOCS, action


def test_every_setting_is_documented() -> None:
    source = "".join(
        path.read_text(encoding="utf-8")
        for room in ("warehouse", "ingestion", "orchestration")
        for path in (ROOT / room).rglob("*.py")
    )
    for name in set(re.findall(r"DEALHOUSE_[A-Z_]+[A-Z]", source)) - {"DEALHOUSE_WAREHOUSE"}:
        assert name in DOCS, f"{name} is not documented"


def test_links_between_documents_lead_somewhere() -> None:
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_make_targets_of_the_documents_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(
        re.findall(r"`?make ([a-z][a-z-]*)", README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    ):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
