"""Gathering the figures of the report from the warehouse; each is a row that an auditor can look up."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from data_quality.completeness import CompletenessScore
from data_quality.pooling import HEADLINE_ENTITY, PooledScore, pool_scores
from data_quality.standards import StandardSet
from warehouse.errors import ConfigError
from warehouse.sql_text import quote_identifier, quote_literal

# The report is read by people: the newest deliveries are listed, all of them are counted.
LISTED_DELIVERIES = 60

Row = dict[str, Any]


@dataclass(frozen=True)
class ReportContent:
    as_of: date
    scores: tuple[CompletenessScore, ...]
    pooled: tuple[PooledScore, ...]
    verdicts: dict[tuple[str, str, str], bool]
    engines: tuple[str, ...]
    file_fill: tuple[Row, ...]
    sources: tuple[Row, ...]
    deliveries: tuple[Row, ...]
    delivery_totals: tuple[Row, ...]
    quarantine: tuple[Row, ...]
    links: tuple[Row, ...]
    duckdb_version: str
    scores_fingerprint: str

    def get_verdict(self, score: PooledScore) -> bool | None:
        return self.verdicts.get((score.entity, score.field, score.scope))


def gather_content(con: duckdb.DuckDBPyConnection, *, as_of: date, standards: StandardSet) -> ReportContent:
    """Read everything the report shows for one ``as_of``.

    Raises:
        ConfigError: no scores for that day, or scores, verdicts and standards are not of one version.
    """
    scores = _read_scores(con, as_of=as_of, standards=standards)
    pooled = pool_scores(scores, standards=standards)
    verdicts, engines = _read_verdicts(con, as_of=as_of, pooled=pooled)
    (duckdb_version,) = con.execute("select version()").fetchall()[0]
    return ReportContent(
        as_of=as_of,
        scores=scores,
        pooled=pooled,
        verdicts=verdicts,
        engines=engines,
        file_fill=_read_file_fill(con, as_of=as_of),
        sources=_read_rows(con, "select * from ops.source order by source"),
        deliveries=_read_deliveries(con),
        delivery_totals=_read_rows(
            con,
            """select status, count(*) as deliveries, cast(sum(rows_in) as bigint) as rows_in,
                cast(sum(rows_loaded) as bigint) as rows_loaded,
                cast(sum(rows_quarantined) as bigint) as rows_quarantined
            from ops.delivery group by status order by status""",
        ),
        quarantine=_read_quarantine(con),
        links=_read_links(con),
        duckdb_version=str(duckdb_version),
        scores_fingerprint=hashlib.sha256(repr([vars(score) for score in scores]).encode()).hexdigest(),
    )


def _read_scores(
    con: duckdb.DuckDBPyConnection, *, as_of: date, standards: StandardSet
) -> tuple[CompletenessScore, ...]:
    rows = con.execute(
        """select entity, field, stage_code, required_cells, filled_cells, weight, target_bp, owner,
            standard_version
        from dq.completeness_daily where as_of = ? order by entity, field, stage_code""",
        [as_of],
    ).fetchall()
    scores = tuple(CompletenessScore(*row) for row in rows)
    if not scores:
        raise ConfigError(f"There are no completeness scores for {as_of}; score that day first.")
    versions = {standard.entity: standard.version for standard in standards.entities}
    for score in scores:
        if versions.get(score.entity) != score.standard_version:
            raise ConfigError(
                f"{score.entity} was scored on {as_of} by version {score.standard_version} of its standard, "
                f"but the standards at hand have {versions.get(score.entity)}; score that day again."
            )
    return scores


def _read_verdicts(
    con: duckdb.DuckDBPyConnection, *, as_of: date, pooled: Sequence[PooledScore]
) -> tuple[dict[tuple[str, str, str], bool], tuple[str, ...]]:
    observed = {(score.entity, score.field, score.scope): score.observed_bp for score in pooled}
    names = sorted({score.check_name for score in pooled})
    verdicts: dict[tuple[str, str, str], bool] = {}
    engines: set[str] = set()
    rows = con.execute(
        """select entity, field, scope, observed_bp, passed, engine from dq.check_result
        where as_of = ? and check_name in (select unnest(?))""",
        [as_of, names],
    ).fetchall()
    for entity, field, scope, observed_bp, passed, engine in rows:
        if observed.get((entity, field, scope)) != observed_bp:
            raise ConfigError(
                f"The verdict on {entity}/{field} ({scope}) of {as_of} belongs to other scores; judge that day again."
            )
        verdicts[(entity, field, scope)] = passed
        engines.add(engine)
    return verdicts, tuple(sorted(engines))


def _read_file_fill(con: duckdb.DuckDBPyConnection, *, as_of: date) -> tuple[Row, ...]:
    """One row a file, with the entities that were loaded from it: of files with the same entities the largest.

    A backfill brings one a day, and what the average hides of the largest it hides of the others.
    """
    return _read_rows(
        con,
        """with entities as (
            select source, file, list(distinct entity order by entity) as entities
            from ops.delivery where entity is not null group by source, file
        )
        select fill.source, fill.file, fill.cells, fill.filled_cells,
            coalesce(entities.entities, []) as entities
        from dq.file_fill as fill left join entities using (source, file)
        where fill.as_of = ?
        qualify row_number() over (
            partition by coalesce(entities.entities, [fill.file]) order by fill.cells desc, fill.file
        ) = 1
        order by fill.source, fill.file""",
        [as_of],
    )


def _read_deliveries(con: duckdb.DuckDBPyConnection) -> tuple[Row, ...]:
    return _read_rows(
        con,
        f"""select load_date, source, file, entity, output, status, reason, rows_in, rows_loaded,
            rows_quarantined
        from ops.delivery
        order by load_date desc, source nulls last, file, entity nulls last, output nulls last, delivery_id
        limit {LISTED_DELIVERIES}""",
    )


def _read_quarantine(con: duckdb.DuckDBPyConnection) -> tuple[Row, ...]:
    """Rows per table, reason and status. Only codes are read: the text of a row may hold personal data."""
    tables = con.execute(
        """select table_name from duckdb_columns()
        where database_name = current_database() and schema_name = 'quarantine'
            and column_name = 'reason_codes'
        order by table_name"""
    ).fetchall()
    found: list[Row] = []
    for (table,) in tables:
        found += _read_rows(
            con,
            f"""select {quote_literal(table)} as "table", reason, status, count(*) as "rows"
            from (select unnest(reason_codes) as reason, status from quarantine.{quote_identifier(table)})
            group by reason, status order by reason, status""",
        )
    return tuple(found)


def _read_links(con: duckdb.DuckDBPyConnection) -> tuple[Row, ...]:
    """Matched references of ``governance.link_match_rate``; nothing where that mart has not been built."""
    (built,) = con.execute(
        """select count(*) from duckdb_columns()
        where database_name = current_database() and schema_name = 'governance'
            and table_name = 'link_match_rate'"""
    ).fetchall()[0]
    if not built:
        return ()
    return _read_rows(
        con,
        """select link, row_count, rows_with_reference, rows_matched
        from governance.link_match_rate order by link""",
    )


def _read_rows(con: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[object] = ()) -> tuple[Row, ...]:
    cursor = con.execute(query, list(parameters))
    names = [column[0] for column in cursor.description or []]
    return tuple(dict(zip(names, row, strict=True)) for row in cursor.fetchall())


def get_headline(content: ReportContent) -> PooledScore | None:
    """The company figure; None where no CRM entity has data."""
    return next((score for score in content.pooled if score.entity == HEADLINE_ENTITY), None)
