"""Queries in documents with the answers that stand below them: read, formatted, and written anew on request.

A query is a fenced block marked sql, its answer the fenced block marked text right after it.
Write the answers anew with `python tests/documented_answers.py README.md HOME`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from orchestration.run_text import format_report

REPORT = "<!-- report of make run -->\n"
PAIR = re.compile(r"```sql\n(?P<query>.*?)```\n```text\n(?P<answer>.*?)```", re.DOTALL)


def format_answer(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> str:
    """Rows as a plain text table, numbers to the right."""
    table = [list(names), *[["" if cell is None else str(cell) for cell in row] for row in rows]]
    numeric = [all(not isinstance(row[i], str) for row in rows) for i in range(len(names))]
    widths = [max(len(line[i]) for line in table) for i in range(len(names))]
    lines = []
    for line in table:
        cells = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"


def answer(marts: Path, query: str) -> str:
    """The answer of a published snapshot to a query."""
    with duckdb.connect(str(marts), read_only=True) as con:
        con.execute(query)
        return format_answer([column[0] for column in con.description or []], con.fetchall())


def main() -> None:
    document, home = Path(sys.argv[1]), Path(sys.argv[2])
    marts = home / "published" / "current" / "marts.duckdb"
    text = document.read_text(encoding="utf-8")
    text = PAIR.sub(lambda m: f"```sql\n{m['query']}```\n```text\n{answer(marts, m['query'])}```", text)
    if REPORT in text:
        report = json.loads((home / "reports" / "last_run.json").read_text(encoding="utf-8"))
        lines = "\n".join(format_report(report)).replace(str(home.resolve()), home.name)
        before, _, after = text.partition(REPORT)
        text = f"{before}{REPORT}```text\n{lines}\n```{after.split('```', 2)[2]}"
    document.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
