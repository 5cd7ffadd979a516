"""Contracts: what one entity of a source system looks like, the single source of truth for its columns."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from warehouse.errors import ContractError
from warehouse.yaml_file import read_yaml_model

CONTRACTS_DIR = Path(__file__).parent / "contracts"

SYSTEM_COLUMNS: dict[str, str] = {
    "_batch_id": "bigint not null",
    "_source_system": "varchar not null",
    "_source_file": "varchar not null",
    "_row_no": "bigint not null",
    "_row_hash": "varchar not null",
    "_load_date": "date not null",
    "_loaded_at": "timestamptz not null",
    "_op": "varchar not null",
    "_contract_version": "integer not null",
    "_extra": "json",
}

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Column(BaseModel):
    """One column of an entity.

    ``critical`` marks an instant or amount without which the row has no meaning; like a key, its absence sends the
    row to quarantine. ``required_from`` only lowers the completeness score.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    type: str
    label_en: str
    label_zh: str
    pii: Literal["tokenise", "drop"] | None = None
    unit: Literal["currency"] | None = None
    critical: bool = False
    required_from: str | None = None
    # A key part that may be absent and then counts as the empty string.
    empty_key: bool = False

    @field_validator("type")
    @classmethod
    def _known_type(cls, value: str) -> str:
        if not re.fullmatch(r"VARCHAR|INTEGER|BIGINT|BOOLEAN|DATE|TIMESTAMPTZ|DECIMAL\(\d+,\d+\)", value):
            raise ValueError(f"type {value!r} is not one that contracts may use")
        return value

    @property
    def scale(self) -> int | None:
        """Digits after the point of a DECIMAL, None for other types."""
        match = re.fullmatch(r"DECIMAL\(\d+,(\d+)\)", self.type)
        return int(match.group(1)) if match else None


class Contract(BaseModel):
    """One entity: its key and its columns in canonical order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    entity: Annotated[str, Field(pattern=r"^[a-z]+\.[a-z_]+$")]
    version: int
    label_en: str
    label_zh: str
    description: str
    key: tuple[Name, ...]
    version_column: str | None = None
    columns: tuple[Column, ...]

    @model_validator(mode="after")
    def _names_exist(self) -> Contract:
        names = [column.name for column in self.columns]
        doubled = {name for name in names if names.count(name) > 1}
        if doubled:
            raise ValueError(f"column named twice: {', '.join(sorted(doubled))}")
        for name in (*self.key, *([self.version_column] if self.version_column else [])):
            if name not in names:
                raise ValueError(f"{name!r} is in the key or is the version column, but is not a column")
        return self

    @property
    def table(self) -> str:
        """Name of the raw and the quarantine table, without the schema."""
        return self.entity.replace(".", "__")

    def column(self, name: str) -> Column:
        """The column of that name; KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def is_critical(self, column: Column) -> bool:
        """True where a row without this value goes to quarantine."""
        return column.critical or (column.name in self.key and not column.empty_key)


@cache
def load_contracts(directory: Path = CONTRACTS_DIR) -> dict[str, Contract]:
    """All contracts by entity name.

    Raises:
        ContractError: a file is wrong, or two files describe the same entity.
    """
    contracts: dict[str, Contract] = {}
    for path in sorted(directory.glob("*/*.yml")):
        contract = read_yaml_model(path, Contract)
        if contract.entity in contracts:
            raise ContractError(f"{path}: a second contract for {contract.entity}.")
        if contract.entity != f"{path.parent.name}.{path.stem}":
            raise ContractError(f"{path}: entity: is {contract.entity}, but the path says otherwise.")
        contracts[contract.entity] = contract
    return contracts
