"""Fixtures for all tests: the delivery folder for intake tests, the public data, and home folders shared by a session."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from intake_company import Company, open_company


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    with open_company(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def public_data() -> Path:
    """The folder with the real public data. Only where the variable is not set may a test go without it."""
    named = os.environ.get("DEALHOUSE_PUBLIC_DATA")
    if not named:
        pytest.skip("DEALHOUSE_PUBLIC_DATA is not set, so the real public data is not at hand")
    folder = Path(named).resolve()
    assert folder.is_dir(), f"DEALHOUSE_PUBLIC_DATA names {folder}, which is not a folder"
    return folder
