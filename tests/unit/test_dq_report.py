"""The auditor's page shows what is stored, escapes what comes from outside and is the same for the same rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from data_quality.figures import format_percent
from data_quality.report import render_report, write_report
from data_quality.standards import load_standards
from warehouse.errors import ConfigError
from warehouse.schema import create_shared_tables

AS_OF = date(2024, 3, 31)
HOSTILE = "<script>alert('x')</script>.csv"


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """664 of 2,089 open deals have a customer, all closed ones do; the file as a whole is 91.3 % filled."""
    with duckdb.connect() as connection:
        create_shared_tables(connection)
        connection.execute(
            """insert into dq.completeness_daily values
            ('2024-03-31', 'crm.opportunity', 'account_id', 'needs_analysis', 2089, 664, 1, 9000, 'x', 1),
            ('2024-03-31', 'crm.opportunity', 'account_id', 'contract_signed', 90000, 90000, 1, 9000, 'x', 1),
            ('2024-03-31', 'crm.user', 'region', 'all', 10, 10, 1, 9000, 'x', 1)"""
        )
        connection.execute(
            """insert into dq.check_result values
            ('2024-03-31', 'completeness_field_open', 'crm.opportunity', 'account_id', 'open', 3178, 9000, false,
             'great_expectations 1.24.1'),
            ('2024-03-31', 'completeness_field', 'crm.user', 'region', 'field', 10000, 9000, true,
             'great_expectations 1.24.1')"""
        )
        connection.execute("insert into dq.file_fill values ('2024-03-31', 'crm', ?, 70400, 64297)", [HOSTILE])
        connection.execute(
            """insert into ops.delivery (delivery_id, source, entity, file, status, reason, rows_in, rows_loaded,
                rows_quarantined, load_date)
            values ('d1', 'crm', 'crm.opportunity', ?, 'loaded', null, 8802, 8800, 2, '2024-03-31'),
                ('d2', 'crm', null, 'b.csv', 'rejected', '<b>bad</b>', null, null, null, '2024-03-31')""",
            [HOSTILE],
        )
        connection.execute(
            """create table quarantine.crm__opportunity (reason_codes varchar[], status varchar, row_text json);
            insert into quarantine.crm__opportunity
            values (['bad_date:closed_on'], 'open', '{"phone": "13800000000"}')"""
        )
        yield connection


def render(con: duckdb.DuckDBPyConnection) -> str:
    return render_report(con, as_of=AS_OF, standards=load_standards())


def read_text(html: str) -> str:
    """What a reader sees: blocks apart, tags out, white space folded."""
    apart = re.sub(r"</(?:div|td|th|p|h\d|dt|dd)>", " ", html)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", apart))


def test_the_finding_stands_beside_the_average_that_hides_it(con: duckdb.DuckDBPyConnection) -> None:
    text = read_text(render(con))
    assert "Deals: account_id is empty on 1,425 of 2,089 open records; filled 664 (31.8 %), target 90.0 %." in text
    assert "68.2 % missing" in text
    assert "is 91.3 % filled (64,297 of 70,400) and would pass 90.0 %; a required field above does not" in text
    assert "baseline 基线 61.3 %" in text


def test_what_was_not_judged_or_not_signed_is_said(con: duckdb.DuckDBPyConnection) -> None:
    text = read_text(render(con))
    assert "not judged 未评判" in text  # the entity has a score, but no verdict was stored for it
    assert "no data 无数据" in text  # seven entities have no rows
    assert "Not signed yet 尚未签批: stages, placeholders, crm_completeness_rate, crm.account" in text


def test_deliveries_and_quarantine_are_listed_without_the_text_of_a_row(con: duckdb.DuckDBPyConnection) -> None:
    html = render(con)
    text = read_text(html)
    assert "Rows in = loaded + quarantined: 8,802 = 8,800 + 2 ✓" in text
    assert "bad_date:closed_on" in text
    assert "13800000000" not in html


def test_text_from_outside_is_escaped_and_nothing_is_fetched(con: duckdb.DuckDBPyConnection) -> None:
    html = render(con)
    assert "&lt;script&gt;" in html
    assert "&lt;b&gt;bad&lt;/b&gt;" in html
    assert "<script" not in html
    assert not re.search(r"(?:src|href|url|@import)\s*[=(]|https?://", html)


def test_the_same_rows_give_the_same_bytes_in_any_order_of_insertion(con: duckdb.DuckDBPyConnection) -> None:
    first = render(con)
    for table in ("dq.completeness_daily", "dq.check_result", "ops.delivery"):
        rows = con.execute(f"select * from {table} order by all desc").fetchall()
        con.execute(f"delete from {table}")
        con.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)
    assert render(con) == first


def test_the_fingerprint_of_the_scores_changes_with_one_cell(con: duckdb.DuckDBPyConnection) -> None:
    def read_fingerprint() -> str:
        found = re.search(r"sha256 of the scores <code>(\w{64})", render(con))
        assert found
        return found[1]

    before = read_fingerprint()
    con.execute("update dq.completeness_daily set filled_cells = filled_cells - 1 where stage_code = 'contract_signed'")
    assert read_fingerprint() != before


@pytest.mark.parametrize(
    ("sabotage", "message"),
    [
        ("delete from dq.completeness_daily", "There are no completeness scores for 2024-03-31"),
        ("update dq.completeness_daily set standard_version = 2", "version 2 of its standard"),
        ("update dq.check_result set observed_bp = 9999 where scope = 'open'", "belongs to other scores"),
    ],
)
def test_figures_of_different_runs_are_never_mixed_on_one_page(
    con: duckdb.DuckDBPyConnection, sabotage: str, message: str
) -> None:
    con.execute(sabotage)
    with pytest.raises(ConfigError, match=message):
        render(con)


def test_link_rates_are_shown_only_where_the_mart_exists(con: duckdb.DuckDBPyConnection) -> None:
    assert "Links between systems" not in render(con)
    con.execute(
        """create schema governance;
        create table governance.link_match_rate
            (link varchar, row_count bigint, rows_with_reference bigint, rows_matched bigint);
        insert into governance.link_match_rate values
            ('order_to_customer', 400, 300, 299), ('meeting_to_opportunity', 0, 0, 0)"""
    )
    text = read_text(render(con))
    assert "order_to_customer 400 300 299 74.8 % 1 " in text
    assert "meeting_to_opportunity 0 0 0 — 0 " in text  # nothing to link is not 0 % and not 100 %


def test_writing_replaces_the_page_at_once_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "data_quality.html"
    write_report(path, "旧")
    write_report(path, "新\n")
    assert path.read_bytes() == "新\n".encode()
    assert list(path.parent.iterdir()) == [path]
    with pytest.raises(UnicodeEncodeError):
        write_report(path, "half \udcff")  # cannot be written: the page before stays
    assert path.read_bytes() == "新\n".encode()
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("part", "whole", "target_bp", "shown"),
    [
        (664, 2089, 9000, "31.8 %"),
        (1425, 2089, None, "68.2 %"),
        (8999, 10_000, 9000, "89.9 %"),  # 89.99 % must not look like the target it misses
        (9000, 10_000, 9000, "90.0 %"),
        (9999, 10_000, None, "99.9 %"),  # one cell is missing: not 100 %
        (10_000, 10_000, 9000, "100.0 %"),
        (1, 10_000, None, "< 0.1 %"),
        (0, 10_000, None, "0.0 %"),
        (1, 8, None, "12.5 %"),
        (1, 16, None, "6.3 %"),  # 6.25 is rounded half up
        (0, 0, None, "—"),
    ],
)
def test_percentages_never_cross_the_line_that_decides(
    part: int, whole: int, target_bp: int | None, shown: str
) -> None:
    assert format_percent(part, whole, target_bp=target_bp) == shown
