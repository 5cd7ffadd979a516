"""The command line: help for every command, exit code 2 with one sentence for wrong use, settings with their source."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestration.cli import build_parser, main
from orchestration.daily_run import run_daily_load
from warehouse.errors import ConfigError
from warehouse.lock import hold_run_lock
from warehouse.settings import load_settings


def test_every_command_has_a_help_text() -> None:
    text = build_parser().format_help()
    for command in ("run", "ingest", "mapping", "quarantine", "simulate", "ui", "config"):
        assert f"    {command}" in text
    assert "exit codes" in text


def test_no_home_folder_is_wrong_use(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("DEALHOUSE_HOME", raising=False)
    assert main(["config"]) == 2
    assert "--home" in capsys.readouterr().err


def test_extracts_that_are_not_there_are_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(
        ["run", "--home", str(tmp_path / "home"), "--extracts", str(tmp_path / "no"), "--load-date", "2024-05-06"]
    )
    assert code == 2
    assert "not a folder" in capsys.readouterr().err


def test_home_may_stand_before_or_after_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(tmp_path), "config", "--json"]) == 0
    before = json.loads(capsys.readouterr().out)
    assert main(["config", "--home", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == before
    assert before["home"] == str(tmp_path.resolve())


def test_config_never_prints_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEALHOUSE_PII_KEY", "top secret")
    assert main(["config", "--home", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "top secret" not in out
    assert "DEALHOUSE_PII_KEY" in out


def test_wrong_setting_names_its_variable(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="DEALHOUSE_SCHEDULE_HOUR"):
        load_settings(home=tmp_path, environ={"DEALHOUSE_SCHEDULE_HOUR": "early"})


def test_second_run_in_the_same_home_is_refused(tmp_path: Path) -> None:
    from datetime import date

    (tmp_path / "extracts").mkdir()
    settings = load_settings(home=tmp_path / "home", extracts=tmp_path / "extracts", environ={})
    with hold_run_lock(settings.home), pytest.raises(ConfigError, match="Another dealhouse run"):
        run_daily_load(settings, load_date=date(2024, 5, 6), as_of=date(2024, 5, 5))


def test_load_date_before_the_first_partition_is_refused(tmp_path: Path) -> None:
    from datetime import date

    (tmp_path / "extracts").mkdir()
    settings = load_settings(home=tmp_path / "home", extracts=tmp_path / "extracts", environ={})
    with pytest.raises(ConfigError, match="DEALHOUSE_FIRST_LOAD_DATE"):
        run_daily_load(settings, load_date=date(2001, 1, 1), as_of=date(2000, 12, 31))


def test_range_of_dates_needs_folders_by_day(tmp_path: Path) -> None:
    from datetime import date

    (tmp_path / "extracts").mkdir()
    settings = load_settings(home=tmp_path / "home", extracts=tmp_path / "extracts", environ={})
    for first, words in ((date(2024, 5, 4), "folders by day"), (date(2024, 5, 7), "after the load date")):
        with pytest.raises(ConfigError, match=words):
            run_daily_load(settings, load_date=date(2024, 5, 6), as_of=date(2024, 5, 5), from_date=first)


def test_load_date_in_the_future_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "extracts" / "crm_maven").mkdir(parents=True)
    code = main(
        ["run", "--home", str(tmp_path / "home"), "--extracts", str(tmp_path / "extracts"), "--load-date", "2999-01-01"]
    )
    assert code == 2
    assert "future" in capsys.readouterr().err


def test_folders_by_day_are_never_taken_for_another_day(tmp_path: Path) -> None:
    from datetime import date

    from ingestion.extract_set import folder_of_day

    assert folder_of_day(tmp_path, date(2024, 5, 6)) == tmp_path
    (tmp_path / "dt=2024-05-06").mkdir()
    assert folder_of_day(tmp_path, date(2024, 5, 6)) == tmp_path / "dt=2024-05-06"
    with pytest.raises(ConfigError, match="dt=2024-05-07"):
        folder_of_day(tmp_path, date(2024, 5, 7))
