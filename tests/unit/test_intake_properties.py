"""Properties of intake: any table in any dialect reads back equal, and no damage to a file loses a row in silence."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from intake_company import LOAD_DATE, Company, open_company

from ingestion.extract_set import ExtractSet
from ingestion.files.delivered import Delivered
from ingestion.files.reading import read_delivered
from ingestion.ledger import find_lost_rows
from ingestion.mapping import FileFormat, Mapping

HEADER = ("account_id", "客户名称", "industry", "city")
#: What a reader may trip over: delimiters, quotes, line ends, wide and four-byte characters, signs of other tools.
NASTY = ",;|\t\"'\n\r \u3000\u00a0=+-@合计总1２万元é𠮷ab0.#\\"
CELLS = st.text(st.one_of(st.sampled_from(NASTY), st.characters(exclude_categories=("Cs", "Cc"))), max_size=8)
BLANKS = " \t\r\n\u3000\u00a0"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """One company for all examples: opening one costs more than an example."""
    with open_company(tmp_path_factory.mktemp("properties") / "company") as opened:
        yield opened


def _read(path: Path, file: FileFormat) -> list[tuple[object, ...]]:
    """All rows as the loader reads them: fast, and record by record where the fast reader refuses."""
    with duckdb.connect() as con:

        def fetch(delivered: Delivered) -> list[tuple[object, ...]]:
            cells = ", ".join(str(delivered.find(header)) for header in HEADER)
            return con.execute(f"select {cells}, _set_aside from {delivered.relation} order by _row_no").fetchall()

        return read_delivered(con, path, fetch, name=path.name, file=file, wanted=frozenset(HEADER))


def _cleaned(cell: str) -> str | None:
    text = cell.replace("\r\n", "\n").replace("\r", "\n").strip(BLANKS)
    return text or None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), min_size=1, max_size=12),
    delimiter=st.sampled_from(",;|\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    preamble=st.lists(st.sampled_from(["2024年5月", "导出人,王芳", "", "---"]), max_size=3),
    order=st.permutations(range(4)),
    packed=st.booleans(),
)
@example(
    table=[("", "", "", "\r"), ("", "", "", "\n")],
    delimiter=",",
    encoding="utf-8",
    newline="\r\n",
    quoting=csv.QUOTE_ALL,
    preamble=["2024年5月"],
    order=[0, 1, 2, 3],
    packed=False,
)
def test_random_table_in_a_random_dialect_reads_back_equal(
    tmp_path: Path,
    table: list[tuple[str, str, str, str]],
    delimiter: str,
    encoding: str,
    newline: str,
    quoting: int,
    preamble: list[str],
    order: list[int],
    packed: bool,
) -> None:
    # Text formulas and apostrophes are cleaned by rules of their own (tested on their own).
    assume(not any(cell.strip(BLANKS).startswith(("=", "'")) for row in table for cell in row))
    # This writer leaves a lone carriage return without quotes, which ends a line for every reader.
    assume(quoting == csv.QUOTE_ALL or not any("\r" in cell for row in table for cell in row))
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, quoting=quoting, lineterminator=newline)
    for line in preamble:
        buffer.write(line + newline)
    for row in (HEADER, *table):
        writer.writerow([row[place] for place in order])
    path = tmp_path / ("table.csv.gz" if packed else "table.csv")
    content = buffer.getvalue().encode(encoding)
    # Two bytes of one language may be sound text of the other: such a sample has no encoding that can be told.
    assume(
        encoding != "gb18030"
        or any(len(c.encode("gb18030")) > 1 and c > "\u00ff" for row in table for c in "".join(row))
    )
    path.write_bytes(gzip.compress(content) if packed else content)
    declared = {"encoding": "gb18030"} if encoding == "gb18030" else {}
    read = _read(path, FileFormat.model_validate({"format": "csv", **declared}))
    expected = [tuple(map(_cleaned, row)) for row in table]
    expected = [row for row in expected if any(row)]
    assert [tuple(_line_ends(cell) for cell in row[:4]) for row in read] == expected
    set_aside = {row[4] for row in read}
    assert set_aside <= {None, "summary_row", "repeated_header"}


def _line_ends(cell: object) -> object:
    return cell.replace("\r\n", "\n").replace("\r", "\n") if isinstance(cell, str) else cell


ACCOUNTS = Mapping.model_validate(
    {
        "mapping": "account",
        "version": 1,
        "description": "Accounts.",
        "file": {"format": "csv"},
        "outputs": [
            {
                "name": "account",
                "entity": "crm.account",
                "columns": {
                    "account_id": {"from": "account_id"},
                    "account_name": {"from": "客户名称"},
                    "industry": {"from": "industry"},
                    "employee_count": {"from": "staff"},
                },
            }
        ],
    }
)
ONE_FILE = ExtractSet.model_validate(
    {
        "extract_set": "one",
        "description": "One file.",
        "sources": {"crm": {"system": "t_crm", "business_zone": "Asia/Shanghai", "currency": "CNY"}},
        "files": [{"path": "accounts.csv", "mapping": "account", "source": "crm"}],
    }
)
ROWS = [f"a{i:03},客户{i},制造,{i}" for i in range(40)]
SOUND = ("account_id,客户名称,industry,staff\n" + "\n".join(ROWS) + "\n").encode()


@st.composite
def damage(draw: st.DrawFn) -> bytes:
    """The sound file with bytes cut off, flipped, left out, doubled, put in or moved."""
    content = bytearray(SOUND)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(content) - 1))
        end = draw(st.integers(start, min(len(content), start + 120)))
        kind = draw(st.sampled_from(["cut", "flip", "drop", "double", "insert", "move"]))
        if kind == "cut":
            del content[start:]
        elif kind == "flip":
            content[start] ^= 1 << draw(st.integers(0, 7))
        elif kind == "drop":
            del content[start:end]
        elif kind == "double":
            content[end:end] = content[start:end]
        elif kind == "insert":
            content[start:start] = draw(st.binary(min_size=1, max_size=6))
        else:
            piece = content[start:end]
            del content[start:end]
            place = draw(st.integers(0, len(content)))
            content[place:place] = piece
        if not content:
            break
    return bytes(content)


def _records(content: bytes) -> int | None:
    """Records below the header, counted by another reader; None where it cannot read the text."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        return None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    blank = str.maketrans("", "", BLANKS)
    records = [row for row in reader if any(cell.translate(blank) for cell in row)]
    place = next((i for i, row in enumerate(records) if any(cell.strip() in HEADER for cell in row)), 0)
    return len(records) - place - 1


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=damage())
def test_damaged_file_loses_no_row_without_saying_so(shared: Company, content: bytes) -> None:
    assume(content != SOUND)
    con = shared.con
    for table in ("raw.crm__account", "quarantine.crm__account", "ops.delivery", "ops.file_ledger"):
        con.execute(f"delete from {table}")
    shared.deliver({"accounts.csv": content})
    outcome = shared.take_in(mappings=(ACCOUNTS,), extract_set=ONE_FILE)["accounts.csv"]
    assert outcome.status in ("loaded", "rejected")
    if outcome.status == "rejected":
        assert outcome.message is not None
        assert shared.rows("select count(*) from raw.crm__account") == [(0,)]
        assert shared.rows("select count(*) from quarantine.crm__account") == [(0,)]
        return
    (counts,) = shared.rows("select rows_read, rows_loaded, rows_quarantined from ops.delivery")
    assert counts[0] == counts[1] + counts[2] == _records(content)  # type: ignore[operator]
    assert find_lost_rows(con, LOAD_DATE) == []
    lines = set(content.decode("utf-8", "replace").split("\n"))
    if SOUND.decode().split("\n")[0] not in lines and outcome.note is not None:
        # A column whose header is damaged is left empty, and the record of the delivery names it.
        return
    # Every untouched line is there as it was, or waits in quarantine.
    untouched = [row.split(",") for row in ROWS if row in lines]
    loaded = set(
        shared.rows("select account_id, account_name, industry, employee_count::varchar from raw.crm__account")
    )
    lost = [row for row in untouched if tuple(row) not in loaded]
    assert len(lost) <= outcome.rows_quarantined
