"""Runs that died without saying so: they would hold the writer's slot and the queue for ever.

A process that is killed cannot tell Dagster. Whoever holds the run lock of the home folder knows that no other run
works in it, so what still looks busy there is dead.
"""

from __future__ import annotations

import dagster as dg
from dagster import DagsterRunStatus, RunsFilter

from orchestration.asset_facts import WRITER_POOL

#: Marks runs of the command line. They take the lock before Dagster starts, so none of them can be waiting for it.
COMMAND_LINE_TAG = "dealhouse/command_line"
_UNFINISHED = [DagsterRunStatus.STARTED, DagsterRunStatus.STARTING, DagsterRunStatus.CANCELING]


def end_dead_runs(instance: dg.DagsterInstance, *, alive: str | None = None) -> list[str]:
    """Free the slots of dead runs and record their end; the caller holds the run lock. Returns their ids.

    A run that Dagster started and that waits for the lock holds no slot and is left alone.
    """
    storage = instance.event_log_storage
    info = storage.get_concurrency_info(WRITER_POOL)
    dead = info.active_run_ids | info.pending_run_ids | info.assigned_run_ids
    filters = RunsFilter(statuses=_UNFINISHED, tags={COMMAND_LINE_TAG: "true"})
    dead |= {run.run_id for run in instance.get_runs(filters=filters)}
    dead -= {alive}
    for run_id in sorted(dead):
        storage.free_concurrency_slots_for_run(run_id)
        run = instance.get_run_by_id(run_id)
        if run is not None and not run.is_finished:
            instance.report_run_failed(run, "The process of this run ended without a word; a later run took over.")
    return sorted(dead)
