"""Extract sets: which mapping reads which file of one company, and which files are knowingly left out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from ingestion.plan import IntakePlan, NotCome, NotLoaded, PlannedFile, SourceFacts
from warehouse.errors import ConfigError, ContractError
from warehouse.yaml_file import read_yaml_model

EXTRACT_SETS_DIR = Path(__file__).parent / "extract_sets"
OWN_FILE = "extract_set.yml"

SourceName = Literal["crm", "oa", "meetings", "ecommerce", "hr", "finance", "service"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceSystem(_Strict):
    """One source as this company has it. ``data_through`` is set where a source has ended."""

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
    # Which of the source's systems, where it has several.
    system: str | None = None
    required: bool = True


class IgnoredFile(_Strict):
    path: str
    reason: str


class ExtractSet(_Strict):
    """All that one company delivers in a day."""

    extract_set: str
    description: str
    # One system, or a list of them where, say, two shops deliver.
    sources: dict[SourceName, SourceSystem | tuple[SourceSystem, ...]]
    files: tuple[ExtractFile, ...]
    ignored: tuple[IgnoredFile, ...] = ()

    @model_validator(mode="after")
    def _systems_are_described(self) -> ExtractSet:
        for file in self.files:
            self.facts(file)
        return self

    def facts(self, file: ExtractFile) -> SourceFacts:
        """What holds for the source of a file. ValueError where its system is not described or not named."""
        described = self.sources.get(file.source, ())
        systems = (described,) if isinstance(described, SourceSystem) else described
        chosen = [system for system in systems if file.system in (None, system.system)]
        if len(chosen) != 1:
            known = ", ".join(system.system for system in systems) or "none"
            raise ValueError(f"{file.path}: say which system of {file.source} delivers it (described: {known})")
        system = chosen[0]
        return SourceFacts(file.source, system.system, system.business_zone, system.currency, system.data_through)


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
    """Names of all delivered files relative to ``extracts``, sorted; hidden files and the set's own file left out.

    Linked folders are entered once; a link that leads nowhere is listed, so that it is reported and not overlooked.
    """
    names = (path.relative_to(extracts).as_posix() for path in _walk(extracts))
    return sorted(name for name in names if name != OWN_FILE and not any(p.startswith(".") for p in name.split("/")))


def _walk(folder: Path) -> Iterator[Path]:
    entered: set[str] = set()
    for place, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in entered:
            folders.clear()
            continue
        entered.add(real)
        yield from (Path(place) / name for name in files)


def shown_name(name: str) -> str:
    """The name of a file as text that can be stored: bytes that are no UTF-8 become a mark."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    """``*`` and ``?`` stay within a folder, ``**`` crosses folders."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meaning.get(part, re.escape(part)) for part in parts), re.DOTALL)


def matches(name: str, glob: str) -> bool:
    """True where the path pattern of an extract set takes the file of that name."""
    return _pattern(glob).fullmatch(name) is not None


def plan_intake(extract_set: ExtractSet, extracts: Path) -> IntakePlan:
    """Sort the files below ``extracts`` by what the extract set says of them."""
    files: list[PlannedFile] = []
    not_loaded: list[NotLoaded] = []
    met: set[int] = set()
    for name in list_files(extracts):
        shown = shown_name(name)
        taken = next(((i, f) for i, f in enumerate(extract_set.files) if matches(name, f.path)), None)
        left_out = next((entry for entry in extract_set.ignored if matches(name, entry.path)), None)
        if taken:
            met.add(taken[0])
            facts = extract_set.facts(taken[1])
            files.append(PlannedFile(shown, extracts / name, taken[1].mapping, facts, stream=shown))
        elif left_out:
            not_loaded.append(NotLoaded(shown, "ignored", f"{shown} is left out on purpose: {left_out.reason}."))
        else:
            not_loaded.append(
                NotLoaded(
                    shown,
                    "unknown",
                    f"{shown} is not known to the extract set {extract_set.extract_set}. "
                    "Add it there with a mapping, or under `ignored` with a reason.",
                )
            )
    not_come: list[NotCome] = []
    for position, expected in enumerate(extract_set.files):
        if position in met:
            continue
        if not expected.required:
            not_come.append(NotCome(expected.path, expected.mapping, extract_set.facts(expected).system))
        else:
            message = (
                f"{expected.path} was not delivered ({expected.source}). Ask for it, and run the same load date again."
            )
            not_loaded.append(NotLoaded(expected.path, "missing", message, expected.source))
    return IntakePlan(tuple(files), tuple(not_loaded), tuple(not_come))


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
        name: sum(any(matches(file, entry.path) for file in names) for entry in extract_set.files)
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
