"""One run at a time: a file lock in the home folder that is held for the whole run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from warehouse.errors import ConfigError


@contextmanager
def hold_run_lock(home: Path, *, wait_seconds: float = 0) -> Iterator[None]:
    """Hold ``<home>/.run.lock``; the operating system lets go of it when the process dies.

    Raises:
        ConfigError: another run holds the lock after ``wait_seconds``.
    """
    lock = FileLock(home / ".run.lock", timeout=wait_seconds)
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        if isinstance(error, Timeout):
            raise ConfigError(
                f"Another dealhouse run is using {home}. Wait until it has ended, or give another --home."
            ) from error
        raise ConfigError(f"{home} cannot be used as home folder: {error.strerror}.") from error
    try:
        yield
    finally:
        lock.release()
