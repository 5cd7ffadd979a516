"""Mapping files: reading them, and holding them against the contracts that they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ingestion.contract import Column, Contract, load_contracts
from ingestion.mapping import ColumnSource, Mapping, Output
from ingestion.values.instants import SPECIAL_FORMATS
from warehouse.errors import ContractError
from warehouse.yaml_file import YamlProblem, find_line, read_yaml_model, try_yaml_model

MAPPINGS_DIR = Path(__file__).parent / "mappings"
_ABSOLUTE_FORMATS = frozenset({"iso_offset", "epoch_s", "epoch_ms"})
_NUMBER_TYPES = ("DECIMAL", "INTEGER", "BIGINT")
# The directives that DuckDB's strptime knows.
_DIRECTIVE = re.compile(r"%(-?[aAbBcdDfgGHIjmMnpSuUVwWxXyYzZ%]|.)?")
_DIRECTIVES = frozenset("aAbBcdDfgGHIjmMnpSuUVwWxXyYzZ%")


@dataclass(frozen=True)
class MappingProblem:
    """What does not fit the contracts, and where in the mapping."""

    location: tuple[str | int, ...]
    message: str


def load_mappings(*directories: Path) -> dict[str, Mapping]:
    """All mappings by name; a later directory (the company's own) wins over an earlier one (shipped).

    Raises:
        ContractError: a file is wrong or does not fit its contracts.
    """
    mappings: dict[str, Mapping] = {}
    for directory in directories or (MAPPINGS_DIR,):
        for path in sorted(directory.glob("*.yml")):
            mapping = read_yaml_model(path, Mapping)
            if mapping.mapping != path.stem:
                raise ContractError(f"{path}: mapping: is {mapping.mapping}, but the file is called {path.stem}.")
            check_mapping(mapping, load_contracts())
            mappings[mapping.mapping] = mapping
    return mappings


def check_mapping(mapping: Mapping, contracts: dict[str, Contract]) -> None:
    """Hold a mapping against the contracts that it names.

    Raises:
        ContractError: the first of the problems that ``find_problems`` would name.
    """
    for problem in find_problems(mapping, contracts):
        raise ContractError(f"mapping {mapping.mapping}: {problem.message}")


def check_mapping_file(path: Path, contracts: dict[str, Contract]) -> tuple[Mapping | None, list[YamlProblem]]:
    """The mapping of a file, and everything that is wrong with it, by line; None where it cannot be read as one."""
    mapping, wrong = try_yaml_model(path, Mapping)
    if mapping is None:
        return None, wrong
    text = path.read_text(encoding="utf-8")
    found = list(find_problems(mapping, contracts))
    if mapping.mapping != path.stem:
        found.insert(0, MappingProblem(("mapping",), f"is {mapping.mapping}, but the file is called {path.name}."))
    problems = [YamlProblem(find_line(text, p.location), ".".join(map(str, p.location)), p.message) for p in found]
    return mapping, problems


def find_problems(mapping: Mapping, contracts: dict[str, Contract]) -> Iterator[MappingProblem]:
    """Everything in a mapping that its contracts do not bear out, in the order of the file."""
    seen: set[str] = set()
    for position, output in enumerate(mapping.outputs):
        at: tuple[str | int, ...] = ("outputs", position)
        place = f"output {output.name}"
        if output.name in seen:
            yield MappingProblem((*at, "name"), f"{place}: the name is used twice.")
        seen.add(output.name)
        contract = contracts.get(output.entity)
        if contract is None:
            known = ", ".join(sorted(contracts))
            yield MappingProblem((*at, "entity"), f"{place}: no contract {output.entity}; known: {known}.")
            continue
        yield from _output_problems(output, contract, at=at, place=place)


def _output_problems(
    output: Output, contract: Contract, *, at: tuple[str | int, ...], place: str
) -> Iterator[MappingProblem]:
    known = {column.name: column for column in contract.columns}
    for name, source in output.columns.items():
        here = (*at, "columns", name)
        if name not in known:
            yield MappingProblem(here, f"{place}: {contract.entity} has no column {name}.")
            continue
        for message in _column_problems(known[name], source):
            yield MappingProblem(here, f"{place}: {name}: {message}")
    unmapped = {n for n in contract.key if not contract.column(n).empty_key} - set(output.columns)
    if unmapped:
        yield MappingProblem((*at, "columns"), f"{place}: the key {', '.join(sorted(unmapped))} is not mapped.")
    fold = output.fold
    if fold is None:
        return
    for name in fold.columns:
        if name not in known:
            yield MappingProblem((*at, "fold", "columns", name), f"{place}: {contract.entity} has no column {name}.")
    if not {fold.order_by, *fold.by} <= set(output.columns):
        yield MappingProblem((*at, "fold"), f"{place}: fold.by and fold.order_by must be mapped columns.")


def _column_problems(column: Column, source: ColumnSource) -> Iterator[str]:
    is_number = column.type.startswith(_NUMBER_TYPES)
    # An epoch and a text with its offset need no zone, any other text does.
    is_absolute = bool(source.formats) and set(source.formats) <= _ABSOLUTE_FORMATS
    if column.type == "TIMESTAMPTZ" and source.from_ is not None and source.zone is None and not is_absolute:
        yield "say the zone of this instant (or formats: [iso_offset])."
    if source.zone is not None and not _is_zone(source.zone):
        yield f"{source.zone!r} is not an IANA time zone, such as Asia/Shanghai."
    if (source.unit or source.round) and not is_number:
        yield f"unit and round are for numbers, and this column is {column.type}."
    if source.values_only and not source.values:
        yield "values_only without values would refuse every row."
    if column.type in ("DATE", "TIMESTAMPTZ"):
        for text in source.formats:
            if text not in SPECIAL_FORMATS and not _is_format(text):
                yield f"{text!r} is no date format (strptime, such as %Y-%m-%d, or {', '.join(SPECIAL_FORMATS)})."
    elif set(source.formats) - {"base64"}:
        yield f"formats are for dates and instants (and base64 for texts), and this column is {column.type}."


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _is_format(text: str) -> bool:
    directives = [(found.group(1) or "").removeprefix("-") for found in _DIRECTIVE.finditer(text)]
    return bool(directives) and all(directive in _DIRECTIVES and directive for directive in directives)
