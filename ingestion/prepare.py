"""Getting a day's intake ready: contracts, mappings, extract set and plan, from folders to plain values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from ingestion.contract import load_contracts
from ingestion.extract_set import EXTRACT_SETS_DIR, check_extract_set, choose_extract_set, folder_of_day, plan_intake
from ingestion.intake import Intake
from ingestion.landing_tree import plan_landing
from ingestion.mapping import Mapping
from ingestion.mapping_files import MAPPINGS_DIR, load_mappings
from warehouse.errors import ConfigError


def load_all_mappings(home: Path) -> dict[str, Mapping]:
    """The mappings that are shipped, and the company's own in ``<home>/mappings``, which win."""
    return load_mappings(MAPPINGS_DIR, home / "mappings")


def prepare_intake(
    home: Path,
    *,
    load_date: date,
    loaded_at: datetime,
    extracts: Path | None = None,
    landing: Path | None = None,
    extract_set: str | None = None,
    accept_shrinking: bool = False,
    announce: Callable[[str], None] | None = None,
) -> Intake:
    """Plan one load date from a folder of vendors' files (``extracts``) or of landed deliveries (``landing``).

    Raises:
        ConfigError: neither or both are given, a folder is not there, or no extract set fits.
        ContractError: a contract, mapping or extract set is wrong.
    """
    if (extracts is None) == (landing is None):
        raise ConfigError("Give one of --extracts DIR (files as vendors deliver them) and --landing DIR (deliveries).")
    contracts = load_contracts()
    mappings = load_all_mappings(home)
    if landing is not None:
        plan = plan_landing(landing, load_date, mappings=mappings, contracts=contracts)
    else:
        assert extracts is not None
        folder = folder_of_day(extracts, load_date)
        chosen = choose_extract_set(folder, chosen=extract_set, directories=(EXTRACT_SETS_DIR, home / "extract_sets"))
        check_extract_set(chosen, [*mappings, *contracts])
        plan = plan_intake(chosen, folder)
    return Intake(
        plan=plan,
        mappings=mappings,
        contracts=contracts,
        landing_dir=home / "landing",
        load_date=load_date,
        loaded_at=loaded_at,
        accept_shrinking=accept_shrinking,
        announce=announce,
    )


def input_folders(*, load_date: date, extracts: Path | None, landing: Path | None) -> list[Path]:
    """The folders whose content decides what a load date takes in."""
    if landing is not None:
        return sorted(landing.glob(f"*/*/dt={load_date:%Y-%m-%d}"))
    return [folder_of_day(extracts, load_date)] if extracts is not None else []
