"""Contracts: what one entity of a source system looks like, the single source of truth for its columns."""

from __future__ import annotations

import re
from datetime import date
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
    # 64 bits over the delivered values in contract order: tells versions of a key apart, within one DuckDB version.
    "_row_hash": "ubigint not null",
    "_load_date": "date not null",
    "_loaded_at": "timestamptz not null",
    "_op": "varchar not null",
    "_contract_version": "integer not null",
    "_extra": "json",
    # Grows with every transaction that writes rows. A row from quarantine keeps the batch in which it arrived and
    # gets a new number here, which is how incremental models find it.
    "_load_seq": "bigint not null",
}

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


#: Which of the sources delivers the entities of a contract folder.
SOURCE_OF_PREFIX = {
    "crm": "crm",
    "ref": "crm",
    "oa": "oa",
    "mtg": "meetings",
    "ec": "ecommerce",
    "mk": "ecommerce",
    "hr": "hr",
    "fin": "finance",
    "svc": "service",
}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(_Strict):
    """One column of an entity.

    ``critical`` marks an instant or amount without which the row has no meaning; like a key, its absence sends the
    row to quarantine. ``required_from`` only lowers the completeness score.
    """

    name: Name
    type: str
    label_en: str
    label_zh: str
    description_en: str
    description_zh: str
    # Headers under which a file in the contract's own shape may carry the column, beside its name and its labels.
    aliases: tuple[str, ...] = ()
    pii: Literal["tokenise", "mask", "drop", "free_text"] | None = None
    # What is made equal before a token is taken, so that +86 138-0000-1234 and 13800001234 are one person.
    normalise: Literal["mobile", "email"] | None = None
    # A mask keeps so many characters at the start and at the end.
    keep_start: int = Field(default=0, ge=0)
    keep_end: int = Field(default=0, ge=0)
    # What a number counts once it is stored; a mapping says in which unit it is delivered.
    unit: Literal["currency", "fraction", "seconds", "milliseconds", "count", "hours", "days"] | None = None
    # Zone of this instant without an offset, where it differs from the contract's.
    zone: str | None = None
    # Formats beside the usual ones; a mapping may say otherwise.
    formats: tuple[str, ...] = ()
    # Dates outside are typing errors or stand for "never": they go to quarantine.
    earliest: date = date(1990, 1, 1)
    latest: date = date(2099, 12, 31)
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

    @property
    def headers(self) -> tuple[str, ...]:
        """Headers that mean this column in a file of the contract's own shape, best first."""
        return tuple(dict.fromkeys((self.name, self.label_zh, self.label_en, *self.aliases)))


class BadRows(_Strict):
    """When a file has so many bad rows that it is refused as a whole.

    Up to ``tolerated`` bad rows only go to quarantine, however short the file; above that, and above ``max_ratio`` of
    its rows, the file is refused. A file without a single good row is always refused.
    """

    max_ratio: float = Field(default=0.01, ge=0, le=1)
    tolerated: int = Field(default=10, ge=0)


class Shrink(_Strict):
    """How much smaller than the one before a snapshot may be: warned above ``warn``, nothing deleted above ``stop``."""

    warn: float = Field(default=0.3, ge=0, le=1)
    stop: float = Field(default=0.5, ge=0, le=1)


class DeliveryTerms(_Strict):
    """What was agreed on the delivery of an entity."""

    cadence: Literal["daily", "weekly", "monthly", "quarterly", "yearly", "as_needed"] = "daily"
    # A delivery without its manifest may still be on its way; only where none is ever written it may be optional.
    manifest: Literal["required", "optional"] = "required"
    empty_ok: bool = False
    shrink: Shrink = Shrink()


class Contract(_Strict):
    """One entity: its key and its columns in canonical order."""

    entity: Annotated[str, Field(pattern=r"^[a-z]+\.[a-z_]+$")]
    version: int
    label_en: str
    label_zh: str
    # The grain: "One row per ...".
    description_en: str
    description_zh: str
    # snapshot: each delivery holds all rows, what is missing has been deleted; incremental: new and changed rows;
    # append: events that never change.
    mode: Literal["snapshot", "incremental", "append"]
    # Zone of instants without an offset in a file of the contract's own shape; a mapping says its own.
    zone: str = "Asia/Shanghai"
    delivery: DeliveryTerms = DeliveryTerms()
    bad_rows: BadRows = BadRows()
    key: tuple[Name, ...]
    version_column: str | None = None
    # The date or instant whose business day a late row touches.
    event_column: str | None = None
    columns: tuple[Column, ...]

    @model_validator(mode="after")
    def _names_exist(self) -> Contract:
        names = [column.name for column in self.columns]
        doubled = {name for name in names if names.count(name) > 1}
        if doubled:
            raise ValueError(f"column named twice: {', '.join(sorted(doubled))}")
        for name in (*self.key, *(name for name in (self.version_column, self.event_column) if name)):
            if name not in names:
                raise ValueError(f"{name!r} is in the key or is the version or event column, but is not a column")
        for column in self.columns:
            if column.pii and (column.type != "VARCHAR" or (column.name in self.key and column.pii != "tokenise")):
                raise ValueError(f"{column.name}: personal data must be VARCHAR, and a key can only be tokenised")
        return self

    @property
    def source(self) -> str:
        """The source that delivers the entity."""
        return SOURCE_OF_PREFIX[self.entity.split(".")[0]]

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
