"""Personal data: planted values are looked for in everything that is written and printed, landing alone excepted."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from intake_company import GOOD, Company

from ingestion.values.personal import redact_expression, redact_text
from orchestration.cli import main

DAY = "2024-05-06"
#: Planted where a person's data belongs, and where it does not.
PLANTED = (
    "欧阳测试",
    "13811112222",
    "138-1111-2222",
    "ouyang.planted@example.com",
    "110101199003074516",
    "6222021234567890123",
    "朝阳区测试路九号",
    "zak-secret-token",
)
NAME, MOBILE, DASHED, MAIL, IDENTITY, CARD, ADDRESS, SECRET = PLANTED

FILES = {
    "crm.lead": (
        "lead_id,contact_name,mobile,email,status,created_at\n"
        f"l1,{NAME},{MOBILE},{MAIL},new,2024-05-01 09:00:00\n"
        f"l2,{NAME},+86 {DASHED},{MAIL},new,not a date\n"  # to quarantine
        f"l3,{NAME}\n"  # torn
        f"l4,,,,{MOBILE},2024-05-01 09:00:00\n"  # in the wrong column of a row that loads: free of a class
    ),
    "crm.account": (
        f"account_id,account_name,address,phone,电话备用\na1,Acme,{ADDRESS},{MOBILE},{DASHED}\na2,{NAME},,,{MAIL}\n"
    ),
    "crm.activity": (
        "activity_id,activity_type,subject,content,owner_user_id,created_at\n"
        f"v1,call,Called {MOBILE},Mail {MAIL} id {IDENTITY} card {CARD},u1,2024-05-01 09:00:00\n"
        f"v2,call,Called {DASHED},x,u1,yesterday\n"
    ),
    "mtg.meeting": (
        "platform,meeting_id,subject,host_user_id,start_url,started_at,ended_at\n"
        f"zoom,m1,Visit {MAIL},h1,https://z.example/s?zak={SECRET},2024-05-01 09:00:00,2024-05-01 10:00:00\n"
    ),
    # Refused as a whole: no header that anything knows, and the first line is a person.
    "crm.contact": f"{NAME},{MOBILE},{MAIL}\n{NAME},{MOBILE},{MAIL}\n",
}
#: A person's data in a column that nobody declared as personal is the one place that only a mapping can mend.
_IN_PLAIN_COLUMNS = {("crm__lead", MOBILE), ("crm__account", NAME)}


@pytest.fixture
def loaded(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[Path, str]:
    """A home folder after all of that was taken in, and everything that the commands printed."""
    monkeypatch.setenv("DEALHOUSE_PII_KEY", "the right key")
    for entity, text in FILES.items():
        folder = tmp_path / "arrivals" / entity.split(".")[0] / entity / f"dt={DAY}" / "d1"
        folder.mkdir(parents=True)
        (folder / "part-0001.csv").write_text(text, encoding="utf-8")
        (folder / "_manifest.json").write_text(json.dumps({"entity": entity, "files": [{"name": "part-0001.csv"}]}))
    home = tmp_path / "home"
    ingest = ["ingest", "--home", str(home), "--landing", str(tmp_path / "arrivals"), "--load-date", DAY]
    assert main(ingest) == 3
    for command in (["list"], ["show", "--status", "all"], ["list", "--json"], ["show", "--json"], ["replay"]):
        assert main(["quarantine", command[0], "--home", str(home), *command[1:]]) in (0, 3)
    for entity in FILES:
        data = next((tmp_path / "arrivals").rglob(f"{entity}/dt={DAY}/d1/part-0001.csv"))
        assert main(["mapping", "suggest", "--home", str(home), "--entity", entity, "--out", "-", str(data)]) in (
            0,
            2,
            3,
        )
    printed = capsys.readouterr()
    return home, printed.out + printed.err


def test_no_planted_value_is_printed(loaded: tuple[Path, str]) -> None:
    assert "quarantine" in loaded[1]
    for value in PLANTED:
        assert value not in loaded[1]


def test_no_planted_value_is_in_any_table(loaded: tuple[Path, str]) -> None:
    with duckdb.connect(str(loaded[0] / "warehouse" / "warehouse.duckdb"), read_only=True) as con:
        tables = con.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        assert ("quarantine", "crm__lead") in tables
        assert con.execute("select count(*) from quarantine.crm__lead").fetchone() == (2,)
        for schema, table in tables:
            for value in PLANTED:
                rows = con.execute(
                    f'select count(*) from {schema}."{table}" as t where contains(t::varchar, ?)', [value]
                ).fetchone()
                expected = 1 if schema == "raw" and (table, value) in _IN_PLAIN_COLUMNS else 0
                assert rows == (expected,), f"{value} in {schema}.{table}"


def test_no_planted_value_is_in_any_file_but_landing(loaded: tuple[Path, str]) -> None:
    home = loaded[0]
    found = {
        (path.relative_to(home).parts[0], value)
        for path in home.rglob("*")
        if path.is_file()
        for value in PLANTED
        if value.encode() in path.read_bytes()
    }
    assert {place for place, _ in found} <= {"landing", "warehouse"}
    assert {value for place, value in found if place == "warehouse"} <= {value for _, value in _IN_PLAIN_COLUMNS}
    assert {value for place, value in found if place == "landing"} >= {NAME, MOBILE, MAIL}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tel13800001234", "tel[mobile]"),
        ("_13800001234,13900005678", "_[mobile],[mobile]"),
        ("138.0000.1234", "[mobile]"),
        ("order 1380000123", "order 1380000123"),
        ("张三 foo@bar.com", "张三 [email]"),
        ("110101199003074516", "[id]"),
    ],
)
def test_python_and_sql_take_out_the_same(text: str, expected: str) -> None:
    assert redact_text(text) == expected
    with duckdb.connect() as con:
        assert con.execute(
            f"select {redact_expression('t', names=())} from (select ?::varchar as t)", [text]
        ).fetchone() == (expected,)


def test_headers_that_are_people_never_reach_ledger_or_screen(company: Company) -> None:
    company.deliver({**GOOD, "products.csv": f"sku,name,{MOBILE},{MAIL}\np1,A,x,y\n"})
    outcome = company.take_in()["products.csv"]
    assert outcome.status == "loaded"
    assert "[mobile], [email]" in str(outcome.note)
    for table in ("ops.delivery", "ops.column_profile", "raw.ref__product"):
        assert not company.rows(f"select 1 from {table} as t where contains(t::varchar, '{MOBILE}')")


def test_control_characters_hide_nothing_in_quarantine(company: Company) -> None:
    cell = f'"t\t{MOBILE}\n{MOBILE}\t{MAIL}"'
    company.deliver({**GOOD, "products.csv": f"sku,name,series,price\np1,A,A,1\np2,{cell},B,x\n"})
    assert company.take_in()["products.csv"].rows_quarantined == 1
    assert company.rows("select row_text->>'name' from quarantine.ref__product") == [("t [mobile] [mobile] [email]",)]


def test_landing_is_closed_to_other_users(loaded: tuple[Path, str]) -> None:
    assert (loaded[0] / "landing").stat().st_mode & 0o077 == 0


def test_another_key_ends_the_command_with_2_and_changes_nothing(
    loaded: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEALHOUSE_PII_KEY", "a wrong key")
    arguments = ["--home", str(loaded[0]), "--landing", str(tmp_path / "arrivals"), "--load-date", DAY]
    for command in ("ingest", "run"):
        assert main([command, *arguments]) == 2
        error = capsys.readouterr().err
        assert "DEALHOUSE_PII_KEY" in error
        assert "a wrong key" not in error
    monkeypatch.setenv("DEALHOUSE_PII_KEY", "the right key")
    assert main(["ingest", *arguments]) == 3


def test_same_person_is_one_token_in_every_entity(loaded: tuple[Path, str]) -> None:
    with duckdb.connect(str(loaded[0] / "warehouse" / "warehouse.duckdb"), read_only=True) as con:
        tokens = con.execute(
            "select mobile from raw.crm__lead where lead_id = 'l1' union all "
            "select phone from raw.crm__account where account_id = 'a1'"
        ).fetchall()
    assert len(set(tokens)) == 1
    assert len(tokens[0][0]) == 32
