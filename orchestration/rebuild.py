"""Building every mart from what is loaded already: as things are now, or as they were on an earlier day."""

from __future__ import annotations

from datetime import date, timedelta

from ingestion.contract import load_contracts
from ingestion.known_then import restore_known_then
from orchestration.daily_run import RunOutcome, execute_jobs, store_report
from orchestration.jobs import REBUILD
from warehouse.connection import connect
from warehouse.errors import ConfigError
from warehouse.lock import hold_run_lock
from warehouse.settings import Settings

AS_OF_FOLDER = "as_of"


def rebuild_marts(settings: Settings, *, as_of: date | None, full_refresh: bool) -> RunOutcome:
    """Build, score and publish without taking anything in.

    For the newest day in the home itself; for an earlier day in ``<home>/as_of/<day>``, a home of its own with the raw
    tables as they were then, so that today's marts stay as they are. Models are trained anew there.

    Raises:
        ConfigError: nothing is loaded, or nothing was loaded yet on that day.
    """
    if not settings.warehouse_path.is_file():
        raise ConfigError(f"{settings.warehouse_path} does not exist: load a delivery before building.")
    with hold_run_lock(settings.home):
        first, newest = _loaded_dates(settings)
        newest_as_of = newest - timedelta(days=1)
        chosen = as_of or newest_as_of
        if chosen > newest:
            raise ConfigError(f"--as-of {chosen} is after the newest load date {newest}: load that day first.")
        if chosen >= newest_as_of:
            return _build(settings, as_of=chosen, load_date=newest, full_refresh=full_refresh)
        load_date = chosen + timedelta(days=1)
        if load_date < first:
            raise ConfigError(f"--as-of {chosen} is before anything was loaded; the first load date is {first}.")
        then = settings.model_copy(
            update={"home": settings.home / AS_OF_FOLDER / f"{chosen}", "extracts": None, "landing": None}
        )
        restore_known_then(settings.warehouse_path, then.warehouse_path, load_contracts(), load_date=load_date)
        return _build(then, as_of=chosen, load_date=load_date, full_refresh=True)


def _loaded_dates(settings: Settings) -> tuple[date, date]:
    with connect(settings.warehouse_path, read_only=True) as con:
        row = con.execute("select min(load_date), max(load_date) from ops.file_ledger").fetchone()
    if row is None or row[0] is None:
        raise ConfigError("Nothing is loaded yet: load a delivery before building.")
    return row[0], row[1]


def _build(settings: Settings, *, as_of: date, load_date: date, full_refresh: bool) -> RunOutcome:
    steps = ("build_to_features", "build_after_scoring")
    options = {"ops": {step: {"config": {"full_refresh": True}} for step in steps}} if full_refresh else {}
    report = execute_jobs(
        settings, job_names=(REBUILD,), first=load_date, load_date=load_date, as_of=as_of,
        fingerprint=f"rebuild-{as_of}", run_config=options,
    )  # fmt: skip
    store_report(settings, report)
    return RunOutcome(int(report["exit_code"]), report)
