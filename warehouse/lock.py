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
    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / ".run.lock", timeout=wait_seconds)
    try:
        lock.acquire()
    except Timeout as error:
        raise ConfigError(
            f"Another dealhouse run is using {home}. Wait until it has ended, or give another --home."
        ) from error
    try:
        yield
    finally:
        lock.release()
