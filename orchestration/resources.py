"""The one resource of the daily load: where things are, the dates of the run, and the lock for its whole length."""

import os
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
from pydantic import PrivateAttr

from ingestion.contract import load_contracts
from ingestion.extract_set import EXTRACT_SETS_DIR, check_extract_set, choose_extract_set, folder_of_day, plan_intake
from ingestion.intake import Intake
from ingestion.mapping import MAPPINGS_DIR, load_mappings
from ingestion.personal_data import read_key
from orchestration.dead_runs import end_dead_runs
from warehouse.errors import ConfigError
from warehouse.lock import hold_run_lock
from warehouse.settings import Settings

#: A scheduled run waits for one that was started by hand instead of failing beside it.
LOCK_WAIT_SECONDS = 3600


class RunInputs(dg.ConfigurableResource):
    """What a run is given; ``as_of`` is the date models take for today, the day before the load date if left out."""

    home: str
    extracts: str | None = None
    extract_set: str | None = None
    as_of: str | None = None
    random_seed: int = 20240101
    snapshots_kept: int = 5
    # The command line takes the lock itself, before it looks at anything.
    lock_is_held: bool = False

    _held: ExitStack = PrivateAttr(default_factory=ExitStack)

    @classmethod
    def from_settings(cls, settings: Settings, *, as_of: date | None = None, lock_is_held: bool = False) -> "RunInputs":
        return cls(
            home=str(settings.home),
            extracts=str(settings.extracts) if settings.extracts else None,
            extract_set=settings.extract_set,
            as_of=as_of.isoformat() if as_of else None,
            random_seed=settings.random_seed,
            snapshots_kept=settings.snapshots_kept,
            lock_is_held=lock_is_held,
        )

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        if self.lock_is_held:
            return
        self._held.enter_context(hold_run_lock(Path(self.home), wait_seconds=LOCK_WAIT_SECONDS))
        if context.instance is not None:
            end_dead_runs(context.instance, alive=context.run_id)

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002
        self._held.close()

    @property
    def settings(self) -> Settings:
        return Settings(
            home=Path(self.home),
            extracts=Path(self.extracts) if self.extracts else None,
            extract_set=self.extract_set,
            random_seed=self.random_seed,
            snapshots_kept=self.snapshots_kept,
        )

    def as_of_date(self, load_date: date) -> date:
        return date.fromisoformat(self.as_of) if self.as_of else load_date - timedelta(days=1)

    def pii_key(self) -> bytes:
        return read_key(Path(self.home), os.environ)

    def plan(self, load_date: date) -> Intake:
        """Sort the day's files by what the extract set says of them."""
        settings = self.settings
        if settings.extracts is None:
            raise ConfigError("No extracts folder: give --extracts DIR or set DEALHOUSE_EXTRACTS.")
        extracts = folder_of_day(settings.extracts, load_date)
        mappings = load_mappings(MAPPINGS_DIR, settings.home / "mappings")
        extract_set = choose_extract_set(
            extracts,
            chosen=settings.extract_set,
            directories=(EXTRACT_SETS_DIR, settings.home / "extract_sets"),
        )
        check_extract_set(extract_set, mappings)
        return Intake(
            plan=plan_intake(extract_set, extracts),
            mappings=mappings,
            contracts=load_contracts(),
            landing_dir=settings.landing_dir,
            load_date=load_date,
            # The only clock in a load; it is kept in raw and ops and reaches no mart.
            loaded_at=datetime.now(UTC),
        )
