"""The page of the benchmarks says what the results say, and every measurement can be made on its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.report import render_document
from benchmarks.run import DOCUMENT_PATH, FULL, RESULTS, main, plan_measurements


def test_the_page_is_rendered_from_the_results() -> None:
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert DOCUMENT_PATH.read_text(encoding="utf-8") == render_document(results)


def test_every_budget_has_a_result() -> None:
    assert list(json.loads(RESULTS.read_text(encoding="utf-8"))) == list(plan_measurements(FULL))


@pytest.mark.slow
def test_one_measurement_alone_leaves_a_result_with_a_verdict(tmp_path: Path) -> None:
    results = tmp_path / "results.json"

    main(["--quick", "--only", "peer_marts", "--results", str(results)])

    entry = json.loads(results.read_text(encoding="utf-8"))["peer_marts"]
    assert "failed" not in entry
    assert {judged["verdict"] for judged in entry["judged"] if judged["budget"] is not None} == {"ok"}
