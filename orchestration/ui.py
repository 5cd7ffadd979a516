"""The Dagster UI of one home folder: the web server on 127.0.0.1 and the daemon that starts runs and schedules."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from types import FrameType

from orchestration.dagster_home import prepare_dagster_home
from orchestration.dbt_manifest import ensure_manifest
from orchestration.dead_runs import end_dead_runs
from warehouse.errors import ConfigError
from warehouse.lock import hold_run_lock
from warehouse.settings import Settings

_MODULE = ("-m", "orchestration.definitions")
#: How long a process may take to end by itself before it is killed.
_PATIENCE_SECONDS = 15


def serve_ui(settings: Settings, *, port: int, read_only: bool) -> int:
    """Serve until the web server ends or somebody stops it; returns the web server's exit code.

    Readers get no daemon: with it would come the schedule, and runs that they could not stop.
    """
    ensure_manifest(settings)
    environ = os.environ | {
        "DAGSTER_HOME": str(prepare_dagster_home(settings.dagster_dir)),
        "DEALHOUSE_HOME": str(settings.home),
        "PYTHONWARNINGS": "ignore",
    }
    if settings.extracts:
        environ["DEALHOUSE_EXTRACTS"] = str(settings.extracts)
    if settings.landing:
        environ["DEALHOUSE_LANDING"] = str(settings.landing)
    if settings.extract_set:
        environ["DEALHOUSE_EXTRACT_SET"] = settings.extract_set
    web = [sys.executable, "-m", "dagster_webserver", *_MODULE, "-h", "127.0.0.1", "-p", str(port)]
    commands = (
        [[*web, "--read-only"]] if read_only else [web, [sys.executable, "-m", "dagster._daemon", "run", *_MODULE]]
    )
    print(f"Dagster UI: http://127.0.0.1:{port} (stop with Ctrl-C)", flush=True)
    signal.signal(signal.SIGTERM, _stop)
    _clear_the_queue(settings)
    processes = [subprocess.Popen(command, env=environ) for command in commands]
    try:
        return processes[0].wait()
    except KeyboardInterrupt:
        return 0
    finally:
        _end(processes)


def _clear_the_queue(settings: Settings) -> None:
    """A dead run of the command line would keep every run of the UI waiting; nothing is touched while one works."""
    import dagster as dg

    with (
        contextlib.suppress(ConfigError),
        hold_run_lock(settings.home),
        dg.DagsterInstance.from_config(str(settings.dagster_dir)) as instance,
    ):
        end_dead_runs(instance)


def _stop(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise KeyboardInterrupt


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
    for process in processes:
        try:
            process.wait(timeout=_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
