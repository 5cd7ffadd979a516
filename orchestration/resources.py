"""The one resource of the daily load: where things are, the dates of the run, and the lock for its whole length."""

import os
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
from pydantic import PrivateAttr

from ingestion.intake import Intake
from ingestion.personal_data import read_key
from ingestion.prepare import prepare_intake
from orchestration.dead_runs import end_dead_runs
from warehouse.lock import hold_run_lock
from warehouse.settings import Settings

#: A scheduled run waits for one that was started by hand instead of failing beside it.
LOCK_WAIT_SECONDS = 3600


class RunInputs(dg.ConfigurableResource):
    """What a run is given; ``as_of`` is the date models take for today, the day before the load date if left out."""

    home: str
    extracts: str | None = None
    extract_set: str | None = None
    landing: str | None = None
    landing_kept_days: int = 1095
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
            landing=str(settings.landing) if settings.landing else None,
            landing_kept_days=settings.landing_kept_days,
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
            landing=Path(self.landing) if self.landing else None,
            landing_kept_days=self.landing_kept_days,
            random_seed=self.random_seed,
            snapshots_kept=self.snapshots_kept,
        )

    def as_of_date(self, load_date: date) -> date:
        return date.fromisoformat(self.as_of) if self.as_of else load_date - timedelta(days=1)

    def pii_key(self) -> bytes:
        return read_key(Path(self.home), os.environ)

    def plan(self, load_date: date) -> Intake:
        """Sort the day's files into what happens to them."""
        settings = self.settings
        return prepare_intake(
            settings.home,
            load_date=load_date,
            # The only clock in a load; it is kept in raw and ops and reaches no mart.
            loaded_at=datetime.now(UTC),
            extracts=settings.extracts,
            landing=settings.landing,
            extract_set=settings.extract_set,
        )
