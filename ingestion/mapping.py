"""Mappings: how one vendor's file becomes rows of contract entities, with a fixed set of operations and no code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ingestion.contract import Contract, Name, load_contracts
from warehouse.errors import ContractError
from warehouse.yaml_file import read_yaml_model

MAPPINGS_DIR = Path(__file__).parent / "mappings"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class FileFormat(_Strict):
    """The dialect of the file. A ``.gz`` ending is understood beside any of them."""

    format: Literal["csv", "parquet"]
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: Literal["utf-8", "gb18030"] = "utf-8"
    null_values: tuple[str, ...] = ()
    empty_ok: bool = False


class RowFilter(_Strict):
    """Keep the file rows for which the one test that is given holds."""

    column: str
    not_blank: Literal[True] | None = None
    equals: str | None = None
    is_in: tuple[str, ...] | None = Field(default=None, alias="in")
    starts_with: str | None = None
    not_starts_with: str | None = None

    @model_validator(mode="after")
    def _one_test(self) -> RowFilter:
        tests = (self.not_blank, self.equals, self.is_in, self.starts_with, self.not_starts_with)
        if sum(test is not None for test in tests) != 1:
            raise ValueError("give exactly one of not_blank, equals, in, starts_with, not_starts_with")
        return self


class ColumnSource(_Strict):
    """Where one contract column comes from: a delivered column, a constant, or a synthesised key."""

    from_: tuple[str, ...] | str | None = Field(default=None, alias="from")
    constant: str | None = None
    key: Literal["file_row"] | tuple[str, ...] | None = None
    values: dict[str, str] | None = None
    values_only: bool = False
    default: str | None = None
    unit: Literal["yuan", "fen", "wan_yuan", "million"] = "yuan"
    round: Literal["half_up"] | None = None
    formats: tuple[str, ...] = ()
    zone: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnSource:
        if sum(origin is not None for origin in (self.from_, self.constant, self.key)) != 1:
            raise ValueError("give exactly one of from, constant, key")
        return self

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers that may carry the column, best first."""
        if self.from_ is None:
            return ()
        return (self.from_,) if isinstance(self.from_, str) else self.from_


class Fold(_Strict):
    """Many file rows become one row a key, for instance an event log one row a case.

    ``order_by`` names a column of the contract; first and last follow it, then the row number.
    """

    by: tuple[Name, ...]
    order_by: Name
    columns: dict[Name, Literal["first", "last", "min", "max", "count"]] = {}


class Output(_Strict):
    """One entity that the file fills."""

    name: Name
    entity: str
    filter: RowFilter | None = None
    columns: dict[Name, ColumnSource]
    fold: Fold | None = None


class Mapping(_Strict):
    """One vendor file and the entities that come out of it."""

    mapping: Name
    version: int
    description: str
    file: FileFormat
    ignored_columns: tuple[str, ...] = ()
    outputs: tuple[Output, ...]


def check_mapping(mapping: Mapping, contracts: dict[str, Contract]) -> None:
    """Hold a mapping against the contracts that it names.

    Raises:
        ContractError: an entity or column that no contract has, a key that is not mapped, an instant without zone.
    """
    here = f"mapping {mapping.mapping}"
    seen: set[str] = set()
    for output in mapping.outputs:
        place = f"{here}: output {output.name}"
        if output.name in seen:
            raise ContractError(f"{place}: the name is used twice.")
        seen.add(output.name)
        contract = contracts.get(output.entity)
        if contract is None:
            raise ContractError(f"{place}: no contract {output.entity}; known: {', '.join(sorted(contracts))}.")
        names = {column.name for column in contract.columns}
        unknown = (set(output.columns) | set(output.fold.columns if output.fold else ())) - names
        if unknown:
            raise ContractError(f"{place}: {contract.entity} has no column {', '.join(sorted(unknown))}.")
        unmapped = {n for n in contract.key if not contract.column(n).empty_key} - set(output.columns)
        if unmapped:
            raise ContractError(f"{place}: the key {', '.join(sorted(unmapped))} is not mapped.")
        if output.fold and not {output.fold.order_by, *output.fold.by} <= set(output.columns):
            raise ContractError(f"{place}: fold.by and fold.order_by must be mapped columns.")
        for name, source in output.columns.items():
            instant = contract.column(name).type == "TIMESTAMPTZ" and source.from_ is not None
            if instant and source.zone is None and "iso_offset" not in source.formats:
                raise ContractError(f"{place}: {name}: say the zone of this instant (or formats: [iso_offset]).")


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
