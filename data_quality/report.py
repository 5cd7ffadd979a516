"""The auditor's page: one self-contained HTML file; every percentage stands beside its two integers."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from data_quality.figures import Share, format_basis_points, format_count, format_percent
from data_quality.pooling import ALL_FIELDS, PooledScore
from data_quality.report_content import LISTED_DELIVERIES, ReportContent, gather_content, get_headline
from data_quality.standards import EntityStandard, RequiredField, StandardSet

_TEMPLATE_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Finding:
    """A field that misses its target in one scope."""

    entity: str
    label_en: str
    label_zh: str
    field: str
    scope: str
    share: Share


def render_report(con: duckdb.DuckDBPyConnection, *, as_of: date, standards: StandardSet) -> str:
    """The report for one ``as_of`` as HTML; the same rows give the same bytes.

    Raises:
        ConfigError: no scores for that day, or scores, verdicts and standards are not of one version.
    """
    content = gather_content(con, as_of=as_of, standards=standards)
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATE_FOLDER),
        autoescape=True,  # file names, reasons and codes come from outside
        undefined=StrictUndefined,  # a renamed figure must break the report, not leave a hole in it
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["count"] = format_count
    environment.filters["bp"] = format_basis_points
    headline = get_headline(content)
    findings = _find_failures(content, standards)
    return environment.get_template("report.html.j2").render(
        content=content,
        standards=standards,
        headline=_build_share(content, headline) if headline else None,
        passed_checks=sum(content.verdicts.values()),
        findings=findings,
        misleading_files=_find_misleading_files(content, standards, findings),
        entities=[_build_entity(content, standard) for standard in standards.entities],
        matrices=[
            _build_matrix(content, standards, standard)
            for standard in standards.entities
            if standard.stage_field and any(score.entity == standard.entity for score in content.scores)
        ],
        unstaged=_build_unstaged(content, standards),
        files=[_build_file(content, standards, row) for row in content.file_fill],
        links=[{"row": row, "rate": format_percent(row["rows_matched"], row["row_count"])} for row in content.links],
        row_totals={
            name: sum(row[name] or 0 for row in content.delivery_totals)
            for name in ("rows_in", "rows_loaded", "rows_quarantined")
        },
        total_deliveries=sum(row["deliveries"] for row in content.delivery_totals),
        listed_deliveries=LISTED_DELIVERIES,
        undecided=_find_undecided(standards),
    )


def write_report(path: Path, html: str) -> None:
    """Write the page at once: a reader sees the old report or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(html)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)  # mkstemp gives 0600, and the report is there to be read
        os.replace(temporary, path)  # noqa: PTH105  # the name that says: atomic
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _build_share(content: ReportContent, score: PooledScore) -> Share:
    return Share(score.filled, score.required, score.target_bp, content.get_verdict(score))


def _find_score(content: ReportContent, entity: str, field: str, scope: str) -> Share | None:
    for score in content.pooled:
        if (score.entity, score.field, score.scope) == (entity, field, scope):
            return _build_share(content, score)
    return None


def _find_failures(content: ReportContent, standards: StandardSet) -> list[Finding]:
    """Fields below target, open records first (these can still be repaired), then by missing cells.

    A staged field is named once: where its open or closed records fail, its total is not listed again.
    """
    failed = [s for s in content.pooled if s.scope in ("open", "closed", "field") and s.shortfall > 0]
    split = {(score.entity, score.field) for score in failed if score.scope != "field"}
    findings = [
        Finding(
            entity=score.entity,
            label_en=standards.get_entity(score.entity).label_en,
            label_zh=standards.get_entity(score.entity).label_zh,
            field=score.field,
            scope=score.scope,
            share=_build_share(content, score),
        )
        for score in failed
        if score.scope != "field" or (score.entity, score.field) not in split
    ]
    return sorted(findings, key=lambda f: (f.scope != "open", -f.share.missing, f.entity, f.field))


def _find_misleading_files(
    content: ReportContent, standards: StandardSet, findings: Sequence[Finding]
) -> list[dict[str, Any]]:
    """Files whose average of all cells reaches the target although a required field of theirs does not."""
    failing = {finding.entity for finding in findings}
    return [
        {"file": row["file"], "share": share}
        for row in content.file_fill
        if failing & set(row["entities"])
        and (share := Share(row["filled_cells"], row["cells"], standards.headline.target_bp)).reaches_target
    ]


def _build_entity(content: ReportContent, standard: EntityStandard) -> dict[str, Any]:
    return {"standard": standard, "share": _find_score(content, standard.entity, ALL_FIELDS, "entity")}


def _build_matrix(content: ReportContent, standards: StandardSet, standard: EntityStandard) -> dict[str, Any]:
    """Fields by stage; a cell is None where the stage does not require the field."""
    of_entity = [score for score in content.scores if score.entity == standard.entity]
    cells = {(s.field, s.stage_code): Share(s.filled_cells, s.required_cells, s.target_bp) for s in of_entity}
    present = {score.stage_code for score in of_entity}
    codes = [code for code in standards.stages.codes if code in present]
    codes += sorted(present - set(codes))
    records = {score.stage_code: score.required_cells for score in of_entity}
    scopes = ("open", "closed", "field")
    return {
        "standard": standard,
        "stages": [{"labels": standards.stages.get_labels(code), "records": records[code]} for code in codes],
        "rows": [
            {
                "field": field.field,
                "rule": _describe_requirement(field),
                "cells": [cells.get((field.field, code)) for code in codes],
                "totals": [_find_score(content, standard.entity, field.field, scope) for scope in scopes],
            }
            for field in standard.fields
        ],
    }


def _describe_requirement(field: RequiredField) -> str:
    return " + ".join([field.required_from, *field.also_required_at])


def _build_unstaged(content: ReportContent, standards: StandardSet) -> list[dict[str, Any]]:
    groups = []
    for standard in standards.entities:
        shares = [_find_score(content, standard.entity, field.field, "field") for field in standard.fields]
        if not standard.stage_field and any(shares):
            rows = [(field.field, share) for field, share in zip(standard.fields, shares, strict=True) if share]
            groups.append({"standard": standard, "rows": rows})
    return groups


def _build_file(content: ReportContent, standards: StandardSet, row: dict[str, Any]) -> dict[str, Any]:
    """The average of all cells beside the score of the same file's entities and their weakest required field."""
    target_bp = standards.headline.target_bp
    entities = [s for s in content.pooled if s.scope == "entity" and s.entity in row["entities"]]
    fields = [
        score
        for score in content.pooled
        if score.entity in row["entities"] and score.scope in ("field", "open", "closed")
    ]
    weakest = min(fields, key=lambda s: (s.observed_bp, s.scope == "field"), default=None)
    return {
        "row": row,
        "average": Share(row["filled_cells"], row["cells"], target_bp),
        "score": _sum_shares(entities, target_bp),
        "weakest": weakest,
        "weakest_share": _build_share(content, weakest) if weakest else None,
    }


def _sum_shares(scores: Iterable[PooledScore], target_bp: int) -> Share | None:
    members = list(scores)
    if not members:
        return None
    return Share(sum(s.filled for s in members), sum(s.required for s in members), target_bp)


def _find_undecided(standards: StandardSet) -> list[str]:
    """Names of the standards that nobody has signed."""
    documents = [("stages", standards.stages), ("placeholders", standards.placeholders)]
    names = [name for name, document in documents if not document.decided]
    if not standards.headline.decided:
        names.append(standards.headline.metric_code)
    return names + [standard.entity for standard in standards.entities if not standard.decided]
