"""Extract sets: which mapping reads which file of one company, and which files are knowingly left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from warehouse.errors import ConfigError, ContractError
from warehouse.yaml_file import read_yaml_model

EXTRACT_SETS_DIR = Path(__file__).parent / "extract_sets"
OWN_FILE = "extract_set.yml"

SourceName = Literal["crm", "oa", "meetings", "ecommerce"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceSystem(_Strict):
    """One of the four sources as this company has it. ``data_through`` is set where a source has ended."""

    system: str
    business_zone: str
    currency: str
    data_through: date | None = None

    @field_validator("business_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is not an IANA time zone") from error
        return value


class ExtractFile(_Strict):
    path: str
    mapping: str
    source: SourceName
    required: bool = True


class IgnoredFile(_Strict):
    path: str
    reason: str


class ExtractSet(_Strict):
    """All that one company delivers in a day."""

    extract_set: str
    description: str
    sources: dict[SourceName, SourceSystem]
    files: tuple[ExtractFile, ...]
    ignored: tuple[IgnoredFile, ...] = ()

    @model_validator(mode="after")
    def _sources_are_described(self) -> ExtractSet:
        missing = {file.source for file in self.files} - set(self.sources)
        if missing:
            raise ValueError(f"files name a source that is not described: {', '.join(sorted(missing))}")
        return self


@dataclass(frozen=True)
class PlannedFile:
    """One delivered file with what is to be done with it. ``name`` is relative to the extracts folder."""

    name: str
    path: Path
    mapping: str
    source: str


@dataclass(frozen=True)
class IntakePlan:
    """Every file of a delivery folder, sorted into what happens to it: nothing is passed over in silence."""

    extract_set: ExtractSet
    files: tuple[PlannedFile, ...]
    ignored: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]
    missing: tuple[ExtractFile, ...]


def folder_of_day(extracts: Path, load_date: date) -> Path:
    """``<extracts>/dt=<load date>`` where deliveries lie in folders by day, else ``<extracts>`` itself.

    Raises:
        ConfigError: there are folders by day, but none for this one; another day's files must not be taken for it.
    """
    by_day = extracts / f"dt={load_date:%Y-%m-%d}"
    if by_day.is_dir():
        return by_day
    if any(extracts.glob("dt=*")):
        raise ConfigError(
            f"{extracts} has folders by day, but none named {by_day.name}. Deliver the day's files there."
        )
    return extracts


def list_files(extracts: Path) -> list[str]:
    """Names of all delivered files relative to ``extracts``, sorted; hidden files and the set's own file left out."""
    names = (path.relative_to(extracts).as_posix() for path in extracts.rglob("*") if path.is_file())
    return sorted(name for name in names if name != OWN_FILE and not any(p.startswith(".") for p in name.split("/")))


def plan_intake(extract_set: ExtractSet, extracts: Path) -> IntakePlan:
    """Sort the files below ``extracts`` by what the extract set says of them."""
    files: list[PlannedFile] = []
    ignored: list[tuple[str, str]] = []
    unknown: list[str] = []
    met: set[int] = set()
    for name in list_files(extracts):
        taken = next(((i, f) for i, f in enumerate(extract_set.files) if fnmatch(name, f.path)), None)
        left_out = next((entry for entry in extract_set.ignored if fnmatch(name, entry.path)), None)
        if taken:
            met.add(taken[0])
            files.append(PlannedFile(name, extracts / name, taken[1].mapping, taken[1].source))
        elif left_out:
            ignored.append((name, left_out.reason))
        else:
            unknown.append(name)
    missing = tuple(f for i, f in enumerate(extract_set.files) if i not in met and f.required)
    return IntakePlan(extract_set, tuple(files), tuple(ignored), tuple(unknown), missing)


def load_extract_sets(directories: Iterable[Path] = (EXTRACT_SETS_DIR,)) -> dict[str, ExtractSet]:
    """All extract sets by name; a later directory wins over an earlier one."""
    sets: dict[str, ExtractSet] = {}
    for directory in directories:
        for path in sorted(directory.glob("*.yml")):
            extract_set = read_yaml_model(path, ExtractSet)
            sets[extract_set.extract_set] = extract_set
    return sets


def choose_extract_set(
    extracts: Path, *, chosen: str | None = None, directories: Iterable[Path] = (EXTRACT_SETS_DIR,)
) -> ExtractSet:
    """The extract set for a folder: the named one, the folder's own ``extract_set.yml``, or the best match.

    ``chosen`` is a name or the path of a file. The best match is the set most of whose files are there.

    Raises:
        ConfigError: the folder is not there, the name is not known, or no set fits.
        ContractError: a file is wrong.
    """
    if not extracts.is_dir():
        raise ConfigError(f"{extracts} is not a folder: give --extracts the folder with the delivered files.")
    if chosen and Path(chosen).is_file():
        return read_yaml_model(Path(chosen), ExtractSet)
    known = load_extract_sets(directories)
    if chosen:
        if chosen not in known:
            raise ConfigError(f"No extract set {chosen!r}; known: {', '.join(sorted(known))}, or give a file.")
        return known[chosen]
    if (extracts / OWN_FILE).is_file():
        return read_yaml_model(extracts / OWN_FILE, ExtractSet)
    names = list_files(extracts)
    scores = {
        name: sum(any(fnmatch(file, entry.path) for file in names) for entry in extract_set.files)
        for name, extract_set in known.items()
    }
    best = max(scores.values(), default=0)
    winners = [name for name, score in scores.items() if score == best]
    if best == 0 or len(winners) > 1:
        raise ConfigError(
            f"No extract set fits the files in {extracts} (known: {', '.join(sorted(known))}). "
            f"Put an {OWN_FILE} into the folder or name one with --extract-set."
        )
    return known[winners[0]]


def check_extract_set(extract_set: ExtractSet, mappings: Iterable[str]) -> None:
    """Raises ContractError where the set names a mapping that does not exist."""
    unknown = {file.mapping for file in extract_set.files} - set(mappings)
    if unknown:
        raise ContractError(
            f"extract set {extract_set.extract_set}: no mapping {', '.join(sorted(unknown))}; "
            "add the file to <home>/mappings/."
        )
