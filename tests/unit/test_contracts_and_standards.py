"""Contracts say from which stage a field is required; the standards that score it may not say otherwise."""

from __future__ import annotations

import pytest

from data_quality.standards import EntityStandard, load_standards
from ingestion.contract import load_contracts


@pytest.mark.parametrize("standard", load_standards().entities, ids=lambda standard: standard.entity)
def test_standard_scores_what_the_contract_requires_and_nothing_else(standard: EntityStandard) -> None:
    contract = load_contracts()[standard.entity]
    required = {c.name: c.required_from for c in contract.columns if c.required_from}
    critical = {c.name: "always" for c in contract.columns if contract.is_critical(c)}
    scored = {field.field: field.required_from for field in standard.fields}
    assert required.items() <= scored.items()
    assert scored.items() <= (required | critical).items()
