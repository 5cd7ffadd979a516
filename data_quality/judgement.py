"""Great Expectations judges the small score table; a check that breaks is never a verdict on the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from typing import Any

import duckdb

from data_quality.completeness import CompletenessScore
from data_quality.dq_tables import replace_rows
from data_quality.pooling import CHECK_NAMES, PooledScore, pool_scores
from data_quality.standards import StandardSet
from warehouse.errors import CheckBroken

ENGINE = "great_expectations"
_SHORTFALL = "shortfall_cells"
_KEY = "check_key"


@dataclass(frozen=True)
class CheckResult:
    """One verdict, a row of ``dq.check_result`` in its order; ``observed_bp`` is rounded down."""

    check_name: str
    entity: str
    field: str
    scope: str
    observed_bp: int
    target_bp: int
    passed: bool


def judge_completeness(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: date,
    scores: Sequence[CompletenessScore],
    standards: StandardSet,
) -> tuple[CheckResult, ...]:
    """Judge every scope against its target; replace the verdicts of ``as_of`` in ``dq.check_result``.

    Verdicts of other checks in that table stay. Without scores there is nothing to judge: no
    verdicts, and Great Expectations is not imported.

    Raises:
        CheckBroken: Great Expectations could not carry out a check. Nothing is written then.
    """
    pooled = pool_scores(scores, standards=standards)
    failed: frozenset[int] = frozenset()
    engine = ENGINE
    if pooled:
        failed, version = judge_pooled(pooled)
        engine = f"{ENGINE} {version}"
    results = tuple(
        CheckResult(
            check_name=score.check_name,
            entity=score.entity,
            field=score.field,
            scope=score.scope,
            observed_bp=score.observed_bp,
            target_bp=score.target_bp,
            passed=key not in failed,
        )
        for key, score in enumerate(pooled)
    )
    rows = [(as_of, *astuple(result), engine) for result in results]
    replace_rows(con, "dq.check_result", as_of=as_of, rows=rows, check_names=tuple(CHECK_NAMES.values()))
    return results


def judge_pooled(pooled: Sequence[PooledScore]) -> tuple[frozenset[int], str]:
    """Positions of the scores that miss their target, and the version of the engine that says so.

    One expectation a scope: in each row the shortfall must not exceed 0. GX gets the shortfall as an integer
    (``required * target_bp - filled * 10000``) and not the rate, so no float decides a boundary: 9 of 10 is
    exactly 90 %, while 0.9 has no exact binary form.
    """
    # Imported here: 3.1-3.8 CPU seconds and 250 MB (10 s while Python has no compiled files of it yet).
    # There is no cheaper door: importing any submodule runs the package's __init__, which imports all of it.
    # So it is paid once a run, and only by the run that judges.
    import great_expectations as gx
    import pandas as pd
    from great_expectations.data_context.types.base import ProgressBarsConfig

    # Ephemeral: no project folder, no network, no Data Docs (these fetch from CDNs, with a tracking image).
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("dq").add_dataframe_asset("scores")
    batches = asset.add_batch_definition_whole_dataframe("all")
    failed: set[int] = set()
    for scope in CHECK_NAMES:
        rows = _build_rows(pooled, scope=scope)
        if rows:
            # A map expectation over the rows of a scope costs 0.02 CPU seconds; one expectation a row with a
            # row_condition costs 0.6 for 70 rows and says the same.
            expectation = gx.expectations.ExpectColumnValuesToBeBetween(column=_SHORTFALL, max_value=0)
            batch = batches.get_batch(batch_parameters={"dataframe": pd.DataFrame(rows)})
            outcome = batch.validate(
                expectation,
                # COMPLETE lists every failing key; the table holds counts only, so no personal data surfaces.
                result_format={"result_format": "COMPLETE", "unexpected_index_column_names": [_KEY]},
            )
            failed |= read_failed_keys(outcome.to_json_dict(), scope=scope, expected_rows=len(rows))
    return frozenset(failed), gx.__version__


def _build_rows(pooled: Sequence[PooledScore], *, scope: str) -> list[dict[str, Any]]:
    """The score table of one scope as GX sees it: counts and names, never a cell of the data."""
    return [
        {
            _KEY: key,
            "entity": score.entity,
            "field": score.field,
            "scope": score.scope,
            "score_bp": score.observed_bp,
            "target_bp": score.target_bp,
            _SHORTFALL: score.shortfall,
        }
        for key, score in enumerate(pooled)
        if score.scope == scope
    ]


def read_failed_keys(outcome: Mapping[str, Any], *, scope: str, expected_rows: int) -> set[int]:
    """The keys that an expectation rejects.

    Raises:
        CheckBroken: the outcome reports an exception, did not look at every row, or contradicts itself.
    """
    if message := find_exception(outcome.get("exception_info") or {}):
        raise CheckBroken(f"The completeness check of scope {scope!r} could not be carried out: {message}")
    result = outcome.get("result") or {}
    # GX skips nulls, so a verdict counts only if each row was really judged.
    judged = (result.get("element_count") or 0) - (result.get("missing_count") or 0)
    if judged != expected_rows:
        raise CheckBroken(f"The completeness check of scope {scope!r} judged {judged} of {expected_rows} rows.")
    keys = {int(row[_KEY]) for row in result.get("unexpected_index_list") or []}
    if bool(outcome.get("success")) != (not keys) or len(keys) != result.get("unexpected_count"):
        raise CheckBroken(f"The completeness check of scope {scope!r} contradicts itself: {dict(result)}")
    return keys


def find_exception(exception_info: Mapping[str, Any]) -> str | None:
    """The message of the first exception; GX reports either one flat record or one record a failed metric."""
    records = [exception_info, *(value for value in exception_info.values() if isinstance(value, Mapping))]
    for record in records:
        if record.get("raised_exception"):
            return str(record.get("exception_message") or "no message")
    return None
