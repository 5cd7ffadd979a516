"""The walk from an unknown CSV to a mart, as its document prints it: every file, command and answer in turn."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from documented_answers import answer

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "load-your-own-extracts.md").read_text(encoding="utf-8")
WALK = PAGE.split("## From an unknown CSV to a mart")[1].split("\n## ")[0]
BLOCK = re.compile(r"(?:<!-- (?P<order>.*?) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)```", re.DOTALL)


def _run(folder: Path, script: str) -> str:
    """What the commands print on both channels, in the order of printing."""
    environ = {**os.environ, "DEALHOUSE_HOME": "home", "DEALHOUSE_PII_KEY": "key of the tests", "PYTHONUNBUFFERED": "1"}
    environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", script], cwd=folder, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert done.returncode in (0, 3), done.stdout
    return done.stdout


def test_walk_gives_what_the_page_prints(tmp_path: Path) -> None:
    printed = ""
    steps = 0
    for block in BLOCK.finditer(WALK):
        order, kind, text = block["order"] or "", block["kind"], block["text"]
        if order.startswith("file: "):
            name, *encoding = order.removeprefix("file: ").split()
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding=encoding[0] if encoding else "utf-8")
        elif order.startswith("replace: "):
            name, old, new = re.fullmatch(r'replace: (\S+) "(.*)" "(.*)"', order).groups()  # type: ignore[union-attr]
            content = (tmp_path / name).read_text(encoding="utf-8")
            assert content.count(old) == 1
            assert new in text
            (tmp_path / name).write_text(content.replace(old, new), encoding="utf-8")
        elif kind == "sh":
            printed = _run(tmp_path, text)
            steps += 1
        elif kind == "sql":
            printed = answer(tmp_path / "home" / "published" / "current" / "marts.duckdb", text)
        elif kind == "text":
            assert printed == text
    assert steps == 6
